use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use proptest::prelude::*;

use super::{SECTIONS, html, page::unseen};
use crate::{
    Pepper,
    assess::{
        Alerts, Anomaly, Course, CredentialSummary, File, Inputs, Leak, Point, Policy, Refused, Remedy,
        Report, Response, Step, Thresholds, assess,
    },
    classify::{Scanner, mint, mint_aws_key_id},
    inventory::{Drift, DriftKind},
    limits,
    model::{Completeness, Place, Problem},
    posture::Severity,
    time::{HOUR, Timestamp},
};

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap()
}

fn estate(records: &str) -> Report {
    let file = File { name: "records.jsonl", bytes: records.as_bytes(), completeness: Completeness::Full };
    assess(Inputs { files: [file].into(), ..Inputs::default() }, now(), &Policy::default()).unwrap()
}

/// What a page is made of, read strictly: every tag closed by its own, attributes known, text without markup.
#[derive(Debug, Default)]
struct Read {
    headings: Vec<u8>,
    ids: BTreeSet<String>,
    links: BTreeSet<String>,
    tags: BTreeMap<String, usize>,
}

const TAGS: &str = " html head meta title style body a header p span time nav ol ul li main section h1 h2 h3 h4 dl \
                    dt dd div small strong details summary code table caption thead tbody tr th td bdi br svg rect \
                    line text path circle desc figure figcaption article footer ";
const ATTRIBUTES: &str = " lang dir charset http-equiv content name class href id aria-label aria-labelledby \
                          datetime open tabindex role scope data-h colspan rel width height aria-hidden focusable x \
                          y viewBox preserveAspectRatio d r cx cy x1 x2 y1 y2 text-anchor dx ";

fn read(page: &str) -> Read {
    let mut out = Read::default();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>\n").expect("a document type");
    while let Some((text, after)) = rest.split_once('<') {
        let in_style = open.last() == Some(&"style");
        assert!(in_style || !text.contains(['>', '"', '\'', '`']), "markup in text: {text:?}");
        assert!(!text.chars().any(|c| unseen(c) && c != '\n'), "something unseen in {text:?}");
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed out of order");
            continue;
        }
        let (name, attributes) = tag.trim_end_matches('/').split_once(' ').unwrap_or((tag, ""));
        let name = name.trim_end_matches('/');
        assert!(TAGS.contains(&format!(" {name} ")), "tag {name:?}");
        self::attributes(attributes, &mut out);
        *out.tags.entry(name.to_string()).or_default() += 1;
        if let Some(level) = name.strip_prefix('h').and_then(|level| level.parse().ok()) {
            out.headings.push(level);
        }
        if !(matches!(name, "meta" | "br") || tag.ends_with('/')) {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest == "\n", "left open: {open:?}");
    out
}

fn attributes(mut rest: &str, out: &mut Read) {
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        assert!(ATTRIBUTES.contains(&format!(" {name} ")), "attribute {name:?} in {rest:?}");
        let Some(after) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').expect("a quote ends"),
            None => after.split_at(after.find(' ').unwrap_or(after.len())),
        };
        assert!(!value.contains(['<', '>', '`']) && !value.chars().any(unseen), "{name}={value:?}");
        match name {
            "id" => assert!(out.ids.insert(value.into()), "id {value} twice"),
            "href" if value.starts_with('#') => {
                out.links.insert(value[1..].into());
            }
            "href" => assert!(value.starts_with("https://owasp.org/"), "an address from outside: {value}"),
            _ => {}
        }
        rest = after;
    }
}

/// Reads a page and checks what holds of every one.
fn sound(page: &str) -> Read {
    let read = read(page);
    assert!(read.links.is_subset(&read.ids), "lead nowhere: {:?}", read.links.difference(&read.ids));
    for (anchor, heading) in SECTIONS {
        assert!(read.ids.contains(*anchor), "no section {heading}");
    }
    assert_eq!(read.headings.iter().filter(|level| **level == 1).count(), 1);
    assert!(read.headings.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{:?}", read.headings);
    assert_eq!(
        read.tags.get("table").copied(),
        read.tags.get("caption").copied(),
        "a table without a caption"
    );
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    read
}

#[test]
fn an_estate_without_anything_has_every_section() {
    let page = html(&assess(Inputs::default(), now(), &Policy::default()).unwrap());
    sound(&page);
    assert!(page.contains("Nothing to do") && page.contains("The ledger is empty"));
}

#[test]
fn no_secret_is_in_the_page_and_its_credential_is() {
    let id = mint_aws_key_id(111_122_223_333, 1);
    let secret = mint("aws.secret-access-key", 2).unwrap();
    let code = format!("AWS_ACCESS_KEY_ID = \"{id}\"\nAWS_SECRET_ACCESS_KEY = \"{secret}\"\n");
    let keys = format!(
        r#"{{"AccessKeyMetadata": [{{"UserName": "ci", "Status": "Active", "CreateDate": "2026-09-01T00:00:00Z",
            "AccessKeyId": "{id}"}}]}}"#
    );
    let scanner = Scanner::builder().pepper(Pepper::new([1; 32]).into()).build();
    let inputs = Inputs {
        files: [File { name: "k", bytes: keys.as_bytes(), completeness: Completeness::Full }].into(),
        findings: scanner.scan_file("settings.py", code.as_bytes()),
        ..Inputs::default()
    };
    let page = html(&assess(inputs, now(), &Policy::default()).unwrap());
    sound(&page);
    assert!(page.contains("UpdateAccessKey") && page.contains("settings.py"));
    assert!(!page.contains(&secret[8..32]), "the page shows a secret");
}

