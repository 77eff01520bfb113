//! A type for each operation, and an enum of all of them.

use mockloop_spec::model::{Api, Operation, Parameter};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::Paths;
use super::construct::{Constructor, Member, argument, constructor, taken};
use super::docs::{doc, span};
use super::lints;
use super::names::{Scope, pascal_case};
use super::responses::{Kind, preferred, responses};
use super::types::{Hint, Type, Types};

/// Types, responses and `enum Operation`.
pub(super) fn all(api: &Api, paths: &Paths, types: &mut Types<'_>, scope: &mut Scope) -> TokenStream {
    let names: Vec<Ident> = api.operations.iter().map(|each| scope.type_name(&each.id, "Endpoint")).collect();
    let items = api.operations.iter().zip(&names).enumerate().map(|(index, (operation, name))| {
        let response = scope.type_name(&format!("{name}Response"), "Response");
        let item = endpoint(operation, index, name, &response, types, scope);
        let responses = responses(operation, &response, name, paths, types);
        quote! { #item #responses }
    });
    let items: Vec<_> = items.collect();
    let index = operation_enum(api, &names, paths);
    quote! { #index #(#items)* }
}

fn operation_enum(api: &Api, names: &[Ident], paths: &Paths) -> TokenStream {
    let Paths { runtime, core, .. } = paths;
    let variants = api.operations.iter().zip(names).map(|(operation, name)| {
        let docs = doc([span(&format!("{} {}", operation.method, operation.path)).as_str()]);
        quote! { #docs #name }
    });
    let alike = lints::variants(&format_ident!("Operation"), names);
    // There is no number of what can't be.
    let descriptor = if names.is_empty() {
        quote!(match self {})
    } else {
        quote!(&ENDPOINTS[self as #core::primitive::usize])
    };
    quote! {
        /// Every operation, by name.
        #alike
        #[derive(#core::clone::Clone, #core::marker::Copy, #core::fmt::Debug, #core::cmp::PartialEq, #core::cmp::Eq, #core::hash::Hash)]
        pub enum Operation { #(#variants),* }

        impl Operation {
            /// All of them, in the description's order.
            pub const ALL: &'static [Self] = &[#(Self::#names),*];

            /// What the description says of it.
            #[must_use]
            pub const fn descriptor(self) -> &'static #runtime::EndpointDescriptor {
                #descriptor
            }
        }

        impl #core::fmt::Display for Operation {
            fn fmt(&self, f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #core::fmt::Display::fmt(self.descriptor(), f)
            }
        }
    }
}

/// A field of an endpoint's type.
struct Field {
    name: Ident,
    kind: Type,
    required: bool,
    docs: TokenStream,
    /// The statement that puts it into a request.
    put: TokenStream,
}

fn endpoint(
    operation: &Operation,
    index: usize,
    name: &Ident,
    response: &Ident,
    types: &mut Types<'_>,
    scope: &mut Scope,
) -> TokenStream {
    let paths = types.paths;
    let Paths { runtime, generated, core, .. } = paths;
    let mut inside = Scope::with(&["new", "request"]);
    let mut fields: Vec<Field> = Vec::new();
    for (at, parameter) in operation.parameters.iter().enumerate() {
        let hint = Hint { owner: &name.to_string(), member: &pascal_case(&parameter.name) };
        fields.push(field(parameter, at, types.of(parameter.schema.as_ref(), hint), &mut inside));
    }
    fields.extend(body(operation, name, types, &mut inside, paths));
    let docs = doc([
        operation.summary.as_deref().unwrap_or_default(),
        operation.description.as_deref().unwrap_or_default(),
        &span(&format!("{} {}", operation.method, operation.path)),
        &if operation.place.is_empty() { String::new() } else { format!("In {}.", span(&operation.place)) },
    ]);
    let deprecated = operation.deprecated.then(|| quote!(#[doc = ""] #[doc = " Deprecated."]));
    let declared = fields.iter().map(|field| {
        let Field { name, docs, .. } = field;
        let kind = field.tokens(paths);
        quote! { #docs pub #name: #kind }
    });
    let has_required = fields.iter().any(|field| field.required);
    let default = (!has_required).then(|| quote!(#core::default::Default,));
    let initial = |field: &Field| (!field.required).then(|| quote!(#core::option::Option::None));
    let members: Vec<_> = fields
        .iter()
        .map(|field| {
            let Field { name, kind, docs, .. } = field;
            Member { name, kind, docs, initial: initial(field) }
        })
        .collect();
    let required = || scope.type_name(&format!("{name}Required"), "Required");
    let Constructor { own, beside } = constructor(name, &members, paths, required);
    let setters = fields.iter().filter(|field| !field.required).map(|field| setter(field, paths));
    let own = quote!(#own #(#setters)*);
    let own = (!own.is_empty()).then(|| quote!(impl #name { #own }));
    let puts = fields.iter().map(|field| &field.put);
    // A long name spreads what is done with it over several lines.
    let (odd, long) =
        (lints::members(name, &members.iter().collect::<Vec<_>>()), lints::lines(4 * fields.len()));
    let index = Literal::usize_unsuffixed(index);
    quote! {
        #docs
        #deprecated
        #odd
        #[derive(#core::clone::Clone, #core::fmt::Debug, #default #core::cmp::PartialEq)]
        pub struct #name { #(#declared),* }

        #own

        #beside

        impl #runtime::Endpoint for #name {
            const DESCRIPTOR: &'static #runtime::EndpointDescriptor = &ENDPOINTS[#index];

            type Response = #response;

            #long
            fn request(&self) -> #core::result::Result<#generated::Request<#generated::Bytes>, #runtime::RequestError> {
                let mut parts = #generated::RequestParts::new(Self::DESCRIPTOR);
                #(#puts)*
                parts.finish()
            }
        }

        impl #core::fmt::Display for #name {
            fn fmt(&self, f: &mut #core::fmt::Formatter<'_>) -> #core::fmt::Result {
                #core::fmt::Display::fmt(<Self as #runtime::Endpoint>::DESCRIPTOR, f)
            }
        }
    }
}

impl Field {
    fn tokens(&self, paths: &Paths) -> TokenStream {
        let inner = self.kind.tokens(paths);
        let core = &paths.core;
        if self.required { inner } else { quote!(#core::option::Option<#inner>) }
    }
}

fn field(parameter: &Parameter, at: usize, kind: Type, scope: &mut Scope) -> Field {
    let name = scope.value_name(&parameter.name, "parameter");
    let place = format!("{:?} parameter {}.", parameter.r#in, span(&parameter.name));
    let docs = doc([parameter.description.as_deref().unwrap_or_default(), &place]);
    // What is null is left out, so that null alone needs no way to be said.
    let kind = kind.present();
    let at = Literal::usize_unsuffixed(at);
    let put = quote! { parts.set(#at, &self.#name); };
    Field { name, kind, required: parameter.required, docs, put }
}

fn body(
    operation: &Operation,
    endpoint: &Ident,
    types: &mut Types<'_>,
    scope: &mut Scope,
    paths: &Paths,
) -> Option<Field> {
    let Paths { runtime, core, std, .. } = paths;
    let body = operation.request_body.as_ref()?;
    let media = preferred(&body.content)?;
    let media_type = &media.media_type;
    let name = scope.value_name("body", "body");
    let docs =
        doc([body.description.as_deref().unwrap_or_default(), &format!("The body, {}.", span(media_type))]);
    let required = body.required;
    let owner = endpoint.to_string();
    let hint = Hint { owner: &owner, member: "Body" };
    let given = |to: TokenStream| {
        if required {
            quote!(#core::option::Option::Some(#to(&self.#name)))
        } else {
            quote!(self.#name.as_ref().map(#to))
        }
    };
    let as_bytes = quote!(#core::convert::AsRef::<[#core::primitive::u8]>::as_ref);
    let (kind, put) = match Kind::of(media_type) {
        Kind::Json => {
            let kind = types.of(media.schema.as_ref(), hint);
            let kind = if required { kind } else { kind.present() };
            (kind, quote! { parts.json(#media_type, &self.#name); })
        }
        Kind::Form => {
            let kind = types.of(media.schema.as_ref(), hint).present();
            (kind, quote! { parts.form(#media_type, &self.#name); })
        }
        Kind::Multipart => {
            let given = if required {
                quote!(#core::option::Option::Some(&self.#name))
            } else {
                quote!(self.#name.as_ref())
            };
            (Type::Plain(quote!(#runtime::Multipart)), quote! { parts.multipart(#given); })
        }
        Kind::Text => {
            let given = given(as_bytes);
            (Type::Plain(quote!(#std::string::String)), quote! { parts.bytes(#media_type, #given); })
        }
        Kind::Bytes => {
            let given = given(as_bytes);
            let byte = Type::Plain(quote!(#core::primitive::u8));
            (Type::List(Box::new(byte)), quote! { parts.bytes(#media_type, #given); })
        }
    };
    Some(Field { name, kind, required, docs, put })
}

fn setter(field: &Field, paths: &Paths) -> TokenStream {
    let core = &paths.core;
    let Field { name, docs, kind, .. } = field;
    let argument = argument(kind, paths);
    let value = format_ident!("value");
    let taken = taken(kind, &value, paths);
    let lint = lints::setter(name);
    quote! {
        #docs
        #[must_use]
        #lint
        pub fn #name(mut self, value: #argument) -> Self {
            self.#name = #core::option::Option::Some(#taken);
            self
        }
    }
}
