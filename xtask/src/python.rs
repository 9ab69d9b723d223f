//! `cargo xtask python`: the wheel is built, installed into an environment of its own below `target/`, and tested
//! as a user of it would.

use std::path::PathBuf;

use crate::steps::{self, Steps, root};

/// What the environment holds, from PyPI.
const PACKAGES: &[&str] = &["maturin>=1.16,<2", "pytest>=8", "mypy>=1.11"];
/// Most bytes of the wheel.
const MOST_BYTES: u64 = 6_000_000;
/// The environment, below the root.
const VENV: &str = "target/py-venv";

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut steps = Steps::new("test")?;
    let ended = all(&mut steps, args);
    steps.finish(ended)
}

/// The steps, with further arguments for pytest.
pub(crate) fn all(steps: &mut Steps, pytest: &[String]) -> Result<(), String> {
    install(steps)?;
    let python = tool("python")?;
    let tests: Vec<&str> = pytest.iter().map(String::as_str).collect();
    let run = ["-B", "-m", "pytest", "--rootdir", "nhi-py", "-c", "nhi-py/pyproject.toml", "nhi-py/tests"];
    steps.command("python tests", &[&[python.as_str()][..], &run, &tests].concat())?;
    let stubs = ["-B", "-m", "mypy.stubtest", "nhi", "--allowlist", "nhi-py/stubtest-allow.txt"];
    steps.command("python stubs", &[&[python.as_str()][..], &stubs].concat())?;
    let strict = ["-B", "-m", "mypy", "--strict", "--cache-dir", "target/mypy", "nhi-py/tests/typed.py"];
    steps.command("python types", &[&[python.as_str()][..], &strict].concat())
}

/// Builds the wheel and installs it into the environment.
pub(crate) fn install(steps: &mut Steps) -> Result<(), String> {
    steps.step("python environment", environment)?;
    let python = tool("python")?;
    let wheels = root().join("target/wheels");
    // An old wheel must not be the one that is tested.
    let _ = std::fs::remove_dir_all(&wheels);
    let maturin = tool("maturin")?;
    // For release, as it is given out: its size counts, and the tests are done in a fifth of the time.
    let build = ["build", "--release", "--quiet", "-m", "nhi-py/Cargo.toml", "-o", "target/wheels"];
    steps.command("python wheel", &[&[maturin.as_str()][..], &build].concat())?;
    let wheel = only_file(&wheels)?;
    steps.step("python wheel's size", || size(&wheel))?;
    let install = ["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", &wheel];
    steps.command("python install", &[&[python.as_str()][..], &install].concat())
}

/// A wheel is downloaded by every job that uses it.
fn size(wheel: &str) -> Result<(), String> {
    let bytes = std::fs::metadata(wheel).map_err(|e| format!("{wheel}: {e}"))?.len();
    println!("   {bytes} bytes (limit {MOST_BYTES})");
    if bytes <= MOST_BYTES { Ok(()) } else { Err(format!("the wheel has {bytes} bytes")) }
}

fn environment() -> Result<(), String> {
    if !root().join(VENV).join("bin/python").exists() {
        let made =
            steps::build(&["python3", "-m", "venv", VENV]).status().map_err(|e| format!("python3: {e}"))?;
        if !made.success() {
            return Err("python3 -m venv failed: Python 3.9 or newer with venv is needed".into());
        }
    }
    let python = tool("python")?;
    let install =
        [&[python.as_str(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"], PACKAGES];
    let status = steps::build(&install.concat()).status().map_err(|e| e.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("pip could not install {}", PACKAGES.join(", "))) }
}

/// A program of the environment.
pub(crate) fn tool(name: &str) -> Result<String, String> {
    let path: PathBuf = root().join(VENV).join("bin").join(name);
    path.to_str().map(String::from).ok_or_else(|| "the path of the workspace is no text".into())
}

/// The one file of a folder.
fn only_file(folder: &std::path::Path) -> Result<String, String> {
    let list = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let files: Vec<_> = list.filter_map(|entry| entry.ok()?.path().to_str().map(String::from)).collect();
    match files.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(format!("{} holds {} files, expected one", folder.display(), files.len())),
    }
}
