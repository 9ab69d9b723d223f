//! What of an activity is scored: hashes of names at each level, time bins, the logarithm of its volume.

use alloc::string::String;
use core::net::IpAddr;

use super::{
    hash::{hash, mix, short},
    maths::ln1p_fixed,
    verbs::{Class, class},
};
use crate::{
    model::{Activity, Outcome},
    time::{DAY, HOUR},
};

/// One activity, as the state sees it. No text, no allocation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Features {
    /// Milliseconds since 1970.
    pub(super) time: i64,
    pub(super) day: i32,
    pub(super) hour: i32,
    /// Names by [`super::Dimension`] of formula 1, and by level.
    pub(super) network: Option<u32>,
    pub(super) country: Option<u32>,
    pub(super) region: Option<u32>,
    pub(super) account: Option<u32>,
    pub(super) user_agent: Option<u32>,
    pub(super) service: Option<u32>,
    pub(super) action: Option<u32>,
    pub(super) place: Option<u32>,
    pub(super) destination: Option<u32>,
    pub(super) class: Class,
    pub(super) sensitivity: Option<u8>,
    /// Bytes, else tokens.
    pub(super) volume: Option<u64>,
    /// `ln(1 + volume)` in 1/256.
    pub(super) ln_volume: i32,
    pub(super) denied: bool,
    pub(super) session: u32,
    pub(super) workload: Option<u32>,
    pub(super) id: Option<u32>,
    /// Hash of tenant, and of tenant and group; the latter 0 without a group.
    pub(super) tenant: u64,
    pub(super) group: u64,
    pub(super) context: bool,
}

impl Features {
    pub(super) fn of(a: &Activity, seed: u64) -> Features {
        let name = |text: &Option<String>, salt: u64| {
            text.as_deref().filter(|t| !t.is_empty()).map(|t| short(hash(seed ^ salt, t.as_bytes())))
        };
        let time = a.time.millis();
        let tenant = tenant_hash(a, seed);
        let action = a.action.as_deref().filter(|t| !t.is_empty());
        let destination = a.destination.as_deref().filter(|t| !t.is_empty());
        let volume = a.bytes.or(a.tokens);
        let session = a.session.as_deref().or(a.task.as_deref()).unwrap_or("");
        Features {
            time,
            day: time.div_euclid(DAY) as i32,
            hour: time.div_euclid(HOUR) as i32,
            network: network(a, seed),
            country: name(&a.country, 2),
            region: name(&a.region, 3),
            account: name(&a.account, 4),
            user_agent: a
                .user_agent
                .as_deref()
                .filter(|t| !t.is_empty())
                .map(|t| short(hash(seed ^ 5, family(t).as_bytes()))),
            service: action.map(|t| short(hash(seed ^ 6, service(t).as_bytes()))),
            action: action.map(|t| short(hash(seed ^ 7, t.as_bytes()))),
            place: destination.map(|t| short(hash(seed ^ 8, place(t).as_bytes()))),
            destination: destination.map(|t| short(hash(seed ^ 9, t.as_bytes()))),
            class: action.map_or(Class::Other, class),
            sensitivity: a.sensitivity.map(|s| s.min(3)),
            volume,
            ln_volume: volume.map_or(0, ln1p_fixed),
            denied: a.outcome == Some(Outcome::Denied),
            session: short(hash(seed ^ 10, session.as_bytes())),
            workload: name(&a.workload, 11),
            id: name(&a.id, 12),
            tenant,
            group: a
                .group
                .as_deref()
                .filter(|g| !g.is_empty())
                .map_or(0, |g| mix(tenant, hash(seed ^ 13, g.as_bytes())) | 1),
            context: !a.context.is_empty(),
        }
    }
}

/// Hash of a tenant's name.
pub(super) fn tenant_hash(a: &Activity, seed: u64) -> u64 {
    hash(seed ^ 14, a.tenant.as_deref().unwrap_or("").as_bytes())
}

/// The autonomous system, else IPv4 /24 or IPv6 /48 of the address, else the name that stands for it.
fn network(a: &Activity, seed: u64) -> Option<u32> {
    if let Some(asn) = a.asn {
        return Some(short(hash(seed ^ 1, &asn.to_be_bytes())));
    }
    let text = a.source_ip.as_deref().filter(|t| !t.is_empty())?;
    let h = match text.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => hash(seed ^ 20, ip.octets().get(..3)?),
        Ok(IpAddr::V6(ip)) => hash(seed ^ 21, ip.octets().get(..6)?),
        Err(_) => hash(seed ^ 22, text.as_bytes()),
    };
    Some(short(h))
}

