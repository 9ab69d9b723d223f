//! The audit log of Vault and OpenBao: one JSON object a line, a `request` and a `response` entry for each call.
//! Sources: Vault, "Audit log entry schema" (<https://developer.hashicorp.com/vault/docs/audit/schema>) and "Audit
//! devices" (<https://developer.hashicorp.com/vault/docs/audit>); OpenBao, <https://openbao.org/docs/audit/>.
//!
//! | field | activity |
//! |---|---|
//! | `time`, `request.id` | `time`, `id`; a request is told once, by its response if the log has it |
//! | `auth.accessor`, else `request.client_token_accessor` | `credential`; of a batch token, which has none, its holder |
//! | `auth.entity_id`, else `auth.display_name` | `identity` |
//! | `auth.token_type` | `batch`: ephemeral, with the display name as `role` |
//! | `request.mount_type`, `operation` | `action` (`vault:` where the mount type is not told) |
//! | `request.path` | `destination`, without a token in it |
//! | `request.namespace.path`, `remote_address` | `account`, `source_ip` |
//! | `error`, `auth.policy_results.allowed`, `response.data.error` | `outcome`; unknown for a request without answer |
//!
//! | in a response | observation |
//! |---|---|
//! | `response.auth` | a token issued or renewed: accessor, issue time, end by `token_ttl`, policies |
//! | `response.secret.lease_id` | a lease issued, or renewed where the path is that of renewal |
//! | path `sys/leases/revoke/<id>`, `auth/token/revoke-self`, `revoke-accessor` | a lease or token revoked |
//!
//! Texts are HMACs under the salt of one audit device, so they join only within its log: accessors do, a lease id
//! given as data does not (a problem). A device with `log_raw` writes tokens in plain text: they are fingerprinted,
//! told as sightings in a log, and dropped. Sentinels: `token_issue_time` of year 1 = not told; `token_ttl` 0 = it
//! never ends; a missing `error` = it was done.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use serde_json::{Map, Value};

use super::{
    Adapter,
    probe::Probe,
    sink::{Sink, wipe},
    vault_lease::{self, VAULT, ZERO},
};
use crate::{
    Error, limits,
    model::{
        Activity, Credential, CredentialKind, Exposure, Fact, Identity, Item, Liveness, Location, Outcome,
        Plane, PolicyStep, Record, Sighting, SightingMatch, Status, VersionRecord,
    },
    time::{SECOND, Timestamp, foreign},
};

pub(super) const ADAPTER: Adapter =
    Adapter { id: "vault-audit", plane: Plane::ControlPlane, lists: false, detect, parse };

const TIME: foreign::Dialect =
    foreign::Dialect { unknown: &[(ZERO, Fact::<()>::NOT_REPORTED)], ..foreign::Dialect::ISO };

const HASHED: &str = "hmac-sha256:";

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    let entry = probe.has(&["time", "type", "request"]) && probe.opens_with("request") == Some(b'{');
    let keys = probe.member_keys("request");
    let call = |name: &str| keys.iter().any(|key| key == name);
    (entry && call("operation") && call("path")).then_some((95, "the audit log of Vault or OpenBao"))
}

/// What is known of the whole log so far.
#[derive(Default)]
struct Log {
    /// In the order of the log; an answered request gives its place to its response.
    items: Vec<Option<Item>>,
    /// Requests without an answer so far, by id.
    open: BTreeMap<String, usize>,
    /// The credential of each accessor.
    tokens: BTreeMap<String, String>,
    /// Identities told already, and fingerprints of raw tokens.
    told: BTreeSet<String>,
}

fn parse(sink: &mut Sink) -> Result<(), Error> {
    let mut log = Log::default();
    sink.lines(|sink, mut map| {
        entry(sink, &mut log, &map);
        map.values_mut().for_each(wipe);
    })?;
    log.items.into_iter().flatten().for_each(|item| sink.item(item));
    Ok(())
}

/// A text somewhere inside; anything else is as good as missing, because most entries have no such field.
fn text<'a>(map: &'a Map<String, Value>, path: &[&str]) -> Option<&'a str> {
    let (last, objects) = path.split_last()?;
    let mut map = map;
    for name in objects {
        map = map.get(*name)?.as_object()?;
    }
    let text = map.get(*last)?.as_str()?;
    (!text.is_empty() && text.len() <= limits::FIELD_BYTES).then_some(text)
}

