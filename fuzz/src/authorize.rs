//! AuthZEN requests from anybody: read, decided on, written to a ledger and replayed.

use std::sync::LazyLock;

use nhi_core::{
    Pepper,
    authorize::{Authorizer, Decision, Policy, Replay, Request},
    lifecycle::{self, Command, Ledger, Lifecycle},
    model::{Band, Score, Trust},
    time::{HOUR, Timestamp},
};
use serde_json::Value;

use crate::{Choices, Target, joined, seeds::COMMANDS, split};

/// The target.
pub const TARGET: Target = Target { seeds, words };

const NOW: Timestamp = Timestamp::from_millis(1_767_571_200_000);

static PEPPER: LazyLock<Pepper> = LazyLock::new(|| Pepper::new([3; 32]));
/// Credentials in every state that the stories of the seeds reach.
static MACHINE: LazyLock<Lifecycle> = LazyLock::new(|| {
    let mut machine = Lifecycle::new(lifecycle::Policy::default()).expect("the default is valid");
    let mut now = NOW;
    for line in COMMANDS.iter().flat_map(|story| story.trim().lines()) {
        now = now.plus(1_000);
        let value: Value = serde_json::from_str(line).expect("the seeds are JSON");
        let command = Command::from_json(&value, now).expect("the seeds are commands");
        let _ = machine.apply(&command, now);
    }
    machine
});

/// Runs one input: the first byte chooses state, score, policy and time.
pub fn run(data: &[u8]) {
    let (bits, json) = split(data);
    let choices = &mut Choices::of(data);
    let request = match Request::from_authzen(json, Some(&PEPPER)) {
        Ok(request) => request,
        Err(error) => {
            assert!(
                matches!(error.code(), "invalid_argument" | "invalid_json" | "input_too_large"),
                "{error}"
            );
            return;
        }
    };
    no_token(json, &request);
    let policy = if bits & 1 == 0 { Policy::default() } else { Policy::observing() };
    let authorizer = Authorizer::new(policy).expect("the policies are valid");
    let states: Vec<_> = MACHINE.states().values().collect();
    let state = (bits & 2 != 0).then(|| states[choices.below(states.len())]);
    let score = (bits & 4 != 0).then(|| Score {
        subject: "/c".into(),
        time: NOW,
        score: choices.below(120_000) as f64 / 1000.0,
        alert: bits & 8 != 0,
        band: [Band::None, Band::Notable, Band::Severe][choices.below(3)],
        trust: [Trust::Ok, Trust::Learning, Trust::Shared, Trust::Stale][choices.below(4)],
        flags: Vec::new(),
        reasons: Vec::new(),
    });
    let now = NOW.plus([0, HOUR, -HOUR, i64::MAX, i64::MIN][choices.below(5)]);
    let decision = match authorizer.authorize(&request, state, score.as_ref(), now) {
        Ok(decision) => decision,
        Err(error) => {
            assert!(
                matches!(error.code(), "invalid_argument" | "input_too_large" | "not_canonical"),
                "{error}"
            );
            return;
        }
    };
    assert_eq!(authorizer.replay(&decision), Replay::Same);
    assert!(bits & 1 == 0 || decision.allowed(), "who only observes denies nothing");
    assert_eq!(
        decision.verdict(),
        decision.reasons.iter().map(|r| r.asks).max().unwrap_or(nhi_core::authorize::Outcome::Allow)
    );
    let text = serde_json::to_string(&decision).expect("a decision is data");
    let again: Decision = serde_json::from_str(&text).expect("and is read back");
    assert_eq!(again, decision);
    let answer = decision.to_authzen();
    assert_eq!(answer.get("decision").and_then(Value::as_bool), Some(decision.allowed()));
    let mut ledger = Ledger::new();
    ledger.record("c", &decision.id, "gateway", NOW, decision.event()).expect("a decision is an entry");
    assert!(lifecycle::verify(ledger.to_jsonl().as_bytes(), Some(ledger.head())).holds());
    assert!(lifecycle::replay(ledger.to_jsonl().as_bytes()).is_ok_and(|states| states.is_empty()));
}

/// A raw token of the input is nowhere in the request, if it stood in the input only once.
fn no_token(json: &[u8], request: &Request) {
    let Ok(body) = serde_json::from_slice::<Value>(json) else { return };
    let token = body.pointer("/subject/properties/token").and_then(Value::as_str).unwrap_or_default();
    let once = json.windows(token.len().max(1)).filter(|w| *w == token.as_bytes()).count() == 1;
    if token.len() >= 12 && once {
        assert!(!format!("{request:?}").contains(token), "a token stays");
        assert_eq!(request.fingerprint.as_ref(), Some(&PEPPER.fingerprint(token.as_bytes())));
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let token = nhi_core::classify::mint("gitlab.personal-access-token", 7).unwrap_or_default();
    let print = PEPPER.fingerprint(token.as_bytes());
    let texts = [
        r#"{"subject":{"type":"workload","id":"billing"},"action":{"name":"s3:GetObject"},"resource":{"type":"bucket","id":"invoices"}}"#.into(),
        format!(r#"{{"subject":{{"type":"token","id":"{token}"}},"action":{{"name":"api:GET"}},"resource":{{"type":"url","id":"https://u@x.test/a?b#c"}}}}"#),
        format!(r#"{{"subject":{{"type":"workload","id":"w","properties":{{"token":"{token}","workload":"w","on_behalf_of":["ann"],"proofs":[{{"kind":"mtls","thumbprint":"ab"}},{{"kind":"spiffe","id":"spiffe://x/y"}}]}}}},"action":{{"name":"s3:PutObject"}},"resource":{{"type":"bucket","id":"b","properties":{{"environment":"prod"}}}},"context":{{"purpose":"deploy","task":"t1","lease":"l1","not_before":"2026-01-01T00:00:00Z","not_after":"2026-02-01T00:00:00Z","approvals":[{{"by":"bob","ref":"T-1"}}]}}}}"#),
        format!(r#"{{"subject":{{"type":"credential","id":"aws:1/ci/api_key","properties":{{"fingerprint":"{print}","generation":3}}}},"action":{{"name":"iam:CreateUser"}},"resource":{{"type":"account","id":"1"}}}}"#),
    ];
    texts
        .iter()
        .enumerate()
        .flat_map(|(i, text): (usize, &String)| {
            [joined(i as u8, text.as_bytes()), joined(15 - i as u8, text.as_bytes())]
        })
        .collect()
}

fn words() -> Vec<String> {
    let text = String::from_utf8_lossy(&seeds().concat()).into_owned();
    let mut out: Vec<String> =
        text.split('"').filter(|w| (2..40).contains(&w.len()) && w.is_ascii()).map(String::from).collect();
    out.extend(
        ["dpop", "oidc", "jkt", "issuer", "subject", "-1", "1e99", "null", "9007199254740993"]
            .map(String::from),
    );
    out.sort();
    out.dedup();
    out
}
