//! Ledgers and what the core says of each, for the tests of the verifiers in other languages (`cargo xtask verify`).
//!
//! `verify-cases LEDGER.jsonl` writes a case a line: `{"name", "ledger" (hex), "checkpoint", "entries", "line", "code",
//! "anchored"}`; `line` and `code` are null if the ledger holds.

use std::error::Error;
use std::io::Write;

use nhi_core::lifecycle::{Checkpoint, verify};

/// Entries of which single bytes are changed, and how many changes.
const LINES: usize = 6;
const CHANGES: u64 = 600;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: verify-cases LEDGER.jsonl")?;
    let good = std::fs::read(&path)?;
    let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.len() < 20 {
        return Err(format!("{path}: {} entries are too few to say much", lines.len()).into());
    }
    let head = verify(&good, None).head;
    let with = |change: &dyn Fn(&mut Vec<&[u8]>)| {
        let mut changed = lines.clone();
        change(&mut changed);
        changed.concat()
    };
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().concat();
    let mut cases = vec![
        ("good", good.clone()),
        ("empty", Vec::new()),
        ("swapped", with(&|lines| lines.swap(7, 8))),
        ("dropped", without(7)),
        ("dropped first", without(0)),
        ("repeated", with(&|lines| lines.insert(7, lines[6]))),
        ("cut", with(&|lines| lines.truncate(lines.len() - 3))),
        ("cut within a line", good[..good.len() - 9].to_vec()),
        ("cut before the line feed", good[..good.len() - 1].to_vec()),
        ("an empty line", with(&|lines| lines.insert(3, b"\n"))),
        ("a space", with(&|lines| lines.insert(3, b" \n"))),
        ("null", with(&|lines| lines.insert(3, b"null\n"))),
        ("another version", with(&|lines| lines.insert(3, b"{\"v\":2}\n"))),
        ("no UTF-8", with(&|lines| lines.insert(3, b"\xff\n"))),
    ];
    let few = lines[..LINES].concat();
    // A linear congruential generator: the same changes each time.
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..CHANGES {
        let mut changed = few.clone();
        changed[draw(few.len())] ^= 1 << draw(8);
        cases.push(("one bit changed", changed));
    }
    let mut out = std::io::stdout().lock();
    let zeros = Checkpoint { hash: "0".repeat(64), ..head.clone() };
    for (name, ledger) in &cases {
        for checkpoint in [None, Some(&head), Some(&zeros)] {
            let told = verify(ledger, checkpoint);
            let hex: String = ledger.iter().map(|byte| format!("{byte:02x}")).collect();
            let (line, code) = told.fault.as_ref().map(|fault| (fault.line, &fault.code)).unzip();
            let case = serde_json::json!({"name": name, "ledger": hex, "checkpoint": checkpoint, "line": line,
                "code": code, "entries": told.entries, "anchored": told.anchored});
            writeln!(out, "{case}")?;
            if *name == "one bit changed" {
                break;
            }
        }
    }
    Ok(())
}
