//! The room as its users see it.

use alloc::{format, vec::Vec};

use super::{state::Block, *};
use crate::{
    model::Outcome,
    time::{HOUR, MINUTE, SECOND},
};

/// 2026-01-05, a Monday.
const START: i64 = 1_767_571_200_000;

/// A key that works on weekdays, once an hour from 8 to 16, on two networks.
fn habit(key: &str, day: i64, hour: i64) -> Activity {
    Activity {
        time: Timestamp::from_millis(START + day * DAY + hour * HOUR + 7 * MINUTE),
        credential: key.into(),
        group: Some("web".into()),
        asn: Some(64_500 + (day % 2) as u32),
        country: Some("DE".into()),
        region: Some("eu-central-1".into()),
        user_agent: Some("Boto3".into()),
        action: Some(["s3:ListBuckets", "s3:GetObject", "s3:PutObject"][(hour % 3) as usize].into()),
        destination: Some(format!("arn:aws:s3:::app-{key}/{}", hour % 3)),
        bytes: Some(10_000 + (hour * 997 + day * 131) as u64 % 5_000),
        outcome: Some(Outcome::Ok),
        session: Some("s".into()),
        ..Activity::default()
    }
}

fn trained(keys: &[&str], days: i64) -> Baseline {
    let mut b = Baseline::default();
    for day in 0..days {
        for hour in (8..17).filter(|_| day % 7 < 5) {
            for key in keys {
                b.score(&habit(key, day, hour)).unwrap();
            }
        }
        b.close_epoch(Timestamp::from_millis(START + day * DAY));
    }
    b
}

fn top(score: &Score) -> Vec<&str> {
    score.reasons.iter().map(|r| r.dimension.as_str()).collect()
}

#[test]
fn hot_block_is_within_its_bound() {
    assert!(size_of::<Block>() <= limits::BASELINE_BYTES, "{}", size_of::<Block>());
    std::println!("block: {} bytes", size_of::<Block>());
}

#[test]
fn habits_are_no_news_and_do_not_alert() {
    let mut b = trained(&["a", "b", "c"], 42);
    for hour in 8..17 {
        let s = b.score(&habit("a", 42, hour)).unwrap();
        assert!(!s.alert && s.score < 3.0 && s.trust == Trust::Ok, "{s:?}");
    }
}

#[test]
fn a_stolen_key_is_told_by_its_origin() {
    let b = trained(&["a", "b", "c"], 42);
    let mut thief = habit("a", 42, 8);
    (thief.asn, thief.country, thief.user_agent) = (Some(64_999), Some("XY".into()), Some("curl".into()));
    let s = b.peek(&thief).unwrap();
    assert!(s.alert, "{s:?}");
    assert_eq!(
        s.reasons[0].text,
        "network AS64999 never seen in 42 days (2 known), by none of 3 identities of the tenant"
    );
    assert!(top(&s)[..3].iter().all(|d| ["network", "country", "user_agent"].contains(d)), "{s:?}");
}

// ── measured on a company of 300 identities over eight weeks ─────────────────────────────────────────────────────

use super::simulator::{ATTACKS, Attack, Habit, Kind, START as BEGIN, attack, company};

/// Runs the company from one day to another, closing an epoch each day. Counts alerts once per subject and hour.
fn live(b: &mut Baseline, company: &[Habit], days: core::ops::Range<i64>) -> u32 {
    let before: u32 = company.iter().filter_map(|h| b.alerts(&format!("acme/{}", h.key))).sum();
    for day in days {
        b.close_epoch(Timestamp::from_millis(BEGIN + day * DAY));
        for habit in company {
            for a in habit.day(day) {
                b.score(&a).unwrap();
            }
        }
    }
    company.iter().filter_map(|h| b.alerts(&format!("acme/{}", h.key))).sum::<u32>() - before
}

/// A baseline of one subject, under the same epoch.
fn only(b: &Baseline, habit: &Habit) -> Baseline {
    let subject = format!("acme/{}", habit.key);
    let mut one =
        Baseline { epoch: b.epoch.clone(), ..Baseline::new(Config { seed: b.seed, ..Config::default() }) };
    if let Ok(at) = b.subjects.find(&subject, b.seed)
        && let Some(block) = b.subjects.get(at)
        && let Err(hash) = one.subjects.find(&subject, b.seed)
    {
        one.subjects.insert(hash, subject, block.clone());
    }
    one
}

