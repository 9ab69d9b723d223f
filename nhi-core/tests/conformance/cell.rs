//! What stands in a cell of `cases.tsv`.

use nhi_core::classify::{mint, mint_shape};

/// The bytes of a cell: placeholders replaced once, from left to right. `kept` gives the bytes of a register.
pub(crate) fn bytes(cell: &str, kept: &dyn Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = cell;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before.as_bytes());
        let filled =
            from.split_once('}').and_then(|(inside, after)| Some((fill(&inside[1..], kept)?, after)));
        match filled {
            Some((bytes, after)) => {
                out.extend(bytes);
                rest = after;
            }
            None => {
                out.push(b'{');
                rest = &from[1..];
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// What a placeholder stands for; `None` if it is none.
fn fill(inside: &str, kept: &dyn Fn(&str) -> Vec<u8>) -> Option<Vec<u8>> {
    let mut parts = inside.split(':');
    Some(match (parts.next()?, parts.next(), parts.next(), parts.next()) {
        ("lf", None, ..) => b"\n".to_vec(),
        ("hex", Some(digits), None, _) => unhex(digits),
        ("mint", Some(rule), Some(seed), None) => mint(rule, number(seed)).expect(rule).into_bytes(),
        ("mint", Some(rule), Some(seed), Some(shape)) => {
            mint_shape(rule, number(shape) as usize, number(seed)).expect(rule).into_bytes()
        }
        ("repeat", Some(times), ..) => {
            let text = inside.splitn(3, ':').nth(2).expect("a text to repeat");
            text.repeat(number(times) as usize).into_bytes()
        }
        ("keep", Some(register), None, _) => kept(register),
        ("keep", Some(register), Some(from), Some(to)) => {
            let bytes = kept(register);
            let to = if to.is_empty() { bytes.len() } else { number(to) as usize };
            bytes[number(from) as usize..to].to_vec()
        }
        _ => return None,
    })
}

fn number(digits: &str) -> u64 {
    digits.parse().expect("a number in a placeholder")
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).expect("hex digits");
    digits.as_bytes().chunks(2).map(byte).collect()
}
