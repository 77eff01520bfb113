//! `cargo xtask fidelity`: how true mocks are to their descriptions, judged by a program that shares
//! nothing with ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use crate::mock::{self, Mock};
use crate::python::Python;
use crate::steps::{root, say, target};

/// The least share of clean operations, in percent.
const GOAL: f64 = 99.5;

/// Generate mocks of the corpus, call every operation and judge the answers
///
/// `unsure` counts requests that were refused and may not have been valid, `silent` operations whose
/// description documents no final response at all, so that no answer can be right.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Descriptions; all valid ones of the corpus where none is given
    specs: Vec<PathBuf>,
    /// Call at most so many operations of each
    #[arg(long, default_value_t = 0)]
    max_ops: usize,
    /// Print at most so many failures of each
    #[arg(long, default_value_t = 20)]
    show: usize,
    /// Use an unoptimised build, which is there sooner
    #[arg(long)]
    dev: bool,
    /// The folder with the corpus and the tools
    #[arg(long, default_value = "../shared")]
    shared: PathBuf,
}

/// What the judge says of one description.
#[derive(Debug, Default, Deserialize)]
struct Verdict {
    #[serde(default)]
    operations: usize,
    #[serde(default)]
    clean: usize,
    #[serde(default)]
    unsure: usize,
    #[serde(default)]
    failed: usize,
    /// Operations that no answer can satisfy: their description documents none that ends a request.
    #[serde(default)]
    silent: usize,
    #[serde(default)]
    failures: Vec<Failure>,
    /// Why there is no judgement.
    #[serde(skip)]
    broken: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    method: String,
    path: String,
    wrong: Vec<String>,
}

/// Runs the whole; whether the goal is reached.
pub(crate) fn run(args: &Args) -> anyhow::Result<bool> {
    let shared = root().join(&args.shared);
    let judge = shared.join("tools/fidelity.py");
    if !judge.exists() {
        say(&format!("{} is not there: nothing to judge with", judge.display()));
        return Ok(true);
    }
    let specs = if args.specs.is_empty() { corpus(&shared.join("corpus"))? } else { args.specs.clone() };
    let python = Python::prepare()?;
    let mockloop = mock::build(args.dev)?;
    // Runs at the same time stay out of each other's way.
    let folder = target().join(format!("fidelity-{}", std::process::id()));
    fs::create_dir_all(&folder)?;

    say("  operations   clean  failed  unsure  silent    share  description");
    let mut verdicts = BTreeMap::new();
    for (number, spec) in specs.iter().enumerate() {
        let project = folder.join(format!("p{number}"));
        let verdict = judged(args, spec, &project, &python, &mockloop, &judge)
            .unwrap_or_else(|error| Verdict { broken: Some(format!("{error:#}")), ..Verdict::default() });
        say(&verdict.row(&name(spec)));
        verdicts.insert(name(spec), verdict);
    }
    fs::remove_dir_all(&folder)?;
    Ok(conclude(&verdicts, args.show))
}

