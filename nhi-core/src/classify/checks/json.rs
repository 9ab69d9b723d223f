//! Tokens that carry JSON: some in base64, some as they are.

use alloc::{format, string::String, vec::Vec};

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};
use serde_json::{Map, Value, json};

use super::{Check, Strength, pem};

const WORD: &str = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LOWER: &str = "abcdefghijkmnpqrstuvwxyz";
const HEX: &str = "0123456789abcdef";

/// `grafana-json`: base64 of JSON with `k`, `n` and `id` (API key) or `o`, `n`, `k` and `m` (cloud token).
pub(super) const GRAFANA: Check = Check {
    name: "grafana-json",
    what: "the body is JSON with the fields of a Grafana key",
    source: "https://github.com/grafana/grafana/blob/main/pkg/components/apikeygen/apikeygen.go",
    strength: Strength::Structure,
    run: |token| {
        let fields = grafana(token);
        let has = |names: &[&str]| fields.as_ref().is_some_and(|f| names.iter().all(|n| f.contains_key(*n)));
        Some(has(&["k", "n", "id"]) || has(&["k", "n", "o", "m"]))
    },
    seal: |token, rng| {
        let name = format!("ci-{}", rng.text(LOWER, 5));
        if token.starts_with("glc_") {
            let value = json!({"o": format!("{}", 100_000 + rng.below(900_000)), "n": name,
                "k": rng.text(WORD, 24), "m": {"r": "eu"}});
            format!("glc_{}", BASE64.encode(format!("{value}").as_bytes()))
        } else {
            let value = format!(r#"{{"k":"{}","n":"{name}","id":{}}}"#, rng.text(WORD, 32), 1 + rng.below(9));
            BASE64.encode(value.as_bytes())
        }
    },
};

/// The JSON of a Grafana key.
pub(crate) fn grafana(token: &[u8]) -> Option<Map<String, Value>> {
    object(token.strip_prefix(b"glc_").unwrap_or(token))
}

/// `mapbox-json`: the middle part is base64url of JSON with the user `u` and the token id `a`.
pub(super) const MAPBOX: Check = Check {
    name: "mapbox-json",
    what: "the middle part is JSON with a user",
    source: "https://docs.mapbox.com/api/accounts/tokens/",
    strength: Strength::Structure,
    run: |token| Some(mapbox(token).is_some_and(|f| f.contains_key("u") && f.contains_key("a"))),
    seal: |token, rng| {
        let prefix = token.get(..3).unwrap_or("pk.");
        let id = format!("c{}", rng.text("abcdefghijkmnpqrstuvwxyz0123456789", 24));
        let value = format!(r#"{{"u":"{}","a":"{id}"}}"#, rng.text(LOWER, 9));
        let tail = BASE64URL_NOPAD.encode(&rng.bytes(16));
        format!("{prefix}{}.{tail}", BASE64URL_NOPAD.encode(value.as_bytes()))
    },
};

/// The JSON of a Mapbox token.
pub(crate) fn mapbox(token: &[u8]) -> Option<Map<String, Value>> {
    let mut parts = token.split(|&b| b == b'.');
    let (_, middle, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    object(middle)
}

/// `sentry-json`: behind the prefix base64 of JSON with `iat`, `url`, `region_url` and `org`.
pub(super) const SENTRY: Check = Check {
    name: "sentry-json",
    what: "the body is JSON with the organisation and its URL",
    source: "https://github.com/getsentry/rfcs/blob/main/text/0091-ci-upload-tokens.md",
    strength: Strength::Structure,
    run: |token| {
        let fields = sentry(token);
        let has = |name: &str| fields.as_ref().is_some_and(|f| f.contains_key(name));
        Some(["iat", "url", "region_url", "org"].into_iter().all(has))
    },
    seal: |_, rng| {
        let value = json!({"iat": 1_704_067_200 + rng.below(94_000_000), "url": "https://sentry.io",
            "region_url": "https://de.sentry.io", "org": rng.text(LOWER, 8)});
        let tail = BASE64_NOPAD.encode(&rng.bytes(32));
        format!("sntrys_{}_{tail}", BASE64.encode(format!("{value}").as_bytes()))
    },
};

/// The JSON of a Sentry organisation token.
pub(crate) fn sentry(token: &[u8]) -> Option<Map<String, Value>> {
    let body = token.strip_prefix(b"sntrys_")?;
    object(body.get(..body.iter().rposition(|&b| b == b'_')?)?)
}

/// `onepassword-json`: behind the prefix base64 of JSON with `email`, `secretKey` and `signInAddress`.
pub(super) const ONEPASSWORD: Check = Check {
    name: "onepassword-json",
    what: "the body is JSON with the account's address and key",
    source: "https://developer.1password.com/docs/service-accounts/",
    strength: Strength::Structure,
    run: |token| {
        let fields = onepassword(token);
        let has = |name: &str| fields.as_ref().is_some_and(|f| f.contains_key(name));
        Some(["email", "secretKey", "signInAddress"].into_iter().all(has))
    },
    seal: |_, rng| {
        let value = format!(
            r#"{{"signInAddress":"{0}.1password.com","userAuth":{{"method":"SRPg-4096","iterations":650000}},"#,
            rng.text(LOWER, 8)
        ) + &format!(
            r#""email":"{}@1passwordserviceaccounts.com","srpX":"{}","secretKey":"A3-{}"}}"#,
            rng.text("abcdefghijkmnpqrstuvwxyz0123456789", 13),
            rng.text(HEX, 64),
            rng.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 31),
        );
        format!("ops_{}", BASE64.encode(value.as_bytes()))
    },
};

/// The JSON of a 1Password service account token.
pub(crate) fn onepassword(token: &[u8]) -> Option<Map<String, Value>> {
    object(token.strip_prefix(b"ops_")?)
}

/// `google-service-account`: JSON from `"type"` to the closing brace, with the account's e-mail, the key id and a
/// private key that parses.
pub(super) const SERVICE_ACCOUNT: Check = Check {
    name: "google-service-account",
    what: "JSON with the account, the key id and a private key that parses",
    source: "https://cloud.google.com/iam/docs/keys-create-delete",
    strength: Strength::Structure,
    run: |token| {
        let fields = from_member(token);
        let text = |name: &str| fields.as_ref().and_then(|f| f.get(name)).and_then(Value::as_str);
        let key = text("private_key").is_some_and(|key| pem::holds(key.as_bytes()) == Some(true));
        Some(text("client_email").is_some() && text("private_key_id").is_some() && key)
    },
    seal: |token, rng| {
        let project = format!("{}-{}", rng.text(LOWER, 6), rng.text("0123456789", 6));
        let email = format!("deploy@{project}.iam.gserviceaccount.com");
        let key = (pem::PRIVATE_KEY.seal)(String::new(), rng);
        let value = format!(
            "\"type\": \"service_account\",\n  \"project_id\": \"{project}\",\n  \"private_key_id\": \"{}\",\n  \
             \"private_key\": {},\n  \"client_email\": \"{email}\",\n  \"client_id\": \"1{}\"\n}}",
            rng.text(HEX, 40),
            Value::from(key + "\n"),
            rng.text("0123456789", 20),
        );
        if token.starts_with('\\') {
            // As it stands inside another JSON text.
            let inner = format!("{}", Value::from(value));
            inner.get(1..inner.len().saturating_sub(1)).unwrap_or_default().into()
        } else {
            value
        }
    },
};

/// `jwk`: JSON with `kty` and a private member (`d`, or `k` of a symmetric key).
pub(super) const JWK: Check = Check {
    name: "jwk",
    what: "JSON of a key with its private member",
    source: "https://datatracker.ietf.org/doc/html/rfc7517",
    strength: Strength::Structure,
    run: |token| {
        let fields = from_member(token);
        let text = |name: &str| fields.as_ref().and_then(|f| f.get(name)).and_then(Value::as_str);
        let member = if text("kty") == Some("oct") { "k" } else { "d" };
        Some(text(member).is_some_and(|value| BASE64URL_NOPAD.decode(value.as_bytes()).is_ok()))
    },
    seal: |_, rng| {
        let [d, x] = [32, 32].map(|n| BASE64URL_NOPAD.encode(&rng.bytes(n)));
        format!(r#""kty": "OKP", "crv": "Ed25519", "x": "{x}", "d": "{d}"}}"#)
    },
};

/// An object whose opening brace was left out, as the token starts at its first member; also with the quotes
/// escaped, as it stands inside another JSON text.
pub(crate) fn from_member(token: &[u8]) -> Option<Map<String, Value>> {
    let text = core::str::from_utf8(token).ok()?;
    if text.starts_with('\\') {
        let inner: String = serde_json::from_str(&format!("\"{text}\"")).ok()?;
        return serde_json::from_str(&format!("{{{inner}")).ok();
    }
    serde_json::from_str(&format!("{{{text}")).ok()
}

/// The JSON object in a base64 text, with either alphabet and with or without padding.
fn object(text: &[u8]) -> Option<Map<String, Value>> {
    let end = text.iter().rposition(|&b| b != b'=')? + 1;
    let plain: Vec<u8> = text
        .get(..end)?
        .iter()
        .map(|b| match b {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        })
        .collect();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(&plain).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::mint::Rng;

    #[test]
    fn both_alphabets_and_any_padding_are_read() {
        let value = r#"{"a":"??>>~~"}"#;
        for text in [BASE64.encode(value.as_bytes()), BASE64URL_NOPAD.encode(value.as_bytes())] {
            assert_eq!(object(text.as_bytes()).unwrap()["a"], "??>>~~");
        }
        assert!(object(b"").is_none() && object(b"====").is_none());
    }

    #[test]
    fn escaped_accounts_are_read() {
        let mut rng = Rng(4);
        let token = (SERVICE_ACCOUNT.seal)("\\".into(), &mut rng);
        assert!(token.starts_with("\\\"type\\\""));
        assert!(from_member(token.as_bytes()).unwrap().contains_key("client_email"));
    }
}
