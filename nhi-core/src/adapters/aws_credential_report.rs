//! AWS credential report: the CSV of `iam get-credential-report`, or the JSON around it (`Content` in base64).
//! Source: IAM User Guide, "Get credential reports for your AWS account".
//!
//! | column | field |
//! |---|---|
//! | `user`, `arn`, `user_creation_time` | identity: `name`, `id`, `created` |
//! | `password_*` | credential `…/password`: `last_used`, `last_rotated`, `next_rotation`, `status` |
//! | `access_key_{1,2}_active` | status of a version of `…/access-key`; no key if `_last_rotated` is `N/A` |
//! | `access_key_{1,2}_last_rotated` | `created` of that version |
//! | `access_key_{1,2}_last_used_date` | `last_used` of that version, to 15 minutes |
//! | `access_key_{1,2}_last_used_{region,service}` | `extra` of the credential |
//! | `cert_{1,2}_*` | versions of `…/certificate` |
//! | `mfa_active` | `extra` of the identity |
//!
//! The report has no key id: versions are without `external_id` until the inventory joins them with a key list.
//! A key has no expiry: its `not_after` is absent. A user with a password is a person; one with an active key and
//! no password is a service account; the rest is unknown.
//!
//! Sentinels: `N/A` = there is none (a key last used `N/A` = never since tracking began), `not_supported` and
//! `no_information` = unknown, each for its own reason.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use super::{
    Adapter, Input, aws,
    owners::table,
    probe::{Probe, Shape},
    sink::{Sink, is_extra},
};
use crate::{
    Error,
    model::{
        Credential, CredentialKind, Fact, Identity, IdentityKind, LastUse, Plane, Record, Status,
        VersionRecord,
    },
    time::{
        Timestamp,
        foreign::{self, Dialect},
    },
};

pub(super) const ADAPTER: Adapter =
    Adapter { id: "aws-credential-report", plane: Plane::ControlPlane, lists: true, detect, parse };

const TIMES: Dialect = Dialect {
    absent: &["N/A"],
    unknown: &[
        ("not_supported", "not supported for the root user"),
        ("no_information", "the report has no information on it"),
    ],
    ..Dialect::ISO
};

/// Since when IAM records the last use of keys: 2015-04-22 (same source).
const KEYS_TRACKED_SINCE: Timestamp = Timestamp::from_millis(1_429_660_800_000);

const REQUIRED: [&str; 3] = ["user", "arn", "access_key_1_active"];
const OPTIONAL: [&str; 20] = [
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
    "additional_credentials_info",
];

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    if probe.shape == Shape::Object && probe.has(&["Content", "ReportFormat"]) {
        return Some((95, "a credential report in its JSON envelope"));
    }
    (!probe.columns.is_empty() && probe.has(&REQUIRED)).then_some((95, "header of a credential report"))
}

fn parse(sink: &mut Sink) -> Result<(), Error> {
    if !sink.input.bytes.trim_ascii_start().starts_with(b"{") {
        return table(sink, &REQUIRED, &OPTIONAL, user);
    }
    let unreadable =
        |why: &str| Error::Unreadable { what: "credential report in its JSON envelope", why: why.into() };
    let envelope: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(sink.input.bytes).map_err(|_| unreadable("not a whole JSON object"))?;
    if let Fact::Known(at) = sink.time(&envelope, "GeneratedTime", &aws::API_TIME) {
        sink.taken_at = Some(at);
    }
    let content = sink.text(&envelope, "Content").unwrap_or_default();
    let csv =
        data_encoding::BASE64.decode(content.as_bytes()).map_err(|_| unreadable("Content is no base64"))?;
    let outer = sink.input;
    // The table is read in place of its envelope; every record is copied out of it.
    let mut inner = Sink::new(Input { bytes: &csv, ..outer }, ADAPTER.id);
    inner.taken_at = sink.taken_at;
    table(&mut inner, &REQUIRED, &OPTIONAL, user)?;
    sink.absorb(inner);
    Ok(())
}

