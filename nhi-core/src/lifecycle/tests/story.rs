use super::*;

#[test]
fn registering_an_old_credential_denies_nothing_and_starts_the_orphan_deadline() {
    let mut s = Story::at("2026-03-01T00:00:00Z");
    s.ok(json!({"type": "Register", "versions": [{"external_id": "K1"}]}));
    assert_eq!(s.usable(), ["v1"]);
    assert!(matches!(s.state().governance(s.now), Governance::Orphaned { .. }));
    s.wait(30 * DAY - 1);
    assert_eq!(s.usable(), ["v1"]);
    s.wait(1);
    assert_eq!(s.usable(), [""; 0]);
    assert_eq!(s.version("K1").state_name(), "Suspended");
    s.ok(json!({"type": "AssignOwner", "owner": {"kind": "team", "id": "core"}}));
    s.refused(json!({"type": "Resume"}), "approval_missing");
    s.ok(json!({"type": "Resume", "approvals": [{"by": "bob", "at": s.now}]}));
    assert_eq!(s.usable(), ["v1"]);
}

#[test]
fn old_version_stays_usable_until_overlap_ends() {
    let mut s = Story::active();
    s.rotate();
    assert_eq!(s.usable(), ["v1", "v2"]);
    s.wait(24 * HOUR - 1);
    assert_eq!(s.usable(), ["v1", "v2"]);
    s.wait(1);
    assert_eq!(s.usable(), ["v2"]);
    assert!(s.work().contains(&Work::RevokeAtProvider {
        version: "v1".into(),
        external_id: Some("K1".into()),
        attempt: 1
    }));
    s.ok(json!({"type": "ConfirmRevoked", "version": "v1", "evidence": "404"}));
    assert_eq!(s.version("v1").state_name(), "Revoked");
    assert!(s.state().rotation.is_idle());
}

#[test]
fn revocation_is_tried_six_times_with_doubling_waits_and_then_escalated() {
    let mut s = Story::active();
    s.ok(json!({"type": "Revoke", "cause": "cessation"}));
    for wait in [10, 20, 40, 80, 160] {
        s.ok(json!({"type": "RevokeError", "version": "v1", "error": "503"}));
        assert!(!s.work().iter().any(|w| matches!(w, Work::RevokeAtProvider { .. })));
        s.wait(wait * SECOND - 1);
        assert!(!s.work().iter().any(|w| matches!(w, Work::RevokeAtProvider { .. })));
        s.wait(1);
        assert!(s.work().iter().any(|w| matches!(w, Work::RevokeAtProvider { .. })));
    }
    s.ok(json!({"type": "RevokeError", "version": "v1", "error": "503"}));
    assert_eq!(s.version("v1").state_name(), "RevokeFailed");
    assert!(s.version("v1").provider_live());
    assert!(s.told().contains("revoke_failed"));
    s.ok(json!({"type": "Revoke", "version": "v1", "cause": "cessation"}));
    s.ok(json!({"type": "ConfirmRevoked", "version": "v1"}));
    assert_eq!(s.state().live_not_usable(s.now).count(), 0);
}

#[test]
fn a_revocation_without_any_answer_is_escalated_after_the_sla() {
    let mut s = Story::active();
    s.ok(json!({"type": "Revoke", "cause": "cessation"}));
    s.wait(HOUR);
    assert_eq!(s.version("v1").state_name(), "RevokeFailed");
}

#[test]
fn a_repeated_command_appends_nothing_and_names_its_entries() {
    let mut s = Story::active();
    let first = s.ok(json!({"type": "Suspend", "reason": "odd", "cmd_id": "once"}));
    let head = s.machine.ledger().head().clone();
    let again = s.ok(json!({"type": "Suspend", "reason": "odd", "cmd_id": "once"}));
    assert!(again.already && again.entries.is_empty());
    assert_eq!(again.seqs, first.seqs);
    assert_eq!(*s.machine.ledger().head(), head);
    s.refused(json!({"type": "Block", "reason": "r", "source": "p", "expected_seq": 1}), "expected_seq");
}

#[test]
fn early_and_repeated_ticks_do_nothing_and_time_never_goes_back() {
    let mut s = Story::active();
    assert!(s.machine.tick(s.now).entries.is_empty());
    s.wait(200 * DAY);
    let head = s.machine.ledger().head().clone();
    s.ok(json!({"type": "Tick"}));
    assert_eq!(*s.machine.ledger().head(), head);
    let clock = s.state().clock;
    s.now = Timestamp::parse_rfc3339("2020-01-01T00:00:00Z").unwrap();
    s.ok(json!({"type": "Block", "reason": "r", "source": "p"}));
    assert_eq!(s.state().clock, clock);
    s.ok(json!({"type": "Unblock"}));
}