/// Share of attacks of one kind that alert, over the kinds of identity it makes sense for.
fn recall(b: &Baseline, company: &[Habit], kind: Attack) -> f64 {
    let fits = |h: &&Habit| match kind {
        // An agent, a pipeline or a cron job has no off-hours.
        Attack::OffHours => h.kind == Kind::Business || h.kind == Kind::Backup,
        _ => true,
    };
    let (mut found, mut all) = (0, 0);
    for habit in company.iter().filter(fits) {
        let mut one = only(b, habit);
        all += 1;
        found += u32::from(attack(kind, habit, 56).iter().any(|(a, bad)| {
            // The priors stay those of the company.
            one.epoch = one.epoch.clone().on(a.time.day());
            let s = one.score(a).unwrap();
            *bad && s.alert
        }));
    }
    f64::from(found) / f64::from(all)
}

/// Weeks 1 and 2 are learnt, 3 and 4 calibrate, 5 to 8 are measured. The bounds are those of this simulator by
/// the authors of the formulas: on other data recall is lower, the budget is kept by the controller.
#[test]
fn false_alerts_keep_to_the_budget_and_attacks_are_found() {
    for (budget, identities, most, least) in [(0.1, 300, 0.15, 0.88), (1.0, 100, 1.2, 0.95)] {
        let company = company(identities, 7);
        let mut b = Baseline::new(Config { budget, ..Config::default() });
        live(&mut b, &company, 0..28);
        let by_week: Vec<u32> = (4..8).map(|week| live(&mut b, &company, week * 7..week * 7 + 7)).collect();
        let rate = f64::from(by_week.iter().sum::<u32>()) / (identities as f64 * 4.0);
        b.close_epoch(Timestamp::from_millis(BEGIN + 56 * DAY));
        let recalls = ATTACKS.map(|kind| (kind, recall(&b, &company, kind)));
        let mean = recalls.iter().map(|(_, r)| r).sum::<f64>() / recalls.len() as f64;
        std::println!("budget {budget}: {rate:.3} false alerts per identity-week, by week {by_week:?}");
        std::println!("  mean recall {mean:.2}: {recalls:.2?}");
        assert!(rate <= most, "budget {budget}: {rate}");
        assert!(mean >= least, "budget {budget}: {recalls:?}");
    }
}

// ── order, lateness, merging, saving ────────────────────────────────────────────────────────────────────────────

/// Two weeks of a small company, in order of time.
fn stream(identities: u64) -> Vec<Activity> {
    let company = company(identities, 7);
    let mut all: Vec<Activity> = (0..16).flat_map(|d| company.iter().flat_map(move |h| h.day(d))).collect();
    all.sort_by(|a, b| (a.time, &a.credential).cmp(&(b.time, &b.credential)));
    all
}

#[test]
fn three_shards_and_their_merge_give_the_bytes_of_one() {
    let mut one = Baseline::default();
    let mut shards = [Baseline::default(), Baseline::default(), Baseline::default()];
    let shard_of = |a: &Activity| a.credential.bytes().map(usize::from).sum::<usize>() % 3;
    let mut day = i64::MIN;
    for a in stream(12) {
        if a.time.day() > day {
            day = a.time.day();
            one.close_epoch(a.time);
            let deltas: Vec<Delta> = shards.iter().rev().map(Baseline::delta).collect();
            let next = shards[0].epoch().next(&deltas, day as i32);
            shards.iter_mut().for_each(|s| s.adopt(next.clone()));
        }
        assert_eq!(one.score(&a).unwrap(), shards[shard_of(&a)].score(&a).unwrap());
    }
    assert_eq!(Baseline::merge_all(&shards).unwrap().save(), one.save());
    shards.rotate_left(1);
    assert_eq!(Baseline::merge_all(&shards).unwrap().save(), one.save());
}

