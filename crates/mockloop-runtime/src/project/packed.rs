//! Unpacks what `mockloop_codegen::pack` has packed: raw deflate of a JSON object of texts by path.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::Deserialize;

use super::ProjectError;

/// The most bytes that a project may have; far beyond what any description gives.
const LIMIT: usize = 256 << 20;

pub(super) fn unpack(packed: &[u8]) -> Result<BTreeMap<String, String>, ProjectError> {
    unpack_within(packed, LIMIT)
}

fn unpack_within(packed: &[u8], limit: usize) -> Result<BTreeMap<String, String>, ProjectError> {
    // The error itself would keep all that was unpacked so far.
    let json = decompress_to_vec_with_limit(packed, limit)
        .map_err(|error| ProjectError::Packed(error.to_string().into()))?;
    let files: BTreeMap<String, String> =
        serde_json::from_slice(&json).map_err(|error| ProjectError::Packed(error.into()))?;
    match files.keys().find(|path| !is_inside(path)) {
        Some(path) => Err(ProjectError::Outside(PathBuf::from(path))),
        None => Ok(files),
    }
}

/// The paths that the manifest among the files lists; none where there is none.
pub(super) fn listed(files: &BTreeMap<String, String>) -> BTreeSet<String> {
    #[derive(Default, Deserialize)]
    struct Manifest {
        files: BTreeMap<String, String>,
    }
    let manifest: Option<Manifest> =
        files.get("mockloop.json").and_then(|text| serde_json::from_str(text).ok());
    manifest.unwrap_or_default().files.into_keys().collect()
}

/// Whether a path stays inside the project on every system.
fn is_inside(path: &str) -> bool {
    let plain = |part: &str| {
        let mut components = Path::new(part).components();
        matches!((components.next(), components.next()), (Some(Component::Normal(_)), None))
    };
    !path.contains(['\\', '\0']) && path.split('/').all(plain)
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec;

    use super::*;

    fn unpacked(json: &str) -> Result<BTreeMap<String, String>, String> {
        unpack(&compress_to_vec(json.as_bytes(), 6)).map_err(|error| error.to_string())
    }

    #[test]
    fn texts_come_back() {
        let files = unpacked(r#"{"routes/pets.py": "1", "main.py": "ü\n"}"#);
        let expected = [("main.py", "ü\n"), ("routes/pets.py", "1")];
        assert_eq!(files, Ok(expected.map(|(path, text)| (path.to_owned(), text.to_owned())).into()));
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        for path in ["../x", "/etc/passwd", "a/../b", "a//b", "./a", "a/", "", r"a\\b", r"a\u0000"] {
            let error = unpacked(&format!(r#"{{"{path}": ""}}"#));
            assert!(error.is_err_and(|error| error.ends_with("is outside of the project")), "{path}");
        }
    }

    #[test]
    fn what_is_no_packed_project_is_refused() {
        let packed = compress_to_vec(br#"{"main.py": "print()"}"#, 6);
        let cut = packed.get(..packed.len() / 2).unwrap_or_default();
        for bytes in [cut, b"", b"\xff\xff\xff"] {
            assert!(matches!(unpack(bytes), Err(ProjectError::Packed(_))), "{bytes:?}");
        }
        for json in ["", "[]", r#"{"main.py": 1}"#, r#"{"main.py": "x""#] {
            assert!(unpacked(json).is_err_and(|error| error.starts_with("the packed project")), "{json}");
        }
        let large = compress_to_vec(format!(r#"{{"a": "{}"}}"#, "x".repeat(10_000)).as_bytes(), 6);
        assert!(matches!(unpack_within(&large, 1000), Err(ProjectError::Packed(_))));
    }
}
