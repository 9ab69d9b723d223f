/*!
Proof that one entry is in a ledger, without showing the others: the Merkle tree of RFC 9162, section 2.1.

A leaf is the 32 bytes of an entry's `hash`; leaves are hashed with a byte 0 before them and nodes with a byte 1, so
that no node can pass for a leaf. A host publishes the root of `n` entries and later shows for one of them a proof of at
most `log2 n` hashes; who holds the root checks it with [`Proof::holds`] or with any tool that knows certificate
transparency's trees.
*/

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ledger::hex, verify::verify_each};
use crate::Error;

type Hash = [u8; 32];

/// That entry `seq` is among the first `size` of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Number of the entry.
    pub seq: u64,
    /// How many entries the root stands for.
    pub size: u64,
    /// Hash of the entry, 64 lower-case hex digits.
    pub hash: String,
    /// The hashes beside the way from the leaf to the root, from the leaf up.
    pub path: Vec<String>,
}

/// The root over all entries of a ledger, 64 lower-case hex digits; of none, the SHA-256 of nothing.
///
/// # Errors
/// `unreadable` names the first fault of the ledger.
/// # Cost
/// Linear in the ledger.
pub fn root(ledger: &[u8]) -> Result<String, Error> {
    Ok(hex(&node_over(&leaves(ledger)?)))
}

/// Proves that entry `seq` is in a ledger, against the [`root`] over all its entries.
///
/// # Errors
/// `unreadable` names the first fault of the ledger; `invalid_argument` if it has no entry `seq`.
/// # Cost
/// Linear in the ledger.
///
/// ```
/// use nhi_core::lifecycle::{Lifecycle, Command, Policy, prove, root};
/// use nhi_core::time::Timestamp;
/// let now = Timestamp::from_millis(0);
/// let mut machine = Lifecycle::new(Policy::default())?;
/// for id in ["a", "b", "c"] {
///     let json = serde_json::json!({"cmd_id": id, "actor": "ann", "credential": id, "type": "Register"});
///     machine.apply(&Command::from_json(&json, now)?, now).map_err(|r| r.to_string()).unwrap();
/// }
/// let ledger = machine.ledger().to_jsonl().as_bytes();
/// assert!(prove(ledger, 2)?.holds(&root(ledger)?));
/// assert!(!prove(ledger, 2)?.holds(&"0".repeat(64)));
/// # Ok::<(), nhi_core::Error>(())
/// ```
pub fn prove(ledger: &[u8], seq: u64) -> Result<Proof, Error> {
    let leaves = leaves(ledger)?;
    let at = usize::try_from(seq).ok().and_then(|seq| seq.checked_sub(1)).filter(|at| *at < leaves.len());
    let Some(at) = at else {
        let why = format!("the ledger has entries 1 to {}, not {seq}", leaves.len());
        return Err(Error::InvalidArgument { field: "seq".to_owned(), why });
    };
    let (mut from, mut to, mut path) = (0, leaves.len(), Vec::new());
    // From the root down: the half without the leaf is beside the way.
    while to - from > 1 {
        let middle = from + half(to - from);
        let beside = if at < middle { leaves.get(middle..to) } else { leaves.get(from..middle) };
        path.push(hex(&node_over(beside.unwrap_or_default())));
        if at < middle {
            to = middle;
        } else {
            from = middle;
        }
    }
    path.reverse();
    let hash = leaves.get(at).map(|leaf| hex(leaf)).unwrap_or_default();
    Ok(Proof { seq, size: leaves.len() as u64, hash, path })
}

impl Proof {
    /// Whether the entry's hash is under this root. That the hash is the entry's own shows its line.
    ///
    /// RFC 9162, section 2.1.3.2.
    pub fn holds(&self, root: &str) -> bool {
        if self.seq == 0 || self.seq > self.size || self.path.len() > 64 {
            return false;
        }
        let Some(leaf) = unhex(&self.hash) else { return false };
        let (mut at, mut last) = (self.seq - 1, self.size - 1);
        let mut hash = leaf_of(&leaf);
        for beside in &self.path {
            let Some(beside) = unhex(beside).filter(|_| last > 0) else { return false };
            if at & 1 == 1 || at == last {
                hash = node_of(&beside, &hash);
                while at & 1 == 0 && at > 0 {
                    (at, last) = (at >> 1, last >> 1);
                }
            } else {
                hash = node_of(&hash, &beside);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        last == 0 && hex(&hash) == root
    }
}

fn leaves(ledger: &[u8]) -> Result<Vec<Hash>, Error> {
    let mut out = Vec::new();
    // A hash that holds was made here: it has 64 digits.
    match verify_each(ledger, None, |hash| out.extend(unhex(hash))).fault {
        Some(fault) => Err(Error::Unreadable { what: "ledger", why: fault.to_string() }),
        None => Ok(out),
    }
}

/// The largest power of two below `n`, which is 2 or more.
fn half(n: usize) -> usize {
    1 << (usize::BITS - 1 - (n - 1).leading_zeros())
}

/// The hash of the tree over `leaves`.
fn node_over(leaves: &[Hash]) -> Hash {
    // One place a level, as a binary counter: depth, not recursion, and no level is kept whole.
    let mut levels: Vec<(u32, Hash)> = Vec::new();
    for leaf in leaves {
        let mut top = (0, leaf_of(leaf));
        while let Some(below) = levels.last().copied().filter(|below| below.0 == top.0) {
            levels.pop();
            top = (top.0 + 1, node_of(&below.1, &top.1));
        }
        levels.push(top);
    }
    let all = levels.into_iter().rev().map(|(_, hash)| hash);
    all.reduce(|right, left| node_of(&left, &right)).unwrap_or_else(|| Sha256::digest([]).into())
}

fn leaf_of(leaf: &Hash) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

fn node_of(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

fn unhex(text: &str) -> Option<Hash> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut out = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != out.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in out.iter_mut().zip(pairs) {
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(out)
}
