//! Documents over HTTP.

use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tokio::sync::watch;
use url::Url;

use super::{Fetch, FetchError, Fetched, MAX_BYTES, public};

const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_REDIRECTS: usize = 5;

/// Fetches with limits: 64 MiB, 30 seconds until the last byte has arrived, 5 redirects.
///
/// It waits on a runtime of its own, so it can't be called from asynchronous code other than on a thread for blocking.
#[derive(Debug)]
pub struct Http {
    public_only: bool,
    timeout: Duration,
    wanted: Option<watch::Receiver<()>>,
}

/// That documents are wanted: once this is dropped, what fetches for it ends at once, wherever it waits.
#[derive(Debug)]
pub struct Wanted {
    _held: watch::Sender<()>,
}

impl Default for Http {
    fn default() -> Self {
        Self { public_only: false, timeout: TIMEOUT, wanted: None }
    }
}

impl Http {
    /// Fetches from public addresses alone, also where a name or a redirect leads to another one, and without a
    /// proxy, which would look names up by itself.
    #[must_use]
    pub fn public_only() -> Self {
        Self { public_only: true, ..Self::default() }
    }

    /// Fetches only as long as somebody holds what this gives. A fetch after that, or during it, is
    /// [`FetchError::Unwanted`].
    #[must_use]
    pub fn while_wanted(self) -> (Self, Wanted) {
        let (held, wanted) = watch::channel(());
        (Self { wanted: Some(wanted), ..self }, Wanted { _held: held })
    }

    async fn get(&self, url: &Url) -> Result<Fetched, FetchError> {
        let mut response = self.ask(url).await?;
        if !response.status().is_success() {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let url = response.url().clone();
        let mut bytes = Vec::new();
        while let Some(more) = response.chunk().await.map_err(|e| network(&e))? {
            bytes.extend_from_slice(&more);
            if bytes.len() as u64 > MAX_BYTES {
                return Err(FetchError::TooLarge);
            }
        }
        Ok(Fetched { url, bytes })
    }

    /// Asks along all redirects. A name is looked up once: what was checked is what is asked.
    async fn ask(&self, url: &Url) -> Result<Response, FetchError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut client = Client::builder()
                .redirect(Policy::none())
                .user_agent(concat!("mockloop/", env!("CARGO_PKG_VERSION")));
            if self.public_only {
                let addresses = public_addresses(url.clone()).await?;
                client = client.no_proxy().resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses);
            }
            let client = client.build().map_err(|e| network(&e))?;
            let response = client.get(url.clone()).send().await.map_err(|e| network(&e))?;
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

/// Looks a name up. Nothing ends what the system does for it, so that is left to a thread that nobody waits for.
async fn public_addresses(url: Url) -> Result<Vec<std::net::SocketAddr>, FetchError> {
    let found = tokio::task::spawn_blocking(move || public::addresses(&url)).await;
    found.map_err(|error| FetchError::Network(error.to_string()))?
}

/// Until nobody wants anything any more; for ever where that can't be.
async fn unwanted(wanted: Option<watch::Receiver<()>>) {
    match wanted {
        // Nothing is ever sent: the only change is the end.
        Some(mut wanted) => while wanted.changed().await.is_ok() {},
        None => std::future::pending().await,
    }
}

/// The innermost cause says what happened; the outer ones repeat the URL.
fn network(error: &reqwest::Error) -> FetchError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    FetchError::Network(cause.to_string())
}

impl Fetch for Http {
    fn fetch(&self, url: &Url) -> Result<Fetched, FetchError> {
        // An error says that a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(FetchError::Io)?;
        let fetched = runtime.block_on(async {
            tokio::select! {
                biased;
                () = unwanted(self.wanted.clone()) => Err(FetchError::Unwanted),
                () = tokio::time::sleep(self.timeout) => Err(FetchError::Timeout(self.timeout.as_secs())),
                fetched = self.get(url) => fetched,
            }
        });
        // A name that is still being looked up would be waited for.
        runtime.shutdown_background();
        fetched
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc;
    use std::time::Instant;

    use super::*;

    /// What must come, comes well before this, which is well before a fetch ends by itself.
    const LONG: Duration = Duration::from_secs(15);

    /// Whether the other side goes.
    fn is_left(mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(LONG))?;
        match stream.read(&mut [0; 1024]) {
            Ok(0) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(()),
            Ok(_) => Err(std::io::Error::other("it said more")),
            Err(error) => Err(error),
        }
    }

    #[test]
    fn a_fetch_that_nobody_wants_any_more_ends_at_once_wherever_it_waits()
    -> Result<(), Box<dyn std::error::Error>> {
        // Where it waits: for the encryption to be agreed on, for the head, for the rest of the body.
        for (scheme, answer) in
            [("https", ""), ("http", ""), ("http", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")]
        {
            let listener = TcpListener::bind(("127.0.0.1", 0))?;
            let url = Url::parse(&format!("{scheme}://{}/", listener.local_addr()?))?;
            let (http, wanted) = Http::default().while_wanted();
            let (tell, told) = mpsc::channel();
            std::thread::spawn(move || tell.send(http.fetch(&url)));
            let (mut stream, _) = listener.accept()?;
            let asked = stream.read(&mut [0; 4096])?;
            stream.write_all(answer.as_bytes())?;
            drop(wanted);
            let fetched = told.recv_timeout(LONG)?;
            assert!(
                asked > 0 && matches!(fetched, Err(FetchError::Unwanted)),
                "{scheme} {answer}: {fetched:?}"
            );
            is_left(stream)?;
        }
        Ok(())
    }

    #[test]
    fn what_nobody_wants_is_not_asked_for() -> Result<(), Box<dyn std::error::Error>> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let (http, wanted) = Http::default().while_wanted();
        drop(wanted);
        assert!(matches!(http.fetch(&url), Err(FetchError::Unwanted)));
        listener.set_nonblocking(true)?;
        assert!(listener.accept().is_err(), "it was asked");
        Ok(())
    }

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
