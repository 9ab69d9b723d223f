//! `score`: how far each activity is from what its credential normally does.

use std::fs::File;
use std::io::{self, BufRead, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use common::lines::{self, told};
use common::{ERROR, NOTHING, Out, Stop};
use lexopt::ValueExt;
use nhi_core::Error;
use nhi_core::baseline::{Baseline, Config};
use nhi_core::limits;
use nhi_core::model::{Activity, Score};

const HELP: &str = "\
score [--budget N] [--state FILE] ACTIVITIES.jsonl|-

Scores each activity (one JSON object a line) against what its credential normally does. Offline.

  --budget N    false alerts per identity-week to aim at (default 0.1)
  --state FILE  continue from FILE if it exists, and save to it at the end

One line out for each line in, in order: a score, or {\"error\": {line, code, text}}.
Exit code: 0 all was read, 2 a line or a file could not be read.
";

struct Args {
    budget: f64,
    state: Option<PathBuf>,
    input: PathBuf,
}

fn main() -> ExitCode {
    common::end("score", run())
}

fn run() -> Result<u8, Stop> {
    let mut out = Out::default();
    let Some(args) = parse(lexopt::Parser::from_env())? else {
        out.text(HELP)?;
        out.flush()?;
        return Ok(NOTHING);
    };
    let mut baseline = load(&args)?;
    let mut code = NOTHING;
    match score_all(&mut baseline, lines::open(&args.input)?, &args.input, &mut out, &mut code) {
        // Whoever read had seen enough: what was learned is kept.
        Ok(()) | Err(Stop::ClosedPipe) => {}
        Err(other) => return Err(other),
    }
    if let Some(path) = &args.state {
        save(path, &baseline.save()).map_err(|e| told(path, &e))?;
    }
    Ok(code)
}

fn parse(mut parser: lexopt::Parser) -> Result<Option<Args>, Stop> {
    let (mut budget, mut state, mut input) = (Config::default().budget, None, None);
    while let Some(arg) = parser.next()? {
        match arg {
            lexopt::Arg::Long("budget") => {
                budget = parser.value()?.parse_with(|word| match word.parse::<f64>() {
                    Ok(n) if n > 0.0 && n.is_finite() => Ok(n),
                    _ => Err("expected a number above 0"),
                })?;
            }
            lexopt::Arg::Long("state") => state = Some(parser.value()?.into()),
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => return Ok(None),
            lexopt::Arg::Value(path) if input.is_none() => input = Some(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    match input {
        Some(input) => Ok(Some(Args { budget, state, input })),
        None => {
            Err(Stop::Usage("nothing to score: give a file of activities, or - for standard input".into()))
        }
    }
}

/// Scores line by line; `code` is an error's once a line could not be read.
fn score_all(
    baseline: &mut Baseline,
    input: impl BufRead,
    name: &Path,
    out: &mut Out,
    code: &mut u8,
) -> Result<(), Stop> {
    lines::each(input, name, limits::JSON_BYTES, |number, line| {
        let text = match line.and_then(|line| score_line(baseline, line)) {
            Ok(score) => serde_json::to_string(&score).map_err(|e| format!("a score as JSON: {e}"))?,
            Err(error) => {
                *code = ERROR;
                lines::error_line(number, &error)
            }
        };
        out.line(&text)
    })?;
    out.flush()
}

fn score_line(baseline: &mut Baseline, line: &[u8]) -> Result<Score, Error> {
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

fn load(args: &Args) -> Result<Baseline, Stop> {
    let config = Config { budget: args.budget, ..Config::default() };
    let Some(path) = &args.state else { return Ok(Baseline::new(config)) };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Baseline::new(config)),
        Err(e) => return Err(told(path, &e).into()),
    };
    let mut baseline = Baseline::load(&bytes).map_err(|e| told(path, &format!("{} ({e})", e.code())))?;
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
