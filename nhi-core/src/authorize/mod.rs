/*!
Whether a call may go through: a request in, a decision out, bound to workload, purpose and window.

An [`Authorizer`] evaluates in three stages: hard gates of the lifecycle (is the credential to be used at
all, is the call within its lease and window, is it approved), then the behaviour score, then the intent (is
it what the credential was issued for). Each stage gives reasons; the hardest decides, and all are kept. A
score whose baseline cannot be relied on is noted and never the cause. In observe mode ([`Policy::enforce`]
false) every answer is allow, and the decision says what it would have been.

A [`Decision`] is its own record: it holds all that it was made from, digests of input and policy, and can be
made again ([`Authorizer::replay`]). No token is ever part of a [`Request`] or of a record.

The wire form is AuthZEN's: [`Request::from_authzen`], [`Decision::to_authzen`].

Not here: a policy language (an engine of the host's choice can decide on the same input), and verification of
tokens and certificates.
*/

mod authzen;
mod decision;
mod gates;
mod lifecycle;
mod policy;
mod request;
mod standing;

use alloc::{format, string::String, vec::Vec};

use serde::Serialize;
use sha2::{Digest, Sha256};

pub use decision::{Because, Behaviour, Decision, Input, Outcome, Replay, Stage};
pub use gates::REASON_CODES;
pub use policy::{ApprovalRule, Policy};
pub use request::{Approval, Assurance, Proof, Request};
pub use standing::{LeaseStanding, PresentedVersion, Standing};

use crate::{
    Error, canonical, limits,
    model::{Score, Trust},
};

/// Decides on requests under one policy. Immutable, keeps nothing of what it decided on.
#[derive(Debug, Clone)]
pub struct Authorizer {
    policy: Policy,
    digest: String,
}

impl Authorizer {
    /// An authorizer for this policy.
    ///
    /// # Errors
    /// `invalid_argument` if a pattern of the policy is longer than [`limits::REQUEST_TEXT`];
    /// `input_too_large` if it has more approval rules than [`limits::REQUEST_LIST`].
    pub fn new(policy: Policy) -> Result<Self, Error> {
        if policy.approvals.len() > limits::REQUEST_LIST {
            return Err(Error::InputTooLarge {
                what: "the list of approval rules",
                found: policy.approvals.len() as u64,
                limit: limits::REQUEST_LIST as u64,
            });
        }
        if let Some(at) = policy.approvals.iter().position(|r| r.action.len() > limits::REQUEST_TEXT) {
            return Err(Error::InvalidArgument {
                field: format!("approvals[{at}].action"),
                why: format!("expected at most {} bytes", limits::REQUEST_TEXT),
            });
        }
        let digest = digest(&policy)?;
        Ok(Authorizer { policy, digest })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Decides on an input whose standing and behaviour are at hand.
    ///
    /// # Errors
    /// `invalid_argument` if there is no action, `input_too_large` over the limits of a request, `not_canonical`
    /// if a number is beyond ±(2^53-1).
    pub fn decide(&self, input: Input) -> Result<Decision, Error> {
        let input = Input { request: input.request.admitted()?, ..input };
        let reasons = gates::reasons(&input, &self.policy);
        let verdict = reasons.iter().map(|because| because.asks).max().unwrap_or(Outcome::Allow);
        let outcome = if self.policy.enforce { verdict } else { Outcome::Allow };
        let input_digest = digest(&input)?;
        let both = hex(&Sha256::new().chain_update(&input_digest).chain_update(&self.digest).finalize());
        Ok(Decision {
            id: format!("d-{}", both.get(..16).unwrap_or_default()),
            outcome,
            would_have: (outcome != verdict).then_some(verdict),
            reasons,
            assurance: assurance(&input),
            input,
            input_digest,
            policy_digest: self.digest.clone(),
        })
    }

    /// Makes a stored decision again and compares.
    pub fn replay(&self, stored: &Decision) -> Replay {
        if stored.policy_digest != self.digest {
            return Replay::PolicyDiffers;
        }
        match self.decide(stored.input.clone()) {
            Ok(again) if again.input_digest != stored.input_digest => Replay::InputDiffers,
            Ok(again) if again == *stored => Replay::Same,
            Ok(again) => Replay::Differs { now: again.outcome },
            Err(_) => Replay::InputDiffers,
        }
    }
}

impl Behaviour {
    /// What a score said, without floats.
    pub fn of(score: &Score) -> Self {
        // Scores are finite and small; the cast saturates whatever comes.
        let score_thousandths = (score.score * 1000.0 + 0.5) as i64;
        let two: Vec<&str> = score.reasons.iter().take(2).map(|reason| reason.text.as_str()).collect();
        Behaviour {
            score_thousandths: score_thousandths.clamp(0, 1_000_000_000),
            band: score.band,
            trust: score.trust,
            strongest: (!two.is_empty()).then(|| two.join("; ")),
        }
    }
}

fn assurance(input: &Input) -> Assurance {
    let shared = input.behaviour.as_ref().is_some_and(|b| b.trust == Trust::Shared);
    input.request.assurance(shared)
}

fn digest<T: Serialize>(value: &T) -> Result<String, Error> {
    let value =
        serde_json::to_value(value).map_err(|_| Error::NotCanonical { why: "a value that JSON has not" })?;
    Ok(hex(&Sha256::digest(canonical::to_string(&value)?.as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| DIGITS[usize::from(n & 15)] as char;
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(*b)]).collect()
}

#[cfg(test)]
mod tests;