#[test]
fn merging_parts_of_one_subject_in_any_order_gives_the_same_and_adds_exactly() {
    let mut parts = [Baseline::default(), Baseline::default(), Baseline::default()];
    let mut whole = Baseline::default();
    for (i, hour) in (8..17).enumerate() {
        let a = habit("a", 3, hour);
        parts[i % 3].score(&a).unwrap();
        whole.score(&a).unwrap();
    }
    let [a, b, c] = parts;
    let merged = Baseline::merge_all(&[a.clone(), b.clone(), c.clone()]).unwrap();
    for order in [[&b, &a, &c], [&c, &b, &a], [&a, &c, &b]] {
        assert_eq!(Baseline::merge_all(&order.map(Clone::clone)).unwrap().save(), merged.save());
    }
    let block = |b: &Baseline| b.subjects.entries()[0].block.clone();
    let (m, w) = (block(&merged), block(&whole));
    assert_eq!((m.total, m.evicted, m.hours, m.week, m.class), (9, 0, w.hours, w.week, w.class));
    for hash in w.action.values() {
        assert!(m.action.share(m.action.find(hash)) == w.action.share(w.action.find(hash)));
    }
    assert!(Baseline::merge_all(&[]).is_err());
    let other = Baseline::new(Config { seed: 1, ..Config::default() });
    assert_eq!(Baseline::merge_all(&[merged, other]).unwrap_err().code(), "invalid_argument");
}

#[test]
fn a_late_activity_is_learned_in_its_own_hour_within_a_day_and_not_after() {
    let mut in_order = Baseline::default();
    let mut late = Baseline::default();
    for hour in [8, 9, 10, 11] {
        in_order.score(&habit("a", 1, hour)).unwrap();
    }
    for hour in [8, 10, 11, 9] {
        let s = late.score(&habit("a", 1, hour)).unwrap();
        assert_eq!(s.flags.contains(&"late".to_string()), hour == 9);
    }
    let block = |b: &Baseline| b.subjects.entries()[0].block.clone();
    assert_eq!(block(&late).hours, block(&in_order).hours);
    assert_eq!(block(&late).week, block(&in_order).week);
    assert_eq!(block(&late).last, block(&in_order).last);
    let s = late.score(&habit("a", 0, 8)).unwrap();
    assert_eq!((s.flags, block(&late).total), (["late".to_string()].into(), 4));
}

/// Scores as a program does, which closes the epoch of each day.
fn play(b: &mut Baseline, a: &Activity) -> Score {
    if b.closing_due(a) {
        b.close_epoch(a.time);
    }
    b.score(a).unwrap()
}

#[test]
fn one_date_far_ahead_is_not_learned_and_stops_no_epoch() {
    let mut with = Baseline::default();
    let mut without = Baseline::default();
    for day in 0..5 {
        for hour in 8..12 {
            let a = habit("a", day, hour);
            if (day, hour) == (3, 9) {
                let wrong = Activity { time: a.time.plus(70 * 365 * DAY), ..a.clone() };
                assert_eq!(play(&mut with, &wrong).flags, ["ahead"]);
            }
            assert_eq!(play(&mut with, &a), play(&mut without, &a));
        }
    }
    assert_eq!(with.epoch().day(), without.epoch().day());
    assert_eq!(with.epoch().day().map(i64::from), Some(habit("a", 4, 8).time.day()));
    with.jump = None;
    assert_eq!(with.save(), without.save());
}

#[test]
fn a_far_date_is_believed_when_another_activity_confirms_it() {
    for (second, believed) in [
        (Activity { id: Some("2".into()), ..habit("a", 40, 9) }, true),
        (Activity { id: Some("1".into()), ..habit("b", 41, 9) }, true),
        (Activity { id: Some("1".into()), ..habit("a", 40, 9) }, false),
        (Activity { id: Some("2".into()), ..habit("a", 50, 9) }, false),
    ] {
        let mut b = Baseline::default();
        (0..2).flat_map(|day| [8, 9].map(|hour| habit("a", day, hour))).for_each(|a| _ = play(&mut b, &a));
        assert_eq!(play(&mut b, &Activity { id: Some("1".into()), ..habit("a", 40, 8) }).flags, ["ahead"]);
        let mut b = Baseline::load(&b.save()).unwrap();
        assert_eq!(play(&mut b, &second).flags.is_empty(), believed, "{second:?}");
        assert_eq!(b.epoch().day().map(i64::from) == Some(second.time.day()), believed);
    }
}

