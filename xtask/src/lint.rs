//! `cargo xtask lint`: everything that a look at the sources can tell.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::mock;
use crate::python::Python;
use crate::steps::{Steps, cargo, must, root, target};

/// Descriptions whose projects are checked as they are generated.
const GENERATED: [(&str, &str); 2] =
    [("petstore", "examples/specs/petstore.yaml"), ("hostile", "tests/specs/hostile.yaml")];

/// Runs all checks; whether none complained.
pub(crate) fn run() -> anyhow::Result<bool> {
    let python = Python::prepare()?;
    let mut steps = Steps::default();
    steps.run("rustfmt", cargo().args(["fmt", "--all", "--", "--check"]));
    let clippy = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    steps.run("clippy", cargo().args(clippy));
    let doc = ["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"];
    steps.run("rustdoc", cargo().args(doc).env("RUSTDOCFLAGS", "-D warnings"));
    steps.run("typos", &mut python.command("typos", &root()));
    python_checks(
        &mut steps,
        &python,
        &root().join("templates"),
        ["ruff: engine", "ruff format: engine", "mypy: engine"],
    );
    let frameworks = root().join("examples/frameworks");
    steps.run("ruff: examples", python.command("ruff", &frameworks).args(["check", "."]));
    steps.run("ruff format: examples", python.command("ruff", &frameworks).args(["format", "--check", "."]));
    generated(&mut steps, &python)?;
    let deny = "cargo deny";
    if has_cargo_deny() {
        steps.run(deny, cargo().args(["deny", "check", "bans", "licenses", "sources"]));
    } else {
        steps.skip(deny, "cargo-deny is not installed");
    }
    Ok(steps.finish())
}

/// Projects as they come out of the generator.
fn generated(steps: &mut Steps, python: &Python) -> anyhow::Result<()> {
    let projects = target().join("lint");
    let mockloop = mock::build(true)?;
    for (name, spec) in GENERATED {
        let project = projects.join(name);
        let mut generate = Command::new(&mockloop);
        generate.current_dir(root()).args(["generate", "--force", spec, "-o"]);
        must(generate.arg(&project).stdout(Stdio::null()))?;
        let names = match name {
            "petstore" => ["ruff: petstore", "ruff format: petstore", "mypy: petstore"],
            _ => ["ruff: hostile", "ruff format: hostile", "mypy: hostile"],
        };
        python_checks(steps, python, &project, names);
    }
    Ok(())
}

fn python_checks(
    steps: &mut Steps,
    python: &Python,
    folder: &Path,
    [check, format, types]: [&'static str; 3],
) {
    steps.run(check, python.command("ruff", folder).args(["check", "."]));
    steps.run(format, python.command("ruff", folder).args(["format", "--check", "."]));
    let mut mypy = python.command("mypy", folder);
    // The engine's settings name what to check, those of a project leave it open.
    if !folder.ends_with("templates") {
        mypy.arg(".");
    }
    steps.run(types, &mut mypy);
}

fn has_cargo_deny() -> bool {
    let mut command = Command::new("cargo-deny");
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
