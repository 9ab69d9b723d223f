//! Decisions as a specification.

use super::*;
use crate::{
    model::{Band, Environment, ScoreReason},
    time::Timestamp,
};
use alloc::{string::ToString, vec, vec::Vec};

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap()
}

/// A call in order: its credential active, governed, its own workload and purpose, an unremarkable score.
fn good() -> Input {
    Input {
        request: Request {
            credential: Some("key-1".into()),
            identity: Some("deployer".into()),
            workload: Some("deploy".into()),
            purpose: Some("release".into()),
            task: Some("r-7".into()),
            action: "s3:PutObject".into(),
            destination: Some("releases".into()),
            environment: Some(Environment::Prod),
            ..Request::default()
        },
        standing: Some(Standing {
            credential: "aws:1/deployer/api_key".into(),
            seq: 4,
            version: Some(version("Active", true)),
            governed: true,
            purpose: Some("release".into()),
            workloads: vec!["deploy".into()],
            environment: Some(Environment::Prod),
            ..Standing::default()
        }),
        behaviour: Some(behaviour(Band::None, Trust::Ok)),
        now: now(),
    }
}

fn version(state: &str, usable: bool) -> PresentedVersion {
    PresentedVersion { id: "v1".into(), state: state.into(), usable, compromised: false, not_after: None }
}

fn behaviour(band: Band, trust: Trust) -> Behaviour {
    Behaviour { score_thousandths: 7_250, band, trust, strongest: Some("network never seen".into()) }
}

fn lease() -> LeaseStanding {
    LeaseStanding {
        task: "r-7".into(),
        holder: "deploy".into(),
        scope: vec!["s3:Put*".into()],
        not_after: now().plus(1),
        usable: true,
    }
}

fn with(change: impl FnOnce(&mut Input)) -> Input {
    let mut input = good();
    change(&mut input);
    input
}

fn standing(change: impl FnOnce(&mut Standing)) -> Input {
    with(|input| change(input.standing.as_mut().unwrap()))
}

fn request(change: impl FnOnce(&mut Request)) -> Input {
    with(|input| change(&mut input.request))
}

#[track_caller]
fn decide(input: Input) -> Decision {
    Authorizer::new(Policy::default()).unwrap().decide(input).unwrap()
}

#[track_caller]
fn expect(input: Input, outcome: Outcome, codes: &[&str]) {
    let decision = decide(input);
    assert_eq!(decision.codes().collect::<Vec<_>>(), codes, "{decision:?}");
    assert_eq!(decision.outcome, outcome);
    assert!(decision.codes().all(|code| REASON_CODES.contains(&code)));
    assert!(decision.would_have.is_none());
}

#[test]
fn what_was_ordered_is_not_told_as_done() {
    for (state, says) in [
        ("Revoking", "version v1 was ordered to be revoked"),
        ("RevokeFailed", "version v1 was ordered to be revoked, which has failed so far"),
        ("Revoked", "version v1 was revoked"),
        ("Destroyed", "version v1 was destroyed"),
    ] {
        let mut input = good();
        input.standing.as_mut().unwrap().version = Some(version(state, false));
        let decision = Authorizer::new(Policy::default()).unwrap().decide(input).unwrap();
        assert_eq!(decision.reasons[0].reason.text, says);
    }
}

#[test]
fn a_call_in_order_goes_through_without_a_word() {
    expect(good(), Outcome::Allow, &[]);
    // What nobody declared is not held against it.
    expect(request(|r| (r.purpose, r.workload, r.environment) = (None, None, None)), Outcome::Allow, &[]);
    expect(with(|i| i.behaviour = None), Outcome::Allow, &[]);
}

#[test]
fn gates_of_the_lifecycle_deny() {
    for (state, code) in [
        ("Revoking", "revoked"),
        ("RevokeFailed", "revoked"),
        ("Revoked", "revoked"),
        ("Destroyed", "revoked"),
        ("Suspended", "suspended"),
        ("Expired", "expired"),
        ("Pending", "not_active"),
        ("Retiring", "not_active"),
    ] {
        expect(standing(|s| s.version = Some(version(state, false))), Outcome::Deny, &[code]);
    }
    let deny = Outcome::Deny;
    expect(standing(|s| s.version = None), deny, &["version_unknown"]);
    expect(standing(|s| s.version.as_mut().unwrap().not_after = Some(now())), deny, &["expired"]);
    let stolen = |s: &mut Standing| {
        s.version = Some(PresentedVersion { compromised: true, ..version("Active", false) });
    };
    expect(standing(stolen), deny, &["compromised"]);
    let blocked = |s: &mut Standing| {
        s.version = Some(version("Active", false));
        s.blocked = Some("too old".into());
    };
    expect(standing(blocked), deny, &["blocked"]);
    let orphan = |s: &mut Standing| {
        s.version = Some(version("Active", false));
        s.governed = false;
    };
    expect(standing(orphan), deny, &["ungoverned"]);
    expect(with(|i| i.standing = None), deny, &["not_registered"]);
    expect(request(|r| r.credential = None), deny, &["no_credential"]);
}

