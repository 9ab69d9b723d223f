//! The Rust column of `vectors/surface.tsv`, in both directions: what it names exists, and what exists is named there
//! or stands below with the reason why other languages do without.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use nhi_core::model::Activity;

const SURFACE: &str = include_str!("../vectors/surface.tsv");
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
/// Rows, names and public functions, at least: a guard that sees fewer guards nothing.
const LEAST_ROWS: usize = 70;
const LEAST_NAMES: usize = 65;
const LEAST_FUNCTIONS: usize = 110;

/// Each path as a text, after naming it as a value: what does not exist does not compile.
macro_rules! exist {
    ($($path:path),* $(,)?) => {{
        $(let _ = $path;)*
        [$(stringify!($path)),*]
    }};
}

/// What the table names. Add an operation here when you add it there.
fn named() -> BTreeSet<&'static str> {
    // It is generic: no path alone names it.
    let _ = |inventory: &mut nhi_core::inventory::Inventory, uses: &[Activity]| {
        inventory.observe_activities(uses)
    };
    let mut names: BTreeSet<&str> = exist![
        nhi_core::VERSION,
        nhi_core::Error::CODES,
        nhi_core::Pepper::from_slice,
        nhi_core::Pepper::parse,
        nhi_core::Pepper::expose_file,
        nhi_core::Pepper::id,
        nhi_core::Pepper::fingerprint,
        nhi_core::Pepper::matches,
        nhi_core::classify::Scanner::builder,
        nhi_core::classify::Scanner::scan,
        nhi_core::classify::Scanner::scan_file,
        nhi_core::classify::Scanner::stream,
        nhi_core::classify::Scanner::stream_file,
        nhi_core::classify::Stream::push,
        nhi_core::classify::Stream::finish,
        nhi_core::classify::Redactor::new,
        nhi_core::classify::Redactor::redact,
        nhi_core::classify::inspect,
        nhi_core::classify::mint,
        nhi_core::classify::mint_shape,
        nhi_core::adapters::detect,
        nhi_core::adapters::parse,
        nhi_core::inventory::Inventory::new,
        nhi_core::inventory::Inventory::observe,
        nhi_core::inventory::Inventory::credentials,
        nhi_core::inventory::Inventory::identities,
        nhi_core::inventory::Inventory::owners,
        nhi_core::inventory::Inventory::sightings,
        nhi_core::inventory::Inventory::ambiguities,
        nhi_core::inventory::Inventory::resolve,
        nhi_core::inventory::Inventory::credential,
        nhi_core::inventory::Inventory::drift,
        nhi_core::inventory::Inventory::plan,
        nhi_core::inventory::Inventory::save,
        nhi_core::inventory::Inventory::load,
        nhi_core::baseline::Baseline::new,
        nhi_core::baseline::Baseline::score,
        nhi_core::baseline::Baseline::peek,
        nhi_core::baseline::Baseline::closing_due,
        nhi_core::baseline::Baseline::close_epoch,
        nhi_core::baseline::Baseline::set_budget,
        nhi_core::baseline::Baseline::close_alert,
        nhi_core::baseline::Baseline::alerts,
        nhi_core::baseline::Baseline::thresholds,
        nhi_core::baseline::Baseline::len,
        nhi_core::baseline::Baseline::save,
        nhi_core::baseline::Baseline::load,
        nhi_core::baseline::Baseline::merge_all,
        nhi_core::lifecycle::Lifecycle::new,
        nhi_core::lifecycle::Lifecycle::resume,
        nhi_core::lifecycle::Lifecycle::apply,
        nhi_core::lifecycle::Lifecycle::tick,
        nhi_core::lifecycle::Lifecycle::state,
        nhi_core::lifecycle::Lifecycle::states,
        nhi_core::lifecycle::Lifecycle::outstanding,
        nhi_core::lifecycle::Effect::answer,
        nhi_core::lifecycle::Lifecycle::next_deadline,
        nhi_core::lifecycle::Lifecycle::ledger,
        nhi_core::lifecycle::Ledger::record,
        nhi_core::lifecycle::Ledger::new,
        nhi_core::lifecycle::Ledger::after,
        nhi_core::lifecycle::Ledger::head,
        nhi_core::lifecycle::Ledger::to_jsonl,
        nhi_core::lifecycle::Ledger::take,
        nhi_core::lifecycle::verify,
        nhi_core::lifecycle::replay,
        nhi_core::authorize::Authorizer::new,
        nhi_core::authorize::Authorizer::authorize,
        nhi_core::authorize::Authorizer::replay,
        nhi_core::assess::assess,
        nhi_core::report::json,
        nhi_core::report::markdown,
        nhi_core::report::sarif_report,
        nhi_core::report::first_screen,
        nhi_core::report::html,
    ]
    .into();
    names.insert("nhi_core::inventory::Inventory::observe_activities");
    names
}

