//! A client of a running mock's admin API.

use std::time::Duration;

use http::StatusCode;

use super::calls::Call;
use super::contract::models::Problem;
use super::stream::{Export, Tail};
use super::{ExportAll, ExportLogs, TailLogs};
use crate::client::{Client, ClientError, SendError};
use crate::descriptor::EndpointDescriptor;
use crate::endpoint::{Endpoint, FromReply as _, Reply, ReplyError};

/// How long a call may take, unless told otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long a stream may be silent; a tail says every 15 s that it is still there.
pub(super) const SILENCE: Duration = Duration::from_secs(60);

/// How often a call is tried where nobody takes the connection, unless told otherwise.
const TRIES: u32 = 3;

/// How long to wait before the second try; each further one waits twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// Watches and steers one running mock.
///
/// Where the connection is refused, a call is tried again: nothing was sent then. What was sent is never sent
/// twice.
#[derive(Clone, Debug)]
pub struct MockClient {
    client: Client,
    url: String,
    tries: u32,
    timeout: Duration,
}

/// Why a call to the admin API failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// Nobody answers there, not in time, or not to the end.
    #[error("{asked}: {url} {}", unreached(source, *limit))]
    Unreachable {
        /// What was asked: method and path.
        asked: String,
        /// The mock's address.
        url: String,
        /// How long it might take.
        limit: Duration,
        /// Why.
        source: reqwest::Error,
    },
    /// The mock refused the call.
    #[error("{asked}: {}{}", told(problem), hint(*status))]
    Refused {
        /// What was asked: method and path.
        asked: String,
        /// With which status.
        status: StatusCode,
        /// What the mock says of it.
        problem: Box<Problem>,
    },
    /// What answers there is not the admin API, or one of another version.
    #[error("{url} does not answer like a mock of this version\n  {source}")]
    Foreign {
        /// The address.
        url: String,
        /// In what way it is not.
        source: Box<ReplyError>,
    },
    /// The call can't be made, or its answer is too large.
    #[error(transparent)]
    Send(SendError),
}

impl AdminError {
    /// The status with which the mock refused the call, if it did.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// What became of the connection, and what to do.
fn unreached(source: &reqwest::Error, limit: Duration) -> String {
    if source.is_connect() {
        "can't be reached\n  is the mock running? `mockloop run` says where it listens".to_owned()
    } else if source.is_timeout() {
        let seconds = limit.as_secs_f64();
        format!(
            "did not answer within {seconds} s\n  try again; where it stays so, look at what the mock prints"
        )
    } else {
        "broke the connection off\n  the mock may have been stopped, or something else answers there"
            .to_owned()
    }
}

/// A problem document in lines: what is wrong, each violation, and what to do.
fn told(problem: &Problem) -> String {
    let mut text = problem.detail.clone();
    for violation in problem.violations.iter().flatten() {
        if violation.hint.is_none() && problem.detail.contains(&violation.message) {
            continue;
        }
        let place = violation.name.as_deref().or(violation.pointer.as_deref()).unwrap_or_default();
        text = format!("{text}\n  {place} {}", violation.message);
        if let Some(hint) = &violation.hint {
            text = format!("{text} ({hint})");
        }
    }
    text
}

/// What the mock itself does not say.
fn hint(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "\n  it is what MOCKLOOP_ADMIN_TOKEN was set to where the mock runs",
        _ => "",
    }
}

impl MockClient {
    /// A client of the mock at an address, such as `http://127.0.0.1:8000`.
    ///
    /// # Errors
    /// Where it is no http or https address.
    pub fn new(url: impl AsRef<str>) -> Result<Self, ClientError> {
        let url = url.as_ref().trim_end_matches('/');
        let client = Client::new(format!("{url}/__mockloop"))?;
        // No timeout of its own: streams may go on for as long as they are not silent.
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(SILENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { client: client.with_http(http), url: url.to_owned(), tries: TRIES, timeout: TIMEOUT })
    }

    /// Sends the token that the mock was started with, in `MOCKLOOP_ADMIN_TOKEN`.
    ///
    /// # Errors
    /// Where the token is nothing that a header can have.
    pub fn token(mut self, token: &str) -> Result<Self, ClientError> {
        self.client = self.client.bearer(token)?;
        Ok(self)
    }

    /// Sends by an HTTP client of one's own, with its own proxy and certificates. Where it has a timeout,
    /// that ends streams too.
    #[must_use]
    pub fn with_http(mut self, http: reqwest::Client) -> Self {
        self.client = self.client.with_http(http);
        self
    }

