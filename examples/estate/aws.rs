//! What AWS exports say: credential report, access keys, authorization details and the organisation trail.

use nhi_core::{
    model::{Outcome, Status},
    time::{DAY, MINUTE, SECOND, Timestamp},
};
use serde_json::{Value, json};

use super::{
    company::{Account, Company, Home, Log, NOW, Trusted, Unit, Version, ago},
    mint,
    random::Stream,
    traffic::{self, Call},
};

/// The columns of `iam get-credential-report`.
const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
    access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
    access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,\
    access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

fn users<'a>(company: &'a Company, account: &'a Account) -> impl Iterator<Item = &'a Unit> {
    company.units.iter().filter(|unit| matches!(unit.home, Home::AwsUser(home) if home.id == account.id))
}

/// `YYYY-MM-DDThh:mm:ss` and a suffix, the way each export writes its times.
fn stamp(time: Timestamp, separator: &str, zone: &str) -> String {
    let text = time.to_string();
    format!("{}{separator}{}{zone}", &text[..10], &text[11..19])
}

/// `iam get-credential-report` of one account, decoded.
pub(crate) fn credential_report(company: &Company, account: &Account) -> Vec<u8> {
    let iso = |time| stamp(time, "T", "+00:00");
    let root_made = ago(2400 + (account.id % 7) as i64, 9, 0);
    let mut out = format!(
        "{COLUMNS}\n<root_account>,arn:aws:iam::{}:root,{},not_supported,no_information,not_supported,\
         not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n",
        account.id,
        iso(root_made)
    );
    for unit in users(company, account) {
        let row = [unit.name, &unit.identity(), &iso(unit.created), "false", "N/A", "N/A", "N/A", "false"];
        out.push_str(&row.join(","));
        let listed: Vec<&Version> = unit.versions.iter().filter(|version| version.listed).collect();
        for slot in 0..2 {
            match listed.get(slot) {
                Some(version) => out.push_str(&key_columns(unit, version)),
                None => out.push_str(",false,N/A,N/A,N/A,N/A"),
            }
        }
        out.push_str(",false,N/A,false,N/A\n");
    }
    out.into_bytes()
}

fn key_columns(unit: &Unit, version: &Version) -> String {
    let iso = |time| stamp(time, "T", "+00:00");
    let active = version.status == Status::Active;
    let (used, service) = last_use(unit, version);
    let Some(used) = used else { return format!(",{active},{},N/A,N/A,N/A", iso(version.made)) };
    format!(",{active},{},{},eu-north-1,{service}", iso(version.made), iso(traffic::quarter(used)))
}

/// When a key was last used, and the service it called.
fn last_use(unit: &Unit, version: &Version) -> (Option<Timestamp>, String) {
    let service = |action: &str| action.split(':').next().unwrap_or("s3").to_string();
    match unit.calls.iter().rev().find(|call| call.key == version.external_id) {
        Some(call) => (Some(call.time), service(call.action)),
        None => (unit.last_used, service(unit.used().first().copied().unwrap_or("s3"))),
    }
}

/// `iam list-access-keys` of every user of one account, in one array.
pub(crate) fn access_keys(company: &Company, account: &Account) -> Vec<u8> {
    let mut keys = Vec::new();
    for unit in users(company, account) {
        for version in unit.versions.iter().filter(|version| version.listed) {
            keys.push(json!({
                "UserName": unit.name,
                "AccessKeyId": version.external_id,
                "Status": if version.status == Status::Active { "Active" } else { "Inactive" },
                "CreateDate": stamp(version.made, "T", "Z"),
            }));
        }
    }
    super::pretty(&json!({ "AccessKeyMetadata": keys }))
}

/// An id such as IAM gives to users and roles; not a secret.
fn unique_id(kind: &str, seed: u64, unit: &Unit) -> String {
    format!("{kind}{}", Stream::new(seed, &[unit.name, "id"]).text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17))
}

