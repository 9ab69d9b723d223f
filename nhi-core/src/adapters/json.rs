//! Reads foreign JSON element by element, so that one bad or cut element never loses the others.
//!
//! Only brackets and strings are understood here; each element found is then parsed by `serde_json` on its own.
//! Linear in the input: every byte is looked at once here and once there.

use alloc::{string::String, vec::Vec};
use core::ops::Range;

use serde_json::{Map, Value};

use crate::limits;

/// Where a value lies, and whether it ends before the input does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    pub(super) complete: bool,
}

/// Why an element could not be read: a stable code and what was expected.
pub(super) type Fault = (&'static str, &'static str);

/// First index from `at` that is no JSON white space.
pub(super) fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n')).unwrap_or(rest.len())
}

/// The value that starts at `at` (no white space before it), by brackets and strings alone.
pub(super) fn value(bytes: &[u8], at: usize) -> Span {
    let (mut depth, mut i, mut in_string) = (0u32, at, false);
    while let Some(&b) = bytes.get(i) {
        if in_string {
            match b {
                b'\\' => i += 1,
                b'"' => in_string = false,
                _ => {}
            }
            if !in_string && depth == 0 {
                return Span { range: at..i + 1, complete: true };
            }
        } else {
            match b {
                b'"' => in_string = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return Span { range: at..i, complete: true },
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return Span { range: at..i + 1, complete: true };
                    }
                }
                b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => {
                    return Span { range: at..i, complete: true };
                }
                _ => {}
            }
        }
        i += 1;
    }
    // A bare literal may end with the input; anything else was cut.
    let complete = !in_string && depth == 0;
    Span { range: at..bytes.len(), complete }
}

/// The elements of the array that starts at `at`, and whether its closing bracket is there.
pub(super) struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
    done: bool,
    pub(super) closed: bool,
}

impl<'a> Elements<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        let open = bytes.get(at) == Some(&b'[');
        Elements { bytes, at: at + 1, done: !open, closed: false }
    }
}

impl Iterator for Elements<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        if self.done {
            return None;
        }
        self.at = skip_space(self.bytes, self.at);
        while self.bytes.get(self.at) == Some(&b',') {
            self.at = skip_space(self.bytes, self.at + 1);
        }
        match self.bytes.get(self.at) {
            None => self.done = true,
            Some(b']') => (self.done, self.closed) = (true, true),
            // A bracket that closes nothing here: the array's own structure is broken.
            Some(b'}') => self.done = true,
            Some(_) => {
                let span = value(self.bytes, self.at);
                self.at = span.range.end;
                self.done = !span.complete;
                return Some(span);
            }
        }
        None
    }
}

/// One member of an object.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) span: Span,
}

/// The members of the object that starts at `at`, as far as they can be told apart, and whether it is closed.
pub(super) fn members(bytes: &[u8], at: usize) -> (Vec<Member>, bool) {
    let mut out = Vec::new();
    if bytes.get(at) != Some(&b'{') {
        return (out, false);
    }
    let mut at = skip_space(bytes, at + 1);
    loop {
        while bytes.get(at) == Some(&b',') {
            at = skip_space(bytes, at + 1);
        }
        match bytes.get(at) {
            Some(b'}') => return (out, true),
            Some(b'"') => {}
            _ => return (out, false),
        }
        let key = value(bytes, at);
        let text = bytes.get(key.range.clone()).and_then(|b| serde_json::from_slice::<String>(b).ok());
        at = skip_space(bytes, key.range.end);
        if !key.complete || bytes.get(at) != Some(&b':') {
            return (out, false);
        }
        at = skip_space(bytes, at + 1);
        let span = value(bytes, at);
        let next = skip_space(bytes, span.range.end);
        let complete = span.complete;
        out.push(Member { key: text.unwrap_or_default(), span });
        if !complete || next <= at {
            return (out, false);
        }
        at = next;
    }
}

/// Parses one element.
pub(super) fn parse(bytes: &[u8], span: &Span) -> Result<Value, Fault> {
    let text = bytes.get(span.range.clone()).unwrap_or_default();
    if !span.complete {
        return Err(("truncated", "the input ends inside this element"));
    }
    if text.len() > limits::ROW_BYTES {
        return Err(("row_too_large", "the element is longer than the limit of one row"));
    }
    serde_json::from_slice(text).map_err(|error| {
        if core::str::from_utf8(text).is_err() {
            ("not_utf8", "expected UTF-8")
        } else if is_too_deep(text) {
            ("too_deep", "nested more deeply than the limit")
        } else if error.is_eof() {
            ("truncated", "the input ends inside this element")
        } else {
            ("not_json", "expected a JSON value")
        }
    })
}

