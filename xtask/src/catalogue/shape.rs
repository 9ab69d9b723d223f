//! The small language of shapes:
//!
//! | written | means |
//! |---|---|
//! | `'ghp_'` | these bytes (escapes `\n`, `\r`, `\\`, `\'`) |
//! | `'live'\|'test'` | one of these |
//! | `base62{36}`, `hex{32,40}` | a run of a named alphabet |
//! | `<A-Z2-7_>{16}` | a run of the characters and ranges listed (`-` last stands for itself) |
//! | `[ '-' digit{1} ]` | these parts or nothing |
//! | `special jwt` | a matcher of the engine |

/// A part of a shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Literal(String),
    OneOf(Vec<String>),
    Run { name: String, set: u128, min: u16, max: u16 },
    Optional(Vec<Part>),
    Special(String),
}

/// The named alphabets.
pub(crate) const ALPHABETS: &[(&str, &str)] = &[
    ("alnum_lower", "0-9a-z"),
    ("alnum_upper", "0-9A-Z"),
    ("base32", "A-Z2-7"),
    ("base32_lower", "a-z2-7"),
    ("base58", "1-9A-HJ-NP-Za-km-z"),
    ("base62", "0-9A-Za-z"),
    ("base64", "0-9A-Za-z+/"),
    ("base64_pad", "0-9A-Za-z+/="),
    ("base64url", "0-9A-Za-z_-"),
    ("base64url_pad", "0-9A-Za-z_=-"),
    ("bech32_upper", "02-9AC-HJ-NP-Z"),
    ("digit", "0-9"),
    ("hex", "0-9a-fA-F"),
    ("hex_lower", "0-9a-f"),
    ("hex_upper", "0-9A-F"),
    ("letter", "A-Za-z"),
    ("space", " \t\r\n"),
];

/// The bytes of a class such as `A-Z2-7`.
pub(crate) fn set(class: &str) -> Result<u128, String> {
    let chars: Vec<char> = class.chars().collect();
    let bit = |c: char| if c.is_ascii() { Ok(1u128 << c as u32) } else { Err(format!("`{c}` is not ASCII")) };
    let mut set = 0;
    let mut at = 0;
    while at < chars.len() {
        if at + 2 < chars.len() && chars[at + 1] == '-' {
            let (from, to) = (chars[at], chars[at + 2]);
            if from >= to {
                return Err(format!("`{from}-{to}` is no range"));
            }
            for c in from..=to {
                set |= bit(c)?;
            }
            at += 3;
        } else {
            set |= bit(chars[at])?;
            at += 1;
        }
    }
    if set == 0 { Err("empty class".into()) } else { Ok(set) }
}

/// Reads a shape.
pub(crate) fn parse(text: &str) -> Result<Vec<Part>, String> {
    if let Some(name) = text.strip_prefix("special ") {
        return Ok(vec![Part::Special(name.trim().into())]);
    }
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let parts = parse_parts(&chars, &mut at)?;
    if at < chars.len() { Err(format!("unexpected `{}`", chars[at])) } else { Ok(parts) }
}

fn parse_parts(chars: &[char], at: &mut usize) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    loop {
        match chars.get(*at) {
            None | Some(']') => return Ok(parts),
            Some(' ') => *at += 1,
            Some('[') => {
                *at += 1;
                parts.push(Part::Optional(parse_parts(chars, at)?));
                if chars.get(*at) != Some(&']') {
                    return Err("`[` without `]`".into());
                }
                *at += 1;
            }
            Some('\'') => {
                let mut texts = vec![parse_literal(chars, at)?];
                while chars.get(*at) == Some(&'|') {
                    *at += 1;
                    texts.push(parse_literal(chars, at)?);
                }
                parts.push(match <[String; 1]>::try_from(texts) {
                    Ok([text]) => Part::Literal(text),
                    Err(mut texts) => {
                        texts.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
                        Part::OneOf(texts)
                    }
                });
            }
            Some(_) => parts.push(parse_run(chars, at)?),
        }
    }
}

fn parse_literal(chars: &[char], at: &mut usize) -> Result<String, String> {
    if chars.get(*at) != Some(&'\'') {
        return Err("expected a quoted text".into());
    }
    *at += 1;
    let mut out = String::new();
    loop {
        let c = *chars.get(*at).ok_or("a quote is not closed")?;
        *at += 1;
        match c {
            '\'' => return Ok(out),
            '\\' => {
                let escaped = *chars.get(*at).ok_or("a quote is not closed")?;
                *at += 1;
                out.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                });
            }
            other => out.push(other),
        }
    }
}

fn parse_run(chars: &[char], at: &mut usize) -> Result<Part, String> {
    let rest: String = chars[*at..].iter().collect();
    let open = if rest.starts_with('<') { rest.find(">{").map(|i| i + 1) } else { rest.find('{') };
    let open = open.ok_or("expected a run such as base62{36}")?;
    let close = rest[open..].find('}').map(|i| i + open).ok_or("a count is not closed")?;
    let name = &rest[..open];
    let set = match name.strip_prefix('<').and_then(|class| class.strip_suffix('>')) {
        Some(class) => set(&class.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t"))?,
        None => {
            let found = ALPHABETS.iter().find(|(known, _)| *known == name);
            set(found.ok_or_else(|| format!("no alphabet `{name}`"))?.1)?
        }
    };
    let count = &rest[open + 1..close];
    let (min, max) = count.split_once(',').unwrap_or((count, count));
    let number = |text: &str| text.trim().parse().map_err(|_| format!("`{count}` is no count"));
    let (min, max): (u16, u16) = (number(min)?, number(max)?);
    *at += rest[..=close].chars().count();
    Ok(Part::Run { name: name.into(), set, min, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read() {
        let parts = parse("'sk_' 'live'|'test' [ '-' digit{1} ] <a-f0-9_>{2,4}").unwrap();
        assert_eq!(parts.len(), 4);
        assert_eq!(parts[0], Part::Literal("sk_".into()));
        assert_eq!(parts[1], Part::OneOf(vec!["live".into(), "test".into()]));
        let Part::Optional(inner) = &parts[2] else { panic!("{parts:?}") };
        assert_eq!(inner.len(), 2);
        let Part::Run { set: s, min: 2, max: 4, .. } = parts[3] else { panic!("{parts:?}") };
        assert_eq!(s, set("0-9a-f_").unwrap());
    }

    #[test]
    fn mistakes_are_named() {
        for (text, why) in [
            ("'abc", "a quote is not closed"),
            ("base99{3}", "no alphabet `base99`"),
            ("base62{x}", "`x` is no count"),
            ("[ 'a'", "`[` without `]`"),
            ("<z-a>{1}", "`z-a` is no range"),
        ] {
            assert_eq!(parse(text).unwrap_err(), why, "{text}");
        }
    }
}
