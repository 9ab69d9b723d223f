//! No public result shows the middle of a secret: not in `Debug`, not in `Display`, not in serde, not in an error.

use std::sync::Arc;

use nhi_core::adapters::{self, Input};
use nhi_core::assess::{File, Inputs, Policy, assess};
use nhi_core::authorize::{self, Authorizer, Request};
use nhi_core::classify::catalogue::FORMATS;
use nhi_core::classify::{Redactor, Scanner, inspect, mint, mint_aws_key_id, mint_shape};
use nhi_core::inventory::{Inventory, Snapshot, sighting};
use nhi_core::model::{Completeness, Fact, Finding, Item, Level, Observation, Plane, Provenance, Record};
use nhi_core::time::Timestamp;
use nhi_core::{Error, Fingerprint, Pepper, report};
use proptest::prelude::*;

/// The characters right before the four that a preview may show. No marker reaches that far back. Of a block of
/// lines it is the longest line that is secret: the last one is a marker.
fn middle(token: &str) -> &str {
    let line = token.lines().max_by_key(|line| line.len()).unwrap_or_default();
    let end = line.len().saturating_sub(4);
    let start = end.saturating_sub(10);
    line.get(start..end).expect("minted tokens are ASCII")
}

/// Every decoy of the catalogue: each format in each of its shapes.
fn decoys(seed: u64) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for format in FORMATS {
        for shape in 0..format.shapes.len() {
            let token = mint_shape(format.id, shape, seed);
            all.push((format.id, token.expect("each shape of the catalogue can be minted")));
        }
    }
    all
}

/// Decoys but those that are public ids, such as that of an AWS key: they stand for their secret everywhere.
fn secrets(seed: u64) -> Vec<(&'static str, String)> {
    let mut all = decoys(seed);
    all.retain(|(_, token)| {
        let told = inspect(token.as_bytes(), None);
        told.attributes.get("external_id").is_none_or(|id| *id != Fact::Known(token.clone()))
    });
    all
}

fn pepper() -> Pepper {
    Pepper::new([5; 32])
}

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").expect("a time")
}

/// Inputs of every adapter with the decoy where it may well stand: in fields that we drop, and in those that are
/// read as something else. `{S}` is the decoy as JSON text, quotes included.
fn exports(token: &str) -> Vec<(&'static str, String)> {
    let (json, cell) = (serde_json::to_string(token).expect("a text"), token.replace('"', "\"\""));
    let [id, other] = [1, 2].map(|seed| mint_aws_key_id(111_122_223_333, seed));
    let inputs = [
        (
            "owners",
            "kind,id,name,status,since,password\nteam,a,A,active,,\"{C}\"\nteam,b,B,\"{C}\",\"{C}\",x\n",
        ),
        (
            "aws-credential-report",
            "user,arn,user_creation_time,access_key_1_active,access_key_1_last_rotated,secret\n\
             ci,arn:aws:iam::111122223333:user/ci,\"{C}\",true,\"{C}\",\"{C}\"\n",
        ),
        (
            "aws-access-keys",
            r#"{"AccessKeyMetadata": [
                {"UserName": "ci", "AccessKeyId": "{ID}", "SecretAccessKey": {S}, "Status": "Active"},
                {"UserName": "ci", "AccessKeyId": "{OTHER}", "Status": {S}, "CreateDate": {S}}]}"#,
        ),
        (
            "aws-access-key-last-used",
            r#"{"UserName": "ci", "AccessKeyLastUsed": {"LastUsedDate": {S}}, "SecretAccessKey": {S}}"#,
        ),
        (
            "aws-authorization-details",
            r#"{"UserDetailList": [{"UserName": "ci", "Arn": "arn:aws:iam::111122223333:user/ci",
                "Password": {S}, "CreateDate": {S}, "Tags": {S}}], "Secret": {S}}"#,
        ),
        (
            "aws-cloudtrail",
            r#"{"eventTime": "2026-01-01T00:00:00Z", "eventSource": "iam.amazonaws.com",
                "eventName": "CreateAccessKey", "userIdentity": {"accessKeyId": "{ID}", "secret": {S}},
                "requestParameters": {"password": {S}},
                "responseElements": {"accessKey": {"accessKeyId": "{OTHER}", "secretAccessKey": {S}}}}"#,
        ),
        (
            "gitleaks-findings",
            r#"[{"RuleID": "x", "File": "a", "Secret": {S}, "Match": {S}, "Line": {S}, "Message": {S},
                "Author": {S}, "Fingerprint": {S}, "Date": {S}, "StartLine": {S}}]"#,
        ),
        (
            "nhi-findings",
            r#"{"v": 1, "rule": "x", "credential_kind": {S}, "preview": "", "level": {S}, "secret": {S}}"#,
        ),
        (
            "nhi-records",
            r#"{"credential": {"id": "a", "secret": {S}, "created": {S}, "kind": {S}, "status": {S}}}"#,
        ),
    ];
    let fill = |text: &str| {
        text.replace("{ID}", &id).replace("{OTHER}", &other).replace("{S}", &json).replace("{C}", &cell)
    };
    inputs.map(|(adapter, text)| (adapter, fill(text))).into()
}

