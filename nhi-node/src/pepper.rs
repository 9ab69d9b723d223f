//! The host's key for fingerprints.

use std::sync::Arc;

use napi_derive::napi;
use nhi_core::Fingerprint;
use zeroize::Zeroizing;

use crate::args::{Data, text};
use crate::error::{Fail, guarded, wrong_type};
use crate::js::Js;

/// The host's key for fingerprints, with the previous one during a rotation.
#[napi]
pub struct Pepper(Arc<nhi_core::Pepper>);

#[napi]
impl Pepper {
    /// A pepper from 32 bytes that the host drew at random; `invalid_pepper` for any other number of bytes.
    #[napi(constructor, ts_args_type = "key: Uint8Array")]
    pub fn new(key: Js) -> napi::Result<Self> {
        guarded(&key.env(), || {
            let data = Data::of("key", &key)?;
            let bytes: Result<[u8; 32], _> = data.bytes.as_ref().try_into();
            match bytes.map(Zeroizing::new) {
                Ok(bytes) if !data.is_text => Ok(Pepper(Arc::new(nhi_core::Pepper::new(*bytes)))),
                _ => Err(Fail::new("invalid_pepper", "pepper: expected 32 random bytes".into())),
            }
        })
    }

    /// Reads the file form; `invalid_pepper`.
    #[napi(factory, ts_args_type = "file: string")]
    pub fn parse(file: Js) -> napi::Result<Self> {
        guarded(&file.env(), || {
            let file = Zeroizing::new(text("file", file)?);
            Ok(Pepper(Arc::new(nhi_core::Pepper::parse(&file)?)))
        })
    }

    /// First 8 hex digits of SHA-256 over `"nhi-pepper-id"` and the key.
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.0.id().into()
    }

    /// The file form: the one place where the key is given out, for the host to store.
    #[napi]
    pub fn expose_file(&self) -> String {
        self.0.expose_file()
    }

    /// Keyed digest of a secret's exact bytes (UTF-8 of a `string`).
    #[napi(ts_args_type = "secret: Data")]
    pub fn fingerprint(&self, secret: Js) -> napi::Result<String> {
        guarded(&secret.env(), || Ok(self.0.fingerprint(&Data::of("secret", &secret)?.bytes).as_str().into()))
    }

    /// Whether `fingerprint` was made of `secret`, under the current or the previous pepper.
    #[napi(ts_args_type = "fingerprint: string, secret: Data")]
    pub fn matches(&self, fingerprint: Js, secret: Js) -> napi::Result<bool> {
        guarded(&secret.env(), || {
            let fingerprint = Fingerprint::parse(&text("fingerprint", fingerprint)?)?;
            Ok(self.0.matches(&fingerprint, &Data::of("secret", &secret)?.bytes))
        })
    }
}

/// The pepper of an argument.
pub(crate) fn optional(value: Js) -> Result<Option<Arc<nhi_core::Pepper>>, Fail> {
    let Some(value) = value.given() else { return Ok(None) };
    let pepper = value.instance::<Pepper>().ok_or_else(|| wrong_type("pepper", "Pepper", value))?;
    Ok(Some(Arc::clone(&pepper.0)))
}
