//! Tasks of this repository: `cargo xtask --help`.

mod bench;
mod browser;
mod docker;
mod expand;
mod fidelity;
mod lint;
mod mcp;
mod mock;
mod python;
mod schemathesis;
mod steps;
mod test;

use std::process::ExitCode;

use clap::Parser;

/// Tasks of this repository
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Run all tests, after setting up what they need
    Test,
    /// Check formatting, lints, spelling, types and licences
    Lint,
    Fidelity(fidelity::Args),
    Schemathesis(schemathesis::Args),
    Mcp(mcp::Args),
    Docker(docker::Args),
    Expand(expand::Args),
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Test => test::run(),
        Task::Lint => lint::run(),
        Task::Fidelity(args) => fidelity::run(&args),
        Task::Schemathesis(args) => schemathesis::run(&args),
        Task::Mcp(args) => mcp::run(&args),
        Task::Docker(args) => docker::run(&args),
        Task::Expand(args) => expand::run(&args),
        Task::Bench(args) => bench::run(&args),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            steps::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
