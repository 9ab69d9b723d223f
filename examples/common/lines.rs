//! Lines of a file or of standard input, each at most as long as a limit; one that is longer is an error of its own
//! and the next is read all the same.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use nhi_core::Error;

use crate::{Stop, plain};

/// `why` something of `path` could not be done, for standard error.
pub fn told(path: &Path, why: &dyn std::fmt::Display) -> String {
    format!("{}: {why}", plain(&path.display().to_string()))
}

/// The file at `path`, or standard input if it is `-`.
///
/// # Errors
/// What is wrong, with the path.
pub fn open(path: &Path) -> Result<Box<dyn BufRead>, Stop> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(|e| told(path, &e))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

/// Hands each line of at most `most` bytes to `take`, with its number from 1; for a longer one an error. The first
/// line may begin with a byte order mark.
///
/// # Errors
/// What could not be read of `name`, and what `take` gives.
pub fn each(
    mut input: impl BufRead,
    name: &Path,
    most: usize,
    mut take: impl FnMut(u64, Result<&[u8], Error>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut line = Vec::new();
    for number in 1u64.. {
        line.clear();
        // One byte more than the limit shows that a line is too long; the rest of it is skipped.
        let read = Read::take(&mut input, most as u64 + 1)
            .read_until(b'\n', &mut line)
            .map_err(|e| told(name, &e))?;
        if read == 0 {
            break;
        }
        if read > most && line.last() != Some(&b'\n') {
            skip_line(&mut input).map_err(|e| told(name, &e))?;
            let (found, limit) = (read as u64, most as u64);
            take(number, Err(Error::InputTooLarge { what: "bytes of a line", found, limit }))?;
        } else {
            let start = if number == 1 && line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            take(number, Ok(line.get(start..).unwrap_or_default()))?;
        }
    }
    Ok(())
}

/// The line that stands for an error, with the number of the line that led to it.
pub fn error_line(number: u64, error: &Error) -> String {
    let (code, text) = (error.code(), error.to_string());
    serde_json::json!({"error": {"line": number, "code": code, "text": text}}).to_string()
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|b| *b == b'\n');
        let used = end.map_or(buffer.len(), |i| i + 1);
        let done = end.is_some() || buffer.is_empty();
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}
