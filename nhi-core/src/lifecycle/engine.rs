//! Many credentials and their ledger.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::{
    Command, Effect, Entry, Event, Ledger, Order, POLICY_ACTOR, Policy, Recent, Rejection, ResponseAction,
    Stamped, State, TICK, VersionState,
    decide::{decide, decide_with, refuse},
    evolve, next_deadline, outstanding, tick,
};
use crate::{Error, model::CredentialKind, time::HOUR, time::Timestamp};

/// What came of a command or a tick.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// The entries that were added, in order: store them before doing any effect.
    pub entries: Vec<Entry>,
    /// Numbers of the command's entries; of the old ones if it was done before.
    pub seqs: Vec<u64>,
    /// Whether the command was done before: then nothing was added.
    pub already: bool,
}

impl Applied {
    /// The events that were added.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.entries.iter().map(|entry| &entry.stamped.event)
    }
}

/// The machine over many credentials: applies commands, runs timers, and writes what happened to its [`Ledger`].
///
/// Commands and ticks may come in any order; both may repeat. A credential's timers that are due run before a command
/// on it is decided, as entries of their own: they stay even if the command is then refused, so store
/// [`Ledger::take`] after every call.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    policy: Policy,
    states: BTreeMap<String, State>,
    deadlines: BTreeSet<(Timestamp, String)>,
    ledger: Ledger,
    suspensions: Vec<Timestamp>,
}

impl Lifecycle {
    /// No credentials, an empty ledger.
    ///
    /// # Errors
    /// `invalid_argument` names the field of the policy that is out of range.
    pub fn new(policy: Policy) -> Result<Self, Error> {
        policy.validate()?;
        Ok(Lifecycle { policy, ..Lifecycle::default() })
    }

