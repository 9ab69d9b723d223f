/*!
Times as other systems write them, with the values that are no times.

The same field means a time in one export, "never" in another and "nobody knows" in a third, and the same value
(`0`, `-1`, an empty text) means different things in different systems. Nothing here guesses: an adapter declares
its [`Dialect`], and whatever the dialect does not declare is refused.
*/

use alloc::string::{String, ToString};

use serde_json::Value;

use super::{DAY, HOUR, MINUTE, SECOND, Timestamp, days_from_civil};
use crate::{Error, model::Fact};

/// What bare numbers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Numbers are no times here.
    None,
    /// Seconds since 1970 UTC, fractions allowed.
    Seconds,
    /// Milliseconds since 1970 UTC, fractions cut.
    Millis,
}

/// How one system writes its times.
///
/// ```
/// use nhi_core::{model::Fact, time::foreign::{Dialect, Unit, parse}};
/// const REPORT: Dialect = Dialect { unknown: &[("no_information", "not tracked yet")], ..Dialect::ISO };
/// assert_eq!(parse("no_information", &REPORT)?, Fact::unknown("not tracked yet"));
/// assert!(parse("N/A", &REPORT).is_err());
/// # Ok::<(), nhi_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// What bare numbers count, be they JSON numbers or digits in a text.
    pub unit: Unit,
    /// Exact texts (a number: its decimal form) that state that there is no such time, such as "never expires".
    pub absent: &'static [&'static str],
    /// Times from here on are the system's way to say "never".
    pub never_from: Option<Timestamp>,
    /// Exact texts that say nothing, each with what it does mean.
    pub unknown: &'static [(&'static str, &'static str)],
    /// What JSON `null` or a missing field means: absent, or unknown for this reason.
    pub null: Null,
    /// Whether a time without offset is UTC (refused otherwise).
    pub naive_utc: bool,
    /// Whether `MM-DD-YYYY` is a date.
    pub us_dates: bool,
}

/// What JSON `null` or a missing field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Null {
    /// There is none.
    Absent,
    /// Nobody could tell, for this reason.
    Unknown(&'static str),
}

impl Dialect {
    /// ISO 8601 in its usual profiles, and nothing else: no numbers, no sentinels, `null` is not reported.
    pub const ISO: Dialect = Dialect {
        unit: Unit::None,
        absent: &[],
        never_from: None,
        unknown: &[],
        null: Null::Unknown(Fact::<()>::NOT_REPORTED),
        naive_utc: false,
        us_dates: false,
    };
}

/// Reads a text under a dialect. Sentinels come first, then numbers, then dates. Linear, no allocation.
///
/// # Errors
/// `invalid_time` if the dialect does not declare what the text is.
pub fn parse(text: &str, dialect: &Dialect) -> Result<Fact<Timestamp>, Error> {
    if dialect.absent.contains(&text) {
        return Ok(Fact::Absent);
    }
    if let Some((_, why)) = dialect.unknown.iter().find(|(word, _)| *word == text) {
        return Ok(Fact::unknown(*why));
    }
    let at = if text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') && !text.contains("--") {
        match text.bytes().skip(1).any(|b| b == b'-') {
            true => date(text, dialect)?,
            false => number(text, dialect)?,
        }
    } else {
        calendar(text, dialect)?
    };
    Ok(match dialect.never_from {
        Some(never) if at >= never => Fact::Absent,
        _ => Fact::Known(at),
    })
}

/// Reads a JSON value under a dialect: a text, a number or `null`.
///
/// # Errors
/// `invalid_time` as for [`parse`], and for any other JSON value.
pub fn parse_value(value: &Value, dialect: &Dialect) -> Result<Fact<Timestamp>, Error> {
    match value {
        Value::Null => Ok(null(dialect)),
        Value::String(text) => parse(text, dialect),
        // The shortest decimal form that reads back as the same number: no digit of the source is lost.
        Value::Number(number) => parse(&number.to_string(), dialect),
        _ => Err(bad("expected a text, a number or null")),
    }
}

