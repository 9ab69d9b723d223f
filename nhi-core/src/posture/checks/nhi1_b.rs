/*!
A credential that works was never used.

**Why.** It was made for something that did not happen, and it works all the same. Whoever uses it first may
not be the one it was made for.

**Fails when** a secret that is not refused is older than `grace_new_days` and was never used, by a source
that has tracked its use since it was made.

**Unknown when** no source records its use, its age is not known, or tracking began after it was made.

**Remedy.** Revoke it; issue a new one when the need is there.

**References.** OWASP NHI1:2025; NIST SP 800-53 AC-2(3).
*/

use alloc::{format, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Missing, Outcome, Urgency, why},
    policy::days,
};
use crate::model::{Fact, LastUse};

pub(super) const CHECK: Check = Check {
    id: "NHI1-b",
    title: "never used",
    fails_when: "it works, is past its first weeks and was never used",
    remedy: "revoke it and issue a new one when the need is there",
    needs: &["status", "last_used", "created"],
    controls: &["NHI1:2025", "PR.AA-01", "AC-2(3)"],
    urgency: Urgency::Hygiene,
    command: Some("Revoke"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    if let Some(answer) = case.unless_usable() {
        return answer;
    }
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for secret in case.view.secrets(case.now) {
        let since = match &secret.last_used {
            LastUse::Used { .. } => continue,
            LastUse::Unknown(why) => {
                missing.push(Missing::of("last_used", why.as_str()));
                continue;
            }
            LastUse::Never { since_tracking } => *since_tracking,
        };
        let Fact::Known(made) = secret.made else {
            missing.push(Missing::of("created", why(&secret.made)));
            continue;
        };
        if case.now.since(made) <= days(case.policy.grace_new_days) {
            continue;
        }
        match since {
            Some(since) if since > made => {
                let text = format!("tracked since {} only, after it was made", since.date_string());
                missing.push(Missing::of("last_used", text));
            }
            _ => {
                let (id, on) = (secret.external_id, made.date_string());
                evidence.push(Evidence::of("last_used", format!("{id} was made on {on} and never used")));
            }
        }
    }
    Outcome::of(evidence, missing)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::model::{Fact, LastUse};

    const NEVER: LastUse = LastUse::Never { since_tracking: None };

    #[test]
    fn pass() {
        good().passes(&CHECK);
        good().but(|s| s.credential.last_used = NEVER).passes(&CHECK);
    }

    #[test]
    fn fail() {
        let old = good().but(|s| {
            s.credential.created = Fact::Known(days_ago(31));
            s.credential.last_used = NEVER;
        });
        assert!(old.fails(&CHECK)[0].text.ends_with("was made on 2026-10-01 and never used"));
    }

    #[test]
    fn unknown() {
        good().but(|s| s.credential.last_used = LastUse::default()).lacks(&CHECK, "last_used");
        let late = LastUse::Never { since_tracking: Some(days_ago(10)) };
        let old = |s: &mut Sample| s.credential.created = Fact::Known(days_ago(31));
        good().but(old).but(|s| s.credential.last_used = late).lacks(&CHECK, "last_used");
        good()
            .but(|s| {
                s.credential.last_used = NEVER;
                s.credential.created = Fact::default();
            })
            .lacks(&CHECK, "created");
    }
}
