//! What the owners directory lists: an id or a path pattern, and the row that has it.

use alloc::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::super::{Ambiguity, SourceRef, glob};
use crate::{limits, model::Owner};

/// Rows by what they own. It borrows them: a row with many entries stands in it once.
///
/// # Cost
/// `n log n` in the entries of all rows. A path is tried on the patterns of its own directories only, of which each
/// has at most [`limits::PATTERNS`]; most patterns begin with a directory of their own, and cost nothing elsewhere.
pub(in crate::inventory) struct Directory<'a> {
    rows: &'a [(Owner, SourceRef)],
    ids: BTreeMap<&'a str, usize>,
    /// Patterns and their rows, the most particular first.
    patterns: Vec<(&'a str, usize)>,
    /// The directory that a pattern names before its first wildcard → its patterns, in their order.
    by_dir: BTreeMap<&'a str, Vec<usize>>,
    /// Patterns beyond the limit: the directory, and owners that have some.
    left_out: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Directory<'a> {
    pub(in crate::inventory) fn new(rows: &'a [(Owner, SourceRef)]) -> Self {
        let (mut ids, mut patterns) = (BTreeMap::new(), Vec::new());
        for (row, (owner, _)) in rows.iter().enumerate() {
            for what in &owner.owns {
                match what.strip_prefix("path:") {
                    // A longer one fits nothing.
                    Some(pattern) if pattern.len() > limits::GLOB_BYTES => {}
                    Some(pattern) => patterns.push((pattern, row)),
                    None => {
                        ids.entry(what.as_str()).or_insert(row);
                    }
                }
            }
        }
        // The longest pattern that fits is the most particular one; of two rows with the same, the first has it.
        patterns.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        patterns.dedup_by_key(|(pattern, _)| *pattern);
        let mut by_dir: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut left_out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (i, (pattern, row)) in patterns.iter().enumerate() {
            let dir = glob::literal(pattern);
            let alike = by_dir.entry(dir).or_default();
            if alike.len() < limits::PATTERNS {
                alike.push(i);
            } else if let Some((owner, _)) = rows.get(*row) {
                let owners = left_out.entry(dir).or_default();
                if owners.len() < limits::EVIDENCE {
                    owners.insert(&owner.id);
                }
            }
        }
        Directory { rows, ids, patterns, by_dir, left_out }
    }

    /// The patterns that may fit a path, a list for each of its directories and itself.
    fn candidates(&self, path: &str) -> impl Iterator<Item = &Vec<usize>> {
        let own = glob::trim(path);
        let path = if own.contains('\\') { Cow::Owned(own.replace('\\', "/")) } else { Cow::Borrowed(own) };
        // No pattern names a longer directory.
        let ends = path.bytes().enumerate().take(limits::GLOB_BYTES + 1);
        let mut ends: Vec<usize> = ends.filter(|(_, byte)| *byte == b'/').map(|(at, _)| at).collect();
        ends.extend((path.len() <= limits::GLOB_BYTES).then_some(path.len()));
        let dirs = ends.into_iter().filter(|end| *end > 0);
        let mut lists: Vec<&Vec<usize>> = self.by_dir.get("").into_iter().collect();
        lists.extend(dirs.filter_map(|end| self.by_dir.get(path.get(..end)?)));
        lists.into_iter()
    }

    fn row(&self, row: usize) -> Option<(&'a Owner, SourceRef)> {
        self.rows.get(row).map(|(owner, source)| (owner, *source))
    }

    /// The row that owns a place.
    pub(in crate::inventory) fn place(&self, path: &str) -> Option<(&'a Owner, SourceRef)> {
        let fits = |i: &&usize| self.patterns.get(**i).is_some_and(|(pattern, _)| glob::fits(pattern, path));
        let best = self.candidates(path).filter_map(|list| list.iter().find(fits)).min()?;
        self.row(self.patterns.get(*best)?.1)
    }

    /// The row that owns one of these ids.
    pub(in crate::inventory) fn of<'b>(
        &self,
        ids: impl IntoIterator<Item = &'b str>,
    ) -> Option<(&'a Owner, SourceRef)> {
        ids.into_iter().find_map(|id| self.ids.get(id)).and_then(|row| self.row(*row))
    }

    /// What is told of patterns that are not tried.
    pub(super) fn ambiguities(&self) -> Vec<Ambiguity> {
        let told = |(dir, owners): (&&str, &BTreeSet<&str>)| Ambiguity {
            shared: format!("path:{dir}"),
            records: owners.iter().map(|id| String::from(*id)).collect(),
            why: format!(
                "more than {} path patterns begin with this directory: the shortest are not tried",
                limits::PATTERNS
            ),
        };
        self.left_out.iter().map(told).collect()
    }
}

