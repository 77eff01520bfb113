//! `mockloop scenario`

mod change;
mod document;
mod look;
mod shown;
mod store;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
pub(crate) use shown::time;

use crate::exit::Exit;
use crate::target::{self, Target};

/// Steer a running mock by rules that decide its answers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A scenario is a JSON or YAML document:

  name: payments are down
  operations:
    getPet:                              # an id, or 'GET /pets/{petId}', 'GET /pets/*', '*'
      - when: { query: { status: sold } }
        respond: { status: 503, headers: { Retry-After: '10' } }
      - probability: 0.1
        delay: { log_normal: { median: 80, sigma: 0.4 } }
        fault: { kind: reset }

Exit status: 0 when done, 1 where something is wrong with the scenario or it is not there,
2 where no mock is reached.

Examples:
  mockloop scenario list
  mockloop scenario create down.yaml --activate
  mockloop scenario activate server-errors --session my-test
  mockloop scenario active
  mockloop scenario deactivate
  mockloop scenario export 'payments are down' -o down.json")]
pub(crate) struct Args {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List all scenarios; those that come with the mock are the last
    List {
        /// How to print them
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Show one with its rules
    Show {
        /// Its name, or its number
        name: String,
        /// How to print it
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Store a new one
    Create {
        /// JSON or YAML, or - for standard input
        file: String,
        /// Make it active too, for --session or for everybody
        #[arg(long)]
        activate: bool,
        /// The session that it is active for
        #[arg(long, value_name = "ID", requires = "activate")]
        session: Option<String>,
    },
    /// Replace one; where it is active, the new rules are in force at once
    Update {
        /// Its name, or its number
        name: String,
        /// JSON or YAML, or - for standard input; without `name` it keeps its name
        file: String,
    },
    /// Forget one that is not active
    Delete {
        /// Its name, or its number
        name: String,
    },
    /// Say what is wrong with one, without storing it
    Validate {
        /// JSON or YAML, or - for standard input
        file: String,
    },
    /// Make one active
    Activate {
        /// Its name, or its number
        name: String,
        /// Only for requests of this session (`X-Session-ID`)
        #[arg(long, value_name = "ID")]
        session: Option<String>,
    },
    /// Make none active
    Deactivate {
        /// Only if it is this one
        name: Option<String>,
        /// In this session, which then sees what is active for everybody
        #[arg(long, value_name = "ID")]
        session: Option<String>,
    },
    /// Tell which one is active
    Active {
        /// For requests of this session
        #[arg(long, value_name = "ID")]
        session: Option<String>,
        /// How to print it
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Store a copy under another name
    Duplicate {
        /// Its name, or its number
        name: String,
        /// The name of the copy
        new_name: String,
    },
    /// Write one as a document that can be imported elsewhere
    Export {
        /// Its name, or its number
        name: String,
        /// The file [default: standard output]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Store one that was exported
    Import {
        /// JSON or YAML, or - for standard input
        file: String,
        /// What to do where its name is taken
        #[arg(long, value_name = "WHAT", default_value = "error")]
        on_conflict: Conflict,
    },
    /// Tell who changed scenarios and responses, the newest first
    History {
        /// How many to show, 1000 at most
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(0..=1000))]
        limit: i64,
        /// How to print it
        #[arg(long, default_value = "table")]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Conflict {
    /// Refuse it
    Error,
    /// Replace the one that is there
    Replace,
    /// Give the new one another name
    Rename,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mock = &args.target.client()?;
    target::run(async {
        match &args.action {
            Action::List { format } => look::list(mock, *format).await,
            Action::Show { name, format } => look::show(mock, name, *format).await,
            Action::Create { file, activate, session } => {
                store::create(mock, file, *activate, session.as_deref()).await
            }
            Action::Update { name, file } => store::update(mock, name, file).await,
            Action::Delete { name } => change::delete(mock, name).await,
            Action::Validate { file } => store::validate(mock, file).await,
            Action::Activate { name, session } => change::activate(mock, name, session.as_deref()).await,
            Action::Deactivate { name, session } => {
                change::deactivate(mock, name.as_deref(), session.as_deref()).await
            }
            Action::Active { session, format } => look::active(mock, session.as_deref(), *format).await,
            Action::Duplicate { name, new_name } => change::duplicate(mock, name, new_name).await,
            Action::Export { name, output } => look::export(mock, name, output.as_deref()).await,
            Action::Import { file, on_conflict } => store::import(mock, file, *on_conflict).await,
            Action::History { limit, format } => look::history(mock, *limit, *format).await,
        }
    })
}
