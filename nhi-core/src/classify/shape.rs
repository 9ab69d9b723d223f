//! Matching one shape at one position: greedy, without backtracking, linear in the token.

use super::catalogue::{Alphabet, Segment, Shape};

/// Letters and digits.
pub(super) const ALNUM: Alphabet =
    Alphabet(((1 << 26) - 1) << b'a' | ((1 << 26) - 1) << b'A' | ((1 << 10) - 1) << b'0');

/// End of the match of `shape` that starts at `start`, if it fits and neither neighbour continues the token.
pub(super) fn fit(shape: &Shape, view: &[u8], start: usize) -> Option<usize> {
    // First, because it makes the scan linear: within one run of its alphabet a shape is tried once.
    if !left_free(shape, view, start) {
        return None;
    }
    let mut end = segments(shape.segments, view, start)?;
    let last = last_run(shape.segments);
    // A full stop or a comma at the end of a clause is not the token's, where the alphabet has one,
    // unless the shape needs it there.
    let closing = view.get(end.wrapping_sub(1)).copied().filter(|b| matches!(b, b'.' | b','));
    let stopped = closing.is_some_and(|b| last.is_some_and(|a| a.has(b)));
    if stopped && segments(shape.segments, view.get(..end - 1)?, start).is_some() {
        end -= 1;
    }
    let next = view.get(end);
    let goes_on = |byte: u8| {
        ALNUM.has(byte)
            || (!matches!(byte, b'.' | b',' | b'=') && last.is_some_and(|alphabet| alphabet.has(byte)))
    };
    (!next.is_some_and(|&byte| goes_on(byte))).then_some(end)
}

/// Whether the byte before `start` does not belong to the token's own alphabet.
pub(super) fn left_free(shape: &Shape, view: &[u8], start: usize) -> bool {
    let Some(&before) = start.checked_sub(1).and_then(|i| view.get(i)) else { return true };
    let own = first_run(shape.segments);
    // A shape that opens with a quote or a dash of its own needs no border.
    let opening = match shape.segments.first() {
        Some(Segment::Literal(text)) => text.bytes().next(),
        _ => None,
    };
    if opening.is_some_and(|b| !ALNUM.has(b) && !own.is_some_and(|alphabet| alphabet.has(b))) {
        return true;
    }
    if !ALNUM.has(before) {
        return before == b'/' || before == b'=' || !own.is_some_and(|alphabet| alphabet.has(before));
    }
    after_escape(view, start)
}

/// Whether the letter or digit before `start` ends an escape: `\n`, `\x3d`, `\u003d`, `%3D`, `ESC[31m`.
pub(super) fn after_escape(view: &[u8], start: usize) -> bool {
    let byte = |back: usize| start.checked_sub(back).and_then(|i| view.get(i)).copied().unwrap_or(0);
    let hex =
        |backs: core::ops::RangeInclusive<usize>| backs.into_iter().all(|b| byte(b).is_ascii_hexdigit());
    (byte(2) == b'\\' && matches!(byte(1), b'n' | b't' | b'r' | b'b' | b'f'))
        || (byte(3) == b'%' && hex(1..=2))
        || (byte(4) == b'\\' && byte(3) == b'x' && hex(1..=2))
        || (byte(6) == b'\\' && byte(5) == b'u' && hex(1..=4))
        || (byte(1) == b'm' && (3..=8).any(|b| byte(b) == b'[' && byte(b + 1) == 0x1b))
}

fn segments(list: &[Segment], view: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    for segment in list {
        at = match segment {
            Segment::Literal(text) => {
                view.get(at..)?.starts_with(text.as_bytes()).then(|| at + text.len())?
            }
            Segment::OneOf(texts) => {
                let rest = view.get(at..)?;
                at + texts.iter().find(|text| rest.starts_with(text.as_bytes()))?.len()
            }
            Segment::Run { alphabet, min, max } => {
                let rest = view.get(at..)?;
                let n = rest.iter().take(usize::from(*max)).take_while(|&&b| alphabet.has(b)).count();
                (n >= usize::from(*min)).then_some(at + n)?
            }
            Segment::Optional(inner) => segments(inner, view, at).unwrap_or(at),
            Segment::Special(_) => return None,
        };
    }
    Some(at)
}

fn first_run(list: &[Segment]) -> Option<Alphabet> {
    list.iter().find_map(|segment| match segment {
        Segment::Run { alphabet, .. } => Some(*alphabet),
        Segment::Optional(inner) => first_run(inner),
        _ => None,
    })
}

fn last_run(list: &[Segment]) -> Option<Alphabet> {
    match list.last()? {
        Segment::Run { alphabet, .. } => Some(*alphabet),
        Segment::Optional(inner) => last_run(inner).or_else(|| last_run(list.get(..list.len() - 1)?)),
        _ => None,
    }
}

/// Fewest and most bytes of the segments.
pub(super) fn length(list: &[Segment]) -> (usize, usize) {
    list.iter().fold((0, 0), |(low, high), segment| {
        let (a, b) = match segment {
            Segment::Literal(text) => (text.len(), text.len()),
            Segment::OneOf(texts) => (
                texts.iter().map(|t| t.len()).min().unwrap_or(0),
                texts.iter().map(|t| t.len()).max().unwrap_or(0),
            ),
            Segment::Run { min, max, .. } => (usize::from(*min), usize::from(*max)),
            Segment::Optional(inner) => (0, length(inner).1),
            Segment::Special(_) => (0, 0),
        };
        (low + a, high + b)
    })
}
