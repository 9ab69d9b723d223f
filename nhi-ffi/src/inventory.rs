//! One record for each identity and credential, from many sources.

use core::{ffi::c_char, mem::MaybeUninit};

#[cfg(feature = "inventory")]
use nhi_core::inventory::{Inventory, Snapshot};
use nhi_core::model::{Activity, Observation};
use serde::Deserialize;

#[cfg(not(feature = "inventory"))]
use crate::border::Absent as Inventory;
use crate::border::{Kept, entry, json, need, time};
use crate::values::{nhi_bytes, nhi_error, nhi_status, nhi_str};

/// Records from many sources. Calls that take it without `const` change it: one at a time.
pub struct nhi_inventory(Kept<Inventory>);

/// What nhi_inventory_observe reads.
#[cfg(feature = "inventory")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Observe {
    snapshot: Snapshot,
    observations: Vec<Observation>,
}

/// An empty inventory. Free it with nhi_inventory_free.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_new(
    out: Option<&mut MaybeUninit<*mut nhi_inventory>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        need(out, "out")?.write(Box::into_raw(Box::new(nhi_inventory(Kept::new(Inventory::new())))));
        Ok(())
    })
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_free(inventory: Option<Box<nhi_inventory>>) {
    entry(None, || {
        drop(inventory);
        Ok(())
    });
}

/// Observes snapshots, a JSON array of `{"snapshot": …, "observations": […]}`, and gives `{"replaced", "stale",
/// "ambiguities"}`. A snapshot replaces an older one of its source.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_inventory_observe(
    inventory: Option<&mut nhi_inventory>,
    snapshots: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        let all: Vec<Observe> = json(text!(snapshots, len).as_bytes(), "snapshots")?;
        let all = all.into_iter().map(|one| (one.snapshot, one.observations));
        nhi_bytes::give_json(&inventory.0.change(|inventory| Ok(inventory.observe_all(all)))?, out)
    })
}

/// Folds activities (a JSON array) into the use of their credentials.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_inventory_observe_activities(
    inventory: Option<&mut nhi_inventory>,
    activities: *const c_char,
    len: usize,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let inventory = need(inventory, "inventory")?;
        let all: Vec<Activity> = json(text!(activities, len).as_bytes(), "activities")?;
        inventory.0.change(|inventory| {
            inventory.observe_activities(&all);
            Ok(())
        })
    })
}

/// Id of the credential that is known under an id, an external id or a fingerprint; absent if none is. The text is valid
/// until the inventory is next changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_inventory_resolve(
    inventory: Option<&nhi_inventory>,
    key: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<nhi_str>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        out.write(nhi_str::maybe(inventory.0.get()?.resolve(text!(key, len))));
        Ok(())
    })
}

/// All credentials as a JSON array, by id, with what was inherited, conflicts and use.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_credentials(
    inventory: Option<&nhi_inventory>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        nhi_bytes::give_json(&inventory.0.get()?.credentials().collect::<Vec<_>>(), out)
    })
}

/// All identities as a JSON array, by id.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_identities(
    inventory: Option<&nhi_inventory>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        nhi_bytes::give_json(&inventory.0.get()?.identities().collect::<Vec<_>>(), out)
    })
}

/// The owners directory as a JSON array, by kind and id.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_owners(
    inventory: Option<&nhi_inventory>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        nhi_bytes::give_json(&inventory.0.get()?.owners().collect::<Vec<_>>(), out)
    })
}

/// The sightings as a JSON array, and the credential that each is of.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_sightings(
    inventory: Option<&nhi_inventory>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        nhi_bytes::give_json(&inventory.0.get()?.sightings().collect::<Vec<_>>(), out)
    })
}

/// Every merge that was refused, as a JSON array.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_ambiguities(
    inventory: Option<&nhi_inventory>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        nhi_bytes::give_json(&inventory.0.get()?.ambiguities(), out)
    })
}

/// A credential by anything that nhi_inventory_resolve knows, as JSON; `null` if none is known under it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_inventory_credential(
    inventory: Option<&nhi_inventory>,
    key: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        nhi_bytes::give_json(&inventory.0.get()?.credential(text!(key, len)), out)
    })
}

/// The whole state as bytes: the same content gives the same bytes, in every language.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_save(
    inventory: Option<&nhi_inventory>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        nhi_bytes::give_vec(inventory.0.get()?.save(), out);
        Ok(())
    })
}

/// Reads what nhi_inventory_save wrote, in any language. Refuses any other bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_inventory_load(
    state: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_inventory>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let out = need(out, "out")?;
        let loaded = Inventory::load(bytes!(state, len))?;
        out.write(Box::into_raw(Box::new(nhi_inventory(Kept::new(loaded)))));
        Ok(())
    })
}

/// Where sources disagree at `now`, as a JSON array.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_drift(
    inventory: Option<&nhi_inventory>,
    now: i64,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        nhi_bytes::give_json(&inventory.0.get()?.drift(time(now)), out)
    })
}

/// What to do about it, most urgent first, as a JSON array. Nothing happens until a host does it.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_inventory_plan(
    inventory: Option<&nhi_inventory>,
    now: i64,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("inventory", err, || {
        let (inventory, out) = (need(inventory, "inventory")?, need(out, "out")?);
        nhi_bytes::give_json(&inventory.0.get()?.plan(time(now)), out)
    })
}
