//! A request, put together from the values of an endpoint.

use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request};
use serde::Serialize;
use serde_json::Value;

use crate::descriptor::{EndpointDescriptor, Location, ParameterDescriptor, PathPart, Style};
use crate::multipart::Multipart;
use crate::{encode, unwritable};

/// Why a request can't be made of the values that an endpoint was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The value is no JSON: a map with keys that are no texts, or a serializer that failed.
    #[error("{parameter} can't be written: {source}")]
    Value {
        /// The parameter's name, or `body`.
        parameter: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// The parameter's style has no way to say the value, or it would be read as another.
    #[error("{parameter} can't be written: {reason}")]
    Unwritable {
        /// The parameter's name.
        parameter: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A segment of the path would be empty, `.` or `..`, or its values could not be told apart.
    #[error("the path {path} can't hold {segment:?}: it would lead elsewhere, or be read as other values")]
    Path {
        /// The path template.
        path: &'static str,
        /// What would stand between two slashes.
        segment: String,
    },
    /// A header would hold what no header can, such as a line feed, or a space at its begin or end.
    #[error("the header {parameter} can't hold {value:?}")]
    Header {
        /// The header's name.
        parameter: &'static str,
        /// The value.
        value: String,
    },
    /// The body's type can only write objects of fields.
    #[error("a form must be an object of fields")]
    Form,
    /// Method or address are none of HTTP.
    #[error(transparent)]
    Http(#[from] http::Error),
}

/// Puts a request together; used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct RequestParts {
    endpoint: &'static EndpointDescriptor,
    path: Vec<(&'static str, String)>,
    query: Vec<(String, String)>,
    cookies: Vec<String>,
    headers: HeaderMap,
    body: Vec<u8>,
    error: Option<RequestError>,
}

impl RequestParts {
    /// Begins a request to an endpoint.
    #[must_use]
    pub fn new(endpoint: &'static EndpointDescriptor) -> Self {
        let fixed = endpoint.fixed_query.iter();
        let mut parts = Self {
            endpoint,
            path: Vec::new(),
            query: fixed.map(|(name, value)| (encode::escaped(name), encode::escaped(value))).collect(),
            cookies: Vec::new(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            error: None,
        };
        if let Ok(accept) = HeaderValue::from_str(&accept(endpoint)) {
            parts.headers.insert(ACCEPT, accept);
        }
        parts
    }

    /// Sets the parameter at an index of the descriptor; what is null in JSON is left out.
    pub fn set(&mut self, index: usize, value: &(impl Serialize + ?Sized)) -> &mut Self {
        let Some(parameter) = self.endpoint.parameters.get(index) else { return self };
        match serde_json::to_value(value) {
            Ok(value) => {
                let outcome = match unwritable::reason(parameter, &value) {
                    Some(reason) => Err(RequestError::Unwritable { parameter: parameter.name, reason }),
                    None if value.is_null() => Ok(()),
                    None => self.put(parameter, &value),
                };
                self.note(outcome);
            }
            Err(source) => self.note(Err(RequestError::Value { parameter: parameter.name, source })),
        }
        self
    }

    fn put(&mut self, parameter: &'static ParameterDescriptor, value: &Value) -> Result<(), RequestError> {
        let written = parameter.into();
        match parameter.location {
            Location::Path => self.path.push((parameter.name, encode::in_path(&written, value))),
            Location::Query => self.query.extend(encode::in_query(&written, value)),
            Location::Cookie => {
                let cookie = format!("{}={}", parameter.name, encode::in_cookie(&written, value));
                let is_name = |c: char| c.is_ascii_graphic() && !matches!(c, ';' | '=');
                if !parameter.name.chars().all(is_name) {
                    return Err(RequestError::Header { parameter: parameter.name, value: cookie });
                }
                self.cookies.push(cookie);
            }
            Location::Header => {
                let text = encode::in_header(&written, value);
                let name = HeaderName::from_bytes(parameter.name.as_bytes());
                // Spaces around a value are none of it.
                let is_whole = text.trim_matches([' ', '\t']) == text;
                match (name, HeaderValue::from_bytes(text.as_bytes())) {
                    (Ok(name), Ok(value)) if is_whole => _ = self.headers.insert(name, value),
                    _ => return Err(RequestError::Header { parameter: parameter.name, value: text }),
                }
            }
        }
        Ok(())
    }

    /// Sends a body of JSON, unless it is null and may be left out.
    pub fn json(&mut self, media_type: &'static str, body: &(impl Serialize + ?Sized)) -> &mut Self {
        match serde_json::to_vec(body) {
            Ok(bytes) if bytes == b"null" && !self.needs_body() => self,
            Ok(bytes) => self.content(media_type, bytes),
            Err(source) => {
                self.note(Err(RequestError::Value { parameter: "body", source }));
                self
            }
        }
    }

    /// Sends the fields of a form.
    pub fn form(&mut self, media_type: &'static str, body: &(impl Serialize + ?Sized)) -> &mut Self {
        match serde_json::to_value(body) {
            Ok(Value::Object(members)) => {
                return self.content(media_type, encode::form(&members).into_bytes());
            }
            Ok(Value::Null) => {}
            Ok(_) => self.note(Err(RequestError::Form)),
            Err(source) => self.note(Err(RequestError::Value { parameter: "body", source })),
        }
        self
    }

    /// Sends parts, where there are any.
    pub fn multipart(&mut self, body: Option<&Multipart>) -> &mut Self {
        match body {
            Some(body) => {
                let (content_type, bytes) = body.encode();
                self.content(&content_type, bytes)
            }
            None => self,
        }
    }

    /// Sends bytes, where there are any.
    pub fn bytes(&mut self, media_type: &'static str, body: Option<&[u8]>) -> &mut Self {
        match body {
            Some(body) => self.content(media_type, body.to_vec()),
            None => self,
        }
    }

    fn content(&mut self, content_type: &str, bytes: Vec<u8>) -> &mut Self {
        // A range such as `image/*` is nothing that can be sent.
        let content_type = if content_type.contains('*') { "application/octet-stream" } else { content_type };
        if let Ok(value) = HeaderValue::from_str(content_type) {
            self.headers.insert(CONTENT_TYPE, value);
        }
        self.body = bytes;
        self
    }

    fn needs_body(&self) -> bool {
        self.endpoint.request_body.is_some_and(|body| body.required)
    }

    /// The first error is the one to tell.
    fn note(&mut self, outcome: Result<(), RequestError>) {
        if let (None, Err(error)) = (&self.error, outcome) {
            self.error = Some(error);
        }
    }

    /// The request, its address being path and query.
    ///
    /// # Errors
    /// Where a value can't be written where it has to be.
    pub fn finish(&mut self) -> Result<Request<Vec<u8>>, RequestError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let mut address = self.address()?;
        for (at, (name, value)) in self.query.iter().enumerate() {
            address += if at == 0 { "?" } else { "&" };
            address += name;
            address += "=";
            address += value;
        }
        let mut request = Request::builder()
            .method(Method::from_bytes(self.endpoint.method.as_bytes()).map_err(http::Error::from)?)
            .uri(address)
            .body(std::mem::take(&mut self.body))?;
        *request.headers_mut() = std::mem::take(&mut self.headers);
        if let Ok(cookies) = HeaderValue::from_str(&self.cookies.join("; "))
            && !self.cookies.is_empty()
        {
            request.headers_mut().insert(COOKIE, cookies);
        }
        Ok(request)
    }

    fn address(&self) -> Result<String, RequestError> {
        let mut address = String::new();
        for parts in self.endpoint.segments {
            let segment = self.segment(parts)?;
            address.push('/');
            address += &segment;
        }
        Ok(if address.is_empty() { "/".to_owned() } else { address })
    }

    fn segment(&self, parts: &[PathPart]) -> Result<String, RequestError> {
        let written: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(at, part)| match part {
                PathPart::Text(text) => encode::in_segment(text),
                PathPart::Param(name) => self.value_before(name, parts.get(at + 1)),
            })
            .collect();
        let segment = written.concat();
        let is_fixed = parts.iter().all(|part| matches!(part, PathPart::Text(_)));
        // Encoded dots lead elsewhere too.
        let stays = !matches!(segment.replace("%2E", ".").as_str(), "" | "." | "..");
        if is_fixed || stays && reads_back(parts, &written) {
            Ok(segment)
        } else {
            Err(RequestError::Path { path: self.endpoint.path, segment })
        }
    }

    /// A value in the path, in which fixed text that follows it does not seem to begin.
    fn value_before(&self, wanted: &str, next: Option<&PathPart>) -> String {
        let value = self.path.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| value);
        let first = match next {
            Some(PathPart::Text(text)) => text.chars().next(),
            _ => None,
        };
        let parameter = self.endpoint.parameter(Location::Path, wanted);
        match first {
            // The dots of a label are its own.
            Some('.') if parameter.is_some_and(|each| each.style == Style::Label) => value.to_owned(),
            Some(mark @ ('-' | '.' | '_' | '~')) => value.replace(mark, &format!("%{:X}", u32::from(mark))),
            _ => value.to_owned(),
        }
    }
}

