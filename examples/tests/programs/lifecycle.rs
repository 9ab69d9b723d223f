//! `lifecycle`, as a user runs it.

use serde_json::{Value, json};

use crate::user::{Ran, User};

const LIFECYCLE: &str = env!("CARGO_BIN_EXE_lifecycle");
const KEY: &str = "aws:111122223333/ci/api_key";

/// A command at an hour of 1 March 2026, by `ann`, with an approval by `bob` and `cem`.
fn command(id: &str, hour: u32, order: Value) -> Value {
    let at = format!("2026-03-01T{hour:02}:00:00Z");
    let mut out = json!({"cmd_id": id, "actor": "ann", "credential": KEY, "at": at});
    for (name, value) in order.as_object().expect("an order") {
        out[name] = value.clone();
    }
    out
}

fn approved(mut command: Value) -> Value {
    command["approvals"] = json!([{"by": "bob", "at": command["at"]}, {"by": "cem", "at": command["at"]}]);
    command
}

/// A key that exists, with an owner and a consumer, and its rotation up to the overlap.
fn rotation() -> Vec<Value> {
    let register = json!({"type": "Register", "kind": "api_key", "owners": [{"kind": "team", "id": "ci"}],
                          "consumers": ["deploy"], "versions": [{"external_id": "key-1"}]});
    vec![
        command("1", 1, register),
        command("2", 2, json!({"type": "ConsumerSwitched", "consumer": "deploy", "version": "v1"})),
        command("3", 3, json!({"type": "BeginRotation"})),
        command("4", 3, json!({"type": "ReportCreated", "version": "v2", "external_id": "key-2"})),
        command("5", 4, json!({"type": "ReportInstalled", "version": "v2"})),
        command("6", 4, json!({"type": "ReportVerified", "version": "v2", "ok": true})),
        command("7", 5, json!({"type": "Promote", "version": "v2"})),
    ]
}

fn lines(commands: &[Value]) -> String {
    commands.iter().map(|command| format!("{command}\n")).collect()
}

