//! What a scan promises, on tokens minted from the catalogue.

use alloc::sync::Arc;
use std::{format, string::String, vec, vec::Vec};

use proptest::prelude::*;

use super::{
    Redactor, Scanner,
    catalogue::{self, FORMATS, Segment},
    mint, mint_shape,
};
use crate::{
    Pepper, limits,
    model::{Finding, Level},
};

/// One decoy of every shape made of segments: rule, token, whether only context tells it.
fn decoys(seed: u64) -> Vec<(&'static str, String, bool)> {
    let mut out = Vec::new();
    for format in FORMATS {
        for (index, shape) in format.shapes.iter().enumerate() {
            if let [Segment::Special(_)] = shape.segments {
                continue;
            }
            let long = |segment: &Segment| match segment {
                Segment::Literal(text) => text.len() >= 3,
                Segment::OneOf(texts) => texts.iter().all(|text| text.len() >= 3),
                _ => false,
            };
            let told = shape.segments.iter().any(long);
            out.push((format.id, mint_shape(format.id, index, seed).unwrap(), !told));
        }
    }
    assert!(out.len() >= 20);
    out
}

/// Surroundings in which people leave credentials; `@` is the token, `#` a context word.
const PLACES: &[&str] = &[
    "#_key = \"@\"\n",
    "export #_TOKEN=@\n",
    "  #_secret: @\r\n",
    "{\"#_key\": \"@\", \"other\": 1}",
    "const #Key = '@';",
    "# in #: `@`, see there",
    "<#>@</#>",
    "https://host.test/x?#_token=@&y=1",
    "\0\0\x01#=@\0",
    "let #_key: &str = \"@\";",
    "#_key=\"@\" # and a comment that goes on",
    "2026-01-01 INFO #_key=@, done",
    "\u{feff}#=@",
];

/// Surroundings where nothing but the token tells it.
const BARE: &[&str] =
    &["@", "@\n", "\n@", "{\"text\": \"see\\n@\\nrest\"}", "x%3D@%26y", "\x1b[31m@\x1b[0m", "(@)"];

