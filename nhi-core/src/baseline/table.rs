//! Subjects by name. An ordered index of 64-bit hashes, so that finding one needs no string comparisons on the
//! way; what is written out is sorted by name.

use alloc::{boxed::Box, collections::BTreeMap, string::String, vec::Vec};

use super::{hash::hash, state::Block};

/// A subject and its block.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) subject: Box<str>,
    pub(super) block: Box<Block>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    index: BTreeMap<u64, u32>,
    entries: Vec<Entry>,
}

impl Table {
    /// Where a subject stands, or the hash under which it belongs.
    pub(super) fn find(&self, subject: &str, seed: u64) -> Result<usize, u64> {
        let mut h = hash(seed, subject.as_bytes());
        // Two names of one hash are neighbours; once in 2^32 subjects.
        while let Some(at) = self.index.get(&h) {
            if self.entries.get(*at as usize).is_some_and(|e| &*e.subject == subject) {
                return Ok(*at as usize);
            }
            h = h.wrapping_add(1);
        }
        Err(h)
    }

    pub(super) fn insert(&mut self, at: u64, subject: String, block: Block) -> usize {
        self.index.insert(at, self.entries.len() as u32);
        self.entries.push(Entry { subject: subject.into(), block: Box::new(block) });
        self.entries.len() - 1
    }

    pub(super) fn get(&self, at: usize) -> Option<&Block> {
        self.entries.get(at).map(|e| &*e.block)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Block> {
        self.entries.get_mut(at).map(|e| &mut *e.block)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// All subjects, sorted by name.
    pub(super) fn sorted(&self) -> Vec<&Entry> {
        let mut all: Vec<_> = self.entries.iter().collect();
        all.sort_unstable_by(|a, b| a.subject.cmp(&b.subject));
        all
    }

    /// All subjects, in no particular order.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}
