//! Where adapters put what they read and what they could not, with the place filled in.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde_json::{Map, Value};
use zeroize::Zeroize;

use super::{Adapter, Input, Parsed, json};
use crate::{
    Error, limits,
    model::{Activity, Fact, Item, Observation, Place, Problem, Provenance, Record},
    time::{
        Timestamp,
        foreign::{self, Dialect},
    },
};

/// Collects the items and problems of one input.
pub(super) struct Sink<'a> {
    pub(super) input: Input<'a>,
    pub(super) taken_at: Option<Timestamp>,
    /// Set if the input says itself that it is not the whole list (one page of several).
    pub(super) partial: bool,
    /// The one issuer met; `Err` once there were two.
    issuer: Option<Result<String, ()>>,
    source: String,
    items: Vec<Item>,
    problems: Vec<Problem>,
    more_problems: u64,
    rows: u64,
    place: Place,
}

impl<'a> Sink<'a> {
    pub(super) fn new(input: Input<'a>, adapter: &str) -> Self {
        Sink {
            source: format!("{adapter}:{}", input.name),
            input,
            taken_at: None,
            partial: false,
            issuer: None,
            items: Vec::new(),
            problems: Vec::new(),
            more_problems: 0,
            rows: 0,
            place: Place::default(),
        }
    }

    pub(super) fn finish(mut self, adapter: &Adapter) -> Parsed {
        if self.more_problems > 0 {
            let text = format!("{} further problems are not listed", self.more_problems);
            self.problems.push(Problem {
                source: self.input.name.into(),
                place: Place::default(),
                code: "more_problems".into(),
                text,
                row_lost: false,
            });
        }
        Parsed {
            adapter: adapter.id,
            plane: adapter.plane,
            lists: adapter.lists && !self.partial,
            taken_at: self.taken_at,
            issuer: self.issuer.and_then(Result::ok),
            items: self.items,
            problems: self.problems,
            rows: self.rows,
        }
    }

    /// Starts a row at this place.
    pub(super) fn row(&mut self, row: Option<u64>, line: Option<u64>) -> Result<(), Error> {
        self.rows += 1;
        self.place = Place { row, line, field: None };
        if self.rows > limits::EXPORT_ROWS {
            return Err(Error::InputTooLarge {
                what: "rows of one export",
                found: self.rows,
                limit: limits::EXPORT_ROWS,
            });
        }
        Ok(())
    }

    /// Takes over what another sink collected.
    pub(super) fn absorb(&mut self, other: Sink) {
        self.items.extend(other.items);
        self.problems.extend(other.problems);
        self.more_problems += other.more_problems;
        self.rows += other.rows;
        self.partial |= other.partial;
        self.issuer = self.issuer.take().or(other.issuer);
    }

    /// Leaves the last row: what follows concerns the input as a whole.
    pub(super) fn no_row(&mut self) {
        self.place = Place::default();
    }

    /// Notes the issuer of a record.
    pub(super) fn issuer(&mut self, issuer: &str) {
        self.issuer = match self.issuer.take() {
            None => Some(Ok(issuer.into())),
            Some(Ok(known)) if known == issuer => Some(Ok(known)),
            Some(_) => Some(Err(())),
        };
    }

    pub(super) fn observe(&mut self, record: Record) {
        self.observe_at(record, self.taken_at.unwrap_or(self.input.read_at));
    }

    pub(super) fn observe_at(&mut self, record: Record, observed_at: Timestamp) {
        let place = match (&self.place.line, &self.place.row, &self.place.field) {
            (Some(line), ..) => Some(format!("line {line}")),
            (None, Some(row), Some(path)) => Some(format!("{path}[{row}]")),
            (None, Some(row), None) => Some(format!("[{row}]")),
            _ => None,
        };
        let provenance = Provenance { source: self.source.clone(), observed_at, place };
        self.items.push(Item::Observation(Box::new(Observation { record, provenance })));
    }

    pub(super) fn activity(&mut self, activity: Activity) {
        self.items.push(Item::Activity(Box::new(activity)));
    }

    /// Line of the row, if it has one.
    pub(super) fn line(&self) -> Option<u64> {
        self.place.line
    }

    /// Takes back what was given so far, for an adapter that settles the order itself.
    pub(super) fn take_items(&mut self) -> Vec<Item> {
        core::mem::take(&mut self.items)
    }

    pub(super) fn item(&mut self, item: Item) {
        self.items.push(item);
    }

    /// Reports that a field could not be read; the rest of the row was.
    pub(super) fn bad_field(&mut self, field: &str, code: &str, expected: &str) {
        self.problem(Some(field), code, &format!("{field}: {expected}"), false);
    }

    /// Reports that the whole row was left out.
    pub(super) fn lost(&mut self, field: Option<&str>, code: &str, expected: &str) {
        let text = field.map_or_else(|| expected.to_string(), |field| format!("{field}: {expected}"));
        self.problem(field, code, &text, true);
    }

    fn problem(&mut self, field: Option<&str>, code: &str, text: &str, row_lost: bool) {
        if self.problems.len() >= limits::PROBLEMS {
            self.more_problems += 1;
            return;
        }
        let place = Place { field: field.map(Into::into).or(self.place.field.clone()), ..self.place.clone() };
        let (source, code, text) = (self.input.name.into(), code.into(), text.into());
        self.problems.push(Problem { source, place, code, text, row_lost });
    }

