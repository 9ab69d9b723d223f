//! `lifecycle`: drives the machine from outside, a command a line, an answer a line.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use common::lines::{self, told};
use common::{ERROR, FOUND, NOTHING, Out, Stop, file};
use nhi_core::lifecycle::{
    Applied, Command, Effect, Lifecycle, Order, Policy, Rejection, outstanding, verify,
};
use nhi_core::time::Timestamp;
use nhi_core::{Error, limits};
use serde::Serialize;
use serde_json::Value;

const HELP: &str = "\
lifecycle [--policy FILE] [--ledger FILE] COMMANDS.jsonl|-

Applies each command (one JSON object a line: {\"command\": {...}, \"at\": TIME}, or the command alone with its own
\"at\") and says what came of it. Time is that of the commands. Offline.

  --policy FILE  lengths and counts as JSON; what it leaves out has its default
  --ledger FILE  goes on after FILE if it exists, once it is verified; each answer is printed after its entries
                 were stored there

One line out for each line in, in order:
  {seq, accepted, already, events, rejection{guard, text, needs}, usable, outstanding, next_deadline}
or {\"error\": {line, code, text}} for a line that is no command.
  seq            number of the ledger's last entry
  already        whether the command was done before: then nothing was added
  usable         versions that may be used now, of the command's credential; of all, as ID VERSION, for a broad one
  outstanding    what the host still owes, likewise
  next_deadline  when something happens next by itself, over all credentials: send {\"type\": \"Tick\"} then
Exit code: 0 all were accepted, 1 some were rejected, 2 a line or a file could not be read or written.
";

#[derive(Default)]
struct Args {
    policy: Option<PathBuf>,
    ledger: Option<PathBuf>,
    input: PathBuf,
}

/// What is printed for a command.
#[derive(Serialize)]
struct Answer<'a> {
    seq: u64,
    accepted: bool,
    already: bool,
    events: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<&'a Rejection>,
    usable: Vec<String>,
    outstanding: Vec<Effect>,
    next_deadline: Option<Timestamp>,
}

fn main() -> ExitCode {
    common::end("lifecycle", run())
}

fn run() -> Result<u8, Stop> {
    let mut out = Out::default();
    let Some(args) = parse(lexopt::Parser::from_env())? else {
        out.text(HELP)?;
        out.flush()?;
        return Ok(NOTHING);
    };
    let mut machine = resume(&args)?;
    let mut store = match &args.ledger {
        Some(path) => Some((path.as_path(), append(path).map_err(|e| told(path, &e))?)),
        None => None,
    };
    let mut code = NOTHING;
    let input: Box<dyn BufRead> = lines::open(&args.input)?;
    lines::each(input, &args.input, limits::JSON_BYTES, |number, line| {
        match line.and_then(command) {
            Ok(command) => {
                let applied = machine.apply(&command, command.at);
                let added = machine.ledger_mut().take();
                keep(&added, &mut store)?;
                if applied.is_err() {
                    code = code.max(FOUND);
                }
                out.line(&answer(&machine, &command, applied.as_ref(), &added)?)?;
            }
            Err(error) => {
                code = ERROR;
                out.line(&lines::error_line(number, &error))?;
            }
        }
        // Whoever drives the machine waits for the answer before it sends more.
        out.flush()
    })?;
    Ok(code)
}

fn parse(mut parser: lexopt::Parser) -> Result<Option<Args>, Stop> {
    let (mut args, mut given) = (Args::default(), false);
    while let Some(arg) = parser.next()? {
        match arg {
            lexopt::Arg::Long("policy") => args.policy = Some(parser.value()?.into()),
            lexopt::Arg::Long("ledger") => args.ledger = Some(parser.value()?.into()),
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => return Ok(None),
            lexopt::Arg::Value(path) if !given => (args.input, given) = (path.into(), true),
            other => return Err(other.unexpected().into()),
        }
    }
    if given {
        return Ok(Some(args));
    }
    Err(Stop::Usage("nothing to do: give a file of commands, or - for standard input".into()))
}

/// The machine as the ledger left it.
fn resume(args: &Args) -> Result<Lifecycle, Stop> {
    let policy = match &args.policy {
        Some(path) => {
            let bytes = file::read(path, file::POLICY).map_err(|e| told(path, &e))?;
            serde_json::from_slice(&bytes).map_err(|e| told(path, &e))?
        }
        None => Policy::default(),
    };
    let blame = |path: Option<&PathBuf>, error: Error| match path {
        Some(path) => Stop::Failed(told(path, &format!("{} ({})", error, error.code()))),
        None => Stop::Failed(error.to_string()),
    };
    policy.validate().map_err(|e| blame(args.policy.as_ref(), e))?;
    let Some(path) = &args.ledger else { return Lifecycle::new(policy).map_err(|e| blame(None, e)) };
    let bytes = match file::read(path, file::EXPORT) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(told(path, &e).into()),
    };
    let bytes = recover(path, bytes).map_err(|e| told(path, &e))?;
    Lifecycle::resume(policy, &bytes).map_err(|e| blame(Some(path), e))
}

/// Where the entries of one answer are written before they are added to the ledger: they are all there or none is.
fn next_of(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".next");
    beside.into()
}

/// Finishes adding what a run had begun to add when it was killed: `bytes` is the ledger as that left it.
fn recover(path: &Path, mut bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let next_path = next_of(path);
    let next = match file::read(&next_path, file::EXPORT) {
        Ok(next) => next,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(bytes),
        Err(e) => return Err(e),
    };
    // What was not written to its end was not begun to be added either.
    if next.ends_with(b"\n") {
        let most = bytes.len().min(next.len());
        let there = (0..=most).rev().find(|n| bytes.ends_with(&next[..*n])).unwrap_or(0);
        let before = bytes.len() - there;
        bytes.extend_from_slice(&next[there..]);
        if !verify(&bytes, None).holds() {
            let text = format!("{} does not follow it", next_path.display());
            return Err(std::io::Error::new(ErrorKind::InvalidData, text));
        }
        let mut file = append(path)?;
        file.set_len(before as u64)?;
        file.write_all(&next)?;
        file.sync_all()?;
    }
    std::fs::remove_file(next_path)?;
    Ok(bytes)
}

fn append(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// Stores the new entries, all or none: before the answer is told, and so before any effect is done.
fn keep(lines: &str, store: &mut Option<(&Path, File)>) -> Result<(), Stop> {
    let Some((path, file)) = store else { return Ok(()) };
    if lines.is_empty() {
        return Ok(());
    }
    let mut store = || {
        let next = next_of(path);
        file::write(&next, lines.as_bytes())?;
        file.write_all(lines.as_bytes())?;
        file.sync_data()?;
        std::fs::remove_file(next)
    };
    store().map_err(|e| told(path, &e).into())
}

/// A command of a line, wrapped as a record or alone.
fn command(line: &[u8]) -> Result<Command, Error> {
    let bad = |why: String| Error::InvalidJson { what: "command", why };
    let value: Value = serde_json::from_slice(line)
        .map_err(|e| bad(format!("not a JSON object, from column {} on", e.column())))?;
    let (command, at) = match value.get("command") {
        Some(command) => (command, value.get("at").or_else(|| command.get("at"))),
        None => (&value, value.get("at")),
    };
    let at = at.ok_or_else(|| bad("at: missing".into()))?;
    let at: Timestamp = serde_json::from_value(at.clone())
        .map_err(|_| bad("at: expected an RFC 3339 time or epoch milliseconds".into()))?;
    Command::from_json(command, at)
}

fn answer(
    machine: &Lifecycle,
    command: &Command,
    applied: Result<&Applied, &Rejection>,
    added: &str,
) -> Result<String, Stop> {
    let now = command.at;
    // Those of timers too, which ran even if the command was rejected.
    let events = added.lines().map(event).collect::<Result<_, _>>()?;
    let (mut usable, mut owed) = (Vec::new(), Vec::new());
    if command.credential.is_empty() {
        for (id, state) in machine.states() {
            usable.extend(state.usable_versions(now.max(state.clock)).map(|v| format!("{id} {}", v.id)));
        }
        owed = machine.outstanding();
    } else if let Some(state) = machine.state(&command.credential) {
        usable.extend(state.usable_versions(now.max(state.clock)).map(|v| v.id.clone()));
        owed = outstanding(state);
    }
    let answer = Answer {
        seq: machine.ledger().head().seq,
        accepted: applied.is_ok(),
        already: applied.is_ok_and(|done| done.already && !matches!(command.order, Order::Tick {})),
        events,
        rejection: applied.err(),
        usable,
        outstanding: owed,
        next_deadline: machine.next_deadline(),
    };
    serde_json::to_string(&answer).map_err(|e| Stop::Failed(format!("an answer as JSON: {e}")))
}

/// The event of a ledger's line.
fn event(line: &str) -> Result<Value, Stop> {
    let mut entry: Value =
        serde_json::from_str(line).map_err(|e| Stop::Failed(format!("an entry as JSON: {e}")))?;
    Ok(entry["event"].take())
}
