//! Tasks of this repository: `cargo xtask --help`.

mod fidelity;
mod lint;
mod mock;
mod python;
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
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Test => test::run(),
        Task::Lint => lint::run(),
        Task::Fidelity(args) => fidelity::run(&args),
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
