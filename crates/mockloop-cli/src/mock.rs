//! What is to be run: a project that is there, or one that is generated now.

use std::fmt::Write as _;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use mockloop_codegen::{Manifest, Options, WriteOptions};
use mockloop_runtime::python::REQUIREMENTS;

use crate::commands::generate;
use crate::exit::Exit;
use crate::input::Description;
use crate::report::{STRONG, text};
use crate::serve::watch::Watch;
use crate::terminal::{count, printable, styled};

/// The address that a name stands for; IPv4 where there is a choice.
pub(crate) fn host(name: &str) -> anyhow::Result<IpAddr> {
    let found = (name.trim_matches(['[', ']']), 0).to_socket_addrs();
    let mut found: Vec<IpAddr> =
        found.with_context(|| format!("no address {name}"))?.map(|a| a.ip()).collect();
    found.sort();
    found.into_iter().next().with_context(|| format!("no address {name}"))
}

/// What to run.
pub(crate) struct Mock {
    /// The project's folder.
    pub(crate) dir: PathBuf,
    /// The description that it is generated from, where that was given.
    spec: Option<String>,
    options: Options,
    /// The port that the project has.
    pub(crate) port: u16,
    headline: String,
    /// The files of the description.
    pub(crate) watched: Vec<PathBuf>,
}

impl Mock {
    /// A project that is there, or one that is generated now.
    pub(crate) fn prepare(target: &str, output: Option<&Path>) -> anyhow::Result<Result<Self, Exit>> {
        if Path::new(target).is_dir() {
            return Self::existing(Path::new(target)).map(Ok);
        }
        let description = Description::read(target)?;
        let Some(api) = &description.reading.api else {
            return Ok(Err(generate::unreadable(&description)));
        };
        let default = || generate::default_dir(&description, &Options::default());
        let dir = output.map_or_else(default, Path::to_owned);
        let headline = format!("{} {}: {}", api.title, api.version, count(api.operations.len(), "operation"));
        // What the person chose when they generated the project stays.
        let options = Manifest::read(&dir)?.map(|manifest| manifest.header.options).unwrap_or_default();
        let mut mock = Self {
            dir,
            spec: Some(target.to_owned()),
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
    pub(crate) fn renew(&self, watch: &mut Watch) -> anyhow::Result<bool> {
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

    /// What is served, and where to look first.
    pub(crate) fn announcement(&self, base: &str) -> String {
        let mut text = format!("\n{}\n\n", styled(STRONG, printable(&self.headline)));
        let admin = self.options.admin_ui.then_some(("admin", "/admin"));
        let places = [("mock", ""), ("docs", "/docs")].into_iter().chain(admin);
        for (what, path) in places.chain([("logs", "/admin/api/logs/search?limit=20")]) {
            let _ = writeln!(text, "  {what:5}  {}{}", styled(STRONG, base), styled(STRONG, path));
        }
        text
    }
}

/// The files of a description that are on this machine.
fn files(description: &Description) -> Vec<PathBuf> {
    description.reading.files.iter().filter_map(|file| file.path.clone()).collect()
}
