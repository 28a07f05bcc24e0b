//! Times as they stand in stored bodies, read without a general parser: a chain has one in every entry.

use chrono::{DateTime, NaiveDate, Utc};

/// Reads a time from the JSON text that this program writes for it: `"2026-11-21T02:14:07.123456Z"`, with 0, 3, 6 or 9
/// digits behind the point, as few as it takes. `None` for everything else, which may be a time all the same.
pub(super) fn read(json: &str) -> Option<DateTime<Utc>> {
    let text = json.strip_prefix('"')?.strip_suffix("Z\"")?.as_bytes();
    let (whole, fraction) = text.split_at_checked(19)?;
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|(at, separator)| whole[*at] != *separator) {
        return None;
    }
    let number = |from: usize, to: usize| digits(&whole[from..to]);
    let date = NaiveDate::from_ymd_opt(number(0, 4)?.cast_signed(), number(5, 7)?, number(8, 10)?)?;
    let nanos = match fraction {
        [] => 0,
        [b'.', behind @ ..] if matches!(behind.len(), 3 | 6 | 9) && !behind.ends_with(b"000") => {
            (behind.len()..9).try_fold(digits(behind)?, |nanos, _| nanos.checked_mul(10))?
        }
        _ => return None,
    };
    // A leap second is left to the general parser.
    Some(date.and_hms_nano_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, nanos)?.and_utc())
}

/// Up to nine decimal digits.
fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::read;
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    #[test]
    fn what_is_not_written_so_is_left_to_the_general_parser() {
        for json in [
            "\"2026-11-21T02:14:07.120000Z\"",
            "\"2026-11-21T02:14:07.123000Z\"",
            "\"2026-11-21T02:14:07.000Z\"",
            "\"2026-11-21T02:14:07.12Z\"",
            "\"2026-11-21T02:14:07.Z\"",
            "\"2026-11-21T02:14:60Z\"",
            "\"2026-02-30T02:14:07Z\"",
            "\"2026-11-21 02:14:07Z\"",
            "\"2026-11-21T02:14:07+00:00\"",
            "\"+12026-11-21T02:14:07Z\"",
            "\"2026-11-21T02:14:0\u{e9}Z\"",
            "\"\"",
            "7",
        ] {
            let canonical =
                serde_json::from_str::<DateTime<Utc>>(json).is_ok_and(|at| serde_json::to_string(&at).unwrap() == json);
            assert!(read(json).is_none() || canonical, "{json}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in 0_i64..253_402_300_799, nanos in 0_u32..1_000_000_000, unit in 0_u32..4) {
            let nanos = nanos / 1000_u32.pow(unit).min(1_000_000_000) * 1000_u32.pow(unit).min(1_000_000_000);
            let at = DateTime::from_timestamp(seconds, nanos).unwrap();
            prop_assert_eq!(read(&serde_json::to_string(&at).unwrap()), Some(at));
        }
    }
}
