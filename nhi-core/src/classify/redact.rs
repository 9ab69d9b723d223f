//! Showing that a secret is there without showing it.

use alloc::{string::String, vec::Vec};

use super::Scanner;
use crate::model::Level;

/// Literal marker, `…` and the last four characters; nothing of a value that has fewer than 16.
///
/// Only printable ASCII is shown of a value, so that a preview never splits a character.
pub(super) fn preview(secret: &[u8], marker: &[u8]) -> String {
    let mut out: String =
        marker.iter().filter(|b| (b' '..=b'~').contains(b)).map(|&b| char::from(b)).collect();
    out.push('…');
    let value = secret.strip_prefix(marker).unwrap_or(secret);
    let characters = value.iter().filter(|&&b| b & 0xc0 != 0x80).count();
    if characters >= 16
        && let Some(last) = value.last_chunk::<4>()
        && last.iter().all(u8::is_ascii_graphic)
    {
        out.extend(last.iter().map(|&b| char::from(b)));
    }
    out
}

/// Replaces secrets in bytes by their previews.
///
/// ```
/// use nhi_core::classify::{Redactor, Scanner, mint};
/// let token = mint("github.personal-access-token-classic", 7)?;
/// let line = format!("GET /user token={token} 200");
/// let safe = Redactor::new(Scanner::default()).redact(line.as_bytes());
/// let safe = String::from_utf8(safe).unwrap();
/// assert!(safe.starts_with("GET /user token=ghp_…") && safe.ends_with(" 200"));
/// assert!(!safe.contains(&token));
/// # Ok::<(), nhi_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Redactor {
    scanner: Scanner,
}

impl Redactor {
    /// A redactor that asks `scanner`. Build the scanner with `ignore_marks(false)` if the bytes come from others:
    /// else they could ask not to be redacted.
    pub fn new(scanner: Scanner) -> Self {
        Redactor { scanner }
    }

    /// `bytes` with the span of every finding of level medium or high replaced by its preview. Linear.
    pub fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for finding in self.scanner.scan(bytes) {
            let (start, end) = (finding.start as usize, finding.end as usize);
            if finding.level < Level::Medium || start < at {
                continue;
            }
            out.extend_from_slice(bytes.get(at..start).unwrap_or_default());
            out.extend_from_slice(finding.preview.as_bytes());
            at = end;
        }
        out.extend_from_slice(bytes.get(at..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn short_values_show_nothing() {
        assert_eq!(preview(b"hunter2", b""), "…");
        assert_eq!(preview(b"tok_abcdefgh", b"tok_"), "tok_…");
        let long = ["abcdefgh", "ijklmnop", "qrst"].concat();
        assert_eq!(preview(long.as_bytes(), b""), "…qrst");
        assert_eq!(preview("äöüäöüäöüäöüäöüä".as_bytes(), b"").to_string(), "…");
    }
}
