//! Bech32 (BIP-173), as age uses it for identities.

use alloc::{string::String, vec::Vec};

use super::{Check, Strength};

const CHARSET: &[u8; 32] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
const AGE: &[u8] = b"age-secret-key-";

/// `bech32-age`: the last 6 characters are the BCH code of the human-readable part and the data (BIP-173): any one
/// to four changed characters are noticed with certainty.
pub(super) const AGE_IDENTITY: Check = Check {
    name: "bech32-age",
    what: "the last 6 characters are the bech32 checksum",
    source: "https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki",
    strength: Strength::Checksum,
    run: |token| {
        let at = token.iter().rposition(|&b| b == b'1')?;
        let (human, data) = token.split_at_checked(at)?;
        if !human.eq_ignore_ascii_case(AGE) {
            return None;
        }
        let mut values = Vec::new();
        for b in data.get(1..)? {
            let Some(value) = CHARSET.iter().position(|c| c == b) else { return Some(false) };
            values.push(value as u8);
        }
        Some(values.len() == 58 && polymod(AGE, &values) == 1)
    },
    seal: |_, rng| {
        // 32 bytes in groups of 5 bits, the last group padded with zeros (BIP-173, "Bech32").
        let bytes = rng.bytes(32);
        let mut values: Vec<u8> = (0..52)
            .map(|i| {
                (0..5).fold(0, |value, bit| {
                    let at = 5 * i + bit;
                    let byte = bytes.get(at / 8).copied().unwrap_or(0);
                    value << 1 | (byte >> (7 - at % 8) & 1)
                })
            })
            .collect();
        values.extend([0; 6]);
        let sum = polymod(AGE, &values) ^ 1;
        values.truncate(52);
        values.extend((0..6).map(|i| (sum >> (5 * (5 - i)) & 31) as u8));
        let mut out: String = AGE.iter().map(|&b| b.to_ascii_uppercase() as char).collect();
        out.push('1');
        out.extend(values.iter().filter_map(|&v| CHARSET.get(usize::from(v)).map(|&b| b as char)));
        out
    },
};

fn polymod(human: &[u8], data: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = human.iter().map(|b| b >> 5);
    let low = human.iter().map(|b| b & 31);
    high.chain([0]).chain(low).chain(data.iter().copied()).fold(1, |sum, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
        GENERATOR.iter().enumerate().fold(shifted, |s, (i, g)| if top >> i & 1 == 1 { s ^ g } else { s })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Valid strings of BIP-173: human-readable part `a` (no data), and `split`.
    #[test]
    fn published_strings_hold() {
        for (human, data) in
            [("a", "2uel5l"), ("split", "checkupstagehandshakeupstreamerranterredcaperred2y9e3w")]
        {
            let value = |c: u8| CHARSET.iter().position(|&x| x == c.to_ascii_uppercase()).unwrap() as u8;
            let values: Vec<u8> = data.bytes().map(value).collect();
            assert_eq!(polymod(human.as_bytes(), &values), 1, "{human}");
        }
    }
}
