//! The first screen: the result, what to do, what it took, in at most 24 lines of a terminal.

use alloc::{format, string::String, vec::Vec};

use super::words::{duration, plural};
use crate::assess::{Report, Step};

/// Steps that are told in full.
const FULL: usize = 3;
/// Steps that are named at all; the rest is counted.
const NAMED: usize = 10;
/// Lines for leaks; if there are more, the last one counts them.
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
    let ordered: Vec<String> = report
        .responses
        .iter()
        .filter(|response| response.ordered)
        .map(|response| format!("{} {}", response.action.replace('_', " "), response.name))
        .collect();
    if !ordered.is_empty() {
        lines.push(format!("ordered, for you to carry out: {}", ordered.join(", ")));
    }
    let named = if report.leaks.len() > LEAKS { LEAKS - 1 } else { LEAKS };
    for leak in report.leaks.iter().take(named) {
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
    if !step.operations.is_empty() {
        let calls: Vec<&str> = step.operations.iter().map(|remedy| remedy.call.as_str()).collect();
        lines.push(format!("    do  {}", calls.join("; then ")));
    }
}

/// One line of at most [`WIDTH`] characters. Control characters show as escapes, and so do those that turn the
/// direction of writing or break the line: names from foreign input must not steer a terminal.
fn cut(line: &str) -> String {
    let mut out: Vec<char> = Vec::new();
    for c in line.chars() {
        if steers(c) {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        }
        if out.len() > WIDTH {
            out.truncate(WIDTH - 1);
            out.push('…');
            break;
        }
    }
    out.into_iter().collect()
}

/// Whether a character acts on a terminal instead of being shown (Unicode Standard Annex 9, section 2).
fn steers(c: char) -> bool {
    let turns = matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_plain() {
        assert_eq!(cut("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
        assert_eq!(cut("a\u{202e}b\u{2066}"), "a\\u{202e}b\\u{2066}");
        assert_eq!(cut(&"é".repeat(500)).chars().count(), WIDTH);
        assert_eq!(cut(&"x".repeat(WIDTH)).chars().count(), WIDTH);
    }
}
