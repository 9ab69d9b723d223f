//! How a value is printed.

/// Values that are longer are printed as their length and hash.
const LONG: usize = 2_000;

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn shortened(value: String, always: bool) -> String {
    if value.len() <= LONG && !always {
        return value;
    }
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = value.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    format!("long:{}:{hash:016x}", value.len())
}

/// JSON with its numbers in the printed form and without white space, everything else as it is.
pub(crate) fn numbers(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string(rest),
            '-' | '0'..='9' => rest
                .find(|c: char| c == ',' || c == ']' || c == '}' || c.is_ascii_whitespace())
                .unwrap_or(rest.len()),
            _ => 1,
        };
        let (token, after) = rest.split_at(length);
        match first {
            '-' | '0'..='9' => out.push_str(&number(token)),
            ' ' | '\n' => {}
            _ => out.push_str(token),
        }
        rest = after;
    }
    out
}

/// Length of the string that a text begins with.
fn string(text: &str) -> usize {
    let mut escaped = true;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.expect("a string ends") + 1
}

fn number(token: &str) -> String {
    if token.parse::<i64>().is_ok() {
        return token.into();
    }
    let value: f64 = token.parse().expect("a number");
    if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
        format!("{}", value as i64)
    } else {
        format!("0x{:016x}", value.to_bits())
    }
}

#[test]
fn numbers_are_whole_or_their_bits() {
    let told = numbers(r#"{"a 1.5\\":[1,-2.0,0.5,-0.0],"b":"3.25\"1.5","c":1e300}"#);
    assert_eq!(told, r#"{"a 1.5\\":[1,-2,0x3fe0000000000000,0],"b":"3.25\"1.5","c":0x7e37e43c8800759c}"#);
}

#[test]
fn a_string_ends_at_the_first_quote_that_is_not_escaped() {
    assert_eq!(string(r#""a","b""#), 3);
    assert_eq!(string(r#""\\","b""#), 4);
    assert_eq!(string(r#""\"","b""#), 4);
}
