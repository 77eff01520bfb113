//! Tables of a few columns.

use std::fmt::Write as _;

use anstyle::Style;

use super::STRONG;
use crate::terminal::{columns, fit, printable, styled, width};

const GAP: usize = 2;

/// A table under a heading; the last column is cut where the terminal ends.
pub(crate) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> =
        rows.iter().map(|row| row.each_ref().map(|cell| printable(cell).into_owned())).collect();
    let mut widths = heading.map(columns);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(cell).max(*width);
        }
    }
    let mut text = line(&heading.map(str::to_owned), &widths, STRONG);
    for row in &rows {
        text.push_str(&line(row, &widths, Style::new()));
    }
    text
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N], style: Style) -> String {
    let mut line = String::new();
    let mut used = 0;
    for (index, (cell, width_of)) in cells.iter().zip(widths).enumerate() {
        let is_last = index + 1 == N;
        let room = if is_last { width().saturating_sub(used).max(10) } else { *width_of };
        let cell = fit(cell, room);
        let pad = if is_last { 0 } else { width_of.saturating_sub(columns(&cell)) + GAP };
        let _ = write!(line, "{}{:pad$}", styled(style, &cell), "");
        used += width_of + GAP;
    }
    let line = line.trim_end();
    format!("{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_harmless() {
        let rows = [["a\u{1b}[2J".to_owned(), "x".repeat(300)], ["bb".to_owned(), "y".to_owned()]];
        let table = anstream::adapter::strip_str(&table(["NAME", "TEXT"], &rows)).to_string();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.first(), Some(&"NAME        TEXT"));
        assert_eq!(lines.get(2), Some(&"bb          y"));
        assert!(lines.iter().all(|line| columns(line) <= width()) && table.contains('…'), "{table}");
    }
}
