//! Credentials over time: commands in, ledger entries and work for the host out.

use std::sync::{Arc, Mutex};

use napi::Env;
use napi_derive::napi;
use nhi_core::Fingerprint;
use nhi_core::lifecycle::{self, Applied, Command, Effect, Entry, Outcome};
use serde_json::{Value, json};

use crate::args::{Data, optional_text, options, text, time};
use crate::error::{Fail, guarded, lock};
use crate::from_js::{json as read_json, or_default, record};
use crate::js::Js;
use crate::ledger::Ledger;
use crate::to_js::to_js;

/// The state of many credentials, and the ledger of what happened.
#[napi]
pub struct Lifecycle(Arc<Mutex<lifecycle::Lifecycle>>);

#[napi]
impl Lifecycle {
    /// No credentials; or goes on after a ledger, whose lines stay with the host. `invalid_json` or `invalid_argument`
    /// name a field of the policy; `unreadable` the first fault of the ledger.
    #[napi(constructor, ts_args_type = "policy?: Json | null, options?: LifecycleOptions | null")]
    pub fn new(policy: Js, given: Js) -> napi::Result<Self> {
        guarded(&policy.env(), || {
            let policy: lifecycle::Policy = or_default("policy", policy)?;
            let ledger = options("options", given, ["ledger"])?.and_then(|[ledger]| ledger.given());
            let machine = match ledger {
                None => lifecycle::Lifecycle::new(policy)?,
                Some(ledger) => lifecycle::Lifecycle::resume(policy, &Data::of("ledger", &ledger)?.bytes)?,
            };
            Ok(Lifecycle(Arc::new(Mutex::new(machine))))
        })
    }

    /// Applies a command. Store the entries before doing any effect. `rejected` with the `guard` that refuses, what it
    /// found and what it `needs`; `invalid_json` names the field that is missing or wrong.
    #[napi(ts_args_type = "command: Json, now: Time", ts_return_type = "Applied")]
    pub fn apply(&self, command: Js, now: Js) -> napi::Result<Js> {
        let env = now.env();
        guarded(&env, || {
            let now = time("now", now)?;
            let command = Command::from_json(&read_json("command", command)?, now)?;
            let applied = lock(&self.0)?.apply(&command, now)?;
            to_js(&env, &applied_json(&applied)?)
        })
    }

    /// Runs every timer that is due. Early and repeated ticks do nothing.
    #[napi(ts_args_type = "now: Time", ts_return_type = "Applied")]
    pub fn tick(&self, now: Js) -> napi::Result<Js> {
        let env = now.env();
        guarded(&env, || {
            let now = time("now", now)?;
            let applied = lock(&self.0)?.tick(now);
            to_js(&env, &applied_json(&applied)?)
        })
    }

    /// The state of a credential; `null` if it is unknown.
    #[napi(ts_args_type = "credential: string", ts_return_type = "Json | null")]
    pub fn state(&self, credential: Js) -> napi::Result<Js> {
        guarded(&credential.env(), || {
            let id = text("credential", credential)?;
            to_js(&credential.env(), &lock(&self.0)?.state(&id))
        })
    }

    /// All states, by id.
    #[napi(ts_return_type = "Record<string, Json>")]
    pub fn states(&self, env: Env) -> napi::Result<Js> {
        guarded(&env, || to_js(&env, lock(&self.0)?.states()))
    }

    /// The work that the host still owes.
    #[napi(ts_return_type = "Effect[]")]
    pub fn outstanding(&self, env: Env) -> napi::Result<Js> {
        guarded(&env, || to_js(&env, &lock(&self.0)?.outstanding()))
    }

    /// The command that brings an outcome back; `null` if the work failed and somebody must do it.
    #[napi(
        ts_args_type = "effect: Effect, actor: string, at: Time, outcome?: EffectOutcome | null",
        ts_return_type = "Json | null"
    )]
    pub fn answer(effect: Js, actor: Js, at: Js, given: Js) -> napi::Result<Js> {
        let env = effect.env();
        guarded(&env, || {
            let mut outcome = Outcome::default();
            let known = ["error", "evidence", "externalId", "fingerprint"];
            if let Some([error, evidence, external_id, fingerprint]) = options("outcome", given, known)? {
                outcome.error = optional_text("error", error)?;
                outcome.evidence = optional_text("evidence", evidence)?.unwrap_or_default();
                outcome.external_id = optional_text("externalId", external_id)?;
                let print = optional_text("fingerprint", fingerprint)?;
                let read = |print: String| Fingerprint::parse(&print).map_err(|e| bad_print(&e));
                outcome.fingerprint = print.map(read).transpose()?;
            }
            let effect: Effect = record("effect", effect)?;
            to_js(&env, &effect.answer(outcome, &text("actor", actor)?, time("at", at)?))
        })
    }

    /// When something happens next by itself; `null` if nothing does. May change after any call.
    #[napi(ts_return_type = "string | null")]
    pub fn next_deadline(&self, env: Env) -> napi::Result<Option<String>> {
        guarded(&env, || Ok(lock(&self.0)?.next_deadline().map(|deadline| deadline.to_string())))
    }

    /// The ledger: a view, not a copy.
    #[napi(getter)]
    pub fn ledger(&self) -> Ledger {
        Ledger::of(Arc::clone(&self.0))
    }
}

fn applied_json(applied: &Applied) -> Result<Value, Fail> {
    let entries = applied.entries.iter().map(entry_json).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "entries": entries, "seqs": applied.seqs, "already": applied.already }))
}

/// An entry: what happened, its hashes, and the line to store.
pub(crate) fn entry_json(entry: &Entry) -> Result<Value, Fail> {
    let stamped =
        serde_json::to_value(&entry.stamped).map_err(|_| Fail::internal("an entry has no JSON form"))?;
    let mut out = stamped;
    if let Value::Object(out) = &mut out {
        out.insert("prev_hash".into(), json!(entry.prev_hash));
        out.insert("hash".into(), json!(entry.hash));
        out.insert("line".into(), json!(entry.line));
    }
    Ok(out)
}

/// As a field of a record, which it is in the other languages.
fn bad_print(error: &nhi_core::Error) -> nhi_core::Error {
    nhi_core::Error::InvalidJson { what: "fingerprint", why: error.to_string() }
}
