/*!
Equality of secrets without the secrets.

A [`Fingerprint`] is HMAC-SHA-256 (RFC 2104, FIPS 180-4) of a secret's exact bytes under the host's [`Pepper`],
so that the same secret can be joined across a vault, a repository and a log inside one organisation.
Two organisations get different fingerprints for the same secret, and without the pepper nothing can be tried.
Not here: where the pepper is kept (the host's task), and comparison across organisations.
*/

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::Error;

/// Keyed digest of a secret, written `hs256:<pepper id>:<unpadded base64url>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Reads the written form.
    ///
    /// # Errors
    /// `invalid_argument` if the text is not of the form above.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bad = || Error::InvalidArgument {
            field: "fingerprint".into(),
            why: "expected hs256:<8 hex digits>:<43 base64url characters>".into(),
        };
        let rest = text.strip_prefix("hs256:").ok_or_else(bad)?;
        let (id, digest) = rest.split_once(':').ok_or_else(bad)?;
        let hex = id.len() == 8 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let b64 =
            digest.len() == 43 && digest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if hex && b64 { Ok(Fingerprint(text.into())) } else { Err(bad()) }
    }

    /// Id of the pepper it was made under.
    pub fn pepper_id(&self) -> &str {
        self.0.split(':').nth(1).unwrap_or_default()
    }

    /// The written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Fingerprint::parse(&text)
    }
}

impl From<Fingerprint> for String {
    fn from(f: Fingerprint) -> String {
        f.0
    }
}

/// The host's key for fingerprints, with the previous one during a rotation.
///
/// File form: one line `nhi-pepper-1 <id> <64 hex digits>`, an optional second line holds the previous pepper.
/// The key is wiped when the value is dropped; `Debug` shows the id only.
pub struct Pepper {
    current: Key,
    previous: Option<Key>,
}

struct Key {
    id: String,
    bytes: [u8; 32],
}

impl Drop for Key {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pepper").field("id", &self.current.id).finish_non_exhaustive()
    }
}

impl Key {
    fn new(bytes: [u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(b"nhi-pepper-id").chain_update(bytes).finalize();
        let id = digest[..4].iter().map(|b| format!("{b:02x}")).collect();
        Key { id, bytes }
    }

    fn fingerprint(&self, secret: &[u8]) -> Fingerprint {
        let digest = match Hmac::<Sha256>::new_from_slice(&self.bytes) {
            Ok(mac) => mac.chain_update(secret).finalize().into_bytes(),
            Err(_) => unreachable!("HMAC takes a key of any length (RFC 2104)"),
        };
        Fingerprint(format!("hs256:{}:{}", self.id, base64url(&digest)))
    }
}

impl Pepper {
    /// A pepper from 32 bytes that the host drew at random.
    pub fn new(bytes: [u8; 32]) -> Self {
        Pepper { current: Key::new(bytes), previous: None }
    }

    /// As [`new`](Self::new), from bytes whose number is not known yet.
    ///
    /// # Errors
    /// `invalid_pepper` if there are not exactly 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        let bad = |_| Error::InvalidPepper { why: "expected 32 random bytes" };
        let mut copy: [u8; 32] = bytes.try_into().map_err(bad)?;
        let pepper = Pepper::new(copy);
        copy.zeroize();
        Ok(pepper)
    }

    /// Reads the file form.
    ///
    /// # Errors
    /// `invalid_pepper` if a line is malformed, an id does not belong to its key, or there are more than two.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bad = |why| Err(Error::InvalidPepper { why });
        let mut keys = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let mut words = line.split_whitespace();
            if words.next() != Some("nhi-pepper-1") {
                return bad("a line must start with nhi-pepper-1");
            }
            let (Some(id), Some(hex), None) = (words.next(), words.next(), words.next()) else {
                return bad("a line must be nhi-pepper-1, the id and 64 hex digits");
            };
            let Some(bytes) = unhex32(hex) else { return bad("the key must be 64 hex digits") };
            let key = Key::new(bytes);
            if key.id != id {
                return bad("the id does not belong to the key");
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        match (keys.next(), keys.next(), keys.next()) {
            (Some(current), previous, None) => Ok(Pepper { current, previous }),
            (None, ..) => bad("no key in it"),
            _ => bad("more than two keys"),
        }
    }

