//! Scores over time of every subject with an alert: thresholds, the activities over them, and why.

use alloc::vec::Vec;

use super::{
    links::{Links, more},
    page::Page,
};
use crate::{
    assess::{Alerts, Course, Report},
    limits,
    time::Timestamp,
};

/// Height of a plot in pixels, without its labels.
const HEIGHT: f64 = 150.0;
/// No score is higher: 20 dimensions of at most 6 decades.
const HIGHEST: f64 = 120.0;

pub(super) fn write(report: &Report, links: &Links<'_>, page: &mut Page) {
    super::open("behaviour", page);
    if report.alerts.is_empty() {
        page.raw("<p>No activity was over its threshold.</p>\n</section>\n");
        return;
    }
    page.raw(
        "<p class=meta>A score is the sum of surprises in decades: each point is ten times less likely. ",
    );
    page.raw("The threshold follows from the alert budget, the severe one from a tenth of it.</p>\n");
    let mut order: Vec<&Alerts> = report.alerts.iter().collect();
    order.sort_by_key(|alerts| links.steps.get(alerts.subject.as_str()).copied().unwrap_or(u32::MAX));
    for alerts in order.iter().take(limits::HTML_PLOTS) {
        one(alerts, links, page);
    }
    more(order.len(), limits::HTML_PLOTS, page);
    page.raw("</section>\n");
}

fn one(alerts: &Alerts, links: &Links<'_>, page: &mut Page) {
    page.raw("<article class=alert><h3>");
    links.credential(&alerts.subject, page);
    page.raw("</h3><p class=meta>");
    page.count(alerts.activities, "activity", "activities").raw(" over the threshold in ");
    page.count(alerts.hours, "hour", "hours").raw(", peak ").at1(alerts.peak);
    page.raw(if alerts.severe { " (severe) " } else { " " }).raw("on ").time(alerts.peak_at);
    page.raw(" UTC; baseline ").text(&alerts.trust).raw(" ");
    links.step(&alerts.subject, page);
    page.raw("</p>\n<ul class=why>");
    for reason in &alerts.reasons {
        page.raw("<li>").text(reason).raw("</li>");
    }
    page.raw("</ul>\n");
    if let Some(course) = &alerts.course {
        plot(alerts, course, page);
        table(alerts, course, page);
    }
    page.raw("</article>\n");
}

/// Where things lie in a plot: time to the right in percent, score upward in pixels.
struct Axes {
    from: Timestamp,
    span: f64,
    top: f64,
}

impl Axes {
    fn x(&self, at: Timestamp) -> f64 {
        (at.since(self.from) as f64 / self.span * 100.0).clamp(0.0, 100.0)
    }

    fn y(&self, score: f64) -> f64 {
        HEIGHT - (score / self.top * HEIGHT).clamp(0.0, HEIGHT)
    }
}

fn plot(alerts: &Alerts, course: &Course, page: &mut Page) {
    let (Some(first), Some(last)) = (course.points.first(), course.points.last()) else { return };
    let highest = course.points.iter().map(|p| p.score);
    let severe = course.thresholds.iter().map(|t| t.severe);
    let top = highest.chain(severe.filter(|s| *s < 65.0)).fold(1.0, f64::max).min(HIGHEST) * 1.06;
    let axes = Axes { from: first.at, span: last.at.since(first.at).max(1) as f64, top };
    page.raw("<figure class=plot><svg width=\"100%\" height=178 role=img aria-label=\"Scores of ");
    page.text(&alerts.subject).raw(" over time; the activities over the threshold are in the table below\">");
    page.raw("<title>Scores of ").text(&alerts.subject).raw(" over time</title><desc>Peak ").at1(alerts.peak);
    page.raw(" on ")
        .text(&super::page::minute(alerts.peak_at))
        .raw(" UTC. The activities over the threshold ");
    page.raw("are in the table below.</desc>\n");
    let labels = grid(&axes, last.at, page);
    // Lines are drawn in a box of their own that stretches; what must not stretch lies beside it in percent.
    page.raw("<svg y=4 width=\"100%\" height=150 viewBox=\"0 0 100 150\" preserveAspectRatio=none>");
    if let Some(until) = course.learning_until {
        page.raw("<rect class=learning x=0 y=0 height=150 width=").at(axes.x(until)).raw("></rect>");
    }
    page.raw("<path class=score d=\"");
    for point in &course.points {
        page.raw("M").at(axes.x(point.at)).raw(" 150V").at(axes.y(point.score));
    }
    page.raw("\"/>");
    for (class, of) in [("notable", 0), ("severe", 1)] {
        steps(class, of, course, &axes, last.at, page);
    }
    page.raw("</svg>\n");
    for anomaly in &course.anomalies {
        let (x, y) = (axes.x(anomaly.at), axes.y(anomaly.score) + 4.0);
        page.raw("<circle class=").raw(if anomaly.severe { "severe" } else { "notable" }).raw(" r=3.5 cx=\"");
        page.at(x)
            .raw("%\" cy=")
            .at(y)
            .raw("><title>")
            .text(&super::page::minute(anomaly.at))
            .raw(", score ");
        page.at1(anomaly.score).raw("</title></circle>");
    }
    for (y, score) in labels {
        page.raw("<text class=tick x=2 y=").at(y).raw(">").at0(score).raw("</text>");
    }
    page.raw("</svg><figcaption><span class=\"key score\">highest score of each ");
    page.text(&crate::report::words::duration(stretch(course))).raw("</span> ");
    page.raw("<span class=\"key notable\">threshold</span> <span class=\"key severe\">severe</span> ");
    page.raw("<span class=\"key dot\">activity over it</span>");
    if course.learning_until.is_some() {
        page.raw(" <span class=\"key learning\">baseline was learning</span>");
    }
    page.raw("</figcaption></figure>\n");
}

