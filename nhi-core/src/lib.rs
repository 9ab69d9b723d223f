/*!
Security engine for non-human identities, without I/O.

`nhi-core` reads no file, opens no socket, knows no clock and draws no random number: bytes, times, keys and
seeds come in as arguments, results and *effects* (what the host must do) go out as values. The same code serves
a gateway, a CI job, a notebook and an audit replay, and gives the same bytes everywhere.

Start with [`assess()`](assess::assess) if you have files and want to know what is wrong, with
[`Scanner`](classify::Scanner) if you have bytes and want to know what is in them, and with
[`Authorizer`](authorize::Authorizer) if you have a request. Each module is a Cargo feature of the same name.

# The tour

**[`classify`]: bytes to findings.** A rule is data; checks grade what the shapes found; nothing is kept. Redaction
is the same scan, and [`inspect`](classify::inspect) explains one token. Decoys for tests are minted.

```
use nhi_core::classify::{Redactor, Scanner, mint};
let token = mint("github.personal-access-token-classic", 7)?;
let line = format!("GET /repos authorization: token {token}");
let scanner = Scanner::default();
let found = &scanner.scan(line.as_bytes())[0];
assert_eq!((found.rule.as_str(), found.line, found.column), ("github.personal-access-token-classic", 1, 33));
let log = Redactor::new(scanner).redact(line.as_bytes());
assert!(log.starts_with("GET /repos authorization: token ghp_…".as_bytes()));
# Ok::<(), nhi_core::Error>(())
```

**Fingerprints: equal secrets without the secrets.** A keyed digest under the host's [`Pepper`].

```
use nhi_core::Pepper;
let pepper = Pepper::new([7; 32]);
let print = pepper.fingerprint(b"correct horse");
assert!(pepper.matches(&print, b"correct horse") && print.as_str().starts_with("hs256:"));
```

**[`adapters`]: exports and logs to records.** What could be read comes back beside what could not.
**[`inventory`]: one record each**, whatever the number of sources, and what to make of their disagreements.

```
use nhi_core::{adapters, inventory::{Inventory, Snapshot}, model::{Completeness, Item}, time::Timestamp};
let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z")?;
let csv = b"kind,id,name,status\nteam,payments,Payments,active\nteam,ghosts,Ghosts,vanished\n";
let input = adapters::Input { name: "owners.csv", bytes: csv, read_at: now, pepper: None, adapter: None };
let parsed = adapters::parse(&input)?;
assert_eq!((parsed.items.len(), parsed.problems.len()), (1, 1));

let observations = parsed.items.into_iter().filter_map(|item| match item {
    Item::Observation(observation) => Some(*observation),
    _ => None,
});
let (source, plane) = ("owners.csv".into(), parsed.plane);
let snapshot = Snapshot { source, plane, taken_at: now, completeness: Completeness::Full, issuer: None };
let mut inventory = Inventory::new();
inventory.observe(snapshot, observations.collect());
assert_eq!(inventory.owners().next().unwrap().name, "Payments");
# Ok::<(), nhi_core::Error>(())
```

**[`lifecycle`]: what state it is in, what may happen next, and the evidence.** Commands in, events and owed effects
out; the ledger is a chain of hashes.

```
use nhi_core::{lifecycle::{Command, Lifecycle, Policy, verify}, time::Timestamp};
let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z")?;
let mut keys = Lifecycle::new(Policy::default())?;
for command in [
    r#"{"cmd_id": "1", "actor": "ann", "credential": "corp/ci/key", "type": "Register", "kind": "api_key",
        "owners": [{"kind": "team", "id": "platform"}], "versions": [{"external_id": "k1"}]}"#,
    r#"{"cmd_id": "2", "actor": "ann", "credential": "corp/ci/key", "type": "Revoke", "cause": "compromise"}"#,
] {
    let command = Command::from_json(&serde_json::from_str(command).unwrap(), now)?;
    keys.apply(&command, now).expect("allowed in this state");
}
// Ordered is not done: the host is still to do it, and to report that it did.
assert_eq!(keys.state("corp/ci/key").unwrap().versions[0].state_name(), "Revoking");
assert!(!keys.outstanding().is_empty());
assert!(verify(keys.ledger().to_jsonl().as_bytes(), Some(keys.ledger().head())).holds());
# Ok::<(), nhi_core::Error>(())
```

**[`baseline`]: how it normally behaves.** A score in decades of improbability, with reasons in words.

```
use nhi_core::{baseline::{Baseline, Config}, model::Activity, time::{DAY, HOUR, Timestamp}};
let mut baseline = Baseline::new(Config::default());
let mut call = Activity { credential: "ci".into(), asn: Some(64500), ..Activity::default() };
for day in 0..30 {
    for hour in [9, 10, 11] {
        call.time = Timestamp::from_millis(day * DAY + hour * HOUR);
        baseline.score(&call)?;
    }
    baseline.close_epoch(call.time);
}
call.asn = Some(64666);
let score = baseline.score(&call)?;
assert_eq!(score.reasons[0].text, "network AS64666 never seen in 29 days (1 known)");
# Ok::<(), nhi_core::Error>(())
```

**[`posture`]: what is wrong with it.** Each check passes, fails with evidence, or is unknown and says what is missing.

```
use nhi_core::{model::{Credential, Fact, Status}, posture::{self, Estate, Policy, View}, time::Timestamp};
let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z")?;
let (status, not_after) = (Fact::Known(Status::Active), Fact::Absent);
let key = Credential { id: "aws:1/deployer/api_key".into(), status, not_after, ..Credential::default() };
let estate = Estate { views: vec![View::new(&key)], ..Estate::default() };
let results = posture::run(&estate, now, &Policy::default());
let of = |check: &str| results.iter().find(|result| result.check == check).unwrap().outcome.word();
assert_eq!((of("NHI7-b"), of("NHI7-a")), ("fail", "unknown"));
# Ok::<(), nhi_core::Error>(())
```

**[`authorize`]: may this call go through?** Lifecycle first, then behaviour, then what it was issued for.

```
use nhi_core::{authorize::{Authorizer, Outcome, Policy, Request}, time::Timestamp};
let request = Request { action: "s3:GetObject".into(), ..Request::default() };
let decision = Authorizer::new(Policy::default())?.authorize(&request, None, None, Timestamp::from_millis(0))?;
assert_eq!(decision.outcome, Outcome::Deny);
assert_eq!(decision.reasons[0].reason.text, "no credential was presented");
# Ok::<(), nhi_core::Error>(())
```

**[`assess`]: all of it in one call**, and **[`report`]: its result for people and programs**.

```
use nhi_core::{assess::{File, Inputs, Policy, assess}, classify, model::Completeness, report, time::Timestamp};
let id = classify::mint_aws_key_id(111_122_223_333, 7);
let keys = format!(r#"{{"AccessKeyMetadata": [{{"UserName": "ci", "Status": "Active",
    "CreateDate": "2020-01-01T00:00:00Z", "AccessKeyId": "{id}"}}]}}"#);
let file = File { name: "keys.json", bytes: keys.as_bytes(), completeness: Completeness::Full };
let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z")?;
let report = assess(Inputs { files: vec![file], ..Inputs::default() }, now, &Policy::default())?;
assert!(report.steps[0].checks.contains(&"NHI7-a".into()), "it is older than a year");
assert!(report::first_screen(&report).contains(&report.steps[0].title));
# Ok::<(), nhi_core::Error>(())
```

Beside the rooms: [`model`] (what they exchange), [`time`] (milliseconds, and every foreign form of a time),
[`canonical`] (RFC 8785 JSON, wherever something is hashed), [`plain`] (what errors about JSON may say) and [`limits`]
(every bound, with its reason).

# What it does not do

It does not ask a provider whether a token works, fetch an export or revoke anything: it says what to call, and the
host calls. It keeps no secret. It enforces nothing. What it cannot know it calls unknown, and unknown never passes.
*/
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod canonical;
mod error;
mod fingerprint;
pub mod limits;
pub mod model;
pub mod plain;
pub mod time;

#[cfg(feature = "adapters")]
pub mod adapters;
#[cfg(feature = "assess")]
pub mod assess;
#[cfg(feature = "authorize")]
pub mod authorize;
#[cfg(feature = "baseline")]
pub mod baseline;
#[cfg(feature = "classify")]
pub mod classify;
#[cfg(feature = "inventory")]
pub mod inventory;
#[cfg(feature = "lifecycle")]
pub mod lifecycle;
#[cfg(feature = "posture")]
pub mod posture;
#[cfg(feature = "report")]
pub mod report;

/// Version of the engine.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use error::Error;
pub use fingerprint::{Fingerprint, Pepper};
