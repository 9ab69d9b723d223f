//! Runs steps one after the other, counts the tests in their output, and says at the end what ran and what did not.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A run of steps in one tier.
pub(crate) struct Steps {
    tier: &'static str,
    allowed: Vec<Skip>,
    done: Vec<(String, Duration)>,
    skipped: Vec<(String, String)>,
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// A skip that `skips.toml` allows.
struct Skip {
    tier: String,
    what: String,
    why: String,
}

impl Steps {
    /// Starts a tier. Fails if `skips.toml` can't be read: an unreadable list must not allow everything.
    pub(crate) fn new(tier: &'static str) -> Result<Self, String> {
        let text =
            std::fs::read_to_string(root().join("skips.toml")).map_err(|e| format!("skips.toml: {e}"))?;
        Ok(Steps {
            tier,
            allowed: parse_skips(&text)?,
            done: Vec::new(),
            skipped: Vec::new(),
            passed: 0,
            failed: 0,
            ignored: 0,
        })
    }

    /// Runs one step that is a function.
    pub(crate) fn step(
        &mut self,
        name: &str,
        run: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        println!("── {name}");
        let start = Instant::now();
        run().map_err(|why| format!("{name}: {why}"))?;
        self.done.push((name.into(), start.elapsed()));
        Ok(())
    }

    /// Runs one step that is a command, from the root, and counts the tests it reports.
    pub(crate) fn command(&mut self, name: &str, command: &[&str]) -> Result<(), String> {
        println!("── {name}: {}", command.join(" "));
        let start = Instant::now();
        let result = self.counted(command);
        result.map_err(|why| format!("{name}: `{}` {why}", command.join(" ")))?;
        self.done.push((name.into(), start.elapsed()));
        Ok(())
    }

    fn counted(&mut self, command: &[&str]) -> Result<(), String> {
        let mut child =
            build(command).stdout(Stdio::piped()).spawn().map_err(|e| format!("could not start: {e}"))?;
        if let Some(stdout) = child.stdout.take() {
            let mut out = std::io::stdout().lock();
            for line in BufReader::new(stdout).lines() {
                let line = line.map_err(|e| format!("gave output that is no text: {e}"))?;
                if let Some([passed, failed, ignored]) = test_result(&line) {
                    self.passed += passed;
                    self.failed += failed;
                    self.ignored += ignored;
                }
                writeln!(out, "{line}").map_err(|e| format!("stdout: {e}"))?;
            }
        }
        let status = child.wait().map_err(|e| e.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("ended with {status}")) }
    }

    /// Leaves a step out. That is a failure unless `skips.toml` names it for this tier.
    pub(crate) fn skip(&mut self, what: &str, because: &str) -> Result<(), String> {
        let Some(skip) =
            self.allowed.iter().find(|s| s.what == what && (s.tier == self.tier || s.tier == "all"))
        else {
            return Err(format!("{what} was skipped ({because}) and skips.toml does not allow it"));
        };
        println!("── {what}: skipped, {because}");
        self.skipped.push((what.into(), format!("{because}; {}", skip.why)));
        Ok(())
    }

    /// Says what ran, also after a step that failed. The last line is `N passed, N failed`.
    pub(crate) fn finish(self, ended: Result<(), String>) -> Result<(), String> {
        println!("\nran:");
        for (name, took) in &self.done {
            println!("  {name:<28} {:>6.1} s", took.as_secs_f64());
        }
        println!("skipped:{}", if self.skipped.is_empty() { " nothing" } else { "" });
        for (what, why) in &self.skipped {
            println!("  {what:<28} {why}");
        }
        let ended = ended.and(match self.ignored {
            0 => Ok(()),
            n => Err(format!("{n} tests are marked #[ignore]; assert today's behaviour instead")),
        });
        // A step that is no test counts as one when it fails, so that the last line never says 0 wrongly.
        let failed = if ended.is_err() { self.failed.max(1) } else { self.failed };
        println!("{} passed, {failed} failed", self.passed);
        ended
    }
}

