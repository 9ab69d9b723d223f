//! Everything that came in, sorted by room: snapshots for the inventory, activities for the baseline, commands for
//! the lifecycle, and the problems.

use alloc::{borrow::ToOwned, format, string::ToString, vec::Vec};

use super::Inputs;
use crate::{
    adapters,
    inventory::{self, Snapshot},
    lifecycle::Command,
    model::{Activity, Completeness, Finding, Item, Observation, Place, Plane, Problem, Provenance, Record},
    time::Timestamp,
};

/// Source name of our own scan in the inventory.
pub(super) const SCAN: &str = "scan";

/// The inputs by room.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) snapshots: Vec<(Snapshot, Vec<Observation>)>,
    pub(super) activities: Vec<Activity>,
    /// Each with the time at which it was done, which may be later than it was asked.
    pub(super) commands: Vec<(Timestamp, Command)>,
    pub(super) findings: Vec<Finding>,
    pub(super) problems: Vec<Problem>,
    pub(super) files: u64,
    pub(super) rows: u64,
    /// Whether any source searched for secrets.
    pub(super) searched: bool,
}

pub(super) fn read(inputs: Inputs<'_>, now: Timestamp) -> Read {
    let mut out = Read {
        searched: inputs.searched || !inputs.findings.is_empty(),
        problems: inputs.problems,
        ..Read::default()
    };
    for file in &inputs.files {
        let input = adapters::Input {
            name: file.name,
            bytes: file.bytes,
            read_at: now,
            pepper: inputs.pepper,
            adapter: None,
        };
        match adapters::parse(&input) {
            Ok(parsed) => out.take(file.name, file.completeness, parsed, now),
            Err(error) => out.problems.push(Problem {
                source: file.name.into(),
                place: Place::default(),
                code: error.code().into(),
                text: format!("the file was left out: {error}"),
                row_lost: true,
            }),
        }
        out.files += 1;
    }
    out.activities.extend(inputs.activities);
    for (at, command) in inputs.commands {
        out.command("commands", at, &command);
    }
    if !inputs.records.is_empty() {
        out.snapshots
            .push((snapshot("records", Plane::Declared, Completeness::Partial, now), inputs.records));
    }
    out.findings.extend(inputs.findings);
    out.sightings(now);
    // A log may tell of one call twice, and logs overlap: order by time, then by the log's own id.
    out.activities.sort_by(|a, b| (a.time, &a.id, &a.credential).cmp(&(b.time, &b.id, &b.credential)));
    out.commands.sort_by_key(|(at, _)| *at);
    out
}

impl Read {
    fn take(&mut self, name: &str, declared: Completeness, parsed: adapters::Parsed, now: Timestamp) {
        let taken_at = parsed.taken_at.unwrap_or(now);
        let completeness = if parsed.lists { declared } else { Completeness::Partial };
        self.rows += parsed.rows;
        self.searched |= parsed.plane == Plane::Sightings;
        self.problems.extend(parsed.problems);
        let mut observations = Vec::new();
        for item in parsed.items {
            match item {
                Item::Observation(observation) => observations.push(*observation),
                Item::Activity(activity) => self.activities.push(*activity),
                Item::Finding(finding) => self.findings.push(*finding),
                Item::Command { at, command } => self.command(name, at, &command),
            }
        }
        if !observations.is_empty() || completeness == Completeness::Full {
            let source = format!("{}:{name}", parsed.adapter);
            let mut snapshot = snapshot(&source, parsed.plane, completeness, taken_at);
            snapshot.issuer = parsed.issuer;
            self.snapshots.push((snapshot, observations));
        }
    }

    fn command(&mut self, source: &str, at: Timestamp, command: &serde_json::Value) {
        match Command::from_json(command, at) {
            Ok(command) => self.commands.push((at, command)),
            Err(error) => self.problems.push(Problem {
                source: source.into(),
                place: Place { field: Some("command".to_owned()), ..Place::default() },
                code: "bad_command".into(),
                text: error.to_string(),
                row_lost: true,
            }),
        }
    }

    /// Findings become sightings of one snapshot.
    fn sightings(&mut self, now: Timestamp) {
        let provenance = Provenance { source: SCAN.into(), observed_at: now, place: None };
        let observations: Vec<_> = self
            .findings
            .iter()
            .map(|finding| Observation {
                record: Record::Sighting(inventory::sighting(finding, SCAN, now).into()),
                provenance: provenance.clone(),
            })
            .collect();
        if !observations.is_empty() {
            let snapshot = snapshot(SCAN, Plane::Sightings, Completeness::Partial, now);
            self.snapshots.push((snapshot, observations));
        }
    }
}

fn snapshot(source: &str, plane: Plane, completeness: Completeness, taken_at: Timestamp) -> Snapshot {
    Snapshot { source: source.into(), plane, taken_at, completeness, issuer: None }
}