/// Length of what one point stands for: a point's stretch is not kept, the smallest distance shows it well enough.
fn stretch(course: &Course) -> i64 {
    let span = match (course.points.first(), course.points.last()) {
        (Some(first), Some(last)) => last.at.since(first.at),
        _ => 0,
    };
    span / limits::REPORT_POINTS as i64
}

/// A threshold as steps.
fn steps(class: &'static str, of: usize, course: &Course, axes: &Axes, end: Timestamp, page: &mut Page) {
    page.raw("<path class=").raw(class).raw(" d=\"");
    let mut begun = false;
    for threshold in &course.thresholds {
        let value = if of == 0 { threshold.notable } else { threshold.severe };
        // No threshold was made yet.
        if value > 65.0 {
            continue;
        }
        let (x, y) = (axes.x(threshold.from), axes.y(value));
        if begun {
            page.raw("H").at(x).raw("V").at(y);
        } else {
            page.raw("M").at(x).raw(" ").at(y);
            begun = true;
        }
    }
    if begun {
        page.raw("H").at(axes.x(end));
    }
    page.raw("\"/>");
}

/// Lines of equal score; gives their labels, which go on top of everything.
fn grid(axes: &Axes, end: Timestamp, page: &mut Page) -> Vec<(f64, f64)> {
    let step = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0].into_iter().find(|s| axes.top / s <= 5.0).unwrap_or(100.0);
    let mut score = 0.0;
    let mut labels = Vec::new();
    while score <= axes.top {
        let y = axes.y(score) + 4.0;
        page.raw("<line class=grid x1=0 x2=\"100%\" y1=").at(y).raw(" y2=").at(y).raw("></line>");
        if score > 0.0 {
            labels.push((y - 3.0, score));
        }
        score += step;
    }
    page.raw("<text class=tick x=0 y=172>").text(&axes.from.date_string()).raw("</text>");
    page.raw("<text class=tick x=\"100%\" y=172 text-anchor=end>").text(&end.date_string()).raw("</text>\n");
    labels
}

fn table(alerts: &Alerts, course: &Course, page: &mut Page) {
    page.raw("<details class=more><summary>");
    page.count(course.anomalies.len() as u64, "activity", "activities");
    page.raw(
        " over the threshold, with reasons</summary>\n<div class=wide tabindex=0 role=region aria-label=\"",
    );
    page.text(&alerts.subject).raw("\"><table class=cards><caption>Activities over the threshold");
    if alerts.activities as usize > course.anomalies.len() {
        page.raw(", the highest of ").thousands(alerts.activities);
    }
    page.raw("</caption><thead><tr><th scope=col>Time (UTC)</th><th scope=col class=n>Score</th>");
    page.raw("<th scope=col>Band</th><th scope=col>Reasons</th></tr></thead><tbody>\n");
    for anomaly in &course.anomalies {
        page.raw("<tr><th scope=row>")
            .time(anomaly.at)
            .raw("</th><td class=n data-h=Score>")
            .at1(anomaly.score);
        page.raw("</td><td data-h=Band>").raw(if anomaly.severe { "severe" } else { "notable" });
        page.raw("</td><td data-h=Reasons><ul>");
        for reason in &anomaly.reasons {
            page.raw("<li>").text(reason).raw("</li>");
        }
        page.raw("</ul></td></tr>\n");
    }
    page.raw("</tbody></table></div></details>\n");
}
