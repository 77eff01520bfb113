//! `cargo xtask expand`: `mockloop!` over every valid description of the corpus, each in a program of its own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fidelity::corpus;
use crate::steps::{cargo, must, root, say, target};

/// Diagnostics that valid descriptions of the corpus have: references to the network, and parameters that
/// are in a path alone.
const ALLOWED: &str = "allow(warnings, unresolved-ref, missing-path-parameter)";

/// What each program has to pass beside the compiler.
const LINTS: &str = "#![forbid(unsafe_code)]\n#![deny(warnings, clippy::all, clippy::pedantic)]\n";

/// Let `mockloop!` expand descriptions, and the compiler and clippy check the code
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Descriptions; all valid ones of the corpus where none is given
    specs: Vec<PathBuf>,
    /// With types for the schemas, which takes minutes
    #[arg(long)]
    models: bool,
    /// The folder with the corpus
    #[arg(long, default_value = "../shared")]
    shared: PathBuf,
}

/// Runs it; whether all of it compiles.
pub(crate) fn run(args: &Args) -> anyhow::Result<bool> {
    let folder = root().join(&args.shared).join("corpus");
    let specs = match (args.specs.is_empty(), folder.exists()) {
        (false, _) => args.specs.iter().map(std::path::absolute).collect::<Result<_, _>>()?,
        (true, true) => corpus(&folder)?,
        (true, false) => {
            say(&format!("{} is not there: nothing to expand", folder.display()));
            return Ok(true);
        }
    };
    let it = target().join("expand");
    if it.join("src").exists() {
        fs::remove_dir_all(it.join("src"))?;
    }
    let programs = it.join("src/bin");
    fs::create_dir_all(&programs)?;
    for (number, spec) in specs.iter().enumerate() {
        fs::write(programs.join(format!("m{number}.rs")), program(number, spec, args.models))?;
    }
    let runtime = root().join("crates/mockloop-runtime");
    let manifest = format!(
        "[package]\nname = \"expand\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         mockloop-runtime = {{ path = {:?} }}\n\n[workspace]\n",
        runtime.display()
    );
    fs::write(it.join("Cargo.toml"), manifest)?;
    // Without one of its own it would go by the settings of this repository, which spare more.
    fs::write(it.join("clippy.toml"), "")?;
    // A build script has an `OUT_DIR`, where the macro puts its code.
    fs::write(it.join("build.rs"), "fn main() {}\n")?;
    fs::copy(root().join("Cargo.lock"), it.join("Cargo.lock"))?;
    let mut clippy = cargo();
    clippy.args(["clippy", "--offline", "--bins", "--keep-going", "--message-format", "short"]);
    // Linters spare what a macro writes, and take what is in a file for a person's work.
    clippy.env("MOCKLOOP_DEBUG", "1");
    // What would be kept for the next time takes gigabytes.
    clippy.env("CARGO_TARGET_DIR", it.join("target")).env("CARGO_INCREMENTAL", "0");
    must(clippy.current_dir(&it))?;
    say(&format!("{} descriptions expand and compile, and clippy has nothing to say", specs.len()));
    Ok(true)
}

/// A program with a description as a module, every other time as one that nobody else sees.
fn program(number: usize, spec: &Path, models: bool) -> String {
    let models = if models { "models, " } else { "" };
    let visibility = if number.is_multiple_of(2) { "pub " } else { "" };
    let spec = spec.display().to_string();
    format!(
        "//! {spec}\n{LINTS}\nmockloop_runtime::mockloop! {{\n    #[mockloop({models}{ALLOWED})]\n    \
         {visibility}mod m{number} = {spec:?};\n}}\n\nfn main() {{}}\n"
    )
}
