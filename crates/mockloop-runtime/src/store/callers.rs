//! Who asked: sessions, user agents, clients; and what was wrong with what they asked.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use rusqlite::Row;
use rusqlite::types::Value;

use super::buckets::moment;
use super::connection::text;
use super::error::Failure;
use super::shared::CONSTANTS;
use super::source::Source;
use super::spread::{float, ms};
use super::tally::Tally;
use super::time;
use crate::admin::models::{
    AgentNumbers, ClientNumbers, GetPerformanceSessionsStatus as SessionStatus, InvalidPart, Named, Patterns,
    Session, SessionNumbers, SizeNumbers, ValidationNumbers,
};

static BOTS: LazyLock<Option<Regex>> =
    LazyLock::new(|| RegexBuilder::new(&CONSTANTS.bots.join("|")).case_insensitive(true).build().ok());

/// The sessions with most requests.
pub(super) fn sessions(source: &Source<'_>) -> Result<SessionNumbers, Failure> {
    let (total, requests): (i64, i64) =
        source.one("sessions.count", &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let largest = source.all("sessions.largest", &[("most", &CONSTANTS.listed)], &[], |row| {
        Ok((row.get::<_, Value>(0)?, row.get::<_, i64>(1)?))
    })?;
    Ok(SessionNumbers {
        total,
        average_requests: (total > 0).then(|| float(requests) / float(total)),
        sessions: if largest.is_empty() { Vec::new() } else { listed(source, largest)? },
    })
}

fn listed(source: &Source<'_>, largest: Vec<(Value, i64)>) -> Result<Vec<Session>, Failure> {
    let since = time::write(time::now() - CONSTANTS.active_seconds * 1_000_000).unwrap_or_default();
    let rows = source.of_sessions(largest.iter().map(|(_, requests)| requests).sum());
    let places: Vec<String> = (0..largest.len()).map(|place| format!("name_{place}")).collect();
    let names = places.iter().map(String::as_str).zip(largest.iter().map(|(name, _)| name.clone()));
    let values: Vec<(&str, Value)> = names.chain([("active_since", Value::Text(since))]).collect();
    let wanted = places.iter().map(|place| format!(":{place}")).collect::<Vec<_>>().join(", ");
    let mut found =
        source.all("sessions.listed", &[("listed", &wanted), ("of_sessions", &rows)], &values, |row| {
            Ok((row.get::<_, Value>(0)?, told(row)?))
        })?;
    let mut sessions = Vec::new();
    for (name, _) in largest {
        let Some(place) = found.iter().position(|(known, _)| *known == name) else { continue };
        let (_, mut session) = found.swap_remove(place);
        session.journey = Some(journey(source, name)?);
        sessions.push(session);
    }
    Ok(sessions)
}

fn journey(source: &Source<'_>, session: Value) -> Result<Vec<String>, Failure> {
    source.all("sessions.journey", &[("most", &CONSTANTS.journey)], &[("session", session)], |row| {
        Ok(text(row, 0)?.unwrap_or_default())
    })
}

fn told(row: &Row<'_>) -> Result<Session, Failure> {
    let (start, end) = (text(row, 2)?.unwrap_or_default(), text(row, 3)?.unwrap_or_default());
    let (requests, spent): (i64, i64) = (row.get("total_requests")?, row.get("spent")?);
    Ok(Session {
        session_id: text(row, 0)?.unwrap_or_default(),
        scenario_name: text(row, 1)?,
        duration_ms: ms(float(moment(&end)? - moment(&start)?)),
        start_time: start,
        end_time: end,
        total_requests: requests,
        errors: row.get("errors")?,
        avg_response_time: ms(float(spent) / float(requests)),
        status: match row.get::<_, String>("status")?.as_str() {
            "active" => SessionStatus::Active,
            _ => SessionStatus::Ended,
        },
        journey: None,
    })
}

/// User agents, clients, and what stands out among them.
pub(super) struct Callers {
    pub(super) agents: AgentNumbers,
    pub(super) clients: ClientNumbers,
    pub(super) patterns: Patterns,
}

/// Who asked.
pub(super) fn callers(source: &Source<'_>) -> Result<Callers, Failure> {
    let mut agents: Tally<Option<String>> = Tally::default();
    let mut clients: Tally<Option<String>> = Tally::default();
    let mut families: Tally<String> = Tally::default();
    let (mut bots, mut total) = (0, 0_i64);
    source.all("callers", &[("most", &CONSTANTS.callers)], &[], |row| {
        let (agent, client, count) = (text(row, 0)?, text(row, 1)?, row.get(2)?);
        total = row.get(3)?;
        families.add(family(agent.as_deref().unwrap_or_default()).to_owned(), count);
        if agent.as_deref().is_some_and(|agent| BOTS.as_ref().is_some_and(|bots| bots.is_match(agent))) {
            bots += count;
        }
        agents.add(agent, count);
        clients.add(client, count);
        Ok(())
    })?;
    let loud = float(total) * CONSTANTS.high_volume_share;
    let loud =
        clients.descending().into_iter().filter(|(_, count)| clients.len() > 1 && float(*count) > loud);
    Ok(Callers {
        agents: AgentNumbers {
            unique_user_agents: i64::try_from(agents.len()).unwrap_or(i64::MAX),
            most_common_agents: named(agents.descending().into_iter().take(CONSTANTS.listed)),
            browser_distribution: families.counts(),
        },
        clients: ClientNumbers {
            unique_clients: i64::try_from(clients.len()).unwrap_or(i64::MAX),
            most_common: named(clients.descending().into_iter().take(CONSTANTS.listed)),
        },
        patterns: Patterns {
            potential_bot_traffic: bots,
            high_volume_clients: named(loud),
            admin_usage: source.admin_calls()?,
        },
    })
}

/// What the description does not allow, by the part that is wrong.
pub(super) fn validation(source: &Source<'_>) -> Result<ValidationNumbers, Failure> {
    let parts: [(&str, &dyn std::fmt::Display); 2] =
        [("requests", &CONSTANTS.invalid_requests), ("most", &CONSTANTS.invalid_parts)];
    let by_parameter = source.all("invalid.parts", &parts, &[], |row| {
        Ok(InvalidPart {
            operation_id: text(row, 0)?,
            in_: text(row, 1)?.unwrap_or_default(),
            name: text(row, 2)?.unwrap_or_default(),
            count: row.get(3)?,
        })
    })?;
    Ok(ValidationNumbers { total_failures: source.number("invalid.count")?, by_parameter })
}

/// How large responses were.
pub(super) fn response_sizes(source: &Source<'_>) -> Result<SizeNumbers, Failure> {
    let spread = source.spread("response_sizes", &[])?;
    Ok(SizeNumbers {
        total_responses: spread.count(),
        total_bytes: i64::try_from(spread.total).unwrap_or(i64::MAX),
        average_bytes: spread.mean(),
        median_bytes: spread.percentile(50),
        min_bytes: spread.least(),
        max_bytes: spread.most(),
        large_responses: spread.count() - spread.up_to(CONSTANTS.large_bytes),
    })
}

/// The kind of program: the first that fits, as browsers name each other.
fn family(agent: &str) -> &'static str {
    let lower = agent.to_lowercase();
    let known = CONSTANTS.agent_families.iter().find(|(_, mark)| lower.contains(mark));
    known.map_or(if agent.is_empty() { "none" } else { "other" }, |(family, _)| family)
}

fn named(counts: impl Iterator<Item = (Option<String>, i64)>) -> Vec<Named> {
    counts.map(|(name, count)| Named { name, count }).collect()
}
