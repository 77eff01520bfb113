//! What a mock says of a scenario or a response, at its place in the file.

use std::fmt::Write as _;

use annotate_snippets::Renderer;
use mockloop_runtime::admin::{Finding, Severity};
use mockloop_spec::Data;

use super::text::{Lines, Remark};
use super::{ERROR, FAINT, STRONG, WARNING};
use crate::terminal::{self, printable, styled};

/// Findings with the lines of the document that they are about.
pub(crate) fn in_document(findings: &[Finding], name: &str, data: &Data) -> String {
    let places = data.places(findings.iter().map(|finding| finding.pointer.as_str()));
    let lines = Lines::of(data.text());
    let renderer = Renderer::styled().term_width(terminal::width());
    let mut report = String::new();
    for finding in findings {
        let (line, column) = places.get(finding.pointer.as_str()).copied().unwrap_or((1, 1));
        let message = format!("{} {}", pointer(finding), finding.message);
        let remark = Remark {
            severity: match finding.severity {
                Severity::Error => mockloop_spec::Severity::Error,
                Severity::Warning => mockloop_spec::Severity::Warning,
            },
            code: &finding.code,
            message: &message,
            hint: finding.hint.as_deref(),
            file: name,
            column,
        };
        let excerpt = lines.at(line as usize, column as usize);
        let _ = writeln!(report, "{}\n", renderer.render(&[remark.group(excerpt)]));
    }
    report
}

/// Findings about what was not read from a file.
pub(crate) fn plain(findings: &[Finding]) -> String {
    let mut report = String::new();
    for finding in findings {
        let (word, style) = match finding.severity {
            Severity::Error => ("error", ERROR),
            Severity::Warning => ("warning", WARNING),
        };
        let severity = styled(style, format!("{word}[{}]", printable(&finding.code)));
        let message = format!("{} {}", pointer(finding), finding.message);
        let _ = writeln!(report, "{severity}{} {}", styled(STRONG, ":"), printable(&message));
        if let Some(hint) = &finding.hint {
            let _ = writeln!(report, "  {}", styled(FAINT, printable(hint)));
        }
    }
    report
}

fn pointer(finding: &Finding) -> &str {
    if finding.pointer.is_empty() { "the document" } else { &finding.pointer }
}
