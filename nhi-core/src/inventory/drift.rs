//! Names the disagreements between planes, each with the evidence for it.

use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Conflict, CredentialEntry, Held, SightingEntry, SourceRef,
    reconcile::{Directory, Estate, Places, is_gone},
};
use crate::{
    limits,
    model::{Completeness, CredentialKind, Environment, Fact, Liveness, Plane, Provenance, Record, Status},
    time::Timestamp,
};

/// A disagreement about one credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// What sort of disagreement.
    pub kind: DriftKind,
    /// Id of the credential.
    pub credential: String,
    /// What shows it, at most [`limits::EVIDENCE`] pieces and a closing count.
    pub evidence: Vec<Evidence>,
    /// Since when it is known to hold, by the earliest statement that shows it.
    pub since: Option<Timestamp>,
}

/// What sort of disagreement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DriftKind {
    /// Its secret was seen where it does not belong.
    Leaked,
    /// We say that it is over, the issuer says that it works.
    StateDrift(StateDriftKind),
    /// One secret in several environments, or used from another than its own.
    EnvCross,
    /// One secret under several records or in several places that should each have their own.
    DuplicateValue,
    /// The issuer has it, our full records do not.
    Undeclared,
    /// Our records have it, the issuer's full list does not.
    Ghost,
    /// A vault holds a value that no longer works.
    VaultedOrphan,
    /// No vault of a full set holds it.
    Unvaulted,
    /// Declared and granted privileges differ.
    ScopeDrift,
    /// Sources name different owners, or one that can no longer answer.
    OwnerDrift,
    /// Another field differs between planes.
    AttributeDrift(String),
}

/// How a state differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateDriftKind {
    /// It was over, and came back: a version is newer than our statement.
    Resurrected,
    /// Our revocation did not take effect at the issuer.
    RevocationNotEffective,
    /// It ended at the issuer, our records still have it as working.
    EndedOutside,
}

/// One piece of what shows something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    /// A sentence.
    pub text: String,
    /// Who says so, where in which input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// What the snapshots cover, so that absence can mean something.
struct Coverage {
    /// Declared snapshots that are full and hold credentials.
    declared: Vec<u32>,
    /// Full control-plane snapshots by issuer and kind, with their times.
    issuer: BTreeMap<(String, CredentialKind), Vec<(u32, Timestamp)>>,
    /// Full snapshots of vaults.
    holdings: Vec<u32>,
}

/// Evidence as it is collected: no more is ever built than is told.
#[derive(Clone, Default)]
struct Pieces {
    list: Vec<Evidence>,
    more: usize,
    since: Option<Timestamp>,
}

impl Pieces {
    /// Adds one piece; its text is made only if there is room.
    fn add(&mut self, text: impl FnOnce() -> String, provenance: Option<&Provenance>) {
        let at = provenance.map(|provenance| provenance.observed_at);
        self.since = self.since.into_iter().chain(at).min();
        if self.list.len() < limits::EVIDENCE {
            let piece = Evidence { text: text(), provenance: provenance.cloned() };
            if self.list.last() != Some(&piece) {
                self.list.push(piece);
            }
        } else {
            self.more += 1;
        }
    }

    /// Takes at most `room` of the other's pieces and counts the rest.
    fn append(&mut self, mut other: Pieces, room: usize) {
        self.more += other.more + other.list.len().saturating_sub(room);
        other.list.truncate(room);
        self.list.append(&mut other.list);
        self.since = self.since.into_iter().chain(other.since).min();
    }

    fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The list with its closing count.
    fn told(mut self) -> Vec<Evidence> {
        if self.more > 0 {
            let text = format!("{} more of the same", self.more);
            self.list.push(Evidence { text, provenance: None });
        }
        self.list
    }
}

struct Finder<'a> {
    snapshots: &'a BTreeMap<String, Held>,
    held: Vec<&'a Held>,
    estate: &'a Estate,
    directory: &'a Directory<'a>,
    places: Places<'a, 'a>,
    /// Credentials that are told to cross environments.
    crossed: BTreeSet<&'a str>,
    out: Vec<Drift>,
}

