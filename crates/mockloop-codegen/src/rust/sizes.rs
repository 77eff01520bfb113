//! How much room the values of a schema's type take at most, which is known before there is the type.
//!
//! A variant that takes far more than the others would make all of them as big.

use std::collections::HashMap;

use serde_json::Value;

use super::shape::{Shape, shape};
use super::types::{Type, Types, reference};

/// The most that a variant of an enum takes without being put on the heap, in bytes.
const VARIANT: usize = 192;

/// How many schemas inside of each other are looked into.
const DEPTH: usize = 32;

/// A number, or the place of something on the heap.
const POINTER: usize = 8;

/// A number that may be something else instead.
const NUMBER: usize = 16;

/// A text, a list or a map.
const TEXT: usize = 24;

/// Any JSON.
const VALUE: usize = 72;

/// The sizes of definitions, by their names.
pub(super) type Sizes = HashMap<String, usize>;

/// What a variant holds: the type itself, or its place on the heap where that is better.
pub(super) fn variant(types: &mut Types<'_>, kind: Type, schema: &Value, root: Option<&str>) -> Type {
    let is_model = matches!(kind, Type::Model(_) | Type::Nullable(_));
    if is_model && size(types, schema, root, 0) > VARIANT { Type::Boxed(Box::new(kind)) } else { kind }
}

fn size(types: &mut Types<'_>, schema: &Value, root: Option<&str>, depth: usize) -> usize {
    if depth > DEPTH {
        return VARIANT + 1;
    }
    if let Some(name) = reference(schema) {
        if root.is_some_and(|root| types.cycles.meet(root, name)) {
            return POINTER;
        }
        if let Some(known) = types.sizes.get(name) {
            return *known;
        }
        let target = types.api.schemas.get(name);
        let found = target.map_or(VALUE, |target| size(types, target, Some(name), depth + 1));
        types.sizes.insert(name.to_owned(), found);
        return found;
    }
    let shape = shape(types, schema);
    let mut of = |schema: &Value| size(types, schema, root, depth + 1);
    match shape {
        Shape::Any | Shape::Unknown(_) => VALUE,
        Shape::Scalar("string") | Shape::List(_) | Shape::Map(_) => TEXT,
        Shape::Scalar(_) | Shape::Strings(_) => POINTER,
        Shape::Nullable(inner) => POINTER + of(&inner),
        Shape::One(inner) => of(&inner),
        Shape::Object(fields) => {
            let others = if fields.others.is_some() { TEXT } else { 0 };
            fields.properties.values().map(|member| POINTER + of(member)).fold(others, usize::saturating_add)
        }
        Shape::Union { branches, .. } => {
            POINTER + branches.iter().map(|branch| of(branch).min(VARIANT)).fold(NUMBER, usize::max)
        }
    }
}
