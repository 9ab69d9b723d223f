//! The working tree before and after a run: a generated file that is not what its generator writes shows here.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Stdio;

use crate::steps;

/// Every file that differs from the commit or is unknown to git and not ignored, with its state and its content.
#[derive(PartialEq)]
pub(crate) struct Tree(BTreeMap<String, (String, Option<u64>)>);

impl Tree {
    /// As it is now.
    pub(crate) fn now() -> Result<Tree, String> {
        Tree::of(&steps::root())
    }

    fn of(root: &Path) -> Result<Tree, String> {
        let out =
            steps::build(&["git", "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"])
                .current_dir(root)
                .stderr(Stdio::null())
                .output()
                .map_err(|e| format!("git: {e}"))?;
        if !out.status.success() {
            return Err("must run in a git checkout: it compares the tree before and after".into());
        }
        let list = String::from_utf8_lossy(&out.stdout);
        let entries = list.split('\0').filter_map(|entry| entry.split_at_checked(3));
        Ok(Tree(
            entries
                .map(|(state, path)| (path.to_owned(), (state.to_owned(), content(&root.join(path)))))
                .collect(),
        ))
    }

    /// The files whose state or content is another than `before`.
    pub(crate) fn changes<'a>(&'a self, before: &'a Tree) -> Vec<&'a str> {
        let other = |path: &&String| self.0.get(*path) != before.0.get(*path);
        let paths = self.0.keys().chain(before.0.keys().filter(|path| !self.0.contains_key(*path)));
        paths.filter(other).map(String::as_str).collect()
    }
}

/// A digest of a file's bytes; `None`: there is none.
fn content(path: &Path) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    std::fs::read(path).ok()?.hash(&mut hasher);
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_in_files_that_git_knows_and_in_those_it_does_not() {
        let root = steps::root().join(format!("target/tree-test-{}", std::process::id()));
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        };
        let git = |args: &[&str]| {
            let done =
                steps::build(&[&["git"], args].concat()).current_dir(&root).output().expect("git runs");
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        write("known.h", "1\n");
        write("ignored.o", "1\n");
        write(".gitignore", "*.o\n");
        git(&["init", "--quiet"]);
        git(&["add", "."]);
        git(&["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "first"]);
        write("folder/unfinished.txt", "1\n");

        let before = Tree::of(&root).expect("a tree");
        assert!(before == Tree::of(&root).expect("a tree"));
        write("ignored.o", "2\n");
        assert!(before == Tree::of(&root).expect("a tree"));
        write("known.h", "2\n");
        write("folder/unfinished.txt", "2\n");
        write("folder/new.d.ts", "1\n");
        let after = Tree::of(&root).expect("a tree");
        assert_eq!(after.changes(&before), ["folder/new.d.ts", "folder/unfinished.txt", "known.h"]);
        std::fs::remove_file(root.join("folder/unfinished.txt")).expect("it was there");
        write("folder/new.d.ts", "1\n");
        assert!(Tree::of(&root).expect("a tree").changes(&before).contains(&"folder/unfinished.txt"));
        std::fs::remove_dir_all(&root).expect("it was there");
    }
}