#[test]
fn a_tainted_version_still_serves_those_who_had_it() {
    let tainted = |s: &mut Standing| {
        s.version = Some(PresentedVersion { compromised: true, ..version("Tainted", true) });
    };
    expect(standing(tainted), Outcome::Allow, &[]);
}

#[test]
fn windows_are_half_open() {
    expect(request(|r| r.not_before = Some(now())), Outcome::Allow, &[]);
    expect(request(|r| r.not_before = Some(now().plus(1))), Outcome::Deny, &["outside_window"]);
    expect(request(|r| r.not_after = Some(now().plus(1))), Outcome::Allow, &[]);
    expect(request(|r| r.not_after = Some(now())), Outcome::Deny, &["outside_window"]);
}

#[test]
fn a_lease_bounds_action_holder_task_and_time() {
    let leased = |change: fn(&mut Input)| {
        with(|i| {
            i.request.lease = Some("l1".into());
            i.standing.as_mut().unwrap().lease = Some(lease());
            change(i);
        })
    };
    let deny = Outcome::Deny;
    expect(leased(|_| ()), Outcome::Allow, &[]);
    expect(leased(|i| i.request.action = "s3:DeleteObject".into()), deny, &["action_not_in_lease"]);
    expect(leased(|i| i.standing.as_mut().unwrap().lease = None), deny, &["lease_unknown"]);
    expect(leased(|i| i.now = now().plus(1)), deny, &["lease_over"]);
    expect(leased(|i| i.request.task = Some("r-8".into())), Outcome::StepUp, &["task_changed"]);
    let other = leased(|i| i.request.workload = Some("report".into()));
    expect(other, deny, &["lease_held_by_another", "workload_changed"]);
}

#[test]
fn an_older_copy_is_refused() {
    let counted = |presented| {
        with(|i| {
            i.request.generation = Some(presented);
            i.standing.as_mut().unwrap().generation = Some(5);
        })
    };
    expect(counted(4), Outcome::Deny, &["generation_mismatch"]);
    expect(counted(5), Outcome::Allow, &[]);
    expect(counted(6), Outcome::Allow, &[]);
}

#[test]
fn approvals_are_of_others_and_distinct() {
    let rule = ApprovalRule { action: "s3:Put*".into(), by: 2 };
    let authorizer = Authorizer::new(Policy { approvals: vec![rule], ..Policy::default() }).unwrap();
    let by = |names: &[&str]| {
        let approval = |by: &&str| Approval { by: by.to_string(), reference: "T-1".into() };
        let input = request(|r| r.approvals = names.iter().map(approval).collect());
        authorizer.decide(input).unwrap().outcome
    };
    assert_eq!(by(&["ann", "bob"]), Outcome::Allow);
    for refused in [&["ann", "ann"][..], &["ann", "deployer"], &["ann", "deploy"], &["ann", ""], &[]] {
        assert_eq!(by(refused), Outcome::Deny, "{refused:?}");
    }
}

#[test]
fn behaviour_counts_only_on_a_baseline_that_can_be_relied_on() {
    let scored = |band, trust| with(|i| i.behaviour = Some(behaviour(band, trust)));
    expect(scored(Band::Severe, Trust::Ok), Outcome::Deny, &["behaviour_severe"]);
    expect(scored(Band::Notable, Trust::Ok), Outcome::StepUp, &["behaviour_notable"]);
    for trust in [Trust::Learning, Trust::Shared, Trust::Stale] {
        expect(scored(Band::Severe, trust), Outcome::Allow, &["behaviour_untrusted"]);
    }
    let decision = decide(scored(Band::Severe, Trust::Ok));
    assert_eq!(decision.reasons[0].reason.text, "score 7.250: network never seen");
    // Policy may ask for proof instead.
    let policy = Policy { severe: Outcome::StepUp, ..Policy::default() };
    let asked = Authorizer::new(policy).unwrap().decide(scored(Band::Severe, Trust::Ok)).unwrap();
    assert_eq!(asked.outcome, Outcome::StepUp);
}

