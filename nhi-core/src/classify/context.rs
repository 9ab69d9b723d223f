//! Words around a token: the provider's name near a shape that others share, and the name it is assigned to.

use alloc::vec::Vec;

use super::{
    candidate::{Match, Origin},
    index::Contextual,
    scanner::Engine,
    shape,
};
use crate::limits::CONTEXT_REACH;

/// The first of `words` (lower case) within reach of `at`, before or after it, on this line or the one before.
pub(super) fn word_near<'w>(words: &[&'w str], view: &[u8], at: usize) -> Option<&'w str> {
    let low = at.saturating_sub(CONTEXT_REACH);
    let high = (at + CONTEXT_REACH).min(view.len());
    let around = view.get(low..high)?;
    words.iter().find(|word| contains(around, word.as_bytes())).copied()
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    !word.is_empty() && text.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word))
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
        for Contextual { id, alphabet, min, max } in &self.index.contextual {
            // An alphabet with other characters goes on where this run ends.
            let wide = alphabet.0 & !TOKEN != 0;
            if (n < *min && !wide) || n > *max || set & !alphabet.0 != 0 {
                continue;
            }
            let Some((format, shape)) = self.shape(*id) else { continue };
            *work += line.len() as u64;
            let Some(word) = format.context.iter().find(|word| contains(line, word.as_bytes())) else {
                continue;
            };
            let Some(end) = shape::fit(shape, view, at) else { continue };
            out.push(self.matched(format, shape, view, at..end, Some(word), Origin::Contextual));
        }
    }
}

/// The characters of runs.
const TOKEN: u128 = shape::ALNUM.0 | 1 << b'_' | 1 << b'+' | 1 << b'/' | 1 << b'.' | 1 << b'~' | 1 << b'-';
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
}
