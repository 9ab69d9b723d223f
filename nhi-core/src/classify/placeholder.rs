/*!
Text that stands where a secret will stand: `<your-key>`, `${TOKEN}`, `xxxx`, `changeme`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_words_are_found_in_any_case() {
        assert_eq!(word_in(b"abcEXAMPLEdef", false), Some("example"));
        assert_eq!(word_in(b"sktestabc", false), None);
        assert_eq!(word_in(b"sktestabc", true), Some("test"));
    }
}
