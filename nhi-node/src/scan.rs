//! Credentials in bytes: finding, taking out, explaining and minting them.

use std::collections::BTreeMap;
use std::sync::Arc;

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use nhi_core::{classify, model::Finding};

use crate::args::{Data, optional_flag, optional_text, options, text, whole};
use crate::error::{Fail, guarded, wrong_type};
use crate::js::{Js, Make};
use crate::pepper;
use crate::stream::Stream;
use crate::task::{Job, Raised, start};
use crate::to_js::{Answer, to_js};

/// Bytes between two looks at an `AbortSignal`.
const PIECE: usize = 1 << 20;

/// Finds credentials in bytes and texts. Immutable.
#[napi]
pub struct Scanner(classify::Scanner);

#[napi]
impl Scanner {
    /// A scanner over the whole catalogue.
    #[napi(constructor, ts_args_type = "options?: ScannerOptions | null")]
    pub fn new(given: Js) -> napi::Result<Self> {
        guarded(&given.env(), || {
            let mut builder = classify::Scanner::builder();
            if let Some([generic, marks, pepper]) =
                options("options", given, ["generic", "ignoreMarks", "pepper"])?
            {
                builder = builder.generic(optional_flag("generic", generic, true)?);
                builder = builder.ignore_marks(optional_flag("ignoreMarks", marks, true)?);
                if let Some(pepper) = pepper::optional(pepper)? {
                    builder = builder.pepper(pepper);
                }
            }
            Ok(Scanner(builder.build()))
        })
    }

    /// Every credential in `data`, sorted by start.
    ///
    /// `start` and `end` count bytes for a `Uint8Array` and UTF-16 code units for a `string`. `line` and `column` count
    /// from 1; `column` counts bytes, for a `string` those of its UTF-8.
    #[napi(ts_args_type = "data: Data, options?: ScanOptions | null", ts_return_type = "Finding[]")]
    pub fn scan(&self, data: Js, given: Js) -> napi::Result<Js> {
        let env = data.env();
        guarded(&env, || {
            let path = path_of(given, false)?;
            let data = Data::of("data", &data)?;
            let mut found = match &path {
                Some(path) => self.0.scan_file(path, &data.bytes),
                None => self.0.scan(&data.bytes),
            };
            if found.is_empty() {
                return Make::of(env).array();
            }
            if data.is_text && !data.bytes.is_ascii() {
                count_units(&mut found, &data.bytes);
            }
            to_js(&env, &found)
        })
    }

    /// As `scan`, off the event loop, on a copy of the data.
    #[napi(
        ts_args_type = "data: Data, options?: ScanOptions & Abortable | null",
        ts_return_type = "Promise<Finding[]>"
    )]
    pub fn scan_async(&self, data: Js, given: Js, flag: Js) -> napi::Result<AsyncTask<Job>> {
        guarded(&data.env(), || {
            let (path, raised) = (path_of(given, true)?, Raised::of(flag)?);
            let (data, scanner) = (Data::copied("data", &data)?, self.0.clone());
            Ok(start(move || {
                // The scan in one go is push and finish too: cutting changes nothing.
                let mut stream = match &path {
                    Some(path) => scanner.stream_file(path),
                    None => scanner.stream(),
                };
                let mut found = Vec::new();
                for piece in data.bytes.chunks(PIECE) {
                    if raised.is_up() {
                        return Err(Fail::aborted(None));
                    }
                    found.extend(stream.push(piece));
                }
                found.extend(stream.finish());
                if data.is_text && !found.is_empty() && !data.bytes.is_ascii() {
                    count_units(&mut found, &data.bytes);
                }
                Answer::record(&found)
            }))
        })
    }

    /// Starts a scan of input that arrives in pieces.
    #[napi(ts_args_type = "options?: ScanOptions | null")]
    pub fn stream(&self, given: Js) -> napi::Result<Stream> {
        guarded(&given.env(), || Ok(Stream::of(self.0.clone(), path_of(given, false)?)))
    }
}

/// The path among the options; those of the forms off the event loop hold a signal too, which `index.js` reads.
fn path_of(given: Js, is_async: bool) -> Result<Option<String>, Fail> {
    let path = match is_async {
        true => options("options", given, ["path", "signal"])?.map(|[path, _]| path),
        false => options("options", given, ["path"])?.map(|[path]| path),
    };
    path.map_or(Ok(None), |path| optional_text("path", path))
}

