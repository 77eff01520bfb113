//! Some of the numbers about a part of the log.

use super::LogStore;
use super::buckets::time_part;
use super::callers::{callers, response_sizes, sessions, validation};
use super::error::{Failure, StoreError};
use super::filter::Filter;
use super::project::Operation;
use super::source::{Plan, Source};
use super::time;
use super::traffic::Traffic;
use crate::admin::models::{Analysis, AnalysisParts, AnalyzeLogPartsPartsItem as Part};
use crate::generated::Map;

/// Those parts that are wanted, but for the insights; nothing is read for others.
pub(super) fn parts(store: &LogStore, filter: &Filter, wanted: &[Part]) -> Result<AnalysisParts, StoreError> {
    let plan = store.read(|opened| Plan::new(opened, filter))?;
    store.read(|opened| {
        let source = Source::new(opened, &plan)?;
        let now = time::write(time::now()).unwrap_or_default();
        let mut found = AnalysisParts::new(now, Map::new());
        add_traffic(&mut found, &source, store.operations(), wanted)?;
        add_callers(&mut found, &source, wanted)?;
        Ok(found)
    })
}

fn add_traffic(
    found: &mut AnalysisParts,
    source: &Source<'_>,
    operations: &[Operation],
    wanted: &[Part],
) -> Result<(), Failure> {
    let wants = |part| wanted.contains(&part);
    let in_time = wants(Part::TimeRange) || wants(Part::Errors);
    let by_duration = wants(Part::Endpoints) || wants(Part::Performance);
    let counts = wants(Part::TotalRequests) || wants(Part::Methods) || wants(Part::StatusCodes);
    if !(in_time || by_duration || counts) {
        return Ok(());
    }
    let traffic = Traffic::gather(source, by_duration)?;
    found.total_requests = wants(Part::TotalRequests).then_some(traffic.total);
    found.methods = wants(Part::Methods).then(|| traffic.method_part());
    found.status_codes = wants(Part::StatusCodes).then(|| traffic.status_part());
    found.performance = wants(Part::Performance).then(|| traffic.performance_part());
    if wants(Part::Endpoints) {
        found.endpoints = Some(traffic.endpoint_part(operations)?);
    }
    if in_time {
        let (time_range, hours) = time_part(source, &traffic)?;
        found.time_range = wants(Part::TimeRange).then_some(time_range);
        found.errors = wants(Part::Errors).then(|| traffic.error_part(&hours));
    }
    Ok(())
}

fn add_callers(found: &mut AnalysisParts, source: &Source<'_>, wanted: &[Part]) -> Result<(), Failure> {
    let wants = |part| wanted.contains(&part);
    if wants(Part::ResponseSizes) {
        found.response_sizes = Some(response_sizes(source)?);
    }
    if wants(Part::Sessions) {
        found.sessions = Some(sessions(source)?);
    }
    if wants(Part::UserAgents) || wants(Part::Clients) || wants(Part::Patterns) {
        let callers = callers(source)?;
        found.user_agents = wants(Part::UserAgents).then_some(callers.agents);
        found.clients = wants(Part::Clients).then_some(callers.clients);
        found.patterns = wants(Part::Patterns).then_some(callers.patterns);
    }
    if wants(Part::Validation) {
        found.validation = Some(validation(source)?);
    }
    Ok(())
}

/// Those parts of a whole that are wanted; all, unless it is said which.
pub(super) fn of_whole(whole: Analysis, wanted: Option<&[Part]>) -> AnalysisParts {
    let wants = |part| wanted.is_none_or(|wanted| wanted.contains(&part));
    AnalysisParts {
        analysis_timestamp: whole.analysis_timestamp,
        filters_applied: whole.filters_applied,
        total_requests: wants(Part::TotalRequests).then_some(whole.total_requests),
        time_range: wants(Part::TimeRange).then_some(whole.time_range),
        methods: wants(Part::Methods).then_some(whole.methods),
        status_codes: wants(Part::StatusCodes).then_some(whole.status_codes),
        endpoints: wants(Part::Endpoints).then_some(whole.endpoints),
        performance: wants(Part::Performance).then_some(whole.performance),
        errors: wants(Part::Errors).then_some(whole.errors),
        sessions: wants(Part::Sessions).then_some(whole.sessions),
        user_agents: wants(Part::UserAgents).then_some(whole.user_agents),
        clients: wants(Part::Clients).then_some(whole.clients),
        patterns: wants(Part::Patterns).then_some(whole.patterns),
        response_sizes: wants(Part::ResponseSizes).then_some(whole.response_sizes),
        validation: wants(Part::Validation).then_some(whole.validation),
        insights: wants(Part::Insights).then_some(whole.insights),
    }
}
