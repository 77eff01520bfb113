//! An API as Rust code: descriptors, a type for each operation, and types for its schemas.
//!
//! The code names everything by its whole path, so that it means the same in any module.

mod construct;
mod cycles;
mod descriptors;
mod docs;
mod lints;
mod models;
mod names;
mod operations;
mod responses;
mod shape;
mod sizes;
mod types;

use mockloop_spec::Reading;
use mockloop_spec::model::{Api, Location, Parameter, Part};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::options::Options;
use crate::pack::pack;
use crate::project::{default_name, project};
use crate::rust::docs::doc;
pub use crate::rust::lints::module_lints;
use crate::rust::names::Scope;
use crate::rust::types::Types;

/// Options of Rust code.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RustOptions {
    /// The path of the runtime crate, such as `::mockloop_runtime`.
    pub runtime: TokenStream,
    /// Whether schemas get types of their own.
    pub models: bool,
    /// Whether there is a `client` function; needs the runtime's feature `client`.
    pub client: bool,
    /// Whether the project is embedded; needs the runtime's feature `project`.
    pub project: Option<Options>,
}

impl Default for RustOptions {
    fn default() -> Self {
        Self {
            runtime: quote!(::mockloop_runtime),
            models: false,
            client: true,
            project: Some(Options::default()),
        }
    }
}

/// The paths that code names things by.
#[derive(Clone)]
struct Paths {
    /// The runtime crate.
    runtime: TokenStream,
    /// What the runtime re-exports for generated code.
    generated: TokenStream,
    core: TokenStream,
    std: TokenStream,
    /// What stands before the name of a model.
    models: TokenStream,
}

/// The content of a module for an API, and what can't be typed in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RustCode {
    /// Items, and inner attributes before them are none: they can stand in any module.
    pub tokens: TokenStream,
    /// Schemas that are plain JSON values, with the reason; none without `models`.
    pub untyped: Vec<String>,
    /// How many schemas there are in all.
    pub schemas: usize,
}

/// The Rust code of a description; none where the description can't be read at all.
///
/// ```
/// use mockloop_codegen::{RustOptions, rust};
/// use mockloop_spec::{Source, read};
///
/// let text = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: {}\n";
/// let code = rust(&read(&Source::text("t.yaml", text), None), &RustOptions::default());
/// assert!(code.is_some_and(|code| code.tokens.to_string().contains("pub const ENDPOINTS")));
/// ```
#[must_use]
pub fn rust(reading: &Reading, options: &RustOptions) -> Option<RustCode> {
    let api = &complete(reading.api.clone()?);
    let runtime = &options.runtime;
    let paths = Paths {
        runtime: runtime.clone(),
        generated: quote!(#runtime::generated),
        core: quote!(::core),
        std: quote!(::std),
        models: quote!(models::),
    };
    let mut scope = Scope::with(&["Operation", "Client", "ClientError", "Project", "New"]);
    let mut types = Types::new(api, &paths, options.models);
    let constants = descriptors::constants(api, &paths);
    let operations = operations::all(api, &paths, &mut types, &mut scope);
    let client = options.client.then(|| client(&paths));
    let embedded = match &options.project {
        Some(options) => embedded(reading, options, &paths)?,
        None => TokenStream::new(),
    };
    let (models, untyped, schemas) = types.finish();
    let tokens = quote! { #constants #embedded #client #operations #models };
    Some(RustCode { tokens, untyped, schemas })
}

/// With a parameter for every name in a path, described or not: without a value there is no path.
fn complete(mut api: Api) -> Api {
    for operation in &mut api.operations {
        let names = operation.segments.iter().flatten().filter_map(|part| match part {
            Part::Param(name) => Some(name),
            Part::Text(_) => None,
        });
        let mut missing: Vec<Parameter> = Vec::new();
        for name in names {
            let is_this = |each: &Parameter| each.r#in == Location::Path && each.name == *name;
            if !operation.parameters.iter().any(is_this) && !missing.iter().any(is_this) {
                missing.push(Parameter::in_path(name.clone()));
            }
        }
        operation.parameters.extend(missing);
    }
    api
}

/// A text as the name of a module: `pet-store` becomes `pet_store`.
#[must_use]
pub fn module_name(text: &str) -> String {
    Scope::default().value_name(text, "api").to_string()
}

/// The documentation of a module for an API.
#[must_use]
pub fn module_docs(api: &Api) -> TokenStream {
    let title = format!("{} {}", api.title, api.version);
    doc([title.as_str(), api.description.as_deref().unwrap_or_default()])
}

fn client(paths: &Paths) -> TokenStream {
    let Paths { runtime, core, .. } = paths;
    quote! {
        /// A client of this API, wherever it runs.
        ///
        /// # Errors
        /// Where the address is no http or https URL.
        pub fn client(url: impl #core::convert::AsRef<str>) -> #core::result::Result<#runtime::Client, #runtime::ClientError> {
            #runtime::Client::new(url)
        }
    }
}

fn embedded(reading: &Reading, options: &Options, paths: &Paths) -> Option<TokenStream> {
    let tree = project(reading, options)?;
    let name = options.name.clone().unwrap_or_else(|| default_name(reading));
    let packed = bytes(&pack(&tree));
    let runtime = &paths.runtime;
    Some(quote! {
        /// The `FastAPI` project that serves a mock of this API.
        pub const PROJECT: #runtime::Project = #runtime::Project::new(#name, #packed);
    })
}

/// Bytes as a literal, without `\0` in front of digits, which would look like one byte in octal.
fn bytes(bytes: &[u8]) -> Literal {
    let text = format!("b\"{}\"", bytes.escape_ascii());
    text.parse().unwrap_or_else(|_| Literal::byte_string(bytes))
}
