//! `cargo xtask schemathesis`: a mock under requests that a tester makes up.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::mock::{self, Mock};
use crate::python::Python;
use crate::steps::{must, root, say, target};

const TOOL: &str = "schemathesis==4.32.5";

const ADMIN_TOKEN: &str = "let-me-steer";

/// Checks that look for memory in a server, which a mock of this kind does not have.
const OF_STATE: &str = "use_after_free,ensure_resource_availability";

/// Let schemathesis test mocks of descriptions
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Descriptions; the example where none is given
    specs: Vec<PathBuf>,
    /// Seconds for each
    #[arg(long, default_value_t = 60)]
    max_time: u64,
    /// Use an unoptimised build, which is there sooner
    #[arg(long)]
    dev: bool,
    /// Test the admin API instead, on a mock of each
    #[arg(long)]
    admin: bool,
    /// Options for schemathesis
    #[arg(last = true)]
    more: Vec<String>,
}

/// Tests the example for half a minute, and its admin API as long.
pub(crate) fn brief() -> anyhow::Result<bool> {
    let mut good = true;
    for admin in [false, true] {
        good &= run(&Args { specs: Vec::new(), max_time: 30, dev: true, admin, more: Vec::new() })?;
    }
    Ok(good)
}

/// Runs it on each; whether all passed.
pub(crate) fn run(args: &Args) -> anyhow::Result<bool> {
    let server = Python::prepare()?;
    let tester = Python::with("py-schemathesis", &[TOOL])?;
    let mockloop = mock::build(args.dev)?;
    let example = [root().join("examples/specs/petstore.yaml")];
    let specs: &[PathBuf] = if args.specs.is_empty() { &example } else { &args.specs };
    let folder = target().join("schemathesis");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut failed = Vec::new();
    for (number, spec) in specs.iter().enumerate() {
        say(&format!("\n== {}", spec.display()));
        let project = folder.join(format!("p{number}"));
        if let Err(error) = test(args, &spec.canonicalize()?, &project, &mockloop, [&server, &tester]) {
            say(&format!("error: {error:#}"));
            failed.push(spec.display().to_string());
        }
    }
    say(&format!("\n{} of {} without failures", specs.len() - failed.len(), specs.len()));
    for spec in &failed {
        say(&format!("  FAILED {spec}"));
    }
    Ok(failed.is_empty())
}

fn test(
    args: &Args,
    spec: &Path,
    project: &Path,
    mockloop: &Path,
    [server, tester]: [&Python; 2],
) -> anyhow::Result<()> {
    mock::generate(mockloop, spec, project, &[])?;
    let mut headers = let_in(project)?;
    let (mut spec, mut env, mut below) = (spec.to_owned(), None, "");
    if args.admin {
        headers = vec![format!("Authorization: Bearer {ADMIN_TOKEN}")];
        spec = project.join("mockloop_server/admin/openapi.json");
        env = Some(("MOCKLOOP_ADMIN_TOKEN", ADMIN_TOKEN));
        below = "/__mockloop";
    }
    let mock = Mock::start(mockloop, server, project, env)?;
    let mut command = tester.command("schemathesis", project);
    command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", root().join("xtask/schemathesis"));
    let url = format!("{}{below}", mock.url);
    command.arg("run").arg(spec).args(["-u", &url, "-c", "all", "--exclude-checks", OF_STATE]);
    command.args(["--max-time", &args.max_time.to_string(), "--seed", "1", "--continue-on-failure"]);
    command.args(headers.iter().flat_map(|header| ["-H", header]));
    must(command.args(&args.more))
}

/// Lists credentials as the project's only valid ones; gives the headers that carry them.
fn let_in(project: &Path) -> anyhow::Result<Vec<String>> {
    let api: Value = serde_json::from_slice(&fs::read(project.join("api.json"))?)?;
    let (mut credentials, mut headers) = (Map::new(), Vec::new());
    for scheme in api["security_schemes"].as_array().into_iter().flatten() {
        let name = scheme["name"].as_str().unwrap_or_default();
        let parameter = scheme["parameter"].as_str().unwrap_or_default();
        let (value, header) =
            match (scheme["type"].as_str(), scheme["in"].as_str(), scheme["scheme"].as_str()) {
                (Some("apiKey"), Some("header"), _) => ("let-me-in", format!("{parameter}: let-me-in")),
                (Some("apiKey"), Some("cookie"), _) => {
                    ("let-me-in", format!("Cookie: {parameter}=let-me-in"))
                }
                (Some("http"), _, Some("basic")) => {
                    ("let:me-in", "Authorization: Basic bGV0Om1lLWlu".to_owned())
                }
                (Some("http" | "oAuth2" | "openIdConnect"), ..) => {
                    ("let-me-in", "Authorization: Bearer let-me-in".to_owned())
                }
                _ => continue,
            };
        credentials.insert(name.to_owned(), json!([value]));
        headers.push(header);
    }
    headers.sort();
    headers.dedup();
    fs::write(project.join("credentials.json"), Value::Object(credentials).to_string())?;
    Ok(headers)
}
