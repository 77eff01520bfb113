//! The `mockloop` command: checks API descriptions, generates mock servers from them and runs them.

mod background;
mod commands;
mod exit;
mod input;
mod mock;
mod python;
mod report;
mod serve;
mod target;
mod terminal;
mod whole;

use std::process::ExitCode;

use clap::{ColorChoice, Parser, Subcommand};

use crate::commands::{
    analyze, check, completions, diff, discover, generate, inspect, logs, ps, respond, restart, run,
    scenario, start, stop,
};
use crate::exit::Exit;

/// Turns API descriptions into mock servers.
#[derive(Debug, Parser)]
#[command(name = "mockloop", version, after_help = EXAMPLES)]
struct Cli {
    /// When to use colours; `NO_COLOR` is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  mockloop run openapi.yaml                  generate a mock server and run it
  mockloop start openapi.yaml                the same in the background; ps shows it, stop ends it
  mockloop check openapi.yaml                what is wrong with a description
  mockloop generate openapi.yaml -o mock     write the mock server as a FastAPI project
  mockloop inspect openapi.yaml              what a description offers
  mockloop diff old.yaml openapi.yaml        what breaks for clients of the old version
  mockloop logs --follow                     what a running mock is asked
  mockloop respond getPet --status 503       what it answers from now on
  mockloop scenario activate flaky           the rules that it answers by
  mockloop analyze 8000                      what a running mock was asked, in numbers

A description is a file, an http(s) address, or - for standard input; Swagger 2.0 or
OpenAPI 3.0 and 3.1, in JSON or YAML.";

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Diff(diff::Args),
    Generate(generate::Args),
    Run(run::Args),
    Start(start::Args),
    Stop(stop::Args),
    Restart(restart::Args),
    Ps(ps::Args),
    Discover(discover::Args),
    Inspect(inspect::Args),
    Logs(Box<logs::Args>),
    Scenario(scenario::Args),
    Respond(Box<respond::Args>),
    Analyze(Box<analyze::Args>),
    Completions(completions::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    terminal::use_color(cli.color);
    let done = match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Start(args) => start::run(&args),
        Command::Stop(args) => stop::run(&args),
        Command::Restart(args) => restart::run(&args),
        Command::Ps(args) => ps::run(&args),
        Command::Discover(args) => discover::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Logs(args) => logs::run(&args),
        Command::Scenario(args) => scenario::run(&args),
        Command::Respond(args) => respond::run(&args),
        Command::Analyze(args) => analyze::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    Exit::of(done).into()
}
