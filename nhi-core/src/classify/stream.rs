use alloc::vec::Vec;

use zeroize::Zeroize;

use super::{Scanner, pass::Pass, path::PathHints};
use crate::{limits, model::Finding};

/// A scan of input that arrives in pieces.
///
/// Any cutting of an input into pieces gives the findings of [`Scanner::scan`] on the whole. At most
/// [`limits::SCAN_BEHIND`] + [`limits::SCAN_WINDOW`] + [`limits::SCAN_AHEAD`] bytes are kept, and wiped at the end.
///
/// ```
/// use nhi_core::classify::{Scanner, mint};
/// let text = format!("token: {}\n", mint("github.personal-access-token-classic", 7)?);
/// let scanner = Scanner::default();
/// let (left, right) = text.as_bytes().split_at(20);
/// let mut stream = scanner.stream();
/// let mut found = stream.push(left);
/// found.extend(stream.push(right));
/// found.extend(stream.finish());
/// assert_eq!(found, scanner.scan(text.as_bytes()));
/// # Ok::<(), nhi_core::Error>(())
/// ```
pub struct Stream<'s> {
    pass: Pass<'s>,
    kept: Vec<u8>,
    /// Absolute position of the first byte kept.
    base: u64,
    /// Absolute position of the next block.
    next: u64,
}

impl core::fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Stream").field("at", &(self.base + self.kept.len() as u64)).finish_non_exhaustive()
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        self.kept.zeroize();
    }
}

impl Scanner {
    /// Starts a scan of input that arrives in pieces.
    pub fn stream(&self) -> Stream<'_> {
        self.stream_of(None, PathHints::default())
    }

    /// As [`Scanner::stream`], for a file: findings carry `path`, and the path is context, as in
    /// [`Scanner::scan_file`].
    ///
    /// ```
    /// use nhi_core::classify::{Scanner, mint};
    /// let text = format!("token: {}\n", mint("github.personal-access-token-classic", 7)?);
    /// let scanner = Scanner::default();
    /// let mut stream = scanner.stream_file("tests/app.yml");
    /// let mut found = stream.push(text.as_bytes());
    /// found.extend(stream.finish());
    /// assert_eq!(found, scanner.scan_file("tests/app.yml", text.as_bytes()));
    /// assert!(found[0].reasons.iter().any(|reason| reason.code == "sample-path"));
    /// # Ok::<(), nhi_core::Error>(())
    /// ```
    pub fn stream_file<'s>(&'s self, path: &'s str) -> Stream<'s> {
        self.stream_of(Some(path), PathHints::new(path))
    }

    fn stream_of<'s>(&'s self, path: Option<&'s str>, hints: PathHints) -> Stream<'s> {
        let pass = Pass::new(self, path, hints);
        Stream { pass, kept: Vec::new(), base: 0, next: 0 }
    }
}

impl Stream<'_> {
    /// Takes the next piece and gives the findings that no later piece can change. Positions are counted from the
    /// first byte of the first piece.
    pub fn push(&mut self, mut piece: &[u8]) -> Vec<Finding> {
        let mut out = Vec::new();
        let full = limits::SCAN_BEHIND + limits::SCAN_WINDOW + limits::SCAN_AHEAD;
        self.kept.reserve_exact(full.saturating_sub(self.kept.len()).min(full));
        while !piece.is_empty() {
            let need = (self.next - self.base) as usize + limits::SCAN_WINDOW + limits::SCAN_AHEAD;
            let take = need.saturating_sub(self.kept.len()).min(piece.len());
            let (now, later) = piece.split_at(take);
            self.kept.extend_from_slice(now);
            piece = later;
            if self.kept.len() >= need {
                self.block(limits::SCAN_WINDOW, &mut out);
            }
        }
        out
    }

    /// Ends the input and gives the remaining findings.
    pub fn finish(mut self) -> Vec<Finding> {
        let mut out = Vec::new();
        loop {
            let left = self.kept.len() - ((self.next - self.base) as usize).min(self.kept.len());
            if left == 0 {
                break;
            }
            self.block(left.min(limits::SCAN_WINDOW), &mut out);
        }
        self.pass.finish(&mut out);
        out
    }

    fn block(&mut self, size: usize, out: &mut Vec<Finding>) {
        let from = (self.next - self.base) as usize;
        let high = (from + size + limits::SCAN_AHEAD).min(self.kept.len());
        let view = self.kept.get(..high).unwrap_or_default();
        self.pass.block(view, self.base, from, from + size, out);
        self.next += size as u64;
        let drop = ((self.next - self.base) as usize).saturating_sub(limits::SCAN_BEHIND);
        self.kept.copy_within(drop.., 0);
        let left = self.kept.len() - drop;
        if let Some(tail) = self.kept.get_mut(left..) {
            tail.zeroize();
        }
        self.kept.truncate(left);
        self.base += drop as u64;
    }
}
