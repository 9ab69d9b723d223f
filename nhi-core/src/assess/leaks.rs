//! How long each leak took from first sighting to containment, and how much of that waited for a person.

use alloc::{collections::BTreeSet, string::String, vec::Vec};

use super::{report::Leak, words};
use crate::{
    inventory::Inventory,
    lifecycle::{Stamped, containments},
    model::Fact,
    time::Timestamp,
};

/// Leaks that the lifecycle was told of, then those that failed checks show and nobody has acted on. Open ones first,
/// the longest first.
pub(super) fn leaks(
    events: &[Stamped],
    leaking: &BTreeSet<&str>,
    inventory: &Inventory,
    now: Timestamp,
) -> Vec<Leak> {
    let mut out = Vec::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let contained = containments(events);
    for one in &contained {
        told.insert(&one.credential);
        let end = one.contained_at.unwrap_or(now);
        // Until somebody orders the end, everything waits for a person.
        let unordered = if one.ordered_at.is_none() { now.since(one.known_at).max(0) } else { 0 };
        out.push(Leak {
            subject: one.credential.clone(),
            name: words::name(&one.credential, inventory.credential(&one.credential), inventory),
            place: place(&one.credential, inventory),
            first_seen: one.first_seen,
            contained_at: one.contained_at,
            took_ms: end.since(one.first_seen).max(0),
            waited_for_person_ms: one.waited_for_person_ms.saturating_add(unordered),
        });
    }
    for credential in leaking.iter().filter(|id| !told.contains(**id)) {
        let Some(first_seen) = first_seen(credential, inventory) else { continue };
        let open = now.since(first_seen).max(0);
        out.push(Leak {
            subject: (*credential).into(),
            name: words::name(credential, inventory.credential(credential), inventory),
            place: place(credential, inventory),
            first_seen,
            contained_at: None,
            took_ms: open,
            waited_for_person_ms: open,
        });
    }
    out.sort_by(|a, b| {
        (a.contained_at.is_some(), core::cmp::Reverse(a.took_ms), &a.subject).cmp(&(
            b.contained_at.is_some(),
            core::cmp::Reverse(b.took_ms),
            &b.subject,
        ))
    });
    out
}

fn first_seen(credential: &str, inventory: &Inventory) -> Option<Timestamp> {
    inventory.sightings_of(credential).filter_map(|s| s.record.first_seen.known()).min().copied()
}

/// The place of the earliest sighting.
fn place(credential: &str, inventory: &Inventory) -> String {
    let when = |fact: &Fact<Timestamp>| fact.known().copied().unwrap_or(Timestamp::MAX);
    let first = inventory.sightings_of(credential).min_by_key(|s| when(&s.record.first_seen));
    first.map_or_else(|| "not told".into(), |s| words::place(&s.record.location))
}
