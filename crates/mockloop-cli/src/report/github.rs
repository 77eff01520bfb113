//! Diagnostics as workflow commands, which GitHub shows beside the lines of a change.

use std::fmt::Write as _;

use mockloop_spec::Diagnostic;

use super::summary;
use crate::input::Description;

/// One workflow command per diagnostic, then the summaries.
pub(crate) fn checked(descriptions: &[Description]) -> String {
    let mut report = String::new();
    for diagnostic in descriptions.iter().flat_map(|description| &description.reading.diagnostics) {
        command(&mut report, diagnostic);
    }
    for description in descriptions {
        report.push_str(&summary(description));
        report.push('\n');
    }
    report
}

fn command(report: &mut String, diagnostic: &Diagnostic) {
    let location = &diagnostic.location;
    let _ = write!(report, "::{} file={}", diagnostic.severity, property(&location.file));
    if location.line > 0 {
        let _ = write!(report, ",line={},col={}", location.line, location.column);
    }
    let mut message = diagnostic.message.clone();
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(message, "\nhint: {hint}");
    }
    let _ = writeln!(report, ",title={}::{}", property(diagnostic.code), data(&message));
}

/// A workflow command ends with its line.
pub(super) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property ends with a comma, and all of them with a colon.
pub(super) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_end_its_command() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a,b:c"), "a%2Cb%3Ac");
    }
}
