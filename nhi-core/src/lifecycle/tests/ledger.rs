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
