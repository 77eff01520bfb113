//! What a description says of its endpoints, as constants.

use std::fmt;

/// An API, as its description says.
///
/// `mockloop!` gives one as `API` in each module.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ApiDescriptor {
    /// `info.title`.
    pub title: &'static str,
    /// `info.version`.
    pub version: &'static str,
    /// The description's file name, without folders.
    pub source: &'static str,
    /// Its format with the version, such as `openapi-3.1.0`.
    pub format: &'static str,
    /// SHA-256 in hexadecimal over all documents of the description, the root first.
    pub sha256: &'static str,
    /// URLs of the real API, variables set to their defaults; may be relative.
    pub servers: &'static [&'static str],
    /// Tags in the order in which the description declares or first uses them.
    pub tags: &'static [&'static str],
    /// Ways for a client to prove who it is.
    pub security_schemes: &'static [SecuritySchemeDescriptor],
    /// Every operation, in the description's order.
    pub endpoints: &'static [EndpointDescriptor],
}

impl ApiDescriptor {
    /// Made by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        [title, version, source, format, sha256]: [&'static str; 5],
        servers: &'static [&'static str],
        tags: &'static [&'static str],
        security_schemes: &'static [SecuritySchemeDescriptor],
        endpoints: &'static [EndpointDescriptor],
    ) -> Self {
        Self { title, version, source, format, sha256, servers, tags, security_schemes, endpoints }
    }

    /// The endpoint with an id.
    #[must_use]
    pub fn endpoint(&self, id: &str) -> Option<&'static EndpointDescriptor> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    /// The endpoint that answers a method, in upper case, on a path without query.
    ///
    /// Fixed text wins over parameters, segment by segment from the left, as in a running mock.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Option<&'static EndpointDescriptor> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let fitting = self.endpoints.iter().filter(|each| each.method == method && each.fits(&segments));
        // The first of equals is the one that the description has first.
        fitting.min_by(|a, b| a.generality().cmp(&b.generality()))
    }
}

/// One operation: a method on a path.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "made by generated code of the same version")]
pub struct EndpointDescriptor {
    /// Unique and stable: the operationId, or derived from method and path.
    pub id: &'static str,
    /// Method in upper case.
    pub method: &'static str,
    /// The path template, as the description writes it.
    pub path: &'static str,
    /// The template taken apart.
    pub segments: &'static [&'static [PathPart]],
    /// Query parameters that the path itself fixes (`/list?type=a`).
    pub fixed_query: &'static [(&'static str, &'static str)],
    /// One line.
    pub summary: Option<&'static str>,
    /// Whether clients should stop using it.
    pub deprecated: bool,
    /// Tags in the description's order.
    pub tags: &'static [&'static str],
    /// Parameters of path and operation together.
    pub parameters: &'static [ParameterDescriptor],
    /// The body a request may or must have.
    pub request_body: Option<RequestBodyDescriptor>,
    /// Responses in the description's order.
    pub responses: &'static [ResponseDescriptor],
    /// Alternatives, one of which must hold; each names schemes that must hold together. None at all
    /// means that no credentials are needed, and so does an alternative without schemes.
    pub security: &'static [&'static [SecurityUse]],
}

impl EndpointDescriptor {
    /// The response that a status has: its own, that of its range (`4XX`), or `default`.
    #[must_use]
    pub fn response(&self, status: u16) -> Option<&'static ResponseDescriptor> {
        let by_name = |name: &str| self.responses.iter().find(|response| response.status == name);
        by_name(&status.to_string())
            .or_else(|| by_name(&format!("{}XX", status / 100)))
            .or_else(|| by_name("default"))
    }

    /// A parameter by its place and its name on the wire; names of headers match in any case.
    #[must_use]
    pub fn parameter(&self, location: Location, name: &str) -> Option<&'static ParameterDescriptor> {
        let fits = |each: &&ParameterDescriptor| {
            each.location == location
                && (each.name == name || location == Location::Header && each.name.eq_ignore_ascii_case(name))
        };
        self.parameters.iter().find(fits)
    }

    fn fits(&self, segments: &[&str]) -> bool {
        self.segments.len() == segments.len()
            && self.segments.iter().zip(segments).all(|(parts, segment)| fits(parts, segment))
    }

    /// How general each segment is: fixed text, text with parameters, a parameter.
    fn generality(&self) -> Vec<usize> {
        let of = |parts: &&[PathPart]| match parts {
            [PathPart::Text(_)] | [] => 0,
            [PathPart::Param(_)] => 2,
            _ => 1,
        };
        self.segments.iter().map(of).collect()
    }
}

/// Whether the text of a segment can be made by its parts; parameters are one character at least.
fn fits(parts: &[PathPart], text: &str) -> bool {
    match parts {
        [] => text.is_empty(),
        [PathPart::Text(fixed), rest @ ..] => text.strip_prefix(fixed).is_some_and(|text| fits(rest, text)),
        [PathPart::Param(_)] => !text.is_empty(),
        [PathPart::Param(_), rest @ ..] => {
            text.char_indices().skip(1).any(|(at, _)| text.get(at..).is_some_and(|text| fits(rest, text)))
        }
    }
}

/// Method and path.
impl fmt::Display for EndpointDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.method, self.path))
    }
}

