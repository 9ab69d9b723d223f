//! How long things may take and last: data, with defaults, every length in milliseconds.

use alloc::{collections::BTreeMap, format, string::String};

use serde::{Deserialize, Serialize};

use super::{RotationModel, response::ResponsePolicy};
use crate::{
    Error,
    model::CredentialKind,
    time::{DAY, HOUR, MINUTE, SECOND},
};

/// The lengths and counts by which the machine decides. Lengths are whole milliseconds.
///
/// ```
/// use nhi_core::lifecycle::Policy;
/// let policy = Policy { overlap_ms: 0, ..Policy::default() };
/// assert_eq!(policy.validate().unwrap_err().to_string(), "overlap_ms: expected 1 to 604800000, found 0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Longest life of an issued version. Default 365 d.
    pub max_ttl_ms: i64,
    /// Unused for longer is dormant. Default 90 d.
    pub dormant_ms: i64,
    /// A revocation that nobody confirmed for this long is escalated. Default 1 h.
    pub revocation_sla_ms: i64,
    /// Overlap of a dual-phase rotation. Default 24 h.
    pub overlap_ms: i64,
    /// Longest overlap that a command may ask for. Default 7 d.
    pub overlap_max_ms: i64,
    /// How long an old version must have been unused before `DrainObserved` ends its overlap. Default 1 h.
    pub quiet_ms: i64,
    /// Longest declared gap of a single-phase rotation. Default 5 min.
    pub gap_max_ms: i64,
    /// From the beginning of a rotation to its promotion; longer is stuck. Default 24 h.
    pub rotation_deadline_ms: i64,
    /// How long a credential may live without an owner before it is suspended. Default 30 d.
    pub orphan_ms: i64,
    /// How long a suspension may last before it ends in revocation. Default 14 d.
    pub quarantine_ms: i64,
    /// Longest period of one exception. Default 90 d.
    pub exception_ms: i64,
    /// Most renewals of one exception. Default 2.
    pub exception_renewals: u32,
    /// Longest break-glass window. Default 4 h.
    pub break_glass_ms: i64,
    /// Longest life of one lease, renewals included. Default 12 h.
    pub lease_max_ms: i64,
    /// Longest grace of a tainted version. Default 72 h.
    pub taint_ms: i64,
    /// How long a certification lasts. Default 180 d.
    pub review_ms: i64,
    /// How long a due review may wait before it is overdue. Default 30 d.
    pub review_grace_ms: i64,
    /// Longest time that a campaign may give. Default 30 d.
    pub campaign_ms: i64,
    /// Tries of a revocation before it is given up and escalated. Default 6.
    pub revoke_tries: u32,
    /// Wait after the first failed try; it doubles with each. Default 10 s.
    pub revoke_backoff_ms: i64,
    /// How far ahead of `now` an observation or approval may be dated. Default 5 min.
    pub clock_skew_ms: i64,
    /// How old an approval may be when it is used. Default 7 d.
    pub approval_age_ms: i64,
    /// How a kind of credential is rotated, where the default of [`Policy::rotation_model`] is not wanted.
    pub rotation_models: BTreeMap<String, RotationModel>,
    /// What an alert leads to.
    pub response: ResponsePolicy,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            max_ttl_ms: 365 * DAY,
            dormant_ms: 90 * DAY,
            revocation_sla_ms: HOUR,
            overlap_ms: 24 * HOUR,
            overlap_max_ms: 7 * DAY,
            quiet_ms: HOUR,
            gap_max_ms: 5 * MINUTE,
            rotation_deadline_ms: 24 * HOUR,
            orphan_ms: 30 * DAY,
            quarantine_ms: 14 * DAY,
            exception_ms: 90 * DAY,
            exception_renewals: 2,
            break_glass_ms: 4 * HOUR,
            lease_max_ms: 12 * HOUR,
            taint_ms: 72 * HOUR,
            review_ms: 180 * DAY,
            review_grace_ms: 30 * DAY,
            campaign_ms: 30 * DAY,
            revoke_tries: 6,
            revoke_backoff_ms: 10 * SECOND,
            clock_skew_ms: 5 * MINUTE,
            approval_age_ms: 7 * DAY,
            rotation_models: BTreeMap::new(),
            response: ResponsePolicy::default(),
        }
    }
}

impl Policy {
    /// Longest length that any field may have: 100 years of 365 days.
    pub const LONGEST_MS: i64 = 36_500 * DAY;

