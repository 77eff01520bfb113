//! The keywords of JSON Schema 2020-12 and OpenAPI, by what their values are.

/// What the value of a keyword is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A schema.
    Schema,
    /// A list of schemas, not empty.
    Schemas,
    /// Schemas by name.
    SchemaMap,
    /// Any data.
    Data,
    /// A number.
    Number,
    /// An integer, 0 or more.
    Count,
    /// True or false.
    Flag,
    /// A text.
    Text,
    /// Treated one by one.
    Special,
    /// Of no meaning for the model.
    Dropped,
}

const KEYWORDS: &[(&str, Kind)] = &[
    ("$ref", Kind::Special),
    ("type", Kind::Special),
    ("properties", Kind::SchemaMap),
    ("required", Kind::Special),
    ("items", Kind::Special),
    ("description", Kind::Text),
    ("title", Kind::Text),
    ("format", Kind::Text),
    ("enum", Kind::Special),
    ("example", Kind::Special),
    ("examples", Kind::Special),
    ("default", Kind::Data),
    ("allOf", Kind::Schemas),
    ("oneOf", Kind::Schemas),
    ("anyOf", Kind::Schemas),
    ("not", Kind::Schema),
    ("const", Kind::Data),
    ("nullable", Kind::Special),
    ("x-nullable", Kind::Special),
    ("readOnly", Kind::Flag),
    ("writeOnly", Kind::Flag),
    ("deprecated", Kind::Flag),
    ("pattern", Kind::Special),
    ("minimum", Kind::Number),
    ("maximum", Kind::Number),
    ("exclusiveMinimum", Kind::Special),
    ("exclusiveMaximum", Kind::Special),
    ("multipleOf", Kind::Special),
    ("minLength", Kind::Count),
    ("maxLength", Kind::Count),
    ("minItems", Kind::Count),
    ("maxItems", Kind::Count),
    ("uniqueItems", Kind::Flag),
    ("minProperties", Kind::Count),
    ("maxProperties", Kind::Count),
    ("additionalProperties", Kind::Schema),
    ("patternProperties", Kind::Special),
    ("propertyNames", Kind::Schema),
    ("unevaluatedProperties", Kind::Schema),
    ("unevaluatedItems", Kind::Schema),
    ("prefixItems", Kind::Schemas),
    ("additionalItems", Kind::Special),
    ("contains", Kind::Schema),
    ("minContains", Kind::Count),
    ("maxContains", Kind::Count),
    ("if", Kind::Schema),
    ("then", Kind::Schema),
    ("else", Kind::Schema),
    ("dependentSchemas", Kind::SchemaMap),
    ("dependentRequired", Kind::Special),
    ("dependencies", Kind::Special),
    ("discriminator", Kind::Special),
    ("xml", Kind::Data),
    ("contentEncoding", Kind::Text),
    ("contentMediaType", Kind::Text),
    ("contentSchema", Kind::Schema),
    ("$dynamicRef", Kind::Special),
    ("externalDocs", Kind::Dropped),
    ("$defs", Kind::Dropped),
    ("definitions", Kind::Dropped),
    ("$schema", Kind::Dropped),
    ("$id", Kind::Dropped),
    ("id", Kind::Dropped),
    ("$anchor", Kind::Dropped),
    ("$dynamicAnchor", Kind::Dropped),
    ("$comment", Kind::Dropped),
    ("$vocabulary", Kind::Dropped),
    ("$recursiveRef", Kind::Dropped),
    ("$recursiveAnchor", Kind::Dropped),
];

/// What the value of `keyword` is, if it is one.
pub(super) fn kind(keyword: &str) -> Option<Kind> {
    KEYWORDS.iter().find(|(name, _)| *name == keyword).map(|(_, kind)| *kind)
}

/// The keyword that a wrong name was probably meant to be.
pub(super) fn meant(wrong: &str) -> Option<&'static str> {
    crate::suggest::nearest(wrong, KEYWORDS.iter().map(|(name, _)| *name).filter(|name| name.len() > 4))
}
