//! `mockloop discover`

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use anstyle::Style;
use mockloop_runtime::discover::{
    Discovery, FoundMock, Port, PortState, ProjectInfo, Search, Speaks, discover,
};

use crate::background::{Format, wait};
use crate::commands::ps::near;
use crate::exit::Exit;
use crate::report::table::{Cell, Cut, table};
use crate::report::{FAINT, GOOD, STRONG, WARNING};
use crate::terminal::{count, styled, width};

/// Find the mocks that run on this machine, and the projects that could
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without PORTS, these are 8000-8005, 3000-3001, 5000-5001, and those of the projects and of the
servers in the background. Whatever listens there is asked once for the health page of a mock.

Examples:
  mockloop discover
  mockloop discover 8000 9000-9100
  mockloop discover --projects generated_mocks --format json")]
pub(crate) struct Args {
    /// Ports, and ranges such as 8000-8010
    #[arg(value_name = "PORTS", value_parser = ports)]
    ports: Vec<RangeInclusive<u16>>,
    /// Look for generated projects in and below this folder [default: the current one]
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    projects: Vec<PathBuf>,
    /// How to print what is found
    #[arg(long, default_value = "table")]
    format: Format,
}

fn ports(argument: &str) -> Result<RangeInclusive<u16>, String> {
    let (first, last) = argument.split_once('-').unwrap_or((argument, argument));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first @ 1..), Ok(last)) if first <= last => Ok(first..=last),
        _ => Err("ports are numbers from 1 to 65535, such as 8000, or 8000-8010".to_owned()),
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let search = Search {
        ports: args.ports.iter().cloned().flatten().collect(),
        folders: args.projects.clone(),
        ..Search::default()
    };
    let found = wait(discover(search))?;
    let report = match args.format {
        Format::Table => shown(&found),
        Format::Json => serde_json::to_string_pretty(&found)? + "\n",
    };
    anstream::stdout().lock().write_all(report.as_bytes())?;
    Ok(Exit::Clean)
}

fn shown(found: &Discovery) -> String {
    let mut report = String::new();
    let taken: Vec<Vec<Cell>> = found.ports.iter().filter_map(row).collect();
    if !taken.is_empty() {
        report = table(&["PORT", "STATE", "WHAT", "PROJECT"], &taken, &[Cut::Start(3), Cut::End(2)], width());
    }
    let free = found.ports.iter().filter(|port| port.state == PortState::Free).map(|port| port.port);
    let free = ranges(free);
    if !free.is_empty() {
        let _ = writeln!(report, "{}  {free}", styled(STRONG, "free"));
    }
    if !found.projects.is_empty() {
        let rows: Vec<Vec<Cell>> = found.projects.iter().map(project).collect();
        let heading = ["PROJECT", "API", "PORT", "RUNS ON", "LOG", "FOLDER"];
        let _ = write!(report, "\n{}", table(&heading, &rows, &[Cut::Start(5), Cut::End(1)], width()));
    }
    if found.is_cut {
        report.push_str("\nThere are more folders than were looked at: --projects DIR names one\n");
    }
    report
}

/// A port that is not free.
fn row(port: &Port) -> Option<Vec<Cell>> {
    let plain = Style::new();
    let (state, what, project) = match &port.state {
        PortState::Mock(mock) => {
            let style = if mock.status == "healthy" { GOOD } else { WARNING };
            let project = mock.project.as_deref().map(near).unwrap_or_default();
            ((format!("mock, {}", mock.status), style), told(mock), project)
        }
        PortState::Taken { speaks } => {
            let what = match speaks {
                Speaks::Http => "another web server",
                Speaks::Nothing => "says nothing",
                _ => "speaks no HTTP",
            };
            (("taken".to_owned(), plain), what.to_owned(), String::new())
        }
        _ => return None,
    };
    Some(vec![(port.port.to_string(), STRONG), state, (what, plain), (project, FAINT)])
}

fn told(mock: &FoundMock) -> String {
    let who = match &mock.identity {
        Some(identity) => format!("{} {}", identity.title, identity.version),
        None => "asks for its token".to_owned(),
    };
    let server = mock.server.as_ref().map(|id| format!(", {id}")).unwrap_or_default();
    format!("{who}{server} ({:.1} ms)", mock.response_ms)
}

fn project(project: &ProjectInfo) -> Vec<Cell> {
    let plain = Style::new();
    let running = project.running.iter().filter_map(|url| url.rsplit(':').next());
    let log = project.database.as_ref().map(|database| size(database.bytes)).unwrap_or_default();
    vec![
        (project.name.clone(), plain),
        (format!("{} {}", project.title, project.version), plain),
        (project.port.to_string(), plain),
        (running.collect::<Vec<_>>().join(" "), GOOD),
        (log, FAINT),
        (near(&project.path), FAINT),
    ]
}

/// `8000-8002, 8005`
fn ranges(ports: impl Iterator<Item = u16>) -> String {
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for port in ports {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(port) => *last = port,
            _ => ranges.push((port, port)),
        }
    }
    let text = |(first, last): &(u16, u16)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// `12 KiB`
fn size(bytes: u64) -> String {
    let whole = |size: u64| usize::try_from(bytes.div_ceil(size)).unwrap_or(usize::MAX);
    match bytes {
        0..1024 => count(whole(1), "byte"),
        1024..1_048_576 => format!("{} KiB", whole(1024)),
        _ => format!("{} MiB", whole(1_048_576)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_and_told_as_ranges() {
        assert_eq!((ports("8000"), ports("8000-8002")), (Ok(8000..=8000), Ok(8000..=8002)));
        for wrong in ["", "0", "8002-8000", "1-65536", "http", "-1"] {
            assert!(ports(wrong).is_err(), "{wrong}");
        }
        assert_eq!(ranges([1, 2, 3, 7, 65534, 65535].into_iter()), "1-3, 7, 65534-65535");
        assert_eq!((size(1), size(4096), size(5_000_000)), ("1 byte".into(), "4 KiB".into(), "5 MiB".into()));
    }
}
