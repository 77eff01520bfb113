//! Requests of a known method whose parameters are not what it takes. rmcp hands them on as if nobody knew the method.

use rmcp::ErrorData;
use rmcp::model::{CustomRequest, ErrorCode};
use serde_json::Value;

use crate::reply::line;

/// What a parameter has to be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Object,
}

use Kind::{Object, Text};

/// A parameter: its name, what it is, and whether it has to be there.
type Parameter = (&'static str, Kind, bool);

/// The methods that can't do without their parameters, and which are checked.
const METHODS: [(&str, &[Parameter]); 7] = [
    ("tools/call", &[("name", Text, true), ("arguments", Object, false)]),
    ("prompts/get", &[("name", Text, true), ("arguments", Object, false)]),
    ("resources/read", &[("uri", Text, true)]),
    ("resources/subscribe", &[("uri", Text, true)]),
    ("resources/unsubscribe", &[("uri", Text, true)]),
    ("completion/complete", &[("ref", Object, true), ("argument", Object, true)]),
    ("logging/setLevel", &[("level", Text, true)]),
];

/// Why such a request, or one of an unknown method, is refused.
pub(crate) fn refusal(request: &CustomRequest) -> ErrorData {
    let method = request.method.as_str();
    let Some((_, parameters)) = METHODS.iter().find(|(known, _)| *known == method) else {
        return ErrorData::new(ErrorCode::METHOD_NOT_FOUND, line(method, 200), None);
    };
    let given = |name: &str| request.params.as_ref().and_then(|params| params.get(name));
    let fault = parameters.iter().find_map(|(name, kind, is_needed)| match (given(name), kind) {
        (None, _) if *is_needed => Some(format!("{method}: `{name}` is missing")),
        (None | Some(Value::String(_)), Text) | (None | Some(Value::Object(_)), Object) => None,
        (Some(_), Text) => Some(format!("{method}: `{name}` has to be a string")),
        (Some(_), Object) => Some(format!("{method}: `{name}` has to be an object")),
    });
    let message = fault.unwrap_or_else(|| format!("{method}: the parameters are not what it takes"));
    ErrorData::invalid_params(message, None)
}
