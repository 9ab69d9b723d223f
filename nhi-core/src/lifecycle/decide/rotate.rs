//! Rotation: a new version is made, installed, tested and promoted; the old one leaves when nobody uses it.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::{Ask, Cause, Draft, Rejection, existence, refuse};
use crate::{
    lifecycle::{Event, Order, Rotation, RotationModel, State, StuckBecause, Version, VersionState, mutants},
    limits,
    time::Timestamp,
};

pub(super) fn decide(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<bool, Rejection> {
    match &ask.command.order {
        Order::BeginRotation { model, recovery, not_after } => {
            begin(draft, ask, *model, *recovery, *not_after)?;
        }
        Order::ReportCreated { version, external_id, fingerprint } => {
            let version = upcoming(draft, version)?;
            if version.material {
                return refuse("already_created", format!("{} exists", version.id), "nothing more");
            }
            draft.push(Event::MaterialCreated {
                version: version.id,
                external_id: external_id.clone(),
                fingerprint: fingerprint.clone(),
            });
        }
        Order::ReportInstalled { version } => installed(draft, ask, version)?,
        Order::ReportVerified { version, ok, evidence } => {
            let version = upcoming(draft, version)?;
            if !version.installed {
                return refuse(
                    "not_installed",
                    format!("{} is not installed", version.id),
                    "ReportInstalled",
                );
            }
            if version.verified {
                return refuse("already_verified", format!("{} is verified", version.id), "Promote");
            }
            if *ok {
                draft.push(Event::VersionVerified { version: version.id, evidence: evidence.clone() });
            } else {
                abandon(draft, &version.id, &format!("its test failed: {evidence}"));
            }
        }
        Order::Promote { version } => promote(draft, ask, version)?,
        Order::DrainObserved { version } => drained(draft, ask, version)?,
        Order::AbortRotation { reason } => abort(draft, reason)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// A version that is still to be promoted.
fn upcoming(draft: &mut Draft<'_>, named: &str) -> Result<Version, Rejection> {
    let version = draft.version(named)?;
    if !version.is_upcoming() {
        let text = format!("{} is {}", version.id, version.state_name());
        return refuse("not_pending", text, "a version that is still to be promoted");
    }
    if matches!(draft.state().rotation, Rotation::RollingBack { .. }) {
        return refuse("rolling_back", "its rotation was given up", "a new rotation");
    }
    Ok(version)
}

fn begin(
    draft: &mut Draft<'_>,
    ask: &Ask<'_>,
    model: Option<RotationModel>,
    recovery: bool,
    not_after: Option<Timestamp>,
) -> Result<(), Rejection> {
    let now = ask.now;
    let policy = ask.policy;
    let state = draft.state();
    if !state.rotation.is_idle() {
        let text = format!("a rotation is {}", state.rotation.name());
        return refuse("rotation_running", text, "its end, or AbortRotation");
    }
    if !state.governed(now) {
        return refuse("not_governed", "nobody answers for it", "AssignOwner or GrantException");
    }
    let active = state.active().filter(|v| v.in_use(now)).map(|v| v.id.clone());
    if active.is_none() && !recovery && !mutants::rotate_without_active() {
        return refuse("no_active", "no version is active", "recovery: true");
    }
    room(state, active.as_deref())?;
    let model = model.unwrap_or_else(|| policy.rotation_model(state.kind));
    if let Err(error) = model.validate("model", policy) {
        return refuse("model_out_of_policy", format!("{error}"), "a model within the policy");
    }
    if let Some(end) = not_after {
        existence::check_end(end, ask)?;
    }
    start(draft, ask, active, Some(model), not_after, recovery);
    Ok(())
}

/// At most one version besides the active one may be live when a new one is made: providers have few slots, and
/// three at once is more than anybody watches.
fn room(state: &State, active: Option<&str>) -> Result<(), Rejection> {
    let live: Vec<&str> = state
        .versions
        .iter()
        .filter(|v| Some(v.id.as_str()) != active && (v.is_serving() || v.is_upcoming() || suspended(v)))
        .map(|v| v.id.as_str())
        .collect();
    if live.len() > 1 && !mutants::two_live() {
        let text = format!("{} are live besides the active version", live.join(", "));
        return refuse("two_live", text, "the end of one of them");
    }
    if state.versions.len() >= limits::LIFECYCLE_VERSIONS && !state.versions.iter().any(Version::is_terminal)
    {
        return refuse("too_many_versions", "no version is over", "an end to some of them");
    }
    Ok(())
}

fn suspended(version: &Version) -> bool {
    matches!(version.state, VersionState::Suspended { .. })
}

/// Makes a new version and begins its rotation.
pub(super) fn start(
    draft: &mut Draft<'_>,
    ask: &Ask<'_>,
    old: Option<String>,
    model: Option<RotationModel>,
    not_after: Option<Timestamp>,
    recovery: bool,
) {
    let recovery = recovery && old.is_none();
    let version = existence::next_id(draft);
    let deadline = ask.now.plus(ask.policy.rotation_deadline_ms);
    let kind = draft.state().kind;
    let model = model.unwrap_or_else(|| ask.policy.rotation_model(kind));
    let not_after = not_after.or_else(|| Some(ask.now.plus(ask.policy.max_ttl_ms)));
    draft.push(Event::RotationBegan { version: version.clone(), old, model, recovery, deadline });
    draft.push(Event::VersionCreated { version, not_after, deadline });
}

fn installed(draft: &mut Draft<'_>, ask: &Ask<'_>, named: &str) -> Result<(), Rejection> {
    let version = upcoming(draft, named)?;
    if version.installed {
        return refuse("already_installed", format!("{} is installed", version.id), "ReportVerified");
    }
    draft.push(Event::VersionInstalled { version: version.id.clone() });
    let run = draft.state().rotation.run().filter(|run| run.version == version.id).cloned();
    if let Some(run) = run
        && let RotationModel::SinglePhase { max_gap_ms } = run.model
    {
        draft.push(Event::GapOpened { until: ask.now.plus(max_gap_ms) });
        if let Some(old) = run.old
            && draft.state().version(&old).is_some_and(Version::is_serving)
        {
            draft.order_revoke(&old, Cause::Superseded);
        }
    }
    Ok(())
}

fn promote(draft: &mut Draft<'_>, ask: &Ask<'_>, named: &str) -> Result<(), Rejection> {
    let now = ask.now;
    let version = draft.version(named)?;
    let ready = matches!(version.state, VersionState::Verified {})
        || (mutants::promote_unverified() && matches!(version.state, VersionState::Pending {}));
    if !ready {
        let text = format!("{} is {}", version.id, version.state_name());
        return refuse("not_verified", text, "ReportVerified with ok: true");
    }
    if version.compromised.is_some() {
        return refuse("compromised", format!("{} is compromised", version.id), "AbortRotation");
    }
    let state = draft.state();
    let Some(run) = state.rotation.run().filter(|run| run.version == version.id).cloned() else {
        return refuse("no_rotation", "no rotation is about this version", "BeginRotation");
    };
    if matches!(state.rotation, Rotation::RollingBack { .. }) {
        return refuse("rolling_back", "its rotation was given up", "a new rotation");
    }
    if !state.governed(now) {
        return refuse("not_governed", "nobody answers for it", "AssignOwner or GrantException");
    }
    let active = state.active().cloned();
    let in_place = !run.model.overlaps();
    let staying = state.versions.iter().filter(|v| v.is_serving() && !(in_place && v.is_active())).count();
    if staying > 1 && !mutants::two_live() {
        return refuse("two_live", format!("{staying} other versions are in use"), "the end of one of them");
    }
    if let Some(active) = &active {
        let until = match run.model {
            RotationModel::DualPhase { overlap_ms } => Some(now.plus(overlap_ms)),
            RotationModel::ReissueOnly {} => {
                Some(now.plus(ask.policy.overlap_max_ms).min(active.not_after.unwrap_or(Timestamp::MAX)))
            }
            RotationModel::SinglePhase { .. } => None,
        };
        match until {
            Some(until) => draft.push(Event::OldRetiring { version: active.id.clone(), until }),
            None => draft.order_revoke(&active.id, Cause::Superseded),
        }
    }
    draft.push(Event::Promoted { version: version.id.clone() });
    // Whoever was known without a version takes the new one from its target; consumers told apart switch themselves.
    let overlapping = matches!(draft.state().rotation, Rotation::Overlap { .. });
    if !overlapping {
        let old = run.old.as_deref().and_then(|id| draft.state().version(id)).cloned();
        match old {
            // A tainted version keeps its own end; the rotation lasts as long.
            Some(old) if matches!(old.state, VersionState::Tainted { .. }) => {
                if let VersionState::Tainted { until } = old.state {
                    draft.push(Event::OverlapBegan { version: old.id, until });
                }
            }
            _ => draft.push(Event::RotationEnded { completed: true }),
        }
    }
    Ok(())
}

fn drained(draft: &mut Draft<'_>, ask: &Ask<'_>, named: &str) -> Result<(), Rejection> {
    let now = ask.now;
    let version = draft.version(named)?;
    if !matches!(version.state, VersionState::Retiring { .. } | VersionState::Tainted { .. }) {
        let text = format!("{} is {}", version.id, version.state_name());
        return refuse("not_retiring", text, "a version in overlap");
    }
    no_consumers(draft, &version.id)?;
    if draft.state().active().is_none() {
        return refuse("no_active", "no other version would be in use", "Promote a new version first");
    }
    if let Some(used) = version.last_used {
        let quiet_at = used.at.plus(used.granularity_ms).plus(ask.policy.quiet_ms);
        if now < quiet_at {
            let text = format!("{} was last used at {}", version.id, used.at);
            return refuse("recently_used", text, format!("no use until {quiet_at}"));
        }
    }
    let cause = if version.compromised.is_some() { Cause::Compromise } else { Cause::Superseded };
    draft.order_revoke(&version.id, cause);
    Ok(())
}

/// Refused while somebody is known to use the version.
pub(super) fn no_consumers(draft: &mut Draft<'_>, id: &str) -> Result<(), Rejection> {
    let who = draft.state().consumers_of(id).join(", ");
    if who.is_empty() {
        return Ok(());
    }
    refuse("open_consumers", format!("{who} still uses {id}"), "ConsumerSwitched for each, or two approvers")
}

/// Ends what is stuck for its consumers once the last one has switched.
pub(super) fn unstick(draft: &mut Draft<'_>) {
    let state = draft.state();
    if let Rotation::Stuck { run, because: StuckBecause::OpenConsumers, .. } = &state.rotation
        && let Some(old) = run.old.clone()
        && state.consumers_of(&old).is_empty()
    {
        draft.order_revoke(&old, Cause::Superseded);
    }
}

fn abort(draft: &mut Draft<'_>, reason: &str) -> Result<(), Rejection> {
    let now = draft.now;
    let state = draft.state();
    let Some(run) = state.rotation.run().cloned() else {
        return refuse("no_rotation", "no rotation runs", "nothing to abort");
    };
    match &state.rotation {
        Rotation::RollingBack { .. } => {
            refuse("rolling_back", "it was given up already", "the end of the roll-back")
        }
        Rotation::Overlap { .. } | Rotation::Stuck { because: StuckBecause::OpenConsumers, .. } => {
            let old = run.old.as_deref().and_then(|id| state.version(id)).cloned();
            match old {
                Some(old) if matches!(old.state, VersionState::Retiring { .. }) && old.in_use(now) => {
                    draft.push(Event::RotationAborted { reason: reason.to_owned() });
                    draft.order_revoke(&run.version, Cause::Aborted);
                    draft.push(Event::Restored { version: old.id });
                    Ok(())
                }
                _ => refuse("old_not_usable", "the old version cannot take over again", "a new rotation"),
            }
        }
        _ => {
            abandon(draft, &run.version, reason);
            Ok(())
        }
    }
}

/// Gives up a rotation whose new version was never promoted.
pub(super) fn abandon(draft: &mut Draft<'_>, version: &str, reason: &str) {
    draft.push(Event::RotationAborted { reason: reason.to_owned() });
    draft.order_revoke(version, Cause::Aborted);
}
