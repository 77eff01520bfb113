//! Tables of a terminal.

use anstyle::Style;

use crate::report::STRONG;
use crate::terminal::{columns, fit, printable, styled, width};

/// What a column needs at least when it has to give way.
const LEAST: usize = 12;

/// A cell with its style.
pub(super) struct Cell {
    text: String,
    style: Style,
}

/// A text in its usual look.
pub(super) fn plain(text: &str) -> Cell {
    cell(Style::new(), text)
}

/// A text in a style.
pub(super) fn cell(style: Style, text: &str) -> Cell {
    Cell { text: printable(text).into_owned(), style }
}

/// Rows under their headings: the first `left` columns begin at the left and give way, the widest first, the others
/// hold numbers.
pub(super) fn grid<const N: usize>(headings: [&str; N], left: usize, rows: Vec<[Cell; N]>) -> String {
    let mut rows = rows;
    rows.insert(0, headings.map(|heading| cell(STRONG, heading)));
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(&cell.text).max(*width);
        }
    }
    let mut excess = (widths.iter().sum::<usize>() + 2 * N).saturating_sub(width());
    while excess > 0 {
        let Some(widest) = widths.iter_mut().take(left).max().filter(|width| **width > LEAST) else { break };
        *widest -= 1;
        excess -= 1;
    }
    rows.iter().map(|row| line(row, &widths, left)).collect()
}

fn line<const N: usize>(row: &[Cell; N], widths: &[usize; N], left: usize) -> String {
    let mut line = String::new();
    for (place, (cell, width)) in row.iter().zip(widths).enumerate() {
        let text = fit(&cell.text, *width);
        let pad = " ".repeat(width.saturating_sub(columns(&text)));
        let text = if text.is_empty() { String::new() } else { styled(cell.style, &text) };
        let (first, last) = if place < left { (text, pad) } else { (pad, text) };
        line.extend(["  ", &first, &last]);
    }
    format!("{}\n", line.trim_end())
}