fn policy(grants: &[(&str, &str)]) -> Value {
    let mut statements: Vec<(String, Vec<&str>)> = Vec::new();
    for (action, resource) in grants {
        let resource = resource.replace("{new}", "*").replace("{day}", "*");
        match statements.iter_mut().find(|(of, _)| *of == resource) {
            Some((_, actions)) => actions.push(action),
            None => statements.push((resource, vec![action])),
        }
    }
    let statements: Vec<Value> = statements
        .iter()
        .map(|(resource, actions)| json!({"Effect": "Allow", "Action": actions, "Resource": resource}))
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// `iam get-account-authorization-details` of one account.
pub(crate) fn authorization_details(seed: u64, company: &Company, account: &Account) -> Vec<u8> {
    let iso = |time| stamp(time, "T", "+00:00");
    let everything = [("*", "*")];
    let users: Vec<Value> = users(company, account)
        .map(|unit| {
            let admin = unit.grants == everything;
            let own = json!([{"PolicyName": format!("{}-access", unit.name), "PolicyDocument": policy(&unit.grants)}]);
            let managed = json!([{
                "PolicyName": "AdministratorAccess",
                "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
            }]);
            json!({
                "Path": "/",
                "UserName": unit.name,
                "UserId": unique_id("AIDA", seed, unit),
                "Arn": unit.identity(),
                "CreateDate": iso(unit.created),
                "UserPolicyList": if admin { json!([]) } else { own },
                "GroupList": [],
                "AttachedManagedPolicies": if admin { managed } else { json!([]) },
                "Tags": [],
            })
        })
        .collect();
    let roles: Vec<Value> = company
        .units
        .iter()
        .filter_map(|unit| match unit.home {
            Home::AwsRole { account: home, from } if home.id == account.id => Some((unit, from)),
            _ => None,
        })
        .map(|(unit, from)| role(seed, unit, from, account))
        .collect();
    // The provider lists its own managed policies with the account's; this is the one that is attached here.
    let made = ago(4000, 12, 0);
    super::pretty(&json!({
        "UserDetailList": users,
        "GroupDetailList": [],
        "RoleDetailList": roles,
        "Policies": [{
            "PolicyName": "AdministratorAccess",
            "PolicyId": Stream::new(0, &["AdministratorAccess"]).text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 21),
            "Arn": "arn:aws:iam::aws:policy/AdministratorAccess",
            "Path": "/",
            "DefaultVersionId": "v1",
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": true,
            "CreateDate": iso(made),
            "UpdateDate": iso(made),
            "PolicyVersionList": [{
                "Document": policy(&everything),
                "VersionId": "v1",
                "IsDefaultVersion": true,
                "CreateDate": iso(made),
            }],
        }],
        "IsTruncated": false,
    }))
}

fn role(seed: u64, unit: &Unit, from: Trusted, account: &Account) -> Value {
    let iso = |time| stamp(time, "T", "+00:00");
    let provider = format!("arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com", account.id);
    let trust = match from {
        Trusted::Service(service) => json!({
            "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole",
        }),
        Trusted::Repository(subject) => json!({
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": subject,
            }},
        }),
    };
    let used = traffic::last_use(unit)
        .map(|time| json!({"LastUsedDate": iso(time), "Region": "eu-north-1"}))
        .unwrap_or(json!({}));
    json!({
        "Path": "/",
        "RoleName": unit.name,
        "RoleId": unique_id("AROA", seed, unit),
        "Arn": unit.identity(),
        "CreateDate": iso(unit.created),
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "InstanceProfileList": [],
        "RolePolicyList": [{"PolicyName": format!("{}-access", unit.name), "PolicyDocument": policy(&unit.grants)}],
        "AttachedManagedPolicies": [],
        "Tags": [],
        "RoleLastUsed": used,
    })
}

/// How many days the trail export reaches back.
const TRAIL_DAYS: i64 = 3;

/// The organisation trail of the last days: `{"Records": […]}`.
pub(crate) fn trail(seed: u64, company: &Company) -> Vec<u8> {
    let from = NOW.plus(-TRAIL_DAYS * DAY);
    let mut records: Vec<(Timestamp, Value)> = Vec::new();
    for unit in company.units.iter().filter(|unit| unit.log == Log::Trail) {
        let mut session = None;
        for call in unit.calls.iter().filter(|call| call.time >= from) {
            match unit.home {
                Home::AwsRole { account, from } => {
                    if session.as_ref() != Some(&call.session) {
                        session = Some(call.session.clone());
                        records.push(assumed(seed, unit, account, from, call));
                    }
                    records.push((call.time, record(account, role_session(seed, unit, account, call), call)));
                }
                Home::AwsUser(account) => {
                    let who = json!({
                        "type": "IAMUser",
                        "principalId": unique_id("AIDA", seed, unit),
                        "arn": unit.identity(),
                        "accountId": account.id.to_string(),
                        "accessKeyId": call.key,
                        "userName": unit.name,
                    });
                    records.push((call.time, record(account, who, call)));
                }
                Home::Other { .. } => {}
            }
        }
    }
    records.sort_by_key(|(time, _)| *time);
    let records: Vec<Value> = records.into_iter().map(|(_, record)| record).collect();
    super::pretty(&json!({ "Records": records }))
}

