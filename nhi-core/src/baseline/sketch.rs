//! The values one dimension has taken: a few slots with decayed counts, how often a value was new, and which
//! values are adopted.

use super::{
    codec::{Fields, Visitor},
    moments::ONE,
};

/// Distinct days a value must be seen on before it counts as adopted (see `probation`).
const ADOPT_DAYS: u16 = 3;
const DAY_MASK: u16 = (1 << 14) - 1;

/// `K` slots of {hash, count in 1/256, distinct days and last day}; the smallest count makes room
/// (SpaceSaving: Metwally, Agrawal, El Abbadi 2005, without inheriting the count: a new value is new).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sketch<const K: usize> {
    /// All activities that had a value.
    n: u32,
    /// Those whose value was in no slot.
    new: u32,
    hash: [u32; K],
    count: [u32; K],
    /// Two bits of distinct days (0 to 3), 14 bits of the last day counted.
    seen: [u16; K],
}

/// Index of a value's slot, if it has one. No sketch has more than 255.
pub(super) type Slot = Option<u8>;

/// What a sketch says of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Known {
    /// In no slot.
    New,
    /// Seen, not adopted. First seen in this very hour if `fresh`.
    Probation,
    /// Adopted; the probability of a value as rare as this one or rarer.
    Adopted(f64),
}

impl<const K: usize> Default for Sketch<K> {
    fn default() -> Self {
        Sketch { n: 0, new: 0, hash: [0; K], count: [0; K], seen: [0; K] }
    }
}

impl<const K: usize> Sketch<K> {
    /// Slot of a value: found once for scoring and for learning.
    pub(super) fn find(&self, hash: u32) -> Slot {
        self.hash.iter().position(|&h| h == hash).map(|i| i as u8)
    }

    /// Probability that the next value is new: `(new + 1/2)/(n + 1)` (Krichevsky-Trofimov form of Good 1953).
    pub(super) fn novelty(&self) -> f64 {
        rate(self.new, self.n)
    }

    /// What a slot says of its value. An adopted value's probability is its highest-density tail,
    /// `r + (1 - r) sum{c_u : c_u <= c_v}/n`, or 1 if that is above one half anyway (no surprise); what has lost its
    /// slot counts among the rare ones.
    pub(super) fn look(&self, slot: Slot) -> Known {
        let Some((count, seen)) =
            slot.map(usize::from).and_then(|i| Some((*self.count.get(i)?, *self.seen.get(i)?)))
        else {
            return Known::New;
        };
        if seen >> 14 < ADOPT_DAYS {
            return Known::Probation;
        }
        if 2 * u64::from(count) > u64::from(self.n) {
            return Known::Adopted(1.0);
        }
        let commoner: u64 = self.count.iter().filter(|&&c| c > count).map(|&c| u64::from(c)).sum();
        let n = u64::from(self.n).max(1);
        let rarer = n.saturating_sub(commoner);
        if 2 * rarer > n {
            return Known::Adopted(1.0);
        }
        let r = self.novelty();
        Known::Adopted(r + (1.0 - r) * rarer as f64 / n as f64)
    }

    /// Share of a slot's value among all, for the sequence: `(c + 1/2)/(n + K/2 + 1)`.
    pub(super) fn share(&self, slot: Slot) -> f64 {
        let c = slot.and_then(|i| self.count.get(usize::from(i))).copied().unwrap_or(0);
        (f64::from(c) + 128.0) / (f64::from(self.n) + 128.0 * K as f64 + 256.0)
    }

    /// Adopted values.
    pub(super) fn adopted(&self) -> impl Iterator<Item = u32> {
        self.hash.iter().zip(&self.seen).filter(|(h, s)| **h != 0 && **s >> 14 >= ADOPT_DAYS).map(|(h, _)| *h)
    }

