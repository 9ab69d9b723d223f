//! AWS CloudTrail: a file's `Records`, an array of events, or one event a line.
//! Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
//!
//! | event | activity |
//! |---|---|
//! | `eventID`, `eventTime` | `id`, `time` |
//! | `userIdentity.accessKeyId` | `credential`; without one the principal's ARN |
//! | `userIdentity.sessionContext.sessionIssuer.arn` | `identity`, and `role` of an ephemeral (`ASIA`) id |
//! | `userIdentity.arn` | `identity` otherwise |
//! | `userIdentity.principalId` after the colon | `session` |
//! | `recipientAccountId`, `awsRegion` | `account`, `region` |
//! | `eventSource` + `eventName` | `action` |
//! | first `resources[].ARN`, else `bucketName`, `functionName`, `roleArn`, `secretId` of the request | `destination` |
//! | `sourceIPAddress`, `userAgent` (family) | `source_ip`, `user_agent` |
//! | `additionalEventData.bytesTransferredIn` + `Out` | `bytes` |
//! | `errorCode` | `outcome` |
//!
//! What issues or ends a credential (`CreateAccessKey`, `UpdateAccessKey`, `DeleteAccessKey`, `AssumeRole…`,
//! `GetSessionToken`) is an observation too: the log knows credentials that ended before anyone listed them. A
//! service that acts for itself uses no credential: its events give observations only.
//! Sentinels: a missing `errorCode` = it was done.

use alloc::{boxed::Box, format, string::String};

use serde_json::{Map, Value};

use super::{
    Adapter, aws, json,
    probe::{Probe, Shape},
    sink::Sink,
};
use crate::{
    Error, limits,
    model::{
        Activity, CredentialKind, Fact, Identity, IdentityKind, Outcome, Plane, Record, Status, VersionRecord,
    },
    time::{Timestamp, foreign},
};

pub(super) const ADAPTER: Adapter =
    Adapter { id: "aws-cloudtrail", plane: Plane::ControlPlane, lists: false, detect, parse };

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    let event = ["eventSource", "eventName", "eventTime"];
    if probe.has(&event) {
        return Some((95, "CloudTrail events"));
    }
    if probe.shape != Shape::Object || !probe.has(&["Records"]) {
        return None;
    }
    let keys = probe.element_keys("Records");
    let fits = event.iter().all(|name| keys.iter().any(|key| key == name));
    (fits || keys.is_empty()).then_some(if fits {
        (95, "a CloudTrail file")
    } else {
        (50, "Records without events")
    })
}

fn parse(sink: &mut Sink) -> Result<(), Error> {
    let bytes = sink.input.bytes;
    let at = json::skip_space(bytes, 0);
    if bytes.get(at) == Some(&b'[') {
        return sink.elements("", at, |sink, map| event(sink, &map));
    }
    // Only the shape is looked at: a cut file has no whole object to look into.
    let (members, _) = json::members(bytes, at);
    if let Some(records) = members.iter().find(|member| member.key == "Records") {
        return sink.elements("Records", records.span.range.start, |sink, map| event(sink, &map));
    }
    sink.lines(|sink, map| event(sink, &map))
}

/// A text somewhere inside; anything else is as good as missing, because most events have no such field.
fn text<'a>(map: &'a Map<String, Value>, path: &[&str]) -> Option<&'a str> {
    let (last, objects) = path.split_last()?;
    let mut map = map;
    for name in objects {
        map = map.get(*name)?.as_object()?;
    }
    let text = map.get(*last)?.as_str()?;
    (!text.is_empty() && text.len() <= limits::FIELD_BYTES).then_some(text)
}

fn event(sink: &mut Sink, map: &Map<String, Value>) {
    let time = match map.get("eventTime").map(|time| foreign::parse_value(time, &aws::API_TIME)) {
        Some(Ok(Fact::Known(time))) => time,
        Some(_) => return sink.lost(Some("eventTime"), "bad_time", "expected an ISO 8601 time"),
        None => return sink.lost(Some("eventTime"), "missing_field", "an event can't be without a time"),
    };
    let (Some(source), Some(name)) = (sink.need(map, "eventSource"), sink.need(map, "eventName")) else {
        return;
    };
    let failed = text(map, &["errorCode"]);
    if failed.is_none() {
        issued(sink, map, &name, time);
    }
    if let Some(activity) = activity(sink, map, time, &source, &name, failed) {
        sink.activity(activity);
    }
}

