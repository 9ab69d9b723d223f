//! Commands, timers, states, and the ledger.

use core::{ffi::c_char, mem::MaybeUninit};

#[cfg(feature = "lifecycle")]
use nhi_core::{
    Fingerprint,
    lifecycle::{self, Applied, Command, Effect, Lifecycle, Outcome, Policy},
};
use serde::{Deserialize, Serialize};

use crate::authorize::nhi_decision;
#[cfg(not(feature = "lifecycle"))]
use crate::border::Absent as Lifecycle;
use crate::border::{Fail, Kept, entry, json, json_or_default, need, time};
use crate::values::{nhi_bytes, nhi_error, nhi_status, nhi_str};

/// What nhi_lifecycle_next_deadline gives if nothing happens by itself.
pub const NHI_NEVER: i64 = i64::MAX;

/// The machine over many credentials, and its ledger. Calls that take it without `const` change it: one at a time.
/// Store what nhi_lifecycle_take_ledger gives after every change, before doing any effect.
pub struct nhi_lifecycle(pub(crate) Kept<Lifecycle>);

/// What came of a command or a tick.
#[cfg(feature = "lifecycle")]
#[derive(Serialize)]
struct Told<'a> {
    already: bool,
    seqs: &'a [u64],
    entries: Vec<&'a lifecycle::Stamped>,
}

#[cfg(feature = "lifecycle")]
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
    room!("lifecycle", err, || {
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
    room!("lifecycle", err, || {
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
    room!("lifecycle", err, || {
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
    room!("lifecycle", err, || {
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
    room!("lifecycle", err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        nhi_bytes::give_json(&lifecycle.0.get()?.state(text!(credential, len)), out)
    })
}

/// State of the version that holds a fingerprint, such as `Active`: a static text, absent if there is no such credential
/// or version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_lifecycle_state_name(
    lifecycle: Option<&nhi_lifecycle>,
    credential: *const c_char,
    credential_len: usize,
    fingerprint: *const c_char,
    fingerprint_len: usize,
    out: Option<&mut MaybeUninit<nhi_str>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        let print = text!(fingerprint, fingerprint_len);
        let state = lifecycle.0.get()?.state(text!(credential, credential_len));
        let holds = |held: Option<&Fingerprint>| held.is_some_and(|held| held.as_str() == print);
        let version = state.and_then(|s| s.versions.iter().find(|v| holds(v.fingerprint.as_ref())));
        out.write(nhi_str::maybe(version.map(|version| version.state_name())));
        Ok(())
    })
}

/// All states as a JSON object, by credential.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_states(
    lifecycle: Option<&nhi_lifecycle>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        nhi_bytes::give_json(lifecycle.0.get()?.states(), out)
    })
}

/// Every effect that was not answered, as a JSON array: what the host has to do.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_outstanding(
    lifecycle: Option<&nhi_lifecycle>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        nhi_bytes::give_json(&lifecycle.0.get()?.outstanding(), out)
    })
}

/// How a host's work went.
#[cfg(feature = "lifecycle")]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Went {
    error: Option<String>,
    evidence: String,
    external_id: Option<String>,
    fingerprint: Option<Fingerprint>,
}

/// The command (JSON) that brings the outcome of an effect back; `null` if the work failed and somebody must do it.
/// `outcome` is `{"error", "evidence", "external_id", "fingerprint"}`, each optional; NULL or no bytes: it went well.
/// `actor` is who did it, at `at`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_effect_answer(
    effect: *const c_char,
    effect_len: usize,
    outcome: *const c_char,
    outcome_len: usize,
    actor: *const c_char,
    actor_len: usize,
    at: i64,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
        let out = need(out, "out")?;
        let effect: Effect = json(text!(effect, effect_len).as_bytes(), "effect")?;
        let went: Went = json_or_default(text!(outcome, outcome_len).as_bytes(), "outcome")?;
        let Went { error, evidence, external_id, fingerprint } = went;
        let outcome = Outcome { error, evidence, external_id, fingerprint };
        nhi_bytes::give_json(&effect.answer(outcome, text!(actor, actor_len), time(at)), out)
    })
}

/// When to tick next; NHI_NEVER if nothing happens by itself. May change after any call.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_lifecycle_next_deadline(
    lifecycle: Option<&nhi_lifecycle>,
    out: Option<&mut MaybeUninit<i64>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("lifecycle", err, || {
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
    room!("authorize", err, || {
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
    room!("lifecycle", err, || {
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
    room!("lifecycle", err, || {
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
    room!("lifecycle", err, || {
        let (lifecycle, out) = (need(lifecycle, "lifecycle")?, need(out, "out")?);
        nhi_bytes::give_json(lifecycle.0.get()?.ledger().head(), out)
    })
}
