//! The HTML report in a browser: phone and desktop width, light and dark, of a company, an estate without anything,
//! a huge one, and one with names that are long or written from the right.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::steps::{self, root};

const PACKAGES: &[&str] = &["playwright-core@1", "axe-core@4"];

/// An estate of somebody who answers for nothing.
const OWNER: &str =
    r#"{"owner": {"kind": "team", "id": "platform", "name": "Platform", "status": "active"}}"#;

/// Whether what it needs is there.
pub(crate) fn missing() -> Option<&'static str> {
    let has = |tool| steps::output(&[tool, "--version"]).is_ok();
    match (has("chromium"), has("node") && has("npm")) {
        (false, _) => Some("chromium is not installed"),
        (_, false) => Some("node and npm are not installed"),
        _ => None,
    }
}

/// `cargo xtask browser`.
pub(crate) fn command(args: &[String]) -> Result<(), String> {
    match (args.first(), missing()) {
        (Some(unknown), _) => Err(format!("takes no argument, got `{unknown}`")),
        (None, Some(why)) => Err(why.into()),
        (None, None) => look(),
    }
}

/// Makes the reports, looks at each, and leaves pictures below `target/browser`.
pub(crate) fn look() -> Result<(), String> {
    let home = root().join("target/browser");
    let pictures = home.join("pictures");
    fs::create_dir_all(&pictures).map_err(|e| format!("{}: {e}", pictures.display()))?;
    write(&home.join("look.mjs"), include_str!("../browser/look.mjs"))?;
    write(&home.join("package.json"), "{\"private\": true}\n")?;
    let at = home.display().to_string();
    run(
        &[&["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", &at][..], PACKAGES].concat()
    )?;
    run(&["cargo", "build", "--release", "-q", "-p", "examples", "--bin", "govern"])?;
    let reports = [
        govern(&home, "company", None)?,
        govern(&home, "nothing", Some(OWNER.into()))?,
        govern(&home, "huge", Some((0..5_000).map(|n| record(&format!("service-{n}"))).collect()))?,
        govern(&home, "names", Some(names()))?,
    ];
    let profile = home.join("profile");
    let _ = fs::remove_dir_all(&profile);
    let (script, profile) = (home.join("look.mjs"), profile.display().to_string());
    let (script, pictures) = (script.display().to_string(), pictures.display().to_string());
    let reports: Vec<String> = reports.iter().map(|path| path.display().to_string()).collect();
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    run(&[&["node", script.as_str(), profile.as_str(), pictures.as_str()][..], &reports].concat())
}

/// One report; without records, that of the made-up company.
fn govern(home: &Path, name: &str, records: Option<String>) -> Result<PathBuf, String> {
    let dir = home.join(name);
    fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    // A run goes on from the ledger that is there.
    let _ = fs::remove_file(dir.join("ledger.jsonl"));
    let program = root().join("target/release/govern").display().to_string();
    let (out, input, pepper) = (dir.display().to_string(), dir.join("records.jsonl"), home.join("pepper"));
    let mut command = vec![program, "--out".into(), out];
    if let Some(records) = records {
        write(&input, &records)?;
        let input = input.display().to_string();
        command.extend(["--records".into(), input, "--now".into(), "2026-11-01T00:00:00Z".into()]);
        command.extend(["--pepper-file".into(), pepper.display().to_string()]);
    }
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    // 1 says that there are steps.
    let status = steps::build(&command)
        .stdout(std::process::Stdio::null())
        .status()
        .map_err(|e| format!("govern: {e}"))?;
    match status.code() {
        Some(0 | 1) => Ok(dir.join("report.html")),
        _ => Err(format!("govern of {name}: {status}")),
    }
}

fn record(name: &str) -> String {
    format!(
        "{{\"credential\": {{\"id\": \"corp/{name}/api_key\", \"identity\": \"{name}\", \"kind\": \"api_key\", \
         \"issuer\": \"corp\", \"external_ids\": [\"id-{name}\"], \"status\": {{\"known\": \"active\"}}, \
         \"purpose\": {{\"known\": \"serves {name}\"}}}}}}\n"
    )
}

fn names() -> String {
    let long = "a-very-long-name-without-any-place-to-break".repeat(4);
    let mut out = record(&long) + &record("שירות-תשלומים") + &record("خدمة-الدفع") + &record("a<b>&c");
    let _ = write!(out, "{}", record(&"W".repeat(200)));
    out
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

fn run(command: &[&str]) -> Result<(), String> {
    let status = steps::build(command).status().map_err(|e| format!("{}: {e}", command.join(" ")))?;
    if status.success() { Ok(()) } else { Err(format!("{status}: {}", command.join(" "))) }
}