    /// Whether the machine can work by it.
    ///
    /// # Errors
    /// `invalid_argument` names the first field that is out of range and the range.
    pub fn validate(&self) -> Result<(), Error> {
        let lengths = [
            ("max_ttl_ms", self.max_ttl_ms, Self::LONGEST_MS),
            ("dormant_ms", self.dormant_ms, Self::LONGEST_MS),
            ("revocation_sla_ms", self.revocation_sla_ms, 30 * DAY),
            ("overlap_ms", self.overlap_ms, self.overlap_max_ms.clamp(1, Self::LONGEST_MS)),
            ("overlap_max_ms", self.overlap_max_ms, Self::LONGEST_MS),
            ("quiet_ms", self.quiet_ms, Self::LONGEST_MS),
            ("gap_max_ms", self.gap_max_ms, DAY),
            ("rotation_deadline_ms", self.rotation_deadline_ms, Self::LONGEST_MS),
            ("orphan_ms", self.orphan_ms, Self::LONGEST_MS),
            ("quarantine_ms", self.quarantine_ms, Self::LONGEST_MS),
            ("exception_ms", self.exception_ms, Self::LONGEST_MS),
            ("break_glass_ms", self.break_glass_ms, 30 * DAY),
            ("lease_max_ms", self.lease_max_ms, Self::LONGEST_MS),
            ("taint_ms", self.taint_ms, 30 * DAY),
            ("review_ms", self.review_ms, Self::LONGEST_MS),
            ("review_grace_ms", self.review_grace_ms, Self::LONGEST_MS),
            ("campaign_ms", self.campaign_ms, Self::LONGEST_MS),
            ("revoke_backoff_ms", self.revoke_backoff_ms, DAY),
            ("approval_age_ms", self.approval_age_ms, Self::LONGEST_MS),
        ];
        for (field, found, most) in lengths {
            range(field, found, 1, most)?;
        }
        range("clock_skew_ms", self.clock_skew_ms, 0, DAY)?;
        range("revoke_tries", i64::from(self.revoke_tries), 1, 20)?;
        range("exception_renewals", i64::from(self.exception_renewals), 0, 100)?;
        for (kind, model) in &self.rotation_models {
            let field = format!("rotation_models.{kind}");
            if kind_of(kind).is_none() {
                return Err(Error::InvalidArgument { field, why: "no such kind of credential".into() });
            }
            model.validate(&field, self)?;
        }
        self.response.validate()
    }

    /// How a kind of credential is rotated: what [`rotation_models`](Self::rotation_models) says, else
    /// single-phase for what is changed in place (passwords, connection strings), reissue for what runs out by
    /// itself (certificates, session and OAuth tokens), dual-phase for the rest.
    pub fn rotation_model(&self, kind: CredentialKind) -> RotationModel {
        if let Some(model) = self.rotation_models.get(kind.as_str()) {
            return *model;
        }
        match kind {
            CredentialKind::Password | CredentialKind::ConnectionString => {
                RotationModel::SinglePhase { max_gap_ms: self.gap_max_ms }
            }
            CredentialKind::Certificate | CredentialKind::SessionToken | CredentialKind::OauthToken => {
                RotationModel::ReissueOnly {}
            }
            _ => RotationModel::DualPhase { overlap_ms: self.overlap_ms },
        }
    }

    /// Wait before try `tries + 1`, after `tries` failed ones: the back-off doubles, at most a day.
    pub fn backoff_ms(&self, tries: u32) -> i64 {
        let doubled = 1_i64.checked_shl(tries.saturating_sub(1).min(32)).unwrap_or(i64::MAX);
        self.revoke_backoff_ms.saturating_mul(doubled).min(DAY)
    }
}

pub(super) fn range(field: &str, found: i64, least: i64, most: i64) -> Result<(), Error> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    Err(Error::InvalidArgument {
        field: field.into(),
        why: format!("expected {least} to {most}, found {found}"),
    })
}

fn kind_of(word: &str) -> Option<CredentialKind> {
    serde_json::from_value(serde_json::Value::String(String::from(word))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec::Vec};

    #[test]
    fn the_default_is_valid_and_survives_its_own_json() {
        let policy = Policy::default();
        policy.validate().unwrap();
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
        assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), policy);
    }

    #[test]
    fn errors_name_the_field() {
        let wrong = serde_json::from_str::<Policy>(r#"{"overlap": 1}"#).unwrap_err().to_string();
        assert!(wrong.contains("overlap"), "{wrong}");
        let zero = Policy { revoke_tries: 0, ..Policy::default() };
        assert_eq!(zero.validate().unwrap_err().to_string(), "revoke_tries: expected 1 to 20, found 0");
        let mut odd = Policy::default();
        odd.rotation_models.insert("soup".into(), RotationModel::ReissueOnly {});
        assert!(odd.validate().unwrap_err().to_string().starts_with("rotation_models.soup: "));
    }

    #[test]
    fn the_ladder_doubles_from_ten_seconds() {
        let policy = Policy::default();
        let waits: Vec<i64> = (1..=5).map(|n| policy.backoff_ms(n) / SECOND).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160]);
        assert_eq!(policy.backoff_ms(u32::MAX), DAY);
    }
}
