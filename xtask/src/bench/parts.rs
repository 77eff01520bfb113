//! Requests per second with every part at work, beside a project that has none of them.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::server::{Server, post};
use super::serving::{load_as, median};
use crate::python::Python;
use crate::steps::must;

const API: &str = "/__mockloop/api";
const PATH: &str = "/pets/7";

/// Loads a new pair of servers in each round, in turns; the median of the rounds counts.
///
/// A process keeps the speed that the layout of its memory gives it, so that one pair says little.
pub(super) fn measure(
    python: &Python,
    mockloop: &Path,
    folder: &Path,
    seconds: u32,
    rounds: usize,
) -> anyhow::Result<Value> {
    let spec = folder.join("parts.json");
    std::fs::write(&spec, description().to_string())?;
    let none = ["--no-auth", "--no-webhooks", "--no-storage", "--no-admin-ui"];
    let plain = project(mockloop, &spec, &folder.join("plain"), &none)?;
    let full = project(mockloop, &spec, &folder.join("full"), &[])?;
    let (mut rates, mut speeds, mut costs) = ([Vec::new(), Vec::new()], Vec::new(), Vec::new());
    for round in 0..rounds {
        let servers = [
            Server::start(python, &plain, "main:app", "/health", "")?,
            Server::start(python, &full, "main:app", "/health", "")?,
        ];
        let token = busy(servers[1].port, round)?;
        let (mut rate, mut cost) = ([0.0; 2], [0.0; 2]);
        for which in if round % 2 == 0 { [0, 1, 1, 0] } else { [1, 0, 0, 1] } {
            let load = load(&servers[which], &token, seconds)?;
            rate[which] += load.rate / 2.0;
            cost[which] += load.cost / 2.0;
        }
        speeds.push(rate[1] / rate[0]);
        costs.push(cost[0] / cost[1]);
        rates[0].push(rate[0]);
        rates[1].push(rate[1]);
    }
    let [alone, together] = rates.map(median);
    Ok(json!({
        "plain_rps": alone,
        "full_rps": together,
        "full_to_plain": median(speeds),
        "by_processor_time": median(costs),
    }))
}

/// Requests per second, and ticks of the processor for each.
struct Load {
    rate: f64,
    cost: f64,
}

fn load(server: &Server, token: &str, seconds: u32) -> anyhow::Result<Load> {
    let before = server.ticks()?;
    let rate = load_as(server.port, PATH, &format!("Authorization: Bearer {token}"), seconds)?;
    Ok(Load { rate, cost: (server.ticks()? - before) / (rate * f64::from(seconds)) })
}

fn project(mockloop: &Path, spec: &Path, out: &Path, without: &[&str]) -> anyhow::Result<std::path::PathBuf> {
    if out.exists() {
        std::fs::remove_dir_all(out)?;
    }
    must(
        Command::new(mockloop)
            .arg("generate")
            .arg(spec)
            .arg("-o")
            .arg(out)
            .args(without)
            .stdout(Stdio::null()),
    )?;
    Ok(out.to_owned())
}

/// Gives every part something to do; the token that requests need. Earlier rounds left what they made.
fn busy(port: u16, round: usize) -> anyhow::Result<String> {
    let rules = json!([
        {"when": {"query": {"nobody": "asks"}}, "respond": {"status": 404}},
        {"respond": {"status": 200, "body": {"id": 7, "name": "Rex", "status": "available"}}},
    ]);
    let scenario = json!({"name": format!("bench-{round}"), "operations": {"getPet": rules}});
    post(port, &format!("{API}/mock-data/scenarios"), &scenario.to_string())?;
    post(port, &format!("{API}/mock-data/scenarios/bench-{round}/activate"), "{}")?;
    let webhook = json!({"url": "http://127.0.0.1:9/", "events": ["validation.failed", "scenario.changed"]});
    post(port, &format!("{API}/webhooks"), &webhook.to_string())?;
    post(port, &format!("{API}/storage/collections"), &json!({"name": format!("pets-{round}")}).to_string())?;
    let token = json!({"subject": "bench", "scopes": ["read:pets"]});
    let issued: Value =
        serde_json::from_str(&post(port, &format!("{API}/auth/tokens"), &token.to_string())?)?;
    Ok(issued.get("access_token").and_then(Value::as_str).context("no token was issued")?.to_owned())
}

/// One operation that asks for a scope and declares a callback.
fn description() -> Value {
    let event = json!({"post": {"responses": {"204": {"description": "Understood"}}}});
    json!({"openapi": "3.1.0", "info": {"title": "Parts", "version": "1"},
        "paths": {"/pets/{petId}": {"get": {
            "operationId": "getPet",
            "security": [{"oauth": ["read:pets"]}],
            "parameters": [{"name": "petId", "in": "path", "required": true,
                "schema": {"type": "integer", "minimum": 1}}],
            "callbacks": {"seen": {"{$request.query.callback}": event}},
            "responses": {"200": {"description": "ok", "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Pet"}}}}}}}},
        "components": {
            "schemas": {"Pet": {"type": "object", "required": ["id", "name"], "properties": {
                "id": {"type": "integer"}, "name": {"type": "string"}, "status": {"enum": ["available", "sold"]}}}},
            "securitySchemes": {"oauth": {"type": "oauth2", "flows": {"clientCredentials": {
                "tokenUrl": "/token", "scopes": {"read:pets": "Read pets"}}}}}}})
}
