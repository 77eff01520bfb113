//! Times as people give them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time as the admin API takes it: RFC 3339 or a date as it is, or so long ago (`30s`, `10m`, `2h`, `7d`).
pub(in crate::commands) fn moment(text: &str) -> Result<String, String> {
    if text.contains('-') {
        // The mock knows the calendar, and says what is wrong with it.
        return Ok(text.to_owned());
    }
    let wrong = || "neither a time as in RFC 3339 nor so long ago, such as 10m".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let number: u64 = text.strip_suffix(unit).and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let ago = Duration::from_secs(number.saturating_mul(seconds));
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(written(since.saturating_sub(ago)))
}

/// A time since 1970 in RFC 3339.
fn written(since: Duration) -> String {
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let millis = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// The date of a day since 1970, counted in years that begin in March, so that a leap day is their last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carried) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + carried, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_by_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (1_796_000_000, "2026-11-30T00:53:20.000Z"),
        ] {
            assert_eq!(written(Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in ["", "m", "10", "10w", "tomorrow", "ä", "1ä"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
        assert_eq!(moment("2026-11-28").as_deref(), Ok("2026-11-28"));
        assert_eq!(moment("2026-11-28T15:00:00Z").as_deref(), Ok("2026-11-28T15:00:00Z"));
        assert!(moment("99999999999999999d").is_ok_and(|time| time.starts_with("1970")));
    }
}
