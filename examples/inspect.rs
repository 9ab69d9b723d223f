//! `inspect`: explains one token, offline. Nothing is kept, and nothing of the token is repeated but its preview.

use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use common::{NOTHING, Out, Stop, plain};
use nhi_core::classify::{Inspection, catalogue, inspect};
use nhi_core::model::{Alternative, Fact};
use nhi_core::time::Timestamp;
use zeroize::Zeroizing;

const HELP: &str = "\
inspect [--format text|json] [--pepper-file FILE] < TOKEN

Explains one token from standard input: provider, kind, account, environment, scopes, expiry, what its
checksum says, and how to revoke it. Offline; nothing is kept, and nothing is repeated but a preview.
A header (Authorization: Bearer …), an assignment (NAME=…) and quotes around it are taken off.
A token as an argument is refused: it would stay in the shell's history.

  --format FORMAT     text (default) or json
  --pepper-file FILE  key for fingerprints (default: ~/.config/nhi/pepper, made on first use)

Exit code: 0 explained, even if the token is of no known kind; 2 an error.
";

/// Most bytes read: no token is longer, and a file given by mistake is refused.
const MOST: usize = 1 << 20;

fn main() -> ExitCode {
    common::end("inspect", run())
}

fn run() -> Result<u8, Stop> {
    let mut out = Out::default();
    let Some((json, pepper)) = parse()? else {
        out.text(HELP)?;
        out.flush()?;
        return Ok(NOTHING);
    };
    let token = read_token()?;
    if token.trim_ascii().is_empty() {
        return Err(Stop::Usage("standard input is empty".into()));
    }
    let pepper = common::pepper::load("inspect", pepper.as_deref())?;
    let told = inspect(&token, pepper.as_deref());
    drop(token);
    if json {
        out.line(&serde_json::to_string(&told).map_err(|e| Stop::Failed(e.to_string()))?)?;
    } else {
        out.text(&text(&told, now()))?;
    }
    out.flush()?;
    Ok(NOTHING)
}

/// The format and the pepper file. No message here repeats an argument: it may be the token.
fn parse() -> Result<Option<(bool, Option<PathBuf>)>, Stop> {
    let usage = |why: &str| Stop::Usage(why.into());
    let mut parser = lexopt::Parser::from_env();
    let (mut json, mut pepper) = (false, None);
    loop {
        match parser.next().map_err(|_| usage("arguments are not understood"))? {
            None => return Ok(Some((json, pepper))),
            Some(lexopt::Arg::Long("format")) => {
                let word = parser.value().map_err(|_| usage("--format: expected text or json"))?;
                json = match word.to_str() {
                    Some("text") => false,
                    Some("json") => true,
                    _ => return Err(usage("--format: expected text or json")),
                };
            }
            Some(lexopt::Arg::Long("pepper-file")) => {
                let file = parser.value().map_err(|_| usage("--pepper-file: expected a file"))?;
                pepper = Some(file.into());
            }
            Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h')) => return Ok(None),
            Some(lexopt::Arg::Value(_)) => {
                return Err(usage(
                    "a token as an argument stays in the shell's history: give it on standard input",
                ));
            }
            Some(_) => return Err(usage("unknown option: only --format and --pepper-file are known")),
        }
    }
}

fn read_token() -> Result<Zeroizing<Vec<u8>>, Stop> {
    let failed = |e: std::io::Error| Stop::Failed(format!("standard input: {e}"));
    // Reserved whole, so that no reallocation leaves a copy behind.
    let mut token = Zeroizing::new(Vec::with_capacity(MOST + 1));
    let mut input = std::io::stdin().lock();
    if std::io::stdin().is_terminal() {
        common::say("inspect", "paste the token, then press Enter (it is not shown)");
        let hidden = Hidden::new();
        let mut byte = Zeroizing::new([0u8]);
        while token.len() <= MOST && input.read(byte.as_mut()).map_err(failed)? == 1 && byte[0] != b'\n' {
            token.push(byte[0]);
        }
        drop(hidden);
    } else {
        input.take(MOST as u64 + 1).read_to_end(&mut token).map_err(failed)?;
    }
    if token.len() > MOST {
        return Err(Stop::Failed(format!("standard input has more than {MOST} bytes: give one token")));
    }
    Ok(token)
}

/// Keeps a terminal from showing what is typed, while it lives.
struct Hidden;

