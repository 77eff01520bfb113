//! Hashes the files that every project has, so that whoever writes a manifest of them need not: a macro
//! has no optimised code to do it with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest as _, Sha256};

fn main() -> io::Result<()> {
    let variable = |name| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(name));
    let project = variable("CARGO_MANIFEST_DIR")?.join("project");
    let mut table = String::from("&[\n");
    hash(&project, "", &mut table)?;
    table.push_str("]\n");
    fs::write(variable("OUT_DIR")?.join("hashes.rs"), table)
}

/// Adds the files of a folder, sorted, without what a run of the project leaves there.
fn hash(folder: &Path, prefix: &str, table: &mut String) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if !path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            let digest = Sha256::digest(fs::read(&path)?);
            let text = digest.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            let _ = writeln!(table, "    ({:?}, {text:?}),", format!("{prefix}{name}"));
        } else if !name.starts_with("__") && !name.starts_with('.') && name != "db" {
            hash(&path, &format!("{prefix}{name}/"), table)?;
        }
    }
    Ok(())
}
