/*!
What a token says by itself: account, issuer, subject, scopes, dates, environment, kind of key.

Only what a format can carry has an entry. A format that can say something and does not gives [`Fact::Absent`] (a
JSON web token without `exp` has no expiry) or [`Fact::Unknown`] with the reason (an old AWS id carries no account).
Nothing here is a secret: what opens something is never read out.
*/

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde_json::{Map, Value};

use super::{
    catalogue::{Format, Segment, Shape},
    checks::{aws, azure, crc, json, jwt, macaroon, pem},
};
use crate::{limits, model::Fact, time::Timestamp};

type Attributes = BTreeMap<String, Fact<String>>;

/// Reads the attributes of a whole token of `format`. Linear in the token.
///
/// Names: `account`, `issuer`, `subject`, `audience`, `scopes` (space separated), `issued`, `expires` (RFC 3339 in
/// UTC), `environment` (`prod`, `test`, `sandbox`), `key_type`, `algorithm`, `encrypted`, `access`, `external_id` (the public id
/// under which the provider lists it), and `app`, `team`, `user`, `name`, `region` where a provider puts them in.
///
/// ```
/// use nhi_core::{classify::{attributes, catalogue, mint_aws_key_id}, model::Fact};
/// let format = catalogue::find("aws.access-key-id-long-lived").unwrap();
/// let found = attributes::read(format, mint_aws_key_id(42, 1).as_bytes());
/// assert_eq!(found["account"], Fact::Known("000000000042".into()));
/// ```
pub fn read(format: &Format, token: &[u8]) -> BTreeMap<String, Fact<String>> {
    let mut out = Attributes::new();
    let Some(shape) = shape_of(format, token) else { return out };
    environment(shape, token, &mut out);
    if let Some(check) = shape.check {
        by_check(check, token, &mut out);
    }
    by_rule(format, token, &mut out);
    out
}

/// The shape that the token has; the only one of a format that only the engine matches.
fn shape_of<'f>(format: &'f Format, token: &[u8]) -> Option<&'f Shape> {
    let whole = |shape: &&Shape| {
        matches!(shape.segments, [Segment::Special(_)]) || shape.match_len(token) == Some(token.len())
    };
    format.shapes.iter().find(whole)
}

fn environment(shape: &Shape, token: &[u8], out: &mut Attributes) {
    let has = |text: &str| token.windows(text.len()).any(|window| window == text.as_bytes());
    if let Some((_, environment)) = shape.environment.iter().find(|(text, _)| has(text)) {
        out.insert("environment".into(), Fact::Known(environment.as_str().into()));
    }
}

fn by_check(check: &str, token: &[u8], out: &mut Attributes) {
    match check {
        "aws-key-id" => {
            let account = aws::account(token).map(|account| format!("{account:012}"));
            let old = "ids issued before about 2019 carry no account";
            out.insert("account".into(), account.map_or(Fact::unknown(old), Fact::Known));
            known(out, "external_id", text(token));
        }
        "azure-key" => {
            let why = "no seed of the service fits the checksum";
            let right = azure::right(token).map(String::from);
            out.insert("access".into(), right.map_or(Fact::unknown(why), Fact::Known));
        }
        "gitlab-crc32" => gitlab(token, out),
        "jwt" => claims(token, out),
        "pem-private-key" | "pgp-crc24" => {
            if let Some((kind, encrypted)) = pem::key_type(token) {
                known(out, "key_type", Some(kind.into()));
                known(out, "encrypted", encrypted.map(|yes| yes.to_string()));
            }
        }
        "pypi-macaroon" => {
            if let Some((location, caveats)) = macaroon::read(token) {
                known(out, "issuer", Some(location));
                out.insert("scopes".into(), bounded(Some(caveats.join(" "))));
            }
        }
        "google-service-account" => {
            let fields = json::from_member(token);
            copy(
                fields.as_ref(),
                out,
                &[("client_email", "subject"), ("project_id", "account"), ("private_key_id", "external_id")],
            );
        }
        "jwk" => copy(json::from_member(token).as_ref(), out, &[("kty", "key_type"), ("kid", "external_id")]),
        "grafana-json" => copy(json::grafana(token).as_ref(), out, &[("o", "account"), ("n", "name")]),
        "mapbox-json" => copy(json::mapbox(token).as_ref(), out, &[("u", "account"), ("a", "external_id")]),
        "sentry-json" => {
            let fields = json::sentry(token);
            copy(fields.as_ref(), out, &[("org", "account"), ("region_url", "issuer")]);
            if let Some(fields) = fields {
                out.insert("issued".into(), instant(fields.get("iat")));
            }
        }
        "onepassword-json" => {
            let fields = json::onepassword(token);
            copy(fields.as_ref(), out, &[("signInAddress", "issuer"), ("email", "subject")]);
        }
        _ => {}
    }
}