/// The owners of places, each place looked up once.
pub(in crate::inventory) struct Places<'d, 'p> {
    directory: &'d Directory<'d>,
    known: BTreeMap<&'p str, Option<(&'d Owner, SourceRef)>>,
}

impl<'d, 'p> Places<'d, 'p> {
    pub(in crate::inventory) fn new(directory: &'d Directory<'d>) -> Self {
        Places { directory, known: BTreeMap::new() }
    }

    pub(in crate::inventory) fn of(&mut self, path: &'p str) -> Option<(&'d Owner, SourceRef)> {
        let directory = self.directory;
        *self.known.entry(path).or_insert_with(|| directory.place(path))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec};

    use super::*;
    use crate::model::{Fact, OwnerKind, OwnerStatus};

    fn row(i: usize, owns: Vec<String>) -> (Owner, SourceRef) {
        let owner = Owner {
            kind: OwnerKind::Team,
            id: format!("team-{i}"),
            name: String::new(),
            status: OwnerStatus::Active,
            since: Fact::default(),
            contact: Fact::default(),
            owns,
            environment: Fact::default(),
            workload: Fact::default(),
            purpose: Fact::default(),
        };
        (owner, SourceRef { snapshot: 0, observation: i as u32 })
    }

    #[test]
    fn a_path_is_tried_on_the_patterns_of_its_directories_only() {
        let n = 2_000;
        let patterns = (0..n).map(|i| format!("path:services/app-{i}/**")).collect();
        let rows = [row(0, patterns)];
        let directory = Directory::new(&rows);
        let tried = |path: &str| directory.candidates(path).map(Vec::len).sum::<usize>();
        assert_eq!((0..n).map(|i| tried(&format!("services/app-{i}/src/a.py"))).sum::<usize>(), n);
        assert_eq!(tried(&"a/".repeat(30_000)), 0);
        assert!(directory.place("services/app-7").is_some());
        assert!(directory.place("services/app").is_none());
    }

    #[test]
    fn patterns_alike_are_limited_and_told() {
        let patterns = |n: usize| (0..n).map(|i| format!("path:**/{i:05}")).collect();
        let full = [row(0, patterns(limits::PATTERNS))];
        assert_eq!(Directory::new(&full).ambiguities(), []);
        let beyond = [row(0, patterns(limits::PATTERNS + 1)), row(1, vec!["path:*".into()])];
        let directory = Directory::new(&beyond);
        assert_eq!(directory.candidates("a/b").map(Vec::len).sum::<usize>(), limits::PATTERNS);
        let told = directory.ambiguities();
        assert_eq!((told.len(), &told[0].records), (1, &vec!["team-0".to_string(), "team-1".to_string()]));
    }

    proptest::proptest! {
        #[test]
        fn a_place_has_the_longest_pattern_that_fits(
            patterns in proptest::collection::vec("(\\./)?[ab/*?]{0,6}(/\\*\\*)?", 0..8),
            path in "(\\./)?[ab/\\\\]{0,8}",
        ) {
            let rows: Vec<_> =
                patterns.iter().enumerate().map(|(i, p)| row(i, vec![format!("path:{p}")])).collect();
            let fitting = patterns.iter().enumerate().filter(|(_, pattern)| glob::fits(pattern, &path));
            let best = fitting.min_by(|(i, a), (j, b)| (b.len(), a, i).cmp(&(a.len(), b, j))).map(|(i, _)| i);
            let found = Directory::new(&rows).place(&path).map(|(_, source)| source.observation as usize);
            proptest::prop_assert_eq!(found, best);
        }
    }
}
