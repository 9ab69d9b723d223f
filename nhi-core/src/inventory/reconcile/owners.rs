//! The parties of the owners directory, each of all its rows.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use super::{super::SourceRef, Estate};
use crate::{
    model::{Fact, Owner, OwnerRef, OwnerStatus},
    time::Timestamp,
};

/// One entry a party of all its rows: the newest row's status (of rows of one time the least able), everything
/// that it owns, and of environment, workload and purpose what all its rows agree on.
pub(super) fn owners(estate: &mut Estate, rows: &[(&Owner, Timestamp, SourceRef)]) {
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
        estate.owner_kinds.entry(reference.id.clone()).or_default().push(reference.kind);
        estate.owners.insert(reference, (owner, *source));
    }
}

pub(super) fn reference(owner: &Owner) -> OwnerRef {
    OwnerRef { kind: owner.kind, id: owner.id.clone() }
}

/// Whether an owner can answer for what it owns.
pub(in crate::inventory) fn is_gone(status: OwnerStatus) -> bool {
    status != OwnerStatus::Active
}
