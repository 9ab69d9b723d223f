/*!
From what matched to findings: one rule decides which of several overlapping candidates stands.

A catalogue shape with a literal beats one told by context, which beats the generic rule; then one whose check
holds beats one without, a longer span a shorter one, a higher grade a lower one; the rule id settles the rest.
Candidates of the same span become one finding, and the others that are as specific are its alternatives.
*/

use alloc::{string::String, vec::Vec};

use zeroize::Zeroizing;

use super::{grade::Grade, redact};
use crate::{
    Pepper,
    model::{Alternative, CredentialKind, Fact, Finding, Part},
};

/// How a candidate was told from other text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// By the generic rule.
    Generic,
    /// By its length, alphabet and a word before it.
    Contextual,
    /// By a literal or a structure of its own.
    Distinctive,
}

/// Something that matched, with its span in the view.
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) origin: Origin,
    pub(super) rule: &'static str,
    pub(super) provider: &'static str,
    pub(super) credential_kind: CredentialKind,
    /// Public text at the front of the secret, for the preview.
    pub(super) marker: Vec<u8>,
    /// The preview, where marker and last characters do not make it.
    pub(super) preview: Option<String>,
    pub(super) grade: Grade,
    /// The secret, where it is not the span's bytes as they stand.
    pub(super) secret: Option<Zeroizing<Vec<u8>>>,
    pub(super) decoded: Vec<&'static str>,
    pub(super) attributes: alloc::collections::BTreeMap<String, Fact<String>>,
    pub(super) parts: Vec<Part>,
}

/// A finding that may still lose to one that overlaps it.
pub(super) struct Candidate {
    pub(super) finding: Finding,
    origin: Origin,
    checked: bool,
}

impl Match {
    /// The finding of this match; `base` is the absolute position of the view's first byte.
    pub(super) fn into_candidate(
        self,
        view: &[u8],
        base: u64,
        place: (u64, u64),
        path: Option<&str>,
        pepper: Option<&Pepper>,
    ) -> Candidate {
        let span = view.get(self.start..self.end).unwrap_or_default();
        let secret = self.secret.as_ref().map_or(span, |secret| secret.as_slice());
        let reasons = self.grade.reasons();
        let confidence = self.grade.confidence();
        let finding = Finding {
            v: 1,
            path: path.map(Into::into),
            rule: self.rule.into(),
            provider: self.provider.into(),
            kind: self.rule.split_once('.').map_or(self.rule, |(_, kind)| kind).into(),
            credential_kind: self.credential_kind,
            confidence,
            level: confidence.level(),
            start: base + self.start as u64,
            end: base + self.end as u64,
            line: place.0,
            column: place.1,
            preview: self.preview.unwrap_or_else(|| redact::preview(secret, &self.marker)),
            fingerprint: pepper.map(|pepper| pepper.fingerprint(secret)),
            reasons,
            attributes: self.attributes,
            decoded: self.decoded.iter().map(|&d| d.into()).collect(),
            parts: self.parts,
            alternatives: Vec::new(),
        };
        Candidate { finding, origin: self.origin, checked: self.grade.checked }
    }
}

impl Candidate {
    fn rank(&self) -> impl Ord + use<> {
        (self.origin, self.checked, self.finding.end - self.finding.start, self.finding.confidence)
    }
}

/// Settles the candidates that overlap each other. The result is sorted by start and free of overlaps.
pub(super) fn settle(mut all: Vec<Candidate>) -> Vec<Finding> {
    all.sort_by(|a, b| b.rank().cmp(&a.rank()).then_with(|| a.finding.rule.cmp(&b.finding.rule)));
    // What stands, by start: (start, end) never overlap, so the neighbours of a new span decide.
    let mut standing: alloc::collections::BTreeMap<u64, (Finding, Origin)> = Default::default();
    for candidate in all {
        let Candidate { finding, origin, .. } = candidate;
        if let Some((winner, best)) = standing.get_mut(&finding.start)
            && winner.end == finding.end
        {
            let known =
                winner.rule == finding.rule || winner.alternatives.iter().any(|a| a.rule == finding.rule);
            if origin == *best && !known {
                winner.alternatives.push(Alternative {
                    rule: finding.rule,
                    provider: finding.provider,
                    kind: finding.kind,
                });
            }
            continue;
        }
        let before = standing.range(..finding.end).next_back();
        if before.is_none_or(|(_, (other, _))| other.end <= finding.start) {
            standing.insert(finding.start, (finding, origin));
        }
    }
    standing.into_values().map(|(finding, _)| finding).collect()
}
