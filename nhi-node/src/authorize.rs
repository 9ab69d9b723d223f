//! Whether a call may go through, asked and answered in AuthZEN's form.

use napi_derive::napi;
use nhi_core::authorize::{self, Decision, Policy, Request};
use nhi_core::{lifecycle::State, model::Score};
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use crate::args::{options, time};
use crate::error::{Fail, guarded};
use crate::from_js::{json, optional, or_default, record};
use crate::js::Js;
use crate::pepper;
use crate::to_js::{Answer, to_js};

/// Whether a call may go through. Answers requests under one policy; immutable.
#[napi]
pub struct Authorizer(authorize::Authorizer);

#[napi]
impl Authorizer {
    /// `invalid_json` or `invalid_argument` name the field of the policy.
    #[napi(constructor, ts_args_type = "policy?: Json | null")]
    pub fn new(policy: Js) -> napi::Result<Self> {
        guarded(&policy.env(), || {
            let policy: Policy = or_default("policy", policy)?;
            Ok(Authorizer(authorize::Authorizer::new(policy)?))
        })
    }

    /// Decides on one request in AuthZEN's form (Authorization API 1.0).
    ///
    /// A raw token in it is fingerprinted under the `pepper` and kept nowhere. `state` is that of the credential, from
    /// `Lifecycle.state`; `score` that of the call, from `Baseline.peek` or `score`. Gives the `answer` to send back,
    /// the `record` to keep for `replay`, and the `event` for the ledger. `invalid_argument` or `invalid_json` names
    /// the field; `input_too_large`.
    #[napi(
        ts_args_type = "request: Json, now: Time, options?: AuthorizeOptions | null",
        ts_return_type = "Authorization"
    )]
    pub fn authorize(&self, request: Js, now: Js, given: Js) -> napi::Result<Js> {
        let env = request.env();
        guarded(&env, || {
            let now = time("now", now)?;
            let (mut state, mut score, mut key) = (None::<State>, None::<Score>, None);
            if let Some([state_given, score_given, pepper]) =
                options("options", given, ["state", "score", "pepper"])?
            {
                (state, score) = (optional("state", state_given)?, optional("score", score_given)?);
                key = pepper::optional(pepper)?;
            }
            let request = read_request(request, key.as_deref())?;
            let decision = self.0.authorize(&request, state.as_ref(), score.as_ref(), now)?;
            Answer::Object(vec![
                ("answer", Answer::record(&decision.to_authzen())?),
                ("record", Answer::record(&decision)?),
                ("event", Answer::record(&decision.event())?),
            ])
            .give(&env)
        })
    }

    /// Decides a stored `record` again: `"same"`, `"input_differs"`, `"policy_differs"` or what now.
    #[napi(ts_args_type = "stored: Json", ts_return_type = "string | Json")]
    pub fn replay(&self, stored: Js) -> napi::Result<Js> {
        guarded(&stored.env(), || {
            let decision: Decision = record("record", stored)?;
            to_js(&stored.env(), &self.0.replay(&decision))
        })
    }
}

/// The request may carry a raw token: what we copied of it is wiped.
fn read_request(request: Js, pepper: Option<&nhi_core::Pepper>) -> Result<Request, Fail> {
    let mut body = json("request", request)?;
    let text = Zeroizing::new(serde_json::to_vec(&body).unwrap_or_default());
    wipe(&mut body);
    Ok(Request::from_authzen(&text, pepper)?)
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        _ => {}
    }
}
