//! Diagnostics for programs.

use mockloop_spec::{Diagnostic, Severity};
use serde::Serialize;

use super::tally;
use crate::input::Description;

#[derive(Serialize)]
struct Report<'a> {
    errors: usize,
    warnings: usize,
    descriptions: Vec<Checked<'a>>,
}

#[derive(Serialize)]
struct Checked<'a> {
    name: &'a str,
    readable: bool,
    operations: usize,
    errors: usize,
    warnings: usize,
    diagnostics: &'a [Diagnostic],
}

/// One JSON document on all descriptions.
pub(crate) fn checked(descriptions: &[Description]) -> serde_json::Result<String> {
    let descriptions: Vec<Checked<'_>> = descriptions.iter().map(Checked::new).collect();
    let report = Report {
        errors: descriptions.iter().map(|checked| checked.errors).sum(),
        warnings: descriptions.iter().map(|checked| checked.warnings).sum(),
        descriptions,
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

impl<'a> Checked<'a> {
    fn new(Description { name, reading }: &'a Description) -> Self {
        Self {
            name,
            readable: reading.api.is_some(),
            operations: reading.api.as_ref().map_or(0, |api| api.operations.len()),
            errors: tally(&reading.diagnostics, Severity::Error),
            warnings: tally(&reading.diagnostics, Severity::Warning),
            diagnostics: &reading.diagnostics,
        }
    }
}
