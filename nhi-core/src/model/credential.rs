use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Environment, Fact, OwnerRef, Status};
use crate::{Fingerprint, time::Timestamp};

/// Record of something that proves an identity; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Credential {
    /// `<issuer>/<identity>/<kind>[/<n>]`: stays the same over rotations.
    pub id: String,
    /// Id of the identity it proves.
    pub identity: String,
    /// What sort of credential.
    pub kind: CredentialKind,
    /// Provider, as the catalogue names it.
    pub provider: String,
    /// Who issued it.
    pub issuer: String,
    /// Ids under which the issuer knows it, beyond those of its versions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_ids: Vec<String>,
    /// Keyed digest of the secret, where a source gave the secret away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// What the issuer itself shows of the secret (a key id, the last characters).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_hint: Option<String>,
    /// When the issuer made it.
    pub created: Fact<Timestamp>,
    /// Not valid before.
    pub not_before: Fact<Timestamp>,
    /// Not valid after. Absent: it never expires.
    pub not_after: Fact<Timestamp>,
    /// When the secret last changed. Absent: never since creation.
    pub last_rotated: Fact<Timestamp>,
    /// When it was last used.
    pub last_used: LastUse,
    /// Whether the issuer lets it act.
    pub status: Fact<Status>,
    /// Whether the system that holds it rotates it by itself, and when next. Absent: it does not.
    pub next_rotation: Fact<Timestamp>,
    /// Privileges granted to it, if they differ from its identity's.
    pub scopes_granted: Fact<Vec<String>>,
    /// What it is bound to.
    pub bound_to: Bindings,
    /// The policies that authorise its use, outermost first.
    pub policy_path: Fact<Vec<PolicyStep>>,
    /// The system in which lifecycle actions on it are carried out.
    pub system_of_record: Fact<String>,
    /// Where the secret is kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub storage: Vec<Location>,
    /// Workloads that use it.
    pub consumers: Fact<Vec<String>>,
    /// Its concrete secrets over time, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionRecord>,
    /// Who answers for it; if not reported, its identity's owners do.
    pub owners: Fact<Vec<OwnerRef>>,
    /// Where it is used; if not reported, its identity's.
    pub environment: Fact<Environment>,
    /// The software that uses it; if not reported, its identity's.
    pub workload: Fact<String>,
    /// What it is for; if not reported, its identity's.
    pub purpose: Fact<String>,
    /// Who made it.
    pub created_by: Fact<String>,
    /// People who have seen the secret.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_by: Vec<String>,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Fields of the source that have no place here, size-capped, secrets dropped.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// One concrete secret of a credential, as a source reports it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VersionRecord {
    /// The provider's id of it (an access key id, a key id).
    pub external_id: String,
    /// When it was made.
    pub created: Fact<Timestamp>,
    /// Not valid after. Absent: it never expires.
    pub not_after: Fact<Timestamp>,
    /// Whether the provider accepts it.
    pub status: Fact<VersionStatus>,
    /// When it was last used.
    pub last_used: LastUse,
    /// Keyed digest of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

/// Whether the provider accepts a version.
pub type VersionStatus = Status;

/// When something was last used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastUse {
    /// Used, at a time known to a granularity.
    Used {
        /// The last use known.
        at: Timestamp,
        /// How coarse `at` is, in milliseconds: the use may be up to this much later.
        granularity_ms: i64,
    },
    /// Not used since tracking began.
    Never {
        /// Since when use is tracked; `None` if since creation.
        since_tracking: Option<Timestamp>,
    },
    /// Nobody could tell, and why. Never treated as unused.
    Unknown(String),
}

impl LastUse {
    /// What two statements say together: the latest use known wins over never, and either over unknown.
    /// Commutative, associative and idempotent, so that the order of statements does not matter.
    pub fn merge(self, other: LastUse) -> LastUse {
        use LastUse::{Never, Unknown, Used};
        match (self, other) {
            (Used { at: a, granularity_ms: x }, Used { at: b, granularity_ms: y }) => match a.cmp(&b) {
                core::cmp::Ordering::Less => Used { at: b, granularity_ms: y },
                core::cmp::Ordering::Greater => Used { at: a, granularity_ms: x },
                core::cmp::Ordering::Equal => Used { at: a, granularity_ms: x.min(y) },
            },
            (used @ Used { .. }, _) | (_, used @ Used { .. }) => used,
            // The longer tracking period says more; `None` is the longest.
            (Never { since_tracking: a }, Never { since_tracking: b }) => Never { since_tracking: a.min(b) },
            (never @ Never { .. }, _) | (_, never @ Never { .. }) => never,
            (Unknown(a), Unknown(b)) if a == Fact::<()>::NOT_REPORTED => Unknown(b),
            (Unknown(a), Unknown(b)) if b == Fact::<()>::NOT_REPORTED => Unknown(a),
            (Unknown(a), Unknown(b)) => Unknown(a.min(b)),
        }
    }
}

impl Default for LastUse {
    fn default() -> Self {
        LastUse::Unknown(Fact::<()>::NOT_REPORTED.into())
    }
}

/// What a credential is bound to beyond being known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bindings {
    /// Networks from which it works, CIDR. Absent: from anywhere.
    pub networks: Fact<Vec<String>>,
    /// Audiences that accept it.
    pub audience: Fact<Vec<String>>,
    /// Thumbprint of the certificate or key that must accompany it (mTLS, DPoP).
    pub sender: Fact<String>,
}

