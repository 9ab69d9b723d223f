//! Writing HTML so that nothing from outside becomes markup: only constants are written as they are.

use alloc::{format, string::String};
use core::fmt::{Display, Write};

use crate::time::Timestamp;

/// A page being written.
///
/// Markup comes in as `&'static str`, that is from this crate's source. Everything else goes through
/// [`text`](Self::text) or [`attr`](Self::attr), which escape for both contexts alike.
#[derive(Debug, Default)]
pub(super) struct Page {
    out: String,
}

impl Page {
    pub(super) fn done(self) -> String {
        self.out
    }

    /// Markup, from the source of this crate.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// A number: digits, sign and point only.
    pub(super) fn num(&mut self, n: impl Number) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = write!(self.out, "{n}");
        self
    }

    /// A number of a drawing, in hundredths at most.
    pub(super) fn at(&mut self, x: f64) -> &mut Self {
        let _ = write!(self.out, "{:.2}", if x.is_finite() { x } else { 0.0 });
        self
    }

    /// A score, in tenths.
    pub(super) fn at1(&mut self, x: f64) -> &mut Self {
        let _ = write!(self.out, "{:.1}", if x.is_finite() { x } else { 0.0 });
        self
    }

    /// A mark of an axis.
    pub(super) fn at0(&mut self, x: f64) -> &mut Self {
        let _ = write!(self.out, "{:.0}", if x.is_finite() { x } else { 0.0 });
        self
    }

    /// Text from anywhere, cut at [`limits::HTML_TEXT`](crate::limits::HTML_TEXT) characters.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.cut(text, crate::limits::HTML_TEXT)
    }

    /// Text from anywhere, cut at `most` characters.
    pub(super) fn cut(&mut self, text: &str, most: usize) -> &mut Self {
        escape(text, most, &mut self.out);
        self
    }

    /// Text whose own direction of writing must not turn what is beside it.
    pub(super) fn name(&mut self, text: &str) -> &mut Self {
        self.raw("<bdi>").text(text).raw("</bdi>")
    }

    /// ` name="value"`.
    pub(super) fn attr(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.raw(" ").raw(name).raw("=\"").text(value).raw("\"")
    }

    /// A time to the minute.
    pub(super) fn time(&mut self, at: Timestamp) -> &mut Self {
        self.raw("<time").attr("datetime", &format!("{at}")).raw(">").text(&minute(at)).raw("</time>")
    }

    /// A number with thousands apart, and its noun.
    pub(super) fn count(&mut self, n: u64, one: &'static str, many: &'static str) -> &mut Self {
        self.thousands(n).raw(" ").raw(if n == 1 { one } else { many })
    }

    /// `4,948`.
    pub(super) fn thousands(&mut self, n: u64) -> &mut Self {
        let digits = format!("{n}");
        let len = digits.len();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (len - i) % 3 == 0 {
                self.raw(",");
            }
            self.out.push(digit);
        }
        self
    }
}

/// What [`Page::num`] writes: types whose text holds no markup.
pub(super) trait Number: Display {}
impl Number for u64 {}
impl Number for u32 {}
impl Number for usize {}
impl Number for i64 {}

/// `2026-11-20 09:00`.
pub(super) fn minute(at: Timestamp) -> String {
    let text = format!("{at}");
    match text.split_once('T') {
        Some((date, rest)) => format!("{date} {}", rest.get(..5).unwrap_or(rest)),
        None => text,
    }
}

/// Writes at most `most` characters of `text` so that they are text in every place of a page: between tags, in an
/// attribute, in a title. What would act instead of being seen (controls, turns of the direction of writing, marks
/// without width) is written as `\u{…}`.
fn escape(text: &str, most: usize, out: &mut String) {
    for (i, c) in text.chars().enumerate() {
        if i == most {
            out.push('…');
            return;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if unseen(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
}

/// Whether a character acts instead of being shown: control characters, those that turn the direction of writing
/// (Unicode Standard Annex 9, section 2), line separators, characters without width, tags, and noncharacters.
pub(super) fn unseen(c: char) -> bool {
    let noncharacter = (c as u32) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    let acts = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || acts || noncharacter
}
