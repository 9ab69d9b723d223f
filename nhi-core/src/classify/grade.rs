/*!
How sure is a finding, and why?

A grade starts from what the shape alone says and each piece of evidence moves or caps it. Nothing here hides a
finding: a failed checksum, a placeholder word or a missing context lowers the grade and leaves its reason.
*/

use alloc::{format, string::String, vec::Vec};

use super::{
    candidate::Origin,
    catalogue::{Format, Segment, Shape},
    checks::{self, Outcome, Strength},
    placeholder, value, variety,
};
use crate::model::{Confidence, CredentialKind, Reason};

/// A grade in the making, in thousandths.
#[derive(Debug, Clone, Default)]
pub(super) struct Grade {
    value: i32,
    cap: Option<i32>,
    /// Whether an offline check held.
    pub(super) checked: bool,
    pub(super) reasons: Vec<Reason>,
}

impl Grade {
    pub(super) fn new(value: i32) -> Grade {
        Grade { value, ..Grade::default() }
    }

    pub(super) fn add(&mut self, by: i32, code: &'static str, text: impl Into<String>) {
        self.value += by;
        self.reasons.push(Reason { code: code.into(), text: text.into() });
    }

    /// At most `most`, whatever else speaks for it.
    pub(super) fn cap(&mut self, most: i32, code: &'static str, text: impl Into<String>) {
        self.cap = Some(self.cap.map_or(most, |cap| cap.min(most)));
        self.reasons.push(Reason { code: code.into(), text: text.into() });
    }

    /// Says in other words what a literal has to do with its name, and moves the grade.
    pub(super) fn reword(&mut self, by: i32, code: &'static str, text: impl Into<String>) {
        self.reasons.retain(|reason| reason.code != "assignment");
        self.add(by, code, text);
    }

    /// The reasons in order, without those that a graver one contradicts: what is made of words is not said to be
    /// random as well.
    pub(super) fn reasons(&self) -> Vec<Reason> {
        let against = |reason: &Reason| AGAINST_RANDOM.contains(&reason.code.as_str());
        let doubted = self.reasons.iter().any(against);
        let mut reasons = self.reasons.clone();
        reasons.retain(|reason| !doubted || !matches!(reason.code.as_str(), "entropy" | "mixed"));
        reasons.sort();
        reasons.dedup();
        reasons
    }

    pub(super) fn confidence(&self) -> Confidence {
        let value = self.cap.map_or(self.value, |cap| self.value.min(cap));
        Confidence::from_thousandths(value.clamp(10, 990) as u16)
    }
}

/// Codes of reasons that say that a value is not random.
const AGAINST_RANDOM: &[&str] = &[
    "words",
    "digits",
    "name",
    "placeholder-word",
    "sequence",
    "repeated-characters",
    "uuid",
    "type-name",
    "low-entropy",
];

/// Highest grade of anything that must stay low.
pub(super) const LOW: i32 = 350;

