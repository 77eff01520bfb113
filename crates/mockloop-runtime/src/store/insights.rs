//! What is remarkable about the numbers: rules, each with its evidence and one thing to do.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::connection::{Opened, Values, text};
use super::error::Failure;
use super::given::word;
use super::shared::{INSIGHTS, filled, sql};
use super::spread::float;
use crate::admin::models::{Analysis, Insight, Thresholds};
use crate::generated::{Map, Value};

/// How the engine writes a query: as Python's `urlencode`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The thresholds that are set for a mock; what is not set has its default.
pub(super) fn thresholds(opened: &Opened) -> Result<Thresholds, Failure> {
    let name = rusqlite::types::Value::Text("insight_thresholds".to_owned());
    let values = Values::from([("name".to_owned(), name)]);
    let stored = opened.first(&sql("setting", &[]), &values, |row| text(row, 0))?.flatten();
    let damaged =
        |error: serde_json::Error| Failure::Damaged(format!("thresholds that can't be read: {error}"));
    let stored: Map<String, Value> =
        stored.map(|text| serde_json::from_str(&text)).transpose().map_err(damaged)?.unwrap_or_default();
    let all: serde_json::Map<String, Value> = INSIGHTS.thresholds.clone().into_iter().chain(stored).collect();
    serde_json::from_value(all.into()).map_err(damaged)
}

/// The insights that an analysis allows, the gravest first; `asked` is the filter of it.
pub(super) fn insights(analysis: &Analysis, asked: &Map<String, Value>, limits: &Thresholds) -> Vec<Insight> {
    if analysis.total_requests < limits.min_requests.unwrap_or(0).max(1) {
        return Vec::new();
    }
    let teller = Teller { analysis, limits, asked };
    let found = [
        teller.server_errors(),
        teller.errors(),
        teller.invalid(),
        teller.undocumented(),
        teller.slow(),
        teller.tail(),
        teller.dominant(),
        teller.client(),
        teller.unused(),
        teller.large(),
        teller.bots(),
    ];
    let mut found: Vec<Insight> = found.into_iter().flatten().collect();
    found.sort_by_key(|insight| {
        INSIGHTS.severities.iter().position(|known| *known == word(&insight.severity))
    });
    found
}

struct Teller<'a> {
    analysis: &'a Analysis,
    limits: &'a Thresholds,
    asked: &'a Map<String, Value>,
}

