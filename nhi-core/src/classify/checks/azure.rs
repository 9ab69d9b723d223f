//! Keys of Azure services: Marvin32 checksums under a seed that names the service and the right.
//!
//! Source of all of it: Microsoft's `security-utilities` (MIT), which the services themselves use to make the keys.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL};

use super::{Check, Strength};

const SOURCE: &str = "https://github.com/microsoft/security-utilities";

/// Marvin32 over `data`, its two halves xored: the 32-bit form (Ferguson; as in SymCrypt and .NET).
fn marvin32(data: &[u8], seed: u64) -> u32 {
    let (mut a, mut b) = (seed as u32, (seed >> 32) as u32);
    let mut block = |word: u32| {
        a = a.wrapping_add(word);
        b ^= a;
        a = a.rotate_left(20).wrapping_add(b);
        b = b.rotate_left(9) ^ a;
        a = a.rotate_left(27).wrapping_add(b);
        b = b.rotate_left(19);
    };
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        block(word.iter().rev().fold(0, |w, &x| w << 8 | u32::from(x)));
    }
    let rest = words.remainder();
    block(rest.iter().rev().fold(0x80, |w, &x| w << 8 | u32::from(x)));
    block(0);
    a ^ b
}

/// Eight ASCII characters read as a big-endian number.
const fn seed(name: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*name)
}

/// A service: its four fixed characters, whether its keys use the URL alphabet, and its seeds with what each allows.
struct Service {
    signature: &'static [u8; 4],
    url: bool,
    seeds: &'static [(&'static [u8; 8], &'static str)],
}

const MESSAGING: &[(&[u8; 8], &str)] = &[
    (b"Send0000", "send"),
    (b"Listen00", "listen"),
    (b"Manage00", "manage"),
    (b"System00", "system"),
    (b"Unknown0", "unknown right"),
];

const SERVICES: &[Service] = &[
    Service { signature: b"+ASt", url: false, seeds: &[(b"Default0", "account key")] },
    Service { signature: b"+ABa", url: false, seeds: &[(b"AbAcct00", "account key")] },
    Service {
        signature: b"ACDb",
        url: false,
        seeds: &[
            (b"MastRW00", "master read-write"),
            (b"MastRO00", "master read-only"),
            (b"SysAll00", "system all"),
            (b"SystRW00", "system read-write"),
            (b"SystRO00", "system read-only"),
            (b"Resour00", "resource"),
            (b"Encryp00", "data encryption"),
        ],
    },
    Service { signature: b"+ASb", url: false, seeds: MESSAGING },
    Service { signature: b"+AEh", url: false, seeds: MESSAGING },
    Service { signature: b"+ARm", url: false, seeds: MESSAGING },
    Service { signature: b"AZEG", url: false, seeds: &[(b"SendRecv", "send and receive")] },
    Service {
        signature: b"AzFu",
        url: true,
        seeds: &[(b"Functi00", "function key"), (b"System00", "system key"), (b"Master00", "master key")],
    },
    Service {
        signature: b"AzSe",
        url: true,
        seeds: &[(b"PAdmin00", "admin key"), (b"Query000", "query key")],
    },
    Service { signature: b"AzCa", url: false, seeds: &[(b"Access00", "access key")] },
    Service { signature: b"+ACR", url: false, seeds: &[(b"ACRDflt0", "registry password")] },
    Service {
        signature: b"AIoT",
        url: false,
        seeds: &[
            (b"IoTHub00", "hub key"),
            (b"DpsKey00", "device provisioning key"),
            (b"Device00", "device key"),
        ],
    },
    Service {
        signature: b"APIM",
        url: false,
        seeds: &[
            (b"IoTHub00", "subscription key"),
            (b"Tenant00", "direct management key"),
            (b"Gatewy00", "gateway key"),
            (b"GitKey00", "repository key"),
        ],
    },
    Service { signature: b"+AMC", url: false, seeds: &[(b"Classic0", "web service key")] },
];

