use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use nhi_core::{
    Fingerprint, Pepper,
    adapters::{self, Input},
    baseline::{Baseline, Config},
    classify::Scanner,
    lifecycle::{Command, Lifecycle, Policy},
    model::{Activity, Level},
    time::Timestamp,
};
use serde_json::Value;

use super::{
    Estate, Fault, SEED,
    company::{Company, Home, NOW},
    faults, generate, tree,
};

/// The company with every fault but `without`.
fn company(without: Option<Fault>) -> Company {
    let mut company = Company::new(SEED);
    for fault in Fault::ALL.iter().filter(|fault| Some(**fault) != without) {
        faults::plant(*fault, SEED, &mut company);
    }
    company
}

/// Every file of the estate by name.
fn all_files(estate: &Estate) -> BTreeMap<String, &[u8]> {
    let source = estate.source.iter().map(|(path, bytes)| (format!("source/{path}"), bytes.as_slice()));
    source.chain(estate.files.iter().map(|file| (file.name.clone(), file.bytes.as_slice()))).collect()
}

/// What one can tell apart in a file: elements of the arrays of a JSON export, else lines.
fn pieces(name: &str, bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap();
    if name.starts_with("source/") || !name.ends_with(".json") {
        return text.lines().map(Into::into).collect();
    }
    match serde_json::from_str(text).unwrap() {
        Value::Array(items) => items.iter().map(Value::to_string).collect(),
        Value::Object(members) => members
            .values()
            .flat_map(|member| match member {
                Value::Array(items) => items.iter().map(Value::to_string).collect(),
                other => vec![other.to_string()],
            })
            .collect(),
        other => vec![other.to_string()],
    }
}

/// Pieces that are in one of two files only.
fn difference(mut a: Vec<String>, mut b: Vec<String>) -> Vec<String> {
    a.sort();
    b.sort();
    let only = |x: &[String], y: &[String]| -> Vec<String> {
        x.iter().filter(|piece| y.binary_search(piece).is_err()).cloned().collect()
    };
    [only(&a, &b), only(&b, &a)].concat()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let (one, two, other) = (generate(SEED, &[]), generate(SEED, &[]), generate(SEED + 1, &[]));
    assert_eq!(all_files(&one), all_files(&two));
    assert_eq!(one.pepper.expose_file(), two.pepper.expose_file());
    assert_ne!(all_files(&one), all_files(&other));
}

#[test]
fn a_fault_left_out_changes_only_what_speaks_of_its_unit() {
    let sick = generate(SEED, &[]);
    for fault in Fault::ALL {
        let better = generate(SEED, &[*fault]);
        let mut marks = vec![fault.unit().to_string()];
        for company in [company(None), company(Some(*fault))] {
            let unit = company.units.iter().find(|unit| unit.name == fault.unit()).unwrap();
            marks.extend(unit.versions.iter().map(|version| version.external_id.clone()));
        }
        let (mut changed, before, after) = (0, all_files(&sick), all_files(&better));
        assert!(before.keys().eq(after.keys()), "{fault}: other files");
        for (name, bytes) in &before {
            let pieces = difference(pieces(name, bytes), pieces(name, after[name]));
            changed += pieces.len();
            if let Some(path) = name.strip_prefix("source/") {
                let template = tree::TEMPLATES.iter().find(|(of, _)| *of == path).unwrap().1;
                assert!(
                    pieces.is_empty() || template.contains(&format!("{{{{if {fault}}}}}")),
                    "{fault}: {name}"
                );
                continue;
            }
            for piece in pieces {
                assert!(marks.iter().any(|mark| piece.contains(mark)), "{fault}: {name}: {piece}");
            }
        }
        assert!(changed > 0, "{fault} changes nothing");
    }
}

#[test]
fn faults_have_units_and_names_of_their_own() {
    let mut units: Vec<_> = Fault::ALL.iter().map(|fault| fault.unit()).collect();
    units.sort_unstable();
    units.dedup();
    assert_eq!(units.len(), Fault::ALL.len());
    assert!(Fault::ALL.is_sorted_by_key(|fault| fault.name()));
    for fault in Fault::ALL {
        assert_eq!(fault.name().parse(), Ok(*fault));
    }
    assert!("owner_left".parse::<Fault>().unwrap_err().contains("owner-left"));
}

