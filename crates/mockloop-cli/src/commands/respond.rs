//! `mockloop respond`

mod response;

use clap::Subcommand;
use mockloop_runtime::admin::models::{NamedOverride, Override};
use mockloop_runtime::admin::{
    ClearOverride, ClearOverrides, CreateOverride, ListOverrides, MockClient, Raw,
};
use serde_json::Value;

use self::response::Response;
use crate::commands::scenario::{Format, time};
use crate::exit::{Exit, Usage};
use crate::report::table;
use crate::report::{STRONG, findings};
use crate::target::{self, Target};
use crate::terminal::{count, document as json, printable, styled, write};

/// Set what a running mock answers for one operation
#[derive(Debug, clap::Args)]
#[command(
    subcommand_negates_reqs = true,
    after_help = "\
It is in force from the next request on, for everybody, until it is cleared.
Exit status: 0 when done, 1 where the mock refuses or has no such operation, 2 where no
mock is reached.

Examples:
  mockloop respond getPet --status 503 --header 'Retry-After: 10'
  mockloop respond 'GET /pets/{petId}' --body '{\"id\": 7, \"name\": \"Rex\"}'
  mockloop respond getPet --body @pet.json --delay-ms 250
  mockloop respond getPet --example sold
  mockloop respond getPet --delay-log-normal 80,0.4     its own answer, but slowly
  mockloop respond list
  mockloop respond clear getPet                  or all of them, without an operation"
)]
pub(crate) struct Args {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    action: Option<Action>,
    /// The operation's id, or its method and path
    #[arg(required = true)]
    operation: Option<String>,
    #[command(flatten)]
    response: Response,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the responses that are set
    List {
        /// How to print them
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Let operations answer by themselves again
    Clear {
        /// The operation's id, or its method and path [default: all]
        operation: Option<String>,
    },
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mock = args.target.client()?;
    target::run(async {
        match (&args.action, &args.operation) {
            (Some(_), Some(operation)) => {
                Err(Usage(format!("{operation:?} stands before the subcommand: write it behind")).into())
            }
            (Some(_), None) if args.response != Response::default() => {
                Err(Usage("options of a response go with an operation, and with no subcommand".to_owned())
                    .into())
            }
            (Some(Action::List { format }), _) => list(&mock, *format).await,
            (Some(Action::Clear { operation }), _) => clear(&mock, operation.as_deref()).await,
            (None, Some(operation)) => set(&mock, operation, &args.response).await,
            (None, None) => Err(Usage("no operation is given".to_owned()).into()),
        }
    })
}

async fn set(mock: &MockClient, operation: &str, response: &response::Response) -> anyhow::Result<Exit> {
    let mut body = response.document()?;
    body.insert("operation".to_owned(), Value::from(operation));
    let create = Raw::of(CreateOverride::new(NamedOverride::new(operation)));
    let set: Override = serde_json::from_value(mock.call(&create.body(body.into())).await?)?;
    anstream::eprint!("{}", findings::plain(set.findings.as_deref().unwrap_or_default()));
    let id = printable(&set.operation_id);
    write(&format!("{} answers as you said from now on\n", styled(STRONG, &id)))?;
    write(&format!("  `mockloop respond clear {id}` lets it answer by itself again\n"))?;
    Ok(Exit::Clean)
}

async fn list(mock: &MockClient, format: Format) -> anyhow::Result<Exit> {
    let list = ListOverrides { limit: Some(1000), ..ListOverrides::new() };
    if format == Format::Json {
        write(&json(&mock.call(&Raw::of(list)).await?)?)?;
        return Ok(Exit::Clean);
    }
    let page = mock.call(&list).await?;
    if page.overrides.is_empty() {
        write("no responses are set\n")?;
        return Ok(Exit::Clean);
    }
    let mut rows = Vec::new();
    for set in page.overrides {
        let response = serde_json::to_value(&set.response)?;
        rows.push([set.operation_id, time(&set.updated_at), response::in_words(&response)]);
    }
    write(&table::plain(["OPERATION", "SET (UTC)", "RESPONSE"], &rows))?;
    Ok(Exit::Clean)
}

async fn clear(mock: &MockClient, operation: Option<&str>) -> anyhow::Result<Exit> {
    if let Some(operation) = operation {
        mock.call(&ClearOverride::new(operation)).await?;
        write(&format!("{} answers by itself again\n", styled(STRONG, printable(operation))))?;
    } else {
        let cleared = mock.call(&ClearOverrides::new()).await?.cleared;
        write(&format!("{} cleared\n", count(usize::try_from(cleared).unwrap_or(0), "response")))?;
    }
    Ok(Exit::Clean)
}
