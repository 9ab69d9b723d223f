/*!
`cargo xtask bench instructions`: how many instructions each scenario takes, compared with `benches/instructions.tsv`.

Unlike a time, the count is the same on a busy machine. It belongs to one compiler and one kind of processor, which the
table names; on another nothing is compared, and that is said. `NHI_BLESS=1` writes the table anew.
*/

use std::fmt::Write as _;

use crate::steps::{self, root};

const TABLE: &str = "benches/instructions.tsv";
/// The most that a count may grow or shrink, in thousandths.
const TOLERANCE: u64 = 30;
/// Rows at least: a guard that sees fewer guards nothing.
const LEAST: usize = 8;
/// The work is done this often and once: the difference is without preparation.
const TIMES: u64 = 9;

/// What became of a comparison.
pub(crate) enum Compared {
    /// Every count is within the tolerance, or the table was written.
    Done,
    /// The table belongs to another compiler or processor, or there is no tool: why.
    Not(String),
}

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("takes no argument, got `{unknown}`"));
    }
    match compare()? {
        Compared::Done => Ok(()),
        Compared::Not(why) => Err(format!("nothing was compared: {why}")),
    }
}

/// Counts every scenario and compares.
pub(crate) fn compare() -> Result<Compared, String> {
    if steps::build(&["valgrind", "--version"]).output().is_err() {
        return Ok(Compared::Not("valgrind is not installed".into()));
    }
    let here = machine()?;
    let bless = std::env::var_os("NHI_BLESS").is_some();
    let old = std::fs::read_to_string(root().join(TABLE)).map_err(|e| format!("{TABLE}: {e}"));
    let old = if bless { old.unwrap_or_default() } else { old? };
    let of = old.lines().find_map(|line| line.strip_prefix("# counted with ")).unwrap_or("nothing");
    if of != here && !bless {
        return Ok(Compared::Not(format!("{TABLE} was counted with {of}, this is {here}")));
    }
    let program = build()?;
    let names = steps::output(&[&program])?;
    let counts =
        names.lines().map(|name| Ok((name, count(&program, name)?))).collect::<Result<Vec<_>, String>>()?;
    if bless {
        let text = table(&here, &counts);
        std::fs::write(root().join(TABLE), text).map_err(|e| format!("{TABLE}: {e}"))?;
    }
    judge(&old, &counts, bless)?;
    Ok(Compared::Done)
}

/// Prints old and new, and fails where they are too far apart.
fn judge(old: &str, counts: &[(&str, u64)], bless: bool) -> Result<(), String> {
    let rows: Vec<(&str, u64)> = old
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(n, c)| Some((n, c.parse().ok()?)))
        .collect();
    let mut far = Vec::new();
    for (name, now) in counts {
        let before = rows.iter().find(|(row, _)| row == name).map(|(_, count)| *count);
        let change = before.map(|before| (*now as f64 / before.max(1) as f64 - 1.0) * 100.0);
        let told = change.map_or("new".into(), |change| format!("{change:+.2} %"));
        println!("   {name:<26} {now:>12} {told:>10}");
        if before.is_none_or(|before| before.abs_diff(*now) * 1000 > before * TOLERANCE) {
            far.push(format!("{name} {told}"));
        }
    }
    far.extend(
        rows.iter()
            .filter(|(row, _)| counts.iter().all(|(name, _)| name != row))
            .map(|(row, _)| format!("{row} is gone")),
    );
    if counts.len() < LEAST {
        return Err(format!("only {} scenarios were counted", counts.len()));
    }
    if far.is_empty() || bless {
        return Ok(());
    }
    Err(format!(
        "beyond {} % of {TABLE}: {}; if it is meant, NHI_BLESS=1 cargo xtask bench instructions",
        TOLERANCE / 10,
        far.join(", ")
    ))
}

fn table(here: &str, counts: &[(&str, u64)]) -> String {
    let mut out = format!(
        "# Instructions that each scenario of benches/instructions takes, under callgrind.\n\
         # Written by NHI_BLESS=1 cargo xtask bench instructions; compared by cargo xtask deep.\n\
         # counted with {here}\n"
    );
    for (name, count) in counts {
        let _ = writeln!(out, "{name}\t{count}");
    }
    out
}

/// Compiler and processor, as far as counts depend on them.
fn machine() -> Result<String, String> {
    let rustc = steps::output(&["rustc", "-vV"])?;
    let field = |name: &str| rustc.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?").to_owned();
    let valgrind = steps::output(&["valgrind", "--version"])?;
    Ok(format!("rustc {}, {}, {}{}", field("release: "), field("host: "), valgrind.trim(), processor()))
}

/// What the dependencies look for when they choose how to search and hash.
fn processor() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return ", avx2";
    }
    ""
}

fn build() -> Result<String, String> {
    let status = steps::build(&["cargo", "build", "--quiet", "--profile", "bench", "-p", "benches"])
        .args(["--bin", "instructions"])
        .env_remove("RUSTFLAGS")
        .status()
        .map_err(|e| format!("cargo build: {e}"))?;
    if !status.success() {
        return Err(format!("building the scenarios ended with {status}"));
    }
    let metadata = steps::output(&["cargo", "metadata", "--format-version", "1", "--no-deps"])?;
    let folder = metadata.split("\"target_directory\":\"").nth(1).and_then(|rest| rest.split('"').next());
    Ok(format!("{}/release/instructions", folder.ok_or("cargo metadata names no target folder")?))
}

fn count(program: &str, name: &str) -> Result<u64, String> {
    let many = total(program, name, TIMES + 1)?;
    let one = total(program, name, 1)?;
    Ok(many.saturating_sub(one) / TIMES)
}

/// Instructions of a whole run.
fn total(program: &str, name: &str, times: u64) -> Result<u64, String> {
    let times = times.to_string();
    let command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, name, &times];
    let out = steps::build(&command).env_clear().output().map_err(|e| format!("valgrind: {e}"))?;
    let told = String::from_utf8_lossy(&out.stderr);
    let collected = told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match collected {
        Some(count) if out.status.success() => Ok(count),
        _ => Err(format!("`{}` ended with {}:\n{told}", command.join(" "), out.status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(first: u64) -> Vec<(&'static str, u64)> {
        let mut out: Vec<_> =
            ["b", "c", "d", "e", "f", "g", "h"].into_iter().map(|name| (name, 1_000)).collect();
        out.push(("a", first));
        out
    }

    #[test]
    fn a_count_within_the_tolerance_passes_and_one_beyond_is_named() {
        let old = table("here", &counts(1_000));
        assert_eq!(judge(&old, &counts(1_030), false), Ok(()));
        assert!(judge(&old, &counts(1_031), false).is_err_and(|why| why.contains("a +3.10 %")));
        assert!(judge(&old, &counts(900), false).is_err_and(|why| why.contains("a -10.00 %")));
        assert_eq!(judge(&old, &counts(900), true), Ok(()));
    }

    #[test]
    fn a_scenario_that_comes_or_goes_is_told() {
        let old = table("here", &counts(1_000));
        assert!(judge(&old, &counts(1_000)[..7], false).is_err());
        assert!(judge("", &counts(1_000), false).is_err_and(|why| why.contains("a new")));
    }
}
