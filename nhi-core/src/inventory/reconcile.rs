//! From snapshots to records: who is one, and what they inherit. Sorting and union-find over keys; no step is
//! more than `n log n` in the records held.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Ambiguity, CredentialEntry, Held, IdentityEntry, Inherited, MergeEvidence, SightingEntry, SourceRef,
    Usage, glob,
    merge::{self, Part},
    stands_alone,
};
use crate::{
    limits,
    model::{
        Credential, CredentialKind, Endpoint, Environment, Fact, Identity, Owner, OwnerRef, OwnerStatus,
        Plane, Provenance, Record,
    },
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
        let mut same_id = self.owners.values().filter(|(owner, _)| owner.id == reference.id);
        match (same_id.next(), same_id.next()) {
            (Some(only), None) => Some(only),
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

/// Disjoint sets with halved paths; the smaller index stays the root, so that the order of unions does not show.
struct Sets(Vec<u32>);

impl Sets {
    fn new(n: usize) -> Self {
        Sets((0..n as u32).collect())
    }

    fn root(&mut self, mut i: usize) -> usize {
        loop {
            let parent = self.0.get(i).map_or(i, |p| *p as usize);
            if parent == i {
                return i;
            }
            let grand = self.0.get(parent).copied().unwrap_or(parent as u32);
            if let Some(slot) = self.0.get_mut(i) {
                *slot = grand;
            }
            i = parent;
        }
    }

    fn join(&mut self, a: usize, b: usize) -> usize {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        if let Some(slot) = self.0.get_mut(high) {
            *slot = low as u32;
        }
        low
    }
}

pub(super) fn reconcile(snapshots: &BTreeMap<String, Held>, usage: &BTreeMap<String, Usage>) -> Estate {
    let mut estate = Estate { order: snapshots.keys().cloned().collect(), ..Estate::default() };
    let mut all = collect(snapshots);

    owners(&mut estate, &all.owners);
    for endpoint in &all.endpoints {
        estate.endpoints.insert(endpoint.id.clone(), (*endpoint).clone());
    }
    identities(&mut estate, &all.identities);
    let nodes = credentials(&mut estate, &all.credentials);
    let directory = Directory::new(&estate);
    sightings(&mut estate, &mut all.sightings, &directory);
    inherit(&mut estate, &directory);
    estate.ambiguities.extend(nodes);
    estate.ambiguities.sort();
    estate.ambiguities.dedup();
    apply_usage(&mut estate, usage);
    estate
}

/// One entry a party of all its rows: the newest row's status (of rows of one time the least able), everything
/// that it owns, and of environment, workload and purpose what all its rows agree on.
fn owners(estate: &mut Estate, rows: &[(&Owner, Timestamp, SourceRef)]) {
    let mut groups: BTreeMap<OwnerRef, Vec<&(&Owner, Timestamp, SourceRef)>> = BTreeMap::new();
    for row in rows {
        let reference = OwnerRef { kind: row.0.kind, id: row.0.id.clone() };
        groups.entry(reference).or_default().push(row);
        estate.rows.push((row.0.clone(), row.2));
    }
    for (reference, mut group) in groups {
        group.sort_by_key(|(owner, at, source)| (core::cmp::Reverse((*at, owner.status)), *source));
        let Some((first, _, source)) = group.first() else { continue };
        let mut owner = (*first).clone();
        let owns: BTreeSet<&String> = group.iter().flat_map(|(owner, ..)| &owner.owns).collect();
        owner.owns = owns.into_iter().cloned().collect();
        fn agreed<T: PartialEq>(ours: &mut Fact<T>, theirs: &Fact<T>) {
            if ours != theirs {
                *ours = Fact::unknown("differs by what it owns");
            }
        }
        for (other, ..) in &group {
            agreed(&mut owner.environment, &other.environment);
            agreed(&mut owner.workload, &other.workload);
            agreed(&mut owner.purpose, &other.purpose);
        }
        estate.owners.insert(reference, (owner, *source));
    }
}

fn identities(estate: &mut Estate, parts: &[Part<Identity>]) {
    let mut keys: Vec<(&str, &str, usize)> = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        keys.push(("", part.record.id.as_str(), i));
        for id in part.record.external_ids.iter().filter(|id| !id.is_empty()) {
            keys.push((part.record.issuer.as_str(), id, i));
            // A stable id of one source may be an external id of another.
            if id.contains(':') {
                keys.push(("", id, i));
            }
        }
    }
    keys.sort_unstable();
    let mut sets = Sets::new(parts.len());
    for pair in keys.windows(2) {
        if let [(issuer_a, id_a, a), (issuer_b, id_b, b)] = pair
            && (issuer_a, id_a) == (issuer_b, id_b)
        {
            sets.join(*a, *b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..parts.len() {
        let root = sets.root(i);
        groups.entry(root).or_default().push(i);
    }
    for members in groups.into_values() {
        let said: Vec<Part<Identity>> = members.iter().filter_map(|i| parts.get(*i)).map(copy).collect();
        // The issuer's own id, else the first in order.
        let order = |part: &&Part<Identity>| (part.plane != Plane::ControlPlane, part.record.id.clone());
        let Some(id) = said.iter().min_by_key(order).map(|part| part.record.id.clone()) else { continue };
        let Some((record, sources, conflicts)) = merge::identity(id.clone(), &said) else { continue };
        for alias in record.external_ids.iter().chain([&id]) {
            estate.identity_ids.entry(alias.clone()).or_insert_with(|| id.clone());
        }
        let planes: BTreeSet<Plane> = said.iter().map(|part| part.plane).collect();
        let planes = planes.into_iter().collect();
        let entry =
            IdentityEntry { record, planes, inherited: BTreeMap::new(), conflicts, usage: None, sources };
        estate.identities.insert(id, entry);
    }
}

fn copy<'a, R>(part: &Part<'a, R>) -> Part<'a, R> {
    Part { record: part.record, plane: part.plane, observed_at: part.observed_at, source: part.source }
}

/// A credential statement with the ids it is joined by.
struct Node<'a> {
    part: Part<'a, Credential>,
    id: String,
    issuer: String,
    /// Record id of the identity, or what the source calls it; empty if it names none.
    identity: String,
    evidence: Vec<MergeEvidence>,
}

/// Whether an issuer names its realm (`aws:111122223333`) or only its sort (`aws`).
fn is_whole(issuer: &str) -> bool {
    issuer.contains(':') || issuer.contains('/') || issuer.contains('.')
}

fn credentials(estate: &mut Estate, parts: &[(Part<Credential>, Option<&str>)]) -> Vec<Ambiguity> {
    let mut ambiguities = Vec::new();
    let nodes = place(estate, parts, &mut ambiguities);
    let mut sets = Sets::new(nodes.len());
    let mut groups = Groups::new(&nodes);

    // 1. The same id, then the same issuer and external id.
    let mut keys: Vec<(&str, &str, usize)> = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        keys.push(("", node.id.as_str(), i));
    }
    keys.sort_unstable();
    for pair in keys.windows(2) {
        if let [(_, id_a, a), (_, id_b, b)] = pair
            && id_a == id_b
        {
            groups.join(&mut sets, *a, *b, None);
        }
    }
    keys.clear();
    for (i, node) in nodes.iter().enumerate() {
        for id in external_ids(node.part.record) {
            keys.push((node.issuer.as_str(), id, i));
        }
    }
    keys.sort_unstable();
    for pair in keys.windows(2) {
        if let [(issuer_a, id_a, a), (issuer_b, id_b, b)] = pair
            && (issuer_a, id_a) == (issuer_b, id_b)
        {
            match groups.refuses(&mut sets, *a, *b, false) {
                None => groups.join(&mut sets, *a, *b, Some(("external_id", id_a))),
                Some(why) => ambiguities.push(refused(&nodes, *a, *b, id_a, why)),
            }
        }
    }
    // 2. The same fingerprint.
    let mut prints: Vec<(&str, usize)> = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        let record = node.part.record;
        let versions = record.versions.iter().filter_map(|version| version.fingerprint.as_ref());
        prints.extend(record.fingerprint.iter().chain(versions).map(|print| (print.as_str(), i)));
    }
    prints.sort_unstable();
    for pair in prints.windows(2) {
        if let [(print_a, a), (print_b, b)] = pair
            && print_a == print_b
        {
            match groups.refuses(&mut sets, *a, *b, true) {
                None => groups.join(&mut sets, *a, *b, Some(("fingerprint", print_a))),
                Some(why) => {
                    ambiguities.push(refused(&nodes, *a, *b, print_a, why));
                }
            }
        }
    }
    // 3. The same identity and kind, made at the same time: only where one side has no id of the issuer's.
    let mut times: Vec<(&str, CredentialKind, Timestamp, usize)> = Vec::new();
    for (i, node) in nodes.iter().enumerate().filter(|(_, node)| !node.identity.is_empty()) {
        let record = node.part.record;
        let versions = record.versions.iter().map(|version| &version.created);
        for at in [&record.created].into_iter().chain(versions).filter_map(Fact::known) {
            times.push((node.identity.as_str(), record.kind, *at, i));
        }
    }
    times.sort_unstable();
    for pair in times.windows(2) {
        if let [(who_a, kind_a, at_a, a), (who_b, kind_b, at_b, b)] = pair {
            let near = at_b.since(*at_a) <= limits::CREATED_SLACK_MS;
            if who_a == who_b && kind_a == kind_b && near && groups.refuses(&mut sets, *a, *b, true).is_none()
            {
                groups.join(&mut sets, *a, *b, Some(("created", &at_a.to_string())));
            }
        }
    }

    build(estate, &nodes, sets, groups);
    // One external id under two issuers: told, since an activity that names it belongs to either.
    let mut owners_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in estate.credentials.values() {
        for id in external_ids(&entry.record) {
            owners_of.entry(id).or_default().insert(&entry.record.id);
        }
    }
    let mut by_key = BTreeMap::new();
    for (external, owners) in owners_of {
        match (owners.len(), owners.first()) {
            (1, Some(only)) => {
                by_key.insert(external.to_string(), (*only).to_string());
            }
            _ => ambiguities.push(Ambiguity {
                shared: external.into(),
                records: owners.into_iter().map(Into::into).collect(),
                why: "one external id under several records: what names it alone belongs to none".into(),
            }),
        }
    }
    let mut carriers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in estate.credentials.values() {
        let versions = entry.record.versions.iter().filter_map(|version| version.fingerprint.as_ref());
        for print in entry.record.fingerprint.iter().chain(versions) {
            carriers.entry(print.as_str().into()).or_default().insert(entry.record.id.clone());
        }
    }
    for (print, ids) in carriers {
        match (ids.len(), ids.first()) {
            (1, Some(only)) => {
                by_key.insert(print, only.clone());
            }
            _ => {
                estate.shared_values.insert(print, ids);
            }
        }
    }
    estate.by_key = by_key;
    ambiguities
}

