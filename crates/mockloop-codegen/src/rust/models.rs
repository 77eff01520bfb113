//! Types for schemas: structs for objects, enums for choices, what the standard library has for the rest.
//!
//! A type takes every value that its schema allows, and may take more: bounds, patterns and the like
//! are checked by the server.

use indexmap::{IndexMap, IndexSet};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::Value;

use super::Paths;
use super::construct::{Constructor, Member, constructor};
use super::docs::{doc, span};
use super::lints;
use super::names::{Scope, pascal_case};
use super::shape::{Fields, Shape, Tag, is_number, is_value, shape};
use super::sizes::variant;
use super::types::{Hint, Type, Types, json_types, reference};

/// How many aliases in a row are followed.
const DEPTH: usize = 16;

/// How hard to read a type may be before a part of it gets a name.
const COMPLEXITY: usize = 25;

/// The items of all definitions.
pub(super) fn definitions(types: &mut Types<'_>) -> Vec<TokenStream> {
    let api = types.api;
    let mut items = Vec::new();
    for (name, schema) in &api.schemas {
        if let Some(ident) = types.name_of(name).cloned() {
            items.push(item(types, &ident, schema, Some(name)));
        }
    }
    items
}

/// The type of a schema inside of the definition `root`.
pub(super) fn of(types: &mut Types<'_>, schema: &Value, hint: Hint<'_>, root: Option<&str>) -> Type {
    if let Some(name) = reference(schema) {
        let Some(ident) = types.name_of(name).cloned() else { return Type::Value };
        let meets = root.is_some_and(|root| types.cycles.meet(root, name));
        return if meets { Type::Boxed(Box::new(Type::Model(ident))) } else { Type::Model(ident) };
    }
    match shape(types, schema) {
        Shape::Any => Type::Value,
        Shape::Unknown(reason) => {
            types.untyped.push(format!("{}: {reason}", hint.name()));
            Type::Value
        }
        Shape::Scalar(json_type) => types.scalar(json_type, schema).unwrap_or(Type::Value),
        Shape::Nullable(inner) => match of(types, &inner, hint, root) {
            Type::Value => Type::Value,
            nullable @ Type::Nullable(_) => nullable,
            other => Type::Nullable(Box::new(other)),
        },
        // What a list or a map holds is on the heap already.
        Shape::List(item) => {
            let item = of(types, &item, Hint { owner: &hint.name(), member: "Item" }, None);
            readable(types, Type::List(Box::new(item)), hint)
        }
        Shape::Map(value) => {
            let value = of(types, &value, Hint { owner: &hint.name(), member: "Value" }, None);
            readable(types, Type::Map(Box::new(value)), hint)
        }
        Shape::One(inner) => of(types, &inner, hint, root),
        Shape::Strings(values) => {
            let key = (hint.member.to_owned(), values);
            if let Some(ident) = types.enums.get(&key) {
                return Type::Model(ident.clone());
            }
            let ident = types.scope.type_name(&hint.name(), "Inline");
            types.enums.insert(key, ident.clone());
            let item = item(types, &ident, schema, root);
            types.inline.push(item);
            Type::Model(ident)
        }
        Shape::Object(_) | Shape::Union { .. } => {
            let ident = types.scope.type_name(&hint.name(), "Inline");
            let item = item(types, &ident, schema, root);
            types.inline.push(item);
            Type::Model(ident)
        }
    }
}

/// A type, by a name of its own where it is hard to read as a part of others.
fn readable(types: &mut Types<'_>, kind: Type, hint: Hint<'_>) -> Type {
    if kind.complexity(3) <= COMPLEXITY {
        return kind;
    }
    let ident = types.scope.type_name(&hint.name(), "Inline");
    let tokens = kind.tokens(&inside(types.paths));
    types.inline.push(quote! {
        /// A part of a schema.
        pub type #ident = #tokens;
    });
    Type::Model(ident)
}

/// The paths in the module of models.
fn inside(paths: &Paths) -> Paths {
    Paths { models: TokenStream::new(), ..paths.clone() }
}

