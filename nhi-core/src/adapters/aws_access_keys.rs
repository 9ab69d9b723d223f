//! AWS access keys: `iam list-access-keys` and `iam get-access-key-last-used`.
//! Source: IAM API Reference, `AccessKeyMetadata` and `AccessKeyLastUsed`.
//!
//! | field | ours |
//! |---|---|
//! | `UserName` | the user's name; neither output names the account, so the issuer is `aws` until it is joined |
//! | `AccessKeyId` | `external_id` of a version |
//! | `Status` | `Active`, `Inactive`, `Expired` |
//! | `CreateDate` | `created` of the version |
//! | `AccessKeyLastUsed.LastUsedDate` | `last_used`, to 15 minutes; the output has no key id, so of the credential |
//!
//! All keys of one user are versions of one credential. Sentinels: `LastUsedDate` null or missing, with `N/A` for
//! service and region = never since tracking began.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde_json::{Map, Value};

use super::{
    Adapter, aws,
    aws_credential_report::of_versions,
    json,
    probe::Probe,
    sink::{Sink, is_extra},
};
use crate::{
    Error,
    model::{CredentialKind, Fact, LastUse, Plane, Status, VersionRecord},
    time::foreign::{Dialect, Null},
};

pub(super) const LIST: Adapter = Adapter {
    id: "aws-access-keys",
    plane: Plane::ControlPlane,
    lists: true,
    detect: |probe| detect(probe, "AccessKeyMetadata", &["AccessKeyId", "UserName", "Status"]),
    parse: list,
};

pub(super) const LAST_USED: Adapter = Adapter {
    id: "aws-access-key-last-used",
    plane: Plane::ControlPlane,
    lists: false,
    detect: |probe| detect(probe, "AccessKeyLastUsed", &["AccessKeyLastUsed"]),
    parse: last_used,
};

/// Never used, or not since IAM began to track use (`AccessKeyLastUsed`).
const NEVER: Dialect = Dialect { null: Null::Absent, absent: &["N/A"], ..aws::API_TIME };

fn detect(probe: &Probe, member: &str, element: &[&str]) -> Option<(u8, &'static str)> {
    if probe.has(&[member]) {
        return Some((95, "the output of an IAM access key command"));
    }
    probe.has(element).then_some((70, "elements of an IAM access key command"))
}

fn list(sink: &mut Sink) -> Result<(), Error> {
    let mut users: BTreeMap<String, Vec<VersionRecord>> = BTreeMap::new();
    documents(sink, "AccessKeyMetadata", |sink, map| {
        let (Some(user), Some(id)) = (sink.need(&map, "UserName"), sink.need(&map, "AccessKeyId")) else {
            return;
        };
        if !aws::is_listed_key_id(&id) {
            return sink.lost(Some("AccessKeyId"), "bad_key_id", "expected an access key id");
        }
        let status = match sink.text(&map, "Status").as_deref() {
            Some("Active") => Fact::Known(Status::Active),
            Some("Inactive") => Fact::Known(Status::Inactive),
            Some("Expired") => Fact::Known(Status::Expired),
            None => Fact::default(),
            Some(_) => {
                sink.bad_field("Status", "bad_word", "expected Active, Inactive or Expired");
                Fact::unknown("unreadable in the export")
            }
        };
        let created = sink.time(&map, "CreateDate", &aws::API_TIME);
        let version = VersionRecord {
            external_id: id,
            created,
            status,
            not_after: Fact::Absent,
            ..VersionRecord::default()
        };
        users.entry(user).or_default().push(version);
    })?;
    sink.no_row();
    for (user, mut versions) in users {
        versions.sort_by_key(|version| (version.created.known().copied(), version.external_id.clone()));
        versions.dedup_by(|a, b| a.external_id == b.external_id);
        let mut credential = aws::credential("aws", &user, "access-key", &user, CredentialKind::ApiKey);
        of_versions(&mut credential, versions);
        aws::observe_credential(sink, credential);
    }
    Ok(())
}

fn last_used(sink: &mut Sink) -> Result<(), Error> {
    sink.lines(|sink, map| {
        let Some(user) = sink.need(&map, "UserName") else { return };
        let Some(Value::Object(used)) = map.get("AccessKeyLastUsed") else {
            return sink.lost(Some("AccessKeyLastUsed"), "missing_field", "expected an object");
        };
        let at = sink.time(used, "LastUsedDate", &NEVER);
        let mut credential = aws::credential("aws", &user, "access-key", &user, CredentialKind::ApiKey);
        credential.last_used = match at {
            Fact::Known(at) => LastUse::Used { at, granularity_ms: aws::KEY_GRANULARITY_MS },
            // Of one of the user's keys only: the others may have been used.
            Fact::Absent => LastUse::Unknown("never, for the one key asked about".into()),
            Fact::Unknown(why) => LastUse::Unknown(why.into_owned()),
        };
        for (theirs, ours) in [("ServiceName", "last_used_service"), ("Region", "last_used_region")] {
            match sink.text(used, theirs) {
                Some(text) if text != "N/A" && is_extra(theirs, &text) => {
                    credential.extra.insert(ours.into(), text);
                }
                _ => {}
            }
        }
        aws::observe_credential(sink, credential);
    })
}