fn user(sink: &mut Sink, cell: &dyn Fn(&str) -> String) {
    let arn = cell("arn");
    let Some((account, resource)) = aws::arn(&arn) else {
        return sink.lost(Some("arn"), "bad_arn", "expected arn:<partition>:iam::<12 digits>:<user>");
    };
    let user = cell("user");
    if user.is_empty() {
        return sink.lost(Some("user"), "missing_field", "expected a text, found an empty one");
    }
    let root = resource == "root";
    let name = if root { "root" } else { user.as_str() };
    let issuer = aws::issuer(account);
    sink.issuer(&issuer);

    let password = switch(sink, "password_enabled", &cell("password_enabled"));
    let keys = versions(sink, cell, "access_key", true);
    let certificates = versions(sink, cell, "cert", false);
    let key_active = keys.iter().any(|key| key.status == Fact::Known(Status::Active));

    let mut identity = Identity {
        id: arn.clone(),
        kind: match &password {
            _ if root => IdentityKind::Human,
            Fact::Known(true) => IdentityKind::Human,
            Fact::Known(false) if key_active => IdentityKind::ServiceAccount,
            _ => IdentityKind::Unknown,
        },
        issuer: issuer.clone(),
        name: name.into(),
        created: sink.cell_time("user_creation_time", &cell("user_creation_time"), &TIMES),
        ..Identity::default()
    };
    if let Some(mfa) = foreign::parse_bool(&cell("mfa_active")) {
        identity.extra.insert("mfa_active".into(), format!("{mfa}"));
    }
    sink.observe(Record::Identity(Box::new(identity)));

    if root || password == Fact::Known(true) {
        let mut credential = aws::credential(&issuer, name, "password", &arn, CredentialKind::Password);
        credential.status = match password {
            Fact::Known(true) => Fact::Known(Status::Active),
            other => other.map(|_| Status::Inactive),
        };
        let last_used = sink.cell_time("password_last_used", &cell("password_last_used"), &TIMES);
        credential.last_used = last_use(last_used, 0, None);
        let changed = cell("password_last_changed");
        credential.last_rotated = sink.cell_time("password_last_changed", &changed, &TIMES);
        let next = cell("password_next_rotation");
        credential.next_rotation = sink.cell_time("password_next_rotation", &next, &TIMES);
        aws::observe_credential(sink, credential);
    }
    if !keys.is_empty() {
        let mut credential = aws::credential(&issuer, name, "access-key", &arn, CredentialKind::ApiKey);
        for n in [1, 2] {
            for what in ["region", "service"] {
                let (column, seen) =
                    (format!("access_key_{n}_last_used_{what}"), format!("last_used_{what}_{n}"));
                let value = cell(&column);
                if !value.is_empty() && value != "N/A" && is_extra(&column, &value) {
                    credential.extra.insert(seen, value);
                }
            }
        }
        of_versions(&mut credential, keys);
        aws::observe_credential(sink, credential);
    }
    if !certificates.is_empty() {
        let mut credential = aws::credential(&issuer, name, "certificate", &arn, CredentialKind::Certificate);
        of_versions(&mut credential, certificates);
        credential.not_after = Fact::default();
        aws::observe_credential(sink, credential);
    }
}

/// The versions in the numbered columns of a prefix; a slot without date holds none.
fn versions(sink: &mut Sink, cell: &dyn Fn(&str) -> String, prefix: &str, used: bool) -> Vec<VersionRecord> {
    let mut out = Vec::new();
    for n in [1, 2] {
        let column = |what: &str| format!("{prefix}_{n}_{what}");
        let date = cell(&column("last_rotated"));
        if date.is_empty() || date == "N/A" {
            continue;
        }
        let created = sink.cell_time(&column("last_rotated"), &date, &TIMES);
        let active = switch(sink, &column("active"), &cell(&column("active")));
        let last_used = if used {
            let name = column("last_used_date");
            let at = sink.cell_time(&name, &cell(&name), &TIMES);
            let untracked = created.known().is_none_or(|at| *at < KEYS_TRACKED_SINCE);
            last_use(at, aws::KEY_GRANULARITY_MS, untracked.then_some(KEYS_TRACKED_SINCE))
        } else {
            LastUse::Unknown("not in the report".into())
        };
        out.push(VersionRecord {
            created,
            status: active.map(|on| if on { Status::Active } else { Status::Inactive }),
            last_used,
            not_after: if used { Fact::Absent } else { Fact::default() },
            ..VersionRecord::default()
        });
    }
    out
}

/// What the versions say of their credential.
pub(super) fn of_versions(credential: &mut Credential, versions: Vec<VersionRecord>) {
    let times = || versions.iter().filter_map(|version| version.created.known().copied());
    credential.created = times().min().map_or_else(Fact::default, Fact::Known);
    credential.last_rotated = times().max().map_or_else(Fact::default, Fact::Known);
    credential.not_after = Fact::Absent;
    let has = |status| versions.iter().any(|version| version.status == Fact::Known(status));
    credential.status = match () {
        () if has(Status::Active) => Fact::Known(Status::Active),
        () if has(Status::Inactive) => Fact::Known(Status::Inactive),
        () => versions.first().map_or_else(Fact::default, |version| version.status.clone()),
    };
    credential.last_used =
        versions.iter().fold(LastUse::default(), |known, version| known.merge(version.last_used.clone()));
    credential.versions = versions;
}

