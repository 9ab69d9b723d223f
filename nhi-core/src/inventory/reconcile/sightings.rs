//! Which credential a sighting is of, and a record for each secret that nothing else knows.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{
    super::{CredentialEntry, Inherited, SightingEntry, Sources, stands_alone},
    Directory, Estate, Places,
    inherit::from_owner,
    owners::reference,
};
use crate::model::{Credential, Plane};

/// Joins sightings to credentials, and makes a record for each secret that nothing knows.
pub(super) fn sightings(estate: &mut Estate, found: &mut Vec<SightingEntry>, directory: &Directory) {
    for entry in found.iter_mut() {
        let of = &entry.record.of;
        let known = [of.external_id.as_deref(), of.fingerprint.as_ref().map(|print| print.as_str())];
        entry.credential = known.into_iter().flatten().find_map(|key| estate.by_key.get(key).cloned());
    }
    let mut unknown: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, entry) in found.iter().enumerate() {
        if let (None, true, Some(print)) =
            (&entry.credential, stands_alone(&entry.record), &entry.record.of.fingerprint)
            && !estate.shared_values.contains_key(print.as_str())
        {
            unknown.entry(print.as_str().into()).or_default().push(i);
        }
    }
    let mut places = Places::new(directory);
    let mut groups = Vec::with_capacity(unknown.len());
    for (print, members) in unknown {
        let mut paths = members.iter().filter_map(|i| Some(found.get(*i)?.record.location.path.as_str()));
        let owner = paths.find_map(|path| places.of(path));
        groups.push((print, members, owner));
    }
    for (print, members, owner) in groups {
        let Some(first) = members.first().and_then(|i| found.get(*i)) else { continue };
        let sighting = &first.record;
        let provider = sighting.provider.known().cloned().unwrap_or_default();
        let account =
            members.iter().find_map(|i| found.get(*i).and_then(|entry| entry.record.of.account.clone()));
        let issuer = match (&account, provider.as_str()) {
            (Some(account), _) => format!("{}:{account}", provider.to_ascii_lowercase()),
            (None, provider) => provider.to_ascii_lowercase(),
        };
        let id = format!("sighting/{print}/{}", sighting.kind.as_str());
        let record = Credential {
            id: id.clone(),
            kind: sighting.kind,
            provider,
            issuer,
            external_ids: sighting.of.external_id.iter().cloned().collect(),
            fingerprint: sighting.of.fingerprint.clone(),
            public_hint: (!sighting.preview.is_empty()).then(|| sighting.preview.clone()),
            environment: sighting.environment.clone(),
            not_after: sighting.expires.clone(),
            ..Credential::default()
        };
        let mut stated = Vec::new();
        for i in &members {
            if let Some(entry) = found.get_mut(*i) {
                entry.credential = Some(id.clone());
                stated.push(entry.source);
            }
        }
        let Some(default) = stated.first().copied() else { continue };
        let mut entry = CredentialEntry {
            record,
            planes: [Plane::Sightings].into(),
            inherited: BTreeMap::new(),
            evidence: Vec::new(),
            conflicts: Vec::new(),
            usage: None,
            sources: Sources { default, fields: BTreeMap::new() },
            stated,
        };
        if let Some((owner, source)) = owner {
            from_owner(&mut entry, owner, source, Inherited::OwnerOfPlace(reference(owner)));
        }
        estate.by_key.entry(print).or_insert_with(|| id.clone());
        estate.credentials.insert(id, entry);
    }
    for (i, entry) in found.iter().enumerate() {
        if let Some(credential) = &entry.credential {
            estate.sightings_of.entry(credential.clone()).or_default().push(i);
        }
    }
    estate.sightings = core::mem::take(found);
}
