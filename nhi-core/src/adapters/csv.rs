//! RFC 4180 rows with line numbers, over `csv-core`. A stray quote costs its own line, not the rest of the file;
//! so does a row beyond [`limits::ROW_BYTES`] or [`limits::ROW_CELLS`], which is passed over, not read.

use alloc::{string::String, vec, vec::Vec};

use csv_core::{ReadRecordResult, Reader};

use crate::limits;

/// One row: its first line and its cells as bytes.
pub(super) struct Row {
    pub(super) line: u64,
    /// Empty if it has a flaw.
    pub(super) cells: Vec<Vec<u8>>,
    pub(super) flaw: Option<Flaw>,
}

/// Why a row has no cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A quote in it is never closed.
    Unclosed,
    /// More than [`limits::ROW_BYTES`].
    Long,
    /// More than [`limits::ROW_CELLS`].
    Wide,
}

impl Flaw {
    /// Code of the problem and what it says.
    pub(super) fn told(self) -> (&'static str, &'static str) {
        match self {
            Flaw::Unclosed => ("bad_quotes", "a quote is never closed"),
            Flaw::Long => ("row_too_long", "longer than the limit of one row"),
            Flaw::Wide => ("row_too_wide", "more cells than the limit of one row"),
        }
    }
}

/// Rows of a CSV text, blank lines left out.
pub(super) struct Rows<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
    /// Cells that a row must have for a quoted line break to be believed; 0 before the header is known.
    pub(super) width: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Rows { bytes, at: 0, line: 1, width: 0 }
    }

    /// End of the line that starts at `at`, after its line feed.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |n| n + 1)
    }

    fn quotes(&self, from: usize, to: usize) -> usize {
        self.bytes.get(from..to).unwrap_or_default().iter().filter(|b| **b == b'"').count()
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        loop {
            if self.at >= self.bytes.len() {
                return None;
            }
            let start = self.at;
            let first_end = self.line_end(start);
            let mut end = first_end;
            let mut quotes = self.quotes(start, end);
            let mut lines = 1;
            let long = end - start > limits::ROW_BYTES;
            while !long && quotes % 2 == 1 && end < self.bytes.len() && end - start < limits::FIELD_BYTES {
                let next = self.line_end(end);
                quotes += self.quotes(end, next);
                end = next;
                lines += 1;
            }
            let record = self.bytes.get(start..end).unwrap_or_default();
            let mut cells = match (long, quotes.is_multiple_of(2) && record.len() <= limits::ROW_BYTES) {
                (true, _) => Err(Flaw::Long),
                (_, true) => split(record).ok_or(Flaw::Wide),
                (_, false) => Err(Flaw::Unclosed),
            };
            let width = cells.as_ref().map_or(0, Vec::len);
            if lines > 1 && self.width > 0 && width != self.width {
                cells = Err(Flaw::Unclosed);
            }
            // A flaw costs the first line only: what follows may be rows of their own.
            let row = Row {
                line: self.line,
                flaw: cells.as_ref().err().copied(),
                cells: cells.unwrap_or_default(),
            };
            (self.at, self.line) = match row.flaw {
                None => (end, self.line + lines),
                Some(_) => (first_end, self.line + 1),
            };
            let blank = row.cells.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace));
            if row.flaw.is_some() || !blank {
                return Some(row);
            }
        }
    }
}

/// Cells of one record that ends with the input; `None` beyond [`limits::ROW_CELLS`].
fn split(record: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut reader = Reader::new();
    let mut cells = Vec::new();
    let most_ends = record.len().min(limits::ROW_CELLS) + 2;
    let (mut out, mut ends) = (vec![0; record.len() + 1], vec![0; most_ends]);
    let (mut input, mut written, mut ended) = (record, 0, 0);
    while let (Some(free), Some(free_ends)) = (out.get_mut(written..), ends.get_mut(ended..)) {
        let (result, read, wrote, closed) = reader.read_record(input, free, free_ends);
        input = input.get(read..).unwrap_or_default();
        written += wrote;
        ended += closed;
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::Record | ReadRecordResult::End => break,
            // The text has room for the whole record: only the cells may be too many.
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => return None,
        }
    }
    if ended > limits::ROW_CELLS {
        return None;
    }
    let mut from = 0;
    for end in ends.get(..ended).unwrap_or_default() {
        cells.push(out.get(from..*end).unwrap_or_default().to_vec());
        from = *end;
    }
    Some(cells)
}

/// Cells of the first row that is not blank, as text without white space around it.
pub(super) fn header(bytes: &[u8]) -> Vec<String> {
    Rows::new(bytes)
        .next()
        .map(|row| row.cells.iter().map(|cell| String::from_utf8_lossy(cell).trim().into()).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, width: usize) -> Vec<(u64, Vec<String>)> {
        let mut rows = Rows::new(text.as_bytes());
        rows.width = width;
        rows.map(|row| (row.line, row.cells.into_iter().map(|c| String::from_utf8(c).unwrap()).collect()))
            .collect()
    }

    #[test]
    fn quotes_line_breaks_and_blank_lines() {
        let text = "a,\"b \"\"x\"\"\"\r\n\n\"c\nc\",d\n";
        assert_eq!(
            rows(text, 2),
            [(1, vec!["a".into(), "b \"x\"".into()]), (3, vec!["c\nc".into(), "d".into()])]
        );
    }

    #[test]
    fn a_stray_quote_costs_its_line_only() {
        let read = rows("a,\"b\nc,d\ne,f\n", 2);
        assert_eq!(read, [(1, vec![]), (2, vec!["c".into(), "d".into()]), (3, vec!["e".into(), "f".into()])]);
    }

    #[test]
    fn a_row_beyond_the_limits_costs_its_line_only() {
        let (most, wide) = (",".repeat(limits::ROW_CELLS - 1), ",".repeat(limits::ROW_CELLS));
        let long = "x".repeat(limits::ROW_BYTES - 1);
        let text = ["a,b", &most, &wide, &long, &[&long, "x"].concat(), "c,d"].join("\n");
        // Rows of commas alone are blank.
        let text = text.replace("\n,", "\nx,");
        let rows: Vec<_> = Rows::new(text.as_bytes()).collect();
        let told: Vec<_> = rows.iter().map(|row| (row.line, row.cells.len(), row.flaw)).collect();
        assert_eq!(
            told,
            [
                (1, 2, None),
                (2, limits::ROW_CELLS, None),
                (3, 0, Some(Flaw::Wide)),
                (4, 1, None),
                // Its line feed is one byte too many.
                (5, 0, Some(Flaw::Long)),
                (6, 2, None),
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(proptest::sample::select(b"a,\"\n\r ".to_vec()), 0..60)) {
            let _ = Rows::new(&bytes).count();
            let _ = header(&bytes);
        }
    }
}
