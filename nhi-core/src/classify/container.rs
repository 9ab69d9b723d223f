/*!
Secrets inside base64: the `data` of a Kubernetes Secret, a registry's `auth`, a kubeconfig's keys.

A run of base64 is decoded where it stands alone and decodes to text; the text is scanned as any other, runs of base64
in it included: each level is a quarter shorter, so all levels together cost four times the first at most.
*/

use alloc::vec::Vec;
use core::ops::Range;

use data_encoding::BASE64_NOPAD;
use memchr::memmem;
use zeroize::Zeroizing;

use super::{
    candidate::Match,
    generic,
    scanner::Engine,
    shape::ALNUM,
    sweep::{Starts, sweep},
};
use crate::limits;

/// Shortest run that is decoded: shorter ones hold no token.
const LEAST: usize = 24;

fn base64(b: u8) -> bool {
    ALNUM.has(b) || b == b'+' || b == b'/'
}

fn text(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t' | 0x80..))
}

/// The text in a run of base64, with or without padding; none if it decodes to something else.
pub(super) fn decode(run: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let end = run.iter().rposition(|&b| b != b'=').map_or(0, |last| last + 1);
    let body = run.get(..end)?;
    let whole =
        body.len() % 4 != 1 && run.len() - end <= 2 && (run.len() == end || run.len().is_multiple_of(4));
    if !whole || !body.iter().all(|&b| base64(b)) {
        return None;
    }
    let plain = Zeroizing::new(BASE64_NOPAD.decode(body).ok()?);
    (text(&plain) && core::str::from_utf8(&plain).is_ok()).then_some(plain)
}

impl Engine {
    /// Tokens in the base64 that starts at `at`, where `run` token characters follow.
    pub(super) fn encoded(&self, view: &[u8], at: usize, run: usize, work: &mut u64, out: &mut Vec<Match>) {
        let before = at.checked_sub(1).and_then(|i| view.get(i)).copied().unwrap_or(b' ');
        if run < LEAST || base64(before) {
            return;
        }
        // Twelve bytes that all are text: one chance in a hundred thousand for a run that is something else.
        let Some(head) = view.get(at..at + 16) else { return };
        let mut first = [0u8; 12];
        if BASE64_NOPAD.decode_mut(head, &mut first).is_err() || !first.is_ascii() || !text(&first) {
            return;
        }
        let rest = view.get(at..(at + limits::SCAN_AHEAD).min(view.len())).unwrap_or_default();
        let body = rest.iter().take_while(|&&b| base64(b)).count();
        let pad = rest.get(body..).unwrap_or_default().iter().take(2).take_while(|&&b| b == b'=').count();
        *work += (body + pad) as u64;
        let Some(plain) = rest.get(..body + pad).and_then(decode) else { return };

        let (mut starts, mut inner) = (Starts::default(), Vec::new());
        sweep(&plain, 0, plain.len(), true, &mut starts);
        for &at in &starts.tokens {
            self.tokens_at(&plain, at as usize, work, &mut inner);
            self.contextual(&plain, at as usize, work, &mut inner);
        }
        self.loose(&plain, 0, plain.len(), work, &mut inner);
        generic::assignments(&plain, &starts.words, work, &mut inner);
        for mut found in inner {
            if found.secret.is_none() {
                found.secret = plain.get(found.start..found.end).map(|s| Zeroizing::new(s.to_vec()));
            }
            (found.start, found.end) = (at, at + body + pad);
            found.decoded.insert(0, "base64");
            found.parts.clear();
            out.push(found);
        }
    }
}

/// The places in a view that belong to a Kubernetes Secret, whose `data` is base64.
pub(super) fn secrets(view: &[u8]) -> Vec<Range<usize>> {
    let marks = [&b"kind: Secret"[..], b"\"kind\": \"Secret\"", b"\"kind\":\"Secret\""];
    let mut out = Vec::new();
    for mark in marks {
        for at in memmem::find_iter(view, mark) {
            let next = view.get(at + mark.len()).copied().unwrap_or(b'\n');
            if !next.is_ascii_alphanumeric() {
                out.push(at.saturating_sub(limits::SCAN_BEHIND)..at + limits::SCAN_BEHIND);
            }
        }
    }
    out
}
