/*!
What other parties are told of a credential, and what they tell us: the claims of Security Event Tokens (RFC 8417) with
events of the OpenID Continuous Access Evaluation Profile 1.0 and of the RISC profile 1.0.

Only claims: the host signs and sends, and hands in claims of which it has checked the signature, the issuer and the
audience. Out go `credential-change`, `session-revoked` and `credential-compromise`; in comes `credential-compromise`,
as a command. CAEP leaves further values of `credential_type` to the parties; ours are the words of
[`CredentialKind`] with hyphens, but for `x509` and `password`.
*/

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde_json::{Map, Value, json};

use super::{Closed, Command, Containment, Entry, Event, POLICY_ACTOR};
use crate::{Error, model::CredentialKind, time::Timestamp};

const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const COMPROMISE: &str = "https://schemas.openid.net/secevent/risc/event-type/credential-compromise";

/// The claims that tell an entry to `audience`; `None` if it concerns nobody else. `kind` is that of the credential.
///
/// The subject is opaque: the credential's id. `jti` is the entry's hash, so that a repeat is recognised; times are
/// those of the entry, in seconds as the standards want them.
///
/// ```
/// use nhi_core::{lifecycle::{Command, Lifecycle, Policy, security_event}, model::CredentialKind, time::Timestamp};
/// let now = Timestamp::parse_rfc3339("2026-03-01T00:00:00Z")?;
/// let mut machine = Lifecycle::new(Policy::default())?;
/// let mut apply = |json: serde_json::Value| {
///     machine.apply(&Command::from_json(&json, now).unwrap(), now).unwrap().entries
/// };
/// apply(serde_json::json!({"cmd_id": "1", "actor": "ann", "credential": "key", "type": "Register",
///                          "versions": [{}]}));
/// let entries = apply(serde_json::json!({"cmd_id": "2", "actor": "ann", "credential": "key",
///                                        "type": "ReportCompromise", "confidence": 1000, "source": "a paste"}));
/// let (us, them) = ("https://us.example", "https://them.example");
/// let claims = security_event(&entries[0], CredentialKind::ApiKey, us, them).unwrap();
/// let (name, event) = claims["events"].as_object().unwrap().iter().next().unwrap();
/// assert!(name.ends_with("/credential-compromise"));
/// assert_eq!(event["event_timestamp"], 1_772_323_200);
/// # Ok::<(), nhi_core::Error>(())
/// ```
pub fn security_event(entry: &Entry, kind: CredentialKind, issuer: &str, audience: &str) -> Option<Value> {
    let stamped = &entry.stamped;
    let (name, version, more, why) = told(&stamped.event)?;
    let seconds = stamped.at.millis().div_euclid(1000);
    let mut event = Map::new();
    if !name.ends_with("session-revoked") {
        event.insert("credential_type".into(), credential_type(kind).into());
    }
    if let Some(change) = more {
        event.insert("change_type".into(), change.into());
    }
    if let Some(version) = version {
        event.insert("friendly_name".into(), version.into());
    }
    let by = if stamped.actor == POLICY_ACTOR { "policy" } else { "admin" };
    event.insert("initiating_entity".into(), by.into());
    event.insert("reason_admin".into(), json!({"en": why}));
    event.insert("event_timestamp".into(), seconds.into());
    Some(json!({
        "iss": issuer,
        "jti": entry.hash,
        "iat": seconds,
        "aud": audience,
        "sub_id": {"format": "opaque", "id": stamped.credential},
        "events": {name: event},
    }))
}

