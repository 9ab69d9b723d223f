//! Remembering: how an event changes a state. Total: any event on any state gives a state, and nothing here
//! refuses, looks at a policy or knows a clock.

use alloc::{format, string::String};

use super::{
    BreakGlass, Campaign, Consumer, Event, Exception, Forced, Lease, Notice, Orphan, RecentCommand, Review,
    Rotation, Run, Seen, Stamped, State, Usage, Version, VersionState, Was,
};
use crate::{limits, time::Timestamp};

/// Applies one event to the state of its credential.
///
/// # Cost
/// Linear in the versions, leases and consumers of the credential, all bounded by [`limits`].
pub fn evolve(state: &mut State, stamped: &Stamped) {
    if !State::concerns(&stamped.event) {
        return;
    }
    if state.id.is_empty() {
        state.id.clone_from(&stamped.credential);
    }
    state.seq = state.seq.max(stamped.seq);
    state.clock = state.clock.max(stamped.at);
    remember(state, stamped);
    let at = stamped.at;
    if !lifespan(state, &stamped.event, at)
        && !rotation(state, &stamped.event, at)
        && !governance(state, stamped)
    {
        observation(state, &stamped.event, at);
    }
    advance(state, &stamped.event);
    notice(state, stamped);
}

fn remember(state: &mut State, stamped: &Stamped) {
    if stamped.cmd_id.starts_with(super::TICK) {
        return;
    }
    if let Some(last) = state.recent.iter_mut().find(|r| r.cmd_id == stamped.cmd_id) {
        if last.seqs.len() < limits::LIFECYCLE_EVENTS {
            last.seqs.push(stamped.seq);
        }
        return;
    }
    if state.recent.len() >= limits::LIFECYCLE_RECENT {
        state.recent.remove(0);
    }
    state.recent.push(RecentCommand { cmd_id: stamped.cmd_id.clone(), seqs: [stamped.seq].into() });
}

fn with(state: &mut State, id: &str, change: impl FnOnce(&mut Version)) {
    if let Some(version) = state.versions.iter_mut().find(|v| v.id == id) {
        change(version);
    }
}

/// Terminal states are never left; `Destroyed` may follow the other two.
fn enter(version: &mut Version, to: VersionState) {
    let to_destroyed = matches!(to, VersionState::Destroyed { .. });
    let was_destroyed = matches!(version.state, VersionState::Destroyed { .. });
    if !version.is_terminal() || (to_destroyed && !was_destroyed) || super::mutants::terminal_returns() {
        version.state = to;
    }
}

fn end(version: &mut Version, at: Timestamp, to: VersionState) {
    enter(version, to);
    version.ended.get_or_insert(at);
    version.seen = None;
}

fn add(state: &mut State, version: Version) {
    if state.versions.len() >= limits::LIFECYCLE_VERSIONS
        && let Some(oldest) = state.versions.iter().position(Version::is_terminal)
    {
        state.versions.remove(oldest);
    }
    state.version_count = state.version_count.saturating_add(1);
    state.versions.push(version);
}

