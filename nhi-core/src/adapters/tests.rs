//! What the tests of the adapters share, and what holds for all of them.

use alloc::{format, string::String, vec, vec::Vec};

use super::*;
use crate::{
    inventory::{Inventory, Snapshot},
    model::{Activity, Completeness, Credential, Identity, Record},
};

pub(super) fn input<'a>(name: &'a str, bytes: &'a [u8]) -> Input<'a> {
    Input { name, bytes, read_at: Timestamp::from_millis(1_780_000_000_000), pepper: None, adapter: None }
}

pub(super) fn run(name: &str, bytes: &[u8]) -> Parsed {
    parse(&input(name, bytes)).unwrap()
}

/// An access key id that belongs to nobody, put together so that none stands in the source.
pub(super) fn key_id(n: u32) -> String {
    let body: String = (0..16u32)
        .map(|i| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[((n * 7 + i * 11) % 32) as usize] as char)
        .collect();
    ["AK", "IA", &body].concat()
}

pub(super) fn records(parsed: &Parsed) -> Vec<Record> {
    let record = |item: &Item| match item {
        Item::Observation(observation) => Some(observation.record.clone()),
        _ => None,
    };
    parsed.items.iter().filter_map(record).collect()
}

pub(super) fn activities(parsed: &Parsed) -> Vec<Activity> {
    let activity = |item: &Item| match item {
        Item::Activity(activity) => Some((**activity).clone()),
        _ => None,
    };
    parsed.items.iter().filter_map(activity).collect()
}

