//! `govern` as a user runs it, and the story it tells of the bundled company: found, not known.

use std::collections::BTreeSet;

use common::estate::Fault;
use nhi_core::model::Finding;

use crate::user::{Ran, User};

const GOVERN: &str = env!("CARGO_BIN_EXE_govern");

fn govern(user: &User, args: &[&str]) -> Ran {
    user.run(GOVERN, args)
}

fn without(faults: &[Fault]) -> Vec<&'static str> {
    faults.iter().flat_map(|fault| ["--without", fault.name()]).collect()
}

/// The paragraphs of the steps, without their numbers.
fn paragraphs(user: &User) -> BTreeSet<String> {
    let report = std::fs::read_to_string(user.path("target/nhi-report/report.md")).unwrap();
    let steps = report.split("## Steps\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let steps = steps.split("\n### ").skip(1);
    steps.map(|step| step.split_once(". ").map_or(step, |(_, rest)| rest).trim().to_string()).collect()
}

#[test]
fn every_fault_is_one_paragraph_and_leaving_it_out_removes_exactly_that() {
    let user = User::new();
    assert_eq!(govern(&user, &[]).code, 0);
    let all = paragraphs(&user);
    assert_eq!(all.len(), Fault::ALL.len(), "{all:#?}");
    for fault in Fault::ALL {
        assert_eq!(govern(&user, &without(&[*fault])).code, 0);
        let rest = paragraphs(&user);
        let gone: Vec<&String> = all.difference(&rest).collect();
        let new: Vec<&String> = rest.difference(&all).collect();
        assert!(new.is_empty(), "without {fault} something else is told: {new:#?}");
        let [gone] = gone[..] else { panic!("without {fault} these went: {gone:#?}") };
        assert!(
            gone.contains(fault.unit()) || fault.unit().starts_with("checkout-signing"),
            "{fault}: {gone}"
        );
    }
}

#[test]
fn a_company_without_faults_has_nothing_to_do() {
    let user = User::new();
    let ran = govern(&user, &without(Fault::ALL));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("Nothing to do: "), "{}", ran.out);
    assert!(paragraphs(&user).is_empty());
}

#[test]
fn the_first_screen_is_what_a_person_needs_first() {
    let user = User::new();
    let ran = govern(&user, &[]);
    assert!(ran.out.lines().count() <= 24, "{}", ran.out);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].contains("credentials") && lines[0].ends_with('.'), "{}", lines[0]);
    for n in 1..=3 {
        let at = lines.iter().position(|line| line.starts_with(&format!(" {n}. "))).unwrap();
        assert!(lines[at + 1].starts_with("    why "), "{}", lines[at + 1]);
        assert!(lines[at + 2].starts_with("    do  "), "{}", lines[at + 2]);
        assert!(!lines[at + 2].contains('?'), "an argument is not filled in: {}", lines[at + 2]);
    }
    assert!(ran.out.contains("contained ") && ran.out.contains("waiting for a person"), "{}", ran.out);
    assert!(lines.iter().any(|line| line.starts_with("Now try it on your own code")));
    assert!(!ran.out.lines().any(|line| line.chars().count() > 160));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let (a, b) = (User::new(), User::new());
    assert_eq!(govern(&a, &[]).out, govern(&b, &[]).out);
    for file in ["report.md", "estate.json", "findings.sarif", "ledger.jsonl"] {
        let read = |user: &User| std::fs::read(user.path("target/nhi-report").join(file)).unwrap();
        assert!(read(&a) == read(&b), "{file} differs");
        assert!(!read(&a).is_empty(), "{file} is empty");
    }
}

