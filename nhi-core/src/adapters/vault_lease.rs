//! One lease of Vault or OpenBao: the answer of `sys/leases/lookup`, with or without the response around it.
//! Sources: Vault API documentation, `/sys/leases` (<https://developer.hashicorp.com/vault/api-docs/system/leases>);
//! OpenBao's (<https://openbao.org/api-docs/system/leases/>); both write Go times, RFC 3339 with nine digits.
//!
//! | field | ours |
//! |---|---|
//! | `id` | `external_id` of a version; without its last part, the identity that leases are made for |
//! | `issue_time` | `created` of the version |
//! | `expire_time` | `not_after` of the version |
//! | `ttl` | seconds left when Vault answered: with `expire_time` it tells when that was; none left = expired |
//! | `last_renewal`, `renewable`, `path` | not read: a renewal is no use, and the path stands in the id |
//!
//! All leases of one path are versions of one credential `vault/<path>/lease`: what a rotation makes anew. The
//! answer names no cluster, so the issuer is `vault`.
//! Sentinels: `expire_time` null or `0001-01-01T00:00:00Z` (Go's zero time) = it never ends.

use alloc::{boxed::Box, format, string::String};

use serde_json::{Map, Value};

use super::{Adapter, probe::Probe, sink::Sink};
use crate::{
    model::{Credential, CredentialKind, Fact, Identity, IdentityKind, Plane, Record, Status, VersionRecord},
    time::{
        SECOND, Timestamp,
        foreign::{Dialect, Null},
    },
};

pub(super) const ADAPTER: Adapter = Adapter {
    id: "vault-lease",
    plane: Plane::ControlPlane,
    lists: false,
    detect,
    parse: |sink| sink.lines(|sink, map| answer(sink, &map)),
};

/// Provider and issuer: the answers name no cluster.
pub(super) const VAULT: &str = "vault";

/// Go's zero time.
pub(super) const ZERO: &str = "0001-01-01T00:00:00Z";

const ISSUED: Dialect = Dialect { unknown: &[(ZERO, Fact::<()>::NOT_REPORTED)], ..Dialect::ISO };
const EXPIRES: Dialect = Dialect { absent: &[ZERO], null: Null::Absent, ..Dialect::ISO };

const FIELDS: [&str; 3] = ["id", "issue_time", "expire_time"];

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    let lease = |fields: &[String]| FIELDS.iter().all(|name| fields.iter().any(|field| field == name));
    // A token looked up has these fields too, and an accessor; its id is the token itself.
    let token = |fields: &[String]| fields.iter().any(|field| field == "accessor");
    if lease(&probe.keys) && !token(&probe.keys) && probe.has(&["ttl"]) {
        return Some((90, "a lease of Vault or OpenBao"));
    }
    let inner = probe.member_keys("data");
    (lease(&inner) && !token(&inner)).then_some((95, "the answer to a lease lookup of Vault or OpenBao"))
}

fn answer(sink: &mut Sink, map: &Map<String, Value>) {
    match map.get("data") {
        Some(Value::Object(data)) => lease(sink, data),
        // What Vault answers when there is no such lease (any more).
        _ if map.contains_key("errors") => {
            sink.lost(Some("errors"), "refused", "Vault answered with an error instead of a lease");
        }
        None => lease(sink, map),
        Some(_) => sink.lost(Some("data"), "bad_field", "expected an object"),
    }
}

