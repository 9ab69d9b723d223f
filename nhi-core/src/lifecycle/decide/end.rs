//! The end of a version: revoked, compromised, destroyed. *Ordered* is not *done*: only the provider's word is.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::{Ask, Cause, Draft, Rejection, existence::is_over, refuse, rotate};
use crate::lifecycle::{
    Compromise, Containment, Event, Order, Rotation, State, Version, VersionState, mutants,
};

pub(super) fn decide(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<bool, Rejection> {
    match &ask.command.order {
        Order::Revoke { version, cause } => revoke(draft, ask, version.as_deref(), *cause)?,
        Order::ConfirmRevoked { version, evidence } => {
            let version = ordered(draft, version)?;
            draft.push(Event::Revoked { version: version.id, evidence: evidence.clone() });
        }
        Order::RevokeError { version, error } => {
            let version = ordered(draft, version)?;
            if let VersionState::Revoking { tries, .. } = version.state {
                failed(draft, &version.id, tries, error);
            }
        }
        Order::Destroy { version } => {
            let version = draft.version(version)?;
            if let Some(reason) = &draft.state().hold {
                let text = format!("everything is kept: {reason}");
                return refuse("legal_hold", text, "ReleaseHold with two approvers");
            }
            if matches!(version.state, VersionState::Destroyed { .. }) {
                return refuse("already_destroyed", format!("{} is destroyed", version.id), "nothing more");
            }
            if !version.is_terminal() && version.material {
                let text = format!("{} is {}", version.id, version.state_name());
                return refuse("not_over", text, "a version that is revoked, expired or was never made");
            }
            draft.push(Event::Destroyed { version: version.id });
        }
        Order::ReportDestroyed { version } => {
            let version = draft.version(version)?;
            if !matches!(version.state, VersionState::Destroyed { .. }) || version.erased {
                let text = format!("{} is {}", version.id, version.state_name());
                return refuse("not_destroyed", text, "a version whose erasure is ordered");
            }
            draft.push(Event::Erased { version: version.id });
        }
        Order::ReportCompromise { .. } => compromise(draft, ask)?,
        Order::SetHold { reason } => {
            if draft.state().hold.is_some() {
                return refuse("already_held", "it is on hold", "nothing more");
            }
            draft.push(Event::HoldSet { reason: reason.clone() });
        }
        Order::ReleaseHold {} => {
            if draft.state().hold.is_none() {
                return refuse("not_held", "it is not on hold", "nothing");
            }
            let approved_by = ask.approvers(2, "lifting a hold")?;
            draft.push(Event::HoldReleased { approved_by });
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// A failed try: another after the wait, or the end of the ladder.
pub(super) fn failed(draft: &mut Draft<'_>, version: &str, tries: u32, error: &str) {
    let tries = tries.saturating_add(1);
    let version = version.into();
    if tries >= draft.policy.revoke_tries && !mutants::ladder_forgets() {
        draft.push(Event::RevokeFailed { version, error: error.into() });
    } else {
        let retry_at = draft.now.plus(draft.policy.backoff_ms(tries));
        draft.push(Event::RevokeRetried { version, tries, retry_at, error: error.into() });
    }
}

/// A version whose revocation is ordered and not confirmed.
fn ordered(draft: &mut Draft<'_>, named: &str) -> Result<Version, Rejection> {
    let version = draft.version(named)?;
    match version.state {
        VersionState::Revoking { .. } | VersionState::RevokeFailed { .. } => Ok(version),
        _ => {
            let text = format!("{} is {}", version.id, version.state_name());
            refuse("not_revoking", text, "a version whose revocation is ordered")
        }
    }
}

fn revoke(draft: &mut Draft<'_>, ask: &Ask<'_>, named: Option<&str>, cause: Cause) -> Result<(), Rejection> {
    let retriable = |v: &Version| !is_over(v) || matches!(v.state, VersionState::RevokeFailed { .. });
    let ids: Vec<String> = match named {
        Some(named) => {
            let version = draft.version(named)?;
            if version.is_terminal() {
                let text = format!("{} is {}", version.id, version.state_name());
                return refuse("already_over", text, "nothing: it is over");
            }
            if matches!(version.state, VersionState::Revoking { .. }) {
                return refuse(
                    "already_revoking",
                    format!("{} is being revoked", version.id),
                    "its confirmation",
                );
            }
            [version.id].into()
        }
        None => draft.state().versions.iter().filter(|v| retriable(v)).map(|v| v.id.clone()).collect(),
    };
    if ids.is_empty() {
        return refuse("already_over", "no version is left to revoke", "nothing: all are over");
    }
    let succeeded = draft.state().active().is_some_and(|v| !ids.contains(&v.id));
    if cause == Cause::Superseded && !succeeded {
        return refuse(
            "not_superseded",
            "no other version has taken over",
            "another cause, or a promotion first",
        );
    }
    if cause != Cause::Compromise && ask.approvers(2, "").is_err() {
        for id in &ids {
            rotate::no_consumers(draft, id)?;
        }
    }
    for id in ids {
        give_up_rotation_of(draft, &id);
        draft.order_revoke(&id, cause);
    }
    Ok(())
}

/// A version that was to be promoted and is revoked takes its rotation with it.
fn give_up_rotation_of(draft: &mut Draft<'_>, id: &str) {
    let state = draft.state();
    let about = state.rotation.run().is_some_and(|run| run.version == id);
    let open = !matches!(state.rotation, Rotation::RollingBack { .. } | Rotation::Overlap { .. });
    if about && open && state.version(id).is_some_and(Version::is_upcoming) {
        draft.push(Event::RotationAborted { reason: "the new version is revoked".into() });
    }
}

fn compromise(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<(), Rejection> {
    let Order::ReportCompromise { version, confidence, source, first_seen, containment } = &ask.command.order
    else {
        return Ok(());
    };
    if *confidence > 1000 {
        return refuse("confidence_range", format!("confidence is {confidence}"), "0 to 1000");
    }
    let first_seen = first_seen.unwrap_or(ask.now);
    ask.not_future(first_seen, "first_seen")?;
    let ids: Vec<String> = match version {
        Some(named) => [draft.version(named)?.id].into(),
        None => draft.state().versions.iter().map(|v| v.id.clone()).collect(),
    };
    if ids.is_empty() {
        return refuse("unknown_version", "it has no version", "a version");
    }
    let taint = match containment {
        Containment::Immediate {} => None,
        Containment::RotateThenRevoke { deadline } => {
            let most = ask.now.plus(ask.policy.taint_ms);
            if *deadline <= ask.now || *deadline > most {
                let text = format!("it would be revoked at {deadline}");
                return refuse(
                    "taint_too_long",
                    text,
                    format!("a deadline after {} and at most {most}", ask.now),
                );
            }
            let approved_by = ask.approvers(2, "leaving a compromised version in use")?;
            let consumers = known_consumers(draft.state());
            if consumers.is_empty() {
                return refuse(
                    "consumers_unknown",
                    "nobody is known to use it, so there is nobody to keep serving",
                    "a workload or consumers, or immediate containment",
                );
            }
            Some((*deadline, approved_by, consumers))
        }
    };
    for id in &ids {
        let version = draft.version(id)?;
        if version.compromised.is_none() {
            draft.push(Event::Compromised {
                version: id.clone(),
                what: Compromise {
                    at: ask.now,
                    first_seen: first_seen.min(ask.now),
                    confidence: *confidence,
                    source: source.clone(),
                },
                containment: *containment,
            });
        }
        if mutants::compromise_only_suspends() {
            draft.suspend(&version, "compromised");
            continue;
        }
        let serving = matches!(version.state, VersionState::Active {} | VersionState::Retiring { .. });
        match &taint {
            Some((deadline, approved_by, consumers)) if serving => {
                let until = match version.state {
                    VersionState::Retiring { until } => until.min(*deadline),
                    _ => *deadline,
                };
                draft.push(Event::Tainted {
                    version: id.clone(),
                    until,
                    consumers: consumers.clone(),
                    approved_by: approved_by.clone(),
                });
            }
            // Already in its grace: asking again for the same changes nothing.
            Some(_) if matches!(version.state, VersionState::Tainted { .. }) => {}
            _ if !is_over(&version) => {
                give_up_rotation_of(draft, id);
                draft.order_revoke(id, Cause::Compromise);
            }
            _ => {}
        }
    }
    force_rotation(draft, ask, taint.is_some());
    Ok(())
}

/// Everybody who is known to use it: consumers and the workload, sorted.
fn known_consumers(state: &State) -> Vec<String> {
    let all: BTreeSet<&String> = state.consumers.keys().chain(&state.workload).collect();
    all.into_iter().cloned().collect()
}

/// After a compromise a new version is needed, if somebody answers for the credential. A tainted one is rotated at
/// once; after an immediate revocation somebody decides (a new version may not be wanted).
fn force_rotation(draft: &mut Draft<'_>, ask: &Ask<'_>, at_once: bool) {
    let deadline = ask.now.plus(ask.policy.rotation_deadline_ms);
    let state = draft.state();
    let good = state.versions.iter().any(|v| v.is_active() && v.compromised.is_none());
    let coming = state.versions.iter().any(|v| v.is_upcoming() && v.compromised.is_none())
        && !matches!(state.rotation, Rotation::RollingBack { .. });
    if good || coming || !state.governed(ask.now) || state.rotation_forced.is_some() {
        return;
    }
    let tainted = state.versions.iter().find(|v| matches!(v.state, VersionState::Tainted { .. }));
    let tainted = tainted.map(|v| v.id.clone());
    let idle = state.rotation.is_idle();
    draft.push(Event::RotationForced { reason: "a version is compromised".into(), deadline });
    if at_once
        && idle
        && let Some(old) = tainted
    {
        rotate::start(draft, ask, Some(old), None, None, false);
    }
}