#[test]
fn another_intent_asks_for_proof() {
    let step_up = Outcome::StepUp;
    expect(request(|r| r.purpose = Some("backup".into())), step_up, &["purpose_changed"]);
    expect(request(|r| r.workload = Some("report".into())), step_up, &["workload_changed"]);
    expect(request(|r| r.environment = Some(Environment::Dev)), step_up, &["environment_changed"]);
    expect(request(|r| r.on_behalf_of = vec!["a".into(); 4]), step_up, &["delegation_too_long"]);
    let policy = Policy { min_assurance: Assurance::Asserted, ..Policy::default() };
    let authorizer = Authorizer::new(policy).unwrap();
    let bearer = authorizer.decide(good()).unwrap();
    assert_eq!((bearer.outcome, bearer.codes().next()), (step_up, Some("assurance_too_low")));
    let proved = request(|r| r.proofs = vec![Proof::Spiffe { id: "spiffe://corp/deploy".into() }]);
    assert_eq!(authorizer.decide(proved).unwrap().outcome, Outcome::Allow);
}

#[test]
fn the_hardest_reason_decides_and_all_are_kept() {
    let input = with(|i| {
        i.request.purpose = Some("backup".into());
        i.behaviour = Some(behaviour(Band::Notable, Trust::Ok));
        i.standing.as_mut().unwrap().version = Some(version("Revoked", false));
    });
    expect(input, Outcome::Deny, &["revoked", "behaviour_notable", "purpose_changed"]);
}

#[test]
fn observing_lets_through_and_says_what_it_would_have_said() {
    let authorizer = Authorizer::new(Policy::observing()).unwrap();
    let decision = authorizer.decide(standing(|s| s.version = Some(version("Revoked", false)))).unwrap();
    assert_eq!((decision.outcome, decision.would_have), (Outcome::Allow, Some(Outcome::Deny)));
    assert_eq!(decision.verdict(), Outcome::Deny);
    let fine = authorizer.decide(good()).unwrap();
    assert_eq!((fine.outcome, fine.would_have), (Outcome::Allow, None));
    assert_eq!(decision.to_authzen()["context"]["nhi"]["would_have"], "deny");
}

#[test]
fn authzen_answers_have_a_boolean_and_the_rest_beside_it() {
    let allow = decide(good()).to_authzen();
    assert_eq!(allow["decision"], true);
    assert_eq!(allow["context"]["nhi"]["outcome"], "allow");
    assert!(allow["context"].get("obligations").is_none());
    let step_up = decide(request(|r| r.purpose = Some("backup".into()))).to_authzen();
    assert_eq!(step_up["decision"], false);
    assert_eq!(step_up["context"]["nhi"]["outcome"], "step_up");
    assert_eq!(step_up["context"]["obligations"][0]["id"], "step_up");
    assert_eq!(step_up["context"]["obligations"][0]["because"][0], "purpose_changed");
    let deny = decide(with(|i| i.standing = None)).to_authzen();
    assert_eq!((&deny["decision"], &deny["context"]["nhi"]["outcome"]), (&false.into(), &"deny".into()));
}

#[test]
fn a_stored_decision_can_be_made_again() {
    let authorizer = Authorizer::new(Policy::default()).unwrap();
    let stored = authorizer.decide(request(|r| r.purpose = Some("backup".into()))).unwrap();
    let text = serde_json::to_string(&stored).unwrap();
    let read: Decision = serde_json::from_str(&text).unwrap();
    assert_eq!(read, stored);
    assert_eq!(authorizer.replay(&read), Replay::Same);
    let mut tampered = read.clone();
    tampered.input.request.purpose = Some("release".into());
    assert_eq!(authorizer.replay(&tampered), Replay::InputDiffers);
    let mut forged = read.clone();
    forged.outcome = Outcome::Allow;
    assert_eq!(authorizer.replay(&forged), Replay::Differs { now: Outcome::StepUp });
    assert_eq!(Authorizer::new(Policy::observing()).unwrap().replay(&read), Replay::PolicyDiffers);
    assert!(stored.id.len() == 18 && stored.input_digest.len() == 64);
}

#[test]
fn a_record_holds_no_secret_of_a_url() {
    let decision = decide(request(|r| r.destination = Some("https://u:hunter2@h/x?sig=hunter2".into())));
    assert!(!serde_json::to_string(&decision).unwrap().contains("hunter2"));
    assert_eq!(decision.input.request.destination.as_deref(), Some("https://h/x"));
}

#[test]
fn a_score_is_kept_in_thousandths() {
    let score = |value: f64| Score {
        subject: "/k".into(),
        time: now(),
        score: value,
        alert: true,
        band: Band::Severe,
        trust: Trust::Ok,
        flags: Vec::new(),
        reasons: vec![ScoreReason { dimension: "network".into(), surprisal: 3.0, text: "never seen".into() }],
    };
    assert_eq!(Behaviour::of(&score(7.2504)).score_thousandths, 7250);
    assert_eq!(Behaviour::of(&score(f64::NAN)).score_thousandths, 0);
    assert_eq!(Behaviour::of(&score(f64::INFINITY)).score_thousandths, 1_000_000_000);
}
