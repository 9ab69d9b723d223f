//! `cargo xtask bench [FILTER]`: the figures that the README and the changelog give.

use crate::steps;

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let status = steps::build(&["cargo", "bench", "-p", "benches", "--"])
        .args(args)
        .status()
        .map_err(|e| format!("cargo bench: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("cargo bench ended with {status}")) }
}
