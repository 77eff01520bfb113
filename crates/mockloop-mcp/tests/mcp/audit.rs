//! What is recorded of calls.

use std::process::Command;

use mockloop_mcp::audit::read;
use serde_json::{Value, json};

use crate::support::{Done, Place, call};

#[tokio::test]
async fn every_call_is_recorded_without_its_secrets() -> Done {
    let place = Place::new()?;
    let client = place.client().await?;
    call(&client, "inspect_api", json!({"api": "https://me:hidden@127.0.0.1:9/a?key=hidden"})).await?;
    let headers = json!({"server_url": "9", "operation": "a", "headers": {"Authorization": "Bearer hidden"}});
    call(&client, "call_mock", headers).await?;
    let body = json!({"server_url": "9", "operation": "a", "parameters": {"api_key": "hidden", "X-Key": "hidden"},
        "body": "user=me&password=hidden&note=Bearer hidden"});
    call(&client, "call_mock", body).await?;
    call(&client, "discover_mock_servers", json!({})).await?;
    let _ = call(&client, "no_such_tool", json!({})).await;
    let file = place.path().join("audit.jsonl");
    let entries = read(&file)?;
    let outcomes: Vec<_> =
        entries.iter().map(|entry| (entry.tool.as_str(), entry.outcome.as_str())).collect();
    let expected = [
        ("inspect_api", "failed"),
        ("call_mock", "failed"),
        ("call_mock", "failed"),
        ("discover_mock_servers", "ok"),
        ("no_such_tool", "refused"),
    ];
    assert_eq!(outcomes, expected);
    assert!(!std::fs::read_to_string(&file)?.contains("hidden"));
    assert!(entries.iter().all(|entry| entry.client.is_some() && entry.duration_ms >= 0.0));
    Ok(())
}

#[test]
fn what_is_shown_can_not_steer_a_terminal_and_says_why_a_call_failed() -> Done {
    let place = Place::new()?;
    let file = place.path().join("audit.jsonl");
    let entry = json!({"time": "2026-01-01T00:00:00.000Z", "tool": "a\u{1b}[2J\u{9b}1m\n\u{202e}", "client": null,
        "arguments": {"b": "\u{9b}2J"}, "outcome": "failed\u{7}", "error": "not there\u{1b}[2J\nNext: look", "duration_ms": 1.0});
    std::fs::write(&file, format!("{entry}\n"))?;
    let show = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mockloop-mcp"));
        let out = command.arg("audit").arg("--file").arg(&file).args(arguments).output()?;
        String::from_utf8(out.stdout).map_err(std::io::Error::other)
    };
    let is_harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    let text = show(&[])?;
    assert!(!text.contains(is_harmful), "{text:?}");
    assert!(text.ends_with("\n    not there\\u001b[2J\n    Next: look\n"), "{text:?}");
    assert_eq!(text.lines().count(), 3, "{text:?}");
    let line = show(&["--json"])?;
    assert!(!line.contains(is_harmful), "{line:?}");
    assert_eq!(serde_json::from_str::<Value>(&line)?, entry);
    Ok(())
}

#[test]
fn a_record_that_is_named_and_not_there_is_an_error() -> Done {
    let place = Place::new()?;
    let file = place.path().join("none.jsonl");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mockloop-mcp"));
    let out = command.arg("audit").arg("--file").arg(&file).output()?;
    let said = String::from_utf8(out.stderr)?;
    assert!(!out.status.success() && said.starts_with("error: "), "{said}");
    assert!(said.contains(&file.display().to_string()), "{said}");
    // Who names none may have made no call yet.
    let mut command = Command::new(env!("CARGO_BIN_EXE_mockloop-mcp"));
    let out = command.arg("audit").env("MOCKLOOP_STATE_DIR", place.path()).output()?;
    assert!(out.status.success() && out.stdout.is_empty(), "{out:?}");
    Ok(())
}

#[test]
fn an_empty_state_folder_is_none_and_not_the_current_one() -> Done {
    let place = Place::new()?;
    let entry = json!({"time": "", "tool": "kept", "client": null, "arguments": {}, "outcome": "ok", "error": null,
        "duration_ms": 1.0});
    std::fs::create_dir_all(place.path().join("mockloop"))?;
    std::fs::write(place.path().join("mockloop/mcp-audit.jsonl"), format!("{entry}\n"))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_mockloop-mcp"));
    command.arg("audit").env("MOCKLOOP_STATE_DIR", "").env("XDG_STATE_HOME", place.path());
    let out = command.current_dir(place.path()).output()?;
    assert!(String::from_utf8(out.stdout)?.contains("kept"));
    Ok(())
}
