//! Arguments: bytes, texts, times and numbers as Python has them.

use nhi_core::time::Timestamp;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyInt, PyMemoryView, PyString};

use crate::error::{core, invalid, raise, wrong_type};

/// What is scanned or read: bytes, and whether they were a `str`.
pub(crate) struct Data<'py> {
    bytes: Bound<'py, PyBytes>,
    /// Whether positions count characters.
    pub(crate) is_text: bool,
}

impl<'py> Data<'py> {
    /// From `bytes` (not copied), or any other buffer or `str` (copied: they may change, or have no bytes).
    pub(crate) fn of(field: &str, value: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return Ok(Data { bytes: bytes.clone(), is_text: false });
        }
        if let Ok(text) = value.cast::<PyString>() {
            let bytes = text.encode_utf8().map_err(|_| no_surrogates(field))?;
            return Ok(Data { bytes, is_text: true });
        }
        // The buffer protocol is no part of the stable interface before Python 3.11: `memoryview` and `bytes` are.
        let is_view = value.cast::<PyMemoryView>().is_ok();
        let refused = |error: PyErr| match error.is_instance_of::<PyException>(value.py()) {
            true if is_view => invalid(field, "the memoryview is released or cannot be read"),
            true => wrong_type(field, "bytes, another buffer or str", value),
            false => error,
        };
        let view = PyMemoryView::from(value).map_err(refused)?;
        let bytes = value.py().get_type::<PyBytes>().call1((view,)).map_err(refused)?;
        Ok(Data { bytes: bytes.cast_into::<PyBytes>()?, is_text: false })
    }

    /// As [`Data::of`], of bytes only: where positions or state are bytes.
    pub(crate) fn of_bytes(field: &str, value: &Bound<'py, PyAny>) -> PyResult<Self> {
        let data = Data::of(field, value)?;
        if data.is_text { Err(wrong_type(field, "bytes or another buffer", value)) } else { Ok(data) }
    }

    /// The bytes; those of a `str` are UTF-8.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.as_bytes()
    }
}

pub(crate) fn no_surrogates(field: &str) -> PyErr {
    invalid(field, "the text holds a lone surrogate, which no bytes stand for")
}

/// A text.
pub(crate) fn text(field: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = value.cast::<PyString>().map_err(|_| wrong_type(field, "str", value))?;
    text.to_cow().map(|text| text.into_owned()).map_err(|_| no_surrogates(field))
}

/// A text, if there is one.
pub(crate) fn optional_text(field: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<String>> {
    value.map(|value| text(field, value)).transpose()
}

/// `True` or `False`, nothing else.
pub(crate) fn flag(field: &str, value: Option<&Bound<'_, PyAny>>, default: bool) -> PyResult<bool> {
    let Some(value) = value else { return Ok(default) };
    value.cast::<PyBool>().map(|b| b.is_true()).map_err(|_| wrong_type(field, "bool", value))
}

/// A whole number from 0 to 2^64-1.
pub(crate) fn whole(field: &str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    if value.cast::<PyInt>().is_err() || value.cast::<PyBool>().is_ok() {
        return Err(wrong_type(field, "int", value));
    }
    value.extract().map_err(|_| invalid(field, "expected a whole number from 0 to 2^64-1"))
}

/// A finite number.
pub(crate) fn number(field: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.cast::<PyBool>().is_ok() {
        return Err(wrong_type(field, "a number", value));
    }
    let number: f64 = value.extract().map_err(|_| wrong_type(field, "a number", value))?;
    if number.is_finite() { Ok(number) } else { Err(invalid(field, "expected a finite number")) }
}

/// A time: an aware `datetime`, an RFC 3339 text, or whole milliseconds since 1970 UTC.
pub(crate) fn time(field: &str, value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    const EXPECTED: &str = "an aware datetime, an RFC 3339 str or int milliseconds";
    if let Some(time) = datetime(field, value)? {
        return Ok(time);
    }
    if value.cast::<PyString>().is_ok() {
        return Timestamp::parse_rfc3339(&text(field, value)?).map_err(core);
    }
    if value.cast::<PyInt>().is_err() || value.cast::<PyBool>().is_ok() {
        return Err(wrong_type(field, EXPECTED, value));
    }
    let ms: i64 = value.extract().map_err(|_| out_of_range(field))?;
    let time = Timestamp::from_millis(ms);
    if time.millis() == ms { Ok(time) } else { Err(out_of_range(field)) }
}

fn out_of_range(field: &str) -> PyErr {
    raise("invalid_time", &format!("{field}: not a time from year 0 to 9999"))
}

/// The time of a `datetime`; `None` if the value is none.
pub(crate) fn datetime(field: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<Timestamp>> {
    static CLASS: PyOnceLock<(Py<PyAny>, Py<PyAny>)> = PyOnceLock::new();
    let py = value.py();
    let (class, epoch) = CLASS.get_or_try_init(py, || {
        let module = py.import("datetime")?;
        let (class, zone) = (module.getattr("datetime")?, module.getattr("timezone")?.getattr("utc")?);
        let epoch = class.call1((1970, 1, 1, 0, 0, 0, 0, zone))?;
        PyResult::Ok((class.unbind(), epoch.unbind()))
    })?;
    if !value.is_instance(class.bind(py))? {
        return Ok(None);
    }
    let naive = || raise("invalid_time", &format!("{field}: the datetime has no time zone"));
    let since = value.sub(epoch.bind(py)).map_err(|_| naive())?;
    let part = |name: &str| -> PyResult<i64> { since.getattr(name)?.extract() };
    let (days, seconds, micros) = (part("days")?, part("seconds")?, part("microseconds")?);
    Ok(Some(Timestamp::from_millis(days * 86_400_000 + seconds * 1000 + micros / 1000)))
}
