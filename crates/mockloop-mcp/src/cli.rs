//! The command line.

use std::error::Error as _;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum as _};
use mockloop_mcp::config::{Client, Entry};
use mockloop_mcp::{HttpOptions, Mockloop, Options, audit, config, serve_http, serve_stdio};
use tokio_util::sync::CancellationToken;

/// MCP server by which AI assistants generate, run, watch and steer mock API servers
///
/// Without a command it serves one client over standard input and output.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  mockloop-mcp                                       serve over standard input and output
  mockloop-mcp --http 127.0.0.1:8765                 serve at http://127.0.0.1:8765/mcp
  mockloop-mcp config --client claude-code --write   tell a client of it
  mockloop-mcp audit --limit 20                      what assistants have done"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Serve over HTTP at this address, in place of standard input and output
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// The token that every HTTP request has to carry; needed for all addresses but loopback
    #[arg(long, env = "MOCKLOOP_MCP_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    http_token: Option<String>,
    /// A value of `Host` to take besides those of loopback
    #[arg(long, value_name = "HOST")]
    http_host: Vec<String>,
    /// A value of `Origin` to take besides those of loopback, such as <https://app.example.com:443>
    #[arg(long, value_name = "ORIGIN")]
    http_origin: Vec<String>,
    /// The one folder that projects are written to [default: `generated_mocks` in the client's first root, or here]
    #[arg(long, value_name = "DIR")]
    output_root: Option<PathBuf>,
    /// Read descriptions from addresses that are not on the public internet too
    #[arg(long)]
    allow_private_urls: bool,
    /// A host besides this machine whose mocks may be called
    #[arg(long, value_name = "HOST")]
    mock_host: Vec<String>,
    /// Seconds that a mock may take to answer [default: 60 for a request of `call_mock`, 30 for the admin API]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    mock_timeout: Option<u64>,
    /// The token of the mocks' admin API
    #[arg(long, env = "MOCKLOOP_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Option<String>,
    /// Where tool calls are recorded [default: mcp-audit.jsonl in the user's state folder]
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// Record no tool calls
    #[arg(long, conflicts_with = "audit")]
    no_audit: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the tool calls that were recorded
    Audit {
        /// The record [default: mcp-audit.jsonl in the user's state folder]
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Only calls of this tool
        #[arg(long)]
        tool: Option<String>,
        /// Only calls that were not answered well
        #[arg(long)]
        failed: bool,
        /// How many, the newest
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Print a client's configuration for this server, or merge it into the client's file
    Config {
        /// The client
        #[arg(long)]
        client: Client,
        /// Merge it into the client's file, of which a copy is kept
        #[arg(long)]
        write: bool,
        /// The file, in place of the client's own
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Arguments of the server, such as `-- --output-root mocks`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Runs the command; whether it went well.
pub(crate) async fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => serve(cli.serve).await,
        Some(Command::Audit { file, tool, failed, limit, json }) => {
            show(file, tool.as_deref(), failed, limit, json)
        }
        Some(Command::Config { client, write, file, arguments }) => configure(client, write, file, arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// Says why it did not go well.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "error: {error:#}");
    ExitCode::FAILURE
}

async fn serve(arguments: Serve) -> anyhow::Result<()> {
    let mut options = Options::default();
    options.output_root = arguments.output_root.map(std::path::absolute).transpose()?;
    options.allow_private_urls = arguments.allow_private_urls;
    options.mock_hosts = arguments.mock_host;
    options.mock_timeout = arguments.mock_timeout.map(Duration::from_secs);
    options.admin_token = arguments.admin_token;
    if !arguments.no_audit {
        options.audit = arguments.audit.or_else(audit_file);
    }
    let server = Mockloop::new(options)?;
    match arguments.http {
        None => {
            if std::io::stdin().is_terminal() {
                let _ = writeln!(
                    std::io::stderr(),
                    "mockloop-mcp speaks MCP here and waits for a client; `mockloop-mcp --help` says more. Ctrl-C ends it."
                );
            }
            let ended = tokio::select! {
                ended = serve_stdio(server) => ended,
                () = interrupted() => return Ok(()),
            };
            ended.map_err(|error| anyhow::anyhow!(error))
        }
        Some(address) => {
            let mut http = HttpOptions::default();
            http.token = arguments.http_token;
            http.hosts = arguments.http_host;
            http.origins = arguments.http_origin;
            let stop = CancellationToken::new();
            let stopper = stop.clone();
            tokio::spawn(async move {
                interrupted().await;
                stopper.cancel();
            });
            serve_http(server, address, http, stop, |address| {
                let _ = writeln!(std::io::stderr(), "mockloop-mcp serves MCP at http://{address}/mcp");
            })
            .await
            .map_err(|error| match error.source() {
                Some(cause) => anyhow::anyhow!("{error}: {cause}"),
                None => anyhow::anyhow!(error),
            })
        }
    }
}

/// When somebody wants the program to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn show(
    file: Option<PathBuf>,
    tool: Option<&str>,
    failed: bool,
    limit: usize,
    json: bool,
) -> anyhow::Result<()> {
    let is_named = file.is_some();
    let file = file.or_else(audit_file).context("there is no home folder: name the record with --file")?;
    let entries = audit::read(&file).with_context(|| format!("can't read {}", file.display()))?;
    // Without a name there may have been no call yet.
    if is_named && entries.is_empty() && !file.exists() {
        anyhow::bail!("there is no record {}; `mockloop-mcp --audit FILE` writes one", file.display());
    }
    let wanted = entries.iter().filter(|entry| tool.is_none_or(|tool| entry.tool == tool));
    let wanted: Vec<_> = wanted.filter(|entry| !failed || entry.outcome != "ok").collect();
    let mut out = std::io::stdout().lock();
    for entry in wanted.iter().skip(wanted.len().saturating_sub(limit)) {
        let line = if json { harmless(&serde_json::to_string(entry)?) } else { text(entry) };
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A call in a line, and why it failed in further ones, which are indented: none of them looks like a call.
fn text(entry: &audit::Entry) -> String {
    let call = format!(
        "{}  {:<7} {:>9.1} ms  {}  {}",
        entry.time, entry.outcome, entry.duration_ms, entry.tool, entry.arguments
    );
    let why =
        entry.error.iter().flat_map(|error| error.lines()).map(|line| format!("\n    {}", harmless(line)));
    harmless(&call) + &why.collect::<String>()
}

/// A text for a terminal, which what assistants and descriptions say must not steer: control characters are
/// written as JSON writes them.
fn harmless(text: &str) -> String {
    let is_harmful =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let escape = |c: char| if is_harmful(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    text.chars().map(escape).collect()
}

fn configure(
    client: Client,
    write: bool,
    file: Option<PathBuf>,
    arguments: Vec<String>,
) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("can't find this program's path")?;
    let entry = Entry::new(program.display().to_string(), arguments);
    let mut out = std::io::stdout().lock();
    if !write {
        writeln!(out, "{}", config::document(client, &entry))?;
        return Ok(());
    }
    let file = file.or_else(|| config::file(client)).with_context(|| {
        let name = client.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        format!("can't tell where {name} keeps its configuration: name the file with --file")
    })?;
    let merged = config::merge(client, &entry, &file)?;
    match merged {
        config::Merged::Unchanged => writeln!(out, "{} has it already", file.display())?,
        config::Merged::Written { backup: None } => writeln!(out, "{} was written", file.display())?,
        config::Merged::Written { backup: Some(backup) } => {
            writeln!(out, "{} was changed; it was as {} is", file.display(), backup.display())?;
        }
    }
    Ok(())
}

/// Where tool calls are recorded unless a person says otherwise.
fn audit_file() -> Option<PathBuf> {
    Some(mockloop_runtime::control::state_dir()?.join("mcp-audit.jsonl"))
}
