/*!
Secrets that come in two halves: the id that tells which, and the secret beside it.

The secret is the finding and carries the id as a part; the id alone grants nothing and stays low beside it.
*/

use alloc::{string::String, vec::Vec};

use super::{
    candidate::{Match, Origin},
    grade::LOW,
    scanner::Engine,
    shape, variety,
};
use crate::model::Part;

/// Rules of ids, the rule of the secret, and the secret's form: a run of this length over this alphabet.
struct Pair {
    ids: &'static [&'static str],
    secret: &'static str,
    length: usize,
    marks: &'static [u8],
}

const PAIRS: &[Pair] = &[Pair {
    ids: &["aws.access-key-id-long-lived", "aws.access-key-id-temporary-sts"],
    secret: "aws.secret-access-key",
    length: 40,
    marks: b"/+",
}];

/// How far from the id the secret may stand, in bytes: a few lines of a configuration.
const REACH: usize = 300;

/// Joins the halves among a block's matches, and finds secrets that only their id's nearness tells.
pub(super) fn join(engine: &Engine, view: &[u8], matches: &mut Vec<Match>) {
    let ids: Vec<(usize, &Pair)> = (0..matches.len())
        .filter_map(|i| {
            let rule = matches.get(i)?.rule;
            Some((i, PAIRS.iter().find(|pair| pair.ids.contains(&rule))?))
        })
        .collect();
    let mut bare_until = 0;
    for (i, pair) in ids {
        let Some((start, end)) = matches.get(i).map(|m| (m.start, m.end)) else { continue };
        let near = |m: &Match| m.rule == pair.secret && m.start + REACH >= start && m.start <= end + REACH;
        if !matches.iter().any(near) && start >= bare_until {
            if let Some(found) = bare(engine, view, start, end, pair) {
                matches.push(found);
            }
            // Between two ids the same bytes are looked at once only.
            bare_until = end + REACH;
        }
        let nearest = matches
            .iter()
            .enumerate()
            .filter(|(_, m)| near(m))
            .min_by_key(|(_, m)| m.start.abs_diff(start))
            .map(|(n, _)| n);
        let Some(n) = nearest else { continue };
        let part = Part {
            kind: matches.get(i).and_then(|m| m.rule.split_once('.')).map_or("id", |(_, kind)| kind).into(),
            start: start as u64,
            end: end as u64,
            preview: String::from_utf8_lossy(view.get(start..end).unwrap_or_default()).into_owned(),
        };
        if let Some(id) = matches.get_mut(i) {
            id.grade.cap(LOW, "identifier", "the id of a pair whose secret is reported beside it");
        }
        if let Some(secret) = matches.get_mut(n)
            && secret.parts.is_empty()
        {
            secret.grade.add(300, "paired", "its access key id stands beside it");
            secret.parts.push(part);
        }
    }
}

/// The nearest run of the secret's form around the id, told by that nearness alone.
fn bare(engine: &Engine, view: &[u8], start: usize, end: usize, pair: &Pair) -> Option<Match> {
    let format = engine.formats.iter().find(|f| f.id == pair.secret)?;
    let shape = format.shapes.first()?;
    let own = |b: &u8| shape::ALNUM.has(*b) || pair.marks.contains(b);
    let low = start.saturating_sub(REACH);
    let around = view.get(low..(end + REACH).min(view.len()))?;
    let mut at = 0;
    let mut best: Option<(usize, usize)> = None;
    for run in around.split(|b| !own(b)) {
        let place = low + at;
        at += run.len() + 1;
        let mixed = run.iter().any(u8::is_ascii_digit)
            && run.iter().any(u8::is_ascii_lowercase)
            && run.iter().any(u8::is_ascii_uppercase);
        if run.len() == pair.length && mixed && variety::entropy(run) >= variety::floor(run.len(), 40) {
            let distance = place.abs_diff(start);
            if best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, place));
            }
        }
    }
    let (_, place) = best?;
    Some(engine.matched(
        format,
        shape,
        view,
        place..place + pair.length,
        Some("access key id"),
        Origin::Distinctive,
    ))
}
