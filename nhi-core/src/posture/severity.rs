use serde::{Deserialize, Serialize};

use super::{Tier, Urgency};
use crate::model::{Environment, Exposure, Fact};

/// How bad a failed check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Below 24 points.
    Low,
    /// From 24 points.
    Medium,
    /// From 64 points.
    High,
    /// From 180 points.
    Critical,
}

impl Severity {
    /// The word used in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// Severity from what can be done with the credential, who can get at it, and where it works.
///
/// Points = weight of the highest privilege tier (1 to 10) × exposure × environment × urgency, 4 to 720:
///
/// | factor | values |
/// |---|---|
/// | tier | [`Tier::weight`]; 5 (a write) if unknown, so that not knowing neither hides nor alarms |
/// | exposure | 2 not seen where it does not belong; 3 run time or a few; 4 the organisation; 6 everybody |
/// | environment | 2 outside production; 3 unknown; 4 production |
/// | urgency | 1 hygiene; 2 weakness; 3 incident |
///
/// The points are ours and only rank: no probability is behind them.
///
/// ```
/// use nhi_core::{model::{Environment, Exposure, Fact}, posture::{Severity, Tier, Urgency, severity}};
/// // 5 × 3 × 4 × 3 = 180: a key that writes in production, found in a private repository.
/// let prod = Environment::Prod.into();
/// let leak = severity(Some(Tier::Write), Some(Exposure::Private), &prod, Urgency::Incident);
/// assert_eq!(leak, Severity::Critical);
/// // 1 × 2 × 2 × 1 = 4: a key that lists things in a sandbox and never expires.
/// let old = severity(Some(Tier::ReadMeta), None, &Environment::Sandbox.into(), Urgency::Hygiene);
/// assert_eq!(old, Severity::Low);
/// ```
pub fn severity(
    tier: Option<Tier>,
    exposure: Option<Exposure>,
    environment: &Fact<Environment>,
    urgency: Urgency,
) -> Severity {
    let tier = tier.unwrap_or(Tier::Write).weight();
    let exposure = match exposure {
        None => 2,
        Some(Exposure::Runtime | Exposure::Private) => 3,
        Some(Exposure::Org) => 4,
        Some(Exposure::Public) => 6,
    };
    let environment = match environment.known() {
        None => 3,
        Some(env) if env.is_prod() => 4,
        Some(_) => 2,
    };
    let urgency = match urgency {
        Urgency::Hygiene => 1,
        Urgency::Weakness => 2,
        Urgency::Incident => 3,
    };
    match tier * exposure * environment * urgency {
        0..24 => Severity::Low,
        24..64 => Severity::Medium,
        64..180 => Severity::High,
        _ => Severity::Critical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_factor_only_raises() {
        let env = [Fact::Known(Environment::Dev), Fact::default(), Fact::Known(Environment::Prod)];
        let exposure = [None, Some(Exposure::Private), Some(Exposure::Org), Some(Exposure::Public)];
        let urgency = [Urgency::Hygiene, Urgency::Weakness, Urgency::Incident];
        for (t, tier) in Tier::ALL.into_iter().enumerate() {
            for (e, seen) in exposure.into_iter().enumerate() {
                for (n, environment) in env.iter().enumerate() {
                    for (u, urgent) in urgency.into_iter().enumerate() {
                        let here = severity(Some(tier), seen, environment, urgent);
                        let worse = [
                            Tier::ALL.get(t + 1).map(|x| severity(Some(*x), seen, environment, urgent)),
                            exposure.get(e + 1).map(|x| severity(Some(tier), *x, environment, urgent)),
                            env.get(n + 1).map(|x| severity(Some(tier), seen, x, urgent)),
                            urgency.get(u + 1).map(|x| severity(Some(tier), seen, environment, *x)),
                        ];
                        assert!(worse.into_iter().flatten().all(|worse| here <= worse));
                    }
                }
            }
        }
    }

    #[test]
    fn not_knowing_the_privileges_counts_as_a_write() {
        let prod = Environment::Prod.into();
        let of = |tier| severity(tier, None, &prod, Urgency::Weakness);
        assert_eq!(of(None), of(Some(Tier::Write)));
    }
}
