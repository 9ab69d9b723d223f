//! Work off the event loop, and how a host gives it up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::{AsyncTask, External};
use napi::{Env, Task};
use napi_derive::napi;

use crate::error::{Fail, caught, exception, wrong_type};
use crate::js::Js;
use crate::to_js::Answer;

/// Raised by `index.js` when an `AbortSignal` fires; the work looks at it between two pieces.
pub type Flag = Arc<AtomicBool>;

/// A flag that is not raised.
#[napi(skip_typescript)]
pub fn new_flag() -> External<Flag> {
    External::new(Flag::default())
}

/// Gives the work up.
#[napi(skip_typescript)]
pub fn raise_flag(flag: &External<Flag>) {
    flag.store(true, Ordering::Relaxed);
}

/// Whether the work shall be given up.
#[derive(Clone)]
pub(crate) struct Raised(Option<Flag>);

impl Raised {
    /// The last argument of each form that runs off the event loop.
    pub(crate) fn of(flag: Js) -> Result<Self, Fail> {
        let Some(flag) = flag.given() else { return Ok(Raised(None)) };
        let raised = flag.external::<Flag>().ok_or_else(|| wrong_type("signal", "AbortSignal", flag))?;
        Ok(Raised(Some(raised)))
    }

    pub(crate) fn is_up(&self) -> bool {
        self.0.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

type Call = Box<dyn FnOnce() -> Result<Answer, Fail> + Send>;

/// A call that runs on another thread.
pub struct Job(Option<Call>);

/// Starts `call`; its answer settles a promise.
pub(crate) fn start(call: impl FnOnce() -> Result<Answer, Fail> + Send + 'static) -> AsyncTask<Job> {
    AsyncTask::new(Job(Some(Box::new(call))))
}

impl Task for Job {
    type Output = Result<Answer, Fail>;
    type JsValue = Js;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let call = self.0.take();
        Ok(caught(|| call.map_or_else(|| Err(Fail::internal("the work was started twice")), |call| call())))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Js> {
        caught(|| output?.give(&env)).map_err(|fail| exception(&env, fail))
    }
}
