//! What the programs write as SARIF, held against the published schema, and against what the schema can't say.
//!
//! The schema is that of OASIS (SARIF 2.1.0), as the package `serde-sarif` carries it. The limits are GitHub's:
//! <https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.

use std::{path::PathBuf, process::Command};

use nhi_core::classify::mint;
use serde_json::Value;

use crate::user::User;

const SCAN: &str = env!("CARGO_BIN_EXE_scan");
const GOVERN: &str = env!("CARGO_BIN_EXE_govern");

/// Where cargo keeps the package: it is locked by its checksum, and never compiled.
fn schema() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let args = ["metadata", "--format-version", "1", "--locked", "--manifest-path", manifest];
    let out = Command::new(cargo).args(args).output().expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").expect("it is locked");
    let manifest = PathBuf::from(package["manifest_path"].as_str().expect("a path"));
    let text = std::fs::read(manifest.with_file_name("src").join("schema.json")).expect("it has the schema");
    serde_json::from_slice(&text).expect("JSON")
}

/// Holds documents against the schema, their formats (URIs) included, and returns their runs.
fn valid(documents: &[&str]) -> Vec<Value> {
    const URL: &str = "https://schema.example/sarif-2.1.0.json";
    let schema = schema();
    assert!(schema["definitions"].as_object().is_some_and(|all| all.len() > 40), "it is the whole schema");
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource(URL, schema).expect("a schema");
    let index = compiler.compile(URL, &mut schemas).expect("it compiles");
    let wrong = serde_json::json!({"version": "2.1.0", "runs": [{"tool": {}}]});
    assert!(schemas.validate(&wrong, index).is_err(), "the validator looks");
    let mut runs = Vec::new();
    for document in documents {
        let log: Value = serde_json::from_str(document).expect("JSON");
        if let Err(error) = schemas.validate(&log, index) {
            panic!("{error:#}");
        }
        assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
        runs.push(log["runs"][0].clone());
    }
    runs
}

/// What the schema can't say, and what GitHub takes.
fn sound(run: &Value, document: &str) {
    let driver = &run["tool"]["driver"];
    let rules = driver["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert!(document.len() <= 10 << 20 && results.len() <= 25_000 && rules.len() <= 25_000);
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = rule[text]["text"].as_str().expect("GitHub asks for it");
            assert!(!text.is_empty() && text.len() <= 1024, "{rule}");
        }
        assert!(rule["id"].as_str().is_some_and(|id| !id.is_empty() && id.len() <= 255));
        assert!(rule["properties"]["tags"].as_array().is_some_and(|tags| tags.len() <= 20));
    }
    let taxonomies = run["taxonomies"].as_array().expect("taxonomies");
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        for taxon in result["taxa"].as_array().expect("taxa") {
            let of = taxon["toolComponent"]["index"].as_u64().expect("an index") as usize;
            assert_eq!(taxonomies[of]["name"], taxon["toolComponent"]["name"]);
            assert_eq!(taxonomies[of]["taxa"][0]["id"], taxon["id"]);
        }
        let locations = result["locations"].as_array().expect("locations");
        assert_eq!(locations.len(), 1);
        let place = &locations[0]["physicalLocation"];
        relative(place["artifactLocation"]["uri"].as_str().expect("a URI"));
        // The later edition of the schema asks for one of them.
        assert!(place["region"]["startLine"].as_u64().is_some_and(|line| line > 0), "{place}");
        let fingerprint = result["partialFingerprints"]["nhiSecret/v1"].as_str();
        assert!(fingerprint.is_some_and(|print| print.starts_with("hs256:")), "{result}");
    }
}

/// A relative URI reference whose every other character is escaped.
fn relative(uri: &str) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b);
    assert!(!uri.is_empty() && !uri.starts_with('/') && uri.bytes().all(plain), "{uri}");
    for escape in uri.split('%').skip(1) {
        assert!(escape.get(..2).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())), "{uri}");
    }
}

fn line(seed: u64) -> String {
    format!(
        "GITHUB_TOKEN={}\n",
        mint("github.personal-access-token-classic", seed).expect("in the catalogue")
    )
}

#[test]
fn what_scan_writes_is_valid_whether_it_finds_something_or_not() {
    let user = User::new();
    user.write("a b%20é{0}:#?.env", format!("𝒳 {}", line(1))).write("sub/two.env", line(2) + &line(3));
    let sarif = ["--format", "sarif"];
    let found = user.run(SCAN, &[&sarif[..], &["."]].concat()).ends_with(1);
    let again = user.run(SCAN, &[&sarif[..], &["."]].concat()).ends_with(1);
    let problem = user.run(SCAN, &[&sarif[..], &["sub/two.env", "no {such} file"]].concat()).ends_with(2);
    let nothing = user.pipe(SCAN, &[&sarif[..], &["-"]].concat(), b"nothing\n").ends_with(0);
    let piped = user.pipe(SCAN, &[&sarif[..], &["-"]].concat(), line(4).as_bytes()).ends_with(1);
    let documents = [&found.out, &problem.out, &nothing.out, &piped.out].map(String::as_str);
    let runs = valid(&documents);
    for (run, document) in runs.iter().zip(documents) {
        sound(run, document);
    }
    let counts: Vec<_> = runs.iter().map(|run| run["results"].as_array().map(Vec::len)).collect();
    assert_eq!(counts, [Some(3), Some(2), Some(0), Some(1)]);
    assert_eq!(found.out, again.out, "fingerprints and order are stable");
    let region = &runs[0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startColumn"], 17, "in UTF-16 units");
    assert_eq!(runs[1]["invocations"][0]["executionSuccessful"], false);
    let moved = user.write("sub/two.env", format!("\n\n{}{}", line(2), line(3)));
    let moved = moved.run(SCAN, &[&sarif[..], &["sub"]].concat()).ends_with(1);
    let moved = &valid(&[&moved.out])[0];
    for i in 0..2 {
        assert_eq!(moved["results"][i]["partialFingerprints"], runs[1]["results"][i]["partialFingerprints"]);
    }
}

#[test]
fn what_govern_writes_of_the_made_up_company_is_valid() {
    let user = User::new();
    user.run(GOVERN, &["--out", "out"]).ends_with(0);
    let text = std::fs::read_to_string(user.path("out").join("findings.sarif")).expect("it is written");
    let run = &valid(&[&text])[0];
    sound(run, &text);
    assert!(run["results"].as_array().is_some_and(|results| !results.is_empty()));
}
