//! One record each out of many sources; drift and plan.

use std::sync::Mutex;

use nhi_core::{inventory, inventory::Snapshot, model::Activity, model::Observation};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::Serialize;

use crate::args::{Data, text, time};
use crate::error::{core, guarded, lock, locked};
use crate::from_py::{record, records};
use crate::to_py::to_py;

/// The latest snapshot of each source, and the records that follow from them.
#[pyclass(frozen, module = "nhi")]
pub(crate) struct Inventory(Mutex<inventory::Inventory>);

impl Inventory {
    fn give<'py, T: Serialize + Send>(
        &self,
        py: Python<'py>,
        look: impl FnOnce(&inventory::Inventory) -> T + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| to_py(py, &locked(py, &self.0, |inventory| look(inventory))?))
    }
}

#[pymethods]
impl Inventory {
    #[new]
    fn new() -> Self {
        Inventory(Mutex::new(inventory::Inventory::new()))
    }

    fn observe<'py>(
        &self,
        snapshot: &Bound<'py, PyAny>,
        observations: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let py = snapshot.py();
            let snapshot: Snapshot = record("snapshot", snapshot)?;
            let observations: Vec<Observation> = records("observations", observations)?;
            let observed = locked(py, &self.0, move |inventory| inventory.observe(snapshot, observations))?;
            to_py(py, &observed)
        })
    }

    fn observe_activities(&self, activities: &Bound<'_, PyAny>) -> PyResult<()> {
        guarded(|| {
            let uses: Vec<Activity> = records("activities", activities)?;
            locked(activities.py(), &self.0, |inventory| inventory.observe_activities(&uses))
        })
    }

    fn credentials<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.give(py, |inventory| inventory.credentials().cloned().collect::<Vec<_>>())
    }

    fn identities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.give(py, |inventory| inventory.identities().cloned().collect::<Vec<_>>())
    }

    fn owners<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.give(py, |inventory| inventory.owners().cloned().collect::<Vec<_>>())
    }

    fn sightings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.give(py, |inventory| inventory.sightings().cloned().collect::<Vec<_>>())
    }

    fn ambiguities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.give(py, |inventory| inventory.ambiguities().to_vec())
    }

    fn resolve(&self, key: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        guarded(|| Ok(lock(key.py(), &self.0)?.resolve(&text("key", key)?).map(String::from)))
    }

    fn credential<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let id = guarded(|| text("key", key))?;
        self.give(key.py(), |inventory| inventory.credential(&id).cloned())
    }

    fn drift<'py>(&self, now: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let at = guarded(|| time("now", now))?;
        self.give(now.py(), |inventory| inventory.drift(at))
    }

    fn plan<'py>(&self, now: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let at = guarded(|| time("now", now))?;
        self.give(now.py(), |inventory| inventory.plan(at))
    }

    fn save<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        guarded(|| Ok(PyBytes::new(py, &locked(py, &self.0, |inventory| inventory.save())?)))
    }

    #[staticmethod]
    fn load(state: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(|| {
            let (py, data) = (state.py(), Data::of_bytes("state", state)?);
            let bytes = data.as_bytes();
            let loaded = py.detach(|| inventory::Inventory::load(bytes));
            Ok(Inventory(Mutex::new(loaded.map_err(core)?)))
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let inventory = lock(py, &self.0)?;
        Ok(format!("<nhi.Inventory of {} credentials>", inventory.credentials().len()))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("load")?, (slf.get().save(slf.py())?,)))
    }
}