/// The item that defines a type.
fn item(types: &mut Types<'_>, ident: &Ident, schema: &Value, root: Option<&str>) -> TokenStream {
    let inside = inside(types.paths);
    let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    let described = [text("title"), text("description")];
    let fallback = match root {
        Some(root) if types.name_of(root) == Some(ident) => format!("The schema `{root}`."),
        Some(root) => format!("A part of the schema `{root}`."),
        None => "A part of a schema.".to_owned(),
    };
    let docs = if described.iter().all(|text| text.trim().is_empty()) {
        doc([fallback.as_str()])
    } else {
        doc(described)
    };
    match shape(types, schema) {
        Shape::Strings(values) => strings_item(ident, &values, &docs, &inside),
        Shape::Object(fields) => object_item(types, ident, &fields, root, &docs, &inside),
        Shape::Union { branches, tag } => {
            union_item(types, ident, &branches, tag.as_ref(), root, &docs, &inside)
        }
        _ => {
            let inner = of(types, schema, Hint { owner: &ident.to_string(), member: "" }, root);
            let tokens = inner.tokens(&inside);
            // An alias of itself is no type.
            if root.is_some_and(|root| mentions(schema, root, types, 0)) {
                let derives = derives(&inside, false);
                quote! {
                    #docs
                    #derives
                    #[serde(transparent)]
                    pub struct #ident(
                        /// The value.
                        pub #tokens,
                    );
                }
            } else {
                quote! { #docs pub type #ident = #tokens; }
            }
        }
    }
}

/// Whether an alias for a schema would lead back to `root` through aliases.
fn mentions(schema: &Value, root: &str, types: &Types<'_>, depth: usize) -> bool {
    if depth > DEPTH {
        return true;
    }
    if let Some(name) = reference(schema) {
        let target = types.api.schemas.get(name);
        return name == root || target.is_some_and(|target| mentions(target, root, types, depth + 1));
    }
    match shape(types, schema) {
        Shape::Nullable(inner) | Shape::List(inner) | Shape::Map(inner) | Shape::One(inner) => {
            mentions(&inner, root, types, depth + 1)
        }
        _ => false,
    }
}

