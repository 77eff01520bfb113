//! Who may call over HTTP.

use std::net::SocketAddr;

use mockloop_mcp::{HttpError, HttpOptions, serve_http};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::{Done, Place};

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",
"capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;

/// A server on a free port of loopback; it ends with the guard.
async fn serve(
    place: &Place,
    http: HttpOptions,
) -> Result<(SocketAddr, DropGuard), Box<dyn std::error::Error>> {
    let (server, stop) = (place.server()?, CancellationToken::new());
    let (tell, told) = oneshot::channel();
    let guard = stop.clone().drop_guard();
    tokio::spawn(serve_http(server, ([127, 0, 0, 1], 0).into(), http, stop, |address| {
        let _ = tell.send(address);
    }));
    Ok((told.await?, guard))
}

/// The status of an `initialize` with these headers.
async fn status(address: SocketAddr, headers: &[(&str, &str)]) -> Result<u16, Box<dyn std::error::Error>> {
    let own = [("Host", address.to_string())];
    let own = own.iter().filter(|(name, _)| !headers.iter().any(|(given, _)| given == name));
    let all = own.map(|(name, value)| (*name, value.as_str())).chain(headers.iter().copied());
    let head: Vec<String> = all.map(|(name, value)| format!("{name}: {value}")).collect();
    let request = format!(
        "POST /mcp HTTP/1.1\r\n{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Accept: application/json, text/event-stream\r\n\r\n{INITIALIZE}",
        head.join("\r\n"),
        INITIALIZE.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut first = String::new();
    BufReader::new(stream).read_line(&mut first).await?;
    Ok(first.split(' ').nth(1).ok_or("no status")?.parse()?)
}

#[tokio::test]
async fn pages_of_other_machines_are_refused() -> Done {
    let place = Place::new()?;
    let mut http = HttpOptions::default();
    http.origins = vec!["https://app.example.com:443".to_owned()];
    let (address, _guard) = serve(&place, http).await?;
    let rows = [
        (vec![], 200),
        (vec![("Origin", "http://localhost:3000")], 200),
        (vec![("Origin", "http://[::1]")], 200),
        (vec![("Origin", "https://app.example.com")], 200),
        (vec![("Origin", "https://evil.example.com")], 403),
        (vec![("Origin", "http://localhost.evil.example.com")], 403),
        (vec![("Origin", "null")], 403),
        (vec![("Host", "evil.example.com")], 403),
    ];
    for (headers, expected) in rows {
        assert_eq!(status(address, &headers).await?, expected, "{headers:?}");
    }
    Ok(())
}

#[tokio::test]
async fn who_has_not_the_token_is_refused() -> Done {
    let place = Place::new()?;
    let mut http = HttpOptions::default();
    http.token = Some("let-me-in".to_owned());
    let (address, _guard) = serve(&place, http).await?;
    assert_eq!(status(address, &[]).await?, 401);
    assert_eq!(status(address, &[("Authorization", "Bearer let-me-on")]).await?, 401);
    assert_eq!(status(address, &[("Authorization", "Bearer let-me-in")]).await?, 200);
    Ok(())
}

#[tokio::test]
async fn others_are_not_served_without_a_token() -> Done {
    let place = Place::new()?;
    let everywhere = ([0, 0, 0, 0], 0).into();
    let refused =
        serve_http(place.server()?, everywhere, HttpOptions::default(), CancellationToken::new(), |_| {})
            .await;
    assert!(matches!(refused, Err(HttpError::NoToken(_))), "{refused:?}");
    Ok(())
}
