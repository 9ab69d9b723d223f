/*!
The engine for C, and for everything that can call C. No logic of its own: types and errors of the language.

What holds for every function is told once, in the header's own introduction (`cbindgen.toml`); the header
`include/nhi.h` is generated from this crate, checked in, and compared by a test. A Cargo feature a room leaves the
header as it is: functions of a room that was not built stay, and answer `NHI_ERR_NOT_BUILT`.

An object of ours is a Rust value in a box, which C holds by pointer: `Option<&T>` is a pointer that may be NULL and is
only read, `Option<&mut MaybeUninit<T>>` one that is written on success. What the types cannot say (how long a text is,
that nobody frees an object in use) is the caller's part of the contract.
*/
#![expect(unsafe_code, reason = "pointers and lengths come from C; each block says what C has promised")]
#![expect(non_camel_case_types, reason = "the names are those of the header")]
#![expect(
    clippy::missing_safety_doc,
    reason = "what C must promise is the same everywhere: the header's introduction"
)]
#![cfg_attr(
    not(all(feature = "report", feature = "adapters")),
    expect(unused, reason = "functions of a room that is not built stay, and use none of their arguments")
)]

#[cfg(not(panic = "unwind"))]
compile_error!("a panic must not end the program that loads this library: build with panic = \"unwind\"");

#[macro_use]
mod border;

pub mod adapters;
pub mod assess;
pub mod authorize;
pub mod baseline;
pub mod classify;
pub mod inventory;
pub mod ledger;
pub mod lifecycle;
pub mod pepper;
pub mod values;

/// Version of the library as it runs, `major.minor.patch`, for comparison with `NHI_VERSION` of the header. Static.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_version() -> *const core::ffi::c_char {
    const VERSION: &core::ffi::CStr =
        match core::ffi::CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}