fn external_ids(record: &Credential) -> impl Iterator<Item = &str> {
    let versions = record.versions.iter().map(|version| version.external_id.as_str());
    record.external_ids.iter().map(String::as_str).chain(versions).filter(|id| !id.is_empty())
}

fn refused(nodes: &[Node], a: usize, b: usize, shared: &str, why: &str) -> Ambiguity {
    let ids: BTreeSet<String> =
        [a, b].iter().filter_map(|i| nodes.get(*i)).map(|node| node.id.clone()).collect();
    Ambiguity { shared: shared.into(), records: ids.into_iter().collect(), why: why.into() }
}

/// What is known of each set while it grows.
struct Groups {
    identity: Vec<Option<String>>,
    external: Vec<BTreeSet<(String, String)>>,
    evidence: Vec<BTreeSet<MergeEvidence>>,
}

impl Groups {
    fn new(nodes: &[Node]) -> Self {
        let identity = |node: &Node| (!node.identity.is_empty()).then(|| node.identity.clone());
        let external = |node: &Node| {
            external_ids(node.part.record).map(|id| (node.issuer.clone(), id.to_string())).collect()
        };
        Groups {
            identity: nodes.iter().map(identity).collect(),
            external: nodes.iter().map(external).collect(),
            evidence: nodes.iter().map(|node| node.evidence.iter().cloned().collect()).collect(),
        }
    }

