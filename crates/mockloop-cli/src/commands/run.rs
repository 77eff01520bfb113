//! `mockloop run`

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use anyhow::{Context as _, anyhow, bail};
use mockloop_codegen::{Manifest, Options, WriteOptions};
use mockloop_runtime::process::{self, ProcessError};
use mockloop_runtime::python::REQUIREMENTS;

use crate::commands::generate;
use crate::exit::Exit;
use crate::input::Description;
use crate::python;
use crate::report::{FAINT, STRONG, text};
use crate::serve::watch::Watch;
use crate::serve::{Event, Session};
use crate::terminal::{count, printable, styled};

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
    let mock = match Mock::prepare(args)? {
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
        |address| Ok(anstream::stdout().write_all(mock.announcement(address).as_bytes())?),
        || if args.watch && watch.changed() { mock.renew(&mut watch) } else { Ok(false) },
    )?;
    Ok(Exit::Clean)
}

/// The address that a name stands for; IPv4 where there is a choice.
fn host(name: &str) -> anyhow::Result<IpAddr> {
    let found = (name.trim_matches(['[', ']']), 0).to_socket_addrs();
    let mut found: Vec<IpAddr> =
        found.with_context(|| format!("no address {name}"))?.map(|a| a.ip()).collect();
    found.sort();
    found.into_iter().next().with_context(|| format!("no address {name}"))
}

/// Finds a place to listen, or says who is in the way.
fn free_address(host: IpAddr, port: u16) -> anyhow::Result<SocketAddr> {
    process::free_address(host, port).map_err(|error| match error {
        ProcessError::Taken(_) => anyhow!("{error}\n  --port N takes another, --port 0 any free one"),
        error => error.into(),
    })
}

/// What to run.
struct Mock {
    dir: PathBuf,
    /// The description that it is generated from, where that was given.
    spec: Option<String>,
    options: Options,
    port: u16,
    headline: String,
    /// The files of the description.
    watched: Vec<PathBuf>,
}

impl Mock {
    /// A project that is there, or one that is generated now.
    fn prepare(args: &Args) -> anyhow::Result<Result<Self, Exit>> {
        if Path::new(&args.target).is_dir() {
            if args.watch || args.output.is_some() {
                bail!("{} is a folder: --watch and -o go with a description", args.target);
            }
            return Self::existing(Path::new(&args.target)).map(Ok);
        }
        let description = Description::read(&args.target)?;
        let Some(api) = &description.reading.api else {
            return Ok(Err(generate::unreadable(&description)));
        };
        let dir = args.output.clone().unwrap_or_else(|| generate::default_dir(api, &Options::default()));
        let headline = format!("{} {}: {}", api.title, api.version, count(api.operations.len(), "operation"));
        // What the person chose when they generated the project stays.
        let options = Manifest::read(&dir)?.map(|manifest| manifest.header.options).unwrap_or_default();
        let mut mock = Self {
            dir,
            spec: Some(args.target.clone()),
            port: options.port,
            options,
            headline,
            watched: Vec::new(),
        };
        mock.watched = files(&description);
        mock.write(&description)?;
        Ok(Ok(mock))
    }

    fn existing(dir: &Path) -> anyhow::Result<Self> {
        let missing = ["main.py", REQUIREMENTS].into_iter().find(|file| !dir.join(file).is_file());
        if let Some(file) = missing {
            bail!(
                "{} holds no generated project ({file} is missing)\n  `mockloop generate SPEC -o {0}` writes one",
                dir.display()
            );
        }
        let header = Manifest::read(dir)?.map(|manifest| manifest.header).unwrap_or_default();
        let headline = format!("Mock of {}", header.source.name);
        let (port, options) = (header.options.port, header.options);
        Ok(Self { dir: dir.to_owned(), spec: None, port, options, headline, watched: Vec::new() })
    }

    /// Writes the project, and says on standard error what is worth to be known. Whether anything changed.
    fn write(&self, description: &Description) -> anyhow::Result<bool> {
        let written = generate::write(description, &self.options, &self.dir, WriteOptions::default())?;
        let complaint = generate::complaint(self.spec.as_deref().unwrap_or_default(), description);
        if let Some(complaint) = complaint {
            anstream::eprintln!("{complaint}");
        }
        let dir = self.dir.display().to_string();
        anstream::eprintln!("{}: {}", styled(STRONG, printable(&dir)), generate::changes(&written, false));
        Ok(written.changed())
    }

    /// Generates again after a change. A description that can't be read changes nothing.
    fn renew(&self, watch: &mut Watch) -> anyhow::Result<bool> {
        let Some(spec) = &self.spec else { return Ok(false) };
        let description = match Description::read(spec) {
            Ok(description) if description.reading.api.is_some() => description,
            Ok(broken) => {
                anstream::eprint!("{}", text::checked(&broken, text::LIMIT));
                anstream::eprintln!("Still serving the description as it was");
                return Ok(false);
            }
            Err(error) => {
                crate::report::failure(&error);
                return Ok(false);
            }
        };
        *watch = Watch::new(files(&description));
        self.write(&description).or_else(|error| {
            crate::report::failure(&error);
            Ok(false)
        })
    }

    fn announcement(&self, address: SocketAddr) -> String {
        let base = format!("http://{}", process::reachable(address));
        let mut text = format!("\n{}\n\n", styled(STRONG, printable(&self.headline)));
        for (what, path) in [("mock", ""), ("docs", "/docs"), ("logs", "/admin/api/logs/search?limit=20")] {
            let _ = writeln!(text, "  {what}  {}{}", styled(STRONG, &base), styled(STRONG, path));
        }
        let _ = writeln!(text, "\n{}\n", styled(FAINT, "Ctrl-C stops it"));
        text
    }
}

/// The files of a description that are on this machine.
fn files(description: &Description) -> Vec<PathBuf> {
    description.reading.files.iter().filter_map(|file| file.path.clone()).collect()
}
