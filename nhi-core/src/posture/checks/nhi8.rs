/*!
One credential spans production and something else.

**Why.** Test systems are guarded less, and more people get at them. A secret that works in both makes the
weaker one the way into the stronger.

**Fails when** among the environment declared for it and those in which something of it was met (a log of
use, a place where it was seen, another record that holds the same secret) there are both production and
another.

**Unknown when** nobody said what environment it belongs to, or nobody looked at use or places, so that only
the declaration is there.

**Remedy.** Issue one credential for each environment, then revoke the shared one.

**References.** OWASP NHI8:2025; NIST SP 800-53 AC-4, SC-7.
*/

use alloc::{format, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Outcome, Urgency, why},
    estate::MetIn,
};

pub(super) const CHECK: Check = Check {
    id: "NHI8",
    title: "environments not isolated",
    fails_when: "it works and spans production and another environment",
    remedy: "issue one credential for each environment, then revoke the shared one",
    needs: &["status", "environment", "usage"],
    controls: &["NHI8:2025", "PR.IR-01", "AC-4", "SC-7", "ASI03"],
    urgency: Urgency::Weakness,
    command: Some("BeginRotation"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    if let Some(answer) = case.unless_usable() {
        return answer;
    }
    let crossed = &case.view.crossed;
    let declared = case.view.environment.known();
    let met = &case.view.met_in;
    let all = || declared.copied().into_iter().chain(met.iter().map(|m| m.environment));
    let both = all().any(|e| e.is_prod()) && all().any(|e| !e.is_prod());
    if both || !crossed.is_empty() {
        let mut evidence: Vec<Evidence> = declared
            .map(|e| Evidence::of("environment", format!("it is declared as {}", e.as_str())))
            .into_iter()
            .collect();
        // What agrees with the declaration proves nothing; without one, everything counts.
        let other = met.iter().filter(|m| declared.is_none_or(|d| d.is_prod() != m.environment.is_prod()));
        let say = |m: &MetIn| Evidence::of("met_in", format!("{}: {}", m.environment.as_str(), m.text));
        evidence.extend(other.map(say));
        evidence.extend(crossed.iter().map(|text| Evidence::of("inventory", text.as_str())));
        return Outcome::Fail { evidence };
    }
    if declared.is_none() {
        return Outcome::unknown("environment", why(&case.view.environment));
    }
    if met.is_empty() && !case.looked.at_usage && !case.looked.for_sightings {
        return Outcome::unknown("usage", "nobody looked where it is used or seen");
    }
    Outcome::Pass
}

#[cfg(test)]
mod tests {
    use super::{super::super::Looked, super::testing::*, CHECK};
    use crate::model::{Environment, Fact, Status};
    use alloc::vec;

    #[test]
    fn pass() {
        good().passes(&CHECK);
        good()
            .but(|s| {
                s.credential.environment = Fact::Known(Environment::Dev);
                s.met_in = vec![met(Environment::Test), met(Environment::Staging)];
            })
            .passes(&CHECK);
        good()
            .but(|s| {
                s.met_in = vec![met(Environment::Dev)];
                s.credential.status = Fact::Known(Status::Revoked);
            })
            .passes(&CHECK);
    }

    #[test]
    fn fail() {
        let crossed = good().but(|s| s.met_in = vec![met(Environment::Prod), met(Environment::Staging)]);
        let evidence = crossed.fails(&CHECK);
        assert_eq!(evidence[0].text, "it is declared as prod");
        assert_eq!(evidence[1].text, "staging: used in the account of that environment");
        assert_eq!(evidence.len(), 2);
        let told = good().but(|s| s.crossed = vec!["the secret stands in dev.env, which is dev".into()]);
        assert_eq!(told.fails(&CHECK)[1].text, "the secret stands in dev.env, which is dev");
        good()
            .but(|s| {
                s.credential.environment = Fact::default();
                s.met_in = vec![met(Environment::Prod), met(Environment::Dev)];
            })
            .fails(&CHECK);
    }

    #[test]
    fn unknown() {
        good().but(|s| s.credential.environment = Fact::default()).lacks(&CHECK, "environment");
        good()
            .but(|s| {
                s.met_in.clear();
                s.looked = Looked::default();
            })
            .lacks(&CHECK, "usage");
    }
}
