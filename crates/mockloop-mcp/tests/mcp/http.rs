//! The server over HTTP: who may call, what a request may be, and that one client can't take it from the others.

use std::net::SocketAddr;
use std::time::Duration;

use mockloop_mcp::{HttpError, HttpOptions, Mockloop, serve_http};
use mockloop_runtime::admin::MockClient;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::{Done, Place};

type Failed = Box<dyn std::error::Error>;

/// What must come, comes well before this.
const LONG: Duration = Duration::from_secs(20);

/// A server at a port of its own, until this goes.
struct Served {
    place: Place,
    address: SocketAddr,
    http: Client,
    task: JoinHandle<Result<(), HttpError>>,
    stop: DropGuard,
}

impl Served {
    async fn new(options: HttpOptions) -> Result<Self, Failed> {
        let place = Place::new()?;
        let server = place.server()?;
        Self::of(place, server, options).await
    }

    async fn of(place: Place, server: Mockloop, options: HttpOptions) -> Result<Self, Failed> {
        Self::at([127, 0, 0, 1], place, server, options).await
    }

    async fn at(ip: [u8; 4], place: Place, server: Mockloop, options: HttpOptions) -> Result<Self, Failed> {
        let stop = CancellationToken::new();
        let (ready, address) = tokio::sync::oneshot::channel();
        let token = stop.clone();
        let task = tokio::spawn(async move {
            let any = SocketAddr::from((ip, 0));
            let tell = |address| {
                let _ = ready.send(address);
            };
            serve_http(server, any, options, token, tell).await
        });
        let http = MockClient::new("http://127.0.0.1:9")?.http().clone();
        Ok(Self { place, address: address.await?, http, task, stop: stop.drop_guard() })
    }

    fn post(&self, message: &Value) -> RequestBuilder {
        self.http
            .post(format!("http://{}/mcp", self.address))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(message.to_string())
    }

    async fn status(&self, request: RequestBuilder) -> Result<u16, Failed> {
        Ok(request.send().await?.status().as_u16())
    }

    /// A session of the revision that has them.
    async fn session(&self) -> Result<Session<'_>, Failed> {
        let response = self.post(&initialize()).send().await?;
        let id = response.headers().get("mcp-session-id").ok_or("no session")?.to_str()?.to_owned();
        let answer = message(response).await?;
        assert_eq!(answer["result"]["serverInfo"]["name"], "mockloop", "{answer}");
        let session = Session { served: self, id };
        let told = session.post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        assert_eq!(self.status(told).await?, 202);
        Ok(session)
    }

    /// A request of the revision without sessions.
    fn stateless(&self, method: &str, mut params: Value) -> RequestBuilder {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {"roots": {}},
        });
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request =
            self.post(&message).header("mcp-protocol-version", "2026-07-28").header("mcp-method", method);
        if name.is_empty() { request } else { request.header("mcp-name", name) }
    }
}

struct Session<'a> {
    served: &'a Served,
    id: String,
}

impl Session<'_> {
    fn post(&self, message: &Value) -> RequestBuilder {
        self.served
            .post(message)
            .header("mcp-session-id", &self.id)
            .header("mcp-protocol-version", "2025-11-25")
    }

    async fn call(&self, tool: &str, arguments: Value) -> Result<Value, Failed> {
        let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
            "params": {"name": tool, "arguments": arguments}});
        message(self.post(&call).send().await?).await
    }
}

fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25",
        "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}})
}

/// The answer in a response, which may be a stream of events.
async fn message(response: Response) -> Result<Value, Failed> {
    let text = response.text().await?;
    let mut data = text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
    let found = data.rfind(|data| !data.is_empty()).unwrap_or(&text);
    serde_json::from_str(found).map_err(|error| format!("{error}: {text}").into())
}

fn projects(answer: &Value) -> bool {
    answer["result"]["structuredContent"]["discovered_servers"].is_array()
}