    /// The file form of this pepper: the one place where the key is given out, for the host to store.
    pub fn expose_file(&self) -> String {
        let mut out = String::new();
        for key in core::iter::once(&self.current).chain(&self.previous) {
            out.push_str(&format!("nhi-pepper-1 {} ", key.id));
            for b in key.bytes {
                out.push_str(&format!("{b:02x}"));
            }
            out.push('\n');
        }
        out
    }

    /// First 8 hex digits of SHA-256 over `"nhi-pepper-id"` and the key.
    pub fn id(&self) -> &str {
        &self.current.id
    }

    /// Fingerprint of a secret's exact bytes. Linear in the length.
    pub fn fingerprint(&self, secret: &[u8]) -> Fingerprint {
        self.current.fingerprint(secret)
    }

    /// Whether `fingerprint` was made under this pepper or its previous one, of whatever secret.
    pub fn knows(&self, fingerprint: &Fingerprint) -> bool {
        let id = fingerprint.pepper_id();
        core::iter::once(&self.current).chain(&self.previous).any(|key| key.id == id)
    }

    /// Whether `fingerprint` was made of `secret`, under the current or the previous pepper. Constant time in
    /// the digest.
    pub fn matches(&self, fingerprint: &Fingerprint, secret: &[u8]) -> bool {
        use subtle::ConstantTimeEq;
        let mut same = subtle::Choice::from(0);
        for key in core::iter::once(&self.current).chain(&self.previous) {
            same |= key.fingerprint(secret).0.as_bytes().ct_eq(fingerprint.0.as_bytes());
        }
        same.into()
    }
}

fn unhex32(text: &str) -> Option<[u8; 32]> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    let mut out = [0; 32];
    for (o, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        *o = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(out)
}

/// RFC 4648 section 5 without padding. Here so that the fingerprint needs no encoding crate.
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, &b| w << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            out.push(ALPHABET[(word >> (18 - 6 * i) & 63) as usize] as char);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_secret_same_fingerprint_other_pepper_other_fingerprint() {
        let (a, b) = (Pepper::new([1; 32]), Pepper::new([2; 32]));
        assert_eq!(a.fingerprint(b"x"), a.fingerprint(b"x"));
        assert_ne!(a.fingerprint(b"x"), a.fingerprint(b"y"));
        assert_ne!(a.fingerprint(b"x"), b.fingerprint(b"x"));
        assert!(Fingerprint::parse(a.fingerprint(b"x").as_str()).is_ok());
    }

    /// RFC 4231 test case 2 shifted to a 32-byte key is not published; the digest here is checked against the
    /// definition: HMAC(K, m) = H((K ^ opad) || H((K ^ ipad) || m)).
    #[test]
    fn digest_is_hmac_sha256() {
        let key = [7u8; 32];
        let mut block = [0u8; 64];
        block[..32].copy_from_slice(&key);
        let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(b"abc").finalize();
        let outer = Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize();
        let got = Pepper::new(key).fingerprint(b"abc");
        assert!(got.as_str().ends_with(&base64url(&outer)));
    }

    #[test]
    fn file_round_trip_keeps_the_previous_key() {
        let old = Pepper::new([3; 32]);
        let text = [Pepper::new([4; 32]).expose_file(), old.expose_file()].concat();
        let both = Pepper::parse(&text).unwrap();
        assert_eq!(both.expose_file(), text);
        assert!(both.matches(&old.fingerprint(b"s"), b"s"));
        assert!(!both.matches(&old.fingerprint(b"s"), b"t"));
        assert!(!alloc::format!("{both:?}").contains("0303"));
    }

    #[test]
    fn malformed_files_are_refused() {
        let good = Pepper::new([4; 32]).expose_file();
        for bad in
            ["", "nhi-pepper-2 x y", "nhi-pepper-1 00000000", &good.replace("04", "05"), &good.repeat(3)]
        {
            assert_eq!(Pepper::parse(bad).unwrap_err().code(), "invalid_pepper", "{bad}");
        }
    }
}
