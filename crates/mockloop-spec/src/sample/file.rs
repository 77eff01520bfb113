//! The smallest files of their kinds.

use serde_json::{Map, Value};

use super::definitions::lookup;
use super::media::essence;
use crate::model::Content;

const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==";
const GIF: &str = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=";
const JPEG: &str = concat!(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////",
    "////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAA",
    "AAD/2gAIAQEAAD8AR//Z",
);
const WEBP: &str = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==";
const BMP: &str = "Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAATCwAAEwsAAAAAAAAAAAAA////AA==";
const ZIP: &str = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";
const GZIP: &str = "H4sIAAAAAAACAwMAAAAAAAAAAAA=";
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
const MP4: &str = concat!(
    "AAAAGGZ0eXBpc29tAAACAGlzb21tcDQxAAAAdG1vb3YAAABsbXZoZAAAAAAAAAAAAAAAAAAAA+gAAAAAAAEAAAEAAAAAAAAA",
    "AAAAAAABAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=",
);
const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"#;
const XHTML: &str =
    r#"<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Sample</title></head><body/></html>"#;
const PDF: &str = "%PDF-1.4\n\
    1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
    2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n\
    xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \n\
    trailer<</Size 4/Root 1 0 R>>\nstartxref\n162\n%%EOF\n";

/// A file of `content_type`: the text that the description gives for it, or the smallest there is.
pub(super) fn file(
    value: &Value,
    content_type: &str,
    schema: Option<&Value>,
    schemas: &Map<String, Value>,
) -> Content {
    if let Value::String(text) = value
        && schema.is_some_and(|schema| gives(schema, value, schemas))
    {
        return Content::Text(text.clone());
    }
    let base64 = match essence(content_type).as_str() {
        "image/svg+xml" => return Content::Text(SVG.to_owned()),
        "application/xhtml+xml" => return Content::Text(XHTML.to_owned()),
        "application/pdf" => return Content::Text(PDF.to_owned()),
        "image/png" | "image/apng" => PNG,
        "image/gif" => GIF,
        "image/jpeg" | "image/jpg" | "image/pjpeg" => JPEG,
        "image/webp" => WEBP,
        "image/bmp" | "image/x-ms-bmp" => BMP,
        "application/gzip" | "application/x-gzip" => GZIP,
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => WAV,
        "video/mp4" | "audio/mp4" => MP4,
        other if other.ends_with("zip") || other.contains("zip-") => ZIP,
        _ => return Content::Text(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
    };
    Content::Base64(base64.to_owned())
}

/// Whether the description itself gives `value` for `schema`.
fn gives(schema: &Value, value: &Value, schemas: &Map<String, Value>) -> bool {
    let schema = lookup(schemas, schema).map_or(schema, |(_, target)| target);
    let listed = |keyword: &str| {
        schema.get(keyword).and_then(Value::as_array).is_some_and(|values| values.contains(value))
    };
    listed("examples")
        || listed("enum")
        || ["default", "const"].iter().any(|keyword| schema.get(*keyword) == Some(value))
}
