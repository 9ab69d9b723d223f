/*!
`cargo xtask c`: the C library as a C programmer meets it.

Builds `libnhi`, compiles the programs of `nhi-ffi/tests/c` and `examples/guard/guard.c` with every warning an error, as
C11 and as C++17, against the static and the shared library, and runs each.
*/

use std::path::{Path, PathBuf};

use crate::steps;

const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-Wpedantic", "-Werror"];
/// What the static library needs of the system: `rustc --print native-static-libs`.
pub(crate) const SYSTEM: &[&str] = &["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"];
const TESTS: &[(&str, &[&str])] = &[("surface", &[]), ("records", &[]), ("bad", &[]), ("many", &["40000"])];
/// Functions of the header, at least: a guard that sees fewer guards nothing.
const LEAST: usize = 117;

/// The language that a program is compiled as.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum As {
    C,
    Cpp,
}

/// The form of the library that it is linked with.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum With {
    Static,
    Shared,
}

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    match args {
        [] => {}
        [flag, prefix] if flag == "--install" => return crate::c_install::install(prefix.as_ref()),
        _ => return Err(format!("takes nothing or `--install PREFIX`, got `{}`", args.join(" "))),
    }
    build()?;
    every_function_is_used()?;
    for language in [As::C, As::Cpp] {
        for library in [With::Static, With::Shared] {
            for (name, arguments) in TESTS {
                let program = compile(&format!("nhi-ffi/tests/c/{name}.c"), name, language, library)?;
                start(&[&[program.as_str()][..], arguments].concat())?;
            }
        }
    }
    one_room()?;
    guard()
}

/// `guard.c` prints what the README shows of it and of `guard.rs`, and the README has its lines.
fn guard() -> Result<(), String> {
    let source = read("examples/guard/guard.c")?;
    let (_, rest) =
        source.split_once("/* ---- what to copy ---- */\n").ok_or("guard.c has no function to copy")?;
    let (lines, _) =
        rest.split_once("/* ---- up to here ---- */").ok_or("the function to copy has no end")?;
    let readme = read("README.md")?;
    if lines.lines().count() < 30 || !readme.contains(&format!("```c\n{lines}```\n")) {
        return Err(format!("the README does not show the function of guard.c:\n```c\n{lines}```"));
    }
    let program = compile("examples/guard/guard.c", "guard", As::C, With::Shared)?;
    let told = without_times(&steps::output(&[&program])?);
    let (in_rust, rest) = readme.split_once("\n## C\n").ok_or("the README has no section on C")?;
    let (in_c, _) = rest.split_once("\n## ").ok_or("the section on C has no end")?;
    let mut shown = 0;
    for text in [in_rust, in_c].iter().filter_map(|text| text.split("```text\n").nth(1)?.split("```").next())
    {
        for call in without_times(text).split("\n\n") {
            shown += 1;
            if !told.contains(call) {
                return Err(format!("the README shows:\n{call}\nguard.c gave:\n{told}"));
            }
        }
    }
    if shown < 3 || told.matches("\ndecision ").count() != 5 || !told.ends_with(", chain verified") {
        return Err(format!("{shown} calls are shown, guard.c gave:\n{told}"));
    }
    println!("   guard.c prints what the README shows of it and of guard.rs");
    Ok(())
}

/// What a guard printed, with the microseconds left out: they alone differ from run to run.
fn without_times(text: &str) -> String {
    let line = |line: &str| match line.split_once(" us  ") {
        Some((before, after)) => format!("{} {after}", before.split_whitespace().next().unwrap_or_default()),
        None => line.to_string(),
    };
    text.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A million rounds of good and bad calls: the memory of the process stays where it was.
pub(crate) fn many() -> Result<(), String> {
    build()?;
    let program = compile("nhi-ffi/tests/c/many.c", "many", As::C, With::Shared)?;
    start(&[&program, "1000000"])
}

/// `cargo xtask bench c`: what a call costs beside the same call in Rust.
pub(crate) fn bench(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("takes no argument, got `{unknown}`"));
    }
    start(&["cargo", "run", "--quiet", "--release", "-p", "nhi-ffi", "--example", "border"])
}

/// A library of one room: the header is the same, the other functions are there and say that they were not built.
fn one_room() -> Result<(), String> {
    let target = "target/c/classify";
    let build = ["cargo", "build", "--quiet", "-p", "nhi-ffi", "--lib", "--target-dir", target];
    start(&[&build[..], &["--no-default-features", "--features", "classify"]].concat())?;
    let folder = steps::root().join(target).join("debug");
    let program = compile_with("nhi-ffi/tests/c/room.c", "room", As::C, With::Shared, &folder)?;
    start(&[&program])
}

