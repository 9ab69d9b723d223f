//! The whole way in one call.

use std::sync::Arc;

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use nhi_core::assess::{File, Inputs, Policy};
use nhi_core::lifecycle::Checkpoint;
use nhi_core::model::{Activity, Completeness, Finding, Observation, Problem};
use nhi_core::time::Timestamp;
use nhi_core::{Pepper, report};
use serde_json::Value;

use crate::args::{Copied, Data, optional_flag, options, text, time};
use crate::error::{Fail, guarded, invalid, wrong_type};
use crate::from_js::{json, list, optional, or_default, record};
use crate::js::Js;
use crate::pepper;
use crate::task::{Job, Raised, start};
use crate::to_js::Answer;

/// Members of the inputs.
const FIELDS: [&str; 10] = [
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

/// All that an assessment reads, of our own.
struct Given {
    now: Timestamp,
    policy: Policy,
    pepper: Option<Arc<Pepper>>,
    files: Vec<(String, Copied, Completeness)>,
    findings: Vec<Finding>,
    searched: bool,
    activities: Vec<Activity>,
    problems: Vec<Problem>,
    records: Vec<Observation>,
    commands: Vec<(Timestamp, Value)>,
    ledger: Option<Copied>,
    checkpoint: Option<Checkpoint>,
    baseline: Option<Copied>,
}

impl Given {
    /// Everything is copied: reading a member may run a getter, which could change what was read before it.
    fn of(inputs: Js, now: Js, policy: Option<Js>, pepper: Option<Js>) -> Result<Self, Fail> {
        let given =
            options("inputs", inputs, FIELDS)?.ok_or_else(|| wrong_type("inputs", "an object", inputs))?;
        let [
            activities,
            baseline,
            checkpoint,
            commands,
            files,
            findings,
            ledger,
            problems,
            records,
            searched,
        ] = given;
        let data = |name: &str, value: Js| value.given().map(|value| Data::copied(name, &value)).transpose();
        Ok(Given {
            now: time("now", now)?,
            policy: policy.map_or_else(|| Ok(Policy::default()), |policy| or_default("policy", policy))?,
            pepper: pepper.map_or(Ok(None), pepper::optional)?,
            files: members("files", files, file)?,
            findings: members("findings", findings, record)?,
            searched: optional_flag("searched", searched, false)?,
            activities: members("activities", activities, record)?,
            problems: members("problems", problems, record)?,
            records: members("records", records, record)?,
            commands: members("commands", commands, command)?,
            ledger: data("ledger", ledger)?,
            checkpoint: optional("checkpoint", checkpoint)?,
            baseline: data("baseline", baseline)?,
        })
    }

    fn assessed(self) -> Result<Answer, Fail> {
        let files = self.files.iter().map(|(name, data, completeness)| File {
            name,
            bytes: &data.bytes,
            completeness: *completeness,
        });
        let inputs = Inputs {
            files: files.collect(),
            findings: self.findings,
            searched: self.searched,
            activities: self.activities,
            records: self.records,
            commands: self.commands,
            ledger: self.ledger.as_ref().map(|data| data.bytes.as_slice()),
            checkpoint: self.checkpoint,
            problems: self.problems,
            baseline: self.baseline.as_ref().map(|data| data.bytes.as_slice()),
            pepper: self.pepper.as_deref(),
        };
        let report = nhi_core::assess::assess(inputs, self.now, &self.policy)?;
        Ok(Answer::Object(vec![
            ("report", Answer::Record(report::json(&report))),
            ("ledger", Answer::Text(report.ledger.clone())),
            ("baseline", Answer::Bytes(report.baseline.clone())),
            ("markdown", Answer::Text(report::markdown(&report))),
            ("html", Answer::Text(report::html(&report))),
            ("sarif", Answer::Text(report::sarif_report(&report))),
            ("terminal", Answer::Text(report::first_screen(&report))),
        ]))
    }
}

/// The members of an array that may be missing.
fn members<T>(field: &str, value: Js, read: impl FnMut(&str, Js) -> Result<T, Fail>) -> Result<Vec<T>, Fail> {
    value.given().map_or(Ok(Vec::new()), |value| list(field, value, read))
}

/// A file: its name, its content, and whether it lists all that its source holds.
fn file(field: &str, value: Js) -> Result<(String, Copied, Completeness), Fail> {
    let known = ["name", "bytes", "completeness"];
    let given = options(field, value, known)?.ok_or_else(|| wrong_type(field, "an object", value))?;
    let [name, bytes, completeness] = given;
    Ok((
        text(&format!("{field}.name"), name)?,
        Data::copied(&format!("{field}.bytes"), &bytes)?,
        or_default(&format!("{field}.completeness"), completeness)?,
    ))
}

/// A command and when it was given.
fn command(field: &str, value: Js) -> Result<(Timestamp, Value), Fail> {
    let [at, command] =
        options(field, value, ["at", "command"])?.ok_or_else(|| wrong_type(field, "an object", value))?;
    let command = command.given().ok_or_else(|| invalid(field, "expected {command, at}"))?;
    Ok((time(field, at)?, json(field, command)?))
}

/// The whole way in one call: exports, findings, activities, records and commands in, a report out. Gives the `report`,
/// the `ledger` and `baseline` to go on with, and the report as texts. `invalid_json` or `invalid_argument` names the
/// field; `unreadable` for a faulty ledger; `state_corrupt` or `state_version` for a faulty baseline.
#[napi(
    ts_args_type = "inputs: Inputs, now: Time, options?: AssessOptions | null",
    ts_return_type = "Assessment"
)]
pub fn assess(inputs: Js, now: Js, given: Js) -> napi::Result<Js> {
    let env = inputs.env();
    guarded(&env, || {
        let known = options("options", given, ["policy", "pepper"])?;
        let [policy, pepper] = known.map_or([None, None], |known| known.map(Some));
        Given::of(inputs, now, policy, pepper)?.assessed()?.give(&env)
    })
}

/// As `assess`, off the event loop, on a copy of the inputs. An abort rejects at once, and the result is dropped.
#[napi(
    ts_args_type = "inputs: Inputs, now: Time, options?: AssessOptions & Abortable | null",
    ts_return_type = "Promise<Assessment>"
)]
pub fn assess_async(inputs: Js, now: Js, given: Js, flag: Js) -> napi::Result<AsyncTask<Job>> {
    guarded(&inputs.env(), || {
        let raised = Raised::of(flag)?;
        let known = options("options", given, ["policy", "pepper", "signal"])?;
        let [policy, pepper] = known.map_or([None, None], |[policy, pepper, _]| [Some(policy), Some(pepper)]);
        let given = Given::of(inputs, now, policy, pepper)?;
        Ok(start(move || if raised.is_up() { Err(Fail::aborted(None)) } else { given.assessed() }))
    })
}
