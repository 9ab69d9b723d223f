/*!
`cargo xtask …`: the developer's commands, one file each.

What CI runs is what a developer runs: `.ci/run` calls `cargo xtask test` and nothing else. A step that fails stops
the command with exit code 1 and says which command it was.
*/

mod bench;
mod browser;
mod c;
mod c_install;
mod catalogue;
mod conformance;
mod deep;
mod fuzz;
mod instructions;
mod node;
mod python;
mod steps;
mod test;
#[cfg(test)]
mod tidy;
mod tree;
mod verify;

use std::process::ExitCode;

/// A subcommand: its name, what it is for, and what it runs.
type Command = (&'static str, &'static str, fn(&[String]) -> Result<(), String>);

const COMMANDS: &[Command] = &[
    ("test", "everything CI checks: format, lints, tests, features, no_std, dependencies", test::run),
    ("deep", "what takes longer: long property tests, benches once, licences, old interfaces", deep::run),
    ("python", "the wheel built, installed and tested; arguments go to pytest", python::run),
    ("node", "the npm package built, tested and installed; arguments go to node --test", node::run),
    ("browser", "report.html looked at in Chromium; pictures below target/browser", browser::command),
    ("bench", "the published figures; arguments: a language, or what goes to criterion", bench::run),
    ("fuzz", "the fuzz targets, 10 s each; --seconds N, --address, names of targets", fuzz::run),
    (
        "catalogue",
        "compile nhi-core/catalogue/*.toml into Rust tables; --check only compares",
        catalogue::run,
    ),
    ("conformance", "the same cases printed by every language, and state exchanged", conformance::run),
    ("c", "the C library and programs in C and C++ that use all of it; --install PREFIX", c::run),
    ("verify", "the ledger checked by programs in other languages", verify::run),
    ("help", "this list", help),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match args.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("help", &[][..]),
    };
    let name = if matches!(name, "--help" | "-h") { "help" } else { name };
    let Some((_, _, run)) = COMMANDS.iter().find(|(known, ..)| *known == name) else {
        eprintln!("xtask: no command `{name}`; `cargo xtask help` lists them");
        return ExitCode::from(2);
    };
    match run(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask {name}: {why}");
            ExitCode::FAILURE
        }
    }
}

fn help(_: &[String]) -> Result<(), String> {
    println!("cargo xtask COMMAND\n");
    for (name, what, _) in COMMANDS {
        println!("  {name:<10} {what}");
    }
    Ok(())
}
