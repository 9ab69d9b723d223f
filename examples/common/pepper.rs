/*!
Where the pepper is kept: `$XDG_CONFIG_HOME/nhi/pepper`, else `~/.config/nhi/pepper`, or the file of
`--pepper-file`. It is made on first use, readable by its user only, and named on standard error; one
that others can read is used and complained of.

Whoever has the pepper can try guesses against fingerprints; whoever loses it can no longer join new fingerprints
with old ones. Keep a copy where the organisation keeps its keys.
*/

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nhi_core::Pepper;
use zeroize::Zeroizing;

use crate::{file, say};

/// Loads the pepper, or makes one.
///
/// `None` if no file was named and this user has no place to keep one; that is said on standard error, and
/// findings then carry no fingerprint.
///
/// # Errors
/// What is wrong with the file, in words.
pub fn load(program: &str, named: Option<&Path>) -> Result<Option<Arc<Pepper>>, String> {
    let without = |why: &str| {
        say(program, &format!("no fingerprints: {why}; use --pepper-file FILE"));
        Ok(None)
    };
    let path = match named {
        Some(path) => path.to_path_buf(),
        None => match default_path() {
            Some(path) => path,
            None => return without("neither XDG_CONFIG_HOME nor HOME is set"),
        },
    };
    if let Some(pepper) = read(&path)? {
        if shared(&path) {
            let path = path.display();
            say(program, &format!("{path}: others on this machine can read this pepper; chmod 600 it"));
        }
        return Ok(Some(Arc::new(pepper)));
    }
    match make(&path) {
        Ok(made) => {
            if made {
                say(program, &format!("made a new pepper for fingerprints: {}", path.display()));
            }
            // Another process may have been faster; the file on disk holds.
            read(&path)?.map(Arc::new).map(Some).ok_or(format!("{}: vanished", path.display()))
        }
        Err(why) if named.is_none() => without(&why),
        Err(why) => Err(why),
    }
}

/// Whether anybody but its user may read or change the file.
#[cfg(unix)]
fn shared(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(path).is_ok_and(|known| known.permissions().mode() & 0o077 != 0)
}

/// Not asked where there are no modes.
#[cfg(not(unix))]
fn shared(_: &Path) -> bool {
    false
}

fn default_path() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(config.join("nhi").join("pepper"))
}

fn read(path: &Path) -> Result<Option<Pepper>, String> {
    let bytes = match file::read(path, file::PEPPER).map(Zeroizing::new) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(file::at(path, &e)),
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| format!("{}: pepper: not text", path.display()))?;
    Pepper::parse(text).map(Some).map_err(|e| format!("{}: {e}", path.display()))
}

/// Writes a new pepper beside `path` and links it into place, so that no reader ever sees half a file and the
/// first of two processes wins. Whether this one did.
fn make(path: &Path) -> Result<bool, String> {
    let at = |e: std::io::Error| file::at(path, &e);
    if fs::symlink_metadata(path).is_ok_and(|known| known.is_symlink()) {
        return Err(format!("{}: a symbolic link to a file that does not exist", path.display()));
    }
    let mut key = Zeroizing::new([0u8; 32]);
    getrandom::fill(key.as_mut()).map_err(|e| format!("no random bytes: {e}"))?;
    let text = Zeroizing::new(Pepper::new(*key).expose_file());
    if let Some(folder) = path.parent() {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder).map_err(at)?;
    }
    let mut draft = path.as_os_str().to_os_string();
    draft.push(format!(".new-{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let linked = options.open(&draft).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&draft, path)
    });
    // Best effort: a draft left behind is readable by its user only.
    let _ = fs::remove_file(&draft);
    match linked {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(at(e)),
    }
}
