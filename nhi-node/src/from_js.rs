//! Plain JavaScript data to the records of the core: objects without a class, arrays, texts, numbers, booleans, null,
//! and dates as RFC 3339 texts.

use nhi_core::{limits, plain};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use serde_path_to_error::{Path, Segment};

use crate::args::{date, fields, text};
use crate::error::{Fail, invalid, wrong_type};
use crate::js::{Js, Kind};

/// Most values in one record: a list that holds itself twice would otherwise never end.
const MOST_VALUES: usize = 1 << 22;

/// Largest whole number that a `number` holds without a gap.
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// A record of the core. `what` names it in errors, which tell the place and what was expected, never the content.
pub(crate) fn record<T: DeserializeOwned>(what: &str, value: Js) -> Result<T, Fail> {
    read(what, &json(what, value)?)
}

/// A record, if there is one.
pub(crate) fn optional<T: DeserializeOwned>(what: &str, value: Js) -> Result<Option<T>, Fail> {
    value.given().map(|value| record(what, value)).transpose()
}

/// A record, if there is one; else its default.
pub(crate) fn or_default<T: DeserializeOwned + Default>(what: &str, value: Js) -> Result<T, Fail> {
    optional(what, value).map(Option::unwrap_or_default)
}

/// Each member of an array.
pub(crate) fn list<T>(
    field: &str,
    value: Js,
    mut read: impl FnMut(&str, Js) -> Result<T, Fail>,
) -> Result<Vec<T>, Fail> {
    if !value.is_array() {
        return Err(wrong_type(field, "an array", value));
    }
    let mut out = Vec::new();
    for index in 0..value.length().unwrap_or(0) {
        let item = value.scope(|| {
            let name = format!("{field}[{index}]");
            read(&name, value.at(index).ok_or_else(|| invalid(&name, "it cannot be read"))?)
        });
        out.push(item?);
    }
    Ok(out)
}

/// A record from its JSON value.
fn read<T: DeserializeOwned>(what: &str, value: &Value) -> Result<T, Fail> {
    T::deserialize(value).map_err(|_| {
        // Once more, with the place: only a failure pays for it.
        let place = serde_path_to_error::deserialize::<_, T>(value);
        let (path, why) = match place {
            Ok(_) => (String::new(), String::from("not of the expected form")),
            Err(error) => (place_of(error.path()), plain::json_error(&error.into_inner())),
        };
        Fail::new("invalid_json", format!("{what}{path}: {why}"))
    })
}

/// A place such as `.reasons[2].text`. Names that do not read like names are content, and are left out.
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
pub(crate) fn json(what: &str, value: Js) -> Result<Value, Fail> {
    Walk { what, left: MOST_VALUES }.value(value, 0)
}

struct Walk<'a> {
    what: &'a str,
    left: usize,
}

impl Walk<'_> {
    fn value(&mut self, value: Js, depth: usize) -> Result<Value, Fail> {
        self.left = self.left.checked_sub(1).ok_or_else(|| self.too_large("too many values"))?;
        if depth > limits::JSON_DEPTH {
            return Err(self.too_large("nested too deeply, or holds itself"));
        }
        match value.kind() {
            Kind::Null => Ok(Value::Null),
            Kind::Text => text(self.what, value).map(Value::String),
            Kind::Number => self.number(value.number().unwrap_or(f64::NAN)),
            Kind::Boolean => Ok(Value::Bool(value.boolean().unwrap_or_default())),
            Kind::BigInt => {
                let big = value.bigint();
                let signed = big.and_then(|big| i64::try_from(big).ok()).map(Number::from);
                let number = signed.or_else(|| big.and_then(|big| u64::try_from(big).ok()).map(Number::from));
                number.map(Value::Number).ok_or_else(|| invalid(self.what, "a number beyond 64 bits"))
            }
            Kind::Object if value.is_array() => {
                let mut out = Vec::new();
                for index in 0..value.length().unwrap_or(0) {
                    out.push(value.scope(|| {
                        let item = value.at(index).ok_or_else(|| self.unreadable())?;
                        self.value(item, depth + 1)
                    })?);
                }
                Ok(Value::Array(out))
            }
            Kind::Object if value.is_plain_object() => value.scope(|| {
                let mut out = Map::new();
                for (name, member) in fields(self.what, value)? {
                    out.insert(name, self.value(member, depth + 1)?);
                }
                Ok(Value::Object(out))
            }),
            _ => match date(self.what, value)? {
                Some(time) => Ok(Value::String(time.to_string())),
                None => Err(wrong_type(
                    self.what,
                    "plain data (object, array, string, number, boolean, null, Date)",
                    value,
                )),
            },
        }
    }

    /// Whole numbers stay whole; beyond 2^53 a `number` is one of many, and no whole number.
    fn number(&self, number: f64) -> Result<Value, Fail> {
        if number.fract() == 0.0 && number.abs() <= LARGEST {
            return Ok(Value::from(number as i64));
        }
        Number::from_f64(number)
            .map(Value::Number)
            .ok_or_else(|| invalid(self.what, "a number that is not finite"))
    }

    fn unreadable(&self) -> Fail {
        invalid(self.what, "a member cannot be read")
    }

    fn too_large(&self, why: &str) -> Fail {
        Fail::new("input_too_large", format!("{}: {why}", self.what))
    }
}
