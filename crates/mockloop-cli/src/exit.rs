//! What the command ends with.

use std::io::ErrorKind;
use std::process::ExitCode;

use crate::report;

/// How the command ended; the one place that knows the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to complain about.
    Clean = 0,
    /// The description has errors, files would change, or something failed.
    Problems = 1,
    /// No description could be read.
    Unreadable = 2,
}

impl Exit {
    /// Turns the result of a command into its end, and says what failed.
    pub(crate) fn of(done: anyhow::Result<Self>) -> Self {
        done.unwrap_or_else(|error| {
            // A reader that has seen enough, such as `head`, is no failure.
            if error.chain().any(is_broken_pipe) {
                return Self::Clean;
            }
            report::failure(&error);
            Self::Problems
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
