//! What is counted. A scenario prepares its input, then does its work the given number of times.

use std::hint::black_box;

use benches::source;
use nhi_core::{
    adapters::{Input, parse},
    authorize::{self, Authorizer, Request},
    baseline::{Baseline, Config},
    classify::{Redactor, Scanner, mint},
    lifecycle::{Command, Event, Ledger, Lifecycle, Policy, Stamped, State, decide, evolve, verify},
    model::Activity,
    time::{DAY, HOUR, Timestamp},
};
use serde_json::json;

/// A scenario: its name, and what does its work so many times.
pub(crate) type Scenario = (&'static str, fn(u32));

/// In the order of the table.
pub(crate) const ALL: &[Scenario] = &[
    ("adapters/parse", adapters_parse),
    ("authorize", authorize),
    ("classify/redact", classify_redact),
    ("classify/scan-clean", scan_clean),
    ("classify/scan-findings", scan_findings),
    ("ledger/append", ledger_append),
    ("ledger/verify", ledger_verify),
    ("lifecycle/decide-evolve", decide_evolve),
    ("score", score),
    ("state/load", state_load),
];

const START: Timestamp = Timestamp::from_millis(1_767_571_200_000);
const ID: &str = "aws:1/u/api_key";

/// 64 KiB of text like source code, without a credential.
fn clean() -> Vec<u8> {
    source(1, 64 << 10)
}

/// The same text with a decoy of another rule in each fortieth line.
fn with_findings() -> Vec<u8> {
    const RULES: [&str; 4] = [
        "github.personal-access-token-classic",
        "gitlab.personal-access-token",
        "npm.access-token-granular-and-classic",
        "slack.bot-token",
    ];
    let mut out = Vec::new();
    for (i, line) in clean().split_inclusive(|b| *b == b'\n').enumerate() {
        out.extend_from_slice(line);
        if i % 40 == 0 {
            let token = mint(RULES[i / 40 % 4], i as u64).expect("the catalogue has these rules");
            out.extend_from_slice(format!("api_token = \"{token}\"\n").as_bytes());
        }
    }
    out
}

fn scan_clean(times: u32) {
    let (scanner, text) = (Scanner::default(), clean());
    for _ in 0..times {
        black_box(scanner.scan(black_box(&text)));
    }
}

fn scan_findings(times: u32) {
    let (scanner, text) = (Scanner::default(), with_findings());
    assert!(scanner.scan(&text).len() > 20, "the decoys are found");
    for _ in 0..times {
        black_box(scanner.scan(black_box(&text)));
    }
}

fn classify_redact(times: u32) {
    let (redactor, text) = (Redactor::new(Scanner::default()), with_findings());
    for _ in 0..times {
        black_box(redactor.redact(black_box(&text)));
    }
}

fn adapters_parse(times: u32) {
    let rows = (0..200).map(|i| {
        format!(
            "{{\"credential\": {{\"id\": \"aws:1/u{i}/api_key\", \"identity\": \"u{i}\", \"kind\": \"api_key\", \
             \"issuer\": \"aws:1\"}}}}\n{{\"time\": \"2026-01-01T00:00:00Z\", \"credential\": \"k{i}\", \
             \"action\": \"s3:GetObject\", \"source_ip\": \"192.0.2.{}\"}}\n",
            i % 250
        )
    });
    let text: String = rows.collect();
    let input =
        Input { name: "records.jsonl", bytes: text.as_bytes(), read_at: START, pepper: None, adapter: None };
    assert_eq!(parse(&input).expect("the records are read").items.len(), 400);
    for _ in 0..times {
        black_box(parse(black_box(&input)).is_ok());
    }
}

/// Call `n` of an ordinary day.
fn activity(n: i64) -> Activity {
    Activity {
        time: START.plus(n / 10 * DAY + (8 + n % 10) * HOUR),
        credential: "ci".into(),
        id: Some(n.to_string()),
        action: Some(["s3:GetObject", "s3:PutObject", "kms:Decrypt"][n as usize % 3].into()),
        destination: Some(format!("arn:aws:s3:::app/{}", n % 9)),
        asn: Some(64_500),
        region: Some("eu-central-1".into()),
        bytes: Some(1_000 + n as u64 % 50),
        ..Activity::default()
    }
}

fn learned() -> Baseline {
    let mut baseline = Baseline::new(Config::default());
    for n in 0..300 {
        let activity = activity(n);
        if baseline.closing_due(&activity) {
            baseline.close_epoch(activity.time);
        }
        baseline.score(&activity).expect("scores");
    }
    baseline
}

fn score(times: u32) {
    let mut baseline = learned();
    // An activity may come again under another id: the same work each time.
    let mut next = activity(299);
    for n in 0..times {
        next.id = Some(format!("again-{n:06}"));
        black_box(baseline.score(black_box(&next)).is_ok());
    }
}

fn state_load(times: u32) {
    let saved = learned().save();
    for _ in 0..times {
        black_box(Baseline::load(black_box(&saved)).is_ok());
    }
}

fn command(cmd_id: &str, mut order: serde_json::Value) -> Command {
    order["cmd_id"] = json!(cmd_id);
    order["actor"] = json!("bench");
    order["credential"] = json!(ID);
    Command::from_json(&order, START).expect("the commands below are valid")
}

fn registered() -> State {
    let mut machine = Lifecycle::new(Policy::default()).expect("the default is valid");
    let register = command(
        "r",
        json!({"type": "Register", "kind": "api_key", "owners": [{"kind": "team", "id": "t"}], "workload": "w",
            "purpose": "deploy", "versions": [{"external_id": "k1"}]}),
    );
    machine.apply(&register, START).expect("registering is accepted");
    machine.state(ID).expect("it is registered").clone()
}

fn stamped(seq: u64, event: Event) -> Stamped {
    Stamped { seq, at: START, cmd_id: "s".into(), actor: "bench".into(), credential: ID.into(), event }
}

fn decide_evolve(times: u32) {
    let (state, policy) = (registered(), Policy::default());
    let suspend = command("s", json!({"type": "Suspend", "reason": "odd traffic"}));
    for _ in 0..times {
        let events = decide(black_box(&state), &suspend, START, &policy).expect("suspending is accepted");
        let mut after = state.clone();
        for (event, seq) in events.into_iter().zip(2..) {
            evolve(&mut after, &stamped(seq, event));
        }
        black_box(after);
    }
}

fn suspended() -> Event {
    let suspend = command("s", json!({"type": "Suspend", "reason": "odd traffic"}));
    let events = decide(&registered(), &suspend, START, &Policy::default());
    events.expect("suspending is accepted").swap_remove(0)
}

fn ledger_append(times: u32) {
    let (mut ledger, event) = (Ledger::new(), suspended());
    for _ in 0..times {
        black_box(ledger.append(stamped(0, event.clone())).is_ok());
        black_box(ledger.take());
    }
}

fn ledger_verify(times: u32) {
    let (mut ledger, event) = (Ledger::new(), suspended());
    for _ in 0..50 {
        ledger.append(stamped(0, event.clone())).expect("an entry");
    }
    for _ in 0..times {
        let verification = verify(black_box(ledger.to_jsonl().as_bytes()), Some(ledger.head()));
        assert!(verification.holds());
    }
}

fn authorize(times: u32) {
    let authorizer = Authorizer::new(authorize::Policy::default()).expect("the default is valid");
    let (state, score) = (registered(), learned().peek(&activity(301)).expect("scores"));
    let json =
        br#"{"subject": {"type": "workload", "id": "w", "properties": {"credential": "k1", "workload": "w"}},
        "action": {"name": "s3:GetObject"}, "resource": {"type": "bucket", "id": "app/7"},
        "context": {"purpose": "deploy"}}"#;
    for _ in 0..times {
        let request = Request::from_authzen(black_box(json), None).expect("the request is valid");
        black_box(authorizer.authorize(&request, Some(&state), Some(&score), START.plus(DAY)).is_ok());
    }
}
