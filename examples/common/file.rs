/*!
Files, whole: read up to a limit and only if regular, written so that nobody ever sees half of one.

A pipe or a device given as a file would hang a program or never end; it is an error that says so.
*/

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use nhi_core::limits;

/// Most bytes of an export or a ledger: what the core reads of one.
pub const EXPORT: u64 = limits::EXPORT_BYTES as u64;
/// Most bytes of a policy: hundreds of times one that names every field.
pub const POLICY: u64 = 1 << 20;
/// Most bytes of a pepper file: many times its one line.
pub const PEPPER: u64 = 4 << 10;

/// Reads a regular file of at most `most` bytes.
///
/// # Errors
/// What is wrong, without the path; see [`why`].
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Before it is opened, which alone would wait at a pipe.
    regular(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    let known = file.metadata()?;
    regular(&known)?;
    let long = || {
        let text = format!("has more than {most} bytes, the limit for a file of this sort");
        io::Error::new(ErrorKind::InvalidData, text)
    };
    if known.len() > most {
        return Err(long());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(known.len() + 1).unwrap_or(0));
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(long()) } else { Ok(bytes) }
}

fn regular(known: &fs::Metadata) -> io::Result<()> {
    let text = match known.file_type() {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => "is a directory",
        _ => "is not a regular file",
    };
    Err(io::Error::new(ErrorKind::InvalidInput, text))
}

/// Writes a file beside `path` and renames it: a crash leaves the old one or the new one. A symbolic link is
/// replaced, not followed; a directory, pipe or device is left alone.
///
/// # Errors
/// What is wrong, without the path; see [`why`].
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    place(path, bytes, false)
}

/// As [`write`], readable by its user only.
///
/// # Errors
/// As [`write`].
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    place(path, bytes, true)
}

fn place(path: &Path, bytes: &[u8], private: bool) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(known) if known.is_symlink() => {}
        Ok(known) => regular(&known)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut draft = OsString::from(".");
    draft.push(path.file_name().unwrap_or_default());
    draft.push(format!(".new-{}", std::process::id()));
    let draft = path.with_file_name(draft);
    let mut options = OpenOptions::new();
    // Never through a link that somebody put there.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if private { 0o600 } else { 0o666 });
    #[cfg(not(unix))]
    let _ = private;
    let mut file = options.open(&draft)?;
    let written =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&draft, path));
    written.inspect_err(|_| {
        // Best effort: the error that matters is the first.
        let _ = fs::remove_file(&draft);
    })
}

/// The innermost cause in words, without the number of the operating system's error.
pub fn why(error: &io::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(cause) = inner.source() {
        inner = cause;
    }
    let text = inner.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Path and cause, as a sentence.
pub fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {}", path.display(), why(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_words() {
        assert_eq!(why(&io::Error::from_raw_os_error(2)), "no such file or directory");
    }

    #[test]
    fn one_byte_more_than_the_limit_is_too_much() {
        let folder = std::env::temp_dir().join(format!("nhi-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a");
        write(&path, b"1234").unwrap();
        assert_eq!(read(&path, 4).unwrap(), b"1234");
        assert!(why(&read(&path, 3).unwrap_err()).starts_with("has more than 3 bytes"));
        assert_eq!(why(&read(&folder, 3).unwrap_err()), "is a directory");
        assert_eq!(why(&write(&folder, b"").unwrap_err()), "is a directory");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "a draft is left behind");
        fs::remove_dir_all(&folder).unwrap();
    }
}
