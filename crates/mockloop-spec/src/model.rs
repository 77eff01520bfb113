//! The one model of an API: typed, resolved, independent of the format it came from.
//!
//! Serialised as JSON it is the `api.json` of a generated project, from which the server decides
//! what to answer. Empty collections and absent options are left out of the JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::report::Place;

/// The number that [`Api::mockloop`] holds in documents that this version writes.
pub const FORMAT: u32 = 1;

/// An API, as its description says, with every `$ref` outside of schemas resolved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Api {
    /// Version of this document's own format: [`FORMAT`].
    pub mockloop: u32,
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// `info.description`, CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where the description came from.
    pub source: SourceInfo,
    /// Where the real API is said to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
    /// Path prefixes of the servers, such as `/v3`, without a trailing slash and without the root;
    /// every operation is served under each of them and at the root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_paths: Vec<String>,
    /// Tags in the order in which the description declares or first uses them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Security schemes by name, in the description's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_schemes: Vec<SecurityScheme>,
    /// Operations in the description's order.
    pub operations: Vec<Operation>,
    /// Webhooks of OpenAPI 3.1; `path` is the webhook's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Operation>,
    /// JSON Schema 2020-12 definitions by name. A schema anywhere in this model refers to them as
    /// `{"$ref": "#/schemas/NAME"}`, NAME escaped as a JSON pointer in a URI fragment.
    #[serde(default)]
    pub schemas: Map<String, Value>,
}

/// The identity of a description.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceInfo {
    /// File name or URL, as the person gave it, without folders.
    pub name: String,
    /// The format with its version, such as `openapi-3.0.3` or `swagger-2.0`.
    pub format: String,
    /// SHA-256, in hexadecimal, over all documents read, the root first.
    pub sha256: String,
}

/// One entry of `servers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// The URL with every variable set to its default.
    pub url: String,
    /// What the server is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The URL template, where it has variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Variables of the template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<ServerVariable>,
}

/// A variable of a server's URL template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerVariable {
    /// Name, without braces.
    pub name: String,
    /// Value where none is given.
    pub default: String,
    /// The allowed values; empty when any is.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// A tag that groups operations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Name, as operations use it.
    pub name: String,
    /// CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A way for a client to prove who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityScheme {
    /// The name that requirements use.
    pub name: String,
    /// What the client has to send.
    #[serde(flatten)]
    pub kind: SecurityKind,
    /// CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The kinds of security scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum SecurityKind {
    /// A key in a header, query parameter or cookie.
    #[serde(rename_all = "snake_case")]
    ApiKey {
        /// Where the key is.
        r#in: Location,
        /// Name of the header, parameter or cookie.
        parameter: String,
    },
    /// An HTTP authentication scheme (RFC 9110, section 11), such as `basic` or `bearer`.
    Http {
        /// The scheme's name in lower case.
        scheme: String,
    },
    /// OAuth 2, used as a bearer token.
    #[serde(rename = "oauth2")]
    OAuth2 {
        /// The flows as the description writes them in 3.x form.
        flows: Value,
    },
    /// OpenID Connect, used as a bearer token.
    OpenIdConnect {
        /// The discovery document.
        url: String,
    },
    /// A client certificate (3.1); a mock can't check it and lets every call pass.
    #[serde(rename = "mutualTLS")]
    MutualTls,
}

/// One operation: a method on a path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Unique and stable: the operationId, or derived from method and path.
    pub id: String,
    /// Method in upper case.
    pub method: String,
    /// The path template, as the description writes it.
    pub path: String,
    /// The template taken apart, without fixed query and fragment.
    pub segments: Vec<Segment>,
    /// Query parameters that the path itself fixes (`/list?type=a`). A request fits this operation
    /// only when it carries them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed_query: Vec<(String, String)>,
    /// Path prefixes of servers that the path or operation declares for itself, in place of
    /// [`Api::base_paths`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_paths: Option<Vec<String>>,
    /// Tags in the description's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether clients should stop using it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Parameters of path and operation together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// The body a request may or must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_body: Option<RequestBody>,
    /// Responses in the description's order.
    pub responses: Vec<Response>,
    /// Index into `responses` of the one that is sent where nothing asks for another.
    pub answer: usize,
    /// Alternatives, one of which must hold; each names schemes that must hold together. None at
    /// all means that no credentials are needed, and so does an alternative without schemes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security: Vec<SecurityRequirement>,
    /// Requests that the API sends on behalf of this operation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<Callback>,
    /// Where the description holds it: `FILE#POINTER`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
}

/// What stands between two slashes of a path template; more than one part in `{name}.{ext}`.
pub type Segment = Vec<Part>;

/// A part of a path segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Fixed text, percent-decoded. An empty one stands for a trailing or doubled slash.
    Text(String),
    /// A parameter's name, without braces.
    Param(String),
}

