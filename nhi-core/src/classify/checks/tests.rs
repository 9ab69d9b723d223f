//! What holds for every check, over the decoys of every shape that names it.

use super::*;
use crate::classify::{catalogue::FORMATS, mint::mint_shape};
use alloc::{collections::BTreeMap, vec::Vec};

/// Decoys by check, each with the length of its marker.
fn decoys() -> BTreeMap<&'static str, Vec<(String, usize)>> {
    let mut out = BTreeMap::<_, Vec<_>>::new();
    for format in FORMATS {
        for (index, shape) in format.shapes.iter().enumerate() {
            if let Some(check) = shape.check {
                for seed in 0..8 {
                    let token = mint_shape(format.id, index, seed).unwrap();
                    let marker = shape.marker(token.as_bytes()).len();
                    out.entry(check).or_default().push((token, marker));
                }
            }
        }
    }
    out
}

/// Another character of the same class, so that the shape stays and only the content changes.
fn other(b: u8) -> Option<u8> {
    Some(match b {
        b'a'..=b'e' | b'A'..=b'E' | b'g'..=b'y' | b'G'..=b'Y' | b'2'..=b'6' => b + 1,
        b'f' | b'F' | b'z' | b'Z' | b'7' => b - 1,
        b'0' => b'1',
        b'1' | b'9' => b - 1,
        b'8' => b'9',
        _ => return None,
    })
}

#[test]
fn names_are_sorted_sources_are_given_and_every_check_is_used() {
    assert!(CHECKS.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert!(CHECKS.iter().all(|check| check.source.starts_with("https://") && !check.what.is_empty()));
    let used: Vec<_> = decoys().into_keys().collect();
    let all: Vec<_> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(used, all);
}

/// A checksum notices every single changed character behind the marker; a structure notices some change.
#[test]
fn a_changed_character_makes_the_check_fail() {
    for (name, tokens) in decoys() {
        let strength = find(name).unwrap().strength;
        for (token, marker) in tokens {
            let (mut changed, mut noticed, mut failed) = (0, 0, 0);
            for at in marker..token.len() {
                let mut bytes = token.clone().into_bytes();
                if let Some(b) = other(bytes[at]) {
                    bytes[at] = b;
                    changed += 1;
                    noticed += u32::from(run(name, &bytes) != Outcome::Holds);
                }
                bytes[at] = b'!';
                failed += u32::from(run(name, &bytes) == Outcome::Fails);
            }
            assert!(failed > 0, "{name} notices no change of {token}");
            if strength == Strength::Checksum {
                assert_eq!(noticed, changed, "{name} misses a change of {token}");
            }
        }
    }
}

#[test]
fn foreign_bytes_never_panic_and_never_hold() {
    for check in CHECKS {
        for junk in [&b""[..], b"_", b"\xff\xfe", b"eyJ", b"a_b_c.d.e-f", &[b'A'; 100], &[0x80; 100]] {
            assert_ne!(run(check.name, junk), Outcome::Holds, "{}", check.name);
        }
    }
}
