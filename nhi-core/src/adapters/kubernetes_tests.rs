//! What Kubernetes objects are read as, and what the inventory makes of it.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use data_encoding::BASE64;

use super::{
    Input, Parsed,
    tests::{credential, identity, input, observed, problems, records},
};
use crate::{
    Pepper,
    inventory::DriftKind,
    model::{CredentialKind, Environment, Fact, LastUse, Plane, Record, Status},
    time::DAY,
};

const PASSWORD: &str = "correct horse battery staple";

fn b64(text: &str) -> String {
    BASE64.encode(text.as_bytes())
}

fn pepper() -> Pepper {
    Pepper::new([9; 32])
}

fn read(text: &str) -> Parsed {
    let pepper = pepper();
    super::parse(&Input { pepper: Some(&pepper), ..input("objects.json", text.as_bytes()) }).unwrap()
}

fn object(kind: &str, name: &str, metadata: &str, more: &str) -> String {
    format!(
        r#"{{"apiVersion": "v1", "kind": "{kind}", "metadata": {{"name": "{name}", "namespace": "shop",
        "creationTimestamp": "2026-04-07T11:25:43Z", "uid": "483e83df-00b9-415b-aa76-b2d23abdbfc2"{metadata}}}{more}}}"#
    )
}

fn opaque(name: &str, value: &str) -> String {
    let data = format!(
        r#", "type": "Opaque", "data": {{"password": "{}", "username": "{}"}}"#,
        b64(value),
        b64("ann")
    );
    object("Secret", name, "", &data)
}

fn legacy() -> String {
    let metadata = r#", "annotations": {"kubernetes.io/service-account.name": "builder"},
        "labels": {"kubernetes.io/legacy-token-last-used": "2026-05-07", "team": "platform", "env": "prod"},
        "ownerReferences": [{"kind": "ServiceAccount", "name": "builder"}]"#;
    let data = format!(
        r#", "type": "kubernetes.io/service-account-token", "data": {{"token": "{}", "ca.crt": "{}", "namespace": "{}"}}"#,
        b64("a token of the cluster"),
        b64("a certificate"),
        b64("shop")
    );
    object("Secret", "builder-token", metadata, &data)
}

fn account() -> String {
    let metadata =
        r#", "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/builder"}"#;
    let more = r#", "automountServiceAccountToken": false, "secrets": [{"name": "builder-token"}],
        "imagePullSecrets": [{"name": "registry"}]"#;
    object("ServiceAccount", "builder", metadata, more)
}

fn list(items: &[String]) -> String {
    format!(
        r#"{{"apiVersion": "v1", "items": [{}], "kind": "List", "metadata": {{"resourceVersion": ""}}}}"#,
        items.join(",\n")
    )
}

#[test]
fn a_secret_is_fingerprinted_and_dropped() {
    let parsed = read(&opaque("db", PASSWORD));
    assert_eq!((parsed.adapter, parsed.plane, parsed.lists), ("kubernetes", Plane::Holdings, true));
    assert_eq!(problems(&parsed), []);
    let password = credential(&parsed, "kubernetes/shop/db/secret/password");
    assert_eq!(password.fingerprint, Some(pepper().fingerprint(PASSWORD.as_bytes())));
    assert_eq!(
        (password.kind, password.storage[0].path.as_str()),
        (CredentialKind::Password, "kubernetes:shop/db#password")
    );
    assert_eq!(password.created.known().unwrap().date_string(), "2026-04-07");
    assert!(password.status.is_unknown(), "Kubernetes does not know whether the database takes it");
    assert_eq!(records(&parsed).len(), 1, "a user name is no secret");
    let text = format!("{parsed:?}");
    assert!(!text.contains(PASSWORD) && !text.contains(&b64(PASSWORD)));
}

#[test]
fn a_legacy_token_belongs_to_its_service_account() {
    let parsed = read(&list(&[legacy(), account()]));
    assert_eq!(problems(&parsed), []);
    let token = credential(&parsed, "kubernetes/shop/builder-token/secret/token");
    assert_eq!(token.identity, "system:serviceaccount:shop:builder");
    assert_eq!((token.status, token.not_after), (Fact::Known(Status::Active), Fact::Absent));
    assert!(matches!(token.last_used, LastUse::Used { granularity_ms: DAY, .. }));
    assert_eq!(token.environment, Fact::Known(Environment::Prod));
    assert_eq!(token.extra["owner_reference"], "ServiceAccount/builder");
    assert_eq!(token.consumers, Fact::Known(["system:serviceaccount:shop:builder".to_string()].to_vec()));
    let account = identity(&parsed, "system:serviceaccount:shop:builder");
    assert_eq!(account.extra["automount_token"], "false");
    assert_eq!(account.tags["eks.amazonaws.com/role-arn"], "arn:aws:iam::111122223333:role/builder");
    let invalid = legacy()
        .replace("\"team\"", "\"kubernetes.io/legacy-token-invalid-since\": \"2026-05-08\", \"team\"");
    let token = credential(&read(&invalid), "kubernetes/shop/builder-token/secret/token");
    assert_eq!(token.status, Fact::Known(Status::Inactive));
}

#[test]
fn each_registry_of_a_docker_configuration_has_its_password() {
    let auth = b64(&format!("ann:{PASSWORD}"));
    let config = format!(
        r#"{{"auths": {{"a.example": {{"auth": "{auth}"}}, "b.example": {{"username": "x", "password": "y z"}}}}}}"#
    );
    let data = format!(
        r#", "type": "kubernetes.io/dockerconfigjson", "data": {{".dockerconfigjson": "{}"}}"#,
        b64(&config)
    );
    let parsed = read(&list(&[account(), object("Secret", "registry", "", &data)]));
    let a = credential(&parsed, "kubernetes/shop/registry/secret/a.example");
    assert_eq!(a.fingerprint, Some(pepper().fingerprint(PASSWORD.as_bytes())));
    assert!(a.consumers.known().is_some());
    let b = credential(&parsed, "kubernetes/shop/registry/secret/b.example");
    assert_eq!(b.fingerprint, Some(pepper().fingerprint(b"y z")));
}

