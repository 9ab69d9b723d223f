//! The evidence of what happened: a chain of lines that shows any later change.

use std::sync::Mutex;

use nhi_core::lifecycle::{self, Checkpoint, Event};
use pyo3::prelude::*;

use crate::args::{Data, text, time};
use crate::error::{core, guarded, invalid, lock};
use crate::from_py::{or_default, record};
use crate::lifecycle::{Lifecycle, entry_to_py};
use crate::to_py::to_py;

/// A chain of its own, or that of a lifecycle.
#[pyclass(frozen, module = "nhi")]
pub(crate) struct Ledger(Chain);

enum Chain {
    Own(Mutex<lifecycle::Ledger>),
    Of(Py<Lifecycle>),
}

impl Ledger {
    /// The ledger of a lifecycle: a view, not a copy.
    pub(crate) fn of(lifecycle: Py<Lifecycle>) -> Self {
        Ledger(Chain::Of(lifecycle))
    }

    fn with<T>(&self, py: Python<'_>, work: impl FnOnce(&mut lifecycle::Ledger) -> T) -> PyResult<T> {
        match &self.0 {
            Chain::Own(ledger) => Ok(work(&mut *lock(py, ledger)?)),
            Chain::Of(machine) => Ok(work(lock(py, &machine.get().0)?.ledger_mut())),
        }
    }
}

#[pymethods]
impl Ledger {
    #[new]
    #[pyo3(signature = (after=None))]
    fn new(after: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        guarded(|| {
            let head: Checkpoint = or_default("after", after)?;
            Ok(Ledger(Chain::Own(Mutex::new(lifecycle::Ledger::after(head)))))
        })
    }

    fn head<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| to_py(py, &self.with(py, |ledger| ledger.head().clone())?))
    }

    fn lines(&self, py: Python<'_>) -> PyResult<String> {
        guarded(|| self.with(py, |ledger| ledger.to_jsonl().to_owned()))
    }

    fn take(&self, py: Python<'_>) -> PyResult<String> {
        guarded(|| self.with(py, lifecycle::Ledger::take))
    }

    fn record<'py>(
        &self,
        credential: &Bound<'py, PyAny>,
        cmd_id: &Bound<'py, PyAny>,
        actor: &Bound<'py, PyAny>,
        at: &Bound<'py, PyAny>,
        event: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let py = credential.py();
            let (credential, cmd_id) = (text("credential", credential)?, text("cmd_id", cmd_id)?);
            let (actor, at, event): (_, _, Event) =
                (text("actor", actor)?, time("at", at)?, record("event", event)?);
            let entry = self.with(py, |ledger| ledger.record(&credential, &cmd_id, &actor, at, event))?;
            entry_to_py(py, &entry.map_err(core)?)
        })
    }

    #[staticmethod]
    #[pyo3(signature = (lines, checkpoint=None))]
    fn verify<'py>(
        lines: &Bound<'py, PyAny>,
        checkpoint: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let (py, data) = (lines.py(), Data::of("lines", lines)?);
            let checkpoint: Option<Checkpoint> =
                checkpoint.map(|checkpoint| record("checkpoint", checkpoint)).transpose()?;
            let bytes = data.as_bytes();
            to_py(py, &py.detach(|| lifecycle::verify(bytes, checkpoint.as_ref())))
        })
    }

    #[staticmethod]
    fn replay<'py>(lines: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let (py, data) = (lines.py(), Data::of("lines", lines)?);
            let bytes = data.as_bytes();
            to_py(py, &py.detach(|| lifecycle::replay(bytes)).map_err(core)?)
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let seq = self.with(py, |ledger| ledger.head().seq)?;
        Ok(format!("<nhi.Ledger at entry {seq}>"))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(invalid("ledger", "it is not pickled: store its lines and go on with Ledger(after=head)"))
    }
}
