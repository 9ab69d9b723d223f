/*!
Where is something assigned to a name? The operator decides, not the language.

From a key word inside a name the extractor walks right: closing quotes and brackets, an operator, an opening quote or
none, the value. It knows the forms of configuration files, the usual languages, JSON inside strings, command lines,
XML and split name/value pairs, and reads at most a few hundred bytes.
*/

use core::ops::Range;

use super::value::Form;
use crate::limits::{NAME_BYTES, VALUE_BYTES};

/// A value with the name it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
    /// How the value is written.
    pub(super) form: Form,
    /// Whether the operator is one of comparison, a comma or a bracket: weaker evidence.
    pub(super) weak: bool,
}

fn byte(view: &[u8], at: usize) -> u8 {
    view.get(at).copied().unwrap_or(b'\n')
}

fn in_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.'
}

fn is_quote(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'`')
}

/// The whole name around a key word at `at`. `Err` says where a name that is too long for us ends or goes on.
pub(super) fn name_around(view: &[u8], at: usize) -> Result<Range<usize>, usize> {
    let left = view.get(at.saturating_sub(NAME_BYTES)..at).unwrap_or_default();
    let n = left.iter().rev().take_while(|&&b| in_name(b)).count();
    let rest = view.get(at..).unwrap_or_default();
    let m = rest.iter().take(NAME_BYTES).take_while(|&&b| in_name(b)).count();
    if n == NAME_BYTES || m == NAME_BYTES { Err(at + m) } else { Ok(at - n..at + m) }
}

fn skip(view: &[u8], mut at: usize, most: usize, take: impl Fn(u8) -> bool) -> usize {
    let end = at + most;
    while at < end && view.get(at).is_some_and(|&b| take(b)) {
        at += 1;
    }
    at
}

fn blanks(view: &[u8], at: usize) -> usize {
    skip(view, at, 40, |b| b == b' ' || b == b'\t')
}

/// The assignment to the name at `name`, if there is one.
pub(super) fn assignment(view: &[u8], name: Range<usize>) -> Option<Assignment> {
    // A full stop or a dash at its end is punctuation.
    let mut end = name.end;
    while end > name.start && matches!(byte(view, end - 1), b'.' | b'-') {
        end -= 1;
    }
    if end != name.end && byte(view, end) == b'-' && byte(view, name.end) != b'>' {
        return None;
    }
    let closed = skip(view, end, 8, |b| is_quote(b) || matches!(b, b'\\' | b']' | b')'));
    let quoted_name = (end..closed).any(|i| is_quote(byte(view, i)));
    let name = name.start..end;
    if quoted_name && let Some(value) = split_pair(view, closed) {
        return Some(Assignment { name, value, form: Form::Quoted, weak: false });
    }
    let at = blanks(view, closed);
    let two = (byte(view, at), byte(view, at + 1));
    let (after, weak) = match two {
        (b'=', b'=') | (b'!', b'=') => (skip(view, at, 3, |b| b == b'=' || b == b'!'), true),
        (b'=', b'>') | (b':', b'=') | (b'<', b'-') | (b'-', b'>') | (b'?', b'=') => (at + 2, false),
        (b'=', _) => (at + 1, false),
        (b':', b':') => return None,
        (b':', _) => (at + 1, false),
        (b',', _) if quoted_name => (at + 1, true),
        (b'(', _) if closed == end => (at + 1, true),
        (b'>', _) if byte(view, name.start.wrapping_sub(1)) == b'<' => {
            let start = at + 1;
            let stop = skip(view, start, VALUE_BYTES, |b| !matches!(b, b'<' | b'\n'));
            let found = byte(view, stop) == b'<' && byte(view, stop + 1) == b'/';
            let name = name.clone();
            return found.then_some(Assignment { name, value: start..stop, form: Form::Quoted, weak: false });
        }
        (b'|', b'|') if byte(view, at + 2) == b'=' => (at + 3, false),
        _ if at > closed && closed == end => return spaced(view, name, at),
        _ => return None,
    };
    let place = blanks(view, after);
    if let Some(value) = quoted(view, place) {
        return Some(Assignment { name, value, form: Form::Quoted, weak });
    }
    if two.0 == b':'
        && let Some(value) = typed(view, place)
    {
        return Some(Assignment { name, value, form: Form::Quoted, weak });
    }
    if weak {
        return None;
    }
    let value = bare(view, place)?;
    let next = blanks(view, value.end);
    // `name: Type = …`: what stands there is a type.
    if two.0 == b':' && byte(view, next) == b'=' {
        return None;
    }
    let tight = two.0 == b':' || (at == closed && place == after);
    let alone = matches!(byte(view, next), b'\n' | b'\r' | b'\\' | b'#');
    let form = if tight && alone { Form::Setting } else { Form::Bare };
    Some(Assignment { name, value, form, weak })
}

