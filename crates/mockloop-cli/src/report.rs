//! Diagnostics in the forms that people and programs read.

pub(crate) mod changes;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod text;

use anstyle::{AnsiColor, Style};
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
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    anstream::eprintln!("{}{} {}", styled(ERROR, "error"), styled(STRONG, ":"), causes.join(": "));
}

/// Says on standard error what does not stop the command.
pub(crate) fn warning(message: &str) {
    anstream::eprintln!("{}{} {message}", styled(WARNING, "warning"), styled(STRONG, ":"));
}
