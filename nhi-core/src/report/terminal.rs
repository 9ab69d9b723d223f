//! The first screen: the result, what to do, what it took, in at most 24 lines of a terminal.

use alloc::{format, string::String, vec::Vec};

use super::words::{duration, plural};
use crate::assess::{Report, Step};

/// Steps that are told in full.
const FULL: usize = 3;
/// Steps that are named at all; the rest is counted.
const NAMED: usize = 10;
/// Leaks that are named; the rest is counted.
const LEAKS: usize = 3;
/// Characters of a line; longer ones end in `…`, the report file has them whole.
const WIDTH: usize = 160;

/// The first screen of a report, lines joined by `\n`, at most 24 of them.
pub fn first_screen(report: &Report) -> String {
    let mut lines = Vec::new();
    lines.push(report.result.clone());
    for step in report.steps.iter().take(FULL) {
        full(step, &mut lines);
    }
    let named = report.steps.len().min(NAMED);
    for step in report.steps.iter().take(named).skip(FULL) {
        lines.push(format!("{:>2}. {}: {}", step.rank, step.severity.as_str(), step.title));
    }
    if report.steps.len() > named {
        lines.push(format!(
            "    and {} in report.md",
            plural(report.steps.len() - named, "more step", "more steps")
        ));
    }
    for leak in report.leaks.iter().take(LEAKS) {
        let took = duration(leak.took_ms);
        if leak.contained_at.is_none() && leak.took_ms == 0 {
            lines.push(format!("leak {}: open, first seen now in {}", leak.name, leak.place));
            continue;
        }
        let waited = duration(leak.waited_for_person_ms);
        lines.push(match leak.contained_at {
            Some(_) => format!(
                "leak {}: contained {took} after first sighting, {waited} of it waiting for a person",
                leak.name
            ),
            None => format!("leak {}: open for {took}, {waited} of it waiting for a person", leak.name),
        });
    }
    if report.leaks.len() > LEAKS {
        let open = report.leaks.iter().filter(|leak| leak.contained_at.is_none()).count();
        lines.push(format!("{} in all, {open} open", plural(report.leaks.len(), "leak", "leaks")));
    }
    lines.iter().map(|line| cut(line)).collect::<Vec<_>>().join("\n")
}

fn full(step: &Step, lines: &mut Vec<String>) {
    lines.push(format!("{:>2}. {}: {}", step.rank, step.severity.as_str(), step.title));
    if let Some(why) = step.why.first() {
        lines.push(format!("    why {why}"));
    }
    if let Some(first) = step.operations.first() {
        let undo = if first.reversible { "can be undone" } else { "cannot be undone" };
        lines.push(format!("    do  {} ({undo})", first.call));
    }
}

fn cut(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.into();
    }
    line.chars().take(WIDTH - 1).chain(['…']).collect()
}
