//! `cargo xtask mcp`: the MCP server with clients that others made.

mod conformance;
mod frameworks;
mod inspector;
mod node;
mod peers;

use anyhow::bail;

use crate::mcp::frameworks::FRAMEWORKS;
use crate::mcp::node::Node;
use crate::mcp::peers::Peers;
use crate::steps::Steps;

/// What runs on Node, by its name here.
const NODE_PARTS: [&str; 4] = ["typescript-sdk", "inspector", "conformance", "conformance-next"];

/// Let real MCP clients drive the MCP server: frameworks, SDKs, the Inspector, the conformance suite
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Only these: a folder of examples/frameworks, inspector, conformance or conformance-next
    parts: Vec<String>,
}

impl Args {
    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }

    /// Whether every part that was named is one.
    fn check(&self) -> anyhow::Result<()> {
        let known: Vec<&str> = FRAMEWORKS.iter().map(|framework| framework.name).chain(NODE_PARTS).collect();
        match self.parts.iter().find(|part| !known.contains(&part.as_str())) {
            Some(part) => bail!("there is no part {part}; there are: {}", known.join(", ")),
            None => Ok(()),
        }
    }
}

/// Runs the clients; whether all of them found what they should.
pub(crate) fn run(args: &Args) -> anyhow::Result<bool> {
    args.check()?;
    let peers = Peers::prepare()?;
    let mut steps = Steps::default();
    for framework in FRAMEWORKS.iter().filter(|framework| args.wants(framework.name)) {
        steps.task(framework.title, || frameworks::run(framework, &peers));
    }
    if NODE_PARTS.iter().any(|part| args.wants(part)) {
        on_node(args, &peers, &mut steps);
    }
    Ok(steps.finish())
}

fn on_node(args: &Args, peers: &Peers, steps: &mut Steps) {
    if !node::has_npm() {
        steps.skip("TypeScript SDK, Inspector, conformance suite", "npm is not installed");
        return;
    }
    let mut found = None;
    steps.task("Node and its clients", || {
        found = Some(Node::prepare()?);
        Ok(true)
    });
    let Some(node) = found else { return };
    if args.wants("typescript-sdk") {
        steps.task("TypeScript SDK 2, both lifecycles", || frameworks::typescript(&node, peers));
    }
    if args.wants("inspector") {
        steps.task("Inspector: every tool over stdio", || inspector::run(&node, peers));
    }
    for suite in &conformance::SUITES {
        if args.wants(suite.name) {
            steps.task(suite.title, || conformance::run(suite, &node, peers));
        }
    }
}