/// Parses one element that has to be an object.
pub(super) fn object(bytes: &[u8], span: &Span) -> Result<Map<String, Value>, Fault> {
    match parse(bytes, span)? {
        Value::Object(map) => Ok(map),
        _ => Err(("not_an_object", "expected a JSON object")),
    }
}

fn is_too_deep(text: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for &b in text {
        match (in_string, escaped, b) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (true, false, b'"') => in_string = false,
            (false, _, b'"') => in_string = true,
            (false, _, b'{' | b'[') => {
                depth += 1;
                if depth >= limits::JSON_DEPTH {
                    return true;
                }
            }
            (false, _, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// 1-based line of a byte offset, counted from a place already known, so that a pass over the input is linear.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    at: usize,
    line: u64,
}

impl Lines {
    pub(super) fn new() -> Self {
        Lines { at: 0, line: 1 }
    }

    /// The line of `at`, which must not lie before the last one asked for (it is clamped if it does).
    pub(super) fn line(&mut self, bytes: &[u8], at: usize) -> u64 {
        if let Some(between) = bytes.get(self.at..at) {
            self.line += between.iter().filter(|b| **b == b'\n').count() as u64;
            self.at = at;
        }
        self.line
    }
}

/// The values of a JSON text: one a line where lines are values, else one after the other.
///
/// Line mode is chosen if one of the first three lines that are not blank is a whole JSON object: then a broken
/// line costs that line only.
pub(super) fn values(bytes: &[u8]) -> Vec<Span> {
    let whole = |line: &Range<usize>| {
        let text = bytes.get(line.clone()).unwrap_or_default();
        text.first() == Some(&b'{') && {
            let span = value(bytes, line.start);
            span.complete && span.range.end <= line.end && skip_space(bytes, span.range.end) >= line.end
        }
    };
    let mut lines = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let end = at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let start = skip_space(bytes, at).min(end);
        let blank = bytes.get(start..end).unwrap_or_default();
        let tail = blank.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
        if start < end - tail {
            lines.push(start..end - tail);
        }
        at = end + 1;
    }
    if lines.iter().take(3).any(whole) {
        return lines.into_iter().map(|range| Span { range, complete: true }).collect();
    }
    let mut out = Vec::new();
    let mut at = skip_space(bytes, 0);
    while at < bytes.len() {
        let span = value(bytes, at);
        // A stray closing bracket makes an empty value: step over it.
        at = skip_space(bytes, span.range.end.max(at + 1));
        out.push(span);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &str, spans: impl IntoIterator<Item = Span>) -> Vec<&str> {
        spans.into_iter().map(|span| &bytes[span.range]).collect()
    }

    #[test]
    fn elements_before_a_cut_are_complete() {
        let text = r#"[{"a":"]"}, 7 ,"x\"y", {"b":[1,"#;
        let spans: Vec<_> = Elements::new(text.as_bytes(), 0).collect();
        assert_eq!(texts(text, spans.clone()), [r#"{"a":"]"}"#, "7", r#""x\"y""#, r#"{"b":[1,"#]);
        assert_eq!(spans.iter().map(|s| s.complete).collect::<Vec<_>>(), [true, true, true, false]);
    }

    #[test]
    fn a_broken_element_does_not_hide_its_successor() {
        let text = br#"[{"a":}, {"a":1}]"#;
        let read: Vec<_> = Elements::new(text, 0).map(|s| parse(text, &s).is_ok()).collect();
        assert_eq!(read, [false, true]);
    }

    #[test]
    fn members_are_told_apart_without_parsing_them() {
        let (members, closed) = members(br#"{"a": [1,2], "b" : {"c": "}"} , "d": "#, 0);
        assert_eq!(members.iter().map(|m| m.key.as_str()).collect::<Vec<_>>(), ["a", "b", "d"]);
        assert!(!closed);
    }

    #[test]
    fn lines_and_pretty_printed_values() {
        let lines = "{\"a\":1}\n{\"b\":\n{\"c\":3}\r\n";
        assert_eq!(texts(lines, values(lines.as_bytes())), ["{\"a\":1}", "{\"b\":", "{\"c\":3}"]);
        let pretty = "{\n \"a\": 1\n}\n{\n \"b\": 2\n}\n";
        assert_eq!(values(pretty.as_bytes()).len(), 2);
    }

    #[test]
    fn depth_has_a_limit_and_a_name() {
        let text = ["[".repeat(1000), "]".repeat(1000)].concat();
        let span = value(text.as_bytes(), 0);
        assert_eq!(parse(text.as_bytes(), &span).unwrap_err().0, "too_deep");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_walked_to_their_end(text in "[\\[\\]{}\",:a1 \\\\\n]{0,60}") {
            let bytes = text.as_bytes();
            for at in 0..bytes.len() {
                let _ = value(bytes, at);
                let _ = Elements::new(bytes, at).count();
                let _ = members(bytes, at);
            }
            let _ = values(bytes);
        }
    }
}
