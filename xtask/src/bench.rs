//! `cargo xtask bench`: the figures of `docs/benchmarks.md`, each a ratio within one run.

mod compile;
mod control;
mod mcp;
mod parts;
mod report;
mod server;
mod serving;

use std::fs;
use std::process::Stdio;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::mock;
use crate::python::Python;
use crate::steps::{cargo, root, say, target};

/// Measure generation, serving, start, compile time and the MCP server, and write docs/benchmarks.md
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Seconds of each load
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Rounds of loads, of which the median counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measure this alone, and print its figures
    #[arg(long)]
    only: Option<Only>,
    /// Print the figures and leave docs/benchmarks.md alone
    #[arg(long)]
    dry_run: bool,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Only {
    /// Requests per second, beside a bare app
    Serving,
    /// Searching and analysing a log, and steering
    Control,
    /// Serving with every part at work
    Parts,
    /// The MCP server
    Mcp,
}

/// Runs the whole; whether all goals are reached.
pub(crate) fn run(args: &Args) -> anyhow::Result<bool> {
    let python = Python::prepare()?;
    // Alone, the MCP server is measured with a project whose making is not.
    let mockloop = mock::build(args.only == Some(Only::Mcp))?;
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;

    let small =
        server::project(&mockloop, &root().join("examples/specs/petstore.yaml"), &folder.join("small"))?;
    let apps = root().join("templates/tests/bench");
    let large_spec = folder.join("large.json");
    fs::write(&large_spec, thousand_operations().to_string())?;
    let large = server::project(&mockloop, &large_spec, &folder.join("large"))?;

    let (seconds, rounds) = (args.seconds, args.rounds);
    let serving = || serving::measure(&python, &apps, &small, &large, seconds, rounds);
    let control = || control::measure(&python, &apps, &small, seconds, rounds);
    let parts = || parts::measure(&python, &mockloop, &folder, seconds, rounds);
    let mcp = || mcp::measure(&python, &apps, &small, &folder);
    if let Some(only) = args.only {
        let figures = match only {
            Only::Serving => serving(),
            Only::Control => control(),
            Only::Parts => parts(),
            Only::Mcp => mcp(),
        }?;
        say(&serde_json::to_string_pretty(&figures)?);
        return Ok(true);
    }

    say("Generation: a JSON description of 10 MB and a YAML one of 4 MB, beside bare parsing");
    let generation = generation()?;

    say("Serving: wrk with 16 connections, one worker");
    let serving = serving()?;

    say("Control plane: a log of 1,000,000 requests, and a scenario");
    let control = control()?;

    say("Parts: auth, scenarios, webhooks and storage at work, beside a project without them");
    let parts = parts()?;

    say("Start: 1,000 operations beside a bare app");
    let start = server::start(&python, &apps, &large)?;

    say("Compile time: `mockloop!` in a crate of its own");
    let compile = compile::measure(&folder, &root().join("examples/specs/petstore.yaml"), &large_spec)?;

    say("MCP: start and size of the server, and an analysis through it");
    let mcp = mcp()?;

    let report = report::Report { generation, serving, control, parts, start, compile, mcp };
    say(&report.table());
    if !args.dry_run {
        fs::write(root().join("docs/benchmarks.md"), report.document(args))?;
    }
    Ok(report.reached())
}

fn generation() -> anyhow::Result<Value> {
    let mut bench = cargo();
    bench
        .args(["bench", "--quiet", "-p", "mockloop-codegen", "--bench", "generation"])
        .stderr(Stdio::inherit());
    let output = bench.output().context("can't run the benchmark of generation")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line =
        text.lines().rev().find(|line| line.starts_with('{')).context("the benchmark printed no result")?;
    Ok(serde_json::from_str(line)?)
}

/// The shape of the petstore's `GET /pets/{petId}`, a thousand times.
fn thousand_operations() -> Value {
    let response = json!({"200": {"description": "ok", "content": {"application/json": {
        "schema": {"$ref": "#/components/schemas/Pet"}}}}});
    let path = |n: usize| {
        let parameter = json!({"name": "petId", "in": "path", "required": true,
            "schema": {"type": "integer", "format": "int64", "minimum": 1}});
        let get = json!({"operationId": format!("getPet{n}"), "tags": [format!("area{}", n / 50)],
            "summary": format!("Find pet {n}"), "parameters": [parameter], "responses": response});
        (format!("/area{}/pets{n}/{{petId}}", n / 50), json!({ "get": get }))
    };
    let paths: serde_json::Map<String, Value> = (0..1000).map(path).collect();
    json!({"openapi": "3.1.0", "info": {"title": "Large", "version": "1"}, "paths": paths, "components": {"schemas": {
        "Pet": {"type": "object", "required": ["id", "name"], "properties": {
            "id": {"type": "integer"}, "name": {"type": "string"}, "price": {"type": "number"},
            "born": {"type": "string", "format": "date"}, "status": {"enum": ["available", "sold"]}}}}}})
}
