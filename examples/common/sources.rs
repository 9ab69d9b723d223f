/*!
Walks folders and scans what is in them on several threads, and hands the results over in the order of the paths.

A file is read whole up to [`WHOLE`] bytes and in pieces beyond, and what waits for its turn to be told is bounded
([`WAITING`], [`AHEAD`]), so memory stays bounded by the threads, not by the files or by what is found in them. An
entry that can't be read is a result too; the walk goes on.
Not here: what is printed, and which findings count.
*/

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use ignore::WalkBuilder;
use nhi_core::classify::Scanner;
use nhi_core::model::Finding;
use nhi_core::report::Columns;
use zeroize::Zeroizing;

use crate::{Stop, file};

/// Largest input that is scanned in one piece: eight MiB a thread is nothing, and hardly any source file is larger.
pub const WHOLE: usize = 8 << 20;
/// Size of the pieces of a larger one.
const PIECE: usize = 1 << 20;
/// The path that stands for standard input.
pub const STANDARD_INPUT: &str = "-";
/// Most files scanned ahead of the one whose turn it is to be printed.
const AHEAD: usize = 4096;
/// Findings that wait for their turn before the threads ahead of it pause, each with what it has in hand: some
/// ten MiB.
const WAITING: usize = 16 << 10;
/// How often the caller hears that the run goes on.
const BEAT: Duration = Duration::from_millis(100);

/// What to walk, and how.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Files, folders, or `-` for standard input.
    pub paths: Vec<PathBuf>,
    /// Whether `.gitignore`, `.ignore` and `.git/info/exclude` are obeyed. `.git` itself is never entered.
    pub obey_ignore_files: bool,
    /// How many threads scan.
    pub threads: usize,
    /// Whether results carry [`Columns`], where the text is at hand.
    pub columns: bool,
}

/// What the caller hears of a run.
#[derive(Debug)]
pub enum News {
    /// A part of an input was scanned. Parts of one input follow each other; inputs come in the order of paths.
    Scanned(Scanned),
    /// An input or a folder could not be read.
    Unread {
        /// The path as the findings would name it.
        path: String,
        /// Why.
        why: String,
    },
    /// Nothing new, but the run goes on: bytes read so far.
    Beat(u64),
}

/// A part of an input.
#[derive(Debug, Default)]
pub struct Scanned {
    /// What was found; `path` is set.
    pub findings: Vec<Finding>,
    /// Where, as an editor counts, if asked for and if the text was at hand.
    pub columns: Option<Vec<Columns>>,
    /// Bytes scanned.
    pub bytes: u64,
    /// Whether this was the last part of its input.
    pub last: bool,
    /// The path of an input that begins as UTF-16 text does: its bytes were scanned, not the text in them.
    pub utf16: Option<String>,
}

/// An input and its turn to be told.
struct Job {
    turn: u64,
    path: PathBuf,
}

/// What a thread has to tell of the input whose turn is `turn`.
struct Report {
    turn: u64,
    news: News,
    last: bool,
    /// Findings in it.
    findings: usize,
}

impl Report {
    fn unread(turn: u64, path: String, why: String) -> Self {
        Report { turn, news: News::Unread { path, why }, last: true, findings: 0 }
    }
}

/// Lets threads pause whose findings would pile up behind the input whose turn it is.
#[derive(Default)]
struct Gate {
    state: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// The input that is told now.
    turn: u64,
    /// Findings sent and not yet told.
    findings: usize,
    /// Nobody listens any more.
    ended: bool,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // The numbers hold whoever panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `findings` more may wait. The input whose turn it is never waits here: the others wait for it.
    fn enter(&self, turn: u64, findings: usize) {
        let full = |w: &mut Waiting| !w.ended && w.turn != turn && w.findings > WAITING;
        let waited = self.changed.wait_while(self.lock(), full);
        waited.unwrap_or_else(PoisonError::into_inner).findings += findings;
    }

    /// `findings` were told; `turn` is next.
    fn told(&self, findings: usize, turn: u64) {
        let mut waiting = self.lock();
        waiting.findings = waiting.findings.saturating_sub(findings);
        waiting.turn = turn;
        self.changed.notify_all();
    }
}

/// Opens the gate for good when the telling ends, however it ends.
struct Ending<'a>(&'a Gate);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_all();
    }
}

