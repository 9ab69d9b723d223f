/*!
The evidence: one line an event, each holding the hash of the line before.

A line is the RFC 8785 form of `{v, seq, at, cmd_id, actor, credential, event, prev_hash, hash}` and a line feed;
`hash` is the lower-case hex SHA-256 of the same form without `hash`, `prev_hash` that of the line before (64 zeros
for the first). Any language checks it with its standard library: see [`verify`](super::verify()).
*/

use alloc::{borrow::ToOwned, collections::BTreeMap, format, string::String, string::ToString, vec::Vec};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Event, Stamped, State, evolve, verify};
use crate::{Error, canonical, limits, time::Timestamp};

/// Format of a line.
pub(super) const VERSION: i64 = 1;
/// What the first line has as the hash before it.
pub(super) const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A place in a chain: what a host signs or anchors outside, so that a cut tail shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Number of the entry.
    pub seq: u64,
    /// Its hash, 64 lower-case hex digits.
    pub hash: String,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Checkpoint { seq: 0, hash: ZEROS.into() }
    }
}

/// One line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The event, when, by whom and about which credential.
    pub stamped: Stamped,
    /// Hash of the line before.
    pub prev_hash: String,
    /// Hash of this one.
    pub hash: String,
    /// The line, with its line feed.
    pub line: String,
}

/// A chain of entries: its head, and the lines since the host last took them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    head: Checkpoint,
    text: String,
}

impl Ledger {
    /// A chain without entries.
    pub fn new() -> Self {
        Ledger::default()
    }

    /// A chain that goes on after `head`, for a host that has the lines before elsewhere and has verified them.
    pub fn after(head: Checkpoint) -> Self {
        Ledger { head, text: String::new() }
    }

    /// The last entry's number and hash: what to sign or anchor outside.
    pub fn head(&self) -> &Checkpoint {
        &self.head
    }

    /// The lines since the last [`take`](Self::take), or all.
    pub fn to_jsonl(&self) -> &str {
        &self.text
    }

    /// Gives the lines to the host, which stores them, and keeps the head only.
    pub fn take(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// Adds an entry. `stamped.seq` is set to the next number.
    ///
    /// # Errors
    /// `not_canonical` if the event holds a number beyond ±(2^53-1); nothing was added.
    pub fn append(&mut self, mut stamped: Stamped) -> Result<Entry, Error> {
        stamped.seq = self.head.seq.saturating_add(1);
        let (before, after) = body(&stamped, &self.head.hash)?;
        let hash = sha256([before.as_bytes(), after.as_bytes()]);
        let line = [&before, ",\"hash\":\"", &hash, "\"", &after, "\n"].concat();
        self.text.push_str(&line);
        let prev_hash = core::mem::replace(&mut self.head.hash, hash.clone());
        self.head.seq = stamped.seq;
        Ok(Entry { stamped, prev_hash, hash, line })
    }

    /// Takes over a chain that goes on after this one's head.
    pub(super) fn join(&mut self, next: Ledger) {
        self.text.push_str(&next.text);
        self.head = next.head;
    }

    /// Adds a decision about one call. It changes no state.
    ///
    /// # Errors
    /// As [`append`](Self::append); `invalid_argument` if the event is not a `Decided`.
    pub fn record(
        &mut self,
        credential: &str,
        cmd_id: &str,
        actor: &str,
        at: Timestamp,
        decided: Event,
    ) -> Result<Entry, Error> {
        if !matches!(decided, Event::Decided { .. }) {
            let why = "expected a Decided event: others come from commands".to_owned();
            return Err(Error::InvalidArgument { field: "decided".into(), why });
        }
        self.append(Stamped {
            seq: 0,
            at,
            cmd_id: cmd_id.into(),
            actor: actor.into(),
            credential: credential.into(),
            event: decided,
        })
    }
}

/// The RFC 8785 form without `hash`, in two parts: `hash` goes between them.
fn body(stamped: &Stamped, prev_hash: &str) -> Result<(String, String), Error> {
    if stamped.seq > limits::JSON_INTEGER as u64 {
        return Err(Error::NotCanonical { why: "the sequence number" });
    }
    let event = serde_json::to_value(&stamped.event)
        .map_err(|_| Error::NotCanonical { why: "an event that has no JSON form" })?;
    let text = |text: &str| canonical::to_string(&Value::String(text.into()));
    let before = format!(
        "{{\"actor\":{},\"at\":\"{}\",\"cmd_id\":{},\"credential\":{},\"event\":{}",
        text(&stamped.actor)?,
        stamped.at,
        text(&stamped.cmd_id)?,
        text(&stamped.credential)?,
        canonical::to_string(&event)?
    );
    let after = format!(",\"prev_hash\":\"{prev_hash}\",\"seq\":{},\"v\":{VERSION}}}", stamped.seq);
    Ok((before, after))
}

/// Lower-case hex SHA-256 of the parts, one after the other.
pub(super) fn sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            out.push(HEX.get(usize::from(nibble)).map_or('0', |b| char::from(*b)));
        }
    }
    out
}

