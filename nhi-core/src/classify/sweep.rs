/*!
The first pass: where could a token or a key word start?

Class masks of 64 bytes at a time (plain loops that the compiler turns into vector code), then bit arithmetic:
a token can only start where a word of letters and digits starts and at least [`RUN`] bytes of token characters
follow. Everything later looks at these few positions only, which is what makes the scan fast.
*/

use alloc::vec::Vec;

/// Fewest token characters that follow a token's first: 91 % of the published formats guarantee it.
pub(super) const RUN: usize = 16;

/// Positions found in one block, relative to the view.
#[derive(Default)]
pub(super) struct Starts {
    /// A word start followed by a long run.
    pub(super) tokens: Vec<u32>,
    /// A key word of the generic rule (`pass`, `secr`, `toke`, `auth`, `cred`, `pwd`, `key`, in any case).
    pub(super) words: Vec<u32>,
}

const CHUNK: usize = 64;
const AHEAD: usize = 3;
type Window = [u8; CHUNK + AHEAD];

/// Collects the starts in `view[from..to]`; bytes around that range count as context.
pub(super) fn sweep(view: &[u8], from: usize, to: usize, words: bool, out: &mut Starts) {
    out.tokens.clear();
    out.words.clear();
    let to = to.min(view.len());
    let mut carry =
        from.checked_sub(1).and_then(|i| view.get(i)).is_some_and(u8::is_ascii_alphanumeric) as u64;
    let (mut run_before, mut starts_before) = (0u64, 0u64);
    let mut at = from;
    let mut padded: Window = [0; CHUNK + AHEAD];
    // One chunk more than the range: a run is known to be long only 15 bytes later.
    while at < to + CHUNK {
        let window = match view.get(at..).and_then(|rest| rest.first_chunk::<{ CHUNK + AHEAD }>()) {
            Some(window) => window,
            None => {
                let rest = view.get(at.min(view.len())..).unwrap_or_default();
                padded.fill(0);
                for (to, byte) in padded.iter_mut().zip(rest) {
                    *to = *byte;
                }
                &padded
            }
        };
        let (token, alnum) = classes(window);
        let starts = alnum & !(alnum << 1 | carry);
        carry = alnum >> 63;

        let long = runs(u128::from(token) << 64 | u128::from(run_before));
        let mut hits = starts_before & (long >> (RUN - 1)) as u64;
        if at > from {
            let base = at - CHUNK;
            hits &= keep(base, to);
            while hits != 0 {
                out.tokens.push((base + hits.trailing_zeros() as usize) as u32);
                hits &= hits - 1;
            }
        }
        if words {
            let mut hits = word_starts(window) & keep(at, to);
            while hits != 0 {
                out.words.push((at + hits.trailing_zeros() as usize) as u32);
                hits &= hits - 1;
            }
        }
        (run_before, starts_before) = (token, starts);
        at += CHUNK;
    }
}

/// The bits of a chunk at `base` that lie before `to`.
fn keep(base: usize, to: usize) -> u64 {
    match to.saturating_sub(base) {
        0 => 0,
        n if n >= CHUNK => u64::MAX,
        n => (1 << n) - 1,
    }
}

/// Bit `i` is set if bits `i-15..=i` are all set.
fn runs(mask: u128) -> u128 {
    let a = mask & (mask << 1);
    let b = a & (a << 2);
    let c = b & (b << 4);
    c & (c << 8)
}

/// Masks of token characters `[A-Za-z0-9_+/.~-]` and of letters and digits.
fn classes(window: &Window) -> (u64, u64) {
    let (mut token, mut alnum) = ([0u8; CHUNK], [0u8; CHUNK]);
    for i in 0..CHUNK {
        let b = window[i];
        let letter = u8::from((b | 0x20).wrapping_sub(b'a') < 26);
        let digit = u8::from(b.wrapping_sub(b'0') < 10);
        // '+' to '9' holds the digits and + , - . /
        let mark = u8::from(b.wrapping_sub(b'+') < 15) & u8::from(b != b',');
        alnum[i] = letter | digit;
        token[i] = letter | mark | u8::from(b == b'_') | u8::from(b == b'~');
    }
    (bits(&token), bits(&alnum))
}

/// Mask of the places where a key word starts.
fn word_starts(window: &Window) -> u64 {
    let mut low = [0u8; CHUNK + AHEAD];
    for i in 0..CHUNK + AHEAD {
        low[i] = window[i] | 0x20;
    }
    let mut hit = [0u8; CHUNK];
    for i in 0..CHUNK {
        let (a, b, c, d) = (low[i], low[i + 1], low[i + 2], low[i + 3]);
        let is = |x: u8, y: u8| u8::from(x == y);
        let pass = is(a, b'p') & is(b, b'a') & is(c, b's') & is(d, b's');
        let secr = is(a, b's') & is(b, b'e') & is(c, b'c') & is(d, b'r');
        let toke = is(a, b't') & is(b, b'o') & is(c, b'k') & is(d, b'e');
        let auth = is(a, b'a') & is(b, b'u') & is(c, b't') & is(d, b'h');
        let cred = is(a, b'c') & is(b, b'r') & is(c, b'e') & is(d, b'd');
        let pwd = is(a, b'p') & is(b, b'w') & is(c, b'd');
        let key = is(a, b'k') & is(b, b'e') & is(c, b'y');
        hit[i] = pass | secr | toke | auth | cred | pwd | key;
    }
    bits(&hit)
}

/// Packs 64 bytes of 0 or 1 into a mask: eight at a time by one multiplication.
fn bits(bytes: &[u8; CHUNK]) -> u64 {
    let mut mask = 0;
    for (i, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let packed = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= packed << (8 * i);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn is_token(b: u8) -> bool {
        b.is_ascii_alphanumeric() || b"_+/.~-".contains(&b)
    }

    fn slow(view: &[u8], from: usize, to: usize) -> (Vec<u32>, Vec<u32>) {
        let alnum = |i: usize| view.get(i).is_some_and(u8::is_ascii_alphanumeric);
        let tokens = (from..to)
            .filter(|&p| alnum(p) && (p == 0 || !alnum(p - 1)))
            .filter(|&p| (p..p + RUN).all(|i| view.get(i).is_some_and(|&b| is_token(b))));
        let low = view.to_ascii_lowercase();
        let words: [&[u8]; 7] = [b"pass", b"secr", b"toke", b"auth", b"cred", b"pwd", b"key"];
        let found = (from..to).filter(|&p| words.iter().any(|w| low[p..].starts_with(w)));
        (tokens.map(|p| p as u32).collect(), found.map(|p| p as u32).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn same_as_the_slow_twin(
            text in "([a-z0-9]{0,40}|[ =,\n]{1,3}|(?i)pass|KEY|toke|secr|_|-|~|pwd){0,30}",
            cut in 0usize..200,
        ) {
            let view = text.as_bytes();
            let from = cut.min(view.len());
            let to = view.len();
            let mut out = Starts::default();
            sweep(view, from, to, true, &mut out);
            prop_assert_eq!((out.tokens, out.words), slow(view, from, to));
        }
    }
}
