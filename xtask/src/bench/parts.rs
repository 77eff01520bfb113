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

/// Loads both in turns; the medians of all rounds count.
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
    let plain = Server::start(python, &plain, "main:app", "/health", "")?;
    let full = Server::start(python, &full, "main:app", "/health", "")?;
    let token = busy(full.port)?;
    let authorization = format!("Authorization: Bearer {token}");
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        alone.push(load_as(plain.port, PATH, &authorization, seconds)?);
        together.push(load_as(full.port, PATH, &authorization, seconds)?);
    }
    let (alone, together) = (median(alone), median(together));
    Ok(json!({ "plain_rps": alone, "full_rps": together, "full_to_plain": together / alone }))
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

/// Gives every part something to do; the token that requests need.
fn busy(port: u16) -> anyhow::Result<String> {
    let rules = json!([
        {"when": {"query": {"nobody": "asks"}}, "respond": {"status": 404}},
        {"respond": {"status": 200, "body": {"id": 7, "name": "Rex", "status": "available"}}},
    ]);
    let scenario = json!({"name": "bench", "operations": {"getPet": rules}});
    post(port, &format!("{API}/mock-data/scenarios"), &scenario.to_string())?;
    post(port, &format!("{API}/mock-data/scenarios/bench/activate"), "{}")?;
    let webhook = json!({"url": "http://127.0.0.1:9/", "events": ["validation.failed", "scenario.changed"]});
    post(port, &format!("{API}/webhooks"), &webhook.to_string())?;
    post(port, &format!("{API}/storage/collections"), &json!({"name": "pets"}).to_string())?;
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
