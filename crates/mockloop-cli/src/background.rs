//! What the commands share that deal with background servers.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anstyle::Style;
use anyhow::{Context as _, anyhow};
use clap::ValueEnum;
use mockloop_runtime::control::{ControlOptions, Controller, ServerState};
use tokio::runtime::{Builder, Runtime};

use crate::report::{ERROR, FAINT, GOOD, WARNING};
use crate::terminal::count;

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(20);

/// How to print what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

/// The servers of the user, as every program finds them.
pub(crate) fn controller() -> anyhow::Result<Controller> {
    Ok(Controller::new(ControlOptions::default())?)
}

fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("can't wait for anything")
}

/// Waits for what is to be done.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    Ok(runtime()?.block_on(work))
}

/// Waits for what Ctrl-C may give up; none where it did. Then whatever had been begun is undone, except for tasks
/// that it has left to themselves: these are waited for.
pub(crate) fn wait_or_give_up<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> anyhow::Result<Option<T>> {
    let runtime = runtime()?;
    let work = runtime.spawn(work);
    let abort = work.abort_handle();
    ctrlc::set_handler(move || abort.abort()).context("can't listen for Ctrl-C")?;
    match runtime.block_on(work) {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.is_cancelled() => {
            runtime.block_on(async {
                while runtime.metrics().num_alive_tasks() > 0 {
                    tokio::time::sleep(PAUSE).await;
                }
            });
            Ok(None)
        }
        Err(error) => Err(anyhow!(error)),
    }
}

/// A state in a word.
pub(crate) fn state(state: ServerState) -> (String, Style) {
    let (word, style) = match state {
        ServerState::Starting => ("starting", FAINT),
        ServerState::Healthy => ("healthy", GOOD),
        ServerState::Degraded => ("degraded", WARNING),
        ServerState::Silent => ("silent", ERROR),
        ServerState::Ended => ("ended", ERROR),
        ServerState::Stopped => ("stopped", FAINT),
        _ => ("unknown", FAINT),
    };
    (word.to_owned(), style)
}

/// How long ago something was, in the largest unit that has a number: `3 minutes`.
pub(crate) fn since(unix_time: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    age(now.saturating_sub(unix_time))
}

fn age(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1, "second"));
    count(usize::try_from(seconds / size).unwrap_or(usize::MAX), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_one_unit() {
        let told = [0, 1, 59, 60, 7_199, 90_000].map(age);
        assert_eq!(told, ["0 seconds", "1 second", "59 seconds", "1 minute", "1 hour", "1 day"]);
    }
}
