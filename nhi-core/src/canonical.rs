/*!
Canonical JSON (RFC 8785) for everything that is hashed: strings, booleans, null, integers within ±(2^53-1),
arrays and objects. Floats are refused: they have no place in a hash chain that every language must repeat.
*/

use alloc::{string::String, vec::Vec};

use serde_json::Value;

use crate::{Error, limits};

/// The RFC 8785 form of `value`: no white space, members sorted by UTF-16 code units, minimal escapes.
///
/// # Errors
/// `not_canonical` for a float, an integer beyond ±(2^53-1), or nesting deeper than [`limits::JSON_DEPTH`].
///
/// ```
/// let value = serde_json::json!({"b": [1, true], "a": "x\n"});
/// assert_eq!(nhi_core::canonical::to_string(&value)?, r#"{"a":"x\n","b":[1,true]}"#);
/// # Ok::<(), nhi_core::Error>(())
/// ```
pub fn to_string(value: &Value) -> Result<String, Error> {
    let mut out = String::new();
    write(value, 0, &mut out)?;
    Ok(out)
}

fn write(value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
    if depth > limits::JSON_DEPTH {
        return Err(Error::NotCanonical { why: "nested too deeply" });
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match number.as_i64() {
            Some(i) if (-limits::JSON_INTEGER..=limits::JSON_INTEGER).contains(&i) => {
                out.push_str(&alloc::format!("{i}"));
            }
            _ => return Err(Error::NotCanonical { why: "a number that is no integer within 2^53-1" }),
        },
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, depth + 1, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            out.push('{');
            for (i, (name, item)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(name, out);
                out.push(':');
                write(item, depth + 1, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// RFC 8785 section 3.2.2.2: the two-character escapes where there is one, `\u00xx` for other controls.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&alloc::format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_sorted_by_utf16_code_units() {
        // RFC 8785 section 3.2.3: U+1F600 (surrogates from U+D83D) sorts before U+FB33.
        let value = json!({"\u{fb33}": 1, "\u{1f600}": 2, "a": 3});
        assert_eq!(to_string(&value).unwrap(), "{\"a\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }

    #[test]
    fn floats_and_large_integers_are_refused() {
        for bad in [json!(1.5), json!(9_007_199_254_740_992_i64), json!(u64::MAX)] {
            assert_eq!(to_string(&bad).unwrap_err().code(), "not_canonical");
        }
        assert_eq!(to_string(&json!(-9_007_199_254_740_991_i64)).unwrap(), "-9007199254740991");
    }

    #[test]
    fn controls_are_escaped_as_the_standard_says() {
        assert_eq!(
            to_string(&json!("\u{1}\u{8}\u{1f}\u{7f}é\"\\")).unwrap(),
            "\"\\u0001\\b\\u001f\u{7f}é\\\"\\\\\""
        );
    }
}
