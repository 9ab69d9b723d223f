use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{
    attributes,
    catalogue::{FORMATS, FilledOperation, Format, Operation, Segment, Shape},
    checks::{self, Outcome},
    paste, redact, variety,
};
use crate::{
    Fingerprint, Pepper, limits,
    model::{Alternative, CredentialKind, Fact},
};

/// Everything that can be told of one pasted token, offline and without keeping or repeating it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// Version of this form: 1.
    pub v: u32,
    /// The best rule; none if no shape of the catalogue tells it by itself.
    pub rule: Option<String>,
    /// Provider, as the catalogue names it; empty without a rule.
    pub provider: String,
    /// Kind in the provider's words; empty without a rule.
    pub kind: String,
    /// What sort of credential it is.
    pub credential_kind: CredentialKind,
    /// Account, organisation or project that the token itself names.
    pub account: Fact<String>,
    /// Environment that the token itself names.
    pub environment: Fact<String>,
    /// Scopes that the token itself names, space separated.
    pub scopes: Fact<String>,
    /// When it was issued (RFC 3339), if the token says so.
    pub issued: Fact<String>,
    /// When it ends (RFC 3339), if the token says so; absent if it says that it has no end.
    pub expires: Fact<String>,
    /// What a holder may do, as the documents of the kind say.
    pub privilege: Fact<String>,
    /// The offline check; none if none is published for this shape.
    pub check: Option<CheckReport>,
    /// Marker, `…` and the last four characters; nothing of a short token, and empty without a rule.
    pub preview: String,
    /// Keyed digest; none without a pepper.
    pub fingerprint: Option<Fingerprint>,
    /// All that the token says by itself (see [`attributes::read`]).
    pub attributes: BTreeMap<String, Fact<String>>,
    /// Whether the provider has ended this kind.
    pub ended: bool,
    /// How to list such credentials, with the arguments that the token itself fills.
    pub list: Vec<FilledOperation>,
    /// Steps of a rotation, in order.
    pub rotate: Vec<FilledOperation>,
    /// Steps of a revocation, in order.
    pub revoke: Vec<FilledOperation>,
    /// Other rules whose shape this is too, best first; without a rule, those that a word nearby would have to tell.
    pub alternatives: Vec<Alternative>,
    /// The provider's document.
    pub document: Option<String>,
    /// What it looks like: length, alphabet, entropy.
    pub looks: Looks,
}

/// An offline check and what it found, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    /// Its name.
    pub name: String,
    /// `holds`, `fails` or `not_applicable`.
    pub outcome: String,
    /// The outcome as a sentence.
    pub text: String,
    /// Where the algorithm is published.
    pub source: String,
}

/// What bytes look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// Bytes, after trimming.
    pub length: u64,
    /// The narrowest usual alphabet: `digits`, `lower-case hex`, `base64`, …
    pub alphabet: String,
    /// Shannon entropy of the first 256 bytes, in thousandths of a bit per byte.
    pub entropy_millibits: u32,
    /// All three as a sentence.
    pub text: String,
}

/// Explains one token: what it is, whose, for what, until when, and how to revoke it.
///
/// What people copy along with it is taken off: white space, quotes, `NAME=`, a header's name, `Bearer `, `token `
/// and `Basic ` (whose password is explained). Of more than [`limits::TOKEN_BYTES`] only the length and the looks
/// of the beginning are told. No part of the token beyond
/// its preview and its public parts is in the answer. Linear in the token times the shapes of the catalogue.
///
/// ```
/// use nhi_core::classify::{inspect, mint};
/// let told = inspect(mint("github.personal-access-token-classic", 1)?.as_bytes(), None);
/// assert_eq!(told.rule.as_deref(), Some("github.personal-access-token-classic"));
/// assert_eq!(told.check.unwrap().outcome, "holds");
/// assert_eq!(told.revoke[0].to_string(), "POST /credentials/revoke with the token");
/// # Ok::<(), nhi_core::Error>(())
/// ```
pub fn inspect(token: &[u8], pepper: Option<&Pepper>) -> Inspection {
    let pasted =
        paste::unwrap(token, |text| hits(text).first().is_some_and(|hit| hit.rank > Rank::Contextual));
    let token = pasted.token();
    let looks = looks(token);
    let fingerprint = pepper.filter(|_| !token.is_empty()).map(|pepper| pepper.fingerprint(token));
    if token.is_empty() || token.len() > limits::TOKEN_BYTES {
        return unknown(looks, fingerprint, Vec::new());
    }
    let mut hits = hits(token);
    if pasted.is_basic() {
        hits.retain(|hit| hit.rank > Rank::Contextual);
        let basic = FORMATS.iter().find(|format| format.id == BASIC);
        let hit = |format: &'static Format| {
            let shape = format.shapes.first()?;
            Some(Hit { format, shape, rank: Rank::Marker, marker: 0, outcome: None })
        };
        hits.extend(basic.and_then(hit));
    }
    let alternative = |hit: &Hit| Alternative {
        rule: hit.format.id.into(),
        provider: hit.format.provider.into(),
        kind: hit.format.kind().into(),
    };
    let others = hits.iter().skip(1).filter(|hit| hit.rank > Rank::Contextual).map(alternative).collect();
    match hits.first() {
        Some(hit) if hit.rank > Rank::Contextual => known(hit, token, looks, fingerprint, others),
        _ => unknown(looks, fingerprint, hits.iter().take(MOST_GUESSES).map(alternative).collect()),
    }
}