/// The same programs under valgrind: no byte read or written that is not theirs, none left behind.
pub(crate) fn valgrind() -> Result<(), String> {
    build()?;
    for (name, arguments) in [("surface", &[][..]), ("records", &[]), ("bad", &[]), ("many", &["300"])] {
        let program = compile(&format!("nhi-ffi/tests/c/{name}.c"), name, As::C, With::Static)?;
        let valgrind = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=all"];
        let fail = ["--errors-for-leak-kinds=all", "--error-exitcode=9", &program];
        start(&[&valgrind[..], &fail, arguments].concat())?;
    }
    Ok(())
}

pub(crate) fn build() -> Result<(), String> {
    start(&["cargo", "build", "--quiet", "--release", "-p", "nhi-ffi"])
}

/// Compiles a program into `target/c` and gives its path.
pub(crate) fn compile(source: &str, name: &str, language: As, library: With) -> Result<String, String> {
    compile_with(source, name, language, library, &libraries()?)
}

/// As [`compile`], with the library of another folder.
fn compile_with(
    source: &str,
    name: &str,
    language: As,
    library: With,
    library_at: &Path,
) -> Result<String, String> {
    let path = |file: &str| library_at.join(file).display().to_string();
    let folder = steps::root().join("target/c");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let cpp = if language == As::Cpp { "-cpp" } else { "" };
    let shared = if library == With::Shared { "-shared" } else { "" };
    let program = folder.join(format!("{name}{cpp}{shared}")).display().to_string();
    let mut command: Vec<String> = match language {
        As::C => ["cc", "-std=c11"].map(String::from).to_vec(),
        As::Cpp => ["c++", "-std=c++17", "-x", "c++"].map(String::from).to_vec(),
    };
    command.extend(WARNINGS.iter().map(|flag| flag.to_string()));
    command.extend(["-O1", "-I", "nhi-ffi/include", "-I", "nhi-ffi/tests/c", source].map(String::from));
    command.extend(["-x", "none", "-o", &program].map(String::from));
    match library {
        With::Static => {
            command.push(path("libnhi.a"));
            command.extend(SYSTEM.iter().map(|flag| flag.to_string()));
        }
        With::Shared => {
            command.push(format!("-L{}", library_at.display()));
            // The old form of the run path comes before LD_LIBRARY_PATH, in which cargo names a library of its own.
            let path = format!("-Wl,--disable-new-dtags,-rpath,{}", library_at.display());
            command.extend(["-lnhi".into(), path]);
        }
    }
    start(&command.iter().map(String::as_str).collect::<Vec<_>>())?;
    Ok(program)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    steps::root().join(target)
}

/// Where it puts what it builds for release.
fn libraries() -> Result<PathBuf, String> {
    let folder = target().join("release");
    if folder.join("libnhi.a").exists() { Ok(folder) } else { Err("libnhi.a was not built".into()) }
}

pub(crate) fn start(command: &[&str]) -> Result<(), String> {
    let status = steps::build(command).status().map_err(|e| format!("{}: {e}", command.join(" ")))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", command.join(" "))) }
}

pub(crate) fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(steps::root().join(path)).map_err(|e| format!("{path}: {e}"))
}

/// The programs together call every function of the header: what is not called here is not tested.
fn every_function_is_used() -> Result<(), String> {
    let header = read("nhi-ffi/include/nhi.h")?;
    let used = read("nhi-ffi/tests/c/surface.c")? + &read("nhi-ffi/tests/c/records.c")?;
    let wrong = read("nhi-ffi/tests/c/bad.c")?;
    let functions = functions(&header);
    if functions.len() < LEAST {
        return Err(format!("only {} functions were seen in the header", functions.len()));
    }
    let calls = |text: &str, name: &str| text.contains(&format!("{name}("));
    if let Some(name) = functions.iter().find(|name| !calls(&used, name)) {
        return Err(format!("neither surface.c nor records.c calls {name}"));
    }
    // What takes no argument can't be called wrongly.
    let always = ["nhi_version", "nhi_error_new", "nhi_status_code"];
    if let Some(name) = functions.iter().find(|name| !always.contains(name) && !calls(&wrong, name)) {
        return Err(format!("bad.c does not call {name}"));
    }
    println!("   all {} functions of the header are called, well and wrongly", functions.len());
    Ok(())
}

/// Names of the functions that a header declares: each begins its line with its type.
fn functions(header: &str) -> Vec<&str> {
    let declared = header.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    declared
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("nhi_"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_told_from_types_and_comments() {
        let header = "/*\n nhi_no(such)\n */\ntypedef struct nhi_a nhi_a;\nconst char *nhi_version(void);\n\
                      enum nhi_status nhi_a_new(uint32_t flags,\n                  struct nhi_a **out);\n";
        assert_eq!(functions(header), ["nhi_version", "nhi_a_new"]);
    }
}
