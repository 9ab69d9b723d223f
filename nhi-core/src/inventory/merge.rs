//! Merges what several sources say of one record, field by field, and keeps what was not taken.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::Serialize;
use serde_json::Value;

use super::{SourceRef, Sources};
use crate::{
    limits,
    model::{
        Bindings, Credential, CredentialKind, Fact, Identity, IdentityKind, LastUse, Plane, Status,
        VersionRecord,
    },
    time::Timestamp,
};

/// A statement about a field that was not taken, beside the one that was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conflict {
    /// The field; of a version: `versions[<external id>].<field>`.
    pub field: String,
    /// The statement taken.
    pub taken: Statement,
    /// The statement that disagrees.
    pub other: Statement,
}

/// What one source says of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statement {
    /// The value; `null` if the source states that there is none.
    pub value: Value,
    /// Where the source stands.
    pub plane: Plane,
    /// When it looked.
    pub observed_at: Timestamp,
    #[serde(skip)]
    pub(crate) source: SourceRef,
}

/// One source's record of something.
pub(super) struct Part<'a, R> {
    pub(super) record: &'a R,
    pub(super) plane: Plane,
    pub(super) observed_at: Timestamp,
    pub(super) source: SourceRef,
}

/// Whose word counts for a field.
#[derive(Clone, Copy)]
enum Authority {
    /// The issuer's: state, dates, scopes.
    Issuer,
    /// The organisation's own records': owner, environment, workload, purpose.
    Declared,
}

/// Lower is better.
fn rank(authority: Authority, plane: Plane) -> u8 {
    match (authority, plane) {
        (Authority::Issuer, Plane::ControlPlane) | (Authority::Declared, Plane::Declared) => 0,
        (_, Plane::Holdings) => 1,
        (Authority::Issuer, Plane::Declared) | (Authority::Declared, Plane::ControlPlane) => 2,
        (_, Plane::Sightings) => 3,
    }
}

/// Parts in the order of their authority (issuer's and declared), and what came of merging so far.
struct Merger<'a, R> {
    parts: &'a [Part<'a, R>],
    issuer_first: Vec<usize>,
    declared_first: Vec<usize>,
    sources: Sources,
    conflicts: Vec<Conflict>,
}

impl<'a, R> Merger<'a, R> {
    /// `None` without parts.
    fn new(parts: &'a [Part<'a, R>]) -> Option<Self> {
        let order = |authority| {
            let mut order: Vec<usize> = (0..parts.len()).collect();
            order.sort_by_key(|i| {
                parts.get(*i).map(|part| {
                    let latest_first = core::cmp::Reverse(part.observed_at);
                    (rank(authority, part.plane), latest_first, part.source)
                })
            });
            order
        };
        let issuer_first = order(Authority::Issuer);
        let default = parts.get(*issuer_first.first()?)?.source;
        Some(Merger {
            parts,
            issuer_first,
            declared_first: order(Authority::Declared),
            sources: Sources { default, fields: BTreeMap::new() },
            conflicts: Vec::new(),
        })
    }

    fn in_order(&self, authority: Authority) -> impl Iterator<Item = &'a Part<'a, R>> {
        let (parts, order) = (
            self.parts,
            match authority {
                Authority::Issuer => &self.issuer_first,
                Authority::Declared => &self.declared_first,
            },
        );
        order.iter().filter_map(|i| parts.get(*i))
    }

    /// A fact: the most authoritative statement, else the best reason why nobody knows.
    fn fact<T: Clone + PartialEq + Serialize + 'a>(
        &mut self,
        field: &'static str,
        authority: Authority,
        same: fn(&T, &T) -> bool,
        get: fn(&R) -> &Fact<T>,
    ) -> Fact<T> {
        let statements = self.statements(authority, get);
        self.settle(field, &statements, same)
    }

    /// When it ends, see [`ends`].
    fn end(&mut self, field: &'static str, get: fn(&R) -> &Fact<Timestamp>) -> Fact<Timestamp> {
        let statements = ends(self.statements(Authority::Issuer, get));
        self.settle(field, &statements, close)
    }

    fn statements<T>(&self, authority: Authority, get: fn(&R) -> &Fact<T>) -> Vec<Stated<'a, T>> {
        let stated = |part: &Part<'a, R>| (get(part.record), part.plane, part.observed_at, part.source);
        self.in_order(authority).map(stated).collect()
    }

    fn settle<T: Clone + PartialEq + Serialize>(
        &mut self,
        field: &'static str,
        statements: &[Stated<'_, T>],
        same: fn(&T, &T) -> bool,
    ) -> Fact<T> {
        let (fact, source, conflicts) = pick(field, statements, same);
        self.conflicts.extend(conflicts);
        if let Some(source) = source {
            self.stated(field, source);
        }
        fact
    }

    /// A plain field: the first that is not its default.
    fn plain<T: Clone + PartialEq + Default>(&mut self, field: &'static str, get: fn(&R) -> &T) -> T {
        let none = T::default();
        let found = self.in_order(Authority::Issuer).find(|part| *get(part.record) != none);
        let found = found.map(|part| (get(part.record).clone(), part.source));
        let Some((value, source)) = found else { return none };
        self.stated(field, source);
        value
    }

    fn stated(&mut self, field: &'static str, source: SourceRef) {
        if source != self.sources.default {
            self.sources.fields.insert(field, source);
        }
    }

    /// Everything that any source lists.
    fn union<T: Clone + Ord + 'a>(&self, get: fn(&R) -> &[T]) -> Vec<T> {
        let all: BTreeSet<&T> = self.parts.iter().flat_map(|part| get(part.record)).collect();
        all.into_iter().cloned().collect()
    }

    /// Every label that any source has; the more authoritative value where two differ.
    fn labels(&self, get: fn(&R) -> &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        for part in self.in_order(Authority::Issuer) {
            for (key, value) in get(part.record) {
                out.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        out
    }
}

type Stated<'a, T> = (&'a Fact<T>, Plane, Timestamp, SourceRef);

