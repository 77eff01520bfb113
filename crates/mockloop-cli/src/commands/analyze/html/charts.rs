//! The charts of the page, as places and sizes within their frames.

use mockloop_runtime::admin::models::{Bucket, Performance, StatusNumbers, TimeRange};
use serde::Serialize;

use crate::commands::analyze::figures::{number, percent, requests, time};
use crate::terminal::printable;

/// The frame of bars: half of a page, where two are beside each other.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 140.0;

/// Upright bars beside each other, each with a part that stands out.
#[derive(Serialize)]
pub(super) struct Bars {
    width: f64,
    height: f64,
    /// What the highest bar stands for.
    most: String,
    first: String,
    last: String,
    all: Vec<Bar>,
}

#[derive(Serialize)]
struct Bar {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    /// Of the part that stands out, at the foot of the bar.
    marked_y: f64,
    marked: f64,
    label: String,
    told: String,
}

/// Shares of a whole in one lying bar.
#[derive(Serialize)]
pub(super) struct Mix {
    width: f64,
    shares: Vec<Share>,
}

#[derive(Serialize)]
struct Share {
    x: f64,
    width: f64,
    class: &'static str,
    name: &'static str,
    told: String,
}

/// Requests over time, errors marked.
pub(super) fn traffic(range: &TimeRange) -> Bars {
    let buckets = range.buckets.iter().map(|bucket| {
        let start = printable(&time(&bucket.start)).into_owned();
        let told =
            format!("{start}: {}, {} of them errors", requests(bucket.requests), number(bucket.errors));
        (bucket.requests, bucket.errors, String::new(), told)
    });
    let mut bars = bars(buckets.collect());
    let end = |bucket: Option<&Bucket>| {
        bucket.map(|bucket| printable(&time(&bucket.start)).into_owned()).unwrap_or_default()
    };
    (bars.first, bars.last) = (end(range.buckets.first()), end(range.buckets.last()));
    bars
}

/// Requests by how long they took.
pub(super) fn durations(performance: &Performance) -> Bars {
    let steps = performance.histogram.iter().map(|step| {
        let (label, unit) = match step.le_ms {
            None => ("more".to_owned(), ""),
            Some(ms) if ms >= 1000.0 => (format!("{} s", ms / 1000.0), ""),
            Some(ms) => (ms.to_string(), " ms"),
        };
        let told = match step.le_ms {
            None => format!("longer: {}", requests(step.count)),
            Some(_) => format!("up to {label}{unit}: {}", requests(step.count)),
        };
        (step.count, 0, label, told)
    });
    bars(steps.collect())
}

/// Requests by class of status.
pub(super) fn statuses(numbers: &StatusNumbers) -> Mix {
    const CLASSES: [(&str, &str, &str); 7] = [
        ("success_2xx", "good", "2xx"),
        ("redirection_3xx", "calm", "3xx"),
        ("informational_1xx", "calm", "1xx"),
        ("client_error_4xx", "warn", "4xx"),
        ("server_error_5xx", "bad", "5xx"),
        ("aborted", "bad", "aborted"),
        ("other", "calm", "other"),
    ];
    let counted =
        CLASSES.map(|(key, class, name)| (numbers.categories.get(key).copied().unwrap_or(0), class, name));
    let total: i64 = counted.iter().map(|(count, ..)| count).sum();
    let mut x = 0.0;
    let shares = counted.into_iter().filter(|(count, ..)| *count > 0).map(|(count, class, name)| {
        let share = ratio(count, total);
        let width = share * WIDTH;
        let told = format!("{name}: {}, {}", requests(count), percent(Some(share)));
        let share = Share { x: short(x), width: short(width), class, name, told };
        x += width;
        share
    });
    Mix { width: WIDTH, shares: shares.collect() }
}

/// Of count, how many of it are marked, label and what is told of each.
pub(super) fn bars(values: Vec<(i64, i64, String, String)>) -> Bars {
    let most = values.iter().map(|(count, ..)| *count).max().unwrap_or(0);
    let step = WIDTH / (0..values.len()).fold(0.0, |width, _| width + 1.0_f64).max(1.0);
    let gap = if step > 12.0 { 2.0 } else { step / 6.0 };
    let mut x = 0.0;
    let bars = values.into_iter().map(|(count, marked, label, told)| {
        let (height, marked) = (ratio(count, most) * HEIGHT, ratio(marked, most) * HEIGHT);
        let bar = Bar {
            x: short(x),
            y: short(HEIGHT - height),
            width: short(step - gap),
            height: short(height),
            marked_y: short(HEIGHT - marked),
            marked: short(marked),
            label,
            told,
        };
        x += step;
        bar
    });
    Bars {
        width: WIDTH,
        height: HEIGHT,
        most: number(most),
        first: String::new(),
        last: String::new(),
        all: bars.collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "of a chart no more can be seen")]
fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Tenths of a pixel.
fn short(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
