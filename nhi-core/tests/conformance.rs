//! The conformance vectors (`vectors/README.md`): Rust prints what the other languages must print.
//! `NHI_BLESS=1 cargo test -p nhi-core --test conformance` writes `expected.txt`.

#[path = "conformance/cell.rs"]
mod cell;
#[path = "conformance/driver.rs"]
mod driver;
#[path = "conformance/print.rs"]
mod print;

use std::{collections::BTreeSet, env, fs};

use nhi_core::{Error, classify::Scanner, model::Level};

const CASES: &str = include_str!("../vectors/cases.tsv");
const SURFACE: &str = include_str!("../vectors/surface.tsv");
const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/expected.txt");
/// Cases and operations, at least: a guard that sees fewer guards nothing.
const LEAST_CASES: usize = 400;
const LEAST_OPERATIONS: usize = 70;
/// Operations without a case; the README says why.
const WITHOUT: &[&str] = &["baseline.score_many", "error_codes"];

fn cases() -> Vec<&'static str> {
    CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[test]
fn what_is_printed_is_what_is_expected() {
    let cases = cases();
    assert!(cases.len() >= LEAST_CASES, "only {} cases were seen", cases.len());
    let folder = |name: &str| env::var_os(name).map(Into::into);
    let mut driver = driver::Driver::default();
    (driver.save, driver.load) = (folder("NHI_SAVE"), folder("NHI_LOAD"));
    let printed: String = cases.iter().map(|case| driver.line(case) + "\n").collect();
    if env::var_os("NHI_BLESS").is_some() {
        fs::write(EXPECTED, &printed).expect("vectors/ is writable");
    }
    let expected = fs::read_to_string(EXPECTED).expect("vectors/expected.txt is there");
    for (printed, expected) in printed.lines().zip(expected.lines()) {
        assert_eq!(printed, expected, "run with NHI_BLESS=1 if this is meant");
    }
    assert_eq!(printed.len(), expected.len(), "run with NHI_BLESS=1 if this is meant");
}

#[test]
fn each_case_has_its_own_id() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        let id = case.split('\t').next().unwrap_or_default();
        assert!(seen.insert(id), "{id} is there twice");
        assert!(!case.ends_with('\t'), "{id} ends in a tab");
    }
}

#[test]
fn each_operation_of_the_surface_has_a_case() {
    let first = |line: &'static str| line.split('\t').next().unwrap_or_default();
    let surface: BTreeSet<&str> = SURFACE.lines().skip(1).map(first).collect();
    assert!(surface.len() >= LEAST_OPERATIONS, "only {} operations were seen", surface.len());
    let used: BTreeSet<&str> = cases().iter().filter_map(|case| case.split('\t').nth(1)).collect();
    let missing: Vec<_> = surface.difference(&used).filter(|name| !WITHOUT.contains(name)).collect();
    assert!(missing.is_empty(), "without a case: {missing:?}");
    let unknown: Vec<_> = used.difference(&surface).collect();
    assert!(unknown.is_empty(), "not in surface.tsv: {unknown:?}");
}

#[test]
fn each_error_code_is_met() {
    let expected = fs::read_to_string(EXPECTED).expect("vectors/expected.txt is there");
    let met: BTreeSet<&str> =
        expected.lines().filter_map(|line| line.split_once("\terr\t")).map(|(_, code)| code).collect();
    assert_eq!(met, Error::CODES.iter().copied().collect());
    let guards: BTreeSet<&str> =
        expected.lines().filter_map(|line| line.split("\trejected\t").nth(1)).collect();
    assert!(guards.len() >= 20, "only {} guards refused something", guards.len());
}

#[test]
fn the_files_hold_nothing_that_looks_like_a_secret() {
    let expected = fs::read_to_string(EXPECTED).expect("vectors/expected.txt is there");
    for text in [CASES, &expected] {
        let found = Scanner::builder().ignore_marks(false).build().scan(text.as_bytes());
        let secrets: Vec<_> = found.iter().filter(|found| found.level > Level::Low).collect();
        assert!(secrets.is_empty(), "{secrets:?}");
    }
}
