//! Requests over time.

use std::collections::HashMap;

use super::connection::text;
use super::error::Failure;
use super::shared::CONSTANTS;
use super::source::Source;
use super::spread::float;
use super::tally::Tally;
use super::time;
use super::traffic::Traffic;
use crate::admin::models::{Bucket, TimeRange};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// Over time; and the errors by hour.
pub(super) fn time_part(
    source: &Source<'_>,
    traffic: &Traffic<'_>,
) -> Result<(TimeRange, Tally<String>), Failure> {
    let (Some(earliest), Some(latest)) = (&traffic.earliest, &traffic.latest) else {
        return Ok((empty(), Tally::default()));
    };
    let (first, last) = (moment(earliest)?, moment(latest)?);
    let micros = last - first;
    let seconds = float(micros) / float(SECOND);
    let grain = CONSTANTS.grains.iter().rev().find(|grain| seconds >= f64::from(grain.from_seconds));
    let (characters, width) = grain.map_or((19, 1), |grain| (grain.characters, grain.seconds));
    let step = step(seconds, width);
    let mut hours = Tally::default();
    let mut counted: HashMap<i64, (i64, i64)> = HashMap::new();
    source.all("times", &[("width", &characters)], &[], |row| {
        let start = text(row, 0)?.unwrap_or_default();
        let (count, errors): (i64, i64) = (row.get(1)?, row.get(2)?);
        if errors > 0 {
            hours.add(start.chars().take(13).collect(), errors);
        }
        let bucket = counted.entry(start_of(moment(&completed(&start))?, step)).or_default();
        *bucket = (bucket.0 + count, bucket.1 + errors);
        Ok(())
    })?;
    let mut buckets = Vec::new();
    let mut start = start_of(first, step);
    while start <= start_of(last, step) {
        let (requests, errors) = counted.get(&start).copied().unwrap_or_default();
        buckets.push(Bucket {
            start: time::write_seconds(start).unwrap_or_default(),
            requests,
            errors,
            requests_per_second: float(requests) / float(step),
        });
        start += step;
    }
    let most = buckets.iter().map(|bucket| bucket.requests).max();
    let range = TimeRange {
        earliest: Some(earliest.clone()),
        latest: Some(latest.clone()),
        duration_seconds: seconds,
        duration_human: human(micros),
        requests_per_second: (micros > 0).then(|| float(traffic.total) / seconds),
        peak: buckets.iter().find(|bucket| Some(bucket.requests) == most).cloned(),
        bucket_seconds: float(step),
        buckets,
    };
    Ok((range, hours))
}

/// The microseconds of a time in the log.
pub(super) fn moment(text: &str) -> Result<i64, Failure> {
    time::parse(text).map_err(|why| Failure::Damaged(format!("the time {text:?}: {why}")))
}

/// A time that was cut, down to hours at most, as a whole one.
fn completed(text: &str) -> String {
    let rest = "0000-01-01T00:00:00".get(text.len()..).unwrap_or_default();
    format!("{text}{rest}Z")
}

/// The width of buckets, in seconds: the smallest of the usual ones with which there are few enough.
fn step(seconds: f64, grain: u32) -> i64 {
    let most = f64::from(CONSTANTS.buckets - 1);
    let usual = CONSTANTS.bucket_seconds.iter();
    let fits = usual.copied().find(|step| *step >= grain && seconds / f64::from(*step) < most);
    #[expect(clippy::cast_possible_truncation, reason = "times have years of four digits")]
    fits.map_or_else(|| DAY * (1 + (seconds / float(DAY) / most) as i64), i64::from)
}

fn start_of(micros: i64, step: i64) -> i64 {
    micros.div_euclid(SECOND).div_euclid(step) * step
}

/// A time span for reading, of microseconds.
fn human(micros: i64) -> String {
    let mut rest = micros / SECOND;
    let mut parts = Vec::new();
    for (name, size) in [("d", DAY), ("h", 3600), ("min", 60), ("s", 1)] {
        if rest >= size {
            parts.push(format!("{} {name}", rest / size));
        }
        rest %= size;
    }
    parts.truncate(2);
    if parts.is_empty() { format!("{:.0} ms", float(micros) / 1e6 * 1000.0) } else { parts.join(" ") }
}

fn empty() -> TimeRange {
    TimeRange {
        earliest: None,
        latest: None,
        duration_seconds: 0.0,
        duration_human: human(0),
        requests_per_second: None,
        peak: None,
        bucket_seconds: 1.0,
        buckets: Vec::new(),
    }
}
