//! What the AWS adapters share: ids, issuers and the kinds of identity behind an ARN.

use alloc::{boxed::Box, format, string::String};

use serde_json::{Map, Value};

use super::sink::{Sink, is_secret_like};
use crate::{
    model::{Credential, CredentialKind, Environment, Fact, Identity, OwnerKind, OwnerRef, Record},
    time::foreign::{Dialect, Null},
};

/// Provider name, as the catalogue has it.
pub(super) const PROVIDER: &str = "aws";

/// Times of the IAM API: ISO 8601 with offset, as the CLI prints them; older tools print a space for the `T`.
pub(super) const API_TIME: Dialect =
    Dialect { null: Null::Unknown(Fact::<()>::NOT_REPORTED), ..Dialect::ISO };

/// IAM records a key's last use at most once in 15 minutes
/// (IAM User Guide, "Find unused AWS credentials").
pub(super) const KEY_GRANULARITY_MS: i64 = 15 * crate::time::MINUTE;

/// Account and resource part of an IAM or STS ARN: `arn:<partition>:iam::<account>:<resource>`.
pub(super) fn arn(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.splitn(6, ':');
    let (arn, _, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (_, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = arn == "arn" && matches!(service, "iam" | "sts") && is_account(account);
    (fits && !resource.is_empty()).then_some((account, resource))
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// `aws:<account>`.
pub(super) fn issuer(account: &str) -> String {
    format!("aws:{account}")
}

/// Last part of the resource of an ARN: the name without its path.
pub(super) fn name_of(resource: &str) -> &str {
    resource.rsplit('/').next().unwrap_or(resource)
}

/// An access key id somewhere in a text: `AKIA` or `ASIA` and 16 characters of base32, not inside a longer word.
pub(super) fn key_id_in(text: &str) -> Option<&str> {
    let word = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    for (at, four) in bytes.windows(4).enumerate() {
        let body = bytes.get(at + 4..at + 20).unwrap_or_default();
        let base32 = body.iter().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(b));
        let before = at.checked_sub(1).and_then(|i| bytes.get(i));
        if (four == b"AKIA" || four == b"ASIA")
            && body.len() == 16
            && base32
            && !word(before)
            && !word(bytes.get(at + 20))
        {
            return text.get(at..at + 20);
        }
    }
    None
}

/// Whether a text is an access key id and nothing else.
pub(super) fn is_key_id(text: &str) -> bool {
    key_id_in(text).is_some_and(|id| id.len() == text.len())
}

/// Whether a text can be the id of a key in a list: the marker and what the API allows after it, in upper case
/// (IAM API Reference: 16 to 128 word characters). Wider than what is looked for in foreign text.
pub(super) fn is_listed_key_id(text: &str) -> bool {
    (text.starts_with("AKIA") || text.starts_with("ASIA"))
        && (16..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// A credential with its id `<issuer>/<identity name>/<slug>` and nothing else known.
pub(super) fn credential(
    issuer: &str,
    name: &str,
    slug: &str,
    identity: &str,
    kind: CredentialKind,
) -> Credential {
    Credential {
        id: format!("{issuer}/{name}/{slug}"),
        identity: identity.into(),
        kind,
        provider: PROVIDER.into(),
        issuer: issuer.into(),
        system_of_record: Fact::Known("AWS IAM".into()),
        ..Credential::default()
    }
}

pub(super) fn observe_credential(sink: &mut Sink, credential: Credential) {
    sink.observe(Record::Credential(Box::new(credential)));
}

/// Reads `Tags: [{Key, Value}]` and what the usual ones say of owner, environment, workload and purpose.
pub(super) fn tags(sink: &mut Sink, map: &Map<String, Value>, identity: &mut Identity) {
    for tag in sink.array(map, "Tags") {
        let pair = tag.as_object().map(|tag| (tag.get("Key"), tag.get("Value")));
        let Some((Some(Value::String(key)), Some(Value::String(value)))) = pair else {
            sink.bad_field("Tags", "bad_field", "expected objects with Key and Value");
            continue;
        };
        if is_secret_like(key, value) {
            sink.bad_field("Tags", "secret_dropped", "a label that may hold a secret was not kept");
            continue;
        }
        label(identity, key, value);
        identity.tags.insert(key.clone(), value.clone());
    }
    if let Fact::Known(owners) = &mut identity.owners {
        owners.sort();
        owners.dedup();
    }
}

/// What a usual label says of owner, environment, workload and purpose.
pub(super) fn label(identity: &mut Identity, key: &str, value: &str) {
    match key.to_ascii_lowercase().as_str() {
        "owner" | "team" => {
            let kind = if key.eq_ignore_ascii_case("team") { OwnerKind::Team } else { OwnerKind::Person };
            let owner = OwnerRef { kind, id: value.into() };
            match &mut identity.owners {
                Fact::Known(owners) => owners.push(owner),
                owners => *owners = Fact::Known([owner].into()),
            }
        }
        "environment" | "env" | "stage" => {
            identity.environment = Environment::parse(value)
                .map_or_else(|| Fact::unknown("the tag holds no known word"), Fact::Known);
        }
        "workload" | "application" | "app" | "service" => identity.workload = Fact::Known(value.into()),
        "purpose" | "description" => identity.purpose = Fact::Known(value.into()),
        _ => {}
    }
}
