//! `mockloop generate`

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use mockloop_codegen::{Options, Outcome, WriteError, WriteOptions, Written, default_name};
use mockloop_spec::Severity;
use serde_json::json;

use crate::exit::Exit;
use crate::input::Description;
use crate::report::{self, FAINT, GOOD, STRONG, WARNING, text};
use crate::terminal::{count, printable, styled};

/// Where projects go for which no folder is given.
const PARENT: &str = "generated_mocks";

/// Write the mock server of a description as a FastAPI project
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A project that is there already is brought up to date; files that you changed are kept.

Examples:
  mockloop generate openapi.yaml
  mockloop generate openapi.yaml -o mock --no-auth
  mockloop generate openapi.yaml -o mock --check     fails when the project is out of date")]
pub(crate) struct Args {
    /// A description: a file, an http(s) address, or - for standard input
    #[arg(value_name = "SPEC")]
    spec: String,
    #[arg(short, long, value_name = "DIR", help = "The project's folder [default: generated_mocks/NAME]")]
    output: Option<PathBuf>,
    /// The project's name [default: from the title, or the file or folder where that says nothing]
    #[arg(long, value_parser = name)]
    name: Option<String>,
    /// The port that the project's own commands listen on
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Without checks of credentials
    #[arg(long)]
    no_auth: bool,
    /// Without webhooks
    #[arg(long)]
    no_webhooks: bool,
    /// Without the admin UI
    #[arg(long)]
    no_admin_ui: bool,
    /// Without document storage
    #[arg(long)]
    no_storage: bool,
    /// Overwrite files that were changed, and write into a folder that holds other things
    #[arg(long)]
    force: bool,
    /// Write nothing; exit with 1 when files would change
    #[arg(long)]
    check: bool,
    /// How to print what was done
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let description = Description::read(&args.spec)?;
    if description.reading.api.is_none() {
        return Ok(unreadable(&description));
    }
    let options = options(args);
    let dir = args.output.clone().unwrap_or_else(|| default_dir(&description, &options));
    let how = WriteOptions::default().force(args.force).check(args.check);
    let written = write(&description, &options, &dir, how)?;
    let report = match args.format {
        Format::Text => summary(args, &description, &dir, &written),
        Format::Json => document(args, &description, &dir, &written)?,
    };
    anstream::stdout().lock().write_all(report.as_bytes())?;
    Ok(if args.check && written.changed() { Exit::Problems } else { Exit::Clean })
}

fn options(args: &Args) -> Options {
    let mut options = Options::default();
    options.name.clone_from(&args.name);
    options.port = args.port;
    options.auth = !args.no_auth;
    options.webhooks = !args.no_webhooks;
    options.admin_ui = !args.no_admin_ui;
    options.storage = !args.no_storage;
    options
}

/// Says why there is nothing to generate.
pub(crate) fn unreadable(description: &Description) -> Exit {
    anstream::eprint!("{}", text::checked(description, text::LIMIT));
    Exit::Unreadable
}

/// The folder of a project for which none is given.
pub(crate) fn default_dir(description: &Description, options: &Options) -> PathBuf {
    Path::new(PARENT).join(options.name.clone().unwrap_or_else(|| default_name(&description.reading)))
}

/// Generates the project and writes it.
pub(crate) fn write(
    description: &Description,
    options: &Options,
    dir: &Path,
    how: WriteOptions,
) -> anyhow::Result<Written> {
    let tree = mockloop_codegen::project(&description.reading, options);
    let tree = tree.context("the description gives no project")?;
    tree.write(dir, how).map_err(|error| match error {
        WriteError::NotOurs(_) | WriteError::OtherApi { .. } => anyhow::Error::new(error)
            .context("can't write the project (-o DIR takes another folder, --force this one)"),
        WriteError::Manifest { .. } => {
            anyhow::Error::new(error).context("can't write the project (--force writes it anew)")
        }
        error => anyhow::Error::new(error).context("can't write the project"),
    })
}

