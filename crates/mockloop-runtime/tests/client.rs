//! The client against servers that do not answer as described.
#![cfg(feature = "client")]

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use answers::{Note, Numbers, NumbersResponse};
use mockloop_runtime::{Client, Endpoint, ReplyError, SendError};

mockloop_runtime::mockloop! {
    /// A few answers.
    mod answers = "tests/specs/answers.yaml";
}

type Done = Result<(), Box<dyn Error>>;

/// What a client makes of a server that answers one connection.
fn ask<E: Endpoint>(
    endpoint: &E,
    choose: impl FnOnce(Client) -> Client,
    answer: impl FnOnce(&mut TcpStream) -> std::io::Result<()> + Send + 'static,
) -> Result<Result<E::Response, SendError>, Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let client = choose(Client::new(format!("http://{}", listener.local_addr()?))?);
    let server = thread::spawn(move || -> std::io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        let lines = BufReader::new(stream.try_clone()?).lines();
        // The head of the request; none of these has a body.
        for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
            drop(line);
        }
        answer(&mut stream)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(client.send(endpoint));
    drop(runtime);
    // A client that hangs up early is no failure of the server.
    let _ = server.join();
    Ok(answer)
}

/// The client's answer where all of the server's is one text.
fn told<E: Endpoint>(
    endpoint: &E,
    head: &'static str,
    body: &'static [u8],
) -> Result<Result<E::Response, SendError>, Box<dyn Error>> {
    ask(
        endpoint,
        |client| client,
        move |stream| {
            let length = body.len();
            write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
            stream.write_all(body)
        },
    )
}

fn reply<T>(answer: Result<T, SendError>) -> Result<Box<ReplyError>, &'static str> {
    match answer {
        Err(SendError::Reply(error)) => Ok(error),
        _ => Err("the answer was taken"),
    }
}

#[test]
fn an_undocumented_status_is_told_with_what_is_documented() -> Done {
    let head = "418 I'm a teapot\r\nContent-Type: text/plain";
    let error = reply(told(&Numbers::new(), head, b"short and stout")?)?;
    assert_eq!(error.status, 418);
    assert_eq!(
        error.to_string(),
        "GET /numbers answered 418 I'm a teapot: the description has no such status\n  \
         expected: 200 application/json, 404\n  text/plain: short and stout"
    );
    Ok(())
}

#[test]
fn another_content_type_is_told_with_the_body() -> Done {
    let error = reply(told(&Numbers::new(), "200 OK\r\nContent-Type: text/html", b"<h1>Hello</h1>")?)?;
    assert_eq!(
        error.to_string(),
        "GET /numbers answered 200 OK: the body is not what was expected: expected value at line 1 column 1\n  \
         expected: 200 application/json, 404\n  text/html: <h1>Hello</h1>"
    );
    Ok(())
}

#[test]
fn json_of_another_shape_is_told_with_its_place() -> Done {
    let head = "200 OK\r\nContent-Type: application/json";
    let error = reply(told(&Numbers::new(), head, br#"[1, "two"]"#)?)?;
    assert_eq!(
        error.reason,
        r#"the body is not what was expected: invalid type: string "two", expected i64 at line 1 column 9"#
    );
    assert_eq!(error.body, r#"[1, "two"]"#);
    Ok(())
}

#[test]
fn a_missing_body_is_told() -> Done {
    let error = reply(told(&Numbers::new(), "200 OK\r\nContent-Type: application/json", b"")?)?;
    assert!(error.to_string().ends_with("\n  no body"), "{error}");
    Ok(())
}

#[test]
fn a_body_that_is_not_described_is_no_error() -> Done {
    let answer = told(&Numbers::new(), "404 Not Found", b"no numbers")??;
    assert_eq!(answer, NumbersResponse::NotFound);
    Ok(())
}

#[test]
fn a_text_that_is_none_is_told() -> Done {
    let error = reply(told(&Note::new(), "200 OK\r\nContent-Type: text/plain", b"\xff")?)?;
    assert_eq!(error.reason, "the body is not UTF-8");
    assert_eq!(error.body, "\u{fffd}");
    Ok(())
}

#[test]
fn of_a_long_body_an_error_shows_the_beginning() -> Done {
    let error = reply(told(&Numbers::new(), "500 Oh", &[b'x'; 5000])?)?;
    assert_eq!(error.body, format!("{}…", "x".repeat(2048)));
    Ok(())
}

#[test]
fn a_redirect_is_an_answer_and_not_followed() -> Done {
    let error = reply(told(&Numbers::new(), "302 Found\r\nLocation: http://127.0.0.1:9/else", b"")?)?;
    assert_eq!(error.reason, "the description has no such status, which leads to http://127.0.0.1:9/else");
    Ok(())
}

#[test]
fn an_endless_body_is_not_read_to_the_end() -> Done {
    let endless = |stream: &mut TcpStream| {
        write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        let chunk = [b"1000\r\n".as_slice(), &[b'1'; 0x1000], b"\r\n"].concat();
        loop {
            stream.write_all(&chunk)?;
        }
    };
    let answer = ask(&Numbers::new(), |client| client, endless)?;
    assert!(matches!(answer, Err(SendError::TooLarge { limit: 67_108_864, .. })), "{answer:?}");
    Ok(())
}

#[test]
fn the_limit_is_the_most_that_is_read() -> Done {
    let answer = |limit| {
        ask(
            &Numbers::new(),
            move |client| client.limit(limit),
            |stream| write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1,2]"),
        )
    };
    assert_eq!(answer(5)??, NumbersResponse::Ok(vec![1, 2]));
    let error = answer(4)?.map_err(|error| error.to_string());
    let expected = "GET /numbers: the answer is larger than 4 bytes\n  `Client::limit` sets how much is read";
    assert_eq!(error, Err(expected.to_owned()));
    Ok(())
}

#[test]
fn a_connection_that_closes_without_an_answer_is_told() -> Done {
    let error = ask(&Numbers::new(), |client| client, |_| Ok(()))?;
    assert!(matches!(&error, Err(SendError::Transport { .. })), "{error:?}");
    assert_eq!(error.map_err(|error| error.to_string()), Err("GET /numbers: no answer".to_owned()));
    Ok(())
}

#[test]
fn a_body_that_ends_early_is_no_answer() -> Done {
    let cut = |stream: &mut TcpStream| write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1]");
    let answer = ask(&Numbers::new(), |client| client, cut)?;
    assert!(matches!(answer, Err(SendError::Transport { .. })), "{answer:?}");
    Ok(())
}
