//! Between a decision and the lifecycle: a state's standing on the way in, a ledger event on the way out.

use alloc::{string::ToString, vec::Vec};

use super::{Authorizer, Behaviour, Decision, Input, LeaseStanding, PresentedVersion, Request, Standing};
use crate::{
    Error,
    lifecycle::{Event, State, Version},
    model::Score,
    time::Timestamp,
};

impl Authorizer {
    /// Decides on a request at `now`, from the state of its credential and the score of its behaviour.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    ///
    /// ```
    /// use nhi_core::{authorize::{Authorizer, Outcome, Policy, Request}, time::Timestamp};
    /// let request = Request { credential: Some("key-1".into()), action: "s3:GetObject".into(), ..Request::default() };
    /// let authorizer = Authorizer::new(Policy::default())?;
    /// let decision = authorizer.authorize(&request, None, None, Timestamp::from_millis(0))?;
    /// assert_eq!(decision.outcome, Outcome::Deny);
    /// assert_eq!(decision.codes().next(), Some("not_registered"));
    /// # Ok::<(), nhi_core::Error>(())
    /// ```
    pub fn authorize(
        &self,
        request: &Request,
        state: Option<&State>,
        score: Option<&Score>,
        now: Timestamp,
    ) -> Result<Decision, Error> {
        let standing = state.filter(|s| s.is_registered()).map(|state| Standing::of(state, request, now));
        self.decide(Input { request: request.clone(), standing, behaviour: score.map(Behaviour::of), now })
    }
}

impl Standing {
    /// What a state says of a request at `now`.
    ///
    /// The version is the one whose id or fingerprint is presented. A request that names the credential only is
    /// given its one usable version; if there are several, none can be told.
    pub fn of(state: &State, request: &Request, now: Timestamp) -> Self {
        let caller = request.workload.as_deref();
        let by_print = request.fingerprint.as_ref().and_then(|print| {
            // A secret may have come back: the version in use is meant before one that is over.
            let mut same = state.versions.iter().filter(|v| v.fingerprint.as_ref() == Some(print));
            let first = same.clone().next();
            same.find(|v| state.usable(v, now)).or(first)
        });
        let named =
            request.credential.as_deref().filter(|id| *id != state.id).and_then(|id| state.version(id));
        let version = match (by_print, named) {
            // Two that contradict each other present neither.
            (Some(a), Some(b)) if a.id != b.id => None,
            (Some(version), _) | (None, Some(version)) => Some(version),
            (None, None) if request.fingerprint.is_none() => only(state, now),
            (None, None) => None,
        };
        let mut workloads: Vec<_> = state.consumers.keys().cloned().chain(state.workload.clone()).collect();
        workloads.sort();
        workloads.dedup();
        let lease = request.lease.as_ref().and_then(|id| state.leases.iter().find(|lease| lease.id == *id));
        Standing {
            credential: state.id.clone(),
            seq: state.seq,
            version: version.map(|v| PresentedVersion {
                id: v.external_id.clone().unwrap_or_else(|| v.id.clone()),
                state: v.state_name().into(),
                usable: state.usable_by(v, caller, now),
                compromised: v.compromised.is_some(),
                not_after: v.not_after,
            }),
            blocked: state.blocked.as_ref().map(|block| block.reason.clone()),
            governed: state.governed(now),
            lease: lease.map(|lease| LeaseStanding {
                task: lease.task.clone(),
                holder: lease.holder.clone(),
                scope: lease.scope.clone(),
                not_after: lease.not_after,
                usable: state.lease_usable(lease, now),
            }),
            generation: state.generation,
            purpose: state.purpose.clone(),
            workloads,
            environment: state.environment,
        }
    }
}

/// The version that a request means which names none: the one usable, else the newest of one that has none.
fn only(state: &State, now: Timestamp) -> Option<&Version> {
    let mut usable = state.usable_versions(now);
    match (usable.next(), usable.next()) {
        (Some(version), None) => Some(version),
        (None, _) => state.versions.last(),
        (Some(_), Some(_)) => None,
    }
}

impl Decision {
    /// The decision as an event for [`Ledger::record`](crate::lifecycle::Ledger::record).
    pub fn event(&self) -> Event {
        let request = &self.input.request;
        Event::Decided {
            outcome: self.outcome.as_str().into(),
            would_have: self.would_have.map(|outcome| outcome.as_str().into()),
            score_thousandths: self.input.behaviour.as_ref().map(|b| b.score_thousandths),
            reasons: self.codes().map(ToString::to_string).collect(),
            request: Some(request.id.clone().unwrap_or_else(|| self.id.clone())),
            action: Some(request.action.clone()),
            destination: request.destination.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};
    use crate::{
        Pepper,
        lifecycle::{self, Command, Ledger, Lifecycle},
        time::HOUR,
    };
    use serde_json::{Value, json};

    const ID: &str = "corp/deployer/api_key";

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap()
    }