#[test]
fn a_wrong_date_at_the_very_beginning_is_forgotten() {
    let mut b = Baseline::default();
    play(&mut b, &Activity { time: Timestamp::MAX, ..habit("a", 0, 8) });
    play(&mut b, &habit("b", 0, 8));
    play(&mut b, &habit("b", 0, 9));
    assert!(play(&mut b, &habit("a", 0, 9)).flags.is_empty());
    assert!(play(&mut b, &habit("a", 1, 9)).flags.is_empty());
    assert_eq!(b.epoch().day().map(i64::from), Some(habit("a", 1, 9).time.day()));
}

#[test]
fn a_repeated_id_is_flagged_and_not_learned() {
    let mut b = Baseline::default();
    let a = Activity { id: Some("e-1".into()), ..habit("a", 1, 8) };
    assert!(b.score(&a).unwrap().flags.is_empty());
    let before = b.save();
    assert_eq!(b.score(&a).unwrap().flags, ["duplicate"]);
    assert_eq!(b.save(), before);
}

#[test]
fn saved_state_goes_on_where_it_stopped() {
    let mut b = trained(&["a", "b", "c"], 20);
    let mut loaded = Baseline::load(&b.save()).unwrap();
    assert_eq!(loaded.save(), b.save());
    for hour in 8..17 {
        let a = habit("b", 21, hour);
        assert_eq!(b.score(&a).unwrap(), loaded.score(&a).unwrap());
    }
    assert_eq!(loaded.save(), b.save());
}

#[test]
fn foreign_and_newer_bytes_are_told_apart() {
    assert_eq!(Baseline::load(b"").unwrap_err().code(), "state_corrupt");
    assert_eq!(Baseline::load(b"{\"not\": \"ours\"}").unwrap_err().code(), "state_corrupt");
    let mut newer = Baseline::default().save();
    newer[8] = 9;
    assert_eq!(Baseline::load(&newer).unwrap_err().code(), "state_version");
}

/// The content with a digest of its own: what an attacker who knows the format could hand in.
fn sealed(content: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    [content, &Sha256::digest(content)].concat()
}

use proptest::prelude::*;

fn any_activity() -> impl Strategy<Value = Activity> {
    let name = || proptest::option::of("[a-z:/.é ]{0,12}");
    let first = (any::<i64>(), name(), name(), name(), name(), name(), name());
    let second =
        (any::<Option<u32>>(), name(), any::<Option<u64>>(), any::<Option<u8>>(), 0..3u8, any::<bool>());
    (first, second).prop_map(
        |((time, action, destination, session, id, user_agent, group), (asn, ip, bytes, s, o, x))| Activity {
            time: Timestamp::from_millis(time),
            credential: "k".into(),
            source_ip: ip,
            sensitivity: s,
            outcome: Some([Outcome::Ok, Outcome::Denied, Outcome::Error][usize::from(o)]),
            context: if x { ["release".to_string()].into() } else { [].into() },
            action,
            destination,
            session,
            id,
            user_agent,
            group,
            asn,
            bytes,
            ..Activity::default()
        },
    )
}

