/*!
Which shapes could start at a position?

Every shape is found by a *literal* of three bytes or more at a known distance from the token's start, or, where it
has none, by its length and alphabet beside a context word. The tables here answer by one or two look-ups in small
bitmaps; only a hit is compared byte by byte. Built from the catalogue when the scanner is built.
*/

use alloc::{vec, vec::Vec};

use super::{
    catalogue::{Alphabet, Format, Segment},
    shape::{ALNUM, length},
    special,
    sweep::RUN,
};

/// One shape of one format, by position in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ShapeId {
    pub(super) format: u16,
    pub(super) shape: u16,
}

/// Not a shape: the word before a token in a header.
pub(super) const BEARER: ShapeId = ShapeId { format: u16::MAX, shape: u16::MAX };

/// How far before the literal the token starts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Back {
    /// This many bytes.
    Fixed(u16),
    /// `skip` bytes, before them as many of this alphabet as there are, up to a limit, and `before` bytes.
    Run { alphabet: Alphabet, most: u16, before: u16, skip: u16 },
    /// Not at all, or by this text if it stands there.
    Optional { text: &'static str },
}

/// A literal that tells a shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    key: u32,
    text: &'static [u8],
    pub(super) back: Back,
    pub(super) id: ShapeId,
}

/// A shape without a literal: told by its length and alphabet, and by a word before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contextual {
    pub(super) id: ShapeId,
    pub(super) alphabet: Alphabet,
    pub(super) min: usize,
    pub(super) max: usize,
}

/// The look-up tables.
#[derive(Debug)]
pub(super) struct Index {
    /// Literals at a word start, by their first four bytes (three, where they have no more).
    four: Table,
    three: Table,
    /// Literals inside a token, by their distance from its start.
    inside: Vec<(u16, Table, Table)>,
    /// Literals that stand at no word start: searched for everywhere.
    pub(super) loose: Vec<Anchor>,
    pub(super) contextual: Vec<Contextual>,
}

#[derive(Debug)]
struct Table {
    bits: Vec<u64>,
    anchors: Vec<Anchor>,
}

const BITS: u32 = 16;

fn slot(key: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

impl Table {
    fn new(mut anchors: Vec<Anchor>) -> Table {
        anchors.sort_by_key(|a| (a.key, a.id));
        let mut bits = vec![0u64; if anchors.is_empty() { 0 } else { 1 << (BITS - 6) }];
        for anchor in &anchors {
            let slot = slot(anchor.key);
            if let Some(word) = bits.get_mut(slot >> 6) {
                *word |= 1 << (slot & 63);
            }
        }
        Table { bits, anchors }
    }

    #[inline]
    fn may(&self, key: u32) -> bool {
        let slot = slot(key);
        self.bits.get(slot >> 6).is_some_and(|word| word >> (slot & 63) & 1 == 1)
    }

    fn each<'a>(&'a self, key: u32, rest: &'a [u8]) -> impl Iterator<Item = &'a Anchor> {
        let from = self.anchors.partition_point(|a| a.key < key);
        self.anchors
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(move |a| a.key == key)
            .filter(move |a| rest.starts_with(a.text))
    }
}

fn key_of(bytes: &[u8], n: usize) -> u32 {
    bytes.iter().take(n).rev().fold(0, |key, &b| key << 8 | u32::from(b))
}

/// Bytes from `at` on that are token characters, at most [`LONGEST`].
pub(super) fn run_from(view: &[u8], at: usize) -> usize {
    let rest = view.get(at..).unwrap_or_default();
    rest.iter().take(LONGEST).take_while(|&&b| IS_TOKEN.get(usize::from(b)) == Some(&true)).count()
}

/// Farther inside a token no literal stands.
const LONGEST: usize = 128;

const IS_TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 128 {
        table[b] = ALNUM.has(b as u8) || matches!(b as u8, b'_' | b'+' | b'/' | b'.' | b'~' | b'-');
        b += 1;
    }
    table
};

fn is_token(b: u8) -> bool {
    IS_TOKEN.get(usize::from(b)) == Some(&true)
}

