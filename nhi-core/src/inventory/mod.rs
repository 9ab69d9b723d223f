/*!
One record for each identity and credential, from many sources that disagree.

An [`Inventory`] holds the latest snapshot of each source and derives from all of them, as a pure function, the
records that the other rooms read. Observing the same snapshots in any order gives the same bytes.

How records are told to be one, in this order, each merge with its evidence:
1. the same id, or the same issuer and external id (a version's id counts for its credential);
2. the same fingerprint, unless that would join two ids of one issuer, or two identities;
3. the same identity and kind, created within [`limits::CREATED_SLACK_MS`](crate::limits::CREATED_SLACK_MS).

What can't be joined without doubt stays apart and is told as an [`Ambiguity`]. Where planes disagree on a field,
the more authoritative statement is taken (the issuer's on state and dates, the declared one on owner, environment,
workload and purpose), the other stays visible as a [`Conflict`] and becomes a [`Drift`]. Owner, environment,
workload and purpose that a credential does not have itself come from the owners directory and from its identity;
[`CredentialEntry::inherited`] says which.

Not here: commands and states (the lifecycle), checks (posture), and reading of exports (adapters).
*/

mod drift;
mod glob;
mod merge;
mod plan;
mod reconcile;
mod saved;
#[cfg(test)]
mod tests;
mod usage;

use alloc::{collections::BTreeMap, string::String, vec::Vec};

pub use drift::{Drift, DriftKind, Evidence, StateDriftKind};
pub use merge::{Conflict, Statement};
pub use plan::{Risk, Step};
use reconcile::Estate;
use serde::{Deserialize, Serialize};
pub use usage::Usage;

use crate::{
    model::{
        Activity, Completeness, Credential, CredentialKind, Endpoint, Environment, Fact, Finding, Identity,
        Level, Liveness, Location, Observation, Owner, OwnerRef, Plane, Provenance, Sighting, SightingMatch,
    },
    time::Timestamp,
};

/// What a set of observations is a snapshot of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The source, stable over its snapshots: a later one replaces the earlier.
    pub source: String,
    /// What sort of system it is.
    pub plane: Plane,
    /// When it looked.
    pub taken_at: Timestamp,
    /// Whether what it leaves out does not exist there. A log is never full.
    pub completeness: Completeness,
    /// Issuer of records that name none or an incomplete one (`aws` without account).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// What observing did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Observed {
    /// Sources of which an older snapshot was replaced.
    pub replaced: Vec<String>,
    /// Sources whose snapshot was left out because a newer one is held.
    pub stale: Vec<String>,
    /// Every merge that was refused, over the whole inventory.
    pub ambiguities: Vec<Ambiguity>,
}

/// Records that may be one and may not: they stay apart until a source decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Ambiguity {
    /// What they share: an external id, a fingerprint, a user name.
    pub shared: String,
    /// Ids of the records.
    pub records: Vec<String>,
    /// Why they were not merged.
    pub why: String,
}

/// Why statements of several sources are one record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MergeEvidence {
    /// `external_id`, `fingerprint`, `created`, `user_and_created`, `user_name`.
    pub by: String,
    /// What they share, public.
    pub shared: String,
}

/// Where an effective field comes from if the record's own sources do not state it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inherited {
    /// The owners directory lists the credential.
    Owner(OwnerRef),
    /// Its identity has it.
    Identity(String),
    /// The owners directory lists its identity.
    OwnerOfIdentity(OwnerRef),
    /// The owners directory lists the place where its secret was seen.
    OwnerOfPlace(OwnerRef),
}

/// Where a field's value comes from: an observation of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SourceRef {
    snapshot: u32,
    observation: u32,
}

/// Sources of a record's fields: one for the record and one for each field that has another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    default: SourceRef,
    fields: BTreeMap<&'static str, SourceRef>,
}

/// A credential as all sources together have it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CredentialEntry {
    /// The effective record: inherited fields are filled in.
    pub record: Credential,
    /// Planes on which it was stated.
    pub planes: Vec<Plane>,
    /// Fields of the record that were inherited, and from where.
    pub inherited: BTreeMap<&'static str, Inherited>,
    /// Why statements of several sources are this one record.
    pub evidence: Vec<MergeEvidence>,
    /// Statements that were not taken.
    pub conflicts: Vec<Conflict>,
    /// What activities say of it.
    pub usage: Option<Usage>,
    #[serde(skip)]
    pub(crate) sources: Sources,
    #[serde(skip)]
    pub(crate) stated: Vec<SourceRef>,
}

/// An identity as all sources together have it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IdentityEntry {
    /// The effective record: what the owners directory says is filled in.
    pub record: Identity,
    /// Planes on which it was stated.
    pub planes: Vec<Plane>,
    /// Fields of the record that were inherited, and from where.
    pub inherited: BTreeMap<&'static str, Inherited>,
    /// Statements that were not taken.
    pub conflicts: Vec<Conflict>,
    /// What activities of its ephemeral credentials say of it.
    pub usage: Option<Usage>,
    #[serde(skip)]
    pub(crate) sources: Sources,
}

