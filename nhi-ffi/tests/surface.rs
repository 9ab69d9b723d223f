//! The table of the public surface and the header name the same functions.

use std::collections::BTreeSet;
use std::path::Path;

/// Functions that other languages need no name for: what they do by themselves.
const C_ONLY: &[&str] = &[
    "nhi_bytes_data",
    "nhi_bytes_len",
    "nhi_bytes_text",
    "nhi_error_code",
    "nhi_error_guard",
    "nhi_error_new",
    "nhi_error_status",
    "nhi_error_text",
    "nhi_findings_data",
    "nhi_findings_json",
    "nhi_findings_len",
    "nhi_time_parse",
];

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every function that the header declares: its line begins with its type.
fn declared(header: &str) -> BTreeSet<&str> {
    let lines = header.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    let names = lines.filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next());
    names.filter(|name| name.starts_with("nhi_")).collect()
}

#[test]
fn the_table_and_the_header_name_the_same_functions() {
    let (table, header) = (file("../nhi-core/vectors/surface.tsv"), file("include/nhi.h"));
    let rows: Vec<&str> = table.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(rows.len() >= 79, "only {} rows were seen", rows.len());
    let cells = rows.iter().map(|row| row.split('\t').nth(4).unwrap_or_else(|| panic!("no column c: {row}")));
    let tabled: BTreeSet<&str> = cells.flat_map(|cell| cell.split(' ')).filter(|name| *name != "-").collect();
    let declared = declared(&header);
    assert!(declared.len() >= 117, "only {} functions were seen", declared.len());

    let missing: Vec<_> = tabled.difference(&declared).collect();
    assert!(missing.is_empty(), "the table names what the header lacks: {missing:?}");
    let own = |name: &str| name.ends_with("_free") || C_ONLY.contains(&name);
    let extra: Vec<_> = declared.difference(&tabled).filter(|name| !own(name)).collect();
    assert!(extra.is_empty(), "the header declares what the table does not name: {extra:?}");
    for name in C_ONLY {
        assert!(declared.contains(name) && !tabled.contains(name), "{name} is no exception any more");
    }
}

#[test]
fn every_object_has_a_function_that_frees_it() {
    let header = file("include/nhi.h");
    let opaque: Vec<&str> = header
        .lines()
        .filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix(';')?.split(' ').next())
        .collect();
    assert!(opaque.len() >= 15, "only {} objects were seen", opaque.len());
    for object in opaque {
        assert!(declared(&header).contains(&*format!("{object}_free")), "{object} is never freed");
    }
}
