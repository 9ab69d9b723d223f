//! Arbitrary histories: whatever is asked in whatever order, nothing panics, every invariant holds, and the ledger
//! tells the same states.

use proptest::prelude::*;

use super::*;

fn order() -> impl Strategy<Value = Value> {
    let version = prop_oneof![Just("v1"), Just("v2"), Just("v3"), Just("K1"), Just("nope")];
    let when = (0..200i64).prop_map(|h| h * HOUR);
    (0..44usize, version, when, any::<bool>()).prop_map(|(kind, v, ms, flag)| {
        let at = Timestamp::parse_rfc3339("2026-03-01T00:00:00Z").unwrap().plus(ms);
        let owner = json!({"kind": "person", "id": if flag { "pat" } else { "ann" }});
        match kind {
            0 | 1 => json!({"type": "Register", "owners": if flag { json!([owner]) } else { json!([]) },
                "known_by": ["pat"], "workload": "w", "scopes": ["a", "b"],
                "versions": [{"external_id": "K1"}, {"external_id": v, "created": "2025-01-01T00:00:00Z"}]}),
            2 => json!({"type": "Issue", "owners": [owner], "purpose": "p", "not_after": at}),
            3 => json!({"type": "AssignOwner", "owner": owner}),
            4 => json!({"type": "OwnerDeparted", "owner": owner}),
            5 => json!({"type": "WorkloadDecommissioned", "workload": "w"}),
            6 | 7 => json!({"type": "UsageObserved", "version": v, "source": "s",
                "last_used": {"used": {"at": at, "granularity_ms": if flag { DAY } else { 0 }}}}),
            8 => json!({"type": "UsageObserved", "source": "s", "last_used": {"unknown": "no"}}),
            9 => json!({"type": "UsageObserved", "source": "s", "last_used": {"never": {"since_tracking": null}}}),
            10 | 11 => json!({"type": "ReconcileObserved", "version": v, "observed_at": at, "source": "s",
                "status": {"known": if flag { "active" } else { "deleted" }}}),
            12 => json!({"type": "ObserveScopes", "granted": if flag { ["a", "c"] } else { ["a", "b"] }, "source": "s"}),
            13 => json!({"type": "ConsumerSwitched", "consumer": "w", "version": v}),
            14 => json!({"type": "ConsumerGone", "consumer": "w"}),
            15 => json!({"type": "GenerationPresented", "generation": ms}),
            16 => json!({"type": "Signal", "band": "severe", "trust": if flag { "ok" } else { "shared" }}),
            17 => json!({"type": "Block", "reason": "r", "source": "p"}),
            18 => json!({"type": "Unblock"}),
            19 => json!({"type": "Suspend", "reason": "r"}),
            20 => json!({"type": "Suspend", "version": v, "reason": "r"}),
            21 => json!({"type": "Resume"}),
            22 => json!({"type": "ReportDisabled", "version": v}),
            23 => json!({"type": "ReportEnabled", "version": v}),
            24 | 25 => json!({"type": "BeginRotation", "recovery": flag}),
            26 => json!({"type": "ReportCreated", "version": v, "external_id": "K2"}),
            27 | 28 => json!({"type": "ReportInstalled", "version": v}),
            29 | 30 => json!({"type": "ReportVerified", "version": v, "ok": flag}),
            31 | 32 => json!({"type": "Promote", "version": v}),
            33 => json!({"type": "DrainObserved", "version": v}),
            34 => json!({"type": "AbortRotation", "reason": "r"}),
            35 => json!({"type": "Revoke", "version": v, "cause": "cessation"}),
            36 => json!({"type": "ConfirmRevoked", "version": v}),
            37 => json!({"type": "RevokeError", "version": v, "error": "e"}),
            38 => json!({"type": "Destroy", "version": v}),
            39 => json!({"type": "ReportCompromise", "version": v, "confidence": 500, "source": "s",
                "containment": if flag { json!({"mode": "immediate"}) }
                    else { json!({"mode": "rotate_then_revoke", "deadline": at}) }}),
            40 => json!({"type": "GrantException", "id": "e", "scope": "s", "reason": "r", "end": at,
                "isolation": {"store": "s", "scope": "s", "consumers": ["w"]}}),
            41 => json!({"type": "IssueLease", "lease": v, "task": "t", "holder": "h", "scope": ["a"], "ttl_ms": HOUR}),
            42 => json!({"type": "OpenBreakGlass", "reason": "r", "end": at, "holder": "h"}),
            _ => json!({"type": "Certify"}),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_invariants_hold_and_replay_is_the_state(
        steps in prop::collection::vec((order(), -2i64..60), 1..60),
    ) {
        let mut s = Story::at("2026-03-01T00:00:00Z");
        s.ok(json!({"type": "Register", "versions": [{"external_id": "K1"}], "workload": "w", "scopes": ["a"]}));
        for (mut order, hours) in steps {
            s.now = s.now.plus(hours * HOUR);
            let at = s.now;
            order["approvals"] = json!([{"by": "bob", "at": at}, {"by": "cid", "at": at}]);
            let command = s.command(order);
            // Timers that are due are a step of their own.
            s.machine.tick(s.now);
            let before = s.machine.clone();
            let result = s.machine.apply(&command, s.now);
            invariants::assert_step(&before, &s.machine, s.now);
            if let Ok(applied) = result {
                let head = s.machine.ledger().head().clone();
                let again = s.machine.apply(&command, s.now).unwrap();
                prop_assert!(again.entries.is_empty());
                prop_assert_eq!(head, s.machine.ledger().head().clone());
                if !applied.entries.is_empty() && !applied.seqs.is_empty() {
                    prop_assert_eq!(again.seqs, applied.seqs);
                }
            }
        }
        let text = s.machine.ledger().to_jsonl().to_string();
        let verification = verify(text.as_bytes(), Some(s.machine.ledger().head()));
        prop_assert!(verification.holds(), "{}", verification);
        let replayed = replay(text.as_bytes()).unwrap();
        prop_assert_eq!(serde_json::to_vec(&replayed).unwrap(), serde_json::to_vec(s.machine.states()).unwrap());
    }

    /// Every revocation ends confirmed or escalated, whatever the provider answers and however often answers are lost.
    #[test]
    fn every_revocation_ends(answers in prop::collection::vec(0..3u8, 0..20), waits in prop::collection::vec(0..90i64, 20)) {
        let mut s = Story::active();
        s.ok(json!({"type": "Revoke", "cause": "cessation"}));
        for (answer, wait) in answers.iter().zip(waits) {
            let _ = match answer {
                0 => s.try_(json!({"type": "RevokeError", "version": "v1", "error": "503"})),
                1 => Ok(Applied::default()),
                _ => s.try_(json!({"type": "Tick"})),
            };
            s.wait(wait * SECOND);
        }
        s.wait(HOUR);
        prop_assert!(["RevokeFailed", "Revoked"].contains(&s.version("v1").state_name()));
    }

    /// Late news about use merge by maximum: any order gives the same state.
    #[test]
    fn usage_merges_in_any_order(mut at in prop::collection::vec(0..1000i64, 1..8), seed in any::<u64>()) {
        let tell = |order: &[i64]| {
            let mut s = Story::active();
            s.wait(DAY);
            for ms in order {
                let t = Timestamp::parse_rfc3339("2026-02-01T00:00:00Z").unwrap().plus(*ms);
                s.ok(json!({"type": "UsageObserved", "version": "v1", "source": "s",
                    "last_used": {"used": {"at": t, "granularity_ms": 0}}}));
            }
            (s.state().usage.clone(), s.version("v1").last_used)
        };
        let first = tell(&at);
        let n = at.len();
        at.rotate_left(usize::try_from(seed % 1000).unwrap() % n);
        at.reverse();
        prop_assert_eq!(first, tell(&at));
    }
}