#[test]
fn five_thousand_credentials_are_cut_and_the_page_says_so() {
    let one = |n: u32| {
        format!(
            r#"{{"credential": {{"id": "corp/service-{n}/api_key", "identity": "service-{n}", "kind": "api_key",
                "issuer": "corp", "external_ids": ["id-{n}"], "status": {{"known": "active"}}}}}}"#
        )
        .replace('\n', " ")
            + "\n"
    };
    let report = estate(&(0..5_000).map(one).collect::<String>());
    assert_eq!(report.credentials.len(), 5_000);
    let page = html(&report);
    let read = sound(&page);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    let rows = read.ids.iter().filter(|id| id.starts_with("credential-")).count();
    assert_eq!(rows, limits::HTML_ROWS);
    assert!(page.contains("and 4,500 more, not shown here: the JSON form"), "the cut is not told");
    assert!(page.contains("and 4,900 more, not shown here"), "the timelines that are cut are not told");
    assert_eq!(page, html(&report), "same report, same bytes");
}

/// A report with `name` wherever a name or text from outside can stand.
fn everywhere(name: &str) -> Report {
    let mut report = estate("");
    let s = || name.to_string();
    report.result = s();
    report.steps = [Step {
        rank: 1,
        subject: s(),
        severity: Severity::High,
        title: s(),
        why: [s()].into(),
        operations: [Remedy { call: s(), permission: s(), reversible: false }].into(),
        owner: s(),
        environment: s(),
        checks: [s(), "NHI2-a".into()].into(),
        others: [s()].into(),
    }]
    .into();
    report.leaks = [Leak {
        subject: s(),
        name: s(),
        place: s(),
        first_seen: now(),
        contained_at: None,
        took_ms: i64::MAX,
        waited_for_person_ms: i64::MIN,
    }]
    .into();
    report.credentials = [CredentialSummary {
        id: s(),
        kind: s(),
        provider: s(),
        owner: s(),
        environment: s(),
        workload: s(),
        purpose: s(),
        expires: s(),
        last_used: s(),
        state: s(),
        trust: s(),
    }]
    .into();
    let point = |at, score| Point { at, score };
    report.alerts = [Alerts {
        subject: s(),
        hours: 1,
        activities: 1,
        first: now(),
        last: now(),
        peak: f64::NAN,
        peak_at: Timestamp::MAX,
        severe: true,
        trust: s(),
        reasons: [s()].into(),
        course: Some(Course {
            activities: 2,
            learning_until: Some(now()),
            points: [point(now(), 1.0), point(now().plus(HOUR), f64::INFINITY)].into(),
            thresholds: [Thresholds { from: now(), notable: 3.0, severe: 4.0 }].into(),
            anomalies: [Anomaly { at: now(), score: 5.0, severe: true, reasons: [s()].into() }].into(),
        }),
    }]
    .into();
    let kind = DriftKind::AttributeDrift(s());
    report.drift = [Drift { kind, credential: s(), evidence: Vec::new(), since: None }].into();
    report.responses =
        [Response { subject: s(), name: s(), at: now(), action: s(), ordered: true, why: s() }].into();
    report.rejections = [Refused { cmd_id: s(), credential: s(), guard: s(), text: s() }].into();
    report.problems =
        [Problem { source: s(), place: Place::default(), code: s(), text: s(), row_lost: true }].into();
    report.posture.iter_mut().for_each(|counts| counts.failed = 1);
    report.checkpoint.hash = s();
    report
}

#[test]
fn hostile_names_are_text() {
    for name in [
        "</script><img src=x onerror=alert(1)>",
        "</style></title><svg onload=alert(1)>",
        "\" onmouseover=\"alert(1)\" x='",
        "a/\" autofocus onfocus=alert(1)//",
        "\u{0}\u{1b}[31m\u{202e}gpj\u{2066}\u{feff}\u{200b}\u{e0041}",
        "javascript:alert(1)/&lt;b&gt;",
        "]]>--><!-- `${x}`",
        "",
        "/",
        "שירות־תשלומים/מפתח",
    ] {
        sound(&html(&everywhere(name)));
    }
}

#[test]
fn a_long_name_is_cut_and_a_call_is_not_cut_as_soon() {
    let page = html(&everywhere(&"x".repeat(1_500)));
    sound(&page);
    assert!(page.contains(&format!("{}…", "x".repeat(limits::HTML_TEXT))));
    assert!(page.contains(&format!("<code>{}</code>", "x".repeat(1_500))), "the call is cut");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn whatever_a_name_holds_the_page_is_sound(name in "(\\PC|[<>\"'&`/=\\x00-\\x20\u{202e}]){0,40}") {
        sound(&html(&everywhere(&name)));
    }
}
