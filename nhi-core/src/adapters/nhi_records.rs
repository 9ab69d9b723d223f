//! Neutral JSONL: one record, command or activity a line, in our own form.
//!
//! `{"identity": {…}}`, `{"credential": {…}}`, `{"sighting": {…}}`, `{"owner": {…}}`, `{"endpoint": {…}}`,
//! `{"command": {…}, "at": time}`, or a bare activity. A record's fields are those of [`crate::model`].
//! Where a field is a tri-state fact, its plain value may stand for `{"known": value}` and `null` for
//! `{"absent": true}`; a missing field is not reported. A field that can't be read is left out and reported; the
//! row is lost only if it is one that the record can't be without.
//!
//! Sentinels: none beyond these.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{
    Adapter, owners,
    probe::{Probe, Shape},
    sink::{Sink, is_secret_like, wipe},
};
use crate::{
    Error, limits,
    model::{Activity, Credential, Endpoint, Fact, Identity, Item, Owner, Plane, Record, Sighting},
    time::foreign::{self, Dialect, Unit},
};

pub(super) const ADAPTER: Adapter =
    Adapter { id: "nhi-records", plane: Plane::Declared, lists: true, detect, parse };

/// RFC 3339 or epoch milliseconds.
const TIMES: Dialect = Dialect { unit: Unit::Millis, ..Dialect::ISO };

/// A record's form: fields that are facts, other fields, and those of either that it can't be without.
struct Form {
    name: &'static str,
    facts: &'static [&'static str],
    plain: &'static [&'static str],
    required: &'static [&'static str],
}

const IDENTITY: Form = Form {
    name: "identity",
    facts: &[
        "owners",
        "environment",
        "workload",
        "purpose",
        "federation",
        "status",
        "created",
        "scopes_granted",
        "scopes_used",
        "policy_path",
    ],
    plain: &[
        "id",
        "kind",
        "issuer",
        "name",
        "external_ids",
        "parent",
        "third_party",
        "tags",
        "extra",
        "last_used",
    ],
    required: &["id"],
};
const CREDENTIAL: Form = Form {
    name: "credential",
    facts: &[
        "created",
        "not_before",
        "not_after",
        "last_rotated",
        "status",
        "next_rotation",
        "scopes_granted",
        "policy_path",
        "system_of_record",
        "consumers",
        "owners",
        "environment",
        "workload",
        "purpose",
        "created_by",
    ],
    plain: &[
        "id",
        "identity",
        "kind",
        "provider",
        "issuer",
        "external_ids",
        "fingerprint",
        "public_hint",
        "last_used",
        "bound_to",
        "storage",
        "versions",
        "known_by",
        "tags",
        "extra",
    ],
    required: &["id"],
};
const SIGHTING: Form = Form {
    name: "sighting",
    facts: &["provider", "first_seen", "last_seen", "exposure", "environment"],
    plain: &[
        "fingerprint",
        "external_id",
        "account",
        "rule",
        "kind",
        "location",
        "source",
        "liveness",
        "preview",
        "level",
    ],
    required: &["location", "source"],
};
const OWNER: Form = Form {
    name: "owner",
    facts: &["since", "contact", "environment", "workload", "purpose"],
    plain: &["kind", "id", "name", "status", "owns"],
    required: &["kind", "id", "name", "status"],
};
const ENDPOINT: Form = Form {
    name: "endpoint",
    facts: &["exposure", "auth", "owner", "environment"],
    plain: &["id", "host", "path", "methods"],
    required: &["id", "host", "path"],
};
const VERSION_FACTS: [&str; 3] = ["created", "not_after", "status"];
const BINDING_FACTS: [&str; 3] = ["networks", "audience", "sender"];

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    if probe.shape != Shape::Object {
        return None;
    }
    let record = [&IDENTITY, &CREDENTIAL, &SIGHTING, &OWNER, &ENDPOINT]
        .iter()
        .any(|form| probe.keys.len() == 1 && probe.opens_with(form.name) == Some(b'{'));
    if record || probe.has(&["command", "at"]) {
        return Some((95, "a neutral record a line"));
    }
    let activity = probe.has(&["time", "credential"]) && probe.opens_with("credential") == Some(b'"');
    activity.then_some((80, "a neutral activity a line"))
}

