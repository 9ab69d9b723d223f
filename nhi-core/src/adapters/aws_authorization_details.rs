//! IAM users, roles, groups and policies: `iam get-account-authorization-details`, and the roles of
//! `iam list-roles`. Source: IAM API Reference, the operations of these names.
//!
//! | field | identity |
//! |---|---|
//! | `Arn`, `UserName`/`RoleName`, `UserId`/`RoleId`, `CreateDate`, `Tags` | `id`, `name`, `external_ids`, `created`, owner and environment |
//! | `AttachedManagedPolicies`, `UserPolicyList`, `RolePolicyList`, `GroupList`, `PermissionsBoundary` | `policy_path` |
//! | the `Allow` statements of those policies | `scopes_granted`, each `service:action` or `*` |
//! | `AssumeRolePolicyDocument` | `policy_path` (who may assume it), `federation`, `third_party` |
//! | `RoleLastUsed` | `last_used` (tracked for 400 days) |
//!
//! Policy documents come as objects (the CLI decodes them) or URL-encoded text (the API). Conditions, resources,
//! `Deny` and boundaries narrow what is granted and are not counted off: `scopes_granted` is the most it can be.
//! `NotAction` grants all but a few, and counts as `*`. A policy whose document is not in the export makes the
//! scopes unknown, unless the others grant everything.
//! Sentinels: `RoleLastUsed` `{}` = not used in the tracking period; missing (`list-roles`) = unknown.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use serde_json::{Map, Value};

use super::{
    Adapter, aws, json,
    probe::{Probe, Shape},
    sink::Sink,
};
use crate::{
    Error,
    model::{
        Fact, Federation, Identity, IdentityKind, LastUse, Plane, PolicyStep, Record, Status, ThirdParty,
    },
    time::DAY,
};

pub(super) const ADAPTER: Adapter =
    Adapter { id: "aws-authorization-details", plane: Plane::ControlPlane, lists: true, detect, parse };

/// IAM keeps the last use of a role for 400 days ("RoleLastUsed", IAM API Reference).
const ROLE_TRACKING_MS: i64 = 400 * DAY;

const SECTIONS: [&str; 4] = ["UserDetailList", "RoleDetailList", "GroupDetailList", "Policies"];

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    if probe.shape != Shape::Object {
        return None;
    }
    if SECTIONS.iter().filter(|name| probe.has(&[name])).count() > 1 || probe.has(&["UserDetailList"]) {
        return Some((95, "IAM authorization details"));
    }
    let roles = probe.has(&["Roles"]) && probe.element_keys("Roles").iter().any(|key| key == "RoleName");
    let role_details = probe.has(&["RoleDetailList"]);
    (roles || role_details).then_some((90, "IAM roles"))
}

/// What a policy allows; `None` if its document could not be read.
type Allowed = Option<BTreeSet<String>>;

/// Policies and groups, read before the users and roles that refer to them.
#[derive(Default)]
struct Known {
    policies: BTreeMap<String, Allowed>,
    groups: BTreeMap<String, (Vec<PolicyStep>, Vec<Allowed>)>,
}

fn parse(sink: &mut Sink) -> Result<(), Error> {
    let bytes = sink.input.bytes;
    let at = json::skip_space(bytes, 0);
    let (members, closed) = json::members(bytes, at);
    let sections = ["Policies", "GroupDetailList", "UserDetailList", "RoleDetailList", "Roles"];
    if !members.iter().any(|member| sections.contains(&member.key.as_str())) {
        return Err(Error::Unreadable {
            what: "IAM authorization details",
            why: "none of their lists is in it".into(),
        });
    }
    let mut known = Known::default();
    for name in sections {
        for member in members.iter().filter(|member| member.key == name) {
            sink.elements(name, member.span.range.start, |sink, map| match name {
                "Policies" => policy(sink, &map, &mut known),
                "GroupDetailList" => group(sink, &map, &mut known),
                "UserDetailList" => principal(sink, &map, &known, true),
                _ => principal(sink, &map, &known, false),
            })?;
        }
    }
    sink.no_row();
    let cut = members.last().is_some_and(|member| !member.span.complete);
    if !closed && !cut {
        sink.bad_field("", "truncated", "the object does not end");
    }
    Ok(())
}

