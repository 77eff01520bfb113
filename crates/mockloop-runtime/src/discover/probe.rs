//! What listens at one address: asked once, harmlessly, and not for long.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Identity, Speaks};
use crate::client::Client;

/// How long an address that is about to be trusted may take to say that it is a mock.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of an answer that are read.
const LARGEST: usize = 64 * 1024;

/// What an address turned out to be.
#[derive(Debug)]
pub(crate) enum Probe {
    /// Nobody listens there.
    Free,
    /// Something else than a mock does.
    Taken(Speaks),
    /// A mock.
    Mock {
        /// `healthy` or `degraded`.
        status: String,
        /// Who it is; none where it tells that only to who has its token.
        identity: Option<Box<Identity>>,
        /// How long its answer took.
        took: Duration,
    },
}

/// Looks at an address. One GET is sent at the most, whoever is there, and nothing else.
pub(crate) async fn probe(address: SocketAddr, patience: Duration) -> Probe {
    let asked = Instant::now();
    let mut received = Vec::new();
    let talk = tokio::time::timeout(patience, talk(address, &mut received)).await;
    match talk {
        Ok(Err(error)) if received.is_empty() && is_nobody(&error) => Probe::Free,
        // What has arrived until the connection broke, or time was over, may say enough.
        _ => judge(&received, asked.elapsed()),
    }
}

/// Refused; or the machine has no such address at all, such as `::1`.
fn is_nobody(error: &std::io::Error) -> bool {
    let none = [ErrorKind::AddrNotAvailable, ErrorKind::NetworkUnreachable, ErrorKind::Unsupported];
    error.kind() == ErrorKind::ConnectionRefused || none.contains(&error.kind())
}

/// Whether a mock answers at an http or https address, such as `http://127.0.0.1:8000`.
///
/// Something else may have taken its port: to be asked before a token is sent there. One GET of the health page is
/// sent, without any token; no redirect is followed. Who does not answer as a mock within 5 s is none. Needs a tokio
/// runtime with I/O and time.
pub async fn answers_as_mock(url: &str) -> bool {
    tokio::time::timeout(PATIENCE, health(url)).await.ok().flatten().as_deref().and_then(told).is_some()
}

/// The health page of an address, as far as it is not larger than that of a mock.
async fn health(url: &str) -> Option<Vec<u8>> {
    let page = format!("{}/__mockloop/health", url.trim_end_matches('/'));
    let request = Client::new(url).ok()?.http.get(page).header(http::header::ACCEPT, "application/json");
    let mut response = request.send().await.ok().filter(|response| response.status() == 200)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return None;
        }
    }
    Some(body)
}

async fn talk(address: SocketAddr, received: &mut Vec<u8>) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    // To a request of HTTP/1.0 the answer's body comes as it is, not in chunks.
    let request =
        format!("GET /__mockloop/health HTTP/1.0\r\nHost: {address}\r\nAccept: application/json\r\n\r\n");
    // Who refuses it now has accepted the connection: something listens. What it says is worth to be heard.
    let _ = stream.write_all(request.as_bytes()).await;
    while received.len() < LARGEST && !is_enough(received) {
        if stream.read_buf(received).await? == 0 {
            break;
        }
    }
    Ok(())
}

/// Whether more of an answer would tell no more.
fn is_enough(received: &[u8]) -> bool {
    const HTTP: &[u8] = b"HTTP/1.";
    let begins = received.iter().zip(HTTP).all(|(byte, expected)| byte == expected);
    if !begins || status(received).is_some_and(|status| status != 200) {
        return true;
    }
    let Some((head, body)) = parts(received) else { return false };
    length(head).is_some_and(|length| body.len() >= length)
}

/// The status, once its line is there.
fn status(received: &[u8]) -> Option<u16> {
    let line = received.split(|byte| *byte == b'\n').next().filter(|line| line.len() < received.len())?;
    std::str::from_utf8(line).ok()?.split(' ').nth(1)?.trim().parse().ok()
}

/// Head and body, once the head is there.
fn parts(received: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((received.get(..end)?, received.get(end + 4..)?))
}

fn length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?.1.trim().parse().ok()
}

fn judge(received: &[u8], took: Duration) -> Probe {
    if received.is_empty() {
        return Probe::Taken(Speaks::Nothing);
    }
    if !received.starts_with(b"HTTP/1.") {
        return Probe::Taken(Speaks::Other);
    }
    let told = status(received).filter(|status| *status == 200).and_then(|_| told(parts(received)?.1));
    match told {
        Some((status, identity)) => Probe::Mock { status, identity: identity.map(Box::new), took },
        None => Probe::Taken(Speaks::Http),
    }
}

/// The health page of a mock, as far as it is needed here.
#[derive(Debug, Deserialize)]
struct Health {
    title: String,
    version: String,
    source: super::Source,
    operations: u64,
    admin_api: String,
    uptime_seconds: f64,
    pid: u32,
    log: HealthOfLog,
}

#[derive(Debug, Deserialize)]
struct HealthOfLog {
    database: String,
}

/// Status and identity, if this is what a mock says of its health.
fn told(body: &[u8]) -> Option<(String, Option<Identity>)> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let members = document.as_object()?;
    let status = members.get("status")?.as_str().filter(|status| ["healthy", "degraded"].contains(status))?;
    let status = status.to_owned();
    if members.len() == 1 {
        return Some((status, None));
    }
    let health: Health = serde_json::from_value(document).ok()?;
    let identity = Identity {
        title: health.title,
        version: health.version,
        source: health.source,
        operations: health.operations,
        admin_api: health.admin_api,
        uptime_seconds: health.uptime_seconds,
        pid: health.pid,
        database: health.log.database.into(),
    };
    Some((status, Some(identity)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(received: &str) -> Probe {
        judge(received.as_bytes(), Duration::ZERO)
    }

    #[test]
    fn only_a_health_page_is_that_of_a_mock() {
        let page = |body: &str| judged(&format!("HTTP/1.1 200 OK\r\nx: y\r\n\r\n{body}"));
        assert!(matches!(page(r#"{"status":"healthy"}"#), Probe::Mock { identity: None, .. }));
        for foreign in ["", "<html>", "[]", r#"{"status":"up"}"#, r#"{"status":"healthy","checks":[]}"#] {
            assert!(matches!(page(foreign), Probe::Taken(Speaks::Http)), "{foreign}");
        }
        let redirect = "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n{\"status\":\"healthy\"}";
        assert!(matches!(judged(redirect), Probe::Taken(Speaks::Http)));
        assert!(matches!(judged("SSH-2.0-OpenSSH_9.6\r\n"), Probe::Taken(Speaks::Other)));
    }

    #[test]
    fn no_more_is_read_than_tells_something() {
        for enough in ["SSH", "HTTP/2", "HTTP/1.1 404 Not", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]
        {
            let ended = if enough.contains("404") { format!("{enough}\r\n") } else { enough.to_owned() };
            assert!(is_enough(ended.as_bytes()), "{enough}");
        }
        for more in ["", "HT", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"] {
            assert!(!is_enough(more.as_bytes()), "{more}");
        }
    }
}
