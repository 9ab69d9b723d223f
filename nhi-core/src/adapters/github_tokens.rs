//! GitHub fine-grained personal access tokens of an organisation: those with access, and requests for it.
//! Source: GitHub REST API, "List fine-grained personal access tokens with access to organization resources" and
//! "List requests to access organization resources with fine-grained personal access tokens"
//! (<https://docs.github.com/rest/orgs/personal-access-tokens>).
//!
//! | field | credential |
//! |---|---|
//! | `token_id` | id `github/<login>/fine-grained-token/<token_id>`, `external_id` of the version |
//! | `owner.login` | `identity`, `owners` (the person), `created_by`, `known_by` |
//! | `access_granted_at` | `not_before`: from then on it reaches the organisation |
//! | `token_expires_at`, `token_expired` | `not_after`, `status` |
//! | `token_last_used_at` | `last_used`; GitHub gives no granularity, a day is assumed |
//! | `permissions.{organization,repository,other}` | `scopes_granted`, `<permission>:<level>`, sorted |
//! | `repository_selection`, `id` | `extra` |
//! | `token_name`, `reason` | `purpose`: the owner's own words; the reason wins |
//! | the owner's URLs, `repositories_url`, `created_at` of a request | not read |
//!
//! Neither names the organisation, so the issuer is `github` until the inventory knows the login. When the token was
//! made is not told. Sentinels: `token_expires_at` null = it never expires; `token_last_used_at` null = not since
//! access was granted. A request is not granted: its token can do nothing here, status inactive.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use serde_json::{Map, Value};

use super::{
    Adapter, json,
    probe::Probe,
    sink::{Sink, is_extra, is_secret_like},
};
use crate::{
    Error,
    model::{
        Credential, CredentialKind, Fact, LastUse, OwnerKind, OwnerRef, Plane, Record, Status, VersionRecord,
    },
    time::{
        DAY,
        foreign::{Dialect, Null},
    },
};

pub(super) const TOKENS: Adapter = Adapter {
    id: "github-tokens",
    plane: Plane::ControlPlane,
    lists: true,
    detect: |probe| detect(probe, "access_granted_at", "an organisation's fine-grained tokens"),
    parse: |sink| each(sink, true),
};

pub(super) const REQUESTS: Adapter = Adapter {
    id: "github-token-requests",
    plane: Plane::ControlPlane,
    lists: false,
    detect: |probe| detect(probe, "reason", "requests for access with fine-grained tokens"),
    parse: |sink| each(sink, false),
};

const EXPIRES: Dialect = Dialect { null: Null::Absent, ..Dialect::ISO };

fn detect(probe: &Probe, own: &str, why: &'static str) -> Option<(u8, &'static str)> {
    let token = probe.has(&["token_id", "permissions", "repository_selection", "owner"]);
    (token && probe.has(&[own])).then_some((95, why))
}

fn each(sink: &mut Sink, granted: bool) -> Result<(), Error> {
    let bytes = sink.input.bytes;
    let mut at = json::skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'[') {
        return sink.lines(|sink, map| token(sink, &map, granted));
    }
    // Pages may follow each other.
    while bytes.get(at) == Some(&b'[') {
        sink.elements("", at, |sink, map| token(sink, &map, granted))?;
        at = json::skip_space(bytes, json::value(bytes, at).range.end.max(at + 1));
    }
    if at < bytes.len() {
        sink.no_row();
        sink.lost(None, "not_json", "what follows the list is none");
    }
    Ok(())
}

