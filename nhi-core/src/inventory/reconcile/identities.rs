//! Which statements are one identity: the same id, or the same issuer and external id.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{
    super::{
        IdentityEntry,
        merge::{self, Part},
    },
    Estate, copy,
    sets::Sets,
};
use crate::model::{Identity, Plane};

pub(super) fn identities(estate: &mut Estate, parts: &[Part<Identity>]) {
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
