//! MCP over streamable HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use ::http::{Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::server::Mockloop;

/// The path of the server.
const PATH: &str = "/mcp";

/// Pages of this machine, at any port.
const LOOPBACK_ORIGINS: [&str; 3] = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];

/// Who may call over HTTP.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HttpOptions {
    /// The bearer token that every request has to carry; needed for any address but loopback.
    pub token: Option<String>,
    /// Values of `Host` that are taken besides those of loopback.
    pub hosts: Vec<String>,
    /// Values of `Origin` that are taken besides those of loopback, such as `https://app.example.com:443`; requests
    /// without one always are.
    pub origins: Vec<String>,
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
    if !address.ip().is_loopback() && options.token.is_none() {
        return Err(HttpError::NoToken(address));
    }
    let listen = |source| HttpError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let token = options.token.clone().map(Arc::<str>::from);
    let service = Arc::new(StreamableHttpService::new(
        move || Ok(server.for_client()),
        Arc::new(LocalSessionManager::default()),
        config(options, &stop),
    ));
    ready(address);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return Ok(()),
        };
        // What fails here is one connection, or passes.
        let Ok((stream, _)) = stream else { continue };
        let (service, token, stop) = (Arc::clone(&service), token.clone(), stop.clone());
        tokio::spawn(async move {
            let answer = service_fn(move |request: Request<Incoming>| {
                let (service, token) = (Arc::clone(&service), token.clone());
                async move { Ok::<_, Infallible>(answer(&service, token.as_deref(), request).await) }
            });
            let builder = Builder::new(TokioExecutor::new());
            let connection = builder.serve_connection(TokioIo::new(stream), answer);
            tokio::select! {
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
    config.cancellation_token = stop.child_token();
    config
}

async fn answer(
    service: &StreamableHttpService<Mockloop, LocalSessionManager>,
    token: Option<&str>,
    request: Request<Incoming>,
) -> Answer {
    if request.uri().path() != PATH {
        return refusal(StatusCode::NOT_FOUND, "MCP is served at /mcp");
    }
    if let Some(token) = token
        && !carries(&request, token)
    {
        let mut refusal = refusal(StatusCode::UNAUTHORIZED, "a bearer token is needed");
        refusal.headers_mut().insert(header::WWW_AUTHENTICATE, ::http::HeaderValue::from_static("Bearer"));
        return refusal;
    }
    service.handle(request).await
}

/// Whether a request has the token, compared in a time that does not tell how much of it is right.
fn carries(request: &Request<Incoming>, token: &str) -> bool {
    let given =
        request.headers().get(header::AUTHORIZATION).map(http::HeaderValue::as_bytes).unwrap_or_default();
    let expected = format!("Bearer {token}");
    let differs = given.iter().zip(expected.as_bytes()).fold(0, |found, (a, b)| found | (a ^ b));
    given.len() == expected.len() && differs == 0
}

fn refusal(status: StatusCode, text: &'static str) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())).boxed());
    *response.status_mut() = status;
    response
}
