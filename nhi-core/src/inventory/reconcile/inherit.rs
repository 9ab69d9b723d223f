//! What records have from the owners directory and from their identity.

use alloc::{string::String, vec::Vec};

use super::{
    super::{CredentialEntry, IdentityEntry, Inherited, SourceRef},
    Directory, Estate, external_ids,
    owners::reference,
};
use crate::model::{Environment, Fact, Owner, OwnerRef};

/// The four inheritable fields of a record, for reading and filling in.
pub(super) trait Inherits {
    fn owners(&mut self) -> &mut Fact<Vec<OwnerRef>>;
    fn environment(&mut self) -> &mut Fact<Environment>;
    fn workload(&mut self) -> &mut Fact<String>;
    fn purpose(&mut self) -> &mut Fact<String>;
    fn note(&mut self, field: &'static str, from: Inherited, source: Option<SourceRef>);
}

macro_rules! inherits {
    ($entry:ty) => {
        impl Inherits for $entry {
            fn owners(&mut self) -> &mut Fact<Vec<OwnerRef>> {
                &mut self.record.owners
            }
            fn environment(&mut self) -> &mut Fact<Environment> {
                &mut self.record.environment
            }
            fn workload(&mut self) -> &mut Fact<String> {
                &mut self.record.workload
            }
            fn purpose(&mut self) -> &mut Fact<String> {
                &mut self.record.purpose
            }
            fn note(&mut self, field: &'static str, from: Inherited, source: Option<SourceRef>) {
                self.inherited.insert(field, from);
                if let Some(source) = source {
                    self.sources.fields.insert(field, source);
                }
            }
        }
    };
}
inherits!(CredentialEntry);
inherits!(IdentityEntry);

/// Fills in what a directory entry says of a record that does not say it itself.
pub(super) fn from_owner(entry: &mut impl Inherits, owner: &Owner, source: SourceRef, from: Inherited) {
    fn fill<T: Clone>(ours: &mut Fact<T>, theirs: &Fact<T>) -> bool {
        let takes = ours.is_unknown() && !theirs.is_not_reported();
        if takes {
            *ours = theirs.clone();
        }
        takes
    }
    if fill(entry.owners(), &Fact::Known([reference(owner)].into())) {
        entry.note("owners", from.clone(), Some(source));
    }
    if fill(entry.environment(), &owner.environment) {
        entry.note("environment", from.clone(), Some(source));
    }
    if fill(entry.workload(), &owner.workload) {
        entry.note("workload", from.clone(), Some(source));
    }
    if fill(entry.purpose(), &owner.purpose) {
        entry.note("purpose", from, Some(source));
    }
}

pub(super) fn inherit(estate: &mut Estate, directory: &Directory) {
    for entry in estate.identities.values_mut() {
        let ids: Vec<String> =
            [&entry.record.id].into_iter().chain(&entry.record.external_ids).cloned().collect();
        if let Some((owner, source)) = directory.of(ids.iter().map(String::as_str)) {
            from_owner(entry, owner, source, Inherited::Owner(reference(owner)));
        }
    }
    for entry in estate.credentials.values_mut() {
        let mut ids: Vec<String> = external_ids(&entry.record).map(Into::into).collect();
        ids.push(entry.record.id.clone());
        if let Some((owner, source)) = directory.of(ids.iter().map(String::as_str)) {
            from_owner(entry, owner, source, Inherited::Owner(reference(owner)));
        }
        let Some(identity) = estate.identities.get(&entry.record.identity) else { continue };
        let from = |field: &str| match identity.inherited.get(field) {
            Some(Inherited::Owner(owner)) => Inherited::OwnerOfIdentity(owner.clone()),
            _ => Inherited::Identity(identity.record.id.clone()),
        };
        let source = |field: &str| {
            Some(identity.sources.fields.get(field).copied().unwrap_or(identity.sources.default))
        };
        macro_rules! field {
            ($name:ident) => {
                if entry.record.$name.is_unknown() && !identity.record.$name.is_not_reported() {
                    entry.record.$name = identity.record.$name.clone();
                    entry.note(stringify!($name), from(stringify!($name)), source(stringify!($name)));
                }
            };
        }
        field!(owners);
        field!(environment);
        field!(workload);
        field!(purpose);
        field!(scopes_granted);
        field!(policy_path);
    }
}