/// The life of a version. Answers whether the event was one of these.
fn lifespan(state: &mut State, event: &Event, at: Timestamp) -> bool {
    match event {
        Event::VersionAdopted { version } => add(state, version.clone()),
        Event::VersionCreated { version, not_after, .. } => {
            add(state, Version::pending(version, at, *not_after));
        }
        Event::MaterialCreated { version, external_id, fingerprint } => with(state, version, |v| {
            v.material = true;
            v.external_id.clone_from(external_id);
            v.fingerprint.clone_from(fingerprint);
        }),
        Event::VersionInstalled { version } => with(state, version, |v| {
            v.material = true;
            v.installed = true;
        }),
        Event::VersionVerified { version, .. } => with(state, version, |v| {
            v.verified = true;
            enter(v, VersionState::Verified {});
        }),
        Event::Promoted { version } | Event::Restored { version } => with(state, version, |v| {
            v.ended = None;
            enter(v, VersionState::Active {});
        }),
        Event::OldRetiring { version, until } => {
            with(state, version, |v| enter(v, VersionState::Retiring { until: *until }));
        }
        Event::Suspended { version, was, reason, until } => with(state, version, |v| {
            v.ended.get_or_insert(at);
            enter(v, VersionState::Suspended { was: *was, reason: reason.clone(), until: *until });
        }),
        Event::Resumed { version, was } => with(state, version, |v| {
            v.ended = None;
            enter(
                v,
                match *was {
                    Was::Active {} => VersionState::Active {},
                    Was::Retiring { until } => VersionState::Retiring { until },
                    Was::Tainted { until } => VersionState::Tainted { until },
                },
            );
        }),
        Event::Disabled { version } => with(state, version, |v| v.disabled_at = Some(at)),
        Event::Enabled { version } => with(state, version, |v| v.disabled_at = None),
        Event::Tainted { version, until, consumers, .. } => with(state, version, |v| {
            v.tainted_for.clone_from(consumers);
            v.ended = None;
            enter(v, VersionState::Tainted { until: *until });
        }),
        Event::Compromised { version, what, .. } => with(state, version, |v| {
            if v.compromised.is_none() {
                v.compromised = Some(what.clone());
            }
            if v.is_serving() {
                v.ended.get_or_insert(at);
            }
        }),
        Event::RevokeOrdered { version, cause, escalate_at } => {
            let to = VersionState::Revoking {
                since: at,
                tries: 0,
                retry_at: None,
                escalate_at: *escalate_at,
                cause: *cause,
            };
            with(state, version, |v| end(v, at, to));
        }
        Event::RevokeRetried { version, tries: n, retry_at: next, .. } => with(state, version, |v| {
            if let VersionState::Revoking { tries, retry_at, .. } = &mut v.state {
                *tries = *n;
                *retry_at = Some(*next);
            }
        }),
        Event::RevokeRetryDue { version } => with(state, version, |v| {
            if let VersionState::Revoking { retry_at, .. } = &mut v.state {
                *retry_at = None;
            }
        }),
        Event::RevokeFailed { version, error } => with(state, version, |v| {
            if let VersionState::Revoking { since, cause, .. } = v.state {
                v.state = VersionState::RevokeFailed { since, last_error: error.clone(), cause };
            }
        }),
        Event::Revoked { version, evidence } => with(state, version, |v| {
            let cause = match &v.state {
                VersionState::Revoking { cause, .. } | VersionState::RevokeFailed { cause, .. } => *cause,
                _ => super::Cause::External,
            };
            end(v, at, VersionState::Revoked { at, cause, evidence: evidence.clone() });
        }),
        Event::ExternallyRevoked { version, source, observed_at } => with(state, version, |v| {
            let cause = super::Cause::External;
            end(v, at, VersionState::Revoked { at, cause, evidence: source.clone() });
            v.seen = Some(Seen { at: *observed_at, live: false });
        }),
        Event::Expired { version } => with(state, version, |v| end(v, at, VersionState::Expired { at })),
        Event::Destroyed { version } => with(state, version, |v| {
            let was = v.seen;
            end(v, at, VersionState::Destroyed { at });
            v.seen = was.filter(|seen| seen.live);
        }),
        Event::Erased { version } => with(state, version, |v| v.erased = true),
        _ => return false,
    }
    true
}

fn running(state: &mut State, next: impl FnOnce(Run) -> Rotation) {
    if let Some(run) = state.rotation.run().cloned() {
        state.rotation = next(run);
    }
}

/// The rotation region; also what a version's report means for it.
fn rotation(state: &mut State, event: &Event, at: Timestamp) -> bool {
    match event {
        Event::RotationBegan { version, old, model, recovery, deadline } => {
            let run = Run {
                version: version.clone(),
                old: old.clone(),
                model: *model,
                recovery: *recovery,
                deadline: *deadline,
                gap_until: None,
            };
            state.rotation = Rotation::Preparing { run };
            state.rotation_forced = None;
        }
        Event::RotationForced { reason, deadline } => {
            state.rotation_forced = Some(Forced { reason: reason.clone(), deadline: *deadline });
        }
        Event::GapOpened { until } => {
            running(state, |run| Rotation::Verifying { run: Run { gap_until: Some(*until), ..run } })
        }
        Event::RotationStuck { because, .. } => {
            running(state, |run| Rotation::Stuck { run, since: at, because: *because });
        }
        Event::RotationAborted { .. } => running(state, |run| Rotation::RollingBack { run }),
        Event::RotationEnded { .. } => state.rotation = Rotation::Idle {},
        _ => return false,
    }
    true
}