/// The first statement in an order of authority, and those that disagree with it. Within one plane, an older
/// statement is superseded and no conflict.
fn pick<T: Clone + PartialEq + Serialize>(
    field: &str,
    statements: &[Stated<T>],
    same: fn(&T, &T) -> bool,
) -> (Fact<T>, Option<SourceRef>, Vec<Conflict>) {
    let Some((taken, plane, at, source)) = statements.iter().find(|(fact, ..)| !fact.is_unknown()) else {
        let reasoned = statements.iter().find(|(fact, ..)| !fact.is_not_reported());
        return match reasoned {
            Some((fact, .., source)) => ((*fact).clone(), Some(*source), Vec::new()),
            None => (Fact::default(), None, Vec::new()),
        };
    };
    let mut conflicts = Vec::new();
    let mut heard = BTreeSet::new();
    for (fact, other_plane, other_at, other_source) in statements {
        // Of each plane the first statement in order counts: it is the latest.
        let superseded =
            fact.is_unknown() || !heard.insert((*other_plane, (*other_plane == *plane).then_some(*other_at)));
        if superseded || (other_plane == plane && other_at != at) {
            continue;
        }
        let agrees = match (taken, fact) {
            (Fact::Known(a), Fact::Known(b)) => same(a, b),
            (a, b) => a == b,
        };
        if !agrees {
            let statement = |fact: &Fact<T>, plane, observed_at, source| Statement {
                value: fact.known().and_then(|v| serde_json::to_value(v).ok()).unwrap_or(Value::Null),
                plane,
                observed_at,
                source,
            };
            conflicts.push(Conflict {
                field: field.to_string(),
                taken: statement(taken, *plane, *at, *source),
                other: statement(fact, *other_plane, *other_at, *other_source),
            });
        }
    }
    ((*taken).clone(), Some(*source), conflicts)
}