fn temporary_key(seed: u64, account: &Account, call: &Call) -> String {
    mint::temporary_key_id(account.id, &mut Stream::new(seed, &[&call.session, "key"]))
}

fn role_session(seed: u64, unit: &Unit, account: &Account, call: &Call) -> Value {
    let role_id = unique_id("AROA", seed, unit);
    json!({
        "type": "AssumedRole",
        "principalId": format!("{role_id}:{}", call.session),
        "arn": format!("arn:aws:sts::{}:assumed-role/{}/{}", account.id, unit.name, call.session),
        "accountId": account.id.to_string(),
        "accessKeyId": temporary_key(seed, account, call),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": unit.identity(),
                "accountId": account.id.to_string(),
                "userName": unit.name,
            },
            "attributes": {"creationDate": stamp(call.time.plus(-MINUTE), "T", "Z"), "mfaAuthenticated": "false"},
        },
    })
}

/// The record of the session's beginning: who asked, and the key that was given out.
fn assumed(seed: u64, unit: &Unit, account: &Account, from: Trusted, call: &Call) -> (Timestamp, Value) {
    let time = call.time.plus(-3 * SECOND);
    let (who, action) = match from {
        Trusted::Service(service) => (json!({"type": "AWSService", "invokedBy": service}), "sts:AssumeRole"),
        Trusted::Repository(subject) => {
            let who = json!({
                "type": "WebIdentityUser",
                "principalId": format!("token.actions.githubusercontent.com:sts.amazonaws.com:{subject}"),
                "userName": subject,
                "identityProvider": "token.actions.githubusercontent.com",
            });
            (who, "sts:AssumeRoleWithWebIdentity")
        }
    };
    let id = Stream::new(seed, &[&call.session, "assumed"]).uuid();
    let begin = Call { time, id, action, to: unit.identity(), ..call.clone() };
    let mut record = record(account, who, &begin);
    record["requestParameters"] = json!({"roleArn": unit.identity(), "roleSessionName": call.session});
    record["responseElements"] = json!({
        "credentials": {
            "accessKeyId": temporary_key(seed, account, call),
            "expiration": stamp(time.plus(60 * MINUTE), "T", "Z"),
        },
        "assumedRoleUser": {
            "assumedRoleId": format!("{}:{}", unique_id("AROA", seed, unit), call.session),
            "arn": format!("arn:aws:sts::{}:assumed-role/{}/{}", account.id, unit.name, call.session),
        },
    });
    (time, record)
}

fn record(account: &Account, who: Value, call: &Call) -> Value {
    let (service, name) = call.action.split_once(':').unwrap_or((call.action, ""));
    let reads = ["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb));
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": who,
        "eventTime": stamp(call.time, "T", "Z"),
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-north-1",
        "sourceIPAddress": format!("{}.{}", call.origin.net, call.host),
        "userAgent": agent(call.origin.user_agent),
        "requestParameters": null,
        "responseElements": null,
        "requestID": Stream::new(0, &[&call.id, "request"]).uuid(),
        "eventID": call.id,
        "readOnly": reads,
        "resources": [{"accountId": account.id.to_string(), "ARN": call.to}],
        "eventType": "AwsApiCall",
        "managementEvent": service != "s3",
        "recipientAccountId": account.id.to_string(),
        "eventCategory": if service == "s3" { "Data" } else { "Management" },
    });
    if call.bytes > 0 {
        record["additionalEventData"] = json!({"bytesTransferredOut": call.bytes, "bytesTransferredIn": 0});
    }
    if call.outcome == Outcome::Denied {
        record["errorCode"] = json!("AccessDenied");
    }
    record
}

/// The whole user agent, as AWS logs it.
fn agent(family: &str) -> String {
    match family {
        "aws-cli" => "aws-cli/2.31.11 md/awscrt#0.28.2 ua/2.1 os/linux lang/python#3.13.7".into(),
        "aws-sdk-java" => "aws-sdk-java/2.35.5 md/io#sync ua/2.1 os/Linux lang/java#21.0.8".into(),
        "aws-sdk-go-v2" => "aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1".into(),
        other => format!("{other}/1.0"),
    }
}
