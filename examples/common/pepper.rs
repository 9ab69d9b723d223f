/*!
Where the pepper is kept: `$XDG_CONFIG_HOME/nhi/pepper`, else `~/.config/nhi/pepper`, or the file of
`--pepper-file`. It is made on first use, readable by its user only, and named on standard error.

Whoever has the pepper can try guesses against fingerprints; whoever loses it can no longer join new fingerprints
with old ones. Keep a copy where the organisation keeps its keys.
*/

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nhi_core::Pepper;
use zeroize::Zeroizing;

/// Loads the pepper, or makes one.
///
/// `None` if no file was named and this user has no place to keep one; that is said on standard error, and
/// findings then carry no fingerprint.
///
/// # Errors
/// What is wrong with the file, in words.
pub fn load(program: &str, named: Option<&Path>) -> Result<Option<Arc<Pepper>>, String> {
    let without = |why: &str| {
        eprintln!("{program}: no fingerprints: {why}; use --pepper-file FILE");
        Ok(None)
    };
    let path = match named {
        Some(path) => path.to_path_buf(),
        None => match default_path() {
            Some(path) => path,
            None => return without("neither XDG_CONFIG_HOME nor HOME is set"),
        },
    };
    match read(&path) {
        Ok(Some(pepper)) => Ok(Some(Arc::new(pepper))),
        Ok(None) => match make(&path) {
            Ok(()) => {
                eprintln!("{program}: made a new pepper for fingerprints: {}", path.display());
                // Another process may have been faster; the file on disk holds.
                read(&path)?.map(Arc::new).map(Some).ok_or(format!("{}: vanished", path.display()))
            }
            Err(why) if named.is_none() => without(&why),
            Err(why) => Err(why),
        },
        Err(why) => Err(why),
    }
}

fn default_path() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(config.join("nhi").join("pepper"))
}

fn read(path: &Path) -> Result<Option<Pepper>, String> {
    match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => Pepper::parse(&text).map(Some).map_err(|e| format!("{}: {e}", path.display())),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(format!("{}: {e}", path.display())),
    }
}

/// Writes a new pepper beside `path` and links it into place, so that no reader ever sees half a file and the
/// first of two processes wins.
fn make(path: &Path) -> Result<(), String> {
    let at = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut key = Zeroizing::new([0u8; 32]);
    getrandom::fill(key.as_mut()).map_err(|e| format!("no random bytes: {e}"))?;
    let text = Zeroizing::new(Pepper::new(*key).expose_file());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at)?;
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
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(at(e)),
        _ => Ok(()),
    }
}
