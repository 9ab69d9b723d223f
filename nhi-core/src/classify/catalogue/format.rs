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
    /// Argument name and what fills it: a record field (`identity.name`, `version.external_id`, `issuer.account`,
    /// `secret`) or `=literal`.
    pub arguments: &'static [(&'static str, &'static str)],
    /// Permission that the caller needs; empty if not known.
    pub permission: &'static str,
    /// Whether it can be undone.
    pub reversible: bool,
}
