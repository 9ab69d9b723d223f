//! Activities to scores.

use core::{ffi::c_char, mem::MaybeUninit};

#[cfg(feature = "baseline")]
use nhi_core::baseline::{Baseline, Config};
use nhi_core::model::{Activity, Band, Outcome, Score, Trust};

#[cfg(not(feature = "baseline"))]
use crate::border::Absent as Baseline;
use crate::border::{Fail, Kept, bad, entry, field, json, need, slice, time};
use crate::values::{nhi_bytes, nhi_error, nhi_status, nhi_str};

/// What is normal for each credential. Calls that take it without `const` change it: one at a time.
pub struct nhi_baseline(Kept<Baseline>);

/// A score with its reasons, to read, and to hand to nhi_authorizer_authorize. Read only.
pub struct nhi_scored(pub(crate) Score);

/// How far a score is over its threshold.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum nhi_band {
    /// Not over it.
    NHI_BAND_NONE = 0,
    /// Over the threshold of the alert budget.
    NHI_BAND_NOTABLE = 1,
    /// Over the threshold of a tenth of the budget.
    NHI_BAND_SEVERE = 2,
}

/// Whether a baseline can be relied on.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum nhi_trust {
    /// Enough, recent, and of one workload.
    NHI_TRUST_OK = 0,
    /// Under 14 days or 50 activities.
    NHI_TRUST_LEARNING = 1,
    /// Several workloads behind one credential: there is no one normal.
    NHI_TRUST_SHARED = 2,
    /// No activity for 60 days.
    NHI_TRUST_STALE = 3,
}

/// The activity is older than the newest one seen; beyond 24 hours it is not learned.
pub const NHI_SCORE_LATE: u32 = 1;
/// Its id was seen lately: not learned again.
pub const NHI_SCORE_DUPLICATE: u32 = 2;
/// It fell into a context window.
pub const NHI_SCORE_CONTEXT: u32 = 4;

/// A score without its reasons.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct nhi_score {
    /// Sum of surprisals in decades, 0 to 120.
    pub score: f64,
    /// Time of the activity, in milliseconds since 1970 UTC.
    pub time: i64,
    /// Sum of NHI_SCORE_… constants.
    pub flags: u32,
    /// How far over the threshold.
    pub band: nhi_band,
    /// Whether the baseline can be relied on.
    pub trust: nhi_trust,
    /// In a batch, whether this one could be scored: else all else is 0. Otherwise NHI_OK.
    pub status: nhi_status,
    /// Whether it is over the threshold.
    pub alert: bool,
}

/// nhi_activity.asn holds a number.
pub const NHI_HAS_ASN: u32 = 1;
/// nhi_activity.bytes holds a number.
pub const NHI_HAS_BYTES: u32 = 2;
/// nhi_activity.tokens holds a number.
pub const NHI_HAS_TOKENS: u32 = 4;
/// nhi_activity.sensitivity holds a number.
pub const NHI_HAS_SENSITIVITY: u32 = 8;
/// The credential lives for one session or task only.
pub const NHI_EPHEMERAL: u32 = 16;

/// nhi_activity.outcome: not known.
pub const NHI_OUTCOME_UNKNOWN: u32 = 0;
/// nhi_activity.outcome: it was done.
pub const NHI_OUTCOME_OK: u32 = 1;
/// nhi_activity.outcome: refused for want of authentication or permission.
pub const NHI_OUTCOME_DENIED: u32 = 2;
/// nhi_activity.outcome: failed for any other reason.
pub const NHI_OUTCOME_ERROR: u32 = 3;

