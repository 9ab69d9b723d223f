//! Macaroons in the binary form, version 2, as PyPI uses them.

use alloc::{format, string::String, vec::Vec};

use data_encoding::BASE64URL_NOPAD;

use super::{Check, Strength};

/// `pypi-macaroon`: base64url of a version 2 macaroon whose location is `pypi.org` or `test.pypi.org`, with an
/// identifier, caveats and a signature of 32 bytes. The signature needs PyPI's key, so this is structure only.
pub(super) const PYPI: Check = Check {
    name: "pypi-macaroon",
    what: "the body is a macaroon of pypi.org or test.pypi.org",
    source: "https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt",
    strength: Strength::Structure,
    run: |token| Some(read(token).is_some()),
    seal: |token, rng| {
        let location: &[u8] = if token.starts_with("pypi-AgEN") { b"test.pypi.org" } else { b"pypi.org" };
        let mut bytes = Vec::from([2]);
        field(&mut bytes, 1, location);
        let id = rng.text("0123456789abcdef", 32);
        let (a, rest) = id.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        field(&mut bytes, 2, format!("{a}-{b}-{c}-{d}-{e}").as_bytes());
        bytes.push(0);
        field(&mut bytes, 2, b"[3,\"user\"]");
        bytes.extend([0, 0]);
        field(&mut bytes, 6, &rng.bytes(32));
        format!("pypi-{}", BASE64URL_NOPAD.encode(&bytes))
    },
};

fn field(out: &mut Vec<u8>, kind: u8, data: &[u8]) {
    out.extend([kind, data.len() as u8]);
    out.extend(data);
}

/// Location and caveats of a PyPI token.
pub(crate) fn read(token: &[u8]) -> Option<(String, Vec<String>)> {
    let bytes = BASE64URL_NOPAD.decode(token.strip_prefix(b"pypi-")?).ok()?;
    let mut rest = bytes.strip_prefix(&[2])?;
    let text = |data: &[u8]| String::from_utf8(data.into()).ok();
    let location = text(take(&mut rest, 1)?)?;
    if !matches!(location.as_str(), "pypi.org" | "test.pypi.org") {
        return None;
    }
    take(&mut rest, 2)?;
    rest = rest.strip_prefix(&[0])?;
    let mut caveats = Vec::new();
    while rest.first() != Some(&0) {
        caveats.push(text(take(&mut rest, 2)?)?);
        rest = rest.strip_prefix(&[0])?;
    }
    rest = rest.strip_prefix(&[0])?;
    let signature = take(&mut rest, 6)?;
    (signature.len() == 32 && rest.is_empty()).then_some((location, caveats))
}

/// One field of `kind`: its length is a varint of at most two bytes (16,383; tokens are shorter).
fn take<'a>(rest: &mut &'a [u8], kind: u8) -> Option<&'a [u8]> {
    let after = rest.strip_prefix(&[kind])?;
    let (length, after) = match after {
        [a, after @ ..] if *a < 128 => (usize::from(*a), after),
        [a, b, after @ ..] if *b < 128 => (usize::from(a & 127) | usize::from(*b) << 7, after),
        _ => return None,
    };
    let (data, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(data)
}
