//! The three stages of a decision, in order. Each gives reasons; the hardest of them decides.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::{Because, Input, Outcome, Policy, Request, Stage, Standing};
use crate::{
    model::{Band, Reason, Trust},
    time::Timestamp,
};

/// Every code that a reason can have, sorted.
pub const REASON_CODES: &[&str] = &[
    "action_not_in_lease",
    "approvals_missing",
    "assurance_too_low",
    "behaviour_notable",
    "behaviour_severe",
    "behaviour_untrusted",
    "blocked",
    "compromised",
    "delegation_too_long",
    "environment_changed",
    "expired",
    "generation_mismatch",
    "lease_held_by_another",
    "lease_over",
    "lease_unknown",
    "no_credential",
    "not_active",
    "not_registered",
    "outside_window",
    "purpose_changed",
    "revoked",
    "suspended",
    "task_changed",
    "ungoverned",
    "version_unknown",
    "workload_changed",
];

/// Collects reasons of one stage.
struct Reasons {
    stage: Stage,
    out: Vec<Because>,
}

impl Reasons {
    fn add(&mut self, asks: Outcome, code: &'static str, text: impl Into<String>) {
        let reason = Reason { code: code.into(), text: text.into() };
        self.out.push(Because { stage: self.stage, asks, reason });
    }
}

/// All reasons, in the order of evaluation.
pub(super) fn reasons(input: &Input, policy: &Policy) -> Vec<Because> {
    let mut reasons = Reasons { stage: Stage::Gate, out: Vec::new() };
    gates(input, policy, &mut reasons);
    reasons.stage = Stage::Behaviour;
    behaviour(input, policy, &mut reasons);
    reasons.stage = Stage::Intent;
    intent(input, policy, &mut reasons);
    reasons.out
}

fn gates(input: &Input, policy: &Policy, out: &mut Reasons) {
    let Input { request, standing, now, .. } = input;
    if !request.presents_credential() {
        out.add(Outcome::Deny, "no_credential", "no credential was presented");
    } else if let Some(standing) = standing {
        state(request, standing, *now, out);
    } else {
        out.add(policy.unknown_credential, "not_registered", "the lifecycle does not know the credential");
    }
    if request.not_before.is_some_and(|from| *now < from) || request.not_after.is_some_and(|end| *now >= end)
    {
        out.add(Outcome::Deny, "outside_window", "the call is outside the window it was asked for");
    }
    for rule in policy.approvals.iter().filter(|rule| covers(&rule.action, &request.action)) {
        let own = [&request.identity, &request.workload];
        let others = request.approvals.iter().map(|a| a.by.as_str());
        let by: BTreeSet<&str> =
            others.filter(|by| !by.is_empty() && own.iter().all(|own| own.as_deref() != Some(*by))).collect();
        if by.len() < rule.by as usize {
            let text =
                format!("{} approvals by others are needed for {}, {} given", rule.by, rule.action, by.len());
            out.add(Outcome::Deny, "approvals_missing", text);
        }
    }
}

/// Gates on what the lifecycle holds.
fn state(request: &Request, standing: &Standing, now: Timestamp, out: &mut Reasons) {
    let deny = Outcome::Deny;
    match &standing.version {
        None => out.add(deny, "version_unknown", "no usable version of the credential was presented"),
        Some(version) => {
            let id = &version.id;
            let before = out.out.len();
            match version.state.as_str() {
                // An order is not yet a revocation: the provider may still let it through, so we don't.
                "Revoking" => out.add(deny, "revoked", format!("version {id} was ordered to be revoked")),
                "RevokeFailed" => {
                    let text = format!("version {id} was ordered to be revoked, which has failed so far");
                    out.add(deny, "revoked", text);
                }
                "Revoked" => out.add(deny, "revoked", format!("version {id} was revoked")),
                "Destroyed" => out.add(deny, "revoked", format!("version {id} was destroyed")),
                "Expired" => out.add(deny, "expired", format!("version {id} has expired")),
                "Suspended" => out.add(deny, "suspended", format!("version {id} is suspended")),
                _ if version.not_after.is_some_and(|end| now >= end) => {
                    out.add(deny, "expired", format!("version {id} has expired"));
                }
                _ => {}
            }
            if version.compromised && !version.usable {
                out.add(deny, "compromised", format!("version {id} is known to be in other hands"));
            }
            let explained = standing.blocked.is_some() || !standing.governed || out.out.len() > before;
            if !version.usable && !explained {
                out.add(deny, "not_active", format!("version {id} is {} and not to be used", version.state));
            }
        }
    }
    if let Some(why) = &standing.blocked {
        out.add(deny, "blocked", format!("the credential is blocked: {why}"));
    }
    if !standing.governed {
        out.add(deny, "ungoverned", "nobody answers for the credential and no exception covers it");
    }
    if let (Some(presented), Some(last)) = (request.generation, standing.generation) {
        // A renewed copy counts on; one that counts back is another copy.
        if presented < last {
            out.add(deny, "generation_mismatch", "a newer copy of the credential was presented before");
        }
    }
    let Some(id) = &request.lease else { return };
    let Some(lease) = &standing.lease else {
        return out.add(deny, "lease_unknown", format!("the credential has no lease {id}"));
    };
    if !lease.usable || now >= lease.not_after {
        out.add(deny, "lease_over", format!("lease {id} is over"));
    }
    if !lease.scope.iter().any(|scope| covers(scope, &request.action)) {
        out.add(deny, "action_not_in_lease", format!("lease {id} does not cover {}", request.action));
    }
    if request.workload.as_ref().is_some_and(|workload| *workload != lease.holder) {
        out.add(deny, "lease_held_by_another", format!("lease {id} is held by {}", lease.holder));
    }
}

