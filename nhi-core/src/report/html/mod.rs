/*!
The report as one HTML page.

The page holds all that it needs: no script, no font, no picture and no address that is fetched; its policy (a
`Content-Security-Policy` in the page) allows nothing but its own style, by hash. It is readable without a style,
too, prints, and follows the reader's choice of light or dark.

What is huge is cut and says so, and the JSON form has it whole: [`HTML_ROWS`](crate::limits::HTML_ROWS) steps and
rows of a table, [`HTML_LIVES`](crate::limits::HTML_LIVES) timelines of
[`HTML_ENTRIES`](crate::limits::HTML_ENTRIES) entries, [`HTML_PLOTS`](crate::limits::HTML_PLOTS) plots,
[`HTML_TEXT`](crate::limits::HTML_TEXT) characters of one text.
*/

mod behaviour;
mod drift;
mod events;
mod inventory;
mod links;
mod lives;
mod page;
mod posture;
mod result;
mod steps;
#[cfg(test)]
mod tests;
mod timelines;
mod unread;

use alloc::string::String;

use sha2::{Digest, Sha256};

use self::{links::Links, page::Page};
use crate::assess::Report;

const STYLE: &str = include_str!("style.css");

/// Sections of the page: anchor and heading, in order.
const SECTIONS: &[(&str, &str)] = &[
    ("result", "Result"),
    ("steps", "Steps"),
    ("inventory", "Inventory"),
    ("drift", "Drift"),
    ("lifecycle", "Lifecycle"),
    ("behaviour", "Unusual behaviour"),
    ("posture", "Posture"),
    ("unread", "Not read"),
];

/// The report as one HTML page: result, steps, inventory, drift, the timeline of each credential, the scores behind
/// each alert, and posture by OWASP item.
///
/// Everything in the report is data: whatever a name holds, it is shown as text. Same report, same bytes.
///
/// # Cost
/// Linear in the report and its ledger; the page is bounded (see [`limits`](crate::limits), `HTML_…`).
///
/// ```
/// use nhi_core::{assess::{Inputs, Policy, assess}, report, time::Timestamp};
/// let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z")?;
/// let page = report::html(&assess(Inputs::default(), now, &Policy::default())?);
/// assert!(page.starts_with("<!doctype html>") && page.contains("Nothing to do"));
/// # Ok::<(), nhi_core::Error>(())
/// ```
pub fn html(report: &Report) -> String {
    let links = Links::of(report);
    let mut page = Page::default();
    head(report, &mut page);
    page.raw("<body>\n<a class=skip href=\"#main\">Skip to the report</a>\n");
    page.raw("<header class=top><p class=brand>nhi <span>Non-human identities</span></p>");
    page.raw("<p class=asof>As of ").time(report.now).raw(" UTC</p></header>\n");
    page.raw("<nav aria-label=Sections><ol>");
    for (anchor, heading) in SECTIONS {
        page.raw("<li><a href=\"#").raw(anchor).raw("\">").raw(heading).raw("</a></li>");
    }
    page.raw("</ol></nav>\n<main id=main>\n");
    result::write(report, &links, &mut page);
    steps::write(report, &links, &mut page);
    inventory::write(report, &links, &mut page);
    drift::write(report, &links, &mut page);
    timelines::write(report, &links, &mut page);
    behaviour::write(report, &links, &mut page);
    posture::write(report, &links, &mut page);
    unread::write(report, &links, &mut page);
    page.raw("</main>\n");
    foot(report, &mut page);
    page.raw("</body>\n</html>\n");
    page.done()
}

fn head(report: &Report, page: &mut Page) {
    let hash = data_encoding::BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    page.raw("<!doctype html>\n<html lang=en dir=ltr>\n<head>\n<meta charset=utf-8>\n");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
    page.cut(&hash, hash.len()).raw("'; base-uri 'none'; form-action 'none'\">\n");
    page.raw("<meta name=viewport content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=color-scheme content=\"light dark\">\n<meta name=referrer content=no-referrer>\n");
    page.raw("<title>Non-human identities at ").text(&page::minute(report.now)).raw(" UTC</title>\n");
    page.raw("<style>").raw(STYLE).raw("</style>\n</head>\n");
}

fn foot(report: &Report, page: &mut Page) {
    page.raw("<footer><p>Ledger: ").count(report.counts.entries, "entry", "entries");
    page.raw(", the last is number ").num(report.checkpoint.seq).raw(" with hash <code class=hash>");
    page.text(&report.checkpoint.hash)
        .raw("</code>. Keep both outside: a ledger that was cut shows against them.</p>");
    page.raw("<p>This page fetches nothing and runs nothing. No secret is in it.</p></footer>\n");
}

/// Begins a section.
fn open(anchor: &'static str, page: &mut Page) {
    let heading =
        SECTIONS.iter().find(|(a, _)| *a == anchor).map(|(_, heading)| *heading).unwrap_or_default();
    page.raw("<section id=").raw(anchor).raw(" aria-labelledby=").raw(anchor).raw("-h><h2 id=");
    page.raw(anchor).raw("-h>").raw(heading).raw("</h2>\n");
}
