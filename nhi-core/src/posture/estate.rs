use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    model::{
        Credential, Environment, Exposure, Fact, Identity, LastUse, OwnerRef, OwnerStatus, Sighting, Status,
        Trust, VersionRecord,
    },
    time::Timestamp,
};

/// What the checks look at: one [`View`] a credential, and which planes anybody looked at.
#[derive(Debug, Clone, Default)]
pub struct Estate<'a> {
    /// The credentials, in any order; [`run`](super::run) sorts.
    pub views: Vec<View<'a>>,
    /// Which planes were looked at. What was not looked at is unknown, not clean.
    pub looked: Looked,
}

/// Planes that somebody looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Looked {
    /// Somebody searched for secrets where they do not belong.
    pub for_sightings: bool,
    /// Somebody read the logs of use.
    pub at_usage: bool,
}

/// Everything the checks need of one credential: its record, with what it inherits from its identity, and
/// what the lifecycle, the searches and the logs say of it.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// The merged record.
    pub credential: &'a Credential,
    /// The identity it proves, if known.
    pub identity: Option<&'a Identity>,
    /// Who answers for it, its own or inherited, with what the directory says of them.
    pub owners: Fact<Vec<Answerable>>,
    /// Where it is used, its own or inherited.
    pub environment: Fact<Environment>,
    /// Privileges granted, its own or inherited.
    pub granted: Fact<Vec<String>>,
    /// Actions seen used.
    pub usage: Fact<Usage>,
    /// Where its secret was seen.
    pub sightings: Vec<&'a Sighting>,
    /// Environments in which something of it was met: a log, a place, another holder of the same secret.
    pub met_in: Vec<MetIn>,
    /// Statements of the inventory that show it in production and another environment.
    pub crossed: Vec<String>,
    /// When the issuer's own state of it was last looked at.
    pub observed_at: Fact<Timestamp>,
    /// What the lifecycle holds of it; `None` if it is not registered.
    pub standing: Option<Standing>,
    /// Whether its baseline can be relied on, if there is one.
    pub trust: Option<Trust>,
}

/// An owner and whether it can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answerable {
    /// Who.
    pub owner: OwnerRef,
    /// What the directory says.
    pub status: Fact<OwnerStatus>,
}

/// Which actions were used, and how much of the use the sources could see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Actions used, sorted.
    pub actions: Vec<String>,
    /// Since when use was recorded.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Share of uses that the sources record, in thousandths.
    pub coverage_thousandths: u16,
}

/// An environment in which something of a credential was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetIn {
    /// The environment.
    pub environment: Environment,
    /// What was met there, as a sentence.
    pub text: String,
}

/// What the lifecycle holds of a credential, as far as checks need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Whether policy lets it be used now.
    pub usable: bool,
    /// Its versions.
    pub versions: Vec<VersionStanding>,
    /// Its exception, if it was granted one that was not closed.
    pub exception: Option<ExceptionStanding>,
    /// Whether an exception ended by itself, with nobody having taken note.
    pub exception_lapsed: bool,
    /// How its rotation is doing.
    pub rotation: Rotation,
    /// When a version was last seen in use that certainly must not have been used any more.
    pub used_after_end: Option<Timestamp>,
}

/// One version in the lifecycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionStanding {
    /// The provider's id of it.
    pub external_id: String,
    /// How far its revocation is.
    pub revocation: Revocation,
}

/// How far a revocation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// Not ordered.
    None,
    /// Ordered, the provider has not confirmed.
    Ordered(Timestamp),
    /// The provider did not do it, however often it was asked.
    Failed(Timestamp),
    /// The provider confirmed it.
    Confirmed(Timestamp),
}

/// An exception from the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionStanding {
    /// When it ends; `None` if nobody said.
    pub end: Option<Timestamp>,
    /// How often it was renewed.
    pub renewals: u32,
}

/// How a rotation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rotation {
    /// None is running, or one is on its way.
    #[default]
    Quiet,
    /// Two versions work until then.
    Overlap(Timestamp),
    /// It cannot go on by itself, since then.
    Stuck(Option<Timestamp>),
}

impl<'a> View<'a> {
    /// A view of a credential of which nothing but its record is known.
    pub fn new(credential: &'a Credential) -> Self {
        View {
            credential,
            identity: None,
            owners: Fact::default(),
            environment: credential.environment.clone(),
            granted: credential.scopes_granted.clone(),
            usage: Fact::default(),
            sightings: Vec::new(),
            met_in: Vec::new(),
            crossed: Vec::new(),
            observed_at: Fact::default(),
            standing: None,
            trust: None,
        }
    }

    /// Whether the issuer accepts it at `now`: by its status and end, those of its identity and its versions.
    pub fn live(&self, now: Timestamp) -> Fact<bool> {
        let record = self.credential;
        let of_identity = self.identity.and_then(|identity| identity.status.known());
        if refused(&record.status, &record.not_after, now)
            || of_identity.is_some_and(|s| *s != Status::Active)
        {
            return Fact::Known(false);
        }
        if !record.versions.is_empty() {
            let accepted = |v: &&VersionRecord| !refused(&v.status, &v.not_after, now);
            let open: Vec<_> = record.versions.iter().filter(accepted).collect();
            if open.is_empty() || open.iter().any(|v| v.status.known().is_some()) {
                return Fact::Known(!open.is_empty());
            }
        }
        match record.status.known() {
            Some(_) => Fact::Known(true),
            None => Fact::unknown("no source says whether the issuer accepts it"),
        }
    }