/// Whether each value ends where what follows it begins for the first time, one character at least.
fn reads_back(parts: &[PathPart], written: &[String]) -> bool {
    parts.iter().zip(written).enumerate().all(|(at, (part, value))| match (part, parts.get(at + 1)) {
        (PathPart::Text(_), _) => true,
        (PathPart::Param(_), None) => !value.is_empty(),
        (PathPart::Param(_), Some(PathPart::Param(_))) => value.len() == 1,
        (PathPart::Param(_), Some(PathPart::Text(_))) => {
            let (rest, next) =
                (written.iter().skip(at).map(String::as_str).collect::<String>(), written.get(at + 1));
            let end = next.zip(rest.get(1..)).and_then(|(next, rest)| rest.find(next.as_str()));
            end.is_some_and(|end| end + 1 == value.len())
        }
    })
}

/// The media types of all responses, JSON before others, anything after all.
fn accept(endpoint: &EndpointDescriptor) -> String {
    let mut names: Vec<&str> = Vec::new();
    for media in endpoint.responses.iter().flat_map(|response| response.media_types) {
        if !names.contains(&media.name) {
            names.push(media.name);
        }
    }
    names.sort_by_key(|name| !is_json(name));
    let mut accept = names.iter().fold(String::new(), |mut text, name| {
        text += name;
        text += if is_json(name) { ", " } else { ";q=0.9, " };
        text
    });
    accept += "*/*;q=0.1";
    accept
}

/// Whether a media type is JSON (RFC 6839, section 3.1).
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}
