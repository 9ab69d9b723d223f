//! What the company itself writes down: who owns what, what was declared, and what happened to it.

use nhi_core::{
    Pepper,
    model::{CredentialKind, OwnerKind, Status},
    time::{DAY, Timestamp},
};
use serde_json::{Value, json};

use super::{
    company::{ACCOUNTS, Account, Company, Home, Log, NOBODY, Party, Trusted, Unit, ago},
    traffic,
};

/// How long a secret lives where the issuer can end it.
const LIFETIME_DAYS: i64 = 180;

fn word<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn known<T: serde::Serialize>(value: T) -> Value {
    json!({ "known": value })
}

/// The directory of owners as CSV: a row a party, and a row for each thing that a team or vendor owns.
pub(crate) fn owners(company: &Company) -> Vec<u8> {
    let mut out = String::from("kind,id,name,status,since,contact,owns,environment,workload,purpose\n");
    for party in &company.parties {
        let owned: Vec<&Unit> =
            company.units.iter().filter(|unit| unit.declared && unit.owner == party.id).collect();
        // A person is one row, so that one change of status is one change of the file.
        if party.kind != OwnerKind::Person || owned.is_empty() {
            out.push_str(&row(party, &roots(party), None));
        }
        for unit in owned {
            out.push_str(&row(party, &unit.identity(), Some(unit)));
        }
    }
    out.into_bytes()
}

/// The platform team answers for the accounts themselves.
fn roots(party: &Party) -> String {
    let ids = ACCOUNTS.iter().map(|account| format!("arn:aws:iam::{}:root", account.id));
    if party.id == "platform" { ids.collect::<Vec<_>>().join(";") } else { String::new() }
}

fn row(party: &Party, owns: &str, unit: Option<&Unit>) -> String {
    let since = ago(party.since, 0, 0).to_string();
    let (environment, workload, purpose) = match unit {
        Some(unit) => (unit.environment.as_str(), unit.workload, unit.purpose),
        None => ("", "", ""),
    };
    let fields = [
        &word(party.kind),
        party.id,
        party.name,
        &word(party.status),
        &since[..10],
        &contact(party),
        owns,
        environment,
        workload,
        purpose,
    ];
    let quoted: Vec<String> = fields
        .iter()
        .map(|field| if field.contains(',') { format!("\"{field}\"") } else { (*field).to_string() })
        .collect();
    quoted.join(",") + "\n"
}

fn contact(party: &Party) -> String {
    let domain = if party.kind == OwnerKind::Vendor { "nordfreight.example" } else { "brightwater.example" };
    format!("{}@{domain}", if party.kind == OwnerKind::Vendor { "support" } else { party.id })
}

/// Neutral records, one a line: identities and credentials as declared, then what happened to them.
pub(crate) fn records(company: &Company, pepper: &Pepper) -> Vec<u8> {
    let mut out = Vec::new();
    for unit in company.units.iter().filter(|unit| unit.declared) {
        super::json_line(&json!({ "identity": identity(unit) }), &mut out);
        if !unit.versions.is_empty() {
            super::json_line(&json!({ "credential": credential(unit, pepper) }), &mut out);
        }
    }
    for account in ACCOUNTS {
        for record in root(account) {
            super::json_line(&record, &mut out);
        }
    }
    for endpoint in endpoints() {
        super::json_line(&json!({ "endpoint": endpoint }), &mut out);
    }
    let mut history: Vec<&(Timestamp, Value)> = company.units.iter().flat_map(|unit| &unit.history).collect();
    history.sort_by_key(|(at, _)| *at);
    for (at, command) in history {
        super::json_line(&json!({ "command": command, "at": at }), &mut out);
    }
    out
}

fn identity(unit: &Unit) -> Value {
    let mut record = json!({
        "id": unit.identity(),
        "kind": unit.kind,
        "issuer": unit.issuer(),
        "name": unit.name,
        "environment": known(unit.environment),
        "workload": known(unit.workload),
        "purpose": known(unit.purpose),
        "status": known(Status::Active),
        "created": known(unit.created),
        "scopes_used": known(unit.used()),
    });
    if let Home::Other { .. } = unit.home {
        let mut granted: Vec<&str> = unit.grants.iter().map(|(action, _)| *action).collect();
        granted.sort_unstable();
        granted.dedup();
        record["scopes_granted"] = known(granted);
    }
    if let Home::AwsRole { from: Trusted::Repository(subject), .. } = unit.home {
        record["federation"] = known([json!({
            "issuer": "https://token.actions.githubusercontent.com",
            "audience": known("sts.amazonaws.com"),
            "subject": known(subject),
        })]);
    }
    if unit.owner == NOBODY {
        record["owners"] = json!({ "absent": true });
    }
    if unit.name == "freight-partner" {
        record["third_party"] = json!({"vendor": "nordfreight", "installed_by": known("jonas.lind")});
    }
    record
}

