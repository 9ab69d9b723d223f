//! Scores activities: `score [--budget N] [--state FILE] ACTIVITIES.jsonl|-`. I/O only.
//!
//! One line out for each line in, in order: a score, or `{"error": {line, code, text}}`. The UTC days of the
//! activities close the epochs.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use nhi_core::{
    Error,
    baseline::{Baseline, Config},
    limits,
    model::Activity,
};

const HELP: &str = "\
usage: score [--budget N] [--state FILE] ACTIVITIES.jsonl|-

Scores each activity (one JSON object a line) against what its credential normally does.

  --budget N    false alerts per identity-week to aim at (default 0.1)
  --state FILE  continue from FILE if it exists, and save to it at the end

One line out for each line in. Exit code 0; 2 if a line or a file could not be read.
";

struct Arguments {
    budget: Option<f64>,
    state: Option<PathBuf>,
    input: PathBuf,
}

fn main() -> ExitCode {
    let arguments = match parse(std::env::args_os().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            // A closed pipe is no error.
            let _ = io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("score: {why}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(why) => {
            eprintln!("score: {why}");
            ExitCode::from(2)
        }
    }
}

fn parse(words: impl Iterator<Item = std::ffi::OsString>) -> Result<Option<Arguments>, String> {
    let (mut budget, mut state, mut input) = (None, None, None);
    let mut words = words;
    let mut options = true;
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--help" | "-h") if options => return Ok(None),
            Some("--") if options => options = false,
            Some("--budget") if options => {
                let value = words.next().and_then(|v| v.to_str()?.parse::<f64>().ok());
                let value = value.filter(|v| *v > 0.0 && v.is_finite());
                budget = Some(value.ok_or("--budget: expected a number above 0")?);
            }
            Some("--state") if options => {
                state = Some(PathBuf::from(words.next().ok_or("--state: expected a file")?));
            }
            Some(other) if options && other.starts_with('-') && other != "-" => {
                return Err(format!("unknown option `{other}`"));
            }
            _ if input.is_some() => return Err("expected one input".into()),
            _ => input = Some(PathBuf::from(word)),
        }
    }
    let input = input.ok_or("expected a file of activities, or - for standard input")?;
    Ok(Some(Arguments { budget, state, input }))
}

/// Whether every line was read. An `Err` is a file that could not be.
fn run(arguments: &Arguments) -> Result<bool, String> {
    let mut baseline = load(arguments)?;
    let input: Box<dyn BufRead> = if arguments.input.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(&arguments.input).map_err(|e| format!("{}: {e}", arguments.input.display()))?;
        Box::new(BufReader::with_capacity(1 << 16, file))
    };
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let all_read = match score_all(&mut baseline, input, out) {
        Ok(all_read) => all_read,
        // Whoever read our output has had enough: what was learned is kept.
        Err(Trouble::Output(e)) if e.kind() == io::ErrorKind::BrokenPipe => true,
        Err(Trouble::Output(e)) => return Err(format!("standard output: {e}")),
        Err(Trouble::Input(e)) => return Err(format!("{}: {e}", arguments.input.display())),
    };
    if let Some(path) = &arguments.state {
        save(path, &baseline.save()).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(all_read)
}

enum Trouble {
    Input(io::Error),
    Output(io::Error),
}

fn score_all(baseline: &mut Baseline, mut input: impl BufRead, mut out: impl Write) -> Result<bool, Trouble> {
    let (mut line, mut number, mut all_read) = (Vec::new(), 0u64, true);
    loop {
        line.clear();
        number += 1;
        // One byte more than the limit shows that a line is too long; the rest of it is skipped.
        let most = limits::JSON_BYTES as u64 + 1;
        let read = io::Read::take(&mut input, most).read_until(b'\n', &mut line).map_err(Trouble::Input)?;
        if read == 0 {
            break;
        }
        let scored = if read as u64 == most && line.last() != Some(&b'\n') {
            skip_line(&mut input).map_err(Trouble::Input)?;
            Err(Error::InputTooLarge {
                what: "bytes of a line",
                found: read as u64,
                limit: limits::JSON_BYTES as u64,
            })
        } else {
            score_line(baseline, &line)
        };
        let written = match scored {
            Ok(score) => serde_json::to_writer(&mut out, &score),
            Err(error) => {
                all_read = false;
                let error =
                    serde_json::json!({"line": number, "code": error.code(), "text": error.to_string()});
                serde_json::to_writer(&mut out, &serde_json::json!({ "error": error }))
            }
        };
        written.map_err(io::Error::from).and_then(|()| out.write_all(b"\n")).map_err(Trouble::Output)?;
    }
    out.flush().map_err(Trouble::Output)?;
    Ok(all_read)
}

fn score_line(baseline: &mut Baseline, line: &[u8]) -> Result<nhi_core::model::Score, Error> {
    let activity: Activity = serde_json::from_slice(line).map_err(|e| Error::InvalidJson {
        what: "activity",
        why: format!("column {}: {}", e.column(), kind(&e)),
    })?;
    if baseline.closing_due(&activity) {
        // The day that is over ends just before this one begins.
        baseline.close_epoch(activity.time);
    }
    baseline.score(&activity)
}

/// What is wrong with the JSON, without its content.
fn kind(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Data => "a field is missing, unknown or of another type",
        serde_json::error::Category::Eof => "the line ends too early",
        _ => "not JSON",
    }
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|b| *b == b'\n');
        let used = end.map_or(buffer.len(), |i| i + 1);
        let done = end.is_some() || buffer.is_empty();
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}

fn load(arguments: &Arguments) -> Result<Baseline, String> {
    let config = Config { budget: arguments.budget.unwrap_or(Config::default().budget), ..Config::default() };
    let Some(path) = &arguments.state else { return Ok(Baseline::new(config)) };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Baseline::new(config)),
        Err(e) => return Err(format!("{}: {e}", path.display())),
    };
    let mut baseline =
        Baseline::load(&bytes).map_err(|e| format!("{}: {} ({e})", path.display(), e.code()))?;
    baseline.set_budget(config.budget);
    Ok(baseline)
}

/// Writes beside the file and renames: a crash leaves the old state or the new one, never half of it.
fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().inspect_err(|_| {
        // Best effort: the error that matters is the first.
        let _ = std::fs::remove_file(&beside);
    })
}
