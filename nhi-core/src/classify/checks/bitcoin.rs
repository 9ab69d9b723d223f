//! Keys of Bitcoin wallets: base58check (WIF and extended keys) and mnemonics.

use alloc::{string::String, vec::Vec};

use sha2::{Digest, Sha256};

use super::{Check, Strength};
use crate::classify::mint::Rng;

const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Longest base58 text that is decoded; the work is quadratic. An extended key has 111 characters.
const MOST_BASE58: usize = 128;

/// `base58check`: the last 4 of the decoded bytes are the first of the double SHA-256 of the others, and the first
/// bytes name a private key: WIF (`0x80`, `0xEF`) or a BIP-32 extended private key.
pub(super) const BASE58: Check = Check {
    name: "base58check",
    what: "the last 4 bytes are the double SHA-256 of the others",
    source: "https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki",
    strength: Strength::Checksum,
    run: |token| {
        let Some(bytes) = decode(token) else { return Some(false) };
        let Some((body, sum)) = bytes.len().checked_sub(4).and_then(|at| bytes.split_at_checked(at)) else {
            return Some(false);
        };
        let known = match body.len() {
            33 => matches!(body, [0x80 | 0xef, ..]),
            34 => matches!(body, [0x80 | 0xef, .., 1]),
            78 => VERSIONS.iter().any(|(_, version)| body.starts_with(version)),
            _ => false,
        };
        Some(known && checksum(body) == *sum)
    },
    seal: |token, rng| {
        let prefix = token.get(..4).unwrap_or_default();
        let body = match VERSIONS.iter().find(|(name, _)| *name == prefix) {
            Some((_, version)) => {
                // Version, depth, parent fingerprint, child number, chain code, 0 and the key (BIP-32).
                let mut body = version.to_vec();
                body.push(3);
                body.extend(rng.bytes(4 + 4 + 32));
                body.push(0);
                body.extend(rng.bytes(32));
                body
            }
            None => wif(token.as_bytes().first().copied(), rng),
        };
        let sum = checksum(&body);
        encode(&[body.as_slice(), &sum].concat())
    },
};

const VERSIONS: &[(&str, [u8; 4])] = &[
    ("xprv", [0x04, 0x88, 0xad, 0xe4]),
    ("yprv", [0x04, 0x9d, 0x78, 0x78]),
    ("zprv", [0x04, 0xb2, 0x43, 0x0c]),
    ("tprv", [0x04, 0x35, 0x83, 0x94]),
];

/// The body of a wallet import format key, by the first character of its text.
fn wif(first: Option<u8>, rng: &mut Rng) -> Vec<u8> {
    let (version, compressed) = match first {
        Some(b'5') => (0x80, false),
        Some(b'9') => (0xef, false),
        Some(b'c') => (0xef, true),
        _ => (0x80, true),
    };
    let mut body = Vec::from([version]);
    body.extend(rng.bytes(32));
    if compressed {
        body.push(1);
    }
    body
}

fn checksum(body: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest(Sha256::digest(body));
    [digest[0], digest[1], digest[2], digest[3]]
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() > MOST_BASE58 {
        return None;
    }
    // Big number, least significant byte first.
    let mut number: Vec<u8> = Vec::new();
    for b in text {
        let mut carry = DIGITS.iter().position(|d| d == b)? as u32;
        for byte in &mut number {
            carry += u32::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            number.push(carry as u8);
        }
    }
    number.extend(text.iter().take_while(|&&b| b == b'1').map(|_| 0));
    number.reverse();
    Some(number)
}

