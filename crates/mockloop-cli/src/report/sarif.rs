//! Diagnostics as SARIF 2.1.0, the format of code scanning.

use std::path::Path;

use mockloop_spec::{Diagnostic, Severity};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};
use url::Url;

use crate::input::Description;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What may not stand as it is in the path of a relative address.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// One run over all descriptions.
pub(crate) fn checked(descriptions: &[Description]) -> serde_json::Result<String> {
    let diagnostics = || descriptions.iter().flat_map(|description| &description.reading.diagnostics);
    let mut codes: Vec<&str> = diagnostics().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mockloop",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": codes.iter().map(|code| json!({ "id": code })).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": diagnostics().map(|diagnostic| result(diagnostic, &codes)).collect::<Vec<_>>(),
        }],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

fn result(diagnostic: &Diagnostic, codes: &[&str]) -> Value {
    let place = &diagnostic.location;
    let mut physical = json!({ "artifactLocation": { "uri": uri(&place.file) } });
    if place.line > 0 {
        physical["region"] = json!({ "startLine": place.line, "startColumn": place.column.max(1) });
    }
    let mut location = json!({ "physicalLocation": physical });
    if !place.pointer.is_empty() {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": place.pointer }]);
    }
    let hint = diagnostic.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    json!({
        "ruleId": diagnostic.code,
        "ruleIndex": codes.binary_search(&diagnostic.code).unwrap_or_default(),
        "level": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": { "text": format!("{}{hint}", diagnostic.message) },
        "locations": [location],
    })
}

/// A document's name as an address: relative where the name is.
fn uri(file: &str) -> String {
    match Url::parse(file) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url.into(),
        _ => match Url::from_file_path(Path::new(file)) {
            Ok(url) => url.into(),
            Err(()) => utf8_percent_encode(&file.replace(std::path::MAIN_SEPARATOR, "/"), PATH).to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_addresses() {
        assert_eq!(uri("apis/pet store.yaml"), "apis/pet%20store.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
        assert_eq!(uri("https://example.com/a b.json"), "https://example.com/a%20b.json");
        #[cfg(unix)]
        assert_eq!(uri("/tmp/a#b.json"), "file:///tmp/a%23b.json");
    }
}