/// Grades a token of a catalogue shape.
///
/// `word` is the context word found near it. Linear in the token.
pub(super) fn of_shape(format: &Format, shape: &Shape, token: &[u8], word: Option<&str>) -> Grade {
    let marker = shape.marker(token).len();
    let body = token.get(marker..).unwrap_or_default();
    let distinctive = distinctive(shape.segments);
    let mut grade = Grade::new(match distinctive {
        0 => 300,
        1..=3 => 700,
        4 => 780,
        _ => 820,
    });

    match word {
        Some(word) if distinctive == 0 => {
            grade.add(250, "context-word", format!("the word {word} stands before it"))
        }
        Some(word) => grade.add(80, "context-word", format!("the word {word} stands near it")),
        None if shape.needs_context || distinctive == 0 => {
            grade.cap(
                LOW,
                "no-context",
                "its shape is shared by others and no word of the provider stands near it",
            );
        }
        None => {}
    }

    match shape.check.map(|name| (name, checks::run(name, token))) {
        Some((name, Outcome::Holds)) => {
            let check = checks::find(name);
            let what = check.map_or(name, |check| check.what);
            if check.is_some_and(|check| check.strength == Strength::Checksum) {
                grade.checked = true;
                grade.add(170, "checksum-holds", format!("checksum holds: {what}"));
            } else {
                grade.checked = true;
                grade.add(100, "structure-parses", format!("structure parses: {what}"));
            }
        }
        Some((name, Outcome::Fails)) => {
            let check = checks::find(name);
            let what = check.map_or(name, |check| check.what);
            if check.is_some_and(|check| check.strength == Strength::Checksum) {
                grade.cap(LOW, "checksum-fails", format!("checksum fails: {what}"));
            } else {
                grade.cap(LOW, "structure-fails", format!("structure does not parse: {what}"));
            }
        }
        Some((_, Outcome::NotApplicable)) | None => {}
    }

    looks(&mut grade, body, distinctive == 0);
    if format.ended {
        grade.cap(LOW, "ended-kind", "the provider has ended this kind of credential");
    }
    match format.credential_kind {
        CredentialKind::Identifier => {
            grade.cap(300, "identifier", "an identifier: it grants nothing by itself");
        }
        CredentialKind::Publishable => grade.cap(300, "publishable", "a key that is meant to be public"),
        CredentialKind::Hash => grade.cap(300, "hash", "a hash: the secret itself is not here"),
        _ => {}
    }
    grade
}

/// What the body's look says: placeholder words, repeats, sequences, entropy.
fn looks(grade: &mut Grade, body: &[u8], contextual: bool) {
    // Base64 of JSON and the like starts with the same bytes every time: long bodies are judged by their end.
    let sample = body.get(body.len().saturating_sub(128)..).unwrap_or(body);
    if let Some(word) = placeholder::word_in(sample, contextual) {
        grade.cap(300, "placeholder-word", format!("it holds the word {word}"));
    }
    let joined = sample.iter().filter(|&&b| b == b'_').count();
    let constant = joined >= 2 && !sample.iter().any(u8::is_ascii_lowercase);
    if contextual && (constant || value::word_share(sample) * 2 >= sample.len()) {
        grade.cap(200, "words", "made of words");
    }
    let repeat = variety::longest_repeat(sample);
    let few = sample.len() >= 12 && variety::distinct(sample) <= 3;
    if few || repeat >= 5 && repeat * 4 >= sample.len() || repeat >= 8 && !grade.checked {
        grade.cap(200, "repeated-characters", "one character is repeated over and over");
    }
    let sequence = variety::longest_sequence(sample);
    if sequence >= 7 && !grade.checked {
        grade.cap(300, "sequence", "its characters follow each other as in the alphabet");
    }
    if sample.len() >= 12 {
        let size = if sample.iter().all(u8::is_ascii_digit) {
            10
        } else if sample.iter().all(|b| b.is_ascii_hexdigit()) {
            16
        } else {
            40
        };
        let found = variety::entropy(sample);
        if found < variety::floor(sample.len(), size) {
            grade.cap(LOW, "low-entropy", format!("only {} bits a character", tenths(found)));
        } else {
            grade.add(30, "entropy", format!("{} bits a character, as random text has", tenths(found)));
        }
    }
}

pub(super) fn tenths(thousandths: u32) -> String {
    let t = (thousandths + 50) / 100;
    format!("{}.{}", t / 10, t % 10)
}

/// Bytes of literal that tell this shape from ordinary text.
fn distinctive(segments: &[Segment]) -> usize {
    segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => text.len(),
            Segment::OneOf(texts) => texts.iter().map(|t| t.len()).min().unwrap_or(0),
            // A structure of its own tells as much as five letters.
            Segment::Special(_) => 5,
            _ => 0,
        })
        .filter(|&n| n >= 3)
        .sum()
}

/// Lowers what was found in a test, an example or a document: real secrets leak there too, samples more often.
pub(super) fn in_sample(grade: &mut Grade, origin: Origin) {
    let by = match origin {
        Origin::Distinctive => -20,
        Origin::Contextual | Origin::Generic => -100,
    };
    grade.add(by, "sample-path", "the path says test, example or documentation");
}