fn activity(
    sink: &mut Sink,
    map: &Map<String, Value>,
    time: Timestamp,
    source: &str,
    name: &str,
    failed: Option<&str>,
) -> Option<Activity> {
    let who = |path: &str| text(map, &["userIdentity", path]);
    if who("type") == Some("AWSService") {
        return None;
    }
    let key = who("accessKeyId");
    let role = text(map, &["userIdentity", "sessionContext", "sessionIssuer", "arn"]);
    let Some(credential) = key.or(who("arn")).or(who("principalId")) else {
        sink.lost(
            Some("userIdentity"),
            "missing_field",
            "expected an access key id, an ARN or a principal id",
        );
        return None;
    };
    let owned = |text: Option<&str>| text.map(String::from);
    let ephemeral = key.is_some_and(|key| key.starts_with("ASIA"));
    let resource = map
        .get("resources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find_map(|resource| resource.get("ARN").or_else(|| resource.get("arn")).and_then(Value::as_str));
    let request = || {
        let names = ["bucketName", "functionName", "roleArn", "secretId"];
        names.iter().find_map(|name| text(map, &["requestParameters", name]))
    };
    let moved = |name: &str| map.get("additionalEventData").and_then(|data| data.get(name)).and_then(bytes);
    let bytes = match (moved("bytesTransferredIn"), moved("bytesTransferredOut")) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
    };
    let login = text(map, &["responseElements", "ConsoleLogin"]) == Some("Failure");
    Some(Activity {
        time,
        id: owned(text(map, &["eventID"])),
        credential: credential.into(),
        identity: owned(role.or(who("arn"))),
        role: owned(role.filter(|_| ephemeral)),
        ephemeral,
        action: Some(format!("{}:{name}", source.strip_suffix(".amazonaws.com").unwrap_or(source))),
        destination: Some(resource.or_else(request).unwrap_or(source).into()),
        account: owned(text(map, &["recipientAccountId"])),
        region: owned(text(map, &["awsRegion"])),
        source_ip: owned(text(map, &["sourceIPAddress"])),
        user_agent: text(map, &["userAgent"]).map(|agent| family(agent).into()),
        bytes,
        outcome: Some(match failed {
            None if login => Outcome::Denied,
            None => Outcome::Ok,
            Some(code) if denied(code) => Outcome::Denied,
            Some(_) => Outcome::Error,
        }),
        session: who("principalId").and_then(|id| id.split_once(':')).map(|(_, session)| session.into()),
        ..Activity::default()
    })
}

/// A count of bytes: a number, whole or not (CloudTrail writes both).
fn bytes(value: &Value) -> Option<u64> {
    let float = || value.as_f64().filter(|n| (0.0..1e18).contains(n)).map(|n| n as u64);
    value.as_u64().or_else(float)
}

/// Refused for want of authentication or permission, by the codes of AWS services.
fn denied(code: &str) -> bool {
    const WORDS: [&str; 9] = [
        "AccessDenied",
        "Unauthorized",
        "AuthFailure",
        "NotAuthorized",
        "Forbidden",
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "SignatureDoesNotMatch",
        "ExpiredToken",
    ];
    WORDS.iter().any(|word| code.contains(word))
}

/// `aws-cli` of `[aws-cli/2.13.5 Python/3.11]`; whole where there is no version.
fn family(agent: &str) -> &str {
    let agent = agent.trim_start_matches('[').trim_end_matches(']');
    match agent.split_once('/') {
        Some((family, _)) => family,
        None => agent,
    }
}

