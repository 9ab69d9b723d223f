//! What is normal for a credential, and how far one activity is from it.

use std::sync::{Arc, Mutex};

use napi::Env;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use nhi_core::model::{Activity, Score};
use nhi_core::{baseline, baseline::Config};
use serde_json::json;

use crate::args::{Data, flag, number, optional_flag, options, text, time, whole};
use crate::error::{Fail, guarded, invalid, lock, wrong_type};
use crate::from_js::{list, record};
use crate::js::Js;
use crate::task::{Job, Raised, start};
use crate::to_js::{Answer, to_js};

/// What is normal for a credential, and how far one activity is from it.
#[napi]
pub struct Baseline(Arc<Mutex<baseline::Baseline>>);

impl Baseline {
    fn of(baseline: baseline::Baseline) -> Self {
        Baseline(Arc::new(Mutex::new(baseline)))
    }
}

/// Scores and learns one activity, after closing the epoch if that is asked for and due.
fn score(baseline: &mut baseline::Baseline, activity: &Activity, close: bool) -> Result<Score, Fail> {
    if close && baseline.closing_due(activity) {
        baseline.close_epoch(activity.time);
    }
    Ok(baseline.score(activity)?)
}

/// One activity. An object only: an array is a batch.
fn one_activity(value: Js) -> Result<Activity, Fail> {
    if !value.is_plain_object() {
        return Err(wrong_type("activity", "an object", value));
    }
    record("activity", value)
}

fn close_of(given: Js) -> Result<bool, Fail> {
    options("options", given, ["closeEpochs"])?
        .map_or(Ok(false), |[close]| optional_flag("closeEpochs", close, false))
}

#[napi]
impl Baseline {
    /// An empty baseline.
    #[napi(constructor, ts_args_type = "options?: BaselineOptions | null")]
    pub fn new(given: Js) -> napi::Result<Self> {
        guarded(&given.env(), || {
            let mut config = Config::default();
            if let Some([budget, seed]) = options("options", given, ["budget", "seed"])? {
                if let Some(budget) = budget.given() {
                    config.budget = number("budget", budget)?;
                }
                if let Some(seed) = seed.given() {
                    config.seed = whole("seed", seed)?;
                }
            }
            check_budget(config.budget)?;
            Ok(Baseline::of(baseline::Baseline::new(config)))
        })
    }

    /// Scores an activity and learns from it. `invalid_json` names the field; `invalid_argument` if the tenant holds a
    /// `/`; `input_too_large` for too many subjects.
    #[napi(ts_args_type = "activity: Activity, options?: ScoreOptions | null", ts_return_type = "Score")]
    pub fn score(&self, activity: Js, given: Js) -> napi::Result<Js> {
        let env = activity.env();
        guarded(&env, || {
            let (close, one) = (close_of(given)?, one_activity(activity)?);
            let scored = score(&mut *lock(&self.0)?, &one, close)?;
            to_js(&env, &scored)
        })
    }