/// What a missing field means under a dialect.
pub fn null(dialect: &Dialect) -> Fact<Timestamp> {
    match dialect.null {
        Null::Absent => Fact::Absent,
        Null::Unknown(why) => Fact::unknown(why),
    }
}

/// Reads a truth value as exports write it: `true`, `TRUE`, `True` and their opposites.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn bad(why: &'static str) -> Error {
    Error::InvalidTime { why }
}

/// A decimal number: digits with an optional sign and fraction, in the dialect's unit.
fn number(text: &str, dialect: &Dialect) -> Result<Timestamp, Error> {
    let scale = match dialect.unit {
        Unit::None => return Err(bad("a bare number is no time in this export")),
        Unit::Seconds => SECOND,
        Unit::Millis => 1,
    };
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return Err(bad("expected a decimal number"));
    }
    let whole: i64 = whole.parse().map_err(|_| bad("the number is out of range"))?;
    let mut millis = 0;
    for (digit, worth) in fraction.bytes().zip([100, 10, 1]) {
        millis += i64::from(digit - b'0') * worth;
    }
    let cut = if scale == SECOND { millis } else { 0 };
    let at = whole.checked_mul(scale).and_then(|ms| ms.checked_add(cut)).map(|ms| sign * ms);
    match at {
        Some(ms) if (Timestamp::MIN.millis()..=Timestamp::MAX.millis()).contains(&ms) => {
            Ok(Timestamp::from_millis(ms))
        }
        _ => Err(bad("the number is out of range")),
    }
}

/// `YYYY-MM-DD`, or `MM-DD-YYYY` where the dialect has it; midnight UTC.
fn date(text: &str, dialect: &Dialect) -> Result<Timestamp, Error> {
    let (y, m, d) = match (text.len(), text.as_bytes().get(4), text.as_bytes().get(2)) {
        (10, Some(b'-'), _) => (text.get(0..4), text.get(5..7), text.get(8..10)),
        (10, _, Some(b'-')) if dialect.us_dates => (text.get(6..10), text.get(0..2), text.get(3..5)),
        _ => return Err(bad("expected a date YYYY-MM-DD")),
    };
    let part = |text: Option<&str>| -> Result<i64, Error> {
        text.filter(|t| t.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|t| t.parse().ok())
            .ok_or(bad("expected a date YYYY-MM-DD"))
    };
    let days = days_from_civil(part(y)?, part(m)?, part(d)?).ok_or(bad("there is no such date"))?;
    Ok(Timestamp::from_millis(days * DAY))
}

