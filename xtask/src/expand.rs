//! `cargo xtask expand`: `mockloop!` over every valid description of the corpus, in one crate.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::fidelity::corpus;
use crate::steps::{cargo, must, root, say, target};

/// Diagnostics that valid descriptions of the corpus have: references to the network, and parameters that
/// are in a path alone.
const ALLOWED: &str = "allow(warnings, unresolved-ref, missing-path-parameter)";

/// Let `mockloop!` expand descriptions, and the compiler check the code
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
    let models = if args.models { "models, " } else { "" };
    let mut code = String::from("//! Every description as a module.\n#![forbid(unsafe_code)]\n");
    for (number, spec) in specs.iter().enumerate() {
        let spec = spec.display().to_string();
        writeln!(
            code,
            "mockloop_runtime::mockloop! {{ #[mockloop({models}{ALLOWED})] pub mod m{number} = {spec:?}; }}"
        )?;
    }
    let it = target().join("expand");
    fs::create_dir_all(it.join("src"))?;
    let runtime = root().join("crates/mockloop-runtime");
    let manifest = format!(
        "[package]\nname = \"expand\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         mockloop-runtime = {{ path = {:?} }}\n\n[workspace]\n",
        runtime.display()
    );
    fs::write(it.join("Cargo.toml"), manifest)?;
    fs::write(it.join("src/lib.rs"), code)?;
    fs::copy(root().join("Cargo.lock"), it.join("Cargo.lock"))?;
    must(cargo().args(["check", "--offline"]).current_dir(&it).env("CARGO_TARGET_DIR", it.join("target")))?;
    say(&format!("{} descriptions expand and compile", specs.len()));
    Ok(true)
}
