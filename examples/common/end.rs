//! How a program ends: 0 nothing found, 1 found, 2 any error.

use std::io::ErrorKind;
use std::process::ExitCode;

use crate::{Out, say};

/// Exit code: all was read and there is nothing to report.
pub const NOTHING: u8 = 0;
/// Exit code: something was reported.
pub const FOUND: u8 = 1;
/// Exit code: something could not be done, even if only in part.
pub const ERROR: u8 = 2;

/// Why a program stops early.
#[derive(Debug)]
pub enum Stop {
    /// The command line cannot be understood.
    Usage(String),
    /// It cannot go on.
    Failed(String),
    /// The user asked for something that is said instead of running.
    Told(String),
    /// Whoever read the output has closed it. Not an error.
    ClosedPipe,
}

impl From<lexopt::Error> for Stop {
    fn from(error: lexopt::Error) -> Self {
        Stop::Usage(error.to_string())
    }
}

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Stop::Failed(why)
    }
}

impl Stop {
    /// An error of writing to standard output.
    pub(crate) fn of_output(error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Stop::ClosedPipe,
            _ => Stop::Failed(format!("standard output: {error}")),
        }
    }
}

/// Says on standard error why `program` stopped, if it did, and gives its exit code.
pub fn end(program: &str, result: Result<u8, Stop>) -> ExitCode {
    let told = match result {
        Err(Stop::Told(text)) => tell(&text),
        other => other,
    };
    let code = match told {
        Ok(code) => code,
        Err(Stop::ClosedPipe | Stop::Told(_)) => NOTHING,
        Err(Stop::Usage(why)) => {
            say(program, &format!("{why}; see {program} --help"));
            ERROR
        }
        Err(Stop::Failed(why)) => {
            say(program, &why);
            ERROR
        }
    };
    ExitCode::from(code)
}

fn tell(text: &str) -> Result<u8, Stop> {
    let mut out = Out::default();
    out.text(text)?;
    out.flush()?;
    Ok(NOTHING)
}
