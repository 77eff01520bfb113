//! `mockloop ps`

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anstyle::Style;
use mockloop_runtime::control::{Mode, RunningServer, Servers};

use crate::background::{Format, controller, since, state, wait};
use crate::commands::generate::quoted;
use crate::exit::Exit;
use crate::report::table::{Cell, Cut, table};
use crate::report::{FAINT, STRONG};
use crate::terminal::{printable, styled, width};

/// Show the servers that run in the background, or what one has written
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What a server writes are its warnings and errors; the requests are in its log. Servers are kept
track of in $MOCKLOOP_STATE_DIR, else $XDG_STATE_HOME/mockloop, else ~/.local/state/mockloop.

Examples:
  mockloop ps
  mockloop ps --format json
  mockloop ps --output petstore_mock --lines 100")]
pub(crate) struct Args {
    /// Show the last lines that this server has written; one that has ended goes by its id
    #[arg(long, value_name = "NAME|PORT|URL")]
    output: Option<String>,
    /// How many lines
    #[arg(long, value_name = "N", default_value_t = 40, requires = "output")]
    lines: usize,
    /// How to print it
    #[arg(long, default_value = "table", conflicts_with = "output")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let controller = controller()?;
    let report = if let Some(server) = &args.output {
        let lines = wait(controller.output(server, args.lines))??;
        lines.iter().fold(String::new(), |text, line| text + &printable(line) + "\n")
    } else {
        let servers = wait(controller.servers())??;
        match args.format {
            Format::Table => shown(&servers),
            Format::Json => serde_json::to_string_pretty(&servers)? + "\n",
        }
    };
    anstream::stdout().lock().write_all(report.as_bytes())?;
    Ok(Exit::Clean)
}

/// What can be done with a server that has ended.
const ENDED: [(&str, &str); 3] =
    [("ps --output", "what it has written"), ("restart", "starts it again"), ("stop", "forgets it")];

fn shown(servers: &Servers) -> String {
    let mut report = String::new();
    for server in &servers.ended {
        let id = quoted(&server.id);
        let _ = writeln!(report, "{} has ended without being stopped", server.id);
        for (command, what) in ENDED {
            let _ = writeln!(report, "  {}  {what}", styled(STRONG, format!("mockloop {command} {id}")));
        }
    }
    if !report.is_empty() {
        report.push('\n');
    }
    if servers.running.is_empty() {
        return report + "No server runs in the background: `mockloop start SPEC` starts one\n";
    }
    let rows: Vec<Vec<Cell>> = servers.running.iter().map(row).collect();
    report
        + &table(
            &["ID", "STATE", "ADDRESS", "PID", "UP", "API", "PROJECT"],
            &rows,
            &[Cut::Start(6), Cut::End(5)],
            width(),
        )
}

fn row(server: &RunningServer) -> Vec<Cell> {
    let pid = match server.mode {
        Mode::Container => "container".to_owned(),
        _ => server.pid.map(|pid| pid.to_string()).unwrap_or_default(),
    };
    let plain = Style::new();
    vec![
        (server.id.clone(), plain),
        state(server.state),
        (server.url.clone(), plain),
        (pid, FAINT),
        (since(server.started_at), FAINT),
        (format!("{} {}", server.title, server.version), plain),
        (near(&server.project), FAINT),
    ]
}

/// A folder as a person here would name it.
pub(crate) fn near(folder: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    match folder.strip_prefix(&here) {
        Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => below.display().to_string(),
        Err(_) => folder.display().to_string(),
    }
}
