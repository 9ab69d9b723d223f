//! The whole way in one call.

use nhi_core::assess::{File, Inputs, Policy};
use nhi_core::model::Completeness;
use nhi_core::report;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::args::{Data, flag, text, time};
use crate::error::{core, guarded, invalid, wrong_type};
use crate::from_py::{json, list, or_default, record, records};
use crate::pepper;
use crate::to_py::to_py;

/// Fields of the inputs.
const FIELDS: &[&str] = &[
    "activities",
    "baseline",
    "checkpoint",
    "commands",
    "files",
    "findings",
    "ledger",
    "problems",
    "records",
    "searched",
];

#[pyfunction]
#[pyo3(signature = (inputs, now, *, policy=None, pepper=None))]
pub(crate) fn assess<'py>(
    inputs: &Bound<'py, PyAny>,
    now: &Bound<'py, PyAny>,
    policy: Option<&Bound<'py, PyAny>>,
    pepper: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    guarded(|| {
        let py = inputs.py();
        let dict = inputs.cast::<PyDict>().map_err(|_| wrong_type("inputs", "dict", inputs))?;
        for key in dict.keys() {
            let name = text("inputs", &key)?;
            if !FIELDS.contains(&name.as_str()) {
                let known = FIELDS.join(", ");
                return Err(invalid("inputs", &format!("unknown field, expected one of {known}")));
            }
        }
        let field = |name: &str| -> PyResult<Option<Bound<'py, PyAny>>> {
            Ok(dict.get_item(name)?.filter(|value| !value.is_none()))
        };
        let (policy, now): (Policy, _) = (or_default("policy", policy)?, time("now", now)?);
        let pepper = pepper::optional(pepper)?;
        let data = |name: &str| -> PyResult<Option<Data<'py>>> {
            field(name)?.map(|value| Data::of(name, &value)).transpose()
        };
        let (ledger, baseline) = (data("ledger")?, data("baseline")?);
        let files = field("files")?.map_or(Ok(Vec::new()), |files| list("files", &files, file))?;
        let checkpoint = field("checkpoint")?;
        let mut given = Inputs {
            files: files
                .iter()
                .map(|(name, data, completeness)| File {
                    name,
                    bytes: data.as_bytes(),
                    completeness: *completeness,
                })
                .collect(),
            searched: flag("searched", field("searched")?.as_ref(), false)?,
            ledger: ledger.as_ref().map(Data::as_bytes),
            checkpoint: checkpoint.map(|checkpoint| record("checkpoint", &checkpoint)).transpose()?,
            baseline: baseline.as_ref().map(Data::as_bytes),
            pepper: pepper.as_deref(),
            ..Inputs::default()
        };
        if let Some(findings) = field("findings")? {
            given.findings = records("findings", &findings)?;
        }
        if let Some(activities) = field("activities")? {
            given.activities = records("activities", &activities)?;
        }
        if let Some(given_records) = field("records")? {
            given.records = records("records", &given_records)?;
        }
        if let Some(problems) = field("problems")? {
            given.problems = records("problems", &problems)?;
        }
        if let Some(commands) = field("commands")? {
            given.commands = list("commands", &commands, |field, one| {
                let one_dict = one.cast::<PyDict>().map_err(|_| wrong_type(field, "dict", one))?;
                let missing = || invalid(field, "expected {command, at}");
                let at = one_dict.get_item("at")?.ok_or_else(missing)?;
                let command = one_dict.get_item("command")?.ok_or_else(missing)?;
                Ok((time(field, &at)?, json(field, &command)?))
            })?;
        }
        // Everything in `given` is plain memory; the Python objects that own the bytes are held by this frame.
        let done = py.detach(|| {
            nhi_core::assess::assess(given, now, &policy).map(|report| {
                let texts = [
                    ("html", report::html(&report)),
                    ("markdown", report::markdown(&report)),
                    ("sarif", report::sarif_report(&report)),
                    ("terminal", report::first_screen(&report)),
                ];
                (report, texts)
            })
        });
        let (report, texts) = done.map_err(core)?;
        let out = PyDict::new(py);
        out.set_item("report", to_py(py, &report)?)?;
        out.set_item("ledger", &report.ledger)?;
        out.set_item("baseline", PyBytes::new(py, &report.baseline))?;
        for (name, text) in texts {
            out.set_item(name, text)?;
        }
        Ok(out)
    })
}

/// A file: its name, its content, and whether it lists all that its source holds.
fn file<'py>(field: &str, value: &Bound<'py, PyAny>) -> PyResult<(String, Data<'py>, Completeness)> {
    let dict = value.cast::<PyDict>().map_err(|_| wrong_type(field, "dict", value))?;
    if dict
        .keys()
        .iter()
        .any(|key| !["name", "bytes", "completeness"].iter().any(|k| key.eq(k).unwrap_or(false)))
    {
        return Err(invalid(field, "unknown field, expected name, bytes and completeness"));
    }
    let get = |name: &str| -> PyResult<Bound<'py, PyAny>> {
        dict.get_item(name)?.ok_or_else(|| invalid(field, &format!("{name}: missing")))
    };
    let completeness = dict.get_item("completeness")?;
    Ok((
        text(&format!("{field}.name"), &get("name")?)?,
        Data::of(&format!("{field}.bytes"), &get("bytes")?)?,
        or_default(&format!("{field}.completeness"), completeness.as_ref())?,
    ))
}
