/*!
`cargo xtask c --install PREFIX`: the C library as it is shipped, where programs and `pkg-config` look for it.

Each form of the library is built by itself: beside a Rust form cargo optimises nothing across crates.
*/

use std::path::{Path, PathBuf};

use crate::{c, steps};

/// What the shared library should stay below.
const GOAL_BYTES: u64 = 6_000_000;

pub(crate) fn install(prefix: &Path) -> Result<(), String> {
    // Programs name the place later, from elsewhere.
    let prefix = std::path::absolute(prefix).map_err(|e| format!("{}: {e}", prefix.display()))?;
    let version = env!("CARGO_PKG_VERSION");
    let major = version.split('.').next().unwrap_or(version);
    let soname = format!("libnhi.so.{major}");
    build("cdylib", &["-C", "strip=symbols", "-C", &format!("link-arg=-Wl,-soname,{soname}")])?;
    build("staticlib", &[])?;
    let built = c::target().join("dist");
    let (lib, include) = (prefix.join("lib"), prefix.join("include"));
    copy(&steps::root().join("nhi-ffi/include/nhi.h"), &include.join("nhi.h"))?;
    copy(&built.join("libnhi.a"), &lib.join("libnhi.a"))?;
    let whole = format!("libnhi.so.{version}");
    copy(&built.join("libnhi.so"), &lib.join(&whole))?;
    link(&whole, &lib.join(&soname))?;
    link(&soname, &lib.join("libnhi.so"))?;
    let config = c::read("nhi-ffi/nhi.pc.in")?
        .replace("@PREFIX@", &prefix.display().to_string())
        .replace("@VERSION@", version)
        .replace("@PRIVATE@", &c::SYSTEM.join(" "));
    let path = lib.join("pkgconfig/nhi.pc");
    folder_of(&path)?;
    std::fs::write(&path, config).map_err(|e| format!("{}: {e}", path.display()))?;
    let bytes = std::fs::metadata(lib.join(&whole)).map_err(|e| format!("{whole}: {e}"))?.len();
    println!("   {} has {bytes} bytes (goal {GOAL_BYTES})", lib.join(&whole).display());
    Ok(())
}

/// Installs into `target` and builds `guard.c` with what `pkg-config` says.
pub(crate) fn test() -> Result<(), String> {
    let prefix = steps::root().join("target/c/installed");
    install(&prefix)?;
    let program = steps::root().join("target/c/guard-installed").display().to_string();
    let config = format!("PKG_CONFIG_PATH={}", prefix.join("lib/pkgconfig").display());
    let flags = steps::output(&["env", &config, "pkg-config", "--cflags", "--libs", "nhi"])?;
    let mut command = vec!["cc", "-std=c11", "examples/guard/guard.c", "-o", &program];
    command.extend(flags.split_whitespace());
    c::start(&command)?;
    let path = format!("LD_LIBRARY_PATH={}", prefix.join("lib").display());
    let told = steps::output(&["env", &path, &program])?;
    if told.ends_with("chain verified\n") { Ok(()) } else { Err(format!("guard.c gave:\n{told}")) }
}

fn build(form: &str, flags: &[&str]) -> Result<(), String> {
    let cargo = ["cargo", "rustc", "--quiet", "--profile", "dist", "-p", "nhi-ffi", "--lib", "--crate-type"];
    c::start(&[&cargo[..], &[form, "--"], flags].concat())
}

fn folder_of(path: &Path) -> Result<(), String> {
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    folder_of(to)?;
    std::fs::copy(from, to).map_err(|e| format!("{} to {}: {e}", from.display(), to.display()))?;
    Ok(())
}

/// A name beside a file, in the place of an older one.
fn link(name: &str, at: &Path) -> Result<(), String> {
    let _ = std::fs::remove_file(at);
    #[cfg(unix)]
    let made = std::os::unix::fs::symlink(name, at);
    #[cfg(not(unix))]
    let made = std::fs::copy(at.with_file_name(name), at).map(|_| ());
    made.map_err(|e| format!("{}: {e}", at.display()))
}
