//! One record each out of many sources; drift and plan.

use std::cell::RefCell;

use napi::Env;
use napi_derive::napi;
use nhi_core::inventory::{self, Snapshot};
use nhi_core::model::{Activity, Observation};
use serde::Serialize;

use crate::args::{Data, text, time};
use crate::error::{Fail, guarded};
use crate::from_js::{list, record};
use crate::js::Js;
use crate::to_js::{Answer, to_js};

/// One record of each identity and credential, from many sources that disagree.
#[napi]
pub struct Inventory(RefCell<inventory::Inventory>);

impl Inventory {
    fn give<T: Serialize>(
        &self,
        env: &Env,
        look: impl FnOnce(&inventory::Inventory) -> Result<T, Fail>,
    ) -> napi::Result<Js> {
        guarded(env, || {
            let answer = Answer::record(&look(&*self.0.try_borrow().map_err(|_| busy())?)?)?;
            answer.give(env)
        })
    }

    fn change<T>(&self, work: impl FnOnce(&mut inventory::Inventory) -> T) -> Result<T, Fail> {
        Ok(work(&mut *self.0.try_borrow_mut().map_err(|_| busy())?))
    }
}

/// Arguments are read before an engine is borrowed, so no getter can come between.
fn busy() -> Fail {
    Fail::internal("the inventory is in use")
}

#[napi]
impl Inventory {
    /// An inventory without records.
    #[napi(constructor)]
    pub fn new() -> Self {
        Inventory(RefCell::new(inventory::Inventory::new()))
    }

    /// Observes one snapshot: it replaces an older one of the same source.
    #[napi(ts_args_type = "snapshot: Snapshot, observations: readonly Json[]", ts_return_type = "Observed")]
    pub fn observe(&self, snapshot: Js, observations: Js) -> napi::Result<Js> {
        let env = snapshot.env();
        guarded(&env, || {
            let snapshot: Snapshot = record("snapshot", snapshot)?;
            let observations: Vec<Observation> = list("observations", observations, record)?;
            to_js(&env, &self.change(|inventory| inventory.observe(snapshot, observations))?)
        })
    }

    /// Folds activities into the usage of their credentials: last use, workloads, networks.
    #[napi(ts_args_type = "activities: readonly Activity[]")]
    pub fn observe_activities(&self, activities: Js) -> napi::Result<()> {
        guarded(&activities.env(), || {
            let uses: Vec<Activity> = list("activities", activities, record)?;
            self.change(|inventory| inventory.observe_activities(&uses))
        })
    }

    /// The credentials, by id, with conflicts and where inherited fields come from.
    #[napi(ts_return_type = "Json[]")]
    pub fn credentials(&self, env: Env) -> napi::Result<Js> {
        self.give(&env, |inventory| Ok(inventory.credentials().cloned().collect::<Vec<_>>()))
    }

    /// The identities, by id.
    #[napi(ts_return_type = "Json[]")]
    pub fn identities(&self, env: Env) -> napi::Result<Js> {
        self.give(&env, |inventory| Ok(inventory.identities().cloned().collect::<Vec<_>>()))
    }

    /// The owners directory, by kind and id.
    #[napi(ts_return_type = "Json[]")]
    pub fn owners(&self, env: Env) -> napi::Result<Js> {
        self.give(&env, |inventory| Ok(inventory.owners().cloned().collect::<Vec<_>>()))
    }

    /// The sightings, and the credential that each is of.
    #[napi(ts_return_type = "Json[]")]
    pub fn sightings(&self, env: Env) -> napi::Result<Js> {
        self.give(&env, |inventory| Ok(inventory.sightings().cloned().collect::<Vec<_>>()))
    }

    /// Every merge that was refused.
    #[napi(ts_return_type = "Json[]")]
    pub fn ambiguities(&self, env: Env) -> napi::Result<Js> {
        self.give(&env, |inventory| Ok(inventory.ambiguities().to_vec()))
    }

    /// Id of the credential that is known under an id, an external id, or a fingerprint; `null` if none is.
    #[napi(ts_args_type = "key: string", ts_return_type = "string | null")]
    pub fn resolve(&self, key: Js) -> napi::Result<Js> {
        self.give(&key.env(), |inventory| Ok(inventory.resolve(&text("key", key)?).map(String::from)))
    }

    /// A credential by anything that `resolve` knows; `null` if it knows none.
    #[napi(ts_args_type = "key: string", ts_return_type = "Json | null")]
    pub fn credential(&self, key: Js) -> napi::Result<Js> {
        self.give(&key.env(), |inventory| Ok(inventory.credential(&text("key", key)?).cloned()))
    }

    /// The disagreements between planes, by credential and kind.
    #[napi(ts_args_type = "now: Time", ts_return_type = "Json[]")]
    pub fn drift(&self, now: Js) -> napi::Result<Js> {
        self.give(&now.env(), |inventory| Ok(inventory.drift(time("now", now)?)))
    }

    /// What to do about the drift, most urgent first: data, nothing is done.
    #[napi(ts_args_type = "now: Time", ts_return_type = "Json[]")]
    pub fn plan(&self, now: Js) -> napi::Result<Js> {
        self.give(&now.env(), |inventory| Ok(inventory.plan(time("now", now)?)))
    }

    /// The whole state, the same bytes in every language.
    #[napi(ts_return_type = "Buffer")]
    pub fn save(&self, env: Env) -> napi::Result<Js> {
        guarded(&env, || Answer::Bytes(self.0.try_borrow().map_err(|_| busy())?.save()).give(&env))
    }

    /// Reads what `save` wrote, in any language. `state_version` or `state_corrupt`; `input_too_large`.
    #[napi(factory, ts_args_type = "state: Data")]
    pub fn load(state: Js) -> napi::Result<Self> {
        guarded(&state.env(), || {
            Ok(Inventory(RefCell::new(inventory::Inventory::load(&Data::of("state", &state)?.bytes)?)))
        })
    }
}