impl Hidden {
    fn new() -> Self {
        Self::echo("-echo");
        Hidden
    }

    /// Where there is no `stty` the token is shown as it is typed, by the terminal.
    fn echo(how: &str) {
        let _ = std::process::Command::new("stty").arg(how).status();
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        Self::echo("echo");
    }
}

/// What a person reads: what is known, then what is not, in few lines.
fn text(told: &Inspection, now: Timestamp) -> String {
    let mut lines = String::new();
    let mut line = |name: &str, value: &str| lines += &format!("{name:<13}{}\n", plain(value));
    if told.rule.is_none() {
        line("provider", "not known: no format of the catalogue fits by itself");
        line("looks like", &told.looks.text);
        for (i, other) in told.alternatives.iter().enumerate() {
            line(if i == 0 { "may be" } else { "" }, &guess(other));
        }
        if let Some(fingerprint) = &told.fingerprint {
            line("fingerprint", fingerprint.as_str());
        }
        return lines;
    }
    line("provider", &told.provider);
    line("kind", &told.kind);
    line("preview", &told.preview);
    line("looks like", &told.looks.text);
    let mut silent = Vec::new();
    for (name, value) in facts(told) {
        match value {
            Fact::Known(value) => line(name, &say(name, value, now)),
            Fact::Absent => line(name, "none"),
            Fact::Unknown(why) if **why == *SILENT => silent.push(name),
            Fact::Unknown(why) => line(name, &format!("unknown: {why}")),
        }
    }
    if !silent.is_empty() {
        line("not said", &format!("{}: {SILENT}", silent.join(", ")));
    }
    if let Fact::Known(privilege) = &told.privilege {
        line("of its kind", privilege);
    }
    match &told.check {
        Some(check) => line("check", &format!("{}; published: {}", check.text, check.source)),
        None => line("check", "none is published for this kind"),
    }
    if told.ended {
        line("ended", "the provider has ended this kind");
    }
    if let Some(fingerprint) = &told.fingerprint {
        line("fingerprint", fingerprint.as_str());
    }
    if told.revoke.is_empty() {
        line("revoke", "not known");
    }
    for (i, step) in told.revoke.iter().enumerate() {
        let undo = if step.reversible { "can be undone" } else { "cannot be undone" };
        let needs = if step.permission.is_empty() { "" } else { "; needs " };
        let what = format!("{step} ({undo}{needs}{})", step.permission);
        line(if i == 0 { "revoke" } else { "" }, &what);
    }
    for (i, other) in told.alternatives.iter().enumerate() {
        line(if i == 0 { "may also be" } else { "" }, &guess(other));
    }
    if let Some(document) = &told.document {
        line("document", document);
    }
    lines
}

/// Why a fact is unknown if the token could say it and does not.
const SILENT: &str = "the token does not say";

/// The facts that a token can tell, the usual ones first, each once.
fn facts(told: &Inspection) -> Vec<(&str, &Fact<String>)> {
    let mut all = Vec::new();
    for name in ["issuer", "subject", "audience", "algorithm"] {
        all.extend(told.attributes.get(name).map(|value| (name, value)));
    }
    all.extend([
        ("account", &told.account),
        ("environment", &told.environment),
        ("scopes", &told.scopes),
        ("issued", &told.issued),
        ("expires", &told.expires),
    ]);
    for (name, value) in &told.attributes {
        if !all.iter().any(|(known, _)| known == name) {
            all.push((name, value));
        }
    }
    all
}

/// A fact in words: an expiry in the past, and an algorithm that proves nothing.
fn say(name: &str, value: &str, now: Timestamp) -> String {
    let past = || Timestamp::parse_rfc3339(value).is_ok_and(|end| end <= now);
    match name {
        "expires" if past() => format!("expired: {value}"),
        "algorithm" if value.eq_ignore_ascii_case("none") => {
            format!("{value}: unsigned, anybody can have written this token")
        }
        _ => value.into(),
    }
}

/// Another rule that the token may be of, and how that is revoked.
fn guess(other: &Alternative) -> String {
    let steps = catalogue::find(&other.rule).map(|format| format.revoke).unwrap_or_default();
    let steps: Vec<String> = steps.iter().map(|step| step.fill(|_| None).to_string()).collect();
    let revoke = if steps.is_empty() {
        "revocation not known".into()
    } else {
        format!("revoke: {}", steps.join("; "))
    };
    format!("{} {}; {revoke}", other.provider, other.kind)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
