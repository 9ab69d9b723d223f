use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Fact, LastUse, PolicyStep};
use crate::time::Timestamp;

/// Attributes that single out a workload, service, agent or person in one issuer's realm.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// Stable id: the issuer's own (an ARN, an object id), else `<issuer>/<name>`.
    pub id: String,
    /// What it is.
    pub kind: IdentityKind,
    /// Who issued it: `aws:<account>`, `github:<org>`, a SPIFFE trust domain.
    pub issuer: String,
    /// Display name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Every id under which the issuer or others know it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_ids: Vec<String>,
    /// The identity it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Who answers for it.
    pub owners: Fact<Vec<OwnerRef>>,
    /// Where it runs.
    pub environment: Fact<Environment>,
    /// The software that uses it.
    pub workload: Fact<String>,
    /// What it is for.
    pub purpose: Fact<String>,
    /// Trust by federation instead of a static secret.
    pub federation: Fact<Vec<Federation>>,
    /// Set if somebody outside installed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_party: Option<ThirdParty>,
    /// Whether the issuer lets it act.
    pub status: Fact<Status>,
    /// When the issuer made it.
    pub created: Fact<Timestamp>,
    /// Privileges granted, each `service:action` or `*` (the issuer's words), sorted.
    pub scopes_granted: Fact<Vec<String>>,
    /// Privileges used within the issuer's tracking period, sorted.
    pub scopes_used: Fact<Vec<String>>,
    /// The policies that authorise what it does, outermost first.
    pub policy_path: Fact<Vec<PolicyStep>>,
    /// When it last acted.
    pub last_used: LastUse,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Fields of the source that have no place here, size-capped, secrets dropped.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// What an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IdentityKind {
    /// Software executing for a purpose.
    Workload,
    /// An account made for software.
    ServiceAccount,
    /// A role that others assume.
    IamRole,
    /// An OAuth application or grant.
    OauthApp,
    /// A chat or automation account.
    Bot,
    /// An AI agent.
    Agent,
    /// A CI job.
    CiJob,
    /// A device.
    Device,
    /// A person: listed so that the others can be told apart from it.
    Human,
    /// Several workloads or people behind one identity.
    Shared,
    /// The source does not tell.
    #[default]
    Unknown,
}

/// Where something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Production.
    Prod,
    /// Staging or pre-production.
    Staging,
    /// Development.
    Dev,
    /// Test.
    Test,
    /// A sandbox.
    Sandbox,
}

impl Environment {
    /// Whether this is production.
    pub fn is_prod(self) -> bool {
        self == Environment::Prod
    }

    /// The word used in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Environment::Prod => "prod",
            Environment::Staging => "staging",
            Environment::Dev => "dev",
            Environment::Test => "test",
            Environment::Sandbox => "sandbox",
        }
    }

    /// Reads the word or a usual synonym of it (`production`, `stg`, `development`, …), in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "prod" | "production" | "prd" | "live" => Environment::Prod,
            "staging" | "stage" | "stg" | "preprod" | "pre-prod" | "uat" => Environment::Staging,
            "dev" | "develop" | "development" => Environment::Dev,
            "test" | "testing" | "qa" | "ci" => Environment::Test,
            "sandbox" | "sbx" | "playground" => Environment::Sandbox,
            _ => return None,
        })
    }
}

/// A trust relation with another issuer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Federation {
    /// The other issuer.
    pub issuer: String,
    /// Audience required; absent if none is.
    pub audience: Fact<String>,
    /// Subject pattern required; absent if none is.
    pub subject: Fact<String>,
}

/// Somebody outside who installed or runs an identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ThirdParty {
    /// The vendor.
    pub vendor: String,
    /// Who installed it here.
    pub installed_by: Fact<String>,
}

/// Whether an issuer lets an identity or a credential act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It works.
    Active,
    /// It is switched off and could be switched on again.
    Inactive,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
    /// It is gone.
    Deleted,
}

/// A party that can answer for identities and credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// What sort of party.
    pub kind: OwnerKind,
    /// Its id in the directory that lists it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it can answer.
    pub status: OwnerStatus,
    /// Since when the status holds.
    #[serde(default)]
    pub since: Fact<Timestamp>,
    /// How to reach it.
    #[serde(default)]
    pub contact: Fact<String>,
    /// What it owns: ARN, external id or `path:GLOB`.
    #[serde(default)]
    pub owns: Vec<String>,
    /// Environment of what it owns.
    #[serde(default)]
    pub environment: Fact<Environment>,
    /// Workload of what it owns.
    #[serde(default)]
    pub workload: Fact<String>,
    /// Purpose of what it owns.
    #[serde(default)]
    pub purpose: Fact<String>,
}

/// What sort of party an owner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// A natural person.
    Person,
    /// A team.
    Team,
    /// A service that owns its own identities.
    Service,
    /// An outside supplier.
    Vendor,
}

/// Whether an owner can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerStatus {
    /// Here and responsible.
    Active,
    /// Left the organisation.
    Left,
    /// Moved to other duties.
    Moved,
    /// The contract ended (vendors).
    Ended,
}

/// A reference to an owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OwnerRef {
    /// What sort of party.
    pub kind: OwnerKind,
    /// Its id in the directory that lists it.
    pub id: String,
}
