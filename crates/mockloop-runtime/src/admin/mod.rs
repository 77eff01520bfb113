//! The admin API of a running mock: what it is asked, what it answers, and a client for it.
//!
//! ```no_run
//! use mockloop_runtime::admin::{MockClient, SearchLogs};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let mock = MockClient::new("http://127.0.0.1:8000")?;
//! let failed = SearchLogs { status: Some(vec!["5xx".to_owned()]), ..SearchLogs::new() };
//! for request in mock.call(&failed).await?.logs {
//!     println!("{:?} {:?}", request.method, request.path);
//! }
//! # Ok(()) }
//! ```
//!
//! All types are made of the description that mocks serve at `/__mockloop/api/openapi.json`: [`contract`] has a
//! type for each operation, [`models`] for each schema. [`Scenario`] puts a scenario together; [`Rule`],
//! [`Step`], [`When`], [`Delay`], [`Fault`] and [`OverrideResponse`] are those of [`models`], with methods to
//! make them.

mod calls;
mod client;
mod raw;
mod scenario;
mod stream;

pub use calls::Call;
pub use client::{AdminError, MockClient};
#[doc(inline)]
pub use contract::*;
#[doc(inline)]
pub use models::{
    Delay, Fault, Finding, OverrideResponse, ProblemViolationsItemSeverity as Severity, Rule, RuleThen, Step,
    StorageStep, When,
};
pub use raw::Raw;
pub use scenario::{Is, Scenario};
pub use stream::{Export, Tail};

crate::mockloop! {
    /// Every operation and schema of the admin API.
    #[mockloop(models)]
    pub mod contract = "src/admin/openapi.json";
}
