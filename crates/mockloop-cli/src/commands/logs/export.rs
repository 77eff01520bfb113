//! The log in a file.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use mockloop_runtime::admin::MockClient;
use mockloop_runtime::admin::models::ExportLogsFormat;

use super::{Args, Format};
use crate::exit::{Exit, Usage};
use crate::terminal::{count, printable};
use crate::whole;

pub(super) async fn run(mock: &MockClient, args: &Args, file: &Path) -> anyhow::Result<Exit> {
    let format = format(args.format, file)?;
    let mut export = mock.export(&args.filter.export(format)).await?;
    let named = file.display().to_string();
    let mut written = whole::create(file).with_context(|| format!("can't write {named}"))?;
    let mut progress = Progress::new(format, export.total());
    while let Some(piece) = export.next().await? {
        written.write_all(&piece).with_context(|| format!("can't write {named}"))?;
        progress.add(&piece);
    }
    drop(progress);
    written.persist(file).with_context(|| format!("can't write {named}"))?;
    let total = export.total().and_then(|total| usize::try_from(total).ok()).unwrap_or(0);
    anstream::eprintln!("{}: {}", printable(&named), count(total, "request"));
    Ok(Exit::Clean)
}

/// The format that is asked for, or that the file's name says.
fn format(asked: Format, file: &Path) -> Result<ExportLogsFormat, Usage> {
    let extension = file.extension().and_then(OsStr::to_str).unwrap_or_default().to_lowercase();
    match (asked, extension.as_str()) {
        (Format::Jsonl, _) | (Format::Table, "jsonl" | "ndjson") => Ok(ExportLogsFormat::Jsonl),
        (Format::Csv, _) | (Format::Table, "csv") => Ok(ExportLogsFormat::Csv),
        (Format::Har, _) | (Format::Table, "har") => Ok(ExportLogsFormat::Har),
        _ => Err(Usage(format!(
            "{} does not say in what format to export\n  \
             name it .jsonl, .csv or .har, or give --format jsonl, csv or har",
            file.display()
        ))),
    }
}

/// The error of a list in a format that only files have.
pub(super) fn only_exported(format: Format) -> anyhow::Error {
    let name = if format == Format::Csv { "csv" } else { "har" };
    Usage(format!("--format {name} is for --export FILE\n  a list is a table, json or jsonl")).into()
}

/// A bar on a terminal; nothing elsewhere.
struct Progress {
    bar: ProgressBar,
    is_csv: bool,
    in_quotes: bool,
}

impl Progress {
    fn new(format: ExportLogsFormat, total: Option<u64>) -> Self {
        // How many requests of an archive are there by now is not to be seen from outside.
        let total = total.filter(|_| format != ExportLogsFormat::Har);
        let (bar, template) = match total {
            Some(total) => {
                (ProgressBar::new(total), "{bar:40} {human_pos} of {human_len} requests ({elapsed})")
            }
            None => (ProgressBar::new_spinner(), "{spinner} {decimal_bytes} ({elapsed})"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, is_csv: format == ExportLogsFormat::Csv, in_quotes: false }
    }

    fn add(&mut self, piece: &[u8]) {
        let mut lines = 0;
        for byte in piece {
            match byte {
                b'"' if self.is_csv => self.in_quotes = !self.in_quotes,
                b'\n' if !self.in_quotes => lines += 1,
                _ => {}
            }
        }
        let added = if self.bar.length().is_some() { lines } else { piece.len() as u64 };
        self.bar.inc(added);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
