//! How a credential is rotated.

use alloc::format;

use serde::{Deserialize, Serialize};

use super::{Policy, policy::range};
use crate::Error;

/// How a new version takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case", deny_unknown_fields)]
pub enum RotationModel {
    /// Old and new work side by side for a while.
    DualPhase {
        /// How long, in milliseconds.
        overlap_ms: i64,
    },
    /// The new secret replaces the old one in place: from its installation until its promotion nothing works.
    SinglePhase {
        /// Longest gap declared, in milliseconds.
        max_gap_ms: i64,
    },
    /// A new one is issued and the old one runs out by itself (at most for the longest overlap).
    ReissueOnly {},
}

impl RotationModel {
    /// Whether old and new work side by side.
    pub fn overlaps(self) -> bool {
        !matches!(self, RotationModel::SinglePhase { .. })
    }

    /// Whether its lengths are within the policy.
    ///
    /// # Errors
    /// `invalid_argument` names the field under `at` and the range.
    pub fn validate(self, at: &str, policy: &Policy) -> Result<(), Error> {
        match self {
            RotationModel::DualPhase { overlap_ms } => {
                range(&format!("{at}.overlap_ms"), overlap_ms, 1, policy.overlap_max_ms.max(1))
            }
            RotationModel::SinglePhase { max_gap_ms } => {
                range(&format!("{at}.max_gap_ms"), max_gap_ms, 1, policy.gap_max_ms.max(1))
            }
            RotationModel::ReissueOnly {} => Ok(()),
        }
    }
}
