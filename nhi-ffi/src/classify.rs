//! Bytes to findings.

use core::{ffi::c_char, mem::MaybeUninit};
use std::sync::Arc;

#[cfg(feature = "classify")]
use nhi_core::classify::{self, Redactor, Scanner};
use nhi_core::model::{Finding, Level};

#[cfg(not(feature = "classify"))]
use crate::border::{Absent as Redactor, Absent as Scanner};
use crate::border::{Kept, bad, entry, need};
use crate::pepper::nhi_pepper;
use crate::values::{nhi_bytes, nhi_error, nhi_status, nhi_str};

/// Look for secrets without a shape of their own in assignments too.
pub const NHI_SCAN_GENERIC: u32 = 1;
/// A line with an ignore mark (`nhi:ignore`, `gitleaks:allow`, …) gives no findings. Leave it out for bytes of others:
/// they could ask not to be looked at.
pub const NHI_SCAN_IGNORE_MARKS: u32 = 2;

/// Finds credentials in bytes. Read only: any number of threads may scan with it at once. Keeps nothing of what it
/// scanned.
pub struct nhi_scanner(Scanner);

/// Findings of one scan, by their start, without overlaps.
pub struct nhi_findings {
    flat: Vec<nhi_finding>,
    found: Vec<Finding>,
}

// SAFETY: the pointers of `flat` lead into `found`, which lives as long and is never changed.
unsafe impl Send for nhi_findings {}
// SAFETY: as above: nothing behind the pointers changes.
unsafe impl Sync for nhi_findings {}

/// How sure a rule is, as a word.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum nhi_level {
    /// Below 0.4.
    NHI_LOW = 0,
    /// From 0.4.
    NHI_MEDIUM = 1,
    /// From 0.75.
    NHI_HIGH = 2,
}

/// A credential seen in bytes. Its texts are valid until the findings are freed; nhi_findings_json has the rest.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct nhi_finding {
    /// First byte of the secret, counted from the first scanned.
    pub start: u64,
    /// One past its last byte.
    pub end: u64,
    /// Line of the first byte, from 1.
    pub line: u64,
    /// Column of the first byte in bytes, from 1.
    pub column: u64,
    /// How sure the rule is, 0 to 1.
    pub confidence: f64,
    /// The confidence as a word.
    pub level: nhi_level,
    /// Whether it is a secret: not a public identifier, a publishable key or a hash.
    pub secret: bool,
    /// Stable id of the rule, such as `github.personal-access-token-classic`.
    pub rule: nhi_str,
    /// Marker, `…` and the last four characters; nothing of a short value.
    pub preview: nhi_str,
    /// Keyed digest of the secret; absent without a pepper.
    pub fingerprint: nhi_str,
}

impl nhi_findings {
    fn new(found: Vec<Finding>) -> Box<Self> {
        let flat = found.iter().map(nhi_finding::of).collect();
        Box::new(nhi_findings { flat, found })
    }
}

impl nhi_finding {
    fn of(finding: &Finding) -> Self {
        nhi_finding {
            start: finding.start,
            end: finding.end,
            line: finding.line,
            column: finding.column,
            confidence: f64::from(finding.confidence.thousandths()) / 1000.0,
            level: match finding.level {
                Level::Low => nhi_level::NHI_LOW,
                Level::Medium => nhi_level::NHI_MEDIUM,
                Level::High => nhi_level::NHI_HIGH,
            },
            secret: finding.credential_kind.is_secret(),
            rule: nhi_str::of(&finding.rule),
            preview: nhi_str::of(&finding.preview),
            fingerprint: nhi_str::maybe(finding.fingerprint.as_ref().map(|print| print.as_str())),
        }
    }
}

