//! Servers that are no mock, or not any more: a tool says so, soon, and sends nothing else.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{Done, Place, connect, failure, request, started};

/// A server that answers every connection with these bytes and then does something.
async fn server(answer: &'static [u8], then_hangs: bool) -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(answer).await;
                if then_hangs {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    Ok(port)
}

/// A server that answers so, and the first lines of what it was asked.
async fn listener(answer: &'static [u8]) -> std::io::Result<(u16, Arc<Mutex<Vec<String>>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&lines);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let read = stream.read(&mut asked).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&asked[..read]);
            let line = text.lines().next().unwrap_or_default().to_owned();
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            let _ = stream.write_all(answer).await;
        }
    });
    Ok((port, lines))
}

const LOCKED: &[u8] =
    b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/problem+json\r\ncontent-length: 72\r\n\r\n\
    {\"type\":\"about:blank\",\"title\":\"no\",\"status\":401,\"detail\":\"Token wanted\"}";
const HTML: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<h1>Hello!</h1>";
const OTHER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"ok\": true} ";
const HALF: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"logs\": [";
const GARBAGE: &[u8] = b"\x00\xff\x12 SSH-2.0-OpenSSH_9\r\n";

#[tokio::test]
async fn what_is_no_mock_is_told_by_every_tool() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    for (name, answer) in
        [("another product", HTML), ("other JSON", OTHER), ("half an answer", HALF), ("garbage", GARBAGE)]
    {
        let port = server(answer, false).await?.to_string();
        for (tool, arguments) in [
            ("query_mock_logs", json!({ "server_url": port })),
            ("verify_requests", json!({"server_url": port, "operation_id": "a"})),
            ("compare_traffic", json!({"server_url": port, "baseline": {}, "candidate": {}})),
            ("call_mock", json!({"server_url": port, "operation": "a"})),
            ("manage_mock_data", json!({"server_url": port, "operation": "list_scenarios"})),
        ] {
            let text = failure(&client, tool, arguments).await?;
            assert!(text.contains("Next:") && text.contains(&port), "{name}, {tool}: {text}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_mock_is_asked_to_delete_nothing() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    for arguments in
        [json!({"operation": "reset"}), json!({"operation": "delete_scenario", "scenario_name": "a"})]
    {
        let (port, asked) = listener(OTHER).await?;
        let mut arguments = arguments;
        arguments["server_url"] = json!(port.to_string());
        failure(&client, "manage_mock_data", arguments).await?;
        let asked = asked.lock().map_err(|_| "a server failed")?.clone();
        assert!(!asked.is_empty() && asked.iter().all(|line| line.starts_with("GET ")), "{asked:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mock_that_asks_for_a_token_is_told_with_who_can_give_it() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let port = server(LOCKED, false).await?.to_string();
    for tool in ["query_mock_logs", "call_mock"] {
        let mut arguments = json!({ "server_url": port });
        if tool == "call_mock" {
            arguments["operation"] = json!("a");
        }
        let told = failure(&client, tool, arguments).await?;
        assert!(told.contains("--admin-token"), "{tool}: {told}");
    }
    Ok(())
}

#[tokio::test]
async fn a_call_that_hangs_ends_when_it_is_taken_back() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let port = server(b"", true).await?.to_string();
    let call = request("query_mock_logs", json!({ "server_url": port }));
    let call = rmcp::model::ClientRequest::CallToolRequest(rmcp::model::CallToolRequest::new(call));
    let begun = Instant::now();
    let sent = client.send_cancellable_request(call, rmcp::service::PeerRequestOptions::no_options()).await?;
    sent.cancel(Some("not needed any more".to_owned())).await?;
    // The server goes on with others at once.
    let tools = client.list_all_tools().await?;
    assert!(!tools.is_empty() && begun.elapsed() < Duration::from_secs(5));
    let recorded = async {
        loop {
            let entries = mockloop_mcp::audit::read(&place.path().join("audit.jsonl")).unwrap_or_default();
            if entries
                .iter()
                .any(|entry| entry.error.as_deref().is_some_and(|error| error.contains("cancelled")))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), recorded).await?;
    Ok(())
}

#[tokio::test]
async fn a_description_is_fetched_no_further_once_the_call_is_taken_back() -> Done {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nopenapi: 3.1.0\n";
    for answer in [b"".as_slice(), HEAD] {
        let place = Place::new()?;
        let mut options = place.options();
        options.allow_private_urls = true;
        let client = connect(mockloop_mcp::Mockloop::new(options)?, ()).await?;
        let hanging = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/api.yaml", hanging.local_addr()?);
        let call = request("generate_mock_api", json!({ "spec_url_or_path": url }));
        let call = rmcp::model::ClientRequest::CallToolRequest(rmcp::model::CallToolRequest::new(call));
        let sent =
            client.send_cancellable_request(call, rmcp::service::PeerRequestOptions::no_options()).await?;
        let (mut stream, _) = hanging.accept().await?;
        let asked = stream.read(&mut [0; 4096]).await?;
        stream.write_all(answer).await?;
        sent.cancel(None).await?;
        // A fetch that goes on is given up after 30 seconds.
        let left = tokio::time::timeout(Duration::from_secs(15), stream.read(&mut [0; 1])).await?;
        assert!(asked > 0 && left.as_ref().map_or(true, |read| *read == 0), "{left:?}");
        assert!(!place.root().exists());
    }
    Ok(())
}

#[tokio::test]
async fn a_mock_that_dies_is_told_and_can_be_started_again() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    let running = crate::support::done(&client, "discover_mock_servers", json!({})).await?;
    let pid = running["discovered_servers"][0]["server_info"]["pid"].to_string();
    std::process::Command::new("kill").args(["-9", &pid]).status()?;
    let text = loop {
        let result = crate::support::call(&client, "query_mock_logs", json!({ "server_url": url })).await?;
        if result.is_error == Some(true) {
            break crate::support::text(&result);
        }
    };
    assert!(text.contains("start_mock_server"), "{text}");
    let again = started(&client).await?;
    crate::support::done(&client, "call_mock", json!({"server_url": again, "operation": "listPets"})).await?;
    Ok(())
}

#[tokio::test]
async fn a_client_that_goes_leaves_the_mocks_running() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let url = started(&client).await?;
    client.cancel().await?;
    let next = place.client().await?;
    let found = crate::support::done(&next, "discover_mock_servers", json!({})).await?;
    assert_eq!(found["discovered_servers"][0]["url"], json!(url), "{found}");
    Ok(())
}

#[tokio::test]
async fn a_mock_that_hangs_is_told_with_how_long_was_waited() -> Done {
    let place = Place::new()?;
    let mut options = place.options();
    options.mock_timeout = Some(Duration::from_secs(1));
    let client = connect(mockloop_mcp::Mockloop::new(options)?, ()).await?;
    let port = server(b"", true).await?.to_string();
    for (tool, arguments) in [
        ("query_mock_logs", json!({ "server_url": port })),
        ("call_mock", json!({"server_url": port, "operation": "a"})),
        ("manage_mock_data", json!({"server_url": port, "operation": "list_scenarios"})),
    ] {
        let text = failure(&client, tool, arguments).await?;
        assert!(text.contains("did not answer within 1 s"), "{tool}: {text}");
    }
    // One that answers on its admin API, and not where it is called.
    let url = started(&client).await?;
    let slow = json!({"server_url": url, "operation": "update_response", "endpoint_path": "listPets",
        "response_data": {"status_code": 200, "delay_ms": 30_000}});
    crate::support::done(&client, "manage_mock_data", slow).await?;
    let text = failure(&client, "call_mock", json!({"server_url": url, "operation": "listPets"})).await?;
    assert!(text.contains("did not answer within 1 s") && text.contains("reset"), "{text}");
    Ok(())
}

#[tokio::test]
async fn an_answer_without_measure_is_told_with_how_much_is_read() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let head =
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n";
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(head).await;
                while stream.write_all(&[b' '; 1 << 14]).await.is_ok() {}
            });
        }
    });
    let text = failure(&client, "query_mock_logs", json!({ "server_url": port })).await?;
    assert!(text.contains("larger than the 67108864 bytes that are read"), "{text}");
    assert!(text.contains("Next: ask for less"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_database_that_can_not_be_used_is_told_by_the_servers_own_line() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    crate::support::done(
        &client,
        "generate_mock_api",
        json!({"spec_url_or_path": crate::support::petstore()}),
    )
    .await?;
    std::fs::write(place.root().join("corner_petstore_mock/db"), "a file in place of the folder")?;
    let text = failure(&client, "start_mock_server", json!({"source": "corner_petstore_mock"})).await?;
    assert!(text.contains("request_logs.db cannot be used for the log"), "{text}");
    assert!(text.contains("set MOCKLOOP_DATABASE to a file that can be written"), "{text}");
    assert!(!text.contains("SystemExit"), "{text}");
    Ok(())
}
