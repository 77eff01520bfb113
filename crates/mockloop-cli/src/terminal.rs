//! What the terminal can show.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::Write as _;
use std::time::Duration;

use anstyle::Style;
use clap::ColorChoice;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use unicode_width::UnicodeWidthChar as _;

/// The width of what is no terminal.
const WIDTH: usize = 100;

/// Decides for all streams at once; from here on, styles are written and the streams drop them
/// where they are not wanted.
pub(crate) fn use_color(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Columns of the terminal.
pub(crate) fn width() -> usize {
    let asked = || std::env::var("COLUMNS").ok()?.parse().ok();
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).or_else(asked);
    columns.unwrap_or(WIDTH).max(40)
}

/// Says on a terminal what takes its time; gone when dropped.
pub(crate) struct Busy(ProgressBar);

impl Busy {
    /// Begins, without anything to say yet.
    pub(crate) fn start() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Whether there is no terminal to say it on.
    pub(crate) fn is_hidden(&self) -> bool {
        self.0.is_hidden()
    }

    /// Says what goes on.
    pub(crate) fn tell(&self, what: impl Into<Cow<'static, str>>) {
        self.0.set_message(what);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The text in a style.
pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Text from a description or a request, made harmless: control characters could move the cursor
/// or change colours.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| if is_harmful(c) { c.escape_unicode().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// JSON that says the same without such characters; of those only line feeds stand outside of its strings.
fn harmless_json(json: &str) -> String {
    let escape = |c: char| match c {
        '\n' => c.to_string(),
        c if is_harmful(c) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    json.chars().map(escape).collect()
}

/// A JSON document for people and programs.
pub(crate) fn document(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(harmless_json(&serde_json::to_string_pretty(value)?) + "\n")
}

/// The same on one line.
pub(crate) fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(harmless_json(&serde_json::to_string(value)?) + "\n")
}

fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Writes to standard output; an error where nobody reads it any more.
pub(crate) fn write(text: &str) -> std::io::Result<()> {
    anstream::stdout().lock().write_all(text.as_bytes())
}

/// Columns that a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The text cut to a number of columns, an ellipsis at its end where something is missing.
pub(crate) fn fit(text: &str, limit: usize) -> Cow<'_, str> {
    if columns(text) <= limit {
        return Cow::Borrowed(text);
    }
    let mut room = limit.saturating_sub(1);
    let kept = text.chars().take_while(|c| {
        let width = c.width().unwrap_or(0);
        let fits = width <= room;
        room = room.saturating_sub(width);
        fits
    });
    Cow::Owned(kept.chain(std::iter::once('…')).collect())
}

/// The end of the text that fits into a number of columns, an ellipsis before it where something is missing.
pub(crate) fn fit_end(text: &str, limit: usize) -> Cow<'_, str> {
    if columns(text) <= limit {
        return Cow::Borrowed(text);
    }
    let reversed: String = text.chars().rev().collect();
    Cow::Owned(fit(&reversed, limit).chars().rev().collect())
}

/// `1 file`, `2 files`, `1,234 files`.
pub(crate) fn count(number: usize, one: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if number == 1 { format!("{grouped} {one}") } else { format!("{grouped} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_the_columns_it_takes() {
        assert_eq!(fit("petstore", 8), "petstore");
        assert_eq!(fit("petstore", 5), "pets…");
        assert_eq!(fit("寵物商店", 5), "寵物…");
        assert_eq!(fit_end("generated_mocks/petstore", 9), "…petstore");
        assert_eq!(columns("寵物"), 4);
    }

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(printable("\u{1b}[31mred\n"), r"\u{1b}[31mred\u{a}");
        assert_eq!(printable("日本"), "日本");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(0, "file"), "0 files");
        assert_eq!(count(1_234_567, "file"), "1,234,567 files");
    }
}
