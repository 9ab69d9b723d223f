//! Where a call from C comes in: nothing unwinds past here, no pointer is followed that is NULL.

use core::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(feature = "lifecycle")]
use nhi_core::lifecycle::Rejection;
use nhi_core::{Error, limits, time::Timestamp};
use serde::de::DeserializeOwned;

use crate::values::{nhi_error, nhi_status, nhi_str};

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Fail {
    Core(Error),
    #[cfg(feature = "lifecycle")]
    Rejected(Rejection),
    Null(&'static str),
    /// The library was built without this room.
    #[cfg_attr(
        all(feature = "report", feature = "adapters"),
        expect(dead_code, reason = "every room is built")
    )]
    NotBuilt(&'static str),
    /// An earlier call that was changing the object panicked.
    Broken,
    /// A value that has no JSON form; none of ours is such.
    Unwritable,
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Fail::Core(error)
    }
}

/// An argument that is not acceptable.
pub(crate) fn bad(field: &str, why: &str) -> Fail {
    Fail::Core(Error::InvalidArgument { field: field.into(), why: why.into() })
}

impl Fail {
    pub(crate) fn status(&self) -> nhi_status {
        match self {
            Fail::Core(error) => status_of(error.code()),
            #[cfg(feature = "lifecycle")]
            Fail::Rejected(_) => nhi_status::NHI_ERR_REJECTED,
            Fail::Null(_) => nhi_status::NHI_ERR_NULL_POINTER,
            Fail::NotBuilt(_) => nhi_status::NHI_ERR_NOT_BUILT,
            Fail::Broken => nhi_status::NHI_ERR_PANIC,
            Fail::Unwritable => nhi_status::NHI_ERR_OTHER,
        }
    }

    fn tell(&self, err: &mut nhi_error) {
        let text = match self {
            Fail::Core(error) => error.to_string(),
            #[cfg(feature = "lifecycle")]
            Fail::Rejected(refused) => refused.to_string(),
            Fail::Null(what) => format!("{what}: must not be NULL"),
            Fail::NotBuilt(room) => format!("this library was built without {room}"),
            Fail::Broken => "a call that was changing the object hit a fault of the library".into(),
            Fail::Unwritable => "a result has no JSON form".into(),
        };
        let guard = match self {
            #[cfg(feature = "lifecycle")]
            Fail::Rejected(refused) => &*refused.guard,
            _ => "",
        };
        err.status = Some(self.status());
        err.code = terminated(match self {
            // Also a code that has no number here yet.
            Fail::Core(error) => error.code(),
            _ => code_of(self.status()),
        });
        err.text = terminated(&text);
        err.guard = terminated(guard);
    }
}

/// A text for C; a NUL inside would cut it.
fn terminated(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| if byte == 0 { b' ' } else { byte }).chain([0]).collect()
}

/// Every status of a failure with its code.
pub(crate) const CODES: &[(nhi_status, &core::ffi::CStr)] = {
    use nhi_status::*;
    &[
        (NHI_ERR_INPUT_TOO_LARGE, c"input_too_large"),
        (NHI_ERR_INVALID_ARGUMENT, c"invalid_argument"),
        (NHI_ERR_INVALID_JSON, c"invalid_json"),
        (NHI_ERR_INVALID_PEPPER, c"invalid_pepper"),
        (NHI_ERR_INVALID_TIME, c"invalid_time"),
        (NHI_ERR_NOT_CANONICAL, c"not_canonical"),
        (NHI_ERR_STATE_CORRUPT, c"state_corrupt"),
        (NHI_ERR_STATE_VERSION, c"state_version"),
        (NHI_ERR_UNREADABLE, c"unreadable"),
        (NHI_ERR_REJECTED, c"rejected"),
        (NHI_ERR_NULL_POINTER, c"null_pointer"),
        (NHI_ERR_PANIC, c"panic"),
        (NHI_ERR_NOT_BUILT, c"not_built"),
        (NHI_ERR_OTHER, c"other"),
    ]
};