/// One line read as an event. Call [`verify`](super::verify()) first: this does not look at hashes.
///
/// # Errors
/// `unreadable` names the line.
pub(super) fn read_line(number: u64, line: &str) -> Result<Stamped, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        v: i64,
        seq: u64,
        at: Timestamp,
        cmd_id: String,
        actor: String,
        credential: String,
        event: Event,
        #[serde(rename = "prev_hash")]
        _prev_hash: String,
        #[serde(rename = "hash")]
        _hash: String,
    }
    let bad = |why: String| Error::Unreadable { what: "ledger", why };
    let line: Line = serde_json::from_str(line)
        .map_err(|e| bad(format!("line {number}: {}", crate::plain::json_error(&e))))?;
    if line.v != VERSION {
        return Err(bad(format!("line {number}: format {}, this build reads {VERSION}", line.v)));
    }
    Ok(Stamped {
        seq: line.seq,
        at: line.at,
        cmd_id: line.cmd_id,
        actor: line.actor,
        credential: line.credential,
        event: line.event,
    })
}

/// The events of a ledger, after verifying it.
///
/// # Errors
/// `unreadable` names the first fault; nothing is given of a ledger that has one.
pub fn read(bytes: &[u8]) -> Result<Vec<Stamped>, Error> {
    let verification = verify(bytes, None);
    if let Some(fault) = verification.fault {
        return Err(Error::Unreadable { what: "ledger", why: fault.to_string() });
    }
    let text = core::str::from_utf8(bytes)
        .map_err(|_| Error::Unreadable { what: "ledger", why: "not UTF-8".into() })?;
    text.lines().zip(1..).map(|(line, number)| read_line(number, line)).collect()
}

/// The states that a ledger tells, byte for byte those of the engine that wrote it.
///
/// # Errors
/// As [`read`].
/// # Cost
/// Linear in the ledger; memory is that of the states and the events.
pub fn replay(bytes: &[u8]) -> Result<BTreeMap<String, State>, Error> {
    as_of(bytes, Timestamp::MAX)
}

/// The states as the machine knew them at the end of the moment `at`: what was written later is left out, also if it
/// tells of earlier times.
///
/// # Errors
/// As [`read`]: the whole ledger is verified.
/// # Cost
/// As [`replay`].
pub fn as_of(bytes: &[u8], at: Timestamp) -> Result<BTreeMap<String, State>, Error> {
    let mut states: BTreeMap<String, State> = BTreeMap::new();
    for stamped in read(bytes)? {
        if stamped.at > at || !State::concerns(&stamped.event) {
            continue;
        }
        let state =
            states.entry(stamped.credential.clone()).or_insert_with(|| State::new(&*stamped.credential));
        evolve(state, &stamped);
    }
    Ok(states)
}
