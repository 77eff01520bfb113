//! A server that can outlive the program that starts it.

use std::fs::File;
use std::io::Write as _;
use std::process::{Child, ExitStatus, Stdio};
use std::thread;

use super::{Launch, ProcessError, kill};

/// The line that tells the launched program to go on without its parent.
const STAY: &[u8] = b"stay\n";

/// A server that writes into a file.
///
/// Until it is told to [`stay`](Self::stay) it ends with this program, however that ends; dropping it ends it, with
/// all processes that it has started.
#[derive(Debug)]
pub struct Background {
    child: Option<Child>,
}

impl Launch {
    /// Starts serving; all that the server writes goes into a file.
    ///
    /// # Errors
    ///
    /// Where the Python can't be run, or the file can't be shared with it.
    pub fn start_into(mut self, output: File) -> Result<Background, ProcessError> {
        let copy = output.try_clone();
        let copy = copy.map_err(|source| ProcessError::Start { program: self.program.clone(), source })?;
        self.command.stdout(Stdio::from(copy)).stderr(Stdio::from(output));
        Ok(Background { child: Some(self.spawn()?) })
    }
}

impl Background {
    /// The process; it leads a process group of the same number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().ok().flatten()
    }

    /// From now on it goes on without this program.
    ///
    /// # Errors
    ///
    /// Where it has ended.
    pub fn stay(mut self) -> std::io::Result<()> {
        if let Some(stdin) = self.child.as_mut().and_then(|child| child.stdin.as_mut()) {
            stdin.write_all(STAY)?;
        }
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            // A program that runs for long would collect the remains of what it has started.
            thread::spawn(move || child.wait());
        }
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            kill(child);
        }
    }
}
