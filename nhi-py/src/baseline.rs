//! What is normal for a credential, and how far one activity is from it.

use std::sync::Mutex;

use nhi_core::{baseline, model::Activity};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};

use crate::args::{Data, flag, number, text, time, whole};
use crate::error::{core, guarded, invalid, lock, locked, wrong_type};
use crate::from_py::{list, record, records};
use crate::to_py::to_py;

/// Behaviour of many subjects, and the epoch they are judged by.
#[pyclass(frozen, module = "nhi")]
pub(crate) struct Baseline(Mutex<baseline::Baseline>);

#[pymethods]
impl Baseline {
    #[new]
    #[pyo3(signature = (*, budget=None, seed=None))]
    fn new(budget: Option<&Bound<'_, PyAny>>, seed: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        guarded(|| {
            let mut config = baseline::Config::default();
            if let Some(budget) = budget {
                config.budget = checked_budget(budget)?;
            }
            if let Some(seed) = seed {
                config.seed = whole("seed", seed)?;
            }
            Ok(Baseline(Mutex::new(baseline::Baseline::new(config))))
        })
    }

    #[pyo3(signature = (activity, *, close_epochs=None))]
    fn score<'py>(
        &self,
        activity: &Bound<'py, PyAny>,
        close_epochs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let py = activity.py();
            let close = flag("close_epochs", close_epochs, false)?;
            let score = move |baseline: &mut baseline::Baseline, activity: &Activity| {
                if close && baseline.closing_due(activity) {
                    baseline.close_epoch(activity.time);
                }
                baseline.score(activity)
            };
            if activity.cast::<PyList>().is_ok() || activity.cast::<PyTuple>().is_ok() {
                let batch: Vec<Activity> = records("activities", activity)?;
                let scores = locked(py, &self.0, |baseline| {
                    batch.iter().map(|one| score(baseline, one)).collect::<Result<Vec<_>, _>>()
                })?;
                return to_py(py, &scores.map_err(core)?);
            }
            let one = one_activity(activity)?;
            let scored = score(&mut *lock(py, &self.0)?, &one);
            to_py(py, &scored.map_err(core)?)
        })
    }

    fn peek<'py>(&self, activity: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let py = activity.py();
            let one = one_activity(activity)?;
            let score = lock(py, &self.0)?.peek(&one).map_err(core)?;
            to_py(py, &score)
        })
    }

    fn closing_due(&self, activity: &Bound<'_, PyAny>) -> PyResult<bool> {
        guarded(|| Ok(lock(activity.py(), &self.0)?.closing_due(&one_activity(activity)?)))
    }

    fn close_epoch<'py>(&self, at: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        guarded(|| {
            let (py, at) = (at.py(), time("at", at)?);
            let (number, day, budget) = locked(py, &self.0, |baseline| {
                let epoch = baseline.close_epoch(at);
                (epoch.number(), epoch.day(), epoch.budget())
            })?;
            let out = PyDict::new(py);
            out.set_item("number", number)?;
            out.set_item("day", day)?;
            out.set_item("budget", budget)?;
            Ok(out)
        })
    }

    fn set_budget(&self, budget: &Bound<'_, PyAny>) -> PyResult<()> {
        guarded(|| {
            let (py, budget) = (budget.py(), checked_budget(budget)?);
            locked(py, &self.0, |baseline| baseline.set_budget(budget))
        })
    }

    fn close_alert(&self, subject: &Bound<'_, PyAny>, accept: &Bound<'_, PyAny>) -> PyResult<bool> {
        guarded(|| {
            let accept = flag("accept", Some(accept), false)?;
            Ok(lock(subject.py(), &self.0)?.close_alert(&text("subject", subject)?, accept))
        })
    }

    fn alerts(&self, subject: &Bound<'_, PyAny>) -> PyResult<Option<u32>> {
        guarded(|| Ok(lock(subject.py(), &self.0)?.alerts(&text("subject", subject)?)))
    }

    fn thresholds(&self, subject: &Bound<'_, PyAny>) -> PyResult<Option<(f64, f64)>> {
        guarded(|| Ok(lock(subject.py(), &self.0)?.thresholds(&text("subject", subject)?)))
    }

    fn save<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        guarded(|| Ok(PyBytes::new(py, &locked(py, &self.0, |baseline| baseline.save())?)))
    }

    #[staticmethod]
    fn load(state: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(|| {
            let py = state.py();
            let data = Data::of_bytes("state", state)?;
            let bytes = data.as_bytes();
            let loaded = py.detach(|| baseline::Baseline::load(bytes));
            Ok(Baseline(Mutex::new(loaded.map_err(core)?)))
        })
    }

    #[staticmethod]
    fn merge_all(baselines: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(|| {
            let py = baselines.py();
            let states = list("baselines", baselines, |field, one| {
                let one = one.cast::<Baseline>().map_err(|_| wrong_type(field, "nhi.Baseline", one))?;
                Ok(lock(py, &one.get().0)?.clone())
            })?;
            let merged = py.detach(|| baseline::Baseline::merge_all(&states));
            Ok(Baseline(Mutex::new(merged.map_err(core)?)))
        })
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        guarded(|| Ok(lock(py, &self.0)?.len()))
    }

    fn __bool__(&self) -> bool {
        true
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<nhi.Baseline of {} subjects>", self.__len__(py)?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("load")?, (slf.get().save(slf.py())?,)))
    }
}

/// The core counts anything else as the nearest budget that it keeps: a typing error would go unseen.
fn checked_budget(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    let budget = number("budget", value)?;
    let in_range = (1e-6..=1e6).contains(&budget);
    in_range
        .then_some(budget)
        .ok_or_else(|| invalid("budget", "expected 1e-6 to 1e6 false alerts per identity-week"))
}

/// One activity. A dict only: a list is a batch.
fn one_activity(value: &Bound<'_, PyAny>) -> PyResult<Activity> {
    if value.cast::<PyDict>().is_err() {
        return Err(wrong_type("activity", "dict", value));
    }
    record("activity", value)
}
