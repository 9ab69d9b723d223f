//! The exact calls at the provider, from the catalogue, with the arguments that the records fill.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    causes::{Cause, Cure},
    report::Remedy,
    words,
};
use crate::{
    classify::catalogue::{self, FORMATS, Format},
    inventory::{CredentialEntry, Inventory},
    lifecycle::Lifecycle,
    model::{Exposure, Fact, LastUse, Status},
    time::{DAY, Timestamp},
};

/// A use this recent means that something would stop.
const IN_USE: i64 = 7 * DAY;
/// Places that a remedy names; more are counted.
const PLACES: usize = 3;

/// What the remedies are made of.
pub(super) struct Remedies<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) lifecycle: &'a Lifecycle,
    pub(super) now: Timestamp,
}

impl Remedies<'_> {
    /// What to do about a credential, in order, by the worst of its causes.
    pub(super) fn of(&self, worst: &Cause, group: &[&Cause], entry: &CredentialEntry) -> Vec<Remedy> {
        let mut out = Vec::new();
        match worst.cure {
            Cure::Revoke => out.extend(self.calls(entry, false)),
            Cure::Rotate => out.extend(self.calls(entry, true)),
            Cure::Leak => {
                let public = self
                    .inventory
                    .sightings_of(&entry.record.id)
                    .any(|s| matches!(s.record.exposure, Fact::Known(Exposure::Public)));
                out.extend(self.calls(entry, self.in_use(entry) && !public));
                out.extend(self.removal(entry));
            }
            Cure::Seen => {
                out.push(tell("find out whether it works, and end it if it does".into()));
                out.extend(self.calls(entry, false));
                out.extend(self.removal(entry));
            }
            Cure::Remains => out.extend(self.removal(entry)),
            Cure::Finish => {
                out.extend(self.switch(entry));
                out.extend(self.calls(entry, false));
            }
            Cure::Decide(what) => {
                out.push(tell(what.into()));
                out.extend(self.calls(entry, false));
            }
            Cure::Tell(what) => {
                out.push(tell(what.into()));
                // What the others ask for beside it.
                if group.iter().any(|cause| cause.cure == Cure::Rotate) {
                    out.extend(self.calls(entry, true));
                }
            }
        }
        out
    }

    /// The calls that replace a credential, or those that end it. Only what can be called as it stands: an argument
    /// that no record fills makes a call useless.
    fn calls(&self, entry: &CredentialEntry, replace: bool) -> Vec<Remedy> {
        let record = &entry.record;
        let version = version(entry, self.inventory, self.lifecycle);
        let provider = if record.provider.is_empty() { "its provider" } else { &record.provider };
        let by_hand = || {
            let what = if replace { "replace it, then end the old one at" } else { "end it at" };
            alloc::vec![tell(format!("{what} {provider}"))]
        };
        let Some(format) = format(entry, version.as_deref(), self.inventory) else { return by_hand() };
        let lookup = |field: &str| match field {
            "credential.id" => Some(record.id.clone()),
            "identity.id" => Some(record.identity.clone()).filter(|id| !id.is_empty()),
            "identity.name" => words::identity(&record.identity, self.inventory),
            "issuer.account" => record.issuer.split_once(':').map(|(_, account)| account.to_string()),
            "version.external_id" => version.clone(),
            _ => None,
        };
        let list = if replace && !format.rotate.is_empty() { format.rotate } else { format.revoke };
        let calls: Vec<Remedy> = list
            .iter()
            .map(|operation| operation.fill(lookup))
            .filter(|filled| filled.is_ready())
            .map(|filled| Remedy {
                call: filled.to_string(),
                permission: filled.permission,
                reversible: filled.reversible,
            })
            .filter(|remedy| !remedy.call.contains('{'))
            .collect();
        if calls.len() < list.len() { by_hand() } else { calls }
    }

    /// Whether something is known to use it.
    fn in_use(&self, entry: &CredentialEntry) -> bool {
        let recent =
            |last: &LastUse| matches!(last, LastUse::Used { at, .. } if self.now.since(*at) <= IN_USE);
        recent(&entry.record.last_used) || entry.record.versions.iter().any(|v| recent(&v.last_used))
    }

    /// Where the secret must go from. It stays in histories and copies all the same: ending it comes first.
    fn removal(&self, entry: &CredentialEntry) -> Option<Remedy> {
        let all: BTreeSet<String> = self
            .inventory
            .sightings_of(&entry.record.id)
            .filter(|s| s.record.location.kind != "vault")
            .map(|s| words::place(&s.record.location))
            .collect();
        let named: Vec<&str> = all.iter().take(PLACES).map(String::as_str).collect();
        let more = match all.len().saturating_sub(named.len()) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        (!named.is_empty()).then(|| tell(format!("remove it from {}{more}", named.join(", "))))
    }

    /// Who must switch to the new version before the old one can go.
    fn switch(&self, entry: &CredentialEntry) -> Option<Remedy> {
        let state = self.lifecycle.state(&entry.record.id)?;
        let run = state.rotation.run()?;
        let consumers = state.consumers_of(run.old.as_deref()?);
        let new = state.version(&run.version)?;
        let name = new.external_id.as_deref().unwrap_or(&new.id);
        (!consumers.is_empty())
            .then(|| tell(format!("switch {} to {name}: it still uses the old one", consumers.join(", "))))
    }
}

