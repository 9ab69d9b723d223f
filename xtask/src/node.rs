/*!
`cargo xtask node`: the npm package built, tested, and installed as a user of it would.

What it needs comes from npm into `nhi-node/node_modules`. The loader and `index.d.ts` are made again and must be the
ones that are committed.
*/

use std::path::{Path, PathBuf};

use crate::steps::{self, Steps, root};

/// Most bytes of the package, packed.
const MOST_BYTES: u64 = 6_000_000;
/// What the build writes and git knows.
const GENERATED: &[&str] = &["nhi-node/index.d.ts", "nhi-node/native.js"];
/// Where the package is packed and installed.
const PACKED: &str = "target/npm";

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut steps = Steps::new("test")?;
    let ended = all(&mut steps, args);
    steps.finish(ended)
}

/// The steps, with further arguments for `node --test`.
pub(crate) fn all(steps: &mut Steps, given: &[String]) -> Result<(), String> {
    steps.step("node packages", packages)?;
    let before = generated()?;
    // For release, as it is given out: its size counts.
    steps.command("node build", &["node", "nhi-node/build.mjs", "--release"])?;
    steps.step("node generated files", || {
        if generated()? == before { Ok(()) } else { Err(format!("{GENERATED:?} differ: commit them")) }
    })?;
    let tests = test_files()?;
    let run = ["node", "--test", "--test-reporter=./nhi-node/test/reporter.mjs"];
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let files: Vec<&str> = tests.iter().map(String::as_str).collect();
    steps.command("node tests", &[&run[..], &given, &files].concat())?;
    let tsc = "nhi-node/node_modules/typescript/bin/tsc";
    steps.command("node types", &["node", tsc, "-p", "nhi-node/test/tsconfig.json"])?;
    steps.step("node package", package)
}

/// A million calls with stable memory.
pub(crate) fn many_calls(steps: &mut Steps) -> Result<(), String> {
    steps.step("node packages", packages)?;
    steps.command("node build", &["node", "nhi-node/build.mjs", "--release"])?;
    let run = ["env", "NHI_CALLS=1000000", "node", "--test", "--test-reporter=./nhi-node/test/reporter.mjs"];
    steps.command("node, a million calls", &[&run[..], &["nhi-node/test/memory.test.mjs"]].concat())
}

/// What calls cost beside the same calls in Rust.
pub(crate) fn bench(_: &[String]) -> Result<(), String> {
    packages()?;
    start(&["node", "nhi-node/build.mjs", "--release"])?;
    start(&["cargo", "build", "--quiet", "--release", "-p", "nhi-ffi", "--example", "border"])?;
    start(&["node", "nhi-node/bench/overhead.mjs"])
}

/// Installs what the lock file names, unless that is there.
fn packages() -> Result<(), String> {
    for tool in ["node", "npm"] {
        if steps::output(&[tool, "--version"]).is_err() {
            return Err(format!(
                "`{tool}` is missing: the tests of nhi-node need Node 18.17 or newer, with npm"
            ));
        }
    }
    let lock = read("nhi-node/package-lock.json")?;
    let stamp = root().join("nhi-node/node_modules/.installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    start(&["npm", "--prefix", "nhi-node", "ci", "--no-audit", "--no-fund", "--loglevel=error"])?;
    std::fs::write(&stamp, lock).map_err(|e| format!("{}: {e}", stamp.display()))
}

fn generated() -> Result<Vec<String>, String> {
    GENERATED.iter().map(|path| read(path)).collect()
}

fn test_files() -> Result<Vec<String>, String> {
    let files = files(&root().join("nhi-node/test"), ".test.mjs")?;
    if files.len() < 6 {
        Err(format!("only {} files of tests in nhi-node/test", files.len()))
    } else {
        Ok(files)
    }
}

/// Packs, looks at the size, and uses the package from a folder of its own that has no network.
fn package() -> Result<(), String> {
    let folder = root().join(PACKED);
    let _ = std::fs::remove_dir_all(&folder);
    let user = folder.join("user");
    std::fs::create_dir_all(&user).map_err(|e| format!("{}: {e}", user.display()))?;
    let packed = ["npm", "pack", "./nhi-node", "--pack-destination", PACKED, "--loglevel=error"];
    steps::output(&packed)?;
    let found = files(&folder, ".tgz")?;
    let [tarball] = found.as_slice() else { return Err(format!("{PACKED} holds {} packages", found.len())) };
    let bytes = std::fs::metadata(tarball).map_err(|e| format!("{tarball}: {e}"))?.len();
    println!("   {bytes} bytes (limit {MOST_BYTES})");
    if bytes > MOST_BYTES {
        return Err(format!("the package has {bytes} bytes"));
    }
    std::fs::write(user.join("package.json"), "{ \"private\": true }\n").map_err(|e| e.to_string())?;
    let prefix = format!("{PACKED}/user");
    let install = ["npm", "--prefix", &prefix, "install", "--offline", "--no-audit", "--no-fund"];
    start(&[&install[..], &["--loglevel=error", tarball]].concat())?;
    let script = "const nhi = require('nhi-node'); import('nhi-node').then(({ Scanner, mint }) => { \
                  const found = new Scanner().scan(mint('gitlab.personal-access-token', 7)); \
                  console.log(nhi.version, nhi.Scanner === Scanner, found.length) })";
    let told = steps::build(&["node", "-e", script])
        .current_dir(&user)
        .output()
        .map_err(|e| format!("node: {e}"))?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
    println!("   installed and loaded: {}", told.trim());
    if told.trim().ends_with(" true 1") {
        Ok(())
    } else {
        Err(format!("the installed package gave {told:?}"))
    }
}

/// Files of a folder whose names end so, sorted.
fn files(folder: &Path, end: &str) -> Result<Vec<String>, String> {
    let list = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let paths = list.filter_map(|entry| Some(entry.ok()?.path()));
    let mut names: Vec<String> = paths
        .filter_map(|path: PathBuf| path.to_str().map(String::from))
        .filter(|name| name.ends_with(end))
        .collect();
    names.sort();
    Ok(names)
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(path)).map_err(|e| format!("{path}: {e}"))
}

fn start(command: &[&str]) -> Result<(), String> {
    let status = steps::build(command).status().map_err(|e| format!("{}: {e}", command.join(" ")))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", command.join(" "))) }
}
