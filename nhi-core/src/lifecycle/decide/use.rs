//! Orders that keep a credential from being used, reversibly: block and suspend.

use alloc::{format, string::String, vec::Vec};

use super::{Ask, Draft, Rejection, Was, refuse};
use crate::lifecycle::{Event, Order, Version, VersionState, mutants};

pub(super) fn decide(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<bool, Rejection> {
    match &ask.command.order {
        Order::Block { reason, source } => {
            if source.is_empty() {
                return refuse("no_source", "nobody says which policy blocks it", "a source");
            }
            if draft.state().blocked.is_some() {
                return refuse("already_blocked", "it is blocked", "Unblock first");
            }
            draft.push(Event::Blocked { reason: reason.clone(), source: source.clone() });
        }
        Order::Unblock {} => {
            if draft.state().blocked.is_none() {
                return refuse("not_blocked", "it is not blocked", "nothing: it may be used as it is");
            }
            draft.push(Event::Unblocked {});
        }
        Order::Suspend { version: Some(named), reason } => {
            let version = draft.version(named)?;
            if !version.is_serving() {
                let text = format!("{} is {}", version.id, version.state_name());
                return refuse("not_in_use", text, "an active, retiring or tainted version");
            }
            draft.suspend(&version, reason);
        }
        Order::Suspend { version: None, reason } => {
            if !draft.state().versions.iter().any(Version::is_serving) {
                return refuse(
                    "not_in_use",
                    "no version is in use",
                    "an active, retiring or tainted version",
                );
            }
            suspend_serving(draft, reason);
        }
        Order::Resume { version } => resume(draft, ask, version.as_deref())?,
        Order::ReportDisabled { version } => {
            let version = draft.version(version)?;
            if !matches!(version.state, VersionState::Suspended { .. }) {
                let text = format!("{} is {}", version.id, version.state_name());
                return refuse("not_suspended", text, "a suspended version");
            }
            if version.disabled_at.is_none() {
                draft.push(Event::Disabled { version: version.id });
            }
        }
        Order::ReportEnabled { version } => {
            let version = draft.version(version)?;
            if !version.is_serving() {
                let text = format!("{} is {}", version.id, version.state_name());
                return refuse("not_in_use", text, "a version that was resumed");
            }
            if version.disabled_at.is_some() {
                draft.push(Event::Enabled { version: version.id });
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Suspends every version that is serving.
pub(super) fn suspend_serving(draft: &mut Draft<'_>, reason: &str) {
    let serving: Vec<Version> = draft.state().versions.iter().filter(|v| v.is_serving()).cloned().collect();
    for version in serving {
        draft.suspend(&version, reason);
    }
}

fn resume(draft: &mut Draft<'_>, ask: &Ask<'_>, named: Option<&str>) -> Result<(), Rejection> {
    let suspended = |v: &&Version| matches!(v.state, VersionState::Suspended { .. });
    let ids: Vec<String> = match named {
        Some(named) => [draft.version(named)?.id].into(),
        None => draft.state().versions.iter().filter(suspended).map(|v| v.id.clone()).collect(),
    };
    if ids.is_empty() {
        return refuse("not_suspended", "no version is suspended", "a suspended version");
    }
    ask.approvers(1, "resuming")?;
    for id in ids {
        let version = draft.version(&id)?;
        let was = resumable(draft, &version)?;
        draft.push(Event::Resumed { version: version.id, was });
    }
    Ok(())
}

fn resumable(draft: &mut Draft<'_>, version: &Version) -> Result<Was, Rejection> {
    let now = draft.now;
    if mutants::terminal_returns() && version.is_terminal() {
        return Ok(Was::Active {});
    }
    let VersionState::Suspended { was, .. } = version.state else {
        let text = format!("{} is {}", version.id, version.state_name());
        return refuse("not_suspended", text, "a suspended version");
    };
    if version.compromised.is_some() {
        let text = format!("{} is known to be compromised", version.id);
        return refuse("compromised", text, "a new version (BeginRotation with recovery)");
    }
    if version.not_after.is_some_and(|end| end <= now) {
        return refuse("expired", format!("{} is over its end", version.id), "a new version");
    }
    if !draft.state().governed(now) {
        return refuse("not_governed", "nobody answers for it", "AssignOwner or GrantException");
    }
    if let Was::Retiring { until } = was
        && until <= now
    {
        return refuse(
            "overlap_over",
            format!("the overlap of {} ended at {until}", version.id),
            "a new version",
        );
    }
    let state = draft.state();
    if matches!(was, Was::Active {}) && state.active().is_some() && !mutants::resume_unchecked() {
        return refuse(
            "another_active",
            "another version is active",
            "Revoke this version, or abort what made the other one active",
        );
    }
    let serving = state.versions.iter().filter(|v| v.is_serving()).count();
    if serving >= 2 && !version.adopted && !mutants::two_live() {
        return refuse("two_live", format!("{serving} versions are in use"), "the end of one of them");
    }
    Ok(was)
}
