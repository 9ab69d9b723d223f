/*!
The secret of a credential that works was seen where it does not belong.

**Why.** Whoever can read the place can act as the identity. Keys in public repositories are tried within
minutes.

**Fails when** its secret, or a public id seen with a secret, was found outside a vault and outside its
system of record, and either somebody tested it there and it worked, or the version that was seen still
works by its record. A sighting that was tested and refused does not count, nor an identifier without its
secret.

**Unknown when** nobody searched, or nothing is known by which a sighting could be matched (no fingerprint, no
public id), or it is not known whether it works.

**Remedy.** Revoke it if nothing depends on it; else rotate it and revoke the version that was seen.
Removing the text from the place is not enough: it stays in history, images and copies.

**References.** OWASP NHI2:2025; NIST SP 800-53 IA-5(7), IR-4.
*/

use alloc::{format, string::String, vec::Vec};

use super::super::{
    check::{Case, Check, Evidence, Missing, Outcome, Urgency, why},
    estate::refused,
};
use crate::model::{Fact, Liveness, Location, Sighting};

pub(super) const CHECK: Check = Check {
    id: "NHI2-a",
    title: "live leak",
    fails_when: "its secret was seen where it does not belong, and it works",
    remedy: "revoke it, or rotate it and revoke the version that was seen",
    needs: &["sightings", "fingerprint", "status"],
    controls: &["NHI2:2025", "PR.DS-01", "DE.CM-09", "RS.MI-01", "IA-5(7)", "IR-4", "ASI03"],
    urgency: Urgency::Incident,
    command: Some("ReportCompromise"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    let leaks = match leaks(case) {
        Ok(leaks) => leaks,
        Err(unknown) => return unknown,
    };
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for sighting in leaks {
        let how = match (sighting.liveness, works(case, sighting)) {
            (Liveness::Live, _) => "tested there, and it works",
            (_, Fact::Known(true)) => "by its record it works",
            (_, Fact::Known(false) | Fact::Absent) => continue,
            (_, unknown) => {
                missing.push(Missing::of("status", why(&unknown)));
                continue;
            }
        };
        let place = &sighting.location;
        evidence.push(Evidence {
            field: "sightings".into(),
            text: format!("seen in {} {}; {how}", place.kind, at(place)),
            location: Some(place.clone()),
        });
    }
    Outcome::of(evidence, missing)
}

/// The sightings where it does not belong that were not tested dead; what is missing if nobody could tell.
pub(super) fn leaks<'c>(case: &'c Case<'_>) -> Result<Vec<&'c Sighting>, Outcome> {
    let record = case.view.credential;
    if case.view.sightings.is_empty() {
        if !case.looked.for_sightings {
            return Err(Outcome::unknown("sightings", "nobody searched for secrets"));
        }
        let by_version = record.versions.iter().any(|v| v.fingerprint.is_some() || !v.external_id.is_empty());
        if record.fingerprint.is_none() && record.external_ids.is_empty() && !by_version {
            return Err(Outcome::unknown("fingerprint", "no fingerprint or public id to match a sighting by"));
        }
    }
    let leaked = |s: &&&Sighting| case.view.misplaced(s) && s.liveness != Liveness::Dead;
    Ok(case.view.sightings.iter().filter(leaked).copied().collect())
}

/// Whether the secret that was seen works by its record.
pub(super) fn works(case: &Case<'_>, sighting: &Sighting) -> Fact<bool> {
    match case.view.version_of(sighting) {
        Some(version) if refused(&version.status, &version.not_after, case.now) => Fact::Known(false),
        _ => case.view.usable(case.now),
    }
}

/// A place as `path` or `path:line`.
pub(super) fn at(place: &Location) -> String {
    place.line.map_or_else(|| place.path.clone(), |line| format!("{}:{line}", place.path))
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use crate::model::{CredentialKind, Fact, Liveness, Status};
    use alloc::vec;

    #[test]
    fn pass() {
        good().passes(&CHECK);
        let mut vaulted = in_code("secret/payments");
        vaulted.location.kind = "vault".into();
        good().but(|s| s.sightings = vec![vaulted]).passes(&CHECK);
        let mut dead = in_code("src/app.py");
        dead.liveness = Liveness::Dead;
        good().but(|s| s.sightings = vec![dead]).passes(&CHECK);
        // Only the old version was seen.
        let mut old = version("k1", Status::Inactive, 300);
        old.fingerprint = good().credential.fingerprint;
        good()
            .but(|s| {
                s.sightings = vec![in_code("src/app.py")];
                s.credential.versions = vec![old, version("k2", Status::Active, 20)];
            })
            .passes(&CHECK);
        // A key id in a document, without its secret.
        let mut id = in_code("README.md");
        (id.kind, id.of.fingerprint) = (CredentialKind::Identifier, None);
        good().but(|s| s.sightings = vec![id]).passes(&CHECK);
    }

    #[test]
    fn fail() {
        let leaked = good().but(|s| s.sightings = vec![in_code("src/app.py")]);
        let evidence = leaked.fails(&CHECK);
        assert_eq!(evidence[0].text, "seen in code src/app.py:3; by its record it works");
        assert_eq!(evidence[0].location.as_ref().unwrap().line, Some(3));
        // Tested live where it was found: whatever the record says.
        let mut live = in_code("src/app.py");
        live.liveness = Liveness::Live;
        good()
            .but(|s| {
                s.sightings = vec![live];
                s.credential.status = Fact::Known(Status::Revoked);
            })
            .fails(&CHECK);
    }

    #[test]
    fn unknown() {
        good().but(|s| s.looked.for_sightings = false).lacks(&CHECK, "sightings");
        good().but(|s| s.credential.fingerprint = None).lacks(&CHECK, "fingerprint");
        good()
            .but(|s| {
                s.sightings = vec![in_code("src/app.py")];
                s.credential.status = Fact::default();
                s.standing = None;
            })
            .lacks(&CHECK, "status");
    }
}
