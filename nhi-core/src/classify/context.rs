//! Words around a token: the provider's name near a shape that others share, and the name it is assigned to.

use alloc::vec::Vec;

use super::{
    candidate::{Match, Origin},
    index::Contextual,
    scanner::Engine,
    shape,
};
use crate::limits::CONTEXT_REACH;

/// The first of `words` (lower case) within reach of `at`, before or after it, as a word of its own ([`says`]).
pub(super) fn word_near<'w>(words: &[&'w str], view: &[u8], at: usize) -> Option<&'w str> {
    let low = at.saturating_sub(CONTEXT_REACH);
    let high = (at + CONTEXT_REACH).min(view.len());
    let around = view.get(low..high)?;
    words.iter().find(|word| says(around, word.as_bytes())).copied()
}

/// Whether `text` has `word` as a whole word or as neighbouring words of an identifier: `linkedin` stands in
/// `LINKEDIN_SECRET`, `linkedInSecret`, `linked-in.secret` and `linkedinsecret`, not in `ServiceLinkedRole`.
/// Marks in `word` do not count. Linear in the text.
pub(super) fn says(text: &[u8], word: &[u8]) -> bool {
    (0..text.len())
        .any(|at| starts_word(text, at) && spelled(text, at, word).is_some_and(|e| ends_word(text, e)))
}

fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(b' ')
}

/// Whether a capital at `at` starts a word behind letters: `twitterKey`, `AWSKey`, `md5OfBody`.
fn hump(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map_or(b' ', |i| byte(text, i));
    byte(text, at).is_ascii_uppercase()
        && (before.is_ascii_lowercase()
            || before.is_ascii_digit()
            || (before.is_ascii_uppercase() && byte(text, at + 1).is_ascii_lowercase()))
}

fn starts_word(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map_or(b' ', |i| byte(text, i));
    byte(text, at).is_ascii_alphanumeric() && (!before.is_ascii_alphanumeric() || hump(text, at))
}

/// Where `word` ends if it is spelled at `at`, with at most one mark between two of its letters.
fn spelled(text: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    let mut at = at;
    let mut any = false;
    for letter in word.iter().filter(|b| b.is_ascii_alphanumeric()) {
        if any && matches!(byte(text, at), b'_' | b'-' | b'.' | b' ') {
            at += 1;
        }
        if !byte(text, at).eq_ignore_ascii_case(letter) {
            return None;
        }
        (at, any) = (at + 1, true);
    }
    any.then_some(at)
}

/// Whether a word ends at `at`, or a number or one of the words that names glue on ends it.
fn ends_word(text: &[u8], at: usize) -> bool {
    let free = |at: usize| !byte(text, at).is_ascii_alphanumeric() || hump(text, at);
    let rest = text.get(at..).unwrap_or_default();
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let glued = |word: &&str| {
        let long = rest.get(..word.len());
        long.is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes())) && free(at + word.len())
    };
    free(at + digits) || GLUED.iter().any(glued)
}

/// Words that names put behind a provider's without a mark: `herokuapikey`.
const GLUED: &[&str] = &[
    "key",
    "apikey",
    "apisecret",
    "apitoken",
    "token",
    "secret",
    "pat",
    "password",
    "accesskey",
    "accesstoken",
    "authtoken",
    "clientsecret",
    "secretkey",
    "privatekey",
    "id",
    "rc",
];

/// Whether what stands before an operator, `line` up to the end of the name, calls the value a digest.
pub(super) fn names_a_digest(line: &[u8]) -> bool {
    let end = line.iter().rposition(|b| b.is_ascii_alphanumeric()).map_or(0, |last| last + 1);
    let before = line.get(..end).unwrap_or_default();
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let start = before.iter().rposition(|b| !part(b)).map_or(0, |last| last + 1);
    let name = before.get(start..).unwrap_or_default();
    DIGESTS.iter().any(|word| says(name, word.as_bytes()))
}

/// Names of digests and of what is written like one.
const DIGESTS: &[&str] = &[
    "sha",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "md5",
    "blake2",
    "blake2b",
    "blake3",
    "crc32",
    "hash",
    "digest",
    "checksum",
    "integrity",
    "fingerprint",
    "thumbprint",
    "etag",
    "commit",
    "rev",
    "revision",
    "oid",
    "gitcommit",
    "cid",
    "resolved",
];

