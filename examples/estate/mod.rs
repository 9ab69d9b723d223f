/*!
A small company with everything `nhi` reads: source tree, cloud exports, logs, records, another scanner's report.

Brightwater Coffee sells coffee in shops and on the web. It does not exist. [`generate`] makes its files from a
seed, with the faults of [`Fault::ALL`] in them or without some: the same seed gives the same bytes, and leaving
out a fault changes only what speaks of its own unit. Every random draw comes from a stream named after the unit
and the purpose. Account ids, addresses and network numbers are those set aside for documents (RFC 5737,
RFC 5398), and every secret is made at run time: none stands in this program.

Not here: what is wrong with the company. That is for `nhi` to find.
*/

mod aws;
mod company;
mod fault;
mod faults;
mod findings;
mod history;
mod mint;
mod random;
mod records;
mod traffic;
mod tree;
mod units;

#[cfg(test)]
mod tests;

use nhi_core::{Pepper, model::Completeness, time::Timestamp};

pub use fault::Fault;

use company::Company;
use random::Stream;

/// The seed of the bundled estate.
pub const SEED: u64 = 1;

/// The inputs of one run of `govern`.
#[derive(Debug)]
pub struct Estate {
    /// When everything was exported: always 2026-11-20T09:00:00Z.
    pub now: Timestamp,
    /// The source tree: path and content, in order of path.
    pub source: Vec<(String, Vec<u8>)>,
    /// The exports, logs and records.
    pub files: Vec<Export>,
    /// The company's pepper, with which the fingerprints in its records were made.
    pub pepper: Pepper,
}

/// One file that a system gave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// File name.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
    /// Whether it lists all that its system holds.
    pub completeness: Completeness,
    /// Which flag of `govern` takes it, without the dashes.
    pub flag: &'static str,
}

/// Makes the company's files. The same arguments give the same bytes, on every machine.
///
/// ```
/// use common::estate::{Fault, SEED, generate};
/// let sick = generate(SEED, &[]);
/// let healthy = generate(SEED, Fault::ALL);
/// assert_eq!(sick.now.to_string(), "2026-11-20T09:00:00.000Z");
/// assert_eq!(sick.files.len(), healthy.files.len());
/// ```
pub fn generate(seed: u64, without: &[Fault]) -> Estate {
    let faults: Vec<Fault> = Fault::ALL.iter().copied().filter(|fault| !without.contains(fault)).collect();
    let mut company = Company::new(seed);
    for fault in &faults {
        faults::plant(*fault, seed, &mut company);
    }
    for unit in &mut company.units {
        unit.calls = traffic::calls(seed, unit);
    }
    let pepper = pepper(seed);
    let mut files = Vec::new();
    let mut add = |name: String, flag, completeness, bytes| {
        files.push(Export { name, bytes, completeness, flag });
    };
    for account in company::ACCOUNTS {
        let report = aws::credential_report(&company, account);
        add(
            format!("aws/{}/credential-report.csv", account.name),
            "aws-credential-report",
            Completeness::Full,
            report,
        );
        let keys = aws::access_keys(&company, account);
        add(format!("aws/{}/access-keys.json", account.name), "aws-access-keys", Completeness::Full, keys);
        let details = aws::authorization_details(seed, &company, account);
        let name = format!("aws/{}/authorization-details.json", account.name);
        add(name, "aws-authorization-details", Completeness::Full, details);
    }
    add("aws/trail.json".into(), "cloudtrail", Completeness::Partial, aws::trail(seed, &company));
    add("activities.jsonl".into(), "activities", Completeness::Partial, traffic::activities(&company));
    add(
        "gitleaks.json".into(),
        "findings",
        Completeness::Partial,
        findings::gitleaks(seed, &company, &faults),
    );
    add("owners.csv".into(), "owners", Completeness::Full, records::owners(&company));
    add("records.jsonl".into(), "records", Completeness::Full, records::records(&company, &pepper));
    Estate { now: company::NOW, source: tree::files(seed, &company, &faults), files, pepper }
}

fn pepper(seed: u64) -> Pepper {
    let mut stream = Stream::new(seed, &["pepper"]);
    let mut bytes = [0; 32];
    for chunk in bytes.chunks_mut(8) {
        chunk.copy_from_slice(&stream.next().to_le_bytes()[..chunk.len()]);
    }
    Pepper::new(bytes)
}

fn json_line<T: serde::Serialize>(value: &T, out: &mut Vec<u8>) {
    match serde_json::to_vec(value) {
        Ok(line) => out.extend(line),
        Err(_) => unreachable!("records of the estate have string keys only"),
    }
    out.push(b'\n');
}

fn pretty(value: &serde_json::Value) -> Vec<u8> {
    let mut out = match serde_json::to_vec_pretty(value) {
        Ok(bytes) => bytes,
        Err(_) => unreachable!("a JSON value can be written"),
    };
    out.push(b'\n');
    out
}
