//! `mockloop analyze`

mod figures;
mod filters;
mod grid;
mod html;
mod markdown;
mod source;
mod table;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;

use crate::exit::Exit;
use crate::terminal::printable;

/// Show what a mock was asked, in numbers and insights
#[derive(Debug, clap::Args)]
#[command(after_help = "\
TARGET is one of
  a running mock         8000, localhost:8000, http://127.0.0.1:8000
  a project's folder     generated_mocks/petstore_mock, whether it runs or not
  a database file        db/request_logs.db, beside its project with numbers by operation

The filters have all to be met. The numbers and their formulas are those of the admin API:
/__mockloop/api/openapi.json describes each.

Examples:
  mockloop analyze 8000
  mockloop analyze 8000 --status 5xx --group-by session
  mockloop analyze generated_mocks/petstore_mock --time-from 2026-11-22T18:00:00Z
  mockloop analyze 8000 --format html -o report.html     one file, to be mailed or kept
  mockloop analyze 8000 --format json | jq .performance.p95_ms")]
pub(crate) struct Args {
    /// A running mock's address or port, a project's folder, or a database file
    #[arg(value_name = "TARGET")]
    target: String,
    #[command(flatten)]
    filters: filters::Filters,
    /// How to print it
    #[arg(long, default_value = "table")]
    format: Format,
    /// Write it to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The token of the running mock, if it has one
    #[arg(long, value_name = "TOKEN", env = "MOCKLOOP_ADMIN_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For comments and summaries
    Markdown,
    /// For browsers: one file, with charts
    Html,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let (name, analysis) = source::analysis(&args.target, &args.filters.asked(), args.token.as_deref())?;
    let report = match args.format {
        Format::Table => table::report(&name, &analysis),
        Format::Json => serde_json::to_string_pretty(&analysis)? + "\n",
        Format::Markdown => markdown::report(&name, &analysis),
        Format::Html => html::report(&name, &analysis)?,
    };
    match &args.output {
        // Colours are for terminals.
        Some(file) => std::fs::write(file, anstream::adapter::strip_str(&report).to_string())
            .with_context(|| format!("can't write {}", printable(&file.to_string_lossy())))?,
        None => anstream::stdout().lock().write_all(report.as_bytes())?,
    }
    Ok(Exit::Clean)
}