/// Observations of credentials that an event issues, changes or ends.
fn issued(sink: &mut Sink, map: &Map<String, Value>, name: &str, time: Timestamp) {
    let account = text(map, &["recipientAccountId"]).or(text(map, &["userIdentity", "accountId"]));
    let Some(account) = account.filter(|account| aws::is_account(account)) else { return };
    let issuer = aws::issuer(account);
    let actor = text(map, &["userIdentity", "sessionContext", "sessionIssuer", "arn"])
        .or(text(map, &["userIdentity", "arn"]));
    // A user who changes an own key names nobody in the request.
    let user = text(map, &["responseElements", "accessKey", "userName"])
        .or(text(map, &["requestParameters", "userName"]))
        .or(text(map, &["userIdentity", "userName"]));
    let version = |id: &str, status: Status| VersionRecord {
        external_id: id.into(),
        status: Fact::Known(status),
        ..VersionRecord::default()
    };
    match name {
        "CreateAccessKey" => {
            let (Some(user), Some(id)) = (user, text(map, &["responseElements", "accessKey", "accessKeyId"]))
            else {
                return sink.bad_field(
                    "responseElements",
                    "missing_field",
                    "expected the user and id of the new key",
                );
            };
            let mut created = version(id, Status::Active);
            (created.created, created.not_after) = (Fact::Known(time), Fact::Absent);
            let mut credential = key_of(&issuer, user);
            credential.created_by = actor.map_or_else(Fact::default, |actor| Fact::Known(actor.into()));
            // The secret is shown once, to the caller.
            credential.known_by.extend(actor.map(String::from));
            credential.versions.push(created);
            sink.observe_at(Record::Credential(Box::new(credential)), time);
        }
        "UpdateAccessKey" | "DeleteAccessKey" => {
            let (Some(user), Some(id)) = (user, text(map, &["requestParameters", "accessKeyId"])) else {
                return;
            };
            let status = match (name, text(map, &["requestParameters", "status"])) {
                ("DeleteAccessKey", _) => Status::Deleted,
                (_, Some("Active")) => Status::Active,
                (_, Some("Inactive")) => Status::Inactive,
                _ => {
                    return sink.bad_field(
                        "requestParameters.status",
                        "bad_word",
                        "expected Active or Inactive",
                    );
                }
            };
            let mut credential = key_of(&issuer, user);
            credential.versions.push(version(id, status));
            sink.observe_at(Record::Credential(Box::new(credential)), time);
        }
        "AssumeRole" | "AssumeRoleWithWebIdentity" | "AssumeRoleWithSAML" => {
            let Some(arn) = text(map, &["requestParameters", "roleArn"]) else { return };
            let Some((account, resource)) = aws::arn(arn) else {
                return sink.bad_field("requestParameters.roleArn", "bad_arn", "expected the ARN of a role");
            };
            let issuer = aws::issuer(account);
            let role = Identity {
                id: arn.into(),
                kind: IdentityKind::IamRole,
                issuer: issuer.clone(),
                name: aws::name_of(resource).into(),
                ..Identity::default()
            };
            sink.observe_at(Record::Identity(Box::new(role)), time);
            session(sink, map, &issuer, aws::name_of(resource), arn, time);
        }
        "GetSessionToken" | "GetFederationToken" => {
            if let (Some(arn), Some(user)) = (actor, text(map, &["userIdentity", "userName"])) {
                session(sink, map, &issuer, user, arn, time);
            }
        }
        _ => {}
    }
}

fn key_of(issuer: &str, user: &str) -> crate::model::Credential {
    // The log does not have the user's path, and so not its ARN: the name is unique in the account, and the
    // inventory finds the user by it.
    aws::credential(issuer, user, "access-key", user, CredentialKind::ApiKey)
}

