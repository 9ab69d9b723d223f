use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use aho_corasick::packed;

use super::{
    attributes,
    candidate::{Match, Origin},
    catalogue::{FORMATS, Format, Segment, Shape},
    context, generic, grade,
    index::{Anchor, BEARER, Index, ShapeId, run_from},
    pass::Pass,
    path::PathHints,
    shape, special,
};
use crate::{Pepper, limits, model::Finding};

/// Finds credentials in bytes.
///
/// Built once, it scans any number of inputs; it is immutable, `Send + Sync`, and keeps nothing of what it
/// scanned. Cloning is cheap.
///
/// ```
/// use nhi_core::classify::{Scanner, mint};
/// let token = mint("github.personal-access-token-classic", 7)?;
/// let found = Scanner::default().scan(format!("export GH={token}\n").as_bytes());
/// assert_eq!(found[0].rule, "github.personal-access-token-classic");
/// assert_eq!((found[0].start, found[0].end, found[0].line, found[0].column), (10, 50, 1, 11));
/// # Ok::<(), nhi_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Scanner {
    pub(super) engine: Arc<Engine>,
    pub(super) generic: bool,
    pub(super) marks: bool,
    pub(super) pepper: Option<Arc<Pepper>>,
}

/// The tables of a scanner.
pub(super) struct Engine {
    pub(super) formats: &'static [Format],
    pub(super) index: Index,
    loose: Option<packed::Searcher>,
}

/// Settings of a [`Scanner`].
#[derive(Clone)]
pub struct ScannerBuilder {
    generic: bool,
    marks: bool,
    pepper: Option<Arc<Pepper>>,
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanner")
            .field("formats", &self.engine.formats.len())
            .field("generic", &self.generic)
            .field("ignore_marks", &self.marks)
            .field("pepper", &self.pepper)
            .finish()
    }
}

impl fmt::Debug for ScannerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScannerBuilder")
            .field("generic", &self.generic)
            .field("ignore_marks", &self.marks)
            .field("pepper", &self.pepper)
            .finish_non_exhaustive()
    }
}

impl Default for Scanner {
    /// The whole catalogue and the generic rule, marks honoured, no fingerprints.
    fn default() -> Self {
        Scanner::builder().build()
    }
}

impl ScannerBuilder {
    /// Whether secrets without a shape of their own are looked for in assignments. Default: yes.
    #[must_use]
    pub fn generic(mut self, on: bool) -> Self {
        self.generic = on;
        self
    }

    /// Whether a line with an ignore mark (`nhi:ignore`, `gitleaks:allow`, …) gives no findings. Default: yes.
    #[must_use]
    pub fn ignore_marks(mut self, on: bool) -> Self {
        self.marks = on;
        self
    }

    /// The host's key for fingerprints. Without one, findings have none.
    #[must_use]
    pub fn pepper(mut self, pepper: Arc<Pepper>) -> Self {
        self.pepper = Some(pepper);
        self
    }

    /// Builds the tables: some hundred microseconds.
    pub fn build(self) -> Scanner {
        let index = Index::new(FORMATS);
        let mut builder = packed::Config::new().match_kind(packed::MatchKind::LeftmostFirst).builder();
        for anchor in &index.loose {
            builder.add(anchor.text());
        }
        let loose = if index.loose.is_empty() { None } else { builder.build() };
        Scanner {
            engine: Arc::new(Engine { formats: FORMATS, index, loose }),
            generic: self.generic,
            marks: self.marks,
            pepper: self.pepper,
        }
    }
}

impl Scanner {
    /// Starts the settings of a scanner.
    pub fn builder() -> ScannerBuilder {
        ScannerBuilder { generic: true, marks: true, pepper: None }
    }

    /// Every credential in `bytes`, sorted by start, without overlaps.
    ///
    /// Takes any bytes. Linear in their number, whatever they hold; memory beyond the findings is bounded by
    /// [`limits::SCAN_WINDOW`].
    pub fn scan(&self, bytes: &[u8]) -> Vec<Finding> {
        self.run(None, bytes).0
    }

    /// As [`Scanner::scan`], for a file: findings carry `path`, and the path is context (a lock file holds
    /// checksums, a test or an example holds samples).
    pub fn scan_file(&self, path: &str, bytes: &[u8]) -> Vec<Finding> {
        self.run(Some(path), bytes).0
    }

    /// The findings, and the work done in bytes looked at one by one.
    pub(super) fn run(&self, path: Option<&str>, bytes: &[u8]) -> (Vec<Finding>, u64) {
        let hints = path.map_or_else(PathHints::default, PathHints::new);
        let mut pass = Pass::new(self, path, hints);
        let mut out = Vec::new();
        let mut from = 0;
        while from < bytes.len() {
            let to = (from + limits::SCAN_WINDOW).min(bytes.len());
            let low = from.saturating_sub(limits::SCAN_BEHIND);
            let high = (to + limits::SCAN_AHEAD).min(bytes.len());
            let view = bytes.get(low..high).unwrap_or_default();
            pass.block(view, low as u64, from - low, to - low, &mut out);
            from = to;
        }
        pass.finish(&mut out);
        (out, pass.work)
    }
}

