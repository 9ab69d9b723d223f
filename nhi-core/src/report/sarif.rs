/*!
Findings as SARIF 2.1.0 (OASIS Standard, 27 March 2020), for code-scanning interfaces.

One run: a rule per rule id met, sorted; results in the order given; `columnKind` is `utf16CodeUnits`, as viewers
expect, beside byte offsets. `partialFingerprints["nhiSecret/v1"]` is our keyed digest of the secret, so that a
moved secret stays the same result. No snippet: a snippet would hold the secret.
The fields are written from structs, never from maps, so that the order of the bytes is ours.
*/

use alloc::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::Serialize;

use crate::model::{Finding, Level, Problem};

/// Where a finding lies in its text: lines and columns from 1, columns in UTF-16 code units, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Columns {
    /// Line of the first byte.
    pub start_line: u64,
    /// Column of the first byte.
    pub start_column: u64,
    /// Line of the last byte.
    pub end_line: u64,
    /// One past the column of the last byte.
    pub end_column: u64,
}

impl Columns {
    /// Places the spans of `findings` in `text`, the bytes they were found in; one pass over `text`.
    ///
    /// A byte sequence that is no UTF-8 counts as one unit, as a viewer that replaces it shows it.
    ///
    /// ```
    /// # use nhi_core::report::Columns;
    /// let spans = [(5, 8)]; // 𝒳 takes four bytes and two UTF-16 units
    /// let [at] = Columns::of("𝒳=abc".as_bytes(), spans)[..] else { panic!() };
    /// assert_eq!((at.start_line, at.start_column, at.end_column), (1, 4, 7));
    /// ```
    pub fn of(text: &[u8], spans: impl IntoIterator<Item = (u64, u64)>) -> Vec<Columns> {
        let spans: Vec<(u64, u64)> = spans.into_iter().collect();
        let ends = spans.iter().flat_map(|&(start, end)| [start, end]);
        let offsets: BTreeSet<usize> = ends.map(|at| usize::try_from(at).unwrap_or(usize::MAX)).collect();
        let mut places = BTreeMap::new();
        let (mut from, mut line, mut column) = (0, 1u64, 1u64);
        for at in offsets {
            let stretch = text.get(from..at.min(text.len())).unwrap_or_default();
            if let Some(last) = stretch.iter().rposition(|b| *b == b'\n') {
                line += stretch.iter().filter(|b| **b == b'\n').count() as u64;
                column = 1 + utf16_units(stretch.get(last + 1..).unwrap_or_default());
            } else {
                column += utf16_units(stretch);
            }
            from = at.min(text.len());
            places.insert(at as u64, (line, column));
        }
        let place = |at: u64| places.get(&at).copied().unwrap_or((line, column));
        let columns = spans.iter().map(|&(start, end)| {
            let ((start_line, start_column), (end_line, end_column)) = (place(start), place(end));
            Columns { start_line, start_column, end_line, end_column }
        });
        columns.collect()
    }
}

fn utf16_units(bytes: &[u8]) -> u64 {
    let chunk = |c: core::str::Utf8Chunk<'_>| {
        let whole: usize = c.valid().chars().map(char::len_utf16).sum();
        (whole + usize::from(!c.invalid().is_empty())) as u64
    };
    bytes.utf8_chunks().map(chunk).sum()
}

/// Writes findings as one SARIF document, indented, ending in a line feed.
///
/// Each finding comes with its [`Columns`], or `None` where its text was not at hand (a stream): its region then
/// has the line and the bytes alone. `problems` are inputs that could not be read: they become notifications,
/// and the run says `executionSuccessful: false`.
///
/// # Cost
/// Linear in the number of findings.
pub fn sarif_findings(findings: &[(Finding, Option<Columns>)], problems: &[Problem]) -> String {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    let by_id: BTreeMap<&str, &Finding> = findings.iter().map(|(f, _)| (f.rule.as_str(), f)).collect();
    let index: BTreeMap<&str, usize> = by_id.keys().enumerate().map(|(i, id)| (*id, i)).collect();
    rules.extend(by_id.iter().map(|(id, finding)| Rule::of(id, finding)));
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: Driver { name: "nhi", version: env!("CARGO_PKG_VERSION"), rules } },
            invocations: [Invocation {
                execution_successful: problems.is_empty(),
                tool_execution_notifications: problems.iter().map(Notification::of).collect(),
            }],
            column_kind: "utf16CodeUnits",
            taxonomies: TAXONOMIES.iter().map(Taxonomy::of).collect(),
            results: findings.iter().map(|(f, columns)| Outcome::of(f, *columns, &index)).collect(),
        }],
    };
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

