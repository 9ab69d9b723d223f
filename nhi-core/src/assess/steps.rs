//! What to do, by credential. Credentials that hold the same secret are one step: the secret is what must go.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{causes::Cause, remedy::Remedies, report::Step, words};
use crate::{
    inventory::{CredentialEntry, Inventory},
    lifecycle::Lifecycle,
    time::Timestamp,
};

/// Sentences of evidence that a step carries; more are counted.
const WHY: usize = 12;
/// Phrases that a title carries.
const PHRASES: usize = 3;

/// Groups causes by the secret that they are about, worst first.
pub(super) fn steps(
    causes: Vec<Cause>,
    inventory: &Inventory,
    lifecycle: &Lifecycle,
    now: Timestamp,
) -> Vec<Step> {
    let remedies = Remedies { inventory, lifecycle, now };
    let same = same_secret(inventory);
    let mut groups: BTreeMap<&str, Vec<&Cause>> = BTreeMap::new();
    for cause in &causes {
        let lead = same.get(cause.subject.as_str()).copied().unwrap_or(&cause.subject);
        groups.entry(lead).or_default().push(cause);
    }
    let mut order: Vec<Vec<&Cause>> = groups.into_values().collect();
    for group in &mut order {
        group.sort_by(|a, b| urgency(a).cmp(&urgency(b)));
    }
    order.sort_by(|a, b| a.first().map(|c| urgency(c)).cmp(&b.first().map(|c| urgency(c))));
    let told = order.iter().filter_map(|group| Some((group, *group.first()?)));
    told.enumerate().map(|(i, (group, worst))| step(i, group, worst, &remedies)).collect()
}

fn urgency(cause: &Cause) -> impl Ord + '_ {
    (core::cmp::Reverse(cause.severity), cause.rank, core::cmp::Reverse(cause.weight), &cause.subject)
}

fn step(i: usize, group: &[&Cause], worst: &Cause, remedies: &Remedies<'_>) -> Step {
    let inventory = remedies.inventory;
    let mut phrases: Vec<&str> = Vec::new();
    let mut why: Vec<String> = Vec::new();
    let mut more = 0_usize;
    let mut checks: Vec<String> = Vec::new();
    for cause in group {
        if phrases.len() < PHRASES && !phrases.contains(&cause.phrase.as_str()) {
            phrases.push(&cause.phrase);
        }
        for text in &cause.why {
            let text = if cause.subject == worst.subject {
                text.clone()
            } else {
                format!("{}: {text}", cause.subject)
            };
            if why.len() == WHY {
                more += 1;
            } else if !why.contains(&text) {
                why.push(text);
            }
        }
        checks.extend(cause.check.iter().filter(|c| !checks.contains(c)).cloned().collect::<Vec<_>>());
    }
    if more > 0 {
        why.push(format!("and {more} more"));
    }
    let entry = inventory.credential(&worst.subject);
    let subjects: BTreeSet<&str> = group.iter().map(|c| c.subject.as_str()).collect();
    Step {
        rank: u32::try_from(i + 1).unwrap_or(u32::MAX),
        subject: worst.subject.clone(),
        severity: worst.severity,
        title: format!("{} {}", words::name(&worst.subject, entry, inventory), phrases.join("; ")),
        why,
        operations: entry.map_or_else(Vec::new, |entry| remedies.of(worst, group, entry)),
        owner: words::owner(&worst.subject, entry, inventory),
        environment: words::environment(&worst.subject, entry, inventory),
        checks,
        others: subjects.into_iter().filter(|s| *s != worst.subject).map(ToString::to_string).collect(),
    }
}

/// For each credential that shares a secret with an earlier one, directly or through others, the first of them.
fn same_secret(inventory: &Inventory) -> BTreeMap<&str, &str> {
    let ids: Vec<&str> = inventory.credentials().map(|entry| entry.record.id.as_str()).collect();
    // A forest: each points to an earlier one that it is joined with, a first one to itself.
    let mut earlier: Vec<usize> = (0..ids.len()).collect();
    let mut holder: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, entry) in inventory.credentials().enumerate() {
        for fingerprint in fingerprints(entry) {
            let other = *holder.entry(fingerprint).or_insert(i);
            let (a, b) = (first(&mut earlier, i), first(&mut earlier, other));
            if let Some(slot) = earlier.get_mut(a.max(b)) {
                *slot = a.min(b);
            }
        }
    }
    let joined = (0..ids.len()).filter_map(|i| Some((*ids.get(i)?, *ids.get(first(&mut earlier, i))?)));
    joined.filter(|(id, lead)| id != lead).collect()
}

/// The first of those that `i` is joined with; the way there is halved for the next time.
fn first(earlier: &mut [usize], mut i: usize) -> usize {
    while let Some(next) = earlier.get(i).copied().filter(|next| *next != i) {
        let after = earlier.get(next).copied().unwrap_or(next);
        if let Some(slot) = earlier.get_mut(i) {
            *slot = after;
        }
        i = after;
    }
    i
}

/// Fingerprints of a credential's secrets, each once.
fn fingerprints(entry: &CredentialEntry) -> BTreeSet<&str> {
    let versions = entry.record.versions.iter().filter_map(|v| v.fingerprint.as_ref());
    versions.chain(&entry.record.fingerprint).map(|f| f.as_str()).collect()
}
