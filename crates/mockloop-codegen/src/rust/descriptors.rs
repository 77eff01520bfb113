//! What a description says, as constants.

use mockloop_spec::model::{
    Api, Content, Location, MediaType, Operation, Parameter, Part, Response, SecurityKind, SecurityScheme,
    Style,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Paths;
use super::types::json_types;

/// The longest example that is kept, in bytes.
const EXAMPLE: usize = 16 * 1024;

/// `API` and `ENDPOINTS`.
pub(super) fn constants(api: &Api, paths: &Paths) -> TokenStream {
    let runtime = &paths.runtime;
    let endpoints = api.operations.iter().map(|operation| endpoint(operation, paths));
    let schemes = api.security_schemes.iter().map(|scheme| security_scheme(scheme, paths));
    let [title, version, source] = [&api.title, &api.version, &api.source.name];
    let [format, sha256] = [&api.source.format, &api.source.sha256];
    let servers = api.servers.iter().map(|server| &server.url);
    let tags = api.tags.iter().map(|tag| &tag.name);
    quote! {
        /// What the description says.
        pub const API: #runtime::ApiDescriptor = #runtime::ApiDescriptor::new(
            [#title, #version, #source, #format, #sha256],
            &[#(#servers),*],
            &[#(#tags),*],
            &[#(#schemes),*],
            ENDPOINTS,
        );

        /// Every operation, in the description's order.
        pub const ENDPOINTS: &[#runtime::EndpointDescriptor] = &[#(#endpoints),*];
    }
}

fn endpoint(operation: &Operation, paths: &Paths) -> TokenStream {
    let Paths { runtime, core, .. } = paths;
    let Operation { id, method, path, deprecated, .. } = operation;
    let segments = operation.segments.iter().map(|parts| {
        let parts = parts.iter().map(|part| match part {
            Part::Text(text) => quote!(#runtime::PathPart::Text(#text)),
            Part::Param(name) => quote!(#runtime::PathPart::Param(#name)),
        });
        quote!(&[#(#parts),*])
    });
    let fixed = operation.fixed_query.iter().map(|(name, value)| quote!((#name, #value)));
    let summary = option(operation.summary.as_deref(), core);
    let tags = &operation.tags;
    let parameters = operation.parameters.iter().map(|each| parameter(each, paths));
    let body = operation.request_body.as_ref().map(|body| {
        let required = body.required;
        let media_types = body.content.iter().map(|each| media_type(each, paths));
        quote!(#runtime::RequestBodyDescriptor { required: #required, media_types: &[#(#media_types),*] })
    });
    let body = if let Some(body) = body {
        quote!(#core::option::Option::Some(#body))
    } else {
        quote!(#core::option::Option::None)
    };
    let responses = operation.responses.iter().map(|each| response(each, paths));
    let security = operation.security.iter().map(|requirement| {
        let uses = requirement.iter().map(|each| {
            let (scheme, scopes) = (&each.scheme, &each.scopes);
            quote!(#runtime::SecurityUse { scheme: #scheme, scopes: &[#(#scopes),*] })
        });
        quote!(&[#(#uses),*])
    });
    quote! {
        #runtime::EndpointDescriptor {
            id: #id,
            method: #method,
            path: #path,
            segments: &[#(#segments),*],
            fixed_query: &[#(#fixed),*],
            summary: #summary,
            deprecated: #deprecated,
            tags: &[#(#tags),*],
            parameters: &[#(#parameters),*],
            request_body: #body,
            responses: &[#(#responses),*],
            security: &[#(#security),*],
        }
    }
}

fn parameter(parameter: &Parameter, paths: &Paths) -> TokenStream {
    let Paths { runtime, core, .. } = paths;
    let Parameter { name, required, explode, .. } = parameter;
    let location = location(parameter.r#in, paths);
    let types = json_types(parameter.schema.as_ref());
    let style = format_ident!(
        "{}",
        match parameter.style {
            Style::Simple => "Simple",
            Style::Label => "Label",
            Style::Matrix => "Matrix",
            Style::Form => "Form",
            Style::SpaceDelimited => "SpaceDelimited",
            Style::PipeDelimited => "PipeDelimited",
            Style::TabDelimited => "TabDelimited",
            Style::DeepObject => "DeepObject",
        }
    );
    let media_type = option(parameter.media_type.as_deref(), core);
    quote! {
        #runtime::ParameterDescriptor {
            name: #name,
            location: #location,
            required: #required,
            types: &[#(#types),*],
            style: #runtime::Style::#style,
            explode: #explode,
            media_type: #media_type,
        }
    }
}

fn response(response: &Response, paths: &Paths) -> TokenStream {
    let runtime = &paths.runtime;
    let status = &response.status;
    let description = response.description.as_deref().unwrap_or_default();
    let media_types = response.content.iter().map(|each| media_type(each, paths));
    quote! {
        #runtime::ResponseDescriptor {
            status: #status,
            description: #description,
            media_types: &[#(#media_types),*],
        }
    }
}

fn media_type(media: &MediaType, paths: &Paths) -> TokenStream {
    let Paths { runtime, core, .. } = paths;
    let name = &media.media_type;
    let example = media.bodies.first().and_then(|body| match &body.content {
        Content::Text(text) if text.len() <= EXAMPLE => Some(text.as_str()),
        _ => None,
    });
    let example = option(example, core);
    quote!(#runtime::MediaTypeDescriptor { name: #name, example: #example })
}

fn security_scheme(scheme: &SecurityScheme, paths: &Paths) -> TokenStream {
    let runtime = &paths.runtime;
    let name = &scheme.name;
    let kind = match &scheme.kind {
        SecurityKind::ApiKey { r#in, parameter } => {
            let location = location(*r#in, paths);
            quote!(ApiKey { location: #location, parameter: #parameter })
        }
        SecurityKind::Http { scheme } => quote!(Http { scheme: #scheme }),
        SecurityKind::OAuth2 { .. } => quote!(OAuth2),
        SecurityKind::OpenIdConnect { url } => quote!(OpenIdConnect { url: #url }),
        SecurityKind::MutualTls => quote!(MutualTls),
    };
    quote!(#runtime::SecuritySchemeDescriptor { name: #name, kind: #runtime::SecurityKind::#kind })
}

fn location(location: Location, paths: &Paths) -> TokenStream {
    let runtime = &paths.runtime;
    let name = format_ident!(
        "{}",
        match location {
            Location::Path => "Path",
            Location::Query => "Query",
            Location::Header => "Header",
            Location::Cookie => "Cookie",
        }
    );
    quote!(#runtime::Location::#name)
}

fn option(text: Option<&str>, core: &TokenStream) -> TokenStream {
    if let Some(text) = text {
        quote!(#core::option::Option::Some(#text))
    } else {
        quote!(#core::option::Option::None)
    }
}
