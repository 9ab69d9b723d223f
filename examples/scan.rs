//! `scan`: finds credentials in files, folders and standard input.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use common::sources::{self, News, Scanned, Sources};
use common::{ERROR, FOUND, NOTHING, Out, Stop, mutter, plain, say};
use lexopt::ValueExt;
use nhi_core::classify::Scanner;
use nhi_core::model::{Finding, Level, Place, Problem};
use nhi_core::report::{Columns, sarif_findings};

const HELP: &str = "\
scan [--format text|jsonl|sarif] [--min-confidence low|medium|high] [--no-generic] [--no-ignore]
     [--threads N] [--pepper-file FILE] PATH…|-

Finds credentials in files, folders or standard input (-). Offline; no secret is printed or kept.

  --format FORMAT         text (default): path:line:column  level  provider kind  preview  why
                          jsonl: one finding a line; sarif: SARIF 2.1.0
  --min-confidence LEVEL  print from this level on: low, medium (default), high
  --no-generic            only known formats, no values of assignments such as password = …
  --no-ignore             also what ignore files exclude and what inline marks excuse
  --threads N             threads that scan (default: one a core)
  --pepper-file FILE      key for fingerprints (default: ~/.config/nhi/pepper, made on first use)

Pipes and devices are not read; give - and redirect. Text in UTF-16 is not decoded; it is named and counted.

Exit code: 0 nothing printed, 1 something printed, 2 an error, even if only one file could not be read.
";

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Text,
    Jsonl,
    Sarif,
}

struct Args {
    format: Format,
    least: Level,
    generic: bool,
    obey: bool,
    threads: usize,
    pepper: Option<PathBuf>,
    paths: Vec<PathBuf>,
}

fn main() -> ExitCode {
    common::end("scan", run())
}

fn run() -> Result<u8, Stop> {
    let mut out = Out::default();
    let Some(args) = parse(lexopt::Parser::from_env())? else {
        out.text(HELP)?;
        out.flush()?;
        return Ok(NOTHING);
    };
    let mut builder = Scanner::builder().generic(args.generic).ignore_marks(args.obey);
    if let Some(pepper) = common::pepper::load("scan", args.pepper.as_deref())? {
        builder = builder.pepper(pepper);
    }
    let sources = Sources {
        paths: args.paths,
        obey_ignore_files: args.obey,
        threads: args.threads,
        columns: args.format == Format::Sarif,
    };
    let mut printer = Printer {
        out,
        format: args.format,
        obey: args.obey,
        least: args.least,
        kept: Vec::new(),
        problems: Vec::new(),
        counts: Counts::default(),
        progress: Progress { on: std::io::stderr().is_terminal(), shown: false, start: Instant::now() },
    };
    let ended = sources::scan(&builder.build(), &sources, |news| printer.hear(news));
    match ended.and_then(|()| printer.finish()) {
        // Whoever read had seen enough; what was found before still counts.
        Ok(()) | Err(Stop::ClosedPipe) => {}
        Err(other) => return Err(other),
    }
    Ok(printer.code())
}