    /// Why two sets must not become one; `ids` if two ids of one issuer speak against it.
    fn refuses(&self, sets: &mut Sets, a: usize, b: usize, ids: bool) -> Option<&'static str> {
        let (a, b) = (sets.root(a), sets.root(b));
        if a == b {
            return None;
        }
        if let (Some(Some(one)), Some(Some(other))) = (self.identity.get(a), self.identity.get(b))
            && one != other
        {
            return Some("the sources name different identities");
        }
        if let (true, Some(one), Some(other)) = (ids, self.external.get(a), self.external.get(b))
            && !one.is_empty()
            && !other.is_empty()
            && one.is_disjoint(other)
        {
            return Some("the sources assert different ids of the issuer");
        }
        None
    }

    fn join(&mut self, sets: &mut Sets, a: usize, b: usize, by: Option<(&str, &str)>) {
        let (a, b) = (sets.root(a), sets.root(b));
        if a == b {
            return;
        }
        let root = sets.join(a, b);
        let from = if root == a { b } else { a };
        let evidence = by.map(|(by, shared)| MergeEvidence { by: by.into(), shared: shared.into() });
        let taken = self.evidence.get_mut(from).map(core::mem::take).unwrap_or_default();
        if let Some(slot) = self.evidence.get_mut(root) {
            slot.extend(taken.into_iter().chain(evidence));
        }
        // The smaller set moves into the larger: n log n in all.
        let taken = self.external.get_mut(from).map(core::mem::take).unwrap_or_default();
        if let Some(slot) = self.external.get_mut(root) {
            let (mut large, small) = if slot.len() < taken.len() {
                (taken, core::mem::take(slot))
            } else {
                (core::mem::take(slot), taken)
            };
            large.extend(small);
            *slot = large;
        }
        let taken = self.identity.get_mut(from).and_then(Option::take);
        if let Some(slot) = self.identity.get_mut(root)
            && slot.is_none()
        {
            *slot = taken;
        }
    }
}

