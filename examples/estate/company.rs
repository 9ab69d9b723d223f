//! Brightwater Coffee: its accounts, its people, and every unit that holds a credential, when all is well.
//!
//! A unit is one identity with its credential. `faults.rs` changes single fields of single units; everything
//! else (`aws.rs`, `records.rs`, `traffic.rs`, `tree.rs`) writes down what stands here.

use nhi_core::{
    model::{CredentialKind, Environment, IdentityKind, OwnerKind, OwnerStatus, Status},
    time::{DAY, HOUR, MINUTE, Timestamp},
};
use serde_json::Value;

use super::{mint, random::Stream, traffic::Call, units};

/// When the exports were taken: Friday 2026-11-20T09:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_165_200_000);
/// Days of activity before [`NOW`]'s day.
pub(crate) const DAYS: i64 = 42;

/// The time `days` before [`NOW`]'s day, at an hour and minute.
pub(crate) fn ago(days: i64, hour: i64, minute: i64) -> Timestamp {
    Timestamp::from_millis((NOW.day() - days) * DAY + hour * HOUR + minute * MINUTE)
}

/// Owner of a unit that lives by an exception.
pub(crate) const NOBODY: &str = "";

/// An AWS account; one an environment.
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) environment: Environment,
}

/// Account ids as the provider's documents use them in examples.
pub(crate) const ACCOUNTS: &[Account] = &[
    Account { id: 111_122_223_333, name: "prod", environment: Environment::Prod },
    Account { id: 444_455_556_666, name: "staging", environment: Environment::Staging },
    Account { id: 777_788_889_999, name: "dev", environment: Environment::Dev },
];

/// A person, a team or a vendor.
pub(crate) struct Party {
    pub(crate) kind: OwnerKind,
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) status: OwnerStatus,
    /// Days before [`NOW`] since when the status holds.
    pub(crate) since: i64,
}