#[tokio::test]
async fn clients_with_sessions_and_without_are_served_at_once() -> Done {
    let served = Served::new(HttpOptions::default()).await?;
    let (one, other) = (served.session().await?, served.session().await?);
    assert_ne!(one.id, other.id);
    let call = json!({"name": "discover_mock_servers", "arguments": {}});
    let discovered = served.stateless("server/discover", json!({})).send().await?;
    assert!(discovered.headers().get("mcp-session-id").is_none());
    let discovered = message(discovered).await?;
    assert!(discovered["result"]["supportedVersions"].to_string().contains("2026-07-28"), "{discovered}");
    let without = async { message(served.stateless("tools/call", call).send().await?).await };
    let (one, other, without) = tokio::join!(
        one.call("discover_mock_servers", json!({})),
        other.call("discover_mock_servers", json!({})),
        without
    );
    for answer in [one?, other?, without?] {
        assert!(projects(&answer), "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn pages_of_others_and_names_that_lead_here_are_refused() -> Done {
    let mut options = HttpOptions::default();
    options.hosts = vec!["mocks.example.com".to_owned()];
    options.origins = vec!["https://app.example.com".to_owned()];
    let served = Served::new(options).await?;
    for (header, value, expected) in [
        ("origin", "https://evil.example.com", 403),
        ("origin", "null", 403),
        ("origin", "https://app.example.com", 200),
        ("origin", "http://localhost:3000", 200),
        ("origin", "http://[::1]", 200),
        ("origin", "http://localhost.evil.example.com", 403),
        ("host", "evil.example.com", 403),
        ("host", "localhost.evil.example.com", 403),
        ("host", "mocks.example.com", 200),
        ("host", "localhost", 200),
    ] {
        let request = served.post(&initialize()).header(header, value);
        assert_eq!(served.status(request).await?, expected, "{header}: {value}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_gets_in_without_the_token() -> Done {
    let mut options = HttpOptions::default();
    options.token = Some("right".to_owned());
    let served = Served::new(options).await?;
    for wrong in [
        None,
        Some("Bearer wrong"),
        Some("Bearer rig"),
        Some("Bearer right1"),
        Some("right"),
        Some("Basic right"),
    ] {
        let mut request = served.post(&initialize());
        if let Some(value) = wrong {
            request = request.header("authorization", value);
        }
        let response = request.send().await?;
        assert_eq!(response.status(), 401, "{wrong:?}");
        assert_eq!(response.headers().get("www-authenticate").ok_or("no challenge")?, "Bearer");
    }
    for right in ["Bearer right", "bearer right"] {
        let request = served.post(&initialize()).header("authorization", right);
        assert_eq!(served.status(request).await?, 200, "{right}");
    }
    Ok(())
}

#[tokio::test]
async fn other_machines_are_not_served_without_a_token() -> Done {
    let place = Place::new()?;
    for token in [None, Some(String::new())] {
        let mut options = HttpOptions::default();
        options.token = token;
        let all = SocketAddr::from(([0, 0, 0, 0], 0));
        let stop = CancellationToken::new();
        let refused = serve_http(place.server()?, all, options, stop, |address| {
            panic!("listens at {address}");
        });
        let error = timeout(LONG, refused).await?.err().ok_or("it was served")?;
        assert!(error.to_string().contains("MOCKLOOP_MCP_TOKEN"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_request_of_mcp_is_refused_and_the_next_is_served() -> Done {
    let served = Served::new(HttpOptions::default()).await?;
    let url = format!("http://{}", served.address);
    assert_eq!(served.status(served.http.get(&url)).await?, 404);
    assert_eq!(served.status(served.http.post(format!("{url}/mcp/more"))).await?, 404);
    assert_eq!(served.status(served.http.put(format!("{url}/mcp"))).await?, 405);
    let json = |body: Vec<u8>| served.post(&json!(null)).body(body);
    for (body, expected) in [
        (b"{\"jsonrpc\": \"2.0\", \"id\"".to_vec(), 400..=415),
        (b"\xff\xfe\x00".to_vec(), 400..=415),
        ("[".repeat(200_000).into_bytes(), 400..=415),
        (vec![b' '; 4 * 1024 * 1024 + 1], 413..=413),
    ] {
        let status = served.status(json(body)).await?;
        assert!(expected.contains(&status), "{status}, not {expected:?}");
    }
    assert_eq!(served.status(served.post(&initialize())).await?, 200);
    Ok(())
}

#[tokio::test]
async fn beyond_loopback_the_machine_goes_by_any_address_and_by_no_name() -> Done {
    let place = Place::new()?;
    let mockloop = place.server()?;
    let mut options = HttpOptions::default();
    options.token = Some("secret".to_owned());
    let mut served = Served::at([0, 0, 0, 0], place, mockloop, options).await?;
    served.address.set_ip([127, 0, 0, 1].into());
    for (host, expected) in [("192.0.2.7:8765", 200), ("[2001:db8::1]", 200), ("rebound.example:8765", 403)] {
        let asked = served.post(&initialize()).header("host", host).bearer_auth("secret");
        assert_eq!(served.status(asked).await?, expected, "{host}");
    }
    Ok(())
}

#[tokio::test]
async fn clients_that_are_slow_or_idle_leave_room_for_others() -> Done {
    let mut options = HttpOptions::default();
    options.connections = 4;
    options.patience = Duration::from_millis(300);
    let served = Served::new(options).await?;
    let host = format!("POST /mcp HTTP/1.1\r\nHost: {}\r\n", served.address);
    let mut slow = Vec::new();
    for beginning in [
        String::new(),
        host.clone(),
        format!("{host}Content-Length: 100\r\n\r\n{{"),
        // Answered, and then idle.
        format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", served.address),
    ] {
        let mut stream = TcpStream::connect(served.address).await?;
        stream.write_all(beginning.as_bytes()).await?;
        slow.push(stream);
    }
    let asked = served.post(&initialize());
    assert_eq!(timeout(LONG, served.status(asked)).await??, 200);
    for mut stream in slow {
        // Each is closed by the server.
        timeout(LONG, stream.read_to_end(&mut Vec::new())).await?.ok();
    }
    Ok(())
}

#[tokio::test]
async fn sessions_are_not_without_end() -> Done {
    let mut options = HttpOptions::default();
    options.sessions = 1;
    let served = Served::new(options).await?;
    let session = served.session().await?;
    assert_eq!(served.status(served.post(&initialize())).await?, 503);
    // The one that is there, and who needs none, are served.
    assert!(projects(&session.call("discover_mock_servers", json!({})).await?));
    assert_eq!(served.status(served.stateless("tools/list", json!({}))).await?, 200);
    let url = format!("http://{}/mcp", served.address);
    let end = served.http.delete(url).header("mcp-session-id", &session.id);
    assert!(served.http.execute(end.build()?).await?.status().is_success());
    assert_eq!(served.status(served.post(&initialize())).await?, 200);
    Ok(())
}

#[tokio::test]
async fn a_call_ends_when_its_client_goes() -> Done {
    let served = Served::new(HttpOptions::default()).await?;
    let hanging = TcpListener::bind("127.0.0.1:0").await?;
    let port = hanging.local_addr()?.port().to_string();
    let call = json!({"name": "query_mock_logs", "arguments": {"server_url": port}});
    let request = served.stateless("tools/call", call).build()?;
    let asking = tokio::spawn(served.http.execute(request));
    // The call is under way when it asks the mock.
    let _asked = timeout(LONG, hanging.accept()).await??;
    asking.abort();
    let recorded = async {
        loop {
            let file = served.place.path().join("audit.jsonl");
            let entries = mockloop_mcp::audit::read(&file).unwrap_or_default();
            if entries.iter().any(|entry| entry.error.as_deref().is_some_and(|why| why.contains("cancelled")))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, recorded).await?;
    Ok(())
}

#[tokio::test]
async fn a_client_without_a_session_is_asked_for_its_roots_in_each_call() -> Done {
    let place = Place::new()?;
    let root = url::Url::from_directory_path(place.path()).map_err(|()| "no address")?.to_string();
    let mut options = place.options();
    options.output_root = None;
    let served = Served::of(place, Mockloop::new(options)?, HttpOptions::default()).await?;
    for _ in 0..2 {
        let mut call = json!({"name": "generate_mock_api", "arguments": {"spec_url_or_path": crate::support::petstore()}});
        let asked = message(served.stateless("tools/call", call.clone()).send().await?).await?;
        assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
        assert_eq!(asked["result"]["inputRequests"]["roots"]["method"], "roots/list", "{asked}");
        call["inputResponses"] = json!({"roots": {"roots": [{"uri": root}]}});
        let done = message(served.stateless("tools/call", call).send().await?).await?;
        assert_eq!(done["result"]["structuredContent"]["project"], "corner_petstore_mock", "{done}");
    }
    assert!(served.place.path().join("generated_mocks/corner_petstore_mock/main.py").is_file());
    Ok(())
}

#[tokio::test]
async fn it_ends_when_it_is_told_to_even_with_a_client_that_listens() -> Done {
    let served = Served::new(HttpOptions::default()).await?;
    let session = served.session().await?;
    let url = format!("http://{}/mcp", served.address);
    let listen =
        served.http.get(url).header("accept", "text/event-stream").header("mcp-session-id", &session.id);
    let mut events = listen.send().await?;
    assert_eq!(events.status(), 200);
    let address = served.address;
    drop(served.stop);
    timeout(LONG, served.task).await???;
    timeout(LONG, async { while let Ok(Some(_)) = events.chunk().await {} }).await?;
    assert!(TcpStream::connect(address).await.is_err());
    Ok(())
}
