//! What has to hold for a request.

use serde_json::Value;

use crate::admin::contract::models::{
    BodyCondition, BodyConditionObject, BodyConditionString, Conditions, TextCondition, TextConditionObject,
    TextConditionObjectEquals, ValueCondition, ValueConditionObject, When,
};
use crate::generated::Map;

/// What a part of a request has to be; a plain value stands for equality.
#[derive(Clone, Debug, PartialEq)]
pub struct Is(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Equal(Value),
    Matching(String),
    Present(bool),
}

impl Is {
    /// This value.
    #[must_use]
    pub fn equal(value: impl Into<Value>) -> Self {
        Self(Kind::Equal(value.into()))
    }

    /// A text that a regular expression has a match in; without look-around and back-references.
    #[must_use]
    pub fn matching(regex: impl Into<String>) -> Self {
        Self(Kind::Matching(regex.into()))
    }

    /// There, whatever it is.
    #[must_use]
    pub fn present() -> Self {
        Self(Kind::Present(true))
    }

    /// Not there.
    #[must_use]
    pub fn absent() -> Self {
        Self(Kind::Present(false))
    }
}

macro_rules! plain {
    ($($type:ty),+) => {$(
        impl From<$type> for Is {
            fn from(value: $type) -> Self {
                Self::equal(value)
            }
        }
    )+};
}

plain!(&str, String, bool, i32, i64, u32, f64, Value);

impl From<Is> for TextCondition {
    fn from(Is(kind): Is) -> Self {
        let mut object = TextConditionObject::new();
        match kind {
            Kind::Equal(value) => {
                object.equals = Some(TextConditionObjectEquals::String(written(&value)));
            }
            Kind::Matching(regex) => object.matches = Some(regex),
            Kind::Present(present) => object.present = Some(present),
        }
        Self::Object(object)
    }
}

impl From<Is> for ValueCondition {
    fn from(Is(kind): Is) -> Self {
        let mut object = ValueConditionObject::new();
        match kind {
            Kind::Equal(value) => object.equals = Some(value),
            Kind::Matching(regex) => object.matches = Some(regex),
            Kind::Present(present) => object.present = Some(present),
        }
        Self::Object(object)
    }
}

/// A value as it is written in a path, a query or a header.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl When {
    /// A parameter of the path.
    #[must_use]
    pub fn path(name: impl Into<String>, is: impl Into<Is>) -> Self {
        Self { path: Some(one(name, is)), ..Self::new() }
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query(name: impl Into<String>, is: impl Into<Is>) -> Self {
        Self { query: Some(one(name, is)), ..Self::new() }
    }

    /// A header.
    #[must_use]
    pub fn header(name: impl Into<String>, is: impl Into<Is>) -> Self {
        Self { headers: Some(one(name, is)), ..Self::new() }
    }

    /// A cookie.
    #[must_use]
    pub fn cookie(name: impl Into<String>, is: impl Into<Is>) -> Self {
        Self { cookies: Some(one(name, is)), ..Self::new() }
    }

    /// The body as a whole: its JSON value, or for a regular expression its text.
    #[must_use]
    pub fn body(is: impl Into<Is>) -> Self {
        let mut object = BodyConditionObject::new();
        match is.into().0 {
            Kind::Equal(value) => object.equals = Some(value),
            Kind::Matching(regex) => object.matches = Some(regex),
            Kind::Present(present) => object.present = Some(present),
        }
        Self { body: Some(BodyCondition::Object(Box::new(object))), ..Self::new() }
    }

    /// A value within the body, by `JSONPath` (RFC 9535): one of those that it finds has to fit.
    #[must_use]
    pub fn body_at(path: impl Into<String>, is: impl Into<Is>) -> Self {
        let paths = Map::from([(path.into(), is.into().into())]);
        let object = BodyConditionObject { json_path: Some(paths), ..BodyConditionObject::new() };
        Self { body: Some(BodyCondition::Object(Box::new(object))), ..Self::new() }
    }

    /// Both; where both say something of one part of a request, `other` counts.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            path: joined(self.path, other.path),
            query: joined(self.query, other.query),
            headers: joined(self.headers, other.headers),
            cookies: joined(self.cookies, other.cookies),
            body: match (self.body, other.body) {
                (Some(first), Some(second)) => Some(both(first, second)),
                (first, second) => second.or(first),
            },
        }
    }
}

fn one(name: impl Into<String>, is: impl Into<Is>) -> Conditions {
    Conditions::from([(name.into(), is.into().into())])
}

fn joined<T>(first: Option<Map<String, T>>, second: Option<Map<String, T>>) -> Option<Map<String, T>> {
    match (first, second) {
        (Some(mut first), Some(second)) => {
            first.extend(second);
            Some(first)
        }
        (first, second) => second.or(first),
    }
}

fn both(first: BodyCondition, second: BodyCondition) -> BodyCondition {
    let (first, second) = (object(first), object(second));
    BodyCondition::Object(Box::new(BodyConditionObject {
        equals: second.equals.or(first.equals),
        matches: second.matches.or(first.matches),
        json_path: joined(first.json_path, second.json_path),
        schema: second.schema.or(first.schema),
        present: second.present.or(first.present),
    }))
}

/// A condition with all members; a plain value stands for equality.
fn object(condition: BodyCondition) -> BodyConditionObject {
    let equals = match condition {
        BodyCondition::Object(object) => return *object,
        BodyCondition::String(None) => Value::Null,
        BodyCondition::String(Some(BodyConditionString::String(text))) => Value::from(text),
        BodyCondition::String(Some(BodyConditionString::Number(number))) => Value::from(number),
        BodyCondition::String(Some(BodyConditionString::Boolean(value))) => Value::from(value),
        BodyCondition::String(Some(BodyConditionString::Array(values))) => Value::from(values),
    };
    BodyConditionObject { equals: Some(equals), ..BodyConditionObject::new() }
}
