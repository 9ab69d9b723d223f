/*!
Decoys: strings of a rule's shape, with valid checksums and structure.

The tests are full of them, since no token-shaped text is kept in a file, and they serve as honeytokens. A decoy is
a function of rule, shape and seed alone. The generator is not a cryptographic one: a decoy opens nothing, and
whoever knows the seed knows the decoy.
*/

use alloc::{format, string::String, vec::Vec};

use super::{
    catalogue::{self, Segment, Shape},
    checks,
};
use crate::Error;

/// A decoy of the first (usual) shape of `rule`.
///
/// ```
/// use nhi_core::classify::mint;
/// let token = mint("github.personal-access-token-classic", 7)?;
/// assert!(token.starts_with("ghp_") && token.len() == 40);
/// assert_eq!(token, mint("github.personal-access-token-classic", 7)?);
/// # Ok::<(), nhi_core::Error>(())
/// ```
///
/// # Errors
/// `invalid_argument` if the catalogue has no such rule.
pub fn mint(rule: &str, seed: u64) -> Result<String, Error> {
    mint_shape(rule, 0, seed)
}

/// A decoy of one shape of `rule`, counted from 0 as in [`catalogue::Format::shapes`].
///
/// # Errors
/// `invalid_argument` if the catalogue has no such rule or the rule no such shape.
pub fn mint_shape(rule: &str, shape: usize, seed: u64) -> Result<String, Error> {
    let bad = |field: &str, why: &str| Error::InvalidArgument { field: field.into(), why: why.into() };
    let format = catalogue::find(rule).ok_or_else(|| bad("rule", "the catalogue has no such rule"))?;
    let found = format.shapes.get(shape).ok_or_else(|| bad("shape", "the rule has fewer shapes"))?;
    // FNV-1a over the rule, so that one seed gives unrelated decoys of two rules.
    let start = rule
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    let mut rng = Rng(start ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (shape as u64) << 56);
    Ok(decoy(found, &mut rng))
}

/// A long-lived AWS access key id whose body carries `account` (12 digits; only the lowest 40 bits are kept).
///
/// ```
/// use nhi_core::classify::{checks::aws_account, mint_aws_key_id};
/// let id = mint_aws_key_id(123_456_789_012, 1);
/// assert_eq!(aws_account(id.as_bytes()), Some(123_456_789_012));
/// ```
pub fn mint_aws_key_id(account: u64, seed: u64) -> String {
    let mut rng = Rng(seed);
    let body = checks::aws::body_of_account(account, &mut rng);
    format!("{}{body}", ["AK", "IA"].concat())
}

fn decoy(shape: &Shape, rng: &mut Rng) -> String {
    let mut token = Vec::new();
    fill(shape.segments, rng, &mut token);
    let mut token = String::from_utf8_lossy(&token).into_owned();
    if let Some(check) = shape.check.and_then(checks::find) {
        token = (check.seal)(token, rng);
    }
    token
}

fn fill(segments: &[Segment], rng: &mut Rng, out: &mut Vec<u8>) {
    for segment in segments {
        match *segment {
            Segment::Literal(text) => out.extend_from_slice(text.as_bytes()),
            Segment::OneOf(texts) => out.extend_from_slice(rng.pick(texts).copied().unwrap_or("").as_bytes()),
            Segment::Run { alphabet, min, max } => {
                let chars: Vec<u8> = alphabet.bytes().collect();
                let spread = u64::from(max.saturating_sub(min)).min(MOST_SPREAD);
                for _ in 0..u64::from(min) + rng.below(spread + 1) {
                    // A decoy starts with a letter or digit: next to punctuation nobody could tell where.
                    let mut next = rng.letter(&chars, out);
                    while out.is_empty() && !next.is_ascii_alphanumeric() && chars.len() > 32 {
                        next = rng.letter(&chars, out);
                    }
                    out.push(next);
                }
            }
            Segment::Special(name) => out.extend_from_slice(special(name, rng).as_bytes()),
            Segment::Optional(inner) => {
                if rng.below(2) == 1 {
                    fill(inner, rng, out);
                }
            }
        }
    }
}

/// Decoys of the forms that only the engine matches; those with a check are built when it seals them.
fn special(name: &str, rng: &mut Rng) -> String {
    const WORD: &str = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    match name {
        "url-userinfo" => rng.text(WORD, 18),
        "basic-authorization" => {
            let pair = format!("svc-{}:{}", rng.text("abcdefghijkmnpqrstuvwxyz", 6), rng.text(WORD, 18));
            data_encoding::BASE64.encode(pair.as_bytes())
        }
        _ => String::new(),
    }
}

/// A run of variable length is minted at most this much longer than its shortest form.
const MOST_SPREAD: u64 = 16;

/// SplitMix64 (Steele, Lea, Flood 2014): one addition and a mixer, every seed is good.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Uniform in `0..n` up to a bias below `n / 2^64`; 0 if `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u64) as usize)
    }

    pub(crate) fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.next() as u8).collect()
    }

    /// `n` characters of `alphabet`.
    pub(crate) fn text(&mut self, alphabet: &str, n: usize) -> String {
        let mut out = Vec::new();
        for _ in 0..n {
            out.push(self.letter(alphabet.as_bytes(), &out));
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// A character that does not make the last three equal: a decoy should not look like a placeholder.
    fn letter(&mut self, chars: &[u8], before: &[u8]) -> u8 {
        loop {
            let b = self.pick(chars).copied().unwrap_or(b'0');
            let threefold = before.len() >= 2 && before.iter().rev().take(2).all(|&x| x == b);
            if !threefold || chars.len() < 2 {
                return b;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn unknown_rules_and_shapes_are_refused() {
        assert_eq!(mint("nobody.nothing", 0).unwrap_err().code(), "invalid_argument");
        assert_eq!(
            mint_shape("npm.access-token-granular-and-classic", 99, 0).unwrap_err().code(),
            "invalid_argument"
        );
    }

    #[test]
    fn seeds_give_different_decoys_and_the_same_seed_the_same() {
        let tokens: BTreeSet<_> = (0..100).map(|seed| mint("slack.bot-token", seed).unwrap()).collect();
        assert_eq!(tokens.len(), 100);
        assert_eq!(mint("slack.bot-token", 5).unwrap(), mint("slack.bot-token", 5).unwrap());
    }

    /// First outputs of SplitMix64 from seed 0, as published with the generator.
    #[test]
    fn generator_gives_the_published_numbers() {
        let mut rng = Rng(0);
        assert_eq!([rng.next(), rng.next()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }

    #[test]
    fn aws_ids_carry_the_account() {
        for account in [0, 1, 123_456_789_012, 999_999_999_999] {
            let id = mint_aws_key_id(account, account);
            assert_eq!(checks::aws_account(id.as_bytes()), Some(account));
            assert_eq!(id.len(), 20);
        }
    }
}
