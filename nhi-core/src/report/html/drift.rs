//! Where sources disagree.

use super::{
    links::{Links, more},
    page::Page,
};
use crate::{
    assess::Report,
    inventory::{Drift, DriftKind},
    limits,
};

/// Pieces of evidence shown of one drift.
const EVIDENCE: usize = 4;

pub(super) fn write(report: &Report, links: &Links<'_>, page: &mut Page) {
    super::open("drift", page);
    if report.drift.is_empty() {
        page.raw("<p>The sources agree.</p>\n</section>\n");
        return;
    }
    page.raw("<div class=wide tabindex=0 role=region aria-label=\"Drift, table\"><table class=cards>");
    page.raw("<caption>Where sources disagree, by credential</caption><thead><tr>");
    page.raw("<th scope=col>Credential</th><th scope=col>Drift</th><th scope=col>Since</th>");
    page.raw("<th scope=col>What shows it</th></tr></thead><tbody>\n");
    for drift in report.drift.iter().take(limits::HTML_ROWS) {
        one(drift, links, page);
    }
    page.raw("</tbody></table></div>\n");
    more(report.drift.len(), limits::HTML_ROWS, page);
    page.raw("</section>\n");
}

fn one(drift: &Drift, links: &Links<'_>, page: &mut Page) {
    page.raw("<tr><th scope=row>");
    links.credential(&drift.credential, page);
    page.raw(" ");
    links.step(&drift.credential, page);
    page.raw("</th><td data-h=Drift>").raw(words(&drift.kind));
    if let DriftKind::AttributeDrift(field) = &drift.kind {
        page.raw(": ").name(field);
    }
    page.raw("</td><td data-h=Since>");
    match drift.since {
        Some(since) => page.time(since),
        None => page.raw("not known"),
    };
    page.raw("</td><td data-h=\"What shows it\"><ul>");
    for evidence in drift.evidence.iter().take(EVIDENCE) {
        page.raw("<li>").text(&evidence.text).raw("</li>");
    }
    if drift.evidence.len() > EVIDENCE {
        page.raw("<li>and ").num(drift.evidence.len() - EVIDENCE).raw(" more</li>");
    }
    page.raw("</ul></td></tr>\n");
}

/// What a drift is, for a reader.
fn words(kind: &DriftKind) -> &'static str {
    use crate::inventory::StateDriftKind::{EndedOutside, Resurrected, RevocationNotEffective};
    match kind {
        DriftKind::Leaked => "leaked",
        DriftKind::StateDrift(Resurrected) => "came back after its end",
        DriftKind::StateDrift(RevocationNotEffective) => "revocation not effective",
        DriftKind::StateDrift(EndedOutside) => "ended outside",
        DriftKind::EnvCross => "crosses environments",
        DriftKind::DuplicateValue => "one secret in several places",
        DriftKind::Undeclared => "undeclared",
        DriftKind::Ghost => "declared, does not exist",
        DriftKind::VaultedOrphan => "in the vault, does not work",
        DriftKind::Unvaulted => "in no vault",
        DriftKind::ScopeDrift => "granted something else than declared",
        DriftKind::OwnerDrift => "owners differ",
        DriftKind::AttributeDrift(_) => "field differs",
    }
}