/// Gives every statement its issuer, identity and id: those of a source that names no realm are found by the
/// user's name and a creation time that agree, or the name alone if only one realm has it.
fn place<'a>(
    estate: &Estate,
    parts: &[(Part<'a, Credential>, Option<&str>)],
    ambiguities: &mut Vec<Ambiguity>,
) -> Vec<Node<'a>> {
    let identity_of = |name: &str| estate.identity_ids.get(name).cloned().unwrap_or_else(|| name.into());
    let mut by_name: BTreeMap<&str, Vec<&Identity>> = BTreeMap::new();
    for entry in estate.identities.values().filter(|entry| !entry.record.name.is_empty()) {
        by_name.entry(entry.record.name.as_str()).or_default().push(&entry.record);
    }
    // When the credentials of an identity were made, by sources that name the realm.
    let mut made: BTreeMap<(String, CredentialKind), Vec<Timestamp>> = BTreeMap::new();
    for (part, _) in parts.iter().filter(|(part, _)| is_whole(&part.record.issuer)) {
        let record = part.record;
        let times = record.versions.iter().filter_map(|version| version.created.known().copied());
        made.entry((identity_of(&record.identity), record.kind)).or_default().extend(times);
    }
    made.values_mut().for_each(|times| times.sort_unstable());

    let mut nodes = Vec::with_capacity(parts.len());
    for (part, default_issuer) in parts {
        let record = part.record;
        let mut node = Node {
            part: copy(part),
            id: record.id.clone(),
            issuer: record.issuer.clone(),
            identity: identity_of(&record.identity),
            evidence: Vec::new(),
        };
        if !record.identity.is_empty() && !estate.identity_ids.contains_key(&record.identity) {
            let prefix = format!("{}:", record.issuer);
            let named = by_name.get(record.identity.as_str()).map_or(&[][..], Vec::as_slice);
            let realm = |identity: &&&Identity| match default_issuer {
                _ if is_whole(&record.issuer) => identity.issuer == record.issuer,
                Some(issuer) => identity.issuer == *issuer,
                None => identity.issuer.starts_with(&prefix),
            };
            let candidates: Vec<&Identity> = named.iter().filter(realm).copied().collect();
            let agrees = |identity: &&&Identity| {
                let times = made.get(&(identity.id.clone(), record.kind)).map_or(&[][..], Vec::as_slice);
                record.versions.iter().filter_map(|version| version.created.known()).any(|at| {
                    let from = times.partition_point(|t| *t < at.plus(-limits::CREATED_SLACK_MS));
                    times.get(from).is_some_and(|t| t.since(*at) <= limits::CREATED_SLACK_MS)
                })
            };
            let dated: Vec<&Identity> = candidates.iter().filter(agrees).copied().collect();
            let found = match (dated.as_slice(), candidates.as_slice()) {
                ([only], _) => Some((*only, "user_and_created")),
                ([], [only]) => Some((*only, "user_name")),
                _ => None,
            };
            if let Some((identity, by)) = found {
                node.issuer.clone_from(&identity.issuer);
                node.identity.clone_from(&identity.id);
                node.id = rebase(&record.id, &record.issuer, &identity.issuer);
                node.evidence.push(MergeEvidence { by: by.into(), shared: record.identity.clone() });
            } else if candidates.len() > 1 {
                ambiguities.push(Ambiguity {
                    shared: record.identity.clone(),
                    records: candidates.iter().map(|identity| identity.id.clone()).collect(),
                    why: "several realms have a user of this name, and no creation time tells which".into(),
                });
            } else if let (Some(issuer), false) = (default_issuer, is_whole(&record.issuer)) {
                node.issuer = (*issuer).into();
                node.id = rebase(&record.id, &record.issuer, issuer);
            }
        }
        nodes.push(node);
    }
    nodes
}