/// A sighting and the credential that it is of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SightingEntry {
    /// What was seen.
    pub record: Sighting,
    /// Id of the credential; `None` if nothing tells (no fingerprint, no known id).
    pub credential: Option<String>,
    #[serde(skip)]
    pub(crate) source: SourceRef,
}

/// A snapshot and what it said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) snapshot: Snapshot,
    pub(crate) observations: Vec<Observation>,
}

/// The latest snapshot of each source, and the records that follow from them.
///
/// Serde writes the snapshots and the folded usage, and derives the records again when it reads them.
///
/// ```
/// use nhi_core::{inventory::{Inventory, Snapshot}, model::*, time::Timestamp};
/// let at = Timestamp::from_millis(1_780_000_000_000);
/// let key = Credential {
///     id: "aws:111122223333/ci/access-key".into(),
///     issuer: "aws:111122223333".into(),
///     external_ids: vec!["key-1".into()],
///     ..Credential::default()
/// };
/// let observation = Observation {
///     record: Record::Credential(Box::new(key)),
///     provenance: Provenance { source: "list".into(), observed_at: at, place: None },
/// };
/// let snapshot = Snapshot {
///     source: "list".into(),
///     plane: Plane::ControlPlane,
///     taken_at: at,
///     completeness: Completeness::Full,
///     issuer: None,
/// };
/// let mut inventory = Inventory::new();
/// inventory.observe(snapshot, vec![observation]);
/// assert_eq!(inventory.resolve("key-1"), Some("aws:111122223333/ci/access-key"));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inventory {
    snapshots: BTreeMap<String, Held>,
    usage: BTreeMap<String, Usage>,
    estate: Estate,
}

impl Inventory {
    /// An empty inventory.
    pub fn new() -> Self {
        Inventory::default()
    }

    /// Observes one snapshot. For several at once, [`observe_all`](Self::observe_all) derives the records once.
    pub fn observe(&mut self, snapshot: Snapshot, observations: Vec<Observation>) -> Observed {
        self.observe_all([(snapshot, observations)])
    }

    /// Observes snapshots: each replaces an older one of the same source (and is left out if it is the older one),
    /// then the records are derived anew.
    ///
    /// # Cost
    /// `n log n` in all records held.
    pub fn observe_all(
        &mut self,
        snapshots: impl IntoIterator<Item = (Snapshot, Vec<Observation>)>,
    ) -> Observed {
        let mut observed = Observed::default();
        for (snapshot, observations) in snapshots {
            let new = Held { snapshot, observations };
            let source = new.snapshot.source.clone();
            match self.snapshots.get(&source) {
                Some(held) if !is_newer(&new, held) => {
                    if new != *held {
                        observed.stale.push(source);
                    }
                    continue;
                }
                Some(_) => observed.replaced.push(source.clone()),
                None => {}
            }
            self.snapshots.insert(source, new);
        }
        self.estate = reconcile::reconcile(&self.snapshots, &self.usage);
        observed.ambiguities = self.estate.ambiguities.clone();
        observed
    }

