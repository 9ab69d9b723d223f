use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    Error, Pepper, lifecycle,
    model::{Activity, Completeness, Finding, Observation, Problem},
    plain::json_error,
    posture,
    time::{DAY, Timestamp},
};

/// What the host has read: bytes, and what it made of them already. All of it optional.
#[derive(Debug, Default)]
pub struct Inputs<'a> {
    /// Exports and logs of other systems, our own records and activities: [`crate::adapters`] tells what each is.
    pub files: Vec<File<'a>>,
    /// What a [`Scanner`](crate::classify::Scanner) found, file by file.
    pub findings: Vec<Finding>,
    /// Whether the host searched for secrets at all: without a search, no finding means nothing.
    pub searched: bool,
    /// Uses of credentials.
    pub activities: Vec<Activity>,
    /// Statements about records.
    pub records: Vec<Observation>,
    /// Lifecycle commands in their JSON form, each with its time.
    pub commands: Vec<(Timestamp, serde_json::Value)>,
    /// The ledger of an earlier assessment, as JSON lines; it is verified before use.
    pub ledger: Option<&'a [u8]>,
    /// The checkpoint of that ledger, if the host anchored one.
    pub checkpoint: Option<lifecycle::Checkpoint>,
    /// The saved baseline of an earlier assessment.
    pub baseline: Option<&'a [u8]>,
    /// What the host could not read, to be told with the rest.
    pub problems: Vec<Problem>,
    /// Key for the fingerprints of secrets that exports hold.
    pub pepper: Option<&'a Pepper>,
}

/// One export or log.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its name, for provenance and problems.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whether it lists all that its source holds.
    pub completeness: Completeness,
}

/// What everything is measured against. Plain data; a field left out keeps its default, an unknown one is refused.
///
/// ```
/// use nhi_core::assess::Policy;
/// let policy: Policy = serde_json::from_str(r#"{"posture": {"dormant_days": 30}, "observe": true}"#).unwrap();
/// assert_eq!((policy.posture.dormant_days, policy.alert_budget), (30, 0.1));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Lengths and counts of the lifecycle, and its response to alerts.
    pub lifecycle: lifecycle::Policy,
    /// What the posture checks measure against.
    pub posture: posture::Policy,
    /// Expected false alerts for each identity and week. Default 0.1.
    pub alert_budget: f64,
    /// Alerts up to this old are answered by the response policy; older ones are only told. In milliseconds.
    /// Default 7 d.
    pub respond_ms: i64,
    /// Record what the response policy would order, without doing it. Default false.
    pub observe: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            lifecycle: lifecycle::Policy::default(),
            posture: posture::Policy::default(),
            alert_budget: 0.1,
            respond_ms: 7 * DAY,
            observe: false,
        }
    }
}

impl Policy {
    /// Reads a policy as JSON and checks it.
    ///
    /// # Errors
    /// `invalid_json` tells where and what was expected, `invalid_argument` names a field that is out of range.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        let bad = |why: String| Error::InvalidJson { what: "policy", why };
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| bad(json_error(&e)))?;
        if !value.is_object() {
            return Err(bad("expected an object".into()));
        }
        let policy = Policy::deserialize(value).map_err(|e| bad(json_error(&e)))?;
        policy.validate()?;
        Ok(policy)
    }

    /// Checks that the values make sense together.
    ///
    /// # Errors
    /// `invalid_argument` names the field.
    pub fn validate(&self) -> Result<(), Error> {
        let bad =
            |field: &str, why: &str| Err(Error::InvalidArgument { field: field.into(), why: why.into() });
        if !(self.alert_budget > 0.0 && self.alert_budget <= 1000.0) {
            return bad("alert_budget", "expected more than 0 and at most 1000");
        }
        if self.respond_ms < 0 {
            return bad("respond_ms", "expected 0 or more");
        }
        self.lifecycle.validate()
    }
}
