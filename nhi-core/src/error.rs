//! The one error type. Foreign content is not an error (see [`crate::model::Problem`]); an error means that
//! the call as a whole could not be done, and that nothing was changed.

use alloc::string::String;

/// Why a call could not be done. Every variant has a stable [`code`](Error::code), the same in every language.
///
/// Texts never hold a secret: they name places, fields, sizes and limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input is larger than a documented limit. Code `input_too_large`.
    #[error("{what} has {found}, the limit is {limit}")]
    InputTooLarge {
        /// What was too large, with its unit.
        what: &'static str,
        /// The size found.
        found: u64,
        /// The limit, from [`crate::limits`].
        limit: u64,
    },
    /// An argument or a configuration field is not acceptable. Code `invalid_argument`.
    #[error("{field}: {why}")]
    InvalidArgument {
        /// The argument or the path of the field.
        field: String,
        /// What was expected and what was found, without the secret part.
        why: String,
    },
    /// A time could not be read. Code `invalid_time`.
    #[error("not a time: {why}")]
    InvalidTime {
        /// What was expected.
        why: &'static str,
    },
    /// A pepper file or key could not be read. Code `invalid_pepper`.
    #[error("pepper: {why}")]
    InvalidPepper {
        /// What was expected.
        why: &'static str,
    },
    /// JSON text could not be read as the record asked for. Code `invalid_json`.
    #[error("{what}: {why}")]
    InvalidJson {
        /// What was being read.
        what: &'static str,
        /// Where and why, without the content.
        why: String,
    },
    /// A value cannot be written as canonical JSON (a float, or an integer beyond ±(2^53-1)). Code `not_canonical`.
    #[error("no canonical form: {why}")]
    NotCanonical {
        /// What was met.
        why: &'static str,
    },
    /// A container could not be read at all. Code `unreadable`.
    #[error("{what} is unreadable: {why}")]
    Unreadable {
        /// The format expected.
        what: &'static str,
        /// What was met, and where.
        why: String,
    },
    /// Saved state carries a format this build can't read. Code `state_version`.
    #[error("saved state has format {found}, this build reads {oldest} to {newest}")]
    StateVersion {
        /// Format of the bytes.
        found: u32,
        /// Oldest format this build reads.
        oldest: u32,
        /// Newest format this build reads.
        newest: u32,
    },
    /// Saved state is damaged. Code `state_corrupt`.
    #[error("saved state is damaged at byte {at}: {why}")]
    StateCorrupt {
        /// Byte offset.
        at: u64,
        /// What was expected.
        why: &'static str,
    },
}

impl Error {
    /// Every code there is, in alphabetical order.
    pub const CODES: &'static [&'static str] = &[
        "input_too_large",
        "invalid_argument",
        "invalid_json",
        "invalid_pepper",
        "invalid_time",
        "not_canonical",
        "state_corrupt",
        "state_version",
        "unreadable",
    ];

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Error::InputTooLarge { .. } => "input_too_large",
            Error::InvalidArgument { .. } => "invalid_argument",
            Error::InvalidTime { .. } => "invalid_time",
            Error::InvalidPepper { .. } => "invalid_pepper",
            Error::InvalidJson { .. } => "invalid_json",
            Error::NotCanonical { .. } => "not_canonical",
            Error::Unreadable { .. } => "unreadable",
            Error::StateVersion { .. } => "state_version",
            Error::StateCorrupt { .. } => "state_corrupt",
        }
    }
}
