//! AWS unique ids: the account in the body.

use alloc::string::String;

use super::{Check, Strength};
use crate::classify::mint::Rng;

/// `aws-key-id`: 16 base32 characters are 80 bits. In ids issued since about 2019 the top bit is set and the 40
/// bits after it are the account number, below 10^12. Older ids carry no account: not applicable.
pub(crate) const KEY_ID: Check = Check {
    name: "aws-key-id",
    what: "the base32 body holds a 12-digit account id",
    source: "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html",
    strength: Strength::Structure,
    run: |id| {
        let Some(bits) = bits(id) else { return Some(false) };
        (bits >> 79 == 1).then(|| account_of(bits) < 1_000_000_000_000)
    },
    seal: |token, rng| {
        let account = rng.below(1_000_000_000_000);
        let prefix: String = token.chars().take(4).collect();
        prefix + &body_of_account(account, rng)
    },
};

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The account that an access key id (or another AWS unique id) carries; `None` for ids older than about 2019
/// and for anything else. The id's first four characters are its type.
///
/// # Source
/// The 40 bits after the top bit of the base32-decoded body: T. Kvashuk, "A short note on AWS KEY ID" (2020);
/// the same answer as `sts GetAccessKeyInfo`, which has no other input than the id.
pub fn account(id: &[u8]) -> Option<u64> {
    let bits = bits(id)?;
    let account = account_of(bits);
    (bits >> 79 == 1 && account < 1_000_000_000_000).then_some(account)
}

fn account_of(bits: u128) -> u64 {
    (bits >> 39 & 0xff_ffff_ffff) as u64
}

fn bits(id: &[u8]) -> Option<u128> {
    let body = id.get(4..).filter(|body| body.len() == 16)?;
    body.iter().try_fold(0u128, |bits, b| Some(bits << 5 | BASE32.iter().position(|c| c == b)? as u128))
}

pub(crate) fn body_of_account(account: u64, rng: &mut Rng) -> String {
    let low = u128::from(rng.next() & 0x7f_ffff_ffff);
    let bits = 1 << 79 | u128::from(account & 0xff_ffff_ffff) << 39 | low;
    (0..16).rev().map(|i| BASE32.get((bits >> (5 * i) & 31) as usize).map_or('A', |&b| b as char)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    /// The formula as usually written, on bytes: (first six bytes and 0x7fffffffff80) >> 7.
    #[test]
    fn account_is_the_published_formula() {
        let mut rng = Rng(3);
        for _ in 0..100 {
            let account_in = rng.below(1_000_000_000_000);
            let id = format!("{}{}", ["AS", "IA"].concat(), body_of_account(account_in, &mut rng));
            let bytes = data_encoding::BASE32.decode(&id.as_bytes()[4..]).unwrap();
            let six = bytes[..6].iter().fold(0u64, |v, &b| v << 8 | u64::from(b));
            assert_eq!((six & 0x7fff_ffff_ff80) >> 7, account_in);
            assert_eq!(account(id.as_bytes()), Some(account_in));
        }
    }

    #[test]
    fn old_ids_carry_none() {
        let old = format!("{}I{}", ["AK", "IA"].concat(), "Q".repeat(15));
        assert_eq!(account(old.as_bytes()), None);
        assert_eq!(super::super::run("aws-key-id", old.as_bytes()), super::super::Outcome::NotApplicable);
    }
}
