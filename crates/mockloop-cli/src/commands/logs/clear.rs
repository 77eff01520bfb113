//! Requests that are to be forgotten.

use std::io::{BufRead as _, IsTerminal as _};

use mockloop_runtime::admin::{DeleteLogs, MockClient};

use super::Args;
use crate::exit::{Exit, Usage};
use crate::terminal::{count, printable, write};

pub(super) async fn run(mock: &MockClient, args: &Args) -> anyhow::Result<Exit> {
    let (before, session) = (args.before.clone(), args.filter.session.clone());
    let mut what = "all requests".to_owned();
    if let Some(session) = &session {
        what = format!("{what} of the session {session}");
    }
    if let Some(before) = &before {
        what = format!("{what} before {before}");
    }
    if !args.yes && !agreed(&format!("Forget {what} of {}?", mock.url()))? {
        return Ok(Exit::Problems);
    }
    let delete = DeleteLogs { before, session_id: session };
    let deleted = mock.call(&delete).await?.deleted;
    write(&format!("{} forgotten\n", count(usize::try_from(deleted).unwrap_or(0), "request")))?;
    Ok(Exit::Clean)
}

/// Whether a person says yes.
fn agreed(question: &str) -> anyhow::Result<bool> {
    let mut input = std::io::stdin().lock();
    if !std::io::stdin().is_terminal() {
        return Err(Usage("there is nobody to ask\n  --yes forgets without asking".to_owned()).into());
    }
    anstream::eprint!("{} [y/N] ", printable(question));
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
