//! Every credential: who answers for it, where, what for, until when.

use super::{
    links::{Links, full, more},
    page::Page,
};
use crate::{
    assess::{CredentialSummary, Report},
    limits,
};

pub(super) fn write(report: &Report, links: &Links<'_>, page: &mut Page) {
    super::open("inventory", page);
    if report.credentials.is_empty() {
        page.raw("<p>No credential is known.</p>\n</section>\n");
        return;
    }
    page.raw("<div class=wide tabindex=0 role=region aria-label=\"Inventory, table\"><table class=cards>");
    page.raw("<caption>Every credential, those with a step first</caption><thead><tr>");
    page.raw("<th scope=col>Credential</th><th scope=col>Owner</th><th scope=col>Environment</th>");
    page.raw("<th scope=col>Purpose</th><th scope=col>Expires</th><th scope=col>Last used</th>");
    page.raw("<th scope=col>State</th></tr></thead><tbody>\n");
    let shown = links.order.iter().take(limits::HTML_ROWS);
    for (row, credential) in shown.filter_map(|i| report.credentials.get(*i)).enumerate() {
        one(row, credential, links, page);
    }
    page.raw("</tbody></table></div>\n");
    more(report.credentials.len(), limits::HTML_ROWS, page);
    page.raw("</section>\n");
}

fn one(row: usize, credential: &CredentialSummary, links: &Links<'_>, page: &mut Page) {
    page.raw("<tr id=credential-").num(row + 1).raw("><th scope=row>");
    full(&credential.id, page);
    page.raw(" <span class=kind>").text(&credential.kind.replace('_', " "));
    page.raw("</span> ");
    links.step(&credential.id, page);
    page.raw("</th>");
    cell("Owner", &credential.owner, page);
    cell("Environment", &credential.environment, page);
    page.raw("<td data-h=Purpose>").name(&credential.purpose).raw(" <span class=meta>");
    page.name(&credential.workload).raw("</span></td>");
    cell("Expires", &credential.expires, page);
    cell("Last used", &credential.last_used, page);
    page.raw("<td data-h=State>").text(&credential.state);
    if credential.trust != "none" && credential.trust != "ok" {
        page.raw(" <span class=meta>baseline ").text(&credential.trust).raw("</span>");
    }
    page.raw("</td></tr>\n");
}

fn cell(head: &'static str, text: &str, page: &mut Page) {
    // A date, a word or a name of two words stays on its line; what is longer breaks.
    let class = if text.chars().count() <= 10 { "<td class=s data-h=\"" } else { "<td data-h=\"" };
    page.raw(class).raw(head).raw("\">").name(text).raw("</td>");
}
