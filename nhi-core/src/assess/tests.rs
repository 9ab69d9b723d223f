use alloc::{format, string::String, vec, vec::Vec};

use super::{File, Inputs, Policy, Report, assess};
use crate::{
    Pepper,
    classify::{Scanner, mint, mint_aws_key_id},
    model::Completeness,
    posture::Severity,
    time::Timestamp,
};

const ACCOUNT: u64 = 111_122_223_333;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap()
}

fn keys(id: &str) -> String {
    format!(
        r#"{{"AccessKeyMetadata": [{{"UserName": "ci", "Status": "Active", "CreateDate": "2026-09-01T00:00:00Z",
            "AccessKeyId": "{id}"}}]}}"#
    )
}

fn run(files: &[(&str, &[u8])]) -> Report {
    let files =
        files.iter().map(|(name, bytes)| File { name, bytes, completeness: Completeness::Full }).collect();
    assess(Inputs { files, ..Inputs::default() }, now(), &Policy::default()).unwrap()
}

#[test]
fn nothing_in_nothing_to_do() {
    let report = run(&[]);
    assert!(report.result.starts_with("Nothing to do"), "{}", report.result);
    assert!(report.steps.is_empty() && report.ledger.is_empty() && report.problems.is_empty());
}

#[test]
fn a_key_in_code_joins_its_record_and_names_the_call_that_ends_it() {
    let id = mint_aws_key_id(ACCOUNT, 1);
    let secret = mint("aws.secret-access-key", 2).unwrap();
    let code = format!("AWS_ACCESS_KEY_ID = \"{id}\"\nAWS_SECRET_ACCESS_KEY = \"{secret}\"\n");
    let scanner = Scanner::builder().pepper(Pepper::new([1; 32]).into()).build();
    let list = keys(&id);
    let inputs = Inputs {
        files: vec![File { name: "keys.json", bytes: list.as_bytes(), completeness: Completeness::Full }],
        findings: scanner.scan_file("settings.py", code.as_bytes()),
        ..Inputs::default()
    };
    let report = assess(inputs, now(), &Policy::default()).unwrap();
    let step = &report.steps[0];
    assert!(step.title.starts_with("ci api key is written where it does not belong"), "{}", step.title);
    assert!(step.checks.contains(&"NHI2-a".into()));
    let call = format!("iam UpdateAccessKey(UserName=ci, AccessKeyId={id}, Status=Inactive)");
    assert_eq!(step.operations[0].call, call);
    assert_eq!(report.leaks.len(), 1);
    let json = serde_json::to_string(&report).unwrap() + &report.ledger + &format!("{report:?}");
    assert!(!json.contains(&secret[8..32]), "the report shows a secret");
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_counts() {
    let id = mint_aws_key_id(ACCOUNT, 1);
    let list = keys(&id);
    let report = run(&[
        ("noise", b"\xff\x00\x01"),
        ("keys.json", list.as_bytes()),
        ("cut.json", &list.as_bytes()[..60]),
    ]);
    assert_eq!(report.counts.credentials, 1);
    let sources: Vec<&str> = report.problems.iter().map(|p| p.source.as_str()).collect();
    assert!(sources.contains(&"noise") && sources.contains(&"cut.json"), "{sources:?}");
    assert!(report.result.contains("not read"), "{}", report.result);
}

#[test]
fn an_assessment_goes_on_from_its_own_ledger_and_baseline() {
    let id = mint_aws_key_id(ACCOUNT, 1);
    let list = keys(&id);
    let log: String = (0..60)
        .map(|hour| {
            format!(
                "{{\"time\": {}, \"credential\": \"{id}\", \"asn\": 64500}}\n",
                now().millis() - hour * 3_600_000
            )
        })
        .collect();
    let files = vec![
        File { name: "keys.json", bytes: list.as_bytes(), completeness: Completeness::Full },
        File { name: "log.jsonl", bytes: log.as_bytes(), completeness: Completeness::Partial },
    ];
    let first =
        assess(Inputs { files: files.clone(), ..Inputs::default() }, now(), &Policy::default()).unwrap();
    assert!(first.counts.entries > 0 && first.counts.activities == 60);
    let again = Inputs {
        files: files[..1].to_vec(),
        ledger: Some(first.ledger.as_bytes()),
        checkpoint: Some(first.checkpoint.clone()),
        baseline: Some(&first.baseline),
        ..Inputs::default()
    };
    let second = assess(again, now(), &Policy::default()).unwrap();
    assert_eq!(second.ledger, first.ledger, "nothing is new, so nothing is added");
    assert_eq!(second.baseline, first.baseline);
    assert_eq!(second.checkpoint, first.checkpoint);
}

#[test]
fn a_ledger_that_was_changed_is_refused_with_its_first_fault() {
    let id = mint_aws_key_id(ACCOUNT, 1);
    let list = keys(&id);
    let report = run(&[("keys.json", list.as_bytes())]);
    let forged = report.ledger.replacen("\"actor\":\"assess\"", "\"actor\":\"nobody\"", 1);
    let inputs = Inputs { ledger: Some(forged.as_bytes()), ..Inputs::default() };
    let error = assess(inputs, now(), &Policy::default()).unwrap_err();
    assert_eq!(error.code(), "unreadable");
    assert!(format!("{error}").contains("line 1"), "{error}");
    let cut: String = report.ledger.lines().take(1).map(|line| format!("{line}\n")).collect();
    let inputs = Inputs {
        ledger: Some(cut.as_bytes()),
        checkpoint: Some(report.checkpoint.clone()),
        ..Inputs::default()
    };
    assert_eq!(assess(inputs, now(), &Policy::default()).unwrap_err().code(), "unreadable");
}

#[test]
fn a_policy_out_of_range_names_its_field() {
    let policy = Policy { alert_budget: f64::NAN, ..Policy::default() };
    let error = assess(Inputs::default(), now(), &policy).unwrap_err();
    assert!(format!("{error}").contains("alert_budget"), "{error}");
}

#[test]
fn steps_are_in_order_of_severity_and_numbered() {
    let old = keys(&mint_aws_key_id(ACCOUNT, 1)).replace("2026-09-01", "2019-09-01");
    let report = run(&[("keys.json", old.as_bytes())]);
    assert!(report.steps.windows(2).all(|pair| pair[0].severity >= pair[1].severity));
    assert!(report.steps.iter().enumerate().all(|(i, step)| step.rank as usize == i + 1));
    assert!(report.steps.iter().all(|step| step.severity >= Severity::Low && !step.why.is_empty()));
}

#[test]
fn credentials_that_hold_one_secret_are_one_step() {
    let fingerprint = Pepper::new([1; 32]).fingerprint(b"the same");
    let record = |n: u32, environment: &str| {
        format!(
            r#"{{"credential": {{"id": "corp/service-{n}/api_key", "identity": "service-{n}", "kind": "api_key",
                "issuer": "corp", "external_ids": ["id-{n}"], "fingerprint": "{fingerprint}",
                "status": {{"known": "active"}}, "environment": {{"known": "{environment}"}}}}}}"#
        )
        .replace('\n', " ")
    };
    let lines: String = (0..40).map(|n| record(n, if n == 7 { "prod" } else { "staging" }) + "\n").collect();
    let report = run(&[("records.jsonl", lines.as_bytes())]);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let shared: Vec<_> = report.steps.iter().filter(|step| step.checks.contains(&"NHI8".into())).collect();
    assert_eq!(shared.len(), 1);
    assert_eq!(shared[0].others.len(), 39);
    assert!(shared[0].why.last().unwrap().ends_with("more"), "{:?}", shared[0].why);
}
