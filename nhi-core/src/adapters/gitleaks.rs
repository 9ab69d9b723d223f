//! gitleaks' JSON report: an array of findings that hold the secret in plain text.
//! Source: the `Finding` struct of the tool, `report/finding.go`, read in its documentation.
//!
//! | field | sighting |
//! |---|---|
//! | `RuleID` | `rule`, and what sort of credential as far as its name tells |
//! | `Secret` | `fingerprint`, then dropped; an AWS key id is no secret: `external_id` |
//! | `Match`, `Line` | searched for an AWS key id, then dropped |
//! | `File`, `SymlinkFile`, `StartLine`, `Commit` | `location` |
//! | `Date` | `first_seen`: when the commit was made |
//! | `Message`, `Author`, `Email`, `Fingerprint` | dropped (the last is of the place, not of the secret) |
//!
//! Sentinels: an empty `Date`, `Commit` or `SymlinkFile` = not reported (a scan of plain files).

use alloc::{boxed::Box, string::String};

use serde_json::{Map, Value};

use super::{
    Adapter, aws,
    probe::{Probe, Shape},
    sink::{Sink, wipe},
};
use crate::{
    Error,
    model::{CredentialKind, Fact, Liveness, Location, Plane, Record, Sighting, SightingMatch},
    time::foreign::Dialect,
};

pub(super) const ADAPTER: Adapter =
    Adapter { id: "gitleaks-findings", plane: Plane::Sightings, lists: true, detect, parse };

const DATE: Dialect = Dialect { unknown: &[("", Fact::<()>::NOT_REPORTED)], us_dates: true, ..Dialect::ISO };

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    if probe.shape != Shape::Array {
        return None;
    }
    if probe.has(&["RuleID", "Secret"]) || probe.has(&["RuleID", "File"]) {
        return Some((95, "gitleaks findings"));
    }
    let empty = probe.keys.is_empty() && probe.name.contains("gitleaks");
    empty.then_some((40, "an array in a file named after gitleaks"))
}

fn parse(sink: &mut Sink) -> Result<(), Error> {
    let at = super::json::skip_space(sink.input.bytes, 0);
    if sink.input.bytes.get(at) != Some(&b'[') {
        return Err(Error::Unreadable { what: "gitleaks report", why: "expected a JSON array".into() });
    }
    sink.elements("", at, |sink, mut map| {
        finding(sink, &map);
        map.values_mut().for_each(wipe);
    })
}

fn finding(sink: &mut Sink, map: &Map<String, Value>) {
    let (Some(rule), Some(file)) = (sink.need(map, "RuleID"), sink.need(map, "File")) else { return };
    // Borrowed, never copied: the element is wiped after this.
    let secret = map.get("Secret").and_then(Value::as_str).filter(|secret| !secret.is_empty());
    if secret.is_none() {
        sink.bad_field(
            "Secret",
            "missing_field",
            "expected a text; the place is kept, without a fingerprint",
        );
    }
    let context = ["Secret", "Match", "Line"].iter().filter_map(|field| map.get(*field)?.as_str());
    let external_id = context.filter_map(aws::key_id_in).next().map(String::from);
    let fingerprint = secret
        .filter(|secret| !aws::is_key_id(secret))
        .and_then(|secret| Some(sink.input.pepper?.fingerprint(secret.as_bytes())));
    let line = match map.get("StartLine") {
        None | Some(Value::Null) => None,
        Some(line) => line.as_u64().or_else(|| {
            sink.bad_field("StartLine", "bad_field", "expected a whole number");
            None
        }),
    };
    let date = sink.time(map, "Date", &DATE);
    let revision = sink.text(map, "Commit").filter(|commit| !commit.is_empty());
    let (kind, provider) = sort(&rule, external_id.is_some());
    let sighting = Sighting {
        of: SightingMatch { fingerprint, external_id, account: None },
        provider,
        rule,
        kind,
        location: Location { kind: "code".into(), path: file, line: line.filter(|line| *line > 0), revision },
        source: ADAPTER.id.into(),
        liveness: Liveness::NotChecked,
        first_seen: date,
        last_seen: Fact::Known(sink.input.read_at),
        exposure: Fact::default(),
        preview: String::new(),
        level: None,
        environment: Fact::default(),
        expires: Fact::default(),
    };
    sink.observe(Record::Sighting(Box::new(sighting)));
}