/// `azure-key`: the four fixed characters stand ten before the end of the unpadded text, and the last four bytes
/// are the Marvin32 of the others (little-endian) under one of the service's seeds.
pub(super) const KEY: Check = Check {
    name: "azure-key",
    what: "the last 4 bytes are the Marvin32 of the others under a seed of the service",
    source: SOURCE,
    strength: Strength::Checksum,
    run: |token| {
        let service = service(token)?;
        Some(right_of(token, service).is_some())
    },
    seal: |token, rng| {
        let Some(service) = service(token.as_bytes()) else { return token };
        let seed_name = rng.pick(service.seeds).map_or(*b"Default0", |(name, _)| **name);
        let mut text = token;
        // A random last digit may hold bits that padding forbids.
        if text.ends_with('=') && !text.ends_with("==") {
            text.truncate(text.len() - 2);
            text.push_str("A=");
        }
        // A search key has letters and digits only; other draws of the body are tried until it does.
        for _ in 0..64 {
            let Some(sealed) = sealed(&text, service, seed(&seed_name)) else { return text };
            let plain = service.signature != b"AzSe" || sealed.bytes().all(|b| b.is_ascii_alphanumeric());
            if plain {
                return sealed;
            }
            text.replace_range(..4, &rng.text("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 4));
        }
        text
    },
};

/// What an identifiable Azure key allows, from the seed under which its checksum holds.
pub(crate) fn right(token: &[u8]) -> Option<&'static str> {
    right_of(token, service(token)?)
}

fn service(token: &[u8]) -> Option<&'static Service> {
    let text = token.strip_suffix(b"==").or_else(|| token.strip_suffix(b"=")).unwrap_or(token);
    let at = text.len().checked_sub(10)?;
    let found = text.get(at..at + 4)?;
    SERVICES.iter().find(|service| service.signature == found)
}

fn right_of(token: &[u8], service: &Service) -> Option<&'static str> {
    let bytes = decode(token, service)?;
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    let holds = |name: &[u8; 8]| marvin32(body, seed(name)).to_le_bytes() == *sum;
    service.seeds.iter().find(|(name, _)| holds(name)).map(|(_, right)| *right)
}

fn decode(token: &[u8], service: &Service) -> Option<Vec<u8>> {
    if service.url { BASE64URL.decode(token) } else { BASE64.decode(token) }.ok()
}

fn sealed(text: &str, service: &Service, seed: u64) -> Option<String> {
    let mut bytes = decode(text.as_bytes(), service)?;
    let at = bytes.len().checked_sub(4)?;
    let sum = marvin32(bytes.get(..at)?, seed).to_le_bytes();
    bytes.get_mut(at..)?.copy_from_slice(&sum);
    Some(if service.url { BASE64URL.encode(&bytes) } else { BASE64.encode(&bytes) })
}

/// `azure-cask`: common annotated security keys. 80 characters of base64 with `JQQJ` at 52, then the Marvin32 of
/// their 60 bytes: 4 characters in the standard form, 6 and `==` in the long one. The sum is written in base 62
/// (its bytes, least significant first, as one number; padded with `0` on the right), in early builds in base64.
pub(super) const CASK: Check = Check {
    name: "azure-cask",
    what: "the characters from the 81st on are the Marvin32 of those before",
    source: SOURCE,
    strength: Strength::Checksum,
    run: |token| {
        let (body, sum) = token.split_at_checked(80)?;
        if body.get(52..56) != Some(b"JQQJ") {
            return None;
        }
        let sum = sum.strip_suffix(b"==").unwrap_or(sum);
        if sum.len() != 4 && sum.len() != 6 {
            return Some(false);
        }
        let Some((base62, base64)) = cask_sums(body) else { return Some(false) };
        Some(base62.as_bytes().starts_with(sum) || base64.as_bytes().starts_with(sum))
    },
    seal: |token, _| {
        let Some((body, sum)) = token.split_at_checked(80) else { return token };
        let Some((base62, _)) = cask_sums(body.as_bytes()) else { return token };
        let (length, pad) = if sum.len() > 4 { (6, "==") } else { (4, "") };
        let mut out = body.to_string();
        // The long form must stay base64 of whole bytes: its sixth digit carries four bits.
        out.push_str(base62.get(..length).unwrap_or_default());
        out.push_str(pad);
        out
    },
};

