//! What the tests of the checks share: a credential with everything in order, to be spoilt in one point.

use alloc::{
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::super::{
    Answerable, Check, Evidence, ExceptionStanding, Looked, MetIn, Missing, Outcome, Policy, Standing, Usage,
    View, check::Case,
};
use crate::{
    Pepper,
    model::{
        Credential, CredentialKind, Environment, Exposure, Fact, LastUse, Liveness, Location, OwnerKind,
        OwnerRef, OwnerStatus, Sighting, SightingMatch, Status, Trust, VersionRecord,
    },
    time::{DAY, Timestamp},
};

/// The time of all samples: 2026-11-01.
pub(super) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap()
}

pub(super) fn days_ago(days: i64) -> Timestamp {
    now().plus(-days * DAY)
}

pub(super) fn used(days: i64) -> LastUse {
    LastUse::Used { at: days_ago(days), granularity_ms: 0 }
}

/// One credential and everything around it.
pub(super) struct Sample {
    pub(super) credential: Credential,
    pub(super) owners: Fact<Vec<Answerable>>,
    pub(super) sightings: Vec<Sighting>,
    pub(super) usage: Fact<Usage>,
    pub(super) met_in: Vec<MetIn>,
    pub(super) crossed: Vec<String>,
    pub(super) observed_at: Fact<Timestamp>,
    pub(super) standing: Option<Standing>,
    pub(super) trust: Option<Trust>,
    pub(super) looked: Looked,
    pub(super) policy: Policy,
}

/// A credential of production that passes every check: 20 days old, used yesterday, owned, expiring.
pub(super) fn good() -> Sample {
    let owner = OwnerRef { kind: OwnerKind::Team, id: "payments".into() };
    Sample {
        credential: Credential {
            id: "aws:1/deployer/api_key".into(),
            identity: "deployer".into(),
            kind: CredentialKind::ApiKey,
            fingerprint: Some(Pepper::new([1; 32]).fingerprint(b"the secret")),
            created: Fact::Known(days_ago(20)),
            last_rotated: Fact::Absent,
            not_after: Fact::Known(now().plus(60 * DAY)),
            last_used: used(1),
            status: Fact::Known(Status::Active),
            next_rotation: Fact::Known(now().plus(10 * DAY)),
            scopes_granted: Fact::Known(vec!["s3:GetObject".to_string()]),
            consumers: Fact::Known(vec!["deploy".to_string()]),
            environment: Fact::Known(Environment::Prod),
            ..Credential::default()
        },
        owners: Fact::Known(vec![Answerable { owner, status: Fact::Known(OwnerStatus::Active) }]),
        sightings: Vec::new(),
        usage: Fact::Known(Usage {
            actions: vec!["s3:GetObject".to_string()],
            from: days_ago(120),
            until: now(),
            coverage_thousandths: 1000,
        }),
        met_in: vec![met(Environment::Prod)],
        crossed: Vec::new(),
        observed_at: Fact::Known(now()),
        standing: Some(Standing { usable: true, ..Standing::default() }),
        trust: Some(Trust::Ok),
        looked: Looked { for_sightings: true, at_usage: true },
        policy: Policy::default(),
    }
}

pub(super) fn met(environment: Environment) -> MetIn {
    MetIn { environment, text: "used in the account of that environment".into() }
}

pub(super) fn version(external_id: &str, status: Status, made_days_ago: i64) -> VersionRecord {
    VersionRecord {
        external_id: external_id.into(),
        created: Fact::Known(days_ago(made_days_ago)),
        not_after: Fact::Absent,
        status: Fact::Known(status),
        last_used: used(1),
        fingerprint: None,
    }
}

pub(super) fn exception(end: Option<Timestamp>, renewals: u32) -> ExceptionStanding {
    ExceptionStanding { end, renewals }
}

/// Its secret in a source file, seen for two hours.
pub(super) fn in_code(path: &str) -> Sighting {
    Sighting {
        of: SightingMatch { fingerprint: good().credential.fingerprint, ..SightingMatch::default() },
        provider: Fact::default(),
        rule: "aws.access-key".into(),
        kind: CredentialKind::ApiKey,
        location: Location { kind: "code".into(), path: path.into(), line: Some(3), revision: None },
        source: "scan".into(),
        liveness: Liveness::NotChecked,
        first_seen: Fact::Known(now().plus(-DAY / 12)),
        last_seen: Fact::Known(now()),
        exposure: Fact::Known(Exposure::Org),
        preview: "…".into(),
        level: None,
        environment: Fact::default(),
        expires: Fact::default(),
    }
}

impl Sample {
    /// This sample, spoilt or mended in one point.
    pub(super) fn but(mut self, change: impl FnOnce(&mut Sample)) -> Sample {
        change(&mut self);
        self
    }

    pub(super) fn ask(&self, check: &Check) -> Outcome {
        let view = View {
            owners: self.owners.clone(),
            sightings: self.sightings.iter().collect(),
            usage: self.usage.clone(),
            met_in: self.met_in.clone(),
            crossed: self.crossed.clone(),
            observed_at: self.observed_at.clone(),
            standing: self.standing.clone(),
            trust: self.trust,
            ..View::new(&self.credential)
        };
        (check.run)(&Case { view: &view, looked: self.looked, now: now(), policy: &self.policy })
    }

    #[track_caller]
    pub(super) fn passes(&self, check: &Check) {
        assert_eq!(self.ask(check), Outcome::Pass, "{}", check.id);
    }

    /// Fails, and gives the evidence.
    #[track_caller]
    pub(super) fn fails(&self, check: &Check) -> Vec<Evidence> {
        match self.ask(check) {
            Outcome::Fail { evidence } if !evidence.is_empty() => evidence,
            other => panic!("{} gave {other:?}", check.id),
        }
    }

    /// Is unknown for want of exactly this input.
    #[track_caller]
    pub(super) fn lacks(&self, check: &Check, input: &str) {
        match self.ask(check) {
            Outcome::Unknown { missing } => {
                let inputs: Vec<&str> = missing.iter().map(|Missing { input, .. }| input.as_ref()).collect();
                assert_eq!(inputs, [input], "{}", check.id);
            }
            other => panic!("{} gave {other:?}", check.id),
        }
    }
}
