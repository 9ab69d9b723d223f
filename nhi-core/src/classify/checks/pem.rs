//! Armoured blocks: PEM private keys (RFC 7468) and PGP private keys (RFC 9580).

use alloc::{format, string::String, vec::Vec};

use data_encoding::BASE64;

use super::{Check, Strength};

/// `pem-private-key`: the body is base64 of one DER sequence whose length is that of the body (PKCS #1, PKCS #8,
/// SEC 1), or of an OpenSSH key. A body encrypted under a `Proc-Type` header has no structure: not applicable.
pub(crate) const PRIVATE_KEY: Check = Check {
    name: "pem-private-key",
    what: "the body is a DER sequence of the right length, or an OpenSSH key",
    source: "https://datatracker.ietf.org/doc/html/rfc7468",
    strength: Strength::Structure,
    run: holds,
    seal: |_, rng| {
        // PKCS #8 of an Ed25519 key (RFC 8410): any 32 bytes are one.
        let mut der = Vec::from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]);
        der.extend(rng.bytes(32));
        block("PRIVATE KEY", &[&BASE64.encode(&der)])
    },
};

/// `pgp-crc24`: the line that starts with `=` is the CRC-24 of the body. RFC 9580 lets it be left out: then not
/// applicable.
pub(super) const PGP: Check = Check {
    name: "pgp-crc24",
    what: "the last line is the CRC-24 of the body",
    source: "https://datatracker.ietf.org/doc/html/rfc9580#section-6.1",
    strength: Strength::Checksum,
    run: |token| {
        let armor = armor(token)?;
        if armor.label != "PGP PRIVATE KEY BLOCK" {
            return Some(false);
        }
        let sum = armor.sum?;
        let (Ok(body), Ok(sum)) = (BASE64.decode(armor.body.as_bytes()), BASE64.decode(sum.as_bytes()))
        else {
            return Some(false);
        };
        Some(crc24(&body) == sum.as_slice())
    },
    seal: |_, rng| {
        // A secret key packet (tag 5), version 4, EdDSA; what follows is random.
        let mut body = Vec::from([0x95, 0x01, 0x06, 4]);
        body.extend((1_704_067_200 + rng.below(90_000_000) as u32).to_be_bytes());
        body.push(22);
        body.extend(rng.bytes(256));
        let text = BASE64.encode(&body);
        let lines: Vec<&str> =
            (0..text.len()).step_by(64).filter_map(|at| text.get(at..text.len().min(at + 64))).collect();
        let sum = format!("={}", BASE64.encode(&crc24(&body)));
        let mut all = Vec::from([""]);
        all.extend(lines);
        all.push(&sum);
        block("PGP PRIVATE KEY BLOCK", &all)
    },
};

fn block(label: &str, lines: &[&str]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n"))
}

/// What stands in an armoured block.
pub(crate) struct Armor {
    /// The words between `BEGIN` and the dashes.
    pub(crate) label: String,
    /// Whether a header says that the body is encrypted.
    pub(crate) encrypted: bool,
    /// The base64 lines, joined.
    pub(crate) body: String,
    /// The four characters of a PGP checksum.
    sum: Option<String>,
}

/// Reads a block. Line ends may be escaped (`\n`, `\r\n` in two or four characters), and lines may be quoted and
/// joined as in source code.
pub(crate) fn armor(token: &[u8]) -> Option<Armor> {
    let text = core::str::from_utf8(token).ok()?;
    let text = text.replace("\\r", "").replace("\\n", "\n");
    let (label, rest) = text.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let (middle, end) = rest.rsplit_once("-----END ")?;
    if end.trim_end() != format!("{label}-----") {
        return None;
    }
    let mut armor = Armor { label: label.into(), encrypted: false, body: String::new(), sum: None };
    for line in middle.lines() {
        let line = line.trim();
        let line = line.strip_suffix(" +").unwrap_or(line);
        let line = line.trim_matches(['"', '\'', ',', ' ', '\\']);
        if let Some((name, value)) = line.split_once(':') {
            armor.encrypted |= name == "Proc-Type" && value.contains("ENCRYPTED");
        } else if let Some(sum) = line.strip_prefix('=').filter(|sum| sum.len() == 4) {
            armor.sum = Some(sum.into());
        } else {
            armor.body.push_str(line);
        }
    }
    Some(armor)
}

pub(super) fn holds(token: &[u8]) -> Option<bool> {
    let Some(armor) = armor(token) else { return Some(false) };
    if armor.encrypted {
        return None;
    }
    let Some(body) = decode(&armor) else { return Some(false) };
    Some(body.starts_with(b"openssh-key-v1\0") || der_sequence(&body))
}

fn decode(armor: &Armor) -> Option<Vec<u8>> {
    let body: Vec<u8> = armor.body.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    BASE64.decode(&body).ok()
}

