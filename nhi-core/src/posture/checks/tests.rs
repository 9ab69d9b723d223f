//! What holds of all checks, and the pages made from them.

use alloc::{format, string::String, vec, vec::Vec};
use std::{env, fs, path::Path};

use super::{CHECKS, SOURCES, testing::good};
use crate::{
    model::{Credential, Fact, Status},
    posture::{self, Check, Estate, Outcome, Policy, View, framework},
    time::Timestamp,
};

#[test]
fn ids_are_unique_and_every_control_is_in_the_table() {
    assert_eq!(CHECKS.len(), 15);
    let mut used: Vec<&str> = Vec::new();
    for (i, check) in CHECKS.iter().enumerate() {
        assert!(CHECKS[i + 1..].iter().all(|other| other.id != check.id), "{}", check.id);
        assert!(!check.needs.is_empty() && !check.controls.is_empty(), "{}", check.id);
        for control in check.controls {
            assert!(framework::find(control).is_some(), "{} names {control}", check.id);
            used.push(control);
        }
        // `NHI7-b` belongs to item 7.
        if let Some(rest) = check.id.strip_prefix("NHI") {
            let item = rest.split('-').next().unwrap();
            assert_eq!(framework::owasp_nhi(&format!("NHI{item}")).unwrap().id, check.controls[0]);
        }
    }
    // What no check refers to is there only as an OWASP item that people may name.
    for control in framework::CONTROLS {
        let owasp = control.framework == framework::Framework::OwaspNhi;
        assert!(owasp || used.contains(&control.id), "{} is mapped to nothing", control.id);
    }
}

#[test]
fn a_credential_in_order_passes_every_check() {
    for check in CHECKS {
        good().passes(check);
    }
}

/// The rule that matters most: a record that says nothing passes nothing.
#[test]
fn nothing_known_passes_nothing() {
    let empty = Credential { id: "a/b/unknown".into(), ..Credential::default() };
    let estate = Estate { views: vec![View::new(&empty)], ..Estate::default() };
    for result in posture::run(&estate, Timestamp::default(), &Policy::default()) {
        assert!(matches!(&result.outcome, Outcome::Unknown { missing } if !missing.is_empty()), "{result:?}");
        assert!(result.severity.is_none() && result.command.is_none());
    }
}

#[test]
fn results_come_in_one_order_whatever_the_order_of_the_views() {
    let of = |id: &str| Credential {
        id: id.into(),
        status: Fact::Known(Status::Active),
        not_after: Fact::Absent,
        ..Credential::default()
    };
    let (a, b) = (of("a"), of("b"));
    let run = |views| {
        let estate = Estate { views, ..Estate::default() };
        posture::run(&estate, Timestamp::default(), &Policy::default())
    };
    let results = run(vec![View::new(&b), View::new(&a)]);
    assert_eq!(results, run(vec![View::new(&a), View::new(&b)]));
    assert_eq!(results.len(), 2 * CHECKS.len());
    let text = serde_json::to_string(&results).unwrap();
    assert_eq!(serde_json::from_str::<Vec<posture::CheckResult>>(&text).unwrap(), results);
}

/// `docs/checks.md` is made from the heads of the files and the metadata. Run with `NHI_BLESS=1` to write it.
#[test]
fn the_pages_are_fresh() {
    assert_eq!(SOURCES.len(), CHECKS.len());
    let mut text = String::from(
        "# Posture checks\n\n\
         Made from the files of `nhi-core/src/posture/checks/`; \
         `NHI_BLESS=1 cargo test -p nhi-core pages` writes it anew.\n\n\
         A check answers *pass*, *fail* with evidence, or *unknown* with what is missing. \
         Missing data is never a pass.\n\n\
         | Check | | Fails when |\n|---|---|---|\n",
    );
    for check in CHECKS {
        text += &format!("| {} | {} | {} |\n", check.id, check.title, check.fails_when);
    }
    for (check, source) in CHECKS.iter().zip(SOURCES) {
        text += &page(check, source);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/checks.md");
    if env::var_os("NHI_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "docs/checks.md is not what the checks say; run with NHI_BLESS=1");
}

fn page(check: &Check, source: &str) -> String {
    let head = source.strip_prefix("/*!\n").and_then(|rest| rest.split_once("\n*/")).unwrap().0;
    for part in ["**Why.**", "**Fails when**", "**Unknown when**", "**Remedy.**", "**References.**"] {
        assert!(head.contains(part), "{} says nothing of {part}", check.id);
    }
    let quoted = |words: &[&str]| words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ");
    let controls: Vec<String> = check
        .controls
        .iter()
        .filter_map(|id| framework::find(id))
        .map(|c| format!("- {}: {} {}\n", c.framework.title(), c.id, c.title))
        .collect();
    let command = check.command.map(|c| format!("Lifecycle command: `{c}`.\n\n")).unwrap_or_default();
    format!(
        "\n## {}: {}\n\n{head}\n\nNeeds: {}.\n\n{command}{}",
        check.id,
        check.title,
        quoted(check.needs),
        controls.concat()
    )
}