impl Index {
    pub(super) fn new(formats: &'static [Format]) -> Index {
        let (mut words, mut inside, mut loose) = (Vec::new(), Vec::new(), Vec::new());
        let mut contextual = Vec::new();
        for (f, format) in formats.iter().enumerate() {
            for (s, shape) in format.shapes.iter().enumerate() {
                let id = ShapeId { format: f as u16, shape: s as u16 };
                if let [Segment::Special(name)] = shape.segments {
                    for text in special::needles(name) {
                        // Only a JSON web token goes on as a run; the others are looked for everywhere.
                        let tail = if *name == "jwt" { RUN } else { 0 };
                        let all = (text.as_bytes(), Back::Fixed(0), tail);
                        place(all, id, &mut words, &mut inside, &mut loose);
                    }
                    continue;
                }
                let Some((texts, back, tail)) = literal(shape.segments) else {
                    let (min, max) = length(shape.segments);
                    let alphabet = union(shape.segments);
                    contextual.push(Contextual { id, alphabet, min, max });
                    continue;
                };
                for text in texts {
                    place((text.as_bytes(), back, tail), id, &mut words, &mut inside, &mut loose);
                }
            }
        }
        let (four, three): (Vec<Anchor>, Vec<Anchor>) = words.into_iter().partition(|a| a.text.len() >= 4);
        let mut tables = Vec::new();
        inside.sort_by_key(|(offset, _)| *offset);
        for group in inside.chunk_by(|a, b| a.0 == b.0) {
            let Some((offset, _)) = group.first() else { continue };
            let (four, three) = group.iter().map(|(_, a)| *a).partition(|a: &Anchor| a.text.len() >= 4);
            tables.push((*offset, Table::new(four), Table::new(three)));
        }
        place((b"earer ", Back::Fixed(1), 0), BEARER, &mut Vec::new(), &mut Vec::new(), &mut loose);
        contextual.sort_by_key(|c| c.id);
        Index { four: Table::new(four), three: Table::new(three), inside: tables, loose, contextual }
    }

    /// Calls `found` for every anchor that stands at the word start `at` or at its distance inside a token that
    /// starts there.
    #[inline]
    pub(super) fn at(&self, view: &[u8], at: usize, mut found: impl FnMut(&Anchor, usize)) {
        let Some(rest) = view.get(at..) else { return };
        let Some(first) = rest.first_chunk::<4>() else { return };
        let key = u32::from_le_bytes(*first);
        if self.four.may(key) {
            self.four.each(key, rest).for_each(|a| found(a, at));
        }
        let key = key & 0xff_ffff;
        if self.three.may(key) {
            self.three.each(key, rest).for_each(|a| found(a, at));
        }
    }

    /// As [`Index::at`], for literals at a fixed distance after `at` within its `run` of token characters.
    #[inline]
    pub(super) fn inside(&self, view: &[u8], at: usize, run: usize, mut found: impl FnMut(&Anchor, usize)) {
        for (offset, four, three) in &self.inside {
            if usize::from(*offset) > run {
                break;
            }
            let place = at + usize::from(*offset);
            let Some(rest) = view.get(place..) else { break };
            let Some(first) = rest.first_chunk::<4>() else { break };
            let key = u32::from_le_bytes(*first);
            if four.may(key) {
                four.each(key, rest).for_each(|a| found(a, place));
            }
            let key = key & 0xff_ffff;
            if three.may(key) {
                three.each(key, rest).for_each(|a| found(a, place));
            }
        }
    }
}

impl Anchor {
    /// Where the token starts if its literal stands at `place`.
    pub(super) fn start(&self, view: &[u8], place: usize) -> Option<usize> {
        match self.back {
            Back::Fixed(n) => place.checked_sub(usize::from(n)),
            Back::Optional { text } => {
                let there = view.get(..place)?.ends_with(text.as_bytes());
                Some(if there { place - text.len() } else { place })
            }
            Back::Run { alphabet, most, before, skip } => {
                let left = view.get(..place.checked_sub(usize::from(skip))?)?;
                let n = left.iter().rev().take(usize::from(most)).take_while(|&&b| alphabet.has(b)).count();
                (left.len() - n).checked_sub(usize::from(before))
            }
        }
    }

