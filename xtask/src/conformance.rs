/*!
`cargo xtask conformance`: every language prints the same bytes, and loads what each other one saved.

`nhi-core/vectors/README.md` says how. Rust's own driver is a test of `nhi-core`, which also writes the expectation.
*/

use std::path::Path;
use std::process::Command;

use crate::c::{As, With};
use crate::steps::{self, Steps, root};

const CASES: &str = "nhi-core/vectors/cases.tsv";
const EXPECTED: &str = "nhi-core/vectors/expected.txt";
/// Cases, at least: a comparison of nothing shows nothing.
const LEAST: usize = 400;
/// States that a driver saves, at least.
const LEAST_SAVED: usize = 8;

/// A driver: its name, and how it is started. Rust's compares by itself.
struct Driver {
    name: &'static str,
    command: Vec<String>,
}

/// What a driver does with saved state.
#[derive(Clone, Copy)]
enum State<'a> {
    Own,
    Save(&'a Path),
    Load(&'a Path),
}

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("takes no argument, got `{unknown}`"));
    }
    let mut steps = Steps::new("test")?;
    let ended = crate::python::installed(&mut steps).and_then(|()| steps.step("conformance", all));
    steps.finish(ended)
}

/// With the wheel already installed.
pub(crate) fn all() -> Result<(), String> {
    let drivers = drivers()?;
    let expected = std::fs::read_to_string(root().join(EXPECTED)).map_err(|e| format!("{EXPECTED}: {e}"))?;
    let cases = expected.lines().count();
    if cases < LEAST {
        return Err(format!("only {cases} cases are expected"));
    }
    for driver in &drivers {
        prints(driver, State::Own, &expected)?;
        println!("   {}: {cases} cases, the same bytes", driver.name);
    }
    let mut exchanged = 0;
    for saver in &drivers {
        let folder = root().join("target/conformance").join(saver.name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        prints(saver, State::Save(&folder), &expected)?;
        let saved = std::fs::read_dir(&folder).map_err(|e| e.to_string())?.count();
        if saved < LEAST_SAVED {
            return Err(format!("{} saved only {saved} states", saver.name));
        }
        for loader in drivers.iter().filter(|loader| loader.name != saver.name) {
            prints(loader, State::Load(&folder), &expected)
                .map_err(|why| format!("with what {} saved: {why}", saver.name))?;
            exchanged += saved;
        }
    }
    println!("   {exchanged} states loaded by another language than saved them");
    Ok(())
}

fn drivers() -> Result<Vec<Driver>, String> {
    let test = ["cargo", "test", "--quiet", "-p", "nhi-core", "--test", "conformance"];
    let mut drivers = vec![Driver { name: "rust", command: test.map(String::from).to_vec() }];
    let python = crate::python::python()?;
    let command = [python.as_str(), "-B", "nhi-py/tests/conformance.py", CASES].map(String::from).to_vec();
    drivers.push(Driver { name: "python", command });
    let command = ["node", "nhi-node/test/conformance.mjs", CASES].map(String::from).to_vec();
    drivers.push(Driver { name: "node", command });
    if cfg!(target_os = "linux") {
        crate::c::build()?;
        for (name, library) in [("c-static", With::Static), ("c-shared", With::Shared)] {
            let program = crate::c::compile("nhi-ffi/tests/c/conformance.c", "conformance", As::C, library)?;
            drivers.push(Driver { name, command: vec![program, CASES.into()] });
        }
    }
    Ok(drivers)
}

/// Runs a driver and compares what it prints.
fn prints(driver: &Driver, state: State<'_>, expected: &str) -> Result<(), String> {
    let command: Vec<&str> = driver.command.iter().map(String::as_str).collect();
    let mut started: Command = steps::build(&command);
    let rust = driver.name == "rust";
    match state {
        State::Own => {}
        State::Save(folder) if rust => drop(started.env("NHI_SAVE", folder)),
        State::Load(folder) if rust => drop(started.env("NHI_LOAD", folder)),
        State::Save(folder) => drop(started.arg("--save").arg(folder)),
        State::Load(folder) => drop(started.arg("--load").arg(folder)),
    }
    let ended = started.output().map_err(|e| format!("{}: {e}", driver.name))?;
    let told = String::from_utf8_lossy(&ended.stdout);
    if !ended.status.success() {
        let why = String::from_utf8_lossy(&ended.stderr);
        let shown = if rust { &told } else { "" };
        return Err(format!("{} ended with {}:\n{why}{shown}", driver.name, ended.status));
    }
    if rust || told == expected {
        return Ok(());
    }
    let differs = told.lines().zip(expected.lines()).find(|(told, expected)| told != expected);
    let name = driver.name;
    Err(match differs {
        Some((told, expected)) => format!("{name} prints\n{told}\nexpected\n{expected}"),
        None => {
            format!("{name} prints {} lines, expected {}", told.lines().count(), expected.lines().count())
        }
    })
}