/// Where a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name, as it is on the wire.
    pub name: String,
    /// Where it is.
    pub r#in: Location,
    /// Whether a request must have it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether clients should stop using it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// How the value is written; of no meaning when `media_type` is there.
    pub style: Style,
    /// Whether the members of arrays and objects are written apart.
    pub explode: bool,
    /// Whether `?name=` may stand for an absent value.
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_empty_value: bool,
    /// The media type whose text the value is, for a `content` parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Schema of the decoded value; absent where anything goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// A valid value: the description's example, or one built from the schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Value>,
    /// The description's examples, until they have become the sample.
    #[serde(skip)]
    pub(crate) examples: Examples,
}

impl Parameter {
    /// A text in the path, of which the description says no more than its name.
    #[must_use]
    pub fn in_path(name: String) -> Self {
        Self {
            name,
            r#in: Location::Path,
            required: true,
            description: None,
            deprecated: false,
            style: Style::Simple,
            explode: false,
            allow_empty_value: false,
            media_type: None,
            schema: Some(serde_json::json!({ "type": "string" })),
            sample: None,
            examples: Examples::default(),
        }
    }
}

/// The body of a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestBody {
    /// Whether a request must have one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it may be, in the description's order.
    pub content: Vec<MediaType>,
}

/// A response of an operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// As the description writes it: `200`, `4XX` (upper case) or `default`.
    pub status: String,
    /// The status that is sent: the same number, the first of a range, or the one that `default`
    /// stands for.
    pub code: u16,
    /// CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Headers that are described, `Content-Type` left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// What the body may be, in the description's order; none means no body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<MediaType>,
    /// What `Content-Type` says where there is no body: Swagger 2.0 lists `produces` for responses
    /// without a `schema` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_type: Option<String>,
    /// Links to other operations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// A described response header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Name, as the description writes it.
    pub name: String,
    /// Whether the response always has it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Schema of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// A sample as it is on the wire: printable ASCII, one line.
    pub value: String,
    /// The description's examples, until they have become the value.
    #[serde(skip)]
    pub(crate) examples: Examples,
}

/// A body in one media type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaType {
    /// As the description writes it; may be a range such as `image/*`.
    pub media_type: String,
    /// What `Content-Type` says when a body of it is sent: `media_type` made concrete.
    pub content_type: String,
    /// Schema of the body; absent where anything goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// Bodies that are ready to be sent. The first is the one that is sent where nothing asks for
    /// another: the first valid example, else one built from the schema. Invalid examples come last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<Body>,
    /// How the parts of a multipart or form body are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encoding: Vec<Encoding>,
    /// The description's examples, until they have become bodies.
    #[serde(skip)]
    pub(crate) examples: Examples,
}

/// Examples as the description gives them, with the place of the part that they are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Examples {
    pub(crate) place: Place,
    pub(crate) list: Vec<Example>,
}

/// An example as the description gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Example {
    pub(crate) name: Option<String>,
    pub(crate) value: ExampleValue,
    pub(crate) place: Place,
}

/// What an example holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExampleValue {
    /// Data, to be rendered in the media type.
    Data(Value),
    /// The body itself (`externalValue`, 3.2's `serializedValue`).
    Text(String),
}

/// A body, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The example's name, by which `Prefer: example=NAME` asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it was made from.
    pub from: Origin,
    /// False for an example that its schema does not allow.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub valid: bool,
    /// The bytes.
    #[serde(flatten)]
    pub content: Content,
}

/// What a body was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// An example of the description.
    Example,
    /// The schema.
    Schema,
}

/// The bytes of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Text, sent as UTF-8.
    Text(String),
    /// Bytes that are not UTF-8, in base64 (RFC 4648, section 4).
    Base64(String),
}

/// How one property of a multipart or form body is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoding {
    /// The property.
    pub property: String,
    /// Media types that its part may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Style in a form body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// Explode in a form body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explode: Option<bool>,
}

/// Schemes that must hold together.
pub type SecurityRequirement = Vec<SecurityUse>;

/// One scheme of a requirement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityUse {
    /// Name of the scheme.
    pub scheme: String,
    /// Scopes, or roles, that the credentials must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// Requests that the API sends on behalf of an operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Callback {
    /// The callback's key.
    pub name: String,
    /// The runtime expression that gives the URL, such as `{$request.body#/url}`.
    pub expression: String,
    /// What is sent there; `path` is the expression.
    pub operations: Vec<Operation>,
}

/// A link from a response to another operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The link's key.
    pub name: String,
    /// [`Operation::id`] of the target, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Parameter values: constants or runtime expressions.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_true(value: &bool) -> bool {
    *value
}

fn yes() -> bool {
    true
}
