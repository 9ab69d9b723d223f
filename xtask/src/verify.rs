/*!
`cargo xtask verify`: the ledger of the bundled company, checked by programs that know nothing of us.

`examples/verify` holds verifiers in other languages, each with its language's standard library only; their tests
change, swap, drop and cut the ledger.
*/

use crate::steps;

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("takes no argument, got `{unknown}`"));
    }
    steps::output(&[
        "cargo",
        "run",
        "--quiet",
        "--release",
        "--bin",
        "govern",
        "--",
        "--out",
        "target/verify",
    ])?;
    let ledger = steps::root().join("target/verify/ledger.jsonl");
    if !ledger.exists() {
        return Err(format!("govern wrote no {}", ledger.display()));
    }
    let tests = "examples/verify/verify-ledger.test.mjs";
    let told = steps::build(&["node", "--test", "--test-reporter=tap", tests])
        .env("NHI_LEDGER", &ledger)
        .output()
        .map_err(|e| format!("node: {e}"))?;
    let text = String::from_utf8_lossy(&told.stdout);
    let count =
        |what: &str| text.lines().find_map(|line| line.strip_prefix(what)?.trim().parse::<u32>().ok());
    println!("   verify-ledger.mjs: {} tests pass", count("# pass").unwrap_or(0));
    if !told.status.success() || count("# pass").unwrap_or(0) < 8 || count("# skipped") != Some(0) {
        return Err(format!("`node --test {tests}` ended with {}:\n{text}", told.status));
    }
    Ok(())
}
