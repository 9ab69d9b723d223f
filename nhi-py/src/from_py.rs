//! Plain Python data to the records of the core: dict, list, tuple, str, int, float, bool, None, and aware
//! datetimes as RFC 3339 texts.

use nhi_core::{limits, plain};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use serde_path_to_error::{Path, Segment};

use crate::args::{datetime, no_surrogates};
use crate::error::{invalid, raise, wrong_type};

/// Most values in one record: a list that holds itself twice would otherwise never end.
const MOST_VALUES: usize = 1 << 18;

/// A record of the core. `what` names it in errors, which tell the place and what was expected, never the content.
pub(crate) fn record<T: DeserializeOwned>(what: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    read(what, json(what, value)?)
}

/// A record, if there is one; else its default.
pub(crate) fn or_default<T: DeserializeOwned + Default>(
    what: &str,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<T> {
    value.map_or_else(|| Ok(T::default()), |value| record(what, value))
}

/// Records of a list or tuple. Together they hold no more text than one record may.
pub(crate) fn records<T: DeserializeOwned>(field: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<T>> {
    let mut text = limits::JSON_BYTES;
    list(field, value, |field, one| {
        let mut walk = Walk { what: field, values: MOST_VALUES, text };
        let json = walk.value(one, 0)?;
        text = walk.text;
        read(field, json)
    })
}

/// Each member of a list or tuple.
pub(crate) fn list<'py, T>(
    field: &str,
    value: &Bound<'py, PyAny>,
    mut read: impl FnMut(&str, &Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    let mut out = Vec::new();
    if let Ok(list) = value.cast::<PyList>() {
        for (at, item) in list.iter().enumerate() {
            out.push(read(&format!("{field}[{at}]"), &item)?);
        }
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        for (at, item) in tuple.iter().enumerate() {
            out.push(read(&format!("{field}[{at}]"), &item)?);
        }
    } else {
        return Err(wrong_type(field, "a list", value));
    }
    Ok(out)
}

/// A record from its JSON value.
fn read<T: DeserializeOwned>(what: &str, value: Value) -> PyResult<T> {
    T::deserialize(&value).map_err(|_| {
        // Once more, with the place: only a failure pays for it.
        let place = serde_path_to_error::deserialize::<_, T>(&value);
        let (path, why) = match place {
            Ok(_) => (String::new(), String::from("not of the expected form")),
            Err(error) => (place_of(error.path()), plain::json_error(&error.into_inner())),
        };
        raise("invalid_json", &format!("{what}{path}: {why}"))
    })
}

/// A place such as `.reasons[2].text`.
fn place_of(path: &Path) -> String {
    let mut out = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => out.push_str(&format!("[{index}]")),
            Segment::Map { key } => out.push_str(&format!(".{}", plain::name(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    out
}

/// The JSON value of plain data.
pub(crate) fn json(what: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    Walk { what, values: MOST_VALUES, text: limits::JSON_BYTES }.value(value, 0)
}

/// A walk through plain data. The same object may stand in many places: what counts is the copy.
struct Walk<'a> {
    what: &'a str,
    /// Values that may follow.
    values: usize,
    /// Bytes of text that may follow.
    text: usize,
}

impl Walk<'_> {
    fn value(&mut self, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
        self.values = self.values.checked_sub(1).ok_or_else(|| self.too_large("too many values"))?;
        if depth > limits::JSON_DEPTH {
            return Err(self.too_large("nested too deeply, or holds itself"));
        }
        if value.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(text) = value.cast::<PyString>() {
            return self.text(text).map(Value::String);
        }
        if let Ok(map) = value.cast::<PyDict>() {
            // Members first: a time zone that is asked for its offset could change the dict.
            let members: Vec<_> = map.iter().collect();
            let mut out = Map::new();
            for (key, member) in members {
                let name = key.cast::<PyString>();
                let name = name.map_err(|_| wrong_type(self.what, "a dict with str keys", &key))?;
                out.insert(self.text(name)?, self.value(&member, depth + 1)?);
            }
            return Ok(Value::Object(out));
        }
        if let Ok(list) = value.cast::<PyList>() {
            return list.iter().map(|item| self.value(&item, depth + 1)).collect();
        }
        if let Ok(tuple) = value.cast::<PyTuple>() {
            return tuple.iter().map(|item| self.value(&item, depth + 1)).collect();
        }
        if let Ok(flag) = value.cast::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if value.cast::<PyInt>().is_ok() {
            let signed = value.extract::<i64>().map(Number::from);
            let number = signed.or_else(|_| value.extract::<u64>().map(Number::from));
            return number.map(Value::Number).map_err(|_| invalid(self.what, "a number beyond 64 bits"));
        }
        if let Ok(number) = value.cast::<PyFloat>() {
            let number = Number::from_f64(number.value());
            return number
                .map(Value::Number)
                .ok_or_else(|| invalid(self.what, "a number that is not finite"));
        }
        if let Some(time) = datetime(self.what, value)? {
            return Ok(Value::String(time.to_string()));
        }
        Err(wrong_type(self.what, "plain data (dict, list, str, int, float, bool, None)", value))
    }

    fn text(&mut self, value: &Bound<'_, PyString>) -> PyResult<String> {
        let text = value.to_cow().map_err(|_| no_surrogates(self.what))?;
        self.text = self.text.checked_sub(text.len()).ok_or_else(|| self.too_large("too much text"))?;
        Ok(text.into_owned())
    }

    fn too_large(&self, why: &str) -> PyErr {
        raise("input_too_large", &format!("{}: {why}", self.what))
    }
}
