//! A project as one compressed value, to be embedded in Rust code.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::manifest::{Manifest, sha256};
use crate::tree::FileTree;

/// How hard to compress: a macro has no optimised code to do it with.
const LEVEL: u8 = 1;

/// The generated files of a project and its manifest, without the files that every project has: a JSON object
/// of texts by path, as raw DEFLATE (RFC 1951). The same project gives the same bytes.
///
/// With the manifest, what is unpacked is a project as [`FileTree::write`] writes it, and can be updated.
#[must_use]
pub fn pack(tree: &FileTree) -> Vec<u8> {
    let mut manifest = Manifest::new(tree.header().clone());
    let is_static = |path: &str, bytes: &[u8]| mockloop_templates::PROJECT.contains(&(path, bytes));
    let known = |path: &str| mockloop_templates::HASHES.iter().find(|(known, _)| *known == path);
    let hash = |path: &str, bytes: &[u8]| match known(path).filter(|_| is_static(path, bytes)) {
        Some((_, hash)) => (*hash).to_owned(),
        None => sha256(bytes),
    };
    manifest.files = tree.iter().map(|(path, bytes)| (path.to_owned(), hash(path, bytes))).collect();
    let manifest = manifest.to_bytes();
    let generated = tree.iter().filter(|(path, bytes)| !is_static(path, bytes));
    let texts = generated
        .chain([(Manifest::NAME, manifest.as_slice())])
        .map(|(path, bytes)| (path, String::from_utf8_lossy(bytes)))
        .collect();
    miniz_oxide::deflate::compress_to_vec(&json(&texts), LEVEL)
}

fn json(texts: &BTreeMap<&str, Cow<'_, str>>) -> Vec<u8> {
    serde_json::to_vec(texts).expect("BUG: texts by path are JSON")
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::fs;

    use mockloop_spec::model::SourceInfo;
    use tempfile::TempDir;

    use super::*;
    use crate::{Header, WriteOptions};

    #[test]
    fn what_is_packed_is_what_is_written() -> Result<(), Box<dyn Error>> {
        let source = SourceInfo { name: "petstore.yaml".into(), ..SourceInfo::default() };
        let mut tree = FileTree::new(Header { version: "1.2.3".into(), source, ..Header::default() });
        for (path, bytes) in mockloop_templates::PROJECT {
            tree.insert(*path, *bytes);
        }
        tree.insert("main.py", "print('ü')\n".as_bytes());
        tree.insert("pyproject.toml", b"# not as in every project\n".as_slice());
        let packed = pack(&tree);
        assert_eq!(packed, pack(&tree));

        let json = miniz_oxide::inflate::decompress_to_vec(&packed).map_err(|error| error.to_string())?;
        let texts: BTreeMap<String, String> = serde_json::from_slice(&json)?;
        let paths: Vec<&str> = texts.keys().map(String::as_str).collect();
        assert_eq!(paths, ["main.py", Manifest::NAME, "pyproject.toml"]);

        let dir = TempDir::new()?;
        tree.write(dir.path(), WriteOptions::default())?;
        for (path, text) in &texts {
            assert_eq!(&fs::read_to_string(dir.path().join(path))?, text, "{path}");
        }
        Ok(())
    }
}