fn policy(sink: &mut Sink, map: &Map<String, Value>, known: &mut Known) {
    let Some(arn) = sink.need(map, "Arn") else { return };
    let versions = sink.array(map, "PolicyVersionList");
    let default = versions
        .iter()
        .filter_map(Value::as_object)
        .find(|version| version.get("IsDefaultVersion") == Some(&Value::Bool(true)));
    let allowed = default.and_then(|version| version.get("Document")).and_then(document);
    if allowed.is_none() {
        let expected = "expected a default version with a policy document";
        sink.bad_field("PolicyVersionList", "bad_policy", expected);
    }
    known.policies.insert(arn, allowed.map(|document| actions(&document)));
}

fn group(sink: &mut Sink, map: &Map<String, Value>, known: &mut Known) {
    let Some(name) = sink.need(map, "GroupName") else { return };
    let mut steps = [PolicyStep { kind: "group".into(), id: name.clone() }].into();
    let mut allowed = Vec::new();
    attached(sink, map, "GroupPolicyList", known, &mut steps, &mut allowed);
    known.groups.insert(name, (steps, allowed));
}

fn principal(sink: &mut Sink, map: &Map<String, Value>, known: &Known, user: bool) {
    let Some(arn) = sink.need(map, "Arn") else { return };
    let Some((account, resource)) = aws::arn(&arn) else {
        return sink.lost(Some("Arn"), "bad_arn", "expected arn:<partition>:iam::<12 digits>:<user or role>");
    };
    let issuer = aws::issuer(account);
    sink.issuer(&issuer);
    let id_field = if user { "UserId" } else { "RoleId" };
    let mut identity = Identity {
        id: arn.clone(),
        kind: if user { IdentityKind::Unknown } else { IdentityKind::IamRole },
        issuer,
        name: aws::name_of(resource).into(),
        external_ids: sink.text(map, id_field).into_iter().filter(|id| !id.is_empty()).collect(),
        status: Fact::Known(Status::Active),
        created: sink.time(map, "CreateDate", &aws::API_TIME),
        ..Identity::default()
    };
    aws::tags(sink, map, &mut identity);

    let mut steps = Vec::new();
    let mut allowed = Vec::new();
    if let Some(Value::Object(boundary)) = map.get("PermissionsBoundary") {
        let id = sink.text(boundary, "PermissionsBoundaryArn").unwrap_or_default();
        steps.push(PolicyStep { kind: "boundary".into(), id });
    }
    for name in sink.array(map, "GroupList").iter().filter_map(Value::as_str) {
        match known.groups.get(name) {
            Some((theirs, granted)) => {
                steps.extend(theirs.iter().cloned());
                allowed.extend(granted.iter().cloned());
            }
            None => {
                steps.push(PolicyStep { kind: "group".into(), id: name.into() });
                allowed.push(None);
            }
        }
    }
    let inline = if user { "UserPolicyList" } else { "RolePolicyList" };
    attached(sink, map, inline, known, &mut steps, &mut allowed);
    // `list-roles` has the trust policy only.
    let policies =
        ["AttachedManagedPolicies", inline, "GroupList"].iter().any(|name| map.contains_key(*name));
    if policies {
        identity.scopes_granted = granted(&allowed);
    }
    if !user {
        trust(sink, map, account, &mut identity, &mut steps);
        identity.last_used = role_last_used(sink, map);
    }
    if policies || !steps.is_empty() {
        identity.policy_path = Fact::Known(steps);
    }
    sink.observe(Record::Identity(Box::new(identity)));
}

/// Managed and inline policies of a principal or group.
fn attached(
    sink: &mut Sink,
    map: &Map<String, Value>,
    inline: &str,
    known: &Known,
    steps: &mut Vec<PolicyStep>,
    allowed: &mut Vec<Allowed>,
) {
    for policy in sink.array(map, "AttachedManagedPolicies") {
        let Some(arn) = policy.get("PolicyArn").and_then(Value::as_str) else {
            sink.bad_field("AttachedManagedPolicies", "bad_field", "expected objects with PolicyArn");
            allowed.push(None);
            continue;
        };
        steps.push(PolicyStep { kind: "managed_policy".into(), id: arn.into() });
        allowed.push(match known.policies.get(arn) {
            Some(found) => found.clone(),
            // Its document is the provider's and does not change: everything (IAM User Guide, "AWS managed
            // policies for job functions").
            None if arn.ends_with(":aws:policy/AdministratorAccess") => Some([String::from("*")].into()),
            None => None,
        });
    }
    for policy in sink.array(map, inline) {
        let name = policy.get("PolicyName").and_then(Value::as_str).unwrap_or_default();
        steps.push(PolicyStep { kind: "inline_policy".into(), id: name.into() });
        let read = policy.get("PolicyDocument").and_then(document);
        if read.is_none() {
            sink.bad_field(inline, "bad_policy", "expected a policy document");
        }
        allowed.push(read.map(|document| actions(&document)));
    }
}