fn tell(what: String) -> Remedy {
    Remedy { call: what, permission: String::new(), reversible: true }
}

/// The version that is meant: the one that was seen where it does not belong, else one that works at the provider
/// and must not, else the older of two, else the only one.
fn version(entry: &CredentialEntry, inventory: &Inventory, lifecycle: &Lifecycle) -> Option<String> {
    let record = &entry.record;
    let leaked = inventory.sightings_of(&record.id).find_map(|s| {
        let seen = &s.record.of;
        let by_secret =
            record.versions.iter().find(|v| v.fingerprint.is_some() && v.fingerprint == seen.fingerprint);
        let by_id = || record.versions.iter().find(|v| Some(&v.external_id) == seen.external_id.as_ref());
        by_secret.or_else(by_id)
    });
    if let Some(version) = leaked {
        return Some(version.external_id.clone());
    }
    let works = |id: &str| {
        let status = record.versions.iter().find(|v| v.external_id == id).map(|v| &v.status);
        !matches!(status, Some(Fact::Known(status)) if *status != Status::Active)
    };
    if let Some(state) = lifecycle.state(&record.id) {
        let ending = state
            .versions
            .iter()
            .find(|v| v.used_after_end.is_some() || (v.ended.is_some() && v.provider_live()));
        let retiring =
            || state.versions.iter().find(|v| !v.is_active() && v.provider_live() && !v.is_upcoming());
        if let Some(id) = ending.or_else(retiring).and_then(|v| v.external_id.clone()).filter(|id| works(id))
        {
            return Some(id);
        }
    }
    let live = record.versions.iter().find(|v| works(&v.external_id)).or(record.versions.first());
    live.map(|v| v.external_id.clone()).or_else(|| record.external_ids.first().cloned())
}

/// The catalogue's entry of a credential: by the rule that found it, by the shape of its public id, else by its
/// provider and kind.
fn format(entry: &CredentialEntry, version: Option<&str>, inventory: &Inventory) -> Option<&'static Format> {
    let record = &entry.record;
    let helps = |format: &&Format| !format.revoke.is_empty();
    let by_id = version.and_then(|id| {
        let fits = |format: &&Format| {
            format.shapes.iter().any(|s| !s.needs_context && s.match_len(id.as_bytes()) == Some(id.len()))
        };
        FORMATS.iter().filter(|f| f.provider == record.provider).filter(helps).find(fits)
    });
    let by_rule =
        || inventory.sightings_of(&record.id).find_map(|s| catalogue::find(&s.record.rule).filter(helps));
    let by_kind = || {
        let same =
            |format: &&Format| format.provider == record.provider && format.credential_kind == record.kind;
        let mut fits = FORMATS.iter().filter(same).filter(helps);
        match (fits.next(), fits.next()) {
            (Some(only), None) => Some(only),
            // Several kinds: their calls differ, so that naming one would be a guess.
            _ => None,
        }
    };
    by_id.or_else(by_rule).or_else(by_kind)
}
