//! `mockloop completions`

use std::io::Write as _;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::Cli;
use crate::exit::Exit;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mockloop completions bash > ~/.local/share/bash-completion/completions/mockloop
  mockloop completions zsh > ~/.zfunc/_mockloop
  mockloop completions fish > ~/.config/fish/completions/mockloop.fish")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mockloop", &mut script);
    anstream::stdout().write_all(&script).context("can't print")?;
    Ok(Exit::Clean)
}
