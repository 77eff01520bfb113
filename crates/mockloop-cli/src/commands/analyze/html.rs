//! The numbers as one HTML file: no script, nothing from the network.

mod charts;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use mockloop_runtime::admin::models::Analysis;
use serde::Serialize;

use self::charts::{Bars, Mix};
use super::figures::{NONE, bytes, duration, filters, number, peak, percent, rate, requests, severity, time};
use crate::terminal::printable;

const TEMPLATE: &str = include_str!("html/report.html.j2");

/// How many rows a table has at most.
const ROWS: usize = 200;

/// What the template shows; all of it is text, which the template escapes.
#[derive(Serialize)]
struct Page {
    target: String,
    made: String,
    total: String,
    filters: Option<String>,
    from: String,
    to: String,
    tiles: Vec<Tile>,
    traffic: Bars,
    statuses: Mix,
    durations: Bars,
    insights: Vec<Told>,
    tables: Vec<Table>,
    unused: Vec<String>,
}

#[derive(Serialize)]
struct Tile {
    name: &'static str,
    value: String,
    note: String,
}

#[derive(Serialize)]
struct Told {
    severity: &'static str,
    title: String,
    recommendation: String,
}

/// The first `left` columns are texts, the others numbers.
#[derive(Serialize)]
struct Table {
    title: String,
    headings: &'static [&'static str],
    left: usize,
    rows: Vec<Vec<String>>,
    more: usize,
}

/// All of it.
pub(super) fn report(target: &str, analysis: &Analysis) -> anyhow::Result<String> {
    rendered(&page(target, analysis))
}

fn rendered(page: &Page) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report", TEMPLATE)?;
    Ok(environment.get_template("report")?.render(Value::from(Serde(page)))? + "\n")
}

fn page(target: &str, analysis: &Analysis) -> Page {
    let range = &analysis.time_range;
    let text = |text: &str| printable(text).into_owned();
    let end = |moment: &Option<String>| {
        moment.as_deref().map_or_else(|| NONE.to_owned(), |moment| text(&time(moment)))
    };
    Page {
        target: text(target),
        made: text(&time(&analysis.analysis_timestamp)),
        total: requests(analysis.total_requests),
        filters: filters(analysis).as_deref().map(text),
        from: end(&range.earliest),
        to: end(&range.latest),
        tiles: tiles(analysis),
        traffic: charts::traffic(range),
        statuses: charts::statuses(&analysis.status_codes),
        durations: charts::durations(&analysis.performance),
        insights: analysis
            .insights
            .iter()
            .map(|insight| Told {
                severity: severity(insight.severity),
                title: text(&insight.title),
                recommendation: text(&insight.recommendation),
            })
            .collect(),
        tables: tables(analysis),
        unused: analysis.endpoints.unused_operations.iter().map(|name| text(name)).collect(),
    }
}

fn tiles(analysis: &Analysis) -> Vec<Tile> {
    let (numbers, range) = (&analysis.performance, &analysis.time_range);
    let coverage = &analysis.endpoints.coverage;
    let tile = |name, value, note| Tile { name, value, note };
    vec![
        tile("requests", number(analysis.total_requests), format!("in {}", range.duration_human)),
        tile("errors", percent(analysis.errors.error_rate), requests(analysis.errors.total_errors)),
        tile("median", duration(numbers.median_ms), format!("average {}", duration(numbers.average_ms))),
        tile("95th percentile", duration(numbers.p95_ms), format!("99th {}", duration(numbers.p99_ms))),
        tile("rate", rate(range.requests_per_second), peak(range).unwrap_or_default()),
        tile(
            "coverage",
            percent(coverage.share),
            format!("{} of {} operations", number(coverage.called), number(coverage.operations)),
        ),
        tile("responses", bytes(analysis.response_sizes.average_bytes), "average size".to_owned()),
        tile("sessions", number(analysis.sessions.total), {
            format!("{} from a session", average(analysis.sessions.average_requests))
        }),
    ]
}

fn average(number: Option<f64>) -> String {
    number.map_or_else(|| NONE.to_owned(), |number| format!("{number:.1} requests"))
}

