//! What happens by itself: a table of timers, so that the next deadline is a minimum and a tick runs what is due.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::{
    Cause, Closed, Event, Policy, Review, Rotation, State, StuckBecause, Usage, VersionState,
    decide::{Draft, break_glass_over, campaign_over, settle},
    mutants,
};
use crate::{
    limits,
    time::{DAY, Timestamp},
};

/// What is due. The order is that in which timers of the same instant run. Numbers are places in the state's
/// list of versions or leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A version's own end.
    NotAfter(usize),
    /// A lease's end.
    LeaseEnd(usize),
    /// The end of an emergency.
    BreakGlassEnd,
    /// The end of an exception.
    ExceptionEnd,
    /// Nobody answers any more.
    Ungoverned,
    /// The end of an overlap.
    OverlapEnd(usize),
    /// The end of a tainted version's grace.
    TaintEnd(usize),
    /// The end of a quarantine.
    QuarantineEnd(usize),
    /// The end of a wait between two tries to revoke.
    RetryDue(usize),
    /// A revocation that nobody confirmed.
    Escalate(usize),
    /// A rotation that was not promoted in time.
    RotationDeadline,
    /// A declared gap that is exceeded.
    GapEnd,
    /// A campaign's end.
    CampaignEnd,
    /// Owners are told that an exception ends.
    ExceptionNotice(u32),
    /// Not used for long.
    Dormant,
    /// A review is due, or overdue.
    Review,
}

/// Events of one deadline that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The deadline: the command id of its events is `tick:<deadline>`.
    pub deadline: Timestamp,
    /// What follows.
    pub events: Vec<Event>,
}

/// The timer that runs out first, of all that run. Deadlines at the end of time are none.
pub(super) fn first(state: &State) -> Option<(Timestamp, Timer)> {
    let mut first: Option<(Timestamp, Timer)> = None;
    let mut at = |deadline: Timestamp, timer: Timer| {
        if deadline < Timestamp::MAX && first.is_none_or(|known| (deadline, timer) < known) {
            first = Some((deadline, timer));
        }
    };
    let stuck_for_consumers =
        matches!(state.rotation, Rotation::Stuck { because: StuckBecause::OpenConsumers, .. });
    let mut serving = false;
    for (i, v) in state.versions.iter().enumerate() {
        serving |= v.is_serving();
        if let Some(end) = v.not_after
            && !v.is_terminal()
            && !matches!(v.state, VersionState::Revoking { .. })
        {
            at(end, Timer::NotAfter(i));
        }
        match &v.state {
            VersionState::Retiring { until } => {
                let of_rotation =
                    state.rotation.run().is_some_and(|run| run.old.as_deref() == Some(v.id.as_str()));
                if !(stuck_for_consumers && of_rotation) {
                    at(*until, Timer::OverlapEnd(i));
                }
            }
            VersionState::Tainted { until } => at(*until, Timer::TaintEnd(i)),
            VersionState::Suspended { until, .. } => at(*until, Timer::QuarantineEnd(i)),
            VersionState::Revoking { retry_at, escalate_at, .. } => {
                if let Some(retry_at) = retry_at {
                    at(*retry_at, Timer::RetryDue(i));
                }
                if !mutants::ladder_forgets() {
                    at(*escalate_at, Timer::Escalate(i));
                }
            }
            _ => {}
        }
    }
    match &state.rotation {
        Rotation::Preparing { run } | Rotation::Installing { run } | Rotation::Verifying { run } => {
            at(run.deadline, Timer::RotationDeadline);
            if let Some(until) = run.gap_until {
                at(until, Timer::GapEnd);
            }
        }
        _ => {}
    }
    if let Some(exception) = &state.exception {
        at(exception.end, Timer::ExceptionEnd);
        let days = exception.next_notice_days;
        if days > 0 {
            at(exception.end.plus(-i64::from(days) * DAY), Timer::ExceptionNotice(days));
        }
    }
    if serving
        && !mutants::orphan_forgotten()
        && let Some(end) = state.governed_until()
    {
        at(end, Timer::Ungoverned);
    }
    if let Usage::InUse { dormant_at, .. } = state.usage {
        at(dormant_at, Timer::Dormant);
    }
    match state.review {
        Review::Certified { until, .. } => at(until, Timer::Review),
        Review::Due { overdue_at } => at(overdue_at, Timer::Review),
        Review::Overdue { .. } => {}
    }
    for (i, lease) in state.leases.iter().enumerate().filter(|(_, l)| l.closed.is_none()) {
        at(lease.not_after, Timer::LeaseEnd(i));
    }
    if let Some(campaign) = &state.campaign {
        at(campaign.deadline, Timer::CampaignEnd);
    }
    if let Some(glass) = &state.break_glass {
        at(glass.end, Timer::BreakGlassEnd);
    }
    first
}