/// Whether a value says itself that it is a digest: `sha256:…`, `sha512-…`, `md5=…`.
pub(super) fn is_digest(value: &[u8]) -> bool {
    let word = value.iter().take(10).take_while(|b| b.is_ascii_alphanumeric()).count();
    let (name, rest) = value.split_at_checked(word).unwrap_or_default();
    let mark = rest.first().is_some_and(|b| matches!(b, b':' | b'-' | b'='));
    let known = ["sha1", "sha224", "sha256", "sha384", "sha512", "md5", "blake2b", "blake3"];
    mark && known.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// The end of the name to which the value at `at` is assigned: behind it come only spaces, quotes and an operator.
pub(super) fn assigned(view: &[u8], at: usize) -> Option<usize> {
    let mut operator = false;
    for back in 1..=16 {
        let place = at.checked_sub(back)?;
        match view.get(place)? {
            b'=' | b':' | b'>' | b',' | b'|' | b'?' | b'(' => operator = true,
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b'[' | b']' | b'{' => {}
            b'\n' | b'\r' => return None,
            _ => return operator.then_some(place + 1),
        }
    }
    None
}

impl Engine {
    /// A token without a literal of its own at the word start `at`: told by length and alphabet, an operator and a
    /// word before it on the same line.
    pub(super) fn contextual(&self, view: &[u8], at: usize, work: &mut u64, out: &mut Vec<Match>) {
        let quoted = at.checked_sub(1).and_then(|i| view.get(i));
        if !quoted.is_some_and(|b| b"\"'`= \t:>(".contains(b)) || self.index.contextual.is_empty() {
            return;
        }
        let Some(name_end) = assigned(view, at) else { return };
        // What the run of token characters holds, as one set.
        let (mut set, mut n) = (0u128, 0usize);
        for &b in view.get(at..).unwrap_or_default().iter().take(MOST) {
            if b >= 128 || TOKEN >> b & 1 == 0 {
                break;
            }
            set |= 1 << b;
            n += 1;
        }
        *work += n as u64;
        let digits = ((1u128 << 10) - 1) << b'0';
        if n == MOST || set & digits == 0 {
            return;
        }
        let low = name_end.saturating_sub(NAME_REACH);
        let name = view.get(low..name_end).unwrap_or_default();
        let line = name.rsplit(|&b| b == b'\n').next().unwrap_or_default();
        let value = view.get(at..at + n).unwrap_or_default();
        if names_a_digest(line) || is_digest(value) {
            return;
        }
        // Hex where a shape has the whole alphabet: a digest or an id, not one of its random strings.
        let hex = n >= 16 && value.iter().all(u8::is_ascii_hexdigit);
        for Contextual { id, alphabet, min, max } in &self.index.contextual {
            // An alphabet with other characters goes on where this run ends.
            let wide = alphabet.0 & !TOKEN != 0;
            let more = alphabet.0 & BEYOND_HEX != 0;
            if (n < *min && !wide) || n > *max || set & !alphabet.0 != 0 || (hex && more) {
                continue;
            }
            let Some((format, shape)) = self.shape(*id) else { continue };
            *work += line.len() as u64;
            let Some(word) = format.context.iter().find(|word| says(line, word.as_bytes())) else {
                continue;
            };
            let Some(end) = shape::fit(shape, view, at) else { continue };
            out.push(self.matched(format, shape, view, at..end, Some(word), Origin::Contextual));
        }
    }
}

/// The characters of runs.
const TOKEN: u128 = shape::ALNUM.0 | 1 << b'_' | 1 << b'+' | 1 << b'/' | 1 << b'.' | 1 << b'~' | 1 << b'-';
/// Small and capital letters that hex has not.
const BEYOND_HEX: u128 = ((1 << 20) - 1) << b'g' | ((1 << 20) - 1) << b'G';
/// Longest run that a shape told by context has.
const MOST: usize = 256;
/// How far before the operator the word may stand.
const NAME_REACH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_ties_a_value_to_its_name() {
        for text in ["key = \"V", "key: V", "\"key\": \"V", "key=>'V", "set(key, 'V", "key := `V", "<key>V"] {
            let at = text.find('V').unwrap();
            assert!(assigned(text.as_bytes(), at).is_some(), "{text}");
        }
        for text in ["key V", "key\n= V\nV", "keyV"] {
            let at = text.rfind('V').unwrap();
            assert!(assigned(text.as_bytes(), at).is_none(), "{text}");
        }
    }

    #[test]
    fn words_are_found_in_any_case_within_reach() {
        assert_eq!(word_near(&["heroku"], b"HEROKU_KEY=x", 11), Some("heroku"));
        assert_eq!(word_near(&["heroku"], &[b'x'; 40], 20), None);
    }

    #[test]
    fn a_word_counts_only_as_a_whole_word_of_an_identifier() {
        for text in [
            "linkedin",
            "LINKEDIN_SECRET",
            "linkedInSecret",
            "myLinkedInKey",
            "linked-in.key",
            "linkedinapikey",
            "<linkedin>",
            "linkedin2",
            "x:LinkedIn",
            "LINKEDINKey",
        ] {
            assert!(says(text.as_bytes(), b"linkedin"), "{text}");
        }
        for text in
            ["AWS::IAM::ServiceLinkedRole", "linked", "unlinkedin", "linkedinternal", "linked  in", ""]
        {
            assert!(!says(text.as_bytes(), b"linkedin"), "{text}");
        }
        assert!(says(b"host: dev.azure.com", b"dev.azure.com") && says(b"OnePassword", b"onepassword"));
        assert!(!says(b"anything", b"") && !says(b"lawsuit", b"aws"));
    }

    #[test]
    fn digests_are_told_by_their_name_or_by_themselves() {
        for text in ["flask_oauth2/errors.pyi,sha256", "  \"md5OfBody", "twitter.integrity", "resolved-rev"] {
            assert!(names_a_digest(text.as_bytes()), "{text}");
        }
        for text in ["twitter_secret", "TWITTER_SECRET", "sha256, twitter_secret", "share"] {
            assert!(!names_a_digest(text.as_bytes()), "{text}");
        }
        for (text, yes) in [("sha512-abc", true), ("MD5=1", true), ("sha256", false), ("shark-1", false)] {
            assert_eq!(is_digest(text.as_bytes()), yes, "{text}");
        }
    }
}
