/*!
What must hold of every state, whatever was asked: I1 to I13, each a predicate with a name.

[`check`] looks at one state, [`check_step`] at two that follow each other. The tests run both on every state that a
bounded adversary can reach through the real [`decide`](super::decide) and [`evolve`](super::evolve()).
*/

use alloc::{format, string::String, vec::Vec};

use super::{Rotation, State, Usage, Version, VersionState};
use crate::time::Timestamp;

/// An invariant that does not hold, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its name: `I1` to `I13`.
    pub invariant: &'static str,
    /// What was found.
    pub text: String,
}

fn violation(invariant: &'static str, text: impl Into<String>) -> Violation {
    Violation { invariant, text: text.into() }
}

/// All that one state must satisfy at `now`.
pub fn check(state: &State, now: Timestamp, policy: &super::Policy) -> Vec<Violation> {
    [
        at_most_two_usable(state, now),
        dual_phase_never_drops_to_zero(state, now),
        usable_is_governed(state, now),
        periods_have_ends(state, policy),
        compromised_is_not_usable(state, now, policy),
        leases_stay_in_their_window(state, now),
        usable_was_verified(state, now),
        revoking_has_an_end(state),
        lease_within_parent(state),
        approvals_are_by_others(state),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// All that two states must satisfy that follow each other, at `before_now` and `now`.
pub fn check_step(before: &State, after: &State, now: Timestamp) -> Vec<Violation> {
    [
        terminal_stays(before, after, now),
        tainted_takes_no_new_lease(before, after),
        unknown_use_revokes_nothing(before, after),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// I1: what is over never becomes usable again.
pub fn terminal_stays(before: &State, after: &State, now: Timestamp) -> Option<Violation> {
    let back =
        before.versions.iter().filter(|v| v.is_terminal()).find(|old| {
            after.version(&old.id).is_some_and(|new| !new.is_terminal() || after.usable(new, now))
        })?;
    Some(violation("I1", format!("{} was {} and came back", back.id, back.state_name())))
}

/// I2: at most one version is active and at most two are usable (or as many as were found live at registration).
pub fn at_most_two_usable(state: &State, now: Timestamp) -> Option<Violation> {
    let active = state.versions.iter().filter(|v| v.is_active()).count();
    if active > 1 {
        return Some(violation("I2", format!("{active} active versions")));
    }
    let usable: Vec<&Version> = state.usable_versions(now).collect();
    let adopted = usable.iter().filter(|v| v.adopted).count();
    (usable.len() > 2.max(adopted)).then(|| violation("I2", format!("{} usable versions", usable.len())))
}

/// I3: a dual-phase rotation that nobody disturbs never leaves the credential without a usable version.
///
/// Disturbed is a rotation whose old or new version was suspended, compromised, revoked for another reason than
/// being superseded, or is over its end; or whose credential is blocked or not governed; or that was a recovery.
pub fn dual_phase_never_drops_to_zero(state: &State, now: Timestamp) -> Option<Violation> {
    let run = state.rotation.run()?;
    let undisturbed = |v: &Version| {
        v.compromised.is_none()
            && v.not_after.is_none_or(|end| now < end)
            && match v.state {
                VersionState::Suspended { .. } | VersionState::Tainted { .. } => false,
                VersionState::Revoking { cause, .. }
                | VersionState::RevokeFailed { cause, .. }
                | VersionState::Revoked { cause, .. } => cause == super::Cause::Superseded,
                VersionState::Expired { .. } | VersionState::Destroyed { .. } => false,
                _ => true,
            }
    };
    let calm = run.model.overlaps()
        && !run.recovery
        && state.blocked.is_none()
        && state.governed(now)
        && !matches!(state.rotation, Rotation::RollingBack { .. })
        && run.old.as_deref().is_none_or(|old| state.version(old).is_some_and(undisturbed))
        && state.version(&run.version).is_some_and(undisturbed);
    let usable = state.usable_versions(now).count();
    (calm && usable == 0).then(|| violation("I3", "a rotation left no usable version"))
}

/// I4: what is usable has somebody who answers for it, or a period that is not over.
pub fn usable_is_governed(state: &State, now: Timestamp) -> Option<Violation> {
    let ends = [state.orphan.map(|o| o.deadline), state.exception.as_ref().map(|e| e.end)];
    let governed = !state.owners.is_empty() || ends.into_iter().flatten().any(|end| now < end);
    if !governed && state.usable_versions(now).next().is_some() {
        return Some(violation("I4", "usable and nobody answers for it"));
    }
    let left = !governed && state.clock >= now && state.versions.iter().any(Version::is_serving);
    left.then(|| violation("I4", "nobody answers for it and its versions still serve"))
}

/// I5: exceptions, emergencies and periods without an owner end, within the policy.
pub fn periods_have_ends(state: &State, policy: &super::Policy) -> Option<Violation> {
    if let Some(e) = &state.exception {
        let periods = i64::from(policy.exception_renewals) + 1;
        let most = e.granted.plus(policy.exception_ms.saturating_mul(periods));
        if e.end > most || e.renewals > policy.exception_renewals {
            return Some(violation("I5", format!("the exception ends at {}, at most {most}", e.end)));
        }
        if e.renewals == 0 && e.end > e.granted.plus(policy.exception_ms) {
            return Some(violation("I5", "the exception lasts longer than one period"));
        }
    }
    if let Some(g) = &state.break_glass
        && g.end > g.opened.plus(policy.break_glass_ms)
    {
        return Some(violation("I5", "the emergency lasts too long"));
    }
    if let Some(o) = &state.orphan
        && o.deadline > o.since.plus(policy.orphan_ms)
    {
        return Some(violation("I5", "the period without an owner lasts too long"));
    }
    None
}

/// I6: what is compromised is not usable and not kept back for later use, unless tainted, before the end, for those
/// who used it before.
pub fn compromised_is_not_usable(state: &State, now: Timestamp, policy: &super::Policy) -> Option<Violation> {
    for v in &state.versions {
        let Some(compromise) = &v.compromised else { continue };
        if let VersionState::Tainted { until } = v.state {
            if until > compromise.at.plus(policy.taint_ms) || v.tainted_for.is_empty() {
                return Some(violation("I6", format!("the grace of {} is out of bounds", v.id)));
            }
            if state.usable_by(v, None, now) {
                return Some(violation("I6", format!("{} serves somebody it did not serve before", v.id)));
            }
        } else if state.usable(v, now) {
            return Some(violation("I6", format!("{} is compromised and usable", v.id)));
        } else if let VersionState::Suspended { was, .. } = v.state
            && !matches!(was, super::Was::Tainted { .. })
        {
            return Some(violation("I6", format!("{} is compromised and only suspended", v.id)));
        } else if v.is_serving() || v.is_upcoming() {
            return Some(violation("I6", format!("{} is compromised and {}", v.id, v.state_name())));
        }
    }
    None
}

/// I6, the part on leases: a version that is tainted never stands behind a new one.
pub fn tainted_takes_no_new_lease(before: &State, after: &State) -> Option<Violation> {
    let new = after.leases.iter().find(|l| {
        !before.leases.iter().any(|old| old.id == l.id)
            && before.version(&l.parent).is_some_and(|v| v.compromised.is_some())
    })?;
    Some(violation("I6", format!("{} began on a compromised version", new.id)))
}

/// I7: no lease is usable outside its window, and an emergency's lease ends with it.
pub fn leases_stay_in_their_window(state: &State, now: Timestamp) -> Option<Violation> {
    for lease in state.leases.iter().filter(|l| l.closed.is_none()) {
        if state.lease_usable(lease, now) && now >= lease.not_after {
            return Some(violation("I7", format!("{} is usable after its end", lease.id)));
        }
        let emergency = lease.id.starts_with("break-glass:");
        if emergency && state.break_glass.as_ref().is_none_or(|g| g.lease != lease.id) {
            return Some(violation("I7", format!("{} outlived its emergency", lease.id)));
        }
    }
    None
}

/// I8: only what was verified (or found live) is usable.
pub fn usable_was_verified(state: &State, now: Timestamp) -> Option<Violation> {
    let bad = state.usable_versions(now).find(|v| !v.verified)?;
    Some(violation("I8", format!("{} is usable and was never verified", bad.id)))
}

/// I9: every ordered revocation has an end in sight: its next try is outstanding or timed, and without an answer it is
/// escalated.
pub fn revoking_has_an_end(state: &State) -> Option<Violation> {
    for v in &state.versions {
        if let VersionState::Revoking { escalate_at, .. } = v.state {
            let timed = super::next_deadline(state).is_some_and(|d| d <= escalate_at);
            if !timed {
                return Some(violation("I9", format!("the revocation of {} may never end", v.id)));
            }
        }
    }
    None
}

/// I10: a lease may do no more and last no longer than the credential behind it.
pub fn lease_within_parent(state: &State) -> Option<Violation> {
    for lease in state.leases.iter().filter(|l| l.closed.is_none()) {
        let granted = state.scopes.clone().unwrap_or_default();
        let covered = |s: &String| granted.contains(s) || granted.iter().any(|g| g == "*");
        if !lease.scope.iter().all(covered) {
            return Some(violation("I10", format!("{} may do more than its credential", lease.id)));
        }
        let parent = state.version(&lease.parent);
        if parent.is_none_or(Version::is_terminal) {
            return Some(violation("I10", format!("{} outlived the version behind it", lease.id)));
        }
        if parent.and_then(|v| v.not_after).is_some_and(|end| lease.not_after > end) {
            return Some(violation("I10", format!("{} lasts longer than the version behind it", lease.id)));
        }
    }
    None
}

/// I11: whoever asked did not approve, and two means two.
pub fn approvals_are_by_others(state: &State) -> Option<Violation> {
    if let Some(g) = &state.break_glass {
        let mut who = g.approved_by.clone();
        who.sort();
        who.dedup();
        if who.len() < 2 || who.contains(&g.opened_by) {
            return Some(violation("I11", "the emergency was not approved by two others"));
        }
    }
    if let Some(e) = &state.exception
        && (e.approved_by.is_empty() || e.approved_by.contains(&e.requested_by))
    {
        return Some(violation("I11", "the exception was not approved by somebody else"));
    }
    None
}

/// I13: that nobody could tell about use is no reason to revoke anything. A revocation that follows an observation of
/// use by itself would be one.
pub fn unknown_use_revokes_nothing(before: &State, after: &State) -> Option<Violation> {
    let unknown = |s: &State| matches!(s.usage, Usage::Unknown { .. });
    let told = unknown(before) && unknown(after) && before.usage != after.usage;
    let ordered = after.versions.iter().find(|v| {
        matches!(v.state, VersionState::Revoking { .. })
            && before.version(&v.id).is_some_and(|old| !matches!(old.state, VersionState::Revoking { .. }))
    });
    match ordered {
        Some(v) if told => Some(violation("I13", format!("{} is revoked because its use is unknown", v.id))),
        _ => None,
    }
}

/// Fails the test if a step broke an invariant.
#[cfg(test)]
pub(super) fn assert_step(before: &super::Lifecycle, after: &super::Lifecycle, now: Timestamp) {
    for (id, state) in after.states() {
        let mut found = check(state, now.max(state.clock), after.policy());
        if let Some(old) = before.state(id) {
            found.extend(check_step(old, state, now.max(state.clock)));
        }
        assert!(found.is_empty(), "{found:?}\n{state:#?}");
    }
}
