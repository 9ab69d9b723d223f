//! What errors about JSON may say: where and what was expected, never what stood there. Foreign records hold secrets in
//! the oddest places, so every door that reads JSON, in the bindings too, words its errors here.

use alloc::{format, string::String, string::ToString};

/// Longest foreign name that an error repeats.
const NAME: usize = 40;

/// A foreign field name or word for an error: itself if it reads like a name (letters, `_`, `-`, `.`; no digits, so
/// that no token passes), else `…`.
///
/// ```
/// use nhi_core::plain;
/// assert_eq!(plain::name("source_ip"), "source_ip");
/// assert_eq!(plain::name("4f9c0a77"), "…");
/// ```
pub fn name(text: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.');
    if !text.is_empty() && text.len() <= NAME && text.bytes().all(plain) { text } else { "…" }
}

/// A JSON error without the content that it quotes.
///
/// ```
/// let error = serde_json::from_str::<u32>("\"hunter2\"").unwrap_err();
/// assert_eq!(nhi_core::plain::json_error(&error), "invalid type: a string, expected u32 at line 1 column 9");
/// ```
pub fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // What is quoted is foreign and may hold anything, the words around it too: it reaches from the first mark that opens
    // it to the last that closes it.
    let marks = ["string \"", "unknown field `", "unknown variant `"];
    let opened = marks.iter().filter_map(|mark| Some((text.find(mark)?, *mark))).min();
    let Some((at, mark)) = opened else { return text };
    let from = at + mark.len();
    let ends =
        if mark == "string \"" { &["\", expected "][..] } else { &["`, expected ", "`, there are no "] };
    let Some(to) = ends.iter().filter_map(|end| text.rfind(end)).max().filter(|to| *to >= from) else {
        return format!("{}…", text.get(..at).unwrap_or_default());
    };
    let (head, foreign, tail) = (text.get(..at), text.get(from..to), text.get(to + 1..));
    let (head, foreign, tail) =
        (head.unwrap_or_default(), foreign.unwrap_or_default(), tail.unwrap_or_default());
    match mark {
        "string \"" => format!("{head}a string{tail}"),
        _ => format!("{head}{mark}{}`{tail}", name(foreign)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Record {
        #[expect(dead_code, reason = "only read")]
        number: f64,
        #[expect(dead_code, reason = "only read")]
        word: Option<Word>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Word {
        One,
        Two,
    }

    fn error(text: &str) -> String {
        json_error(&serde_json::from_str::<Record>(text).unwrap_err())
    }

    #[test]
    fn content_is_never_repeated() {
        let secret = ["ghp", "_S3cr3tS3cr3t"].concat();
        for text in [
            format!(r#"{{"number": "{secret}"}}"#),
            format!(r#"{{"number": "a\", expected b{secret}"}}"#),
            format!(r#"{{"{secret}": 1}}"#),
            format!(r#"{{"number": 1, "word": "{secret}"}}"#),
            format!(r#"{{"number": 1, "word": {{"{secret}": 1}}}}"#),
            format!(r#""{secret}""#),
            format!(r#"{{"a`, {secret}": 1}}"#),
            format!(r#"{{"a`, expected {secret}": 1}}"#),
            format!(r#"{{"string \"a\", expected {secret}": 1}}"#),
            format!(r#"{{"number": "unknown field `a`, expected {secret}"}}"#),
            format!(r#"{{"number": 1, "word": "unknown field `a`, expected {secret}"}}"#),
        ] {
            let told = error(&text);
            assert!(!told.contains("S3cr3t"), "{told}");
            assert!(told.contains("expected"), "{told}");
        }
    }

    #[test]
    fn names_that_are_names_are_told() {
        assert!(error(r#"{"numbr": 1}"#).contains("`numbr`, expected"));
        assert!(error(r#"{"number": 1, "word": "three"}"#).contains("`three`, expected `one` or `two`"));
        assert_eq!(error(r#"{"number": "x"}"#), "invalid type: a string, expected f64 at line 1 column 14");
        assert!(error(r#"{"number": 1, "word": {"three": 1}}"#).contains("`three`, expected"));
        assert!(error("{}").contains("missing field `number`"));
    }
}