#[test]
fn nothing_written_holds_a_secret_of_the_company() {
    let user = User::new();
    govern(&user, &[]);
    let estate = common::estate::generate(common::estate::SEED, &[]);
    let scanner = nhi_core::classify::Scanner::default();
    let mut secrets = BTreeSet::new();
    for (_, bytes) in &estate.source {
        // The id of a key is public, its secret is not.
        let secret =
            |f: &&Finding| f.credential_kind.is_secret() && !f.attributes.contains_key("external_id");
        for found in scanner.scan(bytes).iter().filter(secret) {
            let span = usize::try_from(found.start).unwrap()..usize::try_from(found.end).unwrap();
            secrets.insert(bytes[span].to_vec());
        }
    }
    assert!(!secrets.is_empty());
    for file in ["report.md", "estate.json", "findings.sarif", "ledger.jsonl"] {
        let bytes = std::fs::read(user.path("target/nhi-report").join(file)).unwrap();
        for secret in &secrets {
            let middle = &secret[secret.len() / 4..secret.len() * 3 / 4];
            assert!(!bytes.windows(middle.len()).any(|w| w == middle), "{file} shows a secret");
        }
    }
}

#[test]
fn the_company_as_files_is_assessed_alike() {
    let user = User::new();
    let estate = common::estate::generate(common::estate::SEED, &[]);
    user.write("pepper", estate.pepper.expose_file());
    for (path, bytes) in &estate.source {
        user.write(&format!("source/{path}"), bytes);
    }
    let now = estate.now.to_string();
    let mut args: Vec<String> =
        ["--source", "source", "--pepper-file", "pepper", "--now", &now].map(Into::into).into();
    for file in &estate.files {
        user.write(&format!("exports/{}", file.name), &file.bytes);
        args.extend([format!("--{}", file.flag), format!("exports/{}", file.name)]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let ran = govern(&user, &args);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let told = paragraphs(&user).len();
    assert_eq!(told, Fault::ALL.len());
}

#[test]
fn observing_orders_nothing_and_says_what_it_would() {
    let user = User::new();
    govern(&user, &["--observe"]);
    let estate = std::fs::read_to_string(user.path("target/nhi-report/estate.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&estate).unwrap();
    let responses = report["responses"].as_array().unwrap();
    assert!(!responses.is_empty() && responses.iter().all(|r| r["ordered"] == false), "{responses:?}");
    let ledger = std::fs::read_to_string(user.path("target/nhi-report/ledger.jsonl")).unwrap();
    assert!(!ledger.contains("\"Responded\""));
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_assessed() {
    let user = User::new();
    let id = nhi_core::classify::mint_aws_key_id(111_122_223_333, 7);
    let good = format!(
        r#"{{"UserName": "ci", "Status": "Active", "CreateDate": "2020-01-01T00:00:00Z", "AccessKeyId": "{id}"}}"#
    );
    user.write("keys.json", format!(r#"{{"AccessKeyMetadata": [{good}, {{"UserName": 7}}]}}"#));
    user.write("noise.bin", [0xff, 0, 1, 2]);
    let args =
        ["--aws-access-keys", "keys.json", "noise.bin", "missing.json", "--now", "2026-11-01T00:00:00Z"];
    let ran = govern(&user, &args);
    assert_eq!(ran.code, 2);
    for name in ["keys.json", "noise.bin", "missing.json"] {
        assert!(ran.err.contains(name), "{}", ran.err);
    }
    assert!(ran.out.contains("1 of 1 credential"), "{}", ran.out);
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let user = User::new();
    for args in [
        &["--without", "nothing"][..],
        &["--now", "yesterday"],
        &["--source"],
        &["--policy", "missing.json"],
        &["--unknown"],
        &["stray"],
        &["--source", ".", "--without", "owner-left"],
    ] {
        let ran = govern(&user, args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with("govern: "), "{}", ran.err);
    }
    user.write("policy.json", r#"{"posture": {"dormant": 1}}"#);
    let ran = govern(&user, &["--policy", "policy.json"]);
    assert!(ran.code == 2 && ran.err.contains("dormant"), "{}", ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn what_never_ends_is_refused_and_standard_error_may_be_full() {
    let user = User::new();
    let ran = govern(&user, &["--records", "/dev/zero"]);
    assert!(ran.code == 2 && ran.err.contains("/dev/zero: is not a regular file"), "{}", ran.err);
    let ran = govern(&user, &["--policy", "/dev/zero"]);
    assert!(ran.code == 2 && ran.err.contains("/dev/zero: is not a regular file"), "{}", ran.err);
    user.write("policy.json", " ".repeat((1 << 20) + 1));
    let ran = govern(&user, &["--policy", "policy.json"]);
    assert!(ran.err.contains("policy.json: has more than 1048576 bytes"), "{}", ran.err);
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut command = user.command(GOVERN, &["--records", "nope"]);
    let ended = command.stderr(full).output().expect("govern starts");
    assert_eq!(ended.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn the_report_is_written_beside_and_renamed_never_through_a_link() {
    let user = User::new();
    user.write("mine", "keep").write("out/findings.sarif/x", "");
    std::os::unix::fs::symlink("../mine", user.path("out/report.md")).expect("a link can be made");
    let ran = govern(&user, &["--out", "out"]);
    assert!(ran.code == 2 && ran.err.contains("findings.sarif: is a directory"), "{}", ran.err);
    std::fs::remove_dir_all(user.path("out/findings.sarif")).unwrap();
    assert_eq!(govern(&user, &["--out", "out"]).code, 0);
    assert_eq!(std::fs::read_to_string(user.path("mine")).unwrap(), "keep");
    assert!(user.path("out/report.md").symlink_metadata().unwrap().is_file());
    let page = std::fs::read_to_string(user.path("out/report.html")).expect("the report as a page");
    assert!(page.starts_with("<!doctype html>") && !page.contains("<script"));
    assert_eq!(std::fs::read_dir(user.path("out")).unwrap().count(), 5, "a draft is left behind");
}

/// The blocks of a document in a language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(document);
    let text = std::fs::read_to_string(path).expect("the document is there");
    let opening = format!("```{language}\n");
    let parts = text.split(&opening).skip(1);
    parts.map(|part| part.split("```").next().unwrap_or_default().to_string()).collect()
}

#[test]
fn the_examples_of_the_forms_are_read_without_a_word() {
    let user = User::new();
    let [records, activities] = &blocks("formats.md", "jsonl")[..] else { panic!("two blocks") };
    let owners = &blocks("formats.md", "csv")[0];
    user.write("r.jsonl", records).write("a.jsonl", activities).write("o.csv", owners);
    let now = "2026-11-03T00:00:00Z";
    let args = [
        "--records",
        "r.jsonl",
        "--activities",
        "a.jsonl",
        "--owners",
        "o.csv",
        "--now",
        now,
        "--pepper-file",
    ];
    let ran = govern(&user, &[&args[..], &["pepper"]].concat());
    let told: Vec<&str> = ran.err.lines().filter(|line| !line.contains("made a new pepper")).collect();
    assert!(told.is_empty() && ran.code != 2, "{}: {told:?}", ran.code);
}

#[test]
fn the_page_of_the_policy_has_every_field_with_its_default() {
    use nhi_core::assess::Policy;

    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policy.md");
    let text = std::fs::read_to_string(page).expect("the page is there");
    let policy = serde_json::to_value(Policy::default()).expect("JSON");
    let rest = ["lifecycle", "posture"].map(|part| policy[part].clone());
    for part in [policy, rest[0]["response"].clone(), rest[0].clone(), rest[1].clone()] {
        for (field, default) in part.as_object().expect("an object") {
            let row = match field.as_str() {
                "lifecycle" | "posture" => format!("| `{field}` | `{{}}`"),
                "response" | "rules" => format!("| `{field}` | "),
                _ => format!("| `{field}` | `{default}`"),
            };
            assert!(text.contains(&row), "no row begins: {row}");
        }
    }
    for example in blocks("policy.md", "json") {
        let policy: Policy = serde_json::from_str(&example).expect("the example is a policy");
        policy.validate().expect("the example is valid");
    }
}

#[test]
fn a_stolen_key_is_told_by_where_it_was_used_from() {
    let user = User::new();
    govern(&user, &[]);
    let stolen = Fault::StolenKey.unit();
    let told = paragraphs(&user).into_iter().find(|step| step.starts_with(stolen)).expect("its paragraph");
    let title = told.lines().next().unwrap_or_default();
    assert!(title.contains("network AS65540") || title.contains("country SG"), "{title}");
    assert!(told.contains("network AS65540") && told.contains("country SG"), "{told}");
}