/// The number of a code of the engine.
fn status_of(code: &str) -> nhi_status {
    CODES
        .iter()
        .find(|(_, name)| name.to_bytes() == code.as_bytes())
        .map_or(nhi_status::NHI_ERR_OTHER, |(status, _)| *status)
}

fn code_of(status: nhi_status) -> &'static str {
    let found = CODES.iter().find(|(known, _)| *known == status);
    found.and_then(|(_, code)| code.to_str().ok()).unwrap_or("other")
}

/// Runs what a function does. Every function of the header that does more than read a field goes through here.
pub(crate) fn entry(err: Option<&mut nhi_error>, run: impl FnOnce() -> Result<(), Fail>) -> nhi_status {
    // What a panic leaves half done is behind `Kept`, which answers no more.
    let fail = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => return nhi_status::NHI_OK,
        Ok(Err(fail)) => fail,
        Err(payload) => {
            // It is a value like any other: it is freed, and its drop may panic in turn.
            if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                core::mem::forget(second);
            }
            Fail::Broken
        }
    };
    if let Some(err) = err {
        fail.tell(err);
    }
    fail.status()
}

/// What an object holds if its room was not built: there is none.
#[cfg_attr(all(feature = "report", feature = "adapters"), expect(dead_code, reason = "every room is built"))]
pub(crate) enum Absent {}

/// As [`entry`], for a function of a room: without the room's feature it answers NHI_ERR_NOT_BUILT.
macro_rules! room {
    ($room:literal, $err:ident, $run:expr) => {{
        #[cfg(feature = $room)]
        {
            $crate::border::entry($err, $run)
        }
        #[cfg(not(feature = $room))]
        {
            $crate::border::entry($err, || Err($crate::border::Fail::NotBuilt($room)))
        }
    }};
}

/// An argument that must not be NULL.
pub(crate) fn need<T>(argument: Option<T>, what: &'static str) -> Result<T, Fail> {
    argument.ok_or(Fail::Null(what))
}

/// An object that calls change. After a panic in the middle of a change it answers no more.
pub(crate) struct Kept<T> {
    value: T,
    broken: bool,
}

impl<T> Kept<T> {
    pub(crate) fn new(value: T) -> Self {
        Kept { value, broken: false }
    }

    pub(crate) fn get(&self) -> Result<&T, Fail> {
        if self.broken { Err(Fail::Broken) } else { Ok(&self.value) }
    }

    pub(crate) fn change<R>(&mut self, run: impl FnOnce(&mut T) -> Result<R, Fail>) -> Result<R, Fail> {
        if self.broken {
            return Err(Fail::Broken);
        }
        self.broken = true;
        let done = run(&mut self.value);
        self.broken = false;
        done
    }
}

/// `len` values at `data`, which may be NULL only if there are none.
///
/// # Safety
/// `data` is NULL, or `len` values at it can be read and nobody writes them until the call of C ends.
pub(crate) unsafe fn slice<'a, T>(data: *const T, len: usize, what: &'static str) -> Result<&'a [T], Fail> {
    if data.is_null() {
        return if len == 0 { Ok(&[]) } else { Err(Fail::Null(what)) };
    }
    if len.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX as usize) {
        return Err(bad(what, "the length is larger than any object can be"));
    }
    if !data.is_aligned() {
        return Err(bad(what, "is not aligned"));
    }
    // SAFETY: not NULL, aligned, of a possible size; that it can be read is the caller's promise.
    Ok(unsafe { core::slice::from_raw_parts(data, len) })
}

/// As [`slice`], as text.
///
/// # Safety
/// As [`slice`].
pub(crate) unsafe fn text<'a>(data: *const c_char, len: usize, what: &'static str) -> Result<&'a str, Fail> {
    // SAFETY: the caller's promise is that of `slice`.
    let bytes = unsafe { slice(data.cast::<u8>(), len, what) }?;
    core::str::from_utf8(bytes).map_err(|e| bad(what, &format!("not UTF-8 from byte {} on", e.valid_up_to())))
}

