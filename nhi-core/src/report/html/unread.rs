//! What could not be read, and what the lifecycle refused.

use super::{
    links::{Links, more},
    page::Page,
};
use crate::{assess::Report, limits, report::problem_text};

pub(super) fn write(report: &Report, links: &Links<'_>, page: &mut Page) {
    super::open("unread", page);
    if report.problems.is_empty() {
        page.raw("<p>Everything handed in was read.</p>\n");
    } else {
        page.raw("<ul class=why>");
        for problem in report.problems.iter().take(limits::HTML_ROWS) {
            page.raw("<li>").text(&problem_text(problem)).raw("</li>");
        }
        page.raw("</ul>\n");
        more(report.problems.len(), limits::HTML_ROWS, page);
    }
    if !report.rejections.is_empty() {
        page.raw("<h3>Commands that were refused</h3><ul class=why>");
        for refused in report.rejections.iter().take(limits::HTML_ROWS) {
            page.raw("<li>");
            links.credential(&refused.credential, page);
            page.raw(" <code>").text(&refused.cmd_id).raw("</code>: ").text(&refused.text).raw("</li>");
        }
        page.raw("</ul>\n");
        more(report.rejections.len(), limits::HTML_ROWS, page);
    }
    page.raw("</section>\n");
}
