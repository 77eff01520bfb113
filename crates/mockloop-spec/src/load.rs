//! Where documents come from: the one place of this crate that does I/O.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use url::Url;

#[cfg(feature = "fetch")]
mod http;
mod local;
#[cfg(feature = "fetch")]
mod public;
#[cfg(feature = "fetch")]
pub use http::{Http, Wanted};
pub use local::LocalFiles;

/// The most that one document may hold: 64 MiB.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What to read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A file that is not called by its path, which may be long and different on each machine.
    Named {
        /// Where it is.
        path: PathBuf,
        /// What diagnostics call it; files that it refers to are called relative to this.
        name: String,
    },
    /// An `http` or `https` URL.
    Url(Url),
    /// Text that is at hand, such as standard input. Relative references start at the current folder.
    Text {
        /// What diagnostics call it.
        name: String,
        /// The document.
        text: String,
    },
}

impl Source {
    /// Reads a command-line argument: a URL where it begins with `http://` or `https://`, else a file.
    ///
    /// ```
    /// # use mockloop_spec::Source;
    /// assert!(matches!(Source::parse("https://example.com/api.yaml"), Source::Url(_)));
    /// assert!(matches!(Source::parse("api.yaml"), Source::File(_)));
    /// ```
    #[must_use]
    pub fn parse(argument: &str) -> Self {
        match Url::parse(argument) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Self::Url(url),
            _ => Self::File(PathBuf::from(argument)),
        }
    }

    /// A document that is at hand, as bytes: UTF-8, or UTF-16 with a byte order mark.
    ///
    /// # Errors
    /// Where it is larger than 64 MiB, or no text.
    pub fn bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, FetchError> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(FetchError::TooLarge);
        }
        Ok(Self::text(name, decode(bytes)?))
    }

    /// A document that is at hand.
    #[must_use]
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Text { name: name.into(), text: text.into() }
    }

    /// What diagnostics call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Url(url) => url.to_string(),
            Self::Named { name, .. } | Self::Text { name, .. } => name.clone(),
        }
    }
}

/// A document that was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceFile {
    /// What diagnostics call it.
    pub name: String,
    /// Where it is on disk; none for a URL or standard input.
    pub path: Option<PathBuf>,
    /// What it says.
    pub text: String,
}

/// Gets documents from the network.
pub trait Fetch {
    /// What `url` answers with.
    ///
    /// # Errors
    /// Where there is no document to be had: [`FetchError`] says why.
    fn fetch(&self, url: &Url) -> Result<Fetched, FetchError>;
}

/// A document from the network.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "made by whoever implements `Fetch`")]
pub struct Fetched {
    /// Where it was found in the end, which relative references start from (RFC 3986, section 5.1.3).
    pub url: Url,
    /// What it says.
    pub bytes: Vec<u8>,
}

/// Why a document can't be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The file can't be opened or read.
    #[error("can't be read: {0}")]
    Io(#[source] std::io::Error),
    /// It is a folder, a device or the like.
    #[error("is not a regular file")]
    NotAFile,
    /// It is over the limit of 64 MiB.
    #[error("is larger than {} MiB", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// It is not text.
    #[error("is not UTF-8 text (byte {0})")]
    NotText(usize),
    /// The server did not answer in time.
    #[error("the server took longer than {0} seconds")]
    Timeout(u64),
    /// Nobody waits for it any more.
    #[error("it is not wanted any more")]
    Unwanted,
    /// The server sent the client on and on.
    #[error("more than {0} redirects")]
    Redirects(usize),
    /// The server answered with another status than 200.
    #[error("the server answered {0}")]
    Status(u16),
    /// There was no connection, or it broke.
    #[error("no answer: {0}")]
    Network(String),
    /// The caller allows no network.
    #[error("documents from the network are not read here")]
    NoNetwork,
    /// The caller allows public addresses alone.
    #[error("it leads to {0}, which is not on the public internet")]
    Private(String),
    /// A document from the network refers to a local file.
    #[error("a document from the network may not refer to local files")]
    LocalFromRemote,
    /// A file is not below the folder that the caller allows.
    #[error("is outside of {}, which all files of the description have to be below; {way_out}", folder.display())]
    Outside {
        /// The folder.
        folder: PathBuf,
        /// What to do about it.
        way_out: String,
    },
    /// The caller allows no files.
    #[error("files are not read here")]
    NoFiles,
    /// Something else than `file`, `http` and `https`.
    #[error("a `{0}:` address can't be read")]
    Scheme(String),
}

/// Reads a whole regular file, up to the limit.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, FetchError> {
    let file = File::open(path).map_err(FetchError::Io)?;
    if !file.metadata().map_err(FetchError::Io)?.is_file() {
        return Err(FetchError::NotAFile);
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(FetchError::Io)?;
    if bytes.len() as u64 > MAX_BYTES { Err(FetchError::TooLarge) } else { Ok(bytes) }
}

/// Bytes as text: UTF-8, with or without a byte order mark, or UTF-16 with one.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, FetchError> {
    let utf16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(read));
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| FetchError::NotText(0))
    };
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            String::from_utf8(rest.to_vec()).map_err(|e| FetchError::NotText(e.utf8_error().valid_up_to()))
        }
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|e| FetchError::NotText(e.utf8_error().valid_up_to())),
    }
}