fn token(sink: &mut Sink, map: &Map<String, Value>, granted: bool) {
    let Some(id) = map.get("token_id").and_then(Value::as_u64) else {
        let code = if map.contains_key("token_id") { "bad_field" } else { "missing_field" };
        return sink.lost(Some("token_id"), code, "expected a whole number");
    };
    let Some(owner) = sink.member(map, "owner") else {
        return sink.lost(Some("owner"), "missing_field", "a token can't be without its owner");
    };
    let Some(login) = sink.need(owner, "login") else { return };
    let access = if granted { sink.time(map, "access_granted_at", &Dialect::ISO) } else { Fact::default() };
    let not_after = if map.contains_key("token_expires_at") {
        sink.time(map, "token_expires_at", &EXPIRES)
    } else {
        Fact::default()
    };
    let status = match map.get("token_expired") {
        None | Some(Value::Null) => Fact::default(),
        Some(Value::Bool(true)) => Fact::Known(Status::Expired),
        Some(Value::Bool(false)) if granted => Fact::Known(Status::Active),
        Some(Value::Bool(false)) => Fact::Known(Status::Inactive),
        Some(_) => {
            sink.bad_field("token_expired", "bad_field", "expected true or false");
            Fact::unknown("unreadable in the export")
        }
    };
    let last_used = match (sink.time(map, "token_last_used_at", &EXPIRES), &access) {
        _ if !map.contains_key("token_last_used_at") => LastUse::default(),
        (Fact::Known(at), _) => LastUse::Used { at, granularity_ms: DAY },
        (Fact::Absent, Fact::Known(since)) => LastUse::Never { since_tracking: Some(*since) },
        (Fact::Absent, _) => LastUse::Unknown("not used, since when is not told".into()),
        (Fact::Unknown(why), _) => LastUse::Unknown(why.into_owned()),
    };
    let version = VersionRecord {
        external_id: format!("{id}"),
        not_after: not_after.clone(),
        status: status.clone(),
        last_used: last_used.clone(),
        created: Fact::unknown("GitHub does not tell when the token was made"),
        ..VersionRecord::default()
    };
    let mut credential = Credential {
        id: format!("github/{login}/fine-grained-token/{id}"),
        identity: login.clone(),
        kind: CredentialKind::PersonalToken,
        provider: "github".into(),
        issuer: "github".into(),
        not_before: access,
        not_after,
        last_used,
        status,
        scopes_granted: scopes(sink, map),
        system_of_record: Fact::Known("GitHub".into()),
        versions: [version].into(),
        owners: Fact::Known([OwnerRef { kind: OwnerKind::Person, id: login.clone() }].into()),
        created_by: Fact::Known(login.clone()),
        known_by: [login].into(),
        ..Credential::default()
    };
    for field in ["token_name", "reason"] {
        let Some(text) = sink.text(map, field).filter(|text| !text.is_empty()) else { continue };
        // The name of the field is ours, only what the owner wrote counts.
        if is_secret_like("", &text) {
            sink.bad_field(field, "secret_dropped", "a text that may hold a secret was not kept");
        } else {
            credential.purpose = Fact::Known(text);
        }
    }
    match sink.text(map, "repository_selection") {
        Some(selection) if is_extra("repository_selection", &selection) => {
            credential.extra.insert("repository_selection".into(), selection);
        }
        _ => {}
    }
    if let Some(grant) = map.get("id").and_then(Value::as_u64) {
        credential.extra.insert(if granted { "grant_id" } else { "request_id" }.into(), format!("{grant}"));
    }
    sink.observe(Record::Credential(Box::new(credential)));
}

