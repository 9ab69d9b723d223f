//! Orders by which a credential comes into the machine's care, and says whose and what for it is.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::{Ask, Draft, Rejection, observe, refuse};
use crate::{
    lifecycle::{Event, Found, Order, Use, Version, VersionState},
    limits,
    model::{Fact, LastUse, Status},
    time::Timestamp,
};

fn sorted(list: &[String]) -> Vec<String> {
    let set: BTreeSet<&String> = list.iter().filter(|text| !text.is_empty()).collect();
    set.into_iter().cloned().collect()
}

/// Register and Issue.
pub(super) fn begin(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<(), Rejection> {
    let review_due = ask.now.plus(ask.policy.review_ms);
    match &ask.command.order {
        Order::Register {
            kind,
            tier,
            environment,
            owners,
            purpose,
            workload,
            consumers,
            known_by,
            scopes,
            versions,
            provenance,
        } => {
            if draft.state().is_registered() {
                return merge(draft, ask);
            }
            if versions.len() > limits::LIFECYCLE_VERSIONS {
                let text = format!("{} versions, at most {}", versions.len(), limits::LIFECYCLE_VERSIONS);
                return refuse("too_many_versions", text, "fewer versions");
            }
            draft.push(Event::Registered {
                kind: *kind,
                tier: *tier,
                environment: *environment,
                purpose: purpose.clone(),
                workload: workload.clone(),
                consumers: sorted(consumers),
                known_by: sorted(known_by),
                scopes: scopes.as_deref().map(sorted),
                provenance: provenance.clone(),
                review_due,
            });
            assign(draft, owners);
            adopt_all(draft, ask, versions)?;
        }
        Order::Issue { kind, tier, environment, owners, purpose, workload, scopes, not_after } => {
            if draft.state().is_registered() {
                return refuse(
                    "already_registered",
                    "this credential exists",
                    "BeginRotation, or another id",
                );
            }
            if owners.is_empty() {
                return refuse("no_owner", "nobody would answer for it", "an owner");
            }
            if purpose.is_empty() {
                return refuse("no_purpose", "nobody says what it is for", "a purpose");
            }
            check_end(*not_after, ask)?;
            draft.push(Event::Registered {
                kind: *kind,
                tier: *tier,
                environment: *environment,
                purpose: Some(purpose.clone()),
                workload: workload.clone(),
                consumers: Vec::new(),
                known_by: Vec::new(),
                scopes: scopes.as_deref().map(sorted),
                provenance: String::new(),
                review_due,
            });
            draft.push(Event::Issued { purpose: purpose.clone() });
            assign(draft, owners);
            super::rotate::start(draft, ask, None, None, Some(*not_after), true);
        }
        _ => {}
    }
    Ok(())
}

/// The end of a new version must lie ahead and within the longest life.
pub(super) fn check_end(not_after: Timestamp, ask: &Ask<'_>) -> Result<(), Rejection> {
    let most = ask.now.plus(ask.policy.max_ttl_ms);
    if not_after <= ask.now || not_after > most {
        let text = format!("it would end at {not_after}");
        return refuse("ttl_too_long", text, format!("an end after {} and at most {most}", ask.now));
    }
    Ok(())
}

fn assign(draft: &mut Draft<'_>, owners: &[crate::model::OwnerRef]) {
    let owners: BTreeSet<_> = owners.iter().collect();
    for owner in owners.into_iter().take(limits::LIFECYCLE_LIST) {
        if !draft.state().owners.contains(owner) {
            draft.push(Event::OwnerAssigned { owner: owner.clone() });
        }
    }
}

fn adopt_all(draft: &mut Draft<'_>, ask: &Ask<'_>, versions: &[Found]) -> Result<(), Rejection> {
    let mut versions: Vec<&Found> = versions.iter().collect();
    versions.sort_by_key(|f| f.created.unwrap_or(ask.now));
    let newest = versions.iter().rposition(|f| f.status == Status::Active);
    for (i, found) in versions.into_iter().enumerate() {
        adopt(draft, ask, found, newest == Some(i))?;
    }
    Ok(())
}

/// Takes a version that exists. The newest live one is active; other live ones are usable until somebody ends them
/// (`Retiring` without an end): nothing that works is switched off by being registered.
fn adopt(draft: &mut Draft<'_>, ask: &Ask<'_>, found: &Found, newest: bool) -> Result<(), Rejection> {
    let now = ask.now;
    let created = found.created.unwrap_or(now);
    ask.not_future(created, "created")?;
    let over = found.not_after.is_some_and(|end| end <= now);
    let state = match found.status {
        _ if over => VersionState::Expired { at: found.not_after.unwrap_or(now) },
        Status::Active if newest && draft.state().active().is_none() => VersionState::Active {},
        Status::Active => VersionState::Retiring { until: Timestamp::MAX },
        Status::Inactive => VersionState::Suspended {
            was: crate::lifecycle::Was::Retiring { until: Timestamp::MAX },
            reason: "inactive at the provider when it was registered".into(),
            until: Timestamp::MAX,
        },
        Status::Expired => VersionState::Expired { at: now },
        Status::Revoked | Status::Deleted => VersionState::Revoked {
            at: now,
            cause: crate::lifecycle::Cause::External,
            evidence: "found so when it was registered".into(),
        },
    };
    let id = next_id(draft);
    let live = found.status == Status::Active && !over;
    let version = Version {
        external_id: found.external_id.clone(),
        fingerprint: found.fingerprint.clone(),
        state,
        material: true,
        installed: true,
        verified: true,
        adopted: true,
        disabled_at: (found.status == Status::Inactive).then_some(now),
        ended: (!live).then_some(found.not_after.filter(|_| over).unwrap_or(now)),
        ..Version::pending(&id, created, found.not_after)
    };
    draft.push(Event::VersionAdopted { version });
    if !matches!(&found.last_used, LastUse::Unknown(why) if why == Fact::<()>::NOT_REPORTED) {
        observe::usage(draft, ask, Some(&id), &found.last_used, "registration")?;
    }
    Ok(())
}

/// The id of the version after all that ever were.
pub(super) fn next_id(draft: &mut Draft<'_>) -> String {
    format!("v{}", draft.state().version_count.saturating_add(1))
}

/// Register again: adds what is new, forgets nothing.
fn merge(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<(), Rejection> {
    let Order::Register { owners, purpose, workload, consumers, versions, provenance, scopes, .. } =
        &ask.command.order
    else {
        return Ok(());
    };
    super::timers::run(draft);
    assign(draft, owners);
    if let (Some(purpose), None) = (purpose, &draft.state().purpose) {
        draft.push(Event::PurposeAssigned { purpose: purpose.clone() });
    }
    if let (Some(workload), None) = (workload, &draft.state().workload) {
        draft.push(Event::WorkloadAssigned { workload: workload.clone() });
    }
    for consumer in sorted(consumers) {
        if !draft.state().consumers.contains_key(&consumer) {
            observe::room_for_consumer(draft, &consumer)?;
            draft.push(Event::ConsumerSwitched { consumer, version: String::new() });
        }
    }
    if let Some(scopes) = scopes {
        observe::scopes(draft, ask, scopes);
    }
    for found in versions {
        let known = draft.state().versions.iter().find(|v| {
            (found.external_id.is_some() && v.external_id == found.external_id)
                || (found.fingerprint.is_some() && v.fingerprint == found.fingerprint)
        });
        match known.map(|v| v.id.clone()) {
            Some(id) => {
                observe::reconcile(draft, ask, &id, found.status, ask.now, provenance)?;
                observe::usage(draft, ask, Some(&id), &found.last_used, provenance)?;
            }
            None => {
                let full = draft.state().versions.len() >= limits::LIFECYCLE_VERSIONS
                    && !draft.state().versions.iter().any(Version::is_terminal);
                if full {
                    return refuse("too_many_versions", "no version is over", "an end to some of them");
                }
                let newest = draft.state().active().is_none();
                adopt(draft, ask, found, newest)?;
            }
        }
    }
    Ok(())
}

/// Owner, purpose, workload, departures.
pub(super) fn decide(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<bool, Rejection> {
    match &ask.command.order {
        Order::AssignOwner { owner } => {
            if draft.state().owners.len() >= limits::LIFECYCLE_LIST {
                return refuse("too_many_owners", "no room for another owner", "fewer owners");
            }
            assign(draft, core::slice::from_ref(owner));
        }
        Order::AssignPurpose { purpose } => {
            if purpose.is_empty() {
                return refuse("no_purpose", "an empty purpose says nothing", "a purpose");
            }
            if draft.state().purpose.as_ref() != Some(purpose) {
                draft.push(Event::PurposeAssigned { purpose: purpose.clone() });
            }
        }
        Order::AssignWorkload { workload } => {
            if workload.is_empty() {
                return refuse("no_workload", "an empty workload says nothing", "a workload");
            }
            if draft.state().workload.as_ref() != Some(workload) {
                draft.push(Event::WorkloadAssigned { workload: workload.clone() });
            }
        }
        Order::OwnerDeparted { owner } => departed(draft, ask, owner),
        Order::WorkloadDecommissioned { workload } => decommissioned(draft, ask, workload),
        _ => return Ok(false),
    }
    Ok(true)
}

fn departed(draft: &mut Draft<'_>, ask: &Ask<'_>, owner: &crate::model::OwnerRef) {
    let state = draft.state();
    let owned = state.owners.contains(owner);
    let knew = state.known_by.contains(&owner.id)
        && state.versions.iter().any(Version::is_serving)
        && state.rotation_forced.is_none();
    if owned {
        draft.push(Event::OwnerLost { owner: owner.clone() });
    }
    if knew {
        let deadline = ask.now.plus(ask.policy.rotation_deadline_ms);
        let reason = format!("{} knew the secret and left", owner.id);
        draft.push(Event::RotationForced { reason, deadline });
    }
}

fn decommissioned(draft: &mut Draft<'_>, ask: &Ask<'_>, workload: &str) {
    let state = draft.state();
    let uses = state.workload.as_deref() == Some(workload) || state.consumers.contains_key(workload);
    let shared = state.consumers.keys().any(|c| c != workload)
        || state.workload.as_deref().is_some_and(|w| w != workload);
    if !uses {
        return;
    }
    let live: Vec<String> = state.versions.iter().filter(|v| !is_over(v)).map(|v| v.id.clone()).collect();
    if state.consumers.contains_key(workload) {
        draft.push(Event::ConsumerGone { consumer: workload.into() });
    }
    if shared {
        draft.push(Event::ReviewDue { overdue_at: ask.now.plus(ask.policy.review_grace_ms) });
    } else {
        for id in live {
            draft.order_revoke(&id, crate::lifecycle::Cause::Decommissioned);
        }
    }
}

/// Whether a version is over or on its way there.
pub(super) fn is_over(version: &Version) -> bool {
    version.is_terminal()
        || matches!(version.state, VersionState::Revoking { .. } | VersionState::RevokeFailed { .. })
}

/// The use that a `LastUse` tells, for the tests of both callers.
pub(super) fn used(last: &LastUse) -> Option<Use> {
    match last {
        LastUse::Used { at, granularity_ms } => {
            Some(Use { at: *at, granularity_ms: (*granularity_ms).clamp(0, 366 * crate::time::DAY) })
        }
        _ => None,
    }
}
