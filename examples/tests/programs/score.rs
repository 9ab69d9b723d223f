//! `score`, as a user runs it.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::user::{Ran, User};

const SCORE: &str = env!("CARGO_BIN_EXE_score");

/// An activity of a key that works each day at 9, 10 and 11, from 1 January 2026.
fn activity(day: u32, hour: u32) -> Value {
    json!({
        "time": 1_767_225_600_000u64 + u64::from(day) * 86_400_000 + u64::from(hour) * 3_600_000,
        "tenant": "acme", "credential": "ci", "asn": 64500, "country": "DE", "user_agent": "Boto3", "action": "s3:GetObject",
        "id": format!("{day}-{hour}"),
    })
}

fn days(days: std::ops::Range<u32>) -> String {
    let hours = |day| (9..12).map(move |hour| format!("{}\n", activity(day, hour)));
    days.flat_map(hours).collect()
}

fn scores(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

fn error(line: u64, code: &str, of: &Value) {
    let fields: Vec<&String> = of["error"].as_object().expect("an error").keys().collect();
    assert_eq!(fields, ["code", "line", "text"], "{of}");
    assert_eq!(
        (of["error"]["line"].as_u64(), of["error"]["code"].as_str()),
        (Some(line), Some(code)),
        "{of}"
    );
}

#[test]
fn each_line_in_is_a_line_out_in_order_with_the_fields_of_the_interface() {
    let user = User::new();
    let mut thief = activity(20, 10);
    (thief["asn"], thief["country"], thief["user_agent"]) = (json!(64666), json!("XY"), json!("curl"));
    thief["context"] = json!(["release"]);
    let ran = user.write("a.jsonl", days(0..20) + &thief.to_string()).run(SCORE, &["a.jsonl"]).ends_with(0);
    assert_eq!(ran.err, "");
    let all = scores(&ran);
    assert_eq!(all.len(), 61);
    for (line, score) in ran.out.lines().zip(&all) {
        assert_eq!(score.as_object().map(|o| o.len()), Some(8), "{line}");
        let mut at = 0;
        for field in ["subject", "time", "score", "alert", "band", "trust", "flags", "reasons"] {
            let key = format!("\"{field}\":");
            at += line[at..].find(&key).unwrap_or_else(|| panic!("{field} is missing or out of order"));
        }
    }
    let times: Vec<Value> = all.iter().map(|s| s["time"].clone()).collect();
    assert!(times.windows(2).all(|w| w[0].as_str() < w[1].as_str()), "{times:?}");
    assert_eq!(all[0]["trust"], "learning");
    let last = &all[60];
    assert_eq!(
        (&last["subject"], &last["trust"], &last["flags"]),
        (&json!("acme/ci"), &json!("ok"), &json!(["context"]),)
    );
    let reason = last["reasons"][0].as_object().expect("a reason");
    assert_eq!(reason.keys().collect::<Vec<_>>(), ["dimension", "surprisal", "text"]);
    assert_eq!(reason["dimension"], "network");
    assert!(reason["text"].as_str().is_some_and(|t| t.starts_with("network AS64666 never seen")), "{last}");
}

#[test]
fn a_line_that_cannot_be_read_is_an_error_line_and_the_rest_is_scored() {
    let user = User::new();
    let slash = json!({"time": 0, "credential": "a", "tenant": "a/b"});
    let input = format!("{}not json {{\n{{\"time\":\n\n{slash}\n{}", days(0..1), days(1..2));
    let ran = user.pipe(SCORE, &["-"], input.as_bytes()).ends_with(2);
    let all = scores(&ran);
    assert_eq!(all.len(), 10);
    error(4, "invalid_json", &all[3]);
    error(5, "invalid_json", &all[4]);
    error(6, "invalid_json", &all[5]);
    error(7, "invalid_argument", &all[6]);
    assert!(!ran.out.contains("not json {"), "content of a broken line is not repeated");
    assert_eq!(all[9]["subject"], "acme/ci");
}

#[test]
fn a_huge_line_is_refused_by_its_length_and_the_next_is_scored() {
    let user = User::new();
    let mut input = vec![b'x'; nhi_core::limits::JSON_BYTES + 100];
    input.push(b'\n');
    input.extend_from_slice(days(0..1).as_bytes());
    let all = scores(&user.pipe(SCORE, &["-"], &input).ends_with(2));
    error(1, "input_too_large", &all[0]);
    assert_eq!((all.len(), &all[1]["subject"]), (4, &json!("acme/ci")));
}

#[test]
fn nothing_in_is_nothing_out() {
    let user = User::new();
    let ran = user.pipe(SCORE, &["-"], b"").ends_with(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
}

#[test]
fn line_ends_of_windows_a_mark_at_the_start_and_no_end_at_the_end_change_nothing() {
    let user = User::new();
    let plain = user.pipe(SCORE, &["-"], days(0..2).as_bytes()).ends_with(0);
    let other = format!("\u{feff}{}", days(0..2).trim_end().replace('\n', "\r\n"));
    assert_eq!(user.pipe(SCORE, &["-"], other.as_bytes()).ends_with(0).out, plain.out);
}

#[test]
fn a_saved_state_goes_on_where_it_stopped() {
    let user = User::new();
    let whole = user.pipe(SCORE, &["-"], days(0..20).as_bytes()).ends_with(0);
    let first = user.pipe(SCORE, &["--state", "state", "-"], days(0..12).as_bytes()).ends_with(0);
    let second = user.pipe(SCORE, &["--state", "state", "-"], days(12..20).as_bytes()).ends_with(0);
    assert_eq!(first.out + &second.out, whole.out);
    let folder = std::fs::read_dir(user.path(".")).expect("the folder of the user");
    assert_eq!(folder.count(), 1, "nothing but the state is left behind");
}

#[test]
fn a_state_that_is_none_is_refused_and_left_alone() {
    let user = User::new();
    user.write("state", "something else");
    let ran = user.pipe(SCORE, &["--state", "state", "-"], days(0..1).as_bytes()).ends_with(2);
    assert!(ran.out.is_empty() && ran.err.starts_with("score: state: state_corrupt ("), "{}", ran.err);
    assert_eq!(std::fs::read(user.path("state")).expect("still there"), b"something else");
}

#[test]
fn one_line_from_the_far_future_is_flagged_and_changes_no_other() {
    let user = User::new();
    let without = user.pipe(SCORE, &["-"], days(0..20).as_bytes()).ends_with(0);
    let mut wrong = activity(30_000, 10);
    wrong["id"] = json!("wrong");
    let input = format!("{}{wrong}\n{}", days(0..10), days(10..20));
    let with = user.pipe(SCORE, &["-"], input.as_bytes()).ends_with(0);
    let mut all = scores(&with);
    assert_eq!(all.remove(30)["flags"], json!(["ahead"]));
    assert_eq!(all, scores(&without));
}

#[test]
fn the_budget_is_a_number_above_0_and_other_arguments_are_refused() {
    let user = User::new();
    for args in [
        &["--budget", "0", "-"][..],
        &["--budget", "NaN", "-"],
        &["--budget", "x", "-"],
        &["--budget"],
        &["--what", "-"],
        &["a", "b"],
        &[],
    ] {
        let ran = user.run(SCORE, args).ends_with(2);
        assert!(ran.out.is_empty() && ran.err.starts_with("score: "), "{args:?}: {}", ran.err);
    }
    user.run(SCORE, &["--budget", "2.5", "-"]).ends_with(0);
    assert!(user.run(SCORE, &["--help"]).ends_with(0).out.starts_with("score [--budget N]"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let user = User::new();
    let ran = user.run(SCORE, &["no/such/file"]).ends_with(2);
    assert!(ran.err.starts_with("score: no/such/file: "), "{}", ran.err);
}

#[test]
fn a_closed_pipe_is_no_error_and_what_was_learned_is_kept() {
    let user = User::new();
    user.write("a.jsonl", days(0..2_000));
    let mut child =
        user.command(SCORE, &["--state", "state", "a.jsonl"]).spawn().expect("the program starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut String::new()).expect("a line");
    drop(out);
    let ran: Ran = child.wait_with_output().expect("the program ends").into();
    assert_eq!(ran.ends_with(0).err, "");
    assert!(user.path("state").exists());
}
