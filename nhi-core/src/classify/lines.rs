//! Line and column of a position, counted once from left to right.

use memchr::{memchr_iter, memrchr};

/// Counts lines up to ever later positions. Work is linear in the bytes between the first and the last position.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    /// Absolute position up to which lines are counted.
    at: u64,
    /// Line of `at`, from 1.
    line: u64,
    /// Absolute position at which that line starts.
    start: u64,
}

impl Default for Lines {
    fn default() -> Self {
        Lines { at: 0, line: 1, start: 0 }
    }
}

impl Lines {
    /// Moves on to absolute position `to`, where `view` starts at absolute position `base`.
    pub(super) fn advance(&mut self, view: &[u8], base: u64, to: u64) {
        if to <= self.at {
            return;
        }
        let from = self.at.saturating_sub(base) as usize;
        let end = (to.saturating_sub(base) as usize).min(view.len());
        if let Some(between) = view.get(from..end) {
            self.line += memchr_iter(b'\n', between).count() as u64;
            if let Some(last) = memrchr(b'\n', between) {
                self.start = base + (from + last + 1) as u64;
            }
        }
        self.at = to;
    }

    /// Line and column (both from 1, columns in bytes) of the position last moved to.
    pub(super) fn here(&self) -> (u64, u64) {
        (self.line, self.at - self.start + 1)
    }
}

/// The line around `at` as a range of `view`, at most `reach` bytes to either side.
pub(super) fn line_around(view: &[u8], at: usize, reach: usize) -> core::ops::Range<usize> {
    let at = at.min(view.len());
    let low = at.saturating_sub(reach);
    let high = at.saturating_add(reach).min(view.len());
    let start = view.get(low..at).and_then(|left| memrchr(b'\n', left)).map_or(low, |i| low + i + 1);
    let end = view.get(at..high).and_then(|right| memchr::memchr(b'\n', right)).map_or(high, |i| at + i);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = b"ab\ncd\n\nxyz";
        let mut lines = Lines::default();
        let mut seen = std::vec::Vec::new();
        for at in [0, 1, 3, 4, 6, 7, 9] {
            lines.advance(text, 0, at);
            seen.push(lines.here());
        }
        assert_eq!(seen, [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (4, 1), (4, 3)]);
    }

    #[test]
    fn the_line_around_a_position_is_bounded() {
        assert_eq!(line_around(b"ab\ncd\nef", 4, 100), 3..5);
        assert_eq!(line_around(b"abcdefgh", 4, 2), 2..6);
    }
}
