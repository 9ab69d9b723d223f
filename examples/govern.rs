//! `govern`: the whole way in one run. Reads a source tree, exports and logs, and says what to do first.
//!
//! Without any input it shows a small company that is made up on the spot, with fifteen things wrong in it.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use common::estate::{self, Fault};
use common::sources::{self, News, Sources};
use common::{FOUND, NOTHING, Out, Stop, file, mutter, plain, say};
use lexopt::ValueExt;
use nhi_core::Pepper;
use nhi_core::assess::{File, Inputs, Policy, Report, assess};
use nhi_core::classify::Scanner;
use nhi_core::model::{Completeness, Finding, Level, Place, Problem};
use nhi_core::report;
use nhi_core::time::Timestamp;

const HELP: &str = "\
govern [INPUT…] [--policy FILE] [--observe] [--now TIME] [--pepper-file FILE] [--out DIR]
govern [--without FAULT…]

Finds every credential, says who answers for it, what is wrong, and what to call first. Offline.
Without INPUT it governs a small company that is made up on the spot.

INPUT, in any combination; those marked … take several files:
  --source DIR                        scan a source tree for secrets
  --aws-credential-report FILE        iam get-credential-report
  --aws-access-keys FILE…             iam list-access-keys
  --aws-authorization-details FILE    iam get-account-authorization-details
  --cloudtrail FILE…                  CloudTrail records
  --activities FILE…                  activities, one a line
  --findings FILE…                    findings of a scanner: ours (jsonl) or gitleaks (json)
  --records FILE…                     identities, credentials, commands, one a line
  --owners FILE                       the directory of owners, csv
  --export FILE…                      any of these and of the other systems in docs/formats.md, told apart by their
                                      content; what such a file leaves out may exist all the same

  --policy FILE       what to measure against, json, any of: lifecycle, posture (objects), alert_budget (false
                      alerts an identity and week), respond_ms, observe; docs/policy.md has all fields
  --observe           record what the response to alerts would be, order nothing
  --now TIME          assess as of this time, RFC 3339 (default: the clock)
  --pepper-file FILE  key for fingerprints (default: ~/.config/nhi/pepper, made on first use)
  --out DIR           where report.html, report.md, estate.json, findings.sarif and ledger.jsonl go
                      (default: target/nhi-report)
  --without FAULT     of the made-up company: leave a fault out; `--without help` names them

Files are read up to 256 MiB, a policy up to 1 MiB; pipes and devices are not read. docs/formats.md shows the forms
of activities, records and owners.

A ledger.jsonl that is in DIR already is verified and continued (not for the made-up company).

Exit code: 0 nothing to do, 1 there are steps, 2 an error, even if only one file could not be read.
For the made-up company: 0.
";

/// The flags that take exports, and whether what they give is all that its source holds.
const EXPORTS: &[(&str, Completeness)] = &[
    ("aws-credential-report", Completeness::Full),
    ("aws-access-keys", Completeness::Full),
    ("aws-authorization-details", Completeness::Full),
    ("cloudtrail", Completeness::Partial),
    ("activities", Completeness::Partial),
    ("findings", Completeness::Partial),
    ("records", Completeness::Full),
    ("owners", Completeness::Full),
    ("export", Completeness::Partial),
];

struct Args {
    source: Option<PathBuf>,
    exports: Vec<(PathBuf, Completeness)>,
    policy: Option<PathBuf>,
    observe: bool,
    now: Option<Timestamp>,
    pepper: Option<PathBuf>,
    out: PathBuf,
    without: Vec<Fault>,
}

/// What was read, from the company or from the host's files.
struct Read {
    files: Vec<(String, Vec<u8>, Completeness)>,
    findings: Vec<Finding>,
    searched: bool,
    problems: Vec<Problem>,
    pepper: Option<Arc<Pepper>>,
    now: Timestamp,
}

fn main() -> ExitCode {
    common::end("govern", run())
}

