//! The description as one OpenAPI document.

use crate::document::Document;
use crate::model::Api;

/// The document in JSON.
pub(crate) fn openapi(api: &Api, root: &Document, alone: bool) -> String {
    let _ = (api, alone);
    root.value.to_string()
}