pub(super) fn drift(snapshots: &BTreeMap<String, Held>, estate: &Estate, now: Timestamp) -> Vec<Drift> {
    let directory = &Directory::new(&estate.rows);
    let mut finder = Finder {
        snapshots,
        held: snapshots.values().collect(),
        estate,
        directory,
        places: Places::new(directory),
        crossed: BTreeSet::new(),
        out: Vec::new(),
    };
    let coverage = finder.coverage();
    for entry in estate.credentials.values() {
        finder.sightings(entry);
        finder.presence(entry, &coverage, now);
        finder.conflicts(entry);
        finder.owners(entry);
        finder.environments(entry);
    }
    finder.duplicates();
    finder.out.sort_by(|a, b| (&a.credential, &a.kind).cmp(&(&b.credential, &b.kind)));
    finder.out
}

impl<'a> Finder<'a> {
    fn coverage(&self) -> Coverage {
        let mut coverage = Coverage { declared: Vec::new(), issuer: BTreeMap::new(), holdings: Vec::new() };
        let mut full: BTreeSet<u32> = BTreeSet::new();
        for (s, held) in self.held.iter().enumerate() {
            let credentials = || {
                held.observations
                    .iter()
                    .any(|observation| matches!(observation.record, Record::Credential(_)))
            };
            if held.snapshot.completeness == Completeness::Full && credentials() {
                match held.snapshot.plane {
                    Plane::Declared => coverage.declared.push(s as u32),
                    Plane::Holdings => coverage.holdings.push(s as u32),
                    Plane::ControlPlane => {
                        full.insert(s as u32);
                    }
                    Plane::Sightings => {}
                }
            }
        }
        // By the records as they were joined: a list that names no account covers the one it was joined to.
        for entry in self.estate.credentials.values() {
            for source in entry.stated.iter().filter(|source| full.contains(&source.snapshot)) {
                let taken = self.held.get(source.snapshot as usize).map(|held| held.snapshot.taken_at);
                let key = (entry.record.issuer.clone(), entry.record.kind);
                let seen = coverage.issuer.entry(key).or_default();
                if let (Some(taken), false) = (taken, seen.iter().any(|(s, _)| *s == source.snapshot)) {
                    seen.push((source.snapshot, taken));
                }
            }
        }
        coverage
    }

    fn plane_of(&self, source: &SourceRef) -> Option<Plane> {
        self.held.get(source.snapshot as usize).map(|held| held.snapshot.plane)
    }

