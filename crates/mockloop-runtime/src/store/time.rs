//! Times as the log writes them: RFC 3339 in UTC, with microseconds. They are counted from 1970.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY: i64 = 86_400_000_000;

/// The microseconds of an RFC 3339 time, or of a date, whose day begins then; in UTC where it lacks an offset.
pub(super) fn parse(text: &str) -> Result<i64, &'static str> {
    let malformed = "it is no RFC 3339 time, such as 2026-11-22T18:30:00Z";
    let begin;
    let text = if text.len() == 10 {
        begin = format!("{text}T00:00:00Z");
        &begin
    } else {
        text
    };
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Result<i64, &'static str> {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|digits| digits.parse().ok()).ok_or(malformed)
    };
    let is = |at: usize, marks: &[u8]| bytes.get(at).is_some_and(|byte| marks.contains(byte));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":")) {
        return Err(malformed);
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let mut at = 19;
    let mut micros = 0;
    if is(at, b".") {
        let digits =
            bytes.get(20..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return Err(malformed);
        }
        at = 20 + digits;
        micros = format!("{:0<6}", text.get(20..20 + digits.min(6)).unwrap_or_default())
            .parse()
            .map_err(|_| malformed)?;
    }
    let offset = match text.get(at..) {
        Some("Z" | "z" | "") => 0,
        Some(rest) if rest.len() == 6 && is(at, b"+-") && is(at + 3, b":") => {
            let minutes = number(at + 1, at + 3)? * 60 + number(at + 4, at + 6)?;
            if is(at, b"-") { -minutes } else { minutes }
        }
        _ => return Err(malformed),
    };
    let exists = year >= 1
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && offset.abs() < 24 * 60;
    if !exists {
        return Err("there is no such time");
    }
    let seconds = (hour * 60 + minute - offset) * 60 + second;
    Ok(days(year, month, day) * DAY + seconds * 1_000_000 + micros)
}

/// A time as the log writes it, to the microsecond.
pub(super) fn write(micros: i64) -> Option<String> {
    let whole = write_seconds(micros.div_euclid(1_000_000))?;
    Some(format!("{}.{:06}Z", whole.trim_end_matches('Z'), micros.rem_euclid(1_000_000)))
}

/// A time to the second; none outside of the years 1 to 9999.
pub(super) fn write_seconds(seconds: i64) -> Option<String> {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let rest = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    (1..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// The microseconds that it is now.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970, counted in eras of 400 years that begin on 1 March, so that the leap day is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_whatever_their_offset() {
        let same = [
            "2026-11-22T18:30:00.5Z",
            "2026-11-22t19:30:00.500000+01:00",
            "2026-11-22 16:00:00.5000009-02:30",
        ];
        for text in same {
            assert_eq!(parse(text).map(write), Ok(Some("2026-11-22T18:30:00.500000Z".to_owned())), "{text}");
        }
        assert_eq!(parse("1970-01-01T00:00:00Z"), Ok(0));
        // Without an offset they are in UTC.
        assert_eq!(parse("1970-01-01T00:00:01"), Ok(1_000_000));
        assert_eq!(parse("1970-01-02"), Ok(DAY));
        assert_eq!(parse("2000-02-29T00:00:00Z"), Ok(951_782_400_000_000));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-11-2",
            "2026-11-22T",
            "2026-11-22Z",
            "2026-02-29",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+1:00",
            "２０２６-01-01T00:00:00Z",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_day_is_written_as_it_is_read() {
        for day in (-700_000..2_900_000).step_by(17) {
            if let Some(text) = write_seconds(day * 86_400) {
                assert_eq!(parse(&text), Ok(day * DAY), "{text}");
            }
        }
    }
}
