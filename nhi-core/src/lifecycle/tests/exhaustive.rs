//! Every state that a bounded adversary can reach through the real `decide` and `evolve`, breadth first, so that the
//! first violation found has the shortest trace.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    println, vec,
};

use super::*;
use crate::lifecycle::{
    decide::decide,
    invariants::{Violation, check, check_step},
    mutants::{self, Mutant},
};

const TICK_MS: i64 = 1_000;

fn policy() -> Policy {
    Policy {
        overlap_ms: 2 * TICK_MS,
        overlap_max_ms: 2 * TICK_MS,
        quiet_ms: 1,
        rotation_deadline_ms: 3 * TICK_MS,
        orphan_ms: 2 * TICK_MS,
        quarantine_ms: 3 * TICK_MS,
        exception_ms: 2 * TICK_MS,
        exception_renewals: 1,
        break_glass_ms: TICK_MS,
        lease_max_ms: 2 * TICK_MS,
        taint_ms: 2 * TICK_MS,
        revoke_tries: 2,
        revoke_backoff_ms: TICK_MS,
        revocation_sla_ms: 2 * TICK_MS,
        ..Policy::default()
    }
}

/// What the adversary may do, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Budget {
    ticks: u8,
    suspend: u8,
    compromise: u8,
    depart: u8,
    exception: u8,
    leases: u8,
    emergency: u8,
    rotations: u8,
    confused: u8,
    campaigns: u8,
}

#[derive(Clone)]
struct Node {
    state: State,
    now: Timestamp,
    budget: Budget,
    trace: usize,
}

/// What a search found.
struct Search {
    states: usize,
    violation: Option<(Violation, Vec<String>)>,
    reached: BTreeMap<&'static str, bool>,
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + ms)
}

fn command(actor: &str, now: Timestamp, order: Order) -> Command {
    let approvals = ["bob", "cid"].map(|by| Approval { by: by.into(), at: now, reference: String::new() });
    Command {
        cmd_id: "m".into(),
        actor: actor.into(),
        credential: "c".into(),
        at: now,
        expected_seq: None,
        approvals: approvals.into(),
        order,
    }
}

fn apply(state: &State, now: Timestamp, cmd_id: &str, events: Vec<Event>) -> State {
    let mut next = state.clone();
    for event in events {
        let stamped = Stamped {
            seq: next.seq + 1,
            at: now,
            cmd_id: cmd_id.into(),
            actor: "ann".into(),
            credential: "c".into(),
            event,
        };
        evolve(&mut next, &stamped);
    }
    next
}

/// Forgets what no guard looks at: numbers, notices, and the history of what is over.
fn forget(state: &mut State, now: Timestamp) {
    state.seq = 1;
    state.clock = now;
    state.recent.clear();
    state.notices.clear();
    state.usage = Usage::default();
    let zero = time(0);
    for v in &mut state.versions {
        match &mut v.state {
            VersionState::Revoked { at, evidence, .. } => {
                *at = zero;
                evidence.clear();
            }
            VersionState::Expired { at } | VersionState::Destroyed { at } => *at = zero,
            VersionState::Revoking { since, .. } => *since = zero,
            VersionState::RevokeFailed { since, last_error, .. } => {
                *since = zero;
                last_error.clear();
            }
            _ => {}
        }
        v.created = zero;
        v.ended = v.ended.map(|_| zero);
        v.seen = None;
        v.not_after = None;
        v.material = v.material || v.installed;
    }
    state.consumers.values_mut().for_each(|consumer| consumer.since = zero);
    state.leases.retain(|l| l.closed.is_none());
    if let Some(forced) = &mut state.rotation_forced {
        forced.deadline = zero;
    }
}

fn key(node: &Node) -> u128 {
    use core::hash::{Hash, Hasher};
    use std::collections::hash_map::DefaultHasher;
    let bytes = serde_json::to_vec(&node.state).unwrap();
    let half = |salt: u8| {
        let mut h = DefaultHasher::new();
        (salt, &bytes, node.now.millis(), node.budget).hash(&mut h);
        u128::from(h.finish())
    };
    half(1) << 64 | half(2)
}

