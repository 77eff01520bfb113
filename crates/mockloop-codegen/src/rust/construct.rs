//! Constructors and what they take.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Paths;
use super::types::Type;

/// A member of a type: its name, its type, and what it is to begin with where it is not required.
pub(super) type Member<'m> = (&'m Ident, &'m Type, Option<TokenStream>);

/// `new`, with what has to be there.
pub(super) fn constructor(members: &[Member<'_>], paths: &Paths) -> TokenStream {
    let required = members.iter().filter(|(.., initial)| initial.is_none());
    let arguments = required.map(|(name, kind, _)| {
        let kind = argument(kind, paths);
        quote! { #name: #kind }
    });
    let values = members.iter().map(|(name, kind, initial)| {
        let value = initial.clone().unwrap_or_else(|| taken(kind, name, paths));
        quote! { #name: #value }
    });
    quote! {
        /// With what has to be there.
        #[must_use]
        pub fn new(#(#arguments),*) -> Self {
            Self { #(#values),* }
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