/// Spans in bytes to spans in UTF-16 code units: one pass over the text.
fn count_units(found: &mut [Finding], bytes: &[u8]) {
    let mut places: BTreeMap<u64, u64> = BTreeMap::new();
    let mut each = |change: &mut dyn FnMut(&mut u64)| {
        for finding in &mut *found {
            change(&mut finding.start);
            change(&mut finding.end);
            for part in &mut finding.parts {
                change(&mut part.start);
                change(&mut part.end);
            }
        }
    };
    each(&mut |at| {
        places.insert(*at, 0);
    });
    let (mut from, mut units) = (0, 0);
    for (at, count) in &mut places {
        let to = usize::try_from(*at).unwrap_or(usize::MAX).min(bytes.len());
        let stretch = bytes.get(from..to).unwrap_or_default();
        // A character begins where a byte continues none; those of four bytes are pairs in UTF-16.
        let of = |byte: &u8| u64::from(byte & 0xc0 != 0x80) + u64::from(*byte >= 0xf0);
        units += stretch.iter().map(of).sum::<u64>();
        *count = units;
        from = to;
    }
    each(&mut |at| *at = places.get(at).copied().unwrap_or(*at));
}

/// Takes credentials out of bytes and texts.
#[napi]
pub struct Redactor(Arc<classify::Redactor>);

#[napi]
impl Redactor {
    /// Build the scanner with `ignoreMarks: false` if the data comes from others: else it could ask not to be redacted.
    #[napi(constructor, ts_args_type = "scanner: Scanner")]
    pub fn new(scanner: Js) -> napi::Result<Self> {
        guarded(&scanner.env(), || {
            let scanner =
                scanner.instance::<Scanner>().ok_or_else(|| wrong_type("scanner", "Scanner", scanner))?;
            Ok(Redactor(Arc::new(classify::Redactor::new(scanner.0.clone()))))
        })
    }

    /// `data` with every finding of level medium or high replaced by its preview; a `string` gives a `string`.
    #[napi(ts_generic_types = "T extends Data", ts_args_type = "data: T", ts_return_type = "Redacted<T>")]
    pub fn redact(&self, data: Js) -> napi::Result<Js> {
        let env = data.env();
        guarded(&env, || {
            let data = Data::of("data", &data)?;
            redacted(self.0.redact(&data.bytes), data.is_text).give(&env)
        })
    }

    /// As `redact`, off the event loop, on a copy of the data. An abort rejects at once; the copy is wiped when the
    /// work ends.
    #[napi(
        ts_generic_types = "T extends Data",
        ts_args_type = "data: T, options?: Abortable | null",
        ts_return_type = "Promise<Redacted<T>>"
    )]
    pub fn redact_async(&self, data: Js, given: Js, flag: Js) -> napi::Result<AsyncTask<Job>> {
        guarded(&data.env(), || {
            options("options", given, ["signal"])?;
            let (raised, data) = (Raised::of(flag)?, Data::copied("data", &data)?);
            let redactor = Arc::clone(&self.0);
            Ok(start(move || match raised.is_up() {
                true => Err(Fail::aborted(None)),
                false => Ok(redacted(redactor.redact(&data.bytes), data.is_text)),
            }))
        })
    }
}

fn redacted(bytes: Vec<u8>, is_text: bool) -> Answer {
    if is_text { Answer::Text(String::from_utf8_lossy(&bytes).into_owned()) } else { Answer::Bytes(bytes) }
}

/// Explains one token, offline and without repeating it: what it is, whose, until when, how to revoke it.
#[napi(ts_args_type = "token: Data, pepper?: Pepper | null", ts_return_type = "Inspection")]
pub fn inspect(token: Js, pepper: Js) -> napi::Result<Js> {
    guarded(&token.env(), || {
        let pepper = pepper::optional(pepper)?;
        to_js(&token.env(), &classify::inspect(&Data::of("token", &token)?.bytes, pepper.as_deref()))
    })
}

/// A decoy: a text of a rule's shape with valid checksums that opens nothing. The same for the same seed.
/// `invalid_argument` if the catalogue has no such rule or shape, or the seed is beyond 64 bits.
#[napi(ts_args_type = "rule: string, seed: number | bigint, shape?: number | null")]
pub fn mint(rule: Js, seed: Js, shape: Js) -> napi::Result<String> {
    guarded(&rule.env(), || {
        let shape = shape.given().map_or(Ok(0), |shape| whole("shape", shape))?;
        let shape = usize::try_from(shape).unwrap_or(usize::MAX);
        Ok(classify::mint_shape(&text("rule", rule)?, shape, whole("seed", seed)?)?)
    })
}