#[test]
fn compromise_ends_use_at_once_and_asks_for_a_new_version() {
    let mut s = Story::active();
    s.wait(HOUR);
    s.ok(json!({"type": "ReportCompromise", "confidence": 900, "source": "scan", "first_seen": s.now.plus(-HOUR)}));
    assert_eq!(s.usable(), [""; 0]);
    assert!(s.work().iter().any(|w| matches!(w, Work::Rotate { .. })));
    s.refused(json!({"type": "BeginRotation"}), "no_active");
    s.ok(json!({"type": "BeginRotation", "recovery": true}));
    s.wait(MINUTE);
    s.ok(json!({"type": "ConfirmRevoked", "version": "v1"}));
    let text = s.machine.ledger().to_jsonl();
    let events = read(text.as_bytes()).unwrap();
    let rows = containments(&events);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].contained_at.unwrap().since(rows[0].first_seen), HOUR + MINUTE);
    assert_eq!(rows[0].waited_for_person_ms, HOUR);
}

#[test]
fn rotate_then_revoke_taints_serves_known_consumers_only_and_needs_two() {
    let mut s = Story::active();
    let order = |s: &Story, approvals: Value| {
        json!({"type": "ReportCompromise", "confidence": 1000, "source": "scan", "approvals": approvals,
            "containment": {"mode": "rotate_then_revoke", "deadline": s.now.plus(48 * HOUR)}})
    };
    let own = order(&s, json!([{"by": "ann", "at": s.now}, {"by": "bob", "at": s.now}]));
    s.refused(own, "approval_missing");
    let two = order(&s, json!([{"by": "cid", "at": s.now}, {"by": "bob", "at": s.now}]));
    s.ok(two);
    assert_eq!(s.version("v1").state_name(), "Tainted");
    assert_eq!(s.state().rotation.name(), "Preparing");
    let v1 = s.version("v1").clone();
    assert!(s.state().usable_by(&v1, Some("billing"), s.now));
    assert!(!s.state().usable_by(&v1, Some("mallory"), s.now));
    assert!(!s.state().usable_by(&v1, None, s.now));
    s.refused(
        json!({"type": "IssueLease", "lease": "l", "task": "t", "holder": "h", "scope": [], "ttl_ms": 1}),
        "parent_not_usable",
    );
    s.ok(json!({"type": "ReportInstalled", "version": "v2"}));
    s.ok(json!({"type": "ReportVerified", "version": "v2", "ok": true}));
    s.ok(json!({"type": "Promote", "version": "v2"}));
    assert_eq!(s.usable(), ["v1", "v2"]);
    s.wait(48 * HOUR);
    assert_eq!(s.usable(), ["v2"]);
}

#[test]
fn use_after_revocation_is_told_only_when_it_certainly_came_after() {
    let mut s = Story::active();
    s.wait(12 * HOUR);
    s.ok(json!({"type": "Revoke", "cause": "cessation"}));
    let day = "2026-03-01T00:00:00Z";
    s.wait(DAY);
    let used = |at: Value, ms: i64| {
        json!({"type": "UsageObserved", "version": "v1", "source": "report",
        "last_used": {"used": {"at": at, "granularity_ms": ms}}})
    };
    s.ok(used(json!(day), DAY));
    assert_eq!(s.version("v1").used_after_end, None, "that day: before or after, nobody can tell");
    s.ok(used(json!("2026-03-01T13:00:00Z"), 0));
    assert!(s.version("v1").used_after_end.is_some());
    assert!(s.told().contains("use_after_revocation"));
}

#[test]
fn an_open_consumer_keeps_the_old_version_from_being_revoked_and_is_named() {
    let mut s = Story::active();
    s.ok(json!({"type": "ConsumerSwitched", "consumer": "reporting", "version": "v1"}));
    s.rotate();
    let r = s.refused(json!({"type": "Revoke", "version": "v1", "cause": "superseded"}), "open_consumers");
    assert!(r.text.contains("reporting"));
    s.refused(json!({"type": "DrainObserved", "version": "v1"}), "open_consumers");
    s.wait(24 * HOUR);
    assert_eq!(s.usable(), ["v2"]);
    assert_eq!(s.state().rotation.name(), "Stuck");
    assert!(s.told().contains("rotation_stuck"));
    s.ok(json!({"type": "ConsumerSwitched", "consumer": "reporting", "version": "v2"}));
    assert_eq!(s.version("v1").state_name(), "Revoking");
    assert!(s.state().rotation.is_idle());
}

