//! What an operation may answer, as an enum.

use mockloop_spec::model::{MediaType, Operation, Response};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::Paths;
use super::docs::{doc, span};
use super::lints;
use super::names::{Scope, pascal_case};
use super::sizes::variant as placed;
use super::types::{Hint, Types};

/// How a body is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Form,
    Multipart,
    Text,
    Bytes,
}

impl Kind {
    pub(super) fn of(media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" | "text/json" => Self::Json,
            json if json.ends_with("+json") => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "multipart/form-data" => Self::Multipart,
            xml if xml.ends_with("/xml") || xml.ends_with("+xml") => Self::Text,
            text if text.starts_with("text/") && !text.contains('*') => Self::Text,
            _ => Self::Bytes,
        }
    }
}

/// The media type that code is made for: JSON, where there is one.
pub(super) fn preferred(content: &[MediaType]) -> Option<&MediaType> {
    let of = |kind: Kind| content.iter().find(move |media| Kind::of(&media.media_type) == kind);
    [Kind::Json, Kind::Form, Kind::Multipart, Kind::Text].into_iter().find_map(of).or(content.first())
}

/// The enum of an operation's responses, and how a reply becomes one.
pub(super) fn responses(
    operation: &Operation,
    name: &Ident,
    endpoint: &Ident,
    paths: &Paths,
    types: &mut Types<'_>,
) -> TokenStream {
    let Paths { runtime, generated, core, std, .. } = paths;
    let mut scope = Scope::default();
    let (mut variants, mut names, mut arms) = (Vec::new(), Vec::new(), Vec::new());
    let mut otherwise = quote!(#core::result::Result::Err(reply.undocumented()));
    // The status itself wins over its range, wherever they stand.
    let mut ordered: Vec<&Response> = operation.responses.iter().collect();
    ordered.sort_by_key(|response| response.status.parse::<u16>().is_err());
    for response in ordered {
        let status = response.status.as_str();
        let variant = scope.type_name(&variant_name(response), "Status");
        let about = response.description.as_deref().unwrap_or_default();
        let docs = doc([format!("{status}: {}", about.trim()).as_str()]);
        let has_body = operation.method != "HEAD";
        let media = preferred(&response.content).filter(|_| has_body);
        let body = media.map(|media| match Kind::of(&media.media_type) {
            Kind::Json => {
                let hint = Hint { owner: &endpoint.to_string(), member: &variant.to_string() };
                let kind = types.of(media.schema.as_ref(), hint);
                let kind = match &media.schema {
                    Some(schema) => placed(types, kind, schema, None),
                    None => kind,
                };
                (kind.tokens(paths), quote!(reply.json()?))
            }
            Kind::Text | Kind::Form => (quote!(#std::string::String), quote!(reply.text()?)),
            Kind::Bytes | Kind::Multipart => {
                (quote!(#std::vec::Vec<#core::primitive::u8>), quote!(reply.bytes()))
            }
        });
        let pattern = match (status.parse::<u16>(), status.as_bytes()) {
            (Ok(code), _) => {
                let code = Literal::u16_unsuffixed(code);
                Some(quote!(#code))
            }
            (Err(_), [digit @ b'1'..=b'5', b'X', b'X']) => {
                let first = u16::from(digit - b'0') * 100;
                // Behind those that have an arm of their own, so that it and they don't begin alike.
                let is_free =
                    |code: &u16| !operation.responses.iter().any(|it| it.status == code.to_string());
                let begin = (first..first + 100).find(is_free).unwrap_or(first);
                let [begin, end] = [begin, first + 99].map(Literal::u16_unsuffixed);
                Some(quote!(#begin..=#end))
            }
            _ => None,
        };
        let is_exact = status.parse::<u16>().is_ok();
        let (fields, value) = match (body, is_exact) {
            (Some((kind, read)), true) => (quote!((#kind)), quote!((#read))),
            (Some((kind, read)), false) => {
                (quote!((#generated::StatusCode, #kind)), quote!((reply.status(), #read)))
            }
            (None, true) => (quote!(), quote!()),
            (None, false) => (quote!((#generated::StatusCode)), quote!((reply.status()))),
        };
        variants.push(quote! { #docs #variant #fields });
        let ok = quote! { #core::result::Result::Ok(Self::#variant #value) };
        match pattern {
            Some(pattern) => arms.push(quote! { #pattern => #ok, }),
            None => otherwise = ok,
        }
        names.push(variant);
    }
    // An arm with long names spreads over several lines.
    let (alike, long) = (lints::variants(name, &names), lints::lines(5 * arms.len()));
    let outcome = if arms.is_empty() {
        otherwise
    } else {
        quote! {
            match reply.status().as_u16() {
                #(#arms)*
                _ => #otherwise,
            }
        }
    };
    let docs = doc([format!("What {} may answer.", span(&operation.id)).as_str()]);
    quote! {
        #docs
        #alike
        #[derive(#core::clone::Clone, #core::fmt::Debug, #core::cmp::PartialEq)]
        pub enum #name { #(#variants),* }

        impl #runtime::FromReply for #name {
            #long
            fn from_reply(reply: #runtime::Reply) -> #core::result::Result<Self, #runtime::ReplyError> {
                #outcome
            }
        }
    }
}

/// A status as it is called (RFC 9110, section 15).
fn variant_name(response: &Response) -> String {
    let known = match response.status.as_str() {
        "default" => "Other",
        "1XX" => "Informational",
        "2XX" => "Success",
        "3XX" => "Redirection",
        "4XX" => "ClientError",
        "5XX" => "ServerError",
        status => match status.parse::<u16>().ok().and_then(|code| http::StatusCode::from_u16(code).ok()) {
            Some(code) => {
                return code.canonical_reason().map_or_else(|| format!("Status{status}"), pascal_case);
            }
            None => return format!("Status{status}"),
        },
    };
    known.to_owned()
}