fn encode(bytes: &[u8]) -> String {
    let mut number: Vec<u8> = Vec::new();
    for b in bytes {
        let mut carry = u32::from(*b);
        for digit in &mut number {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            number.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    number.extend(bytes.iter().take_while(|&&b| b == 0).map(|_| 0));
    number.iter().rev().filter_map(|&d| DIGITS.get(usize::from(d)).map(|&b| b as char)).collect()
}

/// The English word list of BIP-39 (MIT licence), one word a line, sorted.
const WORDS: &str = include_str!("bip39-english.txt");

/// `bip39`: 12, 15, 18, 21 or 24 words of the list; the last bits are the first of the SHA-256 of the others (one
/// bit for each three words, so a phrase of 12 invented words passes with a chance of 1 in 16).
pub(super) const MNEMONIC: Check = Check {
    name: "bip39",
    what: "words of the list whose last bits are the SHA-256 of the others",
    source: "https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki",
    strength: Strength::Structure,
    run: |token| {
        let list: Vec<&str> = WORDS.lines().collect();
        let text = core::str::from_utf8(token).ok()?;
        let mut bits = Vec::new();
        let mut words = 0;
        for word in text.split_ascii_whitespace().take(25) {
            let Ok(index) = list.binary_search(&word) else { return Some(false) };
            bits.extend((0..11).rev().map(|i| index >> i & 1 == 1));
            words += 1;
        }
        if !matches!(words, 12 | 15 | 18 | 21 | 24) {
            return Some(false);
        }
        let (entropy, sum) = bits.split_at_checked(words / 3 * 32)?;
        Some(mnemonic_sum(entropy, words / 3) == sum)
    },
    seal: |_, rng| {
        let list: Vec<&str> = WORDS.lines().collect();
        let thirds = [4, 8][rng.below(2) as usize & 1];
        let mut bits: Vec<bool> =
            rng.bytes(thirds * 4).iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1 == 1)).collect();
        bits.extend(mnemonic_sum(&bits, thirds));
        let index = |chunk: &[bool]| chunk.iter().fold(0, |v, &bit| v << 1 | usize::from(bit));
        let words: Vec<&str> = bits.chunks(11).filter_map(|c| list.get(index(c)).copied()).collect();
        words.join(" ")
    },
};

fn mnemonic_sum(entropy: &[bool], bits: usize) -> Vec<bool> {
    let bytes: Vec<u8> =
        entropy.chunks(8).map(|c| c.iter().fold(0, |v, &bit| v << 1 | u8::from(bit))).collect();
    let first = Sha256::digest(&bytes)[0];
    (0..bits).map(|i| first >> (7 - i.min(7)) & 1 == 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::checks::{Outcome, run};
    use alloc::format;

    #[test]
    fn word_list_is_the_published_one() {
        let digest: String = Sha256::digest(WORDS).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(digest, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
        let words: Vec<&str> = WORDS.lines().collect();
        assert!(words.len() == 2048 && words.is_sorted());
    }

    /// Test vectors of BIP-39: entropy of zeros, and of ones.
    #[test]
    fn published_phrases_hold() {
        for phrase in [["abandon"; 11].join(" ") + " about", ["zoo"; 11].join(" ") + " wrong"] {
            assert_eq!(run("bip39", phrase.as_bytes()), Outcome::Holds);
        }
        assert_eq!(run("bip39", ["zoo"; 12].join(" ").as_bytes()), Outcome::Fails);
    }

    /// The example of the wallet import format page, and test vector 1 of BIP-32, joined from halves.
    #[test]
    fn published_keys_hold() {
        let wif = ["5HueCGU8rMjxEXxiPuD5BDku4Mk", "FqeZyd4dZ1jvhTVqvbTLvyTJ"].concat();
        assert_eq!(run("base58check", wif.as_bytes()), Outcome::Holds);
        let extended = [
            "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPP",
            "qjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
        ]
        .concat();
        assert_eq!(run("base58check", extended.as_bytes()), Outcome::Holds);
    }

    #[test]
    fn leading_zeros_survive() {
        assert_eq!(decode(encode(&[0, 0, 7, 255]).as_bytes()), Some(Vec::from([0, 0, 7, 255])));
        assert_eq!(decode(&[b'z'; MOST_BASE58 + 1]), None);
    }
}