#[test]
fn exceptions_end_and_renewals_are_counted() {
    let mut s = Story::at("2026-03-01T00:00:00Z");
    s.ok(json!({"type": "Register", "versions": [{"external_id": "K1"}]}));
    let isolation = json!({"store": "vault", "scope": "read", "consumers": ["mesh"]});
    let grant = json!({"type": "GrantException", "id": "e1", "scope": "no owner", "reason": "legacy",
        "end": s.now.plus(80 * DAY), "isolation": isolation, "approvals": [{"by": "bob", "at": s.now}]});
    s.ok(grant);
    s.wait(75 * DAY);
    assert_eq!(s.usable(), ["v1"]);
    assert!(s.told().contains("exception_ends"));
    for _ in 0..2 {
        let renew = json!({"type": "RenewException", "end": s.now.plus(60 * DAY),
            "approvals": [{"by": "bob", "at": s.now}]});
        s.ok(renew);
        s.wait(50 * DAY);
    }
    let again = json!({"type": "RenewException", "end": s.now.plus(30 * DAY),
        "approvals": [{"by": "bob", "at": s.now}]});
    s.refused(again, "renewals_used_up");
    s.wait(11 * DAY);
    assert_eq!(s.usable(), [""; 0]);
}

#[test]
fn an_owner_who_knew_the_secret_and_left_forces_a_rotation() {
    let mut s = Story::at("2026-03-01T00:00:00Z");
    s.ok(json!({"type": "Register", "owners": [{"kind": "person", "id": "pat"}], "known_by": ["pat"],
        "versions": [{"external_id": "K1"}]}));
    s.ok(json!({"type": "OwnerDeparted", "credential": "", "owner": {"kind": "person", "id": "pat"}}));
    assert!(matches!(s.state().governance(s.now), Governance::Orphaned { .. }));
    assert!(s.state().rotation_forced.is_some());
}

#[test]
fn signals_suspend_high_tiers_with_hold_down_and_never_on_an_untrusted_baseline() {
    let mut s = Story::at("2026-03-01T00:00:00Z");
    s.ok(json!({"type": "Register", "tier": "high", "owners": [{"kind": "team", "id": "t"}],
        "versions": [{"external_id": "K1"}]}));
    s.ok(json!({"type": "Signal", "band": "severe", "trust": "learning"}));
    assert_eq!(s.usable(), ["v1"]);
    s.ok(json!({"type": "Signal", "band": "severe", "trust": "ok", "reasons": ["new country"]}));
    assert_eq!(s.version("v1").state_name(), "Suspended");
}

#[test]
fn a_lease_ends_with_its_task_its_time_and_its_credential() {
    let mut s = Story::active();
    let lease = |id: &str, scope: Value| {
        json!({"type": "IssueLease", "lease": id, "task": id, "holder": "agent",
        "scope": scope, "ttl_ms": HOUR})
    };
    s.refused(lease("l0", json!(["admin"])), "scope_too_wide");
    for id in ["l1", "l2", "l3"] {
        s.ok(lease(id, json!(["pay:read"])));
    }
    s.ok(json!({"type": "TaskEnded", "task": "l1", "end": "completed"}));
    s.ok(json!({"type": "ReportCompromise", "confidence": 900, "source": "scan"}));
    assert!(s.state().leases.iter().all(|l| l.closed.is_some()));
    assert_eq!(s.work().iter().filter(|w| matches!(w, Work::RevokeLease { .. })).count(), 3);
}

#[test]
fn break_glass_needs_two_and_closes_its_lease() {
    let mut s = Story::active();
    let open = |s: &Story, who: &[&str]| {
        let approvals: Vec<Value> = who.iter().map(|by| json!({"by": by, "at": s.now})).collect();
        json!({"type": "OpenBreakGlass", "reason": "outage", "holder": "ann", "end": s.now.plus(HOUR),
            "approvals": approvals})
    };
    let one = open(&s, &["bob"]);
    s.refused(one, "approval_missing");
    let two = open(&s, &["bob", "cid"]);
    s.ok(two);
    assert!(s.told().contains("break_glass"));
    s.wait(HOUR);
    assert!(s.state().break_glass.is_none());
    assert!(s.state().leases.iter().all(|l| l.closed.is_some()));
}

#[test]
fn single_phase_declares_its_gap() {
    let mut s = Story::active();
    s.ok(json!({"type": "BeginRotation", "model": {"model": "single_phase", "max_gap_ms": 60000}}));
    s.ok(json!({"type": "ReportCreated", "version": "v2"}));
    s.ok(json!({"type": "ReportInstalled", "version": "v2"}));
    assert_eq!(s.usable(), [""; 0], "the old one was replaced in place");
    s.ok(json!({"type": "ReportVerified", "version": "v2", "ok": true}));
    s.ok(json!({"type": "Promote", "version": "v2"}));
    assert_eq!(s.usable(), ["v2"]);
    assert!(s.state().rotation.is_idle());
}

