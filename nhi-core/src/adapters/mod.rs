/*!
Reads other systems' exports and logs.

[`detect`] tells what some bytes are by looking into them (a file's name is a hint only); [`parse`] gives every
record, activity, finding and command that could be read, *and* the list of problems: where, what, why. One bad
row never loses an export; an error means that a limit was exceeded or that the container as a whole is none.

Secrets do not stay: an adapter that meets one fingerprints it under the host's pepper and drops it in the same
pass. Each adapter sees one input; joining a credential report with a key list is [`crate::inventory`]'s work.

| adapter | input | plane |
|---|---|---|
| `aws-access-key-last-used` | `iam get-access-key-last-used` | control plane |
| `aws-access-keys` | `iam list-access-keys` | control plane |
| `aws-authorization-details` | `iam get-account-authorization-details`, `iam list-roles` | control plane |
| `aws-cloudtrail` | CloudTrail records, in an array or one a line | control plane, a log |
| `aws-credential-report` | `iam get-credential-report`, the CSV or the JSON around it | control plane |
| `aws-secret` | `secretsmanager describe-secret` | holdings |
| `aws-secrets` | `secretsmanager list-secrets` | holdings |
| `github-token-requests` | an organisation's requests for access with fine-grained tokens | control plane |
| `github-tokens` | an organisation's fine-grained tokens | control plane |
| `gitleaks-findings` | gitleaks JSON report | sightings |
| `kubernetes` | Secrets and ServiceAccounts, `kubectl get … -o json` | holdings |
| `nhi-findings` | our own findings, one a line | sightings |
| `nhi-records` | neutral JSONL: records, commands, activities | declared |
| `owners` | owners CSV | declared |
| `vault-audit` | the audit log of Vault and OpenBao | control plane, a log |
| `vault-lease` | Vault's and OpenBao's `sys/leases/lookup` | control plane |
*/

mod aws;
mod aws_access_keys;
mod aws_authorization_details;
mod aws_cloudtrail;
mod aws_credential_report;
mod aws_secrets_manager;
mod csv;
mod github_tokens;
mod gitleaks;
mod json;
mod kubernetes;
#[cfg(test)]
mod kubernetes_tests;
mod nhi_findings;
mod nhi_records;
mod owners;
mod probe;
mod sink;
#[cfg(test)]
mod tests;
mod vault_audit;
mod vault_lease;

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use probe::Probe;
use serde::{Deserialize, Serialize};
use sink::Sink;

use crate::{
    Error, Pepper, limits,
    model::{Item, Plane, Problem},
    time::Timestamp,
};

/// One input, as the host hands it over.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Name for provenance and problems; a hint for detection.
    pub name: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
    /// When the host read it: stands in where the export carries no time.
    pub read_at: Timestamp,
    /// Key for fingerprints. Without it, secrets met are dropped without one.
    pub pepper: Option<&'a Pepper>,
    /// The adapter to use instead of the best one detected.
    pub adapter: Option<&'a str>,
}

/// What one input held. In JSON every item is an object of one member, as in [`Item`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parsed {
    /// The adapter that read it.
    pub adapter: &'static str,
    /// What sort of system the statements come from.
    pub plane: Plane,
    /// Whether the format lists what exists. A log does not: what it leaves out may well exist, and its
    /// observations are never more than a partial snapshot.
    pub lists: bool,
    /// When the source looked, if it says so.
    pub taken_at: Option<Timestamp>,
    /// The issuer of all records in it, if there is exactly one.
    pub issuer: Option<String>,
    /// What could be read, in the order of the input.
    pub items: Vec<Item>,
    /// What could not, in the order of the input; at most [`limits::PROBLEMS`] and a closing count.
    pub problems: Vec<Problem>,
    /// Rows, elements or lines seen, good and bad.
    pub rows: u64,
}

/// An adapter that knows the shape of some bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detection {
    /// Its id, for [`Input::adapter`].
    pub adapter: String,
    /// How sure it is, 1 to 100.
    pub confidence: u8,
    /// What it recognised.
    pub why: String,
}