#[test]
fn decoys_are_found_with_their_rule_in_every_surrounding() {
    let scanner = Scanner::default();
    let mut seen = 0;
    for seed in 0..4 {
        for (rule, token, contextual) in decoys(seed) {
            let format = catalogue::find(rule).unwrap();
            // Without a word, a digit or 16 characters in a row nothing tells it from a name.
            let plain = !token.bytes().any(|b| b.is_ascii_digit());
            let run =
                token.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_+/.~-".contains(b)).count();
            if contextual && (format.context.is_empty() || plain || run < 16) {
                continue;
            }
            let word = format.context.first().copied().unwrap_or("x");
            for place in PLACES.iter().chain(if contextual { &[] } else { BARE }) {
                // A few tokens hold percent signs themselves.
                if place.contains('%') && rule.starts_with("slack.legacy") {
                    continue;
                }
                let text = place.replace('#', word).replace('@', &token);
                let found = scanner.scan(text.as_bytes());
                let at = text.find(&token).unwrap() as u64;
                let span = (at, at + token.len() as u64);
                let hit = |f: &Finding| {
                    (f.start, f.end) == span
                        && (f.rule == rule || f.alternatives.iter().any(|a| a.rule == rule))
                };
                let got: Vec<_> = found.iter().map(|f| (&f.rule, f.start, f.end)).collect();
                assert!(found.iter().any(hit), "{rule} in {place:?}: {got:?}, wanted {span:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 1000);
}

#[test]
fn a_token_inside_a_longer_word_is_not_one() {
    let scanner = Scanner::default();
    let token = mint("npm.access-token-granular-and-classic", 1).unwrap();
    for text in [format!("x{token}"), format!("{token}x"), format!("{token}0 "), token[..39].into()] {
        assert_eq!(scanner.scan(text.as_bytes()), [], "{}", text.len());
    }
    assert_eq!(scanner.scan(token.as_bytes()).len(), 1);
}

#[test]
fn a_failed_checksum_lowers_and_does_not_hide() {
    let mut token = mint("github.personal-access-token-classic", 1).unwrap().into_bytes();
    let good = Scanner::default().scan(&token);
    assert_eq!(good[0].level, Level::High);
    assert!(good[0].reasons.iter().any(|r| r.code == "checksum-holds"));
    token[39] = if token[39] == b'a' { b'b' } else { b'a' };
    let bad = Scanner::default().scan(&token);
    assert_eq!(bad[0].level, Level::Low);
    assert!(bad[0].reasons.iter().any(|r| r.code == "checksum-fails"));
}

#[test]
fn the_secret_of_a_pair_is_the_finding_and_carries_its_id() {
    let id = mint("aws.access-key-id-long-lived", 3).unwrap();
    let secret = mint("aws.secret-access-key", 3).unwrap();
    for text in [
        format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
        format!("{id},{secret}\n"),
        format!("{{\"SecretAccessKey\": \"{secret}\", \"AccessKeyId\": \"{id}\"}}"),
    ] {
        let found = Scanner::default().scan(text.as_bytes());
        let main = found.iter().find(|f| f.rule == "aws.secret-access-key").expect(&text);
        assert_eq!(main.parts.len(), 1);
        assert_eq!(main.parts[0].preview, id);
        assert!(main.level >= Level::Medium);
        let half = found.iter().find(|f| f.rule == "aws.access-key-id-long-lived").unwrap();
        assert_eq!(half.level, Level::Low);
    }
}

#[test]
fn marks_silence_their_line_only_and_can_be_switched_off() {
    let token = mint("github.personal-access-token-classic", 1).unwrap();
    let text = format!("a = {token} # gitleaks:allow\nb = {token}\nc = {token} // nhi:ignore\n");
    let lines = |scanner: Scanner| scanner.scan(text.as_bytes()).iter().map(|f| f.line).collect::<Vec<_>>();
    assert_eq!(lines(Scanner::default()), [2]);
    assert_eq!(lines(Scanner::builder().ignore_marks(false).build()), [1, 2, 3]);
}

#[test]
fn fingerprints_are_those_of_the_secret_alone() {
    let pepper = Arc::new(Pepper::new([7; 32]));
    let scanner = Scanner::builder().pepper(pepper.clone()).build();
    let token = mint("github.personal-access-token-classic", 1).unwrap();
    for text in [format!("a={token}"), format!("\"x\": \"{token}\"")] {
        let found = scanner.scan(text.as_bytes());
        assert!(pepper.matches(found[0].fingerprint.as_ref().unwrap(), token.as_bytes()));
    }
}

#[test]
fn redacted_bytes_hold_no_secret() {
    let token = mint("github.personal-access-token-classic", 1).unwrap();
    let text = format!("\u{0}a={token}\u{ff} b={token}!");
    let safe = Redactor::new(Scanner::default()).redact(text.as_bytes());
    let show = String::from_utf8(safe).unwrap();
    assert!(!show.contains(&token[4..36]) && show.starts_with("\u{0}a=ghp_…") && show.ends_with('!'));
}

#[test]
fn a_key_block_is_one_secret_however_it_is_written() {
    let block = mint("private-key.pem-private-key-rsa-ec-dsa-pkcs8-encrypted", 5).unwrap();
    let pepper = Arc::new(Pepper::new([7; 32]));
    let scanner = Scanner::builder().pepper(pepper).build();
    let escaped = block.replace('\n', "\\n");
    let quoted = block.lines().map(|line| format!("  \"{line}\\n\" +\n")).collect::<String>();
    let indented = block.lines().map(|line| format!("    {line}\r\n")).collect::<String>();
    let mut prints = Vec::new();
    for text in
        [block.clone(), format!("{{\"key\": \"{escaped}\\n\"}}"), quoted, format!("key: |\n{indented}")]
    {
        let found = scanner.scan(text.as_bytes());
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].level, Level::High, "{text} {:?}", found[0].reasons);
        assert_eq!(found[0].decoded, if text.contains("\\n") { vec!["escapes"] } else { vec![] });
        prints.push(found[0].fingerprint.clone().unwrap());
    }
    prints.dedup();
    assert_eq!(prints.len(), 1);
    let head = block.lines().next().unwrap();
    let code = format!("if text.contains(\"{head}\") {{ return true; }}");
    assert_eq!(scanner.scan(code.as_bytes()), []);
}

#[test]
fn special_forms_of_the_catalogue_are_found_where_they_stand() {
    let scanner = Scanner::default();
    let mut seen = 0;
    for format in FORMATS {
        for (index, shape) in format.shapes.iter().enumerate() {
            let [Segment::Special(name)] = shape.segments else { continue };
            let token = mint_shape(format.id, index, 3).unwrap();
            let text = match *name {
                "url-userinfo" => format!("db = postgres://app:{token}@db.internal/x"),
                "basic-authorization" => format!("Authorization: Basic {token}\n"),
                "bip39" => format!("mnemonic = \"{token}\""),
                _ => format!("x = \"{token}\"\n"),
            };
            let found = scanner.scan(text.as_bytes());
            let at = text.find(&token).unwrap() as u64;
            let hit = found.iter().find(|f| f.rule == format.id);
            let hit = hit.unwrap_or_else(|| panic!("{name}: {found:?}"));
            assert_eq!((hit.start, hit.end), (at, at + token.len() as u64), "{name}");
            assert!(hit.level >= Level::Medium, "{name} {:?}", hit.reasons);
            seen += 1;
        }
    }
    assert!(seen >= 6);
}

#[test]
fn base64_of_containers_is_undone() {
    let pepper = Arc::new(Pepper::new([7; 32]));
    let scanner = Scanner::builder().pepper(pepper.clone()).build();
    let token = mint("github.personal-access-token-classic", 9).unwrap();
    let encode = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
    let password = ["fj3K", "-x81", "Lq!0"].concat();
    let auth = encode(&format!("robot:{password}"));
    for (text, secret, decoded) in [
        (format!("data:\n  config: {}\n", encode(&format!("gh_token={token}\n"))), &token, 1),
        (format!("kind: Secret\ndata:\n  password: {}\n", encode(&password)), &password, 1),
        (format!("{{\"auths\": {{\"r.test\": {{\"auth\": \"{auth}\"}}}}}}"), &password, 1),
        (format!("c: {}\n", encode(&format!("x: {}", encode(&format!("token = {token}"))))), &token, 2),
    ] {
        let found = scanner.scan(text.as_bytes());
        let hit = |f: &Finding| {
            pepper.matches(f.fingerprint.as_ref().unwrap(), secret.as_bytes()) && f.decoded.len() == decoded
        };
        assert!(found.iter().any(|f| hit(f) && f.level >= Level::Medium), "{text}: {found:?}");
    }
}

/// Text that is full of half-tokens, tokens and everything else.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let token = (0usize..FORMATS.len(), 0u64..50).prop_map(|(at, seed)| {
        let shape = FORMATS[at].shapes[0].segments;
        let special = matches!(shape, [Segment::Special(_)]);
        if special { Vec::new() } else { mint(FORMATS[at].id, seed).unwrap().into_bytes() }
    });
    let piece = prop_oneof![
        3 => token.clone(),
        1 => token.prop_map(|t| t[..t.len() / 2].to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..40),
        2 => "[a-z_]{3,12}( = |: |=)\"?".prop_map(String::into_bytes),
        1 => "password = \"[a-zA-Z0-9!]{6,20}\"\n".prop_map(String::into_bytes),
        1 => Just(b"\n".to_vec()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_finding_shows_more_than_its_preview(text in soup()) {
        let pepper = Arc::new(Pepper::new([7; 32]));
        for finding in Scanner::builder().pepper(pepper).build().scan(&text) {
            let span = &text[finding.start as usize..finding.end as usize];
            let preview = finding.preview.split('…').next().unwrap();
            let hidden = &span[preview.len().min(span.len())..span.len() - 4.min(span.len())];
            // The id of a pair is public and told whole.
            if hidden.len() >= 6 && !finding.attributes.contains_key("external_id") {
                let hidden = String::from_utf8_lossy(&hidden[hidden.len() / 4..]);
                let json = serde_json::to_string(&finding).unwrap();
                prop_assert!(!json.contains(&*hidden), "{} {json}", finding.rule);
                let debug = format!("{finding:?}");
                prop_assert!(!debug.contains(&*hidden));
            }
        }
    }

    #[test]
    fn findings_are_sorted_and_apart_and_the_same_each_time(text in soup()) {
        let found = Scanner::default().scan(&text);
        prop_assert_eq!(&found, &Scanner::default().scan(&text));
        for pair in found.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start);
        }
        for f in &found {
            let before = &text[..f.start as usize];
            let line = 1 + before.iter().filter(|&&b| b == b'\n').count() as u64;
            let column = 1 + before.iter().rev().take_while(|&&b| b != b'\n').count() as u64;
            prop_assert_eq!((f.line, f.column), (line, column));
            prop_assert!(f.start < f.end && f.end <= text.len() as u64);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// The soup is spread over several windows, with tokens across their borders.
    #[test]
    fn any_cutting_gives_the_findings_of_the_whole(
        pieces in prop::collection::vec((soup(), 0usize..60_000), 1..8),
        cuts in prop::collection::vec(0usize..400_000, 0..12),
    ) {
        let mut text = Vec::new();
        for (piece, gap) in &pieces {
            text.extend_from_slice(piece);
            text.extend((0..*gap).map(|i| if i % 61 == 0 { b'\n' } else { b'.' }));
        }
        for (border, seed) in [(limits::SCAN_WINDOW, 1), (2 * limits::SCAN_WINDOW, 2)] {
            let token = mint("github.personal-access-token-classic", seed).unwrap();
            if text.len() > border + 40 {
                text[border - 20..border + 20].copy_from_slice(token.as_bytes());
            }
        }
        let scanner = Scanner::default();
        let whole = scanner.scan(&text);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(text.len())).collect();
        cuts.sort();
        let (mut stream, mut found, mut at) = (scanner.stream(), Vec::new(), 0);
        for cut in cuts {
            found.extend(stream.push(&text[at..cut]));
            at = cut;
        }
        found.extend(stream.push(&text[at..]));
        found.extend(stream.finish());
        prop_assert_eq!(found, whole);
    }
}

