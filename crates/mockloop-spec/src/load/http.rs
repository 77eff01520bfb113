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

/// Fetches with limits: 64 MiB, 30 seconds until the last byte has arrived, 5 redirects.
#[derive(Debug)]
pub struct Http {
    public_only: bool,
    timeout: Duration,
}

impl Default for Http {
    fn default() -> Self {
        Self { public_only: false, timeout: TIMEOUT }
    }
}

impl Http {
    /// Fetches from public addresses alone, also where a name or a redirect leads to another one, and without a
    /// proxy, which would look names up by itself.
    #[must_use]
    pub fn public_only() -> Self {
        Self { public_only: true, ..Self::default() }
    }

    /// Asks along all redirects. A name is looked up once: what was checked is what is asked.
    fn ask(&self, url: &Url, end: Instant) -> Result<Response, FetchError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut client = Client::builder()
                .redirect(Policy::none())
                .user_agent(concat!("mockloop/", env!("CARGO_PKG_VERSION")));
            if self.public_only {
                let addresses = public::addresses(&url)?;
                client = client.no_proxy().resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses);
            }
            let client = client.build().map_err(|e| self.error(&e))?;
            // That of a request covers its whole answer; that of a blocking client each read by itself.
            let request = client.get(url.clone()).timeout(end.saturating_duration_since(Instant::now()));
            let response = request.send().map_err(|e| self.error(&e))?;
            let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
            let Some(location) = location else { return Ok(response) };
            let next = location.to_str().ok().and_then(|location| url.join(location).ok());
            url = next.filter(|next| matches!(next.scheme(), "http" | "https")).ok_or_else(|| {
                FetchError::Network("it was redirected to what is no http or https address".to_owned())
            })?;
        }
        Err(FetchError::Redirects(MAX_REDIRECTS))
    }

    fn error(&self, error: &reqwest::Error) -> FetchError {
        if error.is_timeout() {
            return FetchError::Timeout(self.timeout.as_secs());
        }
        FetchError::Network(innermost(error))
    }
}

/// The innermost cause says what happened; the outer ones repeat the URL.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

impl Fetch for Http {
    fn fetch(&self, url: &Url) -> Result<Fetched, FetchError> {
        // An error says that a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let end = Instant::now() + self.timeout;
        let response = self.ask(url, end)?;
        if !response.status().is_success() {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let url = response.url().clone();
        let mut bytes = Vec::new();
        response.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| {
            let is_late = Instant::now() >= end;
            if is_late {
                FetchError::Timeout(self.timeout.as_secs())
            } else {
                FetchError::Network(e.to_string())
            }
        })?;
        if bytes.len() as u64 > MAX_BYTES { Err(FetchError::TooLarge) } else { Ok(Fetched { url, bytes }) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_server_that_drips_is_cut_off() -> Result<(), Box<dyn std::error::Error>> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let server = std::thread::spawn(move || -> std::io::Result<()> {
            let (mut stream, _) = listener.accept()?;
            let _ = stream.read(&mut [0; 1024])?;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")?;
            // Each byte comes well within the time; all of them would take 50 s.
            for _ in 0..1000 {
                stream.write_all(b"x")?;
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        });
        let begun = Instant::now();
        let http = Http { timeout: Duration::from_secs(1), ..Http::default() };
        let fetched = http.fetch(&url);
        assert!(matches!(fetched, Err(FetchError::Timeout(1))), "{fetched:?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        assert!(server.join().is_ok_and(|served| served.is_err()), "it was heard to the end");
        Ok(())
    }
}
