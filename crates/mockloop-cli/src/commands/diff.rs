//! `mockloop diff`

use std::io::Write as _;

use clap::ValueEnum;
use mockloop_spec::{Change, Impact, Severity};

use crate::commands::generate::unreadable;
use crate::exit::Exit;
use crate::input::Description;
use crate::report::changes::{self, Changes};
use crate::report::{self, tally};
use crate::terminal::{count, printable};

/// Show what breaks for clients between two versions of a description
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What clients send may only become wider, what they receive only narrower. What shared schemas
change is shown once, at the first place that leads to them.

Exit status: 0 where nothing breaks, 1 where something does, 2 where a description can't be
read at all.

Examples:
  mockloop diff old.yaml new.yaml
  mockloop diff --all https://api.example.com/openapi.json openapi.yaml
  git show main:openapi.yaml | mockloop diff - openapi.yaml
  mockloop diff --format github old.yaml new.yaml     annotations in a GitHub workflow
  mockloop diff --format markdown old.yaml new.yaml >> \"$GITHUB_STEP_SUMMARY\"")]
pub(crate) struct Args {
    /// The old description: a file, an http(s) address, or - for standard input
    #[arg(value_name = "OLD")]
    old: String,
    /// The new description
    #[arg(value_name = "NEW")]
    new: String,
    /// How to print what is found
    #[arg(long, default_value = "text")]
    format: Format,
    /// Print compatible changes too
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// Workflow commands of GitHub Actions
    Github,
    /// For comments and summaries
    Markdown,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let (old, new) = match read(args) {
        Ok(both) => both,
        Err(error) => {
            report::failure(&error);
            return Ok(Exit::Unreadable);
        }
    };
    let (before, after) = match (&old.reading.api, &new.reading.api) {
        (Some(before), Some(after)) => (before, after),
        (None, _) => return Ok(unreadable(&old)),
        (_, None) => return Ok(unreadable(&new)),
    };
    warn(&old);
    warn(&new);
    let changes = mockloop_spec::diff(before, after);
    let is_breaking = |change: &Change| change.impact == Impact::Breaking;
    let breaking = changes.iter().filter(|change| is_breaking(change)).count();
    let changes = Changes {
        old: &old.name,
        new: &new.name,
        breaking,
        compatible: changes.len() - breaking,
        shown: changes.iter().filter(|change| args.all || is_breaking(change)).collect(),
    };
    let report = match args.format {
        Format::Text => changes::text(&changes),
        Format::Json => changes::json(&changes)?,
        Format::Github => changes::github(&changes),
        Format::Markdown => changes::markdown(&changes),
    };
    anstream::stdout().lock().write_all(report.as_bytes())?;
    Ok(if breaking == 0 { Exit::Clean } else { Exit::Problems })
}

fn read(args: &Args) -> anyhow::Result<(Description, Description)> {
    if args.old == "-" && args.new == "-" {
        anyhow::bail!("standard input can be one of the two descriptions, not both");
    }
    Ok((Description::read(&args.old)?, Description::read(&args.new)?))
}

/// A part that can't be understood looks like one that is not there.
fn warn(description: &Description) {
    let errors = tally(&description.reading.diagnostics, Severity::Error);
    if errors > 0 {
        let (name, errors) = (printable(&description.name), count(errors, "error"));
        report::warning(&format!("{name} has {errors}, and parts with errors are not compared"));
    }
}
