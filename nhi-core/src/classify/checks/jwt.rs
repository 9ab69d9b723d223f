//! JSON web tokens: signed (RFC 7515, 7519) and encrypted (RFC 7516).

use alloc::{format, string::String, vec::Vec};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};

use super::{Check, Strength};
use crate::classify::mint::Rng;

/// `jwt`: three base64url parts; the header is a JSON object with `alg`, the payload a JSON object. Whether the
/// signature is right needs the issuer's key.
pub(super) const SIGNED: Check = Check {
    name: "jwt",
    what: "header and payload are JSON objects and the header names an algorithm",
    source: "https://datatracker.ietf.org/doc/html/rfc7519",
    strength: Strength::Structure,
    run: |token| Some(signed(token).is_some()),
    seal: |_, rng| mint(rng),
};

/// `jwe`: five base64url parts whose header is a JSON object with `alg` and `enc`.
pub(super) const ENCRYPTED: Check = Check {
    name: "jwe",
    what: "five parts, and the header names an algorithm and an encryption",
    source: "https://datatracker.ietf.org/doc/html/rfc7516",
    strength: Strength::Structure,
    run: |token| {
        let parts: Vec<&[u8]> = token.split(|&b| b == b'.').take(6).collect();
        let [header, key, iv, text, tag] = parts.as_slice() else { return Some(false) };
        let header = part(header);
        let named = |name| header.as_ref().and_then(|h| h.get(name)).is_some_and(Value::is_string);
        let rest = [key, iv, text, tag].iter().all(|p| BASE64URL_NOPAD.decode(p).is_ok());
        Some(named("alg") && named("enc") && rest)
    },
    seal: |_, rng| {
        let header = BASE64URL_NOPAD.encode(br#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#);
        let parts = [256, 12, 180, 16].map(|n| BASE64URL_NOPAD.encode(&rng.bytes(n)));
        format!("{header}.{}", parts.join("."))
    },
};

/// Header and payload of a signed token.
pub(crate) fn signed(token: &[u8]) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let parts: Vec<&[u8]> = token.split(|&b| b == b'.').take(4).collect();
    let [header, payload, signature] = parts.as_slice() else { return None };
    let header = part(header).filter(|h| h.get("alg").is_some_and(Value::is_string))?;
    let unsigned = header.get("alg").and_then(Value::as_str).is_some_and(|a| a.eq_ignore_ascii_case("none"));
    let bytes = BASE64URL_NOPAD.decode(signature).ok()?;
    (unsigned || bytes.len() >= 8).then_some((header, part(payload)?))
}

/// A part that is a JSON object. Nesting beyond 128 levels is refused by the JSON reader.
fn part(text: &[u8]) -> Option<Map<String, Value>> {
    let bytes = BASE64URL_NOPAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn mint(rng: &mut Rng) -> String {
    const WORD: &str = "abcdefghijkmnopqrstuvwxyz0123456789";
    // Some instant of 2024 to 2026; a decoy has no clock.
    let issued = 1_704_067_200 + rng.below(94_000_000) as i64;
    let payload = json!({
        "iss": format!("https://login.{}.test/", rng.text(WORD, 8)),
        "sub": format!("svc-{}", rng.text(WORD, 10)),
        "aud": "https://api.internal.test",
        "iat": issued,
        "exp": issued + 3600,
        "scope": "read:items write:items",
    });
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"RS256","typ":"JWT"}"#);
    let payload = BASE64URL_NOPAD.encode(format!("{payload}").as_bytes());
    format!("{header}.{payload}.{}", BASE64URL_NOPAD.encode(&rng.bytes(256)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::checks::{Outcome, run};

    /// The example of RFC 7519 section 3.1, joined from its parts.
    #[test]
    fn example_of_the_rfc_holds() {
        let token = [
            ["eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJ", "IUzI1NiJ9"].concat(),
            [
                "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6",
                "Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            ]
            .concat(),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into(),
        ]
        .join(".");
        assert_eq!(run("jwt", token.as_bytes()), Outcome::Holds);
        let (_, payload) = signed(token.as_bytes()).unwrap();
        assert_eq!(payload["iss"], "joe");
    }

    #[test]
    fn parts_that_are_no_objects_fail() {
        let b64 = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        for (header, payload) in
            [("{}", "{}"), (r#"{"alg":"HS256"}"#, "[1]"), (r#"{"alg":1}"#, "{}"), ("x", "{}")]
        {
            let token = format!("{}.{}.{}", b64(header), b64(payload), b64("0123456789"));
            assert_eq!(run("jwt", token.as_bytes()), Outcome::Fails, "{header} {payload}");
        }
    }
}