/// Everything that can be asked in a state, with the budget it costs.
fn moves(node: &Node) -> Vec<(Order, Budget)> {
    let (now, b) = (node.now, node.budget);
    let mut out = Vec::new();
    let owner = crate::model::OwnerRef { kind: crate::model::OwnerKind::Team, id: "t".into() };
    for v in &node.state.versions {
        let version = || v.id.clone();
        match v.state {
            VersionState::Pending {} => {
                out.push((Order::ReportInstalled { version: version() }, b));
                for ok in [true, false] {
                    out.push((Order::ReportVerified { version: version(), ok, evidence: String::new() }, b));
                }
                out.push((Order::Promote { version: version() }, b));
            }
            VersionState::Verified {} => out.push((Order::Promote { version: version() }, b)),
            VersionState::Retiring { .. } | VersionState::Tainted { .. } => {
                out.push((Order::DrainObserved { version: version() }, b));
            }
            VersionState::Revoking { .. } | VersionState::RevokeFailed { .. } => {
                out.push((Order::ConfirmRevoked { version: version(), evidence: String::new() }, b));
                out.push((Order::RevokeError { version: version(), error: String::new() }, b));
            }
            _ => {}
        }
        if v.is_terminal() || matches!(v.state, VersionState::Suspended { .. }) {
            out.push((Order::Resume { version: Some(version()) }, b));
        }
        if !v.is_terminal() {
            out.push((Order::Revoke { version: Some(version()), cause: Cause::Cessation }, b));
        }
        if b.suspend > 0 && v.is_serving() {
            let order = Order::Suspend { version: Some(version()), reason: String::new() };
            out.push((order, Budget { suspend: b.suspend - 1, ..b }));
        }
        if b.compromise > 0 {
            let spent = Budget { compromise: b.compromise - 1, ..b };
            let until = now.plus(2 * TICK_MS);
            for containment in [Containment::Immediate {}, Containment::RotateThenRevoke { deadline: until }]
            {
                let order = Order::ReportCompromise {
                    version: Some(version()),
                    confidence: 1000,
                    source: String::new(),
                    first_seen: None,
                    containment,
                };
                out.push((order, spent));
            }
        }
    }
    if b.rotations > 0 {
        let spent = Budget { rotations: b.rotations - 1, ..b };
        for recovery in [false, true] {
            out.push((Order::BeginRotation { model: None, recovery, not_after: None }, spent));
        }
    }
    out.push((Order::AbortRotation { reason: String::new() }, b));
    if b.depart > 0 {
        out.push((Order::OwnerDeparted { owner: owner.clone() }, Budget { depart: b.depart - 1, ..b }));
    }
    if node.state.owners.is_empty() {
        out.push((Order::AssignOwner { owner }, b));
    }
    if b.exception > 0 {
        for length in [2, 5] {
            let order = Order::GrantException {
                id: "e".into(),
                scope: String::new(),
                reason: String::new(),
                end: now.plus(length * TICK_MS),
                isolation: Isolation { store: "s".into(), scope: "s".into(), consumers: ["w".into()].into() },
                compensating: Vec::new(),
            };
            out.push((order, Budget { exception: b.exception - 1, ..b }));
        }
    }
    if node.state.exception.is_some() {
        out.push((Order::RenewException { end: now.plus(2 * TICK_MS) }, b));
        out.push((Order::CloseException {}, b));
    }
    if b.leases > 0 {
        for scope in ["a", "z"] {
            let order = Order::IssueLease {
                lease: format!("l{}", b.leases),
                task: "t".into(),
                holder: "h".into(),
                scope: [scope.into()].into(),
                ttl_ms: TICK_MS,
                max_ttl_ms: Some(2 * TICK_MS),
                renewable: true,
            };
            out.push((order, Budget { leases: b.leases - 1, ..b }));
        }
    }
    if let Some(lease) = node.state.leases.first() {
        out.push((Order::RenewLease { lease: lease.id.clone(), increment_ms: 2 * TICK_MS }, b));
        out.push((Order::TaskEnded { task: "t".into(), end: TaskEnd::Failed }, b));
    }
    if b.emergency > 0 {
        let end = now.plus(TICK_MS);
        let order = Order::OpenBreakGlass { reason: String::new(), end, holder: "h".into() };
        out.push((order, Budget { emergency: b.emergency - 1, ..b }));
    }
    if node.state.break_glass.is_some() {
        out.push((Order::CloseBreakGlass {}, b));
    }
    if b.campaigns > 0 {
        for default in [CampaignDefault::Suspend, CampaignDefault::Revoke] {
            let (campaign, deadline) = ("c".into(), now.plus(TICK_MS));
            let order = Order::StartCampaign { campaign, credentials: Vec::new(), deadline, default };
            out.push((order, Budget { campaigns: b.campaigns - 1, ..b }));
        }
    }
    if b.confused > 0 {
        let order = Order::UsageObserved {
            version: None,
            last_used: crate::model::LastUse::Unknown("tracking is off".into()),
            source: String::new(),
        };
        out.push((order, Budget { confused: b.confused - 1, ..b }));
    }
    out
}