fn entry(sink: &mut Sink, log: &mut Log, map: &Map<String, Value>) {
    let time = match map.get("time").map(|time| foreign::parse_value(time, &foreign::Dialect::ISO)) {
        Some(Ok(Fact::Known(time))) => time,
        Some(_) => return sink.lost(Some("time"), "bad_time", "expected an ISO 8601 time"),
        None => return sink.lost(Some("time"), "missing_field", "an entry can't be without a time"),
    };
    let answered = match text(map, &["type"]) {
        Some("request") => false,
        Some("response") => true,
        _ => return sink.lost(Some("type"), "bad_word", "expected request or response"),
    };
    let Some(Value::Object(request)) = map.get("request") else {
        return sink.lost(Some("request"), "missing_field", "expected an object");
    };
    let (Some(path), Some(operation)) = (sink.need(request, "path"), sink.need(request, "operation")) else {
        return;
    };
    raw(sink, log, map);
    let id = text(request, &["id"]);
    let activity = activity(map, request, time, &path, &operation, answered);
    if answered {
        if let Some(place) = id.and_then(|id| log.open.remove(id)).and_then(|at| log.items.get_mut(at)) {
            *place = None;
        }
        issued(sink, log, map, request, &path, time);
    }
    // What the sink was given for this entry, so that the order of the log is kept.
    log.items.extend(sink.take_items().into_iter().map(Some));
    if let Some(activity) = activity {
        if let (false, Some(id)) = (answered, id) {
            log.open.insert(id.into(), log.items.len());
        }
        log.items.push(Some(Item::Activity(Box::new(activity))));
    }
}

fn activity(
    map: &Map<String, Value>,
    request: &Map<String, Value>,
    time: Timestamp,
    path: &str,
    operation: &str,
    answered: bool,
) -> Option<Activity> {
    let auth = |field: &str| text(map, &["auth", field]);
    let holder = auth("entity_id").or(auth("display_name"));
    let accessor = auth("accessor").or(text(request, &["client_token_accessor"]));
    // A login or a call without a token uses no credential.
    let credential = accessor.or(holder.filter(|_| auth("token_type") == Some("batch")))?;
    let batch = auth("token_type") == Some("batch");
    let owned = |text: Option<&str>| text.map(String::from);
    let mount = text(request, &["mount_type"]).unwrap_or(VAULT);
    Some(Activity {
        time,
        id: owned(text(request, &["id"])),
        credential: credential.into(),
        identity: owned(holder),
        role: owned(auth("display_name").filter(|_| batch)),
        ephemeral: batch,
        action: Some(format!("{mount}:{operation}")),
        destination: Some(without_token(path).into()),
        account: owned(text(request, &["namespace", "path"]).map(|path| path.trim_end_matches('/'))),
        source_ip: owned(text(request, &["remote_address"])),
        outcome: outcome(map, answered),
        ..Activity::default()
    })
}

/// Old calls of the token store have the token itself in their path.
fn without_token(path: &str) -> &str {
    const CALLS: [&str; 4] =
        ["auth/token/lookup/", "auth/token/renew/", "auth/token/revoke/", "auth/token/revoke-orphan/"];
    let call = CALLS.iter().find_map(|call| path.find(call).map(|at| at + call.len() - 1));
    call.and_then(|end| path.get(..end)).unwrap_or(path)
}

fn outcome(map: &Map<String, Value>, answered: bool) -> Option<Outcome> {
    let refused = map
        .get("auth")
        .and_then(|auth| auth.get("policy_results")?.get("allowed"))
        .is_some_and(|allowed| *allowed == Value::Bool(false));
    let error = map.get("error").and_then(Value::as_str).filter(|error| !error.is_empty());
    // Words of Vault's own errors (sdk/logical/error.go).
    let denied = |error: &str| {
        ["permission denied", "invalid token", "bad token", "missing client token"]
            .iter()
            .any(|words| error.contains(words))
    };
    match error {
        _ if refused => Some(Outcome::Denied),
        Some(error) if denied(error) => Some(Outcome::Denied),
        Some(_) => Some(Outcome::Error),
        None if text(map, &["response", "data", "error"]).is_some() => Some(Outcome::Error),
        None => answered.then_some(Outcome::Ok),
    }
}

