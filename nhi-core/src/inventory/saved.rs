//! The state of an inventory as bytes: what was observed. Everything else follows from it.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Held, Inventory, Usage, reconcile};
use crate::{Error, limits};

/// Format of the bytes.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Wire<S, U> {
    v: u32,
    snapshots: S,
    usage: U,
}

/// What every format begins with.
#[derive(Deserialize)]
struct Version {
    v: u32,
}

impl Inventory {
    /// The whole state as bytes (JSON): the same content gives the same bytes, in every language. Without secrets, but
    /// with all that the sources tell.
    ///
    /// ```
    /// use nhi_core::inventory::Inventory;
    /// let saved = Inventory::new().save();
    /// assert_eq!(Inventory::load(&saved)?.save(), saved);
    /// # Ok::<(), nhi_core::Error>(())
    /// ```
    pub fn save(&self) -> Vec<u8> {
        // Names and numbers only: there is nothing in it that has no JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads what [`save`](Self::save) wrote, in any language, and reconciles it again.
    ///
    /// # Errors
    /// `input_too_large` beyond [`limits::JSON_BYTES`]; `state_version` for a format that this build can't read;
    /// `state_corrupt` for anything else that is no saved inventory.
    /// # Cost
    /// That of observing all that it holds.
    pub fn load(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > limits::JSON_BYTES {
            return Err(Error::InputTooLarge {
                what: "bytes of a saved inventory",
                found: bytes.len() as u64,
                limit: limits::JSON_BYTES as u64,
            });
        }
        let damaged = |error: serde_json::Error| Error::StateCorrupt {
            at: place(bytes, &error),
            why: "expected a saved inventory",
        };
        let version: Version = serde_json::from_slice(bytes).map_err(damaged)?;
        if version.v != FORMAT {
            return Err(Error::StateVersion { found: version.v, oldest: FORMAT, newest: FORMAT });
        }
        serde_json::from_slice(bytes).map_err(damaged)
    }
}

/// Offset of the byte at which reading stopped.
fn place(bytes: &[u8], error: &serde_json::Error) -> u64 {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    (lines.map(<[u8]>::len).sum::<usize>() + error.column().saturating_sub(1)) as u64
}

impl Serialize for Inventory {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { v: FORMAT, snapshots: &self.snapshots, usage: &self.usage }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Inventory {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire: Wire<BTreeMap<String, Held>, BTreeMap<String, Usage>> = Wire::deserialize(deserializer)?;
        if wire.v != FORMAT {
            let error = Error::StateVersion { found: wire.v, oldest: FORMAT, newest: FORMAT };
            return Err(serde::de::Error::custom(error));
        }
        let estate = reconcile::reconcile(&wire.snapshots, &wire.usage);
        Ok(Inventory { snapshots: wire.snapshots, usage: wire.usage, estate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_that_was_not_saved_is_refused_with_its_place() {
        let code = |bytes: &[u8]| Inventory::load(bytes).expect_err("refused").code();
        let saved = Inventory::new().save();
        assert_eq!(code(b""), "state_corrupt");
        assert_eq!(code(&saved[..saved.len() - 1]), "state_corrupt");
        assert_eq!(code(br#"{"v":2,"snapshots":{},"usage":{}}"#), "state_version");
        assert_eq!(code(br#"{"v":1,"snapshots":[],"usage":{}}"#), "state_corrupt");
        let two_lines = b"{\"v\":1,\n\"snapshots\":x}";
        let expected = Error::StateCorrupt { at: 20, why: "expected a saved inventory" };
        assert_eq!(Inventory::load(two_lines).expect_err("refused"), expected);
    }
}
