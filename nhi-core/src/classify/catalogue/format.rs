//! The form of a catalogue entry. Plain `'static` data, so that the table costs nothing to load.

use crate::model::{CredentialKind, Environment};

/// One rule: a provider's kind of credential, with every shape it comes in.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// `slug(provider).slug(kind)`, unique in the catalogue.
    pub id: &'static str,
    /// Provider, as `token-formats` names it.
    pub provider: &'static str,
    /// Kind in the provider's words.
    pub name: &'static str,
    /// What sort of credential it is.
    pub credential_kind: CredentialKind,
    /// The shapes; any of them makes a finding of this rule.
    pub shapes: &'static [Shape],
    /// Words (lower case) that must (contextual shapes) or may (others) stand near it.
    pub context: &'static [&'static str],
    /// What a holder may do, in a few words; empty if the documents do not say.
    pub privilege: &'static str,
    /// Whether the provider has ended this kind.
    pub ended: bool,
    /// Where the facts come from.
    pub source: Source,
    /// How to list, rotate and revoke it; empty where it is not known.
    pub list: &'static [Operation],
    /// Steps of a rotation, in order.
    pub rotate: &'static [Operation],
    /// Steps of a revocation, in order.
    pub revoke: &'static [Operation],
}

/// One shape: segments that follow each other without a gap.
///
/// Matching is greedy and never backtracks; the linter (`cargo xtask catalogue`) refuses a shape in which a run
/// of variable length could swallow what follows it.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The segments. A shape with a [`Segment::Literal`] or [`Segment::OneOf`] of three bytes or more at a bounded
    /// offset is found by it (its anchor); one without is contextual: it needs a word of [`Format::context`].
    pub segments: &'static [Segment],
    /// Whether a context word is needed even though there is an anchor (a prefix shared by many providers).
    pub needs_context: bool,
    /// Name of the offline check in `classify::checks`, if there is one.
    pub check: Option<&'static str>,
    /// Literal in the token that tells the environment.
    pub environment: &'static [(&'static str, Environment)],
}

impl Format {
    /// Second half of the rule id.
    pub fn kind(&self) -> &'static str {
        self.id.split_once('.').map_or(self.id, |(_, kind)| kind)
    }

    /// The provider's document, or none if the facts are observed.
    pub fn document(&self) -> Option<&'static str> {
        match self.source {
            Source::Document(url) => Some(url),
            Source::Observed => None,
        }
    }
}

impl Shape {
    /// Length of the token that starts at the first byte, or `None` if none does.
    ///
    /// This is the slow reference matcher: it looks at nothing before or after the token, so whether a neighbour
    /// spoils it is the caller's question. A shape with a [`Segment::Special`] is the engine's: never matched here.
    /// Linear in the length of the token.
    ///
    /// ```
    /// use nhi_core::classify::{catalogue, mint};
    /// let format = catalogue::find("npm.access-token-granular-and-classic").unwrap();
    /// let token = mint("npm.access-token-granular-and-classic", 1)?;
    /// assert_eq!(format.shapes[0].match_len(token.as_bytes()), Some(40));
    /// # Ok::<(), nhi_core::Error>(())
    /// ```
    pub fn match_len(&self, bytes: &[u8]) -> Option<usize> {
        match_segments(self.segments, bytes, 0)
    }

    /// The text before the first byte that can vary: what a preview may show of a token. Empty for a shape that
    /// starts with a run.
    pub fn marker<'t>(&self, token: &'t [u8]) -> &'t [u8] {
        let mut at = 0;
        for segment in self.segments {
            let (Segment::Literal(_) | Segment::OneOf(_)) = segment else { break };
            match match_segments(core::slice::from_ref(segment), token, at) {
                Some(end) => at = end,
                None => break,
            }
        }
        token.get(..at).unwrap_or_default()
    }
}

fn match_segments(segments: &[Segment], bytes: &[u8], mut at: usize) -> Option<usize> {
    let starts =
        |at: usize, text: &str| bytes.get(at..).is_some_and(|rest| rest.starts_with(text.as_bytes()));
    for segment in segments {
        match *segment {
            Segment::Literal(text) => {
                if !starts(at, text) {
                    return None;
                }
                at += text.len();
            }
            Segment::OneOf(texts) => at += texts.iter().find(|text| starts(at, text))?.len(),
            Segment::Run { alphabet, min, max } => {
                let rest = bytes.get(at..)?;
                let run = rest.iter().take(usize::from(max)).take_while(|&&b| alphabet.has(b)).count();
                if run < usize::from(min) {
                    return None;
                }
                at += run;
            }
            // One level deep in practice; the depth is that of the committed table, not of the input.
            Segment::Optional(inner) => at = match_segments(inner, bytes, at).unwrap_or(at),
            Segment::Special(_) => return None,
        }
    }
    Some(at)
}

/// A part of a shape.
#[derive(Debug, Clone, Copy)]
pub enum Segment {
    /// These bytes, case-sensitive.
    Literal(&'static str),
    /// One of these, longest first.
    OneOf(&'static [&'static str]),
    /// Between `min` and `max` bytes of an alphabet.
    Run {
        /// The bytes allowed.
        alphabet: Alphabet,
        /// Fewest.
        min: u16,
        /// Most.
        max: u16,
    },
    /// These segments or nothing.
    Optional(&'static [Segment]),
    /// A form that segments cannot express, found by a matcher of the engine; it stands alone in its shape.
    /// Names: `pem-private-key`, `pgp-private-key` (armoured blocks, also with escaped line ends), `jwt`
    /// (three base64url parts of which the first decodes to a JSON object), `url-userinfo` (the password of
    /// `scheme://user:password@host`), `basic-authorization` (the base64 after `Basic`), `bip39` (a mnemonic).
    Special(&'static str),
}

/// A set of ASCII bytes: bit `b` is set if byte `b` belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alphabet(pub u128);

impl Alphabet {
    /// Its bytes in ascending order.
    pub fn bytes(self) -> impl Iterator<Item = u8> {
        (0..128u8).filter(move |&b| self.has(b))
    }

    /// Whether `byte` belongs to it.
    pub const fn has(self, byte: u8) -> bool {
        byte < 128 && self.0 >> byte & 1 == 1
    }
}

/// Where the facts of a format come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The provider's document.
    Document(&'static str),
    /// Public samples; no document was found.
    Observed,
}

/// One operation at a provider, with the record fields that fill its arguments.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The operation in the provider's words: `iam UpdateAccessKey`, `DELETE /v1/keys/{id}`.
    pub operation: &'static str,
    /// Argument name and what fills it: a record field ([`Operation::FIELDS`]) or `=literal`.
    pub arguments: &'static [(&'static str, &'static str)],
    /// Permission that the caller needs; empty if not known.
    pub permission: &'static str,
    /// Whether it can be undone.
    pub reversible: bool,
}
