//! The scripts of `examples/frameworks`.

use std::process::Command;

use crate::mcp::node::{self, Node};
use crate::mcp::peers::Peers;
use crate::python::Python;
use crate::steps::root;

/// A Python framework with a script of ours.
pub(crate) struct Framework {
    /// The script's folder.
    pub(crate) name: &'static str,
    /// For the summary.
    pub(crate) title: &'static str,
    /// The arguments of each run, after the server's path.
    runs: &'static [&'static str],
}

/// All of them.
pub(crate) const FRAMEWORKS: [Framework; 6] = [
    Framework { name: "python-sdk", title: "Python SDK 2, both lifecycles", runs: &["auto", "legacy"] },
    Framework { name: "python-sdk-1", title: "Python SDK 1", runs: &[] },
    Framework { name: "langchain", title: "LangChain", runs: &[] },
    Framework { name: "langgraph", title: "LangGraph", runs: &[] },
    Framework { name: "openai-agents", title: "OpenAI Agents SDK", runs: &[] },
    Framework { name: "crewai", title: "CrewAI", runs: &[] },
];

/// Runs a framework's script in an environment of its own.
pub(crate) fn run(framework: &Framework, peers: &Peers) -> anyhow::Result<bool> {
    let name = framework.name;
    let folder = root().join("examples/frameworks").join(name);
    let python = Python::of_file(&format!("py-{name}"), &folder.join("requirements.txt"))?;
    let script = || {
        let mut script = python.command("python", &folder);
        script.arg("story.py").arg(&peers.server);
        script
    };
    if framework.runs.is_empty() {
        peers.run(name, &mut script())?;
    }
    for mode in framework.runs {
        peers.run(&format!("{name}-{mode}"), script().arg(mode))?;
    }
    Ok(true)
}

/// Checks the types of the TypeScript example, and runs it.
pub(crate) fn typescript(node: &Node, peers: &Peers) -> anyhow::Result<bool> {
    let folder = root().join("examples/frameworks/typescript-sdk");
    node::install(&folder)?;
    let on_node = || {
        let mut command = Command::new(node.program());
        command.current_dir(&folder);
        command
    };
    peers.run("typescript-sdk-types", on_node().args(["node_modules/typescript/bin/tsc", "--noEmit"]))?;
    for mode in ["auto", "legacy"] {
        peers
            .run(&format!("typescript-sdk-{mode}"), on_node().arg("story.ts").arg(&peers.server).arg(mode))?;
    }
    Ok(true)
}
