//! The evidence of what happened: a chain of lines that shows any later change.

use std::sync::{Arc, Mutex};

use napi::Env;
use napi_derive::napi;
use nhi_core::lifecycle::{self, Checkpoint, Event};

use crate::args::{Data, text, time};
use crate::error::{Fail, guarded, lock};
use crate::from_js::{optional, or_default, record};
use crate::js::Js;
use crate::lifecycle::entry_json;
use crate::to_js::to_js;

/// A chain of lines that shows any later change: of its own, or that of a lifecycle.
#[napi]
pub struct Ledger(Chain);

enum Chain {
    Own(Mutex<lifecycle::Ledger>),
    Of(Arc<Mutex<lifecycle::Lifecycle>>),
}

impl Ledger {
    /// The ledger of a lifecycle: a view, not a copy.
    pub(crate) fn of(lifecycle: Arc<Mutex<lifecycle::Lifecycle>>) -> Self {
        Ledger(Chain::Of(lifecycle))
    }

    fn with<T>(&self, work: impl FnOnce(&mut lifecycle::Ledger) -> T) -> Result<T, Fail> {
        match &self.0 {
            Chain::Own(ledger) => Ok(work(&mut *lock(ledger)?)),
            Chain::Of(machine) => Ok(work(lock(machine)?.ledger_mut())),
        }
    }
}

#[napi]
impl Ledger {
    /// A chain of its own, after a checkpoint if the lines before are elsewhere.
    #[napi(constructor, ts_args_type = "after?: Checkpoint | null")]
    pub fn new(after: Js) -> napi::Result<Self> {
        guarded(&after.env(), || {
            let head: Checkpoint = or_default("after", after)?;
            Ok(Ledger(Chain::Own(Mutex::new(lifecycle::Ledger::after(head)))))
        })
    }

    /// The last entry's number and hash: what to sign or anchor outside.
    #[napi(ts_return_type = "Checkpoint")]
    pub fn head(&self, env: Env) -> napi::Result<Js> {
        guarded(&env, || to_js(&env, &self.with(|ledger| ledger.head().clone())?))
    }

    /// The lines since the last `take`, or all.
    #[napi]
    pub fn lines(&self, env: Env) -> napi::Result<String> {
        guarded(&env, || self.with(|ledger| ledger.to_jsonl().to_owned()))
    }

    /// Gives the lines to the host, which stores them, and keeps the head only.
    #[napi]
    pub fn take(&self, env: Env) -> napi::Result<String> {
        guarded(&env, || self.with(lifecycle::Ledger::take))
    }

    /// Adds a decision about one call (`event` of `Authorizer.authorize`).
    #[napi(
        ts_args_type = "credential: string, cmdId: string, actor: string, at: Time, event: Json",
        ts_return_type = "Entry"
    )]
    pub fn record(&self, credential: Js, cmd_id: Js, actor: Js, at: Js, event: Js) -> napi::Result<Js> {
        let env = credential.env();
        guarded(&env, || {
            let (credential, cmd_id) = (text("credential", credential)?, text("cmdId", cmd_id)?);
            let (actor, at, event): (_, _, Event) =
                (text("actor", actor)?, time("at", at)?, record("event", event)?);
            let entry = self.with(|ledger| ledger.record(&credential, &cmd_id, &actor, at, event))??;
            to_js(&env, &entry_json(&entry)?)
        })
    }

    /// Checks a ledger from its first entry. Without a checkpoint a cut tail does not show.
    #[napi(ts_args_type = "lines: Data, checkpoint?: Checkpoint | null", ts_return_type = "Verification")]
    pub fn verify(lines: Js, checkpoint: Js) -> napi::Result<Js> {
        let env = lines.env();
        guarded(&env, || {
            let checkpoint: Option<Checkpoint> = optional("checkpoint", checkpoint)?;
            to_js(&env, &lifecycle::verify(&Data::of("lines", &lines)?.bytes, checkpoint.as_ref()))
        })
    }

    /// The states that a ledger tells. `unreadable` with the first fault.
    #[napi(ts_args_type = "lines: Data", ts_return_type = "Record<string, Json>")]
    pub fn replay(lines: Js) -> napi::Result<Js> {
        let env = lines.env();
        guarded(&env, || to_js(&env, &lifecycle::replay(&Data::of("lines", &lines)?.bytes)?))
    }
}