fn last_use(at: Fact<Timestamp>, granularity_ms: i64, since_tracking: Option<Timestamp>) -> LastUse {
    match at {
        Fact::Known(at) => LastUse::Used { at, granularity_ms },
        Fact::Absent => LastUse::Never { since_tracking },
        Fact::Unknown(why) => LastUse::Unknown(why.into_owned()),
    }
}

fn switch(sink: &mut Sink, column: &str, text: &str) -> Fact<bool> {
    match foreign::parse_bool(text) {
        Some(on) => Fact::Known(on),
        None => match text {
            "N/A" => Fact::Absent,
            "not_supported" => Fact::unknown("not supported for the root user"),
            "" => Fact::default(),
            _ => {
                sink.bad_field(column, "bad_word", "expected true or false");
                Fact::unknown("unreadable in the export")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{credential, identity, problems, run};
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
        password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
        access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
        access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
        access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,\
        cert_2_active,cert_2_last_rotated\n";
    const ROOT: &str = "<root_account>,arn:aws:iam::111122223333:root,2019-06-24T12:45:00+00:00,not_supported,\
        no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,\
        false,N/A\n";
    const BOT: &str = "ci-bot,arn:aws:iam::111122223333:user/ci/ci-bot,2024-01-01T00:00:00+00:00,false,N/A,N/A,N/A,\
        false,true,2024-01-02T00:00:00+00:00,2026-05-01T10:15:00+00:00,eu-west-1,s3,false,\
        2025-01-02T00:00:00+00:00,N/A,N/A,N/A,true,2024-02-02T00:00:00+00:00,false,N/A\n";

    fn text(rows: &[&str]) -> String {
        [&[HEADER], rows].concat().concat()
    }

    #[test]
    fn a_service_account_has_two_key_versions_and_a_certificate() {
        let parsed = run("report.csv", text(&[BOT]).as_bytes());
        assert_eq!((parsed.adapter, parsed.issuer.as_deref()), (ADAPTER.id, Some("aws:111122223333")));
        assert_eq!(problems(&parsed), []);
        assert_eq!(
            identity(&parsed, "arn:aws:iam::111122223333:user/ci/ci-bot").kind,
            IdentityKind::ServiceAccount
        );
        let keys = credential(&parsed, "aws:111122223333/ci-bot/access-key");
        assert_eq!(keys.versions.len(), 2);
        assert_eq!(keys.versions[0].status, Fact::Known(Status::Active));
        assert_eq!(keys.versions[1].status, Fact::Known(Status::Inactive));
        assert_eq!(keys.versions[1].last_used, LastUse::Never { since_tracking: None });
        assert!(matches!(keys.last_used, LastUse::Used { granularity_ms: aws::KEY_GRANULARITY_MS, .. }));
        assert_eq!(keys.not_after, Fact::Absent);
        assert_eq!(keys.extra["last_used_service_1"], "s3");
        assert_eq!(credential(&parsed, "aws:111122223333/ci-bot/certificate").versions.len(), 1);
    }

    #[test]
    fn root_is_a_person_whose_password_use_is_unknown() {
        let parsed = run("report.csv", text(&[ROOT]).as_bytes());
        assert_eq!(identity(&parsed, "arn:aws:iam::111122223333:root").kind, IdentityKind::Human);
        let password = credential(&parsed, "aws:111122223333/root/password");
        assert_eq!(password.last_used, LastUse::Unknown("the report has no information on it".into()));
        assert!(password.status.is_unknown());
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            ("arn:aws:iam::111122223333:user/ci/ci-bot", "ci-bot", "bad_arn", "arn", true),
            ("2024-01-01T00:00:00+00:00", "soon", "bad_time", "user_creation_time", false),
            ("2024-01-02T00:00:00+00:00", "soon", "bad_time", "access_key_1_last_rotated", false),
            ("2026-05-01T10:15:00+00:00", "soon", "bad_time", "access_key_1_last_used_date", false),
            (",false,N/A,N/A,N/A,", ",maybe,N/A,N/A,N/A,", "bad_word", "password_enabled", false),
        ] {
            let parsed = run("report.csv", text(&[&BOT.replacen(from, to, 1), ROOT]).as_bytes());
            assert_eq!(problems(&parsed), [(code.into(), Some(field.into()), lost)], "{from}");
            assert_eq!(parsed.items.len(), if lost { 2 } else { 5 }, "{from}");
        }
    }

    #[test]
    fn the_json_envelope_carries_the_time() {
        let content = data_encoding::BASE64.encode(text(&[BOT]).as_bytes());
        let json = format!(
            "{{\"Content\":\"{content}\",\"ReportFormat\":\"text/csv\",\"GeneratedTime\":\"2026-06-01T00:00:00Z\"}}"
        );
        let parsed = run("report.json", json.as_bytes());
        assert_eq!(parsed.taken_at.unwrap().date_string(), "2026-06-01");
        assert_eq!(parsed.items.len(), 3);
    }
}
