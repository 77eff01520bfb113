//! Problems of a description, as data.

use std::fmt;

use serde::Serialize;

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The description is usable, but not as it says or as its author meant.
    Warning,
    /// A part of the description can't be understood, or contradicts its format.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Every [`Diagnostic::code`], sorted.
pub const CODES: &[&str] = &[
    "body-and-form",
    "circular-ref",
    "duplicate-key",
    "duplicate-operation-id",
    "duplicate-parameter",
    "duplicate-tag",
    "example-format",
    "invalid-discriminator",
    "invalid-example",
    "invalid-field",
    "invalid-header",
    "invalid-keyword",
    "invalid-parameter-location",
    "invalid-pattern",
    "invalid-ref",
    "invalid-schema",
    "invalid-server-variable",
    "invalid-status",
    "invalid-style",
    "json-syntax",
    "missing-description",
    "missing-field",
    "missing-info",
    "missing-path-parameter",
    "missing-paths",
    "missing-responses",
    "missing-schema",
    "multiple-documents",
    "not-a-description",
    "not-a-path-item",
    "odd-path",
    "optional-path-parameter",
    "too-deep",
    "undeclared-server-variable",
    "unknown-field",
    "unknown-keyword",
    "unknown-path-parameter",
    "unknown-security-scheme",
    "unknown-style",
    "unknown-type",
    "unreadable",
    "unreadable-example",
    "unresolved-ref",
    "unsatisfiable-schema",
    "unsupported-version",
    "yaml-alias",
    "yaml-key",
    "yaml-merge",
    "yaml-syntax",
];

/// A problem, with its place and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name for the kind of problem, such as `unresolved-ref`.
    pub code: &'static str,
    /// What is wrong: lower case, no final dot.
    pub message: String,
    /// Where.
    pub location: Location,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A place in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Location {
    /// The document, named as the person who asked named it, or relative to that.
    pub file: String,
    /// Line, from 1; 0 where the document as a whole is meant.
    pub line: u32,
    /// Column in characters, from 1; 0 where the document as a whole is meant.
    pub column: u32,
    /// JSON pointer as a URI fragment (RFC 6901, section 6), such as `#/paths/~1pets`.
    pub pointer: String,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        if self.pointer.len() > 1 {
            write!(f, " ({})", self.pointer)?;
        }
        Ok(())
    }
}

/// `file:line:col (pointer): message`, the hint on a second line.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}