/// One log record of a credential's use. All zeros is an activity about which nothing is known; time and credential are
/// needed. Fields as in the JSON form (docs: activities).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct nhi_activity {
    /// When, in milliseconds since 1970 UTC.
    pub time: i64,
    /// Sum of NHI_HAS_… and NHI_EPHEMERAL.
    pub flags: u32,
    /// One of NHI_OUTCOME_….
    pub outcome: u32,
    /// The log's own id of the record; repeats are not learned twice.
    pub id: nhi_str,
    /// The host's own customer; holds no `/`.
    pub tenant: nhi_str,
    /// Public id of the credential, never the secret.
    pub credential: nhi_str,
    /// Who acted.
    pub identity: nhi_str,
    /// The software that used it.
    pub workload: nhi_str,
    /// Role of an ephemeral credential.
    pub role: nhi_str,
    /// Peer group.
    pub group: nhi_str,
    /// Declared purpose.
    pub purpose: nhi_str,
    /// Declared task.
    pub task: nhi_str,
    /// What the call did, `service:operation`.
    pub action: nhi_str,
    /// What it was done to.
    pub destination: nhi_str,
    /// Account touched.
    pub account: nhi_str,
    /// Region touched.
    pub region: nhi_str,
    /// Address of the caller.
    pub source_ip: nhi_str,
    /// Country of the caller.
    pub country: nhi_str,
    /// Family of the user agent.
    pub user_agent: nhi_str,
    /// Session.
    pub session: nhi_str,
    /// Names of context windows, `context_len` of them.
    pub context: *const nhi_str,
    /// Number of context windows.
    pub context_len: usize,
    /// Bytes moved, both ways.
    pub bytes: u64,
    /// Model tokens used.
    pub tokens: u64,
    /// Autonomous system of the caller.
    pub asn: u32,
    /// 0 (public) to 3 (most).
    pub sensitivity: u32,
}

impl nhi_activity {
    /// # Safety
    /// C has filled every text with NULL or what it can read until the call ends.
    unsafe fn read(&self) -> Result<Activity, Fail> {
        const FLAGS: u32 = NHI_HAS_ASN | NHI_HAS_BYTES | NHI_HAS_TOKENS | NHI_HAS_SENSITIVITY | NHI_EPHEMERAL;
        if self.flags & !FLAGS != 0 {
            return Err(bad("flags", "expected a sum of NHI_HAS_… and NHI_EPHEMERAL"));
        }
        let has = |flag| self.flags & flag != 0;
        let text = |text: nhi_str, name| -> Result<Option<String>, Fail> {
            // SAFETY: the promise of this function.
            Ok(unsafe { field(text, name) }?.map(String::from))
        };
        let sensitivity =
            u8::try_from(self.sensitivity).map_err(|_| bad("sensitivity", "expected 0 to 3"))?;
        // SAFETY: the promise of this function, for the array of names.
        let context = unsafe { slice(self.context, self.context_len, "context") }?;
        Ok(Activity {
            time: time(self.time),
            id: text(self.id, "id")?,
            tenant: text(self.tenant, "tenant")?,
            credential: text(self.credential, "credential")?
                .ok_or_else(|| bad("credential", "expected the public id of a credential"))?,
            identity: text(self.identity, "identity")?,
            workload: text(self.workload, "workload")?,
            role: text(self.role, "role")?,
            group: text(self.group, "group")?,
            ephemeral: has(NHI_EPHEMERAL),
            purpose: text(self.purpose, "purpose")?,
            task: text(self.task, "task")?,
            action: text(self.action, "action")?,
            destination: text(self.destination, "destination")?,
            account: text(self.account, "account")?,
            region: text(self.region, "region")?,
            asn: has(NHI_HAS_ASN).then_some(self.asn),
            source_ip: text(self.source_ip, "source_ip")?,
            country: text(self.country, "country")?,
            user_agent: text(self.user_agent, "user_agent")?,
            bytes: has(NHI_HAS_BYTES).then_some(self.bytes),
            tokens: has(NHI_HAS_TOKENS).then_some(self.tokens),
            sensitivity: has(NHI_HAS_SENSITIVITY).then_some(sensitivity),
            outcome: match self.outcome {
                NHI_OUTCOME_UNKNOWN => None,
                NHI_OUTCOME_OK => Some(Outcome::Ok),
                NHI_OUTCOME_DENIED => Some(Outcome::Denied),
                NHI_OUTCOME_ERROR => Some(Outcome::Error),
                _ => return Err(bad("outcome", "expected one of NHI_OUTCOME_…")),
            },
            session: text(self.session, "session")?,
            context: context
                .iter()
                .map(|name| Ok(text(*name, "context")?.unwrap_or_default()))
                .collect::<Result<_, Fail>>()?,
        })
    }
}

