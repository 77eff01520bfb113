//! How values of a type are made.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Paths;
use super::lints;
use super::types::Type;

/// The most arguments of a function, beyond which nobody knows which is which.
const ARGUMENTS: usize = 7;

/// A member of a type.
pub(super) struct Member<'m> {
    pub(super) name: &'m Ident,
    pub(super) kind: &'m Type,
    pub(super) docs: &'m TokenStream,
    /// What it is to begin with, where it is not required.
    pub(super) initial: Option<TokenStream>,
}

/// What makes a type: a function of its own, and items beside it.
pub(super) struct Constructor {
    pub(super) own: TokenStream,
    pub(super) beside: TokenStream,
}

/// `new` with what has to be there, or a conversion from a struct of it where that is much.
///
/// A type of nothing else is such a struct itself. `name` is asked for the name of another.
pub(super) fn constructor(
    owner: &Ident,
    members: &[Member<'_>],
    paths: &Paths,
    name: impl FnOnce() -> Ident,
) -> Constructor {
    let required: Vec<_> = members.iter().filter(|member| member.initial.is_none()).collect();
    let (mut own, mut beside) = (TokenStream::new(), TokenStream::new());
    match required.len() {
        0 => own = of_nothing(paths),
        1..=ARGUMENTS => own = of_arguments(&required, members, paths),
        count if count < members.len() => beside = of_struct(owner, &name(), &required, members, paths),
        _ => {}
    }
    Constructor { own, beside }
}

fn of_nothing(paths: &Paths) -> TokenStream {
    let core = &paths.core;
    quote! {
        /// With nothing set.
        #[must_use]
        pub fn new() -> Self {
            <Self as #core::default::Default>::default()
        }
    }
}

fn of_arguments(required: &[&Member<'_>], members: &[Member<'_>], paths: &Paths) -> TokenStream {
    let names: Vec<_> = required.iter().map(|member| member.name).collect();
    let kinds = required.iter().map(|member| argument(member.kind, paths));
    let values = members.iter().map(|Member { name, kind, initial, .. }| {
        let value = initial.clone().unwrap_or_else(|| taken(kind, name, paths));
        quote! { #name: #value }
    });
    // What is taken for a list spreads over several lines.
    let (alike, long) = (lints::arguments(&names), lints::lines(members.len() + 6 * names.len()));
    quote! {
        /// With what has to be there.
        #[must_use]
        #alike
        #long
        pub fn new(#(#names: #kinds),*) -> Self {
            Self { #(#values),* }
        }
    }
}

fn of_struct(
    owner: &Ident,
    name: &Ident,
    required: &[&Member<'_>],
    members: &[Member<'_>],
    paths: &Paths,
) -> TokenStream {
    let core = &paths.core;
    let fields = required.iter().map(|Member { name, kind, docs, .. }| {
        let kind = kind.tokens(paths);
        quote! { #docs pub #name: #kind }
    });
    let values = members.iter().map(|Member { name, initial, .. }| {
        let value = initial.clone().unwrap_or_else(|| quote!(required.#name));
        quote! { #name: #value }
    });
    let docs = format!(" What a [`{owner}`] has to have, which `into` makes one.");
    let (odd, long) = (lints::members(name, required), lints::lines(members.len()));
    quote! {
        #[doc = #docs]
        #odd
        #[derive(#core::clone::Clone, #core::fmt::Debug, #core::cmp::PartialEq)]
        pub struct #name { #(#fields),* }

        impl #core::convert::From<#name> for #owner {
            #long
            fn from(required: #name) -> Self {
                Self { #(#values),* }
            }
        }
    }
}

/// What a function takes for a type: more than the type itself, where that reads better.
pub(super) fn argument(kind: &Type, paths: &Paths) -> TokenStream {
    let core = &paths.core;
    match kind {
        Type::List(item) => {
            let item = item.tokens(paths);
            quote!(impl #core::iter::IntoIterator<Item = impl #core::convert::Into<#item>>)
        }
        other => {
            let tokens = other.tokens(paths);
            quote!(impl #core::convert::Into<#tokens>)
        }
    }
}

/// The value of an argument.
pub(super) fn taken(kind: &Type, name: &Ident, paths: &Paths) -> TokenStream {
    let core = &paths.core;
    if let Type::List(_) = kind {
        quote! {
            #core::iter::Iterator::collect(#core::iter::Iterator::map(
                #core::iter::IntoIterator::into_iter(#name),
                #core::convert::Into::into,
            ))
        }
    } else {
        quote!(#core::convert::Into::into(#name))
    }
}
