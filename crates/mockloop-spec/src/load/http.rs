//! Documents over HTTP.

use std::io::Read as _;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, Response};
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use url::Url;

use super::{Fetch, FetchError, Fetched, MAX_BYTES, public};

const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_REDIRECTS: usize = 5;

/// Fetches with limits: 64 MiB, 30 seconds, 5 redirects.
#[derive(Debug, Default)]
pub struct Http {
    public_only: bool,
}

impl Http {
    /// Fetches from public addresses alone, also where a name or a redirect leads to another one, and without a
    /// proxy, which would look names up by itself.
    #[must_use]
    pub fn public_only() -> Self {
        Self { public_only: true }
    }

    /// Asks along all redirects. A name is looked up once: what was checked is what is asked.
    fn ask(&self, url: &Url) -> Result<Response, FetchError> {
        let end = Instant::now() + TIMEOUT;
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut client = Client::builder()
                .timeout(end.saturating_duration_since(Instant::now()))
                .redirect(Policy::none())
                .user_agent(concat!("mockloop/", env!("CARGO_PKG_VERSION")));
            if self.public_only {
                let addresses = public::addresses(&url)?;
                client = client.no_proxy().resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses);
            }
            let response = client.build().map_err(error)?.get(url.clone()).send().map_err(error)?;
            let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
            let Some(location) = location else { return Ok(response) };
            let next = location.to_str().ok().and_then(|location| url.join(location).ok());
            url = next.filter(|next| matches!(next.scheme(), "http" | "https")).ok_or_else(|| {
                FetchError::Network("it was redirected to what is no http or https address".to_owned())
            })?;
        }
        Err(FetchError::Redirects(MAX_REDIRECTS))
    }
}

impl Fetch for Http {
    fn fetch(&self, url: &Url) -> Result<Fetched, FetchError> {
        // An error says that a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let response = self.ask(url)?;
        if !response.status().is_success() {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let url = response.url().clone();
        let mut bytes = Vec::new();
        response.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| match e.kind() {
            std::io::ErrorKind::TimedOut => FetchError::Timeout(TIMEOUT.as_secs()),
            _ => FetchError::Network(e.to_string()),
        })?;
        if bytes.len() as u64 > MAX_BYTES { Err(FetchError::TooLarge) } else { Ok(Fetched { url, bytes }) }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn error(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::Timeout(TIMEOUT.as_secs())
    } else {
        // The innermost cause says what happened; the outer ones repeat the URL.
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        FetchError::Network(cause.to_string())
    }
}
