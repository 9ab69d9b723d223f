//! Path patterns of the owners directory.

use crate::limits;

/// Whether a path fits a pattern: `?` is one character, `*` any within a segment, `**` any across segments;
/// everything else is itself. `dir/**` fits `dir` and all below it. Backslashes of Windows paths count as `/`,
/// and a leading `./` does not count.
///
/// Time is pattern length times path length at most, without recursion; a pattern longer than
/// [`limits::GLOB_BYTES`] fits nothing, and nothing fits a path longer than [`limits::PATH_BYTES`].
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    if pattern.len() > limits::GLOB_BYTES || path.len() > limits::PATH_BYTES {
        return false;
    }
    let (pattern, path) = (trim(pattern).as_bytes(), trim(path).as_bytes());
    if let Some(dir) = pattern.strip_suffix(b"/**")
        && walk(dir, path)
    {
        return true;
    }
    walk(pattern, path)
}

/// A pattern or path without a leading `./`.
pub(super) fn trim(text: &str) -> &str {
    text.strip_prefix("./").unwrap_or(text)
}

/// The directory that a pattern names before its first wildcard, the pattern itself if it has none: whatever fits
/// it is that or lies below.
pub(super) fn literal(pattern: &str) -> &str {
    let pattern = trim(pattern);
    match pattern.find(['*', '?']) {
        None => pattern,
        Some(wildcard) => {
            let before = pattern.get(..wildcard).unwrap_or_default();
            before.rfind('/').and_then(|end| before.get(..end)).unwrap_or_default()
        }
    }
}

/// Two places to come back to, one for the last `*` and one for the last `**`: a later `**` makes all earlier
/// choices final, a later `*` only those since the last `**`.
fn walk(pattern: &[u8], path: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    // With whether it stands for whole segments only (`**/`).
    let mut stars: Option<(usize, usize, bool)> = None;
    let slash = |t: usize| path.get(t).is_some_and(|b| matches!(b, b'/' | b'\\'));
    loop {
        let here = path.get(t).map(|b| if *b == b'\\' { b'/' } else { *b });
        let rest = pattern.get(p..).unwrap_or_default();
        if rest.starts_with(b"**") {
            // `**/` may also stand for nothing at all.
            let whole = rest.get(2) == Some(&b'/') && (p == 0 || pattern.get(p - 1) == Some(&b'/'));
            p += if whole { 3 } else { 2 };
            (stars, star) = (Some((p, t, whole)), None);
            continue;
        }
        match (rest.first(), here) {
            (Some(b'*'), _) => {
                p += 1;
                star = Some((p, t));
                continue;
            }
            (None, None) => return true,
            (Some(b'?'), Some(b)) if b != b'/' => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            (Some(c), Some(b)) if *c == b => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            _ => {}
        }
        // A misfit: let the last `*` take one more, unless that would cross a segment; else the last `**`.
        match (star, stars) {
            (Some((from, at)), _) if at < path.len() && !slash(at) => {
                (p, t) = (from, at + 1);
                star = Some((from, at + 1));
            }
            (_, Some((from, at, whole))) if at < path.len() => {
                let mut next = at + 1;
                while whole && next < path.len() && !slash(next - 1) {
                    next += 1;
                }
                if whole && !slash(next - 1) {
                    return false;
                }
                (p, t) = (from, next);
                (stars, star) = (Some((from, next, whole)), None);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_and_what_does_not() {
        for (pattern, path, expected) in [
            ("deploy/**", "deploy/prod/app.yaml", true),
            ("deploy/**", "deploy", true),
            ("deploy/**", "deployment/x", false),
            ("deploy/*", "deploy/prod/app.yaml", false),
            ("deploy/*.yaml", "deploy/app.yaml", true),
            ("**/prod/*.env", "a/b/prod/x.env", true),
            ("**/prod/*.env", "prod/x.env", true),
            ("**/prod/*.env", "reprod/x.env", false),
            ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true),
            ("src/?.rs", "src/a.rs", true),
            ("src/?.rs", "src/ab.rs", false),
            ("**", "any/thing", true),
            ("", "", true),
            ("", "x", false),
            ("x", "./x", true),
            ("a/b", "a\\b", true),
            ("*a*b", "xaxaxb", true),
            ("*.py", "a/b.py", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} on {path}");
        }
        assert!(!fits(&"*".repeat(limits::GLOB_BYTES + 1), "x"));
        assert!(fits("**", &"x".repeat(limits::PATH_BYTES)));
        assert!(!fits("**", &"x".repeat(limits::PATH_BYTES + 1)));
    }

    /// The definition, with as many steps as it likes.
    fn slow(pattern: &[u8], path: &[u8]) -> bool {
        match (pattern.first(), path.first()) {
            (None, None) => true,
            (Some(b'*'), _) if pattern.starts_with(b"**") => {
                slow(&pattern[2..], path) || (!path.is_empty() && slow(pattern, &path[1..]))
            }
            (Some(b'*'), t) => {
                slow(&pattern[1..], path) || (t.is_some_and(|b| *b != b'/') && slow(pattern, &path[1..]))
            }
            (Some(b'?'), Some(b)) => *b != b'/' && slow(&pattern[1..], &path[1..]),
            (Some(c), Some(b)) => c == b && slow(&pattern[1..], &path[1..]),
            _ => false,
        }
    }

    proptest::proptest! {
        /// `**/` at a segment's start and `/**` at the end are conveniences beyond the definition: left out here.
        #[test]
        fn walk_is_the_definition(pattern in "[ab?]{0,3}(\\*{1,2}[ab?]{1,2}){0,3}", path in "[ab/]{0,10}") {
            proptest::prop_assert_eq!(walk(pattern.as_bytes(), path.as_bytes()), slow(pattern.as_bytes(), path.as_bytes()));
        }

        #[test]
        fn any_pattern_ends(pattern in "[ab*?/.\\\\]{0,20}", path in "[ab/.\\\\]{0,40}") {
            let _: bool = fits(&pattern, &path);
        }
    }
}
