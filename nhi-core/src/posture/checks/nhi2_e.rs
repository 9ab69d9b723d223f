/*!
One secret is kept in several places.

**Why.** Each copy is a place to steal it from and a place that a rotation must reach; the one that is
forgotten breaks at the next rotation, or keeps the old secret in use.

**Fails when** the same secret, by its fingerprint, is stored or was seen in more than `copies` different
places. Several lines of one file are one place.

**Unknown when** nobody searched, or the secret has no fingerprint to compare.

**Remedy.** Keep it in one store and let the others read it from there; rotate it once the copies are gone.

**References.** OWASP NHI2:2025; NIST SP 800-53 IA-5.
*/

use alloc::{collections::BTreeSet, format};

use super::super::check::{Case, Check, Evidence, Outcome, Urgency};

pub(super) const CHECK: Check = Check {
    id: "NHI2-e",
    title: "copies",
    fails_when: "the same secret is kept in more places than the policy allows",
    remedy: "keep it in one store, let the others read it from there, then rotate it",
    needs: &["sightings", "fingerprint"],
    controls: &["NHI2:2025", "PR.AA-01", "IA-5"],
    urgency: Urgency::Hygiene,
    command: Some("BeginRotation"),
    run,
};

fn run(case: &Case<'_>) -> Outcome {
    let record = case.view.credential;
    let stored = record.storage.iter();
    // A public id says nothing about where the secret is.
    let seen = case.view.sightings.iter().filter(|s| s.of.fingerprint.is_some()).map(|s| &s.location);
    let places: BTreeSet<(&str, &str)> =
        stored.chain(seen).map(|place| (place.kind.as_str(), place.path.as_str())).collect();
    if places.len() > case.policy.copies as usize {
        let kept = |(kind, path): &(&str, &str)| Evidence::of("storage", format!("kept in {kind} {path}"));
        return Outcome::Fail { evidence: places.iter().map(kept).collect() };
    }
    if !case.looked.for_sightings {
        return Outcome::unknown("sightings", "nobody searched for secrets");
    }
    if record.fingerprint.is_none() && record.versions.iter().all(|v| v.fingerprint.is_none()) {
        return Outcome::unknown("fingerprint", "without one copies cannot be recognised");
    }
    Outcome::Pass
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, CHECK};
    use alloc::vec;

    #[test]
    fn pass() {
        good().passes(&CHECK);
        let mut again = in_code("src/app.py");
        again.location.line = Some(90);
        good().but(|s| s.sightings = vec![in_code("src/app.py"), again]).passes(&CHECK);
    }

    #[test]
    fn fail() {
        let two = good().but(|s| s.sightings = vec![in_code("b.py"), in_code("a.py")]);
        let evidence = two.fails(&CHECK);
        assert_eq!(evidence[0].text, "kept in code a.py");
        assert_eq!(evidence.len(), 2);
    }

    #[test]
    fn unknown() {
        good().but(|s| s.looked.for_sightings = false).lacks(&CHECK, "sightings");
        good().but(|s| s.credential.fingerprint = None).lacks(&CHECK, "fingerprint");
    }
}