/// What an answer issues, renews or ends.
fn issued(
    sink: &mut Sink,
    log: &mut Log,
    map: &Map<String, Value>,
    request: &Map<String, Value>,
    path: &str,
    time: Timestamp,
) {
    if map.get("error").and_then(Value::as_str).is_some_and(|error| !error.is_empty()) {
        return;
    }
    let namespace = text(request, &["namespace", "path"]).unwrap_or("");
    let lease = |id: &str| {
        let path = vault_lease::path_of(id)?;
        Some(format!("{namespace}{path}"))
    };
    if let Some(id) = text(map, &["response", "secret", "lease_id"]) {
        let renewed = path.starts_with("sys/leases/renew") || path.starts_with("sys/renew");
        let version = VersionRecord {
            external_id: id.into(),
            created: if renewed { Fact::default() } else { Fact::Known(time) },
            not_after: Fact::unknown("the log has no duration of leases"),
            status: Fact::Known(Status::Active),
            ..VersionRecord::default()
        };
        match lease(id) {
            Some(path) => vault_lease::observe(sink, &path, version, time),
            None => sink.bad_field(
                "response.secret.lease_id",
                "bad_lease_id",
                "expected a path and the lease's own part",
            ),
        }
    }
    match map.get("response").and_then(|response| response.get("auth")) {
        Some(Value::Object(auth)) => token(sink, log, map, auth, path, time),
        None | Some(Value::Null) => {}
        Some(_) => sink.bad_field("response.auth", "bad_field", "expected an object"),
    }
    let revoked = |id: &str| VersionRecord {
        external_id: id.into(),
        status: Fact::Known(Status::Revoked),
        ..VersionRecord::default()
    };
    let call = ["sys/leases/revoke", "sys/revoke"].iter().find_map(|call| path.strip_prefix(call));
    match call {
        Some("") => {
            if text(request, &["data", "lease_id"]).is_some_and(|id| id.starts_with(HASHED)) {
                sink.bad_field(
                    "request.data.lease_id",
                    "hashed_id",
                    "the lease is told as a HMAC only, which joins nothing",
                );
            } else if let Some(id) = text(request, &["data", "lease_id"])
                && let Some(path) = lease(id)
            {
                vault_lease::observe(sink, &path, revoked(id), time);
            }
        }
        Some(id) => {
            if let Some(id) = id.strip_prefix('/')
                && let Some(path) = lease(id)
            {
                vault_lease::observe(sink, &path, revoked(id), time);
            }
        }
        None => {}
    }
    let accessor = match path {
        "auth/token/revoke-self" => text(map, &["auth", "accessor"]),
        "auth/token/revoke-accessor" => text(request, &["data", "accessor"]),
        _ => None,
    };
    if let Some(accessor) = accessor {
        let known = log.tokens.get(accessor).cloned();
        let id = known.unwrap_or_else(|| format!("{VAULT}/{accessor}/token"));
        let credential = Credential { versions: [revoked(accessor)].into(), ..of_token(id, String::new()) };
        sink.observe_at(Record::Credential(Box::new(credential)), time);
    }
}

fn of_token(id: String, identity: String) -> Credential {
    Credential {
        id,
        identity,
        kind: CredentialKind::SessionToken,
        provider: VAULT.into(),
        issuer: VAULT.into(),
        system_of_record: Fact::Known("Vault".into()),
        ..Credential::default()
    }
}

