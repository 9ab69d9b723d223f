/*!
Points in time, as arguments. The engine has no clock: every `now` is passed in.

[`Timestamp`] is an `i64` of milliseconds since 1970-01-01T00:00:00Z (proleptic Gregorian, no leap seconds).
How other systems write times, and which of their values are no times at all, is in [`foreign`].
*/

pub mod foreign;

use alloc::{format, string::String};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Error;

/// Milliseconds in a second.
pub const SECOND: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Milliseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// Milliseconds since 1970 UTC; finer digits are cut. Written `YYYY-MM-DDThh:mm:ss.sssZ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first time that has a written form: 0000-01-01T00:00:00Z.
    pub const MIN: Timestamp = Timestamp(-62_167_219_200_000);
    /// The last time that has a written form: 9999-12-31T23:59:59.999Z.
    pub const MAX: Timestamp = Timestamp(253_402_300_799_999);

    /// From milliseconds since 1970 UTC, clamped to [`MIN`](Self::MIN)`..=`[`MAX`](Self::MAX).
    pub const fn from_millis(ms: i64) -> Self {
        if ms < Self::MIN.0 {
            Self::MIN
        } else if ms > Self::MAX.0 {
            Self::MAX
        } else {
            Timestamp(ms)
        }
    }

    /// Milliseconds since 1970 UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This time and `ms` milliseconds more (or less, if negative), clamped.
    pub const fn plus(self, ms: i64) -> Self {
        Self::from_millis(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this time; negative if `earlier` is later.
    pub const fn since(self, earlier: Timestamp) -> i64 {
        self.0 - earlier.0
    }

    /// Days since 1970-01-01, rounded down.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// Reads an RFC 3339 time (any offset, any number of fraction digits; digits below 1 ms are cut).
    ///
    /// # Errors
    /// `invalid_time` if the text is anything else or the date does not exist.
    pub fn parse_rfc3339(text: &str) -> Result<Self, Error> {
        let bad = |why| Error::InvalidTime { why };
        let b = text.as_bytes();
        let digits = |from: usize, n: usize| -> Option<i64> {
            let part = b.get(from..from + n)?;
            part.iter().try_fold(0, |v, d| d.is_ascii_digit().then(|| v * 10 + i64::from(d - b'0')))
        };
        let is = |at: usize, set: &[u8]| b.get(at).is_some_and(|c| set.contains(c));
        const SHAPE: &str = "expected YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)";
        if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":")) {
            return Err(bad(SHAPE));
        }
        let part = |from, n| digits(from, n).ok_or(bad(SHAPE));
        let (y, mo, d) = (part(0, 4)?, part(5, 2)?, part(8, 2)?);
        let (h, mi, s) = (part(11, 2)?, part(14, 2)?, part(17, 2)?);
        let mut at = 19;
        let mut ms = 0;
        if is(at, b".") {
            at += 1;
            let from = at;
            while b.get(at).is_some_and(u8::is_ascii_digit) {
                if at - from < 3 {
                    ms += i64::from(b[at] - b'0') * [100, 10, 1][at - from];
                }
                at += 1;
            }
            if at == from {
                return Err(bad(SHAPE));
            }
        }
        let offset = if is(at, b"Zz") {
            at += 1;
            0
        } else if is(at, b"+-") && is(at + 3, b":") {
            let (oh, om) = (part(at + 1, 2)?, part(at + 4, 2)?);
            if oh > 23 || om > 59 {
                return Err(bad("the offset is out of range"));
            }
            let sign = if b[at] == b'-' { -1 } else { 1 };
            at += 6;
            sign * (oh * HOUR + om * MINUTE)
        } else {
            return Err(bad(SHAPE));
        };
        if at != b.len() {
            return Err(bad(SHAPE));
        }
        // A leap second (60) is read as the last millisecond before it: the scale has none.
        let (s, ms) = if s == 60 { (59, 999) } else { (s, ms) };
        if h > 23 || mi > 59 || s > 59 {
            return Err(bad("the time of day is out of range"));
        }
        let days = days_from_civil(y, mo, d).ok_or(bad("there is no such date"))?;
        Ok(Self::from_millis(days * DAY + h * HOUR + mi * MINUTE + s * SECOND + ms - offset))
    }

    /// Year, month (1..=12) and day (1..=31) in UTC.
    pub fn date(self) -> (i64, u8, u8) {
        civil_from_days(self.day())
    }

    /// The date part of the written form: `YYYY-MM-DD`.
    pub fn date_string(self) -> String {
        let (y, m, d) = self.date();
        format!("{y:04}-{m:02}-{d:02}")
    }
}

/// Days since 1970-01-01 of a Gregorian date, `None` if it does not exist. Years 0 to 9999.
/// Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
pub fn days_from_civil(y: i64, m: i64, d: i64) -> Option<i64> {
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let last = match m {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(0..=9999).contains(&y) || !(1..=last).contains(&d) {
        return None;
    }
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    Some(era * 146_097 + doe - 719_468)
}

fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(m <= 2), m as u8, (doy - (153 * mp + 2) / 5 + 1) as u8)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.date();
        let t = self.0.rem_euclid(DAY);
        let (h, mi, s, ms) = (t / HOUR, t / MINUTE % 60, t / SECOND % 60, t % SECOND);
        write!(f, "{y:04}-{m:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{ms:03}Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// RFC 3339 text or an integer of epoch milliseconds.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time or epoch milliseconds")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Timestamp::parse_rfc3339(text).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, ms: i64) -> Result<Timestamp, E> {
                if (Timestamp::MIN.0..=Timestamp::MAX.0).contains(&ms) {
                    Ok(Timestamp(ms))
                } else {
                    Err(E::custom("epoch milliseconds out of range"))
                }
            }
            fn visit_u64<E: de::Error>(self, ms: u64) -> Result<Timestamp, E> {
                i64::try_from(ms).map_err(E::custom).and_then(|ms| self.visit_i64(ms))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn written_and_read_back_over_the_whole_range() {
        for ms in [Timestamp::MIN.0, -1, 0, 951_782_400_000, 1_709_164_800_123, Timestamp::MAX.0] {
            let t = Timestamp::from_millis(ms);
            assert_eq!(Timestamp::parse_rfc3339(&t.to_string()).unwrap(), t, "{t}");
        }
        assert_eq!(Timestamp::from_millis(951_782_400_000).to_string(), "2000-02-29T00:00:00.000Z");
    }

    #[test]
    fn offsets_fractions_and_leap_seconds() {
        let t = |s| Timestamp::parse_rfc3339(s).unwrap();
        assert_eq!(t("2026-01-01T02:00:00+02:00"), t("2026-01-01T00:00:00Z"));
        assert_eq!(t("2026-01-01T00:00:00.1239999Z").millis() % 1000, 123);
        assert_eq!(t("2016-12-31T23:59:60Z"), t("2016-12-31T23:59:59.999Z"));
    }

    #[test]
    fn impossible_times_are_refused() {
        for bad in [
            "",
            "2026-02-29T00:00:00Z",
            "2026-01-01",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-13-01T00:00:00Z",
            "é026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Zx",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(bad).unwrap_err().code(), "invalid_time", "{bad}");
        }
    }
}
