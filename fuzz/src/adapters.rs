//! Exports and logs through every adapter, and what was read through the inventory.

use std::sync::LazyLock;

use nhi_core::{
    Pepper,
    adapters::{Input, detect, ids, parse},
    inventory::{Inventory, Snapshot},
    limits,
    model::{Completeness, Item, Observation},
    time::Timestamp,
};

use crate::{Target, joined, seeds, split};

/// The target.
pub const TARGET: Target = Target { seeds: inputs, words: seeds::export_words };

const READ_AT: Timestamp = Timestamp::from_millis(1_780_000_000_000);
static IDS: LazyLock<Vec<&str>> = LazyLock::new(|| ids().collect());
static PEPPER: LazyLock<Pepper> = LazyLock::new(|| Pepper::new([3; 32]));

/// Runs one input: the first byte chooses the adapter, 0 leaves it to detection.
pub fn run(data: &[u8]) {
    let (which, bytes) = split(data);
    let detected = detect("input", bytes);
    assert!(detected.windows(2).all(|two| two[0].confidence >= two[1].confidence), "best first");
    assert!(detected.iter().all(|d| (1..=100).contains(&d.confidence) && IDS.contains(&&*d.adapter)));
    let adapter = usize::from(which).checked_sub(1).map(|i| IDS[i % IDS.len()]);
    let input = Input { name: "input", bytes, read_at: READ_AT, pepper: Some(&PEPPER), adapter };
    let parsed = match parse(&input) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!(matches!(error.code(), "unreadable" | "input_too_large"), "{error}");
            return;
        }
    };
    match adapter {
        Some(id) => assert_eq!(parsed.adapter, id),
        None => assert_eq!(parsed.adapter, detected[0].adapter),
    }
    assert!(parsed.problems.len() <= limits::PROBLEMS + 1);
    assert_eq!(parse(&input).as_ref(), Ok(&parsed), "the same bytes give the same");
    // A mark before the text changes nothing.
    let marked = [b"\xef\xbb\xbf", bytes].concat();
    if !bytes.starts_with(b"\xef\xbb\xbf") && adapter.is_some() {
        assert_eq!(parse(&Input { bytes: &marked, ..input }).as_ref(), Ok(&parsed));
    }
    reconciled(parsed);
}

/// What was read joins without a contradiction of our own.
fn reconciled(parsed: nhi_core::adapters::Parsed) {
    let observations: Vec<Observation> = parsed
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Observation(observation) => Some((**observation).clone()),
            _ => None,
        })
        .collect();
    for observation in &observations {
        let json = serde_json::to_string(&observation.record).expect("a record is data");
        let again = serde_json::from_str(&json);
        assert_eq!(again.ok().as_ref(), Some(&observation.record), "a record survives its JSON: {json}");
    }
    let activities: Vec<_> = parsed
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Activity(activity) => Some(&**activity),
            _ => None,
        })
        .collect();
    for activity in &activities {
        let json = serde_json::to_string(activity).expect("an activity is data");
        assert_eq!(serde_json::from_str(&json).ok().as_ref(), Some(*activity), "{json}");
    }
    let mut inventory = Inventory::new();
    let snapshot = Snapshot {
        source: parsed.adapter.into(),
        plane: parsed.plane,
        taken_at: parsed.taken_at.unwrap_or(READ_AT),
        completeness: Completeness::Full,
        issuer: parsed.issuer,
    };
    inventory.observe(snapshot, observations);
    inventory.observe_activities(activities);
    for entry in inventory.credentials() {
        let id = &entry.record.id;
        assert_eq!(
            inventory.credential(id).map(|found| &found.record.id),
            Some(id),
            "an id finds its record"
        );
    }
    let _ = (inventory.drift(READ_AT), inventory.plan(READ_AT));
}

fn inputs() -> Vec<Vec<u8>> {
    let mut out = vec![Vec::new()];
    for (id, text) in seeds::exports() {
        let at = ids().position(|known| known == id).expect("the seeds name adapters that exist");
        out.push(joined(0, text.as_bytes()));
        out.push(joined(at as u8 + 1, text.as_bytes()));
    }
    for at in 0..ids().count() {
        out.push(joined(at as u8 + 1, b"{\"a\": [1, null]}\n"));
    }
    out
}
