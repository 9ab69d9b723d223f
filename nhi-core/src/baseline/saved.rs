/*!
Saved state: one versioned byte string, the same from every language and platform.

| bytes | what |
|---|---|
| 8 | magic `nhibase` and LF |
| 4 | format |
| 8 | hash of the parameters (sizes, dimensions) |
| 8 | seed of the name hashes |
| 12 | day and hash of an activity that waits for a second one from its day; zeros if none does |
| … | the epoch |
| 4 | number of subjects |
| … | each subject, sorted by name: length, name, block |
| 32 | SHA-256 of all before |

Integers are little-endian. Every byte is either meant or refused.
*/

use alloc::{collections::BTreeMap, vec::Vec};

use sha2::{Digest, Sha256};

use super::{
    Baseline, Delta, Dimension, Epoch,
    codec::{Fields, Reader, Visitor, Writer},
    hash::hash,
    sketch::Sketch,
    state::Block,
    table::Table,
};
use crate::{Error, limits};

const MAGIC: &[u8; 8] = b"nhibase\n";
const FORMAT: u32 = 1;
const DIGEST: usize = 32;

/// Changes when the layout or the meaning of the counters does.
fn parameters() -> u64 {
    let mut names = Writer::default();
    names.bytes(b"jump");
    Dimension::ALL.iter().for_each(|d| names.bytes(d.name().as_bytes()));
    hash(block_size() as u64, &names.0)
}

fn block_size() -> usize {
    let mut w = Writer::default();
    Block::empty().fields(&mut w);
    w.0.len()
}

impl Baseline {
    /// The whole state as bytes, the same for the same content. Linear in the number of subjects.
    pub fn save(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.0.extend_from_slice(MAGIC);
        w.u32(&mut { FORMAT });
        w.u64(&mut parameters());
        w.u64(&mut { self.seed });
        let (mut day, mut which) = self.jump.unwrap_or_default();
        w.i32(&mut day);
        w.u64(&mut which);
        self.epoch.write(&mut w);
        let subjects = self.subjects.sorted();
        w.u32(&mut (subjects.len() as u32));
        for entry in subjects {
            w.bytes(entry.subject.as_bytes());
            entry.block.clone().fields(&mut w);
        }
        let digest = Sha256::digest(&w.0);
        w.0.extend_from_slice(&digest);
        w.0
    }

