//! Turns an [`Api`](mockloop_spec::model::Api) into a FastAPI project.
//!
//! [`project()`] is pure: it gives a [`FileTree`]. [`FileTree::write`] puts it on disk and leaves alone
//! what a person has changed.

mod disk;
mod manifest;
mod options;
mod project;
mod python;
mod render;
mod tree;

pub use manifest::{Header, Manifest};
pub use options::Options;
pub use project::{project, project_name};
pub use tree::{FileTree, Outcome, WriteError, WriteOptions, Written};