/// A command started at the root of the workspace.
pub(crate) fn build(command: &[&str]) -> Command {
    let mut built = Command::new(command.first().copied().unwrap_or_default());
    built.args(command.iter().skip(1)).current_dir(root()).stdin(Stdio::null());
    built
}

/// What a command prints, if it succeeds.
pub(crate) fn output(command: &[&str]) -> Result<String, String> {
    let out = build(command)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("{}: {e}", command.join(" ")))?;
    if !out.status.success() {
        return Err(format!("`{}` ended with {}", command.join(" "), out.status));
    }
    String::from_utf8(out.stdout)
        .map_err(|_| format!("`{}` printed bytes that are no text", command.join(" ")))
}

/// Whether `cargo NAME` is there.
pub(crate) fn has_cargo(name: &str) -> bool {
    build(&["cargo", name, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// Passed, failed and ignored of a line `test result: ok. 3 passed; 0 failed; 0 ignored; …`, or of the last line of
/// pytest, `1 failed, 131 passed in 14.41s`.
fn test_result(line: &str) -> Option<[u64; 3]> {
    let Some(result) = line.trim().strip_prefix("test result: ") else { return pytest_result(line) };
    let (_, counts) = result.split_once(". ")?;
    let mut numbers = counts.split("; ").map(|part| part.split(' ').next().and_then(|n| n.parse().ok()));
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}

/// What pytest says at its end. A test that is skipped or expected to fail counts as ignored: it says nothing.
fn pytest_result(line: &str) -> Option<[u64; 3]> {
    let (counts, took) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
    took.split(' ').next()?.strip_suffix('s')?.parse::<f64>().ok()?;
    let mut sums = [0; 3];
    for part in counts.split(", ") {
        let (number, what) = part.split_once(' ')?;
        let slot = match what {
            "passed" => 0,
            "failed" | "error" | "errors" => 1,
            "skipped" | "xfailed" | "xpassed" => 2,
            _ => continue,
        };
        *sums.get_mut(slot)? += number.parse::<u64>().ok()?;
    }
    Some(sums)
}

fn parse_skips(text: &str) -> Result<Vec<Skip>, String> {
    let table: toml::Table = text.parse().map_err(|e| format!("skips.toml: {e}"))?;
    let rows = match table.get("skip") {
        None => return Ok(Vec::new()),
        Some(rows) => rows.as_array().ok_or("skips.toml: `skip` must be a list of tables")?,
    };
    let field = |row: &toml::Value, name: &str| {
        let text = row.get(name).and_then(toml::Value::as_str).filter(|t| !t.is_empty());
        text.map(String::from).ok_or(format!("skips.toml: each skip needs a text `{name}`"))
    };
    rows.iter()
        .map(|row| Ok(Skip { tier: field(row, "tier")?, what: field(row, "what")?, why: field(row, "why")? }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_a_test_binary_are_read() {
        let line =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(test_result(line), Some([12, 0, 1]));
        assert_eq!(
            test_result("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured"),
            Some([1, 2, 0])
        );
        assert_eq!(test_result("running 3 tests"), None);
        assert_eq!(test_result("131 passed in 14.41s"), Some([131, 0, 0]));
        assert_eq!(
            test_result("== 2 failed, 9 passed, 1 skipped, 1 error in 75.10s (0:01:15) =="),
            Some([9, 3, 1])
        );
        assert_eq!(test_result("3 files scanned in the folder"), None);
    }

    #[test]
    fn a_skip_without_a_reason_is_refused() {
        assert!(parse_skips("[[skip]]\ntier = \"test\"\nwhat = \"deny\"\n").is_err());
        assert_eq!(parse_skips("").map(|s| s.len()), Ok(0));
    }

    #[test]
    fn the_committed_list_of_skips_is_read() {
        let mut steps = Steps::new("test").expect("skips.toml is readable");
        assert!(steps.skip("no such step", "it is not there").is_err());
    }
}