    /// Reads what [`Baseline::save`] wrote, from any bytes without a panic.
    ///
    /// # Errors
    /// `state_version` for a format this build can't read; `state_corrupt` for anything else that is not exactly
    /// a saved state: wrong magic, a byte changed, missing or added, subjects out of order.
    pub fn load(bytes: &[u8]) -> Result<Self, Error> {
        let mut r = Reader::new(bytes);
        if r.take(MAGIC.len()) != MAGIC {
            return Err(Error::StateCorrupt { at: 0, why: "it does not begin like a saved baseline" });
        }
        let mut format = 0;
        r.u32(&mut format);
        r.check()?;
        if format != FORMAT {
            return Err(Error::StateVersion { found: format, oldest: FORMAT, newest: FORMAT });
        }
        let end = bytes.len().saturating_sub(DIGEST);
        let (content, digest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        if digest.len() != DIGEST || Sha256::digest(content)[..] != *digest {
            return Err(Error::StateCorrupt { at: end as u64, why: "the digest does not match the content" });
        }
        let mut r = Reader::new(content);
        r.take(MAGIC.len() + 4);
        let (mut found, mut seed) = (0, 0);
        r.u64(&mut found);
        if found != parameters() {
            return Err(r.corrupt("it was made with other parameters"));
        }
        r.u64(&mut seed);
        let mut jump = (0, 0);
        r.i32(&mut jump.0);
        r.u64(&mut jump.1);
        let epoch = Epoch::read(&mut r)?;
        let count = r.count(4 + block_size())?;
        if count > limits::BASELINE_SUBJECTS {
            return Err(r.corrupt("too many subjects"));
        }
        let mut subjects = Table::default();
        let mut before: Option<&str> = None;
        for _ in 0..count {
            let name = core::str::from_utf8(r.slice()).map_err(|_| r.corrupt("a name that is not UTF-8"))?;
            if before.is_some_and(|b| b >= name) || name.len() > limits::BASELINE_SUBJECT {
                return Err(r.corrupt("subjects must be sorted and of acceptable length"));
            }
            before = Some(name);
            let mut block = Block::empty();
            block.fields(&mut r);
            r.check()?;
            if !block.plausible() {
                return Err(r.corrupt("times of a subject that contradict each other"));
            }
            if let Err(at) = subjects.find(name, seed) {
                subjects.insert(at, name.into(), block);
            }
        }
        r.check()?;
        if r.left() > 0 {
            return Err(r.corrupt("it goes on after its end"));
        }
        Ok(Baseline { seed, epoch, subjects, jump: (jump != (0, 0)).then_some(jump) })
    }

    /// Adds states of several shards or back-fills: the order of the arguments makes no difference.
    ///
    /// Subjects in one state only are taken as they are. Of a subject in several, counters are aligned to the
    /// newest day and added, exactly as long as no value lost its slot; windows, CUSUM and the last session are
    /// the newest one's. If all states share an epoch it stays, else the next one is made of the result.
    ///
    /// # Errors
    /// `invalid_argument` if `states` is empty or their seeds differ; `input_too_large` for more than
    /// [`limits::BASELINE_SUBJECTS`].
    pub fn merge_all(states: &[Baseline]) -> Result<Self, Error> {
        let bad = |why: &str| Error::InvalidArgument { field: "states".into(), why: why.into() };
        let first = states.first().ok_or_else(|| bad("expected at least one state"))?;
        if states.iter().any(|s| s.seed != first.seed) {
            return Err(bad("expected one seed in all states"));
        }
        let mut by_name: BTreeMap<&str, Vec<&Block>> = BTreeMap::new();
        for entry in states.iter().flat_map(|s| s.subjects.entries()) {
            by_name.entry(&entry.subject).or_default().push(&entry.block);
        }
        if by_name.len() > limits::BASELINE_SUBJECTS {
            return Err(Error::InputTooLarge {
                what: "baseline subjects",
                found: by_name.len() as u64,
                limit: limits::BASELINE_SUBJECTS as u64,
            });
        }
        let mut out = Baseline {
            seed: first.seed,
            epoch: first.epoch.clone(),
            subjects: Table::default(),
            jump: states.iter().filter_map(|s| s.jump).max(),
        };
        for (name, blocks) in by_name {
            if let (Err(at), Some(block)) = (out.subjects.find(name, out.seed), Block::merge(&blocks)) {
                out.subjects.insert(at, name.into(), block);
            }
        }
        if states.iter().any(|s| s.epoch != first.epoch) {
            let bytes = |epoch: &Epoch| {
                let mut w = Writer::default();
                epoch.write(&mut w);
                w.0
            };
            let newest = states.iter().map(|s| &s.epoch).max_by_key(|e| (e.day(), e.number(), bytes(e)));
            let newest = newest.unwrap_or(&first.epoch);
            let delta: Delta = out.delta();
            out.epoch = newest.next(&[delta], newest.day().unwrap_or(i32::MIN));
        }
        Ok(out)
    }
}

impl Block {
    /// A block of nobody, to be read over.
    pub(super) fn empty() -> Self {
        let activity = crate::model::Activity::default();
        Block::new(&super::features::Features::of(&activity, 0))
    }

    /// Whether the times agree with each other; everything else may hold any value.
    fn plausible(&self) -> bool {
        let range = crate::time::Timestamp::MIN.millis()..=crate::time::Timestamp::MAX.millis();
        let day = self.last.div_euclid(crate::time::DAY);
        let hour = self.last.div_euclid(crate::time::HOUR);
        range.contains(&self.first)
            && range.contains(&self.last)
            && self.first <= self.last
            && i64::from(self.day) == day
            && i64::from(self.hour) == hour
    }

    /// One block from several of one subject. Sorted first, so that no order shows.
    fn merge(blocks: &[&Block]) -> Option<Block> {
        if let [one] = blocks {
            return Some((*one).clone());
        }
        let mut sorted: Vec<(i64, Vec<u8>, &Block)> = blocks
            .iter()
            .map(|b| {
                let mut w = Writer::default();
                (*b).clone().fields(&mut w);
                (b.last, w.0, *b)
            })
            .collect();
        sorted.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let newest = sorted.last()?.2;
        let all: Vec<Block> = sorted
            .iter()
            .map(|(.., b)| {
                let mut b = (*b).clone();
                b.advance_to(newest.hour, newest.day);
                b
            })
            .collect();
        let mut out = newest.clone();
        let mut cut = 0;
        let mut sketches = |lost: bool| cut |= u8::from(lost);
        macro_rules! merge {
            ($($field:ident)*) => {$({
                let parts: Vec<_> = all.iter().map(|b| &b.$field).collect();
                let (merged, lost) = Sketch::merge(&parts);
                out.$field = merged;
                sketches(lost);
            })*};
        }
        merge!(network country region account user_agent service action place destination workload);
        out.clear_sums();
        all.iter().for_each(|b| out.add(b));
        out.evicted |= cut;
        Some(out)
    }
}