/// One line on what is wrong with the description, and how to see it; nothing where nothing is.
pub(crate) fn complaint(spec: &str, description: &Description) -> Option<String> {
    if description.reading.diagnostics.is_empty() {
        return None;
    }
    let more = if spec == "-" { String::new() } else { format!("  (see: mockloop check {})", quoted(spec)) };
    Some(format!("{}{}", report::summary(description), styled(FAINT, more)))
}

fn summary(args: &Args, description: &Description, dir: &Path, written: &Written) -> String {
    let mut report = String::new();
    if let Some(complaint) = complaint(&args.spec, description) {
        let _ = writeln!(report, "{complaint}");
    }
    let shown = printable(&dir.display().to_string()).into_owned();
    let changes = changes(written, args.check);
    let _ = writeln!(report, "{}: {changes}", styled(STRONG, &shown));
    if args.check {
        for outcome in [Outcome::Created, Outcome::Updated, Outcome::Removed] {
            for path in written.with(outcome) {
                let _ = writeln!(report, "  {path}");
            }
        }
    }
    report.push_str(&kept(written));
    if !args.check {
        let command = format!("mockloop run {}", quoted(&dir.display().to_string()));
        let _ = writeln!(report, "Run it: {}", styled(STRONG, command));
    }
    report
}

/// `3 files created, 1 file updated`
pub(crate) fn changes(written: &Written, check: bool) -> String {
    let would = if check { " would be" } else { "" };
    let told = [
        (Outcome::Created, GOOD, "created"),
        (Outcome::Updated, GOOD, "updated"),
        (Outcome::Removed, WARNING, "removed"),
        (Outcome::Kept, WARNING, "kept"),
    ];
    let told = told.into_iter().filter_map(|(outcome, style, done)| {
        let number = written.with(outcome).count();
        (number > 0).then(|| styled(style, format!("{}{would} {done}", count(number, "file"))))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        format!("up to date ({})", count(written.files.len(), "file"))
    } else {
        told.join(", ")
    }
}

/// The files that a person has changed.
pub(crate) fn kept(written: &Written) -> String {
    let mut report = String::new();
    let mut kept = written.with(Outcome::Kept).peekable();
    if kept.peek().is_some() {
        let _ = writeln!(report, "Kept as you changed them (--force overwrites them):");
    }
    for path in kept {
        let _ = writeln!(report, "  {}", printable(path));
    }
    report
}

fn document(
    args: &Args,
    description: &Description,
    dir: &Path,
    written: &Written,
) -> serde_json::Result<String> {
    let diagnostics = &description.reading.diagnostics;
    let document = json!({
        "dir": dir,
        "written": !args.check,
        "changed": written.changed(),
        "files": written.files,
        "operations": description.reading.api.as_ref().map_or(0, |api| api.operations.len()),
        "errors": report::tally(diagnostics, Severity::Error),
        "warnings": report::tally(diagnostics, Severity::Warning),
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// A name that can be that of a folder.
fn name(argument: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = argument.starts_with(|c: char| c.is_ascii_alphanumeric()) && argument.chars().all(plain);
    if is_name && argument.len() <= 100 {
        Ok(argument.to_owned())
    } else {
        Err("a name is up to 100 letters, digits, `-`, `_` and `.`, the first a letter or digit".to_owned())
    }
}

/// An argument as a shell takes it.
pub(crate) fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,~".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_folders() {
        assert_eq!(name("pet-store_2.0").as_deref(), Ok("pet-store_2.0"));
        for wrong in ["", "..", "../pets", "a/b", "-o", "a b", &"a".repeat(101)] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn arguments_can_be_pasted_into_a_shell() {
        assert_eq!(quoted("apis/pets.yaml"), "apis/pets.yaml");
        assert_eq!(quoted("it's here.yaml"), r"'it'\''s here.yaml'");
    }
}