/// What a rule's name tells of the credential: the first of these words in it.
fn sort(rule: &str, aws: bool) -> (CredentialKind, Fact<String>) {
    const KINDS: [(&str, CredentialKind); 8] = [
        ("private-key", CredentialKind::PrivateKey),
        ("webhook", CredentialKind::WebhookSecret),
        ("client-secret", CredentialKind::OauthClientSecret),
        ("oauth", CredentialKind::OauthToken),
        ("password", CredentialKind::Password),
        ("pat", CredentialKind::PersonalToken),
        ("token", CredentialKind::ApiKey),
        ("key", CredentialKind::ApiKey),
    ];
    let kind =
        KINDS.iter().find(|(word, _)| rule.contains(word)).map_or(CredentialKind::Unknown, |(_, kind)| *kind);
    let provider = if aws { Fact::Known(aws::PROVIDER.into()) } else { Fact::default() };
    (kind, provider)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{input, key_id, problems, records, run};
    use super::super::{Input, Parsed};
    use super::*;
    use crate::Pepper;
    use alloc::{format, string::ToString, vec::Vec};

    const SECRET: &str = "correct horse battery staple";

    fn sample() -> String {
        let (id, secret) = (key_id(3), SECRET);
        format!(
            r#"[{{"RuleID": "generic-password", "StartLine": 14, "Match": "id={id} pw={secret}", "Secret": "{secret}",
            "File": "src/a.py", "Commit": "c0ffee", "Date": "2026-02-01T10:00:00Z", "Message": "add {secret}"}},
            {{"RuleID": "aws-access-token", "StartLine": 15, "Match": "{id}", "Secret": "{id}", "File": "src/a.py",
            "Commit": "", "Date": ""}}]"#
        )
    }

    fn peppered(text: &str) -> Parsed {
        let pepper = Pepper::new([9; 32]);
        super::super::parse(&Input { pepper: Some(&pepper), ..input("x.json", text.as_bytes()) }).unwrap()
    }

    fn sightings(parsed: &Parsed) -> Vec<Sighting> {
        let sighting = |record| match record {
            Record::Sighting(sighting) => Some(*sighting),
            _ => None,
        };
        records(parsed).into_iter().filter_map(sighting).collect()
    }

    #[test]
    fn the_secret_is_fingerprinted_and_dropped() {
        let parsed = peppered(&sample());
        let [password, key] = &sightings(&parsed)[..] else { panic!("two sightings") };
        assert_eq!(password.of.fingerprint, Some(Pepper::new([9; 32]).fingerprint(SECRET.as_bytes())));
        assert_eq!((password.kind, password.location.line), (CredentialKind::Password, Some(14)));
        assert_eq!(password.location.revision.as_deref(), Some("c0ffee"));
        assert_eq!(password.first_seen.known().unwrap().date_string(), "2026-02-01");
        assert_eq!((&key.of.fingerprint, key.of.external_id.as_ref()), (&None, Some(&key_id(3))));
        assert!(!format!("{parsed:?}").contains(SECRET));
        assert_eq!(problems(&parsed), []);
        assert_eq!(sightings(&run("x.json", sample().as_bytes()))[0].of.fingerprint, None);
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            (r#""RuleID": "generic-password""#, r#""RuleID": 4"#, "bad_field", "RuleID", true),
            (r#""File": "src/a.py""#, r#""Feil": "src/a.py""#, "missing_field", "File", true),
            ("2026-02-01T10:00:00Z", "yesterday", "bad_time", "Date", false),
            (r#""StartLine": 14"#, r#""StartLine": "14""#, "bad_field", "StartLine", false),
            (
                r#""Secret": "correct horse battery staple""#,
                r#""Secret": []"#,
                "missing_field",
                "Secret",
                false,
            ),
        ] {
            let parsed = peppered(&sample().replacen(from, to, 1));
            assert_eq!(problems(&parsed), [(code.into(), Some(field.into()), lost)], "{from}");
            assert_eq!(sightings(&parsed).len(), 2 - usize::from(lost));
            assert!(!format!("{parsed:?}").contains(SECRET), "{}", from.to_string());
        }
    }
}
