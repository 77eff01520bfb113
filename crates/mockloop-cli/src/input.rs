//! The description that an argument names.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use mockloop_spec::{Http, Reading, Source};

use crate::terminal::Busy;

/// What diagnostics call standard input.
const STDIN: &str = "<stdin>";

/// The most that standard input may hold, as for files: 64 MiB.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

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
    if bytes.len() as u64 > MAX_BYTES {
        bail!("standard input is larger than 64 MiB");
    }
    let text = String::from_utf8(bytes).context("standard input is not UTF-8 text")?;
    Ok(Source::text(STDIN, text.trim_start_matches('\u{feff}')))
}
