//! Which part of the page tells of which credential.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::page::Page;
use crate::{assess::Report, limits};

/// Where each credential is told of.
pub(super) struct Links<'a> {
    /// Rank of the step about a credential.
    pub(super) steps: BTreeMap<&'a str, u32>,
    /// Checks that are told in full below the posture.
    checks: BTreeSet<&'a str>,
    /// Row of the inventory, in the order in which rows are shown.
    rows: BTreeMap<&'a str, usize>,
    /// Indices into [`Report::credentials`], those with a step first.
    pub(super) order: Vec<usize>,
}

impl<'a> Links<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let mut steps: BTreeMap<&str, u32> = BTreeMap::new();
        for step in &report.steps {
            for subject in core::iter::once(&step.subject).chain(&step.others) {
                steps.entry(subject).or_insert(step.rank);
            }
        }
        let mut order: Vec<usize> = (0..report.credentials.len()).collect();
        let rank = |i: &usize| {
            let id = report.credentials.get(*i).map(|c| c.id.as_str()).unwrap_or_default();
            steps.get(id).copied().unwrap_or(u32::MAX)
        };
        order.sort_by_key(rank);
        let rows = (order.iter().enumerate())
            .filter_map(|(row, i)| Some((report.credentials.get(*i)?.id.as_str(), row)))
            .collect();
        let told = report.posture.iter().filter(|c| c.failed > 0 || c.unknown > 0);
        Links { steps, checks: told.map(|c| c.check.as_str()).collect(), rows, order }
    }

    /// Number of the step about a credential, as a link if the page has it.
    pub(super) fn step(&self, subject: &str, page: &mut Page) {
        let Some(rank) = self.steps.get(subject).copied() else { return };
        if rank as usize <= limits::HTML_ROWS {
            page.raw("<a href=\"#step-").num(rank).raw("\">step ").num(rank).raw("</a>");
        } else {
            page.raw("step ").num(rank);
        }
    }

    /// A check's id and title, as a link if the page tells more of it.
    pub(super) fn check(&self, id: &str, page: &mut Page) {
        match crate::posture::find(id) {
            Some(check) if self.checks.contains(id) => {
                page.raw("<a href=\"#check-").raw(check.id).raw("\">").raw(check.id).raw("</a> ");
                page.raw(check.title)
            }
            Some(check) => page.raw(check.id).raw(" ").raw(check.title),
            None => page.text(id),
        };
    }

    /// A credential's name, as a link to its row of the inventory if the page has it.
    pub(super) fn credential(&self, id: &str, page: &mut Page) {
        match self.rows.get(id).filter(|row| **row < limits::HTML_ROWS) {
            Some(row) => {
                page.raw("<a href=\"#credential-").num(*row + 1).raw("\">");
                full(id, page);
                page.raw("</a>");
            }
            None => full(id, page),
        }
    }
}

/// `order-export/access-key` with its issuer small beside it.
pub(super) fn full(id: &str, page: &mut Page) {
    match id.split_once('/').filter(|(_, rest)| !rest.is_empty()) {
        Some((issuer, rest)) => {
            page.raw("<bdi class=id>").text(rest).raw("</bdi> <bdi class=issuer>").text(issuer).raw("</bdi>");
        }
        None => {
            page.raw("<bdi class=id>").text(id).raw("</bdi>");
        }
    }
}

/// `and 40 more in estate.json`, if there are more than `most`.
pub(super) fn more(all: usize, most: usize, page: &mut Page) {
    if all > most {
        page.raw("<p class=more>and ").thousands((all - most) as u64).raw(
            " more, not shown here: the JSON form of the report (<code>estate.json</code>) has all.</p>\n",
        );
    }
}
