//! What somebody on call asks of the machine.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Contained, Policy, State, Usage, Use, Version};
use crate::{Error, model::OwnerRef, time::Timestamp};

/// Whether a version can be revoked without stopping anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafeToRevoke {
    /// Nobody is known to use it, and use is known.
    pub safe: bool,
    /// Who still uses it: consumers, then leases, then whoever was seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
    /// Why nobody can tell whether it is used; then it is not safe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// Whom to ask: those who answer for the credential.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<OwnerRef>,
}

/// Somebody who still uses a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The consumer, workload or holder; `None`: a use was seen, not by whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The task, if it is by a lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Since when the machine knows it; `None` for a lease or a use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The last use known of the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Use>,
}

/// Whether a version can be revoked without stopping anybody, as far as is known at `now`. Unknown use is not safe.
///
/// A consumer that is known without a version counts as a user of every one. A use within
/// [`Policy::quiet_ms`] counts as one that goes on.
///
/// # Errors
/// `invalid_argument` if the credential has no such version.
///
/// ```
/// use nhi_core::lifecycle::{Command, Lifecycle, Policy, safe_to_revoke};
/// use nhi_core::time::Timestamp;
/// let now = Timestamp::from_millis(0);
/// let mut machine = Lifecycle::new(Policy::default())?;
/// let json = serde_json::json!({"cmd_id": "1", "actor": "ann", "credential": "key", "type": "Register",
///                               "consumers": ["billing"], "versions": [{}]});
/// machine.apply(&Command::from_json(&json, now)?, now).unwrap();
/// let answer = safe_to_revoke(machine.state("key").unwrap(), "v1", now, machine.policy())?;
/// assert_eq!((answer.safe, answer.users[0].who.as_deref()), (false, Some("billing")));
/// # Ok::<(), nhi_core::Error>(())
/// ```
pub fn safe_to_revoke(
    state: &State,
    version: &str,
    now: Timestamp,
    policy: &Policy,
) -> Result<SafeToRevoke, Error> {
    let Some(version) = state.version(version) else {
        let why = "the credential has no such version".to_owned();
        return Err(Error::InvalidArgument { field: "version".into(), why });
    };
    let last_used = version.last_used.or_else(|| alone(state, version));
    let mut users = Vec::new();
    let known = state.consumers.iter().filter(|(_, c)| c.version.is_empty() || c.version == version.id);
    for (who, consumer) in known {
        users.push(User { who: Some(who.clone()), task: None, since: Some(consumer.since), last_used });
    }
    if let Some(workload) = state.workload.as_ref().filter(|w| !state.consumers.contains_key(*w)) {
        let since = Some(state.registered);
        users.push(User { who: Some(workload.clone()), task: None, since, last_used });
    }
    for lease in state.leases.iter().filter(|l| l.parent == version.id && state.lease_usable(l, now)) {
        let (who, task) = (Some(lease.holder.clone()), Some(lease.task.clone()));
        users.push(User { who, task, since: None, last_used: None });
    }
    let goes_on = |last: &Use| now.since(last.at.plus(last.granularity_ms)) < policy.quiet_ms;
    if users.is_empty() && last_used.as_ref().is_some_and(goes_on) {
        users.push(User { who: None, task: None, since: None, last_used });
    }
    let unknown = if version.is_serving() && last_used.is_none() { unknown_use(state) } else { None };
    Ok(SafeToRevoke {
        safe: users.is_empty() && unknown.is_none(),
        users,
        unknown,
        contacts: state.owners.clone(),
    })
}

/// The use of the credential, if it can only have been of this version.
fn alone(state: &State, version: &Version) -> Option<Use> {
    let others =
        state.versions.iter().any(|v| v.id != version.id && (v.is_serving() || v.last_used.is_some()));
    match &state.usage {
        Usage::InUse { last, .. } | Usage::Dormant { last, .. } if !others => Some(*last),
        _ => None,
    }
}

fn unknown_use(state: &State) -> Option<String> {
    match &state.usage {
        Usage::NeverUsed { .. } => None,
        Usage::Unknown { why } => Some(format!("its use is not known: {why}")),
        Usage::InUse { .. } | Usage::Dormant { .. } => {
            Some("the credential is used, the source does not tell by which version".into())
        }
    }
}

/// How long compromises took from exposure to containment, in milliseconds: the middle one and the 95th of a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainmentTimes {
    /// Versions that were contained.
    pub contained: u64,
    /// Versions that are not: in none of the figures below.
    pub open: u64,
    /// Median from the first sight to the end.
    pub p50_ms: i64,
    /// 95th percentile of the same.
    pub p95_ms: i64,
    /// Median of the part that waited for a person.
    pub waited_p50_ms: i64,
    /// 95th percentile of the same.
    pub waited_p95_ms: i64,
}

/// Sums up [`containments`](super::containments). Percentiles are the nearest rank: always a time that was measured.
pub fn containment_times(all: &[Contained]) -> ContainmentTimes {
    let done: Vec<(i64, i64)> = all
        .iter()
        .filter_map(|one| Some((one.contained_at?.since(one.first_seen).max(0), one.waited_for_person_ms)))
        .collect();
    let rank = |of: fn(&(i64, i64)) -> i64, hundredths: usize| {
        let mut times: Vec<i64> = done.iter().map(of).collect();
        times.sort_unstable();
        let at = (times.len() * hundredths).div_ceil(100).saturating_sub(1);
        times.get(at).copied().unwrap_or(0)
    };
    ContainmentTimes {
        contained: done.len() as u64,
        open: (all.len() - done.len()) as u64,
        p50_ms: rank(|t| t.0, 50),
        p95_ms: rank(|t| t.0, 95),
        waited_p50_ms: rank(|t| t.1, 50),
        waited_p95_ms: rank(|t| t.1, 95),
    }
}
