//! The room as its users see it.

use alloc::{format, vec::Vec};

use super::{state::Block, *};
use crate::{
    model::Outcome,
    time::{HOUR, MINUTE},
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
