//! Work for the host: each piece with an id that stays the same until it is answered.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    CampaignDefault, Command, Event, Order, ResponseAction, Rotation, RotationModel, State, VersionState,
    evolve,
};
use crate::time::Timestamp;

/// What a host must do, and under which id its outcome comes back (see [`Effect::answer`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// Stays the same until the effect is answered; unique within its credential.
    pub id: String,
    /// Id of the credential.
    pub credential: String,
    /// The work.
    pub work: Work,
}

/// What a host must do. May be done twice under one id: after a crash the host asks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
#[non_exhaustive]
pub enum Work {
    /// Have the provider make the secret of a version. Answer: `ReportCreated`.
    CreateMaterial {
        /// Which.
        version: String,
    },
    /// Put a version where its consumers take it from. Answer: `ReportInstalled`.
    InstallAtTarget {
        /// Which.
        version: String,
    },
    /// Test a version where it is used. Answer: `ReportVerified`.
    Verify {
        /// Which.
        version: String,
    },
    /// Ask whoever may to promote the verified version. Answer: `Promote`, or `AbortRotation`.
    Promote {
        /// Which.
        version: String,
    },
    /// Begin the rotation that must happen. Answer: `BeginRotation`.
    Rotate {
        /// Why.
        reason: String,
        /// When it must be done.
        deadline: Timestamp,
    },
    /// Have the provider revoke a version. Answer: `ConfirmRevoked` or `RevokeError`.
    RevokeAtProvider {
        /// Which.
        version: String,
        /// The provider's id of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
        /// Number of the try, from 1.
        attempt: u32,
    },
    /// Have the provider switch a version off, reversibly. Answer: `ReportDisabled`.
    DisableAtProvider {
        /// Which.
        version: String,
        /// The provider's id of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
    },
    /// Have the provider switch a version on again. Answer: `ReportEnabled`.
    EnableAtProvider {
        /// Which.
        version: String,
        /// The provider's id of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
    },
    /// Erase the material of a version everywhere. Answer: `ReportDestroyed`.
    EraseMaterial {
        /// Which.
        version: String,
    },
    /// Have the issuer revoke the secret of a lease. Answer: `ReportLeaseRevoked`.
    RevokeLease {
        /// Which.
        lease: String,
    },
    /// Tell the owners. Answer: `Acknowledge`.
    Notify {
        /// What about: stable word.
        about: String,
        /// What to say.
        text: String,
    },
}

/// How a host's work went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What the provider said if it failed; `None`: it went well.
    pub error: Option<String>,
    /// What shows it.
    pub evidence: String,
    /// The provider's id of a version that was made.
    pub external_id: Option<String>,
    /// Keyed digest of a version that was made.
    pub fingerprint: Option<crate::Fingerprint>,
}

impl Effect {
    /// The command that brings an outcome back. Its `cmd_id` is the effect's id, so that an answer that is given
    /// twice counts once. `None`: the work failed and the machine waits for somebody to do it (ask again).
    pub fn answer(&self, outcome: Outcome, actor: &str, at: Timestamp) -> Option<Command> {
        let failed = outcome.error.is_some();
        let order = match &self.work {
            Work::Verify { version } => Order::ReportVerified {
                version: version.clone(),
                ok: !failed,
                evidence: outcome.error.unwrap_or(outcome.evidence),
            },
            Work::RevokeAtProvider { version, .. } => match outcome.error {
                Some(error) => Order::RevokeError { version: version.clone(), error },
                None => Order::ConfirmRevoked { version: version.clone(), evidence: outcome.evidence },
            },
            _ if failed => return None,
            Work::CreateMaterial { version } => Order::ReportCreated {
                version: version.clone(),
                external_id: outcome.external_id,
                fingerprint: outcome.fingerprint,
            },
            Work::InstallAtTarget { version } => Order::ReportInstalled { version: version.clone() },
            Work::Promote { version } => Order::Promote { version: version.clone() },
            Work::Rotate { .. } => Order::BeginRotation { model: None, recovery: false, not_after: None },
            Work::DisableAtProvider { version, .. } => Order::ReportDisabled { version: version.clone() },
            Work::EnableAtProvider { version, .. } => Order::ReportEnabled { version: version.clone() },
            Work::EraseMaterial { version } => Order::ReportDestroyed { version: version.clone() },
            Work::RevokeLease { lease } => Order::ReportLeaseRevoked { lease: lease.clone() },
            Work::Notify { .. } => Order::Acknowledge { effect: self.id.clone() },
        };
        Some(Command {
            cmd_id: format!("effect:{}", self.id),
            actor: actor.to_owned(),
            credential: self.credential.clone(),
            at,
            expected_seq: None,
            approvals: Vec::new(),
            order,
        })
    }
}

