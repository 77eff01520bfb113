//! One line per request, and one for each thing that is wrong with it.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{FAINT, WARNING};
use crate::commands::inspect::method_style;
use crate::terminal::{columns, printable, styled};

/// Columns for path and query, beyond which a line is as long as it is.
pub(crate) const TARGET: usize = 44;

/// A request and its answer.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) target: &'a str,
    /// None where the client left before there was an answer.
    pub(crate) status: Option<i64>,
    pub(crate) duration_ms: f64,
    /// What else there is to know, such as the operation.
    pub(crate) notes: Vec<&'a str>,
}

/// Something that is wrong with a request.
pub(crate) struct Violation<'a> {
    /// The part of the request.
    pub(crate) part: &'a str,
    /// The parameter, or the place in the body.
    pub(crate) name: &'a str,
    pub(crate) message: &'a str,
}

/// The line of a request.
pub(crate) fn line(request: &Request<'_>) -> String {
    let target = printable(request.target);
    let pad = TARGET.saturating_sub(columns(&target));
    let method = styled(method_style(request.method), format!("{:<7}", printable(request.method)));
    let status = match request.status {
        Some(status) => styled(status_style(status), format!("{status:>3}")),
        None => styled(FAINT, "  -"),
    };
    let duration = format!("{:>9.1} ms", request.duration_ms);
    let mut line = format!("{method} {target}{:pad$} {status} {duration}", "");
    if !request.notes.is_empty() {
        let notes: Vec<Cow<'_, str>> = request.notes.iter().map(|note| printable(note)).collect();
        let _ = write!(line, "  {}", styled(FAINT, notes.join(" · ")));
    }
    line.push('\n');
    line
}

/// The line of a violation, moved in by some columns.
pub(crate) fn violation(violation: &Violation<'_>, indent: usize) -> String {
    let place = format!("{} {}", printable(violation.part), printable(violation.name));
    let place = styled(WARNING, place.trim_end());
    format!("{:indent$}{place} {}\n", "", printable(violation.message))
}

/// Statuses in the colours of traffic lights.
pub(crate) fn status_style(status: i64) -> Style {
    match status {
        ..300 => AnsiColor::Green.on_default(),
        300..400 => AnsiColor::Cyan.on_default(),
        400..500 => AnsiColor::Yellow.on_default(),
        500.. => AnsiColor::Red.on_default().bold(),
    }
}
