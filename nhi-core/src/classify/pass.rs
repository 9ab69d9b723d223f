/*!
One pass over an input, block by block.

The blocks lie at fixed places of the input (multiples of [`limits::SCAN_WINDOW`]), each with the same bytes before
and behind it as context, so that it makes no difference whether the input came in one piece or in many.
*/

use alloc::vec::Vec;

use super::{
    Scanner,
    candidate::{Candidate, Match, Origin, settle},
    generic, grade, ignore,
    lines::{Lines, line_around},
    pairs,
    path::PathHints,
    sweep::{Starts, sweep},
};
use crate::{limits, model::Finding};

/// The state between blocks.
pub(super) struct Pass<'s> {
    scanner: &'s Scanner,
    path: Option<&'s str>,
    hints: PathHints,
    starts: Starts,
    matches: Vec<Match>,
    /// Lines counted up to the first byte of the current view.
    lines: Lines,
    /// Candidates that one of the next block may still overlap.
    pending: Vec<Candidate>,
    /// Where the last finding given out ends.
    settled: u64,
    /// Bytes looked at one by one, and visits.
    pub(super) work: u64,
}

impl<'s> Pass<'s> {
    pub(super) fn new(scanner: &'s Scanner, path: Option<&'s str>, hints: PathHints) -> Self {
        Pass {
            scanner,
            path,
            hints,
            starts: Starts::default(),
            matches: Vec::new(),
            lines: Lines::default(),
            pending: Vec::new(),
            settled: 0,
            work: 0,
        }
    }

    /// Scans `view[from..to]`; `base` is the absolute position of the view's first byte.
    pub(super) fn block(&mut self, view: &[u8], base: u64, from: usize, to: usize, out: &mut Vec<Finding>) {
        let engine = &*self.scanner.engine;
        let generic = self.scanner.generic && !self.hints.digests;
        self.lines.advance(view, base, base);
        sweep(view, from, to, generic, &mut self.starts);
        let (work, matches) = (&mut self.work, &mut self.matches);
        *work += (self.starts.tokens.len() + self.starts.words.len()) as u64;
        for &at in &self.starts.tokens {
            engine.tokens_at(view, at as usize, work, matches);
            if !self.hints.digests {
                engine.contextual(view, at as usize, work, matches);
            }
        }
        engine.loose(view, from, to, work, matches);
        if generic {
            generic::assignments(view, &self.starts.words, work, matches);
        }
        if !matches.is_empty() {
            pairs::join(engine, view, matches);
        }
        self.collect(view, base);
        let next = to.saturating_sub(limits::SCAN_BEHIND);
        // The next view starts there: count its lines while the bytes are at hand.
        self.lines.advance(view, base, base + next as u64);
        self.give(base + next as u64, out);
    }

    /// Gives out what is left.
    pub(super) fn finish(&mut self, out: &mut Vec<Finding>) {
        self.give(u64::MAX, out);
    }

    /// Turns the block's matches into candidates.
    fn collect(&mut self, view: &[u8], base: u64) {
        let mut matches = core::mem::take(&mut self.matches);
        matches.sort_by_key(|m| (m.start, m.end));
        let mut lines = self.lines.clone();
        let (mut line, mut marked) = (0..0, false);
        for mut found in matches.drain(..) {
            let generic = found.origin == Origin::Generic;
            if generic && !self.scanner.generic || found.origin != Origin::Distinctive && self.hints.digests {
                continue;
            }
            if self.scanner.marks {
                if !line.contains(&found.start) {
                    line = line_around(view, found.start, limits::LINE_REACH);
                    self.work += line.len() as u64;
                    marked = view.get(line.clone()).is_some_and(ignore::marked);
                }
                if marked {
                    continue;
                }
            }
            if self.hints.sample {
                grade::in_sample(&mut found.grade, found.origin);
            }
            lines.advance(view, base, base + found.start as u64);
            let place = lines.here();
            let pepper = self.scanner.pepper.as_deref();
            self.pending.push(found.into_candidate(view, base, place, self.path, pepper));
        }
        self.matches = matches;
    }

    /// Settles and gives out every group of overlapping candidates that ends by `limit`.
    fn give(&mut self, limit: u64, out: &mut Vec<Finding>) {
        if self.pending.is_empty() {
            return;
        }
        self.pending.sort_by_key(|c| (c.finding.start, c.finding.end));
        let mut rest = core::mem::take(&mut self.pending).into_iter().peekable();
        while let Some(first) = rest.next() {
            let (start, mut end) = (first.finding.start, first.finding.end);
            let mut group = Vec::from([first]);
            while let Some(next) = rest.next_if(|next| next.finding.start < end) {
                end = end.max(next.finding.end);
                group.push(next);
            }
            // A group that never ends is settled all the same, so that memory stays bounded.
            let open = end > limit && end - start <= MOST_GROUP;
            if open {
                self.pending = group;
                self.pending.extend(rest);
                return;
            }
            for finding in settle(group) {
                if finding.start >= self.settled {
                    self.settled = finding.end;
                    out.push(finding);
                }
            }
        }
    }
}

/// Longest group of candidates kept open over blocks.
const MOST_GROUP: u64 = 4 * limits::SCAN_WINDOW as u64;
