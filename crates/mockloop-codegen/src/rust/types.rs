//! Schemas as Rust types.

use std::collections::HashMap;

use mockloop_spec::model::Api;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::Value;

use super::Paths;
use super::cycles::Cycles;
use super::models;
use super::names::Scope;
use super::sizes::Sizes;

/// How many references in a row are followed.
const DEPTH: usize = 24;

/// How many lists inside of each other can be read as one type.
const LISTS: usize = 4;

/// What names a schema that needs a name and has none.
#[derive(Clone, Copy)]
pub(super) struct Hint<'h> {
    /// The type that it is a part of.
    pub(super) owner: &'h str,
    /// What it is there, in `PascalCase`.
    pub(super) member: &'h str,
}

impl Hint<'_> {
    pub(super) fn name(self) -> String {
        format!("{}{}", self.owner, self.member)
    }
}

/// Gives types to schemas, and collects the models that these need.
pub(super) struct Types<'a> {
    pub(super) api: &'a Api,
    pub(super) paths: &'a Paths,
    models: bool,
    pub(super) cycles: Cycles<'a>,
    pub(super) sizes: Sizes,
    /// Types of the definitions, by their name in the table.
    names: HashMap<&'a str, Ident>,
    pub(super) scope: Scope,
    /// Types of schemas that have no name, as they come up.
    pub(super) inline: Vec<TokenStream>,
    /// Enums of texts that have no name, by property and values, so that each is there once.
    pub(super) enums: HashMap<(String, Vec<String>), Ident>,
    /// What became a plain JSON value, and why.
    pub(super) untyped: Vec<String>,
}

/// A type, and what it takes to set it.
#[derive(Clone)]
pub(super) enum Type {
    /// Any JSON.
    Value,
    /// True or false.
    Bool,
    /// A type of the standard library.
    Plain(TokenStream),
    /// A type of the module of models.
    Model(Ident),
    /// Another type on the heap, so that it may hold itself.
    Boxed(Box<Type>),
    /// A list of another.
    List(Box<Type>),
    /// Names with values of another type.
    Map(Box<Type>),
    /// What may be null.
    Nullable(Box<Type>),
}

