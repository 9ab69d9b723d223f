//! What an alert leads to: a table that the host can change, with the brakes that keep it from doing harm.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::policy::range;
use crate::{
    Error,
    model::{Band, Environment, Signal, Trust},
    time::{DAY, HOUR, Timestamp},
};

/// How much a credential may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Reads what is not sensitive.
    Low,
    /// Everything between.
    #[default]
    Standard,
    /// Writes to production, reads secrets, or grants privileges.
    High,
}

/// What an alert leads to. Ordered from mildest to hardest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseAction {
    /// Nothing.
    Nothing,
    /// The owner is told.
    Notify,
    /// The next call needs more proof.
    StepUp,
    /// The task's leases are closed.
    CloseLeases,
    /// The credential is suspended (reversible).
    Suspend,
}

/// A row of the response table: the first that fits decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseRule {
    /// Least band.
    pub band: Band,
    /// Least tier; `None`: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Only in this environment; `None`: any, unknown included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// What it leads to.
    pub action: ResponseAction,
}

/// The response table and its brakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResponsePolicy {
    /// Records what would have been done and does nothing. Default false.
    pub observe: bool,
    /// Most automatic suspensions within an hour, over all credentials of an engine. Default 5.
    pub suspensions_per_hour: u32,
    /// After a response, no other for the same credential for this long, in milliseconds, unless it is harder.
    /// Default 1 h.
    pub hold_down_ms: i64,
    /// Rows, the first that fits decides. Default: severe suspends high tiers and production, and asks for
    /// step-up elsewhere; notable asks for step-up for high tiers and notifies elsewhere.
    pub rules: Vec<ResponseRule>,
}

impl Default for ResponsePolicy {
    fn default() -> Self {
        let rule = |band, tier, environment, action| ResponseRule { band, tier, environment, action };
        ResponsePolicy {
            observe: false,
            suspensions_per_hour: 5,
            hold_down_ms: HOUR,
            rules: [
                rule(Band::Severe, Some(Tier::High), None, ResponseAction::Suspend),
                rule(Band::Severe, None, Some(Environment::Prod), ResponseAction::Suspend),
                rule(Band::Severe, None, None, ResponseAction::StepUp),
                rule(Band::Notable, Some(Tier::High), None, ResponseAction::StepUp),
                rule(Band::Notable, None, None, ResponseAction::Notify),
            ]
            .into(),
        }
    }
}

impl ResponsePolicy {
    pub(super) fn validate(&self) -> Result<(), Error> {
        range("response.hold_down_ms", self.hold_down_ms, 0, 30 * DAY)?;
        range("response.suspensions_per_hour", i64::from(self.suspensions_per_hour), 0, 1_000_000)?;
        range("response.rules", i64::try_from(self.rules.len()).unwrap_or(i64::MAX), 0, 1_000)
    }
}

/// What happened lately, for the brakes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recent {
    /// Automatic suspensions of the last hour, over all credentials.
    pub suspensions: u32,
    /// The last response for this credential.
    pub last: Option<(Timestamp, ResponseAction)>,
}

/// What a signal leads to, and why not more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// What is to be done now.
    pub action: ResponseAction,
    /// What the table asked for: differs from `action` when a brake held or the policy only observes.
    pub wanted: ResponseAction,
    /// Which brake held: `observe`, `trust`, `hold_down`, `cap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub braked: Option<String>,
}

