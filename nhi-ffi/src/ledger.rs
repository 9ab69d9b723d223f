//! The evidence of what happened: a chain of lines that shows any later change.

use core::{ffi::c_char, mem::MaybeUninit};

#[cfg(feature = "lifecycle")]
use nhi_core::lifecycle::{self, Checkpoint, Event, Ledger, Stamped};
use serde::Serialize;

#[cfg(not(feature = "lifecycle"))]
use crate::border::Absent as Ledger;
use crate::border::{Kept, entry, json, json_or_default, need, time};
use crate::values::{nhi_bytes, nhi_error, nhi_status};

/// A chain of its own, for decisions that are no part of a lifecycle's. Calls that take it without `const` change it: one
/// at a time.
pub struct nhi_ledger(Kept<Ledger>);

/// An entry as it is told.
#[cfg(feature = "lifecycle")]
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    stamped: &'a Stamped,
    prev_hash: &'a str,
    hash: &'a str,
    line: &'a str,
}

/// A chain without entries; or one that goes on after a checkpoint (JSON `{"seq", "hash"}`) if the lines before are
/// elsewhere: NULL or no bytes if not. Free it with nhi_ledger_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_ledger_new(
    after: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_ledger>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
        let out = need(out, "out")?;
        let after: Checkpoint = json_or_default(text!(after, len).as_bytes(), "checkpoint")?;
        out.write(Box::into_raw(Box::new(nhi_ledger(Kept::new(Ledger::after(after))))));
        Ok(())
    })
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_ledger_free(ledger: Option<Box<nhi_ledger>>) {
    entry(None, || {
        drop(ledger);
        Ok(())
    });
}

/// The checkpoint `{"seq", "hash"}` of the last entry: what to sign or anchor outside.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_ledger_head(
    ledger: Option<&nhi_ledger>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
        let (ledger, out) = (need(ledger, "ledger")?, need(out, "out")?);
        nhi_bytes::give_json(ledger.0.get()?.head(), out)
    })
}

/// The lines since they were last taken, or all. They stay.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_ledger_lines(
    ledger: Option<&nhi_ledger>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
        let (ledger, out) = (need(ledger, "ledger")?, need(out, "out")?);
        nhi_bytes::give(ledger.0.get()?.to_jsonl().as_bytes(), out);
        Ok(())
    })
}

/// As nhi_ledger_lines; the lines are the host's from now on, only the head is kept.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_ledger_take(
    ledger: Option<&mut nhi_ledger>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
        let (ledger, out) = (need(ledger, "ledger")?, need(out, "out")?);
        nhi_bytes::give_vec(ledger.0.change(|ledger| Ok(ledger.take()))?.into_bytes(), out);
        Ok(())
    })
}

/// Adds a decision about one call: `event` is what nhi_decision_event gives, `cmd_id` the host's id of the call, `actor`
/// who decided. `out`, which may be NULL, gets the entry as JSON, with its hashes and the `line` to store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_ledger_record(
    ledger: Option<&mut nhi_ledger>,
    credential: *const c_char,
    credential_len: usize,
    cmd_id: *const c_char,
    cmd_id_len: usize,
    actor: *const c_char,
    actor_len: usize,
    at: i64,
    event: *const c_char,
    event_len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
        let ledger = need(ledger, "ledger")?;
        let (credential, cmd_id) = (text!(credential, credential_len), text!(cmd_id, cmd_id_len));
        let (actor, at) = (text!(actor, actor_len), time(at));
        let event: Event = json(text!(event, event_len).as_bytes(), "event")?;
        let entry = ledger.0.change(|ledger| Ok(ledger.record(credential, cmd_id, actor, at, event)?))?;
        let Some(out) = out else { return Ok(()) };
        let (stamped, prev_hash, hash, line) = (&entry.stamped, &entry.prev_hash, &entry.hash, &entry.line);
        nhi_bytes::give_json(&Told { stamped, prev_hash, hash, line }, out)
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
    room!("lifecycle", err, || {
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
    room!("lifecycle", err, || {
        let out = need(out, "out")?;
        nhi_bytes::give_json(&lifecycle::replay(bytes!(ledger, len))?, out)
    })
}
