//! Sentences for people on call: what was unusual, with the numbers behind it.

use alloc::{
    format,
    string::{String, ToString},
};

use super::{
    Dimension,
    epoch::Peers,
    features::{family, network_words, place, service},
    score::Detail,
    state::Block,
    verbs,
};
use crate::{model::Activity, time::DAY};

/// Longest name quoted in a sentence, in characters.
const QUOTED: usize = 80;

/// The sentence of one dimension.
pub(super) fn sentence(d: Dimension, detail: Detail, b: &Block, a: &Activity, discounted: bool) -> String {
    let days = a.time.millis().saturating_sub(b.first) / DAY;
    let mut text = body(d, detail, days, a);
    if discounted {
        let kinds = a.context.iter().map(|c| quote(c)).collect::<alloc::vec::Vec<_>>().join(", ");
        text.push_str(&format!(" (×0.4: inside context window {kinds})"));
    }
    text
}

fn body(d: Dimension, detail: Detail, days: i64, a: &Activity) -> String {
    let what = subject_of(d, a);
    match (d, detail) {
        (_, Detail::New(peers, known)) => {
            format!("{what} never seen in {} ({known} known){}", plural(days, "day"), told(peers))
        }
        (Dimension::Action, Detail::NewLevel(peers, known)) => {
            let service = quote(service(a.action.as_deref().unwrap_or("")));
            format!("service {service} never used in {} ({known} known){}", plural(days, "day"), told(peers))
        }
        (_, Detail::NewLevel(peers, known)) => {
            let place = quote(place(a.destination.as_deref().unwrap_or("")));
            format!(
                "nothing under {place} ever touched in {} ({known} known){}",
                plural(days, "day"),
                told(peers)
            )
        }
        (_, Detail::Probation) => {
            format!("{what} seen on fewer than 3 days so far, not yet part of the baseline")
        }
        (Dimension::Sensitivity, Detail::Rare(p)) => {
            format!("{what} or higher in {} of activities", percent(p))
        }
        (_, Detail::Rare(p)) => {
            format!("{what} is rare: it and what is rarer make {} of activities", percent(p))
        }
        (Dimension::NoveltyBurst, Detail::Count(k, n)) => {
            format!("{k} of the last {n} activities use an action or destination never seen before")
        }
        (Dimension::TimeOfWeek, Detail::Count(hour, weekend)) => {
            let kind = if weekend == 1 { "a weekend" } else { "a weekday" };
            format!(
                "{hour:02}:00 to {hour:02}:59 UTC on {kind} is outside its usual hours of {}",
                plural(days, "day")
            )
        }
        (Dimension::Failures, Detail::Count(k, n)) => format!("{k} of {n} calls refused within 20 minutes"),
        (Dimension::RateHour, Detail::Quantity(x, usual)) => {
            format!("{} in this hour, usually {}", plural(x as i64, "activity"), number(less_one(usual)))
        }
        (Dimension::RateDay, Detail::Quantity(x, usual)) => {
            format!("{} on this day, usually {}", plural(x as i64, "activity"), number(less_one(usual)))
        }
        (Dimension::VolumeEvent, Detail::Quantity(x, usual)) => {
            format!("{} in one call, usually {}", volume(x, a), volume(less_one(usual), a))
        }
        (Dimension::VolumeDay, Detail::Quantity(x, usual)) => {
            format!("{} on this day, usually {}", volume(x, a), volume(less_one(usual), a))
        }
        (_, Detail::Step(p, again, bits, usual)) => {
            let lately = format!("lately {bits:.1} bits a step, usually {usual:.1}");
            if p >= 0.1 {
                return format!("its last actions came in an unusual order: {lately}");
            }
            let whence = if again { "itself" } else { "the action before it in this session" };
            format!("{what} comes after {whence} in {} of cases: {lately}", percent(f64::from(p)))
        }
        (Dimension::Drift, Detail::Amount(g, limit)) => {
            format!("daily volume has been rising for days: cumulative sum {g:.1}, {limit:.0} is far")
        }
        (Dimension::Interleaving, Detail::Lapse(minutes, _)) => {
            let ago = if minutes == 0 { "less than a minute".to_string() } else { plural(minutes, "minute") };
            format!("used from another network {ago} after the last use")
        }
        (Dimension::Dormancy, Detail::Lapse(gap, longest)) => {
            format!(
                "used again after {}, longest pause before: {}",
                plural(gap, "day"),
                plural(longest, "day")
            )
        }
        _ => what,
    }
}

/// What a dimension is about, with the value of this activity.
fn subject_of(d: Dimension, a: &Activity) -> String {
    let named =
        |word: &str, value: &Option<String>| format!("{word} {}", quote(value.as_deref().unwrap_or("")));
    match d {
        Dimension::Network => format!("network {}", quote(&network_words(a))),
        Dimension::Country => named("country", &a.country),
        Dimension::Region => named("region", &a.region),
        Dimension::Account => named("account", &a.account),
        Dimension::UserAgent => {
            format!("user agent {}", quote(family(a.user_agent.as_deref().unwrap_or(""))))
        }
        Dimension::Action | Dimension::Sequence => named("action", &a.action),
        Dimension::ActionClass => {
            let class = verbs::class(a.action.as_deref().unwrap_or(""));
            format!("{} action {}", class.words(), quote(a.action.as_deref().unwrap_or("")))
        }
        Dimension::Destination => named("destination", &a.destination),
        Dimension::Sensitivity => format!("sensitivity {}", a.sensitivity.unwrap_or(0)),
        other => other.name().replace('_', " "),
    }
}

fn told(peers: Peers) -> String {
    match peers {
        Peers::Group(n) => format!(", used by {n} of its peers"),
        Peers::Tenant(n) => format!(", used by {n} elsewhere in the tenant"),
        Peers::Nobody(0 | 1) => String::new(),
        Peers::Nobody(n) => format!(", by none of {n} identities of the tenant"),
    }
}

/// A foreign name: control characters replaced, cut at [`QUOTED`] characters.
fn quote(text: &str) -> String {
    let mut out: String =
        text.chars().take(QUOTED).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(QUOTED).is_some() {
        out.push('…');
    }
    out
}

fn plural(n: i64, noun: &str) -> String {
    match (n, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "activity") => format!("{n} activities"),
        _ => format!("{n} {noun}s"),
    }
}

/// The quantity of which one more has the logarithm `ln`.
fn less_one(ln: f64) -> f64 {
    libm::exp(ln) - 1.0
}

fn percent(p: f64) -> String {
    if p < 0.0001 { "less than 0.01 %".to_string() } else { format!("{:.2} %", p * 100.0) }
}

fn number(x: f64) -> String {
    if x < 9.95 { format!("{x:.1}") } else { format!("{x:.0}") }
}

fn volume(x: f64, a: &Activity) -> String {
    if a.bytes.is_none() {
        return format!("{} tokens", number(x));
    }
    let mut x = x;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if x < 999.5 {
            return format!("{} {unit}", number(x));
        }
        x /= 1000.0;
    }
    format!("{} PB", number(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let a = Activity { bytes: Some(1), ..Activity::default() };
        assert_eq!(volume(1_536_000.0, &a), "1.5 MB");
        assert_eq!(volume(12.0, &Activity::default()), "12 tokens");
        assert_eq!(plural(1, "activity"), "1 activity");
        assert_eq!(percent(0.0), "less than 0.01 %");
        assert_eq!(quote("a\nb"), "a\u{fffd}b");
        assert_eq!(quote(&"x".repeat(100)).chars().count(), 81);
    }
}
