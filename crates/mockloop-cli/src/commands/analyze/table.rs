//! The numbers on a terminal.

use std::fmt::Write as _;

use anstyle::Style;
use mockloop_runtime::admin::models::{Analysis, Bucket, Insight, InsightSeverity};

use super::figures::{bytes, duration, filters, number, peak, percent, rate, requests, severity, time};
use super::grid::{cell, grid, plain};
use crate::commands::inspect::method_style;
use crate::report::{ERROR, FAINT, STRONG, WARNING};
use crate::terminal::{fit, printable, styled, width};

/// How many operations are listed at most, how many of anything else, and how many sessions.
const OPERATIONS: usize = 25;
const ROWS: usize = 10;
const SESSIONS: usize = 5;

/// How many columns of the terminal the chart takes at most.
const BARS: usize = 60;

/// All of it.
pub(super) fn report(target: &str, analysis: &Analysis) -> String {
    let mut report = format!("{}: {}", styled(STRONG, printable(target)), requests(analysis.total_requests));
    if let Some(filters) = filters(analysis) {
        let _ = write!(report, " with {}", printable(&filters));
    }
    report.push('\n');
    if analysis.total_requests == 0 {
        return report;
    }
    report.push('\n');
    overview(&mut report, analysis);
    endpoints(&mut report, analysis);
    undocumented(&mut report, analysis);
    invalid(&mut report, analysis);
    groups(&mut report, analysis);
    sessions(&mut report, analysis);
    insights(&mut report, &analysis.insights);
    report
}

fn overview(report: &mut String, analysis: &Analysis) {
    let range = &analysis.time_range;
    let (first, last) =
        (range.earliest.as_deref().unwrap_or_default(), range.latest.as_deref().unwrap_or_default());
    let mut fact = |name: &str, text: String| {
        let _ = writeln!(report, "  {} {text}", styled(FAINT, format_args!("{name:<9}")));
    };
    fact(
        "time",
        format!("{} to {} UTC, {}", printable(&time(first)), printable(&time(last)), range.duration_human),
    );
    let peak = peak(range).map(|peak| format!(", {peak}")).unwrap_or_default();
    fact("rate", format!("{} on average{peak}", rate(range.requests_per_second)));
    fact("traffic", bars(&range.buckets, width().saturating_sub(12).min(BARS)));
    let statuses = analysis.status_codes.distribution.iter().take(8);
    let statuses = statuses
        .map(|(status, count)| format!("{} {}", styled(status_style(status), status), number(*count)));
    fact("statuses", statuses.collect::<Vec<_>>().join("  "));
    let errors = percent(analysis.errors.error_rate);
    let errors = if analysis.errors.total_errors > 0 { styled(ERROR, errors) } else { errors };
    fact("errors", format!("{errors} of the requests"));
    let numbers = &analysis.performance;
    let times = [
        ("p50", numbers.p50_ms),
        ("p90", numbers.p90_ms),
        ("p95", numbers.p95_ms),
        ("p99", numbers.p99_ms),
        ("max", numbers.max_ms),
    ];
    fact("duration", times.map(|(name, ms)| format!("{} {}", styled(FAINT, name), duration(ms))).join("  "));
    let sizes = &analysis.response_sizes;
    let largest = sizes.max_bytes.and_then(|size| u32::try_from(size).ok()).map(f64::from);
    fact("sizes", format!("{} on average, {} at most", bytes(sizes.average_bytes), bytes(largest)));
    let agents = analysis.user_agents.browser_distribution.iter().take(6);
    let agents = agents.map(|(name, count)| format!("{name} {}", number(*count)));
    fact("agents", agents.collect::<Vec<_>>().join("  "));
}

fn endpoints(report: &mut String, analysis: &Analysis) {
    let numbers = &analysis.endpoints;
    if !numbers.by_endpoint.is_empty() {
        let rows = numbers.by_endpoint.iter().take(OPERATIONS).map(|each| {
            let failed = if each.errors > 0 { ERROR } else { FAINT };
            [
                cell(method_style(&each.method), &each.method),
                plain(&each.path),
                cell(FAINT, &each.operation_id),
                plain(&number(each.count)),
                cell(failed, &percent(each.error_rate)),
                plain(&duration(each.average_ms)),
                plain(&duration(each.p95_ms)),
                plain(&duration(each.p99_ms)),
            ]
        });
        let headings = ["METHOD", "PATH", "OPERATION", "REQUESTS", "ERRORS", "AVERAGE", "P95", "P99"];
        let _ = write!(report, "\n{}", grid(headings, 3, rows.collect()));
        more(report, numbers.by_endpoint.len(), OPERATIONS);
    }
    if !numbers.unused_operations.is_empty() {
        let (unused, all) = (numbers.unused_operations.len(), numbers.coverage.operations);
        let listed = numbers.unused_operations.join(", ");
        let text = format!("never called, {unused} of {all}: {}", printable(&listed));
        let _ = writeln!(report, "\n  {}", styled(FAINT, fit(&text, width().saturating_sub(2))));
    }
}

