//! What was asked and answered: operations, methods, statuses, errors.

use std::cmp::Reverse;

use indexmap::IndexMap;
use rusqlite::types::Value;

use super::connection::text;
use super::error::Failure;
use super::project::Operation;
use super::shared::{CONSTANTS, sql};
use super::source::Source;
use super::spread::{Spread, float, ms, performance, rate};
use super::tally::Tally;
use crate::admin::models::{
    Coverage, Endpoint, EndpointNumbers, ErrorNumbers, ErrorTimes, MethodNumbers, Performance, StatusNumbers,
    UndocumentedCall,
};

/// From this status on a request is an error.
const ERROR: i64 = 400;

/// Gathered in one pass, by operation and status, then told in parts.
pub(super) struct Traffic<'a> {
    source: &'a Source<'a>,
    pub(super) total: i64,
    pub(super) earliest: Option<String>,
    pub(super) latest: Option<String>,
    statuses: Tally<Option<i64>>,
    methods: Tally<String>,
    method_errors: Tally<String>,
    first_error: Option<String>,
    last_error: Option<String>,
    endpoints: IndexMap<Option<String>, Called>,
}

/// An operation that was called, or what is beside the description.
#[derive(Default)]
struct Called {
    count: i64,
    errors: i64,
    spread: Spread,
}

impl<'a> Traffic<'a> {
    /// Looks at all rows; and at the times of each operation, where they are wanted.
    pub(super) fn gather(source: &'a Source<'a>, with_times: bool) -> Result<Self, Failure> {
        let none: Tally<String> = CONSTANTS.methods.iter().map(|method| (method.clone(), 0)).collect();
        let mut traffic = Self {
            source,
            total: 0,
            earliest: None,
            latest: None,
            statuses: Tally::default(),
            methods: none.clone(),
            method_errors: none,
            first_error: None,
            last_error: None,
            endpoints: IndexMap::new(),
        };
        let mut mixed = Vec::new();
        source.all("traffic", &[], &[], |row| {
            let (operation, status, count) = (text(row, 0)?, row.get::<_, Option<i64>>(1)?, row.get(2)?);
            let is_error = status >= Some(ERROR);
            traffic.total += count;
            traffic.statuses.add(status, count);
            match (text(row, 5)?, text(row, 6)?) {
                (Some(method), Some(other)) if method == other => {
                    traffic.add_method(&method, count, is_error);
                }
                _ => mixed.push((operation.clone(), status)),
            }
            let called = traffic.endpoints.entry(operation).or_default();
            called.count += count;
            called.errors += if is_error { count } else { 0 };
            let (first, last) = (text(row, 3)?, text(row, 4)?);
            if is_error {
                traffic.first_error = earlier(traffic.first_error.take(), first.clone());
                traffic.last_error = traffic.last_error.take().max(last.clone());
            }
            traffic.earliest = earlier(traffic.earliest.take(), first);
            traffic.latest = traffic.latest.take().max(last);
            Ok(())
        })?;
        for (operation, status) in mixed {
            traffic.gather_methods(operation, status)?;
        }
        if traffic.methods.total() < traffic.total {
            traffic.gather_odd_methods()?;
        }
        traffic.methods = traffic.methods.without_none();
        for (operation, called) in traffic.endpoints.iter_mut().filter(|_| with_times) {
            let name = operation.clone().map_or(Value::Null, Value::Text);
            called.spread = source.spread("durations", &[("operation", name)])?;
        }
        Ok(traffic)
    }

    fn gather_methods(&mut self, operation: Option<String>, status: Option<i64>) -> Result<(), Failure> {
        let counts = CONSTANTS.methods.iter().map(|method| sql("traffic.method", &[("method", method)]));
        let counts = counts.collect::<Vec<_>>().join(", ");
        let operation = operation.map_or(Value::Null, Value::Text);
        let group = [("operation", operation), ("status", status.map_or(Value::Null, Value::Integer))];
        let found = self.source.one_of("traffic.methods", &[("counts", &counts)], &group, |row| {
            (0..CONSTANTS.methods.len())
                .map(|place| Ok(row.get(place)?))
                .collect::<Result<Vec<i64>, Failure>>()
        })?;
        for (method, count) in CONSTANTS.methods.iter().zip(found) {
            self.add_method(method, count, status >= Some(ERROR));
        }
        Ok(())
    }

    /// Odd ones are counted later, as far as they matter.
    fn add_method(&mut self, method: &String, count: i64, is_error: bool) {
        if CONSTANTS.methods.contains(method) {
            self.methods.add(method.clone(), count);
            self.method_errors.add(method.clone(), if is_error { count } else { 0 });
        }
    }

    fn gather_odd_methods(&mut self) -> Result<(), Failure> {
        let known: Vec<String> = CONSTANTS.methods.iter().map(|method| format!("'{method}'")).collect();
        let parts: [(&str, &dyn std::fmt::Display); 2] =
            [("known", &known.join(", ")), ("most", &CONSTANTS.odd_methods)];
        let odd = self.source.all("odd_methods", &parts, &[], |row| {
            Ok((text(row, 0)?.unwrap_or_default(), row.get(1)?, row.get(2)?))
        })?;
        for (method, count, errors) in odd {
            self.methods.add(method.clone(), count);
            self.method_errors.add(method, errors);
        }
        Ok(())
    }

    /// By method.
    pub(super) fn method_part(&self) -> MethodNumbers {
        let reads: i64 = CONSTANTS.reading_methods.iter().map(|method| self.methods.of(method)).sum();
        let writes = self.total - reads;
        MethodNumbers {
            distribution: self.methods.counts(),
            percentages: self.methods.shares(self.total),
            most_common: self.methods.most(),
            read_write_ratio: (writes > 0).then(|| float(reads) / float(writes)),
        }
    }

