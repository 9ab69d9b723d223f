/*!
Nobody answers for a credential that works.

**Why.** Without an owner nobody reviews it, rotates it, or can say whether it may be revoked; in an
incident the first hour goes into finding somebody.

**Fails when** it works, none of its owners (its own, else those of its identity) is active in the
directory, and no exception covers it.

**Unknown when** no source says who owns it, or an owner is not in the directory and none of the others is
active.

**Remedy.** Assign an owner who is there; until then the orphan deadline of the lifecycle runs.

**References.** OWASP NHI1:2025; NIST SP 800-53 AC-2, PS-4.
*/

use alloc::{format, vec::Vec};

use super::super::check::{Case, Check, Evidence, Missing, Outcome, Urgency, why};
use crate::model::{Fact, OwnerStatus};

pub(super) const CHECK: Check = Check {
    id: "NHI1-c",
    title: "no owner",
    fails_when: "it works and nobody who is still there answers for it",
    remedy: "assign an owner who is there",
    needs: &["status", "owners", "directory"],
    controls: &["NHI1:2025", "GV.RR-02", "PR.AA-05", "AC-2", "PS-4", "GOVERN 2.1"],
    urgency: Urgency::Weakness,
    command: Some("AssignOwner"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    if let Some(answer) = case.unless_usable() {
        return answer;
    }
    if case.view.exempt(case.now) {
        return Outcome::Pass;
    }
    let owners = match &case.view.owners {
        Fact::Known(owners) if !owners.is_empty() => owners,
        Fact::Unknown(_) => return Outcome::unknown("owners", why(&case.view.owners)),
        _ => return Outcome::fail("owners", "it has no owner"),
    };
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for answerable in owners {
        let id = &answerable.owner.id;
        let left = match answerable.status {
            Fact::Known(OwnerStatus::Active) => return Outcome::Pass,
            Fact::Known(OwnerStatus::Left) => "left",
            Fact::Known(OwnerStatus::Moved) => "moved to other duties",
            Fact::Known(OwnerStatus::Ended) => "is no longer under contract",
            Fact::Absent | Fact::Unknown(_) => {
                missing.push(Missing::of("directory", format!("owner {id} is not in it")));
                continue;
            }
        };
        evidence.push(Evidence::of("owners", format!("its owner {id} {left}")));
    }
    if missing.is_empty() { Outcome::of(evidence, missing) } else { Outcome::Unknown { missing } }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::model::{Fact, OwnerStatus, Status};
    use alloc::vec;

    fn owner_is(status: Fact<OwnerStatus>) -> Sample {
        good().but(|s| {
            if let Fact::Known(owners) = &mut s.owners {
                owners[0].status = status;
            }
        })
    }

    #[test]
    fn pass() {
        good().passes(&CHECK);
        // A second owner who is there.
        let second = good().owners;
        owner_is(Fact::Known(OwnerStatus::Left))
            .but(|s| {
                if let (Fact::Known(owners), Fact::Known(more)) = (&mut s.owners, second) {
                    owners.extend(more);
                }
            })
            .passes(&CHECK);
        let covered = |s: &mut Sample| {
            s.owners = Fact::Absent;
            s.standing.as_mut().unwrap().exception = Some(exception(Some(now().plus(1)), 0));
        };
        good().but(covered).passes(&CHECK);
        owner_is(Fact::Known(OwnerStatus::Left))
            .but(|s| s.credential.status = Fact::Known(Status::Revoked))
            .passes(&CHECK);
    }

    #[test]
    fn fail() {
        let evidence = owner_is(Fact::Known(OwnerStatus::Left)).fails(&CHECK);
        assert_eq!(evidence[0].text, "its owner payments left");
        good().but(|s| s.owners = Fact::Absent).fails(&CHECK);
        good().but(|s| s.owners = Fact::Known(vec![])).fails(&CHECK);
        let ended = |s: &mut Sample| {
            s.owners = Fact::Absent;
            s.standing.as_mut().unwrap().exception = Some(exception(Some(now()), 0));
        };
        good().but(ended).fails(&CHECK);
    }

    #[test]
    fn unknown() {
        good().but(|s| s.owners = Fact::default()).lacks(&CHECK, "owners");
        owner_is(Fact::default()).lacks(&CHECK, "directory");
    }
}