/// Public parts of tokens whose structure is the provider's own. The rules are data in the catalogue; what their
/// parts mean is only said in the provider's documents.
fn by_rule(format: &Format, token: &[u8], out: &mut Attributes) {
    let parts = |separator: u8| -> Vec<&[u8]> { token.split(|&b| b == separator).collect() };
    match format.id {
        "alibaba.access-key-id" | "twilio.api-key-sid" => known(out, "external_id", text(token)),
        "dynatrace.api-paas-platform-token" => {
            if let [kind, id, _] = parts(b'.').as_slice() {
                known(out, "external_id", text(&[kind, &b"."[..], id].concat()));
            }
        }
        "sendgrid.api-key" => {
            if let [_, id, _] = parts(b'.').as_slice() {
                known(out, "external_id", text(id));
            }
        }
        "mailchimp.api-key" => known(out, "region", parts(b'-').get(1).and_then(|part| text(part))),
        "slack.bot-token" => known(out, "team", parts(b'-').get(1).and_then(|part| text(part))),
        "slack.app-level-token" => known(out, "app", parts(b'-').get(2).and_then(|part| text(part))),
        "slack.incoming-webhook-url" => {
            // The first part of the path after its kind. By place, not by its first letter alone: the last part is the
            // secret, and may begin with any.
            let team = parts(b'/').get(4).copied().filter(|part| part.starts_with(b"T"));
            known(out, "team", team.and_then(text));
        }
        "github.app-installation-server-to-server-token" => {
            // The stateless form: application id, then a JSON web token.
            let body = token.strip_prefix(b"ghs_").unwrap_or_default();
            if let Some(at) = body.iter().position(|&b| b == b'_') {
                known(out, "app", body.get(..at).and_then(text));
                claims(body.get(at + 1..).unwrap_or_default(), out);
            }
        }
        _ => {}
    }
}

fn known(out: &mut Attributes, name: &str, value: Option<String>) {
    if let Some(value) = value {
        out.insert(name.into(), bounded(Some(value)));
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    core::str::from_utf8(bytes).ok().filter(|text| !text.is_empty()).map(String::from)
}

fn bounded(value: Option<String>) -> Fact<String> {
    match value {
        Some(value) if value.len() > limits::ATTRIBUTE_BYTES => {
            Fact::unknown(format!("longer than {} bytes", limits::ATTRIBUTE_BYTES))
        }
        other => Fact::known_or_absent(other),
    }
}

/// Text and numbers of an object under our names; a member that is missing is absent.
fn copy(fields: Option<&Map<String, Value>>, out: &mut Attributes, names: &[(&str, &str)]) {
    let Some(fields) = fields else { return };
    for (theirs, ours) in names {
        let value = match fields.get(*theirs) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        out.insert((*ours).into(), bounded(value));
    }
}

/// A NumericDate (RFC 7519 section 2): seconds since 1970, perhaps with a fraction.
fn instant(value: Option<&Value>) -> Fact<String> {
    let Some(value) = value else { return Fact::Absent };
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|s| s as i64));
    let in_range = |s: &i64| (0..=Timestamp::MAX.millis() / 1000).contains(s);
    match seconds.filter(in_range) {
        Some(s) => Fact::Known(Timestamp::from_millis(s * 1000).to_string()),
        None => Fact::unknown("not a number of seconds since 1970"),
    }
}

/// The registered claims of a JSON web token (RFC 7519 section 4.1) and its scopes (RFC 8693 section 4.2).
fn claims(token: &[u8], out: &mut Attributes) {
    let Some((header, payload)) = jwt::signed(token) else { return };
    let list = |name: &str| match payload.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(items)) => {
            Some(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    };
    out.insert("issuer".into(), bounded(list("iss")));
    out.insert("subject".into(), bounded(list("sub")));
    out.insert("audience".into(), bounded(list("aud")));
    out.insert("scopes".into(), bounded(list("scope").or_else(|| list("scp"))));
    out.insert("issued".into(), instant(payload.get("iat")));
    out.insert("expires".into(), instant(payload.get("exp")));
    let algorithm = header.get("alg").and_then(Value::as_str).map(String::from);
    out.insert("algorithm".into(), bounded(algorithm));
}

