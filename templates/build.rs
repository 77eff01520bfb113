//! Lists the files to embed, and hashes those that every project has, so that whoever writes a manifest of them
//! need not: a macro has no optimised code to do it with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest as _, Sha256};

fn main() -> io::Result<()> {
    let variable = |name| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(name));
    let (here, out) = (variable("CARGO_MANIFEST_DIR")?, variable("OUT_DIR")?);
    let mut hashes = String::from("&[\n");
    for folder in ["project", "j2"] {
        let mut list = String::from("&[\n");
        for (name, path) in files(&here.join(folder), "")? {
            let _ = writeln!(list, "    ({name:?}, include_bytes!({:?})),", path.display().to_string());
            if folder == "project" {
                let _ = writeln!(hashes, "    ({name:?}, {:?}),", hash(&fs::read(&path)?));
            }
        }
        list.push_str("]\n");
        fs::write(out.join(format!("{folder}.rs")), list)?;
    }
    hashes.push_str("]\n");
    fs::write(out.join("hashes.rs"), hashes)
}

/// The files of a folder by name, sorted, without what a run of the project leaves there.
fn files(folder: &Path, prefix: &str) -> io::Result<Vec<(String, PathBuf)>> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if !path.is_dir() {
            // Not the folder: each run of Python changes its caches. A new file comes with a change of one that uses it.
            println!("cargo::rerun-if-changed={}", path.display());
            found.push((format!("{prefix}{name}"), path));
        } else if !name.starts_with("__") && !name.starts_with('.') && name != "db" {
            found.extend(files(&path, &format!("{prefix}{name}/"))?);
        }
    }
    Ok(found)
}

/// SHA-256 in hexadecimal.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
