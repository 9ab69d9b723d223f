//! Sets of statements that grow into records, and what speaks against joining two.

use alloc::{
    collections::BTreeSet,
    string::{String, ToString},
    vec::Vec,
};

use super::{super::MergeEvidence, credentials::Node, external_ids};

/// Disjoint sets with halved paths; the smaller index stays the root, so that the order of unions does not show.
pub(super) struct Sets(Vec<u32>);

impl Sets {
    pub(super) fn new(n: usize) -> Self {
        Sets((0..n as u32).collect())
    }

    pub(super) fn root(&mut self, mut i: usize) -> usize {
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

    pub(super) fn join(&mut self, a: usize, b: usize) -> usize {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        if let Some(slot) = self.0.get_mut(high) {
            *slot = low as u32;
        }
        low
    }
}

/// What is known of each set while it grows.
pub(super) struct Groups {
    identity: Vec<Option<String>>,
    external: Vec<BTreeSet<(String, String)>>,
    pub(super) evidence: Vec<BTreeSet<MergeEvidence>>,
}

impl Groups {
    pub(super) fn new(nodes: &[Node]) -> Self {
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
    pub(super) fn refuses(&self, sets: &mut Sets, a: usize, b: usize, ids: bool) -> Option<&'static str> {
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

    pub(super) fn join(&mut self, sets: &mut Sets, a: usize, b: usize, by: Option<(&str, &str)>) {
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