/// One adapter: its own file holds the shape it reads, its mapping and its sentinels.
struct Adapter {
    id: &'static str,
    plane: Plane,
    lists: bool,
    detect: fn(&Probe) -> Option<(u8, &'static str)>,
    parse: fn(&mut Sink) -> Result<(), Error>,
}

/// Every adapter, sorted by id.
const REGISTRY: &[Adapter] = &[
    aws_access_keys::LAST_USED,
    aws_access_keys::LIST,
    aws_authorization_details::ADAPTER,
    aws_cloudtrail::ADAPTER,
    aws_credential_report::ADAPTER,
    aws_secrets_manager::DESCRIBE,
    aws_secrets_manager::LIST,
    github_tokens::REQUESTS,
    github_tokens::TOKENS,
    gitleaks::ADAPTER,
    kubernetes::ADAPTER,
    nhi_findings::ADAPTER,
    nhi_records::ADAPTER,
    owners::ADAPTER,
    vault_audit::ADAPTER,
    vault_lease::ADAPTER,
];

/// The ids of all adapters, sorted.
pub fn ids() -> impl Iterator<Item = &'static str> {
    REGISTRY.iter().map(|adapter| adapter.id)
}

/// Which adapters know the shape of these bytes, best first. Looks at the first [`limits::DETECT_BYTES`] only.
///
/// ```
/// let found = nhi_core::adapters::detect("keys.json", br#"{"AccessKeyMetadata": []}"#);
/// assert_eq!(found[0].adapter, "aws-access-keys");
/// assert!(nhi_core::adapters::detect("notes.txt", b"nothing that we know").is_empty());
/// ```
pub fn detect(name: &str, bytes: &[u8]) -> Vec<Detection> {
    let probe = Probe::new(name, bytes);
    let mut found: Vec<Detection> = REGISTRY
        .iter()
        .filter_map(|adapter| {
            let (confidence, why) = (adapter.detect)(&probe)?;
            Some(Detection { adapter: adapter.id.to_owned(), confidence, why: why.to_owned() })
        })
        .collect();
    found.sort_by(|a, b| b.confidence.cmp(&a.confidence).then_with(|| a.adapter.cmp(&b.adapter)));
    found
}

/// Reads one input with the adapter asked for, else with the best one detected.
///
/// ```
/// use nhi_core::{adapters::{Input, parse}, time::Timestamp};
/// let parsed = parse(&Input {
///     name: "owners.csv",
///     bytes: b"kind,id,name,status\nteam,payments,Payments,active\nteam,ghosts,Ghosts,vanished\n",
///     read_at: Timestamp::from_millis(0),
///     pepper: None,
///     adapter: None,
/// })?;
/// assert_eq!((parsed.adapter, parsed.items.len()), ("owners", 1));
/// assert_eq!(parsed.problems[0].place.line, Some(3));
/// # Ok::<(), nhi_core::Error>(())
/// ```
///
/// # Errors
/// `input_too_large` beyond [`limits::EXPORT_BYTES`] or [`limits::EXPORT_ROWS`]; `unreadable` if no adapter knows
/// the bytes or the container is broken before its first row; `invalid_argument` for an unknown adapter id.
/// # Cost
/// Linear in the bytes; memory follows the items kept and the longest single row.
pub fn parse(input: &Input) -> Result<Parsed, Error> {
    if input.bytes.len() > limits::EXPORT_BYTES {
        return Err(Error::InputTooLarge {
            what: "bytes of one export",
            found: input.bytes.len() as u64,
            limit: limits::EXPORT_BYTES as u64,
        });
    }
    let adapter = match input.adapter {
        Some(id) => {
            REGISTRY.iter().find(|adapter| adapter.id == id).ok_or_else(|| Error::InvalidArgument {
                field: "adapter".into(),
                why: "expected one of the registered adapter ids".into(),
            })?
        }
        None => {
            let best = detect(input.name, input.bytes);
            let id = best.first().map(|detection| detection.adapter.as_str());
            REGISTRY.iter().find(|adapter| Some(adapter.id) == id).ok_or_else(|| Error::Unreadable {
                what: "export",
                why: "no adapter knows its shape".into(),
            })?
        }
    };
    let bytes = input.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input.bytes);
    let mut sink = Sink::new(Input { bytes, ..*input }, adapter.id);
    (adapter.parse)(&mut sink)?;
    Ok(sink.finish(adapter))
}