fn assert_hidden(what: &str, rule: &str, token: &str, shown: &str) {
    let part = middle(token);
    if part.len() == 10 {
        assert!(!shown.contains(part), "{what} shows the middle of a decoy of {rule}");
    }
}

#[test]
fn the_whole_catalogue_is_tried() {
    assert!(FORMATS.len() >= 40, "only {} formats", FORMATS.len());
    let tried = decoys(1).iter().filter(|(_, token)| token.len() >= 16).count();
    assert!(tried * 10 >= FORMATS.len() * 9, "only {tried} decoys are long enough to have a middle");
    assert!(secrets(1).len() + 8 > decoys(1).len(), "too many decoys count as public");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn findings_and_redacted_text_hide_it(
        seed: u64,
        before in "[a-z_]{0,12}[=: ]{1,2}[\"' ]",
        after in "[\"'\n ]",
    ) {
        let scanner = Scanner::builder().pepper(Arc::new(Pepper::new([5; 32]))).build();
        let redactor = Redactor::new(scanner.clone());
        for (rule, token) in secrets(seed) {
            // The context words of its format make the contextual shapes findings, too.
            let context = FORMATS.iter().find(|f| f.id == rule).map_or("", |f| f.context.first().unwrap_or(&""));
            let text = format!("{context} {before}{token}{after}");
            let findings = scanner.scan_file("src/config.py", text.as_bytes());
            assert_hidden("Debug", rule, &token, &format!("{findings:?} {findings:#?}"));
            for finding in &findings {
                assert_hidden("JSON", rule, &token, &serde_json::to_string(finding).expect("serde data"));
            }
            let mut stream = scanner.stream();
            let streamed = [stream.push(text.as_bytes()), stream.finish()].concat();
            assert_hidden("a stream", rule, &token, &format!("{streamed:?}"));
            let at = text.find(&token).expect("it was put there") as u64;
            let (start, end) = (at, at + token.len() as u64);
            // What the redactor promises: every span of level medium or high is replaced.
            let covers = |f: &Finding| f.start <= start && end <= f.end && f.level >= Level::Medium;
            if scanner.scan(text.as_bytes()).iter().any(covers) {
                let redacted = redactor.redact(text.as_bytes());
                assert_hidden("redacted text", rule, &token, &String::from_utf8_lossy(&redacted));
            }
        }
    }

    #[test]
    fn errors_about_it_hide_it(seed: u64) {
        for (rule, token) in secrets(seed) {
            let pepper_line = format!("nhi-pepper-1 00000000 {token}");
            let errors: [Error; 4] = [
                Fingerprint::parse(&token).expect_err("no fingerprint"),
                Pepper::parse(&token).expect_err("no pepper"),
                Pepper::parse(&pepper_line).expect_err("no pepper"),
                mint(&token, seed).expect_err("no rule"),
            ];
            for error in errors {
                assert_hidden("an error", rule, &token, &format!("{error} {error:?}"));
            }
        }
    }
}

