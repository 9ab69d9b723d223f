//! Exports and logs of other systems to records.

use nhi_core::adapters::{self, Input};
use pyo3::prelude::*;

use crate::args::{Data, optional_text, text, time};
use crate::error::{core, guarded};
use crate::pepper;
use crate::to_py::to_py;

#[pyfunction]
pub(crate) fn detect<'py>(name: &Bound<'py, PyAny>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    guarded(|| {
        let (py, name, data) = (name.py(), text("name", name)?, Data::of("data", data)?);
        to_py(py, &adapters::detect(&name, data.as_bytes()))
    })
}

#[pyfunction]
#[pyo3(signature = (name, data, read_at, *, pepper=None, adapter=None))]
pub(crate) fn parse<'py>(
    name: &Bound<'py, PyAny>,
    data: &Bound<'py, PyAny>,
    read_at: &Bound<'py, PyAny>,
    pepper: Option<&Bound<'py, PyAny>>,
    adapter: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    guarded(|| {
        let (py, name, data) = (name.py(), text("name", name)?, Data::of("data", data)?);
        let (read_at, pepper) = (time("read_at", read_at)?, pepper::optional(pepper)?);
        let adapter = optional_text("adapter", adapter)?;
        let input = Input {
            name: &name,
            bytes: data.as_bytes(),
            read_at,
            pepper: pepper.as_deref(),
            adapter: adapter.as_deref(),
        };
        to_py(py, &py.detach(|| adapters::parse(&input)).map_err(core)?)
    })
}
