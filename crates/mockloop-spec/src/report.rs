//! Collects problems while reading, and finds their lines at the end.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Location, Severity};
use crate::document::{Document, Documents, Unreadable};
use crate::node::Node;
use crate::pointer;
use crate::tree::{self, Position, Problem};

/// A place that outlives the walk that found it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// Index of the document.
    pub(crate) document: usize,
    /// JSON pointer.
    pub(crate) pointer: String,
}

impl From<&Node<'_, '_>> for Place {
    fn from(node: &Node<'_, '_>) -> Self {
        Self { document: node.document.index, pointer: node.pointer() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Finding {
    severity: Severity,
    code: &'static str,
    message: String,
    place: Place,
    hint: Option<String>,
}

/// What was found so far. A part that several operations share is reported once.
#[derive(Debug, Default)]
pub(crate) struct Report {
    findings: RefCell<Vec<Finding>>,
    seen: RefCell<HashSet<Finding>>,
}

impl Report {
    /// A part that can't be understood, or that contradicts the format.
    pub(crate) fn error(
        &self,
        place: impl Into<Place>,
        code: &'static str,
        message: String,
        hint: Option<String>,
    ) {
        self.add(Severity::Error, place.into(), code, message, hint);
    }

    /// A part that can be used, but not as it says.
    pub(crate) fn warning(
        &self,
        place: impl Into<Place>,
        code: &'static str,
        message: String,
        hint: Option<String>,
    ) {
        self.add(Severity::Warning, place.into(), code, message, hint);
    }

    fn add(
        &self,
        severity: Severity,
        place: Place,
        code: &'static str,
        message: String,
        hint: Option<String>,
    ) {
        debug_assert!(crate::CODES.contains(&code), "{code} is not listed");
        let finding = Finding { severity, code, message, place, hint };
        if self.seen.borrow_mut().insert(finding.clone()) {
            self.findings.borrow_mut().push(finding);
        }
    }

    /// Everything found, with lines, ordered by place; what was wrong with the texts themselves too.
    pub(crate) fn into_diagnostics(self, documents: &Documents<'_>) -> Vec<Diagnostic> {
        let findings = self.findings.into_inner();
        let mut diagnostics = Vec::with_capacity(findings.len());
        for document in (0..documents.len()).filter_map(|index| documents.by_index(index)) {
            let mut here = located(document, &findings);
            here.extend(
                document
                    .problems
                    .iter()
                    .map(|problem| text_problem(&document.name, problem, Severity::Error)),
            );
            here.sort_by(|a, b| {
                (a.location.line, a.location.column).cmp(&(b.location.line, b.location.column))
            });
            diagnostics.append(&mut here);
        }
        diagnostics
    }
}

fn located(document: &Document, findings: &[Finding]) -> Vec<Diagnostic> {
    let here = || findings.iter().filter(|finding| finding.place.document == document.index);
    if here().next().is_none() {
        return Vec::new();
    }
    let pointers = here().map(|finding| finding.place.pointer.as_str());
    let positions = tree::locate(&document.text, document.syntax, pointers);
    here()
        .map(|finding| {
            let Position { line, column } =
                positions.get(finding.place.pointer.as_str()).copied().unwrap_or_default();
            Diagnostic {
                severity: finding.severity,
                code: finding.code,
                message: finding.message.clone(),
                location: Location {
                    file: document.name.clone(),
                    line,
                    column,
                    pointer: format!("#{}", finding.place.pointer),
                },
                hint: finding.hint.clone(),
            }
        })
        .collect()
}

/// The diagnostic for a problem of a text itself.
pub(crate) fn text_problem(file: &str, problem: &Problem, severity: Severity) -> Diagnostic {
    Diagnostic {
        severity,
        code: problem.code,
        message: problem.message.clone(),
        location: Location {
            file: file.to_owned(),
            line: problem.position.line,
            column: problem.position.column,
            pointer: "#".to_owned(),
        },
        hint: problem.hint.clone(),
    }
}

/// The diagnostic for a document that can't be had at all.
pub(crate) fn unreachable(name: &str, message: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: "unreadable",
        message: format!("{name} {message}"),
        location: Location { file: name.to_owned(), line: 0, column: 0, pointer: "#".to_owned() },
        hint: None,
    }
}

/// The diagnostic for a document that is neither JSON nor YAML.
pub(crate) fn unreadable(Unreadable { file, problem }: &Unreadable) -> Diagnostic {
    text_problem(&file.name, problem, Severity::Error)
}

impl Place {
    /// The place of a member of this one.
    pub(crate) fn below(&self, key: &str) -> Self {
        let mut place = self.clone();
        pointer::push(&mut place.pointer, key);
        place
    }
}