fn lease(sink: &mut Sink, map: &Map<String, Value>) {
    if map.contains_key("accessor") {
        return sink.lost(None, "not_a_lease", "expected a lease, found a token");
    }
    let Some(id) = sink.need(map, "id") else { return };
    let Some(path) = path_of(&id) else {
        return sink.lost(Some("id"), "bad_lease_id", "expected a path and the lease's own part after it");
    };
    let created = sink.time(map, "issue_time", &ISSUED);
    let not_after = if map.contains_key("expire_time") {
        sink.time(map, "expire_time", &EXPIRES)
    } else {
        Fact::default()
    };
    let left = match map.get("ttl") {
        None | Some(Value::Null) => None,
        Some(ttl) => ttl.as_i64().or_else(|| {
            sink.bad_field("ttl", "bad_field", "expected whole seconds");
            None
        }),
    };
    let status = match (left, &not_after) {
        (_, Fact::Absent) => Fact::Known(Status::Active),
        (Some(left), _) if left <= 0 => Fact::Known(Status::Expired),
        (Some(_), _) => Fact::Known(Status::Active),
        (None, _) => Fact::default(),
    };
    // Vault cuts the seconds left, so the moment is exact to one second; one after the reading is none.
    let looked = match (&not_after, left) {
        (Fact::Known(end), Some(left)) => end.plus(left.saturating_neg().saturating_mul(SECOND)),
        _ => sink.input.read_at,
    };
    let looked = if left == Some(0) { sink.input.read_at } else { looked.min(sink.input.read_at) };
    let version =
        VersionRecord { external_id: id.clone(), created, not_after, status, ..VersionRecord::default() };
    observe(sink, path, version, looked);
}

/// The path that a lease was made at: `database/creds/app` of `database/creds/app/<id>`.
pub(super) fn path_of(lease: &str) -> Option<&str> {
    let (path, own) = lease.rsplit_once('/')?;
    (!path.is_empty() && !own.is_empty()).then_some(path)
}

