//! What holds for every entry of the table.

use super::*;
use crate::classify::{checks, mint};

#[test]
fn ids_are_sorted_and_made_of_provider_and_kind() {
    assert!(FORMATS.len() >= 20, "the table has {} formats", FORMATS.len());
    assert!(FORMATS.windows(2).all(|pair| pair[0].id < pair[1].id));
    for format in FORMATS {
        assert_eq!(find(format.id).map(|f| f.id), Some(format.id));
        assert!(!format.shapes.is_empty(), "{}", format.id);
    }
}

/// The property that ties matcher, mint and checks together: a decoy of every shape is matched by that shape as
/// a whole, and its check holds.
#[test]
fn every_shape_matches_what_it_mints_and_its_check_holds() {
    for format in FORMATS {
        for (index, shape) in format.shapes.iter().enumerate() {
            for seed in 0..50 {
                let token = mint::mint_shape(format.id, index, seed).unwrap();
                let id = format.id;
                if !matches!(shape.segments, [Segment::Special(_)]) {
                    let length = shape.match_len(token.as_bytes());
                    assert_eq!(length, Some(token.len()), "{id} {index} seed {seed}: {token}");
                }
                assert!(!token.is_empty(), "{id} {index} seed {seed}");
                if let Some(check) = shape.check {
                    assert!(checks::find(check).is_some(), "{id} names the unknown check {check}");
                    let outcome = checks::run(check, token.as_bytes());
                    assert_eq!(outcome, checks::Outcome::Holds, "{id} {index} seed {seed} {check}: {token}");
                }
            }
        }
    }
}

#[test]
fn operations_name_only_known_fields() {
    for format in FORMATS {
        for operation in format.list.iter().chain(format.rotate).chain(format.revoke) {
            for (name, from) in operation.arguments {
                let known = from.starts_with('=') || Operation::FIELDS.contains(from);
                assert!(known && !name.is_empty(), "{}: {name} = {from}", format.id);
            }
        }
    }
}
