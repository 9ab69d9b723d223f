//! Any bytes through the scanner, whole and in pieces, the redactor and `inspect`.

use std::sync::{Arc, LazyLock};

use nhi_core::{
    Pepper,
    classify::{
        Redactor, Scanner,
        catalogue::{FORMATS, Segment},
        inspect, mint_shape,
    },
    limits,
    model::{Finding, Level},
};

use crate::{Choices, Target, joined, split};

/// The target.
pub const TARGET: Target = Target { seeds, words };

/// Bits of the first byte.
const GENERIC: u8 = 1;
const MARKS: u8 = 2;
const PEPPER: u8 = 4;
const FILE: u8 = 8;
/// With all of these the input is moved across the border of a window.
const FAR: u8 = 0xf0;

static PLAIN: LazyLock<[Scanner; 8]> = LazyLock::new(|| {
    std::array::from_fn(|bits| {
        let bits = bits as u8;
        let builder = Scanner::builder().generic(bits & GENERIC != 0).ignore_marks(bits & MARKS != 0);
        match bits & PEPPER {
            0 => builder.build(),
            _ => builder.pepper(Arc::new(Pepper::new([7; 32]))).build(),
        }
    })
});

/// Runs one input.
pub fn run(data: &[u8]) {
    let (bits, text) = split(data);
    let choices = &mut Choices::of(data);
    let scanner = &PLAIN[usize::from(bits & 7)];
    let moved;
    let far = bits & FAR == FAR;
    let text = if far {
        let before = limits::SCAN_WINDOW - choices.below(text.len() + 64).min(limits::SCAN_WINDOW);
        moved = [&b"x = y\n".repeat(before / 6), text].concat();
        &moved
    } else {
        text
    };
    let path = (bits & FILE != 0).then(|| ["src/a.rs", "tests/app.yml", "Cargo.lock"][choices.below(3)]);
    let found = match path {
        Some(path) => scanner.scan_file(path, text),
        None => scanner.scan(text),
    };
    in_range(&found, text, bits & PEPPER != 0);

    let mut stream = match path {
        Some(path) => scanner.stream_file(path),
        None => scanner.stream(),
    };
    let (mut pieces, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let most = match choices.draw() % 4 {
            0 => rest.len(),
            _ if far && rest.len() > data.len() + 100 => limits::SCAN_WINDOW,
            _ => 40,
        };
        let (now, later) = rest.split_at((1 + choices.below(most)).min(rest.len()));
        pieces.extend(stream.push(now));
        rest = later;
    }
    pieces.extend(stream.finish());
    assert_eq!(pieces, found, "pieces give what the whole gives");

    redacted(scanner, text);
    explained(text.get(text.len().saturating_sub(data.len())..).unwrap_or_default());
}

fn in_range(found: &[Finding], text: &[u8], pepper: bool) {
    let (mut line, mut line_start, mut at, mut before) = (1, 0, 0, 0);
    for finding in found {
        let (start, end) = (finding.start as usize, finding.end as usize);
        assert!(
            before <= start && start < end && end <= text.len(),
            "{before} {start}..{end} {}",
            text.len()
        );
        before = end;
        for (i, b) in text.iter().enumerate().take(start).skip(at) {
            if *b == b'\n' {
                (line, line_start) = (line + 1, i + 1);
            }
        }
        at = start;
        assert_eq!(
            (finding.line, finding.column),
            (line, (start - line_start) as u64 + 1),
            "{}",
            finding.rule
        );
        assert_eq!(finding.confidence.level(), finding.level);
        assert!(pepper || finding.fingerprint.is_none());
        for part in &finding.parts {
            assert!(part.start < part.end && part.end <= text.len() as u64, "{}", finding.rule);
        }
        let secret = &text[start..end];
        let shown = finding.preview.as_bytes();
        assert!(!shown.windows(secret.len()).any(|w| w == secret), "{} is shown whole", finding.rule);
    }
}

/// Only spans of medium and high findings are replaced, each by its preview.
fn redacted(scanner: &Scanner, text: &[u8]) {
    let safe = Redactor::new(scanner.clone()).redact(text);
    let (mut out, mut at) = (&safe[..], 0);
    for finding in scanner.scan(text).iter().filter(|f| f.level >= Level::Medium) {
        let kept = &text[at..finding.start as usize];
        out = out.strip_prefix(kept).expect("what is no finding stays");
        out = out.strip_prefix(finding.preview.as_bytes()).expect("a finding becomes its preview");
        at = finding.end as usize;
    }
    assert_eq!(out, &text[at..]);
}

fn explained(token: &[u8]) {
    let told = inspect(token, Some(&Pepper::new([7; 32])));
    let without = inspect(token, None);
    assert_eq!(without.fingerprint, None);
    assert_eq!(without.rule, told.rule);
    assert_eq!(told.rule.is_none(), told.provider.is_empty() && told.kind.is_empty());
    if token.len() >= 16 {
        assert!(!told.preview.as_bytes().windows(token.len()).any(|w| w == token));
    }
    let json = serde_json::to_string(&told).expect("an inspection is data");
    let again: nhi_core::classify::Inspection = serde_json::from_str(&json).expect("and is read back");
    assert_eq!(again, told);
}

fn seeds() -> Vec<Vec<u8>> {
    let mut out = vec![joined(7, b""), joined(7, b"nothing = \"here\"\n")];
    for (i, format) in FORMATS.iter().enumerate() {
        for shape in 0..format.shapes.len() {
            let Ok(token) = mint_shape(format.id, shape, 1) else { continue };
            let word = format.context.first().copied().unwrap_or("token");
            let text = match i % 4 {
                0 => format!("{word}: {token}\n"),
                1 => format!("export {}=\"{token}\" # nhi:ignore?\n", word.to_uppercase()),
                2 => format!("{{\"{word}\": \"{token}\"}}"),
                _ => format!("Authorization: Bearer {token}\r\n"),
            };
            let far = if i % 16 == 0 { FAR } else { 0 };
            out.push(joined((i % 16) as u8 | GENERIC | far, text.as_bytes()));
        }
    }
    out
}

fn words() -> Vec<String> {
    fn literals(segments: &[Segment], out: &mut Vec<String>) {
        for segment in segments {
            match *segment {
                Segment::Literal(text) => out.push(text.into()),
                Segment::OneOf(texts) => out.extend(texts.iter().map(|text| (*text).to_owned())),
                Segment::Optional(inner) => literals(inner, out),
                _ => {}
            }
        }
    }
    let mut out: Vec<String> =
        ["Bearer ", "Basic ", "password", "secret = ", "nhi:ignore", "%3D", "\\n", "\\u003d"]
            .map(String::from)
            .to_vec();
    for shape in FORMATS.iter().flat_map(|format| format.shapes) {
        literals(shape.segments, &mut out);
    }
    out.extend(FORMATS.iter().flat_map(|format| format.context).map(|word| (*word).to_owned()));
    out.retain(|word| !word.is_empty() && word.len() <= 48);
    out.sort();
    out.dedup();
    out
}
