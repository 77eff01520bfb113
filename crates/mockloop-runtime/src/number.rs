//! Numbers that stay as they are written.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A number that stays as it is written: `1` does not become `1.0`, and an integer keeps all its digits.
///
/// Types for schemas have it where a value may be a number or something else.
///
/// ```
/// use mockloop_runtime::Number;
///
/// assert_eq!(Number::from(1).to_string(), "1");
/// assert_eq!(Number::from(1.0).to_string(), "1.0");
/// assert_eq!(Number::from(u64::MAX).as_i64(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Kind {
    Integer(i64),
    /// One that is too large to be the other.
    Large(u64),
    Float(f64),
}

impl Number {
    /// The nearest number that a float can be.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest is what is asked for")]
    pub fn as_f64(self) -> f64 {
        match self.0 {
            Kind::Integer(number) => number as f64,
            Kind::Large(number) => number as f64,
            Kind::Float(number) => number,
        }
    }

    /// The integer that it is written as, where it is that and not too large.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self.0 {
            Kind::Integer(number) => Some(number),
            Kind::Large(_) | Kind::Float(_) => None,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Integer(number) => fmt::Display::fmt(&number, f),
            Kind::Large(number) => fmt::Display::fmt(&number, f),
            // As JSON has it: with a point or an exponent.
            Kind::Float(number) => fmt::Debug::fmt(&number, f),
        }
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(Kind::Integer(number))
    }
}

impl From<i32> for Number {
    fn from(number: i32) -> Self {
        Self(Kind::Integer(number.into()))
    }
}

impl From<u32> for Number {
    fn from(number: u32) -> Self {
        Self(Kind::Integer(number.into()))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(i64::try_from(number).map_or(Kind::Large(number), Kind::Integer))
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self(Kind::Float(number))
    }
}

impl From<Number> for Value {
    /// What is no number in JSON becomes null.
    fn from(number: Number) -> Self {
        match number.0 {
            Kind::Integer(number) => number.into(),
            Kind::Large(number) => number.into(),
            Kind::Float(number) => number.into(),
        }
    }
}
