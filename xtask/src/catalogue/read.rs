//! The form of a catalogue file. Every field is documented here, once; a field that is not listed is an error.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::shape::{self, Part};

/// One file: a provider and its formats.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Name of the provider; the file is called after its slug.
    provider: String,
    #[serde(default)]
    format: Vec<Entry>,
}

/// One rule. Its id is `slug(provider).slug(name)`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The kind in the provider's words.
    name: String,
    /// `credential_kind` of a finding: `api_key`, `oauth_token`, ...
    kind: String,
    /// URL of the provider's document, or `observed`.
    source: String,
    /// Lower-case words that stand near such a token.
    #[serde(default)]
    context: Vec<String>,
    /// What a holder may do.
    #[serde(default)]
    privilege: String,
    /// Whether the provider no longer issues or accepts it.
    #[serde(default)]
    ended: bool,
    /// At least one.
    shape: Vec<EntryShape>,
    #[serde(default)]
    list: Vec<Operation>,
    #[serde(default)]
    rotate: Vec<Operation>,
    #[serde(default)]
    revoke: Vec<Operation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryShape {
    /// The segments in the small language of `shape.rs`.
    is: String,
    /// Name of an offline check of `classify::checks`.
    check: Option<String>,
    /// Whether a context word is needed although there is an anchor.
    #[serde(default)]
    needs_context: bool,
    /// Text in the token that tells the environment: `{ _live_ = "prod" }`.
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

/// One operation at the provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    /// In the provider's words.
    pub(crate) op: String,
    /// `"UserName = identity.name"`: argument, and the record field or `=literal` that fills it; in order.
    #[serde(default)]
    pub(crate) args: Vec<String>,
    /// Permission that the caller needs.
    #[serde(default)]
    pub(crate) permission: String,
    /// Whether it can be undone.
    #[serde(default)]
    pub(crate) reversible: bool,
}

impl Operation {
    /// Argument names and what fills them.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = (&str, &str)> {
        self.args.iter().map(|arg| {
            let (name, from) = arg.split_once(" = ").unwrap_or((arg, ""));
            (name.trim(), from.trim())
        })
    }
}

/// A format as the linter and the writers see it.
pub(crate) struct Format {
    pub(crate) file: String,
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) context: Vec<String>,
    pub(crate) privilege: String,
    pub(crate) ended: bool,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) list: Vec<Operation>,
    pub(crate) rotate: Vec<Operation>,
    pub(crate) revoke: Vec<Operation>,
}

/// A shape, parsed.
pub(crate) struct Shape {
    pub(crate) text: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) check: Option<String>,
    pub(crate) needs_context: bool,
    pub(crate) environment: BTreeMap<String, String>,
}

/// Lower case, each run of anything but `[a-z0-9]` becomes `-`.
pub(crate) fn slug(text: &str) -> String {
    let words: Vec<String> = text
        .to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.join("-")
}

/// Every format of a folder, sorted by id.
pub(crate) fn all(folder: &Path) -> Result<Vec<Format>, String> {
    let mut formats = Vec::new();
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.extension().is_none_or(|ext| ext != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).map_err(|e| format!("{name}: {e}"))?;
        let file: File = toml::from_str(&text).map_err(|e| format!("{name}.toml: {e}"))?;
        for entry in file.format {
            let id = format!("{}.{}", slug(&file.provider), slug(&entry.name));
            let shapes = entry.shape.into_iter().map(|s| {
                let parts = shape::parse(&s.is).map_err(|why| format!("{id}: `{}`: {why}", s.is))?;
                let EntryShape { is, check, needs_context, environment } = s;
                Ok(Shape { text: is, parts, check, needs_context, environment })
            });
            let shapes = shapes.collect::<Result<_, String>>()?;
            formats.push(Format {
                file: name.clone(),
                provider: file.provider.clone(),
                name: entry.name,
                kind: entry.kind,
                source: entry.source,
                context: entry.context,
                privilege: entry.privilege,
                ended: entry.ended,
                list: entry.list,
                rotate: entry.rotate,
                revoke: entry.revoke,
                shapes,
                id,
            });
        }
    }
    formats.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(formats)
}

#[cfg(test)]
mod tests {
    #[test]
    fn slugs() {
        assert_eq!(super::slug("access key id (long-lived)"), "access-key-id-long-lived");
        assert_eq!(super::slug("frame.io"), "frame-io");
    }
}