    /// Scores a list of activities in order and learns from each. The list is read whole before the first is learned;
    /// what stands before one that is refused was learned then.
    #[napi(
        ts_args_type = "activities: readonly Activity[], options?: ScoreOptions | null",
        ts_return_type = "Score[]"
    )]
    pub fn score_many(&self, activities: Js, given: Js) -> napi::Result<Js> {
        let env = activities.env();
        guarded(&env, || {
            let close = close_of(given)?;
            let batch: Vec<Activity> = list("activities", activities, record)?;
            let mut scores = Vec::with_capacity(batch.len());
            let mut engine = lock(&self.0)?;
            for one in &batch {
                scores.push(score(&mut engine, one, close)?);
            }
            drop(engine);
            to_js(&env, &scores)
        })
    }

    /// As `scoreMany`, off the event loop. Other calls may come between two activities: await one list before the next
    /// if the order matters. After an abort the `AbortError` has in `done` the scores of the activities that were
    /// learned, the first ones of the list.
    #[napi(
        ts_args_type = "activities: readonly Activity[], options?: ScoreOptions & Abortable | null",
        ts_return_type = "Promise<Score[]>"
    )]
    pub fn score_many_async(&self, activities: Js, given: Js, raised: Js) -> napi::Result<AsyncTask<Job>> {
        guarded(&activities.env(), || {
            let raised = Raised::of(raised)?;
            let close = match options("options", given, ["closeEpochs", "signal"])? {
                Some([close, _]) => optional_flag("closeEpochs", close, false)?,
                None => false,
            };
            let batch: Vec<Activity> = list("activities", activities, record)?;
            let engine = Arc::clone(&self.0);
            Ok(start(move || {
                let mut scores = Vec::with_capacity(batch.len());
                for one in &batch {
                    if raised.is_up() {
                        return Err(Fail::aborted(Some(Answer::record(&scores)?)));
                    }
                    scores.push(score(&mut *lock(&engine)?, one, close)?);
                }
                Answer::record(&scores)
            }))
        })
    }

    /// Scores and learns nothing: for a decision before the call is made.
    #[napi(ts_args_type = "activity: Activity", ts_return_type = "Score")]
    pub fn peek(&self, activity: Js) -> napi::Result<Js> {
        guarded(&activity.env(), || {
            let one = one_activity(activity)?;
            let score = lock(&self.0)?.peek(&one)?;
            to_js(&activity.env(), &score)
        })
    }

    /// Whether the activity belongs to a later UTC day than the epoch was closed for.
    #[napi(ts_args_type = "activity: Activity")]
    pub fn closing_due(&self, activity: Js) -> napi::Result<bool> {
        guarded(&activity.env(), || {
            let one = one_activity(activity)?;
            Ok(lock(&self.0)?.closing_due(&one))
        })
    }

    /// Makes and adopts the next epoch; `at` is any time of the UTC day that begins.
    #[napi(ts_args_type = "at: Time", ts_return_type = "Epoch")]
    pub fn close_epoch(&self, at: Js) -> napi::Result<Js> {
        guarded(&at.env(), || {
            let time = time("at", at)?;
            let epoch = {
                let mut engine = lock(&self.0)?;
                let epoch = engine.close_epoch(time);
                json!({ "number": epoch.number(), "day": epoch.day(), "budget": epoch.budget() })
            };
            to_js(&at.env(), &epoch)
        })
    }

    /// Sets the false alerts per identity-week to aim at, 1e-6 to 1e6, from the next epoch on.
    #[napi(ts_args_type = "budget: number")]
    pub fn set_budget(&self, budget: Js) -> napi::Result<()> {
        guarded(&budget.env(), || {
            let budget = number("budget", budget)?;
            check_budget(budget)?;
            lock(&self.0)?.set_budget(budget);
            Ok(())
        })
    }

    /// Closes the open alert of a subject; `accept` says that what was seen was right. Whether the subject is known.
    #[napi(ts_args_type = "subject: string, accept: boolean")]
    pub fn close_alert(&self, subject: Js, accept: Js) -> napi::Result<bool> {
        guarded(&subject.env(), || {
            let (subject, accept) = (text("subject", subject)?, flag("accept", accept)?);
            Ok(lock(&self.0)?.close_alert(&subject, accept))
        })
    }

    /// Alerts counted for a subject, once an hour; `null` if it is unknown.
    #[napi(ts_args_type = "subject: string")]
    pub fn alerts(&self, subject: Js) -> napi::Result<Option<u32>> {
        guarded(&subject.env(), || {
            let subject = text("subject", subject)?;
            Ok(lock(&self.0)?.alerts(&subject))
        })
    }

    /// Scores from which an activity of the subject is notable, and severe; `null` if it is unknown.
    #[napi(ts_args_type = "subject: string", ts_return_type = "[notable: number, severe: number] | null")]
    pub fn thresholds(&self, subject: Js) -> napi::Result<Js> {
        guarded(&subject.env(), || {
            let name = text("subject", subject)?;
            let thresholds = lock(&self.0)?.thresholds(&name);
            to_js(&subject.env(), &thresholds)
        })
    }

    /// Number of subjects.
    #[napi(getter)]
    pub fn size(&self, env: Env) -> napi::Result<u32> {
        guarded(&env, || Ok(u32::try_from(lock(&self.0)?.len()).unwrap_or(u32::MAX)))
    }

    /// The whole state, the same bytes in every language.
    #[napi(ts_return_type = "Buffer")]
    pub fn save(&self, env: Env) -> napi::Result<Js> {
        guarded(&env, || Answer::Bytes(lock(&self.0)?.save()).give(&env))
    }

    /// Reads what `save` wrote, in any language. `state_version` or `state_corrupt`.
    #[napi(factory, ts_args_type = "state: Uint8Array")]
    pub fn load(state: Js) -> napi::Result<Self> {
        guarded(&state.env(), || {
            let data = Data::of("state", &state)?;
            if data.is_text {
                return Err(wrong_type("state", "Uint8Array", state));
            }
            Ok(Baseline::of(baseline::Baseline::load(&data.bytes)?))
        })
    }

    /// One baseline of several shards, in any order. `invalid_argument` if their seeds differ.
    #[napi(factory, ts_args_type = "baselines: readonly Baseline[]")]
    pub fn merge_all(baselines: Js) -> napi::Result<Self> {
        guarded(&baselines.env(), || {
            let states = list("baselines", baselines, |field, one| {
                let shard = one.instance::<Baseline>().ok_or_else(|| wrong_type(field, "Baseline", one))?;
                Ok(lock(&shard.0)?.clone())
            })?;
            Ok(Baseline::of(baseline::Baseline::merge_all(&states)?))
        })
    }
}

fn check_budget(budget: f64) -> Result<(), Fail> {
    match (1e-6..=1e6).contains(&budget) {
        true => Ok(()),
        false => Err(invalid("budget", "expected 1e-6 to 1e6 false alerts per identity-week")),
    }
}