/// Moves the rotation on when its version does.
fn advance(state: &mut State, event: &Event) {
    let about = |state: &State, id: &String| state.rotation.run().is_some_and(|run| run.version == *id);
    match event {
        Event::MaterialCreated { version, .. } if about(state, version) => {
            if let Rotation::Preparing { run } = &state.rotation {
                state.rotation = Rotation::Installing { run: run.clone() };
            }
        }
        Event::VersionInstalled { version } if about(state, version) => {
            if let Rotation::Preparing { run } | Rotation::Installing { run } = &state.rotation {
                state.rotation = Rotation::Verifying { run: run.clone() };
            }
        }
        Event::OldRetiring { version, until } | Event::OverlapBegan { version, until }
            if state.rotation.run().is_some_and(|run| run.old.as_ref() == Some(version)) =>
        {
            running(state, |run| Rotation::Overlap { run, until: *until });
        }
        _ => {}
    }
}

/// Owners, exceptions, reviews, leases and break-glass.
fn governance(state: &mut State, stamped: &Stamped) -> bool {
    let at = stamped.at;
    match &stamped.event {
        Event::Registered {
            kind,
            tier,
            environment,
            purpose,
            workload,
            consumers,
            known_by,
            scopes,
            review_due,
            ..
        } => {
            state.kind = *kind;
            state.tier = *tier;
            state.environment = *environment;
            state.registered = at;
            state.purpose.clone_from(purpose);
            state.workload.clone_from(workload);
            state.known_by.clone_from(known_by);
            state.scopes.clone_from(scopes);
            for consumer in consumers {
                state.consumers.insert(consumer.clone(), Consumer { version: String::new(), since: at });
            }
            state.review = Review::Certified { until: *review_due, by: None };
        }
        Event::Issued { purpose } => state.purpose = Some(purpose.clone()),
        Event::OwnerAssigned { owner } => {
            if let Err(place) = state.owners.binary_search(owner) {
                state.owners.insert(place, owner.clone());
            }
            state.orphan = None;
        }
        Event::OwnerLost { owner } => state.owners.retain(|o| o != owner),
        Event::Orphaned { deadline } => state.orphan = Some(Orphan { since: at, deadline: *deadline }),
        Event::PurposeAssigned { purpose } => state.purpose = Some(purpose.clone()),
        Event::WorkloadAssigned { workload } => state.workload = Some(workload.clone()),
        Event::Blocked { reason, source } => {
            let block = super::Block { reason: reason.clone(), source: source.clone(), since: at };
            state.blocked = Some(block);
        }
        Event::Unblocked {} => state.blocked = None,
        Event::HoldSet { reason } => state.hold = Some(reason.clone()),
        Event::HoldReleased { .. } => state.hold = None,
        Event::ExceptionGranted { id, scope, reason, end, end_max, isolation, compensating, approved_by } => {
            state.exception = Some(Exception {
                id: id.clone(),
                scope: scope.clone(),
                reason: reason.clone(),
                requested_by: stamped.actor.clone(),
                granted: at,
                end: *end,
                end_max: *end_max,
                renewals: 0,
                isolation: isolation.clone(),
                compensating: compensating.clone(),
                approved_by: approved_by.clone(),
                next_notice_days: first_notice(at, *end),
            });
        }
        Event::ExceptionRenewed { end, renewals, .. } => {
            if let Some(exception) = &mut state.exception {
                exception.end = *end;
                exception.renewals = *renewals;
                exception.next_notice_days = first_notice(at, *end);
            }
        }
        Event::ExceptionEndsSoon { days } => {
            if let Some(exception) = &mut state.exception {
                exception.next_notice_days = NOTICE_DAYS.iter().copied().find(|d| d < days).unwrap_or(0);
            }
        }
        Event::ExceptionEnded { .. } => state.exception = None,
        Event::CampaignStarted { campaign, deadline, default } => {
            state.campaign = Some(Campaign { id: campaign.clone(), deadline: *deadline, default: *default });
        }
        Event::CampaignEnded { .. } => state.campaign = None,
        Event::Certified { until } => {
            state.review = Review::Certified { until: *until, by: Some(stamped.actor.clone()) };
        }
        Event::ReviewDue { overdue_at } => state.review = Review::Due { overdue_at: *overdue_at },
        Event::ReviewOverdue {} => state.review = Review::Overdue { since: at },
        Event::BreakGlassOpened { lease, end, approved_by, .. } => {
            state.break_glass = Some(BreakGlass {
                opened: at,
                opened_by: stamped.actor.clone(),
                approved_by: approved_by.clone(),
                end: *end,
                lease: lease.clone(),
            });
        }
        Event::BreakGlassClosed { .. } => state.break_glass = None,
        Event::LeaseIssued { lease, task, holder, parent, scope, not_after, max, renewable } => {
            state.leases.push(Lease {
                id: lease.clone(),
                task: task.clone(),
                holder: holder.clone(),
                parent: parent.clone(),
                scope: scope.clone(),
                not_after: *not_after,
                max: *max,
                renewable: *renewable,
                closed: None,
            });
        }
        Event::LeaseRenewed { lease, not_after } => {
            if let Some(lease) = state.leases.iter_mut().find(|l| l.id == *lease) {
                lease.not_after = *not_after;
            }
        }
        Event::LeaseClosed { lease, .. } => {
            if let Some(lease) = state.leases.iter_mut().find(|l| l.id == *lease) {
                lease.closed.get_or_insert(at);
            }
        }
        Event::LeaseRevoked { lease } => state.leases.retain(|l| l.id != *lease),
        _ => return false,
    }
    true
}