/// The levels of what is found in a file.
fn levels(path: &str, text: &str) -> Vec<(String, Level)> {
    Scanner::default().scan_file(path, text.as_bytes()).into_iter().map(|f| (f.rule, f.level)).collect()
}

/// A run of random characters over an alphabet, never the same in two places.
fn random(alphabet: &[u8], length: usize, seed: u64) -> String {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        char::from(alphabet[(state >> 33) as usize % alphabet.len()])
    };
    (0..length).map(|_| next()).collect()
}

const HEX: &[u8] = b"0123456789abcdef";
const BASE62: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[test]
fn a_word_inside_another_is_no_context() {
    let secret = || random(BASE62, 16, 5);
    let told = |name: &str| {
        let text = format!("\"{name}\": \"{}\"", secret());
        levels("a.json", &text)
            .iter()
            .any(|(rule, level)| rule.starts_with("linkedin") && *level >= Level::Medium)
    };
    assert!(told("linkedin_secret") && told("LinkedInSecret") && told("linked-in"));
    assert!(!told("ServiceLinkedRole") && !told("OAuth2Thing") && !told("linked"));
}

#[test]
fn hex_is_no_random_string_of_a_larger_alphabet() {
    let hex = format!("\"twitter_app\": \"{}\"", random(HEX, 40, 1));
    let base62 = format!("\"twitter_app\": \"{}\"", random(BASE62, 40, 1));
    assert_eq!(levels("a.json", &hex), []);
    assert!(levels("a.json", &base62).iter().any(|(rule, _)| rule == "twitter.secret"));
}