/// The name of the event, the version that it is about, how that changed, and why.
fn told(event: &Event) -> Option<(String, Option<&str>, Option<&'static str>, String)> {
    let change = |version, change, why: &str| {
        Some((format!("{CAEP}credential-change"), Some(version), Some(change), why.to_string()))
    };
    let session = |why: String| Some((format!("{CAEP}session-revoked"), None, None, why));
    match event {
        Event::MaterialCreated { version, .. } => {
            change(version.as_str(), "create", "a new version was made")
        }
        Event::Promoted { version } => change(version, "update", "it is the current version"),
        Event::Resumed { version, .. } => change(version, "update", "its quarantine ended well"),
        Event::Suspended { version, reason, .. } => change(version, "revoke", reason),
        Event::RevokeOrdered { version, cause, .. } => change(
            version,
            "revoke",
            &format!("its revocation is ordered: {}", cause.as_str().replace('_', " ")),
        ),
        Event::ExternallyRevoked { version, source, .. } => {
            change(version, "revoke", &format!("{source} says that it is revoked"))
        }
        Event::Expired { version } => change(version, "revoke", "its time is over"),
        Event::Destroyed { version } => change(version, "delete", "its material is erased"),
        Event::LeaseClosed { lease, how } => session(format!("lease {lease} ended: {}", closed(*how))),
        Event::BreakGlassClosed { how, .. } => {
            session(format!("the emergency access ended: {}", closed(*how)))
        }
        Event::Compromised { version, what, .. } => {
            Some((COMPROMISE.into(), Some(version), None, format!("{} says so", what.source)))
        }
        _ => None,
    }
}

fn closed(how: Closed) -> &'static str {
    match how {
        Closed::Completed => "the task is done",
        Closed::Failed => "the task failed",
        Closed::Anomaly => "it behaved oddly",
        Closed::Expired => "its time was over",
        Closed::ParentEnded => "the credential behind it may no longer be used",
        Closed::Withdrawn => "it was withdrawn",
    }
}

fn credential_type(kind: CredentialKind) -> String {
    match kind {
        CredentialKind::Certificate => "x509".into(),
        other => other.as_str().replace('_', "-"),
    }
}

