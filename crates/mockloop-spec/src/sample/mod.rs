//! Sample values for JSON Schemas: built, checked and written down as bodies.

use serde_json::{Map, Value};

use build::Builder;
use check::Checker;

mod array;
mod build;
mod check;
mod conjunction;
mod containers;
mod definitions;
mod file;
mod form;
mod format;
pub(crate) mod keywords;
mod leaves;
mod media;
mod number;
pub(crate) mod numeric;
mod object;
mod pattern;
mod plausible;
mod render;
mod text;
mod unevaluated;
mod ways;
mod xml;

pub use media::concrete_media_type;
pub use render::{header_text, render};

/// Whether a value goes to the API or comes from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the API: `readOnly` properties are left out.
    Request,
    /// From the API: `writeOnly` properties are left out.
    Response,
}

/// A value for a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The value: valid, or the best that was found.
    pub value: Value,
    /// Why the value is not valid, where it is not.
    pub problem: Option<Problem>,
}

/// Why no valid value was found for a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer to the part of the value that fails.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
}

/// One reason why a value is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer to the part of the value that fails.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
    /// Whether the value would be valid if `format` were an annotation only.
    pub format_only: bool,
}

/// Builds and checks values for the schemas of one description.
#[derive(Debug)]
pub struct Sampler<'a> {
    builder: Builder<'a>,
}

impl<'a> Sampler<'a> {
    /// A sampler for schemas whose `#/schemas/NAME` references lead into `schemas`.
    #[must_use]
    pub fn new(schemas: &'a Map<String, Value>) -> Self {
        Self { builder: Builder::new(Checker::new(schemas)) }
    }

    /// A value for `schema`. `name` says what it is for, such as the name of a parameter.
    pub fn sample(&mut self, schema: &Value, direction: Direction, name: Option<&str>) -> Sample {
        let built = self.builder.root(schema, direction, name);
        let problem = built.problem.or_else(|| {
            let violation = self.builder.checker.violations(schema, &built.value).into_iter().next()?;
            Some(Problem { pointer: violation.pointer, message: violation.message })
        });
        Sample { value: built.value, problem }
    }

    /// Checks a value, such as an example of the description, against `schema`.
    pub fn check(&mut self, schema: &Value, instance: &Value) -> Result<(), Vec<Violation>> {
        let violations = self.builder.checker.violations(schema, instance);
        if violations.is_empty() { Ok(()) } else { Err(violations) }
    }
}
