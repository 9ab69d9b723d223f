//! A timeline for each credential: versions as bars on one axis of time, what happened as a list beneath.

use alloc::{format, vec::Vec};

use super::{
    links::{Links, more},
    lives::{Entry, Lane, Life, lives},
    page::Page,
};
use crate::{
    assess::Report,
    limits,
    time::{DAY, Timestamp},
};

/// Height of one version's bar, and the distance to the next.
const BAR: usize = 14;
const PITCH: usize = 20;
/// Versions drawn of one credential, the newest.
const LANES: usize = 12;
/// Share of the axis that the ledger's time gets, in percent; the rest is what was before it.
const LEDGER: f64 = 90.0;

/// States in the order of a life, with the word in the key.
const STATES: &[(&str, &str)] = &[
    ("Before", "before the ledger"),
    ("Pending", "pending"),
    ("Verified", "verified"),
    ("Active", "active"),
    ("Retiring", "retiring"),
    ("Tainted", "tainted"),
    ("Suspended", "suspended"),
    ("Revoking", "revoking"),
    ("RevokeFailed", "revocation failed"),
    ("Revoked", "revoked"),
    ("Expired", "expired"),
    ("Destroyed", "destroyed"),
];

/// The one axis of all timelines: a narrow part for what was before the ledger, the rest for what it tells.
struct Axis {
    begins: Timestamp,
    now: Timestamp,
}

impl Axis {
    fn x(&self, at: Timestamp) -> f64 {
        let span = self.now.since(self.begins).max(1) as f64;
        let x = at.since(self.begins) as f64 / span * LEDGER + (100.0 - LEDGER);
        if at < self.begins { 0.0 } else { x.clamp(0.0, 100.0) }
    }

    /// The dates, once for all timelines.
    fn drawn(&self, page: &mut Page) {
        page.raw("<svg class=axis width=\"100%\" height=16 aria-hidden=true focusable=false>");
        page.raw("<text class=tick x=0 y=12>before</text>");
        let span = self.now.since(self.begins);
        for (share, anchor) in [(0, "start"), (1, "middle"), (2, "end")] {
            let at = self.begins.plus(span / 2 * share);
            page.raw("<text class=tick y=12 text-anchor=")
                .raw(anchor)
                .raw(" x=\"")
                .at(self.x(at))
                .raw("%\">");
            page.text(&at.date_string()).raw("</text>");
        }
        page.raw("</svg>\n");
    }
}

pub(super) fn write(report: &Report, links: &Links<'_>, page: &mut Page) {
    super::open("lifecycle", page);
    let Some(lives) = lives(report, links) else {
        page.raw("<p>The ledger of this report could not be read.</p>\n</section>\n");
        return;
    };
    let Some(begins) = lives.begins else {
        page.raw("<p>The ledger is empty.</p>\n</section>\n");
        return;
    };
    // A ledger that begins now still needs some time to be drawn in.
    let axis = Axis { begins: begins.min(report.now.plus(-DAY)), now: report.now };
    page.raw("<p class=meta>What the ledger tells of each credential, from ").time(begins).raw(" to ");
    page.time(report.now)
        .raw(" UTC; the fainter part on the left is before it, from the records. Each bar is a ");
    page.raw("version, one above the other where they overlap.</p>\n");
    key(&lives.lives, page);
    axis.drawn(page);
    for life in &lives.lives {
        one(life, &axis, links, page);
    }
    more(lives.all, limits::HTML_LIVES, page);
    page.raw("</section>\n");
}

fn key(lives: &[Life], page: &mut Page) {
    let spans = || lives.iter().flat_map(|life| &life.lanes).flat_map(|lane| &lane.spans);
    page.raw("<ul class=states aria-label=\"States in the timelines\">");
    for (state, word) in STATES.iter().filter(|(state, _)| spans().any(|span| span.state == *state)) {
        page.raw("<li><span class=\"swatch ").raw(state).raw("\"></span>").raw(word).raw("</li>");
    }
    page.raw("</ul>\n");
}