#[test]
fn every_json_file_and_line_can_be_read() {
    for without in [&[], Fault::ALL] {
        let estate = generate(SEED, without);
        for (name, bytes) in all_files(&estate) {
            let text = std::str::from_utf8(bytes).unwrap();
            if name.ends_with(".json") || name.ends_with(".ipynb") {
                serde_json::from_str::<Value>(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            } else if name.ends_with(".jsonl") {
                for line in text.lines() {
                    serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{name}: {e}: {line}"));
                }
            }
            assert!(!text.contains("{{mint") && !text.contains("{{if"), "{name} has a directive left");
        }
    }
}

#[test]
fn the_whole_is_small_and_in_the_past() {
    let estate = generate(SEED, &[]);
    let bytes: usize = all_files(&estate).values().map(|bytes| bytes.len()).sum();
    assert!(bytes < 3 << 20, "{bytes} bytes");
    let activities = estate.files.iter().find(|file| file.flag == "activities").unwrap();
    let mut last = String::new();
    for line in std::str::from_utf8(&activities.bytes).unwrap().lines() {
        let time = serde_json::from_str::<Value>(line).unwrap()["time"].as_str().unwrap().to_string();
        assert!(last <= time && time < NOW.to_string(), "{time} after {last}");
        last = time;
    }
}

#[test]
fn secrets_stand_only_where_a_fault_put_them() {
    let healthy = generate(SEED, Fault::ALL);
    let units = company(None).units;
    let secrets: Vec<&str> =
        units.iter().flat_map(|unit| &unit.versions).map(|version| version.secret.as_str()).collect();
    for (name, bytes) in all_files(&healthy) {
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{name} holds a secret");
    }
    let sick = generate(SEED, &[]);
    let holders: Vec<String> = all_files(&sick)
        .into_iter()
        .filter(|(_, bytes)| secrets.iter().any(|s| std::str::from_utf8(bytes).unwrap().contains(s)))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        holders,
        ["gitleaks.json", "source/notebooks/weekly-sales.ipynb", "source/services/order-export/settings.py"]
    );
}

#[test]
fn access_key_ids_carry_their_account() {
    for unit in company(None).units {
        let Home::AwsUser(account) = unit.home else { continue };
        for version in &unit.versions {
            let digits = version.external_id.bytes().skip(4).map(|b| match b {
                b'A'..=b'Z' => u128::from(b - b'A'),
                _ => u128::from(b - b'2') + 26,
            });
            let body = digits.fold(0u128, |body, digit| body << 5 | digit);
            // First six of the ten bytes, AND 0x7fffffffff80, shifted right by seven.
            assert_eq!((body >> 32 & 0x7fff_ffff_ff80) >> 7, u128::from(account.id), "{}", unit.name);
            assert_eq!(version.external_id.len(), 20);
        }
    }
}

/// What our own scanner finds in the source tree of `estate`: path, rule, fingerprint.
fn scan(estate: &Estate) -> Vec<(String, String, Option<Fingerprint>)> {
    let pepper = Pepper::parse(&estate.pepper.expose_file()).unwrap();
    let scanner = Scanner::builder().pepper(Arc::new(pepper)).build();
    let files = estate.source.iter();
    let found = files.flat_map(|(path, bytes)| scanner.scan_file(path, bytes));
    found
        .filter(|finding| finding.level > Level::Low)
        .map(|finding| (finding.path.unwrap_or_default(), finding.rule, finding.fingerprint))
        .collect()
}

#[test]
fn the_scanner_finds_what_was_put_into_the_tree_and_nothing_else() {
    assert_eq!(scan(&generate(SEED, Fault::ALL)), []);
    let sick = generate(SEED, &[]);
    let units = company(None).units;
    let secret = |name: &str| {
        let unit = units.iter().find(|unit| unit.name == name).unwrap();
        Some(sick.pepper.fingerprint(unit.current().unwrap().secret.as_bytes()))
    };
    let (notebook, settings) = ("notebooks/weekly-sales.ipynb", "services/order-export/settings.py");
    let found = scan(&sick);
    assert!(found.iter().all(|(path, ..)| path == notebook || path == settings), "{found:?}");
    let webhook = (notebook.into(), "slack.incoming-webhook-url".into(), secret("ops-alerts"));
    assert!(found.contains(&webhook), "{found:?}");
    assert!(found.iter().any(|(_, _, print)| *print == secret("order-export")), "{found:?}");
}

