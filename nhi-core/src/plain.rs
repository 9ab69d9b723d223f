//! What JSON errors may say: where and what was expected, never what stood there. Foreign records hold secrets in the
//! oddest places.

#[cfg(feature = "lifecycle")]
use alloc::{format, string::String, string::ToString};

/// Longest foreign name that an error repeats.
const NAME: usize = 40;

/// A foreign field name or word for an error: itself if it reads like a name (letters, `_`, `-`, `.`; no digits, so
/// that no token passes), else `…`.
pub(crate) fn name(text: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.');
    if !text.is_empty() && text.len() <= NAME && text.bytes().all(plain) { text } else { "…" }
}

/// A JSON error without the content that it quotes.
#[cfg(feature = "lifecycle")]
pub(crate) fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // `invalid type: string "content", expected f64`: the content may hold anything, what follows it is ours.
    if let (Some(from), Some(to)) = (text.find("string \""), text.rfind("\", expected ")) {
        let (head, tail) = (text.get(..from).unwrap_or_default(), text.get(to + 1..).unwrap_or_default());
        return format!("{head}a string{tail}");
    }
    // `unknown field `content`, expected one of `a`, `b``: the first name is foreign, the others are ours.
    for what in ["unknown field `", "unknown variant `", "duplicate field `"] {
        if let Some((head, rest)) = text.split_once(what) {
            let (foreign, tail) =
                rest.split_once("`, ").map_or((rest, ""), |(foreign, tail)| (foreign, tail));
            let place =
                |rest: &str| rest.split_once("` at ").map(|(name, at)| (name.to_string(), at.to_string()));
            let (foreign, tail) = match (tail, place(foreign)) {
                ("", Some((foreign, at))) => (foreign, format!("` at {at}")),
                ("", None) => (foreign.trim_end_matches('`').to_string(), "`".to_string()),
                (tail, _) => (foreign.to_string(), format!("`, {tail}")),
            };
            return format!("{head}{what}{}{tail}", name(&foreign));
        }
    }
    text
}

#[cfg(all(test, feature = "lifecycle"))]
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
        assert!(error("{}").contains("missing field `number`"));
    }
}