/// A scanner over the whole catalogue: some hundred microseconds. `flags` is the sum of NHI_SCAN_… constants; `pepper`
/// may be NULL, then findings have no fingerprints. Free it with nhi_scanner_free.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_scanner_new(
    flags: u32,
    pepper: Option<&nhi_pepper>,
    out: Option<&mut MaybeUninit<*mut nhi_scanner>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let out = need(out, "out")?;
        if flags & !(NHI_SCAN_GENERIC | NHI_SCAN_IGNORE_MARKS) != 0 {
            return Err(bad("flags", "expected a sum of NHI_SCAN_GENERIC and NHI_SCAN_IGNORE_MARKS"));
        }
        let mut builder = Scanner::builder()
            .generic(flags & NHI_SCAN_GENERIC != 0)
            .ignore_marks(flags & NHI_SCAN_IGNORE_MARKS != 0);
        if let Some(pepper) = pepper {
            builder = builder.pepper(pepper.0.clone());
        }
        out.write(Box::into_raw(Box::new(nhi_scanner(builder.build()))));
        Ok(())
    })
}

/// Frees; NULL is fine. Findings and redactors made with it stay.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_scanner_free(scanner: Option<Box<nhi_scanner>>) {
    entry(None, || {
        drop(scanner);
        Ok(())
    });
}

/// Scans `len` bytes at `data`, which may hold anything, NUL included, and are not kept. Free the findings with
/// nhi_findings_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_scanner_scan(
    scanner: Option<&nhi_scanner>,
    data: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_findings>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let (scanner, out) = (need(scanner, "scanner")?, need(out, "out")?);
        let found = scanner.0.scan(bytes!(data, len));
        out.write(Box::into_raw(nhi_findings::new(found)));
        Ok(())
    })
}

/// As nhi_scanner_scan, for a file: findings carry `path`, and the path is context (a test holds samples).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_scanner_scan_file(
    scanner: Option<&nhi_scanner>,
    path: *const c_char,
    path_len: usize,
    data: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_findings>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let (scanner, out) = (need(scanner, "scanner")?, need(out, "out")?);
        let found = scanner.0.scan_file(text!(path, path_len), bytes!(data, len));
        out.write(Box::into_raw(nhi_findings::new(found)));
        Ok(())
    })
}

/// A scan of input that arrives in pieces: any cutting gives the findings of the whole. Keeps at most 100 KiB of it, and
/// wipes them. Calls that take it without `const` change it: one at a time.
pub struct nhi_stream(Kept<Running>);

/// The fields are dropped in this order: what borrows goes before what it borrows.
struct Running {
    #[cfg(feature = "classify")]
    stream: Option<classify::Stream<'static>>,
    _scanner: Arc<Scanner>,
    _path: Arc<str>,
}

/// Starts a scan. `path` is as in nhi_scanner_scan_file; NULL: there is none. The scanner may be freed before the stream.
/// Free it with nhi_stream_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_stream_new(
    scanner: Option<&nhi_scanner>,
    path: *const c_char,
    path_len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_stream>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let (scanner, out) = (need(scanner, "scanner")?, need(out, "out")?);
        let (scanner, name) = (Arc::new(scanner.0.clone()), Arc::<str>::from(text!(path, path_len)));
        // SAFETY: both live in the same struct as the stream, behind it, and neither is ever changed or moved.
        let (kept, kept_name) = unsafe { (&*Arc::as_ptr(&scanner), &*Arc::as_ptr(&name)) };
        let stream = if path.is_null() { kept.stream() } else { kept.stream_file(kept_name) };
        let running = Running { stream: Some(stream), _scanner: scanner, _path: name };
        out.write(Box::into_raw(Box::new(nhi_stream(Kept::new(running)))));
        Ok(())
    })
}

/// Takes the next piece and gives the findings that no later piece can change. Positions are counted from the first byte
/// of the first piece. Free the findings with nhi_findings_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_stream_push(
    stream: Option<&mut nhi_stream>,
    data: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_findings>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let (stream, out, piece) = (need(stream, "stream")?, need(out, "out")?, bytes!(data, len));
        let found = stream.0.change(|running| {
            let stream = running.stream.as_mut().ok_or_else(|| bad("stream", "it has ended"))?;
            Ok(stream.push(piece))
        })?;
        out.write(Box::into_raw(nhi_findings::new(found)));
        Ok(())
    })
}

