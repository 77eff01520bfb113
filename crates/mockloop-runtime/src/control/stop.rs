//! Ending a server, and nobody else.

use std::time::{Duration, Instant};

use super::identity::{Identity, Life};
use super::select::Among;
use super::{ControlError, Controller, Mode, RunningServer, ServerState};

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(20);

/// How long the system may take to end a process that was killed.
const KILLED: Duration = Duration::from_secs(5);

impl Controller {
    /// Ends a server with all processes that it has started: asks it, and kills it where it still runs after `grace`.
    /// No other process is ever sent a signal, whichever number it has. One that has ended by itself is forgotten.
    ///
    /// Gives the server as it was, with the state [`Ended`](ServerState::Ended) where it had ended before, else
    /// [`Stopped`](ServerState::Stopped).
    ///
    /// # Errors
    ///
    /// Where none, or more than one, is meant; where it does not end, or is in another PID namespace; where the registry can't be used.
    pub async fn stop(&self, selector: &str, grace: Duration) -> Result<RunningServer, ControlError> {
        let record = self.pick(selector, Among::Known).await?;
        self.registry.reach(&record)?;
        let mut state = ServerState::Stopped;
        match (record.server.mode, &record.process) {
            (Mode::Container, _) => self.engines.stop(&record.server).await?,
            // Nothing is sent to what may have its number by now.
            (Mode::Process, _) if record.life() == Life::Ended => state = ServerState::Ended,
            (Mode::Process, Some(process)) => {
                if !end(process, grace).await {
                    let pid = record.server.pid.unwrap_or_default();
                    return Err(ControlError::Unstoppable { id: record.server.id, pid });
                }
            }
            (Mode::Process, None) => {}
        }
        let _lock = self.registry.lock().await?;
        self.registry.remove(&record);
        Ok(RunningServer { state, ..record.server })
    }
}

/// Whether a process has ended, in the end.
async fn end(process: &Identity, grace: Duration) -> bool {
    process.ask_to_end();
    if !has_ended(process, grace).await {
        process.kill();
        if !has_ended(process, KILLED).await {
            return false;
        }
    }
    process.kill_left_over();
    true
}

async fn has_ended(process: &Identity, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while process.life() != Life::Ended {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
    }
    true
}