fn tables(analysis: &Analysis) -> Vec<Table> {
    let numbers = |count: i64, errors: Option<f64>, average: Option<f64>| {
        [number(count), percent(errors), duration(average)]
    };
    let endpoints = analysis.endpoints.by_endpoint.iter().map(|each| {
        let mut row = vec![each.method.clone(), each.path.clone(), each.operation_id.clone()];
        row.extend(numbers(each.count, each.error_rate, each.average_ms));
        row.extend([each.p50_ms, each.p95_ms, each.p99_ms].map(duration));
        row
    });
    let undocumented = analysis.endpoints.undocumented.iter().map(|each| {
        let status = each.status_code.map_or_else(|| "aborted".to_owned(), |status| status.to_string());
        vec![each.method.clone(), each.path.clone(), status, number(each.count)]
    });
    let invalid = analysis.validation.by_parameter.iter().map(|each| {
        vec![
            each.operation_id.clone().unwrap_or_default(),
            each.in_.clone(),
            each.name.clone(),
            number(each.count),
        ]
    });
    let groups = analysis.groups.iter().flatten().map(|each| {
        let mut row = vec![each.key.clone().unwrap_or_else(|| NONE.to_owned())];
        row.extend(numbers(each.count, each.error_rate, each.average_ms));
        row.extend([each.min_ms, each.max_ms].map(duration));
        row
    });
    let sessions = analysis.sessions.sessions.iter().map(|each| {
        let journey = each.journey.iter().flatten().cloned().collect::<Vec<_>>().join(" → ");
        vec![
            each.session_id.clone(),
            journey,
            number(each.total_requests),
            number(each.errors),
            duration(Some(each.avg_response_time)),
        ]
    });
    let agents = analysis.user_agents.most_common_agents.iter();
    let agents =
        agents.map(|each| vec![each.name.clone().unwrap_or_else(|| NONE.to_owned()), number(each.count)]);
    let clients = analysis.clients.most_common.iter();
    let clients =
        clients.map(|each| vec![each.name.clone().unwrap_or_else(|| NONE.to_owned()), number(each.count)]);
    let by = analysis.filters_applied.get("group_by").and_then(|by| by.as_str()).unwrap_or("group");
    let tables = [
        table(
            "Operations",
            &["method", "path", "operation", "requests", "errors", "average", "p50", "p95", "p99"],
            3,
            endpoints,
        ),
        table(&format!("By {by}"), &["group", "requests", "errors", "average", "min", "max"], 1, groups),
        table("Undocumented calls", &["method", "path", "status", "requests"], 3, undocumented),
        table("Invalid requests", &["operation", "in", "name", "faults"], 3, invalid),
        table("Sessions", &["session", "journey", "requests", "errors", "average"], 2, sessions),
        table("User agents", &["user agent", "requests"], 1, agents),
        table("Clients", &["address", "requests"], 1, clients),
    ];
    tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
}

fn table(
    title: &str,
    headings: &'static [&'static str],
    left: usize,
    rows: impl Iterator<Item = Vec<String>>,
) -> Table {
    let printed = |row: Vec<String>| row.iter().map(|cell| printable(cell).into_owned()).collect();
    let mut rows: Vec<Vec<String>> = rows.map(printed).collect();
    let more = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    Table { title: title.to_owned(), headings, left, rows, more }
}

#[cfg(test)]
mod tests {
    use mockloop_runtime::admin::models::{Counts, Shares, StatusNumbers};

    use super::*;

    const HOSTILE: &str =
        "</title></style><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>{{ 7 * 191 }}{% raw %}";

    #[test]
    fn no_text_becomes_markup() -> anyhow::Result<()> {
        let text = || HOSTILE.to_owned();
        let page = Page {
            target: text(),
            made: text(),
            total: text(),
            filters: Some(text()),
            from: text(),
            to: text(),
            tiles: vec![Tile { name: "n", value: text(), note: text() }],
            traffic: charts::bars(vec![(1, 1, text(), text())]),
            statuses: charts::statuses(&StatusNumbers::new(
                Counts::new(),
                Shares::new(),
                Counts::from_iter([("other".to_owned(), 1)]),
                None,
                None,
                None,
            )),
            durations: charts::bars(vec![(1, 0, text(), text())]),
            insights: vec![Told { severity: "info", title: text(), recommendation: text() }],
            tables: vec![table("T", &["a", "b"], 1, std::iter::once(vec![text(), text()]))],
            unused: vec![text(), text()],
        };
        let page = rendered(&page)?;
        assert_eq!(page.matches("&lt;script&gt;").count(), 19);
        for mark in ["<script", "<img", "1337", "'&<"] {
            assert!(!page.contains(mark), "{mark}: {page}");
        }
        assert_eq!(page.matches("</title>").count() + page.matches("</style>").count(), 5);
        Ok(())
    }
}