fn explore(budget: Budget) -> Search {
    let policy = policy();
    let register = Order::Register {
        kind: crate::model::CredentialKind::ApiKey,
        tier: Tier::Standard,
        environment: None,
        owners: [crate::model::OwnerRef { kind: crate::model::OwnerKind::Team, id: "t".into() }].into(),
        purpose: None,
        workload: Some("w".into()),
        consumers: Vec::new(),
        known_by: Vec::new(),
        scopes: Some(["a".into()].into()),
        versions: [Found {
            external_id: None,
            fingerprint: None,
            created: None,
            not_after: None,
            status: crate::model::Status::Active,
            last_used: crate::model::LastUse::default(),
        }]
        .into(),
        provenance: String::new(),
    };
    let now = time(0);
    let empty = State::new("c");
    let events = decide(&empty, &command("ann", now, register), now, &policy).unwrap();
    let mut state = apply(&empty, now, "m", events);
    forget(&mut state, now);
    let root = Node { state, now, budget, trace: 0 };
    let mut traces: Vec<(usize, String)> = vec![(0, String::new())];
    let mut seen = HashSet::from([key(&root)]);
    let mut queue = VecDeque::from([root]);
    let goals = ["overlap", "tainted", "revoke_failed", "restored", "stuck", "emergency", "campaign"];
    let mut reached: BTreeMap<&'static str, bool> = goals.into_iter().map(|goal| (goal, false)).collect();
    let mut violation = None;
    // A bound on the search itself, so that a change which widens it shows as a failure and not as a wait.
    const MOST: usize = 400_000;
    'search: while let Some(node) = queue.pop_front() {
        assert!(seen.len() < MOST, "more than {MOST} states within {budget:?}");
        let mut next: Vec<(Node, Option<Order>)> = Vec::new();
        for (order, budget) in moves(&node) {
            let command = command("ann", node.now, order);
            let Ok(events) = decide(&node.state, &command, node.now, &policy) else { continue };
            for event in &events {
                if let Event::Restored { .. } = event {
                    reached.insert("restored", true);
                }
            }
            let state = apply(&node.state, node.now, "m", events);
            let (now, trace) = (node.now, node.trace);
            next.push((Node { state, now, budget, trace }, Some(command.order)));
        }
        if node.budget.ticks > 0 {
            let now = node.now.plus(TICK_MS);
            let found = check(&node.state, now, &policy);
            let mut state = node.state.clone();
            for due in tick(&node.state, now, &policy) {
                state = apply(&state, now, "tick:", due.events);
            }
            assert!(tick(&state, now, &policy).is_empty(), "a second tick does something");
            state.clock = now;
            let budget = Budget { ticks: node.budget.ticks - 1, ..node.budget };
            next.push((Node { state, now, budget, trace: node.trace }, None));
            if let Some(found) = found.into_iter().next() {
                violation = Some((found, trace(&traces, node.trace, "time passes")));
                break 'search;
            }
        }
        for (mut node_after, order) in next {
            let text = || match &order {
                Some(order) => format!("{}: {order:?}", node.now.millis() - time(0).millis()),
                None => "tick".into(),
            };
            let mut found = check(&node_after.state, node_after.now, &policy);
            found.extend(check_step(&node.state, &node_after.state, node_after.now));
            if let Some(found) = found.into_iter().next() {
                violation = Some((found, trace(&traces, node.trace, &text())));
                break 'search;
            }
            for v in &node_after.state.versions {
                match v.state {
                    VersionState::Tainted { .. } => reached.insert("tainted", true),
                    VersionState::RevokeFailed { .. } => reached.insert("revoke_failed", true),
                    _ => None,
                };
            }
            match node_after.state.rotation {
                Rotation::Overlap { .. } => reached.insert("overlap", true),
                Rotation::Stuck { .. } => reached.insert("stuck", true),
                _ => None,
            };
            if node_after.state.campaign.is_some() {
                reached.insert("campaign", true);
            }
            if node_after.state.break_glass.is_some() {
                reached.insert("emergency", true);
            }
            forget(&mut node_after.state, node_after.now);
            if seen.insert(key(&node_after)) {
                traces.push((node.trace, text()));
                node_after.trace = traces.len() - 1;
                queue.push_back(node_after);
            }
        }
    }
    Search { states: seen.len(), violation, reached }
}

