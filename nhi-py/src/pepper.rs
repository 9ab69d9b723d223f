//! The host's key for fingerprints.

use std::sync::Arc;

use nhi_core::Fingerprint;
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::args::{Data, text};
use crate::error::{core, guarded, invalid, raise, wrong_type};

/// The host's key for fingerprints, with the previous one during a rotation.
#[pyclass(frozen, module = "nhi")]
pub(crate) struct Pepper(pub(crate) Arc<nhi_core::Pepper>);

#[pymethods]
impl Pepper {
    #[new]
    fn new(key: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(|| {
            let data = Data::of("key", key)?;
            if data.is_text {
                return Err(raise("invalid_pepper", "pepper: expected 32 random bytes"));
            }
            nhi_core::Pepper::from_slice(data.as_bytes()).map(|pepper| Pepper(Arc::new(pepper))).map_err(core)
        })
    }

    #[staticmethod]
    fn parse(file: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(|| {
            let file = Zeroizing::new(text("file", file)?);
            nhi_core::Pepper::parse(&file).map(|pepper| Pepper(Arc::new(pepper))).map_err(core)
        })
    }

    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    fn expose_file(&self) -> String {
        self.0.expose_file()
    }

    fn fingerprint(&self, secret: &Bound<'_, PyAny>) -> PyResult<String> {
        guarded(|| Ok(self.0.fingerprint(Data::of("secret", secret)?.as_bytes()).as_str().into()))
    }

    fn matches(&self, fingerprint: &Bound<'_, PyAny>, secret: &Bound<'_, PyAny>) -> PyResult<bool> {
        guarded(|| {
            let fingerprint = Fingerprint::parse(&text("fingerprint", fingerprint)?).map_err(core)?;
            Ok(self.0.matches(&fingerprint, Data::of("secret", secret)?.as_bytes()))
        })
    }

    fn __repr__(&self) -> String {
        format!("<nhi.Pepper {}>", self.0.id())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(invalid("pepper", "it is not pickled: a key would travel with it; give each process its own"))
    }
}

/// The pepper of an argument.
pub(crate) fn optional(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Arc<nhi_core::Pepper>>> {
    let Some(value) = value else { return Ok(None) };
    let pepper = value.cast::<Pepper>().map_err(|_| wrong_type("pepper", "nhi.Pepper", value))?;
    Ok(Some(Arc::clone(&pepper.get().0)))
}
