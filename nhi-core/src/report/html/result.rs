//! The first screen: what is wrong, how much, and what to do now.

use super::{links::Links, page::Page};
use crate::{
    assess::{Leak, Report},
    limits,
    posture::Severity,
    report::words::duration,
};

/// Steps named on the first screen.
const FIRST: usize = 3;
/// Leaks in the table.
const LEAKS: usize = 50;

pub(super) fn write(report: &Report, links: &Links<'_>, page: &mut Page) {
    page.raw("<section id=result aria-labelledby=result-h>\n<h1 id=result-h>")
        .text(&report.result)
        .raw("</h1>\n");
    figures(report, page);
    if !report.steps.is_empty() {
        page.raw("<h2>Do now</h2>\n<ol class=now>");
        for step in report.steps.iter().take(FIRST) {
            page.raw("<li class=").raw(step.severity.as_str()).raw("><p><a href=\"#step-").num(step.rank);
            page.raw("\"><strong class=sev>").raw(step.severity.as_str()).raw("</strong> ");
            page.name(&step.title).raw("</a></p>");
            if let Some(first) = step.operations.first() {
                page.raw("<p class=call><code>").cut(&first.call, limits::HTML_TEXT).raw("</code>");
                if step.operations.len() > 1 {
                    page.raw(" <span class=then>then ").num(step.operations.len() - 1).raw(" more</span>");
                }
                page.raw("</p>");
            } else {
                page.raw("<p class=meta>owner ").name(&step.owner).raw("</p>");
            }
            page.raw("</li>");
        }
        page.raw("</ol>\n");
        if report.steps.len() > FIRST {
            page.raw("<p class=more>then <a href=\"#step-4\">");
            page.count((report.steps.len() - FIRST) as u64, "more step", "more steps").raw("</a></p>\n");
        }
    }
    responses(report, links, page);
    leaks(report, links, page);
    page.raw("</section>\n");
}

fn figures(report: &Report, page: &mut Page) {
    let counts = &report.counts;
    let of = |severity| report.steps.iter().filter(|s| s.severity == severity).count() as u64;
    let open = report.leaks.iter().filter(|leak| leak.contained_at.is_none()).count() as u64;
    page.raw("<dl class=figures>");
    for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low] {
        page.raw("<div class=").raw(severity.as_str()).raw("><dt>").raw(severity.as_str()).raw("</dt><dd>");
        page.thousands(of(severity)).raw("</dd></div>");
    }
    let part = |name: &'static str, part: u64, all: u64, page: &mut Page| {
        page.raw("<div><dt>").raw(name).raw("</dt><dd>").thousands(part).raw("<small> of ").thousands(all);
        page.raw("</small></dd></div>");
    };
    part("with an owner", counts.owned, counts.credentials, page);
    part("fully described", counts.described, counts.credentials, page);
    part("leaks open", open, report.leaks.len() as u64, page);
    page.raw("<div><dt>alerts</dt><dd>").thousands(counts.alerts).raw("</dd></div></dl>\n");
    page.raw("<p class=meta>Read: ").count(counts.files, "file", "files").raw(", ");
    page.count(counts.rows, "row", "rows").raw(", ").count(counts.activities, "activity", "activities");
    page.raw(" scored. Known: ").count(counts.identities, "identity", "identities").raw(", ");
    page.count(counts.credentials, "credential", "credentials").raw(", ");
    page.count(counts.sightings, "place", "places").raw(" where a secret was seen.</p>\n");
}

fn responses(report: &Report, links: &Links<'_>, page: &mut Page) {
    if report.responses.is_empty() {
        return;
    }
    page.raw("<h2>Response to alerts</h2>\n<p class=meta>What is ordered stands in the ledger; carrying it out is ");
    page.raw("the host’s: nothing was called.</p>\n<ul class=plain>");
    for response in report.responses.iter().take(limits::HTML_ROWS) {
        page.raw("<li><strong>")
            .raw(if response.ordered { "ordered" } else { "not ordered" })
            .raw("</strong> ");
        page.text(&response.action.replace('_', " ")).raw(" ").name(&response.name).raw(" <span class=meta>");
        page.text(&response.why).raw("</span> ");
        links.step(&response.subject, page);
        page.raw("</li>");
    }
    page.raw("</ul>\n");
    super::links::more(report.responses.len(), limits::HTML_ROWS, page);
}

fn leaks(report: &Report, links: &Links<'_>, page: &mut Page) {
    if report.leaks.is_empty() {
        return;
    }
    page.raw("<h2>Leaks</h2>\n<div class=wide tabindex=0 role=region aria-label=\"Leaks, table\"><table class=cards>");
    page.raw("<caption>Secrets seen outside their store, open ones first</caption><thead><tr>");
    page.raw("<th scope=col>Secret</th><th scope=col>Place</th><th scope=col>First seen</th>");
    page.raw("<th scope=col>Contained</th><th scope=col>Took</th><th scope=col>Waited for a person</th>");
    page.raw("</tr></thead><tbody>\n");
    for leak in report.leaks.iter().take(LEAKS) {
        row(leak, links, page);
    }
    page.raw("</tbody></table></div>\n");
    super::links::more(report.leaks.len(), LEAKS, page);
}

fn row(leak: &Leak, links: &Links<'_>, page: &mut Page) {
    page.raw("<tr><th scope=row>").name(&leak.name).raw(" ");
    links.step(&leak.subject, page);
    page.raw("</th><td data-h=Place><code>").text(&leak.place).raw("</code></td><td data-h=\"First seen\">");
    page.time(leak.first_seen).raw("</td><td data-h=Contained>");
    match leak.contained_at {
        Some(at) => page.time(at),
        None => page.raw("<strong class=bad>open</strong>"),
    };
    page.raw("</td><td data-h=Took>").text(&duration(leak.took_ms)).raw("</td><td data-h=\"Waited\">");
    page.text(&duration(leak.waited_for_person_ms)).raw("</td></tr>\n");
}
