//! Runs one project until the person has enough: starts the server, shows what it is asked, and
//! starts it again where something changed.

pub(crate) mod requests;
pub(crate) mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::bail;
use mockloop_runtime::process::{Launch, Line, Server};

use crate::terminal::{Busy, printable};

/// How long a server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait between two looks at a server that starts.
const PAUSE: Duration = Duration::from_millis(25);

/// How long to wait between two looks at the files.
const TICK: Duration = Duration::from_millis(250);

/// The most lines of a server's last words that are shown.
const LAST_WORDS: usize = 20;

/// Something happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// The server wrote a line.
    Said(Line),
    /// The person has enough.
    Stop,
}

/// What is run, and how.
pub(crate) struct Session {
    /// The Python to run it with.
    pub(crate) python: PathBuf,
    /// The project's folder.
    pub(crate) project: PathBuf,
    /// Where to listen.
    pub(crate) address: SocketAddr,
    /// Where events are sent.
    pub(crate) events: Sender<Event>,
    /// Where events arrive.
    pub(crate) inbox: Receiver<Event>,
}

/// Why a server is attended no longer.
enum End {
    /// It has to be started again.
    Outdated,
    /// The person has enough.
    Stopped,
    /// It ended by itself.
    Died,
}

impl Session {
    /// Serves until the person stops it. `announce` is called once the server answers; `renew`
    /// is asked now and then whether the server has to be started again.
    pub(crate) fn run(
        &self,
        announce: impl FnOnce(SocketAddr) -> anyhow::Result<()>,
        mut renew: impl FnMut() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let Some(mut server) = self.start()? else { return Ok(()) };
        announce(self.address)?;
        loop {
            match self.attend(&mut server, &mut renew)? {
                End::Outdated => {
                    anstream::eprintln!("Restarting");
                    server.stop(|| false);
                    match self.start_again(&mut renew)? {
                        Some(started) => server = started,
                        None => return Ok(()),
                    }
                    anstream::eprintln!("Ready");
                }
                End::Stopped => {
                    server.stop(|| matches!(self.inbox.try_recv(), Ok(Event::Stop)));
                    self.drain();
                    return Ok(());
                }
                End::Died => {
                    let status = server.ended().map(|status| format!(" ({status})")).unwrap_or_default();
                    drop(server);
                    self.drain();
                    bail!("the server ended by itself{status}");
                }
            }
        }
    }

    /// Shows what the server says, until it is to be started again or serving is over.
    fn attend(
        &self,
        server: &mut Server,
        renew: &mut impl FnMut() -> anyhow::Result<bool>,
    ) -> anyhow::Result<End> {
        let mut looked = Instant::now();
        loop {
            match self.inbox.recv_timeout(TICK.saturating_sub(looked.elapsed())) {
                Ok(Event::Stop) => return Ok(End::Stopped),
                Ok(event) => show(&event)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if looked.elapsed() >= TICK {
                looked = Instant::now();
                if server.ended().is_some() {
                    return Ok(End::Died);
                }
                if renew()? {
                    return Ok(End::Outdated);
                }
            }
        }
    }

    /// Starts the server and waits until it answers; none where the person has enough before.
    fn start(&self) -> anyhow::Result<Option<Server>> {
        let events = self.events.clone();
        let launch =
            Launch::new(&self.python, &self.project, self.address).env("MOCKLOOP_REQUEST_LINES", "1");
        // Who has stopped listening needs no lines.
        let mut server = launch.start(move |line| drop(events.send(Event::Said(line))))?;
        let busy = Busy::start();
        busy.tell("Starting the server");
        let deadline = Instant::now() + PATIENCE;
        let mut said = Vec::new();
        loop {
            let ended = server.ended();
            for event in self.arrived() {
                if matches!(event, Event::Stop) {
                    server.stop(|| false);
                    return Ok(None);
                }
                said.push(event);
            }
            if let Some(status) = ended {
                bail!("the server could not start ({status})\n{}", last_words(&said));
            }
            if server.is_healthy() {
                drop(busy);
                said.iter().try_for_each(show)?;
                return Ok(Some(server));
            }
            if Instant::now() > deadline {
                bail!("the server did not answer within {} s\n{}", PATIENCE.as_secs(), last_words(&said));
            }
        }
    }

    /// Like `start`, but where it fails, waits for the next change and tries again.
    fn start_again(
        &self,
        renew: &mut impl FnMut() -> anyhow::Result<bool>,
    ) -> anyhow::Result<Option<Server>> {
        loop {
            match self.start() {
                Ok(started) => return Ok(started),
                Err(error) => crate::report::failure(&error),
            }
            anstream::eprintln!("Waiting for a change");
            while !renew()? {
                if let Ok(Event::Stop) = self.inbox.recv_timeout(TICK) {
                    return Ok(None);
                }
            }
        }
    }

    /// Shows what the server said last.
    fn drain(&self) {
        // Who has stopped reading is not written to.
        let _ = self.arrived().try_for_each(|event| show(&event));
    }

    /// What arrives until there is a pause, but no more than is good at once.
    fn arrived(&self) -> impl Iterator<Item = Event> {
        std::iter::from_fn(|| self.inbox.recv_timeout(PAUSE).ok()).take(10_000)
    }
}

/// A request as a line on standard output; all else on standard error.
fn show(event: &Event) -> std::io::Result<()> {
    use std::io::Write as _;

    match event {
        Event::Said(Line::Printed(line)) => match requests::shown(line) {
            Some(request) => anstream::stdout().lock().write_all(request.as_bytes()),
            None => writeln!(anstream::stderr().lock(), "{}", printable(line)),
        },
        Event::Said(Line::Complained(line)) => writeln!(anstream::stderr().lock(), "{}", printable(line)),
        Event::Stop => Ok(()),
    }
}

fn last_words(said: &[Event]) -> String {
    let lines = said.iter().filter_map(|event| match event {
        Event::Said(Line::Complained(line)) => Some(line),
        Event::Said(Line::Printed(_)) | Event::Stop => None,
    });
    let lines: Vec<String> = lines.map(|line| format!("  {}", printable(line))).collect();
    lines.get(lines.len().saturating_sub(LAST_WORDS)..).unwrap_or_default().join("\n")
}
