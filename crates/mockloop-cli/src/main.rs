//! The `mockloop` command: checks API descriptions, generates mock servers from them and runs them.

mod commands;
mod exit;
mod input;
mod python;
mod report;
mod serve;
mod target;
mod terminal;

use std::process::ExitCode;

use clap::{ColorChoice, Parser, Subcommand};

use crate::commands::{analyze, check, completions, diff, generate, inspect, run};
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
  mockloop check openapi.yaml                what is wrong with a description
  mockloop generate openapi.yaml -o mock     write the mock server as a FastAPI project
  mockloop inspect openapi.yaml              what a description offers
  mockloop diff old.yaml openapi.yaml        what breaks for clients of the old version
  mockloop analyze 8000                      what a running mock was asked, in numbers

A description is a file, an http(s) address, or - for standard input; Swagger 2.0 or
OpenAPI 3.0 and 3.1, in JSON or YAML.";

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Diff(diff::Args),
    Generate(generate::Args),
    Run(run::Args),
    Inspect(inspect::Args),
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
        Command::Inspect(args) => inspect::run(&args),
        Command::Analyze(args) => analyze::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    Exit::of(done).into()
}
