//! RFC 4180 rows with line numbers, over `csv-core`. A stray quote costs its own line, not the rest of the file.

use alloc::{string::String, vec, vec::Vec};

use csv_core::{ReadRecordResult, Reader};

use crate::limits;

/// One row: its first line and its cells as bytes.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) cells: Vec<Vec<u8>>,
    /// Whether a quote in it is never closed.
    pub(super) unclosed: bool,
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
            while quotes % 2 == 1 && end < self.bytes.len() && end - start < limits::FIELD_BYTES {
                let next = self.line_end(end);
                quotes += self.quotes(end, next);
                end = next;
                lines += 1;
            }
            let mut cells =
                quotes.is_multiple_of(2).then(|| split(self.bytes.get(start..end).unwrap_or_default()));
            if lines > 1 && cells.as_ref().is_some_and(|cells| self.width > 0 && cells.len() != self.width) {
                cells = None;
            }
            let row = match cells {
                Some(cells) => {
                    (self.at, self.line) = (end, self.line + lines);
                    Row { line: self.line - lines, cells, unclosed: false }
                }
                None => {
                    (self.at, self.line) = (first_end, self.line + 1);
                    Row { line: self.line - 1, cells: Vec::new(), unclosed: true }
                }
            };
            let blank = row.cells.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace));
            if row.unclosed || !blank {
                return Some(row);
            }
        }
    }
}

/// Cells of one record that ends with the input.
fn split(record: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new();
    let mut cells = Vec::new();
    let (mut out, mut ends) = (vec![0; record.len() + 1], vec![0; record.len() + 2]);
    let (mut input, mut written, mut ended) = (record, 0, 0);
    while let (Some(free), Some(free_ends)) = (out.get_mut(written..), ends.get_mut(ended..)) {
        let (result, read, wrote, closed) = reader.read_record(input, free, free_ends);
        input = input.get(read..).unwrap_or_default();
        written += wrote;
        ended += closed;
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::Record | ReadRecordResult::End => break,
            // The buffers hold the whole record; this arm cannot be reached with them, and stops if it is.
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => break,
        }
    }
    let mut from = 0;
    for end in ends.get(..ended).unwrap_or_default() {
        cells.push(out.get(from..*end).unwrap_or_default().to_vec());
        from = *end;
    }
    cells
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

    proptest::proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(proptest::sample::select(b"a,\"\n\r ".to_vec()), 0..60)) {
            let _ = Rows::new(&bytes).count();
            let _ = header(&bytes);
        }
    }
}