/// An id under another issuer.
fn rebase(id: &str, from: &str, to: &str) -> String {
    id.strip_prefix(from)
        .filter(|rest| rest.starts_with('/'))
        .map_or_else(|| id.into(), |rest| format!("{to}{rest}"))
}

fn build(estate: &mut Estate, nodes: &[Node], mut sets: Sets, mut groups: Groups) {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..nodes.len() {
        let root = sets.root(i);
        members.entry(root).or_default().push(i);
    }
    for (root, members) in members {
        let group: Vec<&Node> = members.iter().filter_map(|i| nodes.get(*i)).collect();
        // A declared id stays over discovery and rotation; then the issuer's.
        let order = |node: &&&Node| {
            let plane = match node.part.plane {
                Plane::Declared => 0,
                Plane::ControlPlane => 1,
                Plane::Holdings => 2,
                Plane::Sightings => 3,
            };
            (!is_whole(&node.issuer), plane, node.id.clone())
        };
        let Some(head) = group.iter().min_by_key(order) else { continue };
        let identity = group.iter().map(|node| &node.identity).find(|who| !who.is_empty());
        let parts: Vec<Part<Credential>> = group.iter().map(|node| copy(&node.part)).collect();
        let merged = merge::credential(head.id.clone(), identity.cloned().unwrap_or_default(), &parts);
        let Some((mut record, sources, conflicts)) = merged else { continue };
        record.issuer.clone_from(&head.issuer);
        for node in group.iter().filter(|node| node.id != record.id && is_whole(&node.issuer)) {
            record.external_ids.push(node.id.clone());
        }
        record.external_ids.sort();
        record.external_ids.dedup();
        let planes: BTreeSet<Plane> = parts.iter().map(|part| part.plane).collect();
        let evidence = groups.evidence.get_mut(root).map(core::mem::take).unwrap_or_default();
        let entry = CredentialEntry {
            planes: planes.into_iter().collect(),
            inherited: BTreeMap::new(),
            evidence: evidence.into_iter().collect(),
            conflicts,
            usage: None,
            sources,
            stated: parts.iter().map(|part| part.source).collect(),
            record,
        };
        // Two sets may carry one id only if a merge by it was refused; none is by design, and none is lost here.
        estate.credentials.entry(entry.record.id.clone()).or_insert(entry);
    }
}