impl Type {
    pub(super) fn tokens(&self, paths: &Paths) -> TokenStream {
        let Paths { generated, core, std, .. } = paths;
        match self {
            Self::Value => quote!(#generated::Value),
            Self::Bool => quote!(#core::primitive::bool),
            Self::Plain(tokens) => tokens.clone(),
            Self::Model(name) => {
                let models = &paths.models;
                quote!(#models #name)
            }
            Self::Boxed(inner) => {
                let inner = inner.tokens(paths);
                quote!(#std::boxed::Box<#inner>)
            }
            Self::List(item) => {
                let item = item.tokens(paths);
                quote!(#std::vec::Vec<#item>)
            }
            Self::Map(value) => {
                let value = value.tokens(paths);
                quote!(#generated::Map<#std::string::String, #value>)
            }
            Self::Nullable(inner) => {
                let inner = inner.tokens(paths);
                quote!(#core::option::Option<#inner>)
            }
        }
    }

    /// How hard it is to read, as a type at such a depth inside of others.
    pub(super) fn complexity(&self, depth: usize) -> usize {
        let inside = match self {
            Self::Value | Self::Bool | Self::Plain(_) | Self::Model(_) => 0,
            Self::Boxed(inner) | Self::List(inner) | Self::Nullable(inner) => inner.complexity(depth + 1),
            Self::Map(value) => depth + 1 + value.complexity(depth + 1),
        };
        depth + inside
    }

    /// Without the outermost null.
    pub(super) fn present(self) -> Self {
        match self {
            Self::Nullable(inner) => *inner,
            other => other,
        }
    }
}

impl<'a> Types<'a> {
    pub(super) fn new(api: &'a Api, paths: &'a Paths, models: bool) -> Self {
        let mut types = Self {
            api,
            paths,
            models,
            cycles: if models { Cycles::of(&api.schemas) } else { Cycles::default() },
            sizes: Sizes::new(),
            names: HashMap::new(),
            // A type of that name would look like what its function `new` makes.
            scope: Scope::with(&["New"]),
            inline: Vec::new(),
            enums: HashMap::new(),
            untyped: Vec::new(),
        };
        if models {
            for name in api.schemas.keys() {
                types.names.insert(name, types.scope.type_name(name, "Schema"));
            }
        }
        types
    }

    /// The type of a schema.
    pub(super) fn of(&mut self, schema: Option<&Value>, hint: Hint<'_>) -> Type {
        match schema {
            Some(schema) if self.models => models::of(self, schema, hint, None),
            Some(schema) => self.plain(schema, 0),
            None => Type::Value,
        }
    }

    /// A type of the standard library, where one value cannot be but of that.
    fn plain(&self, schema: &Value, depth: usize) -> Type {
        let schema = self.deref(schema);
        let types = json_types(Some(schema));
        match types.as_slice() {
            [one] => match *one {
                "array" if depth < LISTS => {
                    let item = schema.get("items").map_or(Type::Value, |items| self.plain(items, depth + 1));
                    if schema.get("prefixItems").is_some() {
                        Type::List(Box::new(Type::Value))
                    } else {
                        Type::List(Box::new(item))
                    }
                }
                one => self.scalar(one, schema).unwrap_or(Type::Value),
            },
            [one, "null"] | ["null", one] => match self.scalar(one, schema) {
                Some(scalar) => Type::Nullable(Box::new(scalar)),
                None => Type::Value,
            },
            _ => Type::Value,
        }
    }

    /// The type of a JSON type that has no parts.
    pub(super) fn scalar(&self, json_type: &str, schema: &Value) -> Option<Type> {
        let Paths { core, std, .. } = self.paths;
        let is_small = schema.get("format").and_then(Value::as_str) == Some("int32");
        Some(match json_type {
            "string" => Type::Plain(quote!(#std::string::String)),
            "integer" if is_small => Type::Plain(quote!(#core::primitive::i32)),
            "integer" => Type::Plain(quote!(#core::primitive::i64)),
            "number" => Type::Plain(quote!(#core::primitive::f64)),
            "boolean" => Type::Bool,
            _ => return None,
        })
    }

    /// The definition that a schema refers to, where it does nothing else.
    pub(super) fn deref<'s>(&'s self, mut schema: &'s Value) -> &'s Value {
        for _ in 0..DEPTH {
            match reference(schema).and_then(|name| self.api.schemas.get(name)) {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    /// The model of a definition.
    pub(super) fn name_of(&self, definition: &str) -> Option<&Ident> {
        self.names.get(definition)
    }

    /// The module of all models, what is untyped in it, and the number of definitions.
    pub(super) fn finish(mut self) -> (TokenStream, Vec<String>, usize) {
        if !self.models {
            return (TokenStream::new(), Vec::new(), 0);
        }
        let definitions = models::definitions(&mut self);
        let inline = &self.inline;
        if definitions.is_empty() && inline.is_empty() {
            return (TokenStream::new(), Vec::new(), 0);
        }
        let tokens = quote! {
            /// Types of the schemas.
            pub mod models {
                #(#definitions)*
                #(#inline)*
            }
        };
        (tokens, self.untyped, self.api.schemas.len())
    }
}

/// The name of the definition that a schema refers to.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/schemas/")
}

/// The JSON types that a schema itself allows, as constants; empty where it does not say.
pub(super) fn json_types(schema: Option<&Value>) -> Vec<&'static str> {
    const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];
    let known = |name: &Value| TYPES.into_iter().find(|known| Some(*known) == name.as_str());
    match schema.and_then(|schema| schema.get("type")) {
        Some(Value::Array(names)) => names.iter().filter_map(known).collect(),
        Some(name) => known(name).into_iter().collect(),
        None => Vec::new(),
    }
}
