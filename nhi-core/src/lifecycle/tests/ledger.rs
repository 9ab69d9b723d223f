use super::*;

fn ledger() -> (Lifecycle, String) {
    let mut s = Story::active();
    s.rotate();
    s.wait(40 * DAY);
    s.ok(json!({"type": "ReportCompromise", "confidence": 900, "source": "scan \"é\" \u{1f600}"}));
    let text = s.machine.ledger().to_jsonl().to_string();
    (s.machine, text)
}

#[test]
fn replay_gives_the_states_byte_for_byte() {
    let (machine, text) = ledger();
    let replayed = replay(text.as_bytes()).unwrap();
    assert_eq!(serde_json::to_vec(&replayed).unwrap(), serde_json::to_vec(machine.states()).unwrap());
    let resumed = Lifecycle::resume(Policy::default(), text.as_bytes()).unwrap();
    assert_eq!(resumed.next_deadline(), machine.next_deadline());
    assert_eq!(resumed.ledger().head(), machine.ledger().head());
}

#[test]
fn every_line_is_canonical_and_chained() {
    let (machine, text) = ledger();
    let first = text.lines().next().unwrap();
    let keys: Vec<&str> = [
        "\"actor\"",
        "\"at\"",
        "\"cmd_id\"",
        "\"credential\"",
        "\"event\"",
        "\"hash\"",
        "\"prev_hash\"",
        "\"seq\"",
        "\"v\"",
    ]
    .to_vec();
    let places: Vec<usize> = keys.iter().map(|k| first.find(k).unwrap()).collect();
    assert!(places.is_sorted());
    assert!(first.contains("\"at\":\"2026-03-01T00:00:00.000Z\""));
    assert!(first.contains(&"0".repeat(64)));
    let verification = verify(text.as_bytes(), Some(machine.ledger().head()));
    assert!(verification.holds() && verification.anchored);
    assert!(verify(text.as_bytes(), None).to_string().ends_with("tail not anchored"));
}

#[test]
fn any_changed_byte_is_found_in_its_line() {
    let (_, text) = ledger();
    let mut line = 1;
    for i in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[i] ^= 1;
        let fault = verify(&bytes, None).fault.unwrap_or_else(|| panic!("byte {i}"));
        assert!(fault.line == line, "byte {i}: {fault}");
        if text.as_bytes()[i] == b'\n' {
            line += 1;
        }
    }
}

#[test]
fn dropped_swapped_cut_and_unknown_entries_are_named() {
    let (machine, text) = ledger();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let code = |lines: &[&str], checkpoint: Option<&Checkpoint>| {
        verify(lines.concat().as_bytes(), checkpoint).fault.map(|f| (f.line, f.seq, f.code))
    };
    let mut dropped = lines.clone();
    dropped.remove(3);
    assert_eq!(code(&dropped, None), Some((4, 4, "missing".into())));
    let mut swapped = lines.clone();
    swapped.swap(2, 3);
    assert_eq!(code(&swapped, None), Some((3, 3, "missing".into())));
    let mut twice = lines.clone();
    twice.insert(3, lines[2]);
    assert_eq!(code(&twice, None), Some((4, 3, "reordered".into())));
    let cut = &lines[..lines.len() - 1];
    assert_eq!(code(cut, None), None);
    let found = code(cut, Some(machine.ledger().head())).unwrap();
    assert_eq!((found.1, found.2.as_str()), (lines.len() as u64, "cut"));
    let half = &text[..text.len() - 1];
    assert_eq!(verify(half.as_bytes(), None).fault.unwrap().code, "truncated");
    let newer = lines[0].replace("\"v\":1", "\"v\":2");
    assert_eq!(verify(newer.as_bytes(), None).fault.unwrap().code, "unknown_version");
    assert!(replay(newer.as_bytes()).is_err());
    let other = Checkpoint { seq: 2, hash: "f".repeat(64) };
    assert_eq!(code(&lines, Some(&other)), Some((2, 2, "rewritten".into())));
}

#[test]
fn decisions_are_entries_and_change_no_state() {
    let (mut machine, _) = ledger();
    let before = machine.state("c").unwrap().clone();
    let decided = Event::Decided {
        outcome: "deny".into(),
        would_have: None,
        score_thousandths: Some(4200),
        reasons: ["revoked".into()].into(),
        request: Some("r1".into()),
        action: None,
        destination: None,
    };
    let at = before.clock;
    let entry = machine.ledger_mut().record("c", "r1", "gateway", at, decided).unwrap();
    assert!(entry.line.contains("\"type\":\"Decided\"") && entry.line.contains("\"score_thousandths\":4200"));
    assert!(machine.ledger_mut().record("c", "r2", "g", at, Event::Unblocked {}).is_err());
    let text = machine.ledger().to_jsonl();
    assert_eq!(replay(text.as_bytes()).unwrap()["c"], before);
}

#[test]
fn as_of_gives_what_was_known_then() {
    let mut s = Story::active();
    let known = |s: &Story| serde_json::to_vec(s.machine.states()).unwrap();
    let mut then = Vec::new();
    for purpose in ["one", "two", "three"] {
        s.wait(HOUR);
        s.ok(json!({"type": "AssignPurpose", "purpose": purpose}));
        then.push((s.now, known(&s)));
    }
    let text = s.machine.ledger().to_jsonl();
    for (at, state) in &then {
        assert_eq!(&serde_json::to_vec(&as_of(text.as_bytes(), *at).unwrap()).unwrap(), state);
        assert_ne!(&serde_json::to_vec(&as_of(text.as_bytes(), at.plus(-1)).unwrap()).unwrap(), state);
    }
    assert!(as_of(text.as_bytes(), Timestamp::MIN).unwrap().is_empty());
    assert_eq!(as_of(&text.as_bytes()[1..], Timestamp::MAX).unwrap_err().code(), "unreadable");
}

#[test]
fn every_entry_of_a_ledger_of_any_length_is_proved_under_its_root_and_under_no_other() {
    let (_, text) = ledger();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut roots = BTreeSet::new();
    for size in 1..=lines.len() {
        let part = lines[..size].concat();
        let root = root(part.as_bytes()).unwrap();
        assert!(roots.insert(root.clone()), "each length has its own root");
        for seq in 1..=size as u64 {
            let proof = prove(part.as_bytes(), seq).unwrap();
            assert!(proof.holds(&root), "{seq} of {size}");
            assert!(proof.path.len() <= size.next_power_of_two().ilog2() as usize);
            assert!(roots.iter().filter(|other| **other != root).all(|other| !proof.holds(other)));
            let elsewhere = Proof { seq: seq % size as u64 + 1, ..proof.clone() };
            assert!(size == 1 || !elsewhere.holds(&root), "{seq} of {size} in another place");
            for i in 0..proof.path.len() {
                let mut changed = proof.clone();
                changed.path[i] = changed.path[i].replace(['0', '1', '2', '3'], "f");
                assert!(!changed.holds(&root));
                changed.path[i] = "short".into();
                assert!(!changed.holds(&root));
            }
        }
        for none in [0, size as u64 + 1, u64::MAX] {
            assert_eq!(prove(part.as_bytes(), none).unwrap_err().code(), "invalid_argument");
        }
    }
    // The tree of nothing: RFC 9162, section 2.1.1.
    assert_eq!(root(b"").unwrap(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert!(!Proof { seq: 1, size: 0, hash: "0".repeat(64), path: Vec::new() }.holds(""));
}