impl nhi_score {
    const NOTHING: nhi_score = nhi_score {
        score: 0.0,
        time: 0,
        flags: 0,
        band: nhi_band::NHI_BAND_NONE,
        trust: nhi_trust::NHI_TRUST_OK,
        status: nhi_status::NHI_OK,
        alert: false,
    };

    fn of(score: &Score) -> Self {
        nhi_score {
            score: score.score,
            time: score.time.millis(),
            flags: score.flags.iter().fold(0, |sum, flag| {
                sum | match flag.as_str() {
                    "late" => NHI_SCORE_LATE,
                    "duplicate" => NHI_SCORE_DUPLICATE,
                    "context" => NHI_SCORE_CONTEXT,
                    _ => 0,
                }
            }),
            band: match score.band {
                Band::None => nhi_band::NHI_BAND_NONE,
                Band::Notable => nhi_band::NHI_BAND_NOTABLE,
                Band::Severe => nhi_band::NHI_BAND_SEVERE,
            },
            trust: match score.trust {
                Trust::Ok => nhi_trust::NHI_TRUST_OK,
                Trust::Learning => nhi_trust::NHI_TRUST_LEARNING,
                Trust::Shared => nhi_trust::NHI_TRUST_SHARED,
                Trust::Stale => nhi_trust::NHI_TRUST_STALE,
            },
            status: nhi_status::NHI_OK,
            alert: score.alert,
        }
    }
}

/// Where a score goes: the flat form and, if asked for, the whole.
fn give(
    score: Score,
    out: &mut MaybeUninit<nhi_score>,
    whole: Option<&mut MaybeUninit<*mut nhi_scored>>,
) -> Result<(), Fail> {
    out.write(nhi_score::of(&score));
    if let Some(whole) = whole {
        whole.write(Box::into_raw(Box::new(nhi_scored(score))));
    }
    Ok(())
}

fn give_baseline(baseline: Baseline, out: &mut MaybeUninit<*mut nhi_baseline>) {
    out.write(Box::into_raw(Box::new(nhi_baseline(Kept::new(baseline)))));
}

/// A budget that a baseline can aim at.
fn budget_of(budget: f64) -> Result<f64, Fail> {
    let fits = (1e-6..=1e6).contains(&budget);
    if fits { Ok(budget) } else { Err(bad("budget", "expected 1e-6 to 1e6 false alerts per identity-week")) }
}

/// An empty baseline. `budget` is the false alerts per identity-week that thresholds aim at, 1e-6 to 1e6 (usually 0.1); 0
/// gives the default. Free it with nhi_baseline_free.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_baseline_new(
    budget: f64,
    out: Option<&mut MaybeUninit<*mut nhi_baseline>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let out = need(out, "out")?;
        let default = Config::default();
        let budget = if budget == 0.0 { default.budget } else { budget_of(budget)? };
        give_baseline(Baseline::new(Config { budget, ..default }), out);
        Ok(())
    })
}

/// As nhi_baseline_new, with the seed of the hashes under which names are kept. Baselines merge only under one seed.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_baseline_new_seeded(
    budget: f64,
    seed: u64,
    out: Option<&mut MaybeUninit<*mut nhi_baseline>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let out = need(out, "out")?;
        let default = Config::default();
        let budget = if budget == 0.0 { default.budget } else { budget_of(budget)? };
        give_baseline(Baseline::new(Config { budget, seed }), out);
        Ok(())
    })
}

/// Reads what nhi_baseline_save wrote, in any language. Refuses any other bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_baseline_load(
    data: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut nhi_baseline>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let out = need(out, "out")?;
        give_baseline(Baseline::load(bytes!(data, len))?, out);
        Ok(())
    })
}

/// The whole state as bytes: the same content gives the same bytes, in every language.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_baseline_save(
    baseline: Option<&nhi_baseline>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, out) = (need(baseline, "baseline")?, need(out, "out")?);
        nhi_bytes::give_vec(baseline.0.get()?.save(), out);
        Ok(())
    })
}

