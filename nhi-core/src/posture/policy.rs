use serde::{Deserialize, Serialize};

use super::Tier;
use crate::time::{DAY, HOUR, MINUTE};

/// What the checks measure against. Plain data; a field left out keeps its default, an unknown one is
/// refused.
///
/// ```
/// use nhi_core::posture::Policy;
/// let policy: Policy = serde_json::from_str(r#"{"dormant_days": 30}"#).unwrap();
/// assert_eq!((policy.dormant_days, policy.max_age_days), (30, 365));
/// assert!(serde_json::from_str::<Policy>(r#"{"dormant": 30}"#).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Oldest a secret may get before it is rotated, in days. Default 365.
    pub max_age_days: u32,
    /// The same for privileges of [`high_tier`](Self::high_tier) and above. Default 90.
    pub max_age_high_days: u32,
    /// Longest a credential may be issued for, in days. Default 365.
    pub max_ttl_days: u32,
    /// Unused for longer than this a credential is dormant, in days. Default 90.
    pub dormant_days: u32,
    /// A new credential may stay unused this long, in days. Default 30.
    pub grace_new_days: u32,
    /// A revocation is confirmed by the provider, and a leak contained, within this many minutes. Default 60.
    pub revocation_sla_minutes: u32,
    /// How late a scheduled rotation may be, in hours. Default 24.
    pub rotation_slack_hours: u32,
    /// Places in which one secret may be kept or seen. Default 1.
    pub copies: u32,
    /// How often an exception may be renewed. Default 2.
    pub exception_renewals: u32,
    /// Least observed use, in days, before unused privileges count. Default 90.
    pub usage_window_days: u32,
    /// Unused share of granted privileges, weighted, above which they are too wide, in thousandths. Default
    /// 500.
    pub unused_thousandths: u16,
    /// Least confidence in the record of use, in thousandths, before unused privileges count. Default 500.
    pub usage_confidence_thousandths: u16,
    /// Share of uses that the logs given record, in thousandths: few record reads of data. Default 700.
    pub log_coverage_thousandths: u16,
    /// The tier from which privileges are high. Default `credential_read`.
    pub high_tier: Tier,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            max_age_days: 365,
            max_age_high_days: 90,
            max_ttl_days: 365,
            dormant_days: 90,
            grace_new_days: 30,
            revocation_sla_minutes: 60,
            rotation_slack_hours: 24,
            copies: 1,
            exception_renewals: 2,
            usage_window_days: 90,
            unused_thousandths: 500,
            usage_confidence_thousandths: 500,
            log_coverage_thousandths: 700,
            high_tier: Tier::CredentialRead,
        }
    }
}

/// `days` in milliseconds.
pub(crate) fn days(days: u32) -> i64 {
    i64::from(days) * DAY
}

/// `hours` in milliseconds.
pub(crate) fn hours(hours: u32) -> i64 {
    i64::from(hours) * HOUR
}

/// `minutes` in milliseconds.
pub(crate) fn minutes(minutes: u32) -> i64 {
    i64::from(minutes) * MINUTE
}
