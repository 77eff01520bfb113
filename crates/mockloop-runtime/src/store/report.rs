//! All numbers about a part of the log.

use super::LogStore;
use super::buckets::time_part;
use super::callers::{callers, response_sizes, sessions, validation};
use super::connection::text;
use super::error::{Failure, StoreError};
use super::filter::Filter;
use super::project::Operation;
use super::shared::{CONSTANTS, sql};
use super::source::{Plan, Source};
use super::spread::{float, ms, rate};
use super::time;
use super::traffic::Traffic;
use crate::admin::models::{
    AgentNumbers, Analysis, ClientNumbers, EndpointNumbers, ErrorNumbers, Group, MethodNumbers, Patterns,
    Performance, SessionNumbers, SizeNumbers, StatusNumbers, TimeRange, ValidationNumbers,
};
use crate::generated::Map;

/// What was asked and answered.
struct Half {
    total: i64,
    time_range: TimeRange,
    methods: MethodNumbers,
    status_codes: StatusNumbers,
    endpoints: EndpointNumbers,
    performance: Performance,
    errors: ErrorNumbers,
}

/// Who asked, and the rest.
struct Rest {
    sessions: SessionNumbers,
    user_agents: AgentNumbers,
    clients: ClientNumbers,
    patterns: Patterns,
    response_sizes: SizeNumbers,
    validation: ValidationNumbers,
    groups: Option<Vec<Group>>,
}

/// Everything but what the caller knows: the filters that were asked for, and the insights.
pub(super) fn analysis(
    store: &LogStore,
    filter: &Filter,
    group_by: Option<&str>,
) -> Result<Analysis, StoreError> {
    let plan = store.read(|opened| Plan::new(opened, filter))?;
    let traffic = |source: &Source<'_>| half(source, store.operations());
    let others = |source: &Source<'_>| rest(source, group_by);
    let (half, rest) = if plan.picks {
        store.read(|opened| {
            let source = Source::new(opened, &plan)?;
            Ok((traffic(&source)?, others(&source)?))
        })?
    } else {
        // Two halves that take about as long, on two connections.
        std::thread::scope(|scope| {
            let other = scope.spawn(|| store.read(|opened| others(&Source::new(opened, &plan)?)));
            let half = store.read(|opened| traffic(&Source::new(opened, &plan)?));
            let rest = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok((half?, rest?))
        })?
    };
    Ok(Analysis {
        total_requests: half.total,
        analysis_timestamp: time::write(time::now()).unwrap_or_default(),
        filters_applied: Map::new(),
        time_range: half.time_range,
        methods: half.methods,
        status_codes: half.status_codes,
        endpoints: half.endpoints,
        performance: half.performance,
        errors: half.errors,
        sessions: rest.sessions,
        user_agents: rest.user_agents,
        clients: rest.clients,
        patterns: rest.patterns,
        response_sizes: rest.response_sizes,
        validation: rest.validation,
        groups: rest.groups,
        insights: Vec::new(),
    })
}

fn half(source: &Source<'_>, operations: &[Operation]) -> Result<Half, Failure> {
    let traffic = Traffic::gather(source, true)?;
    let (time_range, hours) = time_part(source, &traffic)?;
    Ok(Half {
        total: traffic.total,
        time_range,
        methods: traffic.method_part(),
        status_codes: traffic.status_part(),
        endpoints: traffic.endpoint_part(operations)?,
        performance: traffic.performance_part(),
        errors: traffic.error_part(&hours),
    })
}

fn rest(source: &Source<'_>, group_by: Option<&str>) -> Result<Rest, Failure> {
    let callers = callers(source)?;
    Ok(Rest {
        response_sizes: response_sizes(source)?,
        sessions: sessions(source)?,
        user_agents: callers.agents,
        clients: callers.clients,
        patterns: callers.patterns,
        validation: validation(source)?,
        groups: group_by.map(|by| groups(source, by)).transpose()?,
    })
}

/// The most important numbers of each group, the largest first.
fn groups(source: &Source<'_>, by: &str) -> Result<Vec<Group>, Failure> {
    let order = sql(if by == "hour" { "groups.order_of_hours" } else { "groups.order" }, &[]);
    let key = sql(&format!("group.{by}"), &[]);
    source.all("groups", &[("key", &key), ("order", &order), ("limit", &CONSTANTS.groups)], &[], |row| {
        let (count, errors, spent): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let time = |column| Ok::<_, Failure>(row.get::<_, Option<i64>>(column)?.map(float).map(ms));
        Ok(Group {
            key: text(row, 0)?,
            count,
            errors,
            error_rate: rate(errors, count),
            average_ms: Some(ms(float(spent) / float(count))),
            min_ms: time(4)?,
            max_ms: time(5)?,
        })
    })
}