/// An issuer that knows no expiry does not overrule an end that we have set: keeping to it is the lifecycle's work.
fn ends(mut statements: Vec<Stated<'_, Timestamp>>) -> Vec<Stated<'_, Timestamp>> {
    if statements.iter().any(|(fact, ..)| fact.known().is_some()) {
        statements.retain(|(fact, ..)| **fact != Fact::Absent);
    }
    statements
}

fn equal<T: PartialEq>(a: &T, b: &T) -> bool {
    a == b
}

/// Exports cut times to seconds.
fn close(a: &Timestamp, b: &Timestamp) -> bool {
    a.since(*b).abs() <= limits::CREATED_SLACK_MS
}

fn same_set(a: &[String], b: &[String]) -> bool {
    a.iter().collect::<BTreeSet<_>>() == b.iter().collect::<BTreeSet<_>>()
}

/// One credential of all its parts; `None` without parts.
pub(super) fn credential(
    id: String,
    identity: String,
    parts: &[Part<Credential>],
) -> Option<(Credential, Sources, Vec<Conflict>)> {
    use Authority::{Declared, Issuer};
    let mut m = Merger::new(parts)?;
    let last_used =
        parts.iter().fold(LastUse::default(), |known, part| known.merge(part.record.last_used.clone()));
    let used = m.in_order(Issuer).find(|part| part.record.last_used == last_used).map(|part| part.source);
    if let Some(source) = used {
        m.stated("last_used", source);
    }
    let kinds: BTreeSet<_> =
        parts.iter().map(|p| p.record.kind).filter(|k| *k != CredentialKind::Unknown).collect();
    let mut record = Credential {
        id,
        identity,
        kind: m.plain("kind", |r| &r.kind),
        provider: m.plain("provider", |r| &r.provider),
        issuer: m.plain("issuer", |r| &r.issuer),
        external_ids: m.union(|r| &r.external_ids),
        fingerprint: m.plain("fingerprint", |r| &r.fingerprint),
        public_hint: m.plain("public_hint", |r| &r.public_hint),
        created: m.fact("created", Issuer, close, |r| &r.created),
        not_before: m.fact("not_before", Issuer, close, |r| &r.not_before),
        not_after: m.end("not_after", |r| &r.not_after),
        last_rotated: m.fact("last_rotated", Issuer, close, |r| &r.last_rotated),
        last_used,
        status: m.fact("status", Issuer, equal, |r| &r.status),
        next_rotation: m.fact("next_rotation", Issuer, close, |r| &r.next_rotation),
        scopes_granted: m.fact("scopes_granted", Issuer, |a, b| same_set(a, b), |r| &r.scopes_granted),
        bound_to: Bindings {
            networks: m.fact("bound_to.networks", Issuer, |a, b| same_set(a, b), |r| &r.bound_to.networks),
            audience: m.fact("bound_to.audience", Issuer, |a, b| same_set(a, b), |r| &r.bound_to.audience),
            sender: m.fact("bound_to.sender", Issuer, equal, |r| &r.bound_to.sender),
        },
        policy_path: m.fact("policy_path", Issuer, equal, |r| &r.policy_path),
        // Not a disagreement: each source names the system it knows.
        system_of_record: m.fact("system_of_record", Declared, |_, _| true, |r| &r.system_of_record),
        storage: m.union(|r| &r.storage),
        consumers: m.fact("consumers", Declared, |a, b| same_set(a, b), |r| &r.consumers),
        versions: Vec::new(),
        owners: m.fact("owners", Declared, equal, |r| &r.owners),
        environment: m.fact("environment", Declared, equal, |r| &r.environment),
        workload: m.fact("workload", Declared, equal, |r| &r.workload),
        purpose: m.fact("purpose", Declared, equal, |r| &r.purpose),
        created_by: m.fact("created_by", Issuer, equal, |r| &r.created_by),
        known_by: m.union(|r| &r.known_by),
        tags: m.labels(|r| &r.tags),
        extra: m.labels(|r| &r.extra),
    };
    let (versions, found) = versions(&m);
    m.conflicts.extend(found);
    if kinds.len() > 1 {
        record.extra.insert("kinds".into(), kinds.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(" "));
    }
    // A log may know more of the versions than the list that the status came from.
    let statuses: BTreeSet<_> =
        versions.iter().filter_map(|version| version.status.known().copied()).collect();
    if !versions.is_empty() && versions.iter().all(|version| version.status.known().is_some()) {
        // The most alive in the order of `Status`.
        record.status = statuses.first().map_or_else(Fact::default, |status: &Status| Fact::Known(*status));
    }
    let last_used = |known: LastUse, version: &VersionRecord| known.merge(version.last_used.clone());
    record.last_used = versions.iter().fold(record.last_used, last_used);
    record.versions = versions;
    Some((record, m.sources, m.conflicts))
}

/// The versions that any part lists: one with the same external id is one; one without is the one made within
/// the slack of the same time, if there is exactly one such.
fn versions(m: &Merger<Credential>) -> (Vec<VersionRecord>, Vec<Conflict>) {
    type Said<'a> = (&'a VersionRecord, Plane, Timestamp, SourceRef);
    let said = || {
        m.in_order(Authority::Issuer).flat_map(|part| {
            part.record.versions.iter().map(move |v| (v, part.plane, part.observed_at, part.source))
        })
    };
    let mut named: BTreeMap<&str, Vec<Said>> = BTreeMap::new();
    let mut nameless: Vec<Said> = Vec::new();
    for statement in said() {
        match statement.0.external_id.as_str() {
            "" => nameless.push(statement),
            id => named.entry(id).or_default().push(statement),
        }
    }
    let mut by_time: Vec<(Timestamp, &str)> = Vec::new();
    for (id, statements) in &named {
        for created in statements.iter().filter_map(|(version, ..)| version.created.known()) {
            by_time.push((*created, *id));
        }
    }
    by_time.sort_unstable();
    by_time.dedup();
    let mut unnamed: Vec<(Option<Timestamp>, Vec<Said>)> = Vec::new();
    nameless
        .sort_by_key(|(version, plane, at, source)| (version.created.known().copied(), *plane, *at, *source));
    for statement in nameless {
        let created = statement.0.created.known().copied();
        let near: BTreeSet<&str> = created.map_or_else(BTreeSet::new, |at| {
            let from = by_time.partition_point(|(t, _)| *t < at.plus(-limits::CREATED_SLACK_MS));
            let rest = by_time.get(from..).unwrap_or_default();
            rest.iter().take_while(|(t, _)| close(t, &at)).map(|(_, id)| *id).collect()
        });
        if let (1, Some(id)) = (near.len(), near.first()) {
            named.entry(*id).or_default().push(statement);
            continue;
        }
        match unnamed.last_mut() {
            Some((Some(last), group)) if created.is_some_and(|at| close(last, &at)) => group.push(statement),
            _ => unnamed.push((created, [statement].into())),
        }
    }
    let mut out = Vec::new();
    let mut conflicts = Vec::new();
    let groups = named.into_iter().map(|(id, said)| (String::from(id), said));
    for (external_id, mut said) in groups.chain(unnamed.into_iter().map(|(_, said)| (String::new(), said))) {
        said.sort_by_key(|(_, plane, at, source)| {
            (rank(Authority::Issuer, *plane), core::cmp::Reverse(*at), *source)
        });
        let label = if external_id.is_empty() { "?" } else { external_id.as_str() };
        let stated = |get: fn(&VersionRecord) -> &Fact<Timestamp>| -> Vec<Stated<'_, Timestamp>> {
            said.iter().map(|(v, plane, at, source)| (get(v), *plane, *at, *source)).collect()
        };
        let mut times = |field: &str, statements: &[Stated<'_, Timestamp>]| {
            let (fact, _, found) = pick(&format!("versions[{label}].{field}"), statements, close);
            conflicts.extend(found);
            fact
        };
        let created = times("created", &stated(|v| &v.created));
        let not_after = times("not_after", &ends(stated(|v| &v.not_after)));
        let statements: Vec<_> =
            said.iter().map(|(v, plane, at, source)| (&v.status, *plane, *at, *source)).collect();
        let (status, _, found) = pick(&format!("versions[{label}].status"), &statements, equal);
        conflicts.extend(found);
        out.push(VersionRecord {
            created,
            not_after,
            status,
            last_used: said
                .iter()
                .fold(LastUse::default(), |known, (v, ..)| known.merge(v.last_used.clone())),
            fingerprint: said.iter().find_map(|(v, ..)| v.fingerprint.clone()),
            external_id,
        });
    }
    out.sort_by(|a, b| (a.created.known(), &a.external_id).cmp(&(b.created.known(), &b.external_id)));
    let surplus = out.len().saturating_sub(limits::VERSIONS);
    out.drain(..surplus);
    (out, conflicts)
}