#[track_caller]
pub(super) fn credential(parsed: &Parsed, id: &str) -> Credential {
    let found = records(parsed).into_iter().find_map(|record| match record {
        Record::Credential(credential) if credential.id == id => Some(*credential),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no credential {id} in {:?}", records(parsed)))
}

#[track_caller]
pub(super) fn identity(parsed: &Parsed, id: &str) -> Identity {
    let found = records(parsed).into_iter().find_map(|record| match record {
        Record::Identity(identity) if identity.id == id => Some(*identity),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no identity {id}"))
}

/// What the inventory makes of some inputs, each a partial snapshot.
#[track_caller]
pub(super) fn observed(inputs: &[(&str, &str)]) -> Inventory {
    let mut inventory = Inventory::new();
    for (name, text) in inputs {
        let input = Input { pepper: Some(&Pepper::new([9; 32])), ..input(name, text.as_bytes()) };
        let parsed = parse(&input).unwrap();
        let snapshot = Snapshot {
            source: format!("{}:{name}", parsed.adapter),
            plane: parsed.plane,
            taken_at: parsed.taken_at.unwrap_or(input.read_at),
            completeness: Completeness::Partial,
            issuer: parsed.issuer.clone(),
        };
        inventory.observe_activities(&activities(&parsed));
        let observations = parsed.items.into_iter().filter_map(|item| match item {
            Item::Observation(observation) => Some(*observation),
            _ => None,
        });
        inventory.observe(snapshot, observations.collect());
    }
    inventory
}

/// Code, field and whether the row was lost.
pub(super) type Told = (String, Option<String>, bool);

pub(super) fn problems(parsed: &Parsed) -> Vec<Told> {
    parsed.problems.iter().map(|p| (p.code.clone(), p.place.field.clone(), p.row_lost)).collect()
}

#[test]
fn the_registry_is_sorted_and_complete() {
    let found: Vec<_> = ids().collect();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(found, sorted);
    assert!(!found.is_empty());
}

#[test]
fn detection_ignores_the_name() {
    assert_eq!(detect("report.csv", br#"{"AccessKeyMetadata": []}"#)[0].adapter, "aws-access-keys");
    assert!(detect("aws-credential-report.csv", b"").is_empty());
    assert_eq!(parse(&input("x", b"nothing that we know")).unwrap_err().code(), "unreadable");
    let odd = Input { adapter: Some("astrology"), ..input("x", b"") };
    assert_eq!(parse(&odd).unwrap_err().code(), "invalid_argument");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_an_adapter_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        for adapter in ids() {
            let _ = parse(&Input { adapter: Some(adapter), ..input("x", &bytes) });
        }
    }
}

/// Inputs of every adapter with a secret where a source might put one.
fn with_secret(secret: &str) -> Vec<(&'static str, String)> {
    let id = key_id(1);
    let user = r#""Arn": "arn:aws:iam::111122223333:user/ci", "UserName": "ci""#;
    let event =
        r#""eventTime": "2026-01-01T00:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "Get""#;
    vec![
        ("owners", format!("kind,id,name,status,password\nteam,a,A,active,{secret}\nteam,b,B,{secret},x\n")),
        (
            "aws-credential-report",
            format!(
                "user,arn,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_service,token\n\
                 ci,arn:aws:iam::111122223333:user/ci,true,2026-01-01T00:00:00Z,{secret},{secret}\n"
            ),
        ),
        (
            "aws-access-keys",
            format!(
                r#"{{"AccessKeyMetadata": [{{"UserName": "ci", "AccessKeyId": "{id}", "SecretAccessKey": "{secret}"}},
                {{"UserName": "ci", "AccessKeyId": "{secret}", "Status": "{secret}"}}]}}"#
            ),
        ),
        (
            "aws-access-key-last-used",
            format!(
                r#"{{"UserName": "ci", "AccessKeyLastUsed": {{"ServiceName": "{secret}"}}, "x": "{secret}"}}"#
            ),
        ),
        (
            "aws-authorization-details",
            format!(
                r#"{{"UserDetailList": [{{{user}, "Tags": [{{"Key": "note", "Value": "{secret}"}},
                {{"Key": "purpose", "Value": "{secret}"}}], "Password": "{secret}", "CreateDate": "{secret}"}}]}}"#
            ),
        ),
        (
            "aws-cloudtrail",
            format!(
                r#"{{{event}, "userIdentity": {{"accessKeyId": "{id}"}}, "userAgent": "x/{secret}",
                "requestParameters": {{"password": "{secret}"}}, "responseElements": {{"secret": "{secret}"}}}}"#
            ),
        ),
        (
            "aws-secrets",
            format!(
                r#"{{"NextToken": "{secret}", "SecretList": [{{"ARN": "arn:aws:secretsmanager:r:111122223333:secret:x-y",
                "Name": "x", "Description": "is {secret}", "SecretString": "{secret}", "OwningService": "{secret}",
                "Tags": [{{"Key": "note", "Value": "{secret}"}}], "CreatedDate": "{secret}",
                "RotationRules": {{"ScheduleExpression": "{secret}"}}}}]}}"#
            ),
        ),
        (
            "aws-secret",
            format!(
                r#"{{"ARN": "arn:aws:secretsmanager:r:111122223333:secret:x-y", "Name": "x", "Description": "{secret}",
                "KmsKeyId": "{secret}", "VersionIdsToStages": {{"v": ["{secret}"]}}}}"#
            ),
        ),
        (
            "github-tokens",
            format!(
                r#"[{{"token_id": 1, "owner": {{"login": "ann", "node_id": "{secret}"}}, "token_name": "{secret}",
                "permissions": {{"repository": {{"{secret}": "read"}}, "{secret}": {{}}}}, "token": "{secret}",
                "repository_selection": "{secret}", "access_granted_at": "{secret}"}}]"#
            ),
        ),
        (
            "github-token-requests",
            format!(
                r#"[{{"token_id": 1, "owner": {{"login": "ann"}}, "reason": "{secret}", "token": "{secret}"}}]"#
            ),
        ),
        (
            "kubernetes",
            format!(
                r#"{{"apiVersion": "v1", "kind": "Secret", "metadata": {{"name": "x", "labels": {{"a": "{secret}"}},
                "annotations": {{"b": "{secret}", "kubernetes.io/description": "{secret}",
                "kubectl.kubernetes.io/last-applied-configuration": "{{\"stringData\": {{\"k\": \"{secret}\"}}}}"}}}},
                "type": "{secret}", "data": {{"k": "{secret}"}}, "stringData": {{"l": "{secret}"}}}}"#
            ),
        ),
        (
            "vault-audit",
            format!(
                r#"{{"time": "2026-01-01T00:00:00Z", "type": "response", "auth": {{"client_token": "{secret}",
                "accessor": "a"}}, "request": {{"path": "auth/token/lookup/{secret}", "operation": "read",
                "client_token": "{secret}", "data": {{"password": "{secret}"}}}}, "response": {{"data":
                {{"password": "{secret}"}}, "auth": {{"client_token": "{secret}", "entity_id": "e"}}}}}}"#
            ),
        ),
        (
            "vault-lease",
            format!(
                r#"{{"data": {{"id": "a/b/c", "issue_time": "{secret}", "expire_time": null, "ttl": "{secret}",
                "token": "{secret}"}}, "auth": {{"client_token": "{secret}"}}}}"#
            ),
        ),
        (
            "gitleaks-findings",
            format!(
                r#"[{{"RuleID": "x", "File": "a", "Secret": "{secret}", "Match": "k={secret}", "Line": "{secret}",
                "Message": "{secret}", "Fingerprint": "{secret}", "Date": "{secret}"}}]"#
            ),
        ),
        (
            "nhi-findings",
            format!(
                r#"{{"v": 1, "rule": "x", "credential_kind": "{secret}", "preview": "", "secret": "{secret}"}}"#
            ),
        ),
        (
            "nhi-records",
            format!(
                r#"{{"credential": {{"id": "a", "secret": "{secret}", "extra": {{"x": "{secret}"}},
                "tags": {{"y": "{secret}"}}, "created": "{secret}", "kind": "{secret}"}}}}"#
            ),
        ),
    ]
}