/// Every effect of a state that was not answered yet, in the order of its versions. A host that crashed asks
/// again and gets the same effects under the same ids.
pub fn outstanding(state: &State) -> Vec<Effect> {
    let mut out = Vec::new();
    let mut push = |id: String, work: Work| {
        out.push(Effect { id, credential: state.id.clone(), work });
    };
    let rolling_back = matches!(state.rotation, Rotation::RollingBack { .. });
    for v in &state.versions {
        let version = v.id.clone();
        let external_id = v.external_id.clone();
        match &v.state {
            VersionState::Pending {} if rolling_back => {}
            VersionState::Pending {} if !v.material => {
                push(format!("create:{version}"), Work::CreateMaterial { version });
            }
            VersionState::Pending {} if !v.installed => {
                push(format!("install:{version}"), Work::InstallAtTarget { version });
            }
            VersionState::Pending {} => push(format!("verify:{version}"), Work::Verify { version }),
            VersionState::Verified {} => push(format!("promote:{version}"), Work::Promote { version }),
            VersionState::Revoking { tries, retry_at: None, since, .. } => {
                let attempt = tries.saturating_add(1);
                let id = format!("revoke:{version}:{}:{attempt}", since.millis());
                push(id, Work::RevokeAtProvider { version, external_id, attempt });
            }
            VersionState::Suspended { .. } if v.disabled_at.is_none() => push(
                format!("disable:{version}:{}", v.ended.unwrap_or(v.created).millis()),
                Work::DisableAtProvider { version, external_id },
            ),
            VersionState::Active {} | VersionState::Retiring { .. } | VersionState::Tainted { .. } => {
                if let Some(at) = v.disabled_at {
                    let id = format!("enable:{version}:{}", at.millis());
                    push(id, Work::EnableAtProvider { version, external_id });
                }
            }
            VersionState::Destroyed { .. } if !v.erased => {
                push(format!("erase:{version}"), Work::EraseMaterial { version });
            }
            _ => {}
        }
    }
    if let Some(forced) = &state.rotation_forced {
        let id = format!("rotate:{}", forced.deadline.millis());
        push(id, Work::Rotate { reason: forced.reason.clone(), deadline: forced.deadline });
    }
    for lease in state.leases.iter().filter(|l| l.closed.is_some()) {
        push(format!("revoke-lease:{}", lease.id), Work::RevokeLease { lease: lease.id.clone() });
    }
    for (about, notice) in &state.notices {
        push(
            evolve::notice_id(about, notice.seq),
            Work::Notify { about: about.clone(), text: notice.text.clone() },
        );
    }
    out
}

/// What an event asks of the host by itself: the kinds of work that it starts, in order. What is still to be done,
/// with ids, is [`outstanding`].
pub fn effects(event: &Event) -> Vec<Work> {
    let mut out = Vec::new();
    match event {
        Event::VersionCreated { version, .. } => out.push(Work::CreateMaterial { version: version.clone() }),
        Event::MaterialCreated { version, .. } => {
            out.push(Work::InstallAtTarget { version: version.clone() })
        }
        Event::VersionInstalled { version } => out.push(Work::Verify { version: version.clone() }),
        Event::VersionVerified { version, .. } => out.push(Work::Promote { version: version.clone() }),
        Event::RotationForced { reason, deadline } => {
            out.push(Work::Rotate { reason: reason.clone(), deadline: *deadline });
        }
        Event::RevokeOrdered { version, .. } => {
            out.push(Work::RevokeAtProvider { version: version.clone(), external_id: None, attempt: 1 });
        }
        Event::Suspended { version, .. } => {
            out.push(Work::DisableAtProvider { version: version.clone(), external_id: None });
        }
        Event::Resumed { version, .. } => {
            out.push(Work::EnableAtProvider { version: version.clone(), external_id: None });
        }
        Event::Destroyed { version } => out.push(Work::EraseMaterial { version: version.clone() }),
        Event::LeaseClosed { lease, .. } => out.push(Work::RevokeLease { lease: lease.clone() }),
        _ => {}
    }
    if let Some((about, text)) = notice_of(event) {
        out.push(Work::Notify { about: about.into(), text });
    }
    out
}

