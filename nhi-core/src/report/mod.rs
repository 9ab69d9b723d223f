/*!
Results in the formats that other tools and people read.

[`first_screen`] for a terminal, [`markdown()`] and [`html()`] for a person with time, [`json`] for programs, and SARIF 2.1.0 for
code-scanning interfaces. Nothing is decided here: all there is to say is in the [`Report`].
*/

mod html;
mod markdown;
mod sarif;
mod terminal;
mod words;

use alloc::{format, string::String, vec::Vec};

pub use html::html;
pub use markdown::markdown;
pub use sarif::{Columns, sarif_findings};
pub use terminal::first_screen;

use crate::{assess::Report, model::Problem};

/// The report as one JSON document, indented, without the ledger and the saved baseline (files of their own).
pub fn json(report: &Report) -> String {
    // A report is plain data with string keys; writing it to a string cannot fail.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}

/// The findings of a report as SARIF 2.1.0; what could not be read becomes notifications.
pub fn sarif_report(report: &Report) -> String {
    let findings: Vec<_> = report.findings.iter().map(|finding| (finding.clone(), None)).collect();
    sarif_findings(&findings, &report.problems)
}

/// A problem in one line: `keys.json row 3, CreateDate: expected a time (the row was left out)`.
pub fn problem_text(problem: &Problem) -> String {
    let mut place = String::new();
    if let Some(line) = problem.place.line {
        place.push_str(&format!(" line {line}"));
    } else if let Some(row) = problem.place.row {
        place.push_str(&format!(" row {row}"));
    }
    // Most texts begin with the field.
    if let Some(field) =
        problem.place.field.as_ref().filter(|field| !problem.text.starts_with(field.as_str()))
    {
        place.push_str(&format!(", {field}"));
    }
    let row = problem.place.line.is_some() || problem.place.row.is_some();
    let lost = if problem.row_lost && row { " (the row was left out)" } else { "" };
    format!("{}{place}: {}{lost}", problem.source, problem.text)
}
