/*!
A credential that we revoked still works.

**Why.** A revocation that was ordered is not a revocation. Between the order and the provider's confirmation,
and after a call that failed, the secret is as good as before, while everybody believes that it is gone.

**Fails when** a version whose revocation was confirmed, or ordered longer ago than
`revocation_sla_minutes`, is still accepted by the provider, looked at after that time; when the provider
refused to revoke it; or when it was used although it must not have been any more.

**Unknown when** the credential is not in the lifecycle, or nobody looked at the provider since.

**Remedy.** Order it again and compare with the provider; in the meantime cut its permissions or its network.

**References.** OWASP NHI1:2025; NIST SP 800-53 AC-3(8).
*/

use alloc::{format, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Missing, Outcome, Urgency, why},
    estate::{Revocation, refused},
    policy::minutes,
};
use crate::model::Fact;

pub(super) const CHECK: Check = Check {
    id: "NHI1-f",
    title: "revocation not effective",
    fails_when: "it was revoked, or ordered to be, and still works",
    remedy: "order the revocation again and compare with the provider; cut its permissions meanwhile",
    needs: &["lifecycle", "versions", "observed_at"],
    controls: &["NHI1:2025", "RS.MI-02", "AC-3(8)", "MANAGE 2.4"],
    urgency: Urgency::Incident,
    command: Some("Revoke"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    let Some(standing) = &case.view.standing else {
        return Outcome::unknown("lifecycle", "the credential is not registered");
    };
    let sla = minutes(case.policy.revocation_sla_minutes);
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    if let Some(at) = standing.used_after_end {
        evidence.push(Evidence::of("usage", format!("it was used at {at}, when it must not have been any more")));
    }
    for version in &standing.versions {
        let id = &version.external_id;
        let (said, at) = match version.revocation {
            Revocation::None => continue,
            Revocation::Failed(at) => {
                let text = format!("the provider did not revoke {id}, last asked at {at}: taken to be live");
                evidence.push(Evidence::of("lifecycle", text));
                continue;
            }
            Revocation::Ordered(at) if case.now.since(at) <= sla => continue,
            Revocation::Ordered(at) => ("ordered to be revoked", at),
            Revocation::Confirmed(at) => ("confirmed as revoked", at),
        };
        match case.view.observed_at {
            Fact::Known(seen) if seen > at => {}
            Fact::Known(_) => {
                missing.push(Missing::of("observed_at", "nobody looked at the provider since"));
                continue;
            }
            _ => {
                missing.push(Missing::of("observed_at", why(&case.view.observed_at)));
                continue;
            }
        }
        // A version that the provider no longer lists is gone.
        let mut records = case.view.credential.versions.iter();
        let Some(record) = records.find(|v| v.external_id == *id) else { continue };
        match record.status {
            _ if refused(&record.status, &record.not_after, case.now) => {}
            Fact::Known(_) => {
                let text = format!("{id} was {said} at {at}, and the provider still accepts it");
                evidence.push(Evidence::of("status", text));
            }
            _ => missing.push(Missing::of("versions", why(&record.status))),
        }
    }
    Outcome::of(evidence, missing)
}

#[cfg(test)]
mod tests {
    use super::{super::super::VersionStanding, super::testing::*, CHECK, Revocation};
    use crate::{
        model::{Fact, Status},
        time::{DAY, MINUTE},
    };
    use alloc::vec;

    fn revocation(revocation: Revocation, provider: Status) -> Sample {
        good().but(|s| {
            s.credential.versions = vec![version("k1", provider, 20)];
            let standing = s.standing.as_mut().unwrap();
            standing.usable = false;
            standing.versions = vec![VersionStanding { external_id: "k1".into(), revocation }];
        })
    }

    #[test]
    fn pass() {
        good().passes(&CHECK);
        revocation(Revocation::Confirmed(days_ago(1)), Status::Deleted).passes(&CHECK);
        revocation(Revocation::Ordered(now().plus(-60 * MINUTE)), Status::Active).passes(&CHECK);
        revocation(Revocation::Confirmed(days_ago(1)), Status::Active)
            .but(|s| s.credential.versions.clear())
            .passes(&CHECK);
    }

    #[test]
    fn fail() {
        let evidence = revocation(Revocation::Confirmed(days_ago(1)), Status::Active).fails(&CHECK);
        assert_eq!(
            evidence[0].text,
            "k1 was confirmed as revoked at 2026-10-31T00:00:00.000Z, and the provider still accepts it"
        );
        revocation(Revocation::Ordered(now().plus(-61 * MINUTE)), Status::Active).fails(&CHECK);
        revocation(Revocation::Failed(days_ago(1)), Status::Deleted).fails(&CHECK);
        good().but(|s| s.standing.as_mut().unwrap().used_after_end = Some(now())).fails(&CHECK);
    }

    #[test]
    fn unknown() {
        good().but(|s| s.standing = None).lacks(&CHECK, "lifecycle");
        let stale = revocation(Revocation::Confirmed(now()), Status::Active);
        stale.lacks(&CHECK, "observed_at");
        revocation(Revocation::Confirmed(now().plus(-DAY)), Status::Active)
            .but(|s| s.credential.versions[0].status = Fact::default())
            .lacks(&CHECK, "versions");
    }
}
