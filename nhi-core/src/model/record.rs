use alloc::{boxed::Box, string::String};

use serde::{Deserialize, Serialize};

use super::{Activity, Credential, Endpoint, Finding, Identity, Owner, Sighting};
use crate::time::Timestamp;

/// Any record that an export can hold. One object a line in neutral JSONL: `{"identity": …}`, `{"owner": …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// An identity.
    Identity(Box<Identity>),
    /// A credential.
    Credential(Box<Credential>),
    /// A secret seen somewhere.
    Sighting(Box<Sighting>),
    /// A party that can answer.
    Owner(Box<Owner>),
    /// An operation that can be called.
    Endpoint(Box<Endpoint>),
}

/// What a source said of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// What it said.
    pub record: Record,
    /// Who said it, and when.
    pub provenance: Provenance,
}

/// Where a statement comes from. The default of every field of a record; the inventory keeps overrides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Provenance {
    /// Adapter and input: `aws-credential-report:report.csv`.
    pub source: String,
    /// When the source looked. For an export without a time: when the host read it.
    pub observed_at: Timestamp,
    /// Place in the input, such as `line 12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// One thing that an adapter read. In JSON an object of one member: `{"observation": …}`, `{"activity": …}`,
/// `{"finding": …}`, `{"command": {"at": …, "command": …}}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Item {
    /// A statement about a record.
    Observation(Box<Observation>),
    /// A use of a credential.
    Activity(Box<Activity>),
    /// A finding in our own form.
    Finding(Box<Finding>),
    /// A lifecycle command in its JSON form, for the lifecycle room to decode.
    Command {
        /// When it was given.
        at: Timestamp,
        /// The command.
        command: serde_json::Value,
    },
}

/// What an adapter could not read: where, what and why. The rest of the input was read all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The input, as the host named it.
    pub source: String,
    /// Where in it.
    pub place: Place,
    /// Stable word, such as `bad_time`, `missing_field`, `not_json`.
    pub code: String,
    /// A sentence that names the field and what was expected, without the content.
    pub text: String,
    /// Whether the whole row was left out; otherwise only the field was.
    pub row_lost: bool,
}

/// A place in an input.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Index of the row or element, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Field name or JSON path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// What sort of system a statement comes from. Drift is disagreement between planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plane {
    /// The organisation's own authoritative records.
    Declared,
    /// The issuer: cloud, identity provider, SaaS.
    ControlPlane,
    /// Where secrets are kept: vaults.
    Holdings,
    /// Where secrets or their use were seen: scans.
    Sightings,
}

/// Whether a snapshot lists all there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// All that the source holds: what is absent here does not exist there.
    Full,
    /// A part: absence means nothing.
    #[default]
    Partial,
}