    pub(super) fn text(&self) -> &'static [u8] {
        self.text
    }
}

/// The texts of a literal, what lies before it, and the fewest bytes behind it.
type Literal = (&'static [&'static str], Back, usize);

/// The longest literal of three bytes or more, what lies before it, and the fewest bytes behind it.
fn literal(segments: &'static [Segment]) -> Option<Literal> {
    let mut best: Option<(usize, Literal)> = None;
    for (n, segment) in segments.iter().enumerate() {
        let texts: &'static [&'static str] = match segment {
            Segment::Literal(text) => core::slice::from_ref(text),
            Segment::OneOf(texts) => texts,
            _ => continue,
        };
        let least = texts.iter().map(|text| text.len()).min().unwrap_or(0);
        if least < 3 || best.as_ref().is_some_and(|(most, _)| *most >= least) {
            continue;
        }
        let (before, behind) = (segments.get(..n)?, segments.get(n + 1..)?);
        if let Some(back) = back(before) {
            best = Some((least, (texts, back, length(behind).0)));
        }
    }
    best.map(|(_, found)| found)
}

fn back(before: &'static [Segment]) -> Option<Back> {
    let (low, high) = length(before);
    if low == high {
        return Some(Back::Fixed(low as u16));
    }
    match before {
        [Segment::Optional([Segment::Literal(text)])] => Some(Back::Optional { text }),
        [start @ .., Segment::Run { alphabet, max, .. }] => {
            let (low, high) = length(start);
            let back = Back::Run { alphabet: *alphabet, most: *max, before: low as u16, skip: 0 };
            (low == high).then_some(back)
        }
        _ => None,
    }
}

/// Puts one literal where it is cheapest to find.
fn place(
    (text, back, tail): (&'static [u8], Back, usize),
    id: ShapeId,
    words: &mut Vec<Anchor>,
    inside: &mut Vec<(u16, Anchor)>,
    loose: &mut Vec<Anchor>,
) {
    let anchor = |text: &'static [u8], back| Anchor { key: key_of(text, 4.min(text.len())), text, back, id };
    // A word start in the literal from which on only token characters follow.
    let starts = |at: usize| {
        let here = text.get(at).is_some_and(|&b| ALNUM.has(b));
        let before = at.checked_sub(1).and_then(|i| text.get(i));
        let free = match (before, back) {
            (Some(&b), _) => !ALNUM.has(b),
            (None, Back::Fixed(0) | Back::Optional { .. }) => true,
            (None, _) => false,
        };
        here && free
            && text.len() - at >= 3
            && text.len() - at + tail >= RUN
            && text.get(at..).is_some_and(|t| t.iter().all(|&b| is_token(b)))
    };
    if let Some(at) = (0..text.len()).find(|&at| starts(at)) {
        let moved = match back {
            Back::Optional { .. } if at > 0 => {
                loose.push(anchor(text, back));
                return;
            }
            Back::Optional { .. } => back,
            Back::Fixed(n) => Back::Fixed(n + at as u16),
            Back::Run { alphabet, most, before, .. } => Back::Run { alphabet, most, before, skip: at as u16 },
        };
        if let Some(text) = text.get(at..) {
            words.push(anchor(text, moved));
            return;
        }
    }
    match back {
        Back::Fixed(n) if n > 0 && text.iter().all(|&b| is_token(b)) => inside.push((n, anchor(text, back))),
        _ => loose.push(anchor(text, back)),
    }
}

fn union(segments: &[Segment]) -> Alphabet {
    let mut bits = 0u128;
    for segment in segments {
        bits |= match segment {
            Segment::Run { alphabet, .. } => alphabet.0,
            Segment::Optional(inner) => union(inner).0,
            Segment::Literal(text) => of(text),
            Segment::OneOf(texts) => texts.iter().map(|t| of(t)).fold(0, |a, b| a | b),
            Segment::Special(_) => 0,
        };
    }
    Alphabet(bits)
}

fn of(text: &str) -> u128 {
    text.bytes().filter(u8::is_ascii).fold(0, |bits, b| bits | 1 << b)
}
