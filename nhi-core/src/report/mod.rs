//! Results in the formats that other tools read.

mod sarif;

pub use sarif::{Columns, sarif_findings};
