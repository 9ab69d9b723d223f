use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CredentialKind, Fact};
use crate::Fingerprint;

/// A credential seen in bytes, with evidence. Holds no character of the secret beyond the redacted preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Version of this form: 1.
    pub v: u32,
    /// Where the bytes came from, if the host said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `slug(provider).slug(kind)`, stable.
    pub rule: String,
    /// Provider, as the catalogue names it.
    pub provider: String,
    /// Second half of the rule id.
    pub kind: String,
    /// What sort of credential it is.
    pub credential_kind: CredentialKind,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// The confidence as a word.
    pub level: Level,
    /// First byte of the secret.
    pub start: u64,
    /// One past its last byte.
    pub end: u64,
    /// Line of the first byte, from 1.
    pub line: u64,
    /// Column of the first byte in bytes, from 1.
    pub column: u64,
    /// Literal marker, `…` and the last four characters; nothing of a value under 16 characters.
    pub preview: String,
    /// Keyed digest of the decoded secret; none without a pepper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// Why the confidence is what it is.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// What the token says by itself: `account`, `issuer`, `subject`, `audience`, `scopes` (space separated),
    /// `issued`, `expires` (RFC 3339), `environment`, `key_type`.
    #[serde(default)]
    pub attributes: BTreeMap<String, Fact<String>>,
    /// Encodings undone to see it, outermost first.
    #[serde(default)]
    pub decoded: Vec<String>,
    /// Halves of a pair that belong to it.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Other rules whose shape this is too.
    #[serde(default)]
    pub alternatives: Vec<Alternative>,
}

/// Why something was graded as it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// Stable word, such as `checksum-holds`.
    pub code: String,
    /// A sentence for a person.
    pub text: String,
}

/// One half of a pair (an access key id beside its secret).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Kind of the other half.
    pub kind: String,
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// Redacted as in [`Finding::preview`]; a public id is shown whole.
    pub preview: String,
}

/// Another rule that fits the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// Rule id.
    pub rule: String,
    /// Provider, as the catalogue names it.
    pub provider: String,
    /// Second half of the rule id.
    pub kind: String,
}

/// How sure a rule is: 0 to 1 in thousandths, written as a number such as `0.85`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Confidence(u16);

impl Confidence {
    /// From thousandths, clamped to 0..=1000.
    pub const fn from_thousandths(t: u16) -> Self {
        Confidence(if t > 1000 { 1000 } else { t })
    }
    /// In thousandths.
    pub const fn thousandths(self) -> u16 {
        self.0
    }
    /// Low below 0.4, medium below 0.75, high from there.
    pub const fn level(self) -> Level {
        match self.0 {
            0..400 => Level::Low,
            400..750 => Level::Medium,
            _ => Level::High,
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / 1000.0)
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&value) {
            Ok(Confidence((value * 1000.0 + 0.5) as u16))
        } else {
            Err(serde::de::Error::custom("confidence must be from 0 to 1"))
        }
    }
}

/// The confidence of a finding as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Below 0.4.
    Low,
    /// From 0.4.
    Medium,
    /// From 0.75.
    High,
}