#[test]
fn digests_are_no_secrets_wherever_they_stand() {
    for seed in 0..20 {
        let (hash, hex) = (random(BASE62, 43, seed), random(HEX, 40, seed));
        for (path, text) in [
            ("a.txt", format!("twitter/oauth2/token.py,sha256={hash},500\n")),
            ("a-1.0.dist-info/RECORD", format!("twitter_secret,x={hash},500\n")),
            ("a.yml", format!("twitter_token: sha256:{hash}\n")),
            ("a.yml", format!("token: sha512-{hash}\n")),
            ("a.json", format!("\"twitter.integrity\": \"sha512-{hash}==\"")),
            ("a.json", format!("\"token\": \"md5={hash}\"")),
            ("app.lock", format!("twitter_secret = \"{hash}\"")),
            ("a.toml", format!("aws = {{ rev = \"{hex}\" }}")),
        ] {
            assert_eq!(levels(path, &text), [], "{path} {text}");
        }
    }
}

#[test]
fn a_value_under_the_name_of_a_type_describes_the_type() {
    let text = format!("{{\"AWS::Location::APIKey\": \"{}\"}}", random(HEX, 16, 2));
    assert!(levels("a.json", &text).iter().all(|(_, level)| *level == Level::Low));
    let text = format!("{{\"Location.APIKey\": \"{}\"}}", random(HEX, 16, 2));
    assert!(levels("a.json", &text).iter().any(|(_, level)| *level == Level::Medium));
    let text = format!("Config::API_KEY = \"{}\";", random(BASE62, 32, 2));
    assert!(levels("a.rb", &text).iter().any(|(_, level)| *level >= Level::Medium));
}

#[test]
fn prose_and_lists_that_name_the_word_stay_low() {
    let value = ["fj3K", "-x81Lq!0"].concat();
    for text in [
        format!("# METHOD can be \"trust\", \"md5\", \"password\", \"{value}\",\n"),
        format!("// compare password(\"{value}\") with it\n"),
        format!("x = [\"token\", \"password\", \"{value}\"]\n"),
    ] {
        let found = Scanner::default().scan(text.as_bytes());
        assert!(found.iter().all(|f| f.level == Level::Low), "{text} {found:?}");
        let said: Vec<&str> = found.iter().flat_map(|f| &f.reasons).map(|r| r.text.as_str()).collect();
        assert!(!said.iter().any(|text| text.contains("assigned")), "{said:?}");
    }
    for text in [
        format!("# password = \"{value}\"\n"),
        format!("set(\"password\", \"{value}\")\n"),
        format!("run([\"mysql\", \"--password\", \"{value}\"])\n"),
    ] {
        let found = Scanner::default().scan(text.as_bytes());
        assert!(found.iter().any(|f| f.level >= Level::Medium), "{text} {found:?}");
    }
}

