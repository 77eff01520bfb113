//! Numbers as people read them.

use mockloop_runtime::admin::models::{Analysis, InsightSeverity, TimeRange};
use serde_json::Value;

use crate::terminal::count;

/// What stands for a number that is not there.
pub(super) const NONE: &str = "–";

/// `1,234`
pub(super) fn number(number: i64) -> String {
    let digits = usize::try_from(number).unwrap_or(0);
    count(digits, "").trim_end_matches([' ', 's']).to_owned()
}

/// `1,234 requests`
pub(super) fn requests(number: i64) -> String {
    count(usize::try_from(number).unwrap_or(0), "request")
}

/// `0.42 ms`, `12.3 ms`, `1.25 s`
pub(super) fn duration(ms: Option<f64>) -> String {
    match ms {
        None => NONE.to_owned(),
        Some(ms) if ms < 1.0 => format!("{ms:.2} ms"),
        Some(ms) if ms < 100.0 => format!("{ms:.1} ms"),
        Some(ms) if ms < 1000.0 => format!("{ms:.0} ms"),
        Some(ms) if ms < 100_000.0 => format!("{:.2} s", ms / 1000.0),
        Some(ms) => format!("{:.0} s", ms / 1000.0),
    }
}

/// `12.5 %`
pub(super) fn percent(share: Option<f64>) -> String {
    match share {
        None => NONE.to_owned(),
        Some(share) if share > 0.0 && share < 0.001 => "< 0.1 %".to_owned(),
        Some(share) if share < 1.0 && share > 0.999 => "> 99.9 %".to_owned(),
        Some(share) => format!("{} %", short(share * 100.0)),
    }
}

/// `0.25/s`
pub(super) fn rate(per_second: Option<f64>) -> String {
    match per_second {
        None => NONE.to_owned(),
        Some(rate) if rate < 1.0 => format!("{rate:.2}/s"),
        Some(rate) => format!("{}/s", short(rate)),
    }
}

/// `at most 45 within 2 s`: the bucket with the most requests. Its rate would be below that of a shorter time.
pub(super) fn peak(range: &TimeRange) -> Option<String> {
    let most = range.peak.as_ref()?.requests;
    let (size, unit) = match range.bucket_seconds {
        seconds if seconds < 60.0 => (seconds, "s"),
        seconds if seconds < 3600.0 => (seconds / 60.0, "min"),
        seconds => (seconds / 3600.0, "h"),
    };
    Some(format!("at most {} within {size} {unit}", number(most)))
}

/// `512 B`, `1.5 KiB`
pub(super) fn bytes(bytes: Option<f64>) -> String {
    let Some(mut size) = bytes else { return NONE.to_owned() };
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1024.0 {
            return format!("{} {unit}", short(size));
        }
        size /= 1024.0;
    }
    format!("{} TiB", short(size))
}

/// A time down to seconds, without the date's separator.
pub(super) fn time(text: &str) -> String {
    text.get(..19).unwrap_or(text).replace('T', " ")
}

/// What the filters were, as `status=5xx, tag=pets`; nothing where there were none.
pub(super) fn filters(analysis: &Analysis) -> Option<String> {
    let written = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts =
                values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            texts.collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    };
    let told = analysis.filters_applied.iter();
    let told = told
        .filter(|(name, value)| *name != "group_by" && !matches!(value, Value::Bool(false) | Value::Null));
    let told: Vec<String> = told.map(|(name, value)| format!("{name}={}", written(value))).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// The word for it.
pub(super) fn severity(severity: InsightSeverity) -> &'static str {
    match severity {
        InsightSeverity::Critical => "critical",
        InsightSeverity::Warning => "warning",
        InsightSeverity::Info => "info",
    }
}

/// One digit behind the point, where it says anything.
fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        assert_eq!([0, 1, 1_234_567].map(number), ["0", "1", "1,234,567"]);
        assert_eq!(
            [0.1234, 12.34, 123.4, 1234.0].map(|ms| duration(Some(ms))),
            ["0.12 ms", "12.3 ms", "123 ms", "1.23 s"]
        );
        assert_eq!(
            [0.0, 0.0001, 0.125, 0.9999, 1.0].map(|share| percent(Some(share))),
            ["0 %", "< 0.1 %", "12.5 %", "> 99.9 %", "100 %"]
        );
        assert_eq!([512.0, 1536.0, 5e9].map(|size| bytes(Some(size))), ["512 B", "1.5 KiB", "4.7 GiB"]);
        assert_eq!(duration(None), NONE);
    }
}