/// `--password value`, `#define PASSWORD "value"`, `IDENTIFIED BY PASSWORD 'value'`.
fn spaced(view: &[u8], name: Range<usize>, at: usize) -> Option<Assignment> {
    if byte(view, name.start) == b'-' {
        let found = quoted(view, at);
        let is_quoted = found.is_some();
        let value = found.or_else(|| bare(view, at))?;
        return (byte(view, value.start) != b'-').then_some(Assignment {
            name,
            value,
            form: if is_quoted { Form::Quoted } else { Form::Setting },
            weak: false,
        });
    }
    let before = view.get(name.start.saturating_sub(24)..name.start)?;
    let words: [&[u8]; 10] = [
        b"define ",
        b"ENV ",
        b"ARG ",
        b"setenv ",
        b"WITH ",
        b"ENCRYPTED ",
        b"ROLE ",
        b"USER ",
        b"LOGIN ",
        b"login ",
    ];
    let told = words.iter().any(|w| before.windows(w.len()).any(|b| b == *w));
    let value = quoted(view, at)?;
    told.then_some(Assignment { name, value, form: Form::Quoted, weak: false })
}

/// The inside of a quoted literal that starts at `at`, through prefixes (`r"`, `@"`, `b'`) and plain wrappers
/// (`Some("…")`, `String::from("…")`).
fn quoted(view: &[u8], at: usize) -> Option<Range<usize>> {
    let mut at = at;
    for _ in 0..2 {
        let word = skip(view, at, 32, |b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'.' | b'&' | b'@')
        });
        if byte(view, word) == b'(' && word > at {
            let text = view.get(at..word)?;
            let last = text.rsplit(|b| !b.is_ascii_alphanumeric() && *b != b'_').next()?;
            if !WRAPPERS.iter().any(|w| last.eq_ignore_ascii_case(w.as_bytes())) {
                return None;
            }
            at = word + 1;
        } else {
            // A prefix letter or two, and the hashes of a raw string.
            let short = word - at <= 2;
            at = skip(view, if short { word } else { at }, 3, |b| b == b'#');
            break;
        }
    }
    let slashes = skip(view, at, 3, |b| b == b'\\') - at;
    let quote = byte(view, at + slashes);
    if !is_quote(quote) {
        return None;
    }
    let start = at + slashes + 1;
    let mut end = start;
    while end - start <= VALUE_BYTES {
        match byte(view, end) {
            b'\n' | b'\r' => return None,
            b if b == quote && slashes == 0 => return Some(start..end),
            b'\\' if slashes > 0 && byte(view, end + slashes) == quote => return Some(start..end),
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
    None
}

/// Calls that pass a literal on as it is.
const WRAPPERS: &[&str] = &[
    "some",
    "from",
    "string",
    "str",
    "text",
    "unhexlify",
    "fromhex",
    "decode",
    "b64decode",
    "bytes",
    "new",
    "just",
    "secret",
    "secretstr",
    "secretstring",
    "tostring",
    "to_string",
    "of",
    "value",
    "literal",
    "byte",
    "encode",
];

/// `: Type = "value"`.
fn typed(view: &[u8], at: usize) -> Option<Range<usize>> {
    let type_end = skip(view, at, 48, |b| {
        b.is_ascii_alphanumeric()
            || matches!(b, b' ' | b'&' | b'_' | b'<' | b'>' | b'\'' | b'[' | b']' | b'.' | b':' | b'|' | b'?')
    });
    if byte(view, type_end) != b'=' || byte(view, type_end + 1) == b'=' {
        return None;
    }
    quoted(view, blanks(view, type_end + 1))
}

/// A value without quotes: up to a blank, a quote, a bracket or a separator.
fn bare(view: &[u8], at: usize) -> Option<Range<usize>> {
    let stop = |b: u8| {
        b.is_ascii_whitespace()
            || matches!(b, b'"' | b'\'' | b'`' | b',' | b';' | b'<' | b'>' | b'\\' | b'|' | 0)
    };
    let end = skip(view, at, VALUE_BYTES, |b| !stop(b));
    let whole = end - at < VALUE_BYTES && end > at;
    // A quote right behind it: the middle of an expression.
    (whole && !is_quote(byte(view, end))).then_some(at..end)
}

/// `"name": "PASSWORD", "value": "x"` and `key="Password" value="x"`: the value sits in the next member.
fn split_pair(view: &[u8], at: usize) -> Option<Range<usize>> {
    let place = skip(view, at, 48, |b| matches!(b, b',' | b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\\'));
    let word = skip(view, place, 16, |b| b.is_ascii_alphabetic());
    let name = view.get(place..word)?;
    if place == at || !(name.eq_ignore_ascii_case(b"value") || name.eq_ignore_ascii_case(b"defaultvalue")) {
        return None;
    }
    let closed = skip(view, word, 4, |b| matches!(b, b'"' | b'\\' | b'\''));
    let operator = blanks(view, closed);
    if !matches!(byte(view, operator), b':' | b'=') {
        return None;
    }
    quoted(view, blanks(view, operator + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn value(text: &str) -> Option<String> {
        let at = text.to_ascii_lowercase().find("pass").unwrap();
        let name = name_around(text.as_bytes(), at).ok()?;
        let found = assignment(text.as_bytes(), name)?;
        Some(text[found.value].into())
    }

    #[test]
    fn every_form_of_assignment_is_read() {
        for text in [
            "password = \"V1\"",
            "PASSWORD=V1",
            "password: V1",
            "\"db_password\": \"V1\"",
            "'password' => 'V1'",
            "password := `V1`",
            "let password: &str = \"V1\";",
            "db.password=V1",
            "<password>V1</password>",
            "--password V1",
            "--password=V1",
            "#define PASSWORD \"V1\"",
            "os.environ[\"PASSWORD\"] = \"V1\"",
            ".password(\"V1\")",
            "\\\"password\\\": \\\"V1\\\"",
            "{\"name\": \"DB_PASSWORD\", \"value\": \"V1\"}",
            "<add key=\"Password\" value=\"V1\"/>",
            "password = Some(\"V1\")",
            "password <- 'V1'",
            "password == 'V1'",
            "Server=x;Password=V1;",
            "password=V1&x=2",
            "set(\"password\", \"V1\")",
            "ENV PASSWORD 'V1'",
            "?password=V1",
            "password: str = 'V1'",
            "const char *password = \"V1\"",
            "password = r#\"V1\"#",
        ] {
            let got = value(text);
            assert_eq!(got.as_deref().map(|v| v.split('&').next().unwrap()), Some("V1"), "{text}");
        }
    }

    #[test]
    fn what_is_no_assignment_is_left_alone() {
        for text in
            ["the password is", "password", "Password::new()", "password)", "password\n= 'x'", "get_pass('x"]
        {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
