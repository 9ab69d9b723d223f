//! Commands, timers, states, and the ledger.

use core::{ffi::c_char, mem::MaybeUninit};

use nhi_core::lifecycle::{self, Applied, Checkpoint, Command, Lifecycle, Policy};
use serde::Serialize;

use crate::authorize::nhi_decision;
use crate::border::{Fail, Kept, entry, json, json_or_default, need, time};
use crate::values::{nhi_bytes, nhi_error, nhi_status};

/// What nhi_lifecycle_next_deadline gives if nothing happens by itself.
pub const NHI_NEVER: i64 = i64::MAX;

/// The machine over many credentials, and its ledger. Calls that take it without `const` change it: one at a time.
/// Store what nhi_lifecycle_take_ledger gives after every change, before doing any effect.
pub struct nhi_lifecycle(pub(crate) Kept<Lifecycle>);

/// What came of a command or a tick.
#[derive(Serialize)]
struct Told<'a> {
    already: bool,
    seqs: &'a [u64],
    entries: Vec<&'a lifecycle::Stamped>,
}

fn give(applied: &Applied, out: &mut MaybeUninit<*mut nhi_bytes>) -> Result<(), Fail> {
    let entries = applied.entries.iter().map(|entry| &entry.stamped).collect();
    nhi_bytes::give_json(&Told { already: applied.already, seqs: &applied.seqs, entries }, out)
}

/// A machine without credentials. `policy` is JSON; NULL or no bytes for the defaults. Free it with nhi_lifecycle_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_lifecycle_new(
    policy: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_lifecycle>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let out = need(out, "out")?;
        let policy: Policy = json_or_default(text!(policy, len).as_bytes(), "lifecycle policy")?;
        out.write(Box::into_raw(Box::new(nhi_lifecycle(Kept::new(Lifecycle::new(policy)?)))));
        Ok(())
    })
}

/// As nhi_lifecycle_new, going on after a ledger (JSON lines, from the first entry), which is verified.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_lifecycle_resume(
    policy: *const c_char,
    len: usize,
    ledger: *const u8,
    ledger_len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_lifecycle>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let out = need(out, "out")?;
        let policy: Policy = json_or_default(text!(policy, len).as_bytes(), "lifecycle policy")?;
        let resumed = Lifecycle::resume(policy, bytes!(ledger, ledger_len))?;
        out.write(Box::into_raw(Box::new(nhi_lifecycle(Kept::new(resumed)))));
        Ok(())
    })
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_free(lifecycle: Option<Box<nhi_lifecycle>>) {
    entry(None, || {
        drop(lifecycle);
        Ok(())
    });
}

/// Applies a command (JSON) at `now` and gives `{"already", "seqs", "entries"}`. A repeated `cmd_id` does nothing and
/// says `already`. NHI_ERR_REJECTED if a guard refuses it; timers that were due have run all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_lifecycle_apply(
    lifecycle: Option<&mut nhi_lifecycle>,
    command: *const c_char,
    len: usize,
    now: i64,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        let value = json(text!(command, len).as_bytes(), "command")?;
        let command = Command::from_json(&value, time(now))?;
        let applied =
            lifecycle.0.change(|machine| machine.apply(&command, time(now)).map_err(Fail::Rejected))?;
        give(&applied, out)
    })
}

/// Runs every timer that is due at `now`. Early and repeated ticks do nothing. Gives what nhi_lifecycle_apply gives.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_tick(
    lifecycle: Option<&mut nhi_lifecycle>,
    now: i64,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        give(&lifecycle.0.change(|machine| Ok(machine.tick(time(now))))?, out)
    })
}

/// The state of a credential as JSON; `null` if it is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_lifecycle_state(
    lifecycle: Option<&nhi_lifecycle>,
    credential: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        nhi_bytes::give_json(&lifecycle.0.get()?.state(text!(credential, len)), out)
    })
}

/// Every effect that was not answered, as a JSON array: what the host has to do.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_outstanding(
    lifecycle: Option<&nhi_lifecycle>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        nhi_bytes::give_json(&lifecycle.0.get()?.outstanding(), out)
    })
}

/// When to tick next; NHI_NEVER if nothing happens by itself. May change after any call.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_next_deadline(
    lifecycle: Option<&nhi_lifecycle>,
    out: Option<&mut MaybeUninit<i64>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        out.write(lifecycle.0.get()?.next_deadline().map_or(NHI_NEVER, |at| at.millis()));
        Ok(())
    })
}

/// Adds a decision about one call to the ledger; it changes no state. `credential` is the id, or what the host calls an
/// unknown one; `actor` is who decided.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_lifecycle_record(
    lifecycle: Option<&mut nhi_lifecycle>,
    credential: *const c_char,
    credential_len: usize,
    decision: Option<&nhi_decision>,
    actor: *const c_char,
    actor_len: usize,
    now: i64,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (lifecycle, decision) = (need(lifecycle, "lifecycle")?, need(decision, "decision")?);
        let (credential, actor) = (text!(credential, credential_len), text!(actor, actor_len));
        let (id, event) = (&decision.0.id, decision.0.event());
        lifecycle.0.change(|machine| {
            machine.ledger_mut().record(credential, id, actor, time(now), event)?;
            Ok(())
        })
    })
}

/// The ledger's lines since they were last taken, or all. They stay.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_ledger(
    lifecycle: Option<&nhi_lifecycle>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        nhi_bytes::give(lifecycle.0.get()?.ledger().to_jsonl().as_bytes(), out);
        Ok(())
    })
}

/// As nhi_lifecycle_ledger; the lines are the host's from now on, only the head is kept.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_take_ledger(
    lifecycle: Option<&mut nhi_lifecycle>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        let lines = lifecycle.0.change(|machine| Ok(machine.ledger_mut().take()))?;
        nhi_bytes::give_vec(lines.into_bytes(), out);
        Ok(())
    })
}

/// The ledger's checkpoint `{"seq", "hash"}`: what to sign or anchor outside.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_checkpoint(
    lifecycle: Option<&nhi_lifecycle>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        nhi_bytes::give_json(lifecycle.0.get()?.ledger().head(), out)
    })
}

/// Checks a ledger (JSON lines) from its first entry. `checkpoint` is JSON; NULL or no bytes if there is none: then a
/// cut tail does not show. `holds` says whether nothing is wrong; `out`, which may be NULL, what: `{"entries", "head",
/// "fault", "anchored"}`. A broken ledger is an answer, not an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_ledger_verify(
    ledger: *const u8,
    len: usize,
    checkpoint: *const c_char,
    checkpoint_len: usize,
    holds: Option<&mut MaybeUninit<bool>>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let holds = need(holds, "holds")?;
        let checkpoint: Option<Checkpoint> =
            json_or_default(text!(checkpoint, checkpoint_len).as_bytes(), "checkpoint")?;
        let told = lifecycle::verify(bytes!(ledger, len), checkpoint.as_ref());
        if let Some(out) = out {
            nhi_bytes::give_json(&told, out)?;
        }
        holds.write(told.holds());
        Ok(())
    })
}

/// The states that a ledger tells, as a JSON object by credential. NHI_ERR_UNREADABLE names its first fault.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_ledger_replay(
    ledger: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let out = need(out, "out")?;
        nhi_bytes::give_json(&lifecycle::replay(bytes!(ledger, len))?, out)
    })
}
