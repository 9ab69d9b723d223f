//! What sources saw. Nothing here is refused for its order: late news merge by maximum. News from the future are.

use alloc::{format, string::String, vec::Vec};

use super::{Ask, Draft, Rejection, existence::used, refuse};
use crate::{
    lifecycle::{Event, Order, ResponseAction, Usage, VersionState, mutants, respond},
    limits,
    model::{Fact, LastUse, Signal, Status},
    time::Timestamp,
};

pub(super) fn decide(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<bool, Rejection> {
    match &ask.command.order {
        Order::UsageObserved { version, last_used, source } => {
            let id = match version {
                Some(named) => Some(draft.version(named)?.id),
                None => None,
            };
            usage(draft, ask, id.as_deref(), last_used, source)?;
        }
        Order::ReconcileObserved { version, status, observed_at, source } => {
            ask.not_future(*observed_at, "observed_at")?;
            let Fact::Known(status) = status else { return Ok(true) };
            match draft.state().version(version).map(|v| v.id.clone()) {
                Some(id) => reconcile(draft, ask, &id, *status, *observed_at, source)?,
                None if *status == Status::Active => draft.push(Event::DriftFound {
                    kind: "unknown_version".into(),
                    version: version.clone(),
                    status: *status,
                    observed_at: *observed_at,
                    source: source.clone(),
                }),
                None => {}
            }
        }
        Order::ObserveScopes { granted, .. } => scopes(draft, ask, granted),
        Order::ConsumerSwitched { consumer, version } => {
            let version = draft.version(version)?;
            if version.is_terminal() {
                let text = format!("{} is {}", version.id, version.state_name());
                return refuse("version_over", text, "a version that is not over");
            }
            if consumer.is_empty() {
                return refuse("no_consumer", "an empty consumer says nothing", "a consumer");
            }
            room_for_consumer(draft, consumer)?;
            if draft.state().consumers.get(consumer).is_none_or(|known| known.version != version.id) {
                draft.push(Event::ConsumerSwitched { consumer: consumer.clone(), version: version.id });
                super::rotate::unstick(draft);
            }
        }
        Order::ConsumerGone { consumer } => {
            if draft.state().consumers.contains_key(consumer) {
                draft.push(Event::ConsumerGone { consumer: consumer.clone() });
                super::rotate::unstick(draft);
            }
        }
        Order::GenerationPresented { generation } => {
            let expected = draft.state().generation.map_or(0, |g| g.saturating_add(1));
            if *generation >= expected && *generation < limits::JSON_INTEGER as u64 {
                draft.push(Event::GenerationAdvanced { generation: *generation });
            } else {
                draft.push(Event::CloneSuspected {
                    presented: (*generation).min(limits::JSON_INTEGER as u64),
                    expected,
                });
                super::r#use::suspend_serving(draft, "a copy of it was presented");
            }
        }
        Order::Signal { band, trust, reasons } => {
            let signal = Signal {
                credential: ask.command.credential.clone(),
                at: ask.now,
                band: *band,
                trust: *trust,
                reasons: reasons.clone(),
            };
            signal_response(draft, ask, &signal);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

pub(super) fn room_for_consumer(draft: &mut Draft<'_>, consumer: &str) -> Result<(), Rejection> {
    let state = draft.state();
    if state.consumers.len() >= limits::LIFECYCLE_LIST && !state.consumers.contains_key(consumer) {
        let text = format!("{} consumers are known already", state.consumers.len());
        return refuse("too_many_consumers", text, "fewer consumers (ConsumerGone)");
    }
    Ok(())
}

/// Moves the last use on, and tells a use that certainly came after the end: the whole span in which it may have
/// happened starts no earlier than the end does.
pub(super) fn usage(
    draft: &mut Draft<'_>,
    ask: &Ask<'_>,
    version: Option<&str>,
    last: &LastUse,
    source: &str,
) -> Result<(), Rejection> {
    let source: String = source.into();
    match last {
        LastUse::Used { at, .. } => {
            ask.not_future(*at, "last_used")?;
            let Some(used) = used(last) else { return Ok(()) };
            let state = draft.state();
            let known = match version.and_then(|id| state.version(id)) {
                Some(v) => v.last_used,
                None => match &state.usage {
                    Usage::InUse { last, .. } | Usage::Dormant { last, .. } => Some(*last),
                    _ => None,
                },
            };
            if known.is_some_and(|known| known >= used) {
                return Ok(());
            }
            let after = use_after_end(state, version, *at);
            let dormant_at = at.plus(used.granularity_ms).plus(ask.policy.dormant_ms);
            let version = version.map(String::from);
            draft.push(Event::UsageAdvanced { version: version.clone(), used, source, dormant_at });
            if let Some((ended, state)) = after {
                draft.push(Event::UseAfterRevocation { version, used_at: *at, ended, state });
            }
        }
        LastUse::Never { since_tracking } => {
            let state = draft.state();
            let news = match &state.usage {
                Usage::Unknown { .. } => true,
                Usage::NeverUsed { since_tracking: known } => known != since_tracking,
                _ => false,
            };
            if news {
                draft.push(Event::NeverUsedObserved { since_tracking: *since_tracking, source });
            }
        }
        LastUse::Unknown(why) => {
            if mutants::unknown_revokes()
                && let Some(id) = draft.state().active().map(|v| v.id.clone())
            {
                draft.order_revoke(&id, crate::lifecycle::Cause::Cessation);
            }
            if matches!(&draft.state().usage, Usage::Unknown { why: known } if known != why) {
                draft.push(Event::UsageUnknown { why: why.clone(), source });
            }
        }
    }
    Ok(())
}

/// When the version used had ended, if it certainly had. Without a version: when the last of all had.
fn use_after_end(
    state: &crate::lifecycle::State,
    version: Option<&str>,
    at: Timestamp,
) -> Option<(Timestamp, String)> {
    let ended = |v: &crate::lifecycle::Version| v.ended.filter(|end| at >= *end);
    match version {
        Some(id) => {
            let v = state.version(id)?;
            ended(v).map(|end| (end, v.state_name().into()))
        }
        None => {
            let ends: Option<Vec<Timestamp>> = state.versions.iter().map(ended).collect();
            let last = ends?.into_iter().max()?;
            Some((last, "every version ended".into()))
        }
    }
}

/// Compares what the provider says of a version with what we hold. Older news than the last are ignored.
pub(super) fn reconcile(
    draft: &mut Draft<'_>,
    ask: &Ask<'_>,
    id: &str,
    status: Status,
    observed_at: Timestamp,
    source: &str,
) -> Result<(), Rejection> {
    ask.not_future(observed_at, "observed_at")?;
    let version = draft.version(id)?;
    if version.seen.is_some_and(|seen| seen.at > observed_at) {
        return Ok(());
    }
    let (version_id, source) = (version.id.clone(), String::from(source));
    let live = status == Status::Active;
    let gone = matches!(status, Status::Revoked | Status::Deleted);
    let drift = |kind: &str| Event::DriftFound {
        kind: kind.into(),
        version: version_id.clone(),
        status,
        observed_at,
        source: source.clone(),
    };
    let known = version.seen.is_some_and(|seen| seen.live == live);
    let event = match version.state {
        // Looked before the end: says nothing about it.
        _ if version.ended.is_some_and(|end| observed_at < end) => return Ok(()),
        VersionState::Revoked { .. } | VersionState::Expired { .. } | VersionState::Destroyed { .. } => {
            if !live && version.seen.is_none() {
                return Ok(());
            }
            match (live, known) {
                (_, true) => return Ok(()),
                (true, _) => Event::ResurrectedExternally { version: version_id, source, observed_at },
                (false, _) => Event::Reconciled { version: version_id, live, observed_at },
            }
        }
        VersionState::Revoking { .. } | VersionState::RevokeFailed { .. } if gone => {
            Event::Revoked { version: version_id, evidence: format!("{source} shows it gone") }
        }
        _ if gone && !matches!(version.state, VersionState::Pending {}) => {
            Event::ExternallyRevoked { version: version_id, source, observed_at }
        }
        VersionState::Suspended { .. } if !live && version.disabled_at.is_none() => {
            Event::Disabled { version: version_id }
        }
        VersionState::Suspended { .. } if live && version.disabled_at.is_some() && !known => {
            drift("enabled_outside")
        }
        VersionState::Active {} | VersionState::Retiring { .. } | VersionState::Tainted { .. }
            if !live && !known && version.disabled_at.is_none() =>
        {
            drift("disabled_outside")
        }
        _ if known => return Ok(()),
        _ => Event::Reconciled { version: version_id, live, observed_at },
    };
    draft.push(event);
    Ok(())
}

/// Notes what may be done with it, and whether somebody approved that it became more.
pub(super) fn scopes(draft: &mut Draft<'_>, ask: &Ask<'_>, granted: &[String]) {
    let mut now: Vec<String> = granted.to_vec();
    now.sort();
    now.dedup();
    let before = draft.state().scopes.clone();
    if before.as_ref() == Some(&now) {
        return;
    }
    let missing = |from: &[String], of: &[String]| -> Vec<String> {
        from.iter().filter(|s| of.binary_search(s).is_err()).cloned().collect()
    };
    let known = before.unwrap_or_else(|| now.clone());
    let added = missing(&now, &known);
    let removed = missing(&known, &now);
    if added.is_empty() {
        draft.push(Event::ScopeNarrowed { scopes: now, removed });
    } else {
        let approved_by = ask.approvers(0, "").unwrap_or_default();
        draft.push(Event::ScopeWidened { scopes: now, added, approved_by });
    }
}

fn signal_response(draft: &mut Draft<'_>, ask: &Ask<'_>, signal: &Signal) {
    let state = draft.state();
    let response = respond(signal, state.tier, state.environment, &ask.policy.response, ask.recent);
    if response.wanted == ResponseAction::Nothing {
        return;
    }
    let reason = match signal.reasons.first() {
        Some(first) => format!("unusual use: {first}"),
        None => "unusual use".into(),
    };
    draft.push(Event::Responded {
        action: response.action,
        wanted: response.wanted,
        braked: response.braked,
        reasons: signal.reasons.clone(),
    });
    match response.action {
        ResponseAction::Suspend => super::r#use::suspend_serving(draft, &reason),
        ResponseAction::CloseLeases => super::lease::close_all(draft, crate::lifecycle::Closed::Anomaly),
        _ => {}
    }
}
