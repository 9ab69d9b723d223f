//! The exact calls at the provider, from the catalogue, with the arguments that the records fill.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use super::{report::Remedy, words};
use crate::{
    classify::catalogue::{self, FORMATS, Format},
    inventory::{CredentialEntry, Inventory},
    lifecycle::Lifecycle,
    model::{Fact, Status},
};

/// How to end a credential, or how to replace it.
pub(super) fn operations(
    entry: &CredentialEntry,
    inventory: &Inventory,
    lifecycle: &Lifecycle,
    rotate: bool,
) -> Vec<Remedy> {
    let version = version(entry, inventory, lifecycle);
    let Some(format) = format(entry, version.as_deref(), inventory) else { return Vec::new() };
    let record = &entry.record;
    let lookup = |field: &str| match field {
        "credential.id" => Some(record.id.clone()),
        "identity.id" => Some(record.identity.clone()).filter(|id| !id.is_empty()),
        "identity.name" => words::identity(&record.identity, inventory),
        "issuer.account" => record.issuer.split_once(':').map(|(_, account)| account.to_string()),
        "version.external_id" => version.clone(),
        _ => None,
    };
    let list = if rotate && !format.rotate.is_empty() { format.rotate } else { format.revoke };
    list.iter()
        .map(|operation| {
            let filled = operation.fill(lookup);
            Remedy { call: filled.to_string(), permission: filled.permission, reversible: filled.reversible }
        })
        .collect()
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
