//! The source of the projects that MockLoop generates: static files and templates, embedded.
//!
//! A data crate: what the files mean is known by `mockloop-codegen`.

/// A file with its path, `/` as separator.
pub type File = (&'static str, &'static [u8]);

/// Files that every project has, byte for byte, by their path in the project.
pub static PROJECT: &[File] = include!(concat!(env!("OUT_DIR"), "/project.rs"));

/// SHA-256 of each of [`PROJECT`], in hexadecimal, by path.
pub static HASHES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/hashes.rs"));

/// Templates, by file name.
pub static TEMPLATES: &[File] = include!(concat!(env!("OUT_DIR"), "/j2.rs"));

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_has_its_hash() {
        let hashed: Vec<&str> = HASHES.iter().map(|(path, _)| *path).collect();
        assert_eq!(hashed, PROJECT.iter().map(|(path, _)| *path).collect::<Vec<_>>());
        assert!(HASHES.iter().all(|(_, hash)| hash.len() == 64));
    }

    fn walk(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_dir() {
                if !name.starts_with("__") && !name.starts_with('.') && name != "db" {
                    walk(&entry.path(), &format!("{prefix}{name}/"), found);
                }
            } else {
                found.insert(format!("{prefix}{name}"));
            }
        }
    }

    #[test]
    fn every_file_is_embedded() {
        for (folder, files) in [("project", PROJECT), ("j2", TEMPLATES)] {
            let mut found = BTreeSet::new();
            walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "", &mut found);
            let embedded: BTreeSet<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
            assert_eq!(embedded, found, "{folder}: `touch templates/build.rs` makes the list anew");
        }
    }
}
