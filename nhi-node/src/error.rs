//! Errors of the core as exceptions with the same stable code, and the border that no panic crosses.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard};

use napi::Env;
use napi::bindgen_prelude::{Function, FunctionRef};
use nhi_core::lifecycle::Rejection;

use crate::js::{Js, Kind, Make};
use crate::to_js::Answer;

/// Why a call could not be done.
#[derive(Debug)]
pub struct Fail(Box<Why>);

#[derive(Debug)]
struct Why {
    /// Which class of `errors.js`, where the code alone does not say.
    class: &'static str,
    code: &'static str,
    text: String,
    /// Of a refused command: the guard and what it needs.
    refused: (String, String),
    /// Of work that was given up: what was done until then.
    done: Option<Answer>,
}

impl Fail {
    fn of(class: &'static str, code: &'static str, text: String) -> Self {
        Fail(Box::new(Why { class, code, text, refused: Default::default(), done: None }))
    }

    pub(crate) fn new(code: &'static str, text: String) -> Self {
        Fail::of("", code, text)
    }

    pub(crate) fn internal(text: &str) -> Self {
        Fail::new("internal", text.into())
    }

    /// The host gave the work up; `done` is what stands.
    pub(crate) fn aborted(done: Option<Answer>) -> Self {
        let mut fail = Fail::of("aborted", "", "the operation was aborted".into());
        fail.0.done = done;
        fail
    }
}

/// An argument of the right type whose value is not acceptable.
pub(crate) fn invalid(field: &str, why: &str) -> Fail {
    Fail::new("invalid_argument", format!("{field}: {why}"))
}

/// An argument of another type than expected. Names the type that was given, never the value.
pub(crate) fn wrong_type(field: &str, expected: &str, found: Js) -> Fail {
    let text = format!("{field}: expected {expected}, found {}", type_name(found));
    Fail::of("wrong_type", "invalid_argument", text)
}

/// An error of the core.
impl From<nhi_core::Error> for Fail {
    fn from(error: nhi_core::Error) -> Self {
        Fail::new(error.code(), error.to_string())
    }
}

/// A command that a guard refused.
impl From<Rejection> for Fail {
    fn from(rejection: Rejection) -> Self {
        let mut fail = Fail::new("rejected", rejection.text);
        fail.0.refused = (rejection.guard.as_ref().into(), rejection.needs);
        fail
    }
}

/// Name of a value's type.
fn type_name(value: Js) -> String {
    match value.kind() {
        Kind::Undefined => "undefined".into(),
        Kind::Null => "null".into(),
        Kind::Boolean => "boolean".into(),
        Kind::Number => "number".into(),
        Kind::Text => "string".into(),
        Kind::Symbol => "symbol".into(),
        Kind::Function => "function".into(),
        Kind::BigInt => "bigint".into(),
        Kind::Object if value.is_array() => "Array".into(),
        // A class's name is the program's own; anything longer or stranger is not repeated.
        Kind::Object => value
            .class()
            .filter(|name| name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric()))
            .unwrap_or_else(|| "another object".into()),
        Kind::Other => "another object".into(),
    }
}

/// What `index.js` hands over once for each environment: how to make an exception, and `JSON.parse`.
pub(crate) struct Hooks {
    fail: FunctionRef<Js, Js>,
    parse: FunctionRef<Js, Js>,
}

impl Hooks {
    pub(crate) fn install(
        env: &Env,
        fail: &Function<'_, Js, Js>,
        parse: &Function<'_, Js, Js>,
    ) -> napi::Result<()> {
        let hooks = Hooks { fail: fail.create_ref()?, parse: parse.create_ref()? };
        env.set_instance_data(hooks, (), |_| ())
    }

    fn of(env: &Env) -> Result<&'static Hooks, Fail> {
        let hooks = env.get_instance_data::<Hooks>().ok().flatten();
        hooks.map(|hooks| &*hooks).ok_or_else(|| Fail::internal("load nhi-node by its index.js"))
    }

    /// The value of a JSON text.
    pub(crate) fn parse(env: &Env, text: Js) -> Result<Js, Fail> {
        let parse = Hooks::of(env)?.parse.borrow_back(env);
        let value = parse.and_then(|parse| parse.call(text));
        value.map_err(|_| Fail::internal("the result could not be handed over"))
    }
}

/// The exception of a failure.
pub(crate) fn exception(env: &Env, fail: Fail) -> napi::Error {
    let make = Make::of(*env);
    let (text, fail) = (fail.0.text.clone(), *fail.0);
    let made = || -> Result<Js, Fail> {
        let info = make.object(&[
            ("class", make.text(fail.class)?),
            ("code", make.text(fail.code)?),
            ("text", make.text(&fail.text)?),
            ("guard", make.text(&fail.refused.0)?),
            ("needs", make.text(&fail.refused.1)?),
            ("done", fail.done.map_or_else(|| make.null(), |done| done.give(env))?),
        ])?;
        let hook = Hooks::of(env)?.fail.borrow_back(env).and_then(|hook| hook.call(info));
        hook.map_err(|_| Fail::internal("no exception could be made"))
    };
    made().map_or_else(|_| napi::Error::from_reason(text), Js::into_error)
}

/// Runs one call. A panic, which would be a defect of ours, becomes an `InternalError`. Its text is left out: it could
/// hold what was being looked at.
pub(crate) fn guarded<T>(env: &Env, call: impl FnOnce() -> Result<T, Fail>) -> napi::Result<T> {
    caught(call).map_err(|fail| exception(env, fail))
}

/// As [`guarded`], on another thread: the failure becomes an exception later.
pub(crate) fn caught<T>(call: impl FnOnce() -> Result<T, Fail>) -> Result<T, Fail> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(Fail::internal("a defect of nhi: the call was given up")))
}

/// Locks an engine.
pub(crate) fn lock<T>(engine: &Mutex<T>) -> Result<MutexGuard<'_, T>, Fail> {
    engine.lock().map_err(|_| Fail::internal("a defect of nhi left this object unusable; make a new one"))
}