    /// How long a call may take, 30 seconds where nothing is said. Exports and tails may go on for longer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a call is tried where nobody takes the connection; 3 where nothing is said, at least 1.
    #[must_use]
    pub fn tries(mut self, tries: u32) -> Self {
        self.tries = tries.max(1);
        self
    }

    /// What it sends by; for requests to the mock itself.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.client.http
    }

    /// The mock's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// [`AdminError`] says what was asked, what came back, and what to do.
    pub async fn call<C: Call>(&self, call: &C) -> Result<C::Answer, AdminError> {
        let response = self.open(call, Some(self.timeout)).await?;
        let reply = self.reply(C::DESCRIPTOR, response).await?;
        let response = C::Response::from_reply(reply).map_err(|error| self.foreign(error))?;
        C::answer(response).map_err(|(status, problem)| AdminError::Refused {
            asked: C::DESCRIPTOR.to_string(),
            status,
            problem: Box::new(problem),
        })
    }

    /// Exports requests of the log, piece by piece.
    ///
    /// # Errors
    /// As [`MockClient::call`].
    pub async fn export(&self, export: &ExportLogs) -> Result<Export, AdminError> {
        Ok(Export::new(self.stream(export).await?, ExportLogs::DESCRIPTOR, &self.url))
    }

    /// Exports the log, the overrides and the scenarios as one zip file, piece by piece.
    ///
    /// # Errors
    /// As [`MockClient::call`].
    pub async fn export_all(&self) -> Result<Export, AdminError> {
        Ok(Export::new(self.stream(&ExportAll::new()).await?, ExportAll::DESCRIPTOR, &self.url))
    }

    /// Follows the log. Where the connection breaks, it goes on behind the last request that was seen.
    ///
    /// # Errors
    /// As [`MockClient::call`].
    pub async fn tail(&self, tail: TailLogs) -> Result<Tail, AdminError> {
        Tail::open(self.clone(), tail).await
    }

    /// A response whose body is still to be read; what is no success is an error.
    pub(super) async fn stream<E: Endpoint>(&self, endpoint: &E) -> Result<reqwest::Response, AdminError> {
        let response = self.open(endpoint, None).await?;
        let status = response.status();
        if status.is_success() {
            // The body is left alone, whatever it is: only its type is looked at.
            let mut head = http::Response::new(Vec::new());
            *head.status_mut() = status;
            head.headers_mut().clone_from(response.headers());
            Reply::new(E::DESCRIPTOR, head).of_its_type().map_err(|error| self.foreign(error))?;
            return Ok(response);
        }
        let reply = self.reply(E::DESCRIPTOR, response).await?;
        let problem = reply.json().map_err(|error| self.foreign(error))?;
        Err(AdminError::Refused { asked: E::DESCRIPTOR.to_string(), status, problem: Box::new(problem) })
    }

    async fn reply(
        &self,
        asked: &'static EndpointDescriptor,
        response: reqwest::Response,
    ) -> Result<Reply, AdminError> {
        let received = self.client.read(asked, response).await;
        let received = received.map_err(|error| self.failed(error, self.timeout))?;
        Reply::new(asked, received).of_its_type().map_err(|error| self.foreign(error))
    }

    async fn open<E: Endpoint>(
        &self,
        endpoint: &E,
        timeout: Option<Duration>,
    ) -> Result<reqwest::Response, AdminError> {
        let (mut pause, limit) = (PAUSE, timeout.unwrap_or(SILENCE));
        for _ in 1..self.tries {
            match self.client.open(endpoint, timeout).await {
                Err(SendError::Transport { source, .. }) if source.is_connect() && !source.is_timeout() => {}
                other => return other.map_err(|error| self.failed(error, limit)),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        self.client.open(endpoint, timeout).await.map_err(|error| self.failed(error, limit))
    }

    fn failed(&self, error: SendError, limit: Duration) -> AdminError {
        match error {
            SendError::Transport { endpoint, source } => {
                AdminError::Unreachable { asked: endpoint, url: self.url.clone(), limit, source }
            }
            SendError::Reply(error) => self.foreign(*error),
            other => AdminError::Send(other),
        }
    }

    fn foreign(&self, error: ReplyError) -> AdminError {
        AdminError::Foreign { url: self.url.clone(), source: Box::new(error) }
    }
}