    /// Folds activities into the usage of their credentials and roles: last use, workloads, networks.
    pub fn observe_activities<'a>(&mut self, activities: impl IntoIterator<Item = &'a Activity>) {
        for activity in activities {
            let key = match (activity.ephemeral, &activity.role) {
                (true, Some(role)) => role,
                _ => &activity.credential,
            };
            match self.usage.get_mut(key) {
                Some(usage) => usage.fold(activity),
                None => {
                    self.usage.insert(key.clone(), Usage::of(activity));
                }
            }
        }
        reconcile::apply_usage(&mut self.estate, &self.usage);
    }

    /// The credentials, by id.
    pub fn credentials(&self) -> impl ExactSizeIterator<Item = &CredentialEntry> {
        self.estate.credentials.values()
    }

    /// The identities, by id.
    pub fn identities(&self) -> impl ExactSizeIterator<Item = &IdentityEntry> {
        self.estate.identities.values()
    }

    /// The owners directory, by kind and id.
    pub fn owners(&self) -> impl ExactSizeIterator<Item = &Owner> {
        self.estate.owners.values().map(|(owner, _)| owner)
    }

    /// The sightings, in the order of their sources.
    pub fn sightings(&self) -> impl ExactSizeIterator<Item = &SightingEntry> {
        self.estate.sightings.iter()
    }

    /// The endpoints, by id.
    pub fn endpoints(&self) -> impl ExactSizeIterator<Item = &Endpoint> {
        self.estate.endpoints.values()
    }

    /// The snapshots held, by source.
    pub fn snapshots(&self) -> impl ExactSizeIterator<Item = &Snapshot> {
        self.snapshots.values().map(|held| &held.snapshot)
    }

    /// Every merge that was refused.
    pub fn ambiguities(&self) -> &[Ambiguity] {
        &self.estate.ambiguities
    }

    /// Id of the credential that is known under an id, a version's or its own external id, or a fingerprint.
    pub fn resolve(&self, key: &str) -> Option<&str> {
        if let Some((id, _)) = self.estate.credentials.get_key_value(key) {
            return Some(id);
        }
        self.estate.by_key.get(key).map(String::as_str)
    }

    /// A credential by anything that [`resolve`](Self::resolve) knows.
    pub fn credential(&self, key: &str) -> Option<&CredentialEntry> {
        self.estate.credentials.get(self.resolve(key)?)
    }

    /// An identity by its id or an external id.
    pub fn identity(&self, key: &str) -> Option<&IdentityEntry> {
        let alias = self.estate.identity_ids.get(key).map_or(key, String::as_str);
        self.estate.identities.get(alias)
    }

    /// The directory's entry of an owner. A reference of the wrong kind finds the one entry with its id.
    pub fn owner(&self, reference: &OwnerRef) -> Option<&Owner> {
        self.estate.owner(reference).map(|(owner, _)| owner)
    }

    /// The sightings of a credential.
    pub fn sightings_of<'a>(&'a self, credential: &'a str) -> impl Iterator<Item = &'a SightingEntry> {
        let found = self.estate.sightings_of.get(credential).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|i| self.estate.sightings.get(*i))
    }

    /// Where a field of a credential's record comes from: the statement that was taken. A field that was
    /// inherited has the provenance of what it was inherited from.
    pub fn provenance(&self, credential: &str, field: &str) -> Option<&Provenance> {
        let entry = self.estate.credentials.get(credential)?;
        self.provenance_of(&entry.sources, field)
    }

    /// Where a field of an identity's record comes from.
    pub fn identity_provenance(&self, identity: &str, field: &str) -> Option<&Provenance> {
        self.provenance_of(&self.identity(identity)?.sources, field)
    }

    fn provenance_of(&self, sources: &Sources, field: &str) -> Option<&Provenance> {
        let source = sources.fields.get(field).copied().unwrap_or(sources.default);
        self.estate.provenance(&self.snapshots, source)
    }

    /// The disagreements between planes, by credential and kind.
    pub fn drift(&self, now: Timestamp) -> Vec<Drift> {
        drift::drift(&self.snapshots, &self.estate, now)
    }

    /// What to do about the drift, most urgent first. A dry run by design: steps are data, and their commands do
    /// nothing until a host hands them to the lifecycle.
    pub fn plan(&self, now: Timestamp) -> Vec<Step> {
        plan::plan(&self.drift(now), &self.estate)
    }
}

/// Whether a snapshot takes the place of the one held: by its time, then by what it says, so that the order in
/// which two of the same time arrive does not matter.
fn is_newer(new: &Held, held: &Held) -> bool {
    let text = |held: &Held| serde_json::to_string(held).unwrap_or_default();
    match new.snapshot.taken_at.cmp(&held.snapshot.taken_at) {
        core::cmp::Ordering::Equal => new != held && text(new) > text(held),
        order => order.is_gt(),
    }
}

/// A finding of our scanner as a sighting, for [`Inventory::observe`]: what joins it to a credential is its
/// fingerprint, and a public id that was seen with it.
pub fn sighting(finding: &Finding, source: &str, seen_at: Timestamp) -> Sighting {
    let attribute = |name: &str| finding.attributes.get(name).and_then(Fact::known).cloned();
    let whole = finding.parts.iter().map(|part| &part.preview).find(|preview| !preview.contains('…'));
    Sighting {
        of: SightingMatch {
            fingerprint: finding.fingerprint.clone(),
            external_id: attribute("key_id").or_else(|| whole.cloned()),
            account: attribute("account"),
        },
        provider: Fact::Known(finding.provider.clone()),
        rule: finding.rule.clone(),
        kind: finding.credential_kind,
        location: Location {
            kind: "code".into(),
            path: finding.path.clone().unwrap_or_default(),
            line: Some(finding.line),
            revision: None,
        },
        source: source.into(),
        liveness: Liveness::NotChecked,
        first_seen: Fact::Known(seen_at),
        last_seen: Fact::Known(seen_at),
        exposure: Fact::default(),
        preview: finding.preview.clone(),
        level: Some(finding.level),
        environment: attribute("environment")
            .and_then(|word| Environment::parse(&word))
            .map_or_else(Fact::default, Fact::Known),
        expires: attribute("expires")
            .and_then(|text| Timestamp::parse_rfc3339(&text).ok())
            .map_or_else(Fact::default, Fact::Known),
    }
}

/// Whether a sighting is worth a record of its own if nothing knows its secret.
fn stands_alone(sighting: &Sighting) -> bool {
    sighting.of.fingerprint.is_some()
        && (sighting.kind.is_secret() || sighting.kind == CredentialKind::Unknown)
        && sighting.level.is_none_or(|level| level >= Level::Medium)
}
