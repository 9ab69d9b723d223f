//! A user: a folder of their own, programs run in it, what they print and how they end.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is removed at the end, with a home in it.
pub(crate) struct User {
    folder: PathBuf,
}

/// What a program did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl User {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("nhi-user-{}-{n}", std::process::id()));
        std::fs::create_dir_all(folder.join("home")).expect("a temporary folder can be made");
        std::fs::create_dir_all(folder.join("work")).expect("a temporary folder can be made");
        User { folder }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join("work").join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder can be made");
        std::fs::write(path, bytes).expect("a file can be written");
        self
    }

    pub(crate) fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.folder.join("work"));
        command.env("HOME", self.home()).env_remove("XDG_CONFIG_HOME");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, program: &str, args: &[&str]) -> Ran {
        self.command(program, args).output().expect("the program starts").into()
    }

    pub(crate) fn pipe(&self, program: &str, args: &[&str], input: &[u8]) -> Ran {
        let mut child =
            self.command(program, args).stdin(Stdio::piped()).spawn().expect("the program starts");
        // A program that refuses its arguments may end before it reads.
        let _ = child.stdin.take().expect("piped above").write_all(input);
        child.wait_with_output().expect("the program ends").into()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("programs print UTF-8");
        Ran {
            code: output.status.code().expect("no signal ends a program"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

impl Ran {
    /// Compares the exit code, and shows everything if it differs.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
}
