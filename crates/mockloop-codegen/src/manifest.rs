//! `mockloop.json`: what was generated, from what, and how each file looked when it was written.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use mockloop_spec::model::SourceInfo;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::options::Options;
use crate::tree::{WriteError, is_inside};

/// The number that [`Manifest::format`] holds in manifests that this version writes.
const FORMAT: u32 = 1;

/// What a project is made by, and from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the tool.
    pub version: String,
    /// The description.
    pub source: SourceInfo,
    /// What the person chose.
    pub options: Options,
}

/// The contents of `mockloop.json`. The same project gives the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// Version of this document's own format.
    #[serde(rename = "mockloop")]
    pub format: u32,
    /// Where the project comes from.
    #[serde(flatten)]
    pub header: Header,
    /// SHA-256 of each file of ours, as it was written last.
    pub files: BTreeMap<String, String>,
    /// SHA-256 of each file that is about to be written. Only there while files are written, or
    /// after that was cut short: a file that matches either entry is ours.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pending: BTreeMap<String, String>,
}

impl Manifest {
    /// Its name inside a project.
    pub const NAME: &'static str = "mockloop.json";

    pub(crate) fn new(header: Header) -> Self {
        Self { format: FORMAT, header, ..Self::default() }
    }

    /// Reads the manifest of the project in `dir`; none where there is no such file.
    pub fn read(dir: &Path) -> Result<Option<Self>, WriteError> {
        let path = dir.join(Self::NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(WriteError::io(path)(error)),
        };
        let unusable = |reason: String| WriteError::Manifest { path: path.clone(), reason };
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(unusable(format!("it has format {}, this version knows {FORMAT}", manifest.format)));
        }
        // It may come from anywhere, and files that it names may be removed.
        match manifest.files.keys().chain(manifest.pending.keys()).find(|path| !is_inside(path)) {
            Some(path) => Err(unusable(format!("it names {path:?}, which is no path inside the project"))),
            None => Ok(Some(manifest)),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("BUG: strings and maps of strings are JSON");
        bytes.push(b'\n');
        bytes
    }

    /// Whether a file of ours ever looked like this.
    pub(crate) fn wrote(&self, path: &str, hash: &str) -> bool {
        [&self.files, &self.pending]
            .into_iter()
            .any(|hashes| hashes.get(path).is_some_and(|known| known == hash))
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