    /// By status.
    pub(super) fn status_part(&self) -> StatusNumbers {
        let known = self.known_statuses(i64::MIN);
        let mut classes: Tally<String> =
            CONSTANTS.status_classes.values().map(|name| (name.clone(), 0)).collect();
        for (status, count) in self.statuses.iter() {
            let class =
                status.map(|status| CONSTANTS.status_classes.get(&status.div_euclid(100).to_string()));
            let class = class.map_or("aborted", |class| class.map_or("other", String::as_str));
            classes.add(class.to_owned(), count);
        }
        let good = self
            .statuses
            .iter()
            .filter(|(status, _)| status.is_some_and(|status| (200..400).contains(&status)));
        let good = good.map(|(_, count)| count).sum();
        StatusNumbers {
            distribution: known.counts(),
            percentages: known.shares(self.total),
            categories: classes.iter().map(|(name, count)| (name.clone(), count)).collect(),
            success_rate: rate(good, self.total),
            error_rate: rate(self.errors(), self.total),
            most_common: known.most(),
        }
    }

    /// By operation, and what is beside the description.
    pub(super) fn endpoint_part(&self, operations: &[Operation]) -> Result<EndpointNumbers, Failure> {
        let called = |operation: &Operation| self.endpoints.get(&Some(operation.id.clone()));
        let mut listed: Vec<Endpoint> = operations
            .iter()
            .filter_map(|operation| Some(self.endpoint(operation, called(operation)?)))
            .collect();
        listed.sort_by_key(|endpoint| Reverse(endpoint.count));
        let (known, found) = (number(operations.len()), number(listed.len()));
        Ok(EndpointNumbers {
            total_unique_endpoints: found,
            most_accessed: listed.first().map(|endpoint| endpoint.operation_id.clone()),
            by_endpoint: listed,
            coverage: Coverage { operations: known, called: found, share: rate(found, known) },
            unused_operations: operations
                .iter()
                .filter(|operation| called(operation).is_none())
                .map(|operation| operation.id.clone())
                .collect(),
            undocumented: self.undocumented()?,
        })
    }

    fn endpoint(&self, operation: &Operation, called: &Called) -> Endpoint {
        let spread = &called.spread;
        let percentile = |percent| spread.percentile(percent).map(ms);
        Endpoint {
            method: operation.method.clone(),
            path: operation.path.clone(),
            operation_id: operation.id.clone(),
            count: called.count,
            percentage: rate(called.count, self.total),
            errors: called.errors,
            error_rate: rate(called.errors, called.count),
            average_ms: spread.mean().map(ms),
            min_ms: spread.least().map(float).map(ms),
            max_ms: spread.most().map(float).map(ms),
            p50_ms: percentile(50),
            p90_ms: percentile(90),
            p95_ms: percentile(95),
            p99_ms: percentile(99),
        }
    }

    fn undocumented(&self) -> Result<Vec<UndocumentedCall>, Failure> {
        if !self.endpoints.contains_key(&None) {
            return Ok(Vec::new());
        }
        self.source.all("undocumented", &[("most", &CONSTANTS.undocumented)], &[], |row| {
            Ok(UndocumentedCall {
                method: text(row, 0)?.unwrap_or_default(),
                path: text(row, 1)?.unwrap_or_default(),
                status_code: row.get(2)?,
                count: row.get(3)?,
            })
        })
    }

    /// How long requests took.
    pub(super) fn performance_part(&self) -> Performance {
        performance(&Spread::merged(self.endpoints.values().map(|called| &called.spread)))
    }

    /// What failed, where and when; errors by hour come from the times.
    pub(super) fn error_part(&self, hours: &Tally<String>) -> ErrorNumbers {
        // An operation may be called like what stands for none; the last one counts then.
        let failing: IndexMap<String, i64> = self
            .endpoints
            .iter()
            .map(|(operation, called)| {
                (operation.clone().unwrap_or_else(|| "(undocumented)".to_owned()), called.errors)
            })
            .collect();
        let failing: Tally<String> = failing.into_iter().collect();
        let mut by_hour: Vec<(String, i64)> =
            hours.iter().map(|(hour, count)| (hour.clone(), count)).collect();
        by_hour.sort();
        let told = by_hour.len().saturating_sub(CONSTANTS.error_hours);
        ErrorNumbers {
            total_errors: self.errors(),
            error_rate: rate(self.errors(), self.total),
            by_status_code: self.known_statuses(ERROR).counts(),
            by_endpoint: failing
                .without_none()
                .descending()
                .into_iter()
                .take(CONSTANTS.failing_endpoints)
                .collect(),
            by_method: self.method_errors.without_none().counts(),
            time_distribution: ErrorTimes {
                first_error: self.first_error.clone(),
                last_error: self.last_error.clone(),
                hourly_distribution: by_hour.into_iter().skip(told).collect(),
                peak_error_hour: hours.most(),
            },
        }
    }

    /// How many requests were answered by an error.
    fn errors(&self) -> i64 {
        self.known_statuses(ERROR).total()
    }

    fn known_statuses(&self, from: i64) -> Tally<String> {
        let known = self.statuses.iter().filter_map(|(status, count)| Some(((*status)?, count)));
        known
            .filter(|(status, _)| *status >= from)
            .map(|(status, count)| (status.to_string(), count))
            .collect()
    }
}

/// The earlier of two times.
fn earlier(one: Option<String>, other: Option<String>) -> Option<String> {
    [one, other].into_iter().flatten().min()
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