    /// Goes on after a ledger: its states, and a chain that follows its last entry. The lines themselves stay with
    /// the host.
    ///
    /// # Errors
    /// `invalid_argument` as [`new`](Self::new); `unreadable` names the first fault of the ledger.
    pub fn resume(policy: Policy, ledger: &[u8]) -> Result<Self, Error> {
        let mut out = Lifecycle::new(policy)?;
        out.states = super::replay(ledger)?;
        out.ledger = Ledger::after(super::verify(ledger, None).head);
        for (id, state) in &out.states {
            if let Some(deadline) = next_deadline(state) {
                out.deadlines.insert((deadline, id.clone()));
            }
        }
        Ok(out)
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The state of a credential.
    pub fn state(&self, credential: &str) -> Option<&State> {
        self.states.get(credential)
    }

    /// All states, by id.
    pub fn states(&self) -> &BTreeMap<String, State> {
        &self.states
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The ledger, to take its lines or to record decisions.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Every effect that was not answered, by credential.
    pub fn outstanding(&self) -> Vec<Effect> {
        self.states.values().flat_map(outstanding).collect()
    }

    /// When something happens next by itself. May change after any call.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Applies a command at `now`.
    ///
    /// # Errors
    /// The guard that refuses it; the command changed nothing (timers that were due ran all the same).
    /// # Cost
    /// Linear in the versions of the credential and logarithmic in the number of credentials, but for broad orders
    /// without a credential, which ask all.
    pub fn apply(&mut self, command: &Command, now: Timestamp) -> Result<Applied, Rejection> {
        if command.credential.is_empty() {
            return self.apply_broad(command, now);
        }
        self.apply_one(command, &command.credential, now)
    }

    fn apply_broad(&mut self, command: &Command, now: Timestamp) -> Result<Applied, Rejection> {
        let ids: Vec<String> = match &command.order {
            Order::Tick {} => return Ok(self.tick(now)),
            Order::OwnerDeparted { owner } => {
                let concerned = |s: &&State| s.owners.contains(owner) || s.known_by.contains(&owner.id);
                self.states.values().filter(concerned).map(|s| s.id.clone()).collect()
            }
            Order::WorkloadDecommissioned { workload } => {
                let concerned = |s: &&State| {
                    s.workload.as_deref() == Some(workload) || s.consumers.contains_key(workload)
                };
                self.states.values().filter(concerned).map(|s| s.id.clone()).collect()
            }
            Order::StartCampaign { credentials, .. } => {
                self.may_be_asked(credentials)?;
                // One that cannot be asked keeps the campaign from starting for the others.
                for id in credentials {
                    if let Some(state) = self.states.get(id) {
                        decide(state, command, now, &self.policy)?;
                    }
                }
                credentials.clone()
            }
            _ => return refuse("credential_missing", "this order concerns one credential", "a credential"),
        };
        let mut all = Applied { already: true, ..Applied::default() };
        for id in &ids {
            let one = self.apply_one(command, id, now)?;
            all.entries.extend(one.entries);
            all.seqs.extend(one.seqs);
            all.already &= one.already;
        }
        all.already &= !ids.is_empty();
        Ok(all)
    }

    /// Whether a campaign may be over these: known, and not of people and workloads together.
    fn may_be_asked(&self, ids: &[String]) -> Result<(), Rejection> {
        if ids.is_empty() {
            return refuse("no_credentials", "the campaign is about nothing", "credentials");
        }
        let mut first = None;
        for id in ids {
            let Some(state) = self.states.get(id) else {
                return refuse("not_registered", format!("{id} is not known"), "Register or Issue first");
            };
            let of_person = state.kind == CredentialKind::PersonalToken;
            let (other, was) = *first.get_or_insert((id, of_person));
            if was != of_person {
                let text = format!("of {other} and {id} one is a person's and one a workload's");
                return refuse("mixed_campaign", text, "a campaign for each");
            }
        }
        Ok(())
    }

    fn apply_one(&mut self, command: &Command, id: &str, now: Timestamp) -> Result<Applied, Rejection> {
        if let Some(seqs) = self.states.get(id).and_then(|s| s.done(&command.cmd_id)) {
            return Ok(Applied { seqs: seqs.to_vec(), already: true, ..Applied::default() });
        }
        if let Order::Tick {} = command.order {
            return Ok(self.tick_one(id, now));
        }
        let due = self.tick_one(id, now);
        self.suspensions.retain(|at| now.since(*at) < HOUR);
        let fresh;
        let state = match self.states.get(id) {
            Some(state) => state,
            None => {
                fresh = State::new(id);
                &fresh
            }
        };
        let recent = Recent {
            suspensions: u32::try_from(self.suspensions.len()).unwrap_or(u32::MAX),
            last: state.responded,
        };
        let events = decide_with(state, command, now, &self.policy, &recent)?;
        let at = if state.is_registered() { now.max(state.clock) } else { now };
        for event in &events {
            if matches!(event, Event::Responded { action: ResponseAction::Suspend, .. }) {
                self.suspensions.push(at);
            }
        }
        let mut entries = due.entries;
        let before = entries.len();
        self.write(id, &command.cmd_id, &command.actor, at, events, &mut entries)?;
        let seqs = entries.iter().skip(before).map(|e| e.stamped.seq).collect();
        Ok(Applied { entries, seqs, already: false })
    }

    /// Runs every timer that is due at `now`. Early and repeated ticks do nothing.
    pub fn tick(&mut self, now: Timestamp) -> Applied {
        let due = self.deadlines.iter().take_while(|(deadline, _)| *deadline <= now);
        let ids: BTreeSet<String> = due.map(|(_, id)| id.clone()).collect();
        let mut all = Applied::default();
        for id in &ids {
            let one = self.tick_one(id, now);
            all.entries.extend(one.entries);
            all.seqs.extend(one.seqs);
        }
        all
    }

    fn tick_one(&mut self, id: &str, now: Timestamp) -> Applied {
        let mut applied = Applied::default();
        let Some(state) = self.states.get(id) else { return applied };
        if next_deadline(state).is_none_or(|deadline| deadline > now) {
            return applied;
        }
        let at = now.max(state.clock);
        for due in tick(state, now, &self.policy) {
            let cmd_id = format!("{TICK}{}", due.deadline);
            // The machine's own events are always canonical: their numbers come from the policy and from states.
            let _ = self.write(id, &cmd_id, POLICY_ACTOR, at, due.events, &mut applied.entries);
        }
        applied.seqs = applied.entries.iter().map(|e| e.stamped.seq).collect();
        applied
    }

    /// Adds events to the ledger and to the state.
    fn write(
        &mut self,
        id: &str,
        cmd_id: &str,
        actor: &str,
        at: Timestamp,
        events: Vec<Event>,
        entries: &mut Vec<Entry>,
    ) -> Result<(), Rejection> {
        if events.is_empty() {
            return Ok(());
        }
        let before = self.ledger.head().clone();
        let mut added = Vec::with_capacity(events.len());
        let mut chain = Ledger::after(before);
        for event in events {
            let stamped = Stamped {
                seq: 0,
                at,
                cmd_id: cmd_id.into(),
                actor: actor.into(),
                credential: id.into(),
                event,
            };
            match chain.append(stamped) {
                Ok(entry) => added.push(entry),
                Err(error) => {
                    return refuse("not_canonical", format!("{error}"), "numbers within 2^53-1");
                }
            }
        }
        self.ledger.join(chain);
        let state = self.states.entry(id.into()).or_insert_with(|| State::new(id));
        let old = next_deadline(state);
        for entry in &added {
            evolve(state, &entry.stamped);
        }
        let new = next_deadline(state);
        if old != new {
            if let Some(old) = old {
                self.deadlines.remove(&(old, id.into()));
            }
            if let Some(new) = new {
                self.deadlines.insert((new, id.into()));
            }
        }
        entries.extend(added);
        Ok(())
    }
}

/// How long a compromise took to contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contained {
    /// Id of the credential.
    pub credential: String,
    /// The version.
    pub version: String,
    /// When it was first seen where it should not be.
    pub first_seen: Timestamp,
    /// When the machine was told.
    pub known_at: Timestamp,
    /// When its end was ordered (revocation, quarantine or grace); `None`: not yet.
    pub ordered_at: Option<Timestamp>,
    /// When the provider stopped accepting it, as far as anybody confirmed; `None`: not yet.
    pub contained_at: Option<Timestamp>,
    /// How much of the time waited for a person: until somebody told the machine, and while an escalated revocation
    /// lay still, in milliseconds.
    pub waited_for_person_ms: i64,
}

/// Containment of each version that was ever compromised, in the order in which the machine was told.
///
/// Waiting for a person is: from `first_seen` to the report if a person made it (an actor other than `policy`); from
/// an escalated failure to the next order or confirmation; nothing else.
pub fn containments<'a>(events: impl IntoIterator<Item = &'a Stamped>) -> Vec<Contained> {
    struct Track {
        row: Option<usize>,
        ended: Option<Timestamp>,
        ordered: Option<Timestamp>,
        escalated: Option<Timestamp>,
    }
    let mut out: Vec<Contained> = Vec::new();
    let mut tracks: BTreeMap<(&str, &str), Track> = BTreeMap::new();
    for stamped in events {
        let at = stamped.at;
        let Some(version) = version_of(&stamped.event) else { continue };
        let track = tracks.entry((&stamped.credential, version)).or_insert(Track {
            row: None,
            ended: None,
            ordered: None,
            escalated: None,
        });
        match &stamped.event {
            Event::Compromised { what, .. } if track.row.is_none() => {
                track.row = Some(out.len());
                let told = if stamped.actor == POLICY_ACTOR { 0 } else { at.since(what.first_seen).max(0) };
                out.push(Contained {
                    credential: stamped.credential.clone(),
                    version: version.into(),
                    first_seen: what.first_seen,
                    known_at: at,
                    ordered_at: track.ordered,
                    contained_at: track.ended,
                    waited_for_person_ms: if track.ended.is_some() { 0 } else { told },
                });
            }
            Event::RevokeOrdered { .. } | Event::Suspended { .. } | Event::Tainted { .. } => {
                track.ordered.get_or_insert(at);
            }
            Event::Resumed { .. } | Event::Enabled { .. } => {
                track.ordered = None;
                track.ended = None;
            }
            Event::RevokeFailed { .. } => track.escalated = Some(at),
            Event::Revoked { .. }
            | Event::ExternallyRevoked { .. }
            | Event::Expired { .. }
            | Event::Disabled { .. } => {
                track.ordered.get_or_insert(at);
                track.ended.get_or_insert(at);
            }
            Event::VersionAdopted { version } => {
                let gone = version.is_terminal()
                    || (matches!(version.state, VersionState::Suspended { .. })
                        && version.disabled_at.is_some());
                if gone {
                    track.ordered = version.ended;
                    track.ended = version.ended;
                }
            }
            Event::ResurrectedExternally { .. } => track.ended = None,
            _ => {}
        }
        let moves = matches!(
            stamped.event,
            Event::RevokeOrdered { .. }
                | Event::Revoked { .. }
                | Event::ExternallyRevoked { .. }
                | Event::Expired { .. }
        );
        let waited = match track.escalated {
            Some(since) if moves => {
                track.escalated = None;
                at.since(since).max(0)
            }
            _ => 0,
        };
        if let Some(row) = track.row.and_then(|i| out.get_mut(i)) {
            row.ordered_at = track.ordered;
            row.contained_at = track.ended;
            row.waited_for_person_ms = row.waited_for_person_ms.saturating_add(waited);
        }
    }
    out
}

fn version_of(event: &Event) -> Option<&str> {
    match event {
        Event::VersionAdopted { version } => Some(&version.id),
        Event::Compromised { version, .. }
        | Event::RevokeOrdered { version, .. }
        | Event::Suspended { version, .. }
        | Event::Tainted { version, .. }
        | Event::Resumed { version, .. }
        | Event::Enabled { version }
        | Event::RevokeFailed { version, .. }
        | Event::Revoked { version, .. }
        | Event::ExternallyRevoked { version, .. }
        | Event::Expired { version }
        | Event::Disabled { version }
        | Event::ResurrectedExternally { version, .. } => Some(version),
        _ => None,
    }
}
