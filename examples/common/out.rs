//! Standard output, buffered, with a closed pipe told apart from an error; and standard error, as far as it goes.

use std::borrow::Cow;
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

/// Says a line of `program` on standard error, as [`plain`]. That it can't be said is no reason to stop.
pub fn say(program: &str, text: &str) {
    mutter(&format!("{program}: {}\n", plain(text)));
}

/// Writes `text` to standard error as it is: progress, and what is plain already. That it can't be written is no
/// reason to stop.
pub fn mutter(text: &str) {
    let mut to = std::io::stderr().lock();
    drop(to.write_all(text.as_bytes()).and_then(|()| to.flush()));
}

/// `text` with what could steer a terminal shown as escapes: control characters, and those that turn the
/// direction of writing or break the line (Unicode Standard Annex 9, section 2; chapter 23.2).
pub fn plain(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        c.is_control()
            || matches!(c,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.chars().any(steers) {
        let escaped = text.chars().map(|c| if steers(c) { c.escape_default().to_string() } else { c.into() });
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

    #[test]
    fn a_name_that_turns_the_direction_of_writing_is_shown_as_it_is() {
        assert_eq!(plain("a\u{202e}txt.exe"), "a\\u{202e}txt.exe");
        assert_eq!(plain("\u{2066}\u{200f}"), "\\u{2066}\\u{200f}");
        assert_eq!(plain(&plain("\u{202a}")), plain("\u{202a}"));
    }
}
