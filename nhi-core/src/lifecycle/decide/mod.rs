//! Deciding: may this happen, and what follows from it? Pure; each group of orders has its file.

mod end;
mod existence;
mod govern;
mod lease;
mod observe;
mod rotate;
mod r#use;

use alloc::{borrow::Cow, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Cause, Closed, Command, Event, Order, Policy, Recent, Rotation, Stamped, State, StuckBecause, Version,
    VersionState, Was, evolve, timers,
};
use crate::{limits, time::Timestamp};

/// Why a command was refused, and what would satisfy the guard. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Stable code of the guard, such as `approval_missing`.
    pub guard: Cow<'static, str>,
    /// What it found.
    pub text: String,
    /// What would satisfy it.
    pub needs: String,
}

impl core::fmt::Display for Rejection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}; needs {}", self.guard, self.text, self.needs)
    }
}

pub(super) fn refuse<T>(
    guard: &'static str,
    text: impl Into<String>,
    needs: impl Into<String>,
) -> Result<T, Rejection> {
    Err(Rejection { guard: Cow::Borrowed(guard), text: text.into(), needs: needs.into() })
}

/// Decides a command on a credential's state: the events that follow, or the guard that refuses it.
///
/// `now` before the state's last event counts as that event's time: for one credential time never goes back. A
/// command whose id was done lately gives no events. Events are to be applied in order with
/// [`evolve`](super::evolve()); [`Lifecycle`](super::Lifecycle) does all of it.
///
/// # Errors
/// A [`Rejection`] with the guard's stable code, what it found and what it needs.
pub fn decide(
    state: &State,
    command: &Command,
    now: Timestamp,
    policy: &Policy,
) -> Result<Vec<Event>, Rejection> {
    decide_with(state, command, now, policy, &Recent { suspensions: 0, last: state.responded })
}

/// The last time at which anything is decided: every deadline after it has a written form.
const LATEST: Timestamp = Timestamp::MAX.plus(-limits::LIFECYCLE_HORIZON_MS);

/// [`decide`] with what happened lately over all credentials, for the brakes of the response policy.
///
/// # Errors
/// As [`decide`].
pub fn decide_with(
    state: &State,
    command: &Command,
    now: Timestamp,
    policy: &Policy,
    recent: &Recent,
) -> Result<Vec<Event>, Rejection> {
    if state.done(&command.cmd_id).is_some() {
        return Ok(Vec::new());
    }
    if command.cmd_id.starts_with(super::TICK) || command.cmd_id.is_empty() {
        return refuse("reserved_id", "this cmd_id belongs to the machine's timers", "another cmd_id");
    }
    if command.actor.is_empty() {
        return refuse("actor_missing", "nobody asks", "an actor");
    }
    if now > LATEST {
        let text = format!("{now} is too near the end of time for a deadline after it");
        return refuse("time_out_of_range", text, format!("a time before {LATEST}"));
    }
    if let Some(expected) = command.expected_seq
        && expected != state.seq
    {
        let text = format!("the last entry is {}, expected {expected}", state.seq);
        return refuse("expected_seq", text, "a look at the present state");
    }
    let mut draft = Draft::new(state, &command.cmd_id, &command.actor, now, policy);
    let ask = Ask { command, now: draft.now, policy, recent };
    let order = &command.order;
    match order {
        Order::Register { .. } | Order::Issue { .. } => existence::begin(&mut draft, &ask)?,
        Order::Tick {} => {
            for due in timers::tick(state, now, policy) {
                draft.events.extend(due.events);
            }
            return Ok(draft.events);
        }
        _ if !state.is_registered() => {
            return refuse("not_registered", "this credential is not known", "Register or Issue first");
        }
        _ => {
            // What is due happens first: a command never sees a state whose time has run out.
            timers::run(&mut draft);
            let done = existence::decide(&mut draft, &ask)?
                || observe::decide(&mut draft, &ask)?
                || r#use::decide(&mut draft, &ask)?
                || rotate::decide(&mut draft, &ask)?
                || end::decide(&mut draft, &ask)?
                || govern::decide(&mut draft, &ask)?
                || lease::decide(&mut draft, &ask)?;
            if !done {
                return refuse("unknown_order", "no group of orders knows it", "an order of this build");
            }
        }
    }
    settle(&mut draft);
    // What the command itself made due (a period that was over already, an exception closed) happens with it.
    timers::run(&mut draft);
    Ok(draft.events)
}

/// What is asked, for the groups.
pub(super) struct Ask<'a> {
    pub(super) command: &'a Command,
    pub(super) now: Timestamp,
    pub(super) policy: &'a Policy,
    pub(super) recent: &'a Recent,
}

impl Ask<'_> {
    /// The ids of at least `least` distinct people who agreed and did not ask.
    pub(super) fn approvers(&self, least: usize, what: &str) -> Result<Vec<String>, Rejection> {
        let policy = self.policy;
        let who = self.command.approvers(self.now, policy.clock_skew_ms, policy.approval_age_ms);
        if who.len() < least {
            let text = format!("{what} has {} of {least} approvals by others than the requester", who.len());
            let more = least - who.len();
            return refuse(
                "approval_missing",
                text,
                format!("{more} more in approvals, distinct and recent"),
            );
        }
        Ok(who.into_iter().map(Into::into).collect())
    }

    /// A time that a source gave must not be in the future.
    pub(super) fn not_future(&self, at: Timestamp, what: &str) -> Result<(), Rejection> {
        if at > self.now.plus(self.policy.clock_skew_ms) {
            return refuse(
                "in_future",
                format!("{what} {at} is after now ({})", self.now),
                "a time that has been",
            );
        }
        Ok(())
    }
}