fn run() -> Result<u8, Stop> {
    let mut out = Out::default();
    let Some(args) = parse(lexopt::Parser::from_env())? else {
        out.text(HELP)?;
        out.flush()?;
        return Ok(NOTHING);
    };
    let policy = policy(&args)?;
    let bundled = args.source.is_none() && args.exports.is_empty();
    let read = if bundled { company(&args) } else { host(&args)? };
    let ledger = if bundled { None } else { earlier(&args.out.join("ledger.jsonl"))? };
    let inputs = Inputs {
        files: read
            .files
            .iter()
            .map(|(name, bytes, completeness)| File { name, bytes, completeness: *completeness })
            .collect(),
        findings: read.findings,
        searched: read.searched,
        problems: read.problems,
        ledger: ledger.as_deref(),
        pepper: read.pepper.as_deref(),
        ..Inputs::default()
    };
    let report = assess(inputs, read.now, &policy).map_err(|error| match error.code() {
        "unreadable" if ledger.is_some() => {
            format!("{}: {error}; move it away to begin a new one", args.out.join("ledger.jsonl").display())
        }
        _ => error.to_string(),
    })?;
    write(&args.out, &report)?;
    for problem in report.problems.iter().take(PROBLEMS) {
        say("govern", &report::problem_text(problem));
    }
    if report.problems.len() > PROBLEMS {
        say("govern", &format!("and {} more, all in report.md", report.problems.len() - PROBLEMS));
    }
    out.line(&report::first_screen(&report))?;
    let whole = args.out.join("report.html").display().to_string();
    out.line(&format!("The whole report: {}", plain(&whole)))?;
    if bundled {
        out.line("Now try it on your own code: cargo run --release --bin govern -- --source DIR")?;
    }
    out.flush()?;
    Ok(match (!report.problems.is_empty(), report.steps.is_empty()) {
        (true, _) => common::ERROR,
        (false, true) => NOTHING,
        // The company is there to be looked at: that something is wrong with it is no news to a shell.
        (false, false) if bundled => NOTHING,
        (false, false) => FOUND,
    })
}

/// Problems told on standard error; all are in the report.
const PROBLEMS: usize = 5;

