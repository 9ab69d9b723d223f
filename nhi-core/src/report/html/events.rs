//! A ledger entry in words: what happened, then what it happened to.

use alloc::{format, string::String};

use serde_json::Value;

use super::page::minute;
use crate::{lifecycle::Event, time::Timestamp};

/// Fields told after what happened, in this order, with the words before them.
const FIELDS: &[(&str, &str)] = &[
    ("version", ""),
    ("old", "replaces"),
    ("owner", ""),
    ("lease", ""),
    ("task", "for"),
    ("consumer", ""),
    ("consumers", "used by"),
    ("purpose", "purpose:"),
    ("workload", "workload:"),
    ("outcome", ""),
    ("kind", ""),
    ("action", ""),
    ("wanted", "wanted:"),
    ("braked", "held back:"),
    ("cause", "because of"),
    ("because", "because of"),
    ("reason", ""),
    ("reasons", ""),
    ("what", ""),
    ("evidence", ""),
    ("error", ""),
    ("use", "used"),
    ("used_at", "used"),
    ("until", "until"),
    ("end", "until"),
    ("not_after", "ends"),
    ("deadline", "due"),
    ("retry_at", "again at"),
    ("approved_by", "approved by"),
    ("source", "says"),
];

/// `revoke ordered: v1, because of compromise`.
pub(super) fn sentence(event: &Event) -> String {
    // An event is plain data with string keys.
    let value = serde_json::to_value(event).unwrap_or_default();
    let name = value.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(c.to_lowercase());
    }
    let mut between = ": ";
    for (field, word) in FIELDS {
        let Some(told) = value.get(field).and_then(told) else { continue };
        out.push_str(between);
        out.push_str(word);
        if !word.is_empty() {
            out.push(' ');
        }
        out.push_str(&told);
        between = ", ";
    }
    out
}

fn told(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(match Timestamp::parse_rfc3339(text) {
            Ok(at) => minute(at),
            // A word of ours; names stay as they are.
            Err(_) if text.chars().all(|c| c.is_ascii_lowercase() || c == '_') => text.replace('_', " "),
            Err(_) => text.clone(),
        }),
        Value::Array(all) => {
            let mut out = String::new();
            for one in all.iter().filter_map(told) {
                out.push_str(if out.is_empty() { "" } else { "; " });
                out.push_str(&one);
            }
            Some(out).filter(|out| !out.is_empty())
        }
        // A version, an owner, a use, what is known of a compromise.
        Value::Object(of) => {
            let text = |key: &str| of.get(key).and_then(told);
            match (text("id"), text("external_id"), text("kind"), text("source"), text("at")) {
                (Some(id), Some(external), ..) => Some(format!("{id} {external}")),
                (Some(id), None, Some(kind), ..) => Some(format!("{id} ({kind})")),
                (Some(id), ..) => Some(id),
                (None, _, _, Some(source), _) => Some(format!("seen by {source}")),
                (None, _, _, None, at) => at,
            }
        }
        _ => None,
    }
}