    fn provenance(&self, source: SourceRef) -> Option<&'a Provenance> {
        self.estate.provenance(self.snapshots, source)
    }

    /// A single piece of evidence.
    fn evidence(&self, text: String, source: Option<SourceRef>) -> Pieces {
        let mut pieces = Pieces::default();
        pieces.add(|| text, source.and_then(|source| self.provenance(source)));
        pieces
    }

    fn tell(&mut self, kind: DriftKind, entry: &CredentialEntry, pieces: Pieces) {
        let since = pieces.since;
        self.out.push(Drift { kind, credential: entry.record.id.clone(), evidence: pieces.told(), since });
    }

    /// The sightings of a credential outside the places where it is kept, one a place.
    fn exposed(&self, entry: &'a CredentialEntry) -> Vec<&'a SightingEntry> {
        let found = self.estate.sightings_of.get(&entry.record.id).map_or(&[][..], Vec::as_slice);
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        if found.is_empty() {
            return out;
        }
        let storage: BTreeSet<&str> = entry.record.storage.iter().map(|kept| kept.path.as_str()).collect();
        for sighting in found.iter().filter_map(|i| self.estate.sightings.get(*i)) {
            let place = &sighting.record.location;
            let kept = place.kind == "vault" || storage.contains(place.path.as_str());
            let secret = sighting.record.kind.is_secret();
            if secret && !kept && seen.insert((&place.path, place.line, &place.revision)) {
                out.push(sighting);
            }
        }
        out
    }

    fn sightings(&mut self, entry: &'a CredentialEntry) {
        let mut evidence = Pieces::default();
        let mut first = None;
        for sighting in self.exposed(entry) {
            let record = &sighting.record;
            let text = || {
                let line = record.location.line.map(|line| format!(":{line}")).unwrap_or_default();
                let live = match record.liveness {
                    Liveness::Live => ", still works",
                    Liveness::Dead => ", no longer works",
                    Liveness::NotChecked | Liveness::Unknown => "",
                };
                let by = match &record.of.fingerprint {
                    Some(_) => "the secret",
                    None => "a secret with its id",
                };
                format!("{by} stands in {}{line}{live}", record.location.path)
            };
            evidence.add(text, self.provenance(sighting.source));
            let seen = record.first_seen.known().copied();
            first = match (first, seen) {
                (Some(a), Some(b)) => Some(Timestamp::min(a, b)),
                (a, b) => a.or(b),
            };
        }
        if !evidence.is_empty() {
            self.tell(DriftKind::Leaked, entry, evidence);
            if let (Some(drift), Some(_)) = (self.out.last_mut(), first) {
                drift.since = first.min(drift.since).or(first);
            }
        }
    }

    fn presence(&mut self, entry: &'a CredentialEntry, coverage: &Coverage, now: Timestamp) {
        let record = &entry.record;
        let on = |plane| entry.planes.contains(&plane);
        let source_on = |finder: &Self, plane| {
            entry.stated.iter().copied().find(|source| finder.plane_of(source) == Some(plane))
        };
        let over = record.status.known().is_some_and(|status| *status != Status::Active)
            || record.not_after.known().is_some_and(|end| *end <= now);

        let declared_full = !coverage.declared.is_empty();
        // Sessions come and go: their role is what is declared.
        let identity = self.estate.identities.get(&record.identity);
        let session = record.kind == CredentialKind::SessionToken
            && identity.is_some_and(|entry| entry.planes.contains(&Plane::Declared));
        let exists = (on(Plane::ControlPlane) || on(Plane::Holdings)) && !over && !session;
        if !on(Plane::Declared) && declared_full && exists {
            let source = source_on(self, Plane::ControlPlane).or_else(|| source_on(self, Plane::Holdings));
            let text = "it exists, and no full declared record has it".to_owned();
            let evidence = self.evidence(text, source);
            self.tell(DriftKind::Undeclared, entry, evidence);
        }

        let key = (record.issuer.clone(), record.kind);
        let lists = coverage.issuer.get(&key).map_or(&[][..], Vec::as_slice);
        // A list from before it was made can't have it.
        let late = |taken: &Timestamp| record.created.known().is_none_or(|made| made < taken);
        let lists: Vec<_> = lists.iter().filter(|(_, taken)| late(taken)).collect();
        let absent = !lists.is_empty() && !on(Plane::ControlPlane);
        if on(Plane::Declared) && absent && !over {
            let names: Vec<&str> = lists
                .iter()
                .take(limits::EVIDENCE)
                .filter_map(|(s, _)| self.estate.order.get(*s as usize))
                .map(String::as_str)
                .collect();
            let text =
                format!("declared, and absent from the full list of its issuer ({})", names.join(", "));
            let evidence = self.evidence(text, source_on(self, Plane::Declared));
            self.tell(DriftKind::Ghost, entry, evidence);
        }

        let vaulted = on(Plane::Holdings) || record.storage.iter().any(|place| place.kind == "vault");
        if on(Plane::Holdings) && ((on(Plane::ControlPlane) && over) || absent) {
            let why = if absent { "its issuer no longer lists it" } else { "it is over" };
            let text = format!("a vault holds it, and {why}");
            let evidence = self.evidence(text, source_on(self, Plane::Holdings));
            self.tell(DriftKind::VaultedOrphan, entry, evidence);
        }
        let looked = !coverage.holdings.is_empty();
        if looked && !vaulted && on(Plane::ControlPlane) && record.kind.is_secret() && !over {
            let text = "no vault that was listed in full holds it".to_owned();
            let evidence = self.evidence(text, source_on(self, Plane::ControlPlane));
            self.tell(DriftKind::Unvaulted, entry, evidence);
        }
    }

    fn conflicts(&mut self, entry: &'a CredentialEntry) {
        let mut kinds: BTreeMap<DriftKind, Pieces> = BTreeMap::new();
        for conflict in entry.conflicts.iter().filter(|conflict| conflict.taken.plane != conflict.other.plane)
        {
            let field = conflict.field.as_str();
            let kind = match field {
                "scopes_granted" => DriftKind::ScopeDrift,
                "owners" => DriftKind::OwnerDrift,
                // Cut to what versions say; a version's own conflict tells it better.
                "status" if !entry.record.versions.is_empty() => continue,
                _ if field == "status" || field.ends_with("].status") => match state(entry, conflict) {
                    Some(kind) => DriftKind::StateDrift(kind),
                    None => DriftKind::AttributeDrift(field.to_owned()),
                },
                _ => DriftKind::AttributeDrift(field.to_owned()),
            };
            let text = || match &kind {
                DriftKind::ScopeDrift => scopes(conflict),
                _ => format!(
                    "{field}: {} says {}, {} says {}",
                    plane(conflict.taken.plane),
                    conflict.taken.value,
                    plane(conflict.other.plane),
                    conflict.other.value
                ),
            };
            kinds.entry(kind.clone()).or_default().add(text, self.provenance(conflict.other.source));
        }
        for (kind, evidence) in kinds {
            self.tell(kind, entry, evidence);
        }
    }

    fn owners(&mut self, entry: &'a CredentialEntry) {
        let mut evidence = Pieces::default();
        for reference in entry.record.owners.known().into_iter().flatten() {
            match self.estate.owner(reference) {
                Some((owner, source)) if is_gone(owner.status) => {
                    let text = || {
                        let since = owner.since.known().map(|at| format!(" since {}", at.date_string()));
                        let state = serde_json::to_value(owner.status).ok();
                        let state = state.as_ref().and_then(Value::as_str).unwrap_or("gone");
                        format!("its owner {} is {state}{}", owner.id, since.unwrap_or_default())
                    };
                    evidence.add(text, self.provenance(*source));
                }
                _ => {}
            }
        }
        // The directory against what the record itself says.
        let ids = entry.record.versions.iter().map(|version| version.external_id.as_str());
        let ids =
            ids.chain(entry.record.external_ids.iter().map(String::as_str)).chain([entry.record.id.as_str()]);
        let ids: Vec<&str> =
            ids.chain([entry.record.identity.as_str()]).filter(|id| !id.is_empty()).collect();
        if let (Some((owner, source)), Some(stated)) = (self.directory.of(ids), entry.record.owners.known())
            && !stated.iter().any(|reference| reference.id == owner.id)
        {
            let text = || {
                let names = stated.iter().map(|reference| reference.id.as_str()).take(limits::EVIDENCE);
                let names: Vec<&str> = names.collect();
                format!("the directory says {}, the record says {}", owner.id, names.join(", "))
            };
            evidence.add(text, self.provenance(source));
        }
        if !evidence.is_empty() {
            self.tell(DriftKind::OwnerDrift, entry, evidence);
        }
    }

    fn environments(&mut self, entry: &'a CredentialEntry) {
        let mut met: BTreeMap<Environment, Pieces> = BTreeMap::new();
        if let Fact::Known(own) = entry.record.environment {
            let source = entry.sources.fields.get("environment").copied().unwrap_or(entry.sources.default);
            let text = || format!("its own environment is {}", own.as_str());
            met.entry(own).or_default().add(text, self.provenance(source));
        }
        for sighting in self.exposed(entry) {
            let path = sighting.record.location.path.as_str();
            let place = self.places.of(path).and_then(|(owner, _)| owner.environment.known().copied());
            let from = self.provenance(sighting.source);
            if let Some(environment) = place {
                let text = || format!("the secret stands in {path}, which is {}", environment.as_str());
                met.entry(environment).or_default().add(text, from);
            }
            if let Fact::Known(environment) = sighting.record.environment {
                let text = || format!("the secret itself names {}", environment.as_str());
                met.entry(environment).or_default().add(text, from);
            }
        }
        if let Some(evidence) = crossing(met) {
            self.crossed.insert(&entry.record.id);
            self.tell(DriftKind::EnvCross, entry, evidence);
        }
    }

    /// One value under several records, or kept in several places of one. What shows it is the same for each
    /// record that carries the value, and made once.
    fn duplicates(&mut self) {
        let estate = self.estate;
        for ids in estate.shared_values.values() {
            let mut environments: BTreeMap<Environment, Pieces> = BTreeMap::new();
            let mut evidence = Pieces::default();
            for entry in ids.iter().filter_map(|id| estate.credentials.get(id)) {
                let (id, from) = (&entry.record.id, self.provenance(entry.sources.default));
                evidence.add(|| format!("{id} carries the same secret"), from);
                if let Fact::Known(environment) = entry.record.environment {
                    let text = || format!("{id} is {}", environment.as_str());
                    environments.entry(environment).or_default().add(text, from);
                }
            }
            let crossing = crossing(environments);
            for entry in ids.iter().filter_map(|id| estate.credentials.get(id)) {
                self.tell(DriftKind::DuplicateValue, entry, evidence.clone());
                if let Some(evidence) = &crossing
                    && self.crossed.insert(&entry.record.id)
                {
                    self.tell(DriftKind::EnvCross, entry, evidence.clone());
                }
            }
        }
        for entry in self.estate.credentials.values() {
            let vaults: BTreeSet<&str> =
                entry.record.storage.iter().filter(|p| p.kind == "vault").map(|p| p.path.as_str()).collect();
            if vaults.len() > 1 && entry.record.fingerprint.is_some() {
                let mut evidence = Pieces::default();
                for path in vaults {
                    evidence.add(|| format!("the secret is kept in {path}"), None);
                }
                self.tell(DriftKind::DuplicateValue, entry, evidence);
            }
        }
    }
}