#[test]
fn a_rotation_can_be_rolled_back_before_and_during_its_overlap() {
    let mut s = Story::active();
    s.ok(json!({"type": "BeginRotation"}));
    s.ok(json!({"type": "AbortRotation", "reason": "wrong day"}));
    assert_eq!(s.state().rotation.name(), "RollingBack");
    s.ok(json!({"type": "ConfirmRevoked", "version": "v2"}));
    assert!(s.state().rotation.is_idle());
    s.rotate();
    s.ok(json!({"type": "AbortRotation", "reason": "customers complain"}));
    assert_eq!(s.usable(), ["v1"]);
    assert_eq!(s.state().active().unwrap().id, "v1");
}

#[test]
fn what_the_provider_shows_is_compared_and_named() {
    let mut s = Story::active();
    let see = |s: &Story, v: &str, status: &str| {
        json!({"type": "ReconcileObserved", "version": v,
        "status": {"known": status}, "observed_at": s.now, "source": "report"})
    };
    let unknown = see(&s, "K9", "active");
    let found = s.ok(unknown);
    assert!(found.events().any(|e| matches!(e, Event::DriftFound { kind, .. } if kind == "unknown_version")));
    s.wait(1);
    let gone = see(&s, "K1", "deleted");
    s.ok(gone);
    assert_eq!(s.version("v1").state_name(), "Revoked");
    s.wait(1);
    let back = see(&s, "K1", "active");
    s.ok(back);
    assert!(s.version("v1").provider_live());
    assert_eq!(s.usable(), [""; 0]);
    assert!(s.told().contains("resurrected"));
    let nothing = json!({"type": "ReconcileObserved", "version": "v1", "status": {"unknown": "no access"},
        "observed_at": s.now, "source": "report"});
    assert!(s.ok(nothing).entries.is_empty());
}

#[test]
fn issued_credentials_are_usable_only_once_verified_and_promoted() {
    let mut s = Story::at("2026-03-01T00:00:00Z");
    let issue = |s: &Story, days: i64| {
        json!({"type": "Issue", "kind": "api_key", "purpose": "p",
        "owners": [{"kind": "team", "id": "t"}], "not_after": s.now.plus(days * DAY)})
    };
    let long = issue(&s, 366);
    s.refused(long, "ttl_too_long");
    let fine = issue(&s, 90);
    s.ok(fine);
    assert_eq!(s.usable(), [""; 0]);
    s.refused(json!({"type": "Promote", "version": "v1"}), "not_verified");
    for _ in 0..4 {
        let effect = s.machine.outstanding().remove(0);
        let command = effect.answer(Outcome::default(), "host", s.now).unwrap();
        s.machine.apply(&command, s.now).unwrap();
        assert!(s.machine.apply(&command, s.now).unwrap().already);
    }
    assert_eq!(s.usable(), ["v1"]);
    s.wait(90 * DAY);
    assert_eq!(s.version("v1").state_name(), "Expired");
}

#[test]
fn destruction_waits_for_the_end_and_for_the_hold() {
    let mut s = Story::active();
    s.refused(json!({"type": "Destroy", "version": "v1"}), "not_over");
    s.ok(json!({"type": "SetHold", "reason": "case 7"}));
    s.ok(json!({"type": "Revoke", "cause": "cessation"}));
    s.ok(json!({"type": "ConfirmRevoked", "version": "v1"}));
    s.refused(json!({"type": "Destroy", "version": "v1"}), "legal_hold");
    let approvals = json!([{"by": "bob", "at": s.now}, {"by": "cid", "at": s.now}]);
    s.ok(json!({"type": "ReleaseHold", "approvals": approvals}));
    s.ok(json!({"type": "Destroy", "version": "v1"}));
    s.ok(json!({"type": "ReportDestroyed", "version": "v1"}));
    assert_eq!(s.version("v1").outer_state(), "destroyed");
    s.ok(json!({"type": "ReportCompromise", "confidence": 900, "source": "scan"}));
    assert!(s.version("v1").compromised.is_some());
}

#[test]
fn blocked_is_not_usable_and_the_provider_is_not_asked() {
    let mut s = Story::active();
    s.ok(json!({"type": "Block", "reason": "no expiry", "source": "org policy"}));
    assert_eq!(s.usable(), [""; 0]);
    assert!(s.work().is_empty());
    assert_eq!(s.state().live_not_usable(s.now).count(), 1);
}

#[test]
fn a_clone_counter_that_comes_twice_suspends() {
    let mut s = Story::active();
    s.ok(json!({"type": "GenerationPresented", "generation": 4}));
    s.ok(json!({"type": "GenerationPresented", "generation": 4}));
    assert_eq!(s.version("v1").state_name(), "Suspended");
    assert!(s.told().contains("clone_suspected"));
}
