/*!
`cargo xtask fuzz [--seconds N] [--address] [TARGET…]`: the doors that take foreign bytes, under libFuzzer.

Works with the stable compiler and nothing installed but a C++ compiler (libFuzzer is C++, built by `libfuzzer-sys`): the
flags are those that `cargo fuzz` passes. All targets come out of one build; inputs that were found and what failed
stay below `target/fuzz`. `cargo fuzz run TARGET` works on the folder as well.
*/

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;

use crate::steps::{self, root};

/// What every target is compiled with: counters at each edge, and comparisons told to libFuzzer.
const COVERAGE: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "--cfg=fuzzing",
];
/// Where everything goes, below the root.
const FOLDER: &str = "target/fuzz";
/// Without an argument.
const SECONDS: u64 = 10;
/// Longest a single input may take, in seconds, and the most memory, in MiB.
const LIMITS: &[&str] = &["-timeout=10", "-rss_limit_mb=2048", "-malloc_limit_mb=1024"];

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let (mut seconds, mut address, mut chosen) = (SECONDS, false, Vec::new());
    let known = targets()?;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => {
                let number = args.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                seconds = number.ok_or("--seconds needs a number of seconds, at least 1")?;
            }
            "--address" => address = true,
            name if known.iter().any(|target| target == name) => chosen.push(name.to_owned()),
            other => return Err(format!("no target `{other}`; there are: {}", known.join(", "))),
        }
    }
    let chosen = if chosen.is_empty() { known } else { chosen };
    fuzz(&chosen, seconds, address)
}

/// Every target for `seconds`; `address` also checks memory, in all crates below.
pub(crate) fn all(seconds: u64, address: bool) -> Result<(), String> {
    fuzz(&targets()?, seconds, address)
}

/// Whether libFuzzer can be built.
pub(crate) fn can_build() -> bool {
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
    steps::build(&[&compiler, "--version"]).output().is_ok_and(|out| out.status.success())
}

fn targets() -> Result<Vec<String>, String> {
    let folder = root().join("fuzz/fuzz_targets");
    let list = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let name = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = list.filter_map(|entry| name(entry.ok()?.path())).collect();
    names.sort();
    if names.len() < 5 { Err(format!("only {} fuzz targets found", names.len())) } else { Ok(names) }
}

fn fuzz(targets: &[String], seconds: u64, address: bool) -> Result<(), String> {
    let programs = build(address)?;
    let threads = thread::available_parallelism().map_or(1, |n| n.get());
    let (left, failed) = (Mutex::new(targets.iter()), Mutex::new(Vec::new()));
    // As many at a time as there are cores: a target uses one.
    thread::scope(|scope| {
        for _ in 0..threads.min(targets.len()) {
            scope.spawn(|| {
                while let Some(target) = left.lock().ok().and_then(|mut left| left.next()) {
                    if let Err(why) = one(&programs, target, seconds)
                        && let Ok(mut failed) = failed.lock()
                    {
                        failed.push(why);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().map_err(|_| "a thread that ran a target panicked")?;
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

/// Builds all targets and gives the folder of the programs.
fn build(address: bool) -> Result<PathBuf, String> {
    lock_file()?;
    let host = steps::output(&["rustc", "-vV"])?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc -vV names no host")?;
    let folder = root().join(FOLDER).join(if address { "build-address" } else { "build" });
    let mut flags = COVERAGE.to_vec();
    let mut command = steps::build(&["cargo", "build", "--release", "--quiet"]);
    if address {
        // The sanitizer's runtime comes with the stable compiler; its switch does not.
        flags.push("-Zsanitizer=address");
        command.env("RUSTC_BOOTSTRAP", "1");
    }
    let status = command
        .args(["--manifest-path", "fuzz/Cargo.toml", "--target", host, "--target-dir"])
        .arg(&folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .status()
        .map_err(|e| format!("cargo build: {e}"))?;
    if !status.success() {
        return Err(format!("building the fuzz targets ended with {status}"));
    }
    Ok(folder.join(host).join("release"))
}

/// The versions of the workspace: cargo adds what only the targets need.
fn lock_file() -> Result<(), String> {
    let (from, to) = (root().join("Cargo.lock"), root().join("fuzz/Cargo.lock"));
    let time = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    if time(&to) < time(&from) {
        std::fs::copy(&from, &to).map_err(|e| format!("fuzz/Cargo.lock: {e}"))?;
    }
    Ok(())
}

/// Runs one target from its own first inputs and what earlier runs found.
fn one(programs: &Path, target: &str, seconds: u64) -> Result<(), String> {
    let folder = root().join(FOLDER);
    let path = |kind: &str| folder.join(kind).join(target);
    let (corpus, seeds, artifacts) = (path("corpus"), path("seeds"), path("artifacts"));
    for made in [&corpus, &artifacts] {
        std::fs::create_dir_all(made).map_err(|e| format!("{}: {e}", made.display()))?;
    }
    let program = programs.join(target);
    let log = folder.join(format!("{target}.log"));
    let written = Command::new(&program).env("NHI_FUZZ_SEEDS", &seeds).output();
    let written = written.map_err(|e| format!("{}: {e}", program.display()))?;
    if !written.status.success() {
        let told = String::from_utf8_lossy(&written.stderr);
        return Err(format!("{target} could not write its first inputs to {}:\n{told}", seeds.display()));
    }
    let mut child = Command::new(&program)
        .args(LIMITS)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-dict={}", seeds.with_extension("dict").display()))
        .arg("-print_final_stats=1")
        .args([&corpus, &seeds])
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?)
        .spawn()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    let status = wait(&mut child)?;
    let told = std::fs::read(&log).unwrap_or_default();
    let told = String::from_utf8_lossy(&told);
    let stat = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(0, |rest| rest.trim_start_matches([':', ' ']).parse::<u64>().unwrap_or(0))
    };
    let runs = stat("stat::number_of_executed_units");
    if status && runs > 0 {
        println!("   {target}: {runs} inputs in {seconds} s, nothing found");
        return Ok(());
    }
    let artifact = told.lines().find_map(|line| Some(line.split_once("Test unit written to ")?.1));
    let why = told.lines().find(|line| line.contains("panicked at") || line.contains("ERROR:"));
    let again = match artifact {
        Some(file) => format!("   the input: {file}\n   again:     {} {file}", program.display()),
        None => format!("   no input was written; the log: {}", log.display()),
    };
    let at = why.and_then(|line| told.split_once(line)).and_then(|(_, rest)| rest.trim().lines().next());
    let why = [why.unwrap_or("it ended early"), at.unwrap_or_default()].join(" ");
    Err(format!("{target}: {}\n{again}", why.trim()))
}

fn wait(child: &mut Child) -> Result<bool, String> {
    child.wait().map(|status| status.success()).map_err(|e| e.to_string())
}
