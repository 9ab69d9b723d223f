//! Checking a ledger that comes from elsewhere: every byte of a line is meant, or the line is refused.

use alloc::{
    format,
    string::{String, ToString},
};
use core::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Checkpoint, ledger};
use crate::canonical;

/// What is wrong with a ledger, and where it shows first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Line, from 1.
    pub line: u64,
    /// The number that the entry has, or should have.
    pub seq: u64,
    /// `changed`, `missing`, `reordered`, `truncated`, `not_canonical`, `unknown_version`, `cut`, `rewritten`.
    pub code: String,
    /// A sentence.
    pub text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, entry {}: {}: {}", self.line, self.seq, self.code, self.text)
    }
}

/// What a check of a ledger gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// Entries that hold, from the first.
    pub entries: u64,
    /// The last of them.
    pub head: Checkpoint,
    /// The first thing that is wrong; `None`: nothing.
    pub fault: Option<Fault>,
    /// Whether the end was compared with a checkpoint. Without one a cut tail does not show.
    pub anchored: bool,
}

impl Verification {
    /// Whether nothing is wrong, as far as it shows (see [`anchored`](Self::anchored)).
    pub fn holds(&self) -> bool {
        self.fault.is_none()
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Some(fault) => write!(f, "{fault}"),
            None if self.anchored => write!(f, "{} entries hold, the tail is anchored", self.entries),
            None => write!(f, "{} entries hold, tail not anchored", self.entries),
        }
    }
}

/// Checks a ledger from its first entry: form, numbers, hashes and links; with a checkpoint also that nothing up to
/// it was rewritten or cut.
///
/// # Cost
/// Linear in the bytes, one line in memory at a time.
///
/// ```
/// use nhi_core::lifecycle::verify;
/// assert_eq!(verify(b"", None).to_string(), "0 entries hold, tail not anchored");
/// ```
pub fn verify(bytes: &[u8], checkpoint: Option<&Checkpoint>) -> Verification {
    verify_each(bytes, checkpoint, |_| {})
}

/// As [`verify`], handing on the hash of each entry that holds, in order.
pub(super) fn verify_each(
    bytes: &[u8],
    checkpoint: Option<&Checkpoint>,
    mut each: impl FnMut(&str),
) -> Verification {
    let mut head = Checkpoint::default();
    let mut line_number = 0;
    let mut fault = None;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        line_number += 1;
        let expected = head.seq.saturating_add(1);
        let fail = |seq: u64, code: &str, text: String| {
            Some(Fault { line: line_number, seq, code: code.into(), text })
        };
        let Some(line) = line.strip_suffix(b"\n") else {
            fault = fail(expected, "truncated", "the last line has no line feed".into());
            break;
        };
        match check_line(line, expected, &head.hash) {
            Ok(hash) => {
                each(&hash);
                head = Checkpoint { seq: expected, hash };
            }
            Err((seq, code, text)) => {
                fault = fail(seq, code, text);
                break;
            }
        }
        if let Some(checkpoint) = checkpoint
            && checkpoint.seq == head.seq
            && checkpoint.hash != head.hash
        {
            fault = fail(head.seq, "rewritten", "it is not the entry of the checkpoint".into());
            break;
        }
    }
    if fault.is_none()
        && let Some(checkpoint) = checkpoint
        && checkpoint.seq > head.seq
    {
        fault = Some(Fault {
            line: line_number + 1,
            seq: head.seq.saturating_add(1),
            code: "cut".into(),
            text: format!("it ends at {}, the checkpoint is at {}", head.seq, checkpoint.seq),
        });
    }
    Verification { entries: head.seq, head, fault, anchored: checkpoint.is_some() }
}

/// The hash of a line that holds, or what is wrong with it.
fn check_line(line: &[u8], expected: u64, prev: &str) -> Result<String, (u64, &'static str, String)> {
    let bad = |code, text: &str| (expected, code, text.to_string());
    let text = core::str::from_utf8(line).map_err(|_| bad("changed", "not UTF-8"))?;
    let value: Value = serde_json::from_str(text).map_err(|_| bad("changed", "not JSON"))?;
    let Value::Object(mut map) = value else { return Err(bad("changed", "not an object")) };
    match map.get("v").and_then(Value::as_i64) {
        Some(ledger::VERSION) => {}
        Some(other) => {
            let text = format!("format {other}, this build reads {}", ledger::VERSION);
            return Err((expected, "unknown_version", text));
        }
        None => return Err(bad("changed", "v: missing")),
    }
    const FIELDS: [&str; 9] =
        ["actor", "at", "cmd_id", "credential", "event", "hash", "prev_hash", "seq", "v"];
    if let Some(name) = FIELDS.iter().find(|name| !map.contains_key(**name)) {
        return Err((expected, "changed", format!("{name}: missing")));
    }
    if map.len() != FIELDS.len() {
        return Err(bad("changed", "it has fields that do not belong there"));
    }
    let Some(seq) = map.get("seq").and_then(Value::as_u64) else {
        return Err(bad("changed", "seq: expected a number"));
    };
    let canonical_form = |map: &serde_json::Map<String, Value>| {
        canonical::to_string(&Value::Object(map.clone())).map_err(|e| (seq, "not_canonical", e.to_string()))
    };
    if canonical_form(&map)? != text {
        return Err((seq, "not_canonical", "the line is not in RFC 8785 form".into()));
    }
    let stated = map.remove("hash");
    let hash = ledger::sha256([canonical_form(&map)?.as_bytes()]);
    if stated.as_ref().and_then(Value::as_str) != Some(&hash) {
        return Err((seq, "changed", "the hash does not belong to the entry".into()));
    }
    if seq > expected {
        return Err((expected, "missing", format!("entry {seq} stands where {expected} should")));
    }
    if seq < expected {
        return Err((seq, "reordered", format!("entry {seq} stands where {expected} should")));
    }
    if map.get("prev_hash").and_then(Value::as_str) != Some(prev) {
        return Err((seq, "changed", "its prev_hash is not the hash of the entry before".into()));
    }
    Ok(hash)
}
