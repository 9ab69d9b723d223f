//! Exceptions, break-glass and reviews: everything that is allowed for a while has an end.

use alloc::{format, string::String};

use super::{Ask, Closed, Draft, Rejection, lease, refuse};
use crate::{
    lifecycle::{CampaignDefault, Cause, Event, Order, VersionState, mutants},
    time::Timestamp,
};

pub(super) fn decide(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<bool, Rejection> {
    match &ask.command.order {
        Order::GrantException { .. } => grant(draft, ask)?,
        Order::RenewException { end } => renew(draft, ask, *end)?,
        Order::CloseException {} => {
            if draft.state().exception.is_none() {
                return refuse("no_exception", "no exception is granted", "nothing to close");
            }
            draft.push(Event::ExceptionEnded { expired: false });
        }
        Order::OpenBreakGlass { reason, end, holder } => {
            if draft.state().break_glass.is_some() {
                return refuse("break_glass_open", "an emergency is open", "CloseBreakGlass first");
            }
            within(*end, ask, ask.policy.break_glass_ms, "the emergency")?;
            let approved_by = ask.approvers(2, "emergency access")?;
            let id = format!("break-glass:{}", ask.command.cmd_id);
            lease::check_new(draft, &id)?;
            let parent = lease::parent(draft)?;
            let scope = draft.state().scopes.clone().unwrap_or_default();
            let end = parent.not_after.map_or(*end, |not_after| not_after.min(*end));
            draft.push(Event::LeaseIssued {
                lease: id.clone(),
                task: id.clone(),
                holder: holder.clone(),
                parent: parent.id,
                scope,
                not_after: end,
                max: end,
                renewable: false,
            });
            draft.push(Event::BreakGlassOpened { lease: id, reason: reason.clone(), end, approved_by });
        }
        Order::CloseBreakGlass {} => {
            if draft.state().break_glass.is_none() {
                return refuse("no_break_glass", "no emergency is open", "nothing to close");
            }
            close_break_glass(draft, Closed::Withdrawn);
        }
        Order::Certify { until } => certify(draft, ask, *until)?,
        Order::StartCampaign { campaign, deadline, default, .. } => {
            if let Some(open) = draft.state().campaign.as_ref().map(|open| open.id.clone()) {
                return refuse("campaign_open", format!("campaign {open} asks about it"), "its end first");
            }
            within(*deadline, ask, ask.policy.campaign_ms, "the campaign")?;
            if *default == CampaignDefault::Revoke {
                ask.approvers(2, "a campaign that revokes")?;
            }
            draft.push(Event::CampaignStarted {
                campaign: campaign.clone(),
                deadline: *deadline,
                default: *default,
            });
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Ends the emergency and the lease that carries it.
pub(super) fn close_break_glass(draft: &mut Draft<'_>, how: Closed) {
    let Some(glass) = draft.state().break_glass.clone() else { return };
    if !mutants::glass_forgets_lease()
        && draft.state().leases.iter().any(|l| l.id == glass.lease && l.closed.is_none())
    {
        draft.push(Event::LeaseClosed { lease: glass.lease, how });
    }
    draft.push(Event::BreakGlassClosed { how });
}

/// Nobody certified it in time: what the campaign said happens. Nobody is stopped for good who is known to use it.
pub(super) fn campaign_over(draft: &mut Draft<'_>) {
    let Some(campaign) = draft.state().campaign.clone() else { return };
    let reason = format!("nobody certified it in campaign {}", campaign.id);
    draft.push(Event::CampaignEnded { campaign: campaign.id, certified: false });
    let versions = draft.state().versions.clone();
    for version in versions.iter().filter(|v| !v.is_terminal()) {
        let in_use = !draft.state().consumers_of(&version.id).is_empty();
        match campaign.default {
            CampaignDefault::Revoke if !in_use => {
                if !matches!(version.state, VersionState::Revoking { .. } | VersionState::RevokeFailed { .. })
                {
                    draft.order_revoke(&version.id, Cause::NotCertified);
                }
            }
            _ => draft.suspend(version, &reason),
        }
    }
}

fn within(end: Timestamp, ask: &Ask<'_>, most_ms: i64, what: &str) -> Result<(), Rejection> {
    let most = ask.now.plus(most_ms);
    if end <= ask.now || end > most {
        let text = format!("{what} would end at {end}");
        return refuse("end_out_of_policy", text, format!("an end after {} and at most {most}", ask.now));
    }
    Ok(())
}

fn grant(draft: &mut Draft<'_>, ask: &Ask<'_>) -> Result<(), Rejection> {
    let Order::GrantException { id, scope, reason, end, isolation, compensating } = &ask.command.order else {
        return Ok(());
    };
    if draft.state().exception.is_some() {
        return refuse(
            "exception_open",
            "an exception is granted",
            "RenewException, or CloseException first",
        );
    }
    if isolation.store.is_empty() || isolation.scope.is_empty() || isolation.consumers.is_empty() {
        return refuse("isolation_missing", "the isolation is not stated", "store, scope and consumers");
    }
    let longest = if mutants::exception_unbounded() { i64::MAX } else { ask.policy.exception_ms };
    within(*end, ask, longest, "the exception")?;
    let approved_by = approvers(ask, "an exception")?;
    let periods = i64::from(ask.policy.exception_renewals).saturating_add(1);
    let end_max = ask.now.plus(ask.policy.exception_ms.saturating_mul(periods));
    draft.push(Event::ExceptionGranted {
        id: id.clone(),
        scope: scope.clone(),
        reason: reason.clone(),
        end: *end,
        end_max,
        isolation: isolation.clone(),
        compensating: compensating.clone(),
        approved_by,
    });
    Ok(())
}

fn approvers(ask: &Ask<'_>, what: &str) -> Result<alloc::vec::Vec<String>, Rejection> {
    if mutants::self_approval() {
        return Ok([ask.command.actor.clone()].into());
    }
    ask.approvers(1, what)
}

fn renew(draft: &mut Draft<'_>, ask: &Ask<'_>, end: Timestamp) -> Result<(), Rejection> {
    let Some(exception) = draft.state().exception.clone() else {
        return refuse("no_exception", "no exception is granted", "GrantException");
    };
    if exception.renewals >= ask.policy.exception_renewals {
        let text = format!("it was renewed {} times", exception.renewals);
        return refuse("renewals_used_up", text, "what the exception put off: an owner, a rotation, an end");
    }
    within(end, ask, ask.policy.exception_ms, "the exception")?;
    if end > exception.end_max || end <= exception.end {
        let text = format!("it would end at {end}");
        let needs = format!("an end after {} and at most {}", exception.end, exception.end_max);
        return refuse("end_out_of_policy", text, needs);
    }
    let approved_by = approvers(ask, "a renewal")?;
    let renewals = exception.renewals.saturating_add(1);
    draft.push(Event::ExceptionRenewed { end, renewals, approved_by });
    Ok(())
}

fn certify(draft: &mut Draft<'_>, ask: &Ask<'_>, until: Option<Timestamp>) -> Result<(), Rejection> {
    let actor = &ask.command.actor;
    let state = draft.state();
    if !state.owners.iter().any(|owner| owner.id == *actor) {
        return refuse("not_an_owner", format!("{actor} does not answer for it"), "one of its owners");
    }
    if state.exception.as_ref().is_some_and(|e| e.approved_by.contains(actor)) {
        return refuse("own_exception", format!("{actor} approved its exception"), "another owner");
    }
    let until = until.unwrap_or(ask.now.plus(ask.policy.review_ms));
    within(until, ask, ask.policy.review_ms, "the certification")?;
    draft.push(Event::Certified { until });
    if let Some(campaign) = draft.state().campaign.as_ref().map(|open| open.id.clone()) {
        draft.push(Event::CampaignEnded { campaign, certified: true });
    }
    Ok(())
}
