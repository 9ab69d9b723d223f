//! From snapshots to records: who is one, and what they inherit. Sorting and union-find over keys; no step is
//! more than `n log n` in the records held.

mod credentials;
mod directory;
mod identities;
mod inherit;
mod owners;
mod sets;
mod sightings;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

pub(super) use directory::{Directory, Places};
pub(super) use owners::is_gone;

use super::{Ambiguity, CredentialEntry, Held, IdentityEntry, SightingEntry, SourceRef, Usage, merge::Part};
use crate::{
    model::{Credential, Endpoint, Fact, Identity, Owner, OwnerKind, OwnerRef, Provenance, Record},
    time::Timestamp,
};

/// Everything that follows from the snapshots.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Estate {
    pub(super) credentials: BTreeMap<String, CredentialEntry>,
    pub(super) identities: BTreeMap<String, IdentityEntry>,
    /// Any id of an identity → its record's id.
    pub(super) identity_ids: BTreeMap<String, String>,
    pub(super) owners: BTreeMap<OwnerRef, (Owner, SourceRef)>,
    /// Id of a party → the sorts of party that have it.
    pub(super) owner_kinds: BTreeMap<String, Vec<OwnerKind>>,
    /// The rows of the directory: one party may have several, each with what it owns and what holds of that.
    pub(super) rows: Vec<(Owner, SourceRef)>,
    pub(super) endpoints: BTreeMap<String, Endpoint>,
    pub(super) sightings: Vec<SightingEntry>,
    pub(super) sightings_of: BTreeMap<String, Vec<usize>>,
    /// External id or fingerprint → credential; nothing where it would be two.
    pub(super) by_key: BTreeMap<String, String>,
    /// Fingerprint → ids of credentials that carry it, where they stay apart.
    pub(super) shared_values: BTreeMap<String, BTreeSet<String>>,
    pub(super) ambiguities: Vec<Ambiguity>,
    /// Names of the snapshots, in the order that `SourceRef` counts.
    pub(super) order: Vec<String>,
}

impl Estate {
    pub(super) fn provenance<'a>(
        &self,
        snapshots: &'a BTreeMap<String, Held>,
        source: SourceRef,
    ) -> Option<&'a Provenance> {
        let held = snapshots.get(self.order.get(source.snapshot as usize)?)?;
        held.observations.get(source.observation as usize).map(|observation| &observation.provenance)
    }

    pub(super) fn owner(&self, reference: &OwnerRef) -> Option<&(Owner, SourceRef)> {
        if let Some(found) = self.owners.get(reference) {
            return Some(found);
        }
        match self.owner_kinds.get(&reference.id).map(Vec::as_slice) {
            Some([only]) => self.owners.get(&OwnerRef { kind: *only, id: reference.id.clone() }),
            _ => None,
        }
    }
}

/// All statements of one sort, in the order of their snapshots.
struct Statements<'a> {
    identities: Vec<Part<'a, Identity>>,
    credentials: Vec<(Part<'a, Credential>, Option<&'a str>)>,
    owners: Vec<(&'a Owner, Timestamp, SourceRef)>,
    endpoints: Vec<&'a Endpoint>,
    sightings: Vec<SightingEntry>,
}

fn collect(snapshots: &BTreeMap<String, Held>) -> Statements<'_> {
    let mut all = Statements {
        identities: Vec::new(),
        credentials: Vec::new(),
        owners: Vec::new(),
        endpoints: Vec::new(),
        sightings: Vec::new(),
    };
    for (s, held) in snapshots.values().enumerate() {
        let (plane, issuer) = (held.snapshot.plane, held.snapshot.issuer.as_deref());
        for (o, observation) in held.observations.iter().enumerate() {
            let source = SourceRef { snapshot: s as u32, observation: o as u32 };
            let observed_at = observation.provenance.observed_at;
            match &observation.record {
                Record::Identity(record) => {
                    all.identities.push(Part { record: record.as_ref(), plane, observed_at, source });
                }
                Record::Credential(record) => {
                    let part = Part { record: record.as_ref(), plane, observed_at, source };
                    all.credentials.push((part, issuer));
                }
                Record::Owner(owner) => all.owners.push((owner, observed_at, source)),
                Record::Endpoint(endpoint) => all.endpoints.push(endpoint),
                Record::Sighting(sighting) => all.sightings.push(SightingEntry {
                    record: (**sighting).clone(),
                    credential: None,
                    source,
                }),
            }
        }
    }
    all
}