fn trace(traces: &[(usize, String)], mut at: usize, last: &str) -> Vec<String> {
    let mut out = vec![String::from(last)];
    while at != 0 {
        out.push(traces[at].1.clone());
        at = traces[at].0;
    }
    out.reverse();
    out
}

const NONE: Budget = Budget {
    ticks: 0,
    suspend: 0,
    compromise: 0,
    depart: 0,
    exception: 0,
    leases: 0,
    emergency: 0,
    rotations: 0,
    confused: 0,
    campaigns: 0,
};
/// One rotation with one compromise.
const VERSIONS: Budget = Budget { compromise: 1, rotations: 1, ..NONE };
/// One suspension and one compromise.
const QUARANTINE: Budget = Budget { ticks: 2, suspend: 1, compromise: 1, ..NONE };
/// Two rotations in a row, with one suspension: where the defects of the guards on live versions show.
const ROTATIONS: Budget = Budget { ticks: 0, suspend: 1, rotations: 2, ..NONE };
/// One rotation through all of its timers.
const TIMERS: Budget = Budget { ticks: 3, rotations: 1, ..NONE };
/// Governance with a departure, an exception and an observation that could not tell.
const GOVERNANCE: Budget = Budget { ticks: 3, depart: 1, exception: 1, confused: 1, ..NONE };
/// Leases and emergencies with a compromise.
const LEASES: Budget = Budget { ticks: 1, leases: 1, emergency: 1, compromise: 1, ..NONE };

/// A campaign that nobody certifies, with a rotation or a suspension under way and use that nobody could tell.
const CAMPAIGNS: Budget = Budget { ticks: 2, suspend: 1, rotations: 1, campaigns: 1, confused: 1, ..NONE };

const REGIONS: [(&str, Budget); 6] = [
    ("versions", VERSIONS),
    ("quarantine", QUARANTINE),
    ("timers", TIMERS),
    ("governance", GOVERNANCE),
    ("leases", LEASES),
    ("campaigns", CAMPAIGNS),
];

#[test]
fn every_reachable_state_satisfies_every_invariant() {
    let mut reached: BTreeMap<&'static str, bool> = BTreeMap::new();
    for (name, budget) in REGIONS {
        let start = std::time::Instant::now();
        let search = explore(budget);
        println!("{name}: {} states in {:?}, bounds {budget:?}", search.states, start.elapsed());
        if let Some((violation, trace)) = search.violation {
            panic!("{name}: {violation:?} after\n{}", trace.join("\n"));
        }
        assert!(search.states > 100, "{name}: the search saw next to nothing");
        for (goal, seen) in search.reached {
            *reached.entry(goal).or_default() |= seen;
        }
    }
    assert!(reached.values().all(|seen| *seen), "not reached: {reached:?}");
}

#[test]
fn each_seeded_defect_is_caught_by_its_invariant() {
    let cases = [
        (Mutant::PromoteUnverified, VERSIONS, "I8"),
        (Mutant::TwoLive, ROTATIONS, "I2"),
        (Mutant::GlassForgetsLease, LEASES, "I7"),
        (Mutant::CompromiseOnlySuspends, QUARANTINE, "I6"),
        (Mutant::ResumeUnchecked, ROTATIONS, "I2"),
        (Mutant::RotateWithoutActive, VERSIONS, "I3"),
        (Mutant::LadderForgets, QUARANTINE, "I9"),
        (Mutant::SelfApproval, GOVERNANCE, "I11"),
        (Mutant::LeaseUnbounded, LEASES, "I10"),
        (Mutant::ExceptionUnbounded, GOVERNANCE, "I5"),
        (Mutant::OrphanForgotten, GOVERNANCE, "I4"),
        (Mutant::TerminalReturns, QUARANTINE, "I1"),
        (Mutant::UnknownRevokes, GOVERNANCE, "I13"),
    ];
    for (mutant, budget, invariant) in cases {
        let search = mutants::with(mutant, || explore(budget));
        let (violation, trace) = search.violation.unwrap_or_else(|| panic!("{mutant:?} was not caught"));
        println!("{mutant:?}: {} after {} states, {} steps", violation.invariant, search.states, trace.len());
        assert_eq!(violation.invariant, invariant, "{mutant:?}: {violation:?} after\n{}", trace.join("\n"));
    }
}
