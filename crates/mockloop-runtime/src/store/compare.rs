//! Two parts of the log beside each other.

use indexmap::{IndexMap, IndexSet};

use super::spread::float;
use crate::admin::models::{Analysis, Comparison, Difference, Endpoint, EndpointDifference, Summary};

/// How one analysis differs from another.
pub(super) fn compare(baseline: &Analysis, candidate: &Analysis) -> Comparison {
    let (before, after) = (summary(baseline), summary(candidate));
    let numbers = [
        ("total_requests", Some(float(before.total_requests)), Some(float(after.total_requests))),
        ("error_rate", before.error_rate, after.error_rate),
        ("average_ms", before.average_ms, after.average_ms),
        ("p50_ms", before.p50_ms, after.p50_ms),
        ("p95_ms", before.p95_ms, after.p95_ms),
        ("p99_ms", before.p99_ms, after.p99_ms),
        ("requests_per_second", before.requests_per_second, after.requests_per_second),
    ];
    let differences =
        numbers.into_iter().map(|(name, before, after)| (name.to_owned(), difference(before, after)));
    let [left, right] = [baseline, candidate].map(|side| -> IndexMap<&str, &Endpoint> {
        side.endpoints.by_endpoint.iter().map(|each| (each.operation_id.as_str(), each)).collect()
    });
    let names: IndexSet<&str> = left.keys().chain(right.keys()).copied().collect();
    let endpoints = names.into_iter().map(|name| {
        let sides = [left.get(name), right.get(name)];
        let [before, after] = sides.map(|side| Some(float(side.map_or(0, |each| each.count))));
        let [failed, fails] = sides.map(|side| side.and_then(|each| each.error_rate));
        let [took, takes] = sides.map(|side| side.and_then(|each| each.average_ms));
        EndpointDifference {
            operation_id: name.to_owned(),
            count: difference(before, after),
            error_rate: difference(failed, fails),
            average_ms: difference(took, takes),
        }
    });
    Comparison {
        differences: differences.collect(),
        endpoints: endpoints.collect(),
        baseline: before,
        candidate: after,
    }
}

fn summary(analysis: &Analysis) -> Summary {
    Summary {
        total_requests: analysis.total_requests,
        error_rate: analysis.errors.error_rate,
        average_ms: analysis.performance.average_ms,
        p50_ms: analysis.performance.p50_ms,
        p95_ms: analysis.performance.p95_ms,
        p99_ms: analysis.performance.p99_ms,
        requests_per_second: analysis.time_range.requests_per_second,
    }
}

fn difference(baseline: Option<f64>, candidate: Option<f64>) -> Difference {
    let change = baseline.zip(candidate).map(|(baseline, candidate)| candidate - baseline);
    let relative =
        change.zip(baseline.filter(|baseline| *baseline != 0.0)).map(|(change, whole)| change / whole);
    Difference { baseline, candidate, change, relative }
}
