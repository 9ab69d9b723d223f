//! Fixed little-endian layout of a state: one list of fields serves the writer and the reader.

use alloc::vec::Vec;

use crate::Error;

/// Something whose integers can be visited in a fixed order.
pub(super) trait Fields {
    /// Visits every field, in the order of the format.
    fn fields<V: Visitor>(&mut self, v: &mut V);
}

/// Writes or reads one integer after the other.
pub(super) trait Visitor {
    /// Eight little-endian bytes of which `width` count.
    fn raw(&mut self, value: u64, width: usize) -> u64;

    fn u8(&mut self, x: &mut u8) {
        *x = self.raw(u64::from(*x), 1) as u8;
    }
    fn u16(&mut self, x: &mut u16) {
        *x = self.raw(u64::from(*x), 2) as u16;
    }
    fn u32(&mut self, x: &mut u32) {
        *x = self.raw(u64::from(*x), 4) as u32;
    }
    fn i32(&mut self, x: &mut i32) {
        *x = self.raw(u64::from(*x as u32), 4) as u32 as i32;
    }
    fn u64(&mut self, x: &mut u64) {
        *x = self.raw(*x, 8);
    }
    fn i64(&mut self, x: &mut i64) {
        *x = self.raw(*x as u64, 8) as i64;
    }
    fn u16s(&mut self, xs: &mut [u16]) {
        xs.iter_mut().for_each(|x| self.u16(x));
    }
    fn u32s(&mut self, xs: &mut [u32]) {
        xs.iter_mut().for_each(|x| self.u32(x));
    }
}

/// Appends to a byte string.
#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Visitor for Writer {
    fn raw(&mut self, value: u64, width: usize) -> u64 {
        self.0.extend_from_slice(value.to_le_bytes().get(..width).unwrap_or_default());
        value
    }
}

impl Writer {
    /// Length (four bytes) and bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.raw(bytes.len() as u64, 4);
        self.0.extend_from_slice(bytes);
    }
}

/// Reads from a byte string. Past the end it gives zeros and remembers: ask [`Reader::check`].
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    short: bool,
}

impl Visitor for Reader<'_> {
    fn raw(&mut self, _: u64, width: usize) -> u64 {
        self.take(width).iter().rev().fold(0, |v, &b| v << 8 | u64::from(b))
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0, short: false }
    }

    /// The next `n` bytes, none if there are fewer.
    pub(super) fn take(&mut self, n: usize) -> &'a [u8] {
        match self.at.checked_add(n).and_then(|end| self.bytes.get(self.at..end)) {
            Some(part) => {
                self.at += n;
                part
            }
            None => {
                self.short = true;
                &[]
            }
        }
    }

    /// A four-byte length and as many bytes.
    pub(super) fn slice(&mut self) -> &'a [u8] {
        let n = self.raw(0, 4) as usize;
        self.take(n)
    }

    /// A count of elements of at least `size` bytes each, refused if they can't all be there.
    pub(super) fn count(&mut self, size: usize) -> Result<usize, Error> {
        let n = self.raw(0, 4) as usize;
        if n.saturating_mul(size) > self.bytes.len() - self.at {
            self.short = true;
        }
        self.check().map(|()| n)
    }

    /// Byte offset.
    pub(super) fn at(&self) -> u64 {
        self.at as u64
    }

    /// Bytes not read yet.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// `state_corrupt` if anything was missing.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.short { Err(self.corrupt("it ends too early")) } else { Ok(()) }
    }

    pub(super) fn corrupt(&self, why: &'static str) -> Error {
        Error::StateCorrupt { at: self.at(), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_short_input_is_noticed() {
        let mut w = Writer::default();
        w.i32(&mut -5);
        w.u16(&mut 9);
        w.bytes(b"abc");
        let mut r = Reader::new(&w.0);
        let (mut a, mut b) = (0i32, 0u16);
        r.i32(&mut a);
        r.u16(&mut b);
        assert_eq!((a, b, r.slice(), r.left()), (-5, 9, &b"abc"[..], 0));
        r.check().unwrap();
        r.u64(&mut 0);
        assert_eq!(r.check().unwrap_err().code(), "state_corrupt");
    }

    #[test]
    fn a_count_beyond_the_input_is_refused_before_anything_is_allocated() {
        assert!(Reader::new(&[255, 255, 255, 255, 0]).count(1).is_err());
    }
}
