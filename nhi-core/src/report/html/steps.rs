//! What to do, most urgent first.

use super::{
    links::{Links, more},
    page::Page,
};
use crate::{
    assess::{Report, Step},
    limits,
};

/// Steps that are shown unfolded.
const UNFOLDED: usize = 3;
/// Other credentials of one step that are named.
const OTHERS: usize = 20;

pub(super) fn write(report: &Report, links: &Links<'_>, page: &mut Page) {
    super::open("steps", page);
    if report.steps.is_empty() {
        page.raw("<p>Nothing to do.</p>\n");
    } else {
        page.raw("<p class=meta>Everything about one credential is in one step. Most urgent first.</p>\n");
    }
    for step in report.steps.iter().take(limits::HTML_ROWS) {
        one(step, links, page);
    }
    more(report.steps.len(), limits::HTML_ROWS, page);
    page.raw("</section>\n");
}

fn one(step: &Step, links: &Links<'_>, page: &mut Page) {
    page.raw("<details class=\"step ").raw(step.severity.as_str()).raw("\" id=step-").num(step.rank);
    page.raw(if step.rank as usize <= UNFOLDED { " open" } else { "" }).raw("><summary><span class=n>");
    page.num(step.rank).raw("</span><h3><strong class=sev>").raw(step.severity.as_str()).raw("</strong> ");
    page.name(&step.title).raw("</h3></summary>\n<div class=body><p class=meta>");
    links.credential(&step.subject, page);
    page.raw("</p><dl class=facts><div><dt>Owner</dt><dd>").name(&step.owner);
    page.raw("</dd></div><div><dt>Environment</dt><dd>").text(&step.environment).raw("</dd></div>");
    if !step.checks.is_empty() {
        page.raw("<div><dt>Checks</dt><dd>");
        for (i, check) in step.checks.iter().enumerate() {
            page.raw(if i > 0 { ", " } else { "" });
            links.check(check, page);
        }
        page.raw("</dd></div>");
    }
    page.raw("</dl>\n");
    if !step.operations.is_empty() {
        page.raw("<h4>Do, in this order</h4><ol class=calls>");
        for remedy in &step.operations {
            page.raw("<li><code>").cut(&remedy.call, limits::HTML_CALL).raw("</code> <span class=meta>");
            page.raw(if remedy.reversible { "can be undone" } else { "cannot be undone" });
            if !remedy.permission.is_empty() {
                page.raw("; needs <code>").text(&remedy.permission).raw("</code>");
            }
            page.raw("</span></li>");
        }
        page.raw("</ol>\n");
    }
    if !step.why.is_empty() {
        page.raw("<h4>Why</h4><ul class=why>");
        for why in &step.why {
            page.raw("<li>").text(why).raw("</li>");
        }
        page.raw("</ul>\n");
    }
    if !step.others.is_empty() {
        page.raw("<h4>The same secret is in</h4><ul class=why>");
        for other in step.others.iter().take(OTHERS) {
            page.raw("<li>");
            links.credential(other, page);
            page.raw("</li>");
        }
        page.raw("</ul>\n");
        more(step.others.len(), OTHERS, page);
    }
    page.raw("</div></details>\n");
}
