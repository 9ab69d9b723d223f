//! Status, error, text and bytes: what every function of the header speaks in.

use core::ffi::c_char;
use core::mem::MaybeUninit;

use zeroize::Zeroizing;

use crate::border::{CODES, Fail, entry, need};

/// How a call ended. The numbers are fixed; new ones may come.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum nhi_status {
    /// Done; outputs are written.
    NHI_OK = 0,
    /// `input_too_large`: an input is larger than a documented limit.
    NHI_ERR_INPUT_TOO_LARGE = 1,
    /// `invalid_argument`: an argument or a field of a policy is not acceptable.
    NHI_ERR_INVALID_ARGUMENT = 2,
    /// `invalid_json`: a text is not the JSON that was asked for.
    NHI_ERR_INVALID_JSON = 3,
    /// `invalid_pepper`: a pepper could not be read.
    NHI_ERR_INVALID_PEPPER = 4,
    /// `invalid_time`: a time could not be read.
    NHI_ERR_INVALID_TIME = 5,
    /// `not_canonical`: a number is beyond ±(2^53-1), or no integer, where something is hashed.
    NHI_ERR_NOT_CANONICAL = 6,
    /// `state_corrupt`: saved state is damaged.
    NHI_ERR_STATE_CORRUPT = 7,
    /// `state_version`: saved state has a format that this build can't read.
    NHI_ERR_STATE_VERSION = 8,
    /// `unreadable`: a container or a ledger is broken.
    NHI_ERR_UNREADABLE = 9,
    /// `rejected`: the lifecycle refused a command; nhi_error_guard says which guard.
    NHI_ERR_REJECTED = 50,
    /// `null_pointer`: a pointer that must not be NULL was.
    NHI_ERR_NULL_POINTER = 100,
    /// `panic`: a fault of the library. The objects that the call was to change answer so from then on: free them.
    NHI_ERR_PANIC = 101,
    /// `not_built`: the library was built without the room that the function belongs to.
    NHI_ERR_NOT_BUILT = 102,
    /// An error of the engine that has no number here yet; nhi_error_code names it.
    NHI_ERR_OTHER = 199,
}

/// The stable code of a status, such as `state_corrupt`: NUL-terminated and static; empty for NHI_OK and for a number
/// that is no status.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_status_code(status: i32) -> *const c_char {
    // A number, not the enum: C may hand in any.
    CODES.iter().find(|(known, _)| *known as i32 == status).map_or(c"", |(_, code)| code).as_ptr()
}

/// Why the last call that was given this object failed. Belongs to the caller: one for each thread is enough.
#[derive(Default)]
pub struct nhi_error {
    pub(crate) status: Option<nhi_status>,
    pub(crate) code: Vec<u8>,
    pub(crate) text: Vec<u8>,
    pub(crate) guard: Vec<u8>,
}

/// An error object without an error, to hand to calls. Never NULL. Free it with nhi_error_free.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_error_new() -> *mut nhi_error {
    Box::into_raw(Box::default())
}

/// Frees an error object; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_error_free(error: Option<Box<nhi_error>>) {
    entry(None, || {
        drop(error);
        Ok(())
    });
}

/// Status of the last call that failed with this object; NHI_OK if none did. A call that succeeds leaves it alone.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_error_status(error: Option<&nhi_error>) -> nhi_status {
    error.and_then(|error| error.status).unwrap_or(nhi_status::NHI_OK)
}

/// Its stable code, such as `state_corrupt`: the same in every language. NUL-terminated, empty if there is none;
/// valid until the object is used again or freed.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_error_code(error: Option<&nhi_error>) -> *const c_char {
    terminated(error.map(|error| &error.code))
}

/// A sentence about it, without content of the input. As nhi_error_code.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_error_text(error: Option<&nhi_error>) -> *const c_char {
    terminated(error.map(|error| &error.text))
}

/// The code of the guard that refused a command (NHI_ERR_REJECTED), else empty. As nhi_error_code.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_error_guard(error: Option<&nhi_error>) -> *const c_char {
    terminated(error.map(|error| &error.guard))
}

/// The bytes end in NUL if there are any (see `entry`).
fn terminated(bytes: Option<&Vec<u8>>) -> *const c_char {
    bytes.filter(|bytes| !bytes.is_empty()).map_or(c"".as_ptr(), |bytes| bytes.as_ptr().cast())
}

/// A text that belongs to somebody else: UTF-8, not terminated, no owner. `data` is NULL for a text that is absent.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct nhi_str {
    /// First byte.
    pub data: *const c_char,
    /// Number of bytes.
    pub len: usize,
}

impl nhi_str {
    pub(crate) const ABSENT: nhi_str = nhi_str { data: core::ptr::null(), len: 0 };

    /// Borrows; whoever hands it out says for how long.
    pub(crate) fn of(text: &str) -> Self {
        nhi_str { data: text.as_ptr().cast(), len: text.len() }
    }

    pub(crate) fn maybe(text: Option<&str>) -> Self {
        text.map_or(nhi_str::ABSENT, nhi_str::of)
    }
}

/// Bytes or a text made by the library, such as JSON or saved state. Read only. Wiped when it is freed.
pub struct nhi_bytes(Zeroizing<Vec<u8>>);

impl nhi_bytes {
    /// Boxed for C, with a NUL behind the content.
    pub(crate) fn give(content: &[u8], out: &mut MaybeUninit<*mut nhi_bytes>) {
        let mut bytes = Vec::with_capacity(content.len().saturating_add(1));
        bytes.extend_from_slice(content);
        nhi_bytes::give_vec(bytes, out);
    }

    /// As `give`, without a copy if there is room for the NUL. Not for secrets: growing may leave a copy behind.
    pub(crate) fn give_vec(mut bytes: Vec<u8>, out: &mut MaybeUninit<*mut nhi_bytes>) {
        bytes.push(0);
        out.write(Box::into_raw(Box::new(nhi_bytes(Zeroizing::new(bytes)))));
    }

    /// A value as JSON.
    pub(crate) fn give_json(
        value: &impl serde::Serialize,
        out: &mut MaybeUninit<*mut nhi_bytes>,
    ) -> Result<(), Fail> {
        nhi_bytes::give_vec(serde_json::to_vec(value).map_err(|_| Fail::Unwritable)?, out);
        Ok(())
    }
}

/// First byte; a NUL that is not counted follows the last. NULL only for NULL. Valid until `bytes` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_bytes_data(bytes: Option<&nhi_bytes>) -> *const u8 {
    bytes.map_or(core::ptr::null(), |bytes| bytes.0.as_ptr())
}

/// As nhi_bytes_data, for a text. Without NUL inside if it is JSON.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_bytes_text(bytes: Option<&nhi_bytes>) -> *const c_char {
    nhi_bytes_data(bytes).cast()
}

/// Number of bytes, without the NUL behind them; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_bytes_len(bytes: Option<&nhi_bytes>) -> usize {
    bytes.map_or(0, |bytes| bytes.0.len().saturating_sub(1))
}

/// Wipes and frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_bytes_free(bytes: Option<Box<nhi_bytes>>) {
    entry(None, || {
        drop(bytes);
        Ok(())
    });
}

/// Milliseconds since 1970 UTC of an RFC 3339 time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_time_parse(
    text: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<i64>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let out = need(out, "out")?;
        let time = nhi_core::time::Timestamp::parse_rfc3339(text!(text, len))?;
        out.write(time.millis());
        Ok(())
    })
}
