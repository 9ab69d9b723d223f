/*!
Offline checks: what a token proves by itself.

A check grades a finding, it never hides one. [`Strength::Checksum`] checks tell a real token from a changed or
invented one with certainty that the doc of each states; [`Strength::Structure`] checks say that it is built as
the provider builds it. Every check can also *seal*: complete a random body so that the check holds, which is how
decoys are minted. No check contacts anybody.
*/

use alloc::string::String;

use super::mint::Rng;

pub(crate) mod aws;
pub(crate) mod azure;
mod bech32;
mod bitcoin;
pub(crate) mod crc;
pub(crate) mod json;
pub(crate) mod jwt;
pub(crate) mod macaroon;
mod nats;
pub(crate) mod pem;

pub use aws::account as aws_account;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The token is consistent.
    Holds,
    /// It is not: changed, cut, invented, or another format.
    Fails,
    /// This form of the token carries nothing to check.
    NotApplicable,
}

/// How much a check that holds proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Any changed character makes it fail (up to a chance that its doc states; at most 1 in 10,000).
    Checksum,
    /// Some changes make it fail.
    Structure,
}

/// One offline check.
pub struct Check {
    /// Its name in the catalogue.
    pub name: &'static str,
    /// What it compares, in a few words for a person.
    pub what: &'static str,
    /// Where the algorithm is published.
    pub source: &'static str,
    /// What it proves.
    pub strength: Strength,
    run: fn(&[u8]) -> Option<bool>,
    pub(crate) seal: fn(String, &mut Rng) -> String,
}

/// Every check, sorted by name.
pub const CHECKS: &[&Check] = &[
    &crc::ATLASSIAN,
    &aws::KEY_ID,
    &azure::CASK,
    &azure::KEY,
    &bitcoin::BASE58,
    &bech32::AGE_IDENTITY,
    &bitcoin::MNEMONIC,
    &crc::CLOUDFLARE,
    &crc::CONFLUENT,
    &crc::BASE62,
    &azure::ENTRA,
    &crc::GITLAB,
    &json::SERVICE_ACCOUNT,
    &crc::GRAFANA,
    &json::GRAFANA,
    &jwt::ENCRYPTED,
    &json::JWK,
    &jwt::SIGNED,
    &json::MAPBOX,
    &nats::NKEY,
    &json::ONEPASSWORD,
    &pem::PRIVATE_KEY,
    &pem::PGP,
    &macaroon::PYPI,
    &json::SENTRY,
    &crc::ZUPLO,
];

/// The check of a name.
pub fn find(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name).copied()
}

/// Runs the check `name` on a whole token. An unknown name is not applicable. Linear in the token.
///
/// ```
/// use nhi_core::classify::{checks, mint};
/// let mut token = mint("github.personal-access-token-classic", 1)?.into_bytes();
/// assert_eq!(checks::run("crc32-base62", &token), checks::Outcome::Holds);
/// token[10] = if token[10] == b'a' { b'b' } else { b'a' };
/// assert_eq!(checks::run("crc32-base62", &token), checks::Outcome::Fails);
/// # Ok::<(), nhi_core::Error>(())
/// ```
pub fn run(name: &str, token: &[u8]) -> Outcome {
    match find(name).and_then(|check| (check.run)(token)) {
        Some(true) => Outcome::Holds,
        Some(false) => Outcome::Fails,
        None => Outcome::NotApplicable,
    }
}

#[cfg(test)]
mod tests;
