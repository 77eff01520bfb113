//! Sends endpoints to a mock or to the real API.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Response};
use reqwest::redirect::Policy;
use url::Url;

use crate::descriptor::EndpointDescriptor;
use crate::endpoint::{Endpoint, FromReply as _, Reply, ReplyError};
use crate::request::RequestError;

/// How long a request may take where nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes of an answer's body that are read where nothing else is said.
const LIMIT: usize = 64 * 1024 * 1024;

/// A client of one API, wherever it runs.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = mockloop_runtime::Client::new("http://127.0.0.1:8000")?.bearer("token")?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    base: Url,
    headers: HeaderMap,
    limit: usize,
    pub(crate) http: reqwest::Client,
}

/// Why a client can't be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is none.
    #[error("{address:?} is no http or https address")]
    Address {
        /// What was given.
        address: String,
    },
    /// A header would hold what no header can.
    #[error("the header {name} can't hold this value")]
    Header {
        /// The header's name.
        name: String,
    },
    /// The HTTP client can't be set up.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The request can't be made.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// There was no connection, it broke, or it took too long.
    #[error("{endpoint}: no answer")]
    Transport {
        /// What was asked: method and path.
        endpoint: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The answer's body is larger than the client reads.
    #[error("{endpoint}: the answer is larger than {limit} bytes\n  `Client::limit` sets how much is read")]
    TooLarge {
        /// What was asked: method and path.
        endpoint: String,
        /// The most bytes that the client reads.
        limit: usize,
    },
    /// The answer is not what the description says.
    #[error(transparent)]
    Reply(Box<ReplyError>),
}

impl Client {
    /// A client of the API at a base URL; a path in it stays in front of every request's.
    ///
    /// It follows no redirects: these are answers too, and nothing is sent to where they lead.
    ///
    /// # Errors
    /// Where it is no http or https address.
    pub fn new(base: impl AsRef<str>) -> Result<Self, ClientError> {
        let address = || ClientError::Address { address: base.as_ref().to_owned() };
        let url = Url::parse(base.as_ref()).map_err(|_| address())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(address());
        }
        // An error says that a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            base: url,
            headers: HeaderMap::new(),
            limit: LIMIT,
            http: reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build()?,
        })
    }

    /// Sends with a client of one's own, with its own timeout, redirects, proxy and certificates.
    #[must_use]
    pub fn with_http(mut self, http: reqwest::Client) -> Self {
        self.http = http;
        self
    }

    /// Reads no more than these bytes of an answer's body, in place of 64 MiB.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Sends a header along with every request, such as an API key.
    ///
    /// # Errors
    /// Where name or value are nothing that a header can have.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, ClientError> {
        let error = || ClientError::Header { name: name.to_owned() };
        let mut value = HeaderValue::from_str(value).map_err(|_| error())?;
        // It may be a secret: never shown by `Debug`.
        value.set_sensitive(true);
        self.headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| error())?, value);
        Ok(self)
    }

    /// Sends a bearer token along with every request (RFC 6750).
    ///
    /// # Errors
    /// Where the token is nothing that a header can have.
    pub fn bearer(self, token: &str) -> Result<Self, ClientError> {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Where it sends to.
    #[must_use]
    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    /// Sends an endpoint and reads what comes back.
    ///
    /// # Errors
    /// [`SendError`] says why there is no answer, or in what way it is not what the description says.
    pub async fn send<E: Endpoint>(&self, endpoint: &E) -> Result<E::Response, SendError> {
        self.exchange(endpoint).await.map(Response::into_body)
    }

    /// Sends an endpoint and reads what comes back, with status and headers.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn exchange<E: Endpoint>(&self, endpoint: &E) -> Result<Response<E::Response>, SendError> {
        let (head, body) = self.exchange_raw(endpoint).await?.into_parts();
        let reply = Reply::new(E::DESCRIPTOR, Response::from_parts(head.clone(), body));
        let value = E::Response::from_reply(reply).map_err(|error| SendError::Reply(Box::new(error)))?;
        Ok(Response::from_parts(head, value))
    }

    /// Sends an endpoint and gives what comes back, whatever it is.
    ///
    /// # Errors
    /// Where the request can't be made, or there is no answer.
    pub async fn exchange_raw<E: Endpoint>(&self, endpoint: &E) -> Result<Response<Vec<u8>>, SendError> {
        let response = self.open(endpoint, None).await?;
        self.read(E::DESCRIPTOR, response).await
    }

    /// Sends an endpoint, and gives the response before its body is read. A timeout takes the place of the
    /// one that the HTTP client has.
    pub(crate) async fn open<E: Endpoint>(
        &self,
        endpoint: &E,
        timeout: Option<Duration>,
    ) -> Result<reqwest::Response, SendError> {
        let (mut head, body) = endpoint.request()?.into_parts();
        for (name, value) in &self.headers {
            head.headers.entry(name).or_insert_with(|| value.clone());
        }
        let mut request =
            self.http.request(head.method, self.address(&head.uri)).headers(head.headers).body(body);
        if let Some(timeout) = timeout {
            request = request.timeout(timeout);
        }
        request.send().await.map_err(|source| transport(E::DESCRIPTOR, source))
    }

    /// Reads a response to its end.
    pub(crate) async fn read(
        &self,
        endpoint: &EndpointDescriptor,
        mut response: reqwest::Response,
    ) -> Result<Response<Vec<u8>>, SendError> {
        let mut received = Response::new(Vec::new());
        *received.status_mut() = response.status();
        *received.version_mut() = response.version();
        std::mem::swap(received.headers_mut(), response.headers_mut());
        while let Some(chunk) = response.chunk().await.map_err(|source| transport(endpoint, source))? {
            if received.body().len() + chunk.len() > self.limit {
                return Err(SendError::TooLarge { endpoint: endpoint.to_string(), limit: self.limit });
            }
            received.body_mut().extend_from_slice(&chunk);
        }
        Ok(received)
    }

    fn address(&self, uri: &http::Uri) -> String {
        let base = self.base.as_str();
        let base = base.split(['?', '#']).next().unwrap_or(base);
        format!("{}{uri}", base.trim_end_matches('/'))
    }
}

fn transport(endpoint: &EndpointDescriptor, source: reqwest::Error) -> SendError {
    SendError::Transport { endpoint: endpoint.to_string(), source }
}
