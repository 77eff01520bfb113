//! Turns an [`Api`](mockloop_spec::model::Api) into a FastAPI project.
//!
//! [`project`] is pure: it gives a [`FileTree`]. [`FileTree::write`] puts it on disk and leaves alone
//! what a person has changed.

mod disk;
mod manifest;
mod options;
mod tree;

pub use manifest::{Header, Manifest};
pub use options::Options;
pub use tree::{FileTree, Outcome, WriteError, WriteOptions, Written};

use mockloop_spec::Reading;

/// The project that serves a description.
#[must_use]
pub fn project(reading: &Reading, options: &Options) -> Option<FileTree> {
    let _ = (reading, options);
    None
}
