//! What is known now, told to the lifecycle as commands.
//!
//! The host's own commands come first, in the order of their times. Everything else is told at `now`, since that is
//! when it is decided: an assessment never writes a past into the ledger that nobody lived through.

use alloc::{
    borrow::ToOwned,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Inputs, Policy,
    behave::recent,
    report::{Refused, Response},
};
use crate::{
    Error,
    inventory::{CredentialEntry, Inventory},
    lifecycle::{
        Command, Event, Found, Lifecycle, Order, Recent, ResponseAction, Stamped, Tier, respond, verify,
    },
    model::{
        Activity, Fact, LastUse, Outcome, OwnerKind, OwnerRef, OwnerStatus, Plane, Signal, Status,
        VersionRecord,
    },
    posture::privilege,
    time::Timestamp,
};

/// Who asks for what follows from the records.
const ACTOR: &str = "assess";

/// The lifecycle after everything was told.
#[derive(Debug)]
pub(super) struct Driven {
    pub(super) lifecycle: Lifecycle,
    /// The whole ledger: what was handed in and what was added.
    pub(super) ledger: String,
    /// Every event of it.
    pub(super) events: Vec<Stamped>,
    pub(super) responses: Vec<Response>,
    pub(super) rejections: Vec<Refused>,
}

struct Drive<'a> {
    lifecycle: Lifecycle,
    now: Timestamp,
    policy: &'a Policy,
    responses: Vec<Response>,
    rejections: Vec<Refused>,
}

/// Verifies the ledger handed in, if there is one, and goes on after it.
pub(super) fn open(inputs: &Inputs<'_>, policy: &Policy) -> Result<Lifecycle, Error> {
    let Some(bytes) = inputs.ledger else { return Lifecycle::new(policy.lifecycle.clone()) };
    if let Some(fault) = verify(bytes, inputs.checkpoint.as_ref()).fault {
        return Err(Error::Unreadable {
            what: "ledger",
            why: format!("line {}: {}", fault.line, fault.text),
        });
    }
    Lifecycle::resume(policy.lifecycle.clone(), bytes)
}

/// What is to be told.
pub(super) struct Told<'a> {
    /// The host's own commands, in the order of their times.
    pub(super) commands: &'a [(Timestamp, Command)],
    pub(super) inventory: &'a Inventory,
    pub(super) activities: &'a [Activity],
    pub(super) signals: &'a [Signal],
}

pub(super) fn drive(
    lifecycle: Lifecycle,
    before: &[u8],
    told: &Told<'_>,
    now: Timestamp,
    policy: &Policy,
) -> Result<Driven, Error> {
    let Told { commands, inventory, activities, signals } = *told;
    let mut drive = Drive { lifecycle, now, policy, responses: Vec::new(), rejections: Vec::new() };
    drive.host(commands, inventory);
    drive.wait(now);
    for entry in inventory.credentials() {
        drive.register(entry, now);
    }
    drive.departures(inventory);
    drive.usage(inventory, activities);
    drive.reconcile(inventory);
    drive.lifecycle.tick(now);
    drive.signals(signals, inventory);
    drive.done(before)
}