/// Where a unit's credential was issued.
#[derive(Clone, Copy)]
pub(crate) enum Home {
    /// An AWS user with access keys.
    AwsUser(&'static Account),
    /// An AWS role; `from` says who may assume it.
    AwsRole { account: &'static Account, from: Trusted },
    /// Somewhere else: issuer, rule of the catalogue, kind of credential.
    Other { issuer: &'static str, rule: &'static str, provider: &'static str, kind: CredentialKind },
}

/// Who may assume a role.
#[derive(Clone, Copy)]
pub(crate) enum Trusted {
    /// A service of the provider.
    Service(&'static str),
    /// Jobs of a repository by OpenID Connect.
    Repository(&'static str),
}

/// Which log a unit's calls are in. No unit is in two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// The company's own pipeline, enriched with network and country: neutral activities.
    Pipeline,
    /// The organisation trail, as AWS writes it: the last days only.
    Trail,
    /// None.
    Quiet,
}

/// One secret of a credential.
pub(crate) struct Version {
    /// What the provider calls it: an access key id, or any other public id.
    pub(crate) external_id: String,
    /// The secret, made up from the seed.
    pub(crate) secret: String,
    pub(crate) made: Timestamp,
    /// What the provider says of it.
    pub(crate) status: Status,
    /// What the company's records say of it.
    pub(crate) declared: Status,
    /// Whether the provider still lists it.
    pub(crate) listed: bool,
}

/// An identity and its credential.
pub(crate) struct Unit {
    pub(crate) name: &'static str,
    pub(crate) home: Home,
    pub(crate) kind: IdentityKind,
    pub(crate) environment: Environment,
    /// Id of the party that answers for it, or [`NOBODY`].
    pub(crate) owner: &'static str,
    pub(crate) workload: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) created: Timestamp,
    pub(crate) versions: Vec<Version>,
    /// Whether the company's records mention it.
    pub(crate) declared: bool,
    /// Actions granted, and on what.
    pub(crate) grants: Vec<(&'static str, &'static str)>,
    /// Actions used in the provider's tracking period, beyond those of its jobs.
    pub(crate) also_used: Vec<&'static str>,
    pub(crate) log: Log,
    pub(crate) from: Origin,
    pub(crate) jobs: Vec<Job>,
    /// Last use for units whose calls are in no log.
    pub(crate) last_used: Option<Timestamp>,
    /// How much the bytes of its calls vary, in percent of the usual.
    pub(crate) spread: u64,
    /// How many days its calls are logged.
    pub(crate) days: i64,
    /// Whether it goes on using its first secret, whatever came later.
    pub(crate) pinned: bool,
    /// Whether nobody gave its key an end.
    pub(crate) endless: bool,
    /// No calls of its jobs after this time.
    pub(crate) quiet_after: Option<Timestamp>,
    /// From so many days before [`NOW`] on, calls move so many percent more each day.
    pub(crate) growth: Option<(i64, u64)>,
    /// Calls beyond its jobs.
    pub(crate) extra: Vec<Call>,
    /// All its calls in order of time, once everything else is settled.
    pub(crate) calls: Vec<Call>,
    /// What happened to the credential, as lifecycle commands.
    pub(crate) history: Vec<(Timestamp, Value)>,
}

/// Where calls come from.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) asn: u32,
    /// First three bytes of the address.
    pub(crate) net: &'static str,
    pub(crate) country: &'static str,
    pub(crate) user_agent: &'static str,
}

/// Calls that belong together, made again and again.
pub(crate) struct Job {
    pub(crate) task: Option<&'static str>,
    pub(crate) when: When,
    pub(crate) steps: Vec<Step>,
}

/// When a job runs (UTC).
pub(crate) enum When {
    /// Once a day.
    Daily { hour: i64, minute: i64, weekdays: bool },
    /// From one hour to another, every so many minutes.
    Hours { from: i64, to: i64, every: i64, weekdays: bool },
    /// On these days before [`NOW`] only.
    On { days: &'static [i64], hour: i64, minute: i64, context: &'static str },
}

/// One call of a job.
pub(crate) struct Step {
    pub(crate) action: &'static str,
    /// `{day}` and `{new}` become the date and a name never seen before; `{store}` one of twelve stores.
    pub(crate) to: &'static str,
    /// Usual bytes; 0 if the log has none.
    pub(crate) bytes: u64,
    pub(crate) sensitivity: u8,
}

/// The company.
pub(crate) struct Company {
    pub(crate) parties: Vec<Party>,
    pub(crate) units: Vec<Unit>,
}

impl Company {
    pub(crate) fn unit(&mut self, name: &str) -> &mut Unit {
        match self.units.iter_mut().find(|unit| unit.name == name) {
            Some(unit) => unit,
            None => unreachable!("no unit {name}"),
        }
    }

    pub(crate) fn new(seed: u64) -> Self {
        Company { parties: parties(), units: units::all(seed) }
    }
}

fn parties() -> Vec<Party> {
    let party = |kind, id, name, since| Party { kind, id, name, status: OwnerStatus::Active, since };
    let person = |id, name, since| party(OwnerKind::Person, id, name, since);
    let team = |id, name| party(OwnerKind::Team, id, name, 1200);
    vec![
        person("astrid.holm", "Astrid Holm", 2100),
        person("jonas.lind", "Jonas Lind", 1630),
        person("mikkel.sorensen", "Mikkel Sørensen", 1204),
        person("nadia.rahman", "Nadia Rahman", 890),
        person("sofia.costa", "Sofia Costa", 610),
        person("tom.berger", "Tom Berger", 402),
        team("commerce", "Commerce"),
        team("data", "Data and reporting"),
        team("logistics", "Logistics"),
        team("platform", "Platform"),
        party(OwnerKind::Vendor, "nordfreight", "Nordfreight ApS", 760),
    ]
}

impl Unit {
    pub(crate) fn new(
        seed: u64,
        name: &'static str,
        home: Home,
        owner: &'static str,
        purpose: &'static str,
    ) -> Self {
        let (environment, kind) = match home {
            Home::AwsUser(account) => (account.environment, IdentityKind::ServiceAccount),
            Home::AwsRole { account, .. } => (account.environment, IdentityKind::IamRole),
            Home::Other { .. } => (Environment::Prod, IdentityKind::ServiceAccount),
        };
        let mut draw = Stream::new(seed, &[name, "age"]);
        let rotated = draw.between(45, 80);
        let made = ago(rotated, draw.between(7, 14), draw.between(0, 59));
        let created = ago(rotated + draw.between(200, 900), draw.between(7, 14), draw.between(0, 59));
        let mut unit = Unit {
            name,
            home,
            kind,
            environment,
            owner,
            workload: name,
            purpose,
            created,
            versions: Vec::new(),
            declared: true,
            grants: Vec::new(),
            also_used: Vec::new(),
            log: Log::Quiet,
            from: Origin { asn: 64500, net: "192.0.2", country: "SE", user_agent: "Boto3" },
            jobs: Vec::new(),
            last_used: None,
            spread: 12,
            days: DAYS,
            pinned: false,
            endless: false,
            quiet_after: None,
            growth: None,
            extra: Vec::new(),
            calls: Vec::new(),
            history: Vec::new(),
        };
        if !matches!(home, Home::AwsRole { .. }) {
            unit.versions.push(unit.version(seed, "current", made, Status::Active));
        }
        unit
    }

    /// A secret of this unit; `label` tells its secrets apart.
    pub(crate) fn version(&self, seed: u64, label: &str, made: Timestamp, status: Status) -> Version {
        let mut stream = Stream::new(seed, &[self.name, "secret", label]);
        let (external_id, secret) = match self.home {
            Home::AwsUser(Account { id, .. }) | Home::AwsRole { account: Account { id, .. }, .. } => {
                let secret = mint::secret("aws.secret-access-key", &mut stream);
                (mint::access_key_id(*id, &mut stream), secret)
            }
            Home::Other { rule, .. } => {
                let secret = mint::secret(rule, &mut stream);
                (format!("{}-{}", self.name, stream.hex(10)), secret)
            }
        };
        Version { external_id, secret, made, status, declared: status, listed: status != Status::Deleted }
    }

    /// The secret in use.
    pub(crate) fn current(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The issuer, as records name it.
    pub(crate) fn issuer(&self) -> String {
        match self.home {
            Home::AwsUser(account) | Home::AwsRole { account, .. } => format!("aws:{}", account.id),
            Home::Other { issuer, .. } => issuer.into(),
        }
    }

    /// Id of the identity: its ARN, else `<issuer>/<name>`.
    pub(crate) fn identity(&self) -> String {
        match self.home {
            Home::AwsUser(account) => format!("arn:aws:iam::{}:user/{}", account.id, self.name),
            Home::AwsRole { account, .. } => format!("arn:aws:iam::{}:role/{}", account.id, self.name),
            Home::Other { issuer, .. } => format!("{issuer}/{}", self.name),
        }
    }

    /// What sort of credential it holds.
    pub(crate) fn credential_kind(&self) -> CredentialKind {
        match self.home {
            Home::AwsUser(_) => CredentialKind::ApiKey,
            Home::AwsRole { .. } => CredentialKind::SessionToken,
            Home::Other { kind, .. } => kind,
        }
    }

    /// Id of its credential: `<issuer>/<identity>/<kind>`.
    pub(crate) fn credential(&self) -> String {
        let kind = match self.home {
            Home::AwsUser(_) => "access-key",
            _ => self.credential_kind().as_str(),
        };
        format!("{}/{}/{kind}", self.issuer(), self.name)
    }

    /// Actions it used, sorted.
    pub(crate) fn used(&self) -> Vec<&'static str> {
        let steps = self.jobs.iter().flat_map(|job| job.steps.iter().map(|step| step.action));
        let mut used: Vec<_> = steps.chain(self.also_used.iter().copied()).collect();
        used.sort_unstable();
        used.dedup();
        used
    }
}