fn undocumented(report: &mut String, analysis: &Analysis) {
    let calls = &analysis.endpoints.undocumented;
    if calls.is_empty() {
        return;
    }
    let rows = calls.iter().take(ROWS).map(|each| {
        let status = each.status_code.map_or_else(|| "aborted".to_owned(), |status| status.to_string());
        [
            cell(method_style(&each.method), &each.method),
            plain(&each.path),
            cell(status_style(&status), &status),
            plain(&number(each.count)),
        ]
    });
    let _ = write!(
        report,
        "\n{}",
        grid(["METHOD", "UNDOCUMENTED PATH", "STATUS", "REQUESTS"], 2, rows.collect())
    );
    more(report, calls.len(), ROWS);
}

fn invalid(report: &mut String, analysis: &Analysis) {
    let parts = &analysis.validation.by_parameter;
    if parts.is_empty() {
        return;
    }
    let rows = parts.iter().take(ROWS).map(|each| {
        let operation = each.operation_id.as_deref().unwrap_or_default();
        [plain(operation), plain(&format!("{} {}", each.in_, each.name)), plain(&number(each.count))]
    });
    let _ = write!(report, "\n{}", grid(["OPERATION", "INVALID PART", "FAULTS"], 2, rows.collect()));
    more(report, parts.len(), ROWS);
}

fn groups(report: &mut String, analysis: &Analysis) {
    let Some(groups) = &analysis.groups else { return };
    let rows = groups.iter().take(ROWS).map(|each| {
        let failed = if each.errors > 0 { ERROR } else { FAINT };
        [
            plain(each.key.as_deref().unwrap_or("(none)")),
            plain(&number(each.count)),
            cell(failed, &percent(each.error_rate)),
            plain(&duration(each.average_ms)),
            plain(&duration(each.max_ms)),
        ]
    });
    let _ =
        write!(report, "\n{}", grid(["GROUP", "REQUESTS", "ERRORS", "AVERAGE", "MAX"], 1, rows.collect()));
    more(report, groups.len(), ROWS);
}

fn sessions(report: &mut String, analysis: &Analysis) {
    let sessions = &analysis.sessions.sessions;
    if sessions.is_empty() {
        return;
    }
    let rows = sessions.iter().take(SESSIONS).map(|each| {
        let failed = if each.errors > 0 { ERROR } else { FAINT };
        [
            plain(&each.session_id),
            cell(FAINT, &each.journey.iter().flatten().cloned().collect::<Vec<_>>().join(" → ")),
            plain(&number(each.total_requests)),
            cell(failed, &number(each.errors)),
        ]
    });
    let _ = write!(report, "\n{}", grid(["SESSION", "JOURNEY", "REQUESTS", "ERRORS"], 2, rows.collect()));
    more(report, usize::try_from(analysis.sessions.total).unwrap_or(0), SESSIONS);
}

fn insights(report: &mut String, insights: &[Insight]) {
    for insight in insights {
        let style = match insight.severity {
            InsightSeverity::Critical => ERROR,
            InsightSeverity::Warning => WARNING,
            InsightSeverity::Info => STRONG,
        };
        let rule = printable(&insight.rule);
        let kind = styled(style, format_args!("{}[{rule}]", severity(insight.severity)));
        let title = styled(STRONG, format_args!(": {}", printable(&insight.title)));
        let _ = writeln!(report, "\n{kind}{title}\n  = help: {}", printable(&insight.recommendation));
    }
}

fn more(report: &mut String, all: usize, listed: usize) {
    if all > listed {
        let _ = writeln!(report, "  {}", styled(FAINT, format_args!("and {} more", all - listed)));
    }
}

/// Requests over time, each column a stretch of time.
fn bars(buckets: &[Bucket], room: usize) -> String {
    const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let together = buckets.len().div_ceil(room.max(1)).max(1);
    let sums: Vec<i64> =
        buckets.chunks(together).map(|some| some.iter().map(|bucket| bucket.requests).sum()).collect();
    let most = sums.iter().copied().max().unwrap_or(0).max(1);
    let height = |sum: i64| usize::try_from((sum * 8 + most - 1) / most).unwrap_or(0);
    let text: String = sums.into_iter().filter_map(|sum| HEIGHTS.get(height(sum))).collect();
    text.trim_end().to_owned()
}

/// Errors stand out.
fn status_style(status: &str) -> Style {
    match status.as_bytes().first() {
        Some(b'5' | b'a') => ERROR,
        Some(b'4') => WARNING,
        _ => Style::new(),
    }
}
