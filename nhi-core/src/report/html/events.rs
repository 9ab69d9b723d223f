//! A ledger entry as a sentence.

use alloc::string::String;

use crate::lifecycle::Event;

pub(super) fn sentence(event: &Event) -> String {
    let value = serde_json::to_value(event).unwrap_or_default();
    let name = value.get("type").and_then(|t| t.as_str()).unwrap_or_default();
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(c.to_lowercase());
    }
    out
}