fn derives(paths: &Paths, is_simple: bool) -> TokenStream {
    let Paths { generated, core, .. } = paths;
    let serde = quote!(#generated::serde).to_string().replace(' ', "");
    let simple = is_simple.then(|| quote!(#core::marker::Copy, #core::cmp::Eq, #core::hash::Hash,));
    quote! {
        #[derive(#core::clone::Clone, #core::fmt::Debug, #core::cmp::PartialEq, #simple #generated::Serialize, #generated::Deserialize)]
        #[serde(crate = #serde)]
    }
}

fn strings_item(ident: &Ident, values: &[String], docs: &TokenStream, paths: &Paths) -> TokenStream {
    let derives = derives(paths, true);
    let mut scope = Scope::default();
    let values: IndexSet<&String> = values.iter().collect();
    let fallback = |value: &str| if value.is_empty() { "Empty" } else { "Value" };
    let names: Vec<_> = values.iter().map(|value| scope.type_name(value, fallback(value))).collect();
    let variants = values.iter().zip(&names).map(|(value, name)| {
        let docs = doc([span(value).as_str()]);
        quote! { #docs #[serde(rename = #value)] #name }
    });
    let alike = lints::variants(ident, &names);
    quote! {
        #docs
        #alike
        #derives
        pub enum #ident { #(#variants),* }
    }
}

fn object_item(
    types: &mut Types<'_>,
    ident: &Ident,
    fields: &Fields,
    root: Option<&str>,
    docs: &TokenStream,
    paths: &Paths,
) -> TokenStream {
    let core = &paths.core;
    let is_none = quote!(#core::option::Option::is_none).to_string().replace(' ', "");
    let generated = &paths.generated;
    let present_or_null = quote!(#generated::present).to_string().replace(' ', "");
    let owner = ident.to_string();
    let mut scope = Scope::default();
    let (mut members, mut made) = (Vec::new(), Vec::new());
    for (name, schema) in &fields.properties {
        let field = scope.value_name(name, "field");
        let hint = Hint { owner: &owner, member: &pascal_case(name) };
        let found = of(types, schema, hint, root);
        let is_required = fields.required.contains(name);
        let present = found.clone().present().tokens(paths);
        let described = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let docs = if described.trim().is_empty() { doc([span(name).as_str()]) } else { doc([described]) };
        let rename = (field != name.as_str()).then(|| quote!(#[serde(rename = #name)]));
        let null = is_value(types, schema).then(|| quote!(deserialize_with = #present_or_null,));
        members.push(match (is_required, &found) {
            (true, Type::Nullable(_)) => quote! { #docs #rename pub #field: #core::option::Option<#present> },
            (true, _) => quote! { #docs #rename pub #field: #present },
            (false, _) => quote! {
                #docs
                #rename
                #[serde(default, #null skip_serializing_if = #is_none)]
                pub #field: #core::option::Option<#present>
            },
        });
        made.push((field, found, docs, (!is_required).then(|| quote!(#core::option::Option::None))));
    }
    if let Some(others) = &fields.others {
        let field = scope.value_name("others", "others");
        let kind = Type::Map(Box::new(of(types, others, Hint { owner: &owner, member: "Other" }, None)));
        let tokens = kind.tokens(paths);
        members.push(quote! {
            /// Members that have no name in the description.
            #[serde(flatten)]
            pub #field: #tokens
        });
        let initial = quote!(#generated::Map::new());
        made.push((field, kind, TokenStream::new(), Some(initial)));
    }
    let derives = derives(paths, false);
    let made: Vec<_> = made
        .iter()
        .map(|(name, kind, docs, initial)| Member { name, kind, docs, initial: initial.clone() })
        .collect();
    let default = made
        .iter()
        .all(|member| member.initial.is_some())
        .then(|| quote!(#[derive(#core::default::Default)]));
    let required = || types.scope.type_name(&format!("{ident}Required"), "Required");
    let Constructor { own, beside } = constructor(ident, &made, paths, required);
    let odd = lints::members(ident, &made.iter().collect::<Vec<_>>());
    let own = (!own.is_empty()).then(|| quote!(impl #ident { #own }));
    quote! {
        #docs
        #odd
        #default
        #derives
        pub struct #ident { #(#members),* }

        #own
        #beside
    }
}

/// The type of a branch of a union. A number that may be something else instead is kept as it is written: it may be a
/// key, of which no digit may change.
fn branch_of(types: &mut Types<'_>, branch: &Value, hint: Hint<'_>, root: Option<&str>) -> Type {
    let generated = &types.paths.generated;
    let number = Type::Plain(quote!(#generated::Number));
    match shape(types, types.deref(branch)) {
        Shape::Scalar("number") => number,
        Shape::Nullable(inner) if is_number(types, &inner) => Type::Nullable(Box::new(number)),
        _ => of(types, branch, hint, root),
    }
}

fn union_item(
    types: &mut Types<'_>,
    ident: &Ident,
    branches: &[Value],
    tag: Option<&Tag>,
    root: Option<&str>,
    docs: &TokenStream,
    paths: &Paths,
) -> TokenStream {
    let Paths { core, generated, .. } = paths;
    let mut scope = Scope::default();
    let mut variants = Vec::new();
    let mut names: Vec<(Option<&str>, Ident)> = Vec::new();
    for branch in branches {
        let text = match (reference(branch), json_types(Some(branch)).first()) {
            (Some(name), _) => name,
            (None, Some(json_type)) => json_type,
            (None, None) => branch.get("title").and_then(Value::as_str).unwrap_or("Other"),
        };
        let name = scope.type_name(text, "Other");
        let kind =
            branch_of(types, branch, Hint { owner: &ident.to_string(), member: &name.to_string() }, root);
        let kind = variant(types, kind, branch, root).tokens(paths);
        let docs = doc([span(text).as_str()]);
        names.push((reference(branch), name.clone()));
        variants.push(quote! { #docs #name(#kind) });
    }
    let alike = lints::variants(ident, names.iter().map(|(_, name)| name));
    let mut values: IndexMap<&Ident, Vec<&str>> = IndexMap::new();
    for (value, target) in tag.iter().flat_map(|tag| &tag.mapping) {
        if let Some((_, name)) = names.iter().find(|(reference, _)| *reference == Some(target.as_str())) {
            values.entry(name).or_default().push(value);
        }
    }
    let Some(Tag { property, mapping }) = tag.filter(|_| !values.is_empty()) else {
        let derives = derives(paths, false);
        return quote! {
            #docs
            #alike
            #derives
            #[serde(untagged)]
            pub enum #ident { #(#variants),* }
        };
    };
    let serde = quote!(#generated::serde).to_string().replace(' ', "");
    let arms = values.iter().map(|(name, values)| {
        quote! { #core::option::Option::Some(#(#values)|*) => #generated::from_value(value, Self::#name), }
    });
    let long = lints::lines(3 * values.len() + mapping.len());
    let unknown = format!("`{property}` says nothing that is known");
    quote! {
        #docs
        #alike
        #[derive(#core::clone::Clone, #core::fmt::Debug, #core::cmp::PartialEq, #generated::Serialize)]
        #[serde(crate = #serde, untagged)]
        pub enum #ident { #(#variants),* }

        impl<'de> #generated::serde::Deserialize<'de> for #ident {
            #long
            fn deserialize<D: #generated::serde::Deserializer<'de>>(deserializer: D) -> #core::result::Result<Self, D::Error> {
                let value = <#generated::Value as #generated::serde::Deserialize>::deserialize(deserializer)?;
                match #generated::tag(&value, #property).as_deref() {
                    #(#arms)*
                    _ => #core::result::Result::Err(#generated::serde::de::Error::custom(#unknown)),
                }
            }
        }
    }
}