/// Scans everything that `sources` names and tells `hear` of it.
///
/// # Errors
/// What `hear` returned; the threads have ended then.
pub fn scan(
    scanner: &Scanner,
    sources: &Sources,
    hear: impl FnMut(News) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let threads = sources.threads.max(1);
    let bytes = AtomicU64::new(0);
    let (job, jobs) = mpsc::sync_channel(2 * threads);
    let jobs = Arc::new(Mutex::new(jobs));
    // Short, so that what is printed slowly is found slowly.
    let (report, reports) = mpsc::sync_channel(4 * threads);
    let gate = Gate::default();
    // One permit an input: taken when the walk meets it, given back when it has been told.
    let (permit, permits) = mpsc::sync_channel(AHEAD);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (jobs, report, bytes, gate) = (Arc::clone(&jobs), report.clone(), &bytes, &gate);
            scope.spawn(move || work(scanner, sources.columns, &jobs, &report, gate, bytes));
        }
        // The threads alone hold the other ends, so that each side ends when the other does.
        drop(jobs);
        scope.spawn(move || walk(sources, &job, &report, &permit));
        // By value: a caller who stops listening drops them, and that ends the threads.
        tell_in_turn(reports, permits, &gate, &bytes, hear)
    })
}

/// Hands reports on in the order of their turns.
fn tell_in_turn(
    reports: mpsc::Receiver<Report>,
    permits: mpsc::Receiver<()>,
    gate: &Gate,
    bytes: &AtomicU64,
    mut hear: impl FnMut(News) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let _ending = Ending(gate);
    let mut turn = 0;
    let mut early: BTreeMap<u64, VecDeque<Report>> = BTreeMap::new();
    loop {
        match reports.recv_timeout(BEAT) {
            Ok(report) => early.entry(report.turn).or_default().push_back(report),
            Err(mpsc::RecvTimeoutError::Timeout) => hear(News::Beat(bytes.load(Ordering::Relaxed)))?,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
        while let Some(report) = early.get_mut(&turn).and_then(VecDeque::pop_front) {
            hear(report.news)?;
            if report.last {
                early.remove(&turn);
                turn += 1;
                // The walk took this permit before the input could be scanned.
                let _ = permits.recv();
            }
            if report.last || report.findings > 0 {
                gate.told(report.findings, turn);
            }
        }
    }
}

/// Walks the paths in order and gives each file a turn.
fn walk(
    sources: &Sources,
    job: &mpsc::SyncSender<Job>,
    report: &mpsc::SyncSender<Report>,
    permit: &mpsc::SyncSender<()>,
) {
    let mut roots = sources.paths.clone();
    roots.sort();
    roots.dedup();
    let mut turn = 0;
    for root in roots {
        for found in entries(&root, sources.obey_ignore_files) {
            // A closed channel means that nobody listens any more.
            if permit.send(()).is_err() {
                return;
            }
            let sent = match found {
                Ok(path) => job.send(Job { turn, path }).is_ok(),
                Err((path, why)) => report.send(Report::unread(turn, path, why)).is_ok(),
            };
            if !sent {
                return;
            }
            turn += 1;
        }
    }
}

type Entry = Result<PathBuf, (String, String)>;

/// Files under `root` in order; folders that can't be read as errors.
fn entries(root: &Path, obey: bool) -> Box<dyn Iterator<Item = Entry>> {
    if root == Path::new(STANDARD_INPUT) {
        return Box::new(std::iter::once(Ok(root.to_path_buf())));
    }
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .ignore(obey)
        .git_ignore(obey)
        .git_exclude(obey)
        .parents(obey)
        // The same tree gives the same result for every user, with and without git.
        .git_global(false)
        .require_git(false)
        .sort_by_file_path(Path::cmp)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git")
        .build();
    let root = name(root);
    Box::new(walk.filter_map(move |entry| match entry {
        Ok(entry) => {
            // A link that was named is followed, one that was met is not.
            let kind = match entry.depth() {
                0 => std::fs::metadata(entry.path()).ok().map(|known| known.file_type()),
                _ => entry.file_type(),
            };
            match kind {
                Some(kind) if kind.is_file() => Some(Ok(entry.into_path())),
                Some(kind) if kind.is_dir() || entry.depth() > 0 => None,
                // Opening a pipe may wait for ever, and a device may never end.
                Some(_) => {
                    Some(Err((name(entry.path()), "is not a regular file; give - to read a pipe".into())))
                }
                // That it vanished is said when it is opened.
                None => (entry.depth() == 0).then(|| Ok(entry.into_path())),
            }
        }
        Err(error) => Some(Err(unread(&root, &error))),
    }))
}

/// The path and the cause of an error of the walk, apart.
fn unread(root: &str, error: &ignore::Error) -> (String, String) {
    let mut path = root.to_string();
    let mut inner = error;
    loop {
        inner = match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = name(at);
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    let why = inner.io_error().map_or_else(|| inner.to_string(), file::why);
    (path, why)
}

/// Scans what comes until nothing comes any more, or nobody listens.
fn work(
    scanner: &Scanner,
    columns: bool,
    jobs: &Mutex<mpsc::Receiver<Job>>,
    report: &mpsc::SyncSender<Report>,
    gate: &Gate,
    bytes: &AtomicU64,
) {
    let mut buffer = Zeroizing::new(Vec::new());
    loop {
        let next = jobs.lock().map(|jobs| jobs.recv());
        let Ok(Ok(Job { turn, path })) = next else { return };
        let path_name = name(&path);
        let mut listened = true;
        let mut tell = |part: Scanned| {
            bytes.fetch_add(part.bytes, Ordering::Relaxed);
            let (last, findings) = (part.last, part.findings.len());
            if findings > 0 {
                gate.enter(turn, findings);
            }
            listened = report.send(Report { turn, news: News::Scanned(part), last, findings }).is_ok();
            listened
        };
        if let Err(error) = read(scanner, &path, &path_name, columns, &mut buffer, &mut tell) {
            listened = report.send(Report::unread(turn, path_name, file::why(&error))).is_ok();
        }
        if !listened {
            return;
        }
    }
}

/// Scans one input: whole if it fits, else in pieces. Standard input always in pieces, so that what a slow pipe
/// brings is told when it comes, unless columns are wanted.
fn read(
    scanner: &Scanner,
    path: &Path,
    path_name: &str,
    columns: bool,
    buffer: &mut Vec<u8>,
    tell: &mut dyn FnMut(Scanned) -> bool,
) -> io::Result<()> {
    let standard = path == Path::new(STANDARD_INPUT);
    let mut input: Box<dyn Read> =
        if standard { Box::new(io::stdin().lock()) } else { Box::new(File::open(path)?) };
    buffer.clear();
    let mut left = 0;
    if !standard || columns {
        left = input.by_ref().take(WHOLE as u64 + 1).read_to_end(buffer)?;
        if left <= WHOLE {
            let findings = scanner.scan_file(path_name, buffer);
            let spans = findings.iter().map(|f| (f.start, f.end));
            let columns = columns.then(|| Columns::of(buffer, spans));
            tell(Scanned {
                findings,
                columns,
                bytes: left as u64,
                last: true,
                utf16: utf16(buffer, path_name),
            });
            return Ok(());
        }
    }
    let mut stream = scanner.stream_file(path_name);
    let mut first = true;
    loop {
        let piece = buffer.get(..left).unwrap_or_default();
        let utf16 = if first { utf16(piece, path_name) } else { None };
        first &= left == 0;
        let findings = stream.push(piece);
        if !tell(Scanned { findings, bytes: left as u64, utf16, ..Scanned::default() }) {
            return Ok(());
        }
        buffer.resize(PIECE, 0);
        left = loop {
            match input.read(buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // What came before the error was scanned; its tail is told too, before the error.
                Err(e) => {
                    let findings = stream.finish();
                    tell(Scanned { findings, ..Scanned::default() });
                    return Err(e);
                }
                Ok(read) => break read,
            }
        };
        if left == 0 {
            let findings = stream.finish();
            tell(Scanned { findings, last: true, ..Scanned::default() });
            return Ok(());
        }
    }
}

/// The path, if the bytes begin with a byte order mark of UTF-16 (RFC 2781, section 3.2).
fn utf16(bytes: &[u8], path: &str) -> Option<String> {
    (bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])).then(|| path.into())
}

/// A path as findings name it: without a leading `./`; what is no UTF-8 is replaced.
fn name(path: &Path) -> String {
    let short = path.strip_prefix(".").unwrap_or(path);
    let path = if short.as_os_str().is_empty() { path } else { short };
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_the_dot_but_not_themselves() {
        assert_eq!(name(Path::new("./src/a.rs")), "src/a.rs");
        assert_eq!(name(Path::new(".")), ".");
        assert_eq!(name(Path::new(".env")), ".env");
        assert_eq!(name(Path::new("../a")), "../a");
    }
}
