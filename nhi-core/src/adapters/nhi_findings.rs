//! Our own findings, one a line: what `scan --format jsonl` writes.
//!
//! A line is a [`Finding`] in its serde form; nothing is mapped. The inventory makes sightings of findings.
//! Sentinels: none.

use alloc::string::String;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Adapter, probe::Probe, sink::Sink};
use crate::{
    Error,
    model::{Finding, Item, Plane},
};

pub(super) const ADAPTER: Adapter =
    Adapter { id: "nhi-findings", plane: Plane::Sightings, lists: true, detect, parse };

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    probe.has(&["v", "rule", "credential_kind", "preview"]).then_some((95, "our own findings, one a line"))
}

fn parse(sink: &mut Sink) -> Result<(), Error> {
    sink.lines(|sink, map| match Finding::deserialize(&map) {
        Ok(finding) if finding.v == 1 => sink.item(Item::Finding(finding.into())),
        Ok(_) => sink.lost(Some("v"), "unknown_version", "expected version 1 of the findings"),
        Err(_) => lost(sink, &map),
    })
}

/// Names the first field that is missing or has the wrong form.
fn lost(sink: &mut Sink, map: &Map<String, Value>) {
    const TEXTS: [&str; 6] = ["rule", "provider", "kind", "credential_kind", "level", "preview"];
    const NUMBERS: [&str; 5] = ["v", "start", "end", "line", "column"];
    let text = TEXTS.iter().find(|field| !map.get(**field).is_some_and(Value::is_string));
    let number = NUMBERS.iter().find(|field| !map.get(**field).is_some_and(Value::is_u64));
    match (text, number) {
        (Some(field), _) => sink.lost(Some(field), "bad_field", "expected a text"),
        (_, Some(field)) => sink.lost(Some(field), "bad_field", "expected a whole number"),
        _ => sink.lost(None, "bad_record", "expected a finding"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{problems, run};
    use alloc::format;

    const GOOD: &str = r#"{"v":1,"path":"a.env","rule":"x.api-key","provider":"x","kind":"api-key","credential_kind":"api_key","confidence":0.9,"level":"high","start":0,"end":20,"line":1,"column":1,"preview":"x_…abcd"}"#;

    #[test]
    fn findings_are_read_and_one_field_broken_at_a_time_is_named() {
        let parsed = run("f.jsonl", GOOD.as_bytes());
        assert_eq!((parsed.adapter, parsed.items.len()), ("nhi-findings", 1));
        for (from, to, code, field) in [
            (r#""v":1"#, r#""v":2"#, "unknown_version", Some("v")),
            (r#""line":1"#, r#""line":"1""#, "bad_field", Some("line")),
            (r#""preview":"x_…abcd""#, r#""preview":3"#, "bad_field", Some("preview")),
            ("api_key", "skeleton_key", "bad_record", None),
        ] {
            let parsed = run("f.jsonl", format!("{}\n{GOOD}\n", GOOD.replacen(from, to, 1)).as_bytes());
            assert_eq!(problems(&parsed), [(code.into(), field.map(Into::into), true)], "{from}");
            assert_eq!(parsed.items.len(), 1);
        }
    }
}