/// A new baseline that holds what `count` others hold, in any order. They stay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_baseline_merge(
    baselines: *const Option<&nhi_baseline>,
    count: usize,
    out: Option<&mut MaybeUninit<*mut nhi_baseline>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let out = need(out, "out")?;
        let states = bytes!(baselines, count)
            .iter()
            .map(|one| Ok(need(*one, "baselines[]")?.0.get()?.clone()))
            .collect::<Result<Vec<_>, Fail>>()?;
        give_baseline(Baseline::merge_all(&states)?, out);
        Ok(())
    })
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_baseline_free(baseline: Option<Box<nhi_baseline>>) {
    entry(None, || {
        drop(baseline);
        Ok(())
    });
}

/// Scores an activity and learns from it. `whole` may be NULL; else it gets the score with its reasons, to be freed with
/// nhi_scored_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_baseline_score(
    baseline: Option<&mut nhi_baseline>,
    activity: Option<&nhi_activity>,
    out: Option<&mut MaybeUninit<nhi_score>>,
    whole: Option<&mut MaybeUninit<*mut nhi_scored>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, activity) = (need(baseline, "baseline")?, need(activity, "activity")?);
        let out = need(out, "out")?;
        // SAFETY: C promises that the texts of the activity can be read.
        let activity = unsafe { activity.read() }?;
        give(baseline.0.change(|baseline| Ok(baseline.score(&activity)?))?, out, whole)
    })
}

/// As nhi_baseline_score, from the JSON form.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_baseline_score_json(
    baseline: Option<&mut nhi_baseline>,
    activity: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<nhi_score>>,
    whole: Option<&mut MaybeUninit<*mut nhi_scored>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, out) = (need(baseline, "baseline")?, need(out, "out")?);
        let activity: Activity = json(text!(activity, len).as_bytes(), "activity")?;
        give(baseline.0.change(|baseline| Ok(baseline.score(&activity)?))?, out, whole)
    })
}

/// Scores without learning: for a decision before the call is made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_baseline_peek(
    baseline: Option<&nhi_baseline>,
    activity: Option<&nhi_activity>,
    out: Option<&mut MaybeUninit<nhi_score>>,
    whole: Option<&mut MaybeUninit<*mut nhi_scored>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, activity) = (need(baseline, "baseline")?, need(activity, "activity")?);
        let out = need(out, "out")?;
        // SAFETY: C promises that the texts of the activity can be read.
        let activity = unsafe { activity.read() }?;
        give(baseline.0.get()?.peek(&activity)?, out, whole)
    })
}

/// Scores `count` activities in order into the `count` places at `out`, and learns from them. One that can't be scored
/// has its status in its place and stops nothing. A batch lies within one UTC day: see nhi_baseline_closing_due.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_baseline_score_batch(
    baseline: Option<&mut nhi_baseline>,
    activities: *const nhi_activity,
    count: usize,
    out: *mut nhi_score,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let baseline = need(baseline, "baseline")?;
        let activities = bytes!(activities, count);
        if out.is_null() && count > 0 {
            return Err(Fail::Null("out"));
        }
        baseline.0.change(|baseline| {
            for (i, activity) in activities.iter().enumerate() {
                // SAFETY: C promises that the texts of the activity can be read.
                let read = unsafe { activity.read() };
                let scored = read.and_then(|activity| Ok(baseline.score(&activity)?));
                let flat = match &scored {
                    Ok(score) => nhi_score::of(score),
                    Err(fail) => nhi_score { status: fail.status(), ..nhi_score::NOTHING },
                };
                // SAFETY: C promises room for `count` scores at `out`, and `i` is below `count`.
                unsafe { out.add(i).write(flat) };
            }
            Ok(())
        })
    })
}

/// Whether an activity at `at` belongs to a later UTC day than the epoch was closed for: then close it first.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_baseline_closing_due(
    baseline: Option<&mut nhi_baseline>,
    at: i64,
    out: Option<&mut MaybeUninit<bool>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, out) = (need(baseline, "baseline")?, need(out, "out")?);
        let activity = Activity { time: time(at), ..Activity::default() };
        out.write(baseline.0.change(|baseline| Ok(baseline.closing_due(&activity)))?);
        Ok(())
    })
}

/// Ends the epoch before the UTC day of `at`: thresholds and priors are made anew.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_baseline_close_epoch(
    baseline: Option<&mut nhi_baseline>,
    at: i64,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        need(baseline, "baseline")?.0.change(|baseline| {
            baseline.close_epoch(time(at));
            Ok(())
        })
    })
}

