//! An MCP server by which AI assistants generate, run, watch and steer mock API servers.
//!
//! [`Mockloop`] is the server; [`stdio`](serve_stdio) and [`http`](serve_http) are the ways to reach it. Its tools
//! are those of `mockloop` itself, cut so that a model chooses right by name and description alone.
//!
//! What descriptions and logs say is data for a model, never instructions: replies mark it, see [`Reply`].

mod arguments;
pub mod audit;
mod budget;
pub mod config;
mod failure;
mod http;
mod log;
mod malformed;
mod mocks;
mod options;
mod page;
mod progress;
mod projects;
mod prompts;
mod reading;
mod reply;
mod resources;
mod roots;
mod sample;
mod scenario;
mod server;
mod tools;

pub use http::{HttpError, HttpOptions, serve_http};
pub use options::Options;
pub use reply::Reply;
pub use server::{Mockloop, SetupError, serve_stdio};
