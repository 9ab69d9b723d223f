use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// One log record of a credential's use: the input of the baseline. All but time and credential are optional.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// When it happened, by the log that recorded it.
    pub time: Timestamp,
    /// The log's own id of the record; repeats are not learned twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The host's own customer: separates state, is never scored, holds no `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Public id of the credential used (never the secret): key id, accessor, certificate serial.
    pub credential: String,
    /// Who acted, in the provider's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The software that used it, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    /// Issuing role or template of an ephemeral credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Peer group, for priors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether the credential lives for one session or task only.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub ephemeral: bool,
    /// Declared purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Declared task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What the call did, `service:operation` where there is a service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What it was done to: ARN, host, path, bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Cloud account, organisation, project or cluster that the call touched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Region that the call touched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Autonomous system number of the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asn: Option<u32>,
    /// Address of the caller: IPv4, IPv6, or a service name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// Country of the caller, ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Family of the user agent (`aws-cli`, `Boto3`), without versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Bytes moved, both ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Model tokens used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Sensitivity of what was touched, 0 (public) to 3 (most).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<u8>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Session in which it happened; sequences are learned inside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Context windows the host knows of: `release`, `batch`, `on_call`, `migration`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was refused for want of authentication or permission (401, 403, AccessDenied).
    Denied,
    /// It failed for any other reason (404, 409, 5xx).
    Error,
}

impl Activity {
    /// What a score is kept for: `tenant/credential`, or for an ephemeral credential `tenant/role:<role>`, else
    /// `tenant/task:<task>`, else the credential itself. No tenant is the empty string before the slash.
    pub fn subject(&self) -> String {
        let tenant = self.tenant.as_deref().unwrap_or("");
        let scoped = |kind: &str, name: &str| [tenant, "/", kind, name].concat();
        match (self.ephemeral, &self.role, &self.task) {
            (true, Some(role), _) => scoped("role:", role),
            (true, None, Some(task)) => scoped("task:", task),
            _ => scoped("", &self.credential),
        }
    }
}
