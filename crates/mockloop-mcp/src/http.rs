//! MCP over streamable HTTP.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::server::Mockloop;

/// The path of the server.
const PATH: &str = "/mcp";

/// Pages of this machine, at any port.
const LOOPBACK_ORIGINS: [&str; 3] = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];

/// The largest body of a request, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// How long a session is kept that nobody uses: a person may think for longer than rmcp's five minutes.
const IDLE: Duration = Duration::from_secs(3600);

/// How long to wait where no connection can be taken, such as when all file descriptors are in use.
const PAUSE: Duration = Duration::from_millis(100);

/// Who may call over HTTP, and how much at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpOptions {
    /// The bearer token that every request has to carry; needed for any address but loopback.
    pub token: Option<String>,
    /// Values of `Host` that are taken besides those of loopback; where it is listened beyond loopback, all IP
    /// addresses are taken too.
    pub hosts: Vec<String>,
    /// Values of `Origin` that are taken besides those of loopback, such as `https://app.example.com:443`; requests
    /// without one always are.
    pub origins: Vec<String>,
    /// Connections that are served at once; further ones wait.
    pub connections: usize,
    /// Sessions of clients that say `initialize`; further ones are answered with 503. A session that was not used for
    /// an hour ends.
    pub sessions: usize,
    /// How long a client may take to send the head of a request, and again its body; a connection that is idle for as
    /// long is closed.
    pub patience: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            token: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            connections: 256,
            sessions: 1000,
            patience: Duration::from_secs(10),
        }
    }
}

/// Why it can't be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Others could call it.
    #[error("{0} can be reached from other machines: a token is needed, in MOCKLOOP_MCP_TOKEN")]
    NoToken(SocketAddr),
    /// The address can't be had.
    #[error("can't listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// Serves at `http://ADDRESS/mcp` until `stop` is cancelled; `ready` gets the address, whose port may have been 0.
///
/// # Errors
/// Where the address can't be had, or can be reached from elsewhere and there is no token.
pub async fn serve_http(
    server: Mockloop,
    address: SocketAddr,
    options: HttpOptions,
    stop: CancellationToken,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), HttpError> {
    // An empty one is what an unset variable of a shell gives; it protects nothing.
    let token = options.token.as_deref().filter(|token| !token.is_empty()).map(Arc::<str>::from);
    if !address.ip().is_loopback() && token.is_none() {
        return Err(HttpError::NoToken(address));
    }
    let listen = |source| HttpError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let connections = Arc::new(Semaphore::new(options.connections));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(options.patience);
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(IDLE);
    let sessions = Arc::new(sessions);
    let door = Arc::new(Door {
        token,
        takes_addresses: !address.ip().is_loopback(),
        patience: options.patience,
        most_sessions: options.sessions,
        sessions: Arc::clone(&sessions),
        service: StreamableHttpService::new(
            move || Ok(server.for_client()),
            sessions,
            config(options, &stop),
        ),
    });
    ready(address);
    loop {
        let next = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => return Ok(()),
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (door, stop) = (Arc::clone(&door), stop.clone());
        let answer = service_fn(move |request| {
            let door = Arc::clone(&door);
            async move { Ok::<_, Infallible>(door.answer(request).await) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), answer);
        tokio::spawn(async move {
            let _permit = permit;
            tokio::select! {
                // What fails here is one connection.
                _ = connection => {}
                () = stop.cancelled() => {}
            }
        });
    }
}

fn config(options: HttpOptions, stop: &CancellationToken) -> StreamableHttpServerConfig {
    let mut config = StreamableHttpServerConfig::default().enforce_origin_validation();
    config.allowed_hosts.extend(options.hosts);
    config.allowed_origins = LOOPBACK_ORIGINS.map(str::to_owned).to_vec();
    config.allowed_origins.extend(options.origins);
    config.max_request_body_bytes = LARGEST;
    config.cancellation_token = stop.child_token();
    config
}

/// What every request passes before it is MCP's.
struct Door {
    token: Option<Arc<str>>,
    /// Whether `Host` may be any IP address: what listens beyond loopback may have several, behind others still.
    takes_addresses: bool,
    patience: Duration,
    most_sessions: usize,
    sessions: Arc<LocalSessionManager>,
    service: StreamableHttpService<Mockloop, LocalSessionManager>,
}

/// Whether a `Host` is an IP address, with a port or without.
fn is_address(host: &HeaderValue) -> bool {
    let is_bare = |text: &str| text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    host.to_str().is_ok_and(|host| host.parse::<SocketAddr>().is_ok() || is_bare(host))
}

/// A message as far as it says what it is.
#[derive(Deserialize)]
struct Message {
    method: String,
}

impl Door {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        if request.uri().path() != PATH {
            return refusal(StatusCode::NOT_FOUND, "MCP is served at /mcp");
        }
        if let Some(token) = &self.token
            && !carries(&request, token)
        {
            let mut refusal = refusal(StatusCode::UNAUTHORIZED, "a bearer token is needed");
            refusal.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return refusal;
        }
        let (mut head, body) = request.into_parts();
        // A page that its own name leads here can't say an address: its `Host` is that name.
        if self.takes_addresses && head.headers.get(header::HOST).is_some_and(is_address) {
            head.headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        }
        let body = match timeout(self.patience, Limited::new(body, LARGEST).collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                return refusal(StatusCode::PAYLOAD_TOO_LARGE, "a request has at most 4 MiB");
            }
            Ok(Err(_)) => return refusal(StatusCode::BAD_REQUEST, "the request was cut off"),
            Err(_) => return refusal(StatusCode::REQUEST_TIMEOUT, "the request did not come to its end"),
        };
        if self.is_one_too_many(&body).await {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "there are too many sessions; end one, or wait");
        }
        self.service.handle(Request::from_parts(head, Full::new(body))).await
    }

    /// Whether a request begins a session where there are as many as there may be.
    async fn is_one_too_many(&self, body: &[u8]) -> bool {
        self.sessions.sessions.read().await.len() >= self.most_sessions
            && serde_json::from_slice::<Message>(body).is_ok_and(|message| message.method == "initialize")
    }
}

/// Whether a request has the token, compared in a time that does not tell how much of it is right.
fn carries(request: &Request<Incoming>, token: &str) -> bool {
    let header = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let Some((scheme, given)) = header.and_then(|value| value.split_at_checked("Bearer ".len())) else {
        return false;
    };
    let differs = given.iter().zip(token.as_bytes()).fold(0, |found, (a, b)| found | (a ^ b));
    scheme.eq_ignore_ascii_case(b"Bearer ") && given.len() == token.len() && differs == 0
}

fn refusal(status: StatusCode, text: &'static str) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())).boxed());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_address() {
        let is = |host: &str| HeaderValue::from_str(host).is_ok_and(|host| is_address(&host));
        assert!(is("192.0.2.7:8765") && is("192.0.2.7") && is("[2001:db8::1]:8765") && is("[::1]"));
        for name in ["rebound.example:8765", "192.0.2.7.example", "1", "127.1", "0x7f.1", "", "192.0.2.7:x"] {
            assert!(!is(name), "{name}");
        }
    }
}