/// Joins sightings to credentials, and makes a record for each secret that nothing knows.
fn sightings(estate: &mut Estate, found: &mut Vec<SightingEntry>, directory: &Directory) {
    for entry in found.iter_mut() {
        let of = &entry.record.of;
        let known = [of.external_id.as_deref(), of.fingerprint.as_ref().map(|print| print.as_str())];
        entry.credential = known.into_iter().flatten().find_map(|key| estate.by_key.get(key).cloned());
    }
    let mut unknown: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, entry) in found.iter().enumerate() {
        if let (None, true, Some(print)) =
            (&entry.credential, stands_alone(&entry.record), &entry.record.of.fingerprint)
            && !estate.shared_values.contains_key(print.as_str())
        {
            unknown.entry(print.as_str().into()).or_default().push(i);
        }
    }
    for (print, members) in unknown {
        let Some(first) = members.first().and_then(|i| found.get(*i)) else { continue };
        let sighting = &first.record;
        let provider = sighting.provider.known().cloned().unwrap_or_default();
        let account =
            members.iter().find_map(|i| found.get(*i).and_then(|entry| entry.record.of.account.clone()));
        let issuer = match (&account, provider.as_str()) {
            (Some(account), _) => format!("{}:{account}", provider.to_ascii_lowercase()),
            (None, provider) => provider.to_ascii_lowercase(),
        };
        let id = format!("sighting/{print}/{}", sighting.kind.as_str());
        let record = Credential {
            id: id.clone(),
            kind: sighting.kind,
            provider,
            issuer,
            external_ids: sighting.of.external_id.iter().cloned().collect(),
            fingerprint: sighting.of.fingerprint.clone(),
            public_hint: (!sighting.preview.is_empty()).then(|| sighting.preview.clone()),
            environment: sighting.environment.clone(),
            not_after: sighting.expires.clone(),
            ..Credential::default()
        };
        let mut stated = Vec::new();
        for i in &members {
            if let Some(entry) = found.get_mut(*i) {
                entry.credential = Some(id.clone());
                stated.push(entry.source);
            }
        }
        let Some(default) = stated.first().copied() else { continue };
        let mut entry = CredentialEntry {
            record,
            planes: [Plane::Sightings].into(),
            inherited: BTreeMap::new(),
            evidence: Vec::new(),
            conflicts: Vec::new(),
            usage: None,
            sources: super::Sources { default, fields: BTreeMap::new() },
            stated,
        };
        let place = members.iter().find_map(|i| directory.place(&found.get(*i)?.record.location.path));
        if let Some((owner, source)) = place {
            from_owner(&mut entry, owner, source, Inherited::OwnerOfPlace(reference(owner)));
        }
        estate.by_key.entry(print).or_insert_with(|| id.clone());
        estate.credentials.insert(id, entry);
    }
    for (i, entry) in found.iter().enumerate() {
        if let Some(credential) = &entry.credential {
            estate.sightings_of.entry(credential.clone()).or_default().push(i);
        }
    }
    estate.sightings = core::mem::take(found);
}

/// What the owners directory lists: an id or a path pattern, and the row that has it.
pub(super) struct Directory {
    ids: BTreeMap<String, (Owner, SourceRef)>,
    paths: Vec<(String, Owner, SourceRef)>,
}

impl Directory {
    pub(super) fn new(estate: &Estate) -> Self {
        let mut directory = Directory { ids: BTreeMap::new(), paths: Vec::new() };
        for (owner, source) in &estate.rows {
            for what in &owner.owns {
                match what.strip_prefix("path:") {
                    Some(pattern) => directory.paths.push((pattern.into(), owner.clone(), *source)),
                    None => {
                        directory.ids.entry(what.clone()).or_insert_with(|| (owner.clone(), *source));
                    }
                }
            }
        }
        // The longest pattern that fits is the most particular one.
        directory.paths.sort_by(|a, b| {
            b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)).then_with(|| a.2.cmp(&b.2))
        });
        directory
    }

    /// The row that owns a place.
    pub(super) fn place(&self, path: &str) -> Option<(&Owner, SourceRef)> {
        let found = self.paths.iter().find(|(pattern, ..)| glob::fits(pattern, path));
        found.map(|(_, owner, source)| (owner, *source))
    }

    /// The row that owns one of these ids.
    pub(super) fn of<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Option<(&Owner, SourceRef)> {
        ids.into_iter().find_map(|id| self.ids.get(id)).map(|(owner, source)| (owner, *source))
    }
}

