/*!
A credential can give itself every privilege.

**Why.** Whoever holds it holds the account, whatever its other grants say.

**Fails when** its effective privileges (its own, else its identity's) contain one of the escalation patterns:
everything, or a combination by which it can write its own permissions, make stronger credentials, or run
something as a stronger role.

**Unknown when** no source lists its privileges.

Resources and conditions that a grant is limited to are not considered: they may close the way.

**Remedy.** Take away the grant named in the evidence, or limit it to what the workload needs.

**References.** OWASP NHI5:2025; NIST SP 800-53 AC-6; Rhino Security Labs, "AWS IAM Privilege Escalation"
(2018).
*/

use alloc::{format, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Outcome, Urgency, why},
    escalation,
};
use crate::model::Fact;

pub(super) const CHECK: Check = Check {
    id: "NHI5-a",
    title: "admin-equivalent",
    fails_when: "it works and its privileges amount to all privileges",
    remedy: "take away the grant named in the evidence, or limit it to what the workload needs",
    needs: &["status", "scopes_granted"],
    controls: &["NHI5:2025", "PR.AA-05", "AC-6", "AC-6(7)", "ASI02", "ASI03"],
    urgency: Urgency::Weakness,
    command: None,
    run,
};

/// Ways named in the evidence; more are counted.
const NAMED: usize = 5;

fn run(case: &Case<'_>) -> Outcome {
    if let Some(answer) = case.unless_usable() {
        return answer;
    }
    let granted = match &case.view.granted {
        Fact::Known(granted) => granted,
        Fact::Absent => return Outcome::Pass,
        unknown => return Outcome::unknown("scopes_granted", why(unknown)),
    };
    let ways = escalation::find(granted);
    let mut evidence: Vec<Evidence> = ways
        .iter()
        .take(NAMED)
        .map(|way| {
            let (grants, can) = (way.grants.join(" and "), way.pattern.can);
            let text = format!("with {grants} it can {can} ({})", way.pattern.name);
            Evidence::of("scopes_granted", text)
        })
        .collect();
    if ways.len() > NAMED {
        evidence.push(Evidence::of("scopes_granted", format!("and {} more ways", ways.len() - NAMED)));
    }
    Outcome::of(evidence, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::model::{Fact, Status};
    use alloc::{string::ToString, vec::Vec};

    fn granted(actions: &[&str]) -> Sample {
        let actions: Vec<_> = actions.iter().map(ToString::to_string).collect();
        good().but(|s| s.credential.scopes_granted = Fact::Known(actions))
    }

    #[test]
    fn pass() {
        good().passes(&CHECK);
        granted(&["iam:PassRole", "s3:*"]).passes(&CHECK);
        granted(&[]).passes(&CHECK);
        granted(&["*"]).but(|s| s.credential.status = Fact::Known(Status::Inactive)).passes(&CHECK);
    }

    #[test]
    fn fail() {
        let evidence = granted(&["ec2:*", "iam:PassRole"]).fails(&CHECK);
        assert_eq!(
            evidence[0].text,
            "with iam:PassRole and ec2:* it can start something that runs as a stronger role \
             (aws-pass-role-ec2)"
        );
        assert_eq!(granted(&["*"]).fails(&CHECK).len(), 1);
        let many = granted(&["iam:*"]).fails(&CHECK);
        assert!(many.len() == 6 && many[5].text.ends_with("more ways"));
    }

    #[test]
    fn unknown() {
        good().but(|s| s.credential.scopes_granted = Fact::default()).lacks(&CHECK, "scopes_granted");
    }
}
