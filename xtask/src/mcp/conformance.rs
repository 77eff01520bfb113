//! The official conformance suite, over HTTP.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

use crate::mcp::node::Node;
use crate::mcp::peers::Peers;
use crate::steps::{root, say};

/// A version of the suite.
pub(crate) struct Suite {
    /// Its name among the parts, and that of its package and its list of expected failures.
    pub(crate) name: &'static str,
    /// For the summary.
    pub(crate) title: &'static str,
    options: &'static [&'static str],
}

/// Both of them.
pub(crate) const SUITES: [Suite; 2] = [
    Suite { name: "conformance", title: "Conformance suite, up to 2025-11-25", options: &[] },
    Suite {
        name: "conformance-next",
        title: "Conformance suite, 2026-07-28",
        options: &["--requirements", "2026-07-28"],
    },
];

/// Runs a suite; whether exactly those scenarios failed of which it is said.
pub(crate) fn run(suite: &Suite, node: &Node, peers: &Peers) -> anyhow::Result<bool> {
    let server = Server::start(peers)?;
    let expected = root().join("xtask/mcp").join(format!("{}.yml", suite.name));
    let mut command = node.script(&format!("{}/dist/index.js", suite.name));
    command.args(["server", "--url", &server.url]).args(suite.options);
    let told = peers.run(suite.name, command.arg("--expected-failures").arg(expected))?;
    let summary = told.split_once("=== SUMMARY ===").map_or(told.as_str(), |(_, summary)| summary);
    say(summary.trim());
    Ok(true)
}

/// The server on a free port; it ends when this is dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(peers: &Peers) -> anyhow::Result<Self> {
        let mut command = Command::new(&peers.server);
        command.args(["--http", "127.0.0.1:0", "--no-audit", "--output-root"]);
        command.arg(peers.folder.join("conformance"));
        peers.settle(&mut command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().context("can't run mockloop-mcp")?;
        let mut lines =
            BufReader::new(child.stderr.take().context("no output")?).lines().map_while(Result::ok);
        let mut server = Self { child, url: String::new() };
        let first = lines.next().context("mockloop-mcp said nothing")?;
        first.split(' ').next_back().context("no address")?.clone_into(&mut server.url);
        // What it says later has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
