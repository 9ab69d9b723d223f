//! Seeded hash of names. States keep hashes only, so the seed travels in the header of a saved state.

/// 64-bit multiply-fold hash (the mixing step of wyhash, Wang Yi 2019): the same on every platform. It spreads
/// well, and is no defence against somebody who knows the seed and wants two names to collide.
pub(super) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut h = mix(seed ^ 0x9e37_79b9_7f4a_7c15, bytes.len() as u64 ^ 0xa076_1d64_78bd_642f);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        h = mix(h ^ u64::from_le_bytes(*word), 0xe703_7ed1_a0b4_28db);
    }
    // The last up to seven bytes as a little-endian word: the end of the last eight bytes, if there are so many.
    let tail = match bytes.last_chunk::<8>() {
        Some(_) if rest.is_empty() => 0,
        Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest.len()),
        None => match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                let last = u64::from(u32::from_le_bytes(*last)) << (8 * (rest.len() - 4));
                last | u64::from(u32::from_le_bytes(*first))
            }
            _ => rest.iter().rev().fold(0, |w, &b| w << 8 | u64::from(b)),
        },
    };
    mix(h ^ tail, 0x8ebc_6af0_9c88_c6e3)
}

/// Both halves of the 128-bit product, folded.
pub(super) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// 32 bits of a hash, never 0: in a slot 0 means empty.
pub(super) fn short(h: u64) -> u32 {
    ((h ^ h >> 32) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differs_by_seed_length_and_every_byte() {
        assert_ne!(hash(1, b"a"), hash(2, b"a"));
        assert_ne!(hash(1, b""), hash(1, b"\0"));
        let base = [7u8; 21];
        for i in 0..base.len() {
            let mut other = base;
            other[i] ^= 1;
            assert_ne!(hash(1, &base), hash(1, &other), "byte {i}");
        }
    }

    #[test]
    fn the_end_is_read_the_same_with_and_without_words_before_it() {
        let slow = |bytes: &[u8]| {
            let mut h = mix(3 ^ 0x9e37_79b9_7f4a_7c15, bytes.len() as u64 ^ 0xa076_1d64_78bd_642f);
            let (words, rest) = bytes.as_chunks::<8>();
            for word in words {
                h = mix(h ^ u64::from_le_bytes(*word), 0xe703_7ed1_a0b4_28db);
            }
            let tail = rest.iter().rev().fold(0u64, |w, &b| w << 8 | u64::from(b));
            mix(h ^ tail, 0x8ebc_6af0_9c88_c6e3)
        };
        let bytes: [u8; 40] = core::array::from_fn(|i| 200 + i as u8);
        (0..=40).for_each(|n| assert_eq!(hash(3, &bytes[..n]), slow(&bytes[..n]), "{n}"));
    }

    #[test]
    fn short_hashes_of_ten_thousand_names_rarely_meet() {
        let mut seen: alloc::vec::Vec<u32> =
            (0..10_000).map(|i| short(hash(5, alloc::format!("bucket-{i}").as_bytes()))).collect();
        seen.sort_unstable();
        let meetings = seen.windows(2).filter(|w| w[0] == w[1]).count();
        assert!(meetings <= 2, "{meetings} (birthday bound: 0.01 expected)");
    }
}