impl Drive<'_> {
    /// Commands of the host, timers in between. A credential that its first command does not make is taken into
    /// care just before.
    fn host(&mut self, commands: &[(Timestamp, Command)], inventory: &Inventory) {
        for (at, command) in commands {
            let at = (*at).min(self.now);
            self.wait(at);
            let makes = matches!(command.order, Order::Register { .. } | Order::Issue { .. });
            if !makes && let Some(entry) = inventory.credential(&command.credential) {
                self.register(entry, at);
            }
            self.apply(command, at);
        }
    }

    /// Runs every timer up to `until`, each at its own time.
    fn wait(&mut self, until: Timestamp) {
        let mut last = None;
        while let Some(due) = self.lifecycle.next_deadline().filter(|due| *due <= until && last != Some(*due))
        {
            self.lifecycle.tick(due);
            last = Some(due);
        }
        self.lifecycle.tick(until);
    }

    fn register(&mut self, entry: &CredentialEntry, at: Timestamp) {
        let record = &entry.record;
        // A secret that was only seen somewhere is in nobody's care: nobody knows whether it works at all.
        let seen_only = entry.planes.iter().all(|plane| *plane == Plane::Sightings);
        if seen_only || self.lifecycle.state(&record.id).is_some() || !record.kind.is_secret() {
            return;
        }
        let known = |fact: &Fact<String>| fact.known().cloned();
        let list = |fact: &Fact<Vec<String>>| fact.known().cloned().unwrap_or_default();
        let mut versions: Vec<Found> = record.versions.iter().filter_map(|v| found(v, at)).collect();
        if versions.is_empty() {
            versions.extend(itself(entry));
        }
        let order = Order::Register {
            kind: record.kind,
            tier: tier(record.scopes_granted.known()),
            environment: record.environment.known().copied(),
            owners: record.owners.known().cloned().unwrap_or_default(),
            purpose: known(&record.purpose),
            workload: known(&record.workload),
            consumers: list(&record.consumers),
            known_by: record.known_by.clone(),
            scopes: record.scopes_granted.known().cloned(),
            versions,
            provenance: "inventory".into(),
        };
        self.tell("register", &record.id, "", at, order);
    }

    /// Owners who cannot answer any more.
    fn departures(&mut self, inventory: &Inventory) {
        let gone: Vec<OwnerRef> = inventory
            .owners()
            .filter(|owner| owner.status != OwnerStatus::Active)
            .map(|owner| OwnerRef { kind: owner.kind, id: owner.id.clone() })
            .collect();
        for owner in gone {
            let detail = format!("{}:{}", kind_word(owner.kind), owner.id);
            self.tell("owner-departed", "", &detail, self.now, Order::OwnerDeparted { owner });
        }
    }

    /// The last use of each version that a log or an export tells.
    fn usage(&mut self, inventory: &Inventory, activities: &[Activity]) {
        let mut last: BTreeMap<(String, Option<String>), Timestamp> = BTreeMap::new();
        for activity in activities {
            if activity.outcome == Some(Outcome::Denied) || activity.time > self.now {
                continue;
            }
            let Some(id) = inventory.resolve(&activity.credential) else { continue };
            let version = (id != activity.credential).then(|| activity.credential.clone());
            let at = last.entry((id.into(), version)).or_insert(activity.time);
            *at = activity.time.max(*at);
        }
        for ((id, version), at) in last {
            // A version that nobody registered: reconciling tells of it, and its use says nothing of the others.
            let known = |v: &String| self.lifecycle.state(&id).is_some_and(|s| s.version(v).is_some());
            if !version.as_ref().is_none_or(known) {
                continue;
            }
            let detail = version.clone().unwrap_or_default();
            let last_used = LastUse::Used { at, granularity_ms: 0 };
            let order = Order::UsageObserved { version, last_used, source: "activities".into() };
            self.tell("usage", &id, &detail, self.now, order);
        }
        let told: Vec<_> = inventory
            .credentials()
            .flat_map(|entry| entry.record.versions.iter().map(|v| (entry.record.id.clone(), v)))
            .filter(|(_, v)| matches!(v.last_used, LastUse::Used { at, .. } if at <= self.now))
            .map(|(id, v)| (id, v.external_id.clone(), v.last_used.clone()))
            .collect();
        for (id, version, last_used) in told {
            if self.lifecycle.state(&id).is_none_or(|s| s.version(&version).is_none()) {
                continue;
            }
            let source = "inventory".to_owned();
            let order = Order::UsageObserved { version: Some(version.clone()), last_used, source };
            self.tell("last-used", &id, &version, self.now, order);
        }
    }

    /// What the issuers say of each version.
    fn reconcile(&mut self, inventory: &Inventory) {
        let seen: Vec<_> = inventory
            .credentials()
            .filter(|entry| entry.planes.contains(&Plane::ControlPlane))
            .flat_map(|entry| entry.record.versions.iter().map(move |v| (entry, v)))
            .filter(|(_, v)| v.status.known().is_some())
            .map(|(entry, v)| {
                let provenance = inventory.provenance(&entry.record.id, "versions");
                let at = provenance.map_or(self.now, |p| p.observed_at.min(self.now));
                (entry.record.id.clone(), v.external_id.clone(), v.status.clone(), at)
            })
            .collect();
        for (id, version, status, observed_at) in seen {
            let source = "inventory".to_owned();
            let detail = version.clone();
            let order = Order::ReconcileObserved { version, status, observed_at, source };
            self.tell("reconcile", &id, &detail, self.now, order);
        }
    }

    /// Alerts, to the response policy. Observing, the ledger stays as it is.
    fn signals(&mut self, signals: &[Signal], inventory: &Inventory) {
        let (now, respond_ms) = (self.now, self.policy.respond_ms);
        for signal in signals.iter().filter(|s| recent(s, now, respond_ms)) {
            let Some(state) = self.lifecycle.state(&signal.credential) else { continue };
            let mut table = self.policy.lifecycle.response.clone();
            table.observe |= self.policy.observe;
            let wish = Recent { suspensions: 0, last: state.responded };
            let wanted = respond(signal, state.tier, state.environment, &table, &wish);
            if wanted.wanted == ResponseAction::Nothing {
                continue;
            }
            if table.observe {
                self.responses.push(Response {
                    subject: signal.credential.clone(),
                    name: name(&signal.credential, inventory),
                    at: self.now,
                    action: action(wanted.wanted).into(),
                    ordered: false,
                    why: why(signal, wanted.braked.as_deref()),
                });
                continue;
            }
            let order =
                Order::Signal { band: signal.band, trust: signal.trust, reasons: signal.reasons.clone() };
            let detail = signal.at.millis().to_string();
            let before = self.rejections.len();
            let events = self.tell("signal", &signal.credential, &detail, self.now, order);
            if self.rejections.len() > before {
                continue;
            }
            for event in events {
                if let Event::Responded { action: done, wanted, braked, .. } = event {
                    let is_done = done != ResponseAction::Nothing;
                    self.responses.push(Response {
                        subject: signal.credential.clone(),
                        name: name(&signal.credential, inventory),
                        at: self.now,
                        action: action(if is_done { done } else { wanted }).into(),
                        ordered: is_done,
                        why: why(signal, braked.as_deref()),
                    });
                }
            }
        }
    }

    /// Asks for something that follows from the records, under an id that says what, of which and when, so that
    /// the same assessment over its own ledger adds nothing.
    fn tell(
        &mut self,
        what: &str,
        credential: &str,
        detail: &str,
        at: Timestamp,
        order: Order,
    ) -> Vec<Event> {
        let cmd_id = format!("assess:{what}:{detail}:{}", at.millis());
        let command = Command {
            cmd_id,
            actor: ACTOR.into(),
            credential: credential.into(),
            at,
            expected_seq: None,
            approvals: Vec::new(),
            order,
        };
        self.apply(&command, at)
    }

    fn apply(&mut self, command: &Command, at: Timestamp) -> Vec<Event> {
        match self.lifecycle.apply(command, at) {
            Ok(applied) => applied.events().cloned().collect(),
            Err(rejection) => {
                self.rejections.push(Refused {
                    cmd_id: command.cmd_id.clone(),
                    credential: command.credential.clone(),
                    guard: rejection.guard.to_string(),
                    text: rejection.to_string(),
                });
                Vec::new()
            }
        }
    }

    fn done(mut self, before: &[u8]) -> Result<Driven, Error> {
        let mut ledger = String::from_utf8_lossy(before).into_owned();
        ledger.push_str(&self.lifecycle.ledger_mut().take());
        let events = crate::lifecycle::read(ledger.as_bytes())?;
        Ok(Driven {
            lifecycle: self.lifecycle,
            ledger,
            events,
            responses: self.responses,
            rejections: self.rejections,
        })
    }
}