/// The elements of the array `key` of every document in the input (outputs of several calls may follow each
/// other), or of the outermost array itself.
pub(super) fn documents(
    sink: &mut Sink,
    key: &str,
    mut each: impl FnMut(&mut Sink, Map<String, Value>),
) -> Result<(), Error> {
    let bytes = sink.input.bytes;
    let mut at = json::skip_space(bytes, 0);
    let mut found = false;
    while at < bytes.len() {
        match bytes.get(at) {
            Some(b'[') => {
                found = true;
                sink.elements("", at, &mut each)?;
            }
            Some(b'{') => {
                for member in json::members(bytes, at).0.iter().filter(|member| member.key == key) {
                    found = true;
                    sink.elements(key, member.span.range.start, &mut each)?;
                }
            }
            _ => {}
        }
        at = json::skip_space(bytes, json::value(bytes, at).range.end.max(at + 1));
    }
    if found {
        Ok(())
    } else {
        Err(Error::Unreadable { what: "export", why: alloc::format!("it has no array {key}") })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{credential, key_id, problems, run};
    use super::*;
    use alloc::format;

    fn sample() -> String {
        format!(
            r#"{{"AccessKeyMetadata": [
            {{"UserName": "ci-bot", "Status": "Inactive", "CreateDate": "2024-01-02T00:00:00Z", "AccessKeyId": "{}"}},
            {{"UserName": "ci-bot", "Status": "Active", "CreateDate": "2025-01-02T00:00:00+00:00", "AccessKeyId": "{}"}}
            ]}}"#,
            key_id(1),
            key_id(2)
        )
    }

    #[test]
    fn keys_of_one_user_are_versions_of_one_credential() {
        let parsed = run("keys.json", sample().as_bytes());
        assert_eq!((parsed.adapter, parsed.items.len()), ("aws-access-keys", 1));
        let key = credential(&parsed, "aws/ci-bot/access-key");
        assert_eq!(
            key.versions.iter().map(|v| v.external_id.clone()).collect::<Vec<_>>(),
            [key_id(1), key_id(2)]
        );
        assert_eq!(key.status, Fact::Known(Status::Active));
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            (r#""UserName": "ci-bot""#, r#""UserName": 7"#, "bad_field", "UserName", true),
            ("AccessKeyId", "KeyId", "missing_field", "AccessKeyId", true),
            ("2024-01-02T00:00:00Z", "2024", "bad_time", "CreateDate", false),
            ("Inactive", "Asleep", "bad_word", "Status", false),
        ] {
            let parsed = run("keys.json", sample().replacen(from, to, 1).as_bytes());
            assert_eq!(problems(&parsed), [(code.into(), Some(field.into()), lost)], "{from}");
            let versions = credential(&parsed, "aws/ci-bot/access-key").versions.len();
            assert_eq!(versions, if lost { 1 } else { 2 }, "{from}");
        }
    }

    #[test]
    fn a_cut_list_keeps_its_whole_elements() {
        let sample = sample();
        let cut = sample.rfind("Status").unwrap();
        let parsed = run("keys.json", &sample.as_bytes()[..cut]);
        assert_eq!(credential(&parsed, "aws/ci-bot/access-key").versions.len(), 1);
        assert_eq!(problems(&parsed), [("truncated".into(), Some("AccessKeyMetadata".into()), true)]);
    }

    #[test]
    fn last_use_has_no_key_id_and_null_is_not_never() {
        let used = r#"{"UserName": "ci-bot", "AccessKeyLastUsed":
            {"Region": "eu-west-1", "ServiceName": "s3", "LastUsedDate": "2026-05-01T10:15:00Z"}}"#;
        let never = r#"{"UserName": "idle", "AccessKeyLastUsed": {"Region": "N/A", "ServiceName": "N/A"}}"#;
        let parsed = run("used.json", [used, never].concat().as_bytes());
        assert_eq!(parsed.adapter, "aws-access-key-last-used");
        let LastUse::Used { at, .. } = credential(&parsed, "aws/ci-bot/access-key").last_used else {
            panic!()
        };
        assert_eq!(at.date_string(), "2026-05-01");
        assert!(matches!(credential(&parsed, "aws/idle/access-key").last_used, LastUse::Unknown(_)));
    }
}