/// The commands that the claims of a security event token lead to, at `now`: a `ReportCompromise` for each
/// `credential-compromise`. Other events give none.
///
/// `credential` finds the id of the credential that `sub_id` names (also that of an event, as older drafts have it in
/// `subject`); what it does not find gives no command. The command's id is `set:` and the token's `jti`, so that a
/// repeat does nothing; who asks is the issuer.
///
/// # Errors
/// `invalid_json` names the claim that is missing or of another form.
pub fn commands_of_event(
    claims: &Value,
    now: Timestamp,
    credential: impl Fn(&Value) -> Option<String>,
) -> Result<Vec<Command>, Error> {
    let bad = |why: &str| Error::InvalidJson { what: "security event", why: why.into() };
    let text = |name: &str| match claims.get(name).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(bad(&format!("{name}: expected a text that is not empty"))),
    };
    let (issuer, id) = (text("iss")?, text("jti")?);
    let events = claims.get("events").and_then(Value::as_object);
    let events = events.ok_or_else(|| bad("events: expected an object"))?;
    let mut out = Vec::new();
    for (name, event) in events {
        if name != COMPROMISE {
            continue;
        }
        let subject = claims.get("sub_id").or_else(|| event.get("subject"));
        let subject = subject.ok_or_else(|| bad("sub_id: missing"))?;
        let Some(credential) = credential(subject) else { continue };
        let first_seen = match event.get("event_timestamp") {
            None => None,
            Some(seconds) => {
                let ms = seconds.as_i64().and_then(|seconds| seconds.checked_mul(1000));
                let at = ms.map(Timestamp::from_millis).filter(|at| *at <= now);
                Some(at.ok_or_else(|| bad("event_timestamp: expected seconds since 1970, not ahead"))?)
            }
        };
        let order = json!({
            "cmd_id": format!("set:{id}"), "actor": issuer, "credential": credential,
            "type": "ReportCompromise", "confidence": 1000, "source": issuer, "first_seen": first_seen,
            "containment": Containment::Immediate {},
        });
        out.push(Command::from_json(&order, now)?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{Lifecycle, Policy};

    const US: &str = "https://us.example/";
    const THEM: &str = "https://them.example/";

    fn opaque(subject: &Value) -> Option<String> {
        Some(subject.get("id")?.as_str()?.into())
    }

    fn machine(kind: &str) -> (Lifecycle, Timestamp) {
        let now = Timestamp::parse_rfc3339("2026-03-01T00:00:00Z").unwrap();
        let mut machine = Lifecycle::new(Policy::default()).unwrap();
        let order = json!({"cmd_id": "1", "actor": "ann", "credential": "c", "type": "Register", "kind": kind,
                           "owners": [{"kind": "team", "id": "ci"}], "versions": [{}]});
        machine.apply(&Command::from_json(&order, now).unwrap(), now).unwrap();
        (machine, now)
    }

    fn told(machine: &mut Lifecycle, now: Timestamp, order: Value) -> Vec<Value> {
        let mut order = order;
        (order["actor"], order["credential"]) = ("ann".into(), "c".into());
        order["cmd_id"] = order.to_string().len().to_string().into();
        let applied = machine.apply(&Command::from_json(&order, now).unwrap(), now).unwrap();
        let kind = machine.state("c").unwrap().kind;
        applied.entries.iter().filter_map(|entry| security_event(entry, kind, US, THEM)).collect()
    }

    fn event<'a>(claims: &'a Value, name: &str) -> &'a Value {
        let events = claims["events"].as_object().unwrap();
        let mine = events.iter().find(|(uri, _)| uri.rsplit('/').next() == Some(name));
        mine.unwrap_or_else(|| panic!("{claims}")).1
    }

    #[test]
    fn a_compromise_is_told_with_its_revocation_and_comes_in_as_a_command_elsewhere() {
        let (mut ours, now) = machine("api_key");
        let order = json!({"type": "ReportCompromise", "confidence": 900, "source": "a scan"});
        let all = told(&mut ours, now, order);
        assert_eq!(event(&all[0], "credential-compromise")["credential_type"], "api-key");
        let change = event(&all[1], "credential-change");
        assert_eq!((&change["change_type"], &change["friendly_name"]), (&json!("revoke"), &json!("v1")));
        assert!(all.iter().all(|claims| claims["iss"] == US && claims["aud"] == THEM));
        // At the other party the same credential has a record of its own.
        let (mut theirs, now) = machine("api_key");
        let commands = commands_of_event(&all[0], now, opaque).unwrap();
        assert_eq!(commands.len(), 1);
        theirs.apply(&commands[0], now).unwrap();
        assert!(theirs.state("c").unwrap().versions[0].compromised.is_some());
        let again = theirs.apply(&commands_of_event(&all[0], now, opaque).unwrap()[0], now).unwrap();
        assert!(again.already, "a token that comes twice does nothing");
        assert!(commands_of_event(&all[1], now, opaque).unwrap().is_empty());
    }

    #[test]
    fn a_lease_that_ends_is_a_session_that_is_revoked() {
        let (mut ours, now) = machine("certificate");
        let lease = json!({"type": "IssueLease", "lease": "l1", "task": "t1", "holder": "w", "scope": [],
                           "ttl_ms": 60_000});
        assert!(told(&mut ours, now, lease).is_empty());
        let all = told(&mut ours, now, json!({"type": "TaskEnded", "task": "t1", "end": "anomaly"}));
        let ended = event(&all[0], "session-revoked");
        assert_eq!(ended["reason_admin"]["en"], "lease l1 ended: it behaved oddly");
        assert!(ended.get("credential_type").is_none());
        let all = told(&mut ours, now, json!({"type": "Suspend", "reason": "odd traffic"}));
        assert_eq!(event(&all[0], "credential-change")["credential_type"], "x509");
    }

    #[test]
    fn what_is_wrong_with_claims_is_named_and_what_is_unknown_gives_nothing() {
        let now = Timestamp::from_millis(2_000_000_000_000);
        let good = json!({"iss": THEM, "jti": "1", "sub_id": {"format": "opaque", "id": "c"},
                          "events": {COMPROMISE: {"event_timestamp": 1_615_304_991}}});
        assert_eq!(commands_of_event(&good, now, opaque).unwrap().len(), 1);
        assert!(commands_of_event(&good, now, |_| None).unwrap().is_empty());
        for (name, value) in [
            ("iss", json!(null)),
            ("jti", json!("")),
            ("events", json!([])),
            ("event_timestamp", json!("now")),
            ("event_timestamp", json!(2_000_000_001)),
            ("event_timestamp", json!(i64::MAX)),
        ] {
            let mut claims = good.clone();
            match name {
                "event_timestamp" => claims["events"][COMPROMISE][name] = value,
                _ => claims[name] = value,
            }
            let error = commands_of_event(&claims, now, opaque).unwrap_err();
            assert!(error.code() == "invalid_json" && error.to_string().contains(name), "{error}");
        }
        assert!(commands_of_event(&json!([]), now, opaque).is_err());
    }
}
