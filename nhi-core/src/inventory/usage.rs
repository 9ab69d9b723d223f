use alloc::{collections::BTreeSet, format, string::String};
use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    limits,
    model::{Activity, LastUse, Outcome},
    time::Timestamp,
};

/// What activities say of one credential (or of a role's sessions) together. Folding is commutative and
/// idempotent: the order of logs and repeats of them do not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Earliest use seen.
    pub first: Timestamp,
    /// Latest use seen, refused calls included.
    pub last: Timestamp,
    /// Latest use that was not refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_accepted: Option<Timestamp>,
    /// Workloads that named themselves, the first [`limits::USAGE_SET`] in order.
    #[serde(default)]
    pub workloads: BTreeSet<String>,
    /// Networks it was used from (`AS<number>`, else /24 or /48, else the calling service), likewise.
    #[serde(default)]
    pub networks: BTreeSet<String>,
    /// Actions taken, likewise.
    #[serde(default)]
    pub actions: BTreeSet<String>,
    /// Accounts touched, likewise.
    #[serde(default)]
    pub accounts: BTreeSet<String>,
}

impl Usage {
    pub(super) fn of(activity: &Activity) -> Self {
        let accepted = activity.outcome != Some(Outcome::Denied);
        let mut usage = Usage {
            first: activity.time,
            last: activity.time,
            last_accepted: accepted.then_some(activity.time),
            workloads: BTreeSet::new(),
            networks: BTreeSet::new(),
            actions: BTreeSet::new(),
            accounts: BTreeSet::new(),
        };
        usage.fold(activity);
        usage
    }

    pub(super) fn fold(&mut self, activity: &Activity) {
        self.first = self.first.min(activity.time);
        self.last = self.last.max(activity.time);
        if activity.outcome != Some(Outcome::Denied) {
            self.last_accepted = self.last_accepted.max(Some(activity.time));
        }
        add(&mut self.workloads, activity.workload.as_deref());
        add(&mut self.actions, activity.action.as_deref());
        add(&mut self.accounts, activity.account.as_deref());
        if let Some(network) = network(activity) {
            add(&mut self.networks, Some(&network));
        }
    }

    pub(super) fn absorb(&mut self, other: &Usage) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.last_accepted = self.last_accepted.max(other.last_accepted);
        for (ours, theirs) in [
            (&mut self.workloads, &other.workloads),
            (&mut self.networks, &other.networks),
            (&mut self.actions, &other.actions),
            (&mut self.accounts, &other.accounts),
        ] {
            theirs.iter().for_each(|text| add(ours, Some(text)));
        }
    }

    /// As a fact of a record: exact to the millisecond that the log gives. A refused call is no use.
    pub(super) fn last_use(&self) -> LastUse {
        self.last_accepted.map_or_else(LastUse::default, |at| LastUse::Used { at, granularity_ms: 0 })
    }
}

/// Keeps the first in order, so that what is kept does not depend on what came first in time.
fn add(set: &mut BTreeSet<String>, text: Option<&str>) {
    let Some(text) = text else { return };
    if set.contains(text) {
        return;
    }
    if set.len() < limits::USAGE_SET {
        set.insert(text.into());
    } else if set.last().is_some_and(|last| text < last.as_str()) {
        set.pop_last();
        set.insert(text.into());
    }
}

/// The network of an activity, as scoring sees it: AS number, else IPv4 /24 or IPv6 /48, else the service's name.
fn network(activity: &Activity) -> Option<String> {
    if let Some(asn) = activity.asn {
        return Some(format!("AS{asn}"));
    }
    let text = activity.source_ip.as_deref()?;
    Some(match text.parse() {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, ..] = ip.segments();
            format!("{}/48", core::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
        Err(_) => text.into(),
    })
}
