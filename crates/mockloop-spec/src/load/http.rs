//! Documents over HTTP.

use std::io::Read as _;
use std::time::Duration;

use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use url::Url;

use super::{Fetch, FetchError, Fetched, MAX_BYTES};

const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_REDIRECTS: usize = 5;

/// Fetches with limits: 64 MiB, 30 seconds, 5 redirects.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Http;

impl Fetch for Http {
    fn fetch(&self, url: &Url) -> Result<Fetched, FetchError> {
        // An error says that a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::limited(MAX_REDIRECTS))
            .user_agent(concat!("mockloop/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(error)?;
        let response = client.get(url.clone()).send().map_err(error)?;
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
    } else if error.is_redirect() {
        FetchError::Redirects(MAX_REDIRECTS)
    } else {
        // The innermost cause says what happened; the outer ones repeat the URL.
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        FetchError::Network(cause.to_string())
    }
}