fn sound(s: &Score) {
    assert!(s.score.is_finite() && (0.0..=120.0).contains(&s.score), "{s:?}");
    let plain = |r: &&ScoreReason| r.dimension != "novelty_burst" && !r.text.contains("not yet part");
    let plain: Vec<&ScoreReason> = s.reasons.iter().filter(plain).collect();
    assert!(plain.windows(2).all(|w| w[0].surprisal >= w[1].surprisal), "{s:?}");
    assert!(s.reasons.iter().all(|r| r.surprisal > 0.0 && r.surprisal <= 6.0 && !r.text.is_empty()), "{s:?}");
    assert!(s.reasons.iter().map(|r| r.surprisal).sum::<f64>() <= s.score + 1e-9, "{s:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_byte_or_a_cut_end_is_refused(at in any::<prop::sample::Index>(), bit in 0..8u32) {
        let bytes = trained(&["a"], 3).save();
        let mut changed = bytes.clone();
        let i = at.index(bytes.len());
        changed[i] ^= 1 << bit;
        prop_assert!(Baseline::load(&changed).is_err());
        prop_assert!(Baseline::load(&bytes[..i]).is_err());
        prop_assert!(Baseline::load(&[&bytes[..], &[0]].concat()).is_err());
    }

    /// Bytes that pass the digest and still lie: either refused, or a state of the same size that scores.
    #[test]
    fn forged_content_never_panics(from in any::<prop::sample::Index>(), noise in prop::collection::vec(any::<u8>(), 1..400)) {
        let bytes = trained(&["a", "b", "c"], 3).save();
        let mut content = bytes[..bytes.len() - 32].to_vec();
        let at = from.index(content.len());
        for (to, n) in content[at..].iter_mut().zip(&noise) {
            *to = *n;
        }
        let forged = sealed(&content);
        if let Ok(mut b) = Baseline::load(&forged) {
            prop_assert_eq!(b.save().len(), forged.len());
            for (day, hour) in [(3, 9), (4, 10), (40, 11), (4000, 12)] {
                b.close_epoch(habit("a", day, hour).time);
                sound(&b.score(&habit("a", day, hour)).unwrap());
            }
            prop_assert!(Baseline::merge_all(&[b.clone(), b]).is_ok());
        }
    }

    #[test]
    fn any_content_gives_a_finite_score(activities in prop::collection::vec(any_activity(), 1..40)) {
        let mut b = Baseline::default();
        for a in &activities {
            sound(&b.score(a).unwrap());
            if a.asn.is_some() {
                b.close_epoch(a.time);
            }
        }
        prop_assert!(Baseline::load(&b.save()).is_ok());
    }
}

// ── trust, alerts, poisoning ────────────────────────────────────────────────────────────────────────────────────

#[test]
fn limits_are_errors_and_odd_content_is_not() {
    let mut b = Baseline::default();
    let a = Activity { tenant: Some("a/b".into()), ..Activity::default() };
    assert_eq!(b.score(&a).unwrap_err().code(), "invalid_argument");
    let a = Activity { credential: "x".repeat(limits::BASELINE_SUBJECT), ..Activity::default() };
    assert_eq!(b.score(&a).unwrap_err().code(), "input_too_large");
    assert!(b.is_empty());
    b.score(&Activity::default()).unwrap();
    assert_eq!(b.len(), 1);
}

#[test]
fn trust_grows_with_days_and_activities_and_ends_with_silence() {
    let mut b = trained(&["a"], 13);
    assert_eq!(b.score(&habit("a", 13, 8)).unwrap().trust, Trust::Learning);
    b.close_epoch(habit("a", 14, 0).time);
    assert_eq!(b.score(&habit("a", 14, 9)).unwrap().trust, Trust::Ok);
    let s = b.score(&habit("a", 80, 9)).unwrap();
    assert_eq!(s.trust, Trust::Stale);
    let dormancy = s.reasons.iter().find(|r| r.dimension == "dormancy").unwrap();
    assert_eq!(dormancy.text, "used again after 66 days, longest pause before: 3 days");
}

#[test]
fn two_workloads_at_home_behind_one_key_are_no_one_normal() {
    let mut b = Baseline::default();
    let mut last = None;
    for day in 0..20 {
        for hour in 8..12 {
            let workload = Some(["web", "batch"][hour as usize % 2].into());
            last = Some(b.score(&Activity { workload, ..habit("a", day, hour) }).unwrap());
        }
    }
    assert_eq!(last.unwrap().trust, Trust::Shared);
}

#[test]
fn a_context_window_counts_rate_and_time_at_two_fifths_and_says_so() {
    let b = trained(&["a", "b", "c"], 42);
    let night = Activity { destination: Some("arn:aws:s3:::new/x".into()), ..habit("a", 42, 3) };
    let plain = b.peek(&night).unwrap();
    let inside = b.peek(&Activity { context: ["release".into()].into(), ..night }).unwrap();
    assert_eq!(inside.flags, ["context"]);
    let of = |s: &Score| s.reasons.iter().find(|r| r.dimension == "destination").cloned().unwrap();
    assert!((of(&inside).surprisal - of(&plain).surprisal * 0.4).abs() < 0.002);
    assert!(of(&inside).text.ends_with("(×0.4: inside context window release)"), "{}", of(&inside).text);
}