/// A text in a struct that C filled: `None` if it is absent.
///
/// # Safety
/// As [`slice`].
pub(crate) unsafe fn field<'a>(field: nhi_str, what: &'static str) -> Result<Option<&'a str>, Fail> {
    if field.data.is_null() && field.len == 0 {
        return Ok(None);
    }
    // SAFETY: the caller's promise is that of `slice`.
    unsafe { text(field.data, field.len, what) }.map(Some)
}

/// The bytes that two arguments of the function name.
macro_rules! bytes {
    ($data:ident, $len:ident) => {
        // SAFETY: C promises that `$len` bytes at `$data` can be read, or that `$data` is NULL.
        unsafe { $crate::border::slice($data, $len, stringify!($data)) }?
    };
}

/// The text that two arguments of the function name.
macro_rules! text {
    ($data:ident, $len:ident) => {
        // SAFETY: C promises that `$len` bytes at `$data` can be read, or that `$data` is NULL.
        unsafe { $crate::border::text($data, $len, stringify!($data)) }?
    };
}

/// JSON as a value. The error names the place, not the content.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, Fail> {
    if bytes.len() > limits::JSON_BYTES {
        let (found, limit) = (bytes.len() as u64, limits::JSON_BYTES as u64);
        return Err(Error::InputTooLarge { what, found, limit }.into());
    }
    serde_json::from_slice(bytes).map_err(|e| {
        let kind = match e.classify() {
            serde_json::error::Category::Data => "a field is missing, unknown or of another type",
            serde_json::error::Category::Eof => "the text ends too early",
            _ => "not JSON",
        };
        Error::InvalidJson { what, why: format!("line {} column {}: {kind}", e.line(), e.column()) }.into()
    })
}

/// JSON that may be left out (no bytes): then the default.
pub(crate) fn json_or_default<T: DeserializeOwned + Default>(
    bytes: &[u8],
    what: &'static str,
) -> Result<T, Fail> {
    if bytes.is_empty() { Ok(T::default()) } else { json(bytes, what) }
}

/// A time of C.
pub(crate) fn time(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_engine_has_its_number() {
        assert!(Error::CODES.len() >= 9);
        for code in Error::CODES {
            assert_ne!(status_of(code), nhi_status::NHI_ERR_OTHER, "{code} has no number in nhi_status");
        }
    }

    #[test]
    fn a_panic_ends_at_the_border_and_the_object_answers_no_more() {
        let mut kept = Kept::new(1);
        let mut err = nhi_error::default();
        let status = entry(Some(&mut err), || kept.change(|_| panic!("a test of the border")));
        assert_eq!((status, &err.code[..]), (nhi_status::NHI_ERR_PANIC, &b"panic\0"[..]));
        assert!(matches!(kept.get(), Err(Fail::Broken)));
        assert!(matches!(kept.change(|_| Ok(())), Err(Fail::Broken)));
    }

    #[test]
    fn a_panic_in_the_drop_of_a_panic_ends_there_too() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("a test of the border, again");
            }
        }
        assert_eq!(entry(None, || std::panic::panic_any(Bomb)), nhi_status::NHI_ERR_PANIC);
    }

    #[test]
    fn what_threads_may_share_can_be_shared() {
        fn shared<T: Send + Sync>() {}
        shared::<crate::classify::nhi_scanner>();
        shared::<crate::classify::nhi_redactor>();
        shared::<crate::pepper::nhi_pepper>();
        shared::<crate::baseline::nhi_baseline>();
        shared::<crate::lifecycle::nhi_lifecycle>();
        shared::<crate::inventory::nhi_inventory>();
        shared::<crate::authorize::nhi_authorizer>();
        shared::<crate::classify::nhi_stream>();
        shared::<crate::ledger::nhi_ledger>();
    }
}
