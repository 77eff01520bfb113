//! The program over standard input and output, with clients that do what they should not.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::support::{Done, Place, petstore};

type Failed = Box<dyn std::error::Error>;

/// What must come, comes well before this.
const LONG: Duration = Duration::from_secs(20);

struct Program {
    place: Place,
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// The program, after the handshake.
    async fn new() -> Result<Self, Failed> {
        Self::of(Place::new()?, |_| ()).await
    }

    /// The same, started in a way of one's own.
    async fn of(place: Place, change: impl FnOnce(&mut Command)) -> Result<Self, Failed> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mockloop-mcp"));
        command.arg("--output-root").arg(place.root()).env("MOCKLOOP_STATE_DIR", place.path().join("state"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        change(&mut command);
        let mut child = command.spawn()?;
        let stdin = child.stdin.take().ok_or("no input")?;
        let stdout = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let mut program = Self { place, child, stdin, stdout };
        let client = json!({"protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}});
        program.ask("initialize", client).await?;
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        program.send(initialized.to_string().as_bytes()).await?;
        Ok(program)
    }

    async fn send(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.stdin.write_all(line).await?;
        self.stdin.write_all(b"\n").await
    }

    /// Sends a request, and gives its answer; whatever else comes has to be a message too.
    async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Failed> {
        let request = json!({"jsonrpc": "2.0", "id": method, "method": method, "params": params});
        self.send(request.to_string().as_bytes()).await?;
        loop {
            let line = timeout(LONG, self.stdout.next_line()).await??.ok_or("it ended")?;
            let message: Value = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
            assert_eq!(message["jsonrpc"], "2.0", "{line}");
            if message["id"] == method {
                return Ok(message);
            }
        }
    }

    async fn call(&mut self, tool: &str, arguments: Value) -> Result<Value, Failed> {
        self.ask("tools/call", json!({"name": tool, "arguments": arguments})).await
    }
}

#[tokio::test]
async fn only_messages_are_on_standard_output_and_the_log_is_on_standard_error() -> Done {
    let mut program = Program::new().await?;
    program.call("generate_mock_api", json!({ "spec_url_or_path": petstore() })).await?;
    program.call("inspect_api", json!({"api": "nowhere"})).await?;
    let mut stderr = program.child.stderr.take().ok_or("no errors")?;
    let said = async {
        let mut said = Vec::new();
        while !String::from_utf8_lossy(&said).contains("warning: inspect_api failed") {
            if stderr.read_buf(&mut said).await? == 0 {
                break;
            }
        }
        std::io::Result::Ok(String::from_utf8_lossy(&said).into_owned())
    };
    let said = timeout(LONG, said).await??;
    assert!(said.contains("info: corner_petstore_mock was written"), "{said}");
    assert!(said.lines().all(|line| line.starts_with("info: ") || line.starts_with("warning: ")), "{said}");
    Ok(())
}

#[tokio::test]
async fn it_goes_on_where_nobody_reads_standard_error() -> Done {
    let mut program = Program::new().await?;
    // Each is a line of some hundred bytes there, and a pipe holds 64 KiB.
    let nowhere = "x".repeat(400);
    for _ in 0..400 {
        program.call("inspect_api", json!({ "api": nowhere })).await?;
    }
    Ok(())
}

#[tokio::test]
async fn lines_that_are_no_messages_are_left_behind() -> Done {
    let mut program = Program::new().await?;
    let deep = format!(
        r#"{{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}}"#,
        "[".repeat(100_000)
    );
    let long = format!(r#"{{"jsonrpc": "2.0", "id": 1, "method": "{}"}}"#, "x".repeat(17 * 1024 * 1024));
    for line in [
        b"\xff\xfe{\"jsonrpc\"".as_slice(),
        b"\0\0\0",
        b"Content-Length: 20",
        b"{\"jsonrpc\": \"2.0\", \"id\": ",
        b"[]",
        b"null",
        b"{\"jsonrpc\": \"1.0\", \"id\": 1, \"method\": \"tools/list\"}",
        deep.as_bytes(),
        long.as_bytes(),
    ] {
        program.send(line).await?;
        let listed = program.ask("tools/list", json!({})).await?;
        let beginning = String::from_utf8_lossy(line.get(..40).unwrap_or(line)).into_owned();
        assert!(listed["result"]["tools"].is_array(), "after {beginning}: {listed}");
    }
    Ok(())
}

#[tokio::test]
async fn arguments_without_measure_are_refused_in_few_words() -> Done {
    let mut program = Program::new().await?;
    let long = "x".repeat(8 * 1024 * 1024);
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let many: serde_json::Map<String, Value> =
        (0..100_000).map(|n| (format!("argument{n}"), json!(n))).collect();
    for arguments in [
        json!({ "spec_url_or_path": long }),
        json!({ "spec_url_or_path": deep }),
        json!(many),
        json!({"spec_url_or_path": "a", "output_dir_name": long}),
    ] {
        let answer = program.call("generate_mock_api", arguments).await?;
        assert_eq!(answer["result"]["isError"], true);
        let length = answer.to_string().len();
        assert!(length < 10_000, "{length} bytes");
    }
    let answer = program.call(&long, json!({})).await?;
    assert!(answer["error"].is_object() && answer.to_string().len() < 10_000);
    let answer = program.ask("resources/read", json!({ "uri": long })).await?;
    assert!(answer["error"].is_object() && answer.to_string().len() < 10_000);
    let recorded = std::fs::metadata(program.place.path().join("state/mcp-audit.jsonl"))?.len();
    assert!(recorded < 100_000, "{recorded} bytes");
    Ok(())
}

#[tokio::test]
async fn it_ends_with_its_client_and_when_it_is_told_to() -> Done {
    let Program { mut child, stdin, .. } = Program::new().await?;
    drop(stdin);
    assert!(timeout(LONG, child.wait()).await??.success());
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::new().await?;
        let pid = program.child.id().ok_or("it ended")?.to_string();
        Command::new("kill").args([signal, &pid]).status().await?;
        // Its input is still open.
        assert!(timeout(LONG, program.child.wait()).await??.success(), "{signal}");
    }
    Ok(())
}

#[tokio::test]
async fn parameters_that_a_method_lacks_are_named_as_such() -> Done {
    let mut program = Program::new().await?;
    for (method, params, expected) in [
        ("tools/call", json!({"arguments": {}}), "`name` is missing"),
        ("tools/call", json!({"name": 7}), "`name` has to be a string"),
        (
            "tools/call",
            json!({"name": "discover_mock_servers", "arguments": []}),
            "`arguments` has to be an object",
        ),
        (
            "tools/call",
            json!({"name": "discover_mock_servers", "arguments": "{}"}),
            "`arguments` has to be an object",
        ),
        ("prompts/get", json!({}), "`name` is missing"),
        ("resources/read", json!({}), "`uri` is missing"),
        ("resources/subscribe", json!({"uri": {}}), "`uri` has to be a string"),
        ("completion/complete", json!({"ref": {}}), "`argument` is missing"),
        ("completion/complete", json!({"ref": {}, "argument": {}}), "not what it takes"),
        ("logging/setLevel", json!({"level": "loud"}), "not what it takes"),
    ] {
        let answer = program.ask(method, params.clone()).await?;
        assert_eq!(answer["error"]["code"], -32602, "{method} {params}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(message.starts_with(method) && message.contains(expected), "{method} {params}: {answer}");
    }
    program.send(br#"{"jsonrpc": "2.0", "id": "tools/call", "method": "tools/call"}"#).await?;
    let bare: Value = serde_json::from_str(&program.stdout.next_line().await?.ok_or("no answer")?)?;
    assert_eq!(bare["error"]["code"], -32602, "{bare}");
    let answer = program.ask("tools/destroy", json!({})).await?;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
    Ok(())
}

#[tokio::test]
async fn the_home_folder_is_not_what_a_description_may_have_read_because_the_server_runs_there() -> Done {
    for (folder, is_allowed) in [("", false), ("work", true)] {
        let place = Place::new()?;
        let home = place.path().join("home");
        let here = home.join(folder);
        std::fs::create_dir_all(here.join("specs"))?;
        std::fs::write(here.join("other.json"), r#"{"Key": {"type": "string", "const": "OTHER"}}"#)?;
        let description = json!({"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"get": {
            "operationId": "get", "responses": {"200": {"description": "ok", "content": {"application/json": {
                "schema": {"$ref": "../other.json#/Key"}}}}}}}}});
        std::fs::write(here.join("specs/api.json"), description.to_string())?;
        let start = |command: &mut Command| {
            command.current_dir(&here).env("HOME", &home);
        };
        let mut program = Program::of(place, start).await?;
        let told = program.call("inspect_api", json!({"api": "specs/api.json", "operation": "get"})).await?;
        let told = told.to_string();
        assert_eq!(told.contains("OTHER"), is_allowed, "{told}");
        assert_eq!(told.contains("is outside of"), !is_allowed, "{told}");
    }
    Ok(())
}
