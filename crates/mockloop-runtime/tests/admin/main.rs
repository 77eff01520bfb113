//! The admin API's client, over real mocks and over servers that are none.
#![cfg(all(feature = "admin", feature = "project"))]

mod contract;
mod failures;
mod parts;
mod scenario;
mod streams;

use std::error::Error;
use std::future::Future;

use mockloop_runtime::Mock;
use mockloop_runtime::admin::MockClient;

mockloop_runtime::mockloop! {
    /// What the mocks serve.
    pub mod petstore = "../../examples/specs/petstore.yaml";
}

type Fallible<T> = Result<T, Box<dyn Error>>;
type Done = Fallible<()>;

/// Runs a test on a runtime of its own.
fn run(test: impl Future<Output = Done>) -> Done {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(test)
}

/// A mock of the petstore, and a client of its admin API.
async fn start() -> Fallible<(Mock, MockClient)> {
    let mock = petstore::PROJECT.start().await?;
    let client = MockClient::new(mock.url())?;
    Ok((mock, client))
}

/// The status that a GET of the mock has; with a session, where there is one.
async fn get(mock: &MockClient, path: &str, session: Option<&str>) -> Fallible<u16> {
    Ok(ask(mock, path, session).await?.status().as_u16())
}

/// What the mock answers to a GET.
async fn ask(mock: &MockClient, path: &str, session: Option<&str>) -> Fallible<reqwest::Response> {
    let mut request = reqwest::Client::builder().no_proxy().build()?.get(format!("{}{path}", mock.url()));
    if let Some(session) = session {
        request = request.header("X-Session-ID", session);
    }
    Ok(request.send().await?)
}