impl Engine {
    pub(super) fn shape(&self, id: ShapeId) -> Option<(&'static Format, &'static Shape)> {
        let format = self.formats.get(usize::from(id.format))?;
        Some((format, format.shapes.get(usize::from(id.shape))?))
    }

    /// Tokens told by a literal at or after the word start `at`.
    pub(super) fn tokens_at(&self, view: &[u8], at: usize, work: &mut u64, out: &mut Vec<Match>) {
        self.index.at(view, at, |anchor, place| self.anchored(view, anchor, place, work, out));
        // A token may start with up to three marks before its first letter or digit.
        let run = run_from(view, at) + 3;
        let mut start = at;
        for _ in 0..4 {
            self.index
                .inside(view, start, run, |anchor, place| self.anchored(view, anchor, place, work, out));
            match start.checked_sub(1) {
                Some(before) if view.get(before).is_some_and(|b| b"+/-_.~".contains(b)) => start = before,
                _ => break,
            }
        }
        self.encoded(view, at, run, work, out);
        if let Some(after) = escape_before(view, at) {
            self.index.at(view, after, |anchor, place| self.anchored(view, anchor, place, work, out));
            self.index
                .inside(view, after, run, |anchor, place| self.anchored(view, anchor, place, work, out));
        }
    }

    /// Tokens whose literal stands at no word start.
    pub(super) fn loose(&self, view: &[u8], from: usize, to: usize, work: &mut u64, out: &mut Vec<Match>) {
        if self.index.loose.is_empty() {
            return;
        }
        let longest = self.index.loose.iter().map(|a| a.text().len()).max().unwrap_or(0);
        let end = (to + longest).min(view.len());
        let mut at = from;
        while at < to {
            let found = match &self.loose {
                Some(searcher) => searcher.find_in(view, (at..end).into()).map(|m| m.start()),
                None => (at..to).find(|&i| self.index.loose.iter().any(|a| starts(view, i, a.text()))),
            };
            let Some(place) = found.filter(|&place| place < to) else { break };
            for anchor in self.index.loose.iter().filter(|a| starts(view, place, a.text())) {
                self.anchored(view, anchor, place, work, out);
            }
            at = place + 1;
        }
    }

    fn anchored(&self, view: &[u8], anchor: &Anchor, place: usize, work: &mut u64, out: &mut Vec<Match>) {
        *work += 16;
        if anchor.id == BEARER {
            out.extend(generic::bearer(view, place, work));
            return;
        }
        let Some((format, shape)) = self.shape(anchor.id) else { return };
        if let [Segment::Special(name)] = shape.segments {
            out.extend(special::at(name, format, shape, view, place, work));
            return;
        }
        let Some(start) = anchor.start(view, place) else { return };
        if !shape::left_free(shape, view, start) {
            return;
        }
        let Some(end) = shape::fit(shape, view, start) else {
            *work += shape::length(shape.segments).0 as u64;
            return;
        };
        *work += (end - start) as u64;
        let word = context::word_near(format.context, view, start);
        out.push(self.matched(format, shape, view, start..end, word, Origin::Distinctive));
    }

    /// The match of a shape at a span.
    pub(super) fn matched(
        &self,
        format: &'static Format,
        shape: &'static Shape,
        view: &[u8],
        span: core::ops::Range<usize>,
        word: Option<&str>,
        origin: Origin,
    ) -> Match {
        let token = view.get(span.clone()).unwrap_or_default();
        Match {
            start: span.start,
            end: span.end,
            origin,
            rule: format.id,
            provider: format.provider,
            credential_kind: format.credential_kind,
            marker: shape.marker(token).to_vec(),
            preview: None,
            grade: grade::of_shape(format, shape, token, word),
            secret: None,
            decoded: Vec::new(),
            attributes: attributes::read(format, token),
            parts: Vec::new(),
        }
    }
}

fn starts(view: &[u8], at: usize, text: &[u8]) -> bool {
    view.get(at..).is_some_and(|rest| rest.starts_with(text))
}

/// Where the text goes on behind an escape whose letter starts the word at `at`: `\n`, `\x3d`, `\u003d`, `%3D`.
fn escape_before(view: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|i| view.get(i))?;
    let length = match (before, view.get(at)?) {
        (b'\\', b'n' | b't' | b'r' | b'b' | b'f') => 1,
        (b'\\', b'x') => 3,
        (b'\\', b'u') => 5,
        (b'%', _) => 2,
        (b'[', _) => 1 + view.get(at..at + 8)?.iter().position(|&b| b == b'm')?,
        _ => return None,
    };
    shape::after_escape(view, at + length).then_some(at + length)
}
