//! Mocks that run: which may be called, and how.

use std::net::IpAddr;

use mockloop_runtime::admin::{AdminError, MockClient};
use mockloop_runtime::discover::{Identity, PortState, answers_as_mock, discover};
use url::{Host, Url};

use crate::failure::Failure;
use crate::reply::{data, line};
use crate::server::Mockloop;

/// Where a mock is, from how a model says it: a URL, `host:port`, a port, or the name of a host.
pub(crate) fn address(server: &str, hosts: &[String]) -> Option<Url> {
    let text = server.trim();
    let is_host = |text: &str| text == "localhost" || hosts.iter().any(|host| host == text);
    let text = match text.parse::<u16>() {
        Ok(port) => format!("http://127.0.0.1:{port}"),
        Err(_) if text.contains("://") => text.to_owned(),
        Err(_) if text.contains(['.', ':']) || is_host(text) => format!("http://{text}"),
        // The URL standard takes numbers and words for hosts, which nobody means.
        Err(_) => return None,
    };
    Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

impl Mockloop {
    /// A client of what is at an address, if that may be called; it has no token yet.
    pub(crate) fn candidate(&self, server: &str) -> Result<MockClient, Failure> {
        let options = &self.shared.options;
        let url = address(server, &options.mock_hosts).ok_or_else(|| no_address(server))?;
        let host = url.host_str().unwrap_or_default();
        if !is_here(&url) && !options.mock_hosts.iter().any(|allowed| allowed == host) {
            return Err(Failure::new(format!("{host} is not this machine"))
                .next(format!("the person who runs this server can allow it with `--mock-host {host}`")));
        }
        let broken = |error: mockloop_runtime::ClientError| Failure::new(error.to_string());
        let base = url.as_str().split(['?', '#']).next().unwrap_or_default().to_owned();
        let client = MockClient::new(base).map_err(broken)?.tries(2);
        Ok(match options.mock_timeout {
            Some(timeout) => client.timeout(timeout),
            None => client,
        })
    }

    /// The mock at an address or of a name that `start_mock_server` gave, if it may be called, with the token where
    /// there is one.
    pub(crate) async fn mock(&self, server: &str) -> Result<MockClient, Failure> {
        let url = match address(server, &self.shared.options.mock_hosts) {
            Some(_) => server.to_owned(),
            None => self.url_of(server.trim()).await?,
        };
        Ok(self.trusted(self.candidate(&url)?).await)
    }

    /// The address of a mock that was started under a name.
    async fn url_of(&self, name: &str) -> Result<String, Failure> {
        let started = self.shared.controller.list().await.unwrap_or_default();
        if let Some(server) = started.iter().find(|server| server.id == name) {
            return Ok(server.url.clone());
        }
        Err(self.with_running(no_address(name)).await)
    }

    /// A client with the token, if what it calls answers as a mock: nobody else gets it.
    pub(crate) async fn trusted(&self, client: MockClient) -> MockClient {
        let Some(token) = &self.shared.options.admin_token else { return client };
        if !answers_as_mock(client.url()).await {
            return client;
        }
        client.clone().token(token).unwrap_or(client)
    }

    /// Says of a mock that can't be reached which ones can.
    pub(crate) async fn explain(&self, error: AdminError) -> Failure {
        let is_gone = matches!(error, AdminError::Unreachable { .. } | AdminError::Foreign { .. });
        let failure = Failure::from(error);
        if is_gone { self.with_running(failure).await } else { failure }
    }

    /// A failure with the mocks that run, one of which may be meant.
    pub(crate) async fn with_running(&self, failure: Failure) -> Failure {
        let running = self.running().await;
        if running.is_empty() {
            return failure.next("no mock runs here; start one with start_mock_server");
        }
        let told: Vec<String> =
            running.iter().map(|(url, title)| format!("{url} {}", line(title, 60))).collect();
        failure.next(format!(
            "use one that runs, or start one with start_mock_server. Running:\n{}",
            data("discovery", &told.join("\n"))
        ))
    }
}

fn no_address(server: &str) -> Failure {
    Failure::new(format!("{:?} is no address, port or name of a mock", line(server, 200)))
}

impl Mockloop {
    /// The mocks that run on this machine: address and title.
    pub(crate) async fn running(&self) -> Vec<(String, String)> {
        let found = discover(self.search()).await;
        let mocks = found.ports.into_iter().filter_map(|port| match port.state {
            PortState::Mock(mock) => Some(mock),
            _ => None,
        });
        let title = |identity: Identity| identity.title;
        mocks.map(|mock| (mock.url, mock.identity.map(title).unwrap_or_default())).collect()
    }
}