/// The rule of a password behind `Basic `.
const BASIC: &str = "http.basic-authorization-header";

/// What fits the token as a whole, best first.
fn hits(token: &[u8]) -> Vec<Hit> {
    let mut hits: Vec<Hit> = FORMATS.iter().filter_map(|format| Hit::of(format, token)).collect();
    hits.sort_by(|a, b| (b.rank, b.marker).cmp(&(a.rank, a.marker)).then(a.format.id.cmp(b.format.id)));
    hits
}

/// Most rules named for a token that only a word nearby could tell.
const MOST_GUESSES: usize = 8;

/// How well a shape fits, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Its alphabet and length only.
    Contextual,
    /// Its marker, and the check fails.
    Fails,
    /// Its marker.
    Marker,
    /// Its marker or nothing, and the check holds.
    Holds,
}

struct Hit {
    format: &'static Format,
    shape: &'static Shape,
    rank: Rank,
    marker: usize,
    outcome: Option<Outcome>,
}

impl Hit {
    fn of(format: &'static Format, token: &[u8]) -> Option<Hit> {
        format
            .shapes
            .iter()
            .filter_map(|shape| Hit::of_shape(format, shape, token))
            .max_by_key(|hit| hit.rank)
    }

    fn of_shape(format: &'static Format, shape: &'static Shape, token: &[u8]) -> Option<Hit> {
        let outcome = shape.check.map(|check| checks::run(check, token));
        let literal = match shape.segments {
            [Segment::Special(name)] => {
                return special(name, token).then(|| {
                    let rank = if outcome == Some(Outcome::Fails) { Rank::Fails } else { Rank::Holds };
                    Hit { format, shape, rank, marker: 0, outcome }
                });
            }
            segments => {
                if shape.match_len(token) != Some(token.len()) {
                    return None;
                }
                fixed(segments)
            }
        };
        let rank = match outcome {
            Some(Outcome::Holds) => Rank::Holds,
            _ if literal < 3 => Rank::Contextual,
            Some(Outcome::Fails) => Rank::Fails,
            _ => Rank::Marker,
        };
        Some(Hit { format, shape, rank, marker: literal, outcome })
    }
}

/// Bytes of the longest literal that every token of the shape has.
fn fixed(segments: &[Segment]) -> usize {
    let length = |segment: &Segment| match segment {
        Segment::Literal(text) => text.len(),
        Segment::OneOf(texts) => texts.iter().map(|text| text.len()).min().unwrap_or(0),
        _ => 0,
    };
    segments.iter().map(length).max().unwrap_or(0)
}

/// Whether the token has a form that only the engine finds in text.
fn special(name: &str, token: &[u8]) -> bool {
    match name {
        "pem-private-key" => {
            checks::pem::armor(token).is_some_and(|armor| armor.label.ends_with("PRIVATE KEY"))
        }
        "pgp-private-key" => {
            checks::pem::armor(token).is_some_and(|armor| armor.label == "PGP PRIVATE KEY BLOCK")
        }
        "jwt" | "bip39" => checks::run(name, token) == Outcome::Holds,
        _ => false,
    }
}

fn known(
    hit: &Hit,
    token: &[u8],
    looks: Looks,
    fingerprint: Option<Fingerprint>,
    alternatives: Vec<Alternative>,
) -> Inspection {
    let format = hit.format;
    let attributes = attributes::read(format, token);
    let fact = |name: &str| attributes.get(name).cloned().unwrap_or(Fact::unknown("the token does not say"));
    let value = |name: &str| attributes.get(name).and_then(Fact::known).cloned();
    let lookup = |field: &str| match field {
        "version.external_id" => value("external_id"),
        "issuer.account" => value("account"),
        "identity.name" => value("subject"),
        "identity.id" => value("app"),
        _ => None,
    };
    let fill = |operations: &[Operation]| operations.iter().map(|o| o.fill(lookup)).collect();
    Inspection {
        v: 1,
        rule: Some(format.id.into()),
        provider: format.provider.into(),
        kind: format.name.into(),
        credential_kind: format.credential_kind,
        account: fact("account"),
        environment: fact("environment"),
        scopes: fact("scopes"),
        issued: fact("issued"),
        expires: fact("expires"),
        privilege: match format.privilege {
            "" => Fact::unknown("the documents do not say"),
            text => Fact::Known(text.into()),
        },
        check: hit.outcome.and_then(|outcome| report(hit.shape, outcome)),
        preview: redact::preview(token, hit.shape.marker(token)),
        fingerprint,
        ended: format.ended,
        list: fill(format.list),
        rotate: fill(format.rotate),
        revoke: fill(format.revoke),
        alternatives,
        document: format.document().map(String::from),
        looks,
        attributes,
    }
}

