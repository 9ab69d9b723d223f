//! The host's key for fingerprints.

use core::{ffi::c_char, mem::MaybeUninit};
use std::sync::Arc;

use nhi_core::{Fingerprint, Pepper};
use zeroize::Zeroizing;

use crate::border::{entry, need};
use crate::values::{nhi_bytes, nhi_error, nhi_status, nhi_str};

/// The host's key for fingerprints. Read only: any number of threads may use it. What was made with it keeps its own
/// hold on it, so it may be freed before.
pub struct nhi_pepper(pub(crate) Arc<Pepper>);

fn give(pepper: Pepper, out: &mut MaybeUninit<*mut nhi_pepper>) {
    out.write(Box::into_raw(Box::new(nhi_pepper(Arc::new(pepper)))));
}

/// A pepper from 32 bytes that the host drew at random. The caller wipes its own copy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_pepper_new(
    key: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_pepper>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let out = need(out, "out")?;
        give(Pepper::from_slice(bytes!(key, len))?, out);
        Ok(())
    })
}

/// Reads the file form: `nhi-pepper-1 <id> <64 hex digits>`, and the previous pepper on a second line.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_pepper_parse(
    file: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_pepper>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let out = need(out, "out")?;
        give(Pepper::parse(text!(file, len))?, out);
        Ok(())
    })
}

/// The file form, for the host to store: the one place where the key is given out.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_pepper_expose_file(
    pepper: Option<&nhi_pepper>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (pepper, out) = (need(pepper, "pepper")?, need(out, "out")?);
        nhi_bytes::give(Zeroizing::new(pepper.0.expose_file()).as_bytes(), out);
        Ok(())
    })
}

/// The fingerprint of a secret's exact bytes: `hs256:<pepper id>:<digest>`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_pepper_fingerprint(
    pepper: Option<&nhi_pepper>,
    secret: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (pepper, out) = (need(pepper, "pepper")?, need(out, "out")?);
        nhi_bytes::give(pepper.0.fingerprint(bytes!(secret, len)).as_str().as_bytes(), out);
        Ok(())
    })
}

/// Whether a fingerprint was made of a secret, under the current or the previous pepper.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_pepper_matches(
    pepper: Option<&nhi_pepper>,
    fingerprint: *const c_char,
    fingerprint_len: usize,
    secret: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<bool>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (pepper, out) = (need(pepper, "pepper")?, need(out, "out")?);
        let print = Fingerprint::parse(text!(fingerprint, fingerprint_len))?;
        out.write(pepper.0.matches(&print, bytes!(secret, len)));
        Ok(())
    })
}

/// The pepper's public id: the first 8 hex digits of SHA-256 over `nhi-pepper-id` and the key. Valid until it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_pepper_id(
    pepper: Option<&nhi_pepper>,
    out: Option<&mut MaybeUninit<nhi_str>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    entry(err, || {
        let (pepper, out) = (need(pepper, "pepper")?, need(out, "out")?);
        out.write(nhi_str::of(pepper.0.id()));
        Ok(())
    })
}

/// Wipes and frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_pepper_free(pepper: Option<Box<nhi_pepper>>) {
    entry(None, || {
        drop(pepper);
        Ok(())
    });
}
