//! JSON and YAML that describe no API, such as scenarios.

use std::collections::HashMap;

use serde_json::Value;

use crate::tree::{self, Syntax};

/// A value that was read from JSON or YAML, told apart by content.
///
/// ```
/// let data = mockloop_spec::Data::parse("name: flaky\noperations: {}\n")?;
/// assert_eq!(data.value["name"], "flaky");
/// assert_eq!(data.places(["/operations"])["/operations"], (2, 1));
/// # Ok::<(), mockloop_spec::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Data {
    /// What it says.
    pub value: Value,
    text: String,
    syntax: Syntax,
}

/// Why a text can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct DataError {
    /// What is wrong.
    pub message: String,
    /// In which line, from 1.
    pub line: u32,
    /// At which character of it, from 1.
    pub column: u32,
    /// A way out.
    pub hint: Option<String>,
}

impl Data {
    /// Reads a text. An object with a key that stands twice is an error too.
    ///
    /// # Errors
    /// Where it is neither JSON nor YAML, or not clear.
    pub fn parse(text: impl Into<String>) -> Result<Self, DataError> {
        let text = text.into();
        let mut parsed = tree::parse(&text).map_err(DataError::from)?;
        match parsed.problems.pop() {
            Some(problem) => Err(problem.into()),
            None => Ok(Self { value: parsed.value, syntax: parsed.syntax, text }),
        }
    }

    /// The text that it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column, from 1, of what JSON pointers lead to; where one leads nowhere, of its longest part
    /// that does.
    pub fn places<'p>(&self, pointers: impl IntoIterator<Item = &'p str>) -> HashMap<&'p str, (u32, u32)> {
        let places = tree::locate(&self.text, self.syntax, pointers);
        places.into_iter().map(|(pointer, place)| (pointer, (place.line, place.column))).collect()
    }
}

impl From<tree::Problem> for DataError {
    fn from(problem: tree::Problem) -> Self {
        let tree::Problem { message, position, hint, .. } = problem;
        Self { message, line: position.line, column: position.column, hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_clear_is_refused_with_its_place() {
        let error = Data::parse("a: 1\na: 2\n").map(|data| data.value);
        assert_eq!(error.map_err(|error| (error.line, error.column)), Err((2, 1)));
        let error = Data::parse("{\"a\": ").map(|data| data.value);
        assert_eq!(error.map_err(|error| error.line), Err(1));
    }
}
