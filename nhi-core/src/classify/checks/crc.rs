//! Checksums of the CRC family that providers put into their tokens. Values are IEEE CRC-32 (ISO 3309) unless the
//! check says otherwise.

use alloc::{format, string::String, vec::Vec};

use data_encoding::BASE64;

use super::{Check, Strength};

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

const BASE62_DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36_DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// `value` in a positional notation, most significant digit first, left-padded to `width`.
fn digits(mut value: u64, alphabet: &[u8], width: usize) -> Vec<u8> {
    let base = alphabet.len() as u64;
    let mut out = Vec::new();
    while out.len() < width {
        out.push(alphabet.get((value % base) as usize).copied().unwrap_or(b'0'));
        value /= base;
    }
    out.reverse();
    out
}

/// Splits off the last `n` bytes.
fn tail(bytes: &[u8], n: usize) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(bytes.len().checked_sub(n)?)
}

fn after_underscore(token: &[u8]) -> Option<&[u8]> {
    let at = token.iter().position(|&b| b == b'_')?;
    token.get(at + 1..)
}

/// The token without its last `n` characters, with `sum` of it in their place.
fn resealed(token: String, n: usize, sum: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let Some((body, _)) = tail(token.as_bytes(), n) else { return token };
    let sum = sum(body);
    [String::from_utf8_lossy(body), String::from_utf8_lossy(&sum)].concat()
}

fn hex_upper(sum: u32) -> Vec<u8> {
    format!("{sum:08X}").into_bytes()
}

fn hex_lower(sum: u32) -> Vec<u8> {
    format!("{sum:08x}").into_bytes()
}

/// `crc32-base62`: the last 6 characters are the CRC-32 of what stands between the first `_` and them, in base 62
/// with digits `0-9A-Za-z`. GitHub published the construction; npm tokens use the same.
pub(super) const BASE62: Check = Check {
    name: "crc32-base62",
    what: "the last 6 characters are the CRC-32 of the body in base 62",
    source: "https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/",
    strength: Strength::Checksum,
    run: |token| {
        let (body, sum) = tail(after_underscore(token)?, 6)?;
        // The stateless installation token is a JWT behind an app id: nothing to check here.
        let plain = body.len() >= 20 && body.iter().all(u8::is_ascii_alphanumeric);
        plain.then(|| sum == base62_sum(body))
    },
    seal: |token, _| resealed(token, 6, |body| after_underscore(body).map(base62_sum).unwrap_or_default()),
};

fn base62_sum(body: &[u8]) -> Vec<u8> {
    digits(crc32(body).into(), BASE62_DIGITS, 6)
}

/// `atlassian-crc32`: the last 8 characters are the CRC-32 of everything before them, in upper-case hex.
pub(super) const ATLASSIAN: Check = Check {
    name: "atlassian-crc32",
    what: "the last 8 characters are the CRC-32 of all before them",
    source: "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
    strength: Strength::Checksum,
    run: |token| {
        let (body, sum) = tail(token, 8)?;
        (body.len() >= 20).then(|| sum == hex_upper(crc32(body)))
    },
    seal: |token, _| resealed(token, 8, |body| hex_upper(crc32(body))),
};

/// `cloudflare-crc32`: the last 8 characters are the CRC-32 of the 40 after the `_`, in lower-case hex.
pub(super) const CLOUDFLARE: Check = Check {
    name: "cloudflare-crc32",
    what: "the last 8 characters are the CRC-32 of the body",
    source: "https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
    strength: Strength::Checksum,
    run: |token| {
        let (body, sum) = tail(after_underscore(token)?, 8)?;
        (body.len() == 40).then(|| sum == hex_lower(crc32(body)))
    },
    seal: |token, _| resealed(token, 8, |body| hex_lower(crc32(after_underscore(body).unwrap_or_default()))),
};

/// `confluent-crc32`: after `cflt` 54 characters, then the first 6 of the base64 of their CRC-32, least
/// significant byte first.
pub(super) const CONFLUENT: Check = Check {
    name: "confluent-crc32",
    what: "the last 6 characters are the CRC-32 of the body in base64",
    source: "https://docs.confluent.io/cloud/current/security/authenticate/workload-identities/service-accounts/api-keys/overview.html",
    strength: Strength::Checksum,
    run: |token| {
        let (body, sum) = tail(token.strip_prefix(b"cflt")?, 6)?;
        (body.len() == 54).then(|| sum == confluent_sum(body))
    },
    seal: |token, _| resealed(token, 6, |body| confluent_sum(body.strip_prefix(b"cflt").unwrap_or_default())),
};

fn confluent_sum(body: &[u8]) -> Vec<u8> {
    let mut text = BASE64.encode(&crc32(body).to_le_bytes()).into_bytes();
    text.truncate(6);
    text
}

