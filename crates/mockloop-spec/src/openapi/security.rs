//! Security schemes and requirements.

use serde_json::{Value, json};

use crate::model::{Location, SecurityKind, SecurityRequirement, SecurityScheme, SecurityUse};
use crate::node::Node;
use crate::reader::{Dialect, Reader, text_of};
use crate::suggest;

/// The schemes that the description declares.
pub(super) fn schemes<'d>(reader: &Reader<'d>, root: &Node<'_, 'd>) -> Vec<SecurityScheme> {
    let components = root.get("components");
    let declared = match reader.dialect {
        Dialect::Swagger2 => root.get("securityDefinitions"),
        _ => components.as_ref().and_then(|components| components.get("securitySchemes")),
    };
    declared
        .iter()
        .flat_map(Node::entries)
        .filter_map(|(name, node)| {
            let node = reader.resolve(node)?;
            let kind = kind(reader, &node)?;
            Some(SecurityScheme {
                name: name.to_owned(),
                kind,
                description: reader.text(&node, "description"),
            })
        })
        .collect()
}

fn kind<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>) -> Option<SecurityKind> {
    let required = |field: &str| {
        let text = reader.text(node, field);
        if text.is_none() {
            let message = format!("this security scheme has no `{field}`");
            reader.report.error(node, "missing-field", message, None);
        }
        text
    };
    match required("type")?.as_str() {
        "basic" => Some(SecurityKind::Http { scheme: "basic".to_owned() }),
        "http" => required("scheme").map(|scheme| SecurityKind::Http { scheme: scheme.to_lowercase() }),
        "apiKey" => {
            let place = match reader.text(node, "in").as_deref() {
                Some("header") => Location::Header,
                Some("query") => Location::Query,
                Some("cookie") => Location::Cookie,
                _ => {
                    let message = "an API key is `in` a header, query parameter or cookie".to_owned();
                    reader.report.error(node, "invalid-field", message, None);
                    return None;
                }
            };
            required("name").map(|parameter| SecurityKind::ApiKey { r#in: place, parameter })
        }
        "oauth2" => Some(SecurityKind::OAuth2 { flows: flows(node) }),
        "openIdConnect" => Some(SecurityKind::OpenIdConnect {
            url: reader.text(node, "openIdConnectUrl").unwrap_or_default(),
        }),
        "mutualTLS" => Some(SecurityKind::MutualTls),
        other => {
            let known = ["apiKey", "http", "basic", "oauth2", "openIdConnect", "mutualTLS"];
            let hint = suggest::nearest(other, known).map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no type `{other}` of security scheme");
            reader.report.error(node, "invalid-field", message, hint);
            None
        }
    }
}

/// The flows in 3.x form; Swagger 2.0 has one flow, under other names.
fn flows(node: &Node<'_, '_>) -> Value {
    if let Some(flows) = node.value.get("flows") {
        return flows.clone();
    }
    let name = match node.value.get("flow").and_then(Value::as_str) {
        Some("application") => "clientCredentials",
        Some("accessCode") => "authorizationCode",
        Some("password") => "password",
        _ => "implicit",
    };
    let mut flow = json!({ "scopes": node.value.get("scopes").cloned().unwrap_or_else(|| json!({})) });
    for field in ["authorizationUrl", "tokenUrl"] {
        if let Some(url) = node.value.get(field) {
            flow[field] = url.clone();
        }
    }
    json!({ name: flow })
}

/// The requirements of an operation or of the whole description; none where it says nothing.
pub(super) fn requirements<'d>(
    reader: &Reader<'d>,
    node: &Node<'_, 'd>,
    schemes: &[SecurityScheme],
) -> Option<Vec<SecurityRequirement>> {
    let list = node.get("security")?;
    if !list.value.is_array() {
        let message = format!("`security` is a list, and this is {}", list.kind());
        let hint = Some("put a dash before each alternative".to_owned());
        reader.report.error(&list, "invalid-field", message, hint);
        return None;
    }
    let mut requirements = Vec::new();
    for alternative in list.items() {
        let mut requirement = SecurityRequirement::new();
        let mut known = true;
        for (name, scopes) in alternative.members() {
            if !schemes.iter().any(|scheme| scheme.name == name) {
                let names = schemes.iter().map(|scheme| scheme.name.as_str());
                let hint = suggest::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
                let hint = hint.or_else(|| Some("declare it among the security schemes".to_owned()));
                let message = format!("there is no security scheme `{name}`");
                reader.report.error(&scopes, "unknown-security-scheme", message, hint);
                known = false;
            }
            let scopes = scopes.items().map(|scope| text_of(scope.value)).collect();
            requirement.push(SecurityUse { scheme: name.to_owned(), scopes });
        }
        // What names an unknown scheme can't be checked; the other alternatives still hold.
        if known {
            requirements.push(requirement);
        }
    }
    Some(requirements)
}
