//! Credentials in bytes: finding, taking out, explaining and minting them.

use std::{collections::BTreeMap, sync::Mutex};

use nhi_core::{classify, model::Finding};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::args::{Data, flag, optional_text, text, whole};
use crate::error::{core, guarded, invalid, locked, wrong_type};
use crate::pepper;
use crate::to_py::to_py;

/// From this many bytes on, other Python threads run while one is scanned: below, handing over takes longer.
const LONG: usize = 8 << 10;

/// Finds credentials in bytes and texts.
#[pyclass(frozen, module = "nhi")]
pub(crate) struct Scanner {
    scanner: classify::Scanner,
    generic: bool,
    ignore_marks: bool,
    peppered: bool,
}

#[pymethods]
impl Scanner {
    #[new]
    #[pyo3(signature = (*, generic=None, ignore_marks=None, pepper=None))]
    fn new(
        generic: Option<&Bound<'_, PyAny>>,
        ignore_marks: Option<&Bound<'_, PyAny>>,
        pepper: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        guarded(|| {
            let (generic, ignore_marks) =
                (flag("generic", generic, true)?, flag("ignore_marks", ignore_marks, true)?);
            let pepper = pepper::optional(pepper)?;
            let peppered = pepper.is_some();
            let mut builder = classify::Scanner::builder().generic(generic).ignore_marks(ignore_marks);
            if let Some(pepper) = pepper {
                builder = builder.pepper(pepper);
            }
            Ok(Scanner { scanner: builder.build(), generic, ignore_marks, peppered })
        })
    }

    #[pyo3(signature = (data, path=None))]
    fn scan<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        path: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let py = data.py();
            let data = Data::of("data", data)?;
            let path = optional_text("path", path)?;
            let bytes = data.as_bytes();
            let scan = || match &path {
                Some(path) => self.scanner.scan_file(path, bytes),
                None => self.scanner.scan(bytes),
            };
            let mut found = if bytes.len() < LONG { scan() } else { py.detach(scan) };
            if data.is_text && !found.is_empty() && !bytes.is_ascii() {
                count_characters(&mut found, bytes);
            }
            to_py(py, &found)
        })
    }

    #[pyo3(signature = (path=None))]
    fn stream(slf: &Bound<'_, Self>, path: Option<&Bound<'_, PyAny>>) -> PyResult<Stream> {
        guarded(|| {
            let path = optional_text("path", path)?;
            let running = Running::new((slf.get().scanner.clone(), path), |(scanner, path)| {
                Some(path.as_ref().map_or_else(|| scanner.stream(), |path| scanner.stream_file(path)))
            });
            Ok(Stream(Mutex::new(running)))
        })
    }

    fn __repr__(&self) -> String {
        let word = |on: bool| if on { "True" } else { "False" };
        let (generic, marks) = (word(self.generic), word(self.ignore_marks));
        format!("<nhi.Scanner generic={generic} ignore_marks={marks} pepper={}>", word(self.peppered))
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, ())> {
        let this = slf.get();
        if this.peppered {
            return Err(invalid("scanner", "with a pepper it is not pickled: a key would travel with it"));
        }
        // `functools.partial` carries keyword arguments.
        let py = slf.py();
        let settings = pyo3::types::PyDict::new(py);
        settings.set_item("generic", this.generic)?;
        settings.set_item("ignore_marks", this.ignore_marks)?;
        let make = py.import("functools")?.getattr("partial")?.call((slf.get_type(),), Some(&settings))?;
        Ok((make.unbind(), ()))
    }
}

type Going<'s> = Option<classify::Stream<'s>>;

self_cell::self_cell!(
    /// A scan, with the scanner and the path that it looks at. `None` when it has ended.
    struct Running {
        owner: (classify::Scanner, Option<String>),
        #[covariant]
        dependent: Going,
    }
);

/// A scan of bytes that arrive in pieces.
#[pyclass(frozen, module = "nhi")]
pub(crate) struct Stream(Mutex<Running>);

impl Stream {
    fn change<'py>(
        &self,
        py: Python<'py>,
        change: impl FnOnce(&mut Going<'_>) -> Option<Vec<Finding>> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let found = locked(py, &self.0, |running| running.with_dependent_mut(|_, going| change(going)))?;
        to_py(py, &found.ok_or_else(|| invalid("stream", "it has ended: start another"))?)
    }
}

#[pymethods]
impl Stream {
    fn push<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let piece = Data::of_bytes("data", data)?;
            let bytes = piece.as_bytes();
            self.change(data.py(), |going| going.as_mut().map(|stream| stream.push(bytes)))
        })
    }

    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| self.change(py, |going| going.take().map(classify::Stream::finish)))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(invalid("stream", "it is not pickled: it holds what was pushed last"))
    }
}

/// Spans in bytes to spans in characters: one pass over the text.
fn count_characters(found: &mut [Finding], bytes: &[u8]) {
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
    let (mut from, mut characters) = (0, 0);
    for (at, count) in &mut places {
        let to = usize::try_from(*at).unwrap_or(usize::MAX).min(bytes.len());
        let stretch = bytes.get(from..to).unwrap_or_default();
        characters += stretch.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64;
        *count = characters;
        from = to;
    }
    each(&mut |at| *at = places.get(at).copied().unwrap_or(*at));
}

/// Takes credentials out of bytes and texts.
#[pyclass(frozen, module = "nhi")]
pub(crate) struct Redactor {
    redactor: classify::Redactor,
    scanner: Py<Scanner>,
}

#[pymethods]
impl Redactor {
    #[new]
    fn new(scanner: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(|| {
            let scanner =
                scanner.cast::<Scanner>().map_err(|_| wrong_type("scanner", "nhi.Scanner", scanner))?;
            let redactor = classify::Redactor::new(scanner.get().scanner.clone());
            Ok(Redactor { redactor, scanner: scanner.clone().unbind() })
        })
    }

    fn redact<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        guarded(|| {
            let py = data.py();
            let data = Data::of("data", data)?;
            let bytes = data.as_bytes();
            let redact = || self.redactor.redact(bytes);
            let out = if bytes.len() < LONG { redact() } else { py.detach(redact) };
            Ok(match data.is_text {
                true => PyString::new(py, &String::from_utf8_lossy(&out)).into_any(),
                false => PyBytes::new(py, &out).into_any(),
            })
        })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (Py<Scanner>,)) {
        (slf.get_type().into_any(), (slf.get().scanner.clone_ref(slf.py()),))
    }
}

#[pyfunction]
#[pyo3(signature = (token, pepper=None))]
pub(crate) fn inspect<'py>(
    token: &Bound<'py, PyAny>,
    pepper: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    guarded(|| {
        let (data, pepper) = (Data::of("token", token)?, pepper::optional(pepper)?);
        to_py(token.py(), &classify::inspect(data.as_bytes(), pepper.as_deref()))
    })
}

#[pyfunction]
#[pyo3(signature = (rule, seed, shape=None))]
pub(crate) fn mint(
    rule: &Bound<'_, PyAny>,
    seed: &Bound<'_, PyAny>,
    shape: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    guarded(|| {
        let shape = shape.map_or(Ok(0), |shape| whole("shape", shape))?;
        let shape = usize::try_from(shape).unwrap_or(usize::MAX);
        classify::mint_shape(&text("rule", rule)?, shape, whole("seed", seed)?).map_err(core)
    })
}
