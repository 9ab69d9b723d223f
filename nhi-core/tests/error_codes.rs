//! `docs/error-codes.md` is made from `src/error.rs`: `NHI_BLESS=1 cargo test -p nhi-core --test error_codes`.

use nhi_core::Error;

const SOURCE: &str = include_str!("../src/error.rs");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/error-codes.md");

/// Codes that only bindings have: what a language can do wrong, or what is no error of the core.
const OF_BINDINGS: &str = "
The bindings have a few more:

| code | where | meaning |
|---|---|---|
| `rejected` | Python, Node, C | A guard of the lifecycle refuses the command; the error names it. Timers that were due ran. |
| `internal` | Python, Node | A defect of nhi: the call was given up, the process is unharmed. |
| `panic` | C | The same. |
| `null_pointer` | C | An argument that is needed is NULL. |
| `not_built` | C | The function belongs to a room that this build leaves out. |

An argument of another type than expected is `invalid_argument`; in Python the exception is a `TypeError` too.
";

/// Code, what it means, and the text with its fields, of each variant in the source.
fn variants() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let mut doc = String::new();
    for line in SOURCE.lines().map(str::trim) {
        if let Some(more) = line.strip_prefix("/// ") {
            doc.push_str(more);
            doc.push(' ');
        } else if let Some(text) = line.strip_prefix("#[error(\"").and_then(|l| l.strip_suffix("\")]")) {
            let (meaning, rest) = doc.split_once("Code `").expect("the doc names the code");
            let (code, after) = rest.split_once("`.").expect("the code ends in a backtick and a full stop");
            found.push((code.into(), format!("{meaning}{}", after.trim()).trim().into(), text.into()));
        } else {
            doc.clear();
        }
    }
    found.sort();
    found
}

#[test]
fn every_code_is_documented_and_no_other() {
    let documented: Vec<String> = variants().into_iter().map(|(code, ..)| code).collect();
    assert!(documented.len() >= 9, "only {} variants were seen", documented.len());
    assert_eq!(documented, Error::CODES);
}

#[test]
fn texts_are_lower_case_without_a_full_stop() {
    for (code, _, text) in variants() {
        assert!(!text.ends_with('.'), "{code}: {text}");
        assert!(!text.starts_with(char::is_uppercase), "{code}: {text}");
    }
}

#[test]
fn the_page_is_current() {
    let mut page = String::from(
        "# Error codes\n\nMade from `nhi-core/src/error.rs`; do not edit. A code is the same in every language and \
         never changes its meaning.\nAn error means that the call as a whole could not be done and that nothing was \
         changed. What is wrong *inside* foreign\ninput is no error but a list of problems beside the rest. No text \
         holds a secret.\n\n| code | meaning | text |\n|---|---|---|\n",
    );
    for (code, meaning, text) in variants() {
        page += &format!("| `{code}` | {meaning} | {text} |\n");
    }
    page += OF_BINDINGS;
    if std::env::var_os("NHI_BLESS").is_some() {
        std::fs::write(PAGE, &page).expect("docs/ is writable");
    }
    let found = std::fs::read_to_string(PAGE).expect("docs/error-codes.md is there");
    assert_eq!(found, page, "stale: run with NHI_BLESS=1");
}
