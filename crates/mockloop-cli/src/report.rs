//! Diagnostics in the forms that people and programs read.

pub(crate) mod changes;
pub(crate) mod findings;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod request;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod text;

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use mockloop_runtime::admin::AdminError;
use mockloop_spec::{Diagnostic, Severity};

use crate::input::Description;
use crate::terminal::{count, printable, styled};

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// How many diagnostics are of a severity.
pub(crate) fn tally(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
}

/// `petstore.yaml: 20 operations, 0 errors, 2 warnings`
pub(crate) fn summary(description: &Description) -> String {
    let Description { name, reading } = description;
    let found = match &reading.api {
        Some(api) => count(api.operations.len(), "operation"),
        None => styled(ERROR, "can't be read"),
    };
    let tallied = |severity, style: Style| {
        let number = tally(&reading.diagnostics, severity);
        let text = count(number, &severity.to_string());
        if number == 0 { text } else { styled(style, text) }
    };
    let (errors, warnings) = (tallied(Severity::Error, ERROR), tallied(Severity::Warning, WARNING));
    format!("{}: {found}, {errors}, {warnings}", printable(name))
}

/// Says on standard error what failed, and why.
pub(crate) fn failure(error: &anyhow::Error) {
    let told = match error.downcast_ref() {
        Some(AdminError::Unreachable { source, .. }) if source.is_connect() => {
            // What the system says is at the end of the chain; between are only words for "can't".
            let (what, way_out) = split(error.to_string());
            format!("{what}: {}{way_out}", error.root_cause())
        }
        Some(_) => error.to_string(),
        None => error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": "),
    };
    // Words of a server may be among it.
    let lines: Vec<Cow<'_, str>> = told.lines().map(printable).collect();
    anstream::eprintln!("{}{} {}", styled(ERROR, "error"), styled(STRONG, ":"), lines.join("\n"));
}

/// The first line, and all others.
fn split(text: String) -> (String, String) {
    match text.find('\n') {
        Some(at) => {
            (text.get(..at).unwrap_or_default().to_owned(), text.get(at..).unwrap_or_default().to_owned())
        }
        None => (text, String::new()),
    }
}

/// Says on standard error what does not stop the command.
pub(crate) fn warning(message: &str) {
    anstream::eprintln!("{}{} {message}", styled(WARNING, "warning"), styled(STRONG, ":"));
}
