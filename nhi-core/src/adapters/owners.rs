//! Owners as CSV: who answers for what. The form is ours (`kind,id,name,status` and optional columns).
//!
//! | column | field | values |
//! |---|---|---|
//! | `kind` | `kind` | person, team, service, vendor |
//! | `id`, `name` | same | text |
//! | `status` | `status` | active, left, moved, ended |
//! | `since` | `since` | RFC 3339, or a date = 00:00Z; empty = not reported |
//! | `contact`, `workload`, `purpose` | same | text; empty = not reported |
//! | `owns` | `owns` | `;`-separated ARN, external id or `path:GLOB`, at most [`limits::OWNS`] |
//! | `environment` | `environment` | prod, staging, dev, test, sandbox; `unknown` or empty = unknown |

use alloc::{boxed::Box, string::String, vec::Vec};

use super::{Adapter, csv, probe::Probe, sink::Sink};
use crate::{
    Error, limits,
    model::{Environment, Fact, Owner, OwnerKind, OwnerStatus, Plane, Record},
    time::foreign::Dialect,
};

pub(super) const ADAPTER: Adapter =
    Adapter { id: "owners", plane: Plane::Declared, lists: true, detect, parse };

const SINCE: Dialect = Dialect { unknown: &[("", Fact::<()>::NOT_REPORTED)], ..Dialect::ISO };

const REQUIRED: [&str; 4] = ["kind", "id", "name", "status"];
const OPTIONAL: [&str; 6] = ["since", "contact", "owns", "environment", "workload", "purpose"];

fn detect(probe: &Probe) -> Option<(u8, &'static str)> {
    probe.has(&REQUIRED).then_some(())?;
    let ours = |column: &String| REQUIRED.contains(&column.as_str()) || OPTIONAL.contains(&column.as_str());
    let hint = if probe.name.contains("owner") { 5 } else { 0 };
    match probe.columns.is_empty() {
        true => None,
        false if probe.columns.iter().all(ours) => Some((90 + hint, "header of an owners CSV")),
        false => Some((60 + hint, "columns of an owners CSV among others")),
    }
}

/// Code and text of the problem of a row that owns more than [`limits::OWNS`].
pub(super) const TOO_MANY: (&str, &str) = ("too_many", "more entries than the limit; the rest was not read");

fn parse(sink: &mut Sink) -> Result<(), Error> {
    table(sink, &REQUIRED, &OPTIONAL, owner)
}

/// Reads a CSV table with known columns: `each` gets the cell of any column ("" if it has none). A header without
/// the required columns makes the container unreadable; unknown columns are one problem each.
pub(super) fn table(
    sink: &mut Sink,
    required: &[&str],
    optional: &[&str],
    mut each: impl FnMut(&mut Sink, &dyn Fn(&str) -> String),
) -> Result<(), Error> {
    let mut rows = csv::Rows::new(sink.input.bytes);
    let unreadable = |why: &str| Error::Unreadable { what: "csv table", why: why.into() };
    let header = rows.next().ok_or_else(|| unreadable("it is empty"))?;
    if let Some((_, why)) = header.flaw.map(csv::Flaw::told) {
        return Err(unreadable(&alloc::format!("line {}: {why}", header.line)));
    }
    let columns: Vec<String> =
        header.cells.iter().map(|cell| String::from_utf8_lossy(cell).trim().into()).collect();
    if let Some(missing) = required.iter().find(|name| !columns.iter().any(|column| column == *name)) {
        return Err(unreadable(&alloc::format!("line {}: column {missing} is missing", header.line)));
    }
    for column in &columns {
        if !required.contains(&column.as_str()) && !optional.contains(&column.as_str()) {
            sink.bad_field("header", "unknown_column", "a column that this table does not have was not read");
        }
    }
    rows.width = columns.len();
    for (row, found) in rows.enumerate() {
        sink.row(Some(row as u64), Some(found.line))?;
        if let Some((code, why)) = found.flaw.map(csv::Flaw::told) {
            sink.lost(None, code, why);
            continue;
        }
        if found.cells.len() != columns.len() {
            let text = alloc::format!("expected {} cells, found {}", columns.len(), found.cells.len());
            sink.lost(None, "wrong_width", &text);
            continue;
        }
        let mut cells = Vec::new();
        for (column, cell) in columns.iter().zip(&found.cells) {
            let text = match core::str::from_utf8(cell) {
                _ if cell.len() > limits::FIELD_BYTES => {
                    Err(("field_too_long", "longer than the limit of one field"))
                }
                Ok(text) => Ok(text.trim()),
                Err(_) => Err(("not_utf8", "expected UTF-8")),
            };
            match text {
                Ok(text) => cells.push((column.as_str(), text)),
                Err((code, expected)) => sink.bad_field(column, code, expected),
            }
        }
        let cell = |name: &str| -> String {
            cells.iter().find(|(column, _)| *column == name).map_or("", |(_, text)| text).into()
        };
        each(sink, &cell);
    }
    Ok(())
}