/// Events being decided, with the state as it will be after them.
pub(super) struct Draft<'a> {
    base: &'a State,
    scratch: Option<State>,
    applied: usize,
    pub(super) events: Vec<Event>,
    pub(super) now: Timestamp,
    pub(super) policy: &'a Policy,
    cmd_id: &'a str,
    actor: &'a str,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        base: &'a State,
        cmd_id: &'a str,
        actor: &'a str,
        now: Timestamp,
        policy: &'a Policy,
    ) -> Self {
        let now = if base.is_registered() { now.max(base.clock) } else { now };
        Draft { base, scratch: None, applied: 0, events: Vec::new(), now, policy, cmd_id, actor }
    }

    pub(super) fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// The state after the events so far.
    pub(super) fn state(&mut self) -> &State {
        if self.applied < self.events.len() {
            let scratch = self.scratch.get_or_insert_with(|| self.base.clone());
            for event in self.events.iter().skip(self.applied) {
                let stamped = Stamped {
                    seq: scratch.seq.saturating_add(1),
                    at: self.now,
                    cmd_id: self.cmd_id.into(),
                    actor: self.actor.into(),
                    credential: scratch.id.clone(),
                    event: event.clone(),
                };
                evolve(scratch, &stamped);
            }
            self.applied = self.events.len();
        }
        self.scratch.as_ref().unwrap_or(self.base)
    }

    /// The version named, ours or the provider's id.
    pub(super) fn version(&mut self, id: &str) -> Result<Version, Rejection> {
        let state = self.state();
        match state.version(id) {
            Some(version) => Ok(version.clone()),
            None => {
                let known: Vec<&str> = state.versions.iter().map(|v| v.id.as_str()).collect();
                refuse("unknown_version", "no such version", format!("one of {}", known.join(", ")))
            }
        }
    }

    /// Orders the revocation of a version that is not over.
    pub(super) fn order_revoke(&mut self, version: &str, cause: Cause) {
        let escalate_at = self.now.plus(self.policy.revocation_sla_ms);
        self.push(Event::RevokeOrdered { version: version.into(), cause, escalate_at });
    }

    /// Suspends a version that is serving.
    pub(super) fn suspend(&mut self, version: &Version, reason: &str) {
        let was = match version.state {
            VersionState::Active {} => Was::Active {},
            VersionState::Retiring { until } => Was::Retiring { until },
            VersionState::Tainted { until } => Was::Tainted { until },
            _ => return,
        };
        let until = self.now.plus(self.policy.quarantine_ms);
        self.push(Event::Suspended { version: version.id.clone(), was, reason: reason.into(), until });
    }
}

/// What follows by itself: leases of versions that ended, rotations whose versions ended, a period without owner.
pub(super) fn settle(draft: &mut Draft<'_>) {
    // Each pass that adds events ends something that does not come back; three passes reach rest.
    for _ in 0..limits::LIFECYCLE_EVENTS {
        let before = draft.events.len();
        settle_once(draft);
        if draft.events.len() == before {
            return;
        }
    }
}

fn settle_once(draft: &mut Draft<'_>) {
    let now = draft.now;
    let orphan_ms = draft.policy.orphan_ms;
    let state = draft.state();
    let mut next = Vec::new();
    let over = |id: &str| {
        state.version(id).is_none_or(|v| {
            v.is_terminal()
                || matches!(v.state, VersionState::Revoking { .. } | VersionState::RevokeFailed { .. })
        })
    };
    for lease in state.leases.iter().filter(|l| l.closed.is_none() && over(&l.parent)) {
        next.push(Event::LeaseClosed { lease: lease.id.clone(), how: Closed::ParentEnded });
    }
    if let Some(glass) = &state.break_glass
        && !state.leases.iter().any(|l| l.id == glass.lease && l.closed.is_none())
    {
        next.push(Event::BreakGlassClosed { how: Closed::ParentEnded });
    }
    match &state.rotation {
        Rotation::Preparing { run } | Rotation::Installing { run } | Rotation::Verifying { run }
            if over(&run.version) =>
        {
            next.push(Event::RotationAborted { reason: "the new version ended".into() });
        }
        Rotation::Stuck { run, because: StuckBecause::Deadline | StuckBecause::Gap, .. }
            if over(&run.version) =>
        {
            next.push(Event::RotationAborted { reason: "the new version ended".into() });
        }
        Rotation::RollingBack { run } => {
            let rests = state
                .version(&run.version)
                .is_none_or(|v| v.is_terminal() || matches!(v.state, VersionState::RevokeFailed { .. }));
            if rests {
                next.push(Event::RotationEnded { completed: false });
            }
        }
        Rotation::Overlap { run, .. } | Rotation::Stuck { run, because: StuckBecause::OpenConsumers, .. } => {
            if over(&run.version) {
                next.push(Event::RotationEnded { completed: false });
            } else if run.old.as_deref().is_none_or(over) {
                next.push(Event::RotationEnded { completed: true });
            }
        }
        _ => {}
    }
    if state.is_registered() && state.owners.is_empty() && state.orphan.is_none() {
        next.push(Event::Orphaned { deadline: now.plus(orphan_ms) });
    }
    draft.events.extend(next);
}

/// The timer of a campaign.
pub(super) fn campaign_over(draft: &mut Draft<'_>) {
    govern::campaign_over(draft);
}

/// The timer of an emergency.
pub(super) fn break_glass_over(draft: &mut Draft<'_>) {
    govern::close_break_glass(draft, Closed::Expired);
}