/// Public functions of the engines without a row.
const RUST_ONLY: &[(&str, &[&str])] = &[
    (
        "records are plain data elsewhere: what reads one, writes one or looks into one",
        &[
            "Fingerprint::as_str",
            "Fingerprint::parse",
            "Fingerprint::pepper_id",
            "authorize::Behaviour::of",
            "authorize::Decision::event",
            "authorize::Decision::to_authzen",
            "authorize::Request::from_authzen",
            "authorize::Standing::of",
            "baseline::Baseline::epoch",
            "baseline::Dimension::name",
            "baseline::Epoch::budget",
            "baseline::Epoch::day",
            "baseline::Epoch::number",
            "lifecycle::Applied::events",
            "lifecycle::Verification::holds",
            "report::problem_text",
        ],
    ),
    (
        "keyword arguments and flags do it elsewhere",
        &[
            "Pepper::new",
            "classify::ScannerBuilder::build",
            "classify::ScannerBuilder::generic",
            "classify::ScannerBuilder::ignore_marks",
            "classify::ScannerBuilder::pepper",
        ],
    ),
    (
        "a part of an operation of the table, for hosts that assemble their own",
        &[
            "authorize::Authorizer::decide",
            "inventory::Inventory::observe_all",
            "lifecycle::Ledger::append",
            "lifecycle::Lifecycle::ledger_mut",
            "lifecycle::effects",
            "lifecycle::outstanding",
            "lifecycle::read",
        ],
    ),
    (
        "looks things up in what operations of the table list",
        &[
            "adapters::ids",
            "authorize::Authorizer::policy",
            "baseline::Baseline::is_empty",
            "inventory::Inventory::endpoints",
            "inventory::Inventory::identity",
            "inventory::Inventory::identity_provenance",
            "inventory::Inventory::owner",
            "inventory::Inventory::provenance",
            "inventory::Inventory::sightings_of",
            "inventory::Inventory::snapshots",
            "lifecycle::Lifecycle::policy",
        ],
    ),
    ("for our own tests and examples", &["classify::mint_aws_key_id"]),
    (
        "not in other languages yet",
        &[
            "Pepper::knows",
            "baseline::Baseline::adopt",
            "baseline::Baseline::delta",
            "baseline::Epoch::first",
            "baseline::Epoch::next",
            "inventory::sighting",
            "lifecycle::Proof::holds",
            "lifecycle::as_of",
            "lifecycle::commands_of_event",
            "lifecycle::containment_times",
            "lifecycle::containments",
            "lifecycle::prove",
            "lifecycle::root",
            "lifecycle::safe_to_revoke",
            "lifecycle::security_event",
            "report::Columns::of",
            "report::sarif_findings",
        ],
    ),
];

/// The engines and the free functions of the rooms: where they are defined, and the path that users write.
const WHERE: &[(&str, &str)] = &[
    ("fingerprint.rs", "nhi_core"),
    ("classify/scanner.rs", "nhi_core::classify"),
    ("classify/stream.rs", "nhi_core::classify"),
    ("classify/redact.rs", "nhi_core::classify"),
    ("classify/inspect.rs", "nhi_core::classify"),
    ("classify/mint.rs", "nhi_core::classify"),
    ("adapters/mod.rs", "nhi_core::adapters"),
    ("inventory/mod.rs", "nhi_core::inventory"),
    ("inventory/saved.rs", "nhi_core::inventory"),
    ("baseline/mod.rs", "nhi_core::baseline"),
    ("baseline/epoch.rs", "nhi_core::baseline"),
    ("baseline/saved.rs", "nhi_core::baseline"),
    ("lifecycle/engine.rs", "nhi_core::lifecycle"),
    ("lifecycle/effects.rs", "nhi_core::lifecycle"),
    ("lifecycle/ledger.rs", "nhi_core::lifecycle"),
    ("lifecycle/verify.rs", "nhi_core::lifecycle"),
    ("lifecycle/caep.rs", "nhi_core::lifecycle"),
    ("lifecycle/merkle.rs", "nhi_core::lifecycle"),
    ("lifecycle/questions.rs", "nhi_core::lifecycle"),
    ("authorize/mod.rs", "nhi_core::authorize"),
    ("authorize/lifecycle.rs", "nhi_core::authorize"),
    ("authorize/authzen.rs", "nhi_core::authorize"),
    ("assess/mod.rs", "nhi_core::assess"),
    ("report", "nhi_core::report"),
    ("report/html/mod.rs", "nhi_core::report"),
];