/// Ends the input and gives the remaining findings. After it the stream can only be freed.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_stream_finish(
    stream: Option<&mut nhi_stream>,
    out: Option<&mut MaybeUninit<*mut nhi_findings>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let (stream, out) = (need(stream, "stream")?, need(out, "out")?);
        let found = stream.0.change(|running| {
            Ok(running.stream.take().ok_or_else(|| bad("stream", "it has ended"))?.finish())
        })?;
        out.write(Box::into_raw(nhi_findings::new(found)));
        Ok(())
    })
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_stream_free(stream: Option<Box<nhi_stream>>) {
    entry(None, || {
        drop(stream);
        Ok(())
    });
}

/// Number of findings; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_findings_len(findings: Option<&nhi_findings>) -> usize {
    findings.map_or(0, |findings| findings.flat.len())
}

/// The first of them, in one array; NULL if there are none. Valid until they are freed.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_findings_data(findings: Option<&nhi_findings>) -> *const nhi_finding {
    findings.filter(|f| !f.flat.is_empty()).map_or(core::ptr::null(), |f| f.flat.as_ptr())
}

/// All that is known of them as a JSON array: reasons, attributes, parts, alternatives.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_findings_json(
    findings: Option<&nhi_findings>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let (findings, out) = (need(findings, "findings")?, need(out, "out")?);
        nhi_bytes::give_json(&findings.found, out)
    })
}

/// Frees them with their texts; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_findings_free(findings: Option<Box<nhi_findings>>) {
    entry(None, || {
        drop(findings);
        Ok(())
    });
}

/// Replaces secrets by their previews. Read only, as nhi_scanner.
pub struct nhi_redactor(Redactor);

/// A redactor that asks `scanner`, which may be freed before it. Make the scanner without NHI_SCAN_IGNORE_MARKS if the
/// bytes come from others. Free it with nhi_redactor_free.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_redactor_new(
    scanner: Option<&nhi_scanner>,
    out: Option<&mut MaybeUninit<*mut nhi_redactor>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let (scanner, out) = (need(scanner, "scanner")?, need(out, "out")?);
        out.write(Box::into_raw(Box::new(nhi_redactor(Redactor::new(scanner.0.clone())))));
        Ok(())
    })
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_redactor_free(redactor: Option<Box<nhi_redactor>>) {
    entry(None, || {
        drop(redactor);
        Ok(())
    });
}

/// The bytes with every finding of level medium or high replaced by its preview.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_redactor_redact(
    redactor: Option<&nhi_redactor>,
    data: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let (redactor, out) = (need(redactor, "redactor")?, need(out, "out")?);
        nhi_bytes::give_vec(redactor.0.redact(bytes!(data, len)), out);
        Ok(())
    })
}

/// Explains one token as JSON: what it is, whose, for what, until when, and how to revoke it. `pepper` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_inspect(
    token: *const u8,
    len: usize,
    pepper: Option<&nhi_pepper>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let out = need(out, "out")?;
        let told = classify::inspect(bytes!(token, len), pepper.map(|pepper| &*pepper.0));
        nhi_bytes::give_json(&told, out)
    })
}

/// A decoy of a rule's first shape: its shape and checksum are right, and it opens nothing. One seed gives one decoy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_mint(
    rule: *const c_char,
    len: usize,
    seed: u64,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let out = need(out, "out")?;
        nhi_bytes::give(classify::mint(text!(rule, len), seed)?.as_bytes(), out);
        Ok(())
    })
}

/// As nhi_mint, of the rule's shape number `shape`, counted from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_mint_shape(
    rule: *const c_char,
    len: usize,
    shape: usize,
    seed: u64,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("classify", err, || {
        let out = need(out, "out")?;
        nhi_bytes::give(classify::mint_shape(text!(rule, len), shape, seed)?.as_bytes(), out);
        Ok(())
    })
}