/// RFC 3339 and its near relatives: a space for the `T`, an offset without colon (`-0700`), a zone name after
/// the offset (`-0700 PDT`: the offset decides), and no offset at all where the dialect says that means UTC.
fn calendar(text: &str, dialect: &Dialect) -> Result<Timestamp, Error> {
    if text.len() > 64 {
        return Err(bad("expected a time"));
    }
    if let Ok(at) = Timestamp::parse_rfc3339(text) {
        return Ok(at);
    }
    // Date, time of day and fraction end where the offset begins.
    let rest = text.get(10..).ok_or(bad("expected a time"))?;
    let end = 10 + rest.find(['+', '-', 'Z', 'z']).unwrap_or(rest.len());
    let (local, offset) = (text.get(..end).unwrap_or(""), text.get(end..).unwrap_or(""));
    let mut utc = String::from(local.trim_end());
    utc.push('Z');
    let local = Timestamp::parse_rfc3339(&utc)?;
    if offset.is_empty() {
        return if dialect.naive_utc { Ok(local) } else { Err(bad("the offset from UTC is missing")) };
    }
    let (digits, zone) = offset.split_once(' ').unwrap_or((offset, ""));
    let named = zone.is_empty() || (zone.len() <= 5 && zone.bytes().all(|b| b.is_ascii_uppercase()));
    let part = |from: usize| -> Option<i64> {
        let two = digits.get(from..from + 2)?;
        two.bytes().all(|b| b.is_ascii_digit()).then(|| two.parse().ok())?
    };
    let (hours, minutes) = match digits.len() {
        1 if digits.eq_ignore_ascii_case("z") => (Some(0), Some(0)),
        5 => (part(1), part(3)),
        6 if digits.as_bytes().get(3) == Some(&b':') => (part(1), part(4)),
        _ => (None, None),
    };
    match (named, hours, minutes) {
        (true, Some(h @ 0..=23), Some(m @ 0..=59)) => {
            let sign = if digits.starts_with('-') { -1 } else { 1 };
            Ok(local.plus(-sign * (h * HOUR + m * MINUTE)))
        }
        _ => Err(bad("the offset from UTC is not one")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(text: &str) -> Fact<Timestamp> {
        Fact::Known(Timestamp::parse_rfc3339(text).unwrap())
    }

    #[track_caller]
    fn reads(dialect: &Dialect, cases: &[(Value, Fact<Timestamp>)]) {
        for (raw, expected) in cases {
            assert_eq!(&parse_value(raw, dialect).unwrap(), expected, "{raw}");
        }
    }

    #[track_caller]
    fn refuses(dialect: &Dialect, cases: &[Value]) {
        for raw in cases {
            assert_eq!(parse_value(raw, dialect).unwrap_err().code(), "invalid_time", "{raw}");
        }
    }

    const NEVER_9999: Option<Timestamp> = Some(Timestamp::from_millis(253_370_764_800_000));

    #[test]
    fn iso_in_its_profiles() {
        let expected = known("2026-03-01T10:17:40.123Z");
        reads(
            &Dialect::ISO,
            &[
                (json!("2026-03-01T10:17:40.123Z"), expected.clone()),
                (json!("2026-03-01T10:17:40.123+00:00"), expected.clone()),
                (json!("2026-03-01 10:17:40.123+00:00"), expected.clone()),
                (json!("2026-03-01T10:17:40.1234567Z"), expected.clone()),
                (json!("2026-03-01T10:17:40.123456789Z"), expected.clone()),
                (json!("2026-03-01T12:17:40.123+02:00"), expected.clone()),
                (json!("2026-03-01T12:17:40.123+0200"), expected),
            ],
        );
        refuses(
            &Dialect::ISO,
            &[json!("2026-03-01T10:17:40"), json!(""), json!("N/A"), json!(0), json!(true)],
        );
    }

    #[test]
    fn a_time_without_offset_is_utc_only_where_declared() {
        let naive = Dialect { naive_utc: true, ..Dialect::ISO };
        reads(&naive, &[(json!("2026-03-01 10:17:40"), known("2026-03-01T10:17:40Z"))]);
    }

    #[test]
    fn trufflehog_git_times_have_an_offset_and_a_zone_name() {
        reads(&Dialect::ISO, &[(json!("2022-06-16 10:17:40 -0700 PDT"), known("2022-06-16T17:17:40Z"))]);
        refuses(
            &Dialect::ISO,
            &[json!("2022-06-16 10:17:40 -0700 pacific"), json!("2022-06-16 10:17:40 -9900 PDT")],
        );
    }

    #[test]
    fn aws_report_words_mean_three_different_things() {
        let report = Dialect {
            absent: &["N/A"],
            unknown: &[("not_supported", "not supported"), ("no_information", "no information")],
            ..Dialect::ISO
        };
        reads(
            &report,
            &[
                (json!("N/A"), Fact::Absent),
                (json!("not_supported"), Fact::unknown("not supported")),
                (json!("no_information"), Fact::unknown("no information")),
                (json!("2015-06-24T12:45:00+00:00"), known("2015-06-24T12:45:00Z")),
            ],
        );
    }

    #[test]
    fn epoch_seconds_with_fraction_as_number() {
        let okta = Dialect { unit: Unit::Seconds, ..Dialect::ISO };
        reads(
            &okta,
            &[
                (json!(1_523_477_145.729), known("2018-04-11T20:05:45.729Z")),
                (json!(1_523_477_145), known("2018-04-11T20:05:45Z")),
                (json!(-1.5), known("1969-12-31T23:59:58.500Z")),
            ],
        );
    }

    #[test]
    fn databricks_counts_milliseconds_and_minus_one_never_expires() {
        let databricks = Dialect { unit: Unit::Millis, absent: &["-1"], ..Dialect::ISO };
        reads(
            &databricks,
            &[(json!(1_523_477_145_729_i64), known("2018-04-11T20:05:45.729Z")), (json!(-1), Fact::Absent)],
        );
    }

    #[test]
    fn spire_writes_seconds_as_text_and_zero_never_expires() {
        let spire = Dialect { unit: Unit::Seconds, absent: &["0"], ..Dialect::ISO };
        reads(&spire, &[(json!("1547583197"), known("2019-01-15T20:13:17Z")), (json!("0"), Fact::Absent)]);
    }

    #[test]
    fn snowflake_writes_seconds_with_fraction_as_text() {
        let snowflake = Dialect { unit: Unit::Seconds, ..Dialect::ISO };
        reads(&snowflake, &[(json!("1787067633.789"), known("2026-08-18T15:40:33.789Z"))]);
    }

    #[test]
    fn gcp_says_never_with_the_year_9999() {
        let gcp = Dialect { never_from: NEVER_9999, ..Dialect::ISO };
        reads(
            &gcp,
            &[
                (json!("9999-12-31T23:59:59Z"), Fact::Absent),
                (json!("2026-01-01T00:00:00Z"), known("2026-01-01T00:00:00Z")),
            ],
        );
        reads(&Dialect::ISO, &[(json!("9999-12-31T23:59:59Z"), known("9999-12-31T23:59:59Z"))]);
    }

    #[test]
    fn vault_zero_is_no_limit_and_empty_is_not_deleted() {
        let ttl = Dialect { unit: Unit::Seconds, absent: &["0"], ..Dialect::ISO };
        reads(&ttl, &[(json!(0), Fact::Absent)]);
        let deletion = Dialect { absent: &[""], ..Dialect::ISO };
        reads(
            &deletion,
            &[
                (json!(""), Fact::Absent),
                (json!("2018-03-22T02:24:06.945319214Z"), known("2018-03-22T02:24:06.945Z")),
            ],
        );
    }

    #[test]
    fn null_and_missing_mean_what_the_dialect_says() {
        let never = Dialect { null: Null::Absent, ..Dialect::ISO };
        reads(&never, &[(Value::Null, Fact::Absent)]);
        reads(&Dialect::ISO, &[(Value::Null, Fact::default())]);
        assert_eq!(null(&never), Fact::Absent);
    }

    #[test]
    fn a_kubernetes_label_is_a_date() {
        reads(&Dialect::ISO, &[(json!("2026-02-28"), known("2026-02-28T00:00:00Z"))]);
        refuses(&Dialect::ISO, &[json!("2026-02-30"), json!("2026-2-28"), json!("26-02-2028")]);
    }

    #[test]
    fn gitleaks_fixture_dates_put_the_month_first() {
        let gitleaks = Dialect { us_dates: true, ..Dialect::ISO };
        reads(&gitleaks, &[(json!("10-19-2003"), known("2003-10-19T00:00:00Z"))]);
        refuses(&gitleaks, &[json!("19-10-2003")]);
        refuses(&Dialect::ISO, &[json!("10-19-2003")]);
    }

    #[test]
    fn truth_values_come_in_any_case() {
        for (text, expected) in
            [("true", Some(true)), ("TRUE", Some(true)), ("False", Some(false)), ("yes", None), ("", None)]
        {
            assert_eq!(parse_bool(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_numbers_are_refused() {
        let seconds = Dialect { unit: Unit::Seconds, ..Dialect::ISO };
        refuses(
            &seconds,
            &[
                json!(1e300),
                json!(u64::MAX),
                json!("99999999999999999999"),
                json!("."),
                json!("-"),
                json!("1.2.3"),
                json!("--1"),
                json!("1."),
            ],
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let all = Dialect { unit: Unit::Millis, naive_utc: true, us_dates: true, ..Dialect::ISO };
            let _ = parse(&text, &all);
        }
    }
}