/// A version that existed at `at`.
fn found(version: &VersionRecord, at: Timestamp) -> Option<Found> {
    if version.created.known().is_some_and(|created| *created > at) {
        return None;
    }
    Some(Found {
        external_id: Some(version.external_id.clone()),
        fingerprint: version.fingerprint.clone(),
        created: version.created.known().copied(),
        not_after: version.not_after.known().copied(),
        status: version.status.known().copied().unwrap_or(Status::Active),
        last_used: version.last_used.clone(),
    })
}

/// A credential of which no source lists versions is its own only version.
fn itself(entry: &CredentialEntry) -> Option<Found> {
    let record = &entry.record;
    if !record.versions.is_empty() {
        return None;
    }
    let made = record.last_rotated.known().or(record.created.known());
    Some(Found {
        external_id: record.external_ids.first().cloned(),
        fingerprint: record.fingerprint.clone(),
        created: made.copied(),
        not_after: record.not_after.known().copied(),
        status: record.status.known().copied().unwrap_or(Status::Active),
        last_used: record.last_used.clone(),
    })
}

/// The lifecycle's tier of what is granted.
fn tier(granted: Option<&Vec<String>>) -> Tier {
    let Some(granted) = granted else { return Tier::Standard };
    match privilege::reach(granted, &[]).top {
        Some(top) if top >= privilege::Tier::CredentialRead => Tier::High,
        Some(top) if top <= privilege::Tier::ReadMeta => Tier::Low,
        _ => Tier::Standard,
    }
}

fn kind_word(kind: OwnerKind) -> &'static str {
    match kind {
        OwnerKind::Person => "person",
        OwnerKind::Team => "team",
        OwnerKind::Service => "service",
        OwnerKind::Vendor => "vendor",
    }
}

fn action(action: ResponseAction) -> &'static str {
    match action {
        ResponseAction::Nothing => "nothing",
        ResponseAction::Notify => "notify",
        ResponseAction::StepUp => "step_up",
        ResponseAction::CloseLeases => "close_leases",
        ResponseAction::Suspend => "suspend",
    }
}

fn name(credential: &str, inventory: &Inventory) -> String {
    super::words::name(credential, inventory.credential(credential), inventory)
}

fn why(signal: &Signal, braked: Option<&str>) -> String {
    let reason = signal.reasons.first().map_or("unusual use", String::as_str);
    match braked {
        Some(brake) => format!("{reason} (held back: {brake})"),
        None => reason.into(),
    }
}
