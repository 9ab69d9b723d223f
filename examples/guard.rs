//! The embedder's main job: a request comes in; which credential, in what state, how unusual, may it pass?
//!
//! [`Gate::guard`] is what to copy. The rest of this file sets the scene: it mints tokens, puts them into an
//! inventory and a lifecycle, and lets the baseline see thirty days of ordinary calls. Nothing is read or written;
//! only the microseconds differ from run to run.

use std::{error::Error, sync::Arc, time::Instant};

use nhi_core::{
    Fingerprint, Pepper,
    authorize::{Authorizer, Decision, Outcome, Policy, Request},
    baseline::{Baseline, Config},
    classify::{Redactor, Scanner, mint},
    inventory::{Inventory, Snapshot},
    lifecycle::{Command, Lifecycle, verify},
    model::{Activity, Completeness, Credential, Fact, Observation, Plane, Provenance, Record},
    time::{DAY, HOUR, SECOND, Timestamp},
};

/// What a gateway holds.
struct Gate {
    scanner: Scanner,
    redactor: Redactor,
    inventory: Inventory,
    lifecycle: Lifecycle,
    baseline: Baseline,
    authorizer: Authorizer,
}

impl Gate {
    /// Decides on one request: its bytes, the network it came from, and the time.
    fn guard(&mut self, bytes: &[u8], asn: u32, now: Timestamp) -> Result<Decision, Box<dyn Error>> {
        let mut watch = Stopwatch::start();
        // Which credential? The scanner finds the secret, its fingerprint finds the record.
        let print = self.scanner.scan(bytes).into_iter().find_map(|finding| finding.fingerprint);
        let known = print.as_ref().and_then(|print| self.inventory.resolve(print.as_str()));
        let id = known.unwrap_or("unknown").to_string();
        watch.lap("credential", &id);
        // In what state?
        let state = self.lifecycle.state(&id);
        let version = state.and_then(|state| state.versions.iter().find(|v| v.fingerprint == print));
        watch.lap("state", version.map_or("none", |version| version.state_name()));
        // How unusual? A look only: what is refused must not be learned.
        let call = call(bytes, &id, asn, now).ok_or("no request line")?;
        let score = state.map(|_| self.baseline.peek(&call)).transpose()?;
        watch.lap("score", &score.as_ref().map_or("none".into(), |s| format!("{:.1}", s.score)));
        // May it pass?
        let request = request(&call, print);
        let decision = self.authorizer.authorize(&request, state, score.as_ref(), now)?;
        watch.lap("decision", &in_words(&decision));
        if decision.verdict() == Outcome::Allow {
            self.baseline.score(&call)?;
        }
        // What is logged, and what can be proved later.
        let line = self.redactor.redact(bytes);
        watch.lap("log", &String::from_utf8_lossy(&line).trim_end().replace("\r\n", " | "));
        let entry =
            self.lifecycle.ledger_mut().record(&id, &decision.id, "gateway", now, decision.event())?;
        watch.lap("ledger", &format!("entry {} {}", entry.stamped.seq, &entry.hash[..16]));
        Ok(decision)
    }
}

/// What the request does, in the words of a log record.
fn call(bytes: &[u8], credential: &str, asn: u32, time: Timestamp) -> Option<Activity> {
    let line = bytes.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    Some(Activity {
        time,
        credential: credential.into(),
        action: Some(format!("api:{}", words.next()?)),
        destination: Some(words.next()?.into()),
        purpose: header(bytes, "x-purpose"),
        asn: Some(asn),
        ..Activity::default()
    })
}

/// What is asked of the authorizer.
fn request(call: &Activity, fingerprint: Option<Fingerprint>) -> Request {
    Request {
        fingerprint,
        action: call.action.clone().unwrap_or_default(),
        destination: call.destination.clone(),
        purpose: call.purpose.clone(),
        ..Request::default()
    }
}

fn in_words(decision: &Decision) -> String {
    let why: Vec<_> = decision.reasons.iter().map(|because| because.reason.text.as_str()).collect();
    let colon = if why.is_empty() { "" } else { ": " };
    format!("{}{colon}{}", decision.outcome.as_str(), why.join("; "))
}