/// A token that a login or the token store issued or renewed.
fn token(
    sink: &mut Sink,
    log: &mut Log,
    map: &Map<String, Value>,
    auth: &Map<String, Value>,
    path: &str,
    time: Timestamp,
) {
    let name = text(auth, &["display_name"]);
    let Some(holder) = text(auth, &["entity_id"]).or(name) else {
        return sink.bad_field("response.auth", "missing_field", "expected an entity or a display name");
    };
    let identity = format!("{VAULT}/{holder}");
    if log.told.insert(identity.clone()) {
        let record = Identity {
            id: identity.clone(),
            issuer: VAULT.into(),
            name: name.unwrap_or(holder).into(),
            external_ids: [String::from(holder)].into(),
            ..Identity::default()
        };
        sink.observe_at(Record::Identity(Box::new(record)), time);
    }
    let renewed = path.starts_with("auth/token/renew");
    let issued = match sink.time(auth, "token_issue_time", &TIME) {
        Fact::Unknown(_) if !renewed => Fact::Known(time),
        issued => issued,
    };
    let from = if renewed { time } else { issued.known().copied().unwrap_or(time) };
    let not_after = match auth.get("token_ttl") {
        None | Some(Value::Null) => Fact::default(),
        Some(ttl) => match ttl.as_u64() {
            Some(0) => Fact::Absent,
            Some(ttl) => {
                let ms = i64::try_from(ttl).unwrap_or(i64::MAX).saturating_mul(SECOND);
                Fact::Known(from.plus(ms))
            }
            None => {
                sink.bad_field("response.auth.token_ttl", "bad_field", "expected whole seconds");
                Fact::unknown("unreadable in the export")
            }
        },
    };
    let policies = sink.array(auth, "policies").iter().filter_map(Value::as_str).take(limits::EVIDENCE);
    let policies: Vec<PolicyStep> =
        policies.map(|id| PolicyStep { kind: "managed_policy".into(), id: id.into() }).collect();
    let root = policies.iter().any(|step| step.id == "root");
    let id = format!("{identity}/token");
    let accessor = text(auth, &["accessor"]);
    if let Some(accessor) = accessor {
        log.tokens.insert(accessor.into(), id.clone());
    }
    let version = accessor.map(|accessor| VersionRecord {
        external_id: accessor.into(),
        created: issued,
        not_after,
        status: Fact::Known(Status::Active),
        ..VersionRecord::default()
    });
    let maker = text(map, &["auth", "entity_id"]).or(text(map, &["auth", "display_name"]));
    let credential = Credential {
        // Vault's own policy `root` allows everything; what others allow is not in the log.
        scopes_granted: if root { Fact::Known(["*".into()].into()) } else { Fact::default() },
        policy_path: Fact::Known(policies),
        created_by: maker.filter(|_| !renewed).map_or_else(Fact::default, |maker| Fact::Known(maker.into())),
        versions: version.into_iter().collect(),
        ..of_token(id, identity)
    };
    sink.observe_at(Record::Credential(Box::new(credential)), time);
}