fn unknown(looks: Looks, fingerprint: Option<Fingerprint>, alternatives: Vec<Alternative>) -> Inspection {
    let nothing = || Fact::unknown("the kind of token is not known");
    Inspection {
        v: 1,
        rule: None,
        provider: String::new(),
        kind: String::new(),
        credential_kind: CredentialKind::Unknown,
        account: nothing(),
        environment: nothing(),
        scopes: nothing(),
        issued: nothing(),
        expires: nothing(),
        privilege: nothing(),
        check: None,
        preview: String::new(),
        fingerprint,
        attributes: BTreeMap::new(),
        ended: false,
        list: Vec::new(),
        rotate: Vec::new(),
        revoke: Vec::new(),
        alternatives,
        document: None,
        looks,
    }
}

fn report(shape: &Shape, outcome: Outcome) -> Option<CheckReport> {
    let check = checks::find(shape.check?)?;
    let (word, text) = match outcome {
        Outcome::Holds => ("holds", format!("holds: {}", check.what)),
        Outcome::Fails => {
            ("fails", format!("fails: it was changed, cut or invented (expected: {})", check.what))
        }
        Outcome::NotApplicable => ("not_applicable", "this form carries nothing to check".to_string()),
    };
    Some(CheckReport { name: check.name.into(), outcome: word.into(), text, source: check.source.into() })
}