/// The routing lines of a GitLab token: ids in base 36 of organisation, group, project, user and cell.
fn gitlab(token: &[u8], out: &mut Attributes) {
    let Some(payload) = crc::gitlab_payload(token) else { return };
    let Ok(bytes) = data_encoding::BASE64URL_NOPAD.decode(payload) else { return };
    // Behind the lines stand random bytes and, last, how many they are.
    let random = bytes.last().map_or(0, |&n| usize::from(n) + 1);
    let lines = bytes.get(..bytes.len().saturating_sub(random)).unwrap_or_default();
    for line in lines.split(|&b| b == b'\n') {
        let name = match line {
            [b'o', b':', ..] => "account",
            [b'u', b':', ..] => "user",
            [b'g', b':', ..] => "group",
            [b'p', b':', ..] => "project",
            [b'c', b':', ..] => "region",
            _ => continue,
        };
        let id = line.get(2..).and_then(|id| core::str::from_utf8(id).ok());
        known(out, name, id.and_then(|id| u64::from_str_radix(id, 36).ok()).map(|id| id.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{
        catalogue::{self, FORMATS},
        mint, mint_shape,
    };

    fn of(rule: &str, token: &str) -> Attributes {
        read(catalogue::find(rule).unwrap(), token.as_bytes())
    }

    fn is(value: &str) -> Fact<String> {
        Fact::Known(value.into())
    }

    #[test]
    fn a_web_token_tells_who_for_whom_and_until_when() {
        let payload =
            r#"{"iss":"https://issuer.test","sub":"svc","aud":["a","b"],"scp":["x","y"],"iat":1700000000.9}"#;
        let b64 = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        let token = [b64(r#"{"alg":"ES256"}"#), b64(payload), b64("0123456789abcdef")].join(".");
        let found = of("jwt.json-web-token-jws", &token);
        assert_eq!(found["issuer"], is("https://issuer.test"));
        assert_eq!(found["audience"], is("a b"));
        assert_eq!(found["scopes"], is("x y"));
        assert_eq!(found["issued"], is("2023-11-14T22:13:20.000Z"));
        assert_eq!(found["expires"], Fact::Absent);
    }

    #[test]
    fn impossible_dates_are_unknown_and_long_values_are_left_out() {
        let payload =
            format!(r#"{{"iss":"{}","exp":"soon","iat":-1}}"#, "x".repeat(limits::ATTRIBUTE_BYTES + 1));
        let b64 = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        let token = [b64(r#"{"alg":"none"}"#), b64(&payload), String::new()].join(".");
        let found = of("jwt.json-web-token-jws", &token);
        assert!(
            found["issuer"].is_unknown() && found["expires"].is_unknown() && found["issued"].is_unknown()
        );
    }

    #[test]
    fn environments_are_read_from_the_marker() {
        for (rule, words) in [
            ("stripe.secret-key", ["prod", "test"]),
            ("easypost.api-key", ["prod", "test"]),
            ("gocardless.api-access-token", ["prod", "sandbox"]),
        ] {
            for seed in 0..20 {
                let token = mint(rule, seed).unwrap();
                let found = of(rule, &token);
                let word = found["environment"].known().unwrap();
                assert!(words.contains(&word.as_str()), "{rule} {word}");
                let live = ["live", "EZAK"].iter().any(|marker| token.contains(marker));
                assert_eq!(word == "prod", live, "{rule}");
            }
        }
        assert_eq!(
            of("pypi.upload-token", &mint_shape("pypi.upload-token", 1, 1).unwrap())["environment"],
            is("test")
        );
    }

    #[test]
    fn providers_put_public_parts_in() {
        let rule = "google.service-account-key-json";
        let found = of(rule, &mint(rule, 3).unwrap());
        let subject = found["subject"].known().unwrap();
        assert!(subject.ends_with(".iam.gserviceaccount.com"));
        assert_eq!(found["external_id"].known().unwrap().len(), 40);
        let rule = "gitlab.personal-access-token";
        let found = of(rule, &mint_shape(rule, 1, 3).unwrap());
        assert!(found.contains_key("account") && found.contains_key("user"));
        let rule = "sendgrid.api-key";
        let token = mint(rule, 1).unwrap();
        assert_eq!(of(rule, &token)["external_id"], is(&token[3..25]));
        let rule = "private-key.pem-private-key-rsa-ec-dsa-pkcs8-encrypted";
        assert_eq!(of(rule, &mint(rule, 1).unwrap())["key_type"], is("ed25519"));
    }

    #[test]
    fn an_old_aws_id_says_why_it_has_no_account() {
        let token = format!("{}I{}", ["AK", "IA"].concat(), "Q".repeat(15));
        let found = of("aws.access-key-id-long-lived", &token);
        assert!(found["account"].is_unknown());
        assert_eq!(found["external_id"], is(&token));
    }

    #[test]
    fn foreign_bytes_give_nothing_and_never_panic() {
        for format in FORMATS {
            for junk in [&b""[..], b"\xff\xfe..--__", b"eyJ.eyJ.x", &[b'a'; 300]] {
                let _ = read(format, junk);
            }
        }
    }

    #[test]
    fn the_team_of_a_webhook_is_never_its_secret() {
        let format = catalogue::find("slack.incoming-webhook-url").unwrap();
        let url = |kind: &str, first: &str, last: &str| {
            let host = ["https://hooks.", "slack.com"].concat();
            format!("{host}/{kind}/{first}/B1234567/{last}")
        };
        let secret = "T".repeat(24);
        let of = |token: String| read(format, token.as_bytes()).get("team").cloned();
        assert_eq!(of(url("services", "T7654321", &secret)), Some(Fact::Known("T7654321".into())));
        assert_eq!(of(url("triggers", "F7654321", &secret)), None);
    }
}
