//! Posture by item of the OWASP NHI Top 10: how often each check passed, failed and could not be answered.

use alloc::{collections::BTreeMap, vec::Vec};

use super::{
    links::{Links, more},
    page::Page,
};
use crate::{
    assess::{CheckCounts, Report},
    posture::{
        self, Check, CheckResult, Outcome,
        framework::{CONTROLS, Framework},
    },
};

/// Credentials named below one check.
const NAMED: usize = 50;

pub(super) fn write(report: &Report, links: &Links<'_>, page: &mut Page) {
    super::open("posture", page);
    let counts = &report.counts;
    page.raw("<p class=meta>").thousands(counts.passed).raw(" passed, ").thousands(counts.failed);
    page.raw(" failed, ")
        .thousands(counts.unknown)
        .raw(" could not be answered for want of data. By item of the ");
    page.raw("<a rel=noreferrer href=\"").raw(Framework::OwaspNhi.url()).raw("\">");
    page.raw(Framework::OwaspNhi.title()).raw("</a>; missing data never passes a check.</p>\n");
    let mut results: BTreeMap<&str, Vec<&CheckResult>> = BTreeMap::new();
    for result in &report.checks {
        results.entry(&result.check).or_default().push(result);
    }
    let counted: Vec<(&Check, &CheckCounts)> =
        report.posture.iter().filter_map(|c| Some((posture::find(&c.check)?, c))).collect();
    page.raw("<div class=wide tabindex=0 role=region aria-label=\"Posture, table\"><table class=posture>");
    page.raw("<caption>Checks by OWASP item</caption><thead><tr><th scope=col>Check</th>");
    page.raw(
        "<th scope=col class=bar>Share</th><th scope=col class=n>Pass</th><th scope=col class=n>Fail</th>",
    );
    page.raw("<th scope=col class=n>Unknown</th></tr></thead>\n");
    let items = CONTROLS.iter().filter(|c| c.framework == Framework::OwaspNhi);
    for item in items.clone() {
        page.raw("<tbody><tr class=item><th colspan=5 scope=rowgroup>").raw(item.id).raw(" ");
        page.raw(item.title).raw("</th></tr>\n");
        let mut any = false;
        for (check, counts) in counted.iter().filter(|(check, _)| first_item(check) == Some(item.id)) {
            any = true;
            row(check, counts, page);
        }
        if !any {
            page.raw("<tr><td colspan=5 class=meta>no check of this item runs here</td></tr>");
        }
        page.raw("</tbody>\n");
    }
    let mut others = counted.iter().filter(|(check, _)| first_item(check).is_none()).peekable();
    if others.peek().is_some() {
        page.raw("<tbody><tr class=item><th colspan=5 scope=rowgroup>Ours, of no single item</th></tr>\n");
        for (check, counts) in others {
            row(check, counts, page);
        }
        page.raw("</tbody>\n");
    }
    page.raw("</table></div>\n");
    for (check, counts) in &counted {
        if counts.failed + counts.unknown > 0 {
            let of_check = results.get(check.id).map(Vec::as_slice).unwrap_or_default();
            detail(check, counts, of_check, links, page);
        }
    }
    page.raw("</section>\n");
}

fn first_item(check: &Check) -> Option<&'static str> {
    let owasp =
        |id: &&&'static str| CONTROLS.iter().any(|c| c.framework == Framework::OwaspNhi && c.id == **id);
    check.controls.iter().find(owasp).copied()
}

fn row(check: &Check, counts: &CheckCounts, page: &mut Page) {
    let told = counts.failed + counts.unknown > 0;
    page.raw("<tr><th scope=row>");
    if told {
        page.raw("<a href=\"#check-").raw(check.id).raw("\">");
    }
    page.raw("<span class=cid>").raw(check.id).raw("</span> ").raw(check.title);
    page.raw(if told { "</a>" } else { "" }).raw("</th><td class=bar>");
    bar(counts, page);
    for (class, n) in [("ok", counts.passed), ("bad", counts.failed), ("unk", counts.unknown)] {
        page.raw("<td class=\"n ").raw(class).raw(if n == 0 { " zero" } else { "" }).raw("\">").thousands(n);
        page.raw("</td>");
    }
    page.raw("</tr>\n");
}

/// The three counts as parts of one bar. The numbers stand beside it.
fn bar(counts: &CheckCounts, page: &mut Page) {
    let all = (counts.passed + counts.failed + counts.unknown) as f64;
    page.raw("<svg class=share width=\"100%\" height=10 aria-hidden=true focusable=false>");
    let mut x = 0.0;
    for (class, n) in [("bad", counts.failed), ("unk", counts.unknown), ("ok", counts.passed)] {
        if n > 0 {
            let share = n as f64 / all * 100.0;
            page.raw("<rect class=").raw(class).raw(" height=10 x=\"").at(x).raw("%\" width=\"").at(share);
            page.raw("%\"/>");
            x += share;
        }
    }
    page.raw("</svg></td>");
}

fn detail(check: &Check, counts: &CheckCounts, results: &[&CheckResult], links: &Links<'_>, page: &mut Page) {
    page.raw("<details class=check id=check-")
        .raw(check.id)
        .raw("><summary><h3><span class=cid>")
        .raw(check.id);
    page.raw("</span> ").raw(check.title).raw("</h3><span class=meta>").thousands(counts.failed);
    page.raw(" failed, ").thousands(counts.unknown).raw(" unknown</span></summary>\n<div class=body>");
    page.raw("<p>Fails when ").raw(check.fails_when).raw(". Remedy: ").raw(check.remedy).raw(".</p>\n");
    let failed = || results.iter().filter(|r| matches!(r.outcome, Outcome::Fail { .. }));
    if counts.failed > 0 {
        page.raw("<h4>Failed</h4><ul class=why>");
        for result in failed().take(NAMED) {
            page.raw("<li>");
            links.credential(&result.credential, page);
            page.raw(" ");
            links.step(&result.credential, page);
            if let Outcome::Fail { evidence } = &result.outcome {
                let mut texts = evidence.iter().map(|e| e.text.as_str());
                if let Some(text) = texts.next() {
                    page.raw("<br><span class=meta>").text(text);
                    let rest = texts.count();
                    if rest > 0 {
                        page.raw(" (and ").num(rest).raw(" more)");
                    }
                    page.raw("</span>");
                }
            }
            page.raw("</li>");
        }
        page.raw("</ul>\n");
        more(counts.failed as usize, NAMED, page);
    }
    let mut missing: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for result in results {
        if let Outcome::Unknown { missing: inputs } = &result.outcome {
            for one in inputs {
                *missing.entry((&one.input, &one.why)).or_default() += 1;
            }
        }
    }
    if !missing.is_empty() {
        page.raw("<h4>Unknown for want of</h4><ul class=why>");
        for ((input, why), n) in missing.iter().take(NAMED) {
            page.raw("<li><code>").text(input).raw("</code>: ").text(why).raw(" <span class=meta>");
            page.count(*n as u64, "credential", "credentials").raw("</span></li>");
        }
        page.raw("</ul>\n");
        more(missing.len(), NAMED, page);
    }
    page.raw("</div></details>\n");
}