/// A part of a path segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a template has nothing else")]
pub enum PathPart {
    /// Fixed text, percent-decoded.
    Text(&'static str),
    /// A parameter's name, without braces.
    Param(&'static str),
}

/// Where a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "OpenAPI has no others")]
pub enum Location {
    /// In the path.
    Path,
    /// In the query string.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

/// How a parameter's value is written (OpenAPI 3.1.1, section 4.8.12.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// `1,2`
    Simple,
    /// `.1.2`
    Label,
    /// `;id=1,2`
    Matrix,
    /// `id=1&id=2`, or `id=1,2` without explode
    Form,
    /// `id=1%202`
    SpaceDelimited,
    /// `id=1|2`
    PipeDelimited,
    /// `id=1\t2` (Swagger 2.0 `tsv`)
    TabDelimited,
    /// `id[a]=1&id[b]=2`
    DeepObject,
}

/// A parameter of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by generated code of the same version")]
pub struct ParameterDescriptor {
    /// Name, as it is on the wire.
    pub name: &'static str,
    /// Where it is.
    pub location: Location,
    /// Whether a request must have it.
    pub required: bool,
    /// The JSON types that its schema allows, such as `integer`; empty where anything goes.
    pub types: &'static [&'static str],
    /// How the value is written; of no meaning when `media_type` is there.
    pub style: Style,
    /// Whether the members of arrays and objects are written apart.
    pub explode: bool,
    /// The media type whose text the value is, for a `content` parameter.
    pub media_type: Option<&'static str>,
}

/// The body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by generated code of the same version")]
pub struct RequestBodyDescriptor {
    /// Whether a request must have one.
    pub required: bool,
    /// What it may be, in the description's order.
    pub media_types: &'static [MediaTypeDescriptor],
}

/// A response of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by generated code of the same version")]
pub struct ResponseDescriptor {
    /// As the description writes it: `200`, `4XX` (upper case) or `default`.
    pub status: &'static str,
    /// CommonMark; empty where there is none.
    pub description: &'static str,
    /// What the body may be, in the description's order; none means no body.
    pub media_types: &'static [MediaTypeDescriptor],
}

/// A body in one media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by generated code of the same version")]
pub struct MediaTypeDescriptor {
    /// As the description writes it; may be a range such as `image/*`.
    pub name: &'static str,
    /// The body that a mock sends or takes: the description's example, or one built from the schema.
    /// None where it is no text or longer than 16 KiB.
    pub example: Option<&'static str>,
}

/// A way for a client to prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by generated code of the same version")]
pub struct SecuritySchemeDescriptor {
    /// The name that requirements use.
    pub name: &'static str,
    /// What the client has to send.
    pub kind: SecurityKind,
}

/// The kinds of security scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityKind {
    /// A key in a header, query parameter or cookie.
    ApiKey {
        /// Where the key is.
        location: Location,
        /// Name of the header, parameter or cookie.
        parameter: &'static str,
    },
    /// An HTTP authentication scheme (RFC 9110, section 11) in lower case, such as `basic`.
    Http {
        /// The scheme's name.
        scheme: &'static str,
    },
    /// OAuth 2, used as a bearer token.
    OAuth2,
    /// OpenID Connect, used as a bearer token.
    OpenIdConnect {
        /// The discovery document.
        url: &'static str,
    },
    /// A client certificate.
    MutualTls,
}

/// One scheme of a security requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "made by generated code of the same version")]
pub struct SecurityUse {
    /// Name of the scheme.
    pub scheme: &'static str,
    /// Scopes, or roles, that the credentials must have.
    pub scopes: &'static [&'static str],
}

#[cfg(test)]
mod tests {
    use super::PathPart::{Param, Text};
    use super::*;

    const fn get(path: &'static str, segments: &'static [&'static [PathPart]]) -> EndpointDescriptor {
        EndpointDescriptor {
            id: path,
            method: "GET",
            path,
            segments,
            fixed_query: &[],
            summary: None,
            deprecated: false,
            tags: &[],
            parameters: &[],
            request_body: None,
            responses: &[],
            security: &[],
        }
    }

    #[test]
    fn fixed_text_wins_over_parameters() {
        const ENDPOINTS: &[EndpointDescriptor] = &[
            get("/pets/{id}", &[&[Text("pets")], &[Param("id")]]),
            get("/pets/{id}.{ext}", &[&[Text("pets")], &[Param("id"), Text("."), Param("ext")]]),
            get("/pets/mine", &[&[Text("pets")], &[Text("mine")]]),
        ];
        let api = ApiDescriptor::new([""; 5], &[], &[], &[], ENDPOINTS);
        let found = |path| api.find("GET", path).map(|endpoint| endpoint.path);
        assert_eq!(found("/pets/mine"), Some("/pets/mine"));
        assert_eq!(found("/pets/7.json"), Some("/pets/{id}.{ext}"));
        assert_eq!(found("/pets/7"), Some("/pets/{id}"));
        assert_eq!(found("/pets/é."), Some("/pets/{id}"));
        assert_eq!(found("/pets/"), None);
        assert_eq!(api.find("POST", "/pets/7").map(|endpoint| endpoint.id), None);
    }
}
