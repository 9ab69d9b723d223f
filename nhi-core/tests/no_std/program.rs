/*!
The proof that the core needs no operating system: a program without `std`, with its own allocator and panic
handler, that calls the engine and returns how many of its answers were wrong. Run by `cargo xtask test`.
*/
#![no_std]
#![no_main]

extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;

use nhi_core::adapters::{self, Input};
use nhi_core::assess::{self, File, Inputs};
use nhi_core::authorize::{self, Authorizer, Request};
use nhi_core::baseline::{Baseline, Config};
use nhi_core::classify::{Redactor, Scanner, inspect, mint, mint_aws_key_id};
use nhi_core::inventory::{Inventory, Snapshot};
use nhi_core::lifecycle::{self, Command, Lifecycle, Work};
use nhi_core::model::{Activity, Completeness, Credential, Fact, Item, Status, Trust};
use nhi_core::posture::{self, Estate, Policy, View};
use nhi_core::time::{DAY, Timestamp};
use nhi_core::{Pepper, report};

/// Room for everything that the run below allocates; nothing is given back before the end.
const HEAP: usize = 256 << 20;

#[repr(align(64))]
struct Bump {
    bytes: UnsafeCell<[u8; HEAP]>,
    used: AtomicUsize,
}

// SAFETY: a range of `bytes` is handed out once only, by the atomic `used`.
unsafe impl Sync for Bump {}

// SAFETY: the range returned lies in `bytes`, is aligned as asked for, and is not handed out again.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.bytes.get() as usize;
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let start = (base + used).next_multiple_of(layout.align()) - base;
            let Some(end) = start.checked_add(layout.size()).filter(|end| *end <= HEAP) else {
                return ptr::null_mut();
            };
            match self.used.compare_exchange(used, end, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return (base + start) as *mut u8,
                Err(now) => used = now,
            }
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump { bytes: UnsafeCell::new([0; HEAP]), used: AtomicUsize::new(0) };

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: `exit` of the C library ends the process; it takes any number.
    unsafe { exit(101) }
}

// The C library starts the program and ends it; nothing else of it is used here.
#[link(name = "c")]
unsafe extern "C" {
    fn exit(code: i32) -> !;
}

/// Named by the precompiled `core` and `alloc`; never called, since a panic ends the program.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// As above.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() {}

/// Returns how many answers were wrong, so 0 is success.
#[unsafe(no_mangle)]
extern "C" fn main(_: i32, _: *const *const u8) -> i32 {
    let answers = [
        fingerprints_join(),
        findings_are_found(),
        a_token_is_explained(),
        scores_are_given(),
        checks_answer(),
        exports_become_records().is_some(),
        a_key_lives_and_ends().is_some(),
        an_estate_is_assessed().is_some(),
    ];
    answers.iter().filter(|right| !**right).count() as i32
}

fn fingerprints_join() -> bool {
    let pepper = Pepper::new([7; 32]);
    pepper.matches(&pepper.fingerprint(b"one secret"), b"one secret")
        && pepper.fingerprint(b"one secret") != pepper.fingerprint(b"another")
}

fn findings_are_found() -> bool {
    let Ok(token) = mint("github.personal-access-token-classic", 7) else { return false };
    let scanner = Scanner::builder().pepper(Arc::new(Pepper::new([7; 32]))).build();
    let text = format!("GH={token}\n");
    let found = scanner.scan(text.as_bytes());
    let redacted = Redactor::new(scanner).redact(text.as_bytes());
    let sarif =
        report::sarif_findings(&found.iter().map(|f| (f.clone(), None)).collect::<vec::Vec<_>>(), &[]);
    found.len() == 1
        && found.iter().all(|f| f.start == 3 && f.end == 43 && f.fingerprint.is_some())
        && !redacted.windows(40).any(|part| part == token.as_bytes())
        && sarif.contains("github.personal-access-token-classic")
}

fn scores_are_given() -> bool {
    let mut baseline = Baseline::new(Config::default());
    let mut activity = Activity { credential: "ci".into(), asn: Some(64500), ..Activity::default() };
    for day in 0..30 {
        for hour in [9, 10, 11] {
            activity.time = Timestamp::from_millis(day * DAY + hour * 3_600_000);
            if baseline.score(&activity).is_err() {
                return false;
            }
        }
        baseline.close_epoch(activity.time);
    }
    activity.asn = Some(64666);
    baseline.score(&activity).is_ok_and(|score| score.trust == Trust::Ok && !score.reasons.is_empty())
}