/// The union of what policies allow; unknown if one could not be read and the others do not allow everything.
fn granted(allowed: &[Allowed]) -> Fact<Vec<String>> {
    let all: BTreeSet<&String> = allowed.iter().flatten().flatten().collect();
    if all.iter().any(|action| *action == "*") {
        return Fact::Known([String::from("*")].into());
    }
    if allowed.iter().any(Option::is_none) {
        return Fact::unknown("the document of an attached policy is not in the export");
    }
    Fact::Known(all.into_iter().cloned().collect())
}

/// A policy document: an object, JSON text, or URL-encoded JSON text.
fn document(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map.clone()),
        Value::String(text) => {
            let text = if text.trim_start().starts_with('{') { text.clone() } else { percent_decode(text)? };
            serde_json::from_str(&text).ok()
        }
        _ => None,
    }
}

/// RFC 3986 section 2.1; `None` for a broken escape or what is no UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        out.push(match b {
            b'%' => {
                let digit = |b: Option<u8>| (b? as char).to_digit(16);
                (digit(bytes.next())? * 16 + digit(bytes.next())?) as u8
            }
            b => b,
        });
    }
    String::from_utf8(out).ok()
}

fn statements(document: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let all = match document.get("Statement") {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => core::slice::from_ref(one),
        None => &[],
    };
    all.iter().filter_map(Value::as_object).filter(|statement| {
        statement.get("Effect").and_then(Value::as_str).is_some_and(|effect| effect == "Allow")
    })
}

/// One text or several.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let all = match value {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => core::slice::from_ref(one),
        None => &[],
    };
    all.iter().filter_map(Value::as_str)
}

fn actions(document: &Map<String, Value>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for statement in statements(document) {
        if statement.contains_key("NotAction") {
            out.insert("*".into());
        }
        out.extend(texts(statement.get("Action")).map(String::from));
    }
    out
}

/// Who may assume a role: as steps of its policy path, as federation, and as a third party.
fn trust(
    sink: &mut Sink,
    map: &Map<String, Value>,
    account: &str,
    identity: &mut Identity,
    steps: &mut Vec<PolicyStep>,
) {
    let Some(trust) = map.get("AssumeRolePolicyDocument").and_then(document) else {
        return sink.bad_field("AssumeRolePolicyDocument", "bad_policy", "expected a policy document");
    };
    let mut federation = Vec::new();
    for statement in statements(&trust) {
        let mut step = |id: String| steps.push(PolicyStep { kind: "trust_policy".into(), id });
        match statement.get("Principal") {
            Some(Value::String(all)) => step(all.clone()),
            Some(Value::Object(principals)) => {
                for (sort, who) in principals {
                    for who in texts(Some(who)) {
                        step(format!("{sort}:{who}"));
                        match sort.as_str() {
                            "Federated" => federation.push(federated(who, statement.get("Condition"))),
                            "AWS" => {
                                let other = aws::arn(who).map_or(who, |(account, _)| account);
                                if aws::is_account(other) && other != account {
                                    let vendor = aws::issuer(other);
                                    identity.third_party =
                                        Some(ThirdParty { vendor, installed_by: Fact::default() });
                                }
                            }
                            _ => {}
                        }
                    }
                }
            }
            _ => sink.bad_field(
                "AssumeRolePolicyDocument",
                "bad_policy",
                "expected principals in each statement",
            ),
        }
    }
    identity.federation = if federation.is_empty() { Fact::Absent } else { Fact::Known(federation) };
}

