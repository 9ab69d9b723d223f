/*!
`cargo xtask verify`: the ledger of the bundled company, checked by programs that know nothing of us.

`examples/verify` holds verifiers in other languages, each with its language's standard library only. The ledger is
made by the engine; `verify-cases` changes, swaps, drops and cuts it, and says what the core finds; each verifier has
to find the same, in the same line.
*/

use crate::steps;

/// Cases, at least: a test that sees fewer tests nothing.
const LEAST: usize = 600;

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("takes no argument, got `{unknown}`"));
    }
    let cargo = ["cargo", "run", "--quiet", "--release", "--bin"];
    steps::output(&[&cargo[..], &["govern", "--", "--out", "target/verify"]].concat())?;
    let folder = steps::root().join("target/verify");
    let (ledger, cases) = (folder.join("ledger.jsonl"), folder.join("cases.jsonl"));
    if !ledger.exists() {
        return Err(format!("govern wrote no {}", ledger.display()));
    }
    let told = steps::output(&[&cargo[..], &["verify-cases", "--", "target/verify/ledger.jsonl"]].concat())?;
    let count = told.lines().count();
    if count < LEAST {
        return Err(format!("only {count} cases were made"));
    }
    std::fs::write(&cases, told).map_err(|e| format!("{}: {e}", cases.display()))?;
    println!("   {count} ledgers, good and bad");
    let ran = |command: &[&str]| -> Result<String, String> {
        let told = steps::build(command)
            .env("NHI_LEDGER", &ledger)
            .env("NHI_CASES", &cases)
            .output()
            .map_err(|e| format!("{}: {e}", command.join(" ")))?;
        let text =
            String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
        if told.status.success() {
            Ok(text)
        } else {
            Err(format!("`{}` ended with {}:\n{text}", command.join(" "), told.status))
        }
    };
    let node = ran(&["node", "--test", "--test-reporter=tap", "examples/verify/verify-ledger.test.mjs"])?;
    let count =
        |what: &str| node.lines().find_map(|line| line.strip_prefix(what)?.trim().parse::<u32>().ok());
    println!("   verify-ledger.mjs: {} tests pass", count("# pass").unwrap_or(0));
    if count("# pass").unwrap_or(0) < 10 || count("# skipped") != Some(0) {
        return Err(format!("verify-ledger.mjs: tests are missing:\n{node}"));
    }
    let python = ran(&["python3", "-B", "examples/verify/test_verify_ledger.py"])?;
    let passed =
        python.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next()?.parse::<u32>().ok());
    println!("   verify_ledger.py: {} tests pass", passed.unwrap_or(0));
    if passed.unwrap_or(0) < 3 || python.contains("skipped") {
        return Err(format!("verify_ledger.py: tests are missing:\n{python}"));
    }
    Ok(())
}