fn main() -> Result<(), Box<dyn Error>> {
    let live = mint("gitlab.personal-access-token", 7)?;
    let revoked = mint("gitlab.personal-access-token", 8)?;
    let now = Timestamp::parse_rfc3339("2026-11-02T10:15:00Z")?;
    let mut gate = set_up(&[("release-bot", &live), ("old-bot", &revoked)], now)?;
    let home = 64500;
    for (what, token, line, purpose, asn) in [
        ("the usual call", Some(&live), "GET /api/v4/projects/7/releases", "release", home),
        ("another purpose", Some(&live), "GET /api/v4/projects/7/releases", "reporting", home),
        (
            "stolen: a new network, another verb and place",
            Some(&live),
            "DELETE /api/v4/users",
            "release",
            64666,
        ),
        (
            "a key used after its revocation was ordered",
            Some(&revoked),
            "GET /api/v4/projects/7/releases",
            "release",
            home,
        ),
        ("no key at all", None, "GET /api/v4/projects/7/releases", "release", home),
    ] {
        println!("\n{what}");
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let bytes =
            format!("{line} HTTP/1.1\r\nHost: git.corp.example\r\nX-Purpose: {purpose}\r\n{token}\r\n");
        gate.guard(bytes.as_bytes(), asn, now)?;
    }
    let ledger = gate.lifecycle.ledger();
    let sound = verify(ledger.to_jsonl().as_bytes(), Some(ledger.head())).fault.is_none();
    println!("\nledger: {} entries, {}", ledger.head().seq, if sound { "chain verified" } else { "BROKEN" });
    Ok(())
}

/// An inventory and a lifecycle that know two keys, one of them revoked, and thirty days of ordinary calls.
fn set_up(keys: &[(&str, &str)], now: Timestamp) -> Result<Gate, Box<dyn Error>> {
    // A host draws its pepper at random, once, and keeps it.
    let pepper = Arc::new(Pepper::new([42; 32]));
    // Requests come from others: marks in them that ask not to be looked at count for nothing.
    let scanner = Scanner::builder().generic(false).ignore_marks(false).pepper(pepper.clone()).build();
    let mut lifecycle = Lifecycle::new(nhi_core::lifecycle::Policy::default())?;
    let mut observations = Vec::new();
    for (name, token) in keys {
        let id = format!("gitlab:corp/{name}/personal_token");
        let fingerprint = pepper.fingerprint(token.as_bytes());
        let mut order = |json: serde_json::Value| -> Result<(), Box<dyn Error>> {
            let command = Command::from_json(&json, now.plus(-31 * DAY))?;
            lifecycle.apply(&command, now.plus(-31 * DAY)).map_err(|refused| format!("{refused:?}"))?;
            Ok(())
        };
        order(serde_json::json!({"cmd_id": format!("register-{name}"), "actor": "setup", "credential": id,
            "type": "Register", "kind": "personal_token", "purpose": "release",
            "owners": [{"kind": "team", "id": "platform"}], "versions": [{"fingerprint": fingerprint}]}))?;
        if *name == "old-bot" {
            order(serde_json::json!({"cmd_id": "revoke", "actor": "ann", "credential": id,
                "type": "Revoke", "cause": "cessation"}))?;
        }
        let record = Credential {
            identity: name.to_string(),
            issuer: "gitlab:corp".into(),
            fingerprint: Some(fingerprint),
            created: Fact::Known(now.plus(-31 * DAY)),
            id,
            ..Credential::default()
        };
        let provenance = Provenance { source: "gitlab".into(), observed_at: now, place: None };
        observations.push(Observation { record: Record::Credential(Box::new(record)), provenance });
    }
    let mut inventory = Inventory::new();
    let (source, plane, completeness) = ("gitlab".into(), Plane::ControlPlane, Completeness::Full);
    inventory.observe(Snapshot { source, plane, taken_at: now, completeness, issuer: None }, observations);
    let mut baseline = Baseline::new(Config::default());
    for hour in (1..=30 * 24).rev().filter(|hour| (8..18).contains(&((34 - hour % 24) % 24))) {
        let activity = Activity {
            id: Some(hour.to_string()),
            time: now.plus(-hour * HOUR + hour % 7 * 40 * SECOND),
            credential: "gitlab:corp/release-bot/personal_token".into(),
            action: Some("api:GET".into()),
            destination: Some("/api/v4/projects/7/releases".into()),
            purpose: Some("release".into()),
            asn: Some(64500),
            ..Activity::default()
        };
        if baseline.closing_due(&activity) {
            baseline.close_epoch(activity.time);
        }
        baseline.score(&activity)?;
    }
    baseline.close_epoch(now);
    let redactor = Redactor::new(scanner.clone());
    Ok(Gate {
        scanner,
        redactor,
        inventory,
        lifecycle,
        baseline,
        authorizer: Authorizer::new(Policy::default())?,
    })
}

/// The value of a header.
fn header(bytes: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut fields = text.split("\r\n").filter_map(|line| line.split_once(": "));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_string())
}

/// Prints each stage with the microseconds since the one before; printing is not counted.
struct Stopwatch(Instant);

impl Stopwatch {
    fn start() -> Self {
        Stopwatch(Instant::now())
    }

    fn lap(&mut self, stage: &str, text: &str) {
        let micros = self.0.elapsed().as_secs_f64() * 1e6;
        println!("  {stage:<10} {micros:>6.1} us  {text}");
        self.0 = Instant::now();
    }
}
