//! A scan of input that arrives in pieces.

use std::cell::RefCell;

use napi_derive::napi;
use nhi_core::classify;

use crate::args::Data;
use crate::error::{guarded, invalid};
use crate::js::{Js, Make};
use crate::to_js::{Answer, to_js};

/// A scan of input that arrives in pieces: any cutting gives the findings of `scan` on the whole. Positions count
/// bytes from the first byte of the first piece.
#[napi]
pub struct Stream(RefCell<Option<Scan>>);

/// The scan, and what it borrows: fields are dropped in their order.
struct Scan {
    scan: classify::Stream<'static>,
    _scanner: Box<classify::Scanner>,
    _path: Option<Box<str>>,
}

impl Stream {
    #[expect(unsafe_code, reason = "the scan borrows what lies beside it")]
    pub(crate) fn of(scanner: classify::Scanner, path: Option<String>) -> Self {
        let (scanner, path) = (Box::new(scanner), path.map(String::into_boxed_str));
        // SAFETY: both are on the heap, never moved or changed, and dropped after the scan, which is never given out.
        let (scanner_ref, path_ref) = unsafe {
            let scanner_ref: *const classify::Scanner = &raw const *scanner;
            let path_ref = path.as_deref().map(|path| &*std::ptr::from_ref::<str>(path));
            (&*scanner_ref, path_ref)
        };
        let scan = match path_ref {
            Some(path) => scanner_ref.stream_file(path),
            None => scanner_ref.stream(),
        };
        Stream(RefCell::new(Some(Scan { scan, _scanner: scanner, _path: path })))
    }
}

#[napi]
impl Stream {
    /// Takes the next piece and gives the findings that no later piece can change.
    #[napi(ts_args_type = "piece: Uint8Array", ts_return_type = "Finding[]")]
    pub fn push(&self, piece: Js) -> napi::Result<Js> {
        guarded(&piece.env(), || {
            let found = {
                let mut scan = self.0.try_borrow_mut().map_err(|_| ended())?;
                let data = Data::of("piece", &piece)?;
                if data.is_text {
                    return Err(crate::error::wrong_type("piece", "Uint8Array", piece));
                }
                scan.as_mut().ok_or_else(ended)?.scan.push(&data.bytes)
            };
            if found.is_empty() { Make::of(piece.env()).array() } else { to_js(&piece.env(), &found) }
        })
    }

    /// Ends the input and gives the remaining findings. Nothing can be pushed after it.
    #[napi(ts_return_type = "Finding[]")]
    pub fn finish(&self, env: napi::Env) -> napi::Result<Js> {
        guarded(&env, || {
            let scan = self.0.try_borrow_mut().map_err(|_| ended())?.take();
            Answer::record(&scan.ok_or_else(ended)?.scan.finish())?.give(&env)
        })
    }
}

fn ended() -> crate::error::Fail {
    invalid("stream", "it has ended")
}
