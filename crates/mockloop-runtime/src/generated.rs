//! What generated code names; no interface for people.

pub use http::{Request, StatusCode};
use serde::de::{DeserializeOwned, Error};
pub use serde::{self, Deserialize, Serialize};
pub use serde_json::Value;

pub use crate::number::Number;
pub use crate::request::RequestParts;

/// Names with values, in the order in which they are written.
pub type Map<K, V> = indexmap::IndexMap<K, V>;

/// The body of a request.
pub type Bytes = Vec<u8>;

/// The text of a member, where it has one.
#[must_use]
pub fn tag(value: &Value, property: &str) -> Option<String> {
    value.get(property)?.as_str().map(str::to_owned)
}

/// Reads what is there, also a null: `Option` by itself takes that as nothing.
///
/// # Errors
/// Where it is not of that type.
pub fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a value as one of several types.
///
/// # Errors
/// Where it is not of that type.
pub fn from_value<T: DeserializeOwned, U, E: Error>(value: Value, wrap: fn(T) -> U) -> Result<U, E> {
    serde_json::from_value(value).map(wrap).map_err(E::custom)
}
