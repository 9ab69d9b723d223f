/*!
A rotation that should have happened did not.

**Why.** Rotation that is believed to run is worse than none: nobody looks. And a rotation that stopped
halfway leaves two secrets working, or one that nobody verified.

**Fails when** the system that holds the secret has a next rotation that is more than `rotation_slack_hours`
past, when two versions overlap longer than was allowed, or when a rotation of the lifecycle is stuck.

**Unknown when** neither the holding system nor the lifecycle says anything about its rotation.

A credential that is not rotated by schedule passes here; its age is NHI7-a.

**Remedy.** Finish or abort the rotation that is stuck, then find out what stopped it.

**References.** OWASP NHI7:2025; NIST SP 800-53 IA-5.
*/

use alloc::{format, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Outcome, Urgency, why},
    estate::Rotation,
    policy::hours,
};
use crate::model::Fact;

pub(super) const CHECK: Check = Check {
    id: "NHI7-c",
    title: "rotation drift",
    fails_when: "its scheduled rotation is overdue, overlaps too long or is stuck",
    remedy: "finish or abort the rotation, then find out what stopped it",
    needs: &["next_rotation", "lifecycle"],
    controls: &["NHI7:2025", "PR.AA-01", "IA-5"],
    urgency: Urgency::Weakness,
    command: Some("AbortRotation"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    if let Fact::Known(false) = case.view.live(case.now) {
        return Outcome::Pass;
    }
    let mut evidence = Vec::new();
    let next = &case.view.credential.next_rotation;
    let slack = hours(case.policy.rotation_slack_hours);
    if let Some(due) = next.known().filter(|next| case.now.since(**next) > slack) {
        let text = format!("its rotation was due on {}, {} ago", due.date_string(), case.ago(*due));
        evidence.push(Evidence::of("next_rotation", text));
    }
    match case.view.standing.as_ref().map(|standing| standing.rotation) {
        Some(Rotation::Overlap(until)) if until < case.now => {
            let text = format!("two versions should have overlapped until {until}");
            evidence.push(Evidence::of("lifecycle", text));
        }
        Some(Rotation::Stuck(since)) => {
            let since = since.map(|at| format!(" since {at}")).unwrap_or_default();
            evidence.push(Evidence::of("lifecycle", format!("its rotation is stuck{since}")));
        }
        Some(_) => {}
        None if evidence.is_empty() && next.is_unknown() => {
            return Outcome::unknown("next_rotation", why(next));
        }
        None => {}
    }
    Outcome::of(evidence, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK, Rotation};
    use crate::{
        model::{Fact, Status},
        time::HOUR,
    };

    fn rotation(rotation: Rotation) -> Sample {
        good().but(|s| s.standing.as_mut().unwrap().rotation = rotation)
    }

    #[test]
    fn pass() {
        good().passes(&CHECK);
        good().but(|s| s.credential.next_rotation = Fact::Known(now().plus(-24 * HOUR))).passes(&CHECK);
        good().but(|s| s.credential.next_rotation = Fact::Absent).passes(&CHECK);
        rotation(Rotation::Overlap(now())).passes(&CHECK);
        good()
            .but(|s| {
                s.credential.next_rotation = Fact::Known(days_ago(9));
                s.credential.status = Fact::Known(Status::Deleted);
            })
            .passes(&CHECK);
    }

    #[test]
    fn fail() {
        let late = good().but(|s| s.credential.next_rotation = Fact::Known(days_ago(9)));
        assert_eq!(late.fails(&CHECK)[0].text, "its rotation was due on 2026-10-23, 9 days ago");
        rotation(Rotation::Overlap(now().plus(-1))).fails(&CHECK);
        let stuck = rotation(Rotation::Stuck(Some(days_ago(3)))).fails(&CHECK);
        assert_eq!(stuck[0].text, "its rotation is stuck since 2026-10-29T00:00:00.000Z");
    }

    #[test]
    fn unknown() {
        good()
            .but(|s| {
                s.credential.next_rotation = Fact::default();
                s.standing = None;
            })
            .lacks(&CHECK, "next_rotation");
    }
}
