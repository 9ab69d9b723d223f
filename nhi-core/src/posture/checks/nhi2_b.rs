/*!
A leaked secret was left working longer than the policy allows.

**Why.** What counts after a leak is the time until the secret no longer works. This check measures it; NHI2-a
says that there is a leak at all.

**Fails when** its secret was first seen where it does not belong longer ago than `revocation_sla_minutes`,
and it still works.

**Unknown when** NHI2-a is unknown, or nobody recorded when the secret was first seen.

**Remedy.** Revoke it now; find out what the revocation waited for.

**References.** OWASP NHI2:2025; NIST SP 800-53 IR-4.
*/

use alloc::{format, vec::Vec};

use super::{
    super::{
        check::{Case, Check, Evidence, Missing, Outcome, Urgency, why},
        policy::minutes,
    },
    nhi2_a::{at, leaks, works},
};
use crate::model::{Fact, Liveness};

pub(super) const CHECK: Check = Check {
    id: "NHI2-b",
    title: "leak not contained",
    fails_when: "its secret was seen where it does not belong longer ago than a revocation may take",
    remedy: "revoke it now and find out what the revocation waited for",
    needs: &["sightings", "fingerprint", "first_seen", "status"],
    controls: &["NHI2:2025", "RS.MI-01", "IR-4"],
    urgency: Urgency::Incident,
    command: Some("ReportCompromise"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    let leaks = match leaks(case) {
        Ok(leaks) => leaks,
        Err(unknown) => return unknown,
    };
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for sighting in leaks {
        match works(case, sighting) {
            _ if sighting.liveness == Liveness::Live => {}
            Fact::Known(true) => {}
            Fact::Known(false) | Fact::Absent => continue,
            unknown => {
                missing.push(Missing::of("status", why(&unknown)));
                continue;
            }
        }
        let Fact::Known(first) = sighting.first_seen else {
            missing.push(Missing::of("first_seen", why(&sighting.first_seen)));
            continue;
        };
        if case.now.since(first) > minutes(case.policy.revocation_sla_minutes) {
            let text = format!("seen in {} for {}, since {first}", at(&sighting.location), case.ago(first));
            let location = Some(sighting.location.clone());
            evidence.push(Evidence { field: "sightings".into(), text, location });
        }
    }
    Outcome::of(evidence, missing)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::{
        model::{Fact, Status},
        time::MINUTE,
    };
    use alloc::vec;

    fn seen(minutes_ago: i64) -> Sample {
        let mut sighting = in_code("src/app.py");
        sighting.first_seen = Fact::Known(now().plus(-minutes_ago * MINUTE));
        good().but(|s| s.sightings = vec![sighting])
    }

    #[test]
    fn pass() {
        good().passes(&CHECK);
        seen(60).passes(&CHECK);
        seen(600).but(|s| s.credential.status = Fact::Known(Status::Revoked)).passes(&CHECK);
    }

    #[test]
    fn fail() {
        let evidence = seen(150).fails(&CHECK);
        assert_eq!(evidence[0].text, "seen in src/app.py:3 for 2 hours, since 2026-10-31T21:30:00.000Z");
    }

    #[test]
    fn unknown() {
        good().but(|s| s.looked.for_sightings = false).lacks(&CHECK, "sightings");
        seen(600).but(|s| s.sightings[0].first_seen = Fact::default()).lacks(&CHECK, "first_seen");
    }
}