/// When something happens next by itself; `None`: nothing will. May change after any event.
pub fn next_deadline(state: &State) -> Option<Timestamp> {
    first(state).map(|(deadline, _)| deadline)
}

/// What is due at `now`, oldest deadline first. Early and repeated ticks give nothing.
pub fn tick(state: &State, now: Timestamp, policy: &Policy) -> Vec<Due> {
    let mut out: Vec<Due> = Vec::new();
    let mut draft = Draft::new(state, super::TICK, super::POLICY_ACTOR, now, policy);
    let mut done = 0;
    while let Some(deadline) = run_one(&mut draft) {
        let events = draft.events.get(done..).unwrap_or_default().to_vec();
        done = draft.events.len();
        match out.last_mut() {
            Some(last) if last.deadline == deadline => last.events.extend(events),
            _ => out.push(Due { deadline, events }),
        }
        if done > limits::LIFECYCLE_TICK_EVENTS {
            break;
        }
    }
    out
}

/// Runs all that is due into a draft.
pub(super) fn run(draft: &mut Draft<'_>) {
    while run_one(draft).is_some() {
        if draft.events.len() > limits::LIFECYCLE_TICK_EVENTS {
            break;
        }
    }
}

fn run_one(draft: &mut Draft<'_>) -> Option<Timestamp> {
    let now = draft.now;
    let due = first(draft.state()).filter(|(deadline, _)| *deadline <= now)?;
    fire(draft, due.1);
    settle(draft);
    Some(due.0)
}

fn fire(draft: &mut Draft<'_>, timer: Timer) {
    let version = |draft: &mut Draft<'_>, i: usize| {
        draft.state().versions.get(i).map(|v| v.id.clone()).unwrap_or_default()
    };
    match timer {
        Timer::NotAfter(i) => {
            let version = version(draft, i);
            draft.push(Event::Expired { version });
        }
        Timer::LeaseEnd(i) => {
            let lease = draft.state().leases.get(i).map(|l| l.id.clone()).unwrap_or_default();
            draft.push(Event::LeaseClosed { lease, how: Closed::Expired });
        }
        Timer::BreakGlassEnd => break_glass_over(draft),
        Timer::CampaignEnd => campaign_over(draft),
        Timer::ExceptionEnd => draft.push(Event::ExceptionEnded { expired: true }),
        Timer::Ungoverned => {
            let serving: Vec<_> = draft.state().versions.iter().filter(|v| v.is_serving()).cloned().collect();
            for version in serving {
                draft.suspend(&version, "nobody answers for it");
            }
        }
        Timer::OverlapEnd(i) => {
            let version = version(draft, i);
            overlap_end(draft, &version);
        }
        Timer::TaintEnd(i) => {
            let version = version(draft, i);
            draft.order_revoke(&version, Cause::Compromise);
        }
        Timer::QuarantineEnd(i) => {
            let version = version(draft, i);
            draft.order_revoke(&version, Cause::Quarantine);
        }
        Timer::RetryDue(i) => {
            let version = version(draft, i);
            draft.push(Event::RevokeRetryDue { version });
        }
        Timer::Escalate(i) => {
            let version = version(draft, i);
            draft.push(Event::RevokeFailed { version, error: "no confirmation in time".to_owned() });
        }
        Timer::RotationDeadline => {
            draft.push(Event::RotationStuck { because: StuckBecause::Deadline, consumers: Vec::new() });
        }
        Timer::GapEnd => {
            draft.push(Event::RotationStuck { because: StuckBecause::Gap, consumers: Vec::new() });
        }
        Timer::ExceptionNotice(days) => draft.push(Event::ExceptionEndsSoon { days }),
        Timer::Dormant => {
            if let Usage::InUse { dormant_at, .. } = draft.state().usage {
                draft.push(Event::BecameDormant { since: dormant_at });
            }
        }
        Timer::Review => {
            let overdue_at = draft.now.plus(draft.policy.review_grace_ms);
            match draft.state().review {
                Review::Certified { .. } => draft.push(Event::ReviewDue { overdue_at }),
                _ => draft.push(Event::ReviewOverdue {}),
            }
        }
    }
}

/// Without consumers the old version is revoked. With some it leaves use and waits for them: a rotation is stuck
/// until they switch; outside a rotation it goes to quarantine.
fn overlap_end(draft: &mut Draft<'_>, id: &str) {
    let state = draft.state();
    let consumers: Vec<String> = state.consumers_of(id).into_iter().map(Into::into).collect();
    let overlapping = match &state.rotation {
        Rotation::Overlap { run, .. } => run.old.as_deref() == Some(id),
        _ => false,
    };
    let version = state.version(id).cloned();
    if consumers.is_empty() {
        draft.order_revoke(id, Cause::Superseded);
    } else if overlapping {
        draft.push(Event::RotationStuck { because: StuckBecause::OpenConsumers, consumers });
    } else if let Some(version) = version {
        draft.suspend(&version, "its overlap ended while consumers use it");
    }
}
