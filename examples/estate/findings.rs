//! What another scanner found: gitleaks' report of the weekly run over all repositories and their history.

use serde_json::{Value, json};

use super::{Fault, company::Company, history, random::Stream};

/// A report in gitleaks' JSON form. It holds the secret, as that tool's reports do.
pub(crate) fn gitleaks(seed: u64, company: &Company, faults: &[Fault]) -> Vec<u8> {
    let mut out: Vec<Value> = Vec::new();
    for unit in company.units.iter().filter(|unit| unit.name == Fault::LeakedThenContained.unit()) {
        if let (true, Some(leaked)) = (faults.contains(&Fault::LeakedThenContained), unit.versions.first()) {
            let mut draw = Stream::new(seed, &[unit.name, "gitleaks"]);
            let file = "services/delivery-tracking/client.py";
            let commit = draw.hex(40);
            let line = format!("AWS_SECRET_ACCESS_KEY = \"{}\"", leaked.secret);
            let key = format!("AWS_ACCESS_KEY_ID = \"{}\"", leaked.external_id);
            let places = [
                ("aws-access-token", "AWS access key id", 14, key, &leaked.external_id),
                ("generic-api-key", "Generic API key", 15, line, &leaked.secret),
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
                    "Author": "Tom Berger",
                    "Email": "tom.berger@brightwater.example",
                    "Date": history::LEAKED.to_string().replace(".000Z", "Z"),
                    "Message": "tracking: try the new carrier API",
                    "Tags": [],
                    "Fingerprint": format!("{commit}:{file}:{rule}:{number}"),
                }));
            }
        }
    }
    super::pretty(&Value::Array(out))
}