/// The last two parts of the path tell descriptions apart.
fn name(spec: &Path) -> String {
    let parts: Vec<_> =
        spec.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

/// The valid descriptions of the corpus, by its own list.
pub(crate) fn corpus(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let list = folder.join("MANIFEST.tsv");
    let list = fs::read_to_string(&list).with_context(|| format!("can't read {}", list.display()))?;
    let rows = list.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    let valid = rows.filter_map(|row| match *row.as_slice() {
        [path, _, group, tier, ..] if group.starts_with("openapi") || group.starts_with("swagger") => {
            (tier != "invalid").then(|| folder.join(path))
        }
        _ => None,
    });
    Ok(valid.collect())
}

fn judged(
    args: &Args,
    spec: &Path,
    project: &Path,
    python: &Python,
    mockloop: &Path,
    judge: &Path,
) -> anyhow::Result<Verdict> {
    mock::generate(mockloop, spec, project, &["--no-auth"])?;
    mock::quietly(python.command("python", project).args([
        "-W",
        "error",
        "-m",
        "compileall",
        "-q",
        "-f",
        ".",
    ]))?;
    let mock = Mock::start(mockloop, python, project, None)?;
    let mut command = python.command("python", project);
    command.arg(judge).arg(spec).arg(&mock.url).arg("--json").args(["--max-ops", &args.max_ops.to_string()]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let verdict: Verdict = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())?;
    let api = fs::read(project.join("api.json"))?;
    Ok(verdict.fair(&interim(&serde_json::from_slice(&api)?)))
}

/// Method and path of operations with nothing but interim responses (RFC 9110, section 15.2), which
/// leave a client waiting for the final one.
fn interim(api: &Value) -> BTreeSet<(String, String)> {
    let operations = api["operations"].as_array().into_iter().flatten();
    let only_interim = |operation: &&Value| {
        let mut responses = operation["responses"].as_array().into_iter().flatten();
        responses.all(|response| response["status"].as_str().is_some_and(|status| status.starts_with('1')))
    };
    let name = |operation: &Value, key| operation[key].as_str().unwrap_or_default().to_owned();
    operations
        .filter(only_interim)
        .map(|operation| (name(operation, "method").to_uppercase(), name(operation, "path")))
        .collect()
}

impl Verdict {
    /// Sets apart what is no failure of ours.
    fn fair(mut self, interim: &BTreeSet<(String, String)>) -> Self {
        let is_silent = |failure: &Failure| {
            failure.wrong.iter().all(|wrong| wrong.ends_with("not documented (none)"))
                || interim.contains(&(failure.method.to_uppercase(), failure.path.clone()))
        };
        self.failures.retain(|failure| !is_silent(failure));
        self.silent = self.failed - self.failures.len();
        self.failed = self.failures.len();
        self
    }

    fn row(&self, name: &str) -> String {
        if let Some(broken) = &self.broken {
            return format!("  BROKEN {name}: {broken}");
        }
        let Self { operations, clean, failed, unsure, silent, .. } = self;
        let share = share(*clean, *failed);
        format!(
            "  {operations:>10}  {clean:>6}  {failed:>6}  {unsure:>6}  {silent:>6}  {share:>6.2}%  {name}"
        )
    }

    /// Failures that no share of clean operations makes up for.
    fn grave(&self) -> impl Iterator<Item = &Failure> {
        let is_grave = |wrong: &String| {
            ["no answer", "status 5", "status 404"].iter().any(|grave| wrong.starts_with(grave))
        };
        self.failures.iter().filter(move |failure| failure.wrong.iter().any(is_grave))
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of operations are small")]
fn share(clean: usize, failed: usize) -> f64 {
    if clean + failed == 0 { 100.0 } else { 100.0 * clean as f64 / (clean + failed) as f64 }
}

/// Prints the sum and what is left to do; whether the goal is reached.
fn conclude(verdicts: &BTreeMap<String, Verdict>, show: usize) -> bool {
    let sum = |part: fn(&Verdict) -> usize| verdicts.values().map(part).sum::<usize>();
    let total = Verdict {
        operations: sum(|verdict| verdict.operations),
        clean: sum(|verdict| verdict.clean),
        unsure: sum(|verdict| verdict.unsure),
        failed: sum(|verdict| verdict.failed),
        silent: sum(|verdict| verdict.silent),
        ..Verdict::default()
    };
    say(&total.row("all"));
    for (name, verdict) in verdicts.iter().filter(|(_, verdict)| !verdict.failures.is_empty()) {
        say(&format!("\n{name}"));
        for Failure { method, path, wrong } in verdict.failures.iter().take(show) {
            say(&format!("  {} {path}: {}", method.to_uppercase(), wrong.join("; ")));
        }
        let more = verdict.failures.len().saturating_sub(show);
        if more > 0 {
            say(&format!("  and {more} more (--show)"));
        }
    }
    let broken = verdicts.values().filter(|verdict| verdict.broken.is_some()).count();
    let grave: usize = verdicts.values().map(|verdict| verdict.grave().count()).sum();
    let share = share(total.clean, total.failed);
    say(&format!("\n{share:.2} % clean of {GOAL} %, {broken} broken, {grave} grave (5xx, 404, no answer)"));
    share >= GOAL && broken == 0 && grave == 0
}