#[test]
fn reasons_do_not_contradict_each_other() {
    for text in ["credential: \"aws:1/deployer1/api_key\"", "api_key: \"some-words-about-keys-2b7\""] {
        for finding in Scanner::default().scan(text.as_bytes()) {
            let codes: Vec<&str> = finding.reasons.iter().map(|r| r.code.as_str()).collect();
            assert!(!codes.contains(&"entropy") && !codes.contains(&"mixed"), "{codes:?}");
        }
    }
}

#[test]
fn identifiers_are_no_secrets() {
    for value in [
        "aws:1/deployer/api_key",
        "aws:1/ci/access-key",
        "github:42/deploy-bot/token",
        "urn:nhi:aws:role:deployer2",
        "x25519.X25519PrivateKey",
        "vault/prod/payments/db2",
    ] {
        for text in [format!("credential: \"{value}\""), format!("api_key = '{value}'")] {
            assert!(levels("a.rs", &text).iter().all(|(_, level)| *level == Level::Low), "{text}");
        }
    }
}

/// Its first three characters are of an alphabet with marks: any of them may stand at the border.
#[test]
fn an_entra_secret_may_start_with_marks() {
    let rule = "azure.entra-aad-client-secret";
    for shape in 0..2 {
        let token = mint_shape(rule, shape, 3).unwrap();
        for start in [".aB", "~aB", "a.B", "a.~", ".~a", "~.~", "-_.", "_a~", "-a-", "..."] {
            let token = format!("{start}{}", &token[3..]);
            for place in
                ["secret = \"@\"", "AZURE_CLIENT_SECRET=@\n", "secret: @", "@", "{\"s\":\"@\"}", "(@)"]
            {
                let text = place.replace('@', &token);
                let at = text.find(&token).unwrap() as u64;
                let found = Scanner::default().scan(text.as_bytes());
                let hit = |f: &Finding| f.rule == rule && (f.start, f.end) == (at, at + token.len() as u64);
                assert!(found.iter().any(hit), "{text}: {found:?}");
            }
        }
    }
}

#[test]
fn a_stream_of_a_file_knows_its_path() {
    let token = mint("github.personal-access-token-classic", 1).unwrap();
    let text = format!("a = {token}\npassword = \"{}\"\n", random(BASE62, 20, 9));
    let scanner = Scanner::default();
    for path in ["src/a.rs", "tests/a.rs", "yarn.lock"] {
        let mut stream = scanner.stream_file(path);
        let mut found = stream.push(&text.as_bytes()[..30]);
        found.extend(stream.push(&text.as_bytes()[30..]));
        found.extend(stream.finish());
        assert_eq!(found, scanner.scan_file(path, text.as_bytes()));
        assert!(found.iter().all(|f| f.path.as_deref() == Some(path)));
    }
}

/// Work is counted, not timed: bytes looked at one by one stay within a fixed multiple of the input.
#[test]
fn hostile_input_costs_linear_work() {
    let size = 1 << 20;
    let repeat = |text: &str| text.as_bytes().iter().copied().cycle().take(size).collect::<Vec<u8>>();
    let ghp = ["gh", "p_"].concat();
    let inputs = vec![
        repeat(&ghp),
        repeat(&format!("{ghp}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-")),
        repeat(&["gl", "pat-"].concat()),
        repeat(&["ey", "J."].concat()),
        repeat(&["ey", "Jabcdefghijklmnopqrst."].concat()),
        repeat("api_key=\""),
        repeat(&["api_key=\"", "a1b2c3d4e5", "f6a7b8c9d0\" "].concat()),
        repeat("key_token_password_secret_"),
        repeat("password"),
        repeat("password=password:"),
        repeat(&["-----BEGIN ", "PRIVATE KEY-----"].concat()),
        repeat("://a:b"),
        repeat("AbC1/+x9"),
        repeat("Authorization: Basic "),
        repeat("\\\\\\\\\"secret\\\":"),
        repeat("abandon "),
        repeat("a=b"),
        repeat("\0"),
    ];
    for input in inputs {
        let (_, work) = Scanner::default().run(None, &input);
        let per_byte = work / size as u64;
        assert!(per_byte <= 64, "{per_byte} for {:?}", String::from_utf8_lossy(&input[..24]));
    }
}