fn owner(sink: &mut Sink, cell: &dyn Fn(&str) -> String) {
    let kind = match cell("kind").to_ascii_lowercase().as_str() {
        "person" => OwnerKind::Person,
        "team" => OwnerKind::Team,
        "service" => OwnerKind::Service,
        "vendor" => OwnerKind::Vendor,
        _ => return sink.lost(Some("kind"), "bad_word", "expected person, team, service or vendor"),
    };
    let status = match cell("status").to_ascii_lowercase().as_str() {
        "active" => OwnerStatus::Active,
        "left" => OwnerStatus::Left,
        "moved" => OwnerStatus::Moved,
        "ended" => OwnerStatus::Ended,
        _ => return sink.lost(Some("status"), "bad_word", "expected active, left, moved or ended"),
    };
    let (id, name) = (cell("id"), cell("name"));
    if id.is_empty() || name.is_empty() {
        let field = if id.is_empty() { "id" } else { "name" };
        return sink.lost(Some(field), "missing_field", "expected a text, found an empty one");
    }
    let since = sink.cell_time("since", &cell("since"), &SINCE);
    let environment = match cell("environment").as_str() {
        "" => Fact::default(),
        "unknown" => Fact::unknown("declared unknown"),
        word => Environment::parse(word).map(Fact::Known).unwrap_or_else(|| {
            let expected = "expected prod, staging, dev, test, sandbox or unknown";
            sink.bad_field("environment", "bad_word", expected);
            Fact::unknown("unreadable in the export")
        }),
    };
    let text = |name: &str| match cell(name) {
        text if text.is_empty() => Fact::default(),
        text => Fact::Known(text),
    };
    let all = cell("owns");
    let mut all = all.split(';').map(str::trim).filter(|o| !o.is_empty());
    let owns = all.by_ref().take(limits::OWNS).map(Into::into).collect();
    if all.next().is_some() {
        sink.bad_field("owns", TOO_MANY.0, TOO_MANY.1);
    }
    sink.observe(Record::Owner(Box::new(Owner {
        kind,
        id,
        name,
        status,
        since,
        contact: text("contact"),
        owns,
        environment,
        workload: text("workload"),
        purpose: text("purpose"),
    })));
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Told, problems, records, run};
    use super::*;

    const HEADER: &str = "kind,id,name,status,since,contact,owns,environment,workload,purpose";
    const GOOD: &str = "person,eve,Eve Example,left,2026-02-01,eve@example.com,\
        arn:aws:iam::123456789012:user/ci;path:deploy/**,prod,ci,deploys";

    fn read(line: &str) -> (Vec<Record>, Vec<Told>) {
        let parsed = run("x.csv", [HEADER, "\n", line, "\n"].concat().as_bytes());
        assert_eq!(parsed.adapter, "owners");
        (records(&parsed), problems(&parsed))
    }

    #[test]
    fn every_column_is_mapped() {
        let (records, problems) = read(GOOD);
        let Record::Owner(owner) = &records[0] else { panic!("an owner") };
        assert_eq!(
            (owner.kind, owner.status, owner.id.as_str()),
            (OwnerKind::Person, OwnerStatus::Left, "eve")
        );
        assert_eq!(owner.since.known().unwrap().date_string(), "2026-02-01");
        assert_eq!(owner.owns, ["arn:aws:iam::123456789012:user/ci", "path:deploy/**"]);
        assert_eq!(owner.environment, Fact::Known(Environment::Prod));
        assert_eq!(owner.purpose, Fact::Known("deploys".into()));
        assert!(problems.is_empty());
    }

    #[test]
    fn one_field_broken_at_a_time() {
        for (from, to, code, field, lost) in [
            ("person,", "alien,", "bad_word", "kind", true),
            (",eve,", ",,", "missing_field", "id", true),
            ("Eve Example", "", "missing_field", "name", true),
            (",left,", ",gone,", "bad_word", "status", true),
            ("2026-02-01", "last week", "bad_time", "since", false),
            (",prod,", ",mars,", "bad_word", "environment", false),
        ] {
            let (records, problems) = read(&GOOD.replace(from, to));
            assert_eq!(problems, [(code.into(), Some(field.into()), lost)], "{from}");
            assert_eq!(records.len(), usize::from(!lost), "{from}");
        }
    }

    #[test]
    fn a_short_row_and_a_stray_quote_lose_only_themselves() {
        let text = [HEADER, "\n", "team,x\n", GOOD, "\n", "team,\"y\n", GOOD, "\n"].concat();
        let parsed = run("x.csv", text.as_bytes());
        assert_eq!(records(&parsed).len(), 2);
        let lines: Vec<_> = parsed.problems.iter().map(|p| (p.code.as_str(), p.place.line)).collect();
        assert_eq!(lines, [("wrong_width", Some(2)), ("bad_quotes", Some(4))]);
    }

    #[test]
    fn what_one_row_owns_is_limited() {
        let owns = |n: usize| (0..n).map(|i| alloc::format!("{i}")).collect::<Vec<_>>().join(";");
        let row = |n| GOOD.replace("path:deploy/**", &owns(n));
        for (n, told) in [(limits::OWNS - 1, 0), (limits::OWNS, 1)] {
            let (records, problems) = read(&row(n));
            let Record::Owner(owner) = &records[0] else { panic!("an owner") };
            assert_eq!((owner.owns.len(), problems.len()), (limits::OWNS, told));
        }
    }

    #[test]
    fn a_row_beyond_the_limits_loses_only_itself_and_names_its_line() {
        let wide = ",".repeat(limits::ROW_CELLS);
        let long = ",".repeat(limits::ROW_BYTES + 1);
        let text = [HEADER, GOOD, &wide, GOOD, &long, GOOD].join("\n");
        let parsed = run("x.csv", text.as_bytes());
        assert_eq!(records(&parsed).len(), 3);
        let told: Vec<_> = parsed.problems.iter().map(|p| (p.code.as_str(), p.place.line)).collect();
        assert_eq!(told, [("row_too_wide", Some(3)), ("row_too_long", Some(5))]);
        let error = super::super::parse(&super::super::Input {
            adapter: Some("owners"),
            ..super::super::tests::input("x.csv", long.as_bytes())
        });
        assert_eq!(error.unwrap_err().code(), "unreadable");
    }

    #[test]
    fn a_table_without_a_required_column_is_none() {
        let error = super::super::parse(&super::super::Input {
            adapter: Some("owners"),
            ..super::super::tests::input("x.csv", b"kind,id,name\nteam,a,b\n")
        });
        assert_eq!(error.unwrap_err().code(), "unreadable");
    }
}