/// What a secret in a text violates: framework, its name in words, id, title.
const TAXONOMIES: &[(&str, &str, &str)] = &[
    ("OWASP NHI Top 10 2025", "NHI2:2025", "Secret Leakage"),
    ("NIST CSF 2.0", "PR.DS-01", "Data at rest is protected"),
    ("NIST SP 800-53 Rev. 5", "IA-5(7)", "No embedded unencrypted static authenticators"),
];

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation<'a>; 1],
    column_kind: &'static str,
    taxonomies: Vec<Taxonomy>,
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
struct Driver<'a> {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Text<'a>,
    /// Code-scanning interfaces ask for this and the next.
    full_description: Text<'a>,
    help: Text<'a>,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: [&'static str; 2],
}

impl<'a> Rule<'a> {
    fn of(id: &'a str, finding: &Finding) -> Self {
        let words = format!("{} {}", finding.provider, finding.kind.replace('-', " "));
        let tags = ["security", finding.credential_kind.as_str()];
        let full = format!("{words} in plain text: whoever can read the place can use it.");
        let help =
            "Revoke or rotate it at its provider first, then take it out of the place and of its history.";
        Rule {
            id,
            short_description: Text::of(words),
            full_description: Text::of(full),
            help: Text::of(help),
            properties: RuleProperties { tags },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    level: &'static str,
    message: Text<'a>,
    locations: [Place; 1],
}

impl<'a> Notification<'a> {
    fn of(problem: &'a Problem) -> Self {
        let region = None;
        Notification {
            level: "error",
            message: Text::of(problem.text.as_str()),
            locations: [Place::of(&problem.source, region)],
        }
    }
}

#[derive(Serialize)]
struct Taxonomy {
    name: &'static str,
    taxa: [Taxon; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Taxon {
    id: &'static str,
    short_description: Text<'static>,
}

impl Taxonomy {
    fn of(&(name, id, title): &(&'static str, &'static str, &'static str)) -> Self {
        Taxonomy { name, taxa: [Taxon { id, short_description: Text::of(title) }] }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    /// 0 to 100, here the confidence.
    rank: f64,
    message: Text<'a>,
    locations: [Place; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_fingerprints: Option<Fingerprints<'a>>,
    taxa: Vec<TaxonReference>,
    properties: &'a Finding,
}

#[derive(Serialize)]
struct Fingerprints<'a> {
    #[serde(rename = "nhiSecret/v1")]
    secret: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaxonReference {
    id: &'static str,
    index: usize,
    tool_component: Component,
}

#[derive(Serialize)]
struct Component {
    name: &'static str,
    index: usize,
}

impl<'a> Outcome<'a> {
    fn of(finding: &'a Finding, columns: Option<Columns>, index: &BTreeMap<&str, usize>) -> Self {
        let taxa = TAXONOMIES.iter().enumerate().filter(|_| finding.credential_kind.is_secret());
        let reasons: Vec<&str> = finding.reasons.iter().map(|r| r.text.as_str()).collect();
        let message = format!(
            "{} {} {}{}{}",
            finding.provider,
            finding.kind.replace('-', " "),
            finding.preview,
            if reasons.is_empty() { "" } else { ": " },
            reasons.join("; ")
        );
        let region = Region {
            columns,
            start_line: columns.is_none().then_some(finding.line),
            byte_offset: finding.start,
            byte_length: finding.end.saturating_sub(finding.start),
        };
        Outcome {
            rule_id: &finding.rule,
            rule_index: index.get(finding.rule.as_str()).copied().unwrap_or_default(),
            level: match finding.level {
                Level::High => "error",
                Level::Medium => "warning",
                Level::Low => "note",
            },
            rank: f64::from(finding.confidence.thousandths()) / 10.0,
            message: Text::of(message),
            locations: [Place::of(finding.path.as_deref().unwrap_or("-"), Some(region))],
            partial_fingerprints: finding.fingerprint.as_ref().map(|f| Fingerprints { secret: f.as_str() }),
            taxa: taxa
                .map(|(index, &(name, id, _))| TaxonReference {
                    id,
                    index: 0,
                    tool_component: Component { name, index },
                })
                .collect(),
            properties: finding,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    #[serde(flatten)]
    columns: Option<Columns>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_line: Option<u64>,
    byte_offset: u64,
    byte_length: u64,
}

impl Place {
    fn of(path: &str, region: Option<Region>) -> Self {
        Place { physical_location: Physical { artifact_location: Artifact { uri: uri(path) }, region } }
    }
}

/// A path as a URI reference (RFC 3986): `/` kept, everything but unreserved characters escaped.
fn uri(path: &str) -> String {
    let mut out = if path.starts_with('/') { "file://".to_string() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[derive(Serialize)]
struct Text<'a> {
    text: Cow<'a, str>,
}

impl<'a> Text<'a> {
    fn of(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        // SARIF 3.11.5: a brace in a message is doubled, since `{0}` is a placeholder.
        let braced = text.contains(['{', '}']);
        Text { text: if braced { text.replace('{', "{{").replace('}', "}}").into() } else { text } }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::Pepper;
    use crate::model::{Confidence, CredentialKind, Place as At, Reason};

    fn finding(path: &str, start: u64, end: u64) -> Finding {
        Finding {
            v: 1,
            path: Some(path.into()),
            rule: "examplecloud.api-key".into(),
            provider: "ExampleCloud".into(),
            kind: "api-key".into(),
            credential_kind: CredentialKind::ApiKey,
            confidence: Confidence::from_thousandths(900),
            level: Level::High,
            start,
            end,
            line: 2,
            column: start + 1,
            preview: "exc_…wxyz".into(),
            fingerprint: Some(Pepper::new([1; 32]).fingerprint(b"x")),
            reasons: vec![Reason { code: "checksum-holds".into(), text: "its checksum holds".into() }],
            attributes: BTreeMap::new(),
            decoded: Vec::new(),
            parts: Vec::new(),
            alternatives: Vec::new(),
        }
    }

    fn run(text: &str) -> serde_json::Value {
        let log: serde_json::Value = serde_json::from_str(text).expect("JSON");
        log["runs"][0].clone()
    }

    #[test]
    fn columns_count_utf16_units_and_lines_that_the_secret_spans() {
        let text = "a\n𝒳é=one\ntwo".as_bytes();
        let start = text.iter().position(|b| *b == b'o').expect("one") as u64;
        let at = Columns::of(text, [(start, text.len() as u64)]);
        let expected = Columns { start_line: 2, start_column: 5, end_line: 3, end_column: 4 };
        assert_eq!(at, [expected]);
    }

    #[test]
    fn overlapping_spans_and_bytes_that_are_no_text_are_placed_too() {
        let at = Columns::of(b"\xff\xfeab\xffcd", [(2, 4), (3, 99)]);
        assert_eq!((at[0].start_column, at[0].end_column), (3, 5));
        assert_eq!((at[1].start_column, at[1].end_column), (4, 8));
        assert_eq!(Columns::of(b"", []), []);
    }

    #[test]
    fn a_finding_becomes_a_result_with_its_rule_place_and_fingerprint() {
        let f = finding("src/a b.rs", 4, 44);
        let columns = Columns { start_line: 2, start_column: 3, end_line: 2, end_column: 43 };
        let run = run(&sarif_findings(&[(f.clone(), Some(columns))], &[]));
        let result = &run["results"][0];
        assert_eq!(run["columnKind"], "utf16CodeUnits");
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], result["ruleId"]);
        assert_eq!(result["level"], "error");
        assert_eq!(result["taxa"][0]["id"], "NHI2:2025");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/a%20b.rs");
        assert_eq!(place["region"]["startColumn"], 3);
        assert_eq!(place["region"]["byteOffset"], 4);
        assert_eq!(
            result["partialFingerprints"]["nhiSecret/v1"],
            f.fingerprint.expect("made above").as_str()
        );
        assert_eq!(result["message"]["text"], "ExampleCloud api key exc_…wxyz: its checksum holds");
    }

    #[test]
    fn without_the_text_the_region_has_line_and_bytes_only() {
        let run = run(&sarif_findings(&[(finding("big", 4, 44), None)], &[]));
        let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region, &serde_json::json!({"startLine": 2, "byteOffset": 4, "byteLength": 40}));
    }

    #[test]
    fn rules_are_sorted_and_results_point_at_theirs() {
        let (mut a, b) = (finding("x", 0, 20), finding("y", 0, 20));
        a.rule = "zeta.key".into();
        let run = run(&sarif_findings(&[(a, None), (b, None)], &[]));
        let rules: Vec<_> = run["tool"]["driver"]["rules"].as_array().expect("rules").iter().collect();
        assert_eq!((&rules[0]["id"], &rules[1]["id"]), (&"examplecloud.api-key".into(), &"zeta.key".into()));
        assert_eq!(run["results"][0]["ruleIndex"], 1);
        assert_eq!(run["results"][1]["ruleIndex"], 0);
    }

    #[test]
    fn a_file_that_could_not_be_read_is_a_notification() {
        let problem = Problem {
            source: "/etc/{x}".into(),
            place: At::default(),
            code: "unreadable".into(),
            text: "no {permission}".into(),
            row_lost: true,
        };
        let run = run(&sarif_findings(&[], &[problem]));
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        let said = &invocation["toolExecutionNotifications"][0];
        assert_eq!(said["message"]["text"], "no {{permission}}");
        assert_eq!(
            said["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "file:///etc/%7Bx%7D"
        );
    }
}