/// One DER sequence that fills the bytes (X.690 section 8.1.3).
fn der_sequence(bytes: &[u8]) -> bool {
    let (header, length) = match bytes {
        [0x30, n, ..] if *n < 0x80 => (2, usize::from(*n)),
        [0x30, 0x81, n, ..] => (3, usize::from(*n)),
        [0x30, 0x82, a, b, ..] => (4, usize::from(*a) << 8 | usize::from(*b)),
        [0x30, 0x83, a, b, c, ..] => (5, usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c)),
        _ => return false,
    };
    length > 0 && bytes.len() == header + length
}

/// Kind of key in a block (`rsa`, `ec`, `ed25519`, `dsa`, `pgp`, `openssh` when its kind is not told), and whether
/// a passphrase protects it, as far as label and body tell.
pub(crate) fn key_type(token: &[u8]) -> Option<(&'static str, Option<bool>)> {
    let armor = armor(token)?;
    match armor.label.as_str() {
        "RSA PRIVATE KEY" => Some(("rsa", Some(armor.encrypted))),
        "EC PRIVATE KEY" => Some(("ec", Some(armor.encrypted))),
        "DSA PRIVATE KEY" => Some(("dsa", Some(armor.encrypted))),
        "ENCRYPTED PRIVATE KEY" => Some(("pkcs8", Some(true))),
        "PGP PRIVATE KEY BLOCK" => Some(("pgp", None)),
        "PRIVATE KEY" => Some((algorithm(&decode(&armor)?).unwrap_or("pkcs8"), Some(false))),
        "OPENSSH PRIVATE KEY" => {
            let body = decode(&armor)?;
            let rest = body.strip_prefix(b"openssh-key-v1\0")?;
            // The cipher's name follows: four bytes of length and the name.
            let encrypted = !rest.starts_with(b"\0\0\0\x04none");
            let has = |name: &[u8]| body.windows(name.len()).any(|window| window == name);
            let kind = if has(b"ssh-ed25519") {
                "ed25519"
            } else if has(b"ssh-rsa") {
                "rsa"
            } else if has(b"ecdsa-sha2-") {
                "ec"
            } else {
                "openssh"
            };
            Some((kind, Some(encrypted)))
        }
        _ => None,
    }
}

/// The algorithm of a PKCS #8 key, by its object identifier.
fn algorithm(der: &[u8]) -> Option<&'static str> {
    let head = der.get(..der.len().min(40))?;
    let has = |oid: &[u8]| head.windows(oid.len()).any(|window| window == oid);
    if has(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]) {
        Some("rsa")
    } else if has(&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]) {
        Some("ec")
    } else if has(&[6, 3, 0x2b, 0x65, 0x70]) {
        Some("ed25519")
    } else {
        None
    }
}

/// CRC-24 of RFC 9580 section 6.1.1: polynomial 0x864CFB, start 0xB704CE.
fn crc24(bytes: &[u8]) -> [u8; 3] {
    let crc = bytes.iter().fold(0x00b7_04ce_u32, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b) << 16, |c, _| {
            let c = c << 1;
            if c & 0x0100_0000 == 0 { c } else { c ^ 0x0186_4cfb }
        })
    });
    let [_, a, b, c] = crc.to_be_bytes();
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::checks::{Outcome, run};
    use crate::classify::mint::Rng;

    /// Check value of CRC-24/OpenPGP in the CRC catalogue.
    #[test]
    fn crc24_gives_the_check_value() {
        assert_eq!(crc24(b"123456789"), [0x21, 0xcf, 0x02]);
    }

    #[test]
    fn escaped_and_quoted_blocks_are_read() {
        let plain = (PRIVATE_KEY.seal)(String::new(), &mut Rng(1));
        let quoted = plain.replace('\n', "\\n\" +\n    \"");
        for text in [plain.clone(), plain.replace('\n', "\\n"), plain.replace('\n', "\r\n"), quoted] {
            assert_eq!(run("pem-private-key", text.as_bytes()), Outcome::Holds, "{text}");
            assert_eq!(key_type(text.as_bytes()), Some(("ed25519", Some(false))), "{text}");
        }
    }

    #[test]
    fn an_encrypted_body_has_no_structure_to_check() {
        let body = BASE64.encode(&[7; 48]);
        let headers = ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00", "", &body];
        let text = block("RSA PRIVATE KEY", &headers);
        assert_eq!(run("pem-private-key", text.as_bytes()), Outcome::NotApplicable);
        assert_eq!(key_type(text.as_bytes()), Some(("rsa", Some(true))));
    }

    #[test]
    fn a_checksum_may_be_missing() {
        let text = block("PGP PRIVATE KEY BLOCK", &["", "AAAA"]);
        assert_eq!(run("pgp-crc24", text.as_bytes()), Outcome::NotApplicable);
    }
}
