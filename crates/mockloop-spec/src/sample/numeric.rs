//! Numbers compared by their mathematical value.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// A JSON number: exact where it is an integer that fits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Numeric {
    /// An integer, also one written as `1.0`.
    Integer(i128),
    /// Anything else.
    Float(f64),
}

/// Below this magnitude an `f64` without a fraction is converted to an `i128` exactly.
const EXACT: f64 = 1e30;

impl Numeric {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        value.as_number().and_then(Self::of_number)
    }

    pub(crate) fn of_number(number: &Number) -> Option<Self> {
        if let Some(integer) = number.as_i128() {
            return Some(Self::Integer(integer));
        }
        number.as_f64().map(Self::of_f64)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the magnitude is checked")]
    pub(super) fn of_f64(float: f64) -> Self {
        if float.fract() == 0.0 && float.abs() < EXACT {
            Self::Integer(float as i128)
        } else {
            Self::Float(float)
        }
    }

    /// Whether there is no fraction.
    pub(super) fn is_integer(self) -> bool {
        match self {
            Self::Integer(_) => true,
            Self::Float(float) => float.fract() == 0.0,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Integer(one), Self::Integer(two)) => one.cmp(&two),
            (one, two) => one.as_f64().total_cmp(&two.as_f64()),
        }
    }
}

/// Whether two values are equal as JSON Schema sees it: `1` is `1.0`, order of members is nothing.
pub(crate) fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => {
            one == two
                || match (Numeric::of_number(one), Numeric::of_number(two)) {
                    (Some(one), Some(two)) => one.compare(two) == Ordering::Equal,
                    _ => false,
                }
        }
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            one.len() == two.len()
                && one.iter().all(|(key, one)| two.get(key).is_some_and(|two| same(one, two)))
        }
        _ => one == two,
    }
}
