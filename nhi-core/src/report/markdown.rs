//! The whole report as Markdown, a paragraph for each step.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Write;

use super::words::{duration, plural};
use crate::{
    assess::{Report, Step},
    inventory::Drift,
    posture::Outcome,
};

/// Rows of a table that are written out; the rest is counted (the JSON form has all).
const ROWS: usize = 500;

/// The report as Markdown (CommonMark with tables).
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report, out: &mut String) -> core::fmt::Result {
    writeln!(out, "# Non-human identities at {}\n\n{}\n", report.now, report.result)?;
    writeln!(out, "## Steps\n")?;
    if report.steps.is_empty() {
        writeln!(out, "Nothing to do.\n")?;
    }
    for step in report.steps.iter().take(ROWS) {
        paragraph(step, out)?;
    }
    more(report.steps.len(), "step", out)?;
    responses(report, out)?;
    leaks(report, out)?;
    alerts(report, out)?;
    inventory(report, out)?;
    drift(report, out)?;
    checks(report, out)?;
    problems(report, out)
}

fn paragraph(step: &Step, out: &mut String) -> core::fmt::Result {
    writeln!(out, "### {}. {}\n", step.rank, escape(&step.title))?;
    let checks =
        if step.checks.is_empty() { String::new() } else { format!(" · {}", step.checks.join(", ")) };
    writeln!(
        out,
        "{} · `{}` · owner {} · environment {}{checks}\n",
        step.severity.as_str(),
        code(&step.subject),
        escape(&step.owner),
        step.environment
    )?;
    for why in &step.why {
        writeln!(out, "- {}", escape(why))?;
    }
    if !step.operations.is_empty() {
        writeln!(out, "\nDo, in this order:\n")?;
        for (i, remedy) in step.operations.iter().enumerate() {
            let undo = if remedy.reversible { "can be undone" } else { "cannot be undone" };
            let needs = match remedy.permission.as_str() {
                "" => String::new(),
                permission => format!("; needs {}", escape(permission)),
            };
            writeln!(out, "{}. `{}` ({undo}{needs})", i + 1, code(&remedy.call))?;
        }
    }
    writeln!(out)
}

fn responses(report: &Report, out: &mut String) -> core::fmt::Result {
    if report.responses.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Response to alerts\n")?;
    writeln!(
        out,
        "What is ordered stands in the ledger; carrying it out is the host's: nothing was called.\n"
    )?;
    for response in report.responses.iter().take(ROWS) {
        let state = if response.ordered { "ordered" } else { "not ordered" };
        let (action, name) = (response.action.replace('_', " "), escape(&response.name));
        writeln!(out, "- {state}: {action} {name} ({})", escape(&response.why))?;
    }
    writeln!(out)
}

fn leaks(report: &Report, out: &mut String) -> core::fmt::Result {
    if report.leaks.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "## Leaks\n\n| secret | place | first seen | contained | took | waited for a person |\n|---|---|---|---|---|---|"
    )?;
    for leak in report.leaks.iter().take(ROWS) {
        let contained = leak.contained_at.map_or("open".into(), |at| format!("{at}"));
        let (took, waited) = (duration(leak.took_ms), duration(leak.waited_for_person_ms));
        writeln!(
            out,
            "| {} | {} | {} | {contained} | {took} | {waited} |",
            cell(&leak.name),
            cell(&leak.place),
            leak.first_seen
        )?;
    }
    more(report.leaks.len(), "leak", out)
}

fn alerts(report: &Report, out: &mut String) -> core::fmt::Result {
    if report.alerts.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "## Unusual behaviour\n\n| credential | from | to | hours | activities | peak | reasons |\n|---|---|---|---|---|---|---|"
    )?;
    for alert in report.alerts.iter().take(ROWS) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {:.1}{} | {} |",
            cell(&alert.subject),
            alert.first,
            alert.last,
            alert.hours,
            alert.activities,
            alert.peak,
            if alert.severe { " severe" } else { "" },
            cell(&alert.reasons.join("; "))
        )?;
    }
    more(report.alerts.len(), "subject", out)
}

fn inventory(report: &Report, out: &mut String) -> core::fmt::Result {
    writeln!(
        out,
        "## Inventory\n\n| credential | kind | owner | environment | workload | purpose | expires | last used | state |\n|---|---|---|---|---|---|---|---|---|"
    )?;
    for row in report.credentials.iter().take(ROWS) {
        let cells = [
            &row.id,
            &row.kind,
            &row.owner,
            &row.environment,
            &row.workload,
            &row.purpose,
            &row.expires,
            &row.last_used,
            &row.state,
        ];
        for text in cells {
            write!(out, "| {} ", cell(text))?;
        }
        writeln!(out, "|")?;
    }
    more(report.credentials.len(), "credential", out)
}

fn drift(report: &Report, out: &mut String) -> core::fmt::Result {
    if report.drift.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Drift\n")?;
    for drift in report.drift.iter().take(ROWS) {
        writeln!(out, "- {}", escape(&drift_text(drift)))?;
    }
    writeln!(out)?;
    more(report.drift.len(), "drift", out)
}

fn checks(report: &Report, out: &mut String) -> core::fmt::Result {
    let counts = &report.counts;
    writeln!(
        out,
        "## Posture\n\n{} passed, {} failed, {} could not be answered.\n",
        counts.passed, counts.failed, counts.unknown
    )?;
    writeln!(out, "| check | subject | outcome | evidence or what is missing |\n|---|---|---|---|")?;
    for check in report.checks.iter().take(ROWS) {
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            check.check,
            cell(&check.credential),
            check.outcome.word(),
            cell(&outcome(&check.outcome))
        )?;
    }
    more(report.checks.len(), "row", out)
}

fn problems(report: &Report, out: &mut String) -> core::fmt::Result {
    if report.problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Not read\n")?;
    for problem in report.problems.iter().take(ROWS) {
        writeln!(out, "- {}", escape(&super::problem_text(problem)))?;
    }
    writeln!(out)?;
    more(report.problems.len(), "problem", out)
}

fn more(all: usize, noun: &str, out: &mut String) -> core::fmt::Result {
    if all > ROWS {
        writeln!(out, "\nand {}.\n", plural(all - ROWS, &format!("more {noun}"), &format!("more {noun}s")))
    } else {
        writeln!(out)
    }
}

/// Text that Markdown must not take for markup; control characters become spaces.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '#' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn cell(text: &str) -> String {
    escape(text)
}

/// Text inside backticks: a backtick would end it.
fn code(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '`' {
                '\''
            } else if c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect()
}

fn outcome(outcome: &Outcome) -> String {
    let texts: Vec<&str> = match outcome {
        Outcome::Pass => Vec::new(),
        Outcome::Fail { evidence } => evidence.iter().map(|e| e.text.as_str()).collect(),
        Outcome::Unknown { missing } => {
            return missing.iter().map(|m| format!("{}: {}", m.input, m.why)).collect::<Vec<_>>().join("; ");
        }
    };
    texts.join("; ")
}

fn drift_text(drift: &Drift) -> String {
    let kind = serde_json::to_string(&drift.kind).unwrap_or_default();
    let kind: String = kind.chars().filter(|c| !matches!(c, '"' | '{' | '}')).collect();
    let why: Vec<&str> = drift.evidence.iter().map(|e| e.text.as_str()).collect();
    format!("{kind} · {}: {}", drift.credential, why.join("; "))
}
