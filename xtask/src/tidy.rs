//! What must hold of the files themselves, as ordinary tests.

use crate::steps::{output, root};

/// Files that git knows, with their text. Fails if there are so few that the guard would guard nothing.
fn files(pattern: &str, at_least: usize) -> Vec<(String, String)> {
    let list = output(&["git", "ls-files", "--", pattern]).expect("git lists the files");
    // A file that is removed but not yet committed is still listed.
    let read = |path: &str| Some((path.to_string(), std::fs::read_to_string(root().join(path)).ok()?));
    let all: Vec<_> = list.lines().filter_map(read).collect();
    assert!(all.len() >= at_least, "only {} files match {pattern}", all.len());
    all
}

#[test]
fn programs_are_short() {
    for (path, text) in files("examples/*.rs", 6) {
        let program = path.matches('/').count() == 1;
        let lines = text.lines().count();
        assert!(!program || lines <= 400, "{path} has {lines} lines; what it does belongs into the core");
    }
}

#[test]
fn nothing_names_a_path_of_somebodys_machine() {
    let kinds =
        [("*.rs", 100), ("*.md", 5), ("*.toml", 20), ("*.py", 5), ("*.pyi", 1), ("*.c", 3), ("*.mjs", 5)];
    for (pattern, at_least) in kinds.into_iter().chain([("*.h", 1), ("*.js", 1), ("*.ts", 1), ("*.json", 2)])
    {
        for (path, text) in files(pattern, at_least) {
            for place in ["/home/", "/root/", "/work/", "/Users/"] {
                // In two parts here, so that this file passes too.
                let bad = text
                    .lines()
                    .find(|line| line.contains(&format!(" {place}")) || line.contains(&format!("\"{place}")));
                assert!(bad.is_none() || path == "xtask/src/tidy.rs", "{path}: {bad:?}");
            }
        }
    }
}

#[test]
fn nothing_in_the_repository_looks_like_a_token() {
    let scanner = nhi_core::classify::Scanner::builder().generic(false).ignore_marks(false).build();
    let mut seen = 0;
    let kinds =
        ["rs", "md", "toml", "csv", "tsv", "txt", "json", "jsonl", "sh", "yml", "py", "pyi", "c", "h", "js"];
    for kind in kinds.into_iter().chain(["mjs", "mts", "ts", "html"]) {
        let pattern = &format!("*.{kind}");
        for (path, text) in files(pattern, 0) {
            seen += 1;
            for finding in scanner.scan(text.as_bytes()) {
                let at = format!("{path}:{}", finding.line);
                let secret = finding.credential_kind.is_secret();
                let low = finding.level == nhi_core::model::Level::Low;
                assert!(low || !secret, "{at}: {} {}; mint it at run time", finding.rule, finding.preview);
            }
        }
    }
    assert!(seen > 60, "only {seen} files were looked at");
}

/// As a user would run `scan .`: with the generic rule, with paths as context, marks honoured.
#[test]
fn a_scan_of_the_repository_shows_nothing_at_medium() {
    let scanner = nhi_core::classify::Scanner::default();
    for (path, text) in files("*", 100) {
        for finding in scanner.scan_file(&path, text.as_bytes()) {
            let at = format!("{path}:{}", finding.line);
            let low = finding.level == nhi_core::model::Level::Low;
            assert!(low, "{at}: {} {:?}", finding.rule, finding.reasons);
        }
    }
}

#[test]
fn the_core_allows_no_way_out_of_its_lints() {
    for (path, text) in files("nhi-core/src/*.rs", 20) {
        let unsafe_code =
            text.lines().any(|line| line.trim_start().starts_with("unsafe ") || line.contains("unsafe {"));
        assert!(!unsafe_code, "{path} has unsafe code");
        // A test may look at the clock to say how long it took.
        if path.contains("/tests/") || path.ends_with("tests.rs") {
            continue;
        }
        assert!(!text.contains("std::time") && !text.contains("std::fs"), "{path} reaches for the system");
    }
}

#[test]
fn each_dependency_of_the_core_has_its_line_in_the_architecture() {
    let manifest = std::fs::read_to_string(root().join("nhi-core/Cargo.toml")).expect("manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let dependencies = manifest["dependencies"].as_table().expect("a table");
    assert!(dependencies.len() >= 8, "only {} dependencies seen", dependencies.len());
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let table = page.split("## Dependencies of the core").nth(1).expect("the section");
    let sources = files("nhi-core/src/*.rs", 20);
    for name in dependencies.keys() {
        let row = table.lines().any(|l| {
            l.starts_with('|') && l.split('|').nth(1).is_some_and(|c| c.split(", ").any(|w| w.trim() == name))
        });
        assert!(row, "{name} has no line in ARCHITECTURE.md");
        let used = name.replace('-', "_");
        assert!(sources.iter().any(|(_, text)| text.contains(&used)), "{name} is not used by the core");
    }
}

/// What the page lists as generated is in the repository: else nothing would compare it.
#[test]
fn each_generated_file_is_kept_in_the_repository() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = page.split("## Generated files").nth(1).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let names: Vec<&str> =
        cells.flat_map(|cell| cell.split(", ")).map(|name| name.trim_matches(['`', ' '])).collect();
    assert!(names.len() >= 6, "only {} generated files are listed", names.len());
    for name in names {
        let listed = output(&["git", "ls-files", "--", name]).expect("git lists the files");
        assert!(!listed.is_empty(), "{name} is not in the repository");
    }
}
