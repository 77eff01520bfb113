//! Which server is meant.

use std::fs;
use std::net::IpAddr;

use url::{Host, Url};

use super::registry::Record;
use super::{ControlError, Controller, RunningServer};

/// Which servers may be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Among {
    /// Those that run.
    Running,
    /// Those that run, else those that have ended without being stopped.
    Known,
}

impl Controller {
    /// The one server that is meant.
    pub(super) async fn pick(&self, selector: &str, among: Among) -> Result<Record, ControlError> {
        let (running, ended) = self.sweep().await?;
        let ended = if among == Among::Known { ended } else { Vec::new() };
        if let Some(record) = running.iter().chain(&ended).find(|record| record.server.id == selector) {
            return Ok(record.clone());
        }
        let ids = |records: &[Record]| records.iter().map(|record| record.server.id.clone()).collect();
        let meant = |records: &[Record]| {
            let meant = records.iter().filter(|record| is_meant(&record.server, selector));
            meant.cloned().collect::<Vec<_>>()
        };
        let found = Some(meant(&running)).filter(|found| !found.is_empty()).unwrap_or_else(|| meant(&ended));
        match found.as_slice() {
            [record] => Ok(record.clone()),
            [] => Err(ControlError::Unknown { selector: selector.to_owned(), running: ids(&running) }),
            _ => Err(ControlError::Ambiguous { selector: selector.to_owned(), ids: ids(&found) }),
        }
    }
}

/// Whether this is the server's name, port, address, or its project's folder.
fn is_meant(server: &RunningServer, selector: &str) -> bool {
    server.name == selector
        || selector.parse() == Ok(server.port)
        || Url::parse(selector).is_ok_and(|url| is_address(server, &url))
        || fs::canonicalize(selector).is_ok_and(|folder| folder == server.project)
}

fn is_address(server: &RunningServer, url: &Url) -> bool {
    let is_host = |ip: IpAddr| ip == server.host || server.host.is_unspecified();
    let is_host = match url.host() {
        Some(Host::Ipv4(ip)) => is_host(ip.into()),
        Some(Host::Ipv6(ip)) => is_host(ip.into()),
        Some(Host::Domain(name)) => {
            name == "localhost" && (server.host.is_loopback() || server.host.is_unspecified())
        }
        None => false,
    };
    is_host && url.scheme() == "http" && url.port_or_known_default() == Some(server.port)
}

/// Whether a text can be the name of a file, on every system, and of a server.
pub(super) fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.len() <= 100 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_plain)
}

/// A name made of one that may be none.
pub(super) fn name_of(text: &str) -> String {
    let plain = |c: char| if is_name(&format!("a{c}")) { c } else { '-' };
    let name: String = text.chars().take(90).map(plain).collect();
    if is_name(&name) { name } else { format!("mock{name}") }
}

#[cfg(test)]
mod tests {
    use super::super::{Mode, ServerState};
    use super::*;

    #[test]
    fn a_server_is_meant_by_name_port_and_address() {
        let server = RunningServer {
            id: "pets-8000".to_owned(),
            name: "pets".to_owned(),
            title: String::new(),
            version: String::new(),
            project: "/no/pets".into(),
            url: "http://127.0.0.1:8000".to_owned(),
            host: IpAddr::from([127, 0, 0, 1]),
            port: 8000,
            pid: None,
            started_at: 0,
            mode: Mode::Process,
            state: ServerState::Healthy,
        };
        for selector in ["pets", "8000", "http://127.0.0.1:8000/docs", "http://localhost:8000"] {
            assert!(is_meant(&server, selector), "{selector}");
        }
        for selector in
            ["", "pet", "800", "http://127.0.0.1:8001", "https://localhost:8000", "http://mock:8000"]
        {
            assert!(!is_meant(&server, selector), "{selector}");
        }
    }

    #[test]
    fn every_name_can_be_that_of_a_file() {
        assert_eq!(name_of("petstore_mock"), "petstore_mock");
        for hostile in ["", "..", "../../etc/passwd", "-rf", "a b\0c\n", "日本", &"x".repeat(300)] {
            assert!(is_name(&name_of(hostile)), "{hostile:?}");
        }
    }
}
