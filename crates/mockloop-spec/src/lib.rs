//! Reads OpenAPI and Swagger descriptions into one resolved, typed model.
//!
//! ```
//! use mockloop_spec::{Source, read};
//!
//! let text = r#"
//! openapi: 3.1.0
//! info: { title: Greeter, version: 1.0 }
//! paths:
//!   /greet:
//!     get:
//!       responses:
//!         200:
//!           description: A greeting
//!           content: { text/plain: { example: hello } }
//! "#;
//! let reading = read(&Source::text("greeter.yaml", text), None);
//! let api = reading.api.ok_or("not readable")?;
//! assert_eq!(api.operations[0].id, "get_greet");
//! assert!(reading.diagnostics.is_empty());
//! # Ok::<(), &str>(())
//! ```
//!
//! [`read`] never fails as a whole where a part can be understood: what is wrong comes back as
//! [`Diagnostic`]s with file, line, column and JSON pointer.

mod data;
mod diagnostic;
mod diff;
mod document;
mod export;
mod load;
pub mod model;
mod node;
mod openapi;
mod path;
mod pointer;
mod reader;
mod report;
mod samples;

pub mod sample;
mod schema;
mod suggest;
mod tree;

pub use data::{Data, DataError};
pub use diagnostic::{CODES, Diagnostic, Location, Severity};
pub use diff::{Change, Impact, diff};
pub use load::{Fetch, FetchError, Fetched, LocalFiles, MAX_BYTES, Source, SourceFile};
#[cfg(feature = "fetch")]
pub use load::{Http, Wanted};
pub use reader::{Reading, read, read_bounded};
pub use suggest::nearest;
