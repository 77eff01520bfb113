//! `mockloop inspect`

mod operation;
mod schema;
mod table;

pub(crate) use table::method as method_style;

use std::io::Write as _;

use anyhow::bail;
use clap::ValueEnum;
use mockloop_spec::model::{Api, Operation};
use serde_json::{Value, json};

use crate::commands::generate::unreadable;
use crate::exit::Exit;
use crate::input::Description;
use crate::terminal::printable;

/// Show what a description offers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mockloop inspect openapi.yaml
  mockloop inspect openapi.yaml --operation listPets
  mockloop inspect openapi.yaml --operation 'GET /pets/{id}'
  mockloop inspect openapi.yaml --format json | jq -r '.operations[].id'")]
pub(crate) struct Args {
    /// A description: a file, an http(s) address, or - for standard input
    #[arg(value_name = "SPEC")]
    spec: String,
    /// Show one operation whole, by its id or by method and path
    #[arg(long, value_name = "ID")]
    operation: Option<String>,
    /// How to print it
    #[arg(long, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let description = Description::read(&args.spec)?;
    let Some(api) = &description.reading.api else {
        return Ok(unreadable(&description));
    };
    let report = match (&args.operation, args.format) {
        (None, Format::Table) => table::operations(api),
        (None, Format::Json) => pretty(&overview(api))?,
        (Some(asked), Format::Table) => operation::whole(api, find(api, asked)?),
        (Some(asked), Format::Json) => pretty(&serde_json::to_value(find(api, asked)?)?)?,
    };
    anstream::stdout().lock().write_all(report.as_bytes())?;
    Ok(Exit::Clean)
}

fn find<'a>(api: &'a Api, asked: &str) -> anyhow::Result<&'a Operation> {
    let by_id = || api.operations.iter().find(|operation| operation.id == asked);
    let by_place = || {
        let (method, path) = asked.split_once(' ')?;
        let fits = |o: &&Operation| o.method.eq_ignore_ascii_case(method) && o.path == path.trim();
        api.operations.iter().find(fits)
    };
    if let Some(operation) = by_id().or_else(by_place) {
        return Ok(operation);
    }
    let ids = api.operations.iter().map(|operation| operation.id.as_str());
    match mockloop_spec::nearest(asked, ids) {
        Some(near) => bail!("no operation `{}`; did you mean `{}`?", printable(asked), printable(near)),
        None => {
            bail!("no operation `{}`; `mockloop inspect` without --operation lists them", printable(asked))
        }
    }
}

fn overview(api: &Api) -> Value {
    let operation = |operation: &Operation| {
        json!({
            "id": operation.id,
            "method": operation.method,
            "path": operation.path,
            "summary": operation.summary,
            "tags": operation.tags,
            "deprecated": operation.deprecated,
            "responses": operation.responses.iter().map(|response| &response.status).collect::<Vec<_>>(),
        })
    };
    json!({
        "title": api.title,
        "version": api.version,
        "source": api.source,
        "operations": api.operations.iter().map(operation).collect::<Vec<_>>(),
    })
}

fn pretty(value: &Value) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
