//! `cargo xtask test`: everything that must hold on every change.

use std::collections::BTreeSet;

use crate::steps::{self, Steps};
use crate::tree::Tree;

/// Most crates below `nhi-core` with its default features, and without those for optional parsers.
const MOST_CRATES: usize = 60;
const MOST_CRATES_LEAN: usize = 40;
/// Features that bring parsers most users do not need.
const OPTIONAL_ROOMS: &[&str] = &["containers", "toml-rules"];

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("takes no argument, got `{unknown}`"));
    }
    let mut steps = Steps::new("test")?;
    let ended = all(&mut steps);
    steps.finish(ended)
}

fn all(steps: &mut Steps) -> Result<(), String> {
    let before = Tree::now()?;
    steps.command("format", &["cargo", "fmt", "--all", "--check"])?;
    steps.command(
        "lints",
        &["cargo", "clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"],
    )?;
    steps.command("tests", &["cargo", "test", "--workspace", "--no-fail-fast"])?;
    if cfg!(target_os = "linux") {
        steps.step("C and C++", || crate::c::run(&[]))?;
    } else {
        steps.skip("C and C++", "the flags of the linker are those of Linux")?;
    }
    crate::python::all(steps, &[])?;
    crate::node::all(steps, &[])?;
    steps.step("conformance of languages", crate::conformance::all)?;
    steps.step("ledger verifiers", || crate::verify::run(&[]))?;
    if crate::fuzz::can_build() {
        steps.command("fuzz format", &["cargo", "fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"])?;
        steps.step("fuzz targets, 10 s each", || crate::fuzz::all(10, false))?;
    } else {
        steps.skip("fuzz targets", "there is no C++ compiler")?;
    }
    features(steps)?;
    no_std(steps)?;
    steps.step("dependencies", dependencies)?;
    if steps::has_cargo("deny") {
        steps.command(
            "licences and bans",
            &["cargo", "deny", "--offline", "check", "licenses", "bans", "sources"],
        )?;
    } else {
        steps.skip("licences and bans", "cargo-deny is not installed")?;
    }
    steps.step("generated files", || crate::catalogue::run(&["--check".into()]))?;
    steps.step("working tree unchanged", || {
        let after = Tree::now()?;
        match after.changes(&before).as_slice() {
            [] => Ok(()),
            files => Err(format!("the run changed {}", files.join(", "))),
        }
    })
}

/// Each room compiles with its own feature alone, and the crate with none.
fn features(steps: &mut Steps) -> Result<(), String> {
    let all = feature_names()?;
    steps.step("features", || {
        for set in std::iter::once("").chain(all.iter().map(String::as_str)) {
            println!("   nhi-core with {}", if set.is_empty() { "no feature" } else { set });
            let status = steps::build(&["cargo", "clippy", "--quiet", "-p", "nhi-core", "--lib"])
                .args(["--no-default-features", "--features", set, "--", "-D", "warnings"])
                .status()
                .map_err(|e| e.to_string())?;
            if !status.success() {
                return Err(format!(
                    "nhi-core does not build with `--no-default-features --features \"{set}\"`"
                ));
            }
        }
        Ok(())
    })
}

fn feature_names() -> Result<Vec<String>, String> {
    let path = steps::root().join("nhi-core/Cargo.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let manifest: toml::Table = text.parse().map_err(|e| format!("nhi-core/Cargo.toml: {e}"))?;
    let names: Vec<String> = match manifest.get("features").and_then(toml::Value::as_table) {
        Some(features) => features.keys().filter(|name| *name != "default").cloned().collect(),
        None => Vec::new(),
    };
    // A guard that guards nothing: rooms alone are nine, `std` makes ten.
    if names.len() < 10 { Err(format!("only {} features found in nhi-core", names.len())) } else { Ok(names) }
}

/// The core links into a program without `std`, and runs there.
fn no_std(steps: &mut Steps) -> Result<(), String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return steps.skip("no_std proof", "the program is linked for Linux on x86-64 only");
    }
    // The versions of the workspace: cargo prunes the copy to what the program needs.
    let folder = "nhi-core/tests/no_std";
    std::fs::copy(steps::root().join("Cargo.lock"), steps::root().join(folder).join("Cargo.lock"))
        .map_err(|e| format!("{folder}/Cargo.lock: {e}"))?;
    let manifest = format!("{folder}/Cargo.toml");
    let target = ["--manifest-path", &manifest, "--target-dir", "target/no_std"];
    steps.command("no_std format", &["cargo", "fmt", "--manifest-path", &manifest, "--check"])?;
    steps.command("no_std proof", &[&["cargo", "run", "--quiet", "--release"][..], &target].concat())
}

fn dependencies() -> Result<(), String> {
    let all = feature_names()?;
    let lean: Vec<&str> = all.iter().map(String::as_str).filter(|f| !OPTIONAL_ROOMS.contains(f)).collect();
    let default = crates_below(&[])?;
    let without = crates_below(&["--no-default-features", "--features", &lean.join(",")])?;
    println!("   nhi-core: {} crates below it by default (limit {MOST_CRATES}):", default.len());
    println!("   {}", default.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
    println!("   {} without optional parsers (limit {MOST_CRATES_LEAN})", without.len());
    if default.is_empty() || default.len() >= MOST_CRATES || without.len() >= MOST_CRATES_LEAN {
        return Err("the tree of nhi-core has grown beyond its limit (or could not be read)".into());
    }
    Ok(())
}

fn crates_below(extra: &[&str]) -> Result<BTreeSet<String>, String> {
    let mut command = vec!["cargo", "tree", "-p", "nhi-core", "--edges", "normal", "--prefix", "none"];
    command.extend(["--format", "{p}"]);
    command.extend(extra);
    let text = steps::output(&command)?;
    let names = text.lines().filter_map(|line| line.split(' ').next());
    Ok(names.filter(|name| !name.is_empty() && *name != "nhi-core").map(String::from).collect())
}
