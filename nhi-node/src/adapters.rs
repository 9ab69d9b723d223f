//! Exports and logs of others: what they are, and what they say.

use std::sync::Arc;

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use nhi_core::Pepper;
use nhi_core::adapters::{self, Input};
use nhi_core::time::Timestamp;

use crate::args::{Copied, Data, optional_text, options, text, time};
use crate::error::{Fail, guarded};
use crate::js::Js;
use crate::pepper;
use crate::task::{Job, Raised, start};
use crate::to_js::{Answer, to_js};

/// Which adapters know the shape of these bytes, best first.
#[napi(ts_args_type = "name: string, bytes: Data", ts_return_type = "Detection[]")]
pub fn detect(name: Js, bytes: Js) -> napi::Result<Js> {
    guarded(&name.env(), || {
        let file = text("name", name)?;
        to_js(&name.env(), &adapters::detect(&file, &Data::of("bytes", &bytes)?.bytes))
    })
}

/// An input of our own, so that it may be read on another thread.
struct Given {
    name: String,
    data: Copied,
    read_at: Timestamp,
    pepper: Option<Arc<Pepper>>,
    adapter: Option<String>,
}

impl Given {
    fn of(name: Js, bytes: &Js, read_at: Js, [pepper, adapter]: [Option<Js>; 2]) -> Result<Self, Fail> {
        let (name, read_at) = (text("name", name)?, time("readAt", read_at)?);
        let pepper = pepper.map_or(Ok(None), pepper::optional)?;
        let adapter = adapter.map_or(Ok(None), |adapter| optional_text("adapter", adapter))?;
        Ok(Given { name, data: Data::copied("bytes", bytes)?, read_at, pepper, adapter })
    }

    fn parsed(&self) -> Result<Answer, Fail> {
        let input = Input {
            name: &self.name,
            bytes: &self.data.bytes,
            read_at: self.read_at,
            pepper: self.pepper.as_deref(),
            adapter: self.adapter.as_deref(),
        };
        Answer::record(&adapters::parse(&input)?)
    }
}

/// Reads one input with the adapter asked for, else with the best one detected: `items` that could be read and
/// `problems` for what could not. `readAt` is when the host read it. `unreadable` if no adapter knows the bytes;
/// `input_too_large`; `invalid_argument` for an unknown adapter.
#[napi(
    ts_args_type = "name: string, bytes: Data, readAt: Time, options?: ParseOptions | null",
    ts_return_type = "Parsed"
)]
pub fn parse(name: Js, bytes: Js, read_at: Js, given: Js) -> napi::Result<Js> {
    guarded(&name.env(), || {
        let known = options("options", given, ["pepper", "adapter"])?;
        let known = known.map_or([None, None], |known| known.map(Some));
        Given::of(name, &bytes, read_at, known)?.parsed()?.give(&name.env())
    })
}

/// As `parse`, off the event loop, on a copy of the bytes. An abort rejects at once, and the result is dropped.
#[napi(
    ts_args_type = "name: string, bytes: Data, readAt: Time, options?: ParseOptions & Abortable | null",
    ts_return_type = "Promise<Parsed>"
)]
pub fn parse_async(name: Js, bytes: Js, read_at: Js, given: Js, flag: Js) -> napi::Result<AsyncTask<Job>> {
    guarded(&name.env(), || {
        let raised = Raised::of(flag)?;
        let known = options("options", given, ["pepper", "adapter", "signal"])?;
        let known = known.map_or([None, None], |[pepper, adapter, _]| [Some(pepper), Some(adapter)]);
        let input = Given::of(name, &bytes, read_at, known)?;
        Ok(start(move || if raised.is_up() { Err(Fail::aborted(None)) } else { input.parsed() }))
    })
}
