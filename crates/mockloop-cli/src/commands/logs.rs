//! `mockloop logs`

mod clear;
mod export;
mod filter;
mod follow;
mod one;
mod shown;
pub(super) mod time;

use std::path::PathBuf;

use clap::ValueEnum;
use mockloop_runtime::admin::MockClient;

use crate::exit::Exit;
use crate::target::{self, DEFAULT, Token};
use crate::terminal::{count, document, json_line, write};

/// Show what a running mock was asked, and what it answered
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A TIME is as in RFC 3339 (2026-11-28T15:00:00Z), or so long ago: 30s, 10m, 2h, 7d.
Exit status: 0 when done, 1 where the mock refuses or has no such request, 2 where no mock
is reached.

Examples:
  mockloop logs                                  the last requests of the mock on port 8000
  mockloop logs 9000 --status 4xx,5xx --since 10m
  mockloop logs --follow --session my-test
  mockloop logs --request 12                     one of them whole
  mockloop logs --request 12 --as curl | sh      send it again
  mockloop logs --invalid --format jsonl | jq .path
  mockloop logs --export requests.har            for the network panel of a browser
  mockloop logs --clear --before 7d")]
pub(crate) struct Args {
    /// Where the mock runs: an http(s) address, host:port, a port, or its name in `mockloop ps`
    #[arg(value_name = "TARGET", default_value = DEFAULT)]
    target: String,
    #[command(flatten)]
    token: Token,
    #[command(flatten)]
    filter: filter::Filter,
    #[command(flatten)]
    view: filter::View,
    /// How to print requests
    #[arg(long, default_value = "table", help_heading = "Output")]
    format: Format,
    /// Print requests as they come, until Ctrl-C
    #[arg(long, short, help_heading = "Instead of a list", group = "mode")]
    #[arg(conflicts_with_all = ["search", "correlation", "client", "min_ms", "max_ms", "since", "until"])]
    #[arg(conflicts_with_all = ["limit", "offset", "sort", "exact_total"])]
    follow: bool,
    /// Print one request whole, by its number
    #[arg(long, value_name = "ID", help_heading = "Instead of a list", group = "mode")]
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    request: Option<i64>,
    /// How to print the one request
    #[arg(long = "as", value_name = "FORM", help_heading = "Instead of a list", requires = "request")]
    form: Option<one::Form>,
    /// Write all requests that meet the filters to a file: .jsonl, .csv or .har
    #[arg(long, value_name = "FILE", help_heading = "Instead of a list", group = "mode")]
    export: Option<PathBuf>,
    /// Forget requests: all, or those that --before and --session say
    #[arg(long, help_heading = "Instead of a list", group = "mode")]
    clear: bool,
    /// Forget only requests that came before this
    #[arg(long, value_name = "TIME", help_heading = "Instead of a list", requires = "clear")]
    #[arg(value_parser = time::moment)]
    before: Option<String>,
    /// Forget without asking
    #[arg(long, short, help_heading = "Instead of a list", requires = "clear")]
    yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people; in an --export, what the file's name says
    Table,
    /// For programs: one document
    Json,
    /// For programs: one document a line
    Jsonl,
    /// Only for --export
    Csv,
    /// Only for --export: HTTP Archive 1.2
    Har,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mock = args.token.client(&args.target)?;
    target::run(async {
        if let Some(file) = &args.export {
            return export::run(&mock, args, file).await;
        }
        if let Some(id) = args.request {
            let form = args.form.unwrap_or(match args.format {
                Format::Json | Format::Jsonl => one::Form::Json,
                Format::Har => one::Form::Har,
                Format::Table | Format::Csv => one::Form::Text,
            });
            return one::run(&mock, id, form).await;
        }
        if args.clear {
            return clear::run(&mock, args).await;
        }
        if matches!(args.format, Format::Csv | Format::Har) {
            return Err(export::only_exported(args.format));
        }
        if args.follow { follow::run(&mock, args).await } else { list(&mock, args).await }
    })
}

async fn list(mock: &MockClient, args: &Args) -> anyhow::Result<Exit> {
    let page = mock.call(&args.filter.search(&args.view)).await?;
    match args.format {
        Format::Json => write(&document(&page)?)?,
        Format::Jsonl => {
            for entry in &page.logs {
                write(&json_line(entry)?)?;
            }
        }
        _ => {
            let mut text = String::new();
            if !page.logs.is_empty() {
                text.push_str(&shown::heading());
            }
            text.extend(page.logs.iter().map(shown::line));
            write(&text)?;
            write(&summary(page.returned_count, page.total_count, page.total_is_exact))?;
        }
    }
    Ok(Exit::Clean)
}

/// How many there are, and how to see more of them.
fn summary(shown: i64, total: i64, is_exact: bool) -> String {
    let number = |number: i64| usize::try_from(number).unwrap_or(0);
    let all = count(number(total), "request");
    let all = if is_exact { all } else { format!("more than {all}") };
    match (shown, total) {
        (0, 0) => "no requests\n".to_owned(),
        (shown, total) if shown == total => format!("\n{all}\n"),
        (shown, _) => format!("\n{shown} of {all}; --limit and --offset show others, --export writes all\n"),
    }
}
