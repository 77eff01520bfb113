//! `mockloop stop`

use std::time::Duration;

use anyhow::bail;
use mockloop_runtime::control::{Controller, RunningServer, ServerState};

use crate::background::{controller, since, wait};
use crate::exit::Exit;

/// Stop background servers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A server is asked to end, and killed where it does not. One that has ended by itself is forgotten:
until then `mockloop restart` starts it again.

Examples:
  mockloop stop                       the only one that runs
  mockloop stop petstore_mock         by name; an id from `mockloop ps` does as well
  mockloop stop 8000
  mockloop stop http://127.0.0.1:8000
  mockloop stop --all")]
pub(crate) struct Args {
    /// Names, ids, ports, addresses or projects' folders
    #[arg(value_name = "NAME|PORT|URL")]
    servers: Vec<String>,
    /// All that run, and those that have ended by themselves
    #[arg(long, conflicts_with = "servers")]
    all: bool,
    /// How many seconds a server may take to end by itself
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    grace: u32,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let controller = controller()?;
    wait(stop(&controller, args))?
}

async fn stop(controller: &Controller, args: &Args) -> anyhow::Result<Exit> {
    let meant = if args.servers.is_empty() { all(controller, args.all).await? } else { args.servers.clone() };
    if meant.is_empty() {
        anstream::eprintln!("No server runs in the background");
    }
    let mut exit = Exit::Clean;
    for server in meant {
        match controller.stop(&server, Duration::from_secs(args.grace.into())).await {
            Ok(RunningServer { id, state: ServerState::Ended, .. }) => {
                anstream::eprintln!("Forgot {id}, which had ended by itself");
            }
            Ok(RunningServer { id, started_at, .. }) => {
                anstream::eprintln!("Stopped {id}, after {}", since(started_at));
            }
            // One that can't be stopped keeps no other running.
            Err(error) => {
                crate::report::failure(&error.into());
                exit = Exit::Problems;
            }
        }
    }
    Ok(exit)
}

/// The ids of all servers, where all are meant or there is only one.
async fn all(controller: &Controller, all: bool) -> anyhow::Result<Vec<String>> {
    let known = controller.servers().await?;
    let ended = known.ended.into_iter().filter(|_| all);
    let running: Vec<String> = known.running.into_iter().chain(ended).map(|server| server.id).collect();
    if !all && running.len() > 1 {
        bail!("several servers run: name one, or --all\n  {}", running.join("\n  "));
    }
    Ok(running)
}