fn parse(sink: &mut Sink) -> Result<(), Error> {
    sink.lines(|sink, mut map| {
        line(sink, &mut map);
        // A hand-made line may hold a secret where none belongs.
        map.values_mut().for_each(wipe);
    })
}

fn line(sink: &mut Sink, map: &mut Map<String, Value>) {
    let one = map.len() == 1;
    for form in [&IDENTITY, &CREDENTIAL, &SIGHTING, &OWNER, &ENDPOINT] {
        if let (true, Some(Value::Object(fields))) = (one, map.get_mut(form.name)) {
            let record = match form.name {
                "identity" => {
                    read::<Identity>(sink, form, fields).map(|record| Record::Identity(Box::new(record)))
                }
                "credential" => {
                    read::<Credential>(sink, form, fields).map(|record| Record::Credential(Box::new(record)))
                }
                "sighting" => {
                    read::<Sighting>(sink, form, fields).map(|record| Record::Sighting(Box::new(record)))
                }
                "owner" => read::<Owner>(sink, form, fields).map(|mut record| {
                    if record.owns.len() > limits::OWNS {
                        record.owns.truncate(limits::OWNS);
                        sink.bad_field("owner.owns", owners::TOO_MANY.0, owners::TOO_MANY.1);
                    }
                    Record::Owner(Box::new(record))
                }),
                _ => read::<Endpoint>(sink, form, fields).map(|record| Record::Endpoint(Box::new(record))),
            };
            if let Some(record) = record {
                if let Record::Credential(credential) = &record {
                    sink.issuer(&credential.issuer);
                }
                sink.observe(record);
            }
            return;
        }
    }
    if map.contains_key("command") {
        let at = sink.time(map, "at", &TIMES);
        match (map.get("command"), at) {
            (Some(command @ Value::Object(_)), Fact::Known(at)) => {
                sink.item(Item::Command { at, command: command.clone() });
            }
            (Some(Value::Object(_)), _) => {
                sink.lost(Some("at"), "missing_field", "expected the time of the command")
            }
            _ => sink.lost(Some("command"), "bad_field", "expected an object"),
        }
        return;
    }
    if map.contains_key("time") || map.get("credential").is_some_and(Value::is_string) {
        return activity(sink, map);
    }
    sink.lost(
        None,
        "unknown_record",
        "expected an identity, credential, sighting, owner, endpoint, command or activity",
    );
}

/// Reads a record field by field: what can't be read is reported and left at its default.
fn read<T: DeserializeOwned>(sink: &mut Sink, form: &Form, fields: &mut Map<String, Value>) -> Option<T> {
    for field in form.required {
        if fields.get(*field).is_none_or(|value| value.is_null() || value == "") {
            sink.lost(
                Some(&format!("{}.{field}", form.name)),
                "missing_field",
                "the record can't be without it",
            );
            return None;
        }
    }
    let names: Vec<String> = fields.keys().cloned().collect();
    for name in names {
        let path = format!("{}.{name}", form.name);
        let Some(value) = fields.get_mut(&name) else { continue };
        if form.facts.contains(&name.as_str()) {
            lift(value);
        } else if form.plain.contains(&name.as_str()) {
            match (name.as_str(), &mut *value) {
                ("versions", Value::Array(versions)) => {
                    versions
                        .iter_mut()
                        .filter_map(Value::as_object_mut)
                        .for_each(|v| lift_all(v, &VERSION_FACTS));
                }
                ("bound_to", Value::Object(bindings)) => lift_all(bindings, &BINDING_FACTS),
                ("tags" | "extra", Value::Object(labels)) => drop_secrets(sink, &path, labels),
                _ => {}
            }
        } else {
            // The name is foreign: a token may stand in its place.
            let path = format!("{}.{}", form.name, crate::plain::name(&name));
            sink.bad_field(&path, "unknown_field", "the record has no such field; it was not read");
            fields.remove(&name);
            continue;
        }
        if is_too_long(value) {
            if form.required.contains(&name.as_str()) {
                sink.lost(Some(&path), "field_too_long", "longer than the limit of one field");
                return None;
            }
            sink.bad_field(&path, "field_too_long", "longer than the limit of one field");
            fields.remove(&name);
        }
    }
    if let Ok(record) = T::deserialize(&Value::Object(fields.clone())) {
        return Some(record);
    }
    let required: Map<String, Value> =
        form.required.iter().filter_map(|f| Some((String::from(*f), fields.get(*f)?.clone()))).collect();
    if T::deserialize(&Value::Object(required.clone())).is_err() {
        let field =
            if let [only] = form.required { format!("{}.{only}", form.name) } else { form.name.into() };
        sink.lost(Some(&field), "bad_field", "a field that the record can't be without has the wrong form");
        return None;
    }
    let mut good = required.clone();
    for (name, value) in fields.iter() {
        let mut one = required.clone();
        one.insert(name.clone(), value.clone());
        if T::deserialize(&Value::Object(one)).is_ok() {
            good.insert(name.clone(), value.clone());
        } else {
            let path = format!("{}.{name}", form.name);
            sink.bad_field(&path, "bad_field", "expected the form that the record's field has");
        }
    }
    T::deserialize(&Value::Object(good)).ok()
}