/// The epoch by which subjects are judged.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct nhi_epoch {
    /// Its number, from 0: it was closed so many times.
    pub number: u64,
    /// UTC day that it was closed for, counted from 1970-01-01; INT64_MIN if none was ever closed.
    pub day: i64,
    /// False alerts per identity-week that its thresholds aim at.
    pub budget: f64,
}

/// The epoch in force.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_baseline_epoch(
    baseline: Option<&nhi_baseline>,
    out: Option<&mut MaybeUninit<nhi_epoch>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, out) = (need(baseline, "baseline")?, need(out, "out")?);
        let epoch = baseline.0.get()?.epoch();
        out.write(nhi_epoch {
            number: epoch.number().into(),
            day: epoch.day().map_or(i64::MIN, i64::from),
            budget: epoch.budget(),
        });
        Ok(())
    })
}

/// Changes the alert budget, as in nhi_baseline_new (without a default): thresholds follow at once.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_baseline_set_budget(
    baseline: Option<&mut nhi_baseline>,
    budget: f64,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, budget) = (need(baseline, "baseline")?, budget_of(budget)?);
        baseline.0.change(|baseline| {
            baseline.set_budget(budget);
            Ok(())
        })
    })
}

/// Closes the open alert of a subject (`tenant/credential`; see the field `subject` of a score); `accept` says that what
/// was seen was right. `known` tells whether there is such a subject.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_baseline_close_alert(
    baseline: Option<&mut nhi_baseline>,
    subject: *const c_char,
    len: usize,
    accept: bool,
    known: Option<&mut MaybeUninit<bool>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, known) = (need(baseline, "baseline")?, need(known, "known")?);
        let subject = text!(subject, len);
        known.write(baseline.0.change(|baseline| Ok(baseline.close_alert(subject, accept)))?);
        Ok(())
    })
}

/// Alerts counted for a subject, once an hour. If `known` is false there is no such subject, and `alerts` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_baseline_alerts(
    baseline: Option<&nhi_baseline>,
    subject: *const c_char,
    len: usize,
    alerts: Option<&mut MaybeUninit<u32>>,
    known: Option<&mut MaybeUninit<bool>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, alerts) = (need(baseline, "baseline")?, need(alerts, "alerts")?);
        let (known, told) = (need(known, "known")?, baseline.0.get()?.alerts(text!(subject, len)));
        alerts.write(told.unwrap_or(0));
        known.write(told.is_some());
        Ok(())
    })
}

/// Scores from which an activity of the subject is notable, and severe. If `known` is false there is no such subject, and
/// both are 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nhi_baseline_thresholds(
    baseline: Option<&nhi_baseline>,
    subject: *const c_char,
    len: usize,
    notable: Option<&mut MaybeUninit<f64>>,
    severe: Option<&mut MaybeUninit<f64>>,
    known: Option<&mut MaybeUninit<bool>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || {
        let (baseline, known) = (need(baseline, "baseline")?, need(known, "known")?);
        let (notable, severe) = (need(notable, "notable")?, need(severe, "severe")?);
        let told = baseline.0.get()?.thresholds(text!(subject, len));
        let (from, from_severe) = told.unwrap_or_default();
        notable.write(from);
        severe.write(from_severe);
        known.write(told.is_some());
        Ok(())
    })
}

/// Number of subjects; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_baseline_len(baseline: Option<&nhi_baseline>) -> usize {
    #[cfg(feature = "baseline")]
    {
        baseline.and_then(|baseline| baseline.0.get().ok()).map_or(0, Baseline::len)
    }
    #[cfg(not(feature = "baseline"))]
    {
        0
    }
}

/// The score with its reasons as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_scored_json(
    scored: Option<&nhi_scored>,
    out: Option<&mut MaybeUninit<*mut nhi_bytes>>,
    err: Option<&mut nhi_error>,
) -> nhi_status {
    room!("baseline", err, || nhi_bytes::give_json(&need(scored, "scored")?.0, need(out, "out")?))
}

/// Frees; NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn nhi_scored_free(scored: Option<Box<nhi_scored>>) {
    entry(None, || {
        drop(scored);
        Ok(())
    });
}
