use std::vec;

use super::*;

fn ask(s: &Story, version: &str) -> SafeToRevoke {
    safe_to_revoke(s.state(), version, s.now, &Policy::default()).unwrap()
}

fn who(answer: &SafeToRevoke) -> Vec<&str> {
    answer.users.iter().map(|user| user.who.as_deref().unwrap_or("somebody")).collect()
}

fn used(s: &mut Story, version: &str) {
    let at = s.now.to_string();
    s.ok(json!({"type": "UsageObserved", "version": version, "source": "report", "last_used": {"used": {"at": at, "granularity_ms": 0}}}));
}

#[test]
fn the_old_version_is_safe_to_revoke_once_every_consumer_switched_and_it_is_quiet() {
    let mut s = Story::active();
    used(&mut s, "v1");
    let known = s.now;
    s.ok(json!({"type": "ConsumerSwitched", "consumer": "billing", "version": "v1"}));
    s.wait(HOUR);
    s.rotate();
    let answer = ask(&s, "v1");
    assert_eq!((answer.safe, who(&answer)), (false, vec!["billing"]));
    assert_eq!(answer.users[0].since, Some(known), "since when it is known");
    assert_eq!(answer.users[0].last_used.map(|used| used.at), Some(known));
    assert_eq!(answer.contacts[0].id, "payments", "whom to ask");
    used(&mut s, "v1");
    s.ok(json!({"type": "ConsumerSwitched", "consumer": "billing", "version": "v2"}));
    let answer = ask(&s, "v1");
    assert_eq!((answer.safe, who(&answer)), (false, vec!["somebody"]), "it was used just now");
    s.wait(HOUR);
    assert!(ask(&s, "v1").safe);
    assert_eq!(who(&ask(&s, "v2")), ["billing"]);
}

#[test]
fn what_nobody_can_tell_is_not_safe() {
    let mut s = Story::active();
    s.ok(json!({"type": "ConsumerSwitched", "consumer": "billing", "version": "v1"}));
    s.ok(json!({"type": "ConsumerGone", "consumer": "billing"}));
    s.ok(json!({"type": "AssignWorkload", "workload": "other"}));
    assert_eq!(who(&ask(&s, "v1")), ["other"], "a workload uses its credential, told or not");
    let mut state = s.state().clone();
    state.workload = None;
    let answer = safe_to_revoke(&state, "v1", s.now, &Policy::default()).unwrap();
    assert_eq!((answer.safe, answer.users.len()), (false, 0));
    assert!(answer.unknown.unwrap().contains("not reported"));
    assert_eq!(
        safe_to_revoke(&state, "v9", s.now, &Policy::default()).unwrap_err().code(),
        "invalid_argument"
    );
}

#[test]
fn an_open_lease_is_a_user_with_its_task() {
    let mut s = Story::active();
    s.ok(json!({"type": "IssueLease", "lease": "l1", "task": "report-7", "holder": "agent", "scope": ["pay:read"],
                "ttl_ms": 60_000}));
    let answer = ask(&s, "v1");
    assert_eq!(answer.users.iter().filter_map(|user| user.task.as_deref()).collect::<Vec<_>>(), ["report-7"]);
    s.wait(MINUTE);
    assert!(ask(&s, "v1").users.iter().all(|user| user.task.is_none()));
}

#[test]
fn containment_is_summed_up_by_times_that_were_measured() {
    let row = |minutes: i64, waited: i64| Contained {
        credential: "c".into(),
        version: "v1".into(),
        first_seen: Timestamp::from_millis(0),
        known_at: Timestamp::from_millis(0),
        ordered_at: None,
        contained_at: (minutes >= 0).then(|| Timestamp::from_millis(minutes * MINUTE)),
        waited_for_person_ms: waited * MINUTE,
    };
    assert_eq!(containment_times(&[]), ContainmentTimes::default());
    let all: Vec<Contained> = (1..=20).map(|n| row(n, n / 2)).chain([row(-1, 90)]).collect();
    let times = containment_times(&all);
    assert_eq!((times.contained, times.open), (20, 1));
    assert_eq!((times.p50_ms / MINUTE, times.p95_ms / MINUTE), (10, 19));
    assert_eq!((times.waited_p50_ms / MINUTE, times.waited_p95_ms / MINUTE), (5, 9));
}
