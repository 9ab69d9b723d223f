//! The ledger, credential by credential: versions with the states they were in, and what happened when.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use super::{events::sentence, links::Links};
use crate::{
    assess::Report,
    lifecycle::{self, Event, Stamped, State, evolve},
    limits,
    time::Timestamp,
};

/// One credential over time.
#[derive(Debug, Default)]
pub(super) struct Life {
    pub(super) id: String,
    pub(super) lanes: Vec<Lane>,
    /// The newest entries, oldest first.
    pub(super) entries: Vec<Entry>,
    /// Entries of it in all.
    pub(super) all: usize,
}

/// One version over time.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) version: String,
    /// The provider's id.
    pub(super) external: Option<String>,
    pub(super) not_after: Option<Timestamp>,
    pub(super) spans: Vec<Span>,
}

/// A stretch of time in one state.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Name of the state; `Before` while nobody wrote a ledger.
    pub(super) state: &'static str,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) actor: String,
    pub(super) text: String,
    /// Whether it is marked in the drawing: more than bookkeeping.
    pub(super) marked: bool,
}

/// All timelines to be shown, in order, and how many there would be.
#[derive(Debug, Default)]
pub(super) struct Lives {
    pub(super) lives: Vec<Life>,
    pub(super) all: usize,
    /// Time of the first entry of the ledger.
    pub(super) begins: Option<Timestamp>,
}

/// Reads the ledger of a report. `None` if it is not one.
pub(super) fn lives(report: &Report, links: &Links<'_>) -> Option<Lives> {
    let stamped = lifecycle::read(report.ledger.as_bytes()).ok()?;
    let mut weights: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for one in &stamped {
        let (all, marked) = weights.entry(&one.credential).or_default();
        *all += 1;
        *marked += usize::from(is_marked(&one.event));
    }
    let all = weights.len();
    let mut order: Vec<(&str, usize, usize)> =
        weights.iter().map(|(id, (all, marked))| (*id, *all, *marked)).collect();
    let rank = |id: &str| links.steps.get(id).copied().unwrap_or(u32::MAX);
    order.sort_by_key(|(id, _, marked)| (rank(id), core::cmp::Reverse(*marked)));
    order.truncate(limits::HTML_LIVES);
    let places: BTreeMap<&str, usize> = order.iter().enumerate().map(|(i, (id, ..))| (*id, i)).collect();
    let mut lives: Vec<Life> =
        order.iter().map(|(id, all, _)| Life { id: (*id).into(), all: *all, ..Life::default() }).collect();
    let mut states: Vec<State> = order.iter().map(|(id, ..)| State::new(*id)).collect();
    let mut seen: Vec<usize> = alloc::vec![0; order.len()];
    for one in &stamped {
        let Some(i) = places.get(one.credential.as_str()).copied() else { continue };
        let (Some(life), Some(state), Some(seen)) = (lives.get_mut(i), states.get_mut(i), seen.get_mut(i))
        else {
            continue;
        };
        *seen += 1;
        if State::concerns(&one.event) {
            evolve(state, one);
            life.follow(state, one);
        }
        if *seen + limits::HTML_ENTRIES > life.all {
            life.entries.push(Entry {
                seq: one.seq,
                at: one.at,
                actor: one.actor.clone(),
                text: sentence(&one.event),
                marked: is_marked(&one.event),
            });
        }
    }
    for life in &mut lives {
        life.close(report.now);
    }
    Some(Lives { lives, all, begins: stamped.first().map(|one| one.at) })
}

impl Life {
    /// Adds what changed in the states of the versions.
    fn follow(&mut self, state: &State, one: &Stamped) {
        for version in &state.versions {
            let name = version.state_name();
            let lane = match self.lanes.iter().position(|lane| lane.version == version.id) {
                Some(at) => self.lanes.get_mut(at),
                None => {
                    let mut spans = Vec::new();
                    if version.created < one.at {
                        spans.push(Span { from: version.created, to: one.at, state: "Before" });
                    }
                    spans.push(Span { from: one.at, to: one.at, state: name });
                    self.lanes.push(Lane {
                        version: version.id.clone(),
                        external: None,
                        not_after: None,
                        spans,
                    });
                    self.lanes.last_mut()
                }
            };
            let Some(lane) = lane else { continue };
            lane.external.clone_from(&version.external_id);
            lane.not_after = version.not_after;
            if let Some(last) = lane.spans.last_mut().filter(|last| last.state != name) {
                last.to = one.at;
                if last.from == one.at && last.state != "Before" {
                    // What lasted no time was never seen by anybody.
                    last.state = name;
                } else {
                    lane.spans.push(Span { from: one.at, to: one.at, state: name });
                }
            }
        }
    }

    fn close(&mut self, now: Timestamp) {
        for lane in &mut self.lanes {
            if let Some(last) = lane.spans.last_mut() {
                last.to = now.max(last.from);
            }
        }
    }
}

/// Whether an entry is more than bookkeeping: something that a reader looks for in a timeline.
fn is_marked(event: &Event) -> bool {
    !matches!(
        event,
        Event::Registered { .. }
            | Event::VersionAdopted { .. }
            | Event::OwnerAssigned { .. }
            | Event::PurposeAssigned { .. }
            | Event::WorkloadAssigned { .. }
            | Event::UsageAdvanced { .. }
            | Event::NeverUsedObserved { .. }
            | Event::UsageUnknown { .. }
            | Event::Reconciled { .. }
            | Event::ConsumerSwitched { .. }
            | Event::GenerationAdvanced { .. }
            | Event::Acknowledged { .. }
            | Event::Decided { .. }
    )
}
