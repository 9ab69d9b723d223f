//! NATS nkey seeds.

use data_encoding::BASE32_NOPAD;

use super::{Check, Strength};

/// First byte of a seed: `S` in base32.
const SEED: u8 = 18 << 3;
/// Kinds of key, as second character and prefix byte.
const KINDS: &[(u8, u8)] =
    &[(b'O', 14 << 3), (b'N', 13 << 3), (b'C', 2 << 3), (b'A', 0), (b'U', 20 << 3), (b'X', 23 << 3)];

/// `nats-nkey`: base32 of the seed prefix, the kind, 32 bytes and their CRC-16 (XMODEM, least significant byte
/// first). A changed seed passes with a chance of 1 in 2^16.
pub(super) const NKEY: Check = Check {
    name: "nats-nkey",
    what: "the last 2 bytes are the CRC-16 of the others",
    source: "https://github.com/nats-io/nkeys",
    strength: Strength::Checksum,
    run: |token| {
        let Ok(bytes) = BASE32_NOPAD.decode(token) else { return Some(false) };
        let Some((body, sum)) = bytes.split_at_checked(34) else { return Some(false) };
        let [first, second, ..] = body else { return Some(false) };
        let kind = (first & 7) << 5 | second >> 3;
        let known = first & 0xf8 == SEED && KINDS.iter().any(|(_, prefix)| *prefix == kind);
        Some(known && crc16(body).to_le_bytes() == *sum)
    },
    seal: |token, rng| {
        let letter = token.as_bytes().get(1).copied().unwrap_or(b'U');
        let kind = KINDS.iter().find(|(l, _)| *l == letter).map_or(20 << 3, |(_, prefix)| *prefix);
        let mut body = alloc::vec![SEED | kind >> 5, (kind & 31) << 3];
        body.extend(rng.bytes(32));
        let sum = crc16(&body).to_le_bytes();
        body.extend(sum);
        BASE32_NOPAD.encode(&body)
    },
};

/// CRC-16/XMODEM: polynomial 0x1021, start 0, no reflection.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0u16, |crc, &b| {
        (0..8).fold(crc ^ u16::from(b) << 8, |c, _| if c & 0x8000 == 0 { c << 1 } else { c << 1 ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    /// Check value of the CRC catalogue.
    #[test]
    fn crc16_gives_the_check_value() {
        assert_eq!(super::crc16(b"123456789"), 0x31c3);
    }
}