/// An alphabet: its name, and which bytes it has.
type Class = (&'static str, fn(u8) -> bool);

fn looks(token: &[u8]) -> Looks {
    const CLASSES: &[Class] = &[
        ("digits", |b| b.is_ascii_digit()),
        ("lower-case hex", |b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
        ("upper-case hex", |b| matches!(b, b'0'..=b'9' | b'A'..=b'F')),
        ("lower-case letters", |b| b.is_ascii_lowercase()),
        ("base32", |b| matches!(b, b'A'..=b'Z' | b'2'..=b'7' | b'=')),
        ("letters", |b| b.is_ascii_alphabetic()),
        ("letters and digits", |b| b.is_ascii_alphanumeric()),
        ("base64url", |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=')),
        ("base64", |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')),
        ("printable ASCII", |b| b.is_ascii_graphic()),
        ("ASCII text", |b| b.is_ascii()),
    ];
    let fits = |class: &&Class| token.iter().all(|&b| class.1(b));
    let alphabet = match token {
        [] => "nothing",
        _ => CLASSES.iter().find(fits).map_or("bytes beyond ASCII", |class| class.0),
    };
    let entropy = variety::entropy(token);
    let text = format!(
        "{} characters of {alphabet}, {}.{} bits of entropy each",
        token.len(),
        entropy / 1000,
        entropy % 1000 / 100
    );
    Looks { length: token.len() as u64, alphabet: alphabet.into(), entropy_millibits: entropy, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{mint, mint_aws_key_id, mint_shape};

    /// Every shape that tells itself is named, first or among the alternatives.
    #[test]
    fn decoys_are_recognised() {
        let mut named = 0;
        for format in FORMATS {
            for (index, shape) in format.shapes.iter().enumerate() {
                if matches!(shape.segments, [Segment::Special("url-userinfo" | "basic-authorization")]) {
                    continue;
                }
                let token = mint_shape(format.id, index, 5).unwrap();
                let told = inspect(token.as_bytes(), None);
                let listed = told.alternatives.iter().any(|other| other.rule == format.id);
                let first = told.rule.as_deref() == Some(format.id);
                if fixed(shape.segments) >= 3 || shape.check.is_some() {
                    assert!(first || listed, "{}: {:?}", format.id, told.rule);
                    named += u32::from(first);
                }
            }
        }
        assert!(named > 100, "{named}");
    }

    #[test]
    fn the_answer_never_repeats_a_secret() {
        for format in FORMATS {
            let token = mint(format.id, 9).unwrap();
            // Some tokens are public ids, or words; they are told whole on purpose.
            let told = inspect(token.as_bytes(), None);
            if told.attributes.get("external_id").and_then(Fact::known) == Some(&token) {
                continue;
            }
            let shown = format!("{told:?}{}", serde_json::to_string(&told).unwrap());
            assert!(!shown.contains(&token), "{}", format.id);
            let secret = &token[token.len() / 2..token.len() - 4];
            assert!(secret.len() < 12 || !shown.contains(secret), "{}", format.id);
        }
    }

    #[test]
    fn an_aws_id_fills_its_own_revocation() {
        let id = mint_aws_key_id(123_456_789_012, 2);
        let told = inspect(format!(" \"{id}\"\n").as_bytes(), None);
        assert_eq!(told.account, Fact::Known("123456789012".into()));
        let revoke = told.revoke[0].to_string();
        assert_eq!(revoke, format!("iam UpdateAccessKey(UserName=?, AccessKeyId={id}, Status=Inactive)"));
    }

    #[test]
    fn a_changed_token_is_still_named_and_said_to_fail() {
        let mut token = mint("npm.access-token-granular-and-classic", 1).unwrap();
        token.pop();
        token.push('_');
        assert_eq!(inspect(token.as_bytes(), None).rule, None);
        let token = mint("npm.access-token-granular-and-classic", 1).unwrap();
        let last = if token.ends_with('a') { "b" } else { "a" };
        let told = inspect(format!("Bearer {}{last}", &token[..39]).as_bytes(), None);
        assert_eq!(told.rule.as_deref(), Some("npm.access-token-granular-and-classic"));
        assert_eq!(told.check.unwrap().outcome, "fails");
    }

    #[test]
    fn what_people_copy_along_is_taken_off() {
        let token = mint("github.personal-access-token-classic", 4).unwrap();
        let pepper = Pepper::new([1; 32]);
        let plain = inspect(token.as_bytes(), Some(&pepper));
        for text in [
            format!("Authorization: Bearer {token}\n"),
            format!("authorization: token {token}"),
            format!("-H 'Authorization: Bearer {token}'"),
            format!("export GH_TOKEN=\"{token}\""),
            format!("GH_TOKEN={token};"),
            format!("  \"token\": \"{token}\","),
            format!("token = '{token}'"),
            format!("PRIVATE-TOKEN: {token}"),
        ] {
            assert_eq!(inspect(text.as_bytes(), Some(&pepper)), plain, "{text}");
        }
        let packed = data_encoding::BASE64.encode(format!("x-access-token:{token}").as_bytes());
        let told = inspect(format!("Authorization: Basic {packed}").as_bytes(), Some(&pepper));
        assert_eq!((told.rule.as_ref(), &told.fingerprint), (plain.rule.as_ref(), &plain.fingerprint));
        let packed = data_encoding::BASE64.encode(["robot:", "fj3K", "-x81Lq!0"].concat().as_bytes());
        let told = inspect(format!("Basic {packed}").as_bytes(), None);
        assert_eq!(told.rule.as_deref(), Some(BASIC));
        assert_eq!((told.preview.as_str(), told.looks.length), ("…", 12));
    }

    #[test]
    fn an_unsigned_web_token_says_so() {
        let b64 = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        let token = format!("{}.{}.", b64(r#"{"alg":"None"}"#), b64(r#"{"iss":"a","exp":1}"#));
        let told = inspect(token.as_bytes(), None);
        assert_eq!(told.attributes["algorithm"], Fact::Known("None".into()));
        assert_eq!(told.expires, Fact::Known("1970-01-01T00:00:01.000Z".into()));
        assert!(told.privilege.is_unknown());
    }

    #[test]
    fn what_is_not_known_gets_its_looks_and_nothing_else() {
        let told = inspect(b"  wJ0x-unknown thing \xc3\xa4 ", None);
        assert_eq!((told.rule, told.preview.as_str(), told.revoke.len()), (None, "", 0));
        assert_eq!(told.looks.alphabet, "bytes beyond ASCII");
        let told = inspect(b"1234567890123456789012345678901234567890123", None);
        assert!(told.looks.text.starts_with("43 characters of digits, 3.3 bits"), "{}", told.looks.text);
        assert_eq!(inspect(b"", None).looks.alphabet, "nothing");
        let huge = alloc::vec![b'a'; limits::TOKEN_BYTES + 1];
        let told = inspect(&huge, Some(&Pepper::new([1; 32])));
        assert_eq!(told.looks.length, limits::TOKEN_BYTES as u64 + 1);
    }

    #[test]
    fn written_and_read_back() {
        let told =
            inspect(mint("jwt.json-web-token-jws", 1).unwrap().as_bytes(), Some(&Pepper::new([1; 32])));
        assert!(told.expires.known().is_some() && told.fingerprint.is_some());
        let json = serde_json::to_string(&told).unwrap();
        assert_eq!(serde_json::from_str::<Inspection>(&json).unwrap(), told);
    }
}
