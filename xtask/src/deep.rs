//! `cargo xtask deep`: what is worth running before a release and too long for every change.

use crate::instructions::{self, Compared};
use crate::steps::{self, Steps};

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("takes no argument, got `{unknown}`"));
    }
    let mut steps = Steps::new("deep")?;
    let ended = all(&mut steps);
    steps.finish(ended)
}

fn all(steps: &mut Steps) -> Result<(), String> {
    // Read by proptest in this process's children only.
    steps.command(
        "long property tests",
        &["env", "PROPTEST_CASES=20000", "cargo", "test", "--release", "-p", "nhi-core", "--no-fail-fast"],
    )?;
    steps.command("benches, once each", &["cargo", "bench", "-p", "benches", "--", "--test"])?;
    instructions(steps)?;
    fuzz(steps)?;
    crate::python::deep(steps)?;
    oldest_rust(steps)?;
    steps.step("a million calls in C", crate::c::many)?;
    if steps::output(&["pkg-config", "--version"]).is_ok() {
        steps.step("C as installed", crate::c_install::test)?;
    } else {
        steps.skip("C as installed", "pkg-config is not installed")?;
    }
    if steps::output(&["valgrind", "--version"]).is_ok() {
        steps.step("C under valgrind", crate::c::valgrind)?;
    } else {
        steps.skip("C under valgrind", "valgrind is not installed")?;
    }
    crate::node::many_calls(steps)?;
    match crate::browser::missing() {
        None => steps.step("report in a browser", crate::browser::look)?,
        Some(why) => steps.skip("report in a browser", why)?,
    }
    for (what, tool, command) in [
        ("advisories and licences", "deny", &["cargo", "deny", "check"][..]),
        ("interface since the last release", "semver-checks", &["cargo", "semver-checks", "-p", "nhi-core"]),
        (
            "feature powerset",
            "hack",
            &["cargo", "hack", "check", "-p", "nhi-core", "--feature-powerset", "--lib"],
        ),
        ("mutants", "mutants", &["cargo", "mutants", "-p", "nhi-core", "--in-place", "--no-shuffle"]),
    ] {
        if steps::has_cargo(tool) {
            steps.command(what, command)?;
        } else {
            steps.skip(what, &format!("cargo-{tool} is not installed"))?;
        }
    }
    Ok(())
}

/// What each scenario costs, counted: the gate for speed that a busy machine does not blur.
fn instructions(steps: &mut Steps) -> Result<(), String> {
    let mut skipped = None;
    steps.step("instruction counts", || {
        if let Compared::Not(why) = instructions::compare()? {
            skipped = Some(why);
        }
        Ok(())
    })?;
    skipped.map_or(Ok(()), |why| steps.skip("instruction counts", &why))
}

/// Every fuzz target for minutes, memory checked too: `NHI_FUZZ_SECONDS` shortens it.
fn fuzz(steps: &mut Steps) -> Result<(), String> {
    if !crate::fuzz::can_build() {
        return steps.skip("fuzz targets", "there is no C++ compiler");
    }
    let seconds = match std::env::var("NHI_FUZZ_SECONDS") {
        Ok(text) => text.parse().map_err(|_| "NHI_FUZZ_SECONDS: expected a number of seconds")?,
        Err(_) => 300,
    };
    steps.step(&format!("fuzz targets, {seconds} s each"), || crate::fuzz::all(seconds, true))
}

/// The core builds with the Rust that its manifest promises, if rustup has it.
fn oldest_rust(steps: &mut Steps) -> Result<(), String> {
    let what = "oldest Rust";
    let manifest =
        std::fs::read_to_string(steps::root().join("Cargo.toml")).map_err(|e| format!("Cargo.toml: {e}"))?;
    let manifest: toml::Table = manifest.parse().map_err(|e| format!("Cargo.toml: {e}"))?;
    let version = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("package")?.get("rust-version")?.as_str())
        .ok_or("Cargo.toml: no rust-version")?;
    let installed = steps::output(&["rustup", "toolchain", "list"]).unwrap_or_default();
    let Some(toolchain) = installed.split_whitespace().find(|name| name.starts_with(version)) else {
        return steps.skip(what, &format!("Rust {version} is not installed"));
    };
    steps.command(
        what,
        &["rustup", "run", toolchain, "cargo", "check", "-p", "nhi-core", "--target-dir", "target/oldest"],
    )
}
