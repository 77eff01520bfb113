//! The operations as a table that fits the terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use mockloop_spec::model::{Api, Operation};

use crate::report::{FAINT, STRONG};
use crate::terminal::{columns, count, fit, printable, styled, width};

const GAP: usize = 2;

/// The columns that give way, in this order, and what they need at least.
const GIVING_WAY: [(usize, usize); 4] = [(3, 8), (2, 10), (1, 14), (4, 5)];

/// One line per operation: method, path, id, summary, statuses.
pub(crate) fn operations(api: &Api) -> String {
    let heading = ["METHOD", "PATH", "ID", "SUMMARY", "RESPONSES"].map(str::to_owned);
    let rows: Vec<[String; 5]> = api.operations.iter().map(row).collect();
    let widths = widths(std::iter::once(&heading).chain(&rows), width());
    let mut table = line(&heading, &widths, |_, _| STRONG);
    for (cells, operation) in rows.iter().zip(&api.operations) {
        table.push_str(&line(cells, &widths, |column, _| style(column, operation)));
    }
    let title = format!("{} {}", printable(&api.title), printable(&api.version));
    let _ = writeln!(table, "\n{title}: {}", count(api.operations.len(), "operation"));
    table
}

fn row(operation: &Operation) -> [String; 5] {
    let statuses: Vec<&str> = operation.responses.iter().map(|response| response.status.as_str()).collect();
    let summary = operation.summary.as_deref().unwrap_or_default();
    let summary = if operation.deprecated { format!("(deprecated) {summary}") } else { summary.to_owned() };
    [&operation.method, &operation.path, &operation.id, &summary, &statuses.join(" ")]
        .map(|cell| printable(cell).into_owned())
}

/// What each column takes, so that all of them fit into `room` where that is possible.
fn widths<'a>(rows: impl Iterator<Item = &'a [String; 5]>, room: usize) -> [usize; 5] {
    let mut widths = [0; 5];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(cell).max(*width);
        }
    }
    let used = widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
    let mut excess = used.saturating_sub(room);
    for (column, least) in GIVING_WAY {
        if let Some(width) = widths.get_mut(column) {
            let given = excess.min(width.saturating_sub(least));
            *width -= given;
            excess -= given;
        }
    }
    widths
}

fn line(cells: &[String; 5], widths: &[usize; 5], style: impl Fn(usize, &str) -> Style) -> String {
    let mut line = String::new();
    let mut owed = 0;
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let cell = fit(cell, *width);
        if !cell.is_empty() {
            let _ = write!(line, "{:owed$}{}", "", styled(style(column, &cell), &cell));
            owed = 0;
        }
        owed += width.saturating_sub(columns(&cell)) + GAP;
    }
    line.push('\n');
    line
}

fn style(column: usize, operation: &Operation) -> Style {
    match column {
        0 => method(&operation.method),
        2 | 4 => FAINT,
        _ => Style::new(),
    }
}

/// Methods in the colours that API documentation gives them.
pub(crate) fn method(method: &str) -> Style {
    match method {
        "GET" | "HEAD" => AnsiColor::Blue.on_default(),
        "POST" => AnsiColor::Green.on_default(),
        "PUT" | "PATCH" => AnsiColor::Yellow.on_default(),
        "DELETE" => AnsiColor::Red.on_default(),
        _ => AnsiColor::Cyan.on_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_by_cutting_what_says_least() {
        let cells = [&"GET", &"/pets/{petId}", &"getPet", &"x", &"200 404"].map(|cell| (*cell).to_owned());
        let mut long = cells.clone();
        long[3] = "a summary that is much too long for a narrow terminal".to_owned();
        let rows = [cells, long];
        assert_eq!(widths(rows.iter(), 200), [3, 13, 6, 53, 7]);
        assert_eq!(widths(rows.iter(), 60), [3, 13, 6, 23, 7]);
        let table: String =
            rows.iter().map(|row| line(row, &widths(rows.iter(), 60), |_, _| Style::new())).collect();
        assert!(table.lines().all(|line| columns(line) <= 60), "{table}");
    }
}
