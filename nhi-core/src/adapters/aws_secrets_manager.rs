//! AWS Secrets Manager: `secretsmanager list-secrets` and `describe-secret`; neither gives a value.
//! Source: Secrets Manager API Reference, `SecretListEntry` and `DescribeSecret`
//! (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/>).
//!
//! | field | credential |
//! |---|---|
//! | `ARN` | `external_id`, `storage`; its account is the issuer, its region is part of the id |
//! | `Name` | id `aws:<account>/secretsmanager:<region>:<name>/secret` |
//! | `CreatedDate`, `LastRotatedDate` | `created`, `last_rotated` |
//! | `SecretVersionsToStages` (list), `VersionIdsToStages` (describe) | the version labelled `AWSCURRENT` |
//! | `RotationEnabled`, `NextRotationDate` | `next_rotation` |
//! | `LastAccessedDate` | `last_used`, to the day, in this region |
//! | `DeletedDate` | status inactive: it can be restored, not read |
//! | `OwningService` | `extra`; of RDS and Redshift the secret is a password |
//! | `Description`, `Tags` | purpose; owner, environment, workload, labels |
//! | `RotationRules` | days and schedule in `extra` |
//! | `LastChangedDate`, `KmsKeyId`, `RotationLambdaARN`, `ReplicationStatus` | not read |
//!
//! Times are epoch seconds with a fraction (the CLI's default) or ISO 8601. Sentinels: a missing `LastRotatedDate`
//! = not by a rotation: without a version labelled `AWSPREVIOUS` the value is still the first, with one it was
//! replaced at a time that nobody tells. A missing `RotationEnabled` = never configured. A missing
//! `LastAccessedDate` = not retrieved in this region; a replica may have been. `NextToken` = one page of several.

use alloc::{boxed::Box, format, string::String};

use serde_json::{Map, Value};

use super::{
    Adapter, aws,
    aws_access_keys::documents,
    json,
    probe::Probe,
    sink::{Sink, is_extra, is_secret_like},
};
use crate::{
    Error,
    model::{
        Credential, CredentialKind, Fact, Identity, LastUse, Location, Plane, Record, Status, VersionRecord,
    },
    time::{
        DAY, Timestamp,
        foreign::{Dialect, Null, Unit},
    },
};

pub(super) const LIST: Adapter = Adapter {
    id: "aws-secrets",
    plane: Plane::Holdings,
    lists: true,
    detect: |probe| {
        if probe.has(&["SecretList"]) {
            return Some((95, "the output of secretsmanager list-secrets"));
        }
        let element = probe.has(&["ARN", "Name", "SecretVersionsToStages"]);
        element.then_some((70, "elements of secretsmanager list-secrets"))
    },
    parse: list,
};

pub(super) const DESCRIBE: Adapter = Adapter {
    id: "aws-secret",
    plane: Plane::Holdings,
    lists: false,
    detect: |probe: &Probe| {
        let fits = probe.has(&["ARN", "Name", "VersionIdsToStages"]);
        fits.then_some((95, "the output of secretsmanager describe-secret"))
    },
    parse: |sink| sink.lines(|sink, map| secret(sink, &map)),
};

const TIME: Dialect = Dialect { unit: Unit::Seconds, ..Dialect::ISO };
/// A missing time states that it did not happen.
const MAYBE: Dialect = Dialect { null: Null::Absent, ..TIME };

fn list(sink: &mut Sink) -> Result<(), Error> {
    documents(sink, "SecretList", |sink, map| secret(sink, &map))?;
    sink.no_row();
    let bytes = sink.input.bytes;
    let at = json::skip_space(bytes, 0);
    // Outputs of several calls may follow each other: the last one tells whether there is more.
    let mut last = at;
    let mut next = at;
    while bytes.get(next) == Some(&b'{') {
        last = next;
        next = json::skip_space(bytes, json::value(bytes, next).range.end.max(next + 1));
    }
    if json::members(bytes, last).0.iter().any(|member| member.key == "NextToken") {
        sink.partial = true;
        sink.bad_field("NextToken", "more_pages", "the list goes on in another page");
    }
    Ok(())
}