fn credential(unit: &Unit, pepper: &Pepper) -> Value {
    // AWS gives its keys no end: the one in the records is the company's own, kept by replacing the key in time.
    let ends = |record: &mut Value, made: Timestamp| {
        record["not_after"] = match unit.endless {
            true => json!({"absent": true}),
            false => known(made.plus(LIFETIME_DAYS * DAY)),
        };
    };
    let versions: Vec<Value> = unit
        .versions
        .iter()
        .map(|version| {
            let mut record = json!({
                "external_id": version.external_id,
                "created": known(version.made),
                "status": known(version.declared),
                "fingerprint": pepper.fingerprint(version.secret.as_bytes()),
            });
            ends(&mut record, version.made);
            record
        })
        .collect();
    let mut record = json!({
        "id": unit.credential(),
        "identity": unit.identity(),
        "kind": unit.credential_kind(),
        "provider": match unit.home {
            Home::Other { provider, .. } => provider,
            _ => "aws",
        },
        "issuer": unit.issuer(),
        "versions": versions,
        "consumers": known([unit.workload]),
        "storage": [{"kind": "vault", "path": format!("kv/{}/{}", unit.environment.as_str(), unit.name)}],
        "system_of_record": known(match unit.home {
            Home::Other { issuer, .. } => issuer,
            _ => "AWS IAM",
        }),
    });
    if let Some(version) = unit.current() {
        let oldest = unit.versions.iter().find(|version| version.listed).unwrap_or(version);
        record["created"] = known(oldest.made);
        record["last_rotated"] = known(version.made);
        ends(&mut record, version.made);
        record["status"] = known(version.declared);
        record["fingerprint"] = json!(pepper.fingerprint(version.secret.as_bytes()));
    }
    if let (Home::Other { .. }, Log::Quiet, Some(at)) = (unit.home, unit.log, traffic::last_use(unit)) {
        record["last_used"] = json!({"used": {"at": at, "granularity_ms": DAY}});
    }
    if unit.credential_kind() == CredentialKind::WebhookSecret {
        record["public_hint"] = json!("#ops");
    }
    record
}

/// The root user of an account: nobody uses it, the platform team keeps its password.
fn root(account: &Account) -> [Value; 2] {
    let (issuer, arn) = (format!("aws:{}", account.id), format!("arn:aws:iam::{}:root", account.id));
    let identity = json!({
        "id": arn,
        "kind": "human",
        "issuer": issuer,
        "name": "root",
        "environment": known(account.environment),
        "workload": known("account"),
        "purpose": known("what only the account's root can do"),
    });
    let credential = json!({
        "id": format!("{issuer}/root/password"),
        "identity": arn,
        "kind": "password",
        "provider": "aws",
        "issuer": issuer,
        "storage": [{"kind": "vault", "path": format!("kv/{}/root", account.name)}],
        "system_of_record": known("AWS IAM"),
    });
    [json!({ "identity": identity }), json!({ "credential": credential })]
}

fn endpoints() -> Vec<Value> {
    let endpoint = |host: &str, path: &str, methods: &[&str], exposure: &str, auth: &str, owner: &str| {
        json!({
            "id": format!("{host}{path}"),
            "host": host,
            "path": path,
            "methods": methods,
            "exposure": known(exposure),
            "auth": known(auth),
            "owner": known(json!({"kind": "team", "id": owner})),
            "environment": known("prod"),
        })
    };
    vec![
        endpoint("api.brightwater.example", "/orders", &["GET", "POST"], "internal", "bearer", "commerce"),
        endpoint(
            "api.brightwater.example",
            "/partner/shipments",
            &["GET", "PATCH"],
            "partner",
            "api_key",
            "logistics",
        ),
        endpoint("ops.brightwater.example", "/services", &["GET", "POST"], "internal", "mtls", "platform"),
    ]
}
