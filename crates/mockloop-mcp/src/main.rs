//! `mockloop-mcp`: the MCP server as a program.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return cli::failed(&error.into()),
    };
    let code = runtime.block_on(cli::run());
    // A thread may wait for input that never comes; nothing else is left to do.
    runtime.shutdown_background();
    code
}
