//! Which statements are one credential: by id, by fingerprint, by identity and creation time, in this order.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    super::{
        Ambiguity, CredentialEntry, MergeEvidence,
        merge::{self, Part},
    },
    Estate, copy, external_ids, is_whole,
    sets::{Groups, Sets},
};
use crate::{
    limits,
    model::{Credential, CredentialKind, Fact, Identity, Plane},
    time::Timestamp,
};

/// A credential statement with the ids it is joined by.
pub(super) struct Node<'a> {
    pub(super) part: Part<'a, Credential>,
    pub(super) id: String,
    pub(super) issuer: String,
    /// Record id of the identity, or what the source calls it; empty if it names none.
    pub(super) identity: String,
    pub(super) evidence: Vec<MergeEvidence>,
}

pub(super) fn credentials(estate: &mut Estate, parts: &[(Part<Credential>, Option<&str>)]) -> Vec<Ambiguity> {
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

fn refused(nodes: &[Node], a: usize, b: usize, shared: &str, why: &str) -> Ambiguity {
    let ids: BTreeSet<String> =
        [a, b].iter().filter_map(|i| nodes.get(*i)).map(|node| node.id.clone()).collect();
    Ambiguity { shared: shared.into(), records: ids.into_iter().collect(), why: why.into() }
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