fn parse(mut parser: lexopt::Parser) -> Result<Option<Args>, Stop> {
    let mut args = Args {
        source: None,
        exports: Vec::new(),
        policy: None,
        observe: false,
        now: None,
        pepper: None,
        out: Path::new("target").join("nhi-report"),
        without: Vec::new(),
    };
    while let Some(arg) = parser.next()? {
        match arg {
            lexopt::Arg::Long("source") => args.source = Some(parser.value()?.into()),
            lexopt::Arg::Long("policy") => args.policy = Some(parser.value()?.into()),
            lexopt::Arg::Long("observe") => args.observe = true,
            lexopt::Arg::Long("now") => {
                let now = parser.value()?.parse_with(Timestamp::parse_rfc3339)?;
                args.now = Some(now);
            }
            lexopt::Arg::Long("pepper-file") => args.pepper = Some(parser.value()?.into()),
            lexopt::Arg::Long("out") => args.out = parser.value()?.into(),
            lexopt::Arg::Long("without") => {
                let name = parser.value()?;
                if name == "help" {
                    return Err(Stop::Told(Fault::ALL.iter().map(|fault| format!("{fault}\n")).collect()));
                }
                args.without.push(name.parse_with(|name| name.parse::<Fault>())?);
            }
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => return Ok(None),
            lexopt::Arg::Long(flag) => {
                let Some((_, completeness)) = EXPORTS.iter().find(|(name, _)| *name == flag) else {
                    return Err(arg.unexpected().into());
                };
                for file in parser.values()? {
                    args.exports.push((file.into(), *completeness));
                }
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let bundled = args.source.is_none() && args.exports.is_empty();
    if !bundled && !args.without.is_empty() {
        return Err(Stop::Usage("--without is for the made-up company only".into()));
    }
    Ok(Some(args))
}

fn policy(args: &Args) -> Result<Policy, Stop> {
    let mut policy: Policy = match &args.policy {
        Some(path) => Policy::from_json(&bytes(path, file::POLICY)?)
            .map_err(|error| Stop::Failed(format!("{}: {error}", path.display())))?,
        None => Policy::default(),
    };
    policy.observe |= args.observe;
    Ok(policy)
}

/// The made-up company.
fn company(args: &Args) -> Read {
    let estate = estate::generate(estate::SEED, &args.without);
    let pepper = Arc::new(estate.pepper);
    let scanner = Scanner::builder().pepper(Arc::clone(&pepper)).build();
    let findings = estate.source.iter().flat_map(|(path, bytes)| scanner.scan_file(path, bytes));
    Read {
        findings: findings.filter(|f| f.level >= Level::Medium).collect(),
        files: estate.files.into_iter().map(|file| (file.name, file.bytes, file.completeness)).collect(),
        searched: true,
        problems: Vec::new(),
        pepper: Some(pepper),
        now: args.now.unwrap_or(estate.now),
    }
}

/// The host's own files.
fn host(args: &Args) -> Result<Read, Stop> {
    let pepper = common::pepper::load("govern", args.pepper.as_deref())?;
    let mut read = Read {
        files: Vec::new(),
        findings: Vec::new(),
        searched: false,
        problems: Vec::new(),
        pepper,
        now: args.now.unwrap_or_else(clock),
    };
    for (path, completeness) in &args.exports {
        match bytes(path, file::EXPORT) {
            Ok(bytes) => read.files.push((path.display().to_string(), bytes, *completeness)),
            Err(Stop::Failed(why)) => read.problems.push(unread(path.display().to_string(), why)),
            Err(stop) => return Err(stop),
        }
    }
    if let Some(source) = &args.source {
        search(source, &mut read)?;
    }
    Ok(read)
}

/// Scans the source tree, with the first finding told as soon as there is one.
fn search(source: &Path, read: &mut Read) -> Result<(), Stop> {
    let mut builder = Scanner::builder();
    if let Some(pepper) = &read.pepper {
        builder = builder.pepper(Arc::clone(pepper));
    }
    let sources = Sources {
        paths: vec![source.to_path_buf()],
        obey_ignore_files: true,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        columns: false,
    };
    read.searched = true;
    let terminal = std::io::stderr().is_terminal();
    let mut seen = 0_u64;
    sources::scan(&builder.build(), &sources, |news| {
        match news {
            News::Scanned(part) => {
                seen += part.bytes;
                if let Some(path) = &part.utf16 {
                    say("govern", &format!("{path}: UTF-16 text was not scanned"));
                }
                for finding in part.findings.into_iter().filter(|f| f.level >= Level::Medium) {
                    if read.findings.is_empty() {
                        let path = finding.path.as_deref().unwrap_or_default();
                        say("first finding", &format!("{path}:{} {}", finding.line, finding.rule));
                    }
                    read.findings.push(finding);
                }
            }
            News::Unread { path, why } => read.problems.push(unread(path, why)),
            News::Beat(bytes) if terminal => {
                mutter(&format!("\r{} MB read, {} findings ", bytes >> 20, read.findings.len()));
            }
            News::Beat(_) => {}
        }
        Ok(())
    })?;
    if terminal {
        mutter(&format!("\r{} MB read, {} findings \n", seen >> 20, read.findings.len()));
    }
    Ok(())
}

/// The ledger of an earlier run, which this one goes on from.
fn earlier(path: &Path) -> Result<Option<Vec<u8>>, Stop> {
    match file::read(path, file::EXPORT) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Stop::Failed(file::at(path, &error))),
    }
}

fn unread(source: String, why: String) -> Problem {
    let text = why.strip_prefix(&format!("{source}: ")).unwrap_or(&why).to_string();
    Problem { source, place: Place::default(), code: "unread".into(), text, row_lost: true }
}

fn write(dir: &Path, report: &Report) -> Result<(), Stop> {
    let failed = |path: &Path, error: std::io::Error| Stop::Failed(file::at(path, &error));
    fs::create_dir_all(dir).map_err(|error| failed(dir, error))?;
    let files = [
        ("report.html", report::html(report)),
        ("report.md", report::markdown(report)),
        ("estate.json", report::json(report)),
        ("findings.sarif", report::sarif_report(report)),
        ("ledger.jsonl", report.ledger.clone()),
    ];
    for (name, text) in files {
        let path = dir.join(name);
        file::write(&path, text.as_bytes()).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Stop> {
    file::read(path, most).map_err(|error| Stop::Failed(file::at(path, &error)))
}

fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