    /// All values in slots.
    #[cfg(test)]
    pub(super) fn values(&self) -> impl Iterator<Item = u32> {
        self.hash.iter().copied().filter(|h| *h != 0)
    }

    /// Number of values in slots.
    pub(super) fn len(&self) -> usize {
        self.hash.iter().filter(|h| **h != 0).count()
    }

    /// Counts a value, whose slot is `slot`, on a day. `adopt` says whether the day may count towards adoption;
    /// `confirmed`, asked only of what is not adopted, that peers have adopted it, which is enough. Returns
    /// whether another value lost its slot.
    pub(super) fn learn(
        &mut self,
        hash: u32,
        slot: Slot,
        day: i32,
        adopt: bool,
        confirmed: impl FnOnce() -> bool,
    ) -> bool {
        if self.n > u32::MAX - ONE {
            self.scale(1 << 31);
        }
        self.n += ONE;
        let today = day as u16 & DAY_MASK;
        let (i, new) = match slot {
            Some(i) => (usize::from(i), false),
            None => (self.count.iter().enumerate().min_by_key(|(_, c)| **c).map_or(0, |(i, _)| i), true),
        };
        let (Some(h), Some(count), Some(seen)) =
            (self.hash.get_mut(i), self.count.get_mut(i), self.seen.get_mut(i))
        else {
            return false;
        };
        let mut evicted = false;
        if new {
            evicted = *h != 0;
            self.new = self.new.saturating_add(ONE);
            (*h, *count, *seen) = (hash, 0, u16::from(adopt) << 14 | today);
        }
        *count = count.saturating_add(ONE);
        let days = *seen >> 14;
        if adopt && days < ADOPT_DAYS {
            if confirmed() {
                *seen = ADOPT_DAYS << 14 | today;
            } else if *seen & DAY_MASK != today {
                *seen = (days + 1) << 14 | today;
            }
        }
        evicted
    }

    /// Adopts all that is on probation.
    pub(super) fn accept(&mut self) {
        for (_, seen) in self.hash.iter().zip(&mut self.seen).filter(|(h, _)| **h != 0) {
            *seen |= ADOPT_DAYS << 14;
        }
    }

    /// Multiplies the counts by `factor / 2^32`; a value that is worth less than 1/256 leaves.
    pub(super) fn scale(&mut self, factor: u64) {
        self.n = times(self.n, factor);
        self.new = times(self.new, factor);
        for i in 0..K {
            if let (Some(h), Some(c), Some(s)) =
                (self.hash.get_mut(i), self.count.get_mut(i), self.seen.get_mut(i))
            {
                *c = times(*c, factor);
                if *c == 0 {
                    (*h, *s) = (0, 0);
                }
            }
        }
    }

    /// Adds all `sources`, then sorts and cuts once: any order gives the same. Returns whether a value lost
    /// its slot.
    pub(super) fn merge(sources: &[&Self]) -> (Self, bool) {
        let mut all = alloc::vec::Vec::new();
        let mut out = Self::default();
        for s in sources {
            out.n = out.n.saturating_add(s.n);
            out.new = out.new.saturating_add(s.new);
            all.extend(s.hash.iter().zip(&s.count).zip(&s.seen).filter(|((h, _), _)| **h != 0));
        }
        all.sort_unstable_by_key(|((h, _), s)| (**h, **s & DAY_MASK, **s >> 14));
        let mut slots: alloc::vec::Vec<(u32, u32, u16)> = alloc::vec::Vec::new();
        for ((h, c), s) in all {
            match slots.last_mut() {
                Some(last) if last.0 == *h => {
                    // A day that both saw counts once; other days may coincide too, so the larger number of
                    // days is kept plus one for a last day that differs.
                    let differ = u16::from(last.2 & DAY_MASK != *s & DAY_MASK);
                    let days = ((last.2 >> 14).max(*s >> 14) + differ).min(ADOPT_DAYS);
                    *last = (*h, last.1.saturating_add(*c), days << 14 | *s & DAY_MASK);
                }
                _ => slots.push((*h, *c, *s)),
            }
        }
        slots.sort_unstable_by_key(|(h, c, _)| (core::cmp::Reverse(*c), *h));
        for (i, (h, c, s)) in slots.iter().take(K).enumerate() {
            if let (Some(oh), Some(oc), Some(os)) =
                (out.hash.get_mut(i), out.count.get_mut(i), out.seen.get_mut(i))
            {
                (*oh, *oc, *os) = (*h, *c, *s);
            }
        }
        (out, slots.len() > K)
    }
}