/// A lease as a version of its path's credential, and the identity behind the path.
pub(super) fn observe(sink: &mut Sink, path: &str, version: VersionRecord, at: Timestamp) {
    let login = path.starts_with("auth/");
    let identity = Identity {
        id: format!("{VAULT}/{path}"),
        // The path of a secrets engine is a role that others take; behind a login may be anybody.
        kind: if login { IdentityKind::Unknown } else { IdentityKind::IamRole },
        issuer: VAULT.into(),
        name: path.into(),
        ..Identity::default()
    };
    let credential = Credential {
        id: format!("{VAULT}/{path}/lease"),
        identity: identity.id.clone(),
        kind: if login { CredentialKind::SessionToken } else { CredentialKind::Unknown },
        provider: VAULT.into(),
        issuer: VAULT.into(),
        system_of_record: Fact::Known("Vault".into()),
        versions: [version].into(),
        ..Credential::default()
    };
    sink.observe_at(Record::Identity(Box::new(identity)), at);
    sink.observe_at(Record::Credential(Box::new(credential)), at);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{credential, identity, observed, problems, run};
    use super::*;
    use crate::time::DAY;

    const BARE: &str = r#"{"id": "database/creds/app/Ab12", "issue_time": "2026-05-01T10:00:00.123456789Z",
        "expire_time": "2026-05-01T12:00:00.005655614+01:00", "last_renewal": null, "renewable": true, "ttl": 600}"#;

    fn wrapped(lease: &str) -> String {
        format!(
            r#"{{"request_id": "r", "lease_id": "", "renewable": false, "lease_duration": 0,
            "data": {lease}, "wrap_info": null, "warnings": null, "auth": null}}"#
        )
    }

    #[test]
    fn a_lease_is_a_version_of_its_paths_credential() {
        for text in [BARE.into(), wrapped(BARE)] {
            let parsed = run("lease.json", text.as_bytes());
            assert_eq!((parsed.adapter, parsed.lists, problems(&parsed)), ("vault-lease", false, [].into()));
            let lease = credential(&parsed, "vault/database/creds/app/lease");
            let version = &lease.versions[0];
            assert_eq!(version.external_id, "database/creds/app/Ab12");
            assert_eq!(version.created.known().unwrap().millis() % 1000, 123);
            assert_eq!(version.not_after.known().unwrap().date_string(), "2026-05-01");
            assert_eq!(version.status, Fact::Known(Status::Active));
            assert_eq!(identity(&parsed, "vault/database/creds/app").kind, IdentityKind::IamRole);
        }
    }

    #[test]
    fn a_login_is_a_session_and_the_answer_tells_its_own_time() {
        let parsed = run("x", BARE.replace("database/creds/app", "auth/userpass/login/ann").as_bytes());
        let login = credential(&parsed, "vault/auth/userpass/login/ann/lease");
        assert_eq!(login.kind, CredentialKind::SessionToken);
        let end = *login.versions[0].not_after.known().unwrap();
        let at = parsed.items.iter().find_map(|item| match item {
            crate::model::Item::Observation(said) => Some(said.provenance.observed_at),
            _ => None,
        });
        assert_eq!(at, Some(end.plus(-600 * SECOND)));
    }

    #[test]
    fn sentinels_of_the_end() {
        let end = "\"2026-05-01T12:00:00.005655614+01:00\"";
        for (to, expected) in [("null", Fact::Absent), ("\"0001-01-01T00:00:00Z\"", Fact::Absent)] {
            let parsed = run("x", BARE.replace(end, to).as_bytes());
            let lease = credential(&parsed, "vault/database/creds/app/lease");
            assert_eq!((&lease.versions[0].not_after, problems(&parsed).len()), (&expected, 0), "{to}");
            assert_eq!(lease.versions[0].status, Fact::Known(Status::Active));
        }
        let parsed = run("x", BARE.replace("2026-05-01T10:00:00.123456789Z", ZERO).as_bytes());
        assert!(credential(&parsed, "vault/database/creds/app/lease").versions[0].created.is_not_reported());
    }

    #[test]
    fn a_lease_that_ended_is_over_in_the_inventory() {
        let ended = BARE.replace("\"ttl\": 600", "\"ttl\": 0").replace("Ab12", "Ab11");
        let running = BARE.replace("2026-05-01T12", "2027-05-01T12");
        let inventory = observed(&[("ended.json", &ended), ("running.json", &wrapped(&running))]);
        let id = "database/creds/app/Ab11";
        let lease = &inventory.credential(id).unwrap().record;
        let states: alloc::vec::Vec<_> =
            lease.versions.iter().map(|v| (v.external_id.as_str(), v.status.clone())).collect();
        assert_eq!(
            states,
            [
                ("database/creds/app/Ab11", Fact::Known(Status::Expired)),
                ("database/creds/app/Ab12", Fact::Known(Status::Active))
            ]
        );
        assert_eq!(inventory.credentials().len(), 1);
        assert!(
            lease.versions[1].not_after.known().unwrap().since(*lease.versions[1].created.known().unwrap())
                > DAY
        );
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            ("\"id\"", "\"key\"", "missing_field", Some("id"), true),
            ("database/creds/app/Ab12", "Ab12", "bad_lease_id", Some("id"), true),
            ("2026-05-01T10", "yesterday", "bad_time", Some("issue_time"), false),
            ("\"2026-05-01T12:00:00.005655614+01:00\"", "[]", "bad_time", Some("expire_time"), false),
            ("\"ttl\": 600", "\"ttl\": \"long\"", "bad_field", Some("ttl"), false),
            ("\"renewable\"", "\"accessor\"", "not_a_lease", None, true),
        ] {
            let parsed = super::super::parse(&super::super::Input {
                adapter: Some("vault-lease"),
                ..super::super::tests::input("x", wrapped(&BARE.replacen(from, to, 1)).as_bytes())
            });
            let parsed = parsed.unwrap();
            assert_eq!(problems(&parsed), [(code.into(), field.map(Into::into), lost)], "{from}");
            assert_eq!(parsed.items.len(), if lost { 0 } else { 2 }, "{from}");
        }
        let refused = [wrapped(BARE), r#"{"errors": ["invalid lease"]}"#.into()].concat();
        assert_eq!(
            problems(&run("x", refused.as_bytes())),
            [("refused".into(), Some("errors".into()), true)]
        );
    }
}