fn checks_answer() -> bool {
    let Ok(now) = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z") else { return false };
    let key = Credential {
        id: "aws:1/deployer/api_key".into(),
        status: Fact::Known(Status::Active),
        not_after: Fact::Absent,
        ..Credential::default()
    };
    let estate = Estate { views: vec![View::new(&key)], ..Estate::default() };
    let results = posture::run(&estate, now, &Policy::default());
    results.iter().any(|result| result.check == "NHI7-b" && result.outcome.word() == "fail")
}

fn a_token_is_explained() -> bool {
    let Ok(token) = mint("github.personal-access-token-classic", 7) else { return false };
    let told = inspect(token.as_bytes(), Some(&Pepper::new([7; 32])));
    told.provider == "github" && told.check.is_some_and(|c| c.outcome == "holds") && !told.revoke.is_empty()
}

/// A list of one key, as `iam list-access-keys` gives it.
fn key_list(id: &str) -> String {
    format!(
        r#"{{"AccessKeyMetadata": [{{"UserName": "ci", "Status": "Active", "AccessKeyId": "{id}",
            "CreateDate": "2020-01-01T00:00:00Z"}}]}}"#
    )
}

/// An adapter reads, the inventory joins.
fn exports_become_records() -> Option<()> {
    let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").ok()?;
    let id = mint_aws_key_id(111_122_223_333, 7);
    let list = key_list(&id);
    let input =
        Input { name: "keys.json", bytes: list.as_bytes(), read_at: now, pepper: None, adapter: None };
    let parsed = adapters::parse(&input).ok()?;
    let observations = parsed.items.into_iter().filter_map(|item| match item {
        Item::Observation(observation) => Some(*observation),
        _ => None,
    });
    let (source, plane, issuer) = ("keys.json".into(), parsed.plane, parsed.issuer);
    let snapshot = Snapshot { source, plane, taken_at: now, completeness: Completeness::Full, issuer };
    let mut inventory = Inventory::new();
    inventory.observe(snapshot, observations.collect());
    let entry = inventory.credential(&id)?;
    (entry.record.identity.contains("ci") && inventory.plan(now).len() < 100).then_some(())
}

/// A key is registered, used, revoked and gone; each step is in the ledger.
fn a_key_lives_and_ends() -> Option<()> {
    let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").ok()?;
    let mut keys = Lifecycle::new(lifecycle::Policy::default()).ok()?;
    let authorizer = Authorizer::new(authorize::Policy::default()).ok()?;
    let request =
        Request { credential: Some("key-1".into()), action: "s3:GetObject".into(), ..Request::default() };
    let order = |keys: &mut Lifecycle, command: &str| {
        let command = format!(r#"{{"credential": "corp/ci/key", "actor": "ann", {command}}}"#);
        let command = Command::from_json(&serde_json::from_str(&command).ok()?, now).ok()?;
        keys.apply(&command, now).ok()
    };
    order(
        &mut keys,
        r#""cmd_id": "1", "type": "Register", "kind": "api_key", "versions": [{"external_id": "key-1"}],
           "owners": [{"kind": "team", "id": "platform"}]"#,
    )?;
    let first = authorizer.authorize(&request, keys.state("corp/ci/key"), None, now).ok()?;
    order(&mut keys, r#""cmd_id": "2", "type": "Revoke", "cause": "compromise""#)?;
    let second = authorizer.authorize(&request, keys.state("corp/ci/key"), None, now).ok()?;
    let owed = keys.outstanding().iter().any(|effect| matches!(effect.work, Work::RevokeAtProvider { .. }));
    keys.ledger_mut().record("corp/ci/key", &second.id, "gateway", now, second.event()).ok()?;
    let ledger = keys.ledger();
    let sound = lifecycle::verify(ledger.to_jsonl().as_bytes(), Some(ledger.head())).holds();
    (first.allowed() && !second.allowed() && owed && sound).then_some(())
}

/// The whole way, and its report in two formats.
fn an_estate_is_assessed() -> Option<()> {
    let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").ok()?;
    let list = key_list(&mint_aws_key_id(111_122_223_333, 7));
    let file = File { name: "keys.json", bytes: list.as_bytes(), completeness: Completeness::Full };
    let inputs = Inputs { files: vec![file], ..Inputs::default() };
    let report = assess::assess(inputs, now, &assess::Policy::default()).ok()?;
    let text = report::first_screen(&report);
    (report.counts.credentials == 1 && !report.steps.is_empty() && text.contains("ci")).then_some(())
}
