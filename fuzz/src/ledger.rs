//! Ledgers: arbitrary lines, changed events in a chain that is sealed again, and what commands write.

use nhi_core::{
    canonical,
    lifecycle::{Command, Lifecycle, Policy, Stamped, invariants, read, replay, verify},
    time::{DAY, Timestamp},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Choices, Target, joined, seeds::COMMANDS, split};

/// The target.
pub const TARGET: Target = Target { seeds, words };

/// What the first byte says of the rest.
const RAW: u8 = 0;
const SEALED: u8 = 1;
const COMMANDED: u8 = 2;
const START: i64 = 1_767_571_200_000;

/// Runs one input.
pub fn run(data: &[u8]) {
    let (kind, rest) = split(data);
    let choices = &mut Choices::of(data);
    match kind % 3 {
        RAW => agree(rest),
        SEALED => {
            let chain = sealed(rest);
            let verification = verify(&chain, None);
            assert!(verification.holds(), "a chain sealed by the rules holds: {verification}");
            agree(&chain);
            if let Ok(machine) = Lifecycle::resume(Policy::default(), &chain) {
                go_on(machine, &chain, b"", choices);
            }
        }
        _ => {
            let machine = Lifecycle::new(Policy::default()).expect("the default is valid");
            go_on(machine, b"", rest, choices);
        }
    }
}

/// Verify, read, replay and resume say the same of the same bytes.
fn agree(bytes: &[u8]) {
    let verification = verify(bytes, None);
    let lines = bytes.split_inclusive(|b| *b == b'\n').count() as u64;
    assert!(verification.entries <= lines);
    assert_eq!(verification.holds(), verification.entries == lines);
    assert_eq!(verification.head.seq, verification.entries);
    let events = read(bytes);
    if events.is_ok() {
        assert!(verification.holds(), "only what holds is read");
    }
    let states = replay(bytes);
    assert_eq!(states.is_ok(), events.is_ok());
    let resumed = Lifecycle::resume(Policy::default(), bytes);
    assert_eq!(resumed.is_ok(), states.is_ok());
    if let (Ok(resumed), Ok(states)) = (resumed, states) {
        assert_eq!(resumed.states(), &states);
        assert_eq!(resumed.ledger().head(), &verification.head);
        let _ = (resumed.outstanding(), resumed.next_deadline());
    }
}

/// Applies commands, one a line and some time apart, and checks what was written.
fn go_on(mut machine: Lifecycle, before: &[u8], commands: &[u8], choices: &mut Choices) {
    let from_nothing = before.is_empty();
    let policy = machine.policy().clone();
    let mut now = Timestamp::from_millis(START);
    let lines = commands.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    for value in lines.take(64).chain([json!({})]) {
        now = now.plus([0, 1_000, DAY / 4, DAY, 40 * DAY, -DAY][choices.below(6)]);
        let old = machine.states().clone();
        match Command::from_json(&value, now) {
            Ok(command) => {
                let _ = machine.apply(&command, now);
                // A repeat adds nothing.
                let seq = machine.ledger().head().seq;
                if machine.apply(&command, now).is_ok_and(|again| again.already) {
                    assert_eq!(machine.ledger().head().seq, seq);
                }
            }
            Err(error) => {
                assert!(!error.code().is_empty());
                machine.tick(now);
            }
        }
        // What a foreign ledger says needs not be what our guards would have let through.
        for state in machine.states().values().filter(|_| from_nothing) {
            let at = now.max(state.clock);
            let broken = invariants::check(state, at, &policy);
            assert!(broken.is_empty(), "{broken:?}");
            if let Some(old) = old.get(&state.id) {
                let broken = invariants::check_step(old, state, at);
                assert!(broken.is_empty(), "{broken:?}");
            }
        }
    }
    if let Some(deadline) = machine.next_deadline() {
        machine.tick(deadline);
    }
    let _ = machine.outstanding();
    let head = machine.ledger().head().clone();
    let mut all = [before, machine.ledger().to_jsonl().as_bytes()].concat();
    let verification = verify(&all, Some(&head));
    assert!(verification.holds() && verification.anchored, "{verification}");
    assert_eq!(verification.head, head);
    assert_eq!(&replay(&all).expect("what we wrote is read"), machine.states());
    if all.is_empty() {
        return;
    }
    // A changed byte, a line less, a cut: each shows.
    let at = choices.below(all.len());
    all[at] ^= 1 << choices.below(8);
    assert!(!verify(&all, Some(&head)).holds(), "a changed byte shows");
    all.truncate(at);
    assert!(!verify(&all, Some(&head)).holds(), "a cut shows");
}

/// Entries (a JSON object a line, without numbers and hashes) as a chain that holds.
fn sealed(lines: &[u8]) -> Vec<u8> {
    let (mut out, mut prev, mut seq) = (Vec::new(), "0".repeat(64), 1);
    for line in lines.split(|b| *b == b'\n') {
        let Ok(Value::Object(given)) = serde_json::from_slice(line) else { continue };
        let field = |name: &str| given.get(name).cloned().unwrap_or_else(|| json!("x"));
        let mut entry = json!({
            "v": 1, "seq": seq, "prev_hash": prev, "at": field("at"), "cmd_id": field("cmd_id"),
            "actor": field("actor"), "credential": field("credential"), "event": field("event"),
        });
        let Ok(body) = canonical::to_string(&entry) else { continue };
        prev = Sha256::digest(body.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        entry["hash"] = json!(prev);
        let Ok(line) = canonical::to_string(&entry) else { continue };
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
        seq += 1;
    }
    out
}

fn seeds() -> Vec<Vec<u8>> {
    let mut out = vec![Vec::new()];
    for commands in COMMANDS {
        let commands = commands.trim().as_bytes();
        out.push(joined(COMMANDED, commands));
        let mut machine = Lifecycle::new(Policy::default()).expect("the default is valid");
        let mut now = Timestamp::from_millis(START);
        for line in commands.split(|b| *b == b'\n') {
            let Ok(value) = serde_json::from_slice::<Value>(line) else { continue };
            now = now.plus(60_000);
            let command = Command::from_json(&value, now).expect("the commands of the seeds are valid");
            let _ = machine.apply(&command, now);
        }
        let ledger = machine.ledger().to_jsonl().as_bytes();
        out.push(joined(RAW, ledger));
        let entries = read(ledger).unwrap_or_default();
        let lines: Vec<String> = entries.iter().map(entry).collect();
        out.push(joined(SEALED, lines.join("\n").as_bytes()));
    }
    out
}

/// What [`sealed`] reads.
fn entry(stamped: &Stamped) -> String {
    let Stamped { at, cmd_id, actor, credential, event, .. } = stamped;
    json!({"at": at, "cmd_id": cmd_id, "actor": actor, "credential": credential, "event": event}).to_string()
}

fn words() -> Vec<String> {
    let mut out: Vec<String> =
        ["\n", "{\"", "\":", "\"v1\"", "\"v2\"", "null", "true", "9007199254740991", "-1"]
            .map(String::from)
            .to_vec();
    let text = COMMANDS.concat();
    out.extend(text.split('"').filter(|word| word.len() > 2 && word.len() < 30).map(String::from));
    let events = seeds().concat();
    let events = String::from_utf8_lossy(&events);
    out.extend(events.split('"').filter(|w| (3..30).contains(&w.len()) && w.is_ascii()).map(String::from));
    out.sort();
    out.dedup();
    out
}