/// `grafana-crc32`: the 8 hex digits after the last `_` are the CRC-32 of all before it, least significant byte
/// first.
pub(super) const GRAFANA: Check = Check {
    name: "grafana-crc32",
    what: "the last 8 characters are the CRC-32 of prefix and body",
    source: "https://github.com/grafana/grafana/blob/main/pkg/components/satokengen/tokengen.go",
    strength: Strength::Checksum,
    run: |token| {
        let (body, sum) = tail(token, 9)?;
        let sum = sum.strip_prefix(b"_")?;
        (body.len() == 37).then(|| sum == hex_lower(crc32(body).swap_bytes()))
    },
    seal: |token, _| resealed(token, 9, |body| [&b"_"[..], &hex_lower(crc32(body).swap_bytes())].concat()),
};

/// `zuplo-crc32`: the 8 hex digits after the last `_` are the CRC-32 of the 32 characters before it.
pub(super) const ZUPLO: Check = Check {
    name: "zuplo-crc32",
    what: "the last 8 characters are the CRC-32 of the body",
    source: "https://zuplo.com/blog/api-key-authentication",
    strength: Strength::Checksum,
    run: |token| {
        let (body, sum) = tail(token.strip_prefix(b"zpka_")?, 9)?;
        let sum = sum.strip_prefix(b"_")?;
        (body.len() == 32).then(|| sum == hex_lower(crc32(body)))
    },
    seal: |token, _| {
        resealed(token, 9, |body| {
            [&b"_"[..], &hex_lower(crc32(body.strip_prefix(b"zpka_").unwrap_or_default()))].concat()
        })
    },
};

/// `gitlab-crc32`: a routable token ends with the length of its base64url payload (2 base-36 digits) and the
/// CRC-32 of everything before (7 base-36 digits). The older form without a dot has neither: not applicable.
pub(super) const GITLAB: Check = Check {
    name: "gitlab-crc32",
    what: "the last 9 characters are the length of the payload and the CRC-32 of all before",
    source: "https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/",
    strength: Strength::Checksum,
    run: |token| {
        let payload = gitlab_payload(token)?;
        let (body, sum) = tail(token, 7)?;
        let (_, length) = tail(body, 2)?;
        Some(length == gitlab_length(payload) && sum == digits(crc32(body).into(), BASE36_DIGITS, 7))
    },
    seal: |token, rng| {
        let prefix = token.split_once('-').map_or("", |(prefix, _)| prefix);
        // What GitLab puts in: routing lines (organisation, user), random bytes, their number.
        let mut payload = format!("o:{}\nu:{}", rng.below(900) + 1, {
            let digits: Vec<u8> = digits(rng.below(36 * 36 * 36 * 36), BASE36_DIGITS, 4);
            String::from_utf8_lossy(&digits).into_owned()
        })
        .into_bytes();
        payload.extend(rng.bytes(16));
        payload.push(16);
        let payload = data_encoding::BASE64URL_NOPAD.encode(&payload);
        let length = gitlab_length(payload.as_bytes());
        let body = format!("{prefix}-{payload}.01.{}", String::from_utf8_lossy(&length));
        let sum = digits(crc32(body.as_bytes()).into(), BASE36_DIGITS, 7);
        body + &String::from_utf8_lossy(&sum)
    },
};

/// The base64url payload of a routable GitLab token.
pub(crate) fn gitlab_payload(token: &[u8]) -> Option<&[u8]> {
    let start = token.iter().position(|&b| b == b'-')? + 1;
    let rest = token.get(start..)?;
    rest.get(..rest.iter().position(|&b| b == b'.')?)
}

fn gitlab_length(payload: &[u8]) -> Vec<u8> {
    digits(payload.len() as u64, BASE36_DIGITS, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::checks::{Outcome, run};

    /// Check values that the CRC catalogue gives for "123456789".
    #[test]
    fn crc32_is_the_ieee_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    /// The example that has been public since the format was announced (a token that never opened anything);
    /// joined here from halves.
    #[test]
    fn published_example_holds() {
        let token = ["gh", "p_", "zQWBuTSOoRi4A9spHcVY", "5ncnsDkxkJ", "0mLq17"].concat();
        assert_eq!(run("crc32-base62", token.as_bytes()), Outcome::Holds);
    }

    #[test]
    fn forms_without_a_checksum_are_not_applicable() {
        let legacy = format!("gl{}-{}", "pat", "aB3".repeat(7));
        assert_eq!(run("gitlab-crc32", legacy.as_bytes()), Outcome::NotApplicable);
        let stateless = format!("gh{}_123_{}.{}.{}", "s", "e".repeat(30), "f".repeat(40), "g".repeat(40));
        assert_eq!(run("crc32-base62", stateless.as_bytes()), Outcome::NotApplicable);
    }
}
