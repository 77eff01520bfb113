//! Typed endpoints of API descriptions, clients for them, and mock servers to call.
//!
//! ```no_run
//! mockloop_runtime::mockloop! {
//!     pub mod petstore = "../../examples/specs/petstore.yaml";
//! }
//!
//! async fn the_mock_answers() -> Result<(), Box<dyn std::error::Error>> {
//!     let mock = petstore::PROJECT.start().await?;
//!     let pet = petstore::client(mock.url())?.send(&petstore::GetPetById::new(7)).await?;
//!     assert!(matches!(pet, petstore::GetPetByIdResponse::Ok(_)));
//!     Ok(())
//! }
//! # fn main() {}
//! ```
//!
//! [`mockloop!`] reads descriptions while a crate is built and says what a module of it holds;
//! [`include_mock!`] includes what `mockloop-build` made in a build script.
//!
//! | feature | gives | without it |
//! | --- | --- | --- |
//! | `client` | [`Client`], and a `client` function in each module | requests are there to be sent by other means |
//! | `project` | [`Project`], [`Mock`], and `PROJECT` in each module | – |
//! | `admin` | [`admin`]: a client of a running mock's admin API | – |
//! | `control` | [`control`]: mocks in the background; [`discover`]: mocks that are found | – |
//! | `store` | [`store`]: the log of a mock, read from its database | – |
//!
//! `client` and `project` are on unless switched off, the others are off unless switched on.

// What the macro makes of the admin API names this crate as any other would.
#[cfg(feature = "admin")]
extern crate self as mockloop_runtime;

#[cfg(feature = "admin")]
pub mod admin;
#[cfg(feature = "project")]
mod cache;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "control")]
pub mod control;
mod descriptor;
#[cfg(feature = "control")]
pub mod discover;
pub mod encode;
mod endpoint;
#[cfg(feature = "project")]
mod mock;
mod multipart;
mod number;
#[cfg(feature = "project")]
pub mod process;
#[cfg(feature = "project")]
mod project;
#[cfg(feature = "project")]
pub mod python;
mod request;
#[cfg(feature = "store")]
pub mod store;
mod unwritable;

#[cfg(feature = "project")]
pub use cache::CacheError;
#[cfg(feature = "client")]
pub use client::{Client, ClientError, SendError};
pub use descriptor::{
    ApiDescriptor, EndpointDescriptor, Location, MediaTypeDescriptor, ParameterDescriptor, PathPart,
    RequestBodyDescriptor, ResponseDescriptor, SecurityKind, SecuritySchemeDescriptor, SecurityUse, Style,
};
pub use endpoint::{Endpoint, FromReply, Reply, ReplyError};
pub use generated::Map;
#[cfg(feature = "project")]
pub use mock::{Mock, MockBuilder, StartError};
pub use mockloop_macros::mockloop;
pub use multipart::Multipart;
pub use number::Number;
#[cfg(feature = "project")]
pub use project::{Project, ProjectError, ProjectFile, Written};
pub use request::RequestError;

/// Includes what `mockloop-build` made in the build script: the module of a description by its name, or
/// all of them by `"mockloop"`.
///
/// ```text
/// mockloop_runtime::include_mock!("petstore");
/// ```
#[macro_export]
macro_rules! include_mock {
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
    };
}

#[doc(hidden)]
pub mod generated;
