//! What another scanner found: gitleaks' report of the weekly run over all repositories and their history.

use nhi_core::time::Timestamp;
use serde_json::{Value, json};

use super::{
    Fault,
    company::{Company, ago},
    history,
    random::Stream,
};

/// A secret that the run found: of which unit, in which commit of whom.
struct Pushed {
    fault: Fault,
    file: &'static str,
    line: usize,
    author: (&'static str, &'static str),
    at: Timestamp,
    message: &'static str,
}

fn pushed() -> [Pushed; 2] {
    [
        Pushed {
            fault: Fault::LeakedThenContained,
            file: "services/delivery-tracking/client.py",
            line: 14,
            author: ("Tom Berger", "tom.berger"),
            at: history::LEAKED,
            message: "tracking: try the new carrier API",
        },
        Pushed {
            fault: Fault::LiveKeyInCode,
            file: "services/order-export/settings.py",
            line: 10,
            author: ("Jonas Lind", "jonas.lind"),
            at: ago(6, 15, 42),
            message: "export: run without the vault agent for now",
        },
    ]
}

/// A report in gitleaks' JSON form. It holds the secrets, as that tool's reports do.
pub(crate) fn gitleaks(seed: u64, company: &Company, faults: &[Fault]) -> Vec<u8> {
    let mut out: Vec<Value> = Vec::new();
    for pushed in pushed().iter().filter(|pushed| faults.contains(&pushed.fault)) {
        let unit = company.units.iter().find(|unit| unit.name == pushed.fault.unit());
        let Some(version) = unit.and_then(|unit| unit.versions.first()) else { continue };
        let mut draw = Stream::new(seed, &[pushed.fault.unit(), "gitleaks"]);
        let (file, commit) = (pushed.file, draw.hex(40));
        let key = format!("AWS_ACCESS_KEY_ID = \"{}\"", version.external_id);
        let line = format!("AWS_SECRET_ACCESS_KEY = \"{}\"", version.secret);
        let places = [
            ("aws-access-token", "AWS access key id", pushed.line, key, &version.external_id),
            ("generic-api-key", "Generic API key", pushed.line + 1, line, &version.secret),
        ];
        for (rule, description, number, text, secret) in places {
            let column = text.find(secret.as_str()).map_or(1, |at| at + 1);
            out.push(json!({
                "RuleID": rule,
                "Description": description,
                "StartLine": number,
                "EndLine": number,
                "StartColumn": column,
                "EndColumn": column + secret.len() - 1,
                "Match": text,
                "Secret": secret,
                "File": file,
                "SymlinkFile": "",
                "Commit": commit,
                "Entropy": 4.2,
                "Author": pushed.author.0,
                "Email": format!("{}@brightwater.example", pushed.author.1),
                "Date": pushed.at.to_string().replace(".000Z", "Z"),
                "Message": pushed.message,
                "Tags": [],
                "Fingerprint": format!("{commit}:{file}:{rule}:{number}"),
            }));
        }
    }
    super::pretty(&Value::Array(out))
}
