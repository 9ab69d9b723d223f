//! Credentials over time: commands in, ledger entries and work for the host out.

use std::sync::Mutex;

use nhi_core::lifecycle::{self, Applied, Command, Effect, Entry, Outcome};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::args::{Data, optional_text, text, time};
use crate::error::{core, guarded, invalid, lock, locked, rejected};
use crate::from_py::{json, or_default, record};
use crate::ledger::Ledger;
use crate::to_py::to_py;

/// The machine over many credentials, and its ledger.
#[pyclass(frozen, module = "nhi")]
pub(crate) struct Lifecycle(pub(crate) Mutex<lifecycle::Lifecycle>);

#[pymethods]
impl Lifecycle {
    #[new]
    #[pyo3(signature = (policy=None, *, ledger=None))]
    fn new(policy: Option<&Bound<'_, PyAny>>, ledger: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        guarded(|| {
            let policy: lifecycle::Policy = or_default("policy", policy)?;
            let machine = match ledger {
                None => lifecycle::Lifecycle::new(policy),
                Some(ledger) => {
                    let data = Data::of("ledger", ledger)?;
                    let bytes = data.as_bytes();
                    ledger.py().detach(|| lifecycle::Lifecycle::resume(policy, bytes))
                }
            };
            Ok(Lifecycle(Mutex::new(machine.map_err(core)?)))
        })
    }

    fn apply<'py>(
        &self,
        command: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyDict>> {
        guarded(|| {
            let (py, now) = (command.py(), time("now", now)?);
            let command = Command::from_json(&json("command", command)?, now).map_err(core)?;
            let applied = locked(py, &self.0, |machine| machine.apply(&command, now))?;
            applied_to_py(py, &applied.map_err(|rejection| rejected(&rejection))?)
        })
    }

    fn tick<'py>(&self, now: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        guarded(|| {
            let (py, now) = (now.py(), time("now", now)?);
            applied_to_py(py, &locked(py, &self.0, |machine| machine.tick(now))?)
        })
    }

    fn state<'py>(&self, credential: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let (py, id) = (credential.py(), text("credential", credential)?);
            let state = lock(py, &self.0)?.state(&id).cloned();
            to_py(py, &state)
        })
    }

    fn states<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let states = lock(py, &self.0)?.states().clone();
            to_py(py, &states)
        })
    }

    fn outstanding<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let effects = locked(py, &self.0, |machine| machine.outstanding())?;
            to_py(py, &effects)
        })
    }

    #[staticmethod]
    #[pyo3(signature = (effect, actor, at, *, error=None, evidence=None, external_id=None, fingerprint=None))]
    fn answer<'py>(
        effect: &Bound<'py, PyAny>,
        actor: &Bound<'py, PyAny>,
        at: &Bound<'py, PyAny>,
        error: Option<&Bound<'py, PyAny>>,
        evidence: Option<&Bound<'py, PyAny>>,
        external_id: Option<&Bound<'py, PyAny>>,
        fingerprint: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let outcome = Outcome {
                error: optional_text("error", error)?,
                evidence: optional_text("evidence", evidence)?.unwrap_or_default(),
                external_id: optional_text("external_id", external_id)?,
                fingerprint: fingerprint.map(|print| record("fingerprint", print)).transpose()?,
            };
            let (py, effect): (_, Effect) = (effect.py(), record("effect", effect)?);
            to_py(py, &effect.answer(outcome, &text("actor", actor)?, time("at", at)?))
        })
    }

    fn next_deadline(&self, py: Python<'_>) -> PyResult<Option<String>> {
        guarded(|| Ok(lock(py, &self.0)?.next_deadline().map(|deadline| deadline.to_string())))
    }

    #[getter]
    fn ledger(slf: Bound<'_, Self>) -> Ledger {
        Ledger::of(slf.unbind())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let machine = lock(py, &self.0)?;
        Ok(format!("<nhi.Lifecycle of {} credentials>", machine.states().len()))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(invalid("lifecycle", "it is not pickled: store its ledger and go on with Lifecycle(ledger=…)"))
    }
}

fn applied_to_py<'py>(py: Python<'py>, applied: &Applied) -> PyResult<Bound<'py, PyDict>> {
    let entries: Vec<_> = applied.entries.iter().map(|e| entry_to_py(py, e)).collect::<PyResult<_>>()?;
    let out = PyDict::new(py);
    out.set_item("entries", PyList::new(py, entries)?)?;
    out.set_item("seqs", &applied.seqs)?;
    out.set_item("already", applied.already)?;
    Ok(out)
}

/// An entry: what happened, its hashes, and the line to store.
pub(crate) fn entry_to_py<'py>(py: Python<'py>, entry: &Entry) -> PyResult<Bound<'py, PyAny>> {
    let out = to_py(py, &entry.stamped)?;
    out.set_item("prev_hash", &entry.prev_hash)?;
    out.set_item("hash", &entry.hash)?;
    out.set_item("line", &entry.line)?;
    Ok(out)
}
