/*!
A secret is older than the policy allows.

**Why.** The longer a secret lives, the more people, logs and backups have seen it, and the longer a copy that
nobody knows of keeps working.

**Fails when** a secret that is not refused was made or last rotated longer ago than `max_age_days`, or
`max_age_high_days` if its privileges reach `high_tier`. Each version counts by itself.

**Unknown when** nobody knows when it was made; when it is old and may have been rotated under the same id; or
when it is between the two ages and its privileges are not known.

**Remedy.** Rotate it; better, replace it by a credential that is issued for each task.

**References.** OWASP NHI7:2025; NIST SP 800-53 IA-5; SP 800-57 part 1 section 5.3 (cryptoperiods).
*/

use alloc::{format, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Missing, Outcome, Urgency, why},
    policy::days,
};
use crate::model::Fact;

pub(super) const CHECK: Check = Check {
    id: "NHI7-a",
    title: "old secret",
    fails_when: "it works and its secret is older than the policy allows for its privileges",
    remedy: "rotate it; better, replace it by a credential that is issued for each task",
    needs: &["status", "created", "last_rotated", "scopes_granted"],
    controls: &["NHI7:2025", "PR.AA-01", "IA-5"],
    urgency: Urgency::Hygiene,
    command: Some("BeginRotation"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    if let Some(answer) = case.unless_usable() {
        return answer;
    }
    let (high, any) = (case.policy.max_age_high_days, case.policy.max_age_days);
    // The ages from which it certainly fails, and up to which it certainly passes.
    let (fail, pass) = match (case.tier(), &case.view.granted) {
        (Some(tier), _) if tier >= case.policy.high_tier => (high, high),
        (Some(_), _) | (None, Fact::Absent) => (any, any),
        (None, Fact::Known(granted)) if granted.is_empty() => (any, any),
        (None, _) => (high.max(any), high.min(any)),
    };
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for secret in case.view.secrets(case.now) {
        let Fact::Known(made) = secret.made else {
            missing.push(Missing::of("created", why(&secret.made)));
            continue;
        };
        let age = case.now.since(made);
        if age <= days(pass) {
            continue;
        }
        if secret.maybe_rotated {
            missing.push(Missing::of("last_rotated", "it may have been rotated since it was made"));
        } else if age > days(fail) {
            let (id, on, old) = (secret.external_id, made.date_string(), case.ago(made));
            let text = format!("{id} dates from {on}, {old} ago; at most {fail} days are allowed");
            evidence.push(Evidence::of("created", text));
        } else {
            missing.push(Missing::of("scopes_granted", "whether its privileges are high is not known"));
        }
    }
    Outcome::of(evidence, missing)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::model::{Fact, Status};
    use alloc::vec;

    fn made(days: i64, granted: &str) -> Sample {
        good().but(|s| {
            s.credential.created = Fact::Known(days_ago(days));
            s.credential.scopes_granted = Fact::Known(vec![granted.into()]);
        })
    }

    #[test]
    fn pass() {
        good().passes(&CHECK);
        made(365, "s3:GetObject").passes(&CHECK);
        made(90, "*").passes(&CHECK);
        made(800, "*").but(|s| s.credential.last_rotated = Fact::Known(days_ago(10))).passes(&CHECK);
        made(800, "*").but(|s| s.credential.status = Fact::Known(Status::Inactive)).passes(&CHECK);
        let old = version("k1", Status::Inactive, 800);
        good().but(|s| s.credential.versions = vec![old, version("k2", Status::Active, 5)]).passes(&CHECK);
    }

    #[test]
    fn fail() {
        made(366, "s3:GetObject").fails(&CHECK);
        let evidence = made(91, "*").fails(&CHECK);
        assert!(evidence[0].text.ends_with("from 2026-08-02, 91 days ago; at most 90 days are allowed"));
        let old = version("k1", Status::Active, 800);
        good().but(|s| s.credential.versions = vec![old, version("k2", Status::Active, 5)]).fails(&CHECK);
    }

    #[test]
    fn unknown() {
        good().but(|s| s.credential.created = Fact::default()).lacks(&CHECK, "created");
        made(100, "?").but(|s| s.credential.scopes_granted = Fact::default()).lacks(&CHECK, "scopes_granted");
        made(366, "?").but(|s| s.credential.scopes_granted = Fact::default()).fails(&CHECK);
        made(800, "*").but(|s| s.credential.last_rotated = Fact::default()).lacks(&CHECK, "last_rotated");
    }
}