/// The permissions of all groups; unknown if one can't be read, since what is missing would look like less.
fn scopes(sink: &mut Sink, map: &Map<String, Value>) -> Fact<Vec<String>> {
    let Some(groups) = sink.member(map, "permissions") else {
        return match map.get("permissions") {
            None | Some(Value::Null) => Fact::default(),
            Some(_) => Fact::unknown("unreadable in the export"),
        };
    };
    let mut out = Vec::new();
    let mut readable = true;
    for (group, permissions) in groups {
        let levels = permissions.as_object();
        readable &= levels.is_some() && matches!(group.as_str(), "organization" | "repository" | "other");
        for (permission, level) in levels.into_iter().flatten() {
            match level.as_str() {
                Some(level) if is_extra("", level) && is_extra("", permission) => {
                    out.push(format!("{permission}:{level}"));
                }
                _ => readable = false,
            }
        }
    }
    if !readable {
        sink.bad_field("permissions", "bad_field", "expected groups of permissions, each with its level");
        return Fact::unknown("unreadable in the export");
    }
    out.sort();
    out.dedup();
    Fact::Known(out)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{credential, observed, problems, run};
    use super::*;

    const SAMPLE: &str = r#"[
        {"id": 25, "owner": {"login": "ann", "id": 1, "type": "User"}, "repository_selection": "selected",
         "permissions": {"organization": {"members": "read"}, "repository": {"contents": "write", "metadata": "read"}},
         "access_granted_at": "2025-01-16T08:47:09.000-07:00", "token_id": 98, "token_name": "nightly build",
         "token_expired": false, "token_expires_at": null, "token_last_used_at": "2026-05-01T08:47:09.000-07:00"},
        {"id": 26, "owner": {"login": "bob", "id": 2, "type": "User"}, "repository_selection": "all",
         "permissions": {"organization": {}, "repository": {}}, "access_granted_at": "2025-01-17T08:47:09.000-07:00",
         "token_id": 99, "token_name": "old", "token_expired": true,
         "token_expires_at": "2025-02-17T08:47:09.000-07:00", "token_last_used_at": null}]"#;

    const ANN: &str = "github/ann/fine-grained-token/98";

    #[test]
    fn a_token_has_its_owner_scopes_and_end() {
        let parsed = run("pats.json", SAMPLE.as_bytes());
        assert_eq!((parsed.adapter, parsed.lists, problems(&parsed)), ("github-tokens", true, [].into()));
        let token = credential(&parsed, ANN);
        assert_eq!(
            token.scopes_granted,
            Fact::Known(["contents:write", "members:read", "metadata:read"].map(String::from).to_vec())
        );
        assert_eq!(
            (token.status.clone(), token.not_after.clone()),
            (Fact::Known(Status::Active), Fact::Absent)
        );
        assert_eq!(token.owners.known().unwrap()[0].id, "ann");
        assert_eq!(token.purpose, Fact::Known("nightly build".into()));
        assert_eq!(token.not_before.known().unwrap().date_string(), "2025-01-16");
        let old = credential(&parsed, "github/bob/fine-grained-token/99");
        assert_eq!(old.status, Fact::Known(Status::Expired));
        assert!(matches!(old.last_used, LastUse::Never { since_tracking: Some(_) }));
    }

    #[test]
    fn a_request_reaches_nothing_yet() {
        let text = SAMPLE.replace("\"access_granted_at\"", "\"reason\": \"release\", \"created_at\"");
        let parsed = run("requests.json", text.as_bytes());
        assert_eq!((parsed.adapter, parsed.lists), ("github-token-requests", false));
        let token = credential(&parsed, ANN);
        assert_eq!(
            (token.status, token.purpose),
            (Fact::Known(Status::Inactive), Fact::Known("release".into()))
        );
    }

    #[test]
    fn a_login_that_our_records_know_gives_the_organisation() {
        let declared = r#"{"identity": {"id": "github:corp/ann", "kind": "bot", "issuer": "github:corp", "name": "ann"}}"#;
        let inventory = observed(&[("pats.json", SAMPLE), ("records.jsonl", declared)]);
        let token = &inventory.credential("98").unwrap().record;
        assert_eq!((token.identity.as_str(), token.issuer.as_str()), ("github:corp/ann", "github:corp"));
        assert_eq!(token.id, "github:corp/ann/fine-grained-token/98");
        assert_eq!(inventory.credential("99").unwrap().record.issuer, "github");
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            (r#""token_id": 98"#, r#""token_id": "98""#, "bad_field", "token_id", true),
            (r#"{"login": "ann", "id": 1, "type": "User"}"#, "null", "missing_field", "owner", true),
            (r#""login": "ann""#, r#""login": 7"#, "bad_field", "login", true),
            ("2025-01-16T08", "2025-99-16T08", "bad_time", "access_granted_at", false),
            (r#""token_expired": false"#, r#""token_expired": "no""#, "bad_field", "token_expired", false),
            (r#""members": "read""#, r#""members": 1"#, "bad_field", "permissions", false),
            ("nightly build", "0a1b2c3d4e5f6a7b8c9d", "secret_dropped", "token_name", false),
        ] {
            assert!(SAMPLE.contains(from), "{from}");
            let parsed = run("pats.json", SAMPLE.replacen(from, to, 1).as_bytes());
            assert_eq!(problems(&parsed), [(code.into(), Some(field.into()), lost)], "{from}");
            assert_eq!(parsed.items.len(), 2 - usize::from(lost), "{from}");
        }
    }
}
