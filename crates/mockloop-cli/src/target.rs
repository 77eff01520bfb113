//! Running mocks that commands watch and steer.

use std::future::Future;

use anyhow::{Context as _, bail};
use mockloop_runtime::admin::MockClient;
use mockloop_runtime::discover::answers_as_mock;

use crate::background;
use crate::exit::Usage;
use crate::terminal::printable;

/// Where a mock is looked for unless told.
pub(crate) const DEFAULT: &str = "http://127.0.0.1:8000";

/// What a mock asks for before it lets itself be watched and steered.
#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    /// The token that the mock was started with, if it was
    #[arg(long, global = true, env = "MOCKLOOP_ADMIN_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// The mock to steer.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// Where the mock runs: an http(s) address, host:port, a port, or its name in `mockloop ps`
    #[arg(long, short, global = true, value_name = "TARGET", default_value = DEFAULT)]
    target: String,
    #[command(flatten)]
    token: Token,
}

impl Token {
    /// A client of the mock at a place.
    pub(crate) fn client(&self, target: &str) -> anyhow::Result<MockClient> {
        client(target, self.token.as_deref())
    }
}

impl Target {
    /// A client of the mock.
    pub(crate) fn client(&self) -> anyhow::Result<MockClient> {
        self.token.client(&self.target)
    }
}

/// A client of the mock at an http(s) address, at `host:port`, at a port of this machine, or of the name of one that
/// was started in the background. A token goes only where a mock answers: something else may have taken its port.
pub(crate) fn client(target: &str, token: Option<&str>) -> anyhow::Result<MockClient> {
    let address = match url(target) {
        Ok(address) => address,
        Err(error) => named(target).ok_or(error)?,
    };
    let client = MockClient::new(address).map_err(|error| Usage(error.to_string()))?;
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(client) };
    let client =
        client.token(token).map_err(|_| Usage("the token has characters that none can have".to_owned()))?;
    if !run(async { Ok(answers_as_mock(client.url()).await) })? {
        bail!(
            "no mock answers at {}, so the token was not sent there\n  is the mock running? `mockloop discover` shows \
             where mocks listen",
            printable(client.url())
        );
    }
    Ok(client)
}

/// Whether a target is an address, and no name.
pub(crate) fn is_address(target: &str) -> bool {
    url(target).is_ok()
}

/// Where the background server of a name answers.
pub(crate) fn named(name: &str) -> Option<String> {
    let found =
        background::wait(async { background::controller()?.find(name).await.map_err(anyhow::Error::new) });
    found.ok()?.ok().map(|server| server.url)
}

fn url(target: &str) -> Result<String, Usage> {
    let port = target.strip_prefix(':').unwrap_or(target);
    if port.parse::<u16>().is_ok_and(|port| port != 0) {
        return Ok(format!("http://127.0.0.1:{port}"));
    }
    if target.contains("://") {
        return Ok(target.to_owned());
    }
    match target.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port != 0) => {
            Ok(format!("http://{target}"))
        }
        _ => Err(Usage(format!(
            "no mock is at {target:?}\n  give an http(s) address, host:port or a port, such as {DEFAULT} or 8000, or a name that `mockloop ps` shows"
        ))),
    }
}

/// Runs what talks with a mock.
pub(crate) fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("can't set up the network")?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_addresses_hosts_with_ports_and_ports() {
        for (target, expected) in [
            ("8000", Some("http://127.0.0.1:8000")),
            (":9000", Some("http://127.0.0.1:9000")),
            ("localhost:8000", Some("http://localhost:8000")),
            ("[::1]:8000", Some("http://[::1]:8000")),
            ("https://mock.example.com", Some("https://mock.example.com")),
            ("petstore", None),
            ("0", None),
            ("70000", None),
            (":x", None),
            ("", None),
        ] {
            assert_eq!(url(target).ok().as_deref(), expected, "{target}");
        }
        assert!(client("ftp://127.0.0.1", None).is_err());
        assert!(client("8000", Some("line\nfeed")).is_err());
    }

    #[test]
    fn a_token_is_not_sent_to_what_is_no_mock() -> anyhow::Result<()> {
        use std::io::{Read as _, Write as _};

        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?.to_string();
        let foreign = std::thread::spawn(move || -> std::io::Result<String> {
            let (mut stream, _) = listener.accept()?;
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte)?;
                request.extend(byte);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")?;
            Ok(String::from_utf8_lossy(&request).into_owned())
        });
        let refused = client(&address, Some("hunter2")).err().map(|error| error.to_string());
        assert!(refused.is_some_and(|error| error.contains("the token was not sent")));
        let heard = foreign.join().map_err(|_| anyhow::anyhow!("the server broke"))??;
        assert!(heard.starts_with("GET /__mockloop/health ") && !heard.contains("hunter2"), "{heard}");
        Ok(())
    }
}
