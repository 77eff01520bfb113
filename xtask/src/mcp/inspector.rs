//! Every tool, called by the command line of the MCP Inspector, each time over a new server's standard input.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::mcp::node::Node;
use crate::mcp::peers::Peers;
use crate::steps::root;

/// Lists the tools, and calls them all in the order of a session; whether all answered as they should.
pub(crate) fn run(node: &Node, peers: &Peers) -> anyhow::Result<bool> {
    let folder = peers.folder.join("inspector");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let done = Inspector { node, peers, folder }.session();
    let left = peers.stop_all()?;
    done?;
    ensure!(left == 0, "stop_mock_server left {left} mocks running");
    Ok(true)
}

struct Inspector<'a> {
    node: &'a Node,
    peers: &'a Peers,
    /// Where projects go.
    folder: PathBuf,
}

impl Inspector<'_> {
    fn session(&self) -> anyhow::Result<()> {
        // Strict: schemas that some clients can't read are a failure.
        let listed = self.ask("tools-list", &["--method", "tools/list", "--strict"])?;
        let tools = listed["tools"].as_array().context("no list of tools")?;
        let tools: BTreeSet<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();

        let spec = root().join("examples/specs/petstore.yaml");
        let mut called = BTreeSet::new();
        let mut call = |tool: &'static str, arguments: &Value| {
            called.insert(tool);
            self.call(tool, arguments)
        };
        let made = call("generate_mock_api", &json!({"spec_url_or_path": spec}))?;
        same(&made["operations"], &json!(10))?;
        let project = made["project"].clone();
        let read = call("inspect_api", &json!({"api": project, "operation": "getPetById"}))?;
        same(&read["operation"]["path"], &json!("/pets/{petId}"))?;
        let started = call("start_mock_server", &json!({"source": project}))?;
        let (url, port) = (started["url"].clone(), started["port"].clone());
        let found = call("discover_mock_servers", &json!({"ports": [port]}))?;
        same(&found["discovered_servers"][0]["port"], &port)?;

        let pet = json!({"server_url": url, "operation": "getPetById", "parameters": {"petId": 7}});
        let answer = call("call_mock", &pet)?;
        same(&json!([answer["status"], answer["response_body"]["name"]]), &json!([200, "Rex"]))?;
        let steer =
            json!({"server_url": url, "operation": "switch_scenario", "scenario_name": "server-errors"});
        same(&call("manage_mock_data", &steer)?["status"], &json!("success"))?;
        same(&call("call_mock", &pet)?["decided_by"], &json!("scenario"))?;

        let log = call("query_mock_logs", &json!({"server_url": url, "limit": 5}))?;
        same(&json!([log["logs"][0]["status_code"], log["logs"][1]["status_code"]]), &json!([500, 200]))?;
        let expected =
            json!({"server_url": url, "operation_id": "getPetById", "status": "5xx", "exactly": 1});
        same(&call("verify_requests", &expected)?["verified"], &json!(true))?;
        let (before, after) = (json!({"status": ["2xx"]}), json!({"status": ["5xx"]}));
        let compared =
            call("compare_traffic", &json!({"server_url": url, "baseline": before, "candidate": after}))?;
        ensure!(compared["comparison"].is_object(), "{compared}");
        same(&call("stop_mock_server", &json!({"server": url}))?["url"], &url)?;
        ensure!(called == tools, "not every tool was called: {:?}", tools.symmetric_difference(&called));
        Ok(())
    }

    /// Calls a tool; gives its structured content.
    fn call(&self, tool: &str, arguments: &Value) -> anyhow::Result<Value> {
        let mut options = vec!["--method".to_owned(), "tools/call".into(), "--tool-name".into(), tool.into()];
        for (name, value) in arguments.as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            options.extend(["--tool-arg".to_owned(), format!("{name}={value}")]);
        }
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let answer = self.ask(tool, &options)?;
        ensure!(answer["isError"] != true, "{tool}: {answer}");
        Ok(answer["structuredContent"].clone())
    }

    fn ask(&self, what: &str, options: &[&str]) -> anyhow::Result<Value> {
        let mut command = self.node.script("@modelcontextprotocol/inspector/clients/launcher/build/index.js");
        // It starts the server with few variables of ours.
        let mut own = std::process::Command::new("");
        self.peers.settle(&mut own);
        command.arg("--cli");
        for (name, value) in own.get_envs() {
            let pair = format!("{}={}", name.to_string_lossy(), value.unwrap_or_default().to_string_lossy());
            command.args(["-e", &pair]);
        }
        command.arg(&self.peers.server).arg("--output-root").arg(&self.folder);
        command.arg("--no-audit").args(options);
        let printed = self.peers.leaves(&format!("inspector-{what}"), &mut command)?;
        serde_json::from_str(&printed).with_context(|| format!("no JSON: {printed}"))
    }
}

fn same(found: &Value, expected: &Value) -> anyhow::Result<()> {
    ensure!(found == expected, "expected {expected}, got {found}");
    Ok(())
}
