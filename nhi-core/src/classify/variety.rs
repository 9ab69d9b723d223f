//! How random does a value look? Integer arithmetic only, so that every platform answers alike.

/// `log2(n)` in thousandths for `n` in `1..=256`, by repeated squaring in 32.32 fixed point.
const LOG2: [u32; 257] = {
    let mut table = [0; 257];
    let mut n = 1usize;
    while n <= 256 {
        table[n] = log2(n as u64);
        n += 1;
    }
    table
};

const fn log2(n: u64) -> u32 {
    let whole = 63 - n.leading_zeros();
    let mut x = (n as u128) << (32 - whole);
    let (mut fraction, mut bit) = (0u64, 1u64 << 31);
    while bit != 0 {
        x = (x * x) >> 32;
        if x >= 2 << 32 {
            x >>= 1;
            fraction |= bit;
        }
        bit >>= 1;
    }
    whole * 1000 + ((fraction * 1000) >> 32) as u32
}

/// Shannon entropy of the bytes in thousandths of a bit per byte, over the first 256.
pub(super) fn entropy(bytes: &[u8]) -> u32 {
    let bytes = bytes.get(..256).unwrap_or(bytes);
    let mut counts = [0u16; 256];
    for &b in bytes {
        counts[usize::from(b)] += 1;
    }
    let sum: u32 = counts.iter().map(|&c| u32::from(c) * log(usize::from(c))).sum();
    match bytes.len() {
        0 => 0,
        n => log(n).saturating_sub(sum / n as u32),
    }
}

fn log(n: usize) -> u32 {
    LOG2.get(n).copied().unwrap_or(8000)
}

/// Number of different bytes.
pub(super) fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [0u64; 4];
    for &b in bytes {
        if let Some(word) = seen.get_mut(usize::from(b >> 6)) {
            *word |= 1 << (b & 63);
        }
    }
    seen.iter().map(|w| w.count_ones() as usize).sum()
}

/// Length of the longest run of one byte.
pub(super) fn longest_repeat(bytes: &[u8]) -> usize {
    longest(bytes, |a, b| a == b)
}

/// Length of the longest run in which each byte is the next or the previous one of the byte before it, such as
/// `abcdefgh` or `987654`.
pub(super) fn longest_sequence(bytes: &[u8]) -> usize {
    let up = longest(bytes, |a, b| b == a.wrapping_add(1) || (a == b'9' && b == b'0'));
    up.max(longest(bytes, |a, b| a == b.wrapping_add(1)))
}

fn longest(bytes: &[u8], goes_on: impl Fn(u8, u8) -> bool) -> usize {
    let (mut best, mut now) = (bytes.len().min(1), 1);
    for pair in bytes.windows(2) {
        now = if let [a, b] = pair
            && goes_on(*a, *b)
        {
            now + 1
        } else {
            1
        };
        best = best.max(now);
    }
    best
}

/// The least entropy, in thousandths of a bit per byte, that a random string of `len` bytes over an alphabet of
/// `size` letters practically always has: two thirds of what a string of all-different letters could reach,
/// which fewer than one random string in a thousand misses for 16 bytes and more.
pub(super) fn floor(len: usize, size: usize) -> u32 {
    log(len.min(size).clamp(1, 256)) * 2 / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_of_known_strings() {
        assert_eq!(entropy(b""), 0);
        assert_eq!(entropy(b"aaaa"), 0);
        assert_eq!(entropy(b"abab"), 1000);
        assert_eq!(entropy(b"0123456789abcdef"), 4000);
        assert_eq!(LOG2[10], 3321);
    }

    #[test]
    fn repeats_and_sequences() {
        assert_eq!(longest_repeat(b"abbbc"), 3);
        assert_eq!(longest_sequence(b"x12345z"), 5);
        assert_eq!(longest_sequence(b"fedcba"), 6);
        assert_eq!(longest_sequence(b"567890123"), 9);
        assert_eq!(distinct(b"abca"), 3);
    }

    /// The floor is safe: seeded random strings of every alphabet stay above it.
    #[test]
    fn random_strings_stay_above_the_floor() {
        let alphabets: [&[u8]; 3] = [
            b"0123456789abcdef",
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        ];
        let (mut below, mut all, mut state) = (0, 0, 1u64);
        for alphabet in alphabets {
            for len in [16, 20, 32, 40, 64] {
                for _ in 0..2000 {
                    let text: std::vec::Vec<u8> = (0..len)
                        .map(|_| {
                            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                            alphabet[(state >> 33) as usize % alphabet.len()]
                        })
                        .collect();
                    all += 1;
                    below += u32::from(entropy(&text) < floor(len, alphabet.len()));
                }
            }
        }
        assert!(all == 30_000 && below < 30, "{below} of {all}");
    }
}