fn answers(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

fn works(answer: &Value) -> Vec<&str> {
    let all = answer["outstanding"].as_array().expect("a list");
    all.iter().filter_map(|effect| effect["work"]["type"].as_str()).collect()
}

#[test]
fn each_command_is_answered_with_what_happened_what_is_usable_and_what_is_owed() {
    let user = User::new();
    let ran = user.write("c.jsonl", lines(&rotation())).run(LIFECYCLE, &["c.jsonl"]).ends_with(0);
    let all = answers(&ran);
    assert_eq!(all.len(), 7);
    let usable: Vec<Value> = all.iter().map(|a| a["usable"].clone()).collect();
    assert_eq!(usable[..6], vec![json!(["v1"]); 6]);
    assert_eq!(usable[6], json!(["v1", "v2"]), "both during the overlap");
    assert_eq!(works(&all[2]), ["CreateMaterial"]);
    assert_eq!(works(&all[3]), ["InstallAtTarget"]);
    assert_eq!(works(&all[4]), ["Verify"]);
    assert_eq!(all[6]["next_deadline"], "2026-03-02T05:00:00.000Z", "the end of the overlap");
    let seqs: Vec<u64> = all.iter().filter_map(|a| a["seq"].as_u64()).collect();
    assert!(seqs.is_sorted(), "{seqs:?}");
}

#[test]
fn a_rejection_names_the_guard_and_what_would_satisfy_it() {
    let user = User::new();
    let mut all = rotation();
    all.push(command("8", 6, json!({"type": "Revoke", "version": "v1", "cause": "superseded"})));
    all.push(command("9", 6, json!({"type": "Resume"})));
    let ran = user.write("c.jsonl", lines(&all)).run(LIFECYCLE, &["c.jsonl"]).ends_with(1);
    let all = answers(&ran);
    let refused = &all[7];
    assert_eq!((&refused["accepted"], &refused["events"]), (&json!(false), &json!([])));
    assert!(refused["rejection"]["text"].as_str().is_some_and(|text| text.contains("deploy")), "{refused}");
    for field in ["guard", "text", "needs"] {
        assert!(refused["rejection"][field].as_str().is_some_and(|text| !text.is_empty()), "{refused}");
    }
    assert_eq!(refused["usable"], json!(["v1", "v2"]), "nothing was changed");
}

#[test]
fn a_run_goes_on_from_the_ledger_and_a_repeated_command_adds_nothing() {
    let user = User::new();
    let all = rotation();
    let whole = user.pipe(LIFECYCLE, &["--ledger", "whole.jsonl", "-"], lines(&all).as_bytes()).ends_with(0);
    user.pipe(LIFECYCLE, &["--ledger", "l.jsonl", "-"], lines(&all[..4]).as_bytes()).ends_with(0);
    // What the host does not know to be done it sends again.
    let again = user.pipe(LIFECYCLE, &["--ledger", "l.jsonl", "-"], lines(&all[3..]).as_bytes()).ends_with(0);
    let answers_again = answers(&again);
    assert_eq!((&answers_again[0]["already"], &answers_again[0]["events"]), (&json!(true), &json!([])));
    assert_eq!(answers_again[1..], answers(&whole)[4..]);
    let read = |name| std::fs::read(user.path(name)).expect("a ledger");
    assert_eq!(read("l.jsonl"), read("whole.jsonl"), "byte for byte the same evidence");
}

#[test]
fn whatever_a_killed_run_had_written_an_answers_entries_are_all_there_or_none_is() {
    let user = User::new();
    let all = rotation();
    user.pipe(LIFECYCLE, &["--ledger", "l.jsonl", "-"], lines(&all[..6]).as_bytes()).ends_with(0);
    let read = |name| std::fs::read_to_string(user.path(name)).expect("a ledger");
    let before = read("l.jsonl");
    user.pipe(LIFECYCLE, &["--ledger", "l.jsonl", "-"], lines(&all[6..]).as_bytes()).ends_with(0);
    let after = read("l.jsonl");
    let added = &after[before.len()..];
    assert!(added.lines().count() > 1, "a promotion has several entries");
    let send_again = || {
        let ran =
            user.pipe(LIFECYCLE, &["--ledger", "l.jsonl", "-"], lines(&all[6..]).as_bytes()).ends_with(0);
        assert_eq!(read("l.jsonl"), after);
        assert!(!user.path("l.jsonl.next").exists());
        answers(&ran).remove(0)
    };
    for cut in 0..=added.len() {
        // Killed while it wrote what comes next: nothing of it counts, the command is done anew.
        if cut < added.len() && cut % 50 == 0 {
            user.write("l.jsonl", &before).write("l.jsonl.next", &added[..cut]);
            assert_eq!(send_again()["already"], false);
        }
        // Killed while it added: all of it counts, the command was done.
        if cut % 50 == 0 || cut == added.len() {
            user.write("l.jsonl", format!("{before}{}", &added[..cut])).write("l.jsonl.next", added);
            assert_eq!(send_again()["already"], true);
        }
    }
}

#[test]
fn a_ledger_that_was_changed_or_does_not_go_with_what_comes_next_is_refused_and_left_alone() {
    let user = User::new();
    user.pipe(LIFECYCLE, &["--ledger", "l.jsonl", "-"], lines(&rotation()).as_bytes()).ends_with(0);
    let good = std::fs::read_to_string(user.path("l.jsonl")).expect("a ledger");
    let changed = good.replacen("deploy", "delpoy", 1);
    for (ledger, next) in [(&changed, None), (&good[..good.len() - 9].into(), None), (&good, Some(&changed))]
    {
        user.write("l.jsonl", ledger);
        if let Some(next) = next {
            user.write("l.jsonl.next", next);
        }
        let ran = user.pipe(LIFECYCLE, &["--ledger", "l.jsonl", "-"], b"").ends_with(2);
        assert!(ran.err.contains("l.jsonl"), "{}", ran.err);
        assert_eq!(&std::fs::read_to_string(user.path("l.jsonl")).expect("a ledger"), ledger);
    }
}

#[test]
fn timers_run_on_a_tick_and_before_a_command_that_is_rejected() {
    let user = User::new();
    let mut all = rotation();
    all.push(json!({"cmd_id": "t", "actor": "clock", "type": "Tick", "at": "2026-03-02T05:00:00Z"}));
    let ran = user.write("c.jsonl", lines(&all)).run(LIFECYCLE, &["c.jsonl"]).ends_with(0);
    let last = answers(&ran).pop().expect("an answer");
    assert_eq!(last["events"][0]["type"], "RotationStuck", "deploy still uses the old version: {last}");
    assert_eq!(last["usable"], json!([format!("{KEY} v2")]));
    // The same, with a command that is rejected in the place of the tick.
    let ended = all.len() - 1;
    all[ended] = command("r", 0, json!({"type": "Resume"}));
    all[ended]["at"] = json!("2026-03-02T05:00:00Z");
    let ran = user.write("c.jsonl", lines(&all)).run(LIFECYCLE, &["c.jsonl"]).ends_with(1);
    let last = answers(&ran).pop().expect("an answer");
    assert_eq!((&last["accepted"], &last["events"][0]["type"]), (&json!(false), &json!("RotationStuck")));
}

#[test]
fn a_break_glass_needs_two_others_and_wrapped_commands_are_read_too() {
    let user = User::new();
    let open =
        json!({"type": "OpenBreakGlass", "reason": "outage", "holder": "ann", "end": "2026-03-01T07:00:00Z"});
    let commands = [rotation().remove(0), command("2", 6, open.clone()), approved(command("3", 6, open))]
        .map(|command| json!({"at": command["at"], "command": command}));
    let ran = user.write("c.jsonl", lines(&commands)).run(LIFECYCLE, &["c.jsonl"]).ends_with(1);
    let all = answers(&ran);
    assert_eq!(all.iter().map(|a| a["accepted"] == json!(true)).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn what_is_no_command_is_an_error_line_and_the_rest_is_done() {
    let user = User::new();
    let all = rotation();
    let text = format!("{{}}\nnot json\n{}{{\"cmd_id\": 1}}\n{}", lines(&all[..1]), lines(&all[1..2]));
    let ran = user.pipe(LIFECYCLE, &["-"], text.as_bytes()).ends_with(2);
    let got = answers(&ran);
    let codes: Vec<&Value> = got.iter().map(|a| &a["error"]["code"]).collect();
    let bad = json!("invalid_json");
    assert_eq!(codes, [&bad, &bad, &Value::Null, &bad, &Value::Null]);
    assert_eq!(got[0]["error"]["line"], 1);
}

#[test]
fn a_policy_with_a_wrong_field_is_refused_by_name() {
    let user = User::new();
    for (policy, name) in
        [(r#"{"overlap": 1}"#, "overlap"), (r#"{"overlap_ms": 0}"#, "overlap_ms"), ("[", "p.json")]
    {
        let ran = user.write("p.json", policy).run(LIFECYCLE, &["--policy", "p.json", "-"]).ends_with(2);
        assert!(ran.err.contains(name) && ran.err.contains("p.json"), "{}", ran.err);
    }
}
