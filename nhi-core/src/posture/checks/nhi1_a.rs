/*!
A credential that works has not been used for a long time.

**Why.** Nobody would notice that it was stolen, and nobody would miss it. Dormant credentials are what is
left of workloads and integrations that ended.

**Fails when** a secret that is not refused was last used more than `dormant_days` ago, counting the
granularity of the source for the credential; or was never used since tracking began, that long ago. A
secret that was never used at all is NHI1-b. Each version counts by itself: an idle second key fails
although the first is in use.

**Unknown when** no source records its use. Not recorded is not unused.

**Remedy.** Suspend it, wait for somebody to miss it, then revoke it.

**References.** OWASP NHI1:2025; NIST SP 800-53 AC-2(3).
*/

use alloc::{format, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Missing, Outcome, Urgency},
    policy::days,
};
use crate::model::LastUse;

pub(super) const CHECK: Check = Check {
    id: "NHI1-a",
    title: "dormant credential",
    fails_when: "it works and was last used longer ago than the policy allows",
    remedy: "suspend it, wait for somebody to miss it, then revoke it",
    needs: &["status", "last_used"],
    controls: &["NHI1:2025", "PR.AA-01", "ID.AM-08", "AC-2(3)", "IA-4", "ASI10", "GOVERN 1.7"],
    urgency: Urgency::Weakness,
    command: Some("Suspend"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    if let Some(answer) = case.unless_usable() {
        return answer;
    }
    let limit = days(case.policy.dormant_days);
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for secret in case.view.secrets(case.now) {
        let id = secret.external_id;
        match &secret.last_used {
            LastUse::Used { at, granularity_ms } => {
                let idle = case.now.since(*at).saturating_sub(*granularity_ms);
                if idle > limit {
                    let text = format!("{id} was last used on {}, {} ago", at.date_string(), case.ago(*at));
                    evidence.push(Evidence::of("last_used", text));
                }
            }
            LastUse::Never { since_tracking: Some(since) } if case.now.since(*since) > limit => {
                let text = format!("{id} was not used since tracking began on {}", since.date_string());
                evidence.push(Evidence::of("last_used", text));
            }
            LastUse::Never { .. } => {}
            LastUse::Unknown(why) => missing.push(Missing::of("last_used", why.as_str())),
        }
    }
    Outcome::of(evidence, missing)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::{
        model::{Fact, LastUse, Status},
        time::DAY,
    };
    use alloc::vec;

    #[test]
    fn pass() {
        good().passes(&CHECK);
        good().but(|s| s.credential.last_used = used(90)).passes(&CHECK);
        // Day granularity: the use may have been a day later.
        let coarse = LastUse::Used { at: days_ago(91), granularity_ms: DAY };
        good().but(|s| s.credential.last_used = coarse).passes(&CHECK);
        good().but(|s| s.credential.last_used = LastUse::Never { since_tracking: None }).passes(&CHECK);
        good()
            .but(|s| {
                s.credential.last_used = used(300);
                s.credential.status = Fact::Known(Status::Inactive);
            })
            .passes(&CHECK);
    }

    #[test]
    fn fail() {
        let evidence = good().but(|s| s.credential.last_used = used(91)).fails(&CHECK);
        assert!(evidence[0].text.ends_with("was last used on 2026-08-02, 91 days ago"), "{evidence:?}");
        let never = LastUse::Never { since_tracking: Some(days_ago(200)) };
        good().but(|s| s.credential.last_used = never).fails(&CHECK);
        let mut idle = version("v2", Status::Active, 200);
        idle.last_used = used(150);
        let both = vec![version("v1", Status::Active, 200), idle];
        let evidence = good().but(|s| s.credential.versions = both).fails(&CHECK);
        assert!(evidence.len() == 1 && evidence[0].text.starts_with("v2 "));
    }

    #[test]
    fn unknown() {
        good().but(|s| s.credential.last_used = LastUse::default()).lacks(&CHECK, "last_used");
        good()
            .but(|s| {
                s.credential.status = Fact::default();
                s.standing = None;
            })
            .lacks(&CHECK, "status");
    }
}
