//! Typed endpoints of API descriptions, clients for them, and mock servers to call.

#[cfg(feature = "project")]
mod cache;
#[cfg(feature = "client")]
mod client;
mod descriptor;
mod encode;
mod endpoint;
#[cfg(feature = "project")]
mod mock;
mod multipart;
#[cfg(feature = "project")]
pub mod process;
#[cfg(feature = "project")]
mod project;
#[cfg(feature = "project")]
pub mod python;
mod request;

#[cfg(feature = "project")]
pub use cache::CacheError;
#[cfg(feature = "client")]
pub use client::{Client, ClientError, SendError};
pub use descriptor::{
    ApiDescriptor, EndpointDescriptor, Location, MediaTypeDescriptor, ParameterDescriptor, PathPart,
    RequestBodyDescriptor, ResponseDescriptor, SecurityKind, SecuritySchemeDescriptor, SecurityUse, Style,
};
pub use endpoint::{Endpoint, FromReply, Reply, ReplyError};
#[cfg(feature = "project")]
pub use mock::{Mock, MockBuilder, StartError};
pub use mockloop_macros::mockloop;
pub use multipart::Multipart;
#[cfg(feature = "project")]
pub use project::{Project, ProjectError, ProjectFile, Written};
pub use request::RequestError;

#[doc(hidden)]
pub mod generated;
