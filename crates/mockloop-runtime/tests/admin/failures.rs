//! What goes wrong between a client and a mock, and how it is told.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use mockloop_runtime::Endpoint;
use mockloop_runtime::admin::{
    AdminError, ClearOverrides, ExportLogs, GetContract, GetHealth, GetMetrics, GetScenario, ListScenarios,
    MockClient, OverrideResponse, SearchLogs, SetOverride, TailLogs,
};

use crate::{Done, Fallible, run, start};

const HEALTHY: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"status\":\"healthy\"}";

/// Answers every connection by a text, and counts them.
fn serve(listener: TcpListener, answer: &'static str) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            read_head(&mut stream);
            // A client that leaves early is no failure of the test.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    count
}

fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.extend(byte);
    }
}

/// A server that answers every connection by a text.
fn server(answer: &'static str) -> Fallible<(MockClient, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let client = MockClient::new(format!("http://{}", listener.local_addr()?))?;
    Ok((client, serve(listener, answer)))
}

/// An address where nobody listens.
fn nowhere() -> Fallible<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

fn told<T>(mock: &MockClient, answer: Result<T, AdminError>) -> Fallible<String> {
    let error = answer.err().ok_or("it was no error")?;
    Ok(error.to_string().replace(mock.url(), "http://MOCK"))
}

#[test]
fn token_is_asked_for_and_taken() -> Done {
    run(async {
        let mock = crate::petstore::PROJECT.configure().env("MOCKLOOP_ADMIN_TOKEN", "sesame").start().await?;
        let client = MockClient::new(mock.url())?;
        for refused in [client.clone(), client.clone().token("wrong")?] {
            let answer = refused.call(&SearchLogs::new()).await;
            assert_eq!(answer.as_ref().err().and_then(AdminError::status).map(|s| s.as_u16()), Some(401));
            assert_eq!(
                told(&client, answer)?,
                "GET /api/logs/search: The token of the admin API is required, as a bearer token or by POST /login.\n  \
                 it is what MOCKLOOP_ADMIN_TOKEN was set to where the mock runs"
            );
            assert!(matches!(refused.tail(TailLogs::new()).await, Err(AdminError::Refused { .. })));
        }
        client.token("sesame")?.call(&SearchLogs::new()).await?;
        Ok(())
    })
}

#[test]
fn port_that_listens_late_is_waited_for() -> Done {
    run(async {
        let address = nowhere()?;
        let mock = MockClient::new(format!("http://{address}"))?.tries(8);
        let asked = GetHealth::new();
        let mut call = Box::pin(mock.call(&asked));
        let early = tokio::time::timeout(Duration::from_millis(50), &mut call).await;
        assert!(early.is_err(), "it is tried again where the connection is refused");
        serve(TcpListener::bind(address)?, HEALTHY);
        call.await?;
        Ok(())
    })
}

#[test]
fn what_was_sent_is_never_sent_twice() -> Done {
    run(async {
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n{\"status\":";
        let (mock, count) = server(answer)?;
        let error = mock.call(&GetHealth::new()).await;
        assert_eq!(
            told(&mock, error)?,
            "GET /health: http://MOCK broke the connection off\n  \
             the mock may have been stopped, or something else answers there"
        );
        let set = SetOverride::new("getPet", OverrideResponse::respond(404));
        assert!(mock.call(&set).await.is_err());
        assert_eq!(count.load(Ordering::SeqCst), 2, "one for each call");
        Ok(())
    })
}

#[test]
fn export_that_is_cut_off_does_not_end_like_a_whole_one() -> Done {
    run(async {
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nTransfer-Encoding: chunked\r\n\r\n\
                      9\r\n{\"id\": 1}\r\n";
        let (mock, _) = server(answer)?;
        let mut export = mock.export(&ExportLogs::new()).await?;
        assert_eq!(export.next().await?.as_deref(), Some(&b"{\"id\": 1}"[..]));
        assert!(matches!(export.next().await, Err(AdminError::Unreachable { .. })));
        Ok(())
    })
}

#[test]
fn nobody_there_is_told_with_the_way_out() -> Done {
    run(async {
        let mock = MockClient::new(format!("http://{}", nowhere()?))?.tries(1);
        assert_eq!(
            told(&mock, mock.call(&ListScenarios::new()).await)?,
            "GET /api/mock-data/scenarios: http://MOCK can't be reached\n  \
             is the mock running? `mockloop run` says where it listens"
        );
        Ok(())
    })
}

#[test]
fn silence_ends_at_the_timeout() -> Done {
    run(async {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let mock = MockClient::new(url)?.timeout(Duration::from_millis(50));
        assert_eq!(
            told(&mock, mock.call(&GetHealth::new()).await)?,
            "GET /health: http://MOCK did not answer within 0.05 s\n  \
             try again; where it stays so, look at what the mock prints"
        );
        Ok(())
    })
}

#[test]
fn refusals_name_each_violation() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        let bad = SearchLogs { status: Some(vec!["teapot".to_owned()]), ..SearchLogs::new() };
        assert_eq!(
            told(&mock, mock.call(&bad).await)?,
            "GET /api/logs/search: The call cannot be used.\n  \
             status /0 \"teapot\" does not match \"^[1-5]([0-9]{2}(-[1-5][0-9]{2})?|[xX]{2})$\""
        );
        assert_eq!(
            told(&mock, mock.call(&GetScenario::new("server-error")).await)?,
            "GET /api/mock-data/scenarios/{name}: there is no scenario 'server-error'; did you mean server-errors?"
        );
        Ok(())
    })
}

#[test]
fn other_servers_are_known_by_what_they_answer() -> Done {
    run(async {
        let html =
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>It works!</h1>";
        let (mock, _) = server(html)?;
        assert_eq!(
            told(&mock, mock.call(&GetHealth::new()).await)?,
            "http://MOCK does not answer like a mock of this version\n  \
             GET /health answered 200 OK: the description has no such content type\n  \
             expected: 200 application/json, default application/problem+json\n  \
             text/html: <h1>It works!</h1>"
        );
        assert!(is_foreign(&mock.call(&GetMetrics::new()).await));
        assert!(is_foreign(&mock.export(&ExportLogs::new()).await));
        assert!(is_foreign(&mock.export_all().await));
        assert!(is_foreign(&mock.tail(TailLogs::new()).await));
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"status\": heal",
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"up\": true}",
            "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>No</h1>",
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"no\": 1}",
        ] {
            let (mock, _) = server(answer)?;
            assert!(is_foreign(&mock.call(&GetHealth::new()).await), "{answer}");
            assert!(is_foreign(&mock.call(&ClearOverrides::new()).await), "{answer}");
        }
        Ok(())
    })
}

fn is_foreign<T>(answer: &Result<T, AdminError>) -> bool {
    matches!(answer, Err(AdminError::Foreign { .. }))
}

#[test]
fn what_answers_no_http_is_an_error() -> Done {
    run(async {
        let (mock, count) = server("SSH-2.0-OpenSSH_9.6\r\n")?;
        assert!(matches!(mock.call(&GetContract::new()).await, Err(AdminError::Unreachable { .. })));
        assert_eq!((count.load(Ordering::SeqCst), GetContract::ID), (1, "getContract"));
        Ok(())
    })
}