proptest::proptest! {
    /// No field outside an adapter's mapping, and no error or problem, carries a secret out.
    #[test]
    fn secrets_do_not_stay(secret in "[A-Za-z]{8}[0-9]{4}[A-Za-z0-9]{12,28}") {
        let pepper = Pepper::new([3; 32]);
        let inputs = with_secret(&secret);
        proptest::prop_assert_eq!(inputs.len(), ids().count());
        for (adapter, text) in inputs {
            let input = Input { adapter: Some(adapter), pepper: Some(&pepper), ..input("x", text.as_bytes()) };
            let parsed = parse(&input);
            proptest::prop_assert!(!format!("{parsed:?}").contains(&secret), "{}", adapter);
        }
    }

    /// An input cut anywhere gives what is whole before the cut, or an error; a good row is never lost behind it.
    #[test]
    fn an_input_may_be_cut_anywhere(at in 0usize..400) {
        for (adapter, text) in with_secret("nothing secret") {
            let cut = text.get(..at).unwrap_or(&text);
            let _ = parse(&Input { adapter: Some(adapter), ..input("x", cut.as_bytes()) });
            let _ = detect("x", cut.as_bytes());
        }
    }
}

/// Every input with each value swapped for one of another type, one at a time.
fn swapped(value: &serde_json::Value) -> Vec<serde_json::Value> {
    use serde_json::{Value, json};
    let mut out = Vec::new();
    for other in [json!(null), json!(7), json!(-1.5), json!("text"), json!([]), json!({}), json!(true)] {
        if core::mem::discriminant(&other) != core::mem::discriminant(value) {
            out.push(other);
        }
    }
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                out.extend(swapped(item).into_iter().map(|other| {
                    let mut items = items.clone();
                    items[i] = other;
                    Value::Array(items)
                }));
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                out.extend(swapped(member).into_iter().map(|other| {
                    let mut members = members.clone();
                    members.insert(key.clone(), other);
                    Value::Object(members)
                }));
            }
        }
        _ => {}
    }
    out
}

#[test]
fn a_value_of_another_type_is_a_problem_and_carries_no_secret_out() {
    let secret = &["Zq7Kd93h", "Xw2LmB5tVy"].concat();
    let pepper = Pepper::new([3; 32]);
    let mut tried = 0;
    for (adapter, text) in with_secret(secret) {
        let Ok(value) = serde_json::from_str(&text) else { continue };
        for other in swapped(&value) {
            let text = serde_json::to_vec(&other).unwrap();
            let parsed = parse(&Input { adapter: Some(adapter), pepper: Some(&pepper), ..input("x", &text) });
            assert!(!format!("{parsed:?}").contains(secret), "{adapter}: {other}");
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn one_byte_changed_or_a_cut_anywhere_carries_no_secret_out() {
    let secret = &["Zq7Kd93h", "Xw2LmB5tVy"].concat();
    let pepper = Pepper::new([3; 32]);
    // A user agent without the slash before its version is kept whole, whatever it is.
    for (adapter, text) in with_secret(secret).into_iter().filter(|(adapter, _)| *adapter != "aws-cloudtrail")
    {
        for at in 0..text.len() {
            let changed = |byte: u8| {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = byte;
                bytes
            };
            for bytes in [changed(b'"'), changed(0xff), text.as_bytes()[..at].to_vec()] {
                let input = Input { adapter: Some(adapter), pepper: Some(&pepper), ..input("x", &bytes) };
                assert!(!format!("{:?}", parse(&input)).contains(secret), "{adapter} at {at}");
                let _ = detect("x", &bytes);
            }
        }
    }
}

#[test]
fn every_input_is_known_by_its_content_to_one_adapter_first() {
    for (adapter, text) in with_secret("nothing secret") {
        let found = detect("x", text.as_bytes());
        // A request without its fields is none, an empty event names too little: those that are whole count.
        if let [first, rest @ ..] = &found[..] {
            assert_eq!(first.adapter, adapter, "{found:?}");
            assert!(rest.iter().all(|other| other.confidence < first.confidence), "{found:?}");
        }
    }
}

/// What would take minutes if any of it were read again and again.
#[test]
fn hostile_inputs_are_read_in_linear_time() {
    for (adapter, text) in with_secret("nothing secret") {
        for piece in ["{", "[", "\"", "{\"items\":[", "}", "{}\n", &text] {
            let bytes = piece.repeat((1 << 16) / piece.len());
            let _ = parse(&Input { adapter: Some(adapter), ..input("x", bytes.as_bytes()) });
        }
    }
}
