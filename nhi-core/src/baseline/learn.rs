//! What one activity changes in a block, after it was scored.

use super::{
    epoch::{ACCOUNT, ACTION, COUNTRY, DESTINATION, NETWORK, PLACE, REGION, SERVICE, USER_AGENT, View},
    features::Features,
    moments::ONE,
    score::{Found, INTERLEAVED, action_id, failure_bucket, novelty_bucket, transition_keys},
    sketch::{Sketch, Slot},
    state::Block,
};

/// Learns `f`, which is neither a duplicate nor too late. `late`: it is not the newest, so that only what adds
/// up commutatively is learned. `adopt`: no alert state is open.
pub(super) fn learn(b: &mut Block, f: &Features, view: &View<'_>, found: Found, late: bool, adopt: bool) {
    let Found { novel, chain, week, slots } = found;
    let [network, country, region, account, user_agent, service, action, place, destination] = slots;
    let day = Learning { day: f.day, adopt, view };
    let mut evicted = false;
    evicted |= day.value(&mut b.network, f.network, network, NETWORK);
    evicted |= day.value(&mut b.country, f.country, country, COUNTRY);
    evicted |= day.value(&mut b.region, f.region, region, REGION);
    evicted |= day.value(&mut b.account, f.account, account, ACCOUNT);
    evicted |= day.value(&mut b.user_agent, f.user_agent, user_agent, USER_AGENT);
    evicted |= day.value(&mut b.service, f.service, service, SERVICE);
    class(b, f, adopt, f.destination.is_some() && destination.is_none());
    evicted |= day.value(&mut b.action, f.action, action, ACTION);
    evicted |= day.value(&mut b.place, f.place, place, PLACE);
    evicted |= day.value(&mut b.destination, f.destination, destination, DESTINATION);
    if let Some(workload) = f.workload {
        let slot = b.workload.find(workload);
        evicted |= b.workload.learn(workload, slot, f.day, true, || false);
    }
    b.evicted |= u8::from(evicted);
    if let Some(n) = f.sensitivity.and_then(|s| b.sensitivity.get_mut(usize::from(s))) {
        *n = n.saturating_add(ONE);
    }
    b.learn_time(f);
    if f.volume.is_some()
        && !b.frozen()
        && let Some(m) = b.volume.get_mut(f.class.volume())
    {
        m.push(f.ln_volume);
    }
    b.total = b.total.saturating_add(1);
    b.remember(f.id);
    if late {
        return;
    }
    b.failures.learn(failure_bucket(f), f.denied);
    if f.action.is_some() || f.destination.is_some() {
        b.novelties.learn(novelty_bucket(f), novel);
    }
    if let Some(action) = action_id(f) {
        let (last, before) = b.session(f.session);
        if last != 0 {
            b.chain = chain;
            b.chain_moments.push(i32::from(chain));
            let [context, pair, wider, triple] = transition_keys(last, before, action);
            b.learn_transition(context);
            b.learn_transition(pair);
            if before != 0 {
                b.learn_transition(wider);
                b.learn_transition(triple);
            }
        }
        b.step(f.session, action);
    }
    b.group = f.group;
    if b.week_hour != f.hour {
        b.week_surprisal = week as u16;
        b.week_hour = f.hour;
    }
}

/// Network changes and gaps: learned against the newest activity before this one moves the time.
pub(super) fn learn_order(b: &mut Block, f: &Features) {
    let lapse = f.time.saturating_sub(b.last);
    if let Some(network) = f.network {
        if b.last_network != 0 && (0..=INTERLEAVED).contains(&lapse) {
            b.chances = b.chances.saturating_add(ONE);
            if network != b.last_network {
                b.switches = b.switches.saturating_add(ONE);
            }
        }
        b.last_network = network;
    }
    let gap = i64::from(f.day).saturating_sub(b.last.div_euclid(crate::time::DAY));
    b.longest_gap = b.longest_gap.max(gap.clamp(0, i64::from(u16::MAX)) as u16);
    if gap >= 60 {
        b.woke = f.hour;
    }
}

/// What learning a value takes beside the value.
struct Learning<'a> {
    day: i32,
    adopt: bool,
    view: &'a View<'a>,
}

impl Learning<'_> {
    fn value<const K: usize>(&self, s: &mut Sketch<K>, hash: Option<u32>, slot: Slot, level: usize) -> bool {
        let Some(hash) = hash else { return false };
        s.learn(hash, slot, self.day, self.adopt, || self.view.confirmed(level, hash))
    }
}

/// Classes of action and, within each, how often the destination is new.
fn class(b: &mut Block, f: &Features, adopt: bool, new_place: bool) {
    if f.action.is_none() {
        return;
    }
    let i = f.class as usize;
    let (Some(n), Some(new), Some(days)) =
        (b.class.get_mut(i), b.class_new.get_mut(i), b.class_days.get_mut(i))
    else {
        return;
    };
    if *n == 0 {
        b.class_news = b.class_news.saturating_add(ONE);
        *days = 0;
    }
    *n = n.saturating_add(ONE);
    if new_place {
        *new = new.saturating_add(ONE);
    }
    let today = f.day as u16 & 0x3fff;
    if adopt && *days >> 14 < 3 && (*days >> 14 == 0 || *days & 0x3fff != today) {
        *days = ((*days >> 14) + 1) << 14 | today;
    }
}
