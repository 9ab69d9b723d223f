use super::*;

fn start(end: Timestamp, default: &str) -> Value {
    json!({"type": "StartCampaign", "campaign": "2026-H1", "deadline": end, "default": default})
}

fn register(s: &mut Story, id: &str, kind: &str) {
    s.ok(json!({"type": "Register", "credential": id, "kind": kind, "owners": [{"kind": "team", "id": "payments"}],
                "versions": [{}]}));
}

#[test]
fn what_an_owner_certifies_stays_and_what_nobody_does_is_suspended_at_the_deadline() {
    let mut s = Story::active();
    register(&mut s, "d", "api_key");
    let end = s.now.plus(7 * DAY);
    let mut order = start(end, "suspend");
    (order["credential"], order["credentials"]) = ("".into(), json!(["c", "d"]));
    s.ok(order);
    assert_eq!(s.told(), BTreeSet::from(["campaign".to_string()]));
    assert_eq!(s.machine.next_deadline(), Some(end));
    s.wait(DAY);
    s.refused(json!({"type": "Certify"}), "not_an_owner");
    s.ok(json!({"type": "Certify", "actor": "payments"}));
    assert_eq!(s.state().campaign, None);
    let events = s.wait(6 * DAY);
    assert_eq!(s.usable(), ["v1"]);
    let other = s.machine.state("d").unwrap();
    assert_eq!(other.versions[0].state_name(), "Suspended");
    assert!(matches!(events[0], Event::CampaignEnded { certified: false, .. }));
    assert!(other.notices.contains_key("not_certified"));
}

#[test]
fn revoking_as_the_default_needs_two_and_takes_nobody_down_who_is_known_to_use_it() {
    let mut s = Story::active();
    register(&mut s, "d", "api_key");
    s.ok(json!({"type": "ConsumerSwitched", "consumer": "billing", "version": "v1"}));
    let end = s.now.plus(DAY);
    s.refused(start(end, "revoke"), "approval_missing");
    for id in ["c", "d"] {
        let mut order = start(end, "revoke");
        order["credential"] = id.into();
        order["approvals"] = json!([{"by": "bob", "at": s.now}, {"by": "cid", "at": s.now}]);
        s.ok(order);
    }
    s.wait(DAY);
    assert_eq!(s.version("v1").state_name(), "Suspended", "billing still uses it");
    let free = &s.machine.state("d").unwrap().versions[0];
    assert!(matches!(free.state, VersionState::Revoking { cause: Cause::NotCertified, .. }));
}

#[test]
fn a_campaign_that_cannot_be_over_all_of_them_is_over_none() {
    let mut s = Story::active();
    register(&mut s, "d", "api_key");
    register(&mut s, "person", "personal_token");
    let end = s.now.plus(DAY);
    let broad = |ids: Value, end: Timestamp| {
        let mut order = start(end, "suspend");
        (order["credential"], order["credentials"]) = ("".into(), ids);
        order
    };
    for (ids, guard) in [
        (json!([]), "no_credentials"),
        (json!(["c", "nobody"]), "not_registered"),
        (json!(["c", "person"]), "mixed_campaign"),
    ] {
        s.refused(broad(ids, end), guard);
    }
    s.refused(broad(json!(["c"]), s.now.plus(31 * DAY)), "end_out_of_policy");
    s.refused(broad(json!(["c"]), s.now), "end_out_of_policy");
    s.ok(broad(json!(["d"]), end));
    s.refused(broad(json!(["c", "d"]), end), "campaign_open");
    assert_eq!(s.state().campaign, None, "d kept it from starting for c");
}
