//! What the first bytes of an input show of its shape, for the adapters to recognise.

use alloc::{string::String, vec::Vec};

use super::{csv, json};
use crate::limits;

/// The shape of an input, from its first [`limits::DETECT_BYTES`].
pub(super) struct Probe<'a> {
    /// The input's name, lower case: a hint only.
    pub(super) name: String,
    /// The outermost form.
    pub(super) shape: Shape,
    /// Member names of the outermost object, or of the first element of the outermost array or line.
    pub(super) keys: Vec<String>,
    /// Cells of the first line, if it is no JSON.
    pub(super) columns: Vec<String>,
    bytes: &'a [u8],
    members: Vec<json::Member>,
}

/// The outermost form of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A JSON array.
    Array,
    /// One or more JSON objects.
    Object,
    /// Anything else: maybe CSV.
    Text,
}

impl<'a> Probe<'a> {
    pub(super) fn new(name: &str, bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let bytes = bytes.get(..limits::DETECT_BYTES).unwrap_or(bytes);
        let at = json::skip_space(bytes, 0);
        let (shape, members) = match bytes.get(at) {
            Some(b'{') => (Shape::Object, json::members(bytes, at).0),
            Some(b'[') => {
                let first = json::Elements::new(bytes, at).next();
                (Shape::Array, first.map(|span| json::members(bytes, span.range.start).0).unwrap_or_default())
            }
            _ => (Shape::Text, Vec::new()),
        };
        let keys = members.iter().map(|member| member.key.clone()).collect();
        let columns = match shape {
            Shape::Text => csv::header(bytes),
            _ => Vec::new(),
        };
        Probe { name: name.to_ascii_lowercase(), shape, keys, columns, bytes, members }
    }

    /// Whether all of these are member names or columns.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.keys.iter().chain(&self.columns).any(|key| key == name))
    }

    /// First byte of the value of a member: `{`, `[`, `"`, a digit…
    pub(super) fn opens_with(&self, key: &str) -> Option<u8> {
        let member = self.members.iter().find(|member| member.key == key)?;
        self.bytes.get(member.span.range.start).copied()
    }

    /// The value of a member that is a text without escapes.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        let member = self.members.iter().find(|member| member.key == key)?;
        let text = core::str::from_utf8(self.bytes.get(member.span.range.clone())?).ok()?;
        text.strip_prefix('"')?.strip_suffix('"')
    }

    /// Member names of the object in a member.
    pub(super) fn member_keys(&self, key: &str) -> Vec<String> {
        let member = self.members.iter().find(|member| member.key == key);
        let found = member.map(|m| json::members(self.bytes, m.span.range.start).0);
        found.unwrap_or_default().into_iter().map(|m| m.key).collect()
    }

    /// Member names of the first element of the array in a member.
    pub(super) fn element_keys(&self, key: &str) -> Vec<String> {
        let member = self.members.iter().find(|member| member.key == key);
        let first = member.and_then(|m| json::Elements::new(self.bytes, m.span.range.start).next());
        first
            .map(|span| json::members(self.bytes, span.range.start).0.into_iter().map(|m| m.key).collect())
            .unwrap_or_default()
    }
}
