//! Numbers and times in words, the same in every text format.

use alloc::{format, string::String};

use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// `2 d 3 h`, `41 min`, `12 s`: the two largest units of a span in milliseconds; a negative one counts as zero.
pub(super) fn duration(ms: i64) -> String {
    let ms = ms.max(0);
    let (days, hours, minutes) = (ms / DAY, ms / HOUR % 24, ms / MINUTE % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{} s", ms / SECOND),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

/// `1 step`, `2 steps`.
pub(super) fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_two_units() {
        for (ms, words) in [
            (-5, "0 s"),
            (59_999, "59 s"),
            (90_000, "1 min"),
            (HOUR, "1 h"),
            (HOUR + 2 * MINUTE, "1 h 2 min"),
            (DAY, "1 d"),
            (3 * DAY + 4 * HOUR + 59 * MINUTE, "3 d 4 h"),
        ] {
            assert_eq!(duration(ms), words);
        }
    }
}