fn cask_sums(body: &[u8]) -> Option<(String, String)> {
    let bytes = BASE64.decode(body).ok()?;
    let sum = marvin32(&bytes, seed(b"Default0")).to_le_bytes();
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut value = u32::from_be_bytes(sum);
    let mut base62 = Vec::new();
    while value > 0 {
        base62.push(DIGITS.get((value % 62) as usize).copied()?);
        value /= 62;
    }
    base62.reverse();
    base62.resize(6, b'0');
    Some((String::from_utf8(base62).ok()?, BASE64_NOPAD.encode(&sum)))
}

/// `entra-client-secret`: the last 3 characters are the first 3 of the 6 digits (base 66) of the Marvin32 of all
/// before them. Secrets marked `7Q~` are older and carry none: not applicable. A changed secret passes with a
/// chance of 1 in 14,900.
pub(super) const ENTRA: Check = Check {
    name: "entra-client-secret",
    what: "the last 3 characters belong to the Marvin32 of all before",
    source: SOURCE,
    strength: Strength::Checksum,
    run: |token| {
        if token.get(3..6) != Some(b"8Q~") {
            return None;
        }
        let (body, sum) = token.split_at_checked(token.len().checked_sub(3)?)?;
        Some(entra_sum(body) == *sum)
    },
    seal: |token, _| {
        let Some((body, _)) = token.split_at_checked(token.len().saturating_sub(3)) else { return token };
        [body, &String::from_utf8_lossy(&entra_sum(body.as_bytes()))].concat()
    },
};

fn entra_sum(body: &[u8]) -> [u8; 3] {
    const DIGITS: &[u8; 66] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
    let value = marvin32(body, seed(b"AadPwd00"));
    let digit = |power: u32| DIGITS.get((value / power % 66) as usize).copied().unwrap_or(b'a');
    [digit(66 * 66 * 66 * 66 * 66), digit(66 * 66 * 66 * 66), digit(66 * 66 * 66)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::checks::{Outcome, run};
    use crate::classify::mint::Rng;

    /// Vectors of SymCrypt (`marvin32.c`) and of Microsoft's `security-utilities`.
    #[test]
    fn marvin32_gives_the_published_values() {
        assert_eq!(marvin32(b"abc", 0xd53c_d9ce_cd08_93b7), 0x22c7_4339 ^ 0x4927_69bf);
        let letters = b"abcdefghijklmnopqrstuvwxyz";
        assert_eq!(marvin32(letters, 0x0ddd_deee_efff_f000), 0xa128_eb7e ^ 0x7260_aca2);
        assert_eq!(marvin32(b"", 0x004f_b61a_001b_dbcc), 0x30ed_35c1 ^ 0x00cd_3c7d);
    }

    /// The test key of Microsoft's benchmark data: 40 zero bytes, allocated in July 2024.
    #[test]
    fn published_annotated_key_holds() {
        let key = [&"A".repeat(52), "JQQJ", "99AG", &"A".repeat(17), "BCD", "TZJ9JA", "=="].concat();
        assert_eq!(run("azure-cask", key.as_bytes()), Outcome::Holds);
        assert_eq!(run("azure-cask", key.replace("TZJ", "TZK").as_bytes()), Outcome::Fails);
    }

    #[test]
    fn the_seed_tells_the_right() {
        let mut rng = Rng(1);
        let body = rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 42);
        let blank = [&body, "AzSe", "A", "AAAAA"].concat();
        let service = service(blank.as_bytes()).unwrap();
        for (name, right_name) in service.seeds {
            let key = sealed(&blank, service, seed(name)).unwrap();
            assert_eq!(right(key.as_bytes()), Some(*right_name));
        }
    }

    #[test]
    fn older_client_secrets_carry_no_checksum() {
        let old = ["ab1", "7Q~", &"x".repeat(31)].concat();
        assert_eq!(run("entra-client-secret", old.as_bytes()), Outcome::NotApplicable);
    }
}
