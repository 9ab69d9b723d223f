//! No public result shows the middle of a secret: not in `Debug`, not in `Display`, not in serde, not in an error.

use std::sync::Arc;

use nhi_core::classify::catalogue::FORMATS;
use nhi_core::classify::{Redactor, Scanner, attributes, mint, mint_shape};
use nhi_core::model::{Finding, Level};
use nhi_core::{Error, Fingerprint, Pepper};
use proptest::prelude::*;

/// The characters right before the four that a preview may show. No marker reaches that far back; the end of a key block
/// is a marker, so of those it is a part of the first line.
fn middle(token: &str) -> &str {
    if let Some((_, body)) = token.split_once("KEY-----").or(token.split_once("KEY BLOCK-----")) {
        return body.get(24..34).expect("minted tokens are ASCII");
    }
    let end = token.len().saturating_sub(4);
    let start = end.saturating_sub(10);
    token.get(start..end).expect("minted tokens are ASCII")
}

/// Every decoy of the catalogue that is a secret: each format in each of its shapes. A public id (of a key whose secret
/// stands elsewhere) is shown whole on purpose.
fn decoys(seed: u64) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for format in FORMATS {
        for shape in 0..format.shapes.len() {
            let token = mint_shape(format.id, shape, seed);
            let token = token.expect("each shape of the catalogue can be minted");
            if !attributes::read(format, token.as_bytes()).contains_key("external_id") {
                all.push((format.id, token));
            }
        }
    }
    all
}

fn assert_hidden(what: &str, rule: &str, token: &str, shown: &str) {
    let part = middle(token);
    if part.len() == 10 {
        assert!(!shown.contains(part), "{what} shows the middle of a decoy of {rule}");
    }
}

#[test]
fn the_whole_catalogue_is_tried() {
    assert!(FORMATS.len() >= 40, "only {} formats", FORMATS.len());
    let tried = decoys(1).iter().filter(|(_, token)| token.len() >= 16).count();
    assert!(tried * 10 >= FORMATS.len() * 9, "only {tried} decoys are long enough to have a middle");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn findings_and_redacted_text_hide_it(
        seed: u64,
        before in "[a-z_]{0,12}[=: ]{1,2}[\"' ]",
        after in "[\"'\n ]",
    ) {
        let scanner = Scanner::builder().pepper(Arc::new(Pepper::new([5; 32]))).build();
        let redactor = Redactor::new(scanner.clone());
        for (rule, token) in decoys(seed) {
            // The context words of its format make the contextual shapes findings, too.
            let context = FORMATS.iter().find(|f| f.id == rule).map_or("", |f| f.context.first().unwrap_or(&""));
            let text = format!("{context} {before}{token}{after}");
            let findings = scanner.scan_file("src/config.py", text.as_bytes());
            assert_hidden("Debug", rule, &token, &format!("{findings:?} {findings:#?}"));
            for finding in &findings {
                assert_hidden("JSON", rule, &token, &serde_json::to_string(finding).expect("serde data"));
            }
            let mut stream = scanner.stream();
            let streamed = [stream.push(text.as_bytes()), stream.finish()].concat();
            assert_hidden("a stream", rule, &token, &format!("{streamed:?}"));
            let at = text.find(&token).expect("it was put there") as u64;
            let (start, end) = (at, at + token.len() as u64);
            // What the redactor promises: every span of level medium or high is replaced.
            let covers = |f: &Finding| f.start <= start && end <= f.end && f.level >= Level::Medium;
            if scanner.scan(text.as_bytes()).iter().any(covers) {
                let redacted = redactor.redact(text.as_bytes());
                assert_hidden("redacted text", rule, &token, &String::from_utf8_lossy(&redacted));
            }
        }
    }

    #[test]
    fn errors_about_it_hide_it(seed: u64) {
        for (rule, token) in decoys(seed) {
            let pepper_line = format!("nhi-pepper-1 00000000 {token}");
            let errors: [Error; 4] = [
                Fingerprint::parse(&token).expect_err("no fingerprint"),
                Pepper::parse(&token).expect_err("no pepper"),
                Pepper::parse(&pepper_line).expect_err("no pepper"),
                mint(&token, seed).expect_err("no rule"),
            ];
            for error in errors {
                assert_hidden("an error", rule, &token, &format!("{error} {error:?}"));
            }
        }
    }
}