pub(super) fn reconcile(snapshots: &BTreeMap<String, Held>, usage: &BTreeMap<String, Usage>) -> Estate {
    let mut estate = Estate { order: snapshots.keys().cloned().collect(), ..Estate::default() };
    let mut all = collect(snapshots);

    owners::owners(&mut estate, &all.owners);
    for endpoint in &all.endpoints {
        estate.endpoints.insert(endpoint.id.clone(), (*endpoint).clone());
    }
    identities::identities(&mut estate, &all.identities);
    let nodes = credentials::credentials(&mut estate, &all.credentials);
    // Out of the estate while it is read: it borrows the rows.
    let rows = core::mem::take(&mut estate.rows);
    let directory = Directory::new(&rows);
    sightings::sightings(&mut estate, &mut all.sightings, &directory);
    inherit::inherit(&mut estate, &directory);
    estate.ambiguities.extend(nodes);
    estate.ambiguities.extend(directory.ambiguities());
    estate.rows = rows;
    estate.ambiguities.sort();
    estate.ambiguities.dedup();
    apply_usage(&mut estate, usage);
    estate
}

/// Brings what activities say into the records.
pub(super) fn apply_usage(estate: &mut Estate, usage: &BTreeMap<String, Usage>) {
    for (key, usage) in usage {
        let identity = estate.identity_ids.get(key).and_then(|id| estate.identities.get_mut(id));
        if let Some(entry) = identity {
            take(&mut entry.usage, usage);
            entry.record.last_used = core::mem::take(&mut entry.record.last_used).merge(usage.last_use());
            continue;
        }
        let id = match estate.credentials.contains_key(key) {
            true => key,
            false => match estate.by_key.get(key) {
                Some(id) => id,
                None => continue,
            },
        };
        let Some(entry) = estate.credentials.get_mut(id) else { continue };
        take(&mut entry.usage, usage);
        let record = &mut entry.record;
        record.last_used = core::mem::take(&mut record.last_used).merge(usage.last_use());
        for version in record.versions.iter_mut().filter(|version| version.external_id == *key) {
            version.last_used = core::mem::take(&mut version.last_used).merge(usage.last_use());
        }
        if !usage.workloads.is_empty() {
            let mut consumers: BTreeSet<String> =
                record.consumers.known().into_iter().flatten().cloned().collect();
            consumers.extend(usage.workloads.iter().cloned());
            record.consumers = Fact::Known(consumers.into_iter().collect());
        }
    }
}

fn take(ours: &mut Option<Usage>, usage: &Usage) {
    match ours {
        Some(known) => known.absorb(usage),
        None => *ours = Some(usage.clone()),
    }
}

fn copy<'a, R>(part: &Part<'a, R>) -> Part<'a, R> {
    Part { record: part.record, plane: part.plane, observed_at: part.observed_at, source: part.source }
}

/// Whether an issuer names its realm (`aws:111122223333`) or only its sort (`aws`).
fn is_whole(issuer: &str) -> bool {
    issuer.contains(':') || issuer.contains('/') || issuer.contains('.')
}

fn external_ids(record: &Credential) -> impl Iterator<Item = &str> {
    let versions = record.versions.iter().map(|version| version.external_id.as_str());
    record.external_ids.iter().map(String::as_str).chain(versions).filter(|id| !id.is_empty())
}
