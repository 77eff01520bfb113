//! The description that an argument names.

use std::io::Read as _;

use anyhow::{Context as _, anyhow};
use mockloop_spec::{Http, MAX_BYTES, Reading, Source};

use crate::terminal::Busy;

/// What diagnostics call standard input.
const STDIN: &str = "<stdin>";

/// A description, read with everything it refers to.
pub(crate) struct Description {
    /// What to call it.
    pub(crate) name: String,
    /// What it says.
    pub(crate) reading: Reading,
}

impl Description {
    /// Reads a file, an http(s) address, or `-` for standard input.
    pub(crate) fn read(argument: &str) -> anyhow::Result<Self> {
        let source = if argument == "-" { standard_input()? } else { Source::parse(argument) };
        let busy = Busy::start();
        busy.tell(format!("Reading {}", source.name()));
        Ok(Self { name: source.name(), reading: mockloop_spec::read(&source, Some(&Http::default())) })
    }
}

fn standard_input() -> anyhow::Result<Source> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .context("can't read standard input")?;
    Source::bytes(STDIN, bytes).map_err(|error| anyhow!("standard input {error}"))
}