/// `(new + 1/2)/(n + 1)` of counts in 1/256, at most 1.
pub(super) fn rate(new: u32, n: u32) -> f64 {
    ((f64::from(new) + 128.0) / (f64::from(n) + 256.0)).min(1.0)
}

/// `x * factor / 2^32`, rounded down.
pub(super) fn times(x: u32, factor: u64) -> u32 {
    ((u64::from(x) * factor.min(1 << 32)) >> 32) as u32
}

impl<const K: usize> Fields for Sketch<K> {
    fn fields<V: Visitor>(&mut self, v: &mut V) {
        v.u32(&mut self.n);
        v.u32(&mut self.new);
        v.u32s(&mut self.hash);
        v.u32s(&mut self.count);
        v.u16s(&mut self.seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl<const K: usize> Sketch<K> {
        fn put(&mut self, hash: u32, day: i32, adopt: bool, confirmed: bool) {
            let slot = self.find(hash);
            self.learn(hash, slot, day, adopt, || confirmed);
        }
        fn of(&self, hash: u32) -> Known {
            self.look(self.find(hash))
        }
    }

    #[test]
    fn a_value_is_adopted_on_its_third_day() {
        let mut s = Sketch::<4>::default();
        for (day, adopted) in [(1, false), (1, false), (2, false), (3, true)] {
            s.put(7, day, true, false);
            assert_eq!(matches!(s.of(7), Known::Adopted(_)), adopted, "day {day}");
        }
        assert_eq!(s.of(8), Known::New);
    }

    #[test]
    fn an_alert_blocks_adoption_and_peers_speed_it_up() {
        let mut s = Sketch::<4>::default();
        (1..30).for_each(|day| s.put(7, day, false, true));
        assert_eq!(s.of(7), Known::Probation);
        s.put(8, 1, true, true);
        assert!(matches!(s.of(8), Known::Adopted(_)));
    }

    #[test]
    fn rare_values_have_small_tails_and_the_commonest_has_probability_one() {
        let mut s = Sketch::<4>::default();
        for day in 0..10 {
            (0..98).for_each(|_| s.put(1, day, true, false));
            (0..2).for_each(|_| s.put(2, day, true, false));
        }
        assert_eq!(s.of(1), Known::Adopted(1.0));
        let Known::Adopted(p) = s.of(2) else { panic!("adopted") };
        // r = 2.5/1001; p = r + (1 - r) * 20/1000.
        assert!((p - (2.5 / 1001.0 + (1.0 - 2.5 / 1001.0) * 0.02)).abs() < 1e-12, "{p}");
    }

    #[test]
    fn values_without_a_slot_make_new_ones_unsurprising() {
        let mut s = Sketch::<4>::default();
        (0..1000).for_each(|i| s.put(i + 1, 1, true, false));
        assert!(s.novelty() > 0.99);
    }

    #[test]
    fn merging_in_any_order_gives_the_same() {
        let make = |from: u32| {
            let mut s = Sketch::<4>::default();
            (0..6).for_each(|i| s.put(from + i % 5, 3 + i as i32, true, false));
            s
        };
        let (a, b, c) = (make(1), make(3), make(20));
        assert_eq!(Sketch::merge(&[&a, &b, &c]), Sketch::merge(&[&c, &a, &b]));
    }
}
