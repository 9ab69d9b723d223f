/*!
Text that stands where a secret will stand: `<your-key>`, `${TOKEN}`, `xxxx`, `changeme`.

Two questions are answered apart: is a whole value a template or a reference ([`template`]), and does a token hold
a word that people write into samples ([`word_in`]).
*/

/// Words that no random token holds by accident (five letters and more: one chance in a hundred million a place).
const WORDS: &[&str] = &[
    "example",
    "sample",
    "dummy",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "replace",
    "insert",
    "redacted",
    "removed",
    "masked",
    "hidden",
    "sanitized",
    "omitted",
    "your_",
    "your-",
    "yourkey",
    "yourtoken",
    "mysecret",
    "notreal",
    "fakekey",
    "foobar",
    "lorem",
    "password",
    "qwerty",
    "letmein",
    "_here",
    "-here",
    "xxxxx",
    "aaaaaaaa",
    "00000000",
    "abcdefg",
    "123456789",
    "deadbeefdeadbeef",
    "todo",
    "fixme",
];

/// Shorter words, believed only in shapes that have no literal of their own.
const SHORT: &[&str] = &["test", "fake", "demo", "mock", "secret", "token", "default", "invalid"];

/// The first placeholder word in `token`, in any case. `all`: also the short words.
pub(super) fn word_in(token: &[u8], all: bool) -> Option<&'static str> {
    let short = if all { SHORT } else { &[] };
    WORDS.iter().chain(short).find(|word| contains(token, word.as_bytes())).copied()
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word))
}

/// Whether a whole value is a template, a reference to a variable or a masked text, not a literal.
pub(super) fn template(value: &[u8]) -> bool {
    let has = |text: &[u8]| value.windows(text.len()).any(|w| w == text);
    let first = value.first().copied().unwrap_or(0);
    let last = value.last().copied().unwrap_or(0);
    let enclosed =
        matches!((first, last), (b'<', b'>') | (b'[', b']') | (b'{', b'}') | (b'(', b')') | (b'%', b'%'));
    enclosed
        || (first == b'$' && value.get(1).is_some_and(|b| b.is_ascii_alphabetic() || b"_{([$".contains(b)))
        || (first == b'@' && (last == b'@' || has(b"@Microsoft.KeyVault")))
        || (first == b':' && value.iter().skip(1).all(|b| b.is_ascii_alphanumeric() || *b == b'_'))
        || has(b"${")
        || has(b"{{")
        || has(b"#{")
        || has(b"<%")
        || has(b"{%")
        || has(b"$(")
        || has(b"%(")
        || has(b"***")
        || has(b"...")
        || has("…".as_bytes())
        || has("•".as_bytes())
        || (value.starts_with(b"__") && value.ends_with(b"__"))
        || [&b"ENC["[..], b"ENC(", b"AgA", b"$ANSIBLE_VAULT", b"op://", b"vault:", b"arn:", b"ssm:", b"sm://"]
            .iter()
            .any(|start| value.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_and_references_are_no_literals() {
        for text in [
            "<your-key>",
            "${TOKEN}",
            "$TOKEN",
            "{{ token }}",
            "%TOKEN%",
            "$(pass show x)",
            "#{ENV['X']}",
            ":token",
            "********",
            "abc...xyz",
            "__TOKEN__",
            "op://vault/item",
            "[YOUR KEY]",
            "pre-${X}",
        ] {
            assert!(template(text.as_bytes()), "{text}");
        }
        for text in ["hunter2", "$2abc!", "a<b>c", "tr0ub4dor&3"] {
            assert!(!template(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn sample_words_are_found_in_any_case() {
        assert_eq!(word_in(b"abcEXAMPLEdef", false), Some("example"));
        assert_eq!(word_in(b"sktestabc", false), None);
        assert_eq!(word_in(b"sktestabc", true), Some("test"));
    }
}
