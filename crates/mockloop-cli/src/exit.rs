//! What the command ends with.

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use mockloop_runtime::admin::AdminError;

use crate::report;

/// How the command ended; the one place that knows the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to complain about.
    Clean = 0,
    /// The description has errors, files would change, something was refused or failed.
    Problems = 1,
    /// No description could be read, no mock reached, or the command was not understood.
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
            if error.is::<Usage>() || error.downcast_ref().is_some_and(is_unreached) {
                return Self::Unreadable;
            }
            Self::Problems
        })
    }
}

/// An argument that can't be meant, found where clap no longer looks.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

fn is_unreached(error: &AdminError) -> bool {
    matches!(error, AdminError::Unreachable { .. } | AdminError::Foreign { .. })
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