impl Teller<'_> {
    fn server_errors(&self) -> Option<Insight> {
        let count = self.analysis.status_codes.categories.get("server_error_5xx").copied().unwrap_or(0);
        let share = self.share(count);
        let mut evidence = json!({
            "server_errors": count, "total_requests": self.analysis.total_requests, "rate": share,
        });
        self.add_worst(&mut evidence);
        let is_told = count > 0 && share >= self.limits.server_error_rate?;
        is_told.then(|| self.tell("server-errors", evidence, "", &[("share", &percent(share))]))?
    }

    fn errors(&self) -> Option<Insight> {
        let errors = &self.analysis.errors;
        let rate = errors.error_rate?;
        let mut evidence = json!({
            "errors": errors.total_errors, "total_requests": self.analysis.total_requests, "rate": rate,
            "by_status_code": errors.by_status_code,
        });
        self.add_worst(&mut evidence);
        let is_told = rate >= self.limits.error_rate?;
        is_told.then(|| self.tell("high-error-rate", evidence, "", &[("share", &percent(rate))]))?
    }

    fn invalid(&self) -> Option<Insight> {
        let validation = &self.analysis.validation;
        let (count, share) = (validation.total_failures, self.share(validation.total_failures));
        let worst: Vec<_> = validation.by_parameter.iter().take(5).collect();
        let is_told = count > 0 && share >= self.limits.validation_rate?;
        let evidence = json!({"failures": count, "by_parameter": worst});
        is_told.then(|| self.tell("invalid-requests", evidence, "", &[("share", &percent(share))]))?
    }

    fn undocumented(&self) -> Option<Insight> {
        let endpoints = &self.analysis.endpoints;
        let known: i64 = endpoints.by_endpoint.iter().map(|each| each.count).sum();
        let with_admin = self.analysis.filters_applied.get("include_admin") == Some(&Value::Bool(true));
        let admin = if with_admin { self.analysis.patterns.admin_usage } else { 0 };
        let count = self.analysis.total_requests - known - admin;
        let share = self.share(count);
        let paths: Vec<_> = endpoints.undocumented.iter().take(5).collect();
        let is_told = count > 0 && share >= self.limits.undocumented_rate?;
        let evidence = json!({"count": count, "paths": paths});
        is_told.then(|| self.tell("undocumented-calls", evidence, "", &[("share", &percent(share))]))?
    }

    fn slow(&self) -> Option<Insight> {
        let (average, p95) = (self.analysis.performance.average_ms?, self.analysis.performance.p95_ms?);
        let mut slowest: Option<&crate::admin::models::Endpoint> = None;
        for each in &self.analysis.endpoints.by_endpoint {
            if slowest.is_none_or(|known| each.average_ms.unwrap_or(0.0) > known.average_ms.unwrap_or(0.0)) {
                slowest = Some(each);
            }
        }
        let evidence = json!({
            "average_ms": average, "p95_ms": p95,
            "slowest_endpoint": slowest.map(|each| &each.operation_id),
            "slowest_average_ms": slowest.and_then(|each| each.average_ms),
        });
        let is_told = average >= self.limits.slow_average_ms? || p95 >= self.limits.slow_p95_ms?;
        let shown: [(&str, &dyn Display); 2] =
            [("average", &format!("{average:.0}")), ("p95", &format!("{p95:.0}"))];
        is_told.then(|| self.tell("slow-responses", evidence, &format!("{p95:?}"), &shown))?
    }

    fn tail(&self) -> Option<Insight> {
        let (median, p99) = (self.analysis.performance.median_ms?, self.analysis.performance.p99_ms?);
        let evidence = json!({"median_ms": median, "p99_ms": p99});
        // A fast median makes any tail look long.
        let is_told = median > 1.0 && p99 >= self.limits.tail_ratio? * median;
        let times = format!("{:.0}", p99 / median);
        is_told.then(|| self.tell("long-tail", evidence, &format!("{p99:?}"), &[("times", &times)]))?
    }

    fn dominant(&self) -> Option<Insight> {
        let [top, _, ..] = self.analysis.endpoints.by_endpoint.as_slice() else { return None };
        let share = top.percentage?;
        let evidence = json!({"operation_id": top.operation_id, "count": top.count});
        let is_told = share > self.limits.dominant_share?;
        is_told.then(|| {
            self.tell("dominant-endpoint", evidence, &top.operation_id, &[("share", &percent(share))])
        })?
    }

    fn client(&self) -> Option<Insight> {
        let clients = &self.analysis.clients;
        let top = clients.most_common.first()?;
        let name = top.name.as_deref().filter(|name| !name.is_empty())?;
        let share = self.share(top.count);
        let evidence = json!({"client": name, "count": top.count, "clients": clients.unique_clients});
        let is_told = clients.unique_clients > 1 && share > self.limits.client_share?;
        is_told.then(|| self.tell("high-volume-client", evidence, name, &[("share", &percent(share))]))?
    }

    fn unused(&self) -> Option<Insight> {
        let (unused, coverage) =
            (&self.analysis.endpoints.unused_operations, &self.analysis.endpoints.coverage);
        let count = i64::try_from(unused.len()).unwrap_or(i64::MAX);
        let is_told = count > 0 && float(count) / float(coverage.operations) >= self.limits.unused_share?;
        let listed: Vec<_> = unused.iter().take(20).collect();
        let evidence = json!({
            "operations": coverage.operations, "called": coverage.called, "share": coverage.share, "unused": listed,
        });
        let shown: [(&str, &dyn Display); 2] = [("unused", &count), ("operations", &coverage.operations)];
        is_told.then(|| self.tell("unused-operations", evidence, "", &shown))?
    }

    fn large(&self) -> Option<Insight> {
        let sizes = &self.analysis.response_sizes;
        let largest = sizes.max_bytes.unwrap_or(0);
        let evidence = json!({"max_bytes": largest, "large_responses": sizes.large_responses});
        let is_told = largest >= self.limits.large_response_bytes?;
        is_told.then(|| self.tell("large-responses", evidence, "", &[("bytes", &largest)]))?
    }

    fn bots(&self) -> Option<Insight> {
        let count = self.analysis.patterns.potential_bot_traffic;
        (count > 0).then(|| self.tell("bot-traffic", json!({"count": count}), "", &[("count", &count)]))?
    }

    /// `shown` is for the title, `value` for the title and the link.
    fn tell(
        &self,
        name: &str,
        evidence: Value,
        value: &str,
        shown: &[(&str, &dyn Display)],
    ) -> Option<Insight> {
        let rule = INSIGHTS.rules.get(name)?;
        let wanted =
            rule.search.iter().map(|(name, text)| (name.clone(), filled(text, &[("value", &value)])));
        let mut link: Map<String, String> = wanted.collect();
        // What was asked for stays: a rule's own filter is only added to it.
        link.extend(self.asked.iter().map(|(name, value)| (name.clone(), written(value))));
        let pairs: Vec<String> =
            link.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let Value::Object(evidence) = evidence else { return None };
        let mut parts: Vec<(&str, &dyn Display)> = vec![("value", &value)];
        parts.extend_from_slice(shown);
        Some(Insight {
            rule: name.to_owned(),
            severity: serde_json::from_value(Value::from(rule.severity.as_str())).ok()?,
            title: filled(&rule.title, &parts),
            evidence: evidence.into_iter().collect(),
            recommendation: rule.recommendation.clone(),
            link: if pairs.is_empty() {
                INSIGHTS.search.clone()
            } else {
                format!("{}?{}", INSIGHTS.search, pairs.join("&"))
            },
        })
    }

    fn share(&self, count: i64) -> f64 {
        float(count) / float(self.analysis.total_requests)
    }

    /// The endpoint that fails most.
    fn add_worst(&self, evidence: &mut Value) {
        let worst = self.analysis.errors.by_endpoint.first();
        if let Some(members) = evidence.as_object_mut() {
            members.insert("worst_endpoint".to_owned(), worst.map(|(name, _)| name.as_str()).into());
            members.insert("worst_endpoint_errors".to_owned(), worst.map_or(0, |(_, count)| *count).into());
        }
    }
}

/// A value as a query has it.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string().replace("%20", "+")
}

/// A share in per cent, to 3 digits, as `%.3g` writes it.
fn percent(share: f64) -> String {
    let number = share * 100.0;
    let scientific = format!("{number:.2e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let short = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..3).contains(&exponent) {
        let places = usize::try_from(2 - exponent).unwrap_or(0);
        format!("{} %", short(&format!("{number:.places$}")))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02} %", short(digits), exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_like_python_does() {
        let told = [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.125, "12.5 %"),
            (0.3333, "33.3 %"),
            (0.00999, "0.999 %"),
            (1e-7, "1e-05 %"),
            (0.99999, "100 %"),
            (0.000_012_345, "0.00123 %"),
        ];
        for (share, text) in told {
            assert_eq!(percent(share), text);
        }
    }
}
