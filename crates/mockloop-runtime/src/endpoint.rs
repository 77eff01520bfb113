//! Endpoints as types: what is sent, and what comes back.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::descriptor::EndpointDescriptor;
use crate::request::{RequestError, is_json};

/// The most of a body that an error shows, in bytes.
const SHOWN: usize = 2048;

/// An operation with its values, ready to be sent.
///
/// `mockloop!` makes a type for each operation; [`Client`](crate::Client) sends any of them.
pub trait Endpoint {
    /// What the description says of it.
    const DESCRIPTOR: &'static EndpointDescriptor;
    /// Unique and stable: the operationId, or derived from method and path.
    const ID: &'static str = Self::DESCRIPTOR.id;
    /// Method in upper case.
    const METHOD: &'static str = Self::DESCRIPTOR.method;
    /// The path template.
    const PATH: &'static str = Self::DESCRIPTOR.path;

    /// What comes back.
    type Response: FromReply;

    /// The request, its address being path and query alone.
    ///
    /// # Errors
    /// Where a value can't stand where the description wants it: a line feed in a header, or a path
    /// segment that would lead elsewhere.
    fn request(&self) -> Result<Request<Vec<u8>>, RequestError>;
}

/// A type that a reply can be read as.
pub trait FromReply: Sized {
    /// Reads a reply to an endpoint.
    ///
    /// # Errors
    /// Where the description has no such reply, or the body is not what it says.
    fn from_reply(reply: Reply) -> Result<Self, ReplyError>;
}

/// What an endpoint answered, not yet read.
#[derive(Debug)]
pub struct Reply {
    endpoint: &'static EndpointDescriptor,
    status: StatusCode,
    content_type: String,
    location: String,
    body: Vec<u8>,
}

impl Reply {
    /// A reply to an endpoint.
    #[must_use]
    pub fn new(endpoint: &'static EndpointDescriptor, response: Response<Vec<u8>>) -> Self {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        Self {
            endpoint,
            status: response.status(),
            content_type: header(CONTENT_TYPE).unwrap_or_default().to_owned(),
            location: header(LOCATION).unwrap_or_default().to_owned(),
            body: response.into_body(),
        }
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether its body says that it is JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        is_json(&self.content_type)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Where it is none, or not of the type.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, ReplyError> {
        match serde_json::from_slice(&self.body) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.refused(format!("the body is not what was expected: {error}"))),
        }
    }

    /// The body as text.
    ///
    /// # Errors
    /// Where it is not UTF-8.
    pub fn text(mut self) -> Result<String, ReplyError> {
        match String::from_utf8(std::mem::take(&mut self.body)) {
            Ok(text) => Ok(text),
            Err(error) => {
                self.body = error.into_bytes();
                Err(self.refused("the body is not UTF-8".to_owned()))
            }
        }
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        self.body
    }

    /// The error of a status that the description does not have.
    #[must_use]
    pub fn undocumented(self) -> ReplyError {
        let mut reason = "the description has no such status".to_owned();
        if self.status.is_redirection() && !self.location.is_empty() {
            reason = format!("{reason}, which leads to {}", self.location);
        }
        self.refused(reason)
    }

    /// The error of a reply whose body is not of a type that the description has for its status.
    #[cfg(feature = "admin")]
    pub(crate) fn of_its_type(self) -> Result<Self, ReplyError> {
        let described =
            self.endpoint.response(self.status.as_u16()).map_or(&[][..], |found| found.media_types);
        let given = self.content_type.split(';').next().unwrap_or_default().trim();
        if described.is_empty() || described.iter().any(|media| media.name.eq_ignore_ascii_case(given)) {
            return Ok(self);
        }
        Err(self.refused("the description has no such content type".to_owned()))
    }

    fn refused(self, reason: String) -> ReplyError {
        let expected: Vec<String> = self
            .endpoint
            .responses
            .iter()
            .map(|response| {
                let names: Vec<_> = response.media_types.iter().map(|media| media.name).collect();
                if names.is_empty() {
                    response.status.to_owned()
                } else {
                    format!("{} {}", response.status, names.join(" or "))
                }
            })
            .collect();
        let cut = self.body.get(..SHOWN).unwrap_or(&self.body);
        let mut body = String::from_utf8_lossy(cut).into_owned();
        if cut.len() < self.body.len() {
            body.push('…');
        }
        ReplyError {
            endpoint: self.endpoint,
            status: self.status,
            content_type: self.content_type,
            reason,
            expected: expected.join(", "),
            body,
        }
    }
}

/// A reply that is not what the description says.
#[derive(Debug, thiserror::Error)]
#[error("{endpoint} answered {status}: {reason}\n  expected: {expected}\n  {}", shown(content_type, body))]
#[non_exhaustive]
pub struct ReplyError {
    /// What was asked.
    pub endpoint: &'static EndpointDescriptor,
    /// What came back.
    pub status: StatusCode,
    /// Its `Content-Type`; empty where there was none.
    pub content_type: String,
    /// What is wrong with it.
    pub reason: String,
    /// What the description has: statuses with media types.
    pub expected: String,
    /// The beginning of the body, 2 KiB at most.
    pub body: String,
}

fn shown(content_type: &str, body: &str) -> String {
    match (content_type, body) {
        (_, "") => "no body".to_owned(),
        ("", body) => format!("body: {body}"),
        (content_type, body) => format!("{content_type}: {body}"),
    }
}