/// One step of the path that authorises a use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyStep {
    /// What sort: `managed_policy`, `inline_policy`, `group`, `trust_policy`, `boundary`, `role_binding`.
    pub kind: String,
    /// Its id or name.
    pub id: String,
}

/// Where a secret is kept or was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// What sort of place: `code`, `vault`, `ci_variable`, `env`, `image`, `manifest`, `log`, `ticket`,
    /// `notebook`, `file`.
    pub kind: String,
    /// The place: a path, an ARN, a URL without userinfo.
    pub path: String,
    /// Line, from 1, where the place is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The revision or version of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// A secret seen somewhere: from our own scan or somebody else's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// How to join it to a credential.
    #[serde(flatten)]
    pub of: SightingMatch,
    /// Provider, as far as the finder could tell.
    #[serde(default)]
    pub provider: Fact<String>,
    /// The finder's rule.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// What sort of credential.
    #[serde(default)]
    pub kind: CredentialKind,
    /// Where.
    pub location: Location,
    /// Who found it.
    pub source: String,
    /// Whether it still works.
    #[serde(default)]
    pub liveness: Liveness,
    /// First seen there.
    #[serde(default)]
    pub first_seen: Fact<Timestamp>,
    /// Last seen there.
    #[serde(default)]
    pub last_seen: Fact<Timestamp>,
    /// Who can see it there.
    #[serde(default)]
    pub exposure: Fact<Exposure>,
    /// Redacted preview.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preview: String,
    /// Confidence of the finder, as a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<super::Level>,
    /// Environment that the token itself names.
    #[serde(default)]
    pub environment: Fact<Environment>,
    /// End that the token itself names.
    #[serde(default)]
    pub expires: Fact<Timestamp>,
}

/// How a sighting joins a credential. Any of these may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SightingMatch {
    /// Keyed digest of the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// A public id seen with it (an access key id).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Account that the token itself names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// Whether a secret that was seen still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liveness {
    /// The provider accepted it.
    Live,
    /// The provider refused it.
    Dead,
    /// Nobody tried.
    NotChecked,
    /// Somebody tried and could not tell.
    #[default]
    Unknown,
}

/// Who can see a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    /// A process at run time: log, dump, environment.
    Runtime,
    /// A few.
    Private,
    /// The organisation.
    Org,
    /// Everybody.
    Public,
}

/// An operation that can be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `<host><path>`.
    pub id: String,
    /// Host.
    pub host: String,
    /// Path template.
    pub path: String,
    /// HTTP methods.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Who can reach it: `public`, `partner`, `internal`.
    #[serde(default)]
    pub exposure: Fact<String>,
    /// How a caller proves itself.
    #[serde(default)]
    pub auth: Fact<EndpointAuth>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Fact<OwnerRef>,
    /// Where it runs.
    #[serde(default)]
    pub environment: Fact<Environment>,
}

/// How a caller proves itself to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointAuth {
    /// Not at all.
    None,
    /// With a static key.
    ApiKey,
    /// With a bearer token.
    Bearer,
    /// With a certificate.
    Mtls,
    /// With an OpenID Connect token.
    Oidc,
    /// By address only.
    IpAllowlist,
}

/// What sort of credential something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CredentialKind {
    /// A static key of an API.
    ApiKey,
    /// A key of a service account.
    ServiceAccountKey,
    /// An OAuth access or refresh token.
    OauthToken,
    /// The secret of an OAuth client.
    OauthClientSecret,
    /// A token of one session.
    SessionToken,
    /// A token that a person made for themselves.
    PersonalToken,
    /// A key of a model provider.
    ModelKey,
    /// A password.
    Password,
    /// A private key.
    PrivateKey,
    /// A certificate.
    Certificate,
    /// A secret that signs.
    SigningSecret,
    /// A URL or secret of a webhook.
    WebhookSecret,
    /// A connection string with a secret in it.
    ConnectionString,
    /// An identifier: no secret.
    Identifier,
    /// A key that is meant to be public.
    Publishable,
    /// A hash of a secret.
    Hash,
    /// Not known.
    #[default]
    Unknown,
}

impl CredentialKind {
    /// The word used in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            CredentialKind::ApiKey => "api_key",
            CredentialKind::ServiceAccountKey => "service_account_key",
            CredentialKind::OauthToken => "oauth_token",
            CredentialKind::OauthClientSecret => "oauth_client_secret",
            CredentialKind::SessionToken => "session_token",
            CredentialKind::PersonalToken => "personal_token",
            CredentialKind::ModelKey => "model_key",
            CredentialKind::Password => "password",
            CredentialKind::PrivateKey => "private_key",
            CredentialKind::Certificate => "certificate",
            CredentialKind::SigningSecret => "signing_secret",
            CredentialKind::WebhookSecret => "webhook_secret",
            CredentialKind::ConnectionString => "connection_string",
            CredentialKind::Identifier => "identifier",
            CredentialKind::Publishable => "publishable",
            CredentialKind::Hash => "hash",
            CredentialKind::Unknown => "unknown",
        }
    }

    /// Whether possession of it grants anything.
    pub fn is_secret(self) -> bool {
        !matches!(self, CredentialKind::Identifier | CredentialKind::Publishable | CredentialKind::Hash)
    }
}