#[test]
fn many_new_names_at_once_do_not_hide_where_they_come_from() {
    let mut b = trained(&["a", "b", "c"], 42);
    let mut last = None;
    for i in 0..4 {
        let a = habit("a", 42, 8);
        let (time, asn) = (a.time.plus(i * MINUTE), Some(64_999));
        let (action, destination) = (Some(format!("iam:List{i}")), Some(format!("arn:aws:iam::1:{i}")));
        last = Some(
            b.score(&Activity { time, asn, action, destination, country: Some("XY".into()), ..a }).unwrap(),
        );
    }
    let s = last.unwrap();
    assert_eq!(top(&s)[0], "network", "{s:?}");
    let burst = s.reasons.iter().find(|r| r.dimension == "novelty_burst").unwrap();
    assert_eq!(burst.text, "4 of the last 4 activities use an action or destination never seen before");
}

#[test]
fn what_came_with_an_alert_is_not_adopted_while_it_is_open() {
    let thief = |day: i64| Activity { asn: Some(65_000), country: Some("XY".into()), ..habit("a", day, 12) };
    let mut b = trained(&["a", "b", "c"], 42);
    assert!(b.score(&thief(42)).unwrap().alert);
    for day in 43..48 {
        b.close_epoch(thief(day).time);
        b.score(&thief(day)).unwrap();
    }
    let later = b.peek(&thief(48)).unwrap();
    let network = later.reasons.iter().find(|r| r.dimension == "network").unwrap();
    assert!(network.text.contains("not yet part of the baseline"), "{}", network.text);
    assert!(b.close_alert("/a", true));
    assert!(b.peek(&thief(48)).unwrap().reasons.iter().all(|r| !r.text.contains("AS65000 never")));
    assert!(!b.close_alert("/nobody", true));
}

#[test]
fn a_thousand_alerts_of_one_subject_count_once_an_hour_and_move_no_other_threshold() {
    let keys: Vec<String> = (0..20).map(|i| format!("k{i}")).collect();
    let names: Vec<&str> = keys.iter().map(|k| k.as_str()).collect();
    let quiet = trained(&names, 42);
    let mut loud = quiet.clone();
    for i in 0..1_000 {
        let time = habit("k0", 42, 9).time.plus(i * 2 * SECOND);
        let asn = Some(65_000 + i as u32);
        let s =
            loud.score(&Activity { time, asn, country: Some(format!("{i}")), ..habit("k0", 42, 9) }).unwrap();
        assert!(s.alert || i > 0);
    }
    assert_eq!(loud.alerts("/k0").unwrap(), quiet.alerts("/k0").unwrap() + 1);
    let [quiet, loud] = [quiet, loud].map(|mut b| {
        b.close_epoch(Timestamp::from_millis(START + 43 * DAY));
        b.thresholds("/k7").unwrap()
    });
    assert!(
        (loud.0 / quiet.0 - 1.0).abs() < 0.05 && (loud.1 / quiet.1 - 1.0).abs() < 0.05,
        "{quiet:?} {loud:?}"
    );
}

#[test]
fn slow_growth_is_told_by_the_drift() {
    let mut b = trained(&["a", "b", "c"], 42);
    let mut told = None;
    for day in (42..60).filter(|d| d % 7 < 5) {
        b.close_epoch(habit("a", day, 0).time);
        for hour in 8..17 {
            let a = habit("a", day, hour);
            let bytes = a.bytes.map(|b| b * 4);
            let s = b.score(&Activity { bytes, ..a }).unwrap();
            told = told.or(s.reasons.into_iter().find(|r| r.dimension == "drift"));
        }
    }
    assert!(told.unwrap().text.starts_with("daily volume has been rising for days"));
}

#[test]
fn public_types_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<(Baseline, Epoch, Delta, Config, Dimension, Class)>();
}
