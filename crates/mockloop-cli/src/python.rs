//! Everything about Python: which one, with which packages, and a server in it.

pub(crate) mod environment;
pub(crate) mod interpreter;
pub(crate) mod server;
