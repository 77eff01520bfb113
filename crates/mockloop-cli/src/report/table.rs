//! Tables that fit the terminal.

use std::fmt::Write as _;

use anstyle::Style;

use super::STRONG;
use crate::terminal::{columns, fit, fit_end, printable, styled, width};

/// Spaces between columns.
const GAP: usize = 2;

/// What a column that gives way keeps.
const LEAST: usize = 8;

/// A column that is cut where there is no room for all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It keeps its beginning.
    End(usize),
    /// It keeps its end, as suits folders.
    Start(usize),
}

impl Cut {
    fn column(self) -> usize {
        match self {
            Self::End(column) | Self::Start(column) => column,
        }
    }
}

/// A text in a style; what could do harm in it is shown, not obeyed.
pub(crate) type Cell = (String, Style);

/// A table with a heading. Where it is wider than `room`, the columns of `cuts` are cut, in their order.
pub(crate) fn table(heading: &[&str], rows: &[Vec<Cell>], cuts: &[Cut], room: usize) -> String {
    let clean = |(text, style): &Cell| (printable(text).into_owned(), *style);
    let mut lines: Vec<Vec<Cell>> = vec![heading.iter().map(|text| ((*text).to_owned(), STRONG)).collect()];
    lines.extend(rows.iter().map(|row| row.iter().map(clean).collect()));
    let mut widths = vec![0; heading.len()];
    for line in &lines {
        for (width, (text, _)) in widths.iter_mut().zip(line) {
            *width = columns(text).max(*width);
        }
    }
    let used = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    let mut excess = used.saturating_sub(room);
    for cut in cuts {
        if let Some(width) = widths.get_mut(cut.column()) {
            let given = excess.min(width.saturating_sub(LEAST));
            *width -= given;
            excess -= given;
        }
    }
    lines.iter().map(|cells| line(cells, &widths, cuts)).collect()
}

/// A table without styles, whose last column is cut where the terminal ends.
pub(crate) fn plain<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let styled = |row: &[String; N]| row.iter().map(|text| (text.clone(), Style::new())).collect();
    let rows: Vec<Vec<Cell>> = rows.iter().map(styled).collect();
    table(&heading, &rows, &[Cut::End(N.saturating_sub(1))], width())
}

fn line(cells: &[Cell], widths: &[usize], cuts: &[Cut]) -> String {
    let mut line = String::new();
    let mut owed = 0;
    for (column, ((text, style), width)) in cells.iter().zip(widths).enumerate() {
        let keeps_end = cuts.contains(&Cut::Start(column));
        let text = if keeps_end { fit_end(text, *width) } else { fit(text, *width) };
        if !text.is_empty() {
            let _ = write!(line, "{:owed$}{}", "", styled(*style, &text));
            owed = 0;
        }
        owed += width.saturating_sub(columns(&text)) + GAP;
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_give_way() {
        let plain = |texts: [&str; 3]| texts.map(|text| (text.to_owned(), Style::new())).to_vec();
        let rows = [plain(["a", "", "/a/long/folder/name"]), plain(["bb\u{1b}", "2", ""])];
        let table = |room| {
            anstream::adapter::strip_str(&table(&["X", "N", "FOLDER"], &rows, &[Cut::Start(2)], room))
                .to_string()
        };
        assert_eq!(table(80), "X         N  FOLDER\na            /a/long/folder/name\nbb\\u{1b}  2\n");
        assert_eq!(table(24), "X         N  FOLDER\na            …older/name\nbb\\u{1b}  2\n");
    }
}
