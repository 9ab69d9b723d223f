//! Exports and logs to records.

use core::{ffi::c_char, mem::MaybeUninit};

#[cfg(feature = "adapters")]
use nhi_core::adapters;

use crate::border::{need, time};
use crate::pepper::nhi_pepper;
use crate::values::{nhi_bytes, nhi_error, nhi_status};

/// Which adapters know the shape of these bytes, best first, as a JSON array of `{"adapter", "confidence", "why"}`. `name`
/// is a hint.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_detect(
    name: *const c_char,
    name_len: usize,
    data: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("adapters", err, || {
        let out = need(out, "out")?;
        nhi_bytes::give_json(&adapters::detect(text!(name, name_len), bytes!(data, len)), out)
    })
}

/// Reads one export or log and gives what could be read and what could not as JSON: `{"adapter", "plane", "lists",
/// "taken_at", "issuer", "items", "problems", "rows"}`. `name` is for provenance and problems; `read_at` stands in where
/// the export carries no time; `pepper` may be NULL, then secrets met are dropped without a fingerprint; `adapter` is the
/// id of one (nhi_detect), NULL: the best one detected. NHI_ERR_UNREADABLE if no adapter knows the bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_parse(
    name: *const c_char,
    name_len: usize,
    data: *const u8,
    len: usize,
    read_at: i64,
    pepper: Option<&nhi_pepper>,
    adapter: *const c_char,
    adapter_len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("adapters", err, || {
        let out = need(out, "out")?;
        let asked = text!(adapter, adapter_len);
        let parsed = adapters::parse(&adapters::Input {
            name: text!(name, name_len),
            bytes: bytes!(data, len),
            read_at: time(read_at),
            pepper: pepper.map(|pepper| &*pepper.0),
            adapter: (!adapter.is_null()).then_some(asked),
        })?;
        nhi_bytes::give_json(&parsed, out)
    })
}
