/*!
Most of what a credential may do it never does.

**Why.** Privileges that are not used serve only the one who steals it.

**Fails when** the weighted share of granted privileges that were not used exceeds `unused_thousandths`,
over at least `usage_window_days` of recorded use, recorded well enough (`usage_confidence_thousandths`: the
observed share of the window times the share of uses that the sources see).

**Unknown when** privileges or uses are not known; or when much seems unused but the record is too short or
too partial, or the credential younger than the window. The absence of use in a short log is weak evidence.

**Remedy.** Reduce the grants to those used and those declared as needed. Never automatically: a yearly job is
not in a quarter's log.

**References.** OWASP NHI5:2025; NIST SP 800-53 AC-6(7).
*/

use alloc::{format, string::String, vec, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Outcome, Urgency, span, why},
    policy::days,
    privilege::{confidence_thousandths, reach},
};
use crate::model::Fact;

pub(super) const CHECK: Check = Check {
    id: "NHI5-b",
    title: "unused privileges",
    fails_when: "it works and most of its privileges, by weight, were not used over the window",
    remedy: "reduce the grants to those used and those declared as needed",
    needs: &["status", "scopes_granted", "usage"],
    controls: &["NHI5:2025", "PR.AA-05", "AC-6(7)"],
    urgency: Urgency::Hygiene,
    command: None,
    run,
};

/// Unused privileges named in the evidence; more are counted.
const NAMED: usize = 8;

fn run(case: &Case<'_>) -> Outcome {
    if let Some(answer) = case.unless_usable() {
        return answer;
    }
    let granted = match &case.view.granted {
        Fact::Known(granted) if !granted.is_empty() => granted,
        Fact::Known(_) | Fact::Absent => return Outcome::Pass,
        unknown => return Outcome::unknown("scopes_granted", why(unknown)),
    };
    let Fact::Known(usage) = &case.view.usage else {
        return Outcome::unknown("usage", why(&case.view.usage));
    };
    let reach = reach(granted, &usage.actions);
    let over = reach.over_scope_thousandths();
    // What was seen used stays used: a short log can pass, it cannot fail.
    if over <= case.policy.unused_thousandths {
        return Outcome::Pass;
    }
    let window = days(case.policy.usage_window_days);
    let from = case.view.credential.created.known().map_or(usage.from, |made| usage.from.max(*made));
    let observed = usage.until.since(from);
    if observed < window {
        let text = format!("{} of use recorded, {} needed", span(observed), span(window));
        return Outcome::unknown("usage", text);
    }
    let confidence = confidence_thousandths(observed, window, usage.coverage_thousandths);
    if confidence < case.policy.usage_confidence_thousandths {
        return Outcome::unknown("usage", format!("confidence in the record of use is {}", part(confidence)));
    }
    let mut evidence = vec![Evidence::of(
        "usage",
        format!(
            "{} of the weight granted was not used in {} (confidence {})",
            part(over),
            span(observed),
            part(confidence)
        ),
    )];
    let named: Vec<&str> = reach.unused.iter().take(NAMED).map(String::as_str).collect();
    if !named.is_empty() {
        let more = reach.unused.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        evidence.push(Evidence::of("scopes_granted", format!("not used: {}{more}", named.join(", "))));
    }
    Outcome::Fail { evidence }
}

/// Thousandths as a percentage.
fn part(thousandths: u16) -> String {
    format!("{} %", thousandths / 10)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::model::Fact;
    use alloc::{string::ToString, vec, vec::Vec};

    fn granted(actions: &[&str]) -> Sample {
        let actions: Vec<_> = actions.iter().map(ToString::to_string).collect();
        good().but(|s| {
            s.credential.scopes_granted = Fact::Known(actions);
            s.credential.created = Fact::Known(days_ago(400));
        })
    }

    fn usage(s: &mut Sample) -> &mut super::super::super::Usage {
        match &mut s.usage {
            Fact::Known(usage) => usage,
            _ => unreachable!(),
        }
    }

    #[test]
    fn pass() {
        granted(&["s3:GetObject", "ec2:DescribeVpcs"]).passes(&CHECK);
        granted(&[]).passes(&CHECK);
    }

    #[test]
    fn fail() {
        let evidence = granted(&["s3:GetObject", "s3:DeleteObject", "ec2:DescribeVpcs"]).fails(&CHECK);
        let text = "70 % of the weight granted was not used in 120 days (confidence 100 %)";
        assert_eq!(evidence[0].text, text);
        assert_eq!(evidence[1].text, "not used: s3:DeleteObject, ec2:DescribeVpcs");
    }

    #[test]
    fn unknown() {
        let wide = || granted(&["s3:GetObject", "s3:DeleteObject"]);
        wide().but(|s| s.credential.scopes_granted = Fact::default()).lacks(&CHECK, "scopes_granted");
        wide().but(|s| s.usage = Fact::default()).lacks(&CHECK, "usage");
        wide().but(|s| usage(s).from = days_ago(89)).lacks(&CHECK, "usage");
        wide().but(|s| usage(s).coverage_thousandths = 499).lacks(&CHECK, "usage");
        // Younger than the window.
        wide().but(|s| s.credential.created = Fact::Known(days_ago(20))).lacks(&CHECK, "usage");
        wide().but(|s| usage(s).actions = vec![]).fails(&CHECK);
    }
}
