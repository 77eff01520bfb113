//! `mockloop check`

use std::io::Write as _;

use clap::ValueEnum;
use mockloop_spec::Severity;

use crate::exit::Exit;
use crate::input::Description;
use crate::report::{self, github, json, sarif, text};

/// Show what is wrong with descriptions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 without errors, 1 with errors (--strict: or warnings), 2 where a description
can't be read at all.

Examples:
  mockloop check openapi.yaml
  mockloop check --strict apis/*.yaml
  mockloop check --format github openapi.yaml     annotations in a GitHub workflow
  mockloop check --format sarif openapi.yaml > openapi.sarif
  curl -s https://example.com/openapi.json | mockloop check -")]
pub(crate) struct Args {
    /// Descriptions: files, http(s) addresses, or - for standard input
    #[arg(value_name = "SPEC", required = true)]
    specs: Vec<String>,
    /// How to print what is found
    #[arg(long, default_value = "text")]
    format: Format,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Print every diagnostic, however many there are of a kind
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people: the source line with a caret
    Text,
    /// For programs
    Json,
    /// Workflow commands of GitHub Actions
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut descriptions = Vec::new();
    for spec in &args.specs {
        descriptions.push(Description::read(spec)?);
    }
    let limit = if args.all { usize::MAX } else { text::LIMIT };
    let report = match args.format {
        Format::Text => descriptions.iter().map(|description| text::checked(description, limit)).collect(),
        Format::Json => json::checked(&descriptions)?,
        Format::Github => github::checked(&descriptions),
        Format::Sarif => sarif::checked(&descriptions)?,
    };
    anstream::stdout().lock().write_all(report.as_bytes())?;
    Ok(verdict(&descriptions, args.strict))
}

fn verdict(descriptions: &[Description], strict: bool) -> Exit {
    let bad = |d: &Description| {
        report::tally(&d.reading.diagnostics, Severity::Error) > 0
            || strict && !d.reading.diagnostics.is_empty()
    };
    if descriptions.iter().any(|d| d.reading.api.is_none()) {
        Exit::Unreadable
    } else if descriptions.iter().any(bad) {
        Exit::Problems
    } else {
        Exit::Clean
    }
}