    /// Whether it works at `now`: the issuer accepts it and, if it is registered, policy lets it be used.
    /// Where the issuer's answer is unknown, the lifecycle's own record decides.
    pub fn usable(&self, now: Timestamp) -> Fact<bool> {
        match (self.live(now), &self.standing) {
            (Fact::Known(live), Some(standing)) => Fact::Known(live && standing.usable),
            (Fact::Known(live), None) => Fact::Known(live),
            (_, Some(standing)) => Fact::Known(standing.usable),
            (unknown, None) => unknown,
        }
    }

    /// Its secrets that were neither refused by the issuer nor ordered to be revoked: its versions, or
    /// itself if no source lists versions. What a single version does not say of itself, the credential
    /// says for it.
    pub fn secrets(&self, now: Timestamp) -> Vec<Secret<'a>> {
        let record = self.credential;
        let itself = Secret {
            external_id: record.external_ids.first().map_or(record.id.as_str(), String::as_str),
            made: match (&record.last_rotated, &record.created) {
                (Fact::Known(rotated), _) => Fact::Known(*rotated),
                (Fact::Absent, created) => created.clone(),
                (Fact::Unknown(_), created) => created.clone(),
            },
            maybe_rotated: record.last_rotated.is_unknown(),
            not_after: record.not_after.clone(),
            last_used: record.last_used.clone(),
        };
        if record.versions.is_empty() {
            return alloc::vec![itself];
        }
        let single = record.versions.len() == 1;
        let kept = |v: &&VersionRecord| {
            !refused(&v.status, &v.not_after, now) && !self.revocation_of(&v.external_id).is_ordered()
        };
        let secret = |v: &'a VersionRecord| {
            let inherit = |own: &Fact<Timestamp>, of: &Fact<Timestamp>| {
                if own.is_unknown() && single { of.clone() } else { own.clone() }
            };
            Secret {
                external_id: if v.external_id.is_empty() { &record.id } else { &v.external_id },
                maybe_rotated: v.created.is_unknown() && itself.maybe_rotated,
                made: inherit(&v.created, &itself.made),
                not_after: inherit(&v.not_after, &itself.not_after),
                last_used: match &v.last_used {
                    LastUse::Unknown(_) if single => itself.last_used.clone(),
                    own => own.clone(),
                },
            }
        };
        record.versions.iter().filter(kept).map(secret).collect()
    }

    fn revocation_of(&self, external_id: &str) -> Revocation {
        let versions = self.standing.iter().flat_map(|s| &s.versions);
        versions
            .filter(|v| v.external_id == external_id)
            .map(|v| v.revocation)
            .next()
            .unwrap_or(Revocation::None)
    }

    /// Whether an exception covers it at `now`.
    pub fn exempt(&self, now: Timestamp) -> bool {
        let exception = self.standing.as_ref().and_then(|s| s.exception.as_ref());
        exception.is_some_and(|e| e.end.is_some_and(|end| now < end))
    }

    /// The widest audience that could see its secret where it does not belong.
    pub fn exposure(&self) -> Option<Exposure> {
        let misplaced = self.sightings.iter().filter(|s| self.misplaced(s));
        // Who can see the place is often not said; then it is at least those who found it.
        misplaced.map(|s| s.exposure.known().copied().unwrap_or(Exposure::Private)).max()
    }

    /// Whether a sighting is outside the places where this secret may be kept: a vault, its own storage
    /// there or its system of record. An identifier seen without its secret is not misplaced.
    pub fn misplaced(&self, sighting: &Sighting) -> bool {
        let place = &sighting.location;
        let kept = |path: &str| !path.is_empty() && place.path == path;
        (sighting.kind.is_secret() || sighting.of.fingerprint.is_some())
            && place.kind != "vault"
            && !self.credential.system_of_record.known().is_some_and(|path| kept(path))
            && !self.credential.storage.iter().any(|l| l.kind == "vault" && kept(&l.path))
    }

    /// The version whose secret was seen, if the sighting tells.
    pub fn version_of(&self, sighting: &Sighting) -> Option<&'a VersionRecord> {
        self.credential.versions.iter().find(|v| {
            sighting.of.external_id.as_ref().is_some_and(|id| *id == v.external_id)
                || (v.fingerprint.is_some() && v.fingerprint == sighting.of.fingerprint)
        })
    }
}

/// One secret of a credential that is not known to be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret<'a> {
    /// The provider's id of the version; the credential's id if it has none.
    pub external_id: &'a str,
    /// When this secret came to be.
    pub made: Fact<Timestamp>,
    /// Whether it may have been changed since, under the same id.
    pub maybe_rotated: bool,
    /// Not valid after. Absent: it never expires.
    pub not_after: Fact<Timestamp>,
    /// When it was last used.
    pub last_used: LastUse,
}

impl Revocation {
    /// Whether it was ordered, whatever came of it.
    pub fn is_ordered(self) -> bool {
        self != Revocation::None
    }
}

/// Whether the issuer is known not to accept it.
pub(crate) fn refused(status: &Fact<Status>, not_after: &Fact<Timestamp>, now: Timestamp) -> bool {
    status.known().is_some_and(|s| *s != Status::Active) || not_after.known().is_some_and(|end| *end <= now)
}