/// One identity of all its parts; `None` without parts.
pub(super) fn identity(id: String, parts: &[Part<Identity>]) -> Option<(Identity, Sources, Vec<Conflict>)> {
    use Authority::{Declared, Issuer};
    let mut m = Merger::new(parts)?;
    let mut external_ids = m.union(|r| &r.external_ids);
    let others = parts.iter().map(|part| &part.record.id).filter(|other| **other != id);
    external_ids.extend(others.cloned());
    external_ids.sort();
    external_ids.dedup();
    let declared = m.in_order(Declared).find(|part| part.record.kind != IdentityKind::Unknown);
    let kind = declared.map(|part| (part.record.kind, part.source));
    if let Some((_, source)) = kind {
        m.stated("kind", source);
    }
    let record = Identity {
        id,
        kind: kind.map_or(IdentityKind::Unknown, |(kind, _)| kind),
        issuer: m.plain("issuer", |r| &r.issuer),
        name: m.plain("name", |r| &r.name),
        external_ids,
        parent: m.plain("parent", |r| &r.parent),
        owners: m.fact("owners", Declared, equal, |r| &r.owners),
        environment: m.fact("environment", Declared, equal, |r| &r.environment),
        workload: m.fact("workload", Declared, equal, |r| &r.workload),
        purpose: m.fact("purpose", Declared, equal, |r| &r.purpose),
        federation: m.fact("federation", Issuer, equal, |r| &r.federation),
        third_party: m.plain("third_party", |r| &r.third_party),
        status: m.fact("status", Issuer, equal, |r| &r.status),
        created: m.fact("created", Issuer, close, |r| &r.created),
        scopes_granted: m.fact("scopes_granted", Issuer, |a, b| same_set(a, b), |r| &r.scopes_granted),
        scopes_used: m.fact("scopes_used", Issuer, |a, b| same_set(a, b), |r| &r.scopes_used),
        policy_path: m.fact("policy_path", Issuer, equal, |r| &r.policy_path),
        last_used: parts
            .iter()
            .fold(LastUse::default(), |known, part| known.merge(part.record.last_used.clone())),
        tags: m.labels(|r| &r.tags),
        extra: m.labels(|r| &r.extra),
    };
    Some((record, m.sources, m.conflicts))
}
