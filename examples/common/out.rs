//! Standard output, buffered, with a closed pipe told apart from an error.

use std::io::{BufWriter, Stdout, Write};

use crate::Stop;

/// Buffered standard output.
pub struct Out(BufWriter<Stdout>);

impl Default for Out {
    fn default() -> Self {
        Out(BufWriter::with_capacity(64 << 10, std::io::stdout()))
    }
}

impl Out {
    /// Writes a text.
    ///
    /// # Errors
    /// [`Stop::ClosedPipe`] if nobody reads any more.
    pub fn text(&mut self, text: &str) -> Result<(), Stop> {
        self.0.write_all(text.as_bytes()).map_err(|e| Stop::of_output(&e))
    }

    /// Writes a line.
    ///
    /// # Errors
    /// As [`Out::text`].
    pub fn line(&mut self, text: &str) -> Result<(), Stop> {
        self.text(text)?;
        self.text("\n")
    }

    /// Hands on what is buffered.
    ///
    /// # Errors
    /// As [`Out::text`].
    pub fn flush(&mut self) -> Result<(), Stop> {
        self.0.flush().map_err(|e| Stop::of_output(&e))
    }
}

/// `text` with its control characters shown as escapes, so that a file name cannot steer a terminal.
pub fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    if text.chars().any(char::is_control) {
        let escaped =
            text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.into() });
        escaped.collect::<String>().into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_with_an_escape_sequence_is_shown_harmless() {
        assert_eq!(plain("a/ü.txt"), "a/ü.txt");
        assert_eq!(plain("a\u{1b}[2J\n"), "a\\u{1b}[2J\\n");
    }
}
