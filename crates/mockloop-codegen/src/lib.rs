//! Turns an [`Api`](mockloop_spec::model::Api) into a FastAPI project and into Rust code.
//!
//! [`project()`] is pure: it gives a [`FileTree`]. [`FileTree::write`] puts it on disk and leaves alone
//! what a person has changed.

mod disk;
mod manifest;
mod options;
mod pack;
mod parts;
mod project;
mod python;
mod render;
mod rust;
mod tree;

pub use manifest::{Header, Manifest};
pub use options::Options;
pub use pack::pack;
pub use project::{default_name, project, project_name};
pub use rust::{RustCode, RustOptions, module_docs, module_lints, module_name, rust};
pub use tree::{FileTree, Outcome, WriteError, WriteOptions, Written};
