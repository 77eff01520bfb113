//! `mockloop start`

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum;
use mockloop_runtime::control::{ControlError, Mode, RunningServer, StartOptions};
use mockloop_runtime::process::ProcessError;

use crate::background::{controller, wait_or_give_up};
use crate::commands::generate::quoted;
use crate::exit::Exit;
use crate::mock::{Mock, host};
use crate::python;
use crate::report::{FAINT, STRONG};
use crate::terminal::{Busy, styled};

/// Start a mock server that goes on in the background
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It answers when this returns, and goes on until `mockloop stop` ends it. `mockloop ps` shows
what runs, `mockloop ps --output NAME` what a server has written. Servers of one project share
its database, with log, scenarios and storage, unless MOCKLOOP_DATABASE names another.

Examples:
  mockloop start openapi.yaml
  mockloop start generated_mocks/petstore --port auto       any free port
  mockloop start openapi.yaml --env MOCKLOOP_AUTH=off
  TOKEN=... mockloop start openapi.yaml --host 0.0.0.0 --token-env TOKEN
  mockloop start generated_mocks/petstore --container       by docker compose")]
pub(crate) struct Args {
    /// A description (file, http(s) address, or - for standard input), or a project's folder
    #[arg(value_name = "SPEC|DIR")]
    target: String,
    /// The port to listen on, or auto for any free one [default: the project's, 8000]
    #[arg(long, value_name = "N|auto", value_parser = port)]
    port: Option<Port>,
    /// The address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// What to call the server [default: the project's name]
    #[arg(long)]
    name: Option<String>,
    #[arg(
        short,
        long,
        value_name = "DIR",
        help = "The project's folder, for a description [default: generated_mocks/NAME]"
    )]
    output: Option<PathBuf>,
    /// A variable of the server's environment; the project's .env.example tells which there are
    #[arg(long, value_name = "K=V", value_parser = variable)]
    env: Vec<(String, String)>,
    /// The variable of this environment that has the token which the admin API is to ask for
    #[arg(long, value_name = "VARIABLE")]
    token_env: Option<String>,
    /// Run it in a container, by `docker compose` and the project's docker-compose.yml
    #[arg(long, conflicts_with = "host")]
    container: bool,
    /// How many seconds the server may take to answer for the first time
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u32,
    /// How to print what was started
    #[arg(long, default_value = "text")]
    format: Format,
    /// Run with this Python and the packages that it has, not in an environment made for it
    #[arg(long, value_name = "PATH", env = "MOCKLOOP_PYTHON")]
    python: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    Number(u16),
    Auto,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

fn port(argument: &str) -> Result<Port, String> {
    match argument.parse() {
        Ok(0) => Ok(Port::Auto),
        Ok(number) => Ok(Port::Number(number)),
        Err(_) if argument == "auto" => Ok(Port::Auto),
        Err(_) => Err("a port is a number up to 65535, or auto".to_owned()),
    }
}

fn variable(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a variable is NAME=VALUE".to_owned()),
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    if Path::new(&args.target).is_dir() && args.output.is_some() {
        bail!("{} is a folder: -o goes with a description", args.target);
    }
    let controller = controller()?;
    let mock = match Mock::prepare(&args.target, args.output.as_deref())? {
        Ok(mock) => mock,
        Err(exit) => return Ok(exit),
    };
    let options = options(args, &mock)?;
    let busy = Busy::start();
    busy.tell("Starting the server");
    let started = wait_or_give_up(async move {
        let server = controller.start(options).await?;
        let sharing = controller.sharing(&server).await?;
        Ok::<_, ControlError>((server, sharing))
    })?;
    drop(busy);
    let Some(started) = started else {
        bail!("the start was given up; nothing of it is left");
    };
    let (server, sharing) = started.map_err(way_out)?;
    let report = match args.format {
        Format::Text => told(&mock, &server),
        Format::Json => serde_json::to_string_pretty(&server)? + "\n",
    };
    anstream::stdout().lock().write_all(report.as_bytes())?;
    for other in sharing {
        anstream::eprintln!(
            "note: {} shares the log, scenarios and storage of {}, which runs the same project\n  for a database of \
             its own, start it with --env MOCKLOOP_DATABASE=db/{}.db",
            server.id,
            other.id,
            server.id
        );
    }
    Ok(Exit::Clean)
}

fn options(args: &Args, mock: &Mock) -> anyhow::Result<StartOptions> {
    let mut options = StartOptions::new(&mock.dir);
    options.name.clone_from(&args.name);
    options.env.clone_from(&args.env);
    options.patience = Duration::from_secs(args.patience.into());
    options.token = match &args.token_env {
        Some(name) => Some(std::env::var(name).with_context(|| format!("no token in the variable {name}"))?),
        None => None,
    };
    options.port = match args.port {
        Some(Port::Auto) => None,
        Some(Port::Number(number)) => Some(number),
        None => Some(mock.port),
    };
    if args.container {
        options.mode = Mode::Container;
    } else {
        options.host = host(&args.host)?;
        options.python.clone_from(&args.python);
        // It is prepared here already, so that the person sees what takes its time.
        python::prepare(&mock.dir, args.python.as_deref())?;
    }
    Ok(options)
}

/// What is in the way, and what this command can do about it.
fn way_out(error: ControlError) -> anyhow::Error {
    match &error {
        ControlError::AlreadyRunning(server) => {
            let told = error.to_string();
            let told = told.lines().next().unwrap_or_default();
            anyhow!("{told}\n  `mockloop stop {}` ends it, --port auto takes any free port", server.id)
        }
        ControlError::Process(ProcessError::Taken(_)) => {
            anyhow!("{error}\n  --port N takes another, --port auto any free one")
        }
        _ => error.into(),
    }
}

fn told(mock: &Mock, server: &RunningServer) -> String {
    let mut text = mock.announcement(&server.url);
    let what = server.pid.map_or_else(|| "container".to_owned(), |pid| format!("pid {pid}"));
    let _ = writeln!(text, "\n{} goes on in the background ({what})\n", styled(STRONG, &server.id));
    let id = quoted(&server.id);
    let steps = [
        (format!("mockloop ps --output {id}"), "what it has written"),
        (format!("mockloop stop {id}"), "ends it"),
    ];
    let width = steps.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    for (command, what) in steps {
        let _ = writeln!(text, "  {command:width$}  {}", styled(FAINT, what));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_variables_are_read() {
        assert_eq!(
            (port("8000"), port("auto"), port("0")),
            (Ok(Port::Number(8000)), Ok(Port::Auto), Ok(Port::Auto))
        );
        assert!(port("65536").is_err() && port("any").is_err());
        assert_eq!(variable("A=b=c"), Ok(("A".to_owned(), "b=c".to_owned())));
        assert!(variable("A").is_err() && variable("=b").is_err());
    }
}
