//! `guard`, as a user runs it, and as the README shows it.

use std::path::Path;

use crate::user::User;

const GUARD: &str = env!("CARGO_BIN_EXE_guard");

/// What it printed, with the microseconds left out: they alone differ from run to run.
fn without_times(text: &str) -> String {
    let line = |line: &str| match line.split_once(" us  ") {
        Some((before, after)) => format!("{} {after}", before.split_whitespace().next().unwrap_or_default()),
        None => line.to_string(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn printed() -> String {
    let ran = User::new().run(GUARD, &[]).ends_with(0);
    assert_eq!(ran.err, "");
    ran.out
}

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn each_call_is_decided_for_its_own_reason() {
    let out = without_times(&printed());
    let calls: Vec<&str> = out.split("\n\n").collect();
    assert_eq!(calls.len(), 6, "{out}");
    for (call, says) in calls.iter().zip([
        &["credential gitlab:corp/release-bot/personal_token", "state Active", "decision allow\n"][..],
        &["decision step_up: it is for release, the call declares reporting"],
        &["state Active", "decision deny: score ", "DELETE", ": network AS64666 never seen"],
        &["state Revoking", "decision deny: version v1 was ordered to be revoked"],
        &["credential unknown", "state none", "score none", "decision deny: no credential was presented"],
        &["chain verified"],
    ]) {
        for part in says {
            assert!(call.contains(part), "`{part}` is not in:\n{call}");
        }
    }
}

#[test]
fn it_runs_alike_each_time_and_shows_no_token() {
    let out = printed();
    assert_eq!(without_times(&out), without_times(&printed()));
    for seed in [7, 8] {
        let token = nhi_core::classify::mint("gitlab.personal-access-token", seed).expect("in the catalogue");
        assert!(!out.contains(&token[6..token.len() - 4]), "the secret is shown");
    }
}

#[test]
fn the_readme_shows_these_lines_and_this_output() {
    let source = file("examples/guard.rs");
    let (_, rest) = source.split_once("\nimpl Gate {\n").expect("the gate");
    let (body, _) = rest.split_once("\n}\n").expect("its end");
    let (_, body) = body.split_once("now: Timestamp)").expect("guard");
    let lines = body.lines().count();
    assert!((25..=32).contains(&lines), "guard has {lines} lines");
    let readme = file("README.md");
    for line in body.lines().skip(1) {
        assert!(readme.contains(line.strip_prefix("    ").unwrap_or(line)), "README lacks:\n{line}");
    }
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("output");
    assert!(shown.lines().count() >= 8, "{shown}");
    let (shown, real) = (without_times(shown), without_times(&printed()));
    for call in shown.trim().split("\n\n") {
        assert!(real.contains(call), "README shows:\n{call}\nguard prints:\n{real}");
    }
}
