//! Running mocks that commands ask.

use anyhow::bail;
use mockloop_runtime::admin::MockClient;

/// A client of the mock at an http(s) address, at `host:port`, or at a port of this machine.
pub(crate) fn client(target: &str, token: Option<&str>) -> anyhow::Result<MockClient> {
    let Some(url) = url(target) else {
        bail!(
            "no mock is at `{}`: use its address, such as http://127.0.0.1:8000, or its port",
            crate::terminal::printable(target)
        );
    };
    let client = MockClient::new(url)?;
    Ok(match token.filter(|token| !token.is_empty()) {
        Some(token) => client.token(token)?,
        None => client,
    })
}

/// The address that is meant, if it is one.
pub(crate) fn url(target: &str) -> Option<String> {
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
    if is_port(target) {
        return Some(format!("http://127.0.0.1:{target}"));
    }
    if target.contains("://") {
        return Some(target.to_owned());
    }
    let (host, port) = target.rsplit_once(':')?;
    (!host.is_empty() && is_port(port)).then(|| format!("http://{target}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mocks_are_known_by_address_or_port() {
        let told = [
            ("8000", Some("http://127.0.0.1:8000")),
            ("localhost:80", Some("http://localhost:80")),
            ("[::1]:8000", Some("http://[::1]:8000")),
            ("https://mock.example.com/", Some("https://mock.example.com/")),
            ("70000", None),
            ("db/log.db", None),
            (":80", None),
            ("", None),
        ];
        for (target, expected) in told {
            assert_eq!(url(target).as_deref(), expected, "{target}");
        }
        assert!(client("ftp://127.0.0.1", None).is_err());
        assert!(client("8000", Some("line\nfeed")).is_err());
    }
}
