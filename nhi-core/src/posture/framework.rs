/*!
What the checks are mapped to: one table of controls, with the ids that the standards themselves use.

Only what a check refers to is listed. Three habits are avoided on purpose: ids of CSF 1.1 in a mapping to CSF
2.0 (category PR.AC was withdrawn), OWASP numbers taken from another item of the list, and layers of a threat
model called controls. OWASP's text is CC BY-SA 4.0: ids and titles only, the prose of the checks is ours.
*/

use serde::Serialize;

use Framework::{AiRmf, Csf, OwaspAgentic, OwaspNhi, Sp80053};

/// A list of controls or risks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Framework {
    /// OWASP Non-Human Identities Top 10, edition 2025.
    #[serde(rename = "owasp-nhi-2025")]
    OwaspNhi,
    /// NIST Cybersecurity Framework 2.0, subcategories.
    #[serde(rename = "nist-csf-2.0")]
    Csf,
    /// NIST SP 800-53 revision 5, controls and enhancements.
    #[serde(rename = "nist-sp-800-53-r5")]
    Sp80053,
    /// OWASP Top 10 for Agentic Applications, December 2025.
    #[serde(rename = "owasp-agentic-2026")]
    OwaspAgentic,
    /// NIST AI Risk Management Framework 1.0, subcategories.
    #[serde(rename = "nist-ai-rmf-1.0")]
    AiRmf,
}

impl Framework {
    /// The name for a reader.
    pub fn title(self) -> &'static str {
        match self {
            OwaspNhi => "OWASP NHI Top 10 2025",
            Csf => "NIST CSF 2.0",
            Sp80053 => "NIST SP 800-53 r5",
            OwaspAgentic => "OWASP Top 10 for Agentic Applications",
            AiRmf => "NIST AI RMF 1.0",
        }
    }

    /// Where the list is published.
    pub fn url(self) -> &'static str {
        match self {
            OwaspNhi => "https://owasp.org/www-project-non-human-identities-top-10/2025/",
            Csf => "https://doi.org/10.6028/NIST.CSWP.29",
            Sp80053 => "https://doi.org/10.6028/NIST.SP.800-53r5",
            OwaspAgentic => "https://genai.owasp.org/",
            AiRmf => "https://doi.org/10.6028/NIST.AI.100-1",
        }
    }
}

/// One control, risk or subcategory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Control {
    /// The list it is in.
    pub framework: Framework,
    /// Its official id.
    pub id: &'static str,
    /// Its title; for CSF and AI RMF, which have sentences instead, a short form of the sentence.
    pub title: &'static str,
}

const fn control(framework: Framework, id: &'static str, title: &'static str) -> Control {
    Control { framework, id, title }
}

/// Every control that a check may refer to, by framework, then in the framework's own order.
pub const CONTROLS: &[Control] = &[
    control(OwaspNhi, "NHI1:2025", "Improper Offboarding"),
    control(OwaspNhi, "NHI2:2025", "Secret Leakage"),
    control(OwaspNhi, "NHI3:2025", "Vulnerable Third-Party NHI"),
    control(OwaspNhi, "NHI4:2025", "Insecure Authentication"),
    control(OwaspNhi, "NHI5:2025", "Overprivileged NHI"),
    control(OwaspNhi, "NHI6:2025", "Insecure Cloud Deployment Configurations"),
    control(OwaspNhi, "NHI7:2025", "Long-Lived Secrets"),
    control(OwaspNhi, "NHI8:2025", "Environment Isolation"),
    control(OwaspNhi, "NHI9:2025", "NHI Reuse"),
    control(OwaspNhi, "NHI10:2025", "Human Use of NHI"),
    control(Csf, "GV.RR-02", "Roles, responsibilities and authorities are established and enforced"),
    control(Csf, "ID.AM-08", "Systems, software, services and data are managed through their life cycles"),
    control(Csf, "ID.RA-07", "Changes and exceptions are managed, assessed, recorded and tracked"),
    control(Csf, "PR.AA-01", "Identities and credentials of users, services and hardware are managed"),
    control(Csf, "PR.AA-02", "Identities are proofed and bound to credentials"),
    control(Csf, "PR.AA-05", "Access permissions are managed, enforced and reviewed; least privilege"),
    control(Csf, "PR.DS-01", "Data at rest is protected"),
    control(Csf, "PR.IR-01", "Networks and environments are protected from unauthorized access"),
    control(Csf, "DE.CM-09", "Computing, runtime environments and their data are monitored"),
    control(Csf, "RS.MI-01", "Incidents are contained"),
    control(Csf, "RS.MI-02", "Incidents are eradicated"),
    control(Sp80053, "AC-2", "Account Management"),
    control(Sp80053, "AC-2(3)", "Account Management | Disable Accounts"),
    control(Sp80053, "AC-3(8)", "Access Enforcement | Revocation of Access Authorizations"),
    control(Sp80053, "AC-4", "Information Flow Enforcement"),
    control(Sp80053, "AC-6", "Least Privilege"),
    control(Sp80053, "AC-6(7)", "Least Privilege | Review of User Privileges"),
    control(Sp80053, "CM-3", "Configuration Change Control"),
    control(Sp80053, "IA-4", "Identifier Management"),
    control(Sp80053, "IA-5", "Authenticator Management"),
    control(Sp80053, "IA-5(7)", "Authenticator Management | No Embedded Unencrypted Static Authenticators"),
    control(Sp80053, "IA-5(8)", "Authenticator Management | Multiple System Accounts"),
    control(Sp80053, "IR-4", "Incident Handling"),
    control(Sp80053, "PS-4", "Personnel Termination"),
    control(Sp80053, "SC-7", "Boundary Protection"),
    control(OwaspAgentic, "ASI02", "Tool Misuse & Exploitation"),
    control(OwaspAgentic, "ASI03", "Identity & Privilege Abuse"),
    control(OwaspAgentic, "ASI10", "Rogue Agents"),
    control(AiRmf, "GOVERN 1.7", "AI systems are decommissioned and phased out safely"),
    control(AiRmf, "GOVERN 2.1", "Roles, responsibilities and lines of communication are documented"),
    control(AiRmf, "MANAGE 2.4", "Mechanisms exist to supersede, disengage or deactivate AI systems"),
];

