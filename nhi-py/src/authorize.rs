//! Whether a call may go through, asked and answered in AuthZEN's form.

use nhi_core::authorize::{self, Decision, Policy, Request};
use nhi_core::{lifecycle::State, model::Score};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use crate::args::time;
use crate::error::{core, guarded};
use crate::from_py::{json, or_default, record};
use crate::pepper;
use crate::to_py::to_py;

/// Answers requests under one policy.
#[pyclass(frozen, module = "nhi")]
pub(crate) struct Authorizer(authorize::Authorizer);

#[pymethods]
impl Authorizer {
    #[new]
    #[pyo3(signature = (policy=None))]
    fn new(policy: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        guarded(|| {
            let policy: Policy = or_default("policy", policy)?;
            authorize::Authorizer::new(policy).map(Authorizer).map_err(core)
        })
    }

    #[pyo3(signature = (request, now, *, state=None, score=None, pepper=None))]
    fn authorize<'py>(
        &self,
        request: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
        state: Option<&Bound<'py, PyAny>>,
        score: Option<&Bound<'py, PyAny>>,
        pepper: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        guarded(|| {
            let py = request.py();
            let (now, pepper) = (time("now", now)?, pepper::optional(pepper)?);
            let state: Option<State> = state.map(|state| record("state", state)).transpose()?;
            let score: Option<Score> = score.map(|score| record("score", score)).transpose()?;
            let request = read_request(request, pepper.as_deref())?;
            let decision = self.0.authorize(&request, state.as_ref(), score.as_ref(), now).map_err(core)?;
            let out = PyDict::new(py);
            out.set_item("answer", to_py(py, &decision.to_authzen())?)?;
            out.set_item("record", to_py(py, &decision)?)?;
            out.set_item("event", to_py(py, &decision.event())?)?;
            Ok(out)
        })
    }

    fn replay<'py>(&self, stored: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let stored_decision: Decision = record("record", stored)?;
            to_py(stored.py(), &self.0.replay(&stored_decision))
        })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        Ok((slf.get_type().into_any(), (to_py(slf.py(), slf.get().0.policy())?,)))
    }
}

/// The request may carry a raw token: what we copied of it is wiped.
fn read_request(request: &Bound<'_, PyAny>, pepper: Option<&nhi_core::Pepper>) -> PyResult<Request> {
    let mut body = json("request", request)?;
    let text = Zeroizing::new(serde_json::to_vec(&body).unwrap_or_default());
    wipe(&mut body);
    Request::from_authzen(&text, pepper).map_err(core)
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        _ => {}
    }
}