/// What the owners are told of an event: a stable word and a sentence.
pub(super) fn notice_of(event: &Event) -> Option<(&'static str, String)> {
    Some(match event {
        Event::Orphaned { deadline } => {
            ("orphaned", format!("nobody answers for it; it is suspended on {deadline}"))
        }
        Event::RotationStuck { because, consumers } => {
            let why = match because {
                super::StuckBecause::Deadline => "its deadline passed".to_owned(),
                super::StuckBecause::Gap => "the declared gap was exceeded".to_owned(),
                super::StuckBecause::OpenConsumers => {
                    format!("{} still uses the old version", consumers.join(", "))
                }
            };
            ("rotation_stuck", format!("a rotation does not go on: {why}"))
        }
        Event::RevokeFailed { version, .. } => (
            "revoke_failed",
            format!("the revocation of {version} was given up: take it to work at the provider"),
        ),
        Event::UseAfterRevocation { used_at, ended, state, .. } => (
            "use_after_revocation",
            format!("it was used at {used_at} although it must not be since {ended} ({state})"),
        ),
        Event::ResurrectedExternally { version, .. } => {
            ("resurrected", format!("{version} works again at the provider although it was over"))
        }
        Event::CloneSuspected { presented, expected } => (
            "clone_suspected",
            format!(
                "generation {presented} was presented, at least {expected} was expected: there is a copy"
            ),
        ),
        Event::ExceptionEndsSoon { days } => ("exception_ends", format!("its exception ends in {days} d")),
        Event::ExceptionEnded { expired: true } => ("exception_ended", "its exception is over".to_owned()),
        Event::CampaignStarted { campaign, deadline, default } => {
            let what = match default {
                CampaignDefault::Suspend => "suspended",
                CampaignDefault::Revoke => "revoked",
            };
            ("campaign", format!("campaign {campaign}: unless it is certified by {deadline} it is {what}"))
        }
        Event::CampaignEnded { campaign, certified: false } => {
            ("not_certified", format!("nobody certified it in campaign {campaign}"))
        }
        Event::ReviewDue { overdue_at } => ("review_due", format!("a review is due before {overdue_at}")),
        Event::ReviewOverdue {} => ("review_overdue", "its review is overdue".to_owned()),
        Event::BecameDormant { since } => {
            ("dormant", format!("it has not been used since long before {since}"))
        }
        Event::BreakGlassOpened { end, .. } => {
            ("break_glass", format!("emergency access is open until {end}: watch every use"))
        }
        Event::Compromised { version, what, .. } => {
            ("compromised", format!("{} says that somebody else has {version}", what.source))
        }
        Event::Suspended { version, reason, .. } => {
            ("suspended", format!("{version} is suspended: {reason}"))
        }
        Event::Responded { action: ResponseAction::Notify, reasons, .. } => {
            ("alert", format!("unusual use: {}", reasons.join("; ")))
        }
        Event::Responded { action: ResponseAction::StepUp, reasons, .. } => {
            ("step_up", format!("ask for more proof at the next call: {}", reasons.join("; ")))
        }
        Event::RotationBegan { model: RotationModel::SinglePhase { max_gap_ms }, .. } => (
            "single_phase",
            format!("its rotation has a gap of up to {max_gap_ms} ms in which nothing works"),
        ),
        _ => return None,
    })
}