fn one(life: &Life, axis: &Axis, links: &Links<'_>, page: &mut Page) {
    page.raw("<article class=life><h3>");
    links.credential(&life.id, page);
    page.raw(" ");
    links.step(&life.id, page);
    page.raw("</h3>\n");
    let lanes: Vec<&Lane> = life.lanes.iter().rev().take(LANES).rev().collect();
    drawing(life, &lanes, axis, page);
    page.raw("<details class=more><summary>").count(life.all as u64, "entry", "entries");
    if life.lanes.len() > 1 {
        page.raw(", ").count(life.lanes.len() as u64, "version", "versions");
    }
    if life.lanes.len() > LANES {
        page.raw(", the newest ").num(LANES).raw(" drawn");
    }
    page.raw("</summary>\n<div class=body><ul class=why>");
    for lane in &lanes {
        version(lane, page);
    }
    page.raw("</ul>\n<ol class=entries>");
    for entry in &life.entries {
        self::entry(entry, page);
    }
    page.raw("</ol>\n");
    if life.all > life.entries.len() {
        page.raw("<p class=more>").thousands((life.all - life.entries.len()) as u64);
        page.raw(" earlier entries are in the ledger (<code>ledger.jsonl</code>).</p>\n");
    }
    page.raw("</div></details></article>\n");
}

fn version(lane: &Lane, page: &mut Page) {
    page.raw("<li>").text(&lane.version);
    if let Some(external) = &lane.external {
        page.raw(" <code>").text(external).raw("</code>");
    }
    for span in &lane.spans {
        page.raw(", ").raw(word(span.state)).raw(" from ").time(span.from);
    }
    if let Some(end) = lane.not_after {
        page.raw("; ends ").time(end);
    }
    page.raw("</li>");
}

fn entry(entry: &Entry, page: &mut Page) {
    page.raw("<li")
        .raw(if entry.marked { " class=marked" } else { "" })
        .raw(">")
        .time(entry.at)
        .raw(" <span>");
    page.text(&entry.text).raw("</span> <span class=meta>").name(&entry.actor).raw(", entry ").num(entry.seq);
    page.raw("</span></li>\n");
}

fn drawing(life: &Life, lanes: &[&Lane], axis: &Axis, page: &mut Page) {
    let height = lanes.len() * PITCH + 12;
    let mut told = format!("{} over time: ", life.id);
    if lanes.is_empty() {
        told.push_str("no version");
    }
    for (i, lane) in lanes.iter().enumerate() {
        let state = lane.spans.last().map_or("", |span| word(span.state));
        told.push_str(&format!("{}{} {state} now", if i > 0 { ", " } else { "" }, lane.version));
    }
    page.raw("<svg class=timeline width=\"100%\" height=").num(height).raw(" role=img");
    page.attr("aria-label", &told).raw("><title>").text(&told).raw("</title>\n");
    let left = 100.0 - LEDGER;
    page.raw("<line class=grid x1=\"").at(left).raw("%\" x2=\"").at(left).raw("%\" y1=0 y2=").num(height);
    page.raw("></line>");
    for (i, lane) in lanes.iter().enumerate() {
        let y = i * PITCH + 2;
        for span in &lane.spans {
            let (from, to) = (axis.x(span.from).min(99.5), axis.x(span.to));
            // What was short is still to be seen.
            page.raw("<rect class=")
                .raw(span.state)
                .raw(" x=\"")
                .at(from)
                .raw("%\" y=")
                .num(y)
                .raw(" width=\"");
            page.at((to - from).max(0.5)).raw("%\" height=").num(BAR).raw("><title>").text(&lane.version);
            page.raw(" ").raw(word(span.state)).raw(", ").text(&super::page::minute(span.from)).raw(" to ");
            page.text(&super::page::minute(span.to)).raw("</title></rect>");
        }
        let widest = lane.spans.iter().max_by(|a, b| width(a, axis).total_cmp(&width(b, axis)));
        if let Some(widest) = widest.filter(|span| width(span, axis) > 20.0) {
            page.raw("<text class=\"label ").raw(widest.state).raw("\" dx=6 x=\"").at(axis.x(widest.from));
            page.raw("%\" y=").num(y + 11).raw(">").text(&lane.version).raw(" ").raw(word(widest.state));
            page.raw("</text>");
        }
    }
    let y = lanes.len() * PITCH + 5;
    for entry in life.entries.iter().filter(|entry| entry.marked) {
        page.raw("<circle class=event r=2.5 cx=\"")
            .at(axis.x(entry.at))
            .raw("%\" cy=")
            .num(y)
            .raw("><title>");
        page.text(&super::page::minute(entry.at)).raw(": ").text(&entry.text).raw("</title></circle>");
    }
    page.raw("</svg>\n");
}

fn width(span: &super::lives::Span, axis: &Axis) -> f64 {
    axis.x(span.to) - axis.x(span.from)
}

fn word(state: &str) -> &'static str {
    STATES.iter().find(|(name, _)| *name == state).map_or("unknown", |(_, word)| word)
}
