//! Arguments: bytes, texts, times, numbers and options as JavaScript has them.

use std::borrow::Cow;

use nhi_core::time::Timestamp;
use zeroize::Zeroizing;

use crate::error::{Fail, invalid, wrong_type};
use crate::js::{Js, Kind};

/// Largest whole number that a `number` holds without a gap.
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// What is scanned or read: bytes, and whether they were a text.
pub(crate) struct Data<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    /// Whether positions count UTF-16 code units.
    pub(crate) is_text: bool,
}

impl<'a> Data<'a> {
    /// From a `Uint8Array`, not copied, or a `string`. To be made last: no JavaScript may run while it lives, a
    /// getter could take the bytes away.
    pub(crate) fn of(field: &str, value: &'a Js) -> Result<Self, Fail> {
        match value.bytes() {
            Ok(Some(bytes)) => Ok(Data { bytes: Cow::Borrowed(bytes), is_text: false }),
            Err(why) => Err(invalid(field, why)),
            Ok(None) if value.kind() == Kind::Text => {
                Ok(Data { bytes: Cow::Owned(text(field, *value)?.into_bytes()), is_text: true })
            }
            Ok(None) => Err(wrong_type(field, "string or Uint8Array", *value)),
        }
    }

    /// A copy that another thread may read, wiped in the end.
    pub(crate) fn copied(field: &str, value: &'a Js) -> Result<Copied, Fail> {
        let data = Data::of(field, value)?;
        Ok(Copied { bytes: Zeroizing::new(data.bytes.into_owned()), is_text: data.is_text })
    }
}

/// Data of our own.
pub(crate) struct Copied {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) is_text: bool,
}

/// A text.
pub(crate) fn text(field: &str, value: Js) -> Result<String, Fail> {
    if value.kind() != Kind::Text {
        return Err(wrong_type(field, "string", value));
    }
    let units = value.utf16().ok_or_else(|| invalid(field, "the text cannot be read"))?;
    // Nearly all texts are ASCII: two plain loops that the compiler makes vectors of.
    if units.iter().fold(0, |all, unit| all | unit) < 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "below 0x80")]
        let bytes = units.iter().map(|unit| *unit as u8).collect();
        return String::from_utf8(bytes).map_err(|_| no_surrogates(field));
    }
    String::from_utf16(&units).map_err(|_| no_surrogates(field))
}

fn no_surrogates(field: &str) -> Fail {
    invalid(field, "the text holds a lone surrogate, which no bytes stand for")
}

/// A text, if there is one.
pub(crate) fn optional_text(field: &str, value: Js) -> Result<Option<String>, Fail> {
    value.given().map(|value| text(field, value)).transpose()
}

/// `true` or `false`, nothing else.
pub(crate) fn flag(field: &str, value: Js) -> Result<bool, Fail> {
    value.boolean().ok_or_else(|| wrong_type(field, "boolean", value))
}

/// `true` or `false`, if it is given.
pub(crate) fn optional_flag(field: &str, value: Js, default: bool) -> Result<bool, Fail> {
    value.given().map_or(Ok(default), |value| flag(field, value))
}

/// A whole number from 0 to 2^64-1: as `number` up to 2^53-1, as `bigint` beyond.
pub(crate) fn whole(field: &str, value: Js) -> Result<u64, Fail> {
    const EXPECTED: &str = "expected a whole number from 0 to 2^53-1, or a bigint to 2^64-1";
    match value.kind() {
        Kind::Number => {
            let number = value.number().unwrap_or(f64::NAN);
            let is_whole = (0.0..=LARGEST).contains(&number) && number.fract() == 0.0;
            is_whole.then_some(number as u64).ok_or_else(|| invalid(field, EXPECTED))
        }
        Kind::BigInt => {
            value.bigint().and_then(|big| u64::try_from(big).ok()).ok_or_else(|| invalid(field, EXPECTED))
        }
        _ => Err(wrong_type(field, "number or bigint", value)),
    }
}

/// A finite number.
pub(crate) fn number(field: &str, value: Js) -> Result<f64, Fail> {
    let number = value.number().ok_or_else(|| wrong_type(field, "number", value))?;
    if number.is_finite() { Ok(number) } else { Err(invalid(field, "expected a finite number")) }
}

/// A time: a `Date`, an RFC 3339 text, or whole milliseconds since 1970 UTC.
pub(crate) fn time(field: &str, value: Js) -> Result<Timestamp, Fail> {
    match value.kind() {
        Kind::Text => Ok(Timestamp::parse_rfc3339(&text(field, value)?)?),
        Kind::Number => at(field, value.number().unwrap_or(f64::NAN)),
        _ => match value.date() {
            Some(ms) => at(field, ms),
            None => Err(wrong_type(field, "Date, RFC 3339 string or number of milliseconds", value)),
        },
    }
}

/// The time of a `Date`; `None` if the value is none.
pub(crate) fn date(field: &str, value: Js) -> Result<Option<Timestamp>, Fail> {
    value.date().map(|ms| at(field, ms)).transpose()
}

fn at(field: &str, ms: f64) -> Result<Timestamp, Fail> {
    let out_of_range = || Fail::new("invalid_time", format!("{field}: not a time from year 0 to 9999"));
    if !ms.is_finite() || ms.abs() > LARGEST {
        return Err(out_of_range());
    }
    if ms.fract() != 0.0 {
        return Err(Fail::new("invalid_time", format!("{field}: expected whole milliseconds")));
    }
    let time = Timestamp::from_millis(ms as i64);
    if time.millis() == ms as i64 { Ok(time) } else { Err(out_of_range()) }
}

/// The members of an options object, in the order of `known`; any other name is refused. `name` of the argument.
pub(crate) fn options<const N: usize>(
    name: &str,
    value: Js,
    known: [&str; N],
) -> Result<Option<[Js; N]>, Fail> {
    let Some(value) = value.given() else { return Ok(None) };
    if !value.is_plain_object() {
        return Err(wrong_type(name, "an object", value));
    }
    let mut found = [value; N];
    let mut seen = [false; N];
    for (field, member) in fields(name, value)? {
        let Some(index) = known.iter().position(|one| *one == field) else {
            return Err(invalid(name, &format!("unknown field, expected one of {}", known.join(", "))));
        };
        if let (Some(found), Some(seen)) = (found.get_mut(index), seen.get_mut(index)) {
            (*found, *seen) = (member, true);
        }
    }
    if seen.contains(&false) {
        let none = crate::js::Make::of(value.env()).null()?;
        for (found, seen) in found.iter_mut().zip(seen) {
            if !seen {
                *found = none;
            }
        }
    }
    Ok(Some(found))
}

/// The members of an object, with their names; those that are `undefined` are left out.
pub(crate) fn fields(what: &str, object: Js) -> Result<Vec<(String, Js)>, Fail> {
    let unreadable = || invalid(what, "a member cannot be read");
    let names = object.names().ok_or_else(unreadable)?;
    let mut out = Vec::new();
    for index in 0..names.length().ok_or_else(unreadable)? {
        let name = names.at(index).ok_or_else(unreadable)?;
        let member = object.get(name).ok_or_else(unreadable)?;
        if member.kind() != Kind::Undefined {
            out.push((text(what, name)?, member));
        }
    }
    Ok(out)
}
