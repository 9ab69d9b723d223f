//! Token formats as data.

mod format;

pub use format::{Alphabet, Format, Operation, Segment, Shape, Source};
