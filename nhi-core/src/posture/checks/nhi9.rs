/*!
Several workloads use one credential.

**Why.** Nobody can say which of them did something, a leak in one is a leak in all, a rotation breaks those
that were forgotten, and there is no one normal behaviour to compare with.

**Fails when** more than one consumer is recorded, or its baseline shows the traits of several workloads.

**Unknown when** there is no baseline of its use: from records alone it cannot be told that nobody else uses
it.

**Remedy.** Issue one credential for each workload, then revoke the shared one.

**References.** OWASP NHI9:2025; NIST SP 800-53 IA-4, IA-5(8).
*/

use alloc::{format, vec::Vec};

use super::super::check::{Case, Check, Evidence, Missing, Outcome, Urgency};
use crate::model::Trust;

pub(super) const CHECK: Check = Check {
    id: "NHI9",
    title: "reused by several workloads",
    fails_when: "it works and more than one workload uses it",
    remedy: "issue one credential for each workload, then revoke the shared one",
    needs: &["status", "consumers", "baseline"],
    controls: &["NHI9:2025", "PR.AA-02", "IA-4", "IA-5(8)"],
    urgency: Urgency::Weakness,
    command: None,
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    if let Some(answer) = case.unless_usable() {
        return answer;
    }
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    if let Some(consumers) = case.view.credential.consumers.known().filter(|c| c.len() > 1) {
        evidence.push(Evidence::of("consumers", format!("recorded consumers: {}", consumers.join(", "))));
    }
    match case.view.trust {
        Some(Trust::Shared) => {
            evidence.push(Evidence::of("baseline", "its use shows the traits of several workloads"));
        }
        Some(Trust::Ok) => {}
        Some(Trust::Learning) => missing.push(Missing::of("baseline", "too little of its use was seen")),
        Some(Trust::Stale) => missing.push(Missing::of("baseline", "none of its use was seen for long")),
        None => missing.push(Missing::of("baseline", "none of its use was seen")),
    }
    Outcome::of(evidence, missing)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::model::{Fact, Trust};
    use alloc::vec;

    #[test]
    fn pass() {
        good().passes(&CHECK);
    }

    #[test]
    fn fail() {
        let two = vec!["billing".into(), "reports".into()];
        let evidence = good().but(|s| s.credential.consumers = Fact::Known(two)).fails(&CHECK);
        assert_eq!(evidence[0].text, "recorded consumers: billing, reports");
        good().but(|s| s.trust = Some(Trust::Shared)).fails(&CHECK);
    }

    #[test]
    fn unknown() {
        good().but(|s| s.trust = None).lacks(&CHECK, "baseline");
        good().but(|s| s.trust = Some(Trust::Learning)).lacks(&CHECK, "baseline");
    }
}
