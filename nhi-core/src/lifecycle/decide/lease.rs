//! Leases: time-boxed grants to a task, never more and never longer than the credential behind them.

use alloc::{format, string::String, vec::Vec};

use super::{Ask, Closed, Draft, Rejection, refuse};
use crate::{
    lifecycle::{Event, Lease, Order, TaskEnd, Version, mutants},
    limits,
};

pub(super) fn decide(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<bool, Rejection> {
    match &ask.command.order {
        Order::IssueLease { .. } => issue(draft, ask)?,
        Order::RenewLease { lease, increment_ms } => renew(draft, ask, lease, *increment_ms)?,
        Order::TaskEnded { task, end } => {
            let open = |l: &&Lease| l.task == *task && l.closed.is_none();
            let ids: Vec<String> = draft.state().leases.iter().filter(open).map(|l| l.id.clone()).collect();
            if ids.is_empty() {
                return refuse("no_lease", "the task holds no open lease", "nothing to close");
            }
            for lease in ids {
                draft.push(Event::LeaseClosed { lease, how: Closed::from(*end) });
            }
            if *end == TaskEnd::Anomaly {
                let reasons = [format!("the task {task} was stopped")].into();
                let action = crate::lifecycle::ResponseAction::Notify;
                draft.push(Event::Responded { action, wanted: action, braked: None, reasons });
            }
        }
        Order::ReportLeaseRevoked { lease } => {
            let closed = draft.state().leases.iter().any(|l| l.id == *lease && l.closed.is_some());
            if !closed {
                return refuse("lease_not_closed", "no such lease is over", "a lease that is over");
            }
            draft.push(Event::LeaseRevoked { lease: lease.clone() });
        }
        Order::Acknowledge { effect } => {
            let known = draft
                .state()
                .notices
                .iter()
                .any(|(kind, notice)| crate::lifecycle::evolve::notice_id(kind, notice.seq) == *effect);
            if !known {
                return refuse("unknown_effect", "no such notice is outstanding", "an id from outstanding");
            }
            draft.push(Event::Acknowledged { effect: effect.clone() });
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Closes every open lease.
pub(super) fn close_all(draft: &mut Draft<'_>, how: Closed) {
    let open = |l: &&Lease| l.closed.is_none();
    let ids: Vec<String> = draft.state().leases.iter().filter(open).map(|l| l.id.clone()).collect();
    for lease in ids {
        draft.push(Event::LeaseClosed { lease, how });
    }
}

pub(super) fn check_new(draft: &mut Draft<'_>, id: &str) -> Result<(), Rejection> {
    let state = draft.state();
    if state.leases.iter().any(|l| l.id == id) {
        return refuse("duplicate_lease", "a lease of this id exists", "another id");
    }
    if state.leases.len() >= limits::LIFECYCLE_LEASES {
        let text = format!("{} leases are open or not confirmed gone", state.leases.len());
        return refuse("too_many_leases", text, "the end of some of them");
    }
    Ok(())
}

/// The version that may stand behind a new lease: active and usable, never a tainted one.
pub(super) fn parent(draft: &mut Draft<'_>) -> Result<Version, Rejection> {
    let now = draft.now;
    let state = draft.state();
    match state.active().filter(|v| state.usable(v, now)) {
        Some(version) => Ok(version.clone()),
        None => refuse("parent_not_usable", "no active version may be used", "a usable active version"),
    }
}

fn issue(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<(), Rejection> {
    let Order::IssueLease { lease, task, holder, scope, ttl_ms, max_ttl_ms, renewable } = &ask.command.order
    else {
        return Ok(());
    };
    if lease.is_empty() || task.is_empty() || holder.is_empty() {
        return refuse("unbound_lease", "a lease belongs to a task and a holder", "lease, task and holder");
    }
    check_new(draft, lease)?;
    let parent = parent(draft)?;
    let most = ask.policy.lease_max_ms;
    let max_ttl = max_ttl_ms.unwrap_or(*ttl_ms);
    if *ttl_ms < 1 || *ttl_ms > max_ttl || max_ttl > most {
        let text = format!("ttl {ttl_ms} ms of at most {max_ttl} ms");
        return refuse("ttl_too_long", text, format!("1 <= ttl_ms <= max_ttl_ms <= {most}"));
    }
    let mut scope = scope.clone();
    scope.sort();
    scope.dedup();
    let granted = draft.state().scopes.clone().unwrap_or_default();
    let covered = |s: &String| granted.binary_search(s).is_ok() || granted.iter().any(|g| g == "*");
    if let Some(extra) = scope.iter().find(|s| !covered(s))
        && !mutants::lease_unbounded()
    {
        return refuse(
            "scope_too_wide",
            format!("{extra} is not granted to the credential"),
            "a part of its scopes",
        );
    }
    let cap = parent.not_after.unwrap_or(crate::time::Timestamp::MAX);
    draft.push(Event::LeaseIssued {
        lease: lease.clone(),
        task: task.clone(),
        holder: holder.clone(),
        parent: parent.id,
        scope,
        not_after: ask.now.plus(*ttl_ms).min(cap),
        max: ask.now.plus(max_ttl).min(cap),
        renewable: *renewable,
    });
    Ok(())
}

fn renew(draft: &mut Draft<'_>, ask: &Ask<'_>, id: &str, increment_ms: i64) -> Result<(), Rejection> {
    let Some(lease) = draft.state().leases.iter().find(|l| l.id == id).cloned() else {
        return refuse("unknown_lease", "no such lease", "an open lease");
    };
    if lease.closed.is_some() {
        return refuse("lease_over", "the lease is over", "a new lease");
    }
    if !lease.renewable {
        return refuse("not_renewable", "the lease cannot be renewed", "a new lease");
    }
    if !draft.state().lease_usable(&lease, ask.now) {
        return refuse("parent_not_usable", "the version behind it may not be used", "a usable version");
    }
    let not_after = ask.now.plus(increment_ms.max(0));
    if not_after > lease.max || not_after <= lease.not_after {
        let text = format!("it would end at {not_after}");
        let needs = format!("an end after {} and at most {}", lease.not_after, lease.max);
        return refuse("ttl_too_long", text, needs);
    }
    draft.push(Event::LeaseRenewed { lease: id.into(), not_after });
    Ok(())
}