fn activity(sink: &mut Sink, map: &mut Map<String, Value>) {
    let time = match map.get("time").map(|time| foreign::parse_value(time, &TIMES)) {
        Some(Ok(Fact::Known(time))) => time,
        Some(_) => {
            return sink.lost(Some("time"), "bad_time", "expected an RFC 3339 time or epoch milliseconds");
        }
        None => return sink.lost(Some("time"), "missing_field", "an activity can't be without a time"),
    };
    if map.get("credential").is_none_or(|id| id.as_str().is_none_or(str::is_empty)) {
        return sink.lost(Some("credential"), "missing_field", "an activity can't be without a credential");
    }
    map.insert("time".into(), json!(time.millis()));
    map.retain(|_, value| !value.is_null());
    if let Ok(activity) = Activity::deserialize_from(map) {
        return sink.activity(activity);
    }
    let names: Vec<String> = map.keys().cloned().collect();
    for name in names {
        // With what no activity can be without, so that only this field speaks.
        let with = |key: &String| *key == name || key == "time" || key == "credential";
        let one: Map<String, Value> = map
            .iter()
            .filter(|(key, _)| with(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if Activity::deserialize_from(&one).is_err() {
            let text = "no field of an activity, or not in its form; it was not read";
            sink.bad_field(&name, "bad_field", text);
            map.remove(&name);
        }
    }
    match Activity::deserialize_from(map) {
        Ok(activity) => sink.activity(activity),
        Err(_) => sink.lost(None, "bad_record", "expected an activity"),
    }
}

trait FromMap: Sized {
    fn deserialize_from(map: &Map<String, Value>) -> Result<Self, serde_json::Error>;
}

impl<T: DeserializeOwned> FromMap for T {
    fn deserialize_from(map: &Map<String, Value>) -> Result<Self, serde_json::Error> {
        T::deserialize(map)
    }
}

fn lift_all(fields: &mut Map<String, Value>, facts: &[&str]) {
    for fact in facts {
        if let Some(value) = fields.get_mut(*fact) {
            lift(value);
        }
    }
}

/// Labels that may hold a secret are not kept.
fn drop_secrets(sink: &mut Sink, path: &str, labels: &mut Map<String, Value>) {
    let before = labels.len();
    labels.retain(|key, value| value.as_str().is_none_or(|text| !is_secret_like(key, text)));
    if labels.len() < before {
        sink.bad_field(path, "secret_dropped", "a label that may hold a secret was not kept");
    }
}

/// A plain value stands for the known fact, `null` for the absent one.
fn lift(value: &mut Value) {
    let tagged = value.as_object().is_some_and(|map| {
        map.len() == 1 && map.keys().all(|key| matches!(key.as_str(), "known" | "absent" | "unknown"))
    });
    if !tagged {
        *value = match value.take() {
            Value::Null => json!({"absent": true}),
            plain => json!({"known": plain}),
        };
    }
}

fn is_too_long(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() > limits::FIELD_BYTES,
        Value::Array(items) => items.iter().any(is_too_long),
        Value::Object(map) => map.values().any(is_too_long),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Told, activities, problems, records, run};
    use super::*;
    use crate::model::{Environment, OwnerKind};

    fn read_one(line: &str) -> (Vec<Record>, Vec<Told>) {
        let parsed = run("records.jsonl", line.as_bytes());
        assert_eq!(parsed.adapter, "nhi-records");
        (records(&parsed), problems(&parsed))
    }

    const CREDENTIAL_LINE: &str = r#"{"credential": {"id": "aws:111122223333/ci/access-key", "identity": "ci",
        "kind": "api_key", "issuer": "aws:111122223333", "created": "2026-01-01T00:00:00Z", "not_after": null,
        "environment": {"known": "prod"}, "owners": [{"kind": "team", "id": "payments"}],
        "versions": [{"external_id": "k1", "created": "2026-01-01T00:00:00Z", "status": "active"}]}}"#;

    #[test]
    fn plain_values_stand_for_known_facts() {
        let (records, problems) = read_one(&CREDENTIAL_LINE.replace('\n', ""));
        let Record::Credential(credential) = &records[0] else { panic!("a credential") };
        assert_eq!(credential.not_after, Fact::Absent);
        assert_eq!(credential.environment, Fact::Known(Environment::Prod));
        assert_eq!(credential.owners.known().unwrap()[0].kind, OwnerKind::Team);
        assert!(credential.versions[0].created.known().is_some());
        assert!(problems.is_empty());
    }

    #[test]
    fn what_one_owner_owns_is_limited() {
        let owns = serde_json::to_string(&alloc::vec!["x"; limits::OWNS + 1]).unwrap();
        let line = format!(
            r#"{{"owner": {{"kind": "team", "id": "a", "name": "A", "status": "active", "owns": {owns}}}}}"#
        );
        let (records, problems) = read_one(&line);
        let Record::Owner(owner) = &records[0] else { panic!("an owner") };
        assert_eq!(owner.owns.len(), limits::OWNS);
        assert_eq!(problems, [("too_many".into(), Some("owner.owns".into()), false)]);
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            (
                r#""id": "aws:111122223333/ci/access-key""#,
                r#""id": """#,
                "missing_field",
                "credential.id",
                true,
            ),
            (r#""id": "aws:111122223333/ci/access-key""#, r#""id": 7"#, "bad_field", "credential.id", true),
            ("2026-01-01T00:00:00Z", "yesterday", "bad_field", "credential.created", false),
            (r#""prod""#, r#""mars""#, "bad_field", "credential.environment", false),
            (r#""api_key""#, r#""skeleton""#, "bad_field", "credential.kind", false),
            (r#""kind": "team""#, r#""kind": "gang""#, "bad_field", "credential.owners", false),
            (r#""not_after""#, r#""not_afer""#, "unknown_field", "credential.not_afer", false),
        ] {
            let (records, problems) = read_one(&CREDENTIAL_LINE.replace('\n', "").replacen(from, to, 1));
            assert_eq!(problems, [(code.into(), Some(field.into()), lost)], "{from}");
            assert_eq!(records.len(), usize::from(!lost), "{from}");
        }
    }

    #[test]
    fn activities_commands_and_records_share_a_file() {
        let text = concat!(
            "{\"time\": 1767225600000, \"credential\": \"k1\", \"action\": \"s3:GetObject\", \"asn\": \"x\"}\n",
            "{\"command\": {\"type\": \"Suspend\"}, \"at\": \"2026-01-01T00:00:00Z\"}\n",
            "not json\n",
            "{\"owner\": {\"kind\": \"team\", \"id\": \"a\", \"name\": \"A\", \"status\": \"active\"}}\n",
            "{\"time\": \"2026-01-01T00:00:00Z\"}\n",
            "{\"weather\": 1}\n",
        );
        let parsed = run("mixed.jsonl", text.as_bytes());
        assert_eq!((activities(&parsed).len(), records(&parsed).len(), parsed.items.len()), (1, 1, 3));
        let found: Vec<_> =
            parsed.problems.iter().map(|p| (p.place.line, p.code.as_str(), p.row_lost)).collect();
        assert_eq!(
            found,
            [
                (Some(1), "bad_field", false),
                (Some(3), "not_json", true),
                (Some(5), "missing_field", true),
                (Some(6), "unknown_record", true)
            ]
        );
    }

    #[test]
    fn every_form_lists_the_fields_of_its_record() {
        fn all<T: serde::Serialize>(form: &Form, record: T) {
            let Value::Object(fields) = serde_json::to_value(record).unwrap() else { panic!("an object") };
            assert!(fields.len() >= 5, "{}", form.name);
            for field in fields.keys() {
                assert!(
                    form.facts.contains(&field.as_str()) || form.plain.contains(&field.as_str()),
                    "{field}"
                );
            }
        }
        all(&IDENTITY, Identity::default());
        all(&CREDENTIAL, Credential::default());
    }
}
