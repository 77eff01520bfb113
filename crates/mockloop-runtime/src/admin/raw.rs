//! Operations whose JSON goes and comes as it is.

use http::{Request, StatusCode};
use serde_json::Value;

use super::calls::Call;
use super::contract::models::Problem;
use crate::descriptor::EndpointDescriptor;
use crate::endpoint::{Endpoint, FromReply, Reply, ReplyError};
use crate::request::RequestError;

/// A call whose JSON goes and comes as it is, in place of the types of its operation.
///
/// Types read `10` and `10.0` as one number, and leave out members that they don't know. For a document that
/// a person has written, or that goes into a file, nothing of it may change on the way.
///
/// ```no_run
/// use mockloop_runtime::admin::{ExportScenario, MockClient, Raw};
///
/// # async fn run(mock: MockClient) -> Result<(), mockloop_runtime::admin::AdminError> {
/// let document: serde_json::Value = mock.call(&Raw::of(ExportScenario::new("flaky"))).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Raw<C> {
    call: C,
    body: Option<Value>,
}

impl<C: Call> Raw<C> {
    /// A call that gives JSON as it came; null where there is none.
    #[must_use]
    pub fn of(call: C) -> Self {
        Self { call, body: None }
    }

    /// Sends this in place of the call's own body.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

impl<C: Call> Endpoint for Raw<C> {
    const DESCRIPTOR: &'static EndpointDescriptor = C::DESCRIPTOR;
    type Response = RawReply;

    fn request(&self) -> Result<Request<Vec<u8>>, RequestError> {
        let mut request = self.call.request()?;
        if let Some(body) = &self.body {
            *request.body_mut() = body.to_string().into_bytes();
        }
        Ok(request)
    }
}

impl<C: Call> Call for Raw<C> {
    type Answer = Value;

    fn answer(reply: RawReply) -> Result<Value, (StatusCode, Problem)> {
        reply.0
    }
}

/// What came back.
#[doc(hidden)]
#[derive(Debug)]
pub struct RawReply(Result<Value, (StatusCode, Problem)>);

impl FromReply for RawReply {
    fn from_reply(reply: Reply) -> Result<Self, ReplyError> {
        let status = reply.status();
        Ok(Self(match status {
            StatusCode::NO_CONTENT => Ok(Value::Null),
            _ if status.is_success() => Ok(reply.json()?),
            _ => Err((status, reply.json()?)),
        }))
    }
}