#[test]
fn the_annotation_of_kubectl_apply_holds_secrets_too() {
    let applied = format!(r#"{{"kind":"Secret","stringData":{{"password":"{PASSWORD}"}}}}"#);
    let annotation = format!(
        r#", "annotations": {{"kubectl.kubernetes.io/last-applied-configuration": {}}}"#,
        serde_json::Value::from(applied)
    );
    let data = format!(r#", "data": {{"password": "{}"}}"#, b64("a newer one"));
    let parsed = read(&object("Secret", "db", &annotation, &data));
    let old = pepper().fingerprint(PASSWORD.as_bytes());
    let seen = |record: &Record| matches!(record, Record::Sighting(found) if found.of.fingerprint.as_ref() == Some(&old));
    assert_eq!(records(&parsed).iter().filter(|record| seen(record)).count(), 1);
    assert!(!format!("{parsed:?}").contains(PASSWORD));
    let same =
        object("Secret", "db", &annotation, &format!(r#", "data": {{"password": "{}"}}"#, b64(PASSWORD)));
    assert_eq!(records(&read(&same)).len(), 1, "the current value is told once");
}

#[test]
fn types_tell_which_of_their_values_are_secret() {
    for (sort, key, kind) in [
        ("kubernetes.io/tls", "tls.key", CredentialKind::PrivateKey),
        ("kubernetes.io/ssh-auth", "ssh-privatekey", CredentialKind::PrivateKey),
        ("kubernetes.io/basic-auth", "password", CredentialKind::Password),
        ("Opaque", "API_TOKEN", CredentialKind::ApiKey),
        ("example.com/own", "blob", CredentialKind::Unknown),
    ] {
        let data = format!(
            r#", "type": "{sort}", "data": {{"tls.crt": "eA==", "username": "eA==", "{key}": "eA=="}}"#
        );
        let found = records(&read(&object("Secret", "s", "", &data)));
        let [Record::Credential(found)] = &found[..] else { panic!("{sort}: {found:?}") };
        assert_eq!(found.kind, kind, "{sort}");
    }
    let helm = object("Secret", "s", "", r#", "type": "helm.sh/release.v1", "data": {"release": "eA=="}"#);
    assert_eq!(records(&read(&helm)).len(), 0);
}

#[test]
fn the_inventory_shows_what_has_no_owner_and_what_is_there_twice() {
    let text = list(&[opaque("db", PASSWORD), opaque("db-copy", PASSWORD), legacy(), account()]);
    let inventory = observed(&[("objects.json", &text)]);
    let unowned: Vec<_> = inventory
        .credentials()
        .filter(|entry| entry.record.owners.known().is_none())
        .map(|entry| entry.record.id.as_str())
        .collect();
    // One value is one credential, wherever it is kept.
    assert_eq!(unowned, ["kubernetes/shop/db-copy/secret/password"]);
    assert_eq!(inventory.credential(unowned[0]).unwrap().record.storage.len(), 2);
    let drift = inventory.drift(crate::time::Timestamp::from_millis(1_780_000_000_000));
    let twice: Vec<_> =
        drift.iter().filter(|d| d.kind == DriftKind::DuplicateValue).map(|d| d.credential.as_str()).collect();
    assert_eq!(twice, unowned);
    assert_eq!(inventory.identity("system:serviceaccount:shop:builder").unwrap().record.name, "builder");
}

#[test]
fn lists_of_one_kind_lines_and_pages() {
    let bare = opaque("db", PASSWORD).replacen(r#""apiVersion": "v1", "kind": "Secret", "#, "", 1);
    let typed = format!(
        r#"{{"kind": "SecretList", "apiVersion": "v1", "metadata": {{"continue": "x"}}, "items": [{bare}]}}"#
    );
    let parsed = read(&typed);
    assert_eq!((records(&parsed).len(), parsed.lists), (1, false));
    assert_eq!(problems(&parsed), [("more_pages".into(), Some("metadata.continue".into()), false)]);
    let one_line = |text: String| text.replace('\n', "");
    let lines = [one_line(opaque("a", "x y")), one_line(account())].join("\n");
    assert_eq!(records(&read(&lines)).len(), 2);
}

#[test]
fn one_field_broken_at_a_time() {
    let value = b64(PASSWORD);
    for (from, to, code, field, lost) in [
        ("\"name\": \"db\"", "\"name\": 7", "bad_field", "name", true),
        ("\"metadata\"", "\"metadatum\"", "missing_field", "metadata", true),
        ("2026-04-07", "yesterday", "bad_time", "creationTimestamp", false),
        (value.as_str(), "%%%", "bad_base64", "data", false),
        ("\"data\": {", "\"data\": 7, \"x\": {", "bad_field", "data", false),
        ("\"type\": \"Opaque\"", "\"type\": 7", "bad_field", "type", false),
        ("\"kind\": \"Secret\"", "\"kind\": \"Pod\"", "unknown_kind", "kind", true),
    ] {
        let broken = opaque("db", PASSWORD).replacen(from, to, 1);
        assert_ne!(broken, opaque("db", PASSWORD), "{from}");
        let parsed = read(&list(&[broken, account()]));
        assert_eq!(problems(&parsed), [(code.into(), Some(field.into()), lost)], "{from}");
        assert!(!parsed.items.is_empty(), "the other object is read");
        assert!(!format!("{parsed:?}").contains(PASSWORD), "{from}");
    }
}
