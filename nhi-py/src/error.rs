//! Errors of the core as exceptions with the same stable code, and the border that no panic crosses.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LockResult, Mutex, MutexGuard};

use nhi_core::lifecycle::Rejection;
use pyo3::prelude::*;
use pyo3::sync::{MutexExt, PyOnceLock};
use pyo3::types::PyType;

/// Runs one call. A panic, which would be a defect of ours, becomes an `InternalError` that `except Exception`
/// catches. Its text is left out: it could hold what was being looked at.
pub(crate) fn guarded<T>(call: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(raise("internal", "a defect of nhi: the call was given up")))
}

/// The exception for a code; `nhi/_errors.py` has the classes.
pub(crate) fn raise(code: &str, text: &str) -> PyErr {
    Python::attach(|py| {
        let made = factory(py, "error").and_then(|make| make.call1((code, text)));
        made.map_or_else(|error| error, PyErr::from_value)
    })
}

fn factory<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let module =
        MODULE.get_or_try_init(py, || py.import("nhi._errors").map(|module| module.into_any().unbind()))?;
    module.bind(py).getattr(name)
}

/// An error of the core.
pub(crate) fn core(error: nhi_core::Error) -> PyErr {
    raise(error.code(), &error.to_string())
}

/// A command that a guard refused.
pub(crate) fn rejected(rejection: &Rejection) -> PyErr {
    Python::attach(|py| {
        let parts = (rejection.guard.as_ref(), rejection.text.as_str(), rejection.needs.as_str());
        let made = factory(py, "RejectedError").and_then(|make| make.call1(parts));
        made.map_or_else(|error| error, PyErr::from_value)
    })
}

/// An argument of the right type whose value is not acceptable.
pub(crate) fn invalid(field: &str, why: &str) -> PyErr {
    raise("invalid_argument", &format!("{field}: {why}"))
}

/// An argument of another type than expected. Names the type that was given, never the value.
pub(crate) fn wrong_type(field: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    let made = factory(found.py(), "WrongTypeError").and_then(|make| {
        make.call1(("invalid_argument", format!("{field}: expected {expected}, found {}", type_name(found))))
    });
    made.map_or_else(|error| error, PyErr::from_value)
}

/// Name of a value's type.
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    let of: Bound<'_, PyType> = value.get_type();
    of.name().map_or_else(|_| "another object".into(), |name| name.to_string_lossy().into_owned())
}

/// Locks an engine for a short while, without a deadlock with the interpreter.
pub(crate) fn lock<'a, T>(py: Python<'_>, engine: &'a Mutex<T>) -> PyResult<MutexGuard<'a, T>> {
    sound(engine.lock_py_attached(py))
}

/// Does long work on an engine while other Python threads run.
pub(crate) fn locked<T: Send, R: Send>(
    py: Python<'_>,
    engine: &Mutex<T>,
    work: impl FnOnce(&mut T) -> R + Send,
) -> PyResult<R> {
    let done = py.detach(|| engine.lock().map(|mut engine| work(&mut engine)).ok());
    done.ok_or_else(left_unusable)
}

fn sound<T>(locked: LockResult<T>) -> PyResult<T> {
    locked.map_err(|_| left_unusable())
}

fn left_unusable() -> PyErr {
    raise("internal", "a defect of nhi left this object unusable; make a new one")
}

/// Panics, so that the tests see what becomes of it.
#[pyfunction]
pub(crate) fn _panic() -> PyResult<()> {
    guarded(|| panic!("asked for by a test"))
}
