//! `cargo xtask python`: the wheel is built, installed into an environment of its own below `target/`, and tested
//! as a user of it would.

use std::path::{Path, PathBuf};

use crate::steps::{self, Steps, root};

/// What the environment holds, from PyPI.
const PACKAGES: &[&str] = &["maturin>=1.16,<2", "pytest>=8", "mypy>=1.11"];
/// Most bytes of the wheel.
const MOST_BYTES: u64 = 6_000_000;
/// The environment, below the root.
const VENV: &str = "target/py-venv";
/// The oldest and the newest Python that one wheel is for.
const OLDEST_AND_NEWEST: &[&str] = &["3.9", "3.13"];

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut steps = Steps::new("test")?;
    let ended = all(&mut steps, args);
    steps.finish(ended)
}

/// The steps, with further arguments for pytest.
pub(crate) fn all(steps: &mut Steps, pytest: &[String]) -> Result<(), String> {
    installed(steps)?;
    let python = python()?;
    let tests: Vec<&str> = pytest.iter().map(String::as_str).collect();
    let run = ["-B", "-m", "pytest", "--rootdir", "nhi-py", "-c", "nhi-py/pyproject.toml", "nhi-py/tests"];
    steps.command("python tests", &[&[python.as_str()][..], &run, &tests].concat())?;
    let stubs = ["-B", "-m", "mypy.stubtest", "nhi", "--allowlist", "nhi-py/stubtest-allow.txt"];
    steps.command("python stubs", &[&[python.as_str()][..], &stubs].concat())?;
    let strict = ["-B", "-m", "mypy", "--strict", "--cache-dir", "target/mypy", "nhi-py/tests/typed.py"];
    steps.command("python types", &[&[python.as_str()][..], &strict].concat())
}

/// Builds the wheel and installs it into the environment.
pub(crate) fn installed(steps: &mut Steps) -> Result<(), String> {
    steps.step("python environment", environment)?;
    steps.step("python wheel", || install(&python()?, &wheel()?))
}

/// The interpreter of the environment.
pub(crate) fn python() -> Result<String, String> {
    tool(VENV, "python")
}

/// What takes longer: a million calls with stable memory, and the same wheel under the oldest and the newest Python.
pub(crate) fn deep(steps: &mut Steps) -> Result<(), String> {
    all(steps, &["--calls".into(), "1000000".into()])?;
    for version in OLDEST_AND_NEWEST {
        let what = format!("wheel on Python {version}");
        let Some(interpreter) = interpreter(version) else {
            steps.skip(&what, &format!("there is no python{version}"))?;
            continue;
        };
        steps.step(&what, || {
            let venv = format!("target/py-venv-{version}");
            start(&[&interpreter, "-m", "venv", "--clear", &venv])?;
            let python = tool(&venv, "python")?;
            install(&python, &only_file(&root().join("target/wheels"))?)?;
            let told = steps::output(&[&python, "-B", "-W", "error", "examples/guard/guard.py"])?;
            if !told.trim_end().ends_with("chain verified") {
                return Err(format!("guard.py printed:\n{told}"));
            }
            start(&[&python, "-B", "-W", "error", "-c", "import nhi.records"])
        })?;
    }
    Ok(())
}

/// `cargo xtask bench python`: what a call costs beside the same call in Rust.
pub(crate) fn bench(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("takes no argument, got `{unknown}`"));
    }
    environment()?;
    let python = tool(VENV, "python")?;
    install(&python, &wheel()?)?;
    start(&["cargo", "build", "--quiet", "--release", "-p", "nhi-ffi", "--example", "border"])?;
    start(&[&python, "-B", "nhi-py/bench/overhead.py", "target/release/examples/border"])
}

/// Builds the wheel for release, as it is given out, and gives its path. Every job that uses it downloads it: its size
/// counts.
fn wheel() -> Result<String, String> {
    let wheels = root().join("target/wheels");
    // An old wheel must not be the one that is tested.
    let _ = std::fs::remove_dir_all(&wheels);
    let maturin = tool(VENV, "maturin")?;
    start(&[&maturin, "build", "--release", "--quiet", "-m", "nhi-py/Cargo.toml", "-o", "target/wheels"])?;
    let wheel = only_file(&wheels)?;
    let bytes = std::fs::metadata(&wheel).map_err(|e| format!("{wheel}: {e}"))?.len();
    println!("   the wheel has {bytes} bytes (limit {MOST_BYTES})");
    if bytes <= MOST_BYTES { Ok(wheel) } else { Err(format!("the wheel has {bytes} bytes")) }
}

fn install(python: &str, wheel: &str) -> Result<(), String> {
    start(&[python, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", wheel])
}

fn environment() -> Result<(), String> {
    if !root().join(VENV).join("bin/python").exists() {
        start(&["python3", "-m", "venv", VENV])
            .map_err(|why| format!("{why}: Python 3.9 or newer with venv is needed"))?;
    }
    let python = tool(VENV, "python")?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    start(&[&[python.as_str()][..], &install, PACKAGES].concat())
}

/// A Python of this version: by its name, or one that pyenv keeps.
fn interpreter(version: &str) -> Option<String> {
    let name = format!("python{version}");
    // A name may be a stand-in that runs nothing.
    let runs = |path: &str| {
        let mut command = steps::build(&[path, "-c", "import venv"]);
        command.stderr(std::process::Stdio::null()).status().is_ok_and(|status| status.success())
    };
    if runs(&name) {
        return Some(name);
    }
    let versions = Path::new(&std::env::var_os("PYENV_ROOT")?).join("versions");
    let mut kept: Vec<PathBuf> = std::fs::read_dir(versions).ok()?.flatten().map(|e| e.path()).collect();
    kept.sort();
    let of_version = |path: &PathBuf| {
        path.file_name()?.to_str()?.strip_prefix(version)?.strip_prefix('.')?;
        path.join("bin/python").to_str().map(String::from)
    };
    kept.iter().filter_map(of_version).find(|path| runs(path))
}

/// A program of an environment.
fn tool(venv: &str, name: &str) -> Result<String, String> {
    let path: PathBuf = root().join(venv).join("bin").join(name);
    path.to_str().map(String::from).ok_or_else(|| "the path of the workspace is no text".into())
}

/// The one file of a folder.
fn only_file(folder: &Path) -> Result<String, String> {
    let list = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let files: Vec<_> = list.filter_map(|entry| entry.ok()?.path().to_str().map(String::from)).collect();
    match files.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(format!("{} holds {} files, expected one", folder.display(), files.len())),
    }
}

fn start(command: &[&str]) -> Result<(), String> {
    let status = steps::build(command).status().map_err(|e| format!("{}: {e}", command.join(" ")))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", command.join(" "))) }
}
