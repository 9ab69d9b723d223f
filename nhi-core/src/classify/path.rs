//! What a path says about the file's content.

/// Hints from a path.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PathHints {
    /// Tests, examples and documentation: values there are often samples. Lowers, never hides.
    pub(super) sample: bool,
    /// Lock files, checksum lists, source maps and vendored bundles: full of digests. There only a shape with a
    /// literal of its own counts.
    pub(super) digests: bool,
}

const SAMPLES: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "fixtures",
    "fixture",
    "testdata",
    "mock",
    "mocks",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "doc",
    "docs",
];

const DIGESTS: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "cargo.lock",
    "go.sum",
    "go.work.sum",
    "yarn.lock",
    "poetry.lock",
    "pnpm-lock.yaml",
    "composer.lock",
    "gemfile.lock",
    "podfile.lock",
    "pubspec.lock",
    "pipfile.lock",
    "flake.lock",
    "uv.lock",
    "bun.lock",
    "deno.lock",
    "mix.lock",
    "packages.lock.json",
    ".cargo-checksum.json",
    "md5sums",
    "sha1sums",
    "sha256sums",
    "sha512sums",
    "checksums.txt",
    "verification-metadata.xml",
];

impl PathHints {
    pub(super) fn new(path: &str) -> PathHints {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem_says = name.split(['.', '-', '_']).any(|part| SAMPLES.contains(&part));
        PathHints {
            sample: stem_says || lower.split(['/', '\\']).any(|part| SAMPLES.contains(&part)),
            digests: DIGESTS.contains(&name)
                || [".map", ".sum", ".lock", ".sha256", ".sha512", ".md5"].iter().any(|end| name.ends_with(end))
                // The list of an installed Python package, with a digest a file.
                || (name == "record" && lower.contains(".dist-info")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_digests() {
        assert!(PathHints::new("src/tests/a.rs").sample && PathHints::new("a/.env.example").sample);
        assert!(PathHints::new("x/a-1.0.dist-info/RECORD").digests && !PathHints::new("a/record").digests);
        assert!(PathHints::new("web/package-lock.json").digests && !PathHints::new("src/latest.rs").sample);
    }
}
