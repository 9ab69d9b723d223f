/*!
What is wrong with the estate: checks over credentials, each with three answers.

A check gives `Pass`, `Fail` with the evidence, or `Unknown` with what is missing; missing data is never a
pass. [`run`] asks every check of every credential. Each check is one file of [`mod@checks`], whose head is
its page in `docs/checks.md`, and is mapped to the [`framework`] controls by their official ids. How bad a
failure is follows from what the credential can do ([`privilege`], [`escalation`]), who can see it and where
it works ([`severity`]).

```
use nhi_core::{model::{Credential, Fact, Status}, posture::{self, Estate, Policy, View}, time::Timestamp};
let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z")?;
let key = Credential {
    id: "aws:1/deployer/api_key".into(),
    status: Fact::Known(Status::Active),
    not_after: Fact::Absent, // it never expires
    ..Credential::default()
};
let estate = Estate { views: vec![View::new(&key)], ..Estate::default() };
let results = posture::run(&estate, now, &Policy::default());
let word = |id| results.iter().find(|r| r.check == id).map(|r| r.outcome.word());
assert_eq!(word("NHI7-b"), Some("fail"));
assert_eq!(word("NHI1-a"), Some("unknown"), "no source said when it was last used");
# Ok::<(), nhi_core::Error>(())
```

Not here: whether a call may go through ([`crate::authorize`]), and what its score is ([`crate::baseline`]).
*/

mod assemble;
mod check;
mod checks;
pub mod escalation;
mod estate;
pub mod framework;
mod policy;
pub mod privilege;
mod severity;

use alloc::vec::Vec;

pub use check::{Check, CheckResult, Evidence, Missing, Outcome, Urgency};
pub use checks::CHECKS;
pub use estate::{
    Answerable, Estate, ExceptionStanding, Looked, MetIn, Revocation, Rotation, Secret, Standing, Usage,
    VersionStanding, View,
};
pub use policy::Policy;
pub use privilege::Tier;
pub use severity::{Severity, severity};

use crate::time::Timestamp;
use check::Case;

/// Asks every check of every credential.
///
/// Results are sorted by credential id, then in the order of [`CHECKS`]; there is exactly one for each pair.
/// The same estate, time and policy give the same results.
///
/// # Cost
/// Linear in the credentials; for each, the product of its granted and used privileges.
pub fn run(estate: &Estate<'_>, now: Timestamp, policy: &Policy) -> Vec<CheckResult> {
    let mut views: Vec<&View<'_>> = estate.views.iter().collect();
    views.sort_by(|a, b| a.credential.id.cmp(&b.credential.id));
    let mut results = Vec::with_capacity(views.len().saturating_mul(CHECKS.len()));
    for view in views {
        let case = Case { view, looked: estate.looked, now, policy };
        let (tier, exposure) = (case.tier(), view.exposure());
        for check in CHECKS {
            let outcome = (check.run)(&case);
            let failed = matches!(outcome, Outcome::Fail { .. });
            results.push(CheckResult {
                check: check.id.into(),
                credential: view.credential.id.clone(),
                outcome,
                severity: failed.then(|| severity(tier, exposure, &view.environment, check.urgency)),
                controls: check.controls.iter().map(|id| (*id).into()).collect(),
                command: check.command.filter(|_| failed).map(Into::into),
            });
        }
    }
    results
}

/// The check with this id.
pub fn find(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.id == id).copied()
}
