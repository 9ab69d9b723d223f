//! Names of things for people.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    inventory::{CredentialEntry, DriftKind, Inventory},
    model::{CredentialKind, Environment, Fact, LastUse, Level, Location, OwnerRef, OwnerStatus},
    time::Timestamp,
};

/// `order-export api key` for a credential of an identity, the rule and preview for a secret that no record knows,
/// the last part of a role's name for the rest.
pub(super) fn name(subject: &str, entry: Option<&CredentialEntry>, inventory: &Inventory) -> String {
    let Some(entry) = entry else { return identity(subject, inventory).unwrap_or_else(|| short(subject)) };
    let record = &entry.record;
    let kind = record.kind.as_str().replace('_', " ");
    if let Some(identity) = identity(&record.identity, inventory) {
        return format!("{identity} {kind}");
    }
    let Some(seen) = inventory.sightings_of(subject).next() else { return record.id.clone() };
    let what = match (record.provider.as_str(), record.kind) {
        ("generic" | "", CredentialKind::Unknown) => "secret".to_string(),
        ("generic" | "", _) => kind,
        (provider, CredentialKind::Unknown) => format!("{provider} secret"),
        (provider, _) if provider == kind => kind,
        (provider, _) => format!("{provider} {kind}"),
    };
    format!("{what} in {}", place(&seen.record.location))
}

/// A place as `path:line`.
pub(super) fn place(location: &Location) -> String {
    match location.line {
        Some(line) => format!("{}:{line}", location.path),
        None => location.path.clone(),
    }
}

/// Name of an identity: its own, else the last part of its id; none if it has no id.
pub(super) fn identity(id: &str, inventory: &Inventory) -> Option<String> {
    let own = inventory.identity(id).map(|i| i.record.name.clone()).filter(|name| !name.is_empty());
    own.or_else(|| Some(short(id)).filter(|name| !name.is_empty()))
}

/// Last part of an id or ARN.
fn short(id: &str) -> String {
    id.rsplit(['/', ':']).next().unwrap_or(id).to_string()
}

/// Who answers, with what keeps them from it: `payments (team)`, `anna.lind (person, left)`, `nobody`.
pub(super) fn owner(subject: &str, entry: Option<&CredentialEntry>, inventory: &Inventory) -> String {
    let owners = match entry {
        Some(entry) => &entry.record.owners,
        None => match inventory.identity(subject) {
            Some(identity) => &identity.record.owners,
            None => return "nobody known".into(),
        },
    };
    match owners {
        Fact::Known(owners) if !owners.is_empty() => {
            owners.iter().map(|o| one_owner(o, inventory)).collect::<Vec<_>>().join(", ")
        }
        Fact::Known(_) | Fact::Absent => "nobody".into(),
        Fact::Unknown(_) => "nobody known".into(),
    }
}

fn one_owner(owner: &OwnerRef, inventory: &Inventory) -> String {
    let kind = match owner.kind {
        crate::model::OwnerKind::Person => "person",
        crate::model::OwnerKind::Team => "team",
        crate::model::OwnerKind::Service => "service",
        crate::model::OwnerKind::Vendor => "vendor",
    };
    let gone = match inventory.owner(owner).map(|o| o.status) {
        Some(OwnerStatus::Active) | None => "",
        Some(OwnerStatus::Left) => ", left",
        Some(OwnerStatus::Moved) => ", moved",
        Some(OwnerStatus::Ended) => ", contract ended",
    };
    format!("{} ({kind}{gone})", owner.id)
}

/// The environment in a word.
pub(super) fn environment(subject: &str, entry: Option<&CredentialEntry>, inventory: &Inventory) -> String {
    let own = entry.and_then(|e| e.record.environment.known());
    let of_identity = || inventory.identity(subject).and_then(|i| i.record.environment.known());
    own.or_else(of_identity).copied().map_or("unknown", Environment::as_str).into()
}

/// A time, `never`, or why it is not known.
pub(super) fn end(fact: &Fact<Timestamp>) -> String {
    match fact {
        Fact::Known(at) => at.date_string(),
        Fact::Absent => "never".into(),
        Fact::Unknown(why) => why.clone().into_owned(),
    }
}

/// A time, `never`, or why it is not known.
pub(super) fn last_use(last: &LastUse) -> String {
    match last {
        LastUse::Used { at, .. } => at.date_string(),
        LastUse::Never { .. } => "never".into(),
        LastUse::Unknown(why) => why.clone(),
    }
}

/// The value of a fact, `none`, or why it is not known.
pub(super) fn text(fact: &Fact<String>) -> String {
    match fact {
        Fact::Known(value) => value.clone(),
        Fact::Absent => "none".into(),
        Fact::Unknown(why) => why.clone().into_owned(),
    }
}

pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
    }
}

/// The word of a drift, as in JSON, without what it is about.
pub(super) fn drift_kind(kind: &DriftKind) -> &'static str {
    match kind {
        DriftKind::Leaked => "leaked",
        DriftKind::StateDrift(_) => "state_drift",
        DriftKind::EnvCross => "env_cross",
        DriftKind::DuplicateValue => "duplicate_value",
        DriftKind::Undeclared => "undeclared",
        DriftKind::Ghost => "ghost",
        DriftKind::VaultedOrphan => "vaulted_orphan",
        DriftKind::Unvaulted => "unvaulted",
        DriftKind::ScopeDrift => "scope_drift",
        DriftKind::OwnerDrift => "owner_drift",
        DriftKind::AttributeDrift(_) => "attribute_drift",
    }
}

/// `1 step`, `2 steps`.
pub(super) fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