#[test]
fn adapters_read_every_export_without_a_problem() {
    for without in [&[], Fault::ALL] {
        let (estate, mut read) = (generate(SEED, without), 0);
        for file in &estate.files {
            if adapters::detect(&file.name, &file.bytes).is_empty() {
                continue;
            }
            let input = Input {
                name: &file.name,
                bytes: &file.bytes,
                read_at: estate.now,
                pepper: Some(&estate.pepper),
                adapter: None,
            };
            let parsed = adapters::parse(&input).unwrap();
            assert_eq!(parsed.problems, [], "{}", file.name);
            read += 1;
        }
        assert!(read >= 9, "{read} exports of {} read", estate.files.len());
    }
}

/// The lifecycle after every command of `estate`, with the timers of the time between.
fn told(estate: &Estate) -> Lifecycle {
    let mut lifecycle = Lifecycle::new(Policy::default()).unwrap();
    let records = estate.files.iter().find(|file| file.flag == "records").unwrap();
    for line in std::str::from_utf8(&records.bytes).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let Some(command) = line.get("command") else { continue };
        let at = Timestamp::parse_rfc3339(line["at"].as_str().unwrap()).unwrap();
        while let Some(due) = lifecycle.next_deadline().filter(|due| *due <= at) {
            lifecycle.tick(due);
        }
        let command = Command::from_json(command, at).unwrap();
        lifecycle.apply(&command, at).unwrap_or_else(|why| panic!("{why:?}: {line}"));
    }
    while let Some(due) = lifecycle.next_deadline().filter(|due| *due <= estate.now) {
        lifecycle.tick(due);
    }
    lifecycle
}

#[test]
fn the_lifecycle_accepts_every_command() {
    for without in [&[], Fault::ALL] {
        let estate = generate(SEED, without);
        let lifecycle = told(&estate);
        assert!(lifecycle.states().len() >= 3);
        let stuck = lifecycle.ledger().to_jsonl().matches("RotationStuck").count();
        let ended = lifecycle.ledger().to_jsonl().matches("ExceptionEnded").count();
        assert_eq!((stuck, ended), if without.is_empty() { (1, 1) } else { (0, 0) });
    }
}

#[test]
fn only_the_units_that_misbehave_alert() {
    let alerting = |without: &[Fault]| {
        let estate = generate(SEED, without);
        let activities = estate.files.iter().find(|file| file.flag == "activities").unwrap();
        let mut baseline = Baseline::new(Config::default());
        let mut units = BTreeSet::new();
        for line in std::str::from_utf8(&activities.bytes).unwrap().lines() {
            let mut activity: Activity = serde_json::from_str(line).unwrap();
            // As the inventory resolves it: a key that was rotated keeps its baseline.
            activity.credential = activity.workload.clone().unwrap();
            if baseline.closing_due(&activity) {
                baseline.close_epoch(activity.time);
            }
            if baseline.score(&activity).unwrap().alert {
                units.insert(activity.credential);
            }
        }
        units.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(alerting(Fault::ALL), Vec::<String>::new());
    let expected = [Fault::SlowExfiltration, Fault::StolenKey, Fault::AgentNewTool].map(Fault::unit);
    assert_eq!(alerting(&[]), expected);
}

#[test]
fn no_template_holds_a_long_mixed_string() {
    for (path, template) in tree::TEMPLATES {
        for word in template.split(|c: char| !c.is_ascii_alphanumeric() && !"+/_-".contains(c)) {
            let has = |class: fn(&u8) -> bool| word.bytes().filter(class).count() >= 3;
            let mixed =
                has(u8::is_ascii_digit) && (has(u8::is_ascii_lowercase) || has(u8::is_ascii_uppercase));
            let named = word.contains(['/', '-']) || word.chars().all(|c| c.is_ascii_digit());
            assert!(word.len() < 20 || !mixed || named, "{path}: {word}");
        }
    }
}