proptest! {
    // Fewer cases: each tries every secret of the catalogue at every door of a room.
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_inspection_hides_it(seed: u64) {
        for (rule, token) in secrets(seed) {
            for pepper in [None, Some(pepper())] {
                let told = inspect(token.as_bytes(), pepper.as_ref());
                assert_hidden("an inspection", rule, &token, &format!("{told:?}"));
                let json = serde_json::to_string(&told).expect("serde data");
                assert_hidden("the JSON of an inspection", rule, &token, &json);
            }
        }
    }

    #[test]
    fn adapters_and_the_inventory_of_what_they_read_hide_it(seed: u64) {
        let pepper = pepper();
        for (rule, token) in secrets(seed) {
            let mut inventory = Inventory::new();
            let exports = exports(&token);
            prop_assert_eq!(exports.len(), adapters::ids().count());
            for (adapter, text) in &exports {
                let bytes = text.as_bytes();
                let shown = match adapters::parse(&Input {
                    name: adapter, bytes, read_at: now(), pepper: Some(&pepper), adapter: Some(adapter),
                }) {
                    Err(error) => format!("{error} {error:?}"),
                    Ok(parsed) => {
                        let shown = format!("{parsed:?}");
                        let observations = parsed.items.into_iter().filter_map(|item| match item {
                            Item::Observation(observation) => Some(*observation),
                            _ => None,
                        });
                        let (source, plane) = ((*adapter).into(), parsed.plane);
                        let completeness = Completeness::Full;
                        let snapshot =
                            Snapshot { source, plane, taken_at: now(), completeness, issuer: parsed.issuer };
                        let observed = inventory.observe(snapshot, observations.collect());
                        format!("{shown} {observed:?}")
                    }
                };
                assert_hidden(adapter, rule, &token, &shown);
                // What is cut off in the middle is told in other words.
                let cut = bytes.get(..bytes.len() / 2).unwrap_or_default();
                let cut = Input { name: "x", bytes: cut, read_at: now(), pepper: None, adapter: Some(adapter) };
                let cut = adapters::parse(&cut);
                assert_hidden(adapter, rule, &token, &format!("{cut:?}"));
            }
            let (drift, plan) = (inventory.drift(now()), inventory.plan(now()));
            assert_hidden("the inventory", rule, &token, &format!("{inventory:?} {drift:?} {plan:?}"));
        }
    }

    #[test]
    fn a_decision_about_it_hides_it(seed: u64) {
        let pepper = pepper();
        let authorizer = Authorizer::new(authorize::Policy::default()).expect("the default policy");
        for (rule, token) in secrets(seed) {
            let json = serde_json::to_string(&token).expect("a text");
            let raw = format!(r#"{{"type": "token", "id": {json}}}"#);
            let property = format!(r#"{{"type": "workload", "id": "w", "properties": {{"token": {json}}}}}"#);
            let whole = r#""action": {"name": "a:B"}, "resource": {"type": "t", "id": "r"}"#;
            let broken = r#""action": 7"#;
            for (subject, rest) in [(&raw, whole), (&property, whole), (&raw, broken), (&property, broken)] {
                let text = format!(r#"{{"subject": {subject}, {rest}}}"#);
                for text in [text.as_str(), text.trim_end_matches('}')] {
                    let shown = match Request::from_authzen(text.as_bytes(), Some(&pepper)) {
                        Err(error) => format!("{error} {error:?}"),
                        Ok(request) => {
                            prop_assert!(request.fingerprint.is_some());
                            let decision = authorizer.authorize(&request, None, None, now()).expect("decided");
                            let json = serde_json::to_string(&decision).expect("serde data");
                            format!("{request:?} {decision:?} {json} {} {:?}", decision.to_authzen(), decision.event())
                        }
                    };
                    assert_hidden("a decision", rule, &token, &shown);
                }
            }
        }
    }

    #[test]
    fn a_report_in_every_format_hides_it(seed: u64) {
        let pepper = pepper();
        let scanner = Scanner::builder().pepper(Arc::new(Pepper::new([5; 32]))).build();
        let decoys = secrets(seed);
        let mut findings = Vec::new();
        let mut texts = Vec::new();
        for (at, (rule, token)) in decoys.iter().enumerate() {
            let context = FORMATS.iter().find(|f| f.id == *rule).map_or("", |f| f.context.first().unwrap_or(&""));
            let code = format!("{context} secret = \"{token}\"\n");
            findings.extend(scanner.scan_file(&format!("src/{at}.py"), code.as_bytes()));
            // All adapters for one of the decoys, gitleaks for each: time.
            let every = at as u64 == seed % decoys.len() as u64;
            let chosen = exports(token).into_iter().filter(|(adapter, _)| every || adapter.starts_with("gitleaks"));
            texts.extend(chosen.map(|(adapter, text)| (format!("{adapter}-{at}"), text)));
        }
        prop_assert!(findings.len() * 2 > decoys.len(), "only {} findings", findings.len());
        let sighted = sighting(&findings[0], "scan", now());
        let observed = Observation {
            record: Record::Sighting(Box::new(sighted)),
            provenance: Provenance { source: "scan".into(), observed_at: now(), place: None },
        };
        let mut inventory = Inventory::new();
        let (source, plane, completeness) = ("scan".into(), Plane::Sightings, Completeness::Partial);
        inventory.observe(Snapshot { source, plane, taken_at: now(), completeness, issuer: None }, vec![observed]);
        let files = texts.iter().map(|(name, text)| File {
            name,
            bytes: text.as_bytes(),
            completeness: Completeness::Full,
        });
        let files = files.collect();
        let inputs = Inputs { files, findings, searched: true, pepper: Some(&pepper), ..Inputs::default() };
        let report = assess(inputs, now(), &Policy::default()).expect("assessed");
        let shown = [
            format!("{report:?} {inventory:?}"),
            report::json(&report),
            report::markdown(&report),
            report::first_screen(&report),
            report::sarif_report(&report),
            report.problems.iter().map(report::problem_text).collect(),
            report.ledger,
        ]
        .concat();
        for (rule, token) in &decoys {
            assert_hidden("a report", rule, token, &shown);
        }
    }
}