/// What `signal` leads to for a credential of `tier` in `environment`.
///
/// A baseline whose trust is not `ok` never triggers anything; a suspension beyond the cap becomes a step-up;
/// within the hold-down only a harder response than the last goes through; an observing policy does nothing and
/// says what it wanted. Pure: `recent` comes from the caller (the [`Lifecycle`](super::Lifecycle) engine keeps it).
///
/// ```
/// use nhi_core::lifecycle::{Recent, ResponseAction, ResponsePolicy, Tier, respond};
/// use nhi_core::model::{Band, Signal, Trust};
/// let signal = Signal { credential: "c".into(), at: Default::default(), band: Band::Severe,
///                       trust: Trust::Learning, reasons: vec![] };
/// let response = respond(&signal, Tier::High, None, &ResponsePolicy::default(), &Recent::default());
/// assert_eq!(response.action, ResponseAction::Nothing);
/// assert_eq!(response.braked.as_deref(), Some("trust"));
/// ```
pub fn respond(
    signal: &Signal,
    tier: Tier,
    environment: Option<Environment>,
    policy: &ResponsePolicy,
    recent: &Recent,
) -> Response {
    let fits = |rule: &&ResponseRule| {
        signal.band >= rule.band
            && rule.tier.is_none_or(|least| tier >= least)
            && rule.environment.is_none_or(|only| environment == Some(only))
    };
    let wanted = match signal.band {
        Band::None => ResponseAction::Nothing,
        _ => policy.rules.iter().find(fits).map_or(ResponseAction::Nothing, |rule| rule.action),
    };
    let braked = |action, why: &str| Response { action, wanted, braked: Some(why.into()) };
    if wanted == ResponseAction::Nothing {
        return Response { action: wanted, wanted, braked: None };
    }
    if signal.trust != Trust::Ok {
        return braked(ResponseAction::Nothing, "trust");
    }
    if policy.observe {
        return braked(ResponseAction::Nothing, "observe");
    }
    let (action, brake) =
        if wanted == ResponseAction::Suspend && recent.suspensions >= policy.suspensions_per_hour {
            (ResponseAction::StepUp, Some("cap"))
        } else {
            (wanted, None)
        };
    if let Some((at, last)) = recent.last
        && signal.at < at.plus(policy.hold_down_ms)
        && action <= last
    {
        return braked(ResponseAction::Nothing, "hold_down");
    }
    Response { action, wanted, braked: brake.map(Into::into) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(band: Band, trust: Trust) -> Signal {
        Signal { credential: "c".into(), at: Timestamp::from_millis(HOUR), band, trust, reasons: Vec::new() }
    }

    #[test]
    fn untrusted_baselines_never_trigger_anything() {
        for trust in [Trust::Learning, Trust::Shared, Trust::Stale] {
            let r = respond(
                &signal(Band::Severe, trust),
                Tier::High,
                Some(Environment::Prod),
                &ResponsePolicy::default(),
                &Recent::default(),
            );
            assert_eq!((r.action, r.wanted), (ResponseAction::Nothing, ResponseAction::Suspend));
        }
    }

    #[test]
    fn hold_down_lets_only_harder_responses_through_and_the_cap_softens() {
        let policy = ResponsePolicy::default();
        let go = |band, recent: &Recent| {
            respond(&signal(band, Trust::Ok), Tier::High, None, &policy, recent).action
        };
        let just = Some((Timestamp::from_millis(HOUR - 1), ResponseAction::StepUp));
        assert_eq!(go(Band::Notable, &Recent { suspensions: 0, last: just }), ResponseAction::Nothing);
        assert_eq!(go(Band::Severe, &Recent { suspensions: 0, last: just }), ResponseAction::Suspend);
        assert_eq!(go(Band::Severe, &Recent { suspensions: 5, last: None }), ResponseAction::StepUp);
        let long_ago = Some((Timestamp::from_millis(0), ResponseAction::Suspend));
        assert_eq!(go(Band::Notable, &Recent { suspensions: 0, last: long_ago }), ResponseAction::StepUp);
    }

    #[test]
    fn observing_says_what_it_would_have_done() {
        let policy = ResponsePolicy { observe: true, ..ResponsePolicy::default() };
        let r = respond(&signal(Band::Severe, Trust::Ok), Tier::High, None, &policy, &Recent::default());
        assert_eq!((r.action, r.wanted), (ResponseAction::Nothing, ResponseAction::Suspend));
    }
}