/// The session that an event issued, as a version of the identity's session credential.
fn session(sink: &mut Sink, map: &Map<String, Value>, issuer: &str, name: &str, arn: &str, time: Timestamp) {
    let Some(Value::Object(issued)) =
        map.get("responseElements").and_then(|response| response.get("credentials"))
    else {
        return;
    };
    let Some(id) = text(issued, &["accessKeyId"]) else { return };
    // CloudTrail writes `Jun 1, 2026, 10:00:00 AM` here; where it is no ISO time the end is not known.
    let end = text(issued, &["expiration"]).and_then(|end| Timestamp::parse_rfc3339(end).ok());
    let mut credential = aws::credential(issuer, name, "session", arn, CredentialKind::SessionToken);
    credential.system_of_record = Fact::Known("AWS STS".into());
    credential.versions.push(VersionRecord {
        external_id: id.into(),
        created: Fact::Known(time),
        not_after: end.map_or_else(|| Fact::unknown("not in the log as a time"), Fact::Known),
        ..VersionRecord::default()
    });
    sink.observe_at(Record::Credential(Box::new(credential)), time);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{activities, credential, key_id, problems, run};
    use super::*;
    use alloc::vec::Vec;

    fn call() -> String {
        format!(
            r#"{{"eventVersion": "1.08", "eventID": "e-1", "eventTime": "2026-05-01T10:00:00Z",
            "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1",
            "sourceIPAddress": "192.0.2.7", "userAgent": "[Boto3/1.26 md/Botocore]", "recipientAccountId": "111122223333",
            "userIdentity": {{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ci", "accessKeyId": "{}",
              "principalId": "AIDAEXAMPLE"}},
            "resources": [{{"type": "AWS::S3::Object"}}, {{"ARN": "arn:aws:s3:::data"}}],
            "additionalEventData": {{"bytesTransferredIn": 0.0, "bytesTransferredOut": 2048}}}}"#,
            key_id(1)
        )
    }

    fn assume() -> String {
        let session = key_id(5).replacen("AK", "AS", 1);
        format!(
            r#"{{"eventID": "e-2", "eventTime": "2026-05-01T11:00:00Z", "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRole", "recipientAccountId": "111122223333",
            "userIdentity": {{"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}},
            "requestParameters": {{"roleArn": "arn:aws:iam::111122223333:role/app/deploy"}},
            "responseElements": {{"credentials": {{"accessKeyId": "{session}",
              "expiration": "2026-05-01T12:00:00Z"}}}}}}"#
        )
    }

    #[test]
    fn every_field_is_mapped() {
        let parsed = run("trail.json", format!(r#"{{"Records": [{}]}}"#, call()).as_bytes());
        assert_eq!((parsed.adapter, parsed.lists, problems(&parsed)), ("aws-cloudtrail", false, [].into()));
        let expected = Activity {
            time: Timestamp::parse_rfc3339("2026-05-01T10:00:00Z").unwrap(),
            id: Some("e-1".into()),
            credential: key_id(1),
            identity: Some("arn:aws:iam::111122223333:user/ci".into()),
            action: Some("s3:GetObject".into()),
            destination: Some("arn:aws:s3:::data".into()),
            account: Some("111122223333".into()),
            region: Some("eu-west-1".into()),
            source_ip: Some("192.0.2.7".into()),
            user_agent: Some("Boto3".into()),
            bytes: Some(2048),
            outcome: Some(Outcome::Ok),
            ..Activity::default()
        };
        assert_eq!(activities(&parsed), [expected]);
    }

    #[test]
    fn a_file_an_array_and_lines_give_the_same() {
        let one = |text: String| text.replace('\n', " ");
        let lines = [one(call()), one(call())].join("\n");
        let array = format!("[{},{}]", call(), call());
        let file = format!(r#"{{"Records": [{},{}]}}"#, call(), call());
        let all: Vec<_> =
            [&lines, &array, &file].iter().map(|text| activities(&run("x", text.as_bytes()))).collect();
        assert_eq!(all[0].len(), 2);
        assert!(all[0] == all[1] && all[1] == all[2]);
    }

    #[test]
    fn a_session_is_its_roles() {
        let session = key_id(1).replacen("AK", "AS", 1);
        let text = call().replace(&key_id(1), &session).replace(
            r#""principalId": "AIDAEXAMPLE""#,
            r#""principalId": "AROAEXAMPLE:build-7", "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/deploy"}}"#,
        );
        let read = &activities(&run("x", text.as_bytes()))[0];
        assert!(read.ephemeral);
        assert_eq!(read.role.as_deref(), Some("arn:aws:iam::111122223333:role/deploy"));
        assert_eq!((&read.identity, read.session.as_deref()), (&read.role, Some("build-7")));
    }

    #[test]
    fn outcomes_follow_the_error_code() {
        for (code, outcome) in [
            ("AccessDenied", Outcome::Denied),
            ("Client.UnauthorizedOperation", Outcome::Denied),
            ("NoSuchKey", Outcome::Error),
            ("ThrottlingException", Outcome::Error),
        ] {
            let text = call().replacen('{', &format!(r#"{{"errorCode": "{code}","#), 1);
            assert_eq!(activities(&run("x", text.as_bytes()))[0].outcome, Some(outcome), "{code}");
        }
    }

    #[test]
    fn issued_sessions_and_keys_are_observed() {
        let parsed = run("x", assume().as_bytes());
        let session = credential(&parsed, "aws:111122223333/deploy/session");
        assert_eq!(session.identity, "arn:aws:iam::111122223333:role/app/deploy");
        assert!(session.versions[0].not_after.known().is_some());
        assert_eq!(activities(&parsed), []);

        let create = call().replace("GetObject", "CreateAccessKey").replacen(
            '{',
            &format!(
                r#"{{"responseElements": {{"accessKey": {{"userName": "web", "accessKeyId": "{}"}}}},"#,
                key_id(9)
            ),
            1,
        );
        let parsed = run("x", create.as_bytes());
        let made = credential(&parsed, "aws:111122223333/web/access-key");
        assert_eq!((made.versions[0].external_id.clone(), made.known_by.len()), (key_id(9), 1));

        let delete = call().replace("GetObject", "DeleteAccessKey").replacen(
            '{',
            &format!(r#"{{"requestParameters": {{"userName": "web", "accessKeyId": "{}"}},"#, key_id(9)),
            1,
        );
        let gone = credential(&run("x", delete.as_bytes()), "aws:111122223333/web/access-key");
        assert_eq!(gone.versions[0].status, Fact::Known(Status::Deleted));
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            (r#""eventTime": "2026"#, r#""eventTime": "MMXXVI"#, "bad_time", "eventTime", true),
            (r#""eventSource""#, r#""eventSorce""#, "missing_field", "eventSource", true),
            (r#""eventName": "GetObject""#, r#""eventName": 5"#, "bad_field", "eventName", true),
            (r#""userIdentity""#, r#""userIdentify""#, "missing_field", "userIdentity", true),
        ] {
            let text = format!(r#"{{"Records": [{},{}]}}"#, call(), call().replacen(from, to, 1));
            let parsed = run("x", text.as_bytes());
            assert_eq!(problems(&parsed), [(code.into(), Some(field.into()), lost)], "{from}");
            assert_eq!(activities(&parsed).len(), 1, "{from}");
        }
    }
}
