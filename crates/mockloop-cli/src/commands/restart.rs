//! `mockloop restart`

use std::io::Write as _;

use anyhow::bail;

use crate::background::{controller, wait_or_give_up};
use crate::exit::Exit;
use crate::terminal::Busy;

/// Stop a background server, and start it again as it was
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Port, address and variables stay the same; a project that was generated again is served as it
is now.

Examples:
  mockloop restart petstore_mock
  mockloop restart 8000")]
pub(crate) struct Args {
    /// A name, id, port, address or project's folder
    #[arg(value_name = "NAME|PORT|URL")]
    server: String,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let controller = controller()?;
    let busy = Busy::start();
    busy.tell("Restarting the server");
    let server = args.server.clone();
    let started = wait_or_give_up(async move { controller.restart(&server).await })?;
    drop(busy);
    let Some(started) = started else {
        // One that was stopped by then was started again, unless that failed.
        bail!("the restart was given up; `mockloop ps` shows how the server is");
    };
    let server = started?;
    let pid = server.pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
    writeln!(anstream::stdout().lock(), "{} answers again at {}{pid}", server.id, server.url)?;
    Ok(Exit::Clean)
}
