/*!
An exception has become permanent.

**Why.** An exception is a gap that somebody accepted for a time. Without an end, past it, or renewed again
and again, it is the architecture, and nobody decided that.

**Fails when** the credential has an exception that was not closed and that has no end, is past it, or was
renewed more than `exception_renewals` times; or when its exception ended by itself, nobody took note, and the
credential still works.

**Unknown when** the credential is not in the lifecycle, where exceptions are kept.

**Remedy.** Close it and remove the reason for it, or have somebody decide again with an end and a plan.

**References.** NIST CSF 2.0 ID.RA-07; NIST SP 800-53 CM-3.
*/

use alloc::{format, vec::Vec};

use super::super::check::{Case, Check, Evidence, Outcome, Urgency};
use crate::model::Fact;

pub(super) const CHECK: Check = Check {
    id: "S-1",
    title: "exception without end",
    fails_when: "its exception has no end, is past it, or was renewed too often",
    remedy: "close the exception and remove the reason for it, or have it decided again with an end",
    needs: &["lifecycle"],
    controls: &["ID.RA-07", "CM-3"],
    urgency: Urgency::Weakness,
    command: Some("CloseException"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    let Some(standing) = &case.view.standing else {
        return Outcome::unknown("lifecycle", "not registered, so its exceptions are not known");
    };
    let Some(exception) = &standing.exception else {
        return match (standing.exception_lapsed, case.view.live(case.now)) {
            (true, Fact::Known(true) | Fact::Unknown(_)) => {
                Outcome::fail("exception", "its exception has ended, and it goes on")
            }
            _ => Outcome::Pass,
        };
    };
    let mut evidence = Vec::new();
    match exception.end {
        None => evidence.push(Evidence::of("exception", "its exception has no end")),
        Some(end) if end <= case.now => {
            let text = format!("its exception ended on {}, {} ago", end.date_string(), case.ago(end));
            evidence.push(Evidence::of("exception", text));
        }
        Some(_) => {}
    }
    let (renewed, most) = (exception.renewals, case.policy.exception_renewals);
    if renewed > most {
        let text = format!("its exception was renewed {renewed} times; at most {most} are allowed");
        evidence.push(Evidence::of("exception", text));
    }
    Outcome::of(evidence, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::{super::super::ExceptionStanding, super::testing::*, CHECK};
    use crate::model::{Fact, Status};

    fn with(exception: ExceptionStanding) -> Sample {
        good().but(|s| s.standing.as_mut().unwrap().exception = Some(exception))
    }

    #[test]
    fn pass() {
        good().passes(&CHECK);
        with(exception(Some(now().plus(1)), 2)).passes(&CHECK);
    }

    #[test]
    fn fail() {
        assert_eq!(with(exception(None, 0)).fails(&CHECK)[0].text, "its exception has no end");
        let past = with(exception(Some(days_ago(12)), 0)).fails(&CHECK);
        assert_eq!(past[0].text, "its exception ended on 2026-10-20, 12 days ago");
        let lapsed = |s: &mut Sample| s.standing.as_mut().unwrap().exception_lapsed = true;
        good().but(lapsed).fails(&CHECK);
        let over = |s: &mut Sample| s.credential.status = Fact::Known(Status::Revoked);
        good().but(lapsed).but(over).passes(&CHECK);
        let often = with(exception(Some(now().plus(1)), 3)).fails(&CHECK);
        assert_eq!(often[0].text, "its exception was renewed 3 times; at most 2 are allowed");
    }

    #[test]
    fn unknown() {
        good().but(|s| s.standing = None).lacks(&CHECK, "lifecycle");
    }
}