/// A federated principal with what its conditions require: keys that end in `:aud` and `:sub`.
fn federated(provider: &str, condition: Option<&Value>) -> Federation {
    // `arn:aws:iam::<account>:oidc-provider/<host and path>`; a SAML provider keeps its ARN.
    let issuer = match provider.split_once(":oidc-provider/") {
        Some((_, host)) => format!("https://{host}"),
        None => provider.into(),
    };
    let required = |suffix: &str| {
        let mut found = condition
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter(|(operator, _)| operator.contains("StringEquals") || operator.contains("StringLike"))
            .filter_map(|(_, keys)| keys.as_object())
            .flatten()
            .filter(|(key, _)| key.ends_with(suffix))
            .flat_map(|(_, value)| texts(Some(value)));
        found.next().map(|first| {
            let mut all = String::from(first);
            for more in found {
                all.push(' ');
                all.push_str(more);
            }
            all
        })
    };
    Federation {
        issuer,
        audience: Fact::known_or_absent(required(":aud")),
        subject: Fact::known_or_absent(required(":sub")),
    }
}

fn role_last_used(sink: &mut Sink, map: &Map<String, Value>) -> LastUse {
    match map.get("RoleLastUsed") {
        None => LastUse::Unknown("the export does not have it".into()),
        Some(Value::Object(used)) if !used.contains_key("LastUsedDate") => {
            LastUse::Never { since_tracking: Some(sink.input.read_at.plus(-ROLE_TRACKING_MS)) }
        }
        Some(Value::Object(used)) => match sink.time(used, "LastUsedDate", &aws::API_TIME) {
            Fact::Known(at) => LastUse::Used { at, granularity_ms: 0 },
            Fact::Absent => LastUse::default(),
            Fact::Unknown(why) => LastUse::Unknown(why.into_owned()),
        },
        Some(_) => {
            sink.bad_field("RoleLastUsed", "bad_field", "expected an object");
            LastUse::Unknown("unreadable in the export".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{identity, problems, run};
    use super::*;
    use alloc::vec;

    const USER: &str = "arn:aws:iam::111122223333:user/ci/bot";
    const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";

    /// Users refer to groups and policies that stand after them, and one document is URL-encoded.
    const SAMPLE: &str = r#"{"UserDetailList": [{"Path": "/ci/", "UserName": "bot", "UserId": "AIDAEXAMPLE",
          "Arn": "arn:aws:iam::111122223333:user/ci/bot", "CreateDate": "2024-01-01 10:00:00+00:00",
          "GroupList": ["readers"], "AttachedManagedPolicies": [],
          "UserPolicyList": [{"PolicyName": "own", "PolicyDocument":
            "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sqs%3ASendMessage%22%7D%7D"}],
          "Tags": [{"Key": "team", "Value": "payments"}, {"Key": "env", "Value": "production"}]}],
        "RoleDetailList": [{"RoleName": "deploy", "RoleId": "AROAEXAMPLE",
          "Arn": "arn:aws:iam::111122223333:role/deploy", "CreateDate": "2024-01-01T10:00:00+00:00",
          "RolePolicyList": [], "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}],
          "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/ci.example.com"},
            "Condition": {"StringEquals": {"ci.example.com:aud": "sts.amazonaws.com"},
                          "StringLike": {"ci.example.com:sub": "repo:acme/*"}}},
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}}]},
          "RoleLastUsed": {"LastUsedDate": "2026-05-01T10:00:00+00:00", "Region": "eu-west-1"}}],
        "GroupDetailList": [{"GroupName": "readers", "GroupPolicyList": [],
          "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/read"}]}],
        "Policies": [{"Arn": "arn:aws:iam::111122223333:policy/read", "PolicyVersionList": [
          {"VersionId": "v1", "IsDefaultVersion": false, "Document": {"Statement": [{"Effect": "Allow", "Action": "*"}]}},
          {"VersionId": "v2", "IsDefaultVersion": true, "Document": {"Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"]},
            {"Effect": "Deny", "Action": "s3:*"}]}}]}]}"#;

    #[test]
    fn a_user_has_what_its_groups_and_policies_allow() {
        let parsed = run("x.json", SAMPLE.as_bytes());
        assert_eq!((parsed.adapter, parsed.issuer.as_deref()), (ADAPTER.id, Some("aws:111122223333")));
        assert_eq!(problems(&parsed), []);
        let user = identity(&parsed, USER);
        assert_eq!(
            user.scopes_granted,
            Fact::Known(vec!["s3:GetObject".into(), "s3:ListBucket".into(), "sqs:SendMessage".into()])
        );
        let kinds: Vec<_> = user.policy_path.known().unwrap().iter().map(|step| step.kind.as_str()).collect();
        assert_eq!(kinds, ["group", "managed_policy", "inline_policy"]);
        assert_eq!(user.owners.known().unwrap()[0].id, "payments");
        assert!(user.environment.known().unwrap().is_prod());
        assert_eq!((user.name.as_str(), &user.external_ids[..]), ("bot", &["AIDAEXAMPLE".into()][..]));
    }

    #[test]
    fn a_role_has_its_trust_and_its_last_use() {
        let role = identity(&run("x.json", SAMPLE.as_bytes()), ROLE);
        assert_eq!(role.scopes_granted, Fact::Known(vec!["*".into()]));
        assert_eq!(
            role.federation,
            Fact::Known(vec![Federation {
                issuer: "https://ci.example.com".into(),
                audience: Fact::Known("sts.amazonaws.com".into()),
                subject: Fact::Known("repo:acme/*".into()),
            }])
        );
        assert_eq!(role.third_party.unwrap().vendor, "aws:999988887777");
        assert!(matches!(role.last_used, LastUse::Used { .. }));
        let never =
            SAMPLE.replace(r#"{"LastUsedDate": "2026-05-01T10:00:00+00:00", "Region": "eu-west-1"}"#, "{}");
        let never = identity(&run("x.json", never.as_bytes()), ROLE).last_used;
        assert!(matches!(never, LastUse::Never { since_tracking: Some(_) }));
    }

    #[test]
    fn a_missing_policy_makes_the_scopes_unknown() {
        let cut = SAMPLE.replace("policy/read\", \"PolicyVersionList", "policy/other\", \"PolicyVersionList");
        assert!(identity(&run("x.json", cut.as_bytes()), USER).scopes_granted.is_unknown());
    }

    #[test]
    fn list_roles_has_trust_but_no_scopes() {
        let text = r#"{"Roles": [{"RoleName": "r", "RoleId": "AROAX", "CreateDate": "2024-01-01T10:00:00Z",
            "Arn": "arn:aws:iam::111122223333:role/r", "AssumeRolePolicyDocument": {"Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}]}}]}"#;
        let parsed = run("x.json", text.as_bytes());
        let role = identity(&parsed, "arn:aws:iam::111122223333:role/r");
        assert!(role.scopes_granted.is_not_reported());
        assert_eq!(role.federation, Fact::Absent);
        assert_eq!(role.policy_path.known().unwrap()[0].id, "Service:ec2.amazonaws.com");
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            (r#""Arn": "arn:aws:iam::111122223333:user/ci/bot""#, r#""Arn": "bot""#, "bad_arn", "Arn", true),
            ("2024-01-01 10:00:00+00:00", "2024", "bad_time", "CreateDate", false),
            ("%7B%22Statement", "%7G%22Statement", "bad_policy", "UserPolicyList", false),
            (
                r#""IsDefaultVersion": true"#,
                r#""IsDefaultVersion": 1"#,
                "bad_policy",
                "PolicyVersionList",
                false,
            ),
            (r#""RoleLastUsed": {"#, r#""RoleLastUsed": 7, "X": {"#, "bad_field", "RoleLastUsed", false),
            (r#""GroupName""#, r#""GrupName""#, "missing_field", "GroupName", true),
            (r#"{"Key": "team", "Value": "payments"}"#, "7", "bad_field", "Tags", false),
        ] {
            assert!(SAMPLE.contains(from), "{from}");
            let parsed = run("x.json", SAMPLE.replacen(from, to, 1).as_bytes());
            assert_eq!(problems(&parsed), [(code.into(), Some(field.into()), lost)], "{from}");
            assert!(!parsed.items.is_empty());
        }
    }

    #[test]
    fn a_cut_export_keeps_what_is_whole() {
        let cut = SAMPLE.find("RoleLastUsed").unwrap();
        let parsed = run("x.json", &SAMPLE.as_bytes()[..cut]);
        assert_eq!(parsed.items.len(), 1);
        assert_eq!(problems(&parsed), [("truncated".into(), Some("RoleDetailList".into()), true)]);
    }
}
