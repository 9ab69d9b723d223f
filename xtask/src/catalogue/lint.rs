//! What every entry must keep. A complaint names the rule and what to do.

use std::collections::BTreeSet;

use super::read::{Format, Operation, slug};
use super::shape::Part;

const KINDS: &[&str] = &[
    "api_key",
    "certificate",
    "connection_string",
    "hash",
    "identifier",
    "model_key",
    "oauth_client_secret",
    "oauth_token",
    "password",
    "personal_token",
    "private_key",
    "publishable",
    "service_account_key",
    "session_token",
    "signing_secret",
    "unknown",
    "webhook_secret",
];
const ENVIRONMENTS: &[&str] = &["prod", "staging", "dev", "test", "sandbox"];
const FIELDS: &[&str] =
    &["credential.id", "identity.id", "identity.name", "issuer.account", "version.external_id"];
const SPECIALS: &[&str] =
    &["pem-private-key", "pgp-private-key", "jwt", "url-userinfo", "basic-authorization", "bip39"];

/// Fewest bytes of a literal that finds a shape by itself.
const ANCHOR: usize = 3;

/// Every complaint, in the order of the ids.
pub(crate) fn all(formats: &[Format]) -> Vec<String> {
    let mut out = Vec::new();
    let mut ids = BTreeSet::new();
    for format in formats {
        let id = &format.id;
        let mut say = |what: String| out.push(format!("{id}: {what}"));
        if !ids.insert(id) {
            say("the id is not unique".into());
        }
        if format.file != slug(&format.provider) {
            say(format!("{}.toml should be {}.toml", format.file, slug(&format.provider)));
        }
        if !KINDS.contains(&format.kind.as_str()) {
            say(format!("no credential kind `{}`", format.kind));
        }
        if format.source != "observed" && !format.source.starts_with("https://") {
            say("the source is neither a URL nor `observed`".into());
        }
        if format.context.iter().any(|word| word.is_empty() || *word != word.to_lowercase()) {
            say("context words are lower case".into());
        }
        if format.shapes.is_empty() {
            say("no shape".into());
        }
        for operation in format.list.iter().chain(&format.rotate).chain(&format.revoke) {
            lint_operation(operation, &mut say);
        }
        for shape in &format.shapes {
            let bare = !has_anchor(&shape.parts);
            if (bare || shape.needs_context) && format.context.is_empty() {
                say(format!("`{}` has no anchor of {ANCHOR} bytes and no context word", shape.text));
            }
            for environment in shape.environment.values() {
                if !ENVIRONMENTS.contains(&environment.as_str()) {
                    say(format!("no environment `{environment}`"));
                }
            }
            let mut follows = Vec::new();
            lint_parts(&shape.parts, &mut follows, &mut |what| say(format!("`{}`: {what}", shape.text)));
        }
    }
    out
}

fn lint_operation(operation: &Operation, say: &mut impl FnMut(String)) {
    if operation.op.trim().is_empty() {
        say("an operation without a name".into());
    }
    for (name, from) in operation.arguments() {
        if name.is_empty() || !(from.starts_with('=') && from.len() > 1 || FIELDS.contains(&from)) {
            say(format!("`{}`: `{name}` is filled from `{from}`, which is no record field", operation.op));
        }
    }
    for hole in operation.op.split('{').skip(1).filter_map(|rest| rest.split_once('}')) {
        if !operation.arguments().any(|(name, _)| name == hole.0) {
            say(format!("`{}`: nothing fills {{{}}}", operation.op, hole.0));
        }
    }
}

/// Whether a literal of [`ANCHOR`] bytes stands outside of optional parts.
pub(crate) fn has_anchor(parts: &[Part]) -> bool {
    parts.iter().any(|part| match part {
        Part::Literal(text) => text.len() >= ANCHOR,
        Part::OneOf(texts) => texts.iter().all(|text| text.len() >= ANCHOR),
        Part::Special(_) => true,
        Part::Run { .. } | Part::Optional(_) => false,
    })
}

/// `open` holds the alphabets of the variable runs that the next part directly follows.
fn lint_parts(parts: &[Part], open: &mut Vec<u128>, say: &mut impl FnMut(String)) {
    for part in parts {
        for first in firsts(part) {
            if open.iter().any(|set| set & first != 0) {
                say("a run of variable length could swallow what follows it".into());
                break;
            }
        }
        match part {
            Part::Literal(text) if text.is_empty() || !text.is_ascii() => {
                say("a literal is empty or not ASCII".into());
            }
            Part::Literal(_) => open.clear(),
            Part::OneOf(texts) => {
                if texts.iter().any(String::is_empty) || texts.windows(2).any(|pair| pair[0] == pair[1]) {
                    say("alternatives are empty or repeated".into());
                }
                open.clear();
            }
            Part::Run { set, min, max, .. } => {
                if min > max || *max == 0 {
                    say("a run with no length".into());
                }
                if *min > 0 {
                    open.clear();
                }
                if min < max {
                    open.push(*set);
                }
            }
            Part::Optional(inner) => {
                let mut within = open.clone();
                lint_parts(inner, &mut within, say);
                // Greedy: what may be taken as the optional part is never given back.
                open.extend(within);
                open.sort_unstable();
                open.dedup();
            }
            Part::Special(name) => {
                if !SPECIALS.contains(&name.as_str()) || parts.len() != 1 {
                    say(format!("`{name}` is no matcher of the engine, or does not stand alone"));
                }
            }
        }
    }
}

/// The sets of first bytes of a part.
fn firsts(part: &Part) -> Vec<u128> {
    let first = |text: &String| text.bytes().next().map_or(0, |b| 1u128 << b);
    match part {
        Part::Literal(text) => vec![first(text)],
        Part::OneOf(texts) => texts.iter().map(first).collect(),
        Part::Run { set, .. } => vec![*set],
        Part::Optional(inner) => inner.first().map(firsts).unwrap_or_default(),
        Part::Special(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::parse;
    use super::*;

    fn complaints(shape: &str) -> usize {
        let mut n = 0;
        lint_parts(&parse(shape).unwrap(), &mut Vec::new(), &mut |_| n += 1);
        n
    }

    #[test]
    fn a_run_that_swallows_is_refused() {
        assert_eq!(complaints("base62{3,9} 'x'"), 1);
        assert_eq!(complaints("base62{3,9} [ '-' digit{1} ] 'x'"), 1);
        assert_eq!(complaints("base62{3,9} '-' base62{1,2}"), 0);
        assert_eq!(complaints("base62{9} 'x'"), 0);
        assert_eq!(complaints("'a' [ digit{0,2} ] digit{1}"), 1);
    }

    #[test]
    fn anchors_outside_of_optional_parts_count() {
        assert!(has_anchor(&parse("base62{3} 'abc'").unwrap()));
        assert!(!has_anchor(&parse("'ab' [ 'abc' ]").unwrap()));
        assert!(!has_anchor(&parse("'abc'|'ab' base62{3}").unwrap()));
    }
}
