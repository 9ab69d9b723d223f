//! The machine as stories: what a reader of the specification expects to see.

mod arbitrary;
mod campaign;
mod exhaustive;
mod ledger;
mod questions;
mod story;

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde_json::{Value, json};

use super::*;
use crate::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

/// One credential `c` with its own clock, driven by commands as JSON.
pub(super) struct Story {
    pub(super) machine: Lifecycle,
    pub(super) now: Timestamp,
    count: u32,
}

impl Story {
    pub(super) fn at(start: &str) -> Self {
        Story {
            machine: Lifecycle::new(Policy::default()).unwrap(),
            now: Timestamp::parse_rfc3339(start).unwrap(),
            count: 0,
        }
    }

    /// A registered credential with an owner, a workload and one live version.
    pub(super) fn active() -> Self {
        let mut s = Story::at("2026-03-01T00:00:00Z");
        s.ok(json!({"type": "Register", "kind": "api_key", "owners": [{"kind": "team", "id": "payments"}],
            "workload": "billing", "purpose": "charge cards", "scopes": ["pay:read", "pay:write"],
            "versions": [{"external_id": "K1", "created": "2026-01-01T00:00:00Z"}]}));
        s
    }

    pub(super) fn command(&mut self, mut order: Value) -> Command {
        self.count += 1;
        let map = order.as_object_mut().unwrap();
        map.entry("cmd_id").or_insert(json!(format!("c{}", self.count)));
        map.entry("actor").or_insert(json!("ann"));
        map.entry("credential").or_insert(json!("c"));
        Command::from_json(&order, self.now).unwrap()
    }

    pub(super) fn try_(&mut self, order: Value) -> Result<Applied, Rejection> {
        let command = self.command(order);
        let before = self.machine.clone();
        let result = self.machine.apply(&command, self.now);
        invariants::assert_step(&before, &self.machine, self.now);
        result
    }

    #[track_caller]
    pub(super) fn ok(&mut self, order: Value) -> Applied {
        let text = order.to_string();
        match self.try_(order) {
            Ok(applied) => applied,
            Err(rejection) => panic!("{text} was refused: {rejection}"),
        }
    }

    #[track_caller]
    pub(super) fn refused(&mut self, order: Value, guard: &str) -> Rejection {
        let text = order.to_string();
        match self.try_(order) {
            Ok(applied) => panic!("{text} was done: {:?}", applied.events().collect::<Vec<_>>()),
            Err(rejection) => {
                assert_eq!(rejection.guard, guard, "{rejection}");
                rejection
            }
        }
    }

    /// Lets time pass, waking at each deadline.
    pub(super) fn wait(&mut self, ms: i64) -> Vec<Event> {
        let end = self.now.plus(ms);
        let mut events = Vec::new();
        while let Some(deadline) = self.machine.next_deadline().filter(|d| *d <= end) {
            self.now = self.now.max(deadline);
            let before = self.machine.clone();
            let applied = self.machine.tick(self.now);
            assert!(!applied.entries.is_empty(), "a deadline that does nothing: {deadline}");
            invariants::assert_step(&before, &self.machine, self.now);
            events.extend(applied.events().cloned());
        }
        self.now = end;
        events
    }

    pub(super) fn state(&self) -> &State {
        self.machine.state("c").unwrap()
    }

    pub(super) fn usable(&self) -> Vec<String> {
        self.state().usable_versions(self.now).map(|v| v.id.clone()).collect()
    }

    pub(super) fn version(&self, id: &str) -> &Version {
        self.state().version(id).unwrap()
    }

    pub(super) fn work(&self) -> Vec<Work> {
        self.machine.outstanding().into_iter().map(|e| e.work).collect()
    }

    /// Words of the outstanding notices.
    pub(super) fn told(&self) -> BTreeSet<String> {
        self.state().notices.keys().cloned().collect()
    }

    /// A dual-phase rotation up to its promotion.
    pub(super) fn rotate(&mut self) {
        self.ok(json!({"type": "BeginRotation"}));
        let version = self.state().rotation.run().unwrap().version.clone();
        self.ok(json!({"type": "ReportCreated", "version": version, "external_id": format!("K-{version}")}));
        self.ok(json!({"type": "ReportInstalled", "version": version}));
        self.ok(json!({"type": "ReportVerified", "version": version, "ok": true}));
        self.ok(json!({"type": "Promote", "version": version}));
    }
}
