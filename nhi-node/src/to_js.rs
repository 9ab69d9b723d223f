//! Results of the core to plain JavaScript values.
//!
//! Records go as JSON text to the engine's own `JSON.parse`: one crossing instead of one for each member, and a name
//! such as `__proto__` stays a name.

use napi::Env;
use serde::Serialize;

use crate::error::{Fail, Hooks};
use crate::js::{Js, Make};

/// A result that may have been made on another thread.
#[derive(Debug)]
pub enum Answer {
    /// The JSON text of a record.
    Record(String),
    Text(String),
    Bytes(Vec<u8>),
    Object(Vec<(&'static str, Answer)>),
}

impl Answer {
    /// A record, as its JSON text.
    pub(crate) fn record<T: Serialize + ?Sized>(record: &T) -> Result<Self, Fail> {
        serde_json::to_string(record)
            .map(Answer::Record)
            .map_err(|_| Fail::new("not_canonical", "the result has no JSON form".into()))
    }

    pub(crate) fn give(self, env: &Env) -> Result<Js, Fail> {
        let make = Make::of(*env);
        match self {
            // The commonest answers of all.
            Answer::Record(text) if text == "[]" => make.array(),
            Answer::Record(text) if text == "null" => make.null(),
            Answer::Record(text) => Hooks::parse(env, make.text(&text)?),
            Answer::Text(text) => make.text(&text),
            Answer::Bytes(bytes) => make.bytes(&bytes),
            Answer::Object(fields) => {
                let fields = fields.into_iter().map(|(name, answer)| Ok((name, answer.give(env)?)));
                make.object(&fields.collect::<Result<Vec<_>, Fail>>()?)
            }
        }
    }
}

/// A record of the core as a plain value.
pub(crate) fn to_js<T: Serialize + ?Sized>(env: &Env, record: &T) -> Result<Js, Fail> {
    Answer::record(record)?.give(env)
}
