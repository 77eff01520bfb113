//! The numbers as Markdown, for comments and summaries.

use std::fmt::Write as _;

use mockloop_runtime::admin::models::Analysis;

use super::figures::{duration, filters, number, percent, rate, requests, severity};
use crate::report::changes::code;

/// How many rows a table has at most.
const ROWS: usize = 50;

/// All of it. Text of the log stands in code spans only, where neither markup nor mentions have a meaning.
pub(super) fn report(target: &str, analysis: &Analysis) -> String {
    let mut report = format!("### {} to {}\n\n", requests(analysis.total_requests), code(target));
    if let Some(filters) = filters(analysis) {
        let _ = writeln!(report, "With {}.\n", code(&filters));
    }
    if analysis.total_requests == 0 {
        return report;
    }
    let (numbers, range) = (&analysis.performance, &analysis.time_range);
    let facts = [
        ("errors", percent(analysis.errors.error_rate)),
        ("rate", rate(range.requests_per_second)),
        ("median", duration(numbers.median_ms)),
        ("p95", duration(numbers.p95_ms)),
        ("p99", duration(numbers.p99_ms)),
        ("coverage", percent(analysis.endpoints.coverage.share)),
    ];
    let row = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    report += &row(facts.iter().map(|(name, _)| *name).collect());
    report += &row(facts.iter().map(|_| "--:").collect());
    report += &row(facts.iter().map(|(_, value)| value.as_str()).collect());
    let endpoints = analysis.endpoints.by_endpoint.iter().map(|each| {
        let name = format!("{} {}", each.method, each.path);
        [
            in_row(&name),
            number(each.count),
            percent(each.error_rate),
            duration(each.average_ms),
            duration(each.p95_ms),
        ]
    });
    table(&mut report, ["operation", "requests", "errors", "average", "p95"], endpoints);
    let undocumented = analysis.endpoints.undocumented.iter().map(|each| {
        let status = each.status_code.map_or_else(|| "aborted".to_owned(), |status| status.to_string());
        [in_row(&format!("{} {}", each.method, each.path)), number(each.count), status]
    });
    table(&mut report, ["undocumented", "requests", "status"], undocumented);
    let groups = analysis.groups.iter().flatten().map(|each| {
        let key = each.key.as_deref().map_or_else(|| "none".to_owned(), in_row);
        [key, number(each.count), percent(each.error_rate), duration(each.average_ms), duration(each.max_ms)]
    });
    table(&mut report, ["group", "requests", "errors", "average", "max"], groups);
    if !analysis.insights.is_empty() {
        report.push('\n');
    }
    for insight in &analysis.insights {
        let (severity, rule) = (severity(insight.severity), code(&insight.rule));
        let _ = writeln!(
            report,
            "- **{severity}** {rule} {}  \n  {}",
            code(&insight.title),
            insight.recommendation
        );
    }
    report
}

fn table<const N: usize>(report: &mut String, headings: [&str; N], rows: impl Iterator<Item = [String; N]>) {
    let rows: Vec<[String; N]> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let mut marks = vec!["--:"; N];
    if let Some(first) = marks.first_mut() {
        *first = "---";
    }
    let _ = write!(report, "\n| {} |\n| {} |\n", headings.join(" | "), marks.join(" | "));
    for row in rows.iter().take(ROWS) {
        let _ = writeln!(report, "| {} |", row.join(" | "));
    }
    if rows.len() > ROWS {
        let _ = writeln!(report, "\nand {} more", rows.len() - ROWS);
    }
}

/// A code span within a table, whose cells end at a bar even there, and at some that are escaped.
fn in_row(text: &str) -> String {
    code(text).replace('|', "\\u{7c}")
}