/// A file, or those of a folder.
fn files(path: PathBuf) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path];
    }
    let list = fs::read_dir(&path).expect("the folder is there");
    list.map(|entry| entry.expect("a file").path()).filter(|path| path.is_file()).collect()
}

/// Public functions of a source, with their paths: free ones, and those of types in blocks that begin a line.
fn functions(source: &str, module: &str) -> Vec<String> {
    let mut of = String::new();
    let mut found = Vec::new();
    for line in source.lines().take_while(|line| *line != "mod tests {") {
        if let Some(block) = line.strip_prefix("impl") {
            let block =
                block.split_once("> ").filter(|_| block.starts_with('<')).map_or(block, |(_, rest)| rest);
            let name = block.trim().split(['<', ' ']).next().unwrap_or_default();
            of = if block.contains(" for ") { String::new() } else { format!("{name}::") };
        } else if line == "}" {
            of.clear();
        }
        let indented = line.starts_with("    pub ");
        let rest = line.trim_start().strip_prefix("pub ").map(|rest| rest.trim_start_matches("const "));
        let Some(rest) = rest.and_then(|rest| rest.strip_prefix("fn ")) else { continue };
        let name = rest.split(['(', '<']).next().unwrap_or_default();
        match (indented, of.is_empty()) {
            (true, false) => found.push(format!("{module}::{of}{name}")),
            (false, _) => found.push(format!("{module}::{name}")),
            (true, true) => {}
        }
    }
    found
}

#[test]
fn the_table_names_what_there_is_and_nothing_else() {
    let rows: Vec<&str> = SURFACE.lines().skip(1).collect();
    assert!(rows.len() >= LEAST_ROWS, "only {} rows were seen", rows.len());
    let cells = rows.iter().filter_map(|row| row.split('\t').nth(1)).flat_map(|cell| cell.split(' '));
    let in_table: BTreeSet<&str> = cells.filter(|cell| *cell != "-").collect();
    assert!(in_table.len() >= LEAST_NAMES, "only {} names were seen", in_table.len());
    assert_eq!(in_table, named());
}

#[test]
fn each_row_has_a_name_in_each_language() {
    for row in SURFACE.lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        assert_eq!(cells.len(), 5, "{row}");
        assert!(cells.iter().all(|cell| !cell.is_empty() && !cell.ends_with(' ')), "{row}");
        assert!(cells[2..].iter().all(|cell| *cell != "-"), "no name in another language: {row}");
    }
}

#[test]
fn what_users_of_the_engines_can_call_is_in_the_table_or_has_a_reason() {
    let mut there = BTreeSet::new();
    for (file, module) in WHERE {
        for path in files(Path::new(SOURCES).join(file)) {
            let source = fs::read_to_string(path).expect(file);
            there.extend(functions(&source, module));
        }
    }
    assert!(there.len() >= LEAST_FUNCTIONS, "only {} functions were seen", there.len());
    let only: BTreeSet<String> =
        RUST_ONLY.iter().flat_map(|(_, names)| *names).map(|name| format!("nhi_core::{name}")).collect();
    let gone: Vec<&String> = only.difference(&there).collect();
    assert!(gone.is_empty(), "in RUST_ONLY, but not there: {gone:?}");
    let named = named();
    let twice: Vec<&String> = only.iter().filter(|name| named.contains(name.as_str())).collect();
    assert!(twice.is_empty(), "in RUST_ONLY and in the table: {twice:?}");
    let missing: Vec<&String> =
        there.iter().filter(|name| !only.contains(*name) && !named.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "neither in the table nor in RUST_ONLY: {missing:?}");
}
