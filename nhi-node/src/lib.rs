/*!
nhi for Node: types and errors of the language over `nhi-core`, no logic of its own.

Engines are objects, records are plain objects of the forms that the core reads and writes. Each call goes through
[`error::guarded`], so that no panic crosses the border; what takes long has a form that runs off the event loop.
Arguments arrive as [`js::Js`] and are checked here: every wrong value is an `NhiError` of ours.
*/
#![expect(unreachable_pub, reason = "what JavaScript reaches must be public, and Rust reaches none of it")]

mod adapters;
mod args;
mod assess;
mod authorize;
mod baseline;
mod error;
mod from_js;
mod inventory;
mod js;
mod ledger;
mod lifecycle;
mod pepper;
mod scan;
mod stream;
mod task;
mod to_js;

use napi::Env;
use napi::bindgen_prelude::Function;
use napi_derive::napi;

use crate::js::Js;

/// Called once by `index.js`: how exceptions are made, and `JSON.parse`.
#[napi(skip_typescript)]
pub fn install(env: Env, fail: Function<'_, Js, Js>, parse: Function<'_, Js, Js>) -> napi::Result<()> {
    error::Hooks::install(&env, &fail, &parse)
}

/// The version of this build.
#[napi(skip_typescript)]
pub fn built_version() -> &'static str {
    nhi_core::VERSION
}

/// Panics, so that the tests see what becomes of it.
#[napi(skip_typescript)]
pub fn panic_for_test(env: Env) -> napi::Result<()> {
    error::guarded(&env, || panic!("asked for by a test"))
}