/// What shows that several environments meet, one of them production; each has its share of it.
fn crossing(met: BTreeMap<Environment, Pieces>) -> Option<Pieces> {
    let prod = met.keys().any(|environment| environment.is_prod());
    let found: usize = met.values().map(|pieces| pieces.list.len()).sum();
    let room = if found > limits::EVIDENCE { limits::EVIDENCE / met.len().max(1) } else { found };
    let mut all = Pieces::default();
    let several = met.len() > 1;
    met.into_values().for_each(|pieces| all.append(pieces, room));
    (several && prod).then_some(all)
}

/// How a state differs, seen from the issuer's statement and ours.
fn state(entry: &CredentialEntry, conflict: &Conflict) -> Option<StateDriftKind> {
    let word = |value: &Value| serde_json::from_value::<Status>(value.clone()).ok();
    let (issuer, ours) = match (conflict.taken.plane, conflict.other.plane) {
        (Plane::ControlPlane, _) => (&conflict.taken, &conflict.other),
        (_, Plane::ControlPlane) => (&conflict.other, &conflict.taken),
        _ => return None,
    };
    match (word(&issuer.value)?, word(&ours.value)?) {
        (Status::Active, Status::Active) => None,
        (Status::Active, _) => {
            let newer = entry.record.versions.iter().any(|version| {
                version.status == Fact::Known(Status::Active)
                    && version.created.known().is_some_and(|made| *made > ours.observed_at)
            });
            Some(if newer { StateDriftKind::Resurrected } else { StateDriftKind::RevocationNotEffective })
        }
        (_, Status::Active) => Some(StateDriftKind::EndedOutside),
        _ => None,
    }
}

fn scopes(conflict: &Conflict) -> String {
    let set = |value: &Value| -> BTreeSet<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(ToString::to_string).collect()
    };
    let (taken, other) = (set(&conflict.taken.value), set(&conflict.other.value));
    let list = |more: &BTreeSet<String>, less: &BTreeSet<String>| {
        let names: Vec<&str> = more.difference(less).map(String::as_str).take(limits::EVIDENCE).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    };
    format!(
        "{} grants beyond {}: {}; missing: {}",
        plane(conflict.taken.plane),
        plane(conflict.other.plane),
        list(&taken, &other),
        list(&other, &taken)
    )
}

fn plane(plane: Plane) -> &'static str {
    match plane {
        Plane::Declared => "our record",
        Plane::ControlPlane => "the issuer",
        Plane::Holdings => "the vault",
        Plane::Sightings => "a sighting",
    }
}