/// The control with this official id.
///
/// ```
/// use nhi_core::posture::framework;
/// assert_eq!(framework::find("NHI7:2025").map(|c| c.title), Some("Long-Lived Secrets"));
/// assert!(framework::find("PR.AC-4").is_none(), "CSF 1.1 has no place in a mapping to 2.0");
/// ```
pub fn find(id: &str) -> Option<&'static Control> {
    CONTROLS.iter().find(|control| control.id == id)
}

/// The OWASP NHI item that `text` means, in any of the forms people write: `NHI-07`, `nhi7`, `NHI7:2025`.
/// An edition other than 2025 is not guessed at.
pub fn owasp_nhi(text: &str) -> Option<&'static Control> {
    let rest = text.trim().get(3..).filter(|_| text.trim().is_char_boundary(3))?;
    if !text.trim().get(..3)?.eq_ignore_ascii_case("nhi") {
        return None;
    }
    let (number, edition) = rest.split_once(':').unwrap_or((rest, "2025"));
    let number = number.strip_prefix('-').unwrap_or(number);
    let number = number.strip_prefix('0').unwrap_or(number);
    if edition != "2025" {
        return None;
    }
    CONTROLS.iter().filter(|c| c.framework == OwaspNhi).find(|c| {
        c.id.strip_prefix("NHI").and_then(|id| id.strip_suffix(":2025")).is_some_and(|id| id == number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_grouped_by_framework() {
        assert_eq!(CONTROLS.len(), 41);
        assert!(CONTROLS.is_sorted_by_key(|c| c.framework));
        for (i, a) in CONTROLS.iter().enumerate() {
            assert!(CONTROLS[i + 1..].iter().all(|b| b.id != a.id), "{}", a.id);
        }
    }

    /// Ids that are often cited for these risks and mean something else, or nothing.
    #[test]
    fn none_of_the_usual_wrong_ids() {
        for control in CONTROLS {
            let id = control.id;
            match control.framework {
                // Withdrawn with CSF 1.1, written in its one-digit form, or about hardware and networks.
                Csf => {
                    assert!(!id.starts_with("PR.AC") && !id.starts_with("PR.IP") && !id.starts_with("ID.BE"));
                    assert!(!["ID.AM-01", "DE.CM-01", "DE.CM-07"].contains(&id), "{id}");
                    let (category, number) = id.split_once('-').unwrap();
                    assert!(category.len() == 5 && number.len() == 2, "{id}");
                }
                // The official form has no dash, no leading zero, and the edition.
                OwaspNhi => {
                    assert!(id.ends_with(":2025") && !id.contains('-') && !id.contains("NHI0"), "{id}")
                }
                // Not "A2".
                OwaspAgentic => assert!(id.len() == 5 && id.starts_with("ASI"), "{id}"),
                // A function alone is no reference.
                AiRmf => assert!(id.split_once(' ').is_some_and(|(_, n)| n.contains('.')), "{id}"),
                // SP 800-63 is about people; its sections have no such ids.
                Sp80053 => assert!(id.as_bytes()[2] == b'-', "{id}"),
            }
        }
        assert_eq!(find("NHI3:2025").unwrap().title, "Vulnerable Third-Party NHI");
        assert_eq!(find("NHI1:2025").unwrap().title, "Improper Offboarding");
    }

    #[test]
    fn other_spellings_of_owasp_ids_are_understood() {
        for text in ["NHI-07", "nhi7", "NHI7:2025", " NHI-7 ", "NHI07"] {
            assert_eq!(owasp_nhi(text).map(|c| c.id), Some("NHI7:2025"), "{text}");
        }
        assert_eq!(owasp_nhi("NHI-10").map(|c| c.id), Some("NHI10:2025"));
        for text in ["NHI8:2024", "NHI0", "NHI11", "NH", "ééé", "", "ASI03"] {
            assert!(owasp_nhi(text).is_none(), "{text}");
        }
    }
}
