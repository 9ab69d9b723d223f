//! Token formats as data: [`FORMATS`] is compiled from the TOML files of `nhi-core/catalogue/`.

mod format;
mod operation;
mod table;

pub use format::{Alphabet, Format, Operation, Segment, Shape, Source};
pub use operation::FilledOperation;
pub use table::FORMATS;

/// The format of a rule id. Binary search.
///
/// ```
/// use nhi_core::classify::catalogue;
/// assert_eq!(catalogue::find("slack.bot-token").unwrap().provider, "slack");
/// assert!(catalogue::find("nobody.nothing").is_none());
/// ```
pub fn find(rule: &str) -> Option<&'static Format> {
    FORMATS.binary_search_by(|format| format.id.cmp(rule)).ok().and_then(|at| FORMATS.get(at))
}

#[cfg(test)]
mod tests;
