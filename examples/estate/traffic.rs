//! What every unit did in the last six weeks.

use nhi_core::{
    model::{Activity, Outcome},
    time::{DAY, HOUR, MINUTE, SECOND, Timestamp},
};

use super::{
    company::{Company, Home, Job, Log, NOW, Origin, Step, Unit, When, ago},
    random::Stream,
};

/// One call, before a log writes it down.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) time: Timestamp,
    pub(crate) id: String,
    /// The key that was used.
    pub(crate) key: String,
    pub(crate) session: String,
    pub(crate) task: Option<&'static str>,
    pub(crate) action: &'static str,
    pub(crate) to: String,
    pub(crate) bytes: u64,
    pub(crate) sensitivity: u8,
    pub(crate) outcome: Outcome,
    pub(crate) context: Option<&'static str>,
    pub(crate) origin: Origin,
    /// Last byte of the address.
    pub(crate) host: u64,
}

/// All calls of a unit in order of time.
pub(crate) fn calls(seed: u64, unit: &Unit) -> Vec<Call> {
    let mut out = Vec::new();
    for day in (0..=unit.days).rev() {
        for (number, job) in unit.jobs.iter().enumerate() {
            for start in starts(job, day) {
                let names = [unit.name, "run", &start.to_string(), &number.to_string()];
                run(unit, job, start, &mut Stream::new(seed, &names), &mut out);
            }
        }
    }
    for call in &mut out {
        call.context = unit.jobs.iter().find_map(|job| window(job, call.time));
    }
    out.retain(|call| call.time < NOW && unit.quiet_after.is_none_or(|end| call.time < end));
    out.extend(unit.extra.iter().cloned());
    out.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    out
}

/// Planned starts of a job on the day so many days before [`NOW`]'s.
fn starts(job: &Job, ago: i64) -> Vec<Timestamp> {
    let midnight = Timestamp::from_millis((NOW.day() - ago) * DAY);
    // 1970-01-01 was a Thursday: day 3 of a week that starts on Monday.
    let weekend = (midnight.day() + 3).rem_euclid(7) >= 5;
    let at = |minutes: i64| midnight.plus(minutes * MINUTE);
    match job.when {
        When::Daily { weekdays, .. } | When::Hours { weekdays, .. } if weekdays && weekend => Vec::new(),
        When::Daily { hour, minute, .. } => vec![at(hour * 60 + minute)],
        When::Hours { from, to, every, .. } => {
            (from * 60..to * 60).step_by(every.max(1) as usize).map(at).collect()
        }
        When::On { days, hour, minute, .. } if days.contains(&ago) => vec![at(hour * 60 + minute)],
        When::On { .. } => Vec::new(),
    }
}

/// The context window that a job on given days opens: from its start on, two hours.
fn window(job: &Job, time: Timestamp) -> Option<&'static str> {
    let When::On { days, hour, minute, context } = job.when else { return None };
    let mut begins = days.iter().map(|day| ago(*day, hour, minute));
    begins.any(|begin| (0..2 * HOUR).contains(&time.since(begin))).then_some(context)
}

fn run(unit: &Unit, job: &Job, start: Timestamp, draw: &mut Stream, out: &mut Vec<Call>) {
    let mut time = start.plus(draw.between(0, 9 * 60) * SECOND);
    let session = format!("{}-{}", unit.name, draw.hex(8));
    let host = 10 + draw.below(6);
    for step in &job.steps {
        let (to, bytes) = (destination(step, time, draw), volume(unit, step, time, draw));
        let mut call = call(unit, time, step.action, to, draw);
        call.session.clone_from(&session);
        call.task = job.task;
        call.bytes = bytes;
        call.sensitivity = step.sensitivity;
        call.host = host;
        out.push(call);
        time = time.plus(draw.between(2, 40) * SECOND);
    }
}

/// A call of `unit` with the key that was its current one at that time.
pub(crate) fn call(
    unit: &Unit,
    time: Timestamp,
    action: &'static str,
    to: String,
    draw: &mut Stream,
) -> Call {
    let mut newest = unit.versions.iter().rev().filter(|version| version.made <= time && !unit.pinned);
    let key = newest.next().or(unit.versions.first());
    Call {
        time,
        id: draw.uuid(),
        key: key.map(|version| version.external_id.clone()).unwrap_or_default(),
        session: String::new(),
        task: None,
        action,
        to,
        bytes: 0,
        sensitivity: 1,
        outcome: Outcome::Ok,
        context: None,
        origin: unit.from,
        host: 10,
    }
}

fn destination(step: &Step, time: Timestamp, draw: &mut Stream) -> String {
    if !step.to.contains('{') {
        return step.to.into();
    }
    step.to.replace("{day}", &time.to_string()[..10]).replace("{new}", &draw.hex(10))
}

fn volume(unit: &Unit, step: &Step, time: Timestamp, draw: &mut Stream) -> u64 {
    let spread = unit.spread as f64 / 100.0;
    let mut bytes = step.bytes as f64 * (1.0 + spread * draw.normal()).max(0.3);
    if let Some((since, percent)) = unit.growth {
        for _ in 0..(since - (NOW.day() - time.day())).max(0) {
            bytes += bytes * percent as f64 / 100.0;
        }
    }
    bytes as u64
}

/// The company's own pipeline: neutral activities, one a line, in order of time.
pub(crate) fn activities(company: &Company) -> Vec<u8> {
    let mut all: Vec<Activity> = Vec::new();
    for unit in company.units.iter().filter(|unit| unit.log == Log::Pipeline) {
        all.extend(unit.calls.iter().cloned().map(|call| activity(unit, call)));
    }
    all.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    let mut out = Vec::new();
    for activity in &all {
        super::json_line(activity, &mut out);
    }
    out
}

fn activity(unit: &Unit, call: Call) -> Activity {
    let (account, region) = match unit.home {
        Home::AwsUser(account) | Home::AwsRole { account, .. } => {
            (Some(account.id.to_string()), Some("eu-north-1".into()))
        }
        Home::Other { .. } => (None, None),
    };
    Activity {
        time: call.time,
        id: Some(call.id),
        credential: call.key,
        identity: Some(unit.identity()),
        workload: Some(unit.workload.into()),
        task: call.task.map(Into::into),
        action: Some(call.action.into()),
        destination: Some(call.to),
        account,
        region,
        asn: Some(call.origin.asn),
        source_ip: Some(format!("{}.{}", call.origin.net, call.host)),
        country: Some(call.origin.country.into()),
        user_agent: Some(call.origin.user_agent.into()),
        bytes: (call.bytes > 0).then_some(call.bytes),
        sensitivity: Some(call.sensitivity),
        outcome: Some(call.outcome),
        session: Some(call.session),
        context: call.context.map(Into::into).into_iter().collect(),
        ..Activity::default()
    }
}

/// The last call of a unit, if its calls are logged, else what the company knows.
pub(crate) fn last_use(unit: &Unit) -> Option<Timestamp> {
    unit.calls.last().map(|call| call.time).max(unit.last_used)
}

/// The start of the 15-minute interval: AWS reports last use no finer.
pub(crate) fn quarter(time: Timestamp) -> Timestamp {
    Timestamp::from_millis(time.millis() / (HOUR / 4) * (HOUR / 4))
}