/// Days before the end of an exception at which its owners are told.
pub(super) const NOTICE_DAYS: [u32; 3] = [30, 7, 1];

fn first_notice(now: Timestamp, end: Timestamp) -> u32 {
    let ahead = |days: u32| end.plus(-i64::from(days) * crate::time::DAY) > now;
    NOTICE_DAYS.iter().copied().find(|days| ahead(*days)).unwrap_or(0)
}

/// What sources saw. Merged by maximum, so that the order in which they speak does not matter.
fn observation(state: &mut State, event: &Event, at: Timestamp) {
    match event {
        Event::UsageAdvanced { version, used, dormant_at, .. } => {
            let known = match &state.usage {
                Usage::InUse { last, dormant_at } => Some((*last, *dormant_at)),
                Usage::Dormant { last, since } => Some((*last, *since)),
                _ => None,
            };
            let (last, dormant_at) = known.unwrap_or((*used, *dormant_at)).max((*used, *dormant_at));
            state.usage = Usage::InUse { last, dormant_at };
            if let Some(id) = version {
                with(state, id, |v| v.last_used = v.last_used.max(Some(*used)));
            }
        }
        Event::NeverUsedObserved { since_tracking, .. } => {
            if matches!(state.usage, Usage::Unknown { .. } | Usage::NeverUsed { .. }) {
                state.usage = Usage::NeverUsed { since_tracking: *since_tracking };
            }
        }
        Event::UsageUnknown { why, .. } => {
            if matches!(state.usage, Usage::Unknown { .. }) {
                state.usage = Usage::Unknown { why: why.clone() };
            }
        }
        Event::BecameDormant { since } => {
            if let Usage::InUse { last, .. } = state.usage {
                state.usage = Usage::Dormant { last, since: *since };
            }
        }
        Event::UseAfterRevocation { version: Some(id), used_at, .. } => {
            with(state, id, |v| v.used_after_end = v.used_after_end.max(Some(*used_at)));
        }
        Event::Reconciled { version, live, observed_at } => see(state, version, *live, *observed_at),
        Event::DriftFound { version, status, observed_at, .. } => {
            see(state, version, *status == crate::model::Status::Active, *observed_at);
        }
        Event::ResurrectedExternally { version, observed_at, .. } => see(state, version, true, *observed_at),
        Event::ScopeWidened { scopes, .. } | Event::ScopeNarrowed { scopes, .. } => {
            state.scopes = Some(scopes.clone());
        }
        Event::ConsumerSwitched { consumer, version } => {
            state.consumers.insert(consumer.clone(), Consumer { version: version.clone(), since: at });
        }
        Event::ConsumerGone { consumer } => {
            state.consumers.remove(consumer);
        }
        Event::GenerationAdvanced { generation } => {
            state.generation = state.generation.max(Some(*generation));
        }
        Event::Responded { action, .. } if *action != super::ResponseAction::Nothing => {
            state.responded = Some((at, *action));
        }
        Event::Acknowledged { effect } => {
            state.notices.retain(|kind, notice| notice_id(kind, notice.seq) != *effect);
        }
        _ => {}
    }
}

fn see(state: &mut State, version: &str, live: bool, at: Timestamp) {
    with(state, version, |v| {
        if v.seen.is_none_or(|seen| seen.at <= at) {
            v.seen = Some(Seen { at, live });
        }
    });
}

/// Id of a notice as an effect.
pub(super) fn notice_id(kind: &str, seq: u64) -> String {
    format!("notify:{kind}:{seq}")
}

/// What somebody must be told. One notice a kind: a newer one replaces it.
fn notice(state: &mut State, stamped: &Stamped) {
    if let Some((kind, text)) = super::effects::notice_of(&stamped.event) {
        state.notices.insert(kind.into(), Notice { seq: stamped.seq, text });
    }
}
