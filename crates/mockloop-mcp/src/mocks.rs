//! Mocks that run: which may be called, and how.

use std::net::IpAddr;

use mockloop_runtime::admin::{AdminError, MockClient};
use mockloop_runtime::discover::{Identity, PortState, answers_as_mock, discover};
use url::{Host, Url};

use crate::failure::Failure;
use crate::reply::{data, line};
use crate::server::Mockloop;

/// Where a mock is, from how a model says it: a URL, `host:port`, or a port.
pub(crate) fn address(server: &str) -> Result<Url, Failure> {
    let text = server.trim();
    let text = match text.parse::<u16>() {
        Ok(port) => format!("http://127.0.0.1:{port}"),
        Err(_) if text.contains("://") => text.to_owned(),
        Err(_) => format!("http://{text}"),
    };
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        Failure::new(format!("{server:?} is no address of a mock")).next(
            "give a URL such as http://127.0.0.1:8000, or its port; discover_mock_servers shows what runs",
        )
    })
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
        let url = address(server)?;
        let options = &self.shared.options;
        let host = url.host_str().unwrap_or_default();
        if !is_here(&url) && !options.mock_hosts.iter().any(|allowed| allowed == host) {
            return Err(Failure::new(format!("{host} is not this machine"))
                .next(format!("the person who runs this server can allow it with `--mock-host {host}`")));
        }
        let broken = |error: mockloop_runtime::ClientError| Failure::new(error.to_string());
        let base = url.as_str().split(['?', '#']).next().unwrap_or_default().to_owned();
        Ok(MockClient::new(base).map_err(broken)?.tries(2))
    }

    /// The mock at an address, if it may be called, with the token where there is one.
    pub(crate) async fn mock(&self, server: &str) -> Result<MockClient, Failure> {
        Ok(self.trusted(self.candidate(server)?).await)
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
        if !is_gone {
            return failure;
        }
        let running = self.running().await;
        if running.is_empty() {
            return failure.next("no mock runs here; start one with start_mock_server");
        }
        let told: Vec<String> =
            running.iter().map(|(url, title)| format!("{url} {}", line(title, 60))).collect();
        failure.next(format!(
            "use one that runs, or start one with start_mock_server:\n{}",
            data("discovery", &told.join("\n"))
        ))
    }
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