fn behaviour(input: &Input, policy: &Policy, out: &mut Reasons) {
    let Some(behaviour) = &input.behaviour else { return };
    let (asks, code) = match behaviour.band {
        Band::None => return,
        Band::Notable => (policy.notable, "behaviour_notable"),
        Band::Severe => (policy.severe, "behaviour_severe"),
    };
    let score = format!("{}.{:03}", behaviour.score_thousandths / 1000, behaviour.score_thousandths % 1000);
    let because = behaviour.strongest.as_deref().map(|s| format!(": {s}")).unwrap_or_default();
    match behaviour.trust {
        Trust::Ok => out.add(asks, code, format!("score {score}{because}")),
        // Without one normal to compare with, a score is noted and never the cause.
        Trust::Learning | Trust::Shared | Trust::Stale => {
            let trust = match behaviour.trust {
                Trust::Shared => "is shared by several workloads",
                Trust::Stale => "is stale",
                _ => "is still learning",
            };
            let text = format!("score {score}, but the baseline {trust}{because}");
            out.add(Outcome::Allow, "behaviour_untrusted", text);
        }
    }
}

fn intent(input: &Input, policy: &Policy, out: &mut Reasons) {
    let request = &input.request;
    let asks = policy.intent_changed;
    if let Some(standing) = &input.standing {
        if let (Some(issued), Some(declared)) = (&standing.purpose, &request.purpose)
            && issued != declared
        {
            out.add(asks, "purpose_changed", format!("it is for {issued}, the call declares {declared}"));
        }
        if let Some(workload) = &request.workload
            && !standing.workloads.is_empty()
            && !standing.workloads.contains(workload)
        {
            let text = format!("it belongs to {}, {workload} calls", standing.workloads.join(", "));
            out.add(asks, "workload_changed", text);
        }
        if let (Some(home), Some(there)) = (standing.environment, request.environment)
            && home.is_prod() != there.is_prod()
        {
            let text = format!("it belongs to {}, the call goes to {}", home.as_str(), there.as_str());
            out.add(asks, "environment_changed", text);
        }
        if let (Some(lease), Some(task)) = (&standing.lease, &request.task)
            && lease.task != *task
        {
            let text = format!("the lease is for {}, the call declares {task}", lease.task);
            out.add(asks, "task_changed", text);
        }
    }
    let assurance = super::assurance(input);
    if assurance < policy.min_assurance && request.presents_credential() {
        let text =
            format!("assurance is {}, {} is needed", assurance.as_str(), policy.min_assurance.as_str());
        out.add(Outcome::StepUp, "assurance_too_low", text);
    }
    let chain = request.on_behalf_of.len();
    if chain > policy.max_delegation as usize {
        let text = format!("on behalf of {chain} parties, at most {} are allowed", policy.max_delegation);
        out.add(Outcome::StepUp, "delegation_too_long", text);
    }
}

/// Whether `pattern`, in which `*` stands for any run of characters, matches `action`, without regard to
/// ASCII case. Time at most the product of the lengths, both bounded by the limits of a request.
fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut p, mut a, mut star) = (0, 0, None);
    while let Some(c) = action.get(a) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, a));
                p += 1;
            }
            Some(x) if x.eq_ignore_ascii_case(c) => {
                p += 1;
                a += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    a = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_actions() {
        for (pattern, action, yes) in [
            ("*", "s3:GetObject", true),
            ("s3:Get*", "s3:getobject", true),
            ("s3:*Object", "s3:GetObjectAcl", false),
            ("", "", true),
            ("a", "ab", false),
            ("a*b*c", "aXbYbZc", true),
        ] {
            assert_eq!(covers(pattern, action), yes, "{pattern} {action}");
        }
    }

    #[test]
    fn codes_are_sorted() {
        assert!(REASON_CODES.is_sorted());
        assert_eq!(REASON_CODES.len(), 26);
    }
}
