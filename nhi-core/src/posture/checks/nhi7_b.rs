/*!
A credential never expires, or not for too long.

**Why.** An end that comes by itself needs nobody to remember. Without one, whatever was forgotten stays open.

**Fails when** a secret that is not refused has no end, or one more than `max_ttl_days` after it was made.

**Unknown when** no source says when it ends, or its end is within that time from now and nobody knows when it
was made.

**Remedy.** Set an expiry and rotate before it; where the provider has none, revoke by schedule.

**References.** OWASP NHI7:2025; NIST SP 800-53 IA-5.
*/

use alloc::{format, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Missing, Outcome, Urgency, span, why},
    policy::days,
};
use crate::model::Fact;

pub(super) const CHECK: Check = Check {
    id: "NHI7-b",
    title: "no expiry",
    fails_when: "it works and never expires, or was issued for longer than the policy allows",
    remedy: "set an expiry and rotate before it; where the provider has none, revoke by schedule",
    needs: &["status", "not_after", "created"],
    controls: &["NHI7:2025", "PR.AA-01", "IA-5"],
    urgency: Urgency::Hygiene,
    command: Some("BeginRotation"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    if let Some(answer) = case.unless_usable() {
        return answer;
    }
    let limit = days(case.policy.max_ttl_days);
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for secret in case.view.secrets(case.now) {
        let id = secret.external_id;
        match (&secret.not_after, &secret.made) {
            (Fact::Absent, _) => evidence.push(Evidence::of("not_after", format!("{id} never expires"))),
            (Fact::Known(end), Fact::Known(made)) if end.since(*made) > limit => {
                let (on, life) = (end.date_string(), span(end.since(*made)));
                evidence.push(Evidence::of("not_after", format!("{id} expires on {on}, after {life}")));
            }
            (Fact::Known(_), Fact::Known(_)) => {}
            (Fact::Known(end), made) => {
                if end.since(case.now) > limit {
                    let text = format!("{id} expires on {}, too far from now", end.date_string());
                    evidence.push(Evidence::of("not_after", text));
                } else {
                    missing.push(Missing::of("created", why(made)));
                }
            }
            (unknown, _) => missing.push(Missing::of("not_after", why(unknown))),
        }
    }
    Outcome::of(evidence, missing)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::{
        model::{Fact, Status},
        time::DAY,
    };

    #[test]
    fn pass() {
        good().passes(&CHECK);
        good().but(|s| s.credential.not_after = Fact::Known(now().plus(345 * DAY))).passes(&CHECK);
        good()
            .but(|s| {
                s.credential.not_after = Fact::Absent;
                s.credential.status = Fact::Known(Status::Revoked);
            })
            .passes(&CHECK);
    }

    #[test]
    fn fail() {
        let evidence = good().but(|s| s.credential.not_after = Fact::Absent).fails(&CHECK);
        assert!(evidence[0].text.ends_with("never expires"));
        good().but(|s| s.credential.not_after = Fact::Known(now().plus(346 * DAY))).fails(&CHECK);
        good()
            .but(|s| {
                s.credential.not_after = Fact::Known(now().plus(400 * DAY));
                s.credential.created = Fact::default();
            })
            .fails(&CHECK);
    }

    #[test]
    fn unknown() {
        good().but(|s| s.credential.not_after = Fact::default()).lacks(&CHECK, "not_after");
        good().but(|s| s.credential.created = Fact::default()).lacks(&CHECK, "created");
    }
}
