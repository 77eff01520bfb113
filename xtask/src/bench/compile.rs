//! What `mockloop!` adds to a build: a crate of its own, dependencies compiled, without optimisation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::bail;
use serde_json::{Value, json};

use crate::steps::{cargo, root};

/// A crate that depends on the runtime and is checked again and again.
struct Crate {
    folder: PathBuf,
}

/// The figures: petstore, a thousand operations, and an edit beside them.
pub(super) fn measure(folder: &Path, petstore: &Path, large: &Path) -> anyhow::Result<Value> {
    let it = Crate::new(&folder.join("compile"))?;
    let module =
        |spec: &Path| format!("mockloop_runtime::mockloop! {{ pub mod api = {:?}; }}\n", spec.display());
    let empty = it.check_best("")?;
    let petstore = it.check_best(&module(petstore))?;
    let whole = it.check_best(&module(large))?;
    // An edit that has nothing to do with the API, with the macro and with its expansion pasted in.
    let edited = it.recheck_best(&module(large))?;
    let expansion = it.expansion(&module(large))?;
    let pasted = it.recheck_best(&format!("pub mod api {{ include!({:?}); }}\n", expansion.display()))?;
    Ok(json!({
        "empty_seconds": empty, "petstore_seconds": petstore, "petstore_above": petstore - empty,
        "large_seconds": whole, "edit_seconds": edited, "edit_pasted_seconds": pasted,
        "edit_ratio": edited / pasted,
    }))
}

impl Crate {
    fn new(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder.join("src"))?;
        let runtime = root().join("crates/mockloop-runtime");
        let manifest = format!(
            "[package]\nname = \"bench\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             mockloop-runtime = {{ path = {:?} }}\n\n[workspace]\n",
            runtime.display()
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Seconds of a check of the crate alone, the best of three.
    fn check_best(&self, code: &str) -> anyhow::Result<f64> {
        let mut best = f64::MAX;
        // The first compiles the dependencies.
        for round in 0..4 {
            let seconds = self.check(&format!("{code}// {round}\n"), false)?;
            best = if round == 0 { best } else { best.min(seconds) };
        }
        Ok(best)
    }

    /// Seconds of a check after an edit beside the code, the best of four.
    fn recheck_best(&self, code: &str) -> anyhow::Result<f64> {
        let mut best = f64::MAX;
        for round in 0..5 {
            let edited = format!("{code}pub fn edited() -> u32 {{ {round} }}\n");
            let seconds = self.check(&edited, true)?;
            best = if round == 0 { best } else { best.min(seconds) };
        }
        Ok(best)
    }

    fn check(&self, code: &str, incremental: bool) -> anyhow::Result<f64> {
        fs::write(self.folder.join("src/lib.rs"), code)?;
        let started = Instant::now();
        self.run(code, incremental, false)?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// The file that holds the code of the macro.
    fn expansion(&self, code: &str) -> anyhow::Result<PathBuf> {
        fs::write(self.folder.join("src/lib.rs"), format!("{code}// expanded\n"))?;
        let folder = self.folder.join("expanded");
        fs::create_dir_all(&folder)?;
        self.run(code, false, true)?;
        let mut files = fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path()));
        match files.find(|path| path.extension().is_some_and(|extension| extension == "rs")) {
            Some(path) => Ok(path),
            None => bail!("the macro wrote no file into {}", folder.display()),
        }
    }

    fn run(&self, code: &str, incremental: bool, debug: bool) -> anyhow::Result<()> {
        let mut command = cargo();
        command.args(["check", "--quiet", "--offline"]).current_dir(&self.folder);
        command.env("CARGO_TARGET_DIR", self.folder.join("target"));
        command.env("CARGO_INCREMENTAL", if incremental { "1" } else { "0" });
        if debug {
            command.env("MOCKLOOP_DEBUG", "1").env("OUT_DIR", self.folder.join("expanded"));
        }
        if !command.stdin(Stdio::null()).status()?.success() {
            bail!("this does not compile:\n{code}");
        }
        Ok(())
    }
}
