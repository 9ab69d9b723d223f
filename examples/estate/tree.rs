/*!
The company's source tree, from the files in `templates/`.

A template holds no secret. `{{mint KIND NAME}}` becomes one at run time: `key-id UNIT` and `secret UNIT` are the
unit's own, `hex:N NAME` and `base64:N NAME` are strings that only look like secrets (digests, ids). Lines between
`{{if FAULT}}` and `{{else}}` are there only if that fault is, those between `{{else}}` and `{{end}}` only if it
is not; a directive has a line of its own.
*/

use super::{Fault, company::Company, random::Stream};

macro_rules! templates {
    ($($path:literal = $file:literal),* $(,)?) => {
        /// Path in the tree and template.
        pub(crate) const TEMPLATES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("templates/", $file)))),*];
    };
}

templates! {
    ".github/workflows/deploy.yml" = "deploy.yml",
    "README.md" = "README.md",
    "deploy/values-prod.yaml" = "values-prod.yaml",
    "deploy/values-staging.yaml" = "values-staging.yaml",
    "infra/main.tf" = "main.tf",
    "infra/variables.tf" = "variables.tf",
    "notebooks/weekly-sales.ipynb" = "weekly-sales.ipynb",
    "services/delivery-tracking/client.py" = "client.py",
    "services/order-export/.env.example" = "env.example",
    "services/order-export/export.py" = "export.py",
    "services/order-export/settings.py" = "settings.py",
    "services/payments-api/package.json" = "package.json",
    "services/payments-api/package-lock.json" = "package-lock.json",
    "services/payments-api/src/config.js" = "config.js",
    "services/payments-api/test/fixtures/webhook.json" = "webhook.json",
    "services/support-agent/tools.yaml" = "tools.yaml",
}

/// The whole tree.
pub(crate) fn files(seed: u64, company: &Company, faults: &[Fault]) -> Vec<(String, Vec<u8>)> {
    TEMPLATES
        .iter()
        .map(|(path, template)| ((*path).into(), fill(template, seed, company, faults).into_bytes()))
        .collect()
}

fn fill(template: &str, seed: u64, company: &Company, faults: &[Fault]) -> String {
    let (mut out, mut shown) = (String::new(), true);
    for line in template.split_inclusive('\n') {
        let directive = line.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or("");
        if let Some(name) = directive.strip_prefix("if ") {
            shown = faults.iter().any(|fault| fault.name() == name);
        } else if directive == "else" {
            shown = !shown;
        } else if directive == "end" {
            shown = true;
        } else if shown {
            mint_line(line, seed, company, &mut out);
        }
    }
    out
}

fn mint_line(mut line: &str, seed: u64, company: &Company, out: &mut String) {
    while let Some((before, rest)) = line.split_once("{{mint ") {
        let (what, after) = rest.split_once("}}").unwrap_or((rest, ""));
        out.push_str(before);
        out.push_str(&minted(what, seed, company));
        line = after;
    }
    out.push_str(line);
}

fn minted(what: &str, seed: u64, company: &Company) -> String {
    let (kind, name) = what.split_once(' ').unwrap_or((what, ""));
    let version = company.units.iter().find(|unit| unit.name == name).and_then(|unit| unit.current());
    match (kind, version, kind.split_once(':')) {
        ("key-id", Some(version), _) => version.external_id.clone(),
        ("secret", Some(version), _) => version.secret.clone(),
        (_, _, Some((kind, length))) => {
            let alphabet: &[u8] = match kind {
                "hex" => b"0123456789abcdef",
                _ => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            };
            Stream::new(seed, &["tree", name]).text(alphabet, length.parse().unwrap_or(0))
        }
        _ => unreachable!("no template mints `{what}`"),
    }
}
