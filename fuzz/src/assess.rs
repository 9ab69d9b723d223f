//! A policy and files of any content through the whole way, twice, and on from the first run.

use nhi_core::{
    Pepper,
    assess::{File, Inputs, Policy, assess},
    lifecycle,
    model::Completeness,
    report,
    time::{DAY, Timestamp},
};

use crate::{Target, joined, seeds, split};

/// The target.
pub const TARGET: Target = Target { seeds: inputs, words };

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);
/// Between two files of an input, and before the first after the policy.
const BREAK: &[u8] = b"\n----\n";

/// Runs one input: a policy, then files. The first byte says which files list all there is.
pub fn run(data: &[u8]) {
    let (full, rest) = split(data);
    let mut parts = parts(rest).into_iter();
    let policy = match Policy::from_json(parts.next().unwrap_or_default()) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(matches!(error.code(), "invalid_json" | "invalid_argument"), "{error}");
            Policy::default()
        }
    };
    let pepper = Pepper::new([3; 32]);
    let names = ["a", "b.csv", "c.json"];
    let files = parts.zip(names).enumerate().map(|(i, (bytes, name))| File {
        name,
        bytes,
        completeness: if full >> i & 1 == 0 { Completeness::Partial } else { Completeness::Full },
    });
    let files: Vec<File> = files.collect();
    let inputs = || Inputs { files: files.clone(), pepper: Some(&pepper), ..Inputs::default() };
    let first = assess(inputs(), NOW, &policy).expect("foreign content is no error");
    let again = assess(inputs(), NOW, &policy).expect("it was none before");
    assert!(report::json(&again) == report::json(&first), "the same inputs give the same bytes");
    assert_eq!(again.ledger, first.ledger);
    assert_eq!(again.baseline, first.baseline);
    for text in [report::markdown(&first), report::sarif_report(&first), report::first_screen(&first)] {
        assert!(!text.is_empty());
    }
    let json: serde_json::Value = serde_json::from_str(&report::json(&first)).expect("a report is JSON");
    assert!(json.is_object());
    let ledger = first.ledger.as_bytes();
    assert!(lifecycle::verify(ledger, Some(&first.checkpoint)).holds());
    let next = Inputs {
        ledger: Some(ledger),
        checkpoint: Some(first.checkpoint.clone()),
        baseline: Some(&first.baseline),
        ..inputs()
    };
    let next = assess(next, NOW.plus(DAY), &policy).expect("what we wrote is taken back");
    assert!(next.checkpoint.seq >= first.checkpoint.seq);
}

fn parts(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    while let Some(at) = bytes.windows(BREAK.len()).position(|w| w == BREAK) {
        out.push(&bytes[..at]);
        bytes = &bytes[at + BREAK.len()..];
    }
    out.push(bytes);
    out
}

fn inputs() -> Vec<Vec<u8>> {
    let policy = br#"{"posture": {"dormant_days": 30}, "observe": true, "alert_budget": 0.5}"#;
    let exports: Vec<Vec<u8>> = seeds::exports().into_iter().map(|(_, text)| text.into_bytes()).collect();
    let mut out = vec![Vec::new(), joined(7, policy)];
    for (i, one) in exports.iter().enumerate() {
        let other = &exports[(i + 1) % exports.len()];
        out.push(joined(i as u8, &[b"{}", BREAK, one].concat()));
        out.push(joined(7, &[&policy[..], BREAK, one, BREAK, other, BREAK, &exports[0]].concat()));
    }
    let commands = seeds::COMMANDS.iter().map(|story| {
        let line = |line: &str| format!("{{\"command\": {line}, \"at\": \"2026-01-05T00:00:00Z\"}}\n");
        story.trim().lines().map(line).collect::<String>()
    });
    out.extend(commands.map(|text| joined(0, &[b"{}", BREAK, text.as_bytes()].concat())));
    out
}

fn words() -> Vec<String> {
    let mut out = seeds::export_words();
    out.push(String::from_utf8_lossy(BREAK).into_owned());
    let fields = ["lifecycle", "posture", "observe", "alert_budget", "respond_ms", "dormant_days", "command"];
    out.extend(fields.map(String::from));
    out
}