    /// A text member: `None` if it is missing or null, or is no text (a problem).
    pub(super) fn text(&mut self, map: &Map<String, Value>, key: &str) -> Option<String> {
        match map.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.len() <= limits::FIELD_BYTES => Some(text.clone()),
            Some(Value::String(_)) => {
                self.bad_field(key, "field_too_long", "longer than the limit of one field");
                None
            }
            Some(_) => {
                self.bad_field(key, "bad_field", "expected a text");
                None
            }
        }
    }

    /// A text member without which the row says nothing.
    pub(super) fn need(&mut self, map: &Map<String, Value>, key: &str) -> Option<String> {
        let bad = match map.get(key) {
            None | Some(Value::Null) => Some(("missing_field", "expected a text, found nothing")),
            Some(Value::String(text)) if text.is_empty() => {
                Some(("missing_field", "expected a text, found an empty one"))
            }
            Some(Value::String(text)) if text.len() > limits::FIELD_BYTES => {
                Some(("field_too_long", "longer than the limit of one field"))
            }
            Some(Value::String(_)) => None,
            Some(_) => Some(("bad_field", "expected a text")),
        };
        match (bad, map.get(key)) {
            (None, Some(Value::String(text))) => Some(text.clone()),
            (Some((code, expected)), _) => {
                self.lost(Some(key), code, expected);
                None
            }
            _ => None,
        }
    }

    /// A member that is an object; a missing one is `None`, anything else is a problem.
    pub(super) fn member<'m>(
        &mut self,
        map: &'m Map<String, Value>,
        key: &str,
    ) -> Option<&'m Map<String, Value>> {
        match map.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::Object(member)) => Some(member),
            Some(_) => {
                self.bad_field(key, "bad_field", "expected an object");
                None
            }
        }
    }

    /// An array member; a missing one is empty, anything else is a problem.
    pub(super) fn array<'m>(&mut self, map: &'m Map<String, Value>, key: &str) -> &'m [Value] {
        match map.get(key) {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) => &[],
            Some(_) => {
                self.bad_field(key, "bad_field", "expected an array");
                &[]
            }
        }
    }

    /// A time member under a dialect; an unreadable one is unknown, and a problem.
    pub(super) fn time(&mut self, map: &Map<String, Value>, key: &str, dialect: &Dialect) -> Fact<Timestamp> {
        let read = map
            .get(key)
            .map_or_else(|| Ok(foreign::null(dialect)), |value| foreign::parse_value(value, dialect));
        self.timed(key, read)
    }

    /// A time in a cell under a dialect; an unreadable one is unknown, and a problem.
    pub(super) fn cell_time(&mut self, key: &str, text: &str, dialect: &Dialect) -> Fact<Timestamp> {
        self.timed(key, foreign::parse(text, dialect))
    }

    fn timed(&mut self, key: &str, read: Result<Fact<Timestamp>, Error>) -> Fact<Timestamp> {
        read.unwrap_or_else(|error| {
            let why = match error {
                Error::InvalidTime { why } => why,
                _ => "expected a time",
            };
            self.bad_field(key, "bad_time", why);
            Fact::unknown("unreadable in the export")
        })
    }

    /// Goes through the elements of an array in the input and hands the objects to `each`; broken ones and a cut
    /// are problems. `path` names the array in them.
    pub(super) fn elements(
        &mut self,
        path: &str,
        at: usize,
        mut each: impl FnMut(&mut Self, Map<String, Value>),
    ) -> Result<(), Error> {
        let bytes = self.input.bytes;
        let mut elements = json::Elements::new(bytes, at);
        let mut cut = false;
        for (row, span) in elements.by_ref().enumerate() {
            self.row(Some(row as u64), None)?;
            self.place.field = Some(path.into());
            match json::object(bytes, &span) {
                Ok(map) => each(self, map),
                Err((code, expected)) => {
                    cut |= code == "truncated";
                    self.lost(None, code, expected);
                }
            }
        }
        if !elements.closed && !cut {
            self.no_row();
            let text = "the array does not end; what follows its last whole element was not read";
            self.bad_field(path, "truncated", text);
        }
        Ok(())
    }

    /// Goes through the values of a text with one object a line (or one after the other).
    pub(super) fn lines(&mut self, mut each: impl FnMut(&mut Self, Map<String, Value>)) -> Result<(), Error> {
        let bytes = self.input.bytes;
        let mut lines = json::Lines::new();
        for (row, span) in json::values(bytes).into_iter().enumerate() {
            let line = lines.line(bytes, span.range.start);
            self.row(Some(row as u64), Some(line))?;
            match json::object(bytes, &span) {
                Ok(map) => each(self, map),
                Err((code, expected)) => self.lost(None, code, expected),
            }
        }
        Ok(())
    }
}

/// Wipes every text in a value that may have held a secret.
pub(super) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        _ => {}
    }
}

/// Whether a value of the source is kept in `extra`: short, and nothing that may be a secret.
pub(super) fn is_extra(key: &str, value: &str) -> bool {
    value.len() <= limits::EXTRA_BYTES && !is_secret_like(key, value)
}

/// Whether a label may hold a secret: by its name, or because its value is one long word of mixed characters.
pub(super) fn is_secret_like(key: &str, value: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let named = ["secret", "passw", "token", "credential", "private", "apikey", "api_key", "api-key"];
    let mixed = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let upper = word.bytes().filter(u8::is_ascii_uppercase).count();
        let lower = word.bytes().filter(u8::is_ascii_lowercase).count();
        word.len() >= 16 && (digits > 0 && upper + lower > 0 || upper > 2 && lower > 2)
    };
    named.iter().any(|name| key.contains(name))
        || value.split(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '/' && c != '=').any(mixed)
}
