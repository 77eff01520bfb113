//! Diagnostics for people, in the look that rustc made known.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use mockloop_spec::{Diagnostic, Severity};

use super::{FAINT, WARNING, summary};
use crate::input::Description;
use crate::terminal::{self, count, printable, styled};

/// How many diagnostics of one code are printed.
pub(crate) const LIMIT: usize = 50;

/// The longest source line that is shown whole.
const LONG_LINE: usize = 400;

/// What is shown of a longer one, on either side of the place.
const AROUND: usize = 40;

/// Every diagnostic of a description, then its summary.
pub(crate) fn checked(description: &Description, limit: usize) -> String {
    let mut report = diagnostics(description, limit);
    let _ = writeln!(report, "{}", summary(description));
    report
}

/// Every diagnostic of a description, but of each code at most `limit`.
pub(crate) fn diagnostics(description: &Description, limit: usize) -> String {
    let sources: HashMap<&str, Lines<'_>> =
        description.reading.files.iter().map(|file| (file.name.as_str(), Lines::of(&file.text))).collect();
    let renderer = Renderer::styled().term_width(terminal::width());
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut report = String::new();
    for diagnostic in &description.reading.diagnostics {
        let number = seen.entry(diagnostic.code).or_default();
        *number += 1;
        if *number <= limit {
            let excerpt = sources.get(diagnostic.location.file.as_str());
            let excerpt = excerpt.and_then(|lines| lines.excerpt(diagnostic));
            let _ = writeln!(report, "{}\n", renderer.render(&[group(diagnostic, excerpt)]));
        }
    }
    for (code, number) in seen.into_iter().filter(|(_, number)| *number > limit) {
        let more = count(number - limit, "more diagnostic");
        let _ = writeln!(report, "{}: {more} of the code {code}", styled(WARNING, "not shown"));
        let _ = writeln!(report, "  {}\n", styled(FAINT, "mockloop check --all shows them"));
    }
    report
}

fn group<'a>(diagnostic: &'a Diagnostic, excerpt: Option<Excerpt<'a>>) -> Group<'a> {
    let place = &diagnostic.location;
    Remark {
        severity: diagnostic.severity,
        code: diagnostic.code,
        message: &diagnostic.message,
        hint: diagnostic.hint.as_deref(),
        file: &place.file,
        column: place.column,
    }
    .group(excerpt)
}

/// Something to say about a place of a document.
pub(crate) struct Remark<'a> {
    pub(crate) severity: Severity,
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    pub(crate) hint: Option<&'a str>,
    pub(crate) file: &'a str,
    pub(crate) column: u32,
}

impl<'a> Remark<'a> {
    /// What is printed of it.
    pub(crate) fn group(self, excerpt: Option<Excerpt<'a>>) -> Group<'a> {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let group = level.primary_title(printable(self.message)).id(printable(self.code));
        let file = printable(self.file);
        let group = match excerpt {
            Some(Excerpt { text, span, line, cut }) => {
                let source = Snippet::source(text).line_start(line);
                let source = source.annotation(AnnotationKind::Primary.span(span));
                if cut {
                    // Columns of the source as shown are not those of the document.
                    let column = self.column as usize;
                    group.element(Origin::path(file).line(line).char_column(column)).element(source)
                } else {
                    group.element(source.path(file))
                }
            }
            None => group.element(Origin::path(file)),
        };
        match self.hint {
            Some(hint) => group.element(Level::HELP.message(printable(hint))),
            None => group,
        }
    }
}

/// A document by lines.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

/// The part of a line that a diagnostic is about.
pub(crate) struct Excerpt<'a> {
    text: &'a str,
    span: Range<usize>,
    line: usize,
    /// Whether the line is longer.
    cut: bool,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let after = |(i, _): (usize, &str)| i + 1;
        Self { text, starts: std::iter::once(0).chain(text.match_indices('\n').map(after)).collect() }
    }

    fn excerpt(&self, diagnostic: &Diagnostic) -> Option<Excerpt<'a>> {
        self.at(diagnostic.location.line as usize, diagnostic.location.column as usize)
    }

    pub(crate) fn at(&self, line: usize, column: usize) -> Option<Excerpt<'a>> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let text = self.text.get(start..)?.lines().next().unwrap_or_default();
        let at = text.char_indices().nth(column.checked_sub(1)?).map_or(text.len(), |(i, _)| i);
        let end = at + token(text.get(at..)?);
        if text.len() <= LONG_LINE {
            return Some(Excerpt { text, span: at..end, line, cut: false });
        }
        let from = boundary(text, at.saturating_sub(AROUND));
        let to = boundary(text, at + AROUND);
        Some(Excerpt { text: text.get(from..to)?, span: at - from..end.min(to) - from, line, cut: true })
    }
}

/// The nearest place at or before `at` where no character is cut.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// How long the word, number or quoted text is that a text begins with.
fn token(text: &str) -> usize {
    let mut chars = text.char_indices();
    match chars.next() {
        Some((_, quote @ ('"' | '\''))) => {
            let mut escaped = false;
            let closing = chars.find(|(_, c)| {
                let closes = *c == quote && !escaped;
                escaped = *c == '\\' && !escaped;
                closes
            });
            closing.map_or(text.len(), |(i, _)| i + 1)
        }
        Some((_, first)) => {
            let ends = |c: char| c.is_whitespace() || matches!(c, ':' | ',' | ']' | '}');
            text.find(ends).unwrap_or(text.len()).max(first.len_utf8())
        }
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_is_under_the_whole_word() {
        let pointed = |text: &'static str, line, column| {
            let excerpt = Lines::of(text).at(line, column)?;
            excerpt.text.get(excerpt.span)
        };
        assert_eq!(pointed("a: 1\nparameters: []\n", 2, 1), Some("parameters"));
        assert_eq!(pointed("{\"a \\\" b\": 1}", 1, 2), Some("\"a \\\" b\""));
        assert_eq!(pointed("ü: [1, 23]\r\n", 1, 8), Some("23"));
        assert_eq!(pointed("a\n", 1, 9), Some(""));
        assert_eq!(pointed("a\n", 9, 1), None);
        assert_eq!(pointed("a\n", 0, 0), None);
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}\"here\"{}", "ü".repeat(5_000), "ü".repeat(5_000));
        let excerpt = Lines::of(&text).at(1, 5_001);
        let excerpt = excerpt.as_ref().map(|e| (e.text.len() < 100, e.text.get(e.span.clone())));
        assert_eq!(excerpt, Some((true, Some("\"here\""))));
    }
}