/// The network of an activity in words: `AS64500`, `192.0.2.0/24`, `2001:db8::/48`, `ec2.amazonaws.com`.
pub(super) fn network_words(a: &Activity) -> String {
    if let Some(asn) = a.asn {
        return alloc::format!("AS{asn}");
    }
    let text = a.source_ip.as_deref().unwrap_or("");
    match text.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            alloc::format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, ..] = ip.segments();
            alloc::format!("{a:x}:{b:x}:{c:x}::/48")
        }
        Err(_) => text.into(),
    }
}

/// Family of a user agent: what stands before the version.
pub(super) fn family(user_agent: &str) -> &str {
    before(user_agent, 0, 1, b"/ ")
}

/// Service of an action: before the colon, else before the last dot, else (`verb resource`) the resource.
pub(super) fn service(action: &str) -> &str {
    let find = |stop: u8| action.bytes().position(|b| b == stop);
    if let Some(colon) = find(b':') {
        action.get(..colon).unwrap_or(action)
    } else if let Some(space) = find(b' ') {
        action.get(space + 1..).map_or(action, |resource| before(resource, 0, 1, b"/"))
    } else {
        let last = action.bytes().rposition(|b| b == b'.' || b == b'/');
        last.and_then(|i| action.get(..i)).unwrap_or(action)
    }
}

/// The place of a destination: the bucket or the resource kind of an ARN, the host of a URL, the first two
/// steps of a path. What a job always does anew inside it is no news.
pub(super) fn place(destination: &str) -> &str {
    let bytes = destination.as_bytes();
    let (start, steps) = if bytes.starts_with(b"arn:") {
        let mut colons = bytes.iter().enumerate().filter(|(_, b)| **b == b':');
        (colons.nth(4).map_or(0, |(i, _)| i + 1), 1)
    } else if bytes.first() == Some(&b'/') {
        (0, 3)
    } else if let Some(i) = bytes.windows(3).position(|w| w == b"://") {
        (i + 3, 1)
    } else {
        (0, 1)
    };
    before(destination, start, steps, b"/:")
}

/// `text` up to the `nth` (from 1) of the ASCII characters `stops` at `start` or after it.
fn before<'a>(text: &'a str, start: usize, nth: usize, stops: &[u8]) -> &'a str {
    let mut found = text.bytes().enumerate().skip(start).filter(|(_, b)| stops.contains(b));
    found.nth(nth - 1).and_then(|(i, _)| text.get(..i)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_names() {
        for (text, expected) in [
            ("arn:aws:s3:::backup/2026/01/x", "arn:aws:s3:::backup"),
            ("arn:aws:lambda:eu-west-1:1:function:pay", "arn:aws:lambda:eu-west-1:1:function"),
            ("https://api.example.test/v1/x", "https://api.example.test"),
            ("bucket/key/a", "bucket"),
            ("/data/in/file", "/data/in"),
            ("/data/in://file", "/data/in"),
            ("arn:aws", "arn"),
            ("db", "db"),
            ("", ""),
            ("é/ü", "é"),
        ] {
            assert_eq!(place(text), expected);
        }
        assert_eq!(service("s3:GetObject"), "s3");
        assert_eq!(service("create pods/exec"), "pods");
        assert_eq!(service("storage.objects.get"), "storage.objects");
        assert_eq!(family("aws-cli/2.1 Python/3"), "aws-cli");
    }

    #[test]
    fn networks_are_systems_then_prefixes_then_names() {
        let with = |ip: &str| Activity { source_ip: Some(ip.into()), ..Activity::default() };
        let n = |ip: &str| network(&with(ip), 1);
        assert_eq!(n("192.0.2.1"), n("192.0.2.200"));
        assert_eq!(n("192.0.2.1"), n("::ffff:192.0.2.9"));
        assert_ne!(n("192.0.2.1"), n("192.0.3.1"));
        assert_eq!(n("2001:db8:1::1"), n("2001:db8:1:2::1"));
        assert_ne!(n("2001:db8:1::1"), n("2001:db8:2::1"));
        assert_eq!(network_words(&with("2001:db8:1::1")), "2001:db8:1::/48");
        assert_eq!(n(""), None);
        assert!(n("ec2.amazonaws.com").is_some());
    }
}