fn parse(mut parser: lexopt::Parser) -> Result<Option<Args>, Stop> {
    let mut args = Args {
        format: Format::Text,
        least: Level::Medium,
        generic: true,
        obey: true,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        pepper: None,
        paths: Vec::new(),
    };
    while let Some(arg) = parser.next()? {
        match arg {
            lexopt::Arg::Long("format") => {
                args.format = parser.value()?.parse_with(|word| match word {
                    "text" => Ok(Format::Text),
                    "jsonl" => Ok(Format::Jsonl),
                    "sarif" => Ok(Format::Sarif),
                    _ => Err("expected text, jsonl or sarif"),
                })?;
            }
            lexopt::Arg::Long("min-confidence") => {
                args.least = parser.value()?.parse_with(|word| match word {
                    "low" => Ok(Level::Low),
                    "medium" => Ok(Level::Medium),
                    "high" => Ok(Level::High),
                    _ => Err("expected low, medium or high"),
                })?;
            }
            lexopt::Arg::Long("no-generic") => args.generic = false,
            lexopt::Arg::Long("no-ignore") => args.obey = false,
            lexopt::Arg::Long("threads") => {
                args.threads = parser.value()?.parse_with(|word| match word.parse() {
                    Ok(n @ 1..=1024) => Ok(n),
                    _ => Err("expected a number from 1 to 1024"),
                })?;
            }
            lexopt::Arg::Long("pepper-file") => args.pepper = Some(parser.value()?.into()),
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => return Ok(None),
            lexopt::Arg::Value(path) => args.paths.push(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    if args.paths.is_empty() {
        return Err(Stop::Usage("nothing to scan: give a PATH, or - for standard input".into()));
    }
    Ok(Some(args))
}

#[derive(Default)]
struct Counts {
    inputs: u64,
    bytes: u64,
    /// High, medium and low findings that were printed.
    printed: [u64; 3],
    below: u64,
    /// Inputs in UTF-16.
    utf16: u64,
}

impl Counts {
    fn all_printed(&self) -> u64 {
        self.printed.iter().sum()
    }
}

struct Printer {
    out: Out,
    format: Format,
    obey: bool,
    least: Level,
    /// SARIF is one document: written at the end.
    kept: Vec<(Finding, Option<Columns>)>,
    problems: Vec<Problem>,
    counts: Counts,
    progress: Progress,
}

impl Printer {
    fn hear(&mut self, news: News) -> Result<(), Stop> {
        match news {
            News::Beat(bytes) => self.progress.show(self.counts.inputs, bytes, self.counts.all_printed()),
            News::Unread { path, why } => {
                self.progress.clear();
                say("scan", &format!("{path}: {why}"));
                self.problems.push(Problem {
                    source: path,
                    place: Place::default(),
                    code: "unreadable".into(),
                    text: why,
                    row_lost: true,
                });
            }
            News::Scanned(part) => self.print(part)?,
        }
        Ok(())
    }

    fn print(&mut self, part: Scanned) -> Result<(), Stop> {
        self.counts.inputs += u64::from(part.last);
        self.counts.bytes += part.bytes;
        if let Some(path) = &part.utf16 {
            self.counts.utf16 += 1;
            self.progress.clear();
            say("scan", &format!("{path}: UTF-16 text was not scanned"));
        }
        let mut printed = false;
        for (i, finding) in part.findings.into_iter().enumerate() {
            if finding.level < self.least {
                self.counts.below += 1;
                continue;
            }
            self.counts.printed[match finding.level {
                Level::High => 0,
                Level::Medium => 1,
                Level::Low => 2,
            }] += 1;
            match self.format {
                Format::Text => self.line(&text(&finding))?,
                Format::Jsonl => {
                    let json = serde_json::to_string(&finding);
                    self.line(&json.map_err(|e| Stop::Failed(format!("a finding as JSON: {e}")))?)?;
                }
                Format::Sarif => {
                    let columns = part.columns.as_ref().and_then(|all| all.get(i).copied());
                    self.kept.push((finding, columns));
                }
            }
            printed = true;
        }
        if printed { self.out.flush() } else { Ok(()) }
    }

    fn line(&mut self, line: &str) -> Result<(), Stop> {
        self.progress.clear();
        self.out.line(line)
    }

    fn finish(&mut self) -> Result<(), Stop> {
        self.progress.clear();
        if self.format == Format::Sarif {
            self.out.text(&sarif_findings(&self.kept, &self.problems))?;
        }
        self.out.flush()?;
        mutter(&(self.summary() + "\n"));
        Ok(())
    }

    fn summary(&self) -> String {
        let Counts { inputs, bytes, printed: [high, medium, low], below, utf16 } = &self.counts;
        let mut text =
            format!("{}: {high} high, {medium} medium", count(self.counts.all_printed(), "finding"));
        if self.least == Level::Low {
            text += &format!(", {low} low");
        }
        text += &format!("; {}, {}", count(*inputs, "file"), size(*bytes));
        text += &format!(" in {:.1} s", self.progress.start.elapsed().as_secs_f64());
        if *below > 0 {
            text += &format!("; {below} of lower confidence not shown");
        }
        if !self.problems.is_empty() {
            text += &format!("; {} could not be read", self.problems.len());
        }
        if *utf16 > 0 {
            text += &format!("; {utf16} in UTF-16 not scanned as text");
        }
        if self.obey {
            text += "; ignore files and inline marks obeyed (--no-ignore: not)";
        }
        text
    }

    fn code(&self) -> u8 {
        match (self.problems.len(), self.counts.all_printed()) {
            (1.., _) => ERROR,
            (0, 1..) => FOUND,
            (0, 0) => NOTHING,
        }
    }
}

fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => count(bytes, "byte"),
        10_000..10_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn text(finding: &Finding) -> String {
    let Finding { line, column, provider, kind, preview, .. } = finding;
    let level = match finding.level {
        Level::High => "high",
        Level::Medium => "medium",
        Level::Low => "low",
    };
    let path = plain(finding.path.as_deref().unwrap_or_default());
    let why: Vec<&str> = finding.reasons.iter().map(|reason| reason.text.as_str()).collect();
    let rest = format!("{provider} {kind}  {preview}  {}", why.join("; "));
    format!("{path}:{line}:{column}  {level:<6}  {}", plain(&rest))
}

/// A line on a terminal that says that the run goes on.
struct Progress {
    on: bool,
    shown: bool,
    start: Instant,
}

impl Progress {
    fn show(&mut self, inputs: u64, bytes: u64, found: u64) {
        if self.on {
            let line = format!("{}, {}, {}", count(inputs, "file"), size(bytes), count(found, "finding"));
            mutter(&format!("\r\u{1b}[K{line}"));
            self.shown = true;
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            mutter("\r\u{1b}[K");
        }
    }
}