/// A device with `log_raw` writes tokens in plain text: each is a sighting, once.
fn raw(sink: &mut Sink, log: &mut Log, map: &Map<String, Value>) {
    let places =
        [&["auth", "client_token"][..], &["request", "client_token"], &["response", "auth", "client_token"]];
    for token in places.iter().filter_map(|path| text(map, path)).filter(|token| !token.starts_with(HASHED)) {
        if log.told.insert(HASHED.into()) {
            sink.bad_field("client_token", "raw_log", "the log has tokens in plain text (log_raw)");
        }
        let Some(print) = sink.input.pepper.map(|pepper| pepper.fingerprint(token.as_bytes())) else {
            continue;
        };
        if !log.told.insert(print.as_str().into()) {
            continue;
        }
        let sighting = Sighting {
            of: SightingMatch { fingerprint: Some(print), ..SightingMatch::default() },
            provider: Fact::Known(VAULT.into()),
            rule: String::new(),
            kind: CredentialKind::SessionToken,
            location: Location {
                kind: "log".into(),
                path: sink.input.name.into(),
                line: sink.line(),
                revision: None,
            },
            source: ADAPTER.id.into(),
            liveness: Liveness::NotChecked,
            first_seen: Fact::default(),
            last_seen: Fact::Known(sink.input.read_at),
            exposure: Fact::Known(Exposure::Runtime),
            preview: String::new(),
            level: None,
            environment: Fact::default(),
            expires: Fact::default(),
        };
        sink.observe(Record::Sighting(Box::new(sighting)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{activities, credential, identity, observed, problems, records, run};
    use super::*;
    use alloc::string::ToString;

    fn line(kind: &str, id: &str, path: &str, more: &str) -> String {
        format!(
            "{{\"time\":\"2026-05-01T10:0{id}:0{n}.5Z\",\"type\":\"{kind}\",\"auth\":{{\"client_token\":\"hmac-sha256:aa\",\
             \"accessor\":\"hmac-sha256:acc\",\"display_name\":\"approle\",\"entity_id\":\"e-1\",\"token_type\":\"service\",\
             \"policy_results\":{{\"allowed\":true}}}},\"request\":{{\"id\":\"{id}\",\"operation\":\"read\",\
             \"mount_type\":\"database\",\"path\":\"{path}\",\"remote_address\":\"192.0.2.7\",\"namespace\":{{\"id\":\"root\"}},\
             \"data\":{{\"accessor\":\"hmac-sha256:acc\",\"lease_id\":\"hmac-sha256:ll\"}}}}{more}}}\n",
            n = usize::from(kind == "response")
        )
    }

    fn log() -> String {
        let login = r#","response":{"auth":{"accessor":"hmac-sha256:acc","display_name":"approle","entity_id":"e-1",
            "policies":["default","app"],"token_issue_time":"2026-05-01T09:59:59Z","token_ttl":3600,"token_type":"service"}}"#
            .replace('\n', "");
        let lease = r#","response":{"secret":{"lease_id":"database/creds/app/L1"}}"#;
        [
            line("request", "1", "auth/approle/login", ""),
            line("response", "1", "auth/approle/login", &login),
            line("request", "2", "database/creds/app", ""),
            line("response", "2", "database/creds/app", lease),
            line("request", "3", "sys/leases/revoke/database/creds/app/L1", ""),
            line("response", "3", "sys/leases/revoke/database/creds/app/L1", ""),
            line("request", "4", "auth/token/lookup/s.x", ""),
        ]
        .concat()
    }

    #[test]
    fn each_call_is_told_once_and_an_unanswered_one_without_outcome() {
        let parsed = run("audit.jsonl", log().as_bytes());
        assert_eq!((parsed.adapter, parsed.lists, problems(&parsed)), ("vault-audit", false, [].into()));
        let calls = activities(&parsed);
        let told: Vec<_> = calls.iter().map(|call| (call.id.as_deref().unwrap(), call.outcome)).collect();
        let ok = Some(Outcome::Ok);
        assert_eq!(told, [("1", ok), ("2", ok), ("3", ok), ("4", None)]);
        let expected = Activity {
            time: Timestamp::parse_rfc3339("2026-05-01T10:02:01.5Z").unwrap(),
            id: Some("2".into()),
            credential: "hmac-sha256:acc".into(),
            identity: Some("e-1".into()),
            action: Some("database:read".into()),
            destination: Some("database/creds/app".into()),
            source_ip: Some("192.0.2.7".into()),
            outcome: ok,
            ..Activity::default()
        };
        assert_eq!(calls[1], expected);
        assert_eq!(calls[3].destination.as_deref(), Some("auth/token/lookup"));
    }

    #[test]
    fn what_was_issued_and_ended_between_two_looks_is_known() {
        let inventory = observed(&[("audit.jsonl", &log())]);
        let lease = &inventory.credential("database/creds/app/L1").unwrap().record;
        assert_eq!(lease.id, "vault/database/creds/app/lease");
        assert_eq!((lease.status.clone(), lease.versions.len()), (Fact::Known(Status::Revoked), 1));
        assert!(lease.versions[0].created.known().is_some());
        let token = inventory.credential("hmac-sha256:acc").unwrap();
        assert_eq!(token.record.identity, "vault/e-1");
        assert_eq!(
            token.record.versions[0].not_after.known().unwrap().to_string(),
            "2026-05-01T10:59:59.000Z"
        );
        assert!(token.usage.as_ref().unwrap().actions.contains("database:read"));
    }

    #[test]
    fn a_renewal_moves_the_end_and_keeps_the_beginning() {
        let renewed =
            r#","response":{"auth":{"accessor":"hmac-sha256:acc","entity_id":"e-1","token_ttl":7200,
            "token_issue_time":"2026-05-01T09:59:59Z"}}"#
                .replace('\n', "");
        let text = log() + &line("response", "9", "auth/token/renew-self", &renewed);
        let token = observed(&[("audit.jsonl", &text)]).credential("hmac-sha256:acc").unwrap().record.clone();
        assert_eq!(token.versions[0].not_after.known().unwrap().to_string(), "2026-05-01T12:09:01.500Z");
        assert_eq!(token.versions[0].created.known().unwrap().to_string(), "2026-05-01T09:59:59.000Z");
    }

    #[test]
    fn refused_and_failed_calls() {
        for (from, to, expected) in [
            ("\"allowed\":true", "\"allowed\":false", Outcome::Denied),
            (
                "\"type\":\"response\"",
                "\"type\":\"response\",\"error\":\"1 error occurred: permission denied\"",
                Outcome::Denied,
            ),
            ("\"type\":\"response\"", "\"type\":\"response\",\"error\":\"internal error\"", Outcome::Error),
        ] {
            let lease = r#","response":{"secret":{"lease_id":"database/creds/app/L1"}}"#;
            let text = line("response", "1", "database/creds/app", lease).replacen(from, to, 1);
            let parsed = run("audit.jsonl", text.as_bytes());
            assert_eq!(activities(&parsed)[0].outcome, Some(expected), "{to}");
            assert_eq!(records(&parsed).is_empty(), to.contains("error"), "{to}");
        }
    }

    #[test]
    fn tokens_revoked_join_by_accessor_and_hashed_leases_do_not() {
        let text = log() + &line("response", "7", "auth/token/revoke-accessor", "");
        let token = observed(&[("audit.jsonl", &text)]).credential("hmac-sha256:acc").unwrap().record.clone();
        assert_eq!((token.id.as_str(), token.status), ("vault/e-1/token", Fact::Known(Status::Revoked)));
        let parsed = run("audit.jsonl", line("response", "8", "sys/leases/revoke", "").as_bytes());
        assert_eq!(problems(&parsed), [("hashed_id".into(), Some("request.data.lease_id".into()), false)]);
    }

    #[test]
    fn a_raw_log_is_told_and_its_tokens_are_sightings() {
        let token = ["hvs", ".", "not a real one"].concat();
        let text = log().replace("hmac-sha256:aa", &token);
        let pepper = crate::Pepper::new([9; 32]);
        let input =
            super::super::Input { pepper: Some(&pepper), ..super::super::tests::input("a", text.as_bytes()) };
        let parsed = super::super::parse(&input).unwrap();
        assert_eq!(problems(&parsed), [("raw_log".into(), Some("client_token".into()), false)]);
        let seen = |record: &Record| {
            matches!(record, Record::Sighting(found)
            if found.of.fingerprint == Some(pepper.fingerprint(token.as_bytes())))
        };
        assert_eq!(records(&parsed).into_iter().filter(seen).count(), 1);
        assert!(!format!("{parsed:?}").contains(&token));
    }

    #[test]
    fn one_field_broken_at_a_time() {
        let ok = line("request", "1", "a/b", "");
        for (from, to, code, field) in [
            ("2026-05-01", "yesterday", "bad_time", "time"),
            ("\"type\":\"request\"", "\"type\":7", "bad_word", "type"),
            ("\"operation\":\"read\"", "\"operation\":null", "missing_field", "operation"),
            ("\"path\":\"a/b\"", "\"path\":[]", "bad_field", "path"),
        ] {
            let parsed = run("audit.jsonl", [ok.clone(), ok.replacen(from, to, 1)].concat().as_bytes());
            assert_eq!(problems(&parsed), [(code.into(), Some(field.into()), true)], "{from}");
            assert_eq!(parsed.items.len(), 1, "{from}");
        }
        let parsed = run("audit.jsonl", log().replace("3600", "\"long\"").as_bytes());
        assert_eq!(problems(&parsed), [("bad_field".into(), Some("response.auth.token_ttl".into()), false)]);
        assert_eq!(credential(&parsed, "vault/e-1/token").versions.len(), 1);
        assert_eq!(identity(&parsed, "vault/e-1").name, "approle");
    }
}