fn reference(owner: &Owner) -> OwnerRef {
    OwnerRef { kind: owner.kind, id: owner.id.clone() }
}

/// The four inheritable fields of a record, for reading and filling in.
trait Inherits {
    fn owners(&mut self) -> &mut Fact<Vec<OwnerRef>>;
    fn environment(&mut self) -> &mut Fact<Environment>;
    fn workload(&mut self) -> &mut Fact<String>;
    fn purpose(&mut self) -> &mut Fact<String>;
    fn note(&mut self, field: &'static str, from: Inherited, source: Option<SourceRef>);
}

macro_rules! inherits {
    ($entry:ty) => {
        impl Inherits for $entry {
            fn owners(&mut self) -> &mut Fact<Vec<OwnerRef>> {
                &mut self.record.owners
            }
            fn environment(&mut self) -> &mut Fact<Environment> {
                &mut self.record.environment
            }
            fn workload(&mut self) -> &mut Fact<String> {
                &mut self.record.workload
            }
            fn purpose(&mut self) -> &mut Fact<String> {
                &mut self.record.purpose
            }
            fn note(&mut self, field: &'static str, from: Inherited, source: Option<SourceRef>) {
                self.inherited.insert(field, from);
                if let Some(source) = source {
                    self.sources.fields.insert(field, source);
                }
            }
        }
    };
}
inherits!(CredentialEntry);
inherits!(IdentityEntry);

/// Fills in what a directory entry says of a record that does not say it itself.
fn from_owner(entry: &mut impl Inherits, owner: &Owner, source: SourceRef, from: Inherited) {
    fn fill<T: Clone>(ours: &mut Fact<T>, theirs: &Fact<T>) -> bool {
        let takes = ours.is_unknown() && !theirs.is_not_reported();
        if takes {
            *ours = theirs.clone();
        }
        takes
    }
    if fill(entry.owners(), &Fact::Known([reference(owner)].into())) {
        entry.note("owners", from.clone(), Some(source));
    }
    if fill(entry.environment(), &owner.environment) {
        entry.note("environment", from.clone(), Some(source));
    }
    if fill(entry.workload(), &owner.workload) {
        entry.note("workload", from.clone(), Some(source));
    }
    if fill(entry.purpose(), &owner.purpose) {
        entry.note("purpose", from, Some(source));
    }
}

fn inherit(estate: &mut Estate, directory: &Directory) {
    for entry in estate.identities.values_mut() {
        let ids: Vec<String> =
            [&entry.record.id].into_iter().chain(&entry.record.external_ids).cloned().collect();
        if let Some((owner, source)) = directory.of(ids.iter().map(String::as_str)) {
            from_owner(entry, owner, source, Inherited::Owner(reference(owner)));
        }
    }
    for entry in estate.credentials.values_mut() {
        let mut ids: Vec<String> = external_ids(&entry.record).map(Into::into).collect();
        ids.push(entry.record.id.clone());
        if let Some((owner, source)) = directory.of(ids.iter().map(String::as_str)) {
            from_owner(entry, owner, source, Inherited::Owner(reference(owner)));
        }
        let Some(identity) = estate.identities.get(&entry.record.identity) else { continue };
        let from = |field: &str| match identity.inherited.get(field) {
            Some(Inherited::Owner(owner)) => Inherited::OwnerOfIdentity(owner.clone()),
            _ => Inherited::Identity(identity.record.id.clone()),
        };
        let source = |field: &str| {
            Some(identity.sources.fields.get(field).copied().unwrap_or(identity.sources.default))
        };
        macro_rules! field {
            ($name:ident) => {
                if entry.record.$name.is_unknown() && !identity.record.$name.is_not_reported() {
                    entry.record.$name = identity.record.$name.clone();
                    entry.note(stringify!($name), from(stringify!($name)), source(stringify!($name)));
                }
            };
        }
        field!(owners);
        field!(environment);
        field!(workload);
        field!(purpose);
        field!(scopes_granted);
        field!(policy_path);
    }
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

/// Whether an owner can answer for what it owns.
pub(super) fn is_gone(status: OwnerStatus) -> bool {
    status != OwnerStatus::Active
}
