//! Changes between two descriptions, in every form.

use std::fmt::Write as _;

use anstyle::Style;
use mockloop_spec::{Change, Impact};
use serde::Serialize;

use super::github::{data, property};
use super::{ERROR, FAINT, GOOD, STRONG};
use crate::terminal::{count, printable, styled};

/// What changed, and what of it is to be shown.
#[derive(Serialize)]
pub(crate) struct Changes<'a> {
    pub(crate) old: &'a str,
    pub(crate) new: &'a str,
    pub(crate) breaking: usize,
    pub(crate) compatible: usize,
    #[serde(rename = "changes")]
    pub(crate) shown: Vec<&'a Change>,
}

/// For people at a terminal.
pub(crate) fn text(changes: &Changes<'_>) -> String {
    let mut report = String::new();
    for change in &changes.shown {
        let style = match change.impact {
            Impact::Breaking => ERROR,
            Impact::Compatible => GOOD,
        };
        let kind = styled(style, format_args!("{}[{}]", change.impact, change.code));
        let message = styled(STRONG, format_args!(": {}", printable(&change.message)));
        let arrow = styled(FAINT, "-->");
        let _ = writeln!(report, "{kind}{message}\n  {arrow} {}\n", printable(&change.place));
    }
    let _ = writeln!(report, "{}", summary(changes, ERROR));
    report
}

/// For programs.
pub(crate) fn json(changes: &Changes<'_>) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(changes)? + "\n")
}

/// Workflow commands, which GitHub shows beside the new description.
pub(crate) fn github(changes: &Changes<'_>) -> String {
    let mut report = String::new();
    for change in &changes.shown {
        let command = match change.impact {
            Impact::Breaking => "error",
            Impact::Compatible => "notice",
        };
        let (file, title) = (property(changes.new), property(change.code));
        let message = data(&printable(&format!("{}: {}", change.place, change.message)));
        let _ = writeln!(report, "::{command} file={file},title={title}::{message}");
    }
    let _ = writeln!(report, "{}", summary(changes, ERROR));
    report
}

/// For comments and summaries. Text of descriptions stands in code spans only, where neither markup
/// nor mentions have a meaning.
pub(crate) fn markdown(changes: &Changes<'_>) -> String {
    let number = count(changes.breaking, "breaking change");
    let mut report = format!("### {number} from {} to {}\n", code(changes.old), code(changes.new));
    for change in &changes.shown {
        let mark = match change.impact {
            Impact::Breaking => "**breaking**",
            Impact::Compatible => "compatible",
        };
        let (place, message) = (code(&change.place), code(&change.message));
        let _ = write!(report, "\n- {mark} {place}  \n  {message} (`{}`)", change.code);
    }
    if !changes.shown.is_empty() {
        report.push('\n');
    }
    let _ = writeln!(report, "\n{}.", numbers(changes, Style::new()));
    report
}

/// `old.yaml -> new.yaml: 1 breaking change, 2 compatible changes`
fn summary(changes: &Changes<'_>, style: Style) -> String {
    format!("{} -> {}: {}", printable(changes.old), printable(changes.new), numbers(changes, style))
}

fn numbers(changes: &Changes<'_>, style: Style) -> String {
    let breaking = count(changes.breaking, "breaking change");
    let breaking = if changes.breaking == 0 { breaking } else { styled(style, breaking) };
    format!("{breaking}, {}", count(changes.compatible, "compatible change"))
}

/// A code span: its fence is longer than any run of backticks in the text.
pub(crate) fn code(text: &str) -> String {
    let text = printable(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_in_its_code_span() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a `b` c"), "``a `b` c``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code("a\n# b"), r"`a\u{a}# b`");
    }
}
