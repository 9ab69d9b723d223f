/*!
What people paste instead of a bare token: a header, an assignment, a line of JSON, an option of `curl`.

Layer after layer is taken off until the token is bare; a text that is a known token as it stands is left alone.
*/

use zeroize::Zeroizing;

use super::container;

/// A token taken out of what was pasted.
pub(super) enum Pasted<'t> {
    /// As it stands in the text.
    Plain(&'t [u8]),
    /// The password behind `Basic `, decoded.
    Basic(Zeroizing<alloc::vec::Vec<u8>>),
}

impl Pasted<'_> {
    pub(super) fn token(&self) -> &[u8] {
        match self {
            Pasted::Plain(token) => token,
            Pasted::Basic(password) => password,
        }
    }

    pub(super) fn is_basic(&self) -> bool {
        matches!(self, Pasted::Basic(_))
    }
}

/// Most layers taken off.
const LAYERS: usize = 8;

/// The token in `text`. `known` says whether a text is a token as it stands.
pub(super) fn unwrap(text: &[u8], known: impl Fn(&[u8]) -> bool) -> Pasted<'_> {
    let mut text = text.trim_ascii();
    for _ in 0..LAYERS {
        if let Some(packed) = after_word(text, b"basic")
            && let Some(password) = container::decode(packed).and_then(|plain| password(&plain))
        {
            return Pasted::Basic(password);
        }
        let Some(inner) = layer(text).filter(|inner| !inner.is_empty()) else { break };
        if known(text) {
            break;
        }
        text = inner;
    }
    Pasted::Plain(text)
}

/// The text without its outermost layer, if it has one.
fn layer(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_suffix(b";").or_else(|| text.strip_suffix(b",")) {
        return Some(rest.trim_ascii_end());
    }
    for quote in [b'"', b'\'', b'`'] {
        let inner = text.strip_prefix(&[quote]).and_then(|t| t.strip_suffix(&[quote]));
        // `"name": "value"` is not one literal.
        if let Some(inner) = inner.filter(|inner| !inner.contains(&quote)) {
            return Some(inner.trim_ascii());
        }
    }
    let words: [&[u8]; 9] =
        [b"bearer", b"token", b"basic", b"apikey", b"export", b"set", b"setx", b"-h", b"--header"];
    words.iter().find_map(|word| after_word(text, word)).or_else(|| assigned(text))
}

/// What follows `word` and a blank.
fn after_word<'t>(text: &'t [u8], word: &[u8]) -> Option<&'t [u8]> {
    let (start, rest) = text.split_at_checked(word.len())?;
    let blank = rest.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
    let inner = rest.trim_ascii_start();
    let operator = inner.first().is_some_and(|b| matches!(b, b'=' | b':'));
    (start.eq_ignore_ascii_case(word) && blank && !operator).then_some(inner)
}

/// The value of `NAME=value`, `name = value`, `Name: value` or `"name": "value"`.
fn assigned(text: &[u8]) -> Option<&[u8]> {
    let quoted = text.first().is_some_and(|b| matches!(b, b'"' | b'\''));
    let text = text.get(usize::from(quoted)..)?;
    let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let length = text.iter().take(MOST_NAME).take_while(part).count();
    let (name, rest) = text.split_at_checked(length)?;
    let rest = if quoted { rest.get(1..)? } else { rest }.trim_ascii_start();
    let (operator, value) = rest.split_first()?;
    let value_starts = value.first().is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\''));
    let value = value.trim_ascii_start();
    let told = match operator {
        // Padding of base64 is no value.
        b'=' => value.iter().any(|b| *b != b'='),
        b':' => value_starts,
        _ => false,
    };
    let named = name.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    (told && named).then_some(value)
}

/// Longest name taken off.
const MOST_NAME: usize = 80;

/// The password of `user:password`.
fn password(plain: &[u8]) -> Option<Zeroizing<alloc::vec::Vec<u8>>> {
    let colon = plain.iter().position(|&b| b == b':')?;
    let password = plain.get(colon + 1..).filter(|password| !password.is_empty())?;
    Some(Zeroizing::new(password.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(text: &str) -> &[u8] {
        match unwrap(text.as_bytes(), |_| false) {
            Pasted::Plain(token) => token,
            Pasted::Basic(_) => b"(basic)",
        }
    }

    #[test]
    fn layers_come_off_and_what_is_no_layer_stays() {
        for text in ["V1", " \"V1\" ", "K=V1", "export K='V1'", "Authorization: Bearer V1", "\"k\": \"V1\","]
        {
            assert_eq!(bare(text), b"V1", "{text}");
        }
        for text in ["abc==", "https://a:b@c", "12345:AbC", "a b c", "=", "K=", "\"", "K: ", "Bearer"] {
            assert_eq!(bare(text), text.trim().as_bytes(), "{text}");
        }
        assert_eq!(bare("Basic dXNlcjpwYXNz"), b"(basic)");
    }

    #[test]
    fn a_known_token_is_left_alone() {
        let text = b"a=b";
        assert_eq!(unwrap(text, |_| true).token(), text);
    }
}
