//! `mockloop run`

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use anyhow::{Context as _, anyhow, bail};
use mockloop_runtime::process::{self, ProcessError};

use crate::exit::Exit;
use crate::mock::{Mock, host};
use crate::python;
use crate::report::FAINT;
use crate::serve::watch::Watch;
use crate::serve::{Event, Session};
use crate::terminal::styled;

/// Generate the mock server of a description and run it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The first run prepares a Python environment and keeps it for the next ones: with uv where
it is there, else with venv and pip. Python 3.10 or newer is needed.

Examples:
  mockloop run openapi.yaml
  mockloop run openapi.yaml --port 9000 --watch
  mockloop run generated_mocks/petstore              a project that is there already
  mockloop run https://example.com/openapi.json --port 0     any free port")]
pub(crate) struct Args {
    /// A description (file, http(s) address, or - for standard input), or a project's folder
    #[arg(value_name = "SPEC|DIR")]
    target: String,
    /// The port to listen on, 0 for any free one [default: the project's, 8000]
    #[arg(long)]
    port: Option<u16>,
    /// The address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Generate and start again whenever a file of the description changes
    #[arg(long)]
    watch: bool,
    #[arg(
        short,
        long,
        value_name = "DIR",
        help = "The project's folder, for a description [default: generated_mocks/NAME]"
    )]
    output: Option<PathBuf>,
    /// Run with this Python and the packages that it has, not in an environment made for it
    #[arg(long, value_name = "PATH", env = "MOCKLOOP_PYTHON")]
    python: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    if Path::new(&args.target).is_dir() && (args.watch || args.output.is_some()) {
        bail!("{} is a folder: --watch and -o go with a description", args.target);
    }
    let mock = match Mock::prepare(&args.target, args.output.as_deref())? {
        Ok(mock) => mock,
        Err(exit) => return Ok(exit),
    };
    let address = free_address(host(&args.host)?, args.port.unwrap_or(mock.port))?;
    let python = python::prepare(&mock.dir, args.python.as_deref())?;
    // From here on there is something to end in order; until here Ctrl-C just ends the command.
    let (events, inbox) = channel();
    let stop = events.clone();
    ctrlc::set_handler(move || drop(stop.send(Event::Stop))).context("can't listen for Ctrl-C")?;
    let session = Session { python, project: mock.dir.clone(), address, events, inbox };
    let mut watch = Watch::new(mock.watched.clone());
    if args.watch && watch.is_idle() {
        bail!("there is no file to watch: --watch goes with a description on this machine");
    }
    session.run(
        |address| {
            let base = format!("http://{}", process::reachable(address));
            let stop = styled(FAINT, "Ctrl-C stops it");
            Ok(anstream::stdout()
                .write_all(format!("{}\n{stop}\n\n", mock.announcement(&base)).as_bytes())?)
        },
        || if args.watch && watch.changed() { mock.renew(&mut watch) } else { Ok(false) },
    )?;
    Ok(Exit::Clean)
}

/// Finds a place to listen, or says who is in the way.
fn free_address(host: IpAddr, port: u16) -> anyhow::Result<SocketAddr> {
    process::free_address(host, port).map_err(|error| match error {
        ProcessError::Taken(_) => anyhow!("{error}\n  --port N takes another, --port 0 any free one"),
        error => error.into(),
    })
}