    /// A registered key with an owner, and whatever commands follow.
    fn after(commands: &[Value]) -> Lifecycle {
        let mut lifecycle = Lifecycle::new(lifecycle::Policy::default()).unwrap();
        let print = Pepper::new([7; 32]).fingerprint(b"secret");
        let register = json!({"type": "Register", "kind": "api_key", "workload": "deploy",
            "owners": [{"kind": "team", "id": "platform"}],
            "versions": [{"external_id": "key-1", "fingerprint": print}]});
        for (i, command) in [register].iter().chain(commands).enumerate() {
            let mut command = command.clone();
            let envelope = command.as_object_mut().unwrap();
            envelope.insert("cmd_id".into(), json!(alloc::format!("c{i}")));
            envelope.insert("actor".into(), json!("ann"));
            envelope.insert("credential".into(), json!(ID));
            let command = Command::from_json(&command, now()).unwrap();
            lifecycle.apply(&command, now()).unwrap();
        }
        lifecycle
    }

    fn decide(lifecycle: &Lifecycle, request: &Request, at: Timestamp) -> Decision {
        let authorizer = Authorizer::new(Policy::default()).unwrap();
        authorizer.authorize(request, lifecycle.state(ID), None, at).unwrap()
    }

    fn call() -> Request {
        Request {
            credential: Some("key-1".into()),
            workload: Some("deploy".into()),
            action: "s3:PutObject".into(),
            ..Request::default()
        }
    }

    #[track_caller]
    fn denied(commands: &[Value], code: &str) {
        let decision = decide(&after(commands), &call(), now());
        assert_eq!(decision.outcome, Outcome::Deny);
        assert_eq!(decision.codes().next(), Some(code), "{decision:?}");
    }

    #[test]
    fn an_active_version_goes_through_however_it_is_named() {
        let lifecycle = after(&[]);
        let print = Some(Pepper::new([7; 32]).fingerprint(b"secret"));
        for (credential, fingerprint) in
            [(Some("key-1"), None), (Some(ID), None), (None, print.clone()), (Some("key-1"), print)]
        {
            let request = Request { credential: credential.map(Into::into), fingerprint, ..call() };
            assert_eq!(decide(&lifecycle, &request, now()).outcome, Outcome::Allow, "{request:?}");
        }
        let other = Some(Pepper::new([7; 32]).fingerprint(b"another"));
        let request = Request { credential: None, fingerprint: other, ..call() };
        assert_eq!(decide(&lifecycle, &request, now()).codes().next(), Some("version_unknown"));
    }

    #[test]
    fn what_the_lifecycle_ended_is_refused() {
        denied(&[json!({"type": "Suspend", "reason": "odd"})], "suspended");
        denied(&[json!({"type": "Revoke", "cause": "compromise"})], "revoked");
        denied(&[json!({"type": "Block", "reason": "too old", "source": "p"})], "blocked");
        denied(&[json!({"type": "ReportCompromise", "confidence": 900, "source": "scan"})], "revoked");
    }

    #[test]
    fn another_workload_is_another_intent() {
        let request = Request { workload: Some("report".into()), ..call() };
        let decision = decide(&after(&[]), &request, now());
        assert_eq!((decision.outcome, decision.codes().next()), (Outcome::StepUp, Some("workload_changed")));
    }

    #[test]
    fn a_lease_bounds_the_call() {
        let lifecycle = after(&[
            json!({"type": "ObserveScopes", "granted": ["s3:PutObject", "s3:GetObject"], "source": "iam"}),
            json!({"type": "IssueLease", "lease": "l1", "task": "t", "holder": "deploy",
                   "scope": ["s3:PutObject"], "ttl_ms": HOUR}),
        ]);
        let leased = |action: &str| Request { lease: Some("l1".into()), action: action.into(), ..call() };
        assert_eq!(decide(&lifecycle, &leased("s3:PutObject"), now()).outcome, Outcome::Allow);
        let wider = decide(&lifecycle, &leased("s3:GetObject"), now());
        assert_eq!(wider.codes().next(), Some("action_not_in_lease"));
        let late = decide(&lifecycle, &leased("s3:PutObject"), now().plus(HOUR));
        assert_eq!(late.codes().next(), Some("lease_over"));
    }

    #[test]
    fn a_decision_is_a_ledger_entry() {
        let decision = decide(&after(&[]), &call(), now());
        let mut ledger = Ledger::new();
        let entry = ledger.record(ID, &decision.id, "gateway", now(), decision.event()).unwrap();
        assert!(entry.line.contains("\"type\":\"Decided\"") && entry.line.contains("\"outcome\":\"allow\""));
        assert!(lifecycle::verify(ledger.to_jsonl().as_bytes(), None).fault.is_none());
    }
}
