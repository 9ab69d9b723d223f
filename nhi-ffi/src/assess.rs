//! The whole way in one call.

use core::{ffi::c_char, mem::MaybeUninit};

#[cfg(feature = "report")]
use nhi_core::report;
#[cfg(feature = "assess")]
use nhi_core::{
    assess::{self, File, Inputs, Policy, Report},
    lifecycle::Checkpoint,
    model::Completeness,
    time::Timestamp,
};
use serde::Deserialize;

#[cfg(not(feature = "assess"))]
use crate::border::Absent as Report;
use crate::border::{Fail, entry, field, json_or_default, need, slice, time};
use crate::pepper::nhi_pepper;
use crate::values::{nhi_bytes, nhi_error, nhi_status, nhi_str};

/// One export or log.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct nhi_file {
    /// Its name, for provenance and problems.
    pub name: nhi_str,
    /// Its bytes.
    pub data: *const u8,
    /// Number of bytes.
    pub len: usize,
    /// Whether it lists all that its source holds: 0 for a part.
    pub full: u32,
}

/// What the host has read. All zeros is nothing; every part is optional. JSON texts are arrays.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct nhi_inputs {
    /// Exports and logs, `files_len` of them.
    pub files: *const nhi_file,
    /// Number of files.
    pub files_len: usize,
    /// Findings of scans, as nhi_findings_json gives them.
    pub findings: nhi_str,
    /// Activities.
    pub activities: nhi_str,
    /// Observations `{"record": …, "provenance": …}`.
    pub records: nhi_str,
    /// Lifecycle commands `{"at": …, "command": …}`.
    pub commands: nhi_str,
    /// What the host could not read itself, as the report's `problems`.
    pub problems: nhi_str,
    /// Checkpoint `{"seq", "hash"}` of the ledger, if one was anchored.
    pub checkpoint: nhi_str,
    /// Ledger of an earlier assessment.
    pub ledger: *const u8,
    /// Its bytes.
    pub ledger_len: usize,
    /// Saved baseline of an earlier assessment.
    pub baseline: *const u8,
    /// Its bytes.
    pub baseline_len: usize,
    /// Whether secrets were searched for at all, findings or not: 0 for no.
    pub searched: u32,
}

/// The whole estate at one time. Read only.
pub struct nhi_report(Report);

/// A command with its time.
#[cfg(feature = "assess")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Timed {
    at: Timestamp,
    command: serde_json::Value,
}

#[cfg(feature = "assess")]
impl nhi_inputs {
    /// # Safety
    /// C has filled every pointer with NULL or what it can read until the call ends.
    unsafe fn read<'a>(&self, pepper: Option<&'a nhi_pepper>) -> Result<Inputs<'a>, Fail> {
        let text = |text: nhi_str, name| -> Result<&[u8], Fail> {
            // SAFETY: the promise of this function.
            Ok(unsafe { field(text, name) }?.unwrap_or_default().as_bytes())
        };
        // SAFETY: the promise of this function.
        let raw = |data: *const u8, len, name| unsafe { slice(data, len, name) };
        // SAFETY: the promise of this function, for the array of files.
        let files = unsafe { slice(self.files, self.files_len, "files") }?;
        let file = |file: &nhi_file| -> Result<File<'a>, Fail> {
            let completeness = if file.full == 0 { Completeness::Partial } else { Completeness::Full };
            // SAFETY: the promise of this function.
            let name = unsafe { field(file.name, "files[].name") }?;
            Ok(File {
                name: need(name, "files[].name")?,
                bytes: raw(file.data, file.len, "files[].data")?,
                completeness,
            })
        };
        let commands: Vec<Timed> = json_or_default(text(self.commands, "commands")?, "commands")?;
        let checkpoint: Option<Checkpoint> =
            json_or_default(text(self.checkpoint, "checkpoint")?, "checkpoint")?;
        let ledger = raw(self.ledger, self.ledger_len, "ledger")?;
        let baseline = raw(self.baseline, self.baseline_len, "baseline")?;
        Ok(Inputs {
            files: files.iter().map(file).collect::<Result<_, Fail>>()?,
            findings: json_or_default(text(self.findings, "findings")?, "findings")?,
            searched: self.searched != 0,
            activities: json_or_default(text(self.activities, "activities")?, "activities")?,
            records: json_or_default(text(self.records, "records")?, "records")?,
            commands: commands.into_iter().map(|one| (one.at, one.command)).collect(),
            ledger: (!self.ledger.is_null()).then_some(ledger),
            checkpoint,
            problems: json_or_default(text(self.problems, "problems")?, "problems")?,
            baseline: (!self.baseline.is_null()).then_some(baseline),
            pepper: pepper.map(|pepper| &*pepper.0),
        })
    }
}

/// Assesses an estate at `now`. `pepper` may be NULL; `policy` is JSON, NULL or no bytes for the defaults. What could not
/// be read of the inputs is in the report. Free it with nhi_report_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_assess(
    inputs: Option<&nhi_inputs>,
    pepper: Option<&nhi_pepper>,
    policy: *const c_char,
    policy_len: usize,
    now: i64,
    out: Option<&mut MaybeUninit<*mut nhi_report>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("assess", err, || {
        let (inputs, out) = (need(inputs, "inputs")?, need(out, "out")?);
        let policy: Policy = json_or_default(text!(policy, policy_len).as_bytes(), "policy")?;
        // SAFETY: C promises that everything the inputs point to can be read.
        let inputs = unsafe { inputs.read(pepper) }?;
        out.write(Box::into_raw(Box::new(nhi_report(assess::assess(inputs, time(now), &policy)?))));
        Ok(())
    })
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_report_free(report: Option<Box<nhi_report>>) {
    entry(None, || {
        drop(report);
        Ok(())
    });
}

/// A part of a report as bytes.
#[cfg(feature = "assess")]
fn give(
    report: Option<&nhi_report>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    of: impl FnOnce(&Report) -> Vec<u8>,
) -> Result<(), Fail> {
    let (report, out) = (need(report, "report")?, need(out, "out")?);
    nhi_bytes::give_vec(of(&report.0), out);
    Ok(())
}

/// The report as one JSON document, without ledger and baseline.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_report_json(
    report: Option<&nhi_report>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("report", err, || give(report, out, |report| report::json(report).into_bytes()))
}

/// The report for a person with time, in Markdown.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_report_markdown(
    report: Option<&nhi_report>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("report", err, || give(report, out, |report| report::markdown(report).into_bytes()))
}

/// The report as one page, for a person who has no time. It holds all it needs: no network, no script to read it.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_report_html(
    report: Option<&nhi_report>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("report", err, || give(report, out, |report| report::html(report).into_bytes()))
}

/// The report's findings as SARIF 2.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_report_sarif(
    report: Option<&nhi_report>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("report", err, || give(report, out, |report| report::sarif_report(report).into_bytes()))
}

/// What matters most, for a terminal.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_report_first_screen(
    report: Option<&nhi_report>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("report", err, || give(report, out, |report| report::first_screen(report).into_bytes()))
}

/// The ledger as JSON lines, to be stored and passed in next time.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_report_ledger(
    report: Option<&nhi_report>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("assess", err, || give(report, out, |report| report.ledger.as_bytes().to_vec()))
}

/// The saved baseline, to be stored and passed in next time.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_report_baseline(
    report: Option<&nhi_report>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("assess", err, || give(report, out, |report| report.baseline.clone()))
}