/// Region and account of `arn:<partition>:secretsmanager:<region>:<account>:secret:<name>-<6 characters>`.
fn place(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(7, ':');
    let (start, _, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, kind, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let fits = start == "arn" && service == "secretsmanager" && kind == "secret";
    (fits && aws::is_account(account) && !region.is_empty() && !name.is_empty()).then_some((region, account))
}

fn secret(sink: &mut Sink, map: &Map<String, Value>) {
    let (Some(arn), Some(name)) = (sink.need(map, "ARN"), sink.need(map, "Name")) else { return };
    let Some((region, account)) = place(&arn) else {
        return sink.lost(Some("ARN"), "bad_arn", "expected the ARN of a secret");
    };
    let issuer = aws::issuer(account);
    sink.issuer(&issuer);
    let owning = sink.text(map, "OwningService");
    let kind = match owning.as_deref() {
        // Secrets Manager User Guide, "AWS services that use secrets": these keep an administrator's password.
        Some("rds" | "redshift") => CredentialKind::Password,
        _ => CredentialKind::Unknown,
    };
    let created = sink.time(map, "CreatedDate", &TIME);
    let stages = stages(sink, map);
    let last_rotated = match (sink.time(map, "LastRotatedDate", &MAYBE), &stages.replaced) {
        (Fact::Absent, Some(true)) => Fact::unknown("the value was replaced, when is not in the list"),
        (Fact::Absent, None) => Fact::default(),
        (rotated, _) => rotated,
    };
    let made = match &last_rotated {
        Fact::Absent => created.clone(),
        rotated => rotated.clone(),
    };
    let status = match sink.time(map, "DeletedDate", &MAYBE) {
        Fact::Known(_) => Fact::Known(Status::Inactive),
        Fact::Absent => Fact::Known(Status::Active),
        Fact::Unknown(why) => Fact::Unknown(why),
    };
    let version = stages.current.map(|id| VersionRecord {
        external_id: id,
        created: made,
        status: status.clone(),
        ..VersionRecord::default()
    });
    let identity = format!("secretsmanager:{region}:{name}");
    let mut credential = Credential {
        id: format!("{issuer}/{identity}/secret"),
        kind,
        provider: aws::PROVIDER.into(),
        external_ids: [arn.clone()].into(),
        created,
        last_rotated,
        last_used: accessed(sink, map),
        status,
        next_rotation: next_rotation(sink, map),
        system_of_record: Fact::Known("AWS Secrets Manager".into()),
        storage: [Location { kind: "vault".into(), path: arn, line: None, revision: None }].into(),
        versions: version.into_iter().collect(),
        issuer,
        ..Credential::default()
    };
    if let Some(service) = owning.filter(|service| is_extra("OwningService", service)) {
        credential.extra.insert("owning_service".into(), service);
    }
    describe(sink, map, &mut credential);
    sink.observe(Record::Credential(Box::new(credential)));
}

/// What the labels of the versions tell.
struct Stages {
    /// Id of the version that callers get.
    current: Option<String>,
    /// Whether another version was current before; `None` if the list has no labels.
    replaced: Option<bool>,
}

fn stages(sink: &mut Sink, map: &Map<String, Value>) -> Stages {
    let field =
        if map.contains_key("VersionIdsToStages") { "VersionIdsToStages" } else { "SecretVersionsToStages" };
    let none = Stages { current: None, replaced: None };
    let Some(versions) = sink.member(map, field) else { return none };
    let has = |labels: &Value, label: &str| {
        labels.as_array().is_some_and(|labels| labels.iter().any(|found| found.as_str() == Some(label)))
    };
    if versions.values().any(|labels| !labels.is_array()) {
        sink.bad_field(field, "bad_field", "expected a list of labels for each version");
        return none;
    }
    let current = versions.iter().find(|(_, labels)| has(labels, "AWSCURRENT"));
    let current = current.map(|(id, _)| id.clone()).filter(|id| id.len() <= crate::limits::ATTRIBUTE_BYTES);
    Stages { current, replaced: Some(versions.values().any(|labels| has(labels, "AWSPREVIOUS"))) }
}

fn next_rotation(sink: &mut Sink, map: &Map<String, Value>) -> Fact<Timestamp> {
    match map.get("RotationEnabled") {
        None | Some(Value::Null | Value::Bool(false)) => Fact::Absent,
        Some(Value::Bool(true)) => sink.time(map, "NextRotationDate", &TIME),
        Some(_) => {
            sink.bad_field("RotationEnabled", "bad_field", "expected true or false");
            Fact::unknown("unreadable in the export")
        }
    }
}

fn accessed(sink: &mut Sink, map: &Map<String, Value>) -> LastUse {
    match sink.time(map, "LastAccessedDate", &MAYBE) {
        Fact::Known(at) => LastUse::Used { at, granularity_ms: DAY },
        Fact::Absent if map.contains_key("PrimaryRegion") => {
            LastUse::Unknown("not retrieved in this region; it is replicated to others".into())
        }
        Fact::Absent => LastUse::Never { since_tracking: None },
        Fact::Unknown(why) => LastUse::Unknown(why.into_owned()),
    }
}

/// Purpose, labels and rules.
fn describe(sink: &mut Sink, map: &Map<String, Value>, credential: &mut Credential) {
    // The tags mean the same as those of a user.
    let mut labels = Identity::default();
    aws::tags(sink, map, &mut labels);
    credential.owners = labels.owners;
    credential.environment = labels.environment;
    credential.workload = labels.workload;
    credential.purpose = labels.purpose;
    credential.tags = labels.tags;
    if let Some(text) = sink.text(map, "Description").filter(|text| !text.is_empty()) {
        if is_secret_like("description", &text) {
            sink.bad_field("Description", "secret_dropped", "a text that may hold a secret was not kept");
        } else if credential.purpose.is_unknown() {
            credential.purpose = Fact::Known(text);
        }
    }
    let Some(rules) = sink.member(map, "RotationRules") else { return };
    if let Some(days) = rules.get("AutomaticallyAfterDays").and_then(Value::as_u64) {
        credential.extra.insert("rotation_days".into(), format!("{days}"));
    }
    match rules.get("ScheduleExpression").and_then(Value::as_str) {
        Some(schedule) if is_extra("ScheduleExpression", schedule) => {
            credential.extra.insert("rotation_schedule".into(), schedule.into());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{credential, observed, problems, run};
    use super::*;
    use crate::model::{Environment, OwnerKind};

    const ID: &str = "aws:111122223333/secretsmanager:eu-west-1:app/db/secret";

    /// Never rotated; rotated by a service; to be deleted, with its value replaced by hand.
    const SAMPLE: &str = r#"{"SecretList": [
        {"ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-Ab12Cd", "Name": "app/db",
         "Description": "orders database", "CreatedDate": 1704067200.5, "LastChangedDate": 1704067200.5,
         "LastAccessedDate": 1780012800.0, "SecretVersionsToStages": {"v-1": ["AWSCURRENT"]},
         "Tags": [{"Key": "team", "Value": "payments"}, {"Key": "env", "Value": "prod"}]},
        {"ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!db-Ab12Ce", "Name": "rds!db",
         "OwningService": "rds", "RotationEnabled": true, "RotationRules": {"AutomaticallyAfterDays": 7},
         "CreatedDate": 1704067200.0, "LastRotatedDate": 1779580800.26, "NextRotationDate": 1780185600.0,
         "SecretVersionsToStages": {"v-2": ["AWSPREVIOUS"], "v-3": ["AWSCURRENT", "AWSPENDING"]}},
        {"ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:old-Ab12Cf", "Name": "old",
         "CreatedDate": "2024-01-01T00:00:00+00:00", "DeletedDate": 1779900000.0, "RotationEnabled": false,
         "SecretVersionsToStages": {"v-4": ["AWSCURRENT"], "v-5": ["AWSPREVIOUS"]}}]}"#;

    #[test]
    fn a_secret_has_its_dates_and_labels() {
        let parsed = run("secrets.json", SAMPLE.as_bytes());
        assert_eq!((parsed.adapter, parsed.plane, parsed.lists), ("aws-secrets", Plane::Holdings, true));
        assert_eq!((problems(&parsed), parsed.issuer.as_deref()), ([].into(), Some("aws:111122223333")));
        let own = credential(&parsed, ID);
        assert_eq!((own.last_rotated.clone(), own.next_rotation.clone()), (Fact::Absent, Fact::Absent));
        assert_eq!(own.created.known().unwrap().millis(), 1_704_067_200_500);
        assert!(matches!(own.last_used, LastUse::Used { granularity_ms: DAY, .. }));
        assert_eq!(own.owners.known().unwrap()[0].kind, OwnerKind::Team);
        assert_eq!(own.environment, Fact::Known(Environment::Prod));
        assert_eq!(own.purpose, Fact::Known("orders database".into()));
        assert_eq!(own.storage[0].kind, "vault");
        assert_eq!((own.versions[0].external_id.as_str(), own.versions.len()), ("v-1", 1));
    }

    #[test]
    fn rotation_by_a_service_by_hand_and_not_at_all() {
        let parsed = run("secrets.json", SAMPLE.as_bytes());
        let rds = credential(&parsed, "aws:111122223333/secretsmanager:eu-west-1:rds!db/secret");
        assert_eq!(rds.last_rotated.known().unwrap().millis(), 1_779_580_800_260);
        assert_eq!(rds.versions[0].created, rds.last_rotated);
        assert_eq!((rds.kind, rds.extra["rotation_days"].as_str()), (CredentialKind::Password, "7"));
        assert!(rds.next_rotation.known().is_some());
        assert_eq!(rds.last_used, LastUse::Never { since_tracking: None });
        let old = credential(&parsed, "aws:111122223333/secretsmanager:eu-west-1:old/secret");
        assert!(old.last_rotated.is_unknown() && !old.last_rotated.is_not_reported());
        assert_eq!(old.status, Fact::Known(Status::Inactive));
    }

    #[test]
    fn the_inventory_shows_what_was_never_rotated_and_has_no_owner() {
        let inventory = observed(&[("secrets.json", SAMPLE)]);
        let never = |id: &str| inventory.credential(id).unwrap().record.last_rotated == Fact::Absent;
        assert_eq!(inventory.credentials().filter(|entry| never(&entry.record.id)).count(), 1);
        assert!(never("arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-Ab12Cd"));
        let rds = inventory.credential("v-3").unwrap();
        assert!(rds.record.owners.is_unknown() && rds.planes == [Plane::Holdings]);
        let from = inventory.provenance(ID, "last_rotated").unwrap();
        assert_eq!(
            (from.source.as_str(), from.place.as_deref()),
            ("aws-secrets:secrets.json", Some("SecretList[0]"))
        );
    }

    #[test]
    fn one_page_of_several_is_no_full_list() {
        let text = SAMPLE.replacen("{\"SecretList\"", "{\"NextToken\": \"x\", \"SecretList\"", 1);
        let parsed = run("secrets.json", text.as_bytes());
        assert_eq!((parsed.lists, parsed.items.len()), (false, 3));
        assert_eq!(problems(&parsed), [("more_pages".into(), Some("NextToken".into()), false)]);
    }

    #[test]
    fn one_described_secret_is_no_list() {
        let text = r#"{"ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-Ab12Cd", "Name": "app/db",
            "CreatedDate": 1704067200.5, "PrimaryRegion": "eu-west-1",
            "VersionIdsToStages": {"v-1": ["AWSCURRENT"], "v-0": ["AWSPREVIOUS"], "v-2": ["AWSPENDING"]}}"#;
        let parsed = run("x", text.as_bytes());
        assert_eq!((parsed.adapter, parsed.lists), ("aws-secret", false));
        let own = credential(&parsed, ID);
        assert!(own.last_rotated.is_unknown() && matches!(own.last_used, LastUse::Unknown(_)));
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            (r#""Name": "app/db""#, r#""Name": 7"#, "bad_field", "Name", true),
            (
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app",
                "arn:aws:app",
                "bad_arn",
                "ARN",
                true,
            ),
            ("1704067200.5,", "\"soon\",", "bad_time", "CreatedDate", false),
            (r#"{"v-1": ["AWSCURRENT"]}"#, r#"{"v-1": 7}"#, "bad_field", "SecretVersionsToStages", false),
            (r#"{"v-1": ["AWSCURRENT"]}"#, "[]", "bad_field", "SecretVersionsToStages", false),
            (
                r#""RotationEnabled": true"#,
                r#""RotationEnabled": "yes""#,
                "bad_field",
                "RotationEnabled",
                false,
            ),
            (r#"{"AutomaticallyAfterDays": 7}"#, "7", "bad_field", "RotationRules", false),
            ("orders database", "key 0a1b2c3d4e5f6a7b8c9d", "secret_dropped", "Description", false),
        ] {
            assert!(SAMPLE.contains(from), "{from}");
            let parsed = run("secrets.json", SAMPLE.replacen(from, to, 1).as_bytes());
            assert_eq!(problems(&parsed), [(code.into(), Some(field.into()), lost)], "{from}");
            assert_eq!(parsed.items.len(), 3 - usize::from(lost), "{from}");
        }
    }
}
