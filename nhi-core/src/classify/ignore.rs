//! Marks by which people say that a finding on a line is known and accepted.

/// The marks: our own and those that people already write for other tools.
pub(super) const MARKS: &[&str] = &[
    "nhi:ignore",
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "pragma: allowlist secret",
    "pragma: allowlist-secret",
    "pragma: whitelist secret",
    "ggignore",
];

/// Whether a line carries one of the marks, in any case. The mark must not go on as a longer word.
pub(super) fn marked(line: &[u8]) -> bool {
    MARKS.iter().any(|mark| {
        line.windows(mark.len()).enumerate().any(|(at, window)| {
            let next = line.get(at + mark.len());
            window.eq_ignore_ascii_case(mark.as_bytes()) && !next.is_some_and(u8::is_ascii_alphanumeric)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_work_in_any_case_and_not_inside_words() {
        assert!(marked(b"key = 'x'  # gitleaks:allow"));
        assert!(marked(b"key = 'x'  // NHI:IGNORE, a decoy"));
        assert!(marked(b"x # pragma: allowlist secret"));
        assert!(!marked(b"x # gitleaks:allowed"));
        assert!(!marked(b"x"));
    }
}
