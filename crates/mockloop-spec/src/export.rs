//! The description as one OpenAPI document in JSON: what `/openapi.json` serves.
//!
//! A description of one document in 3.x form is passed on as it is. Swagger 2.0, and descriptions of
//! several documents, are written anew from the model, as 3.1.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::model::{
    Api, Content, Header, Location, MediaType, Operation, Parameter, RequestBody, Response, SecurityKind,
    SecurityRequirement, SecurityScheme, Style,
};

/// The document. Its first servers are the mock itself, so that tools which show it call the mock.
pub(crate) fn openapi(api: &Api, root: &Document, alone: bool) -> String {
    let servers = servers(api);
    let text = match &root.value {
        Value::Object(members) if alone && members.contains_key("openapi") => {
            serde_json::to_string(&WithServers { members, servers: &servers })
        }
        _ => serde_json::to_string(&from_model(api, &servers)),
    };
    text.unwrap_or_default()
}

fn servers(api: &Api) -> Value {
    let mut servers: Vec<Value> =
        api.base_paths.iter().map(|path| json!({ "url": path, "description": "This mock" })).collect();
    if servers.is_empty() {
        servers.push(json!({ "url": "/", "description": "This mock" }));
    }
    for server in &api.servers {
        if !api.base_paths.contains(&server.url) && server.url != "/" {
            let mut value = json!({ "url": server.url });
            if let Some(description) = &server.description {
                value["description"] = description.as_str().into();
            }
            servers.push(value);
        }
    }
    servers.into()
}

/// A document with other servers, without a copy of the rest.
struct WithServers<'a> {
    members: &'a Map<String, Value>,
    servers: &'a Value,
}

impl Serialize for WithServers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.members.iter().filter(|(key, _)| *key != "servers") {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry("servers", self.servers)?;
        map.end()
    }
}

fn from_model(api: &Api, servers: &Value) -> Value {
    let mut info = json!({ "title": api.title, "version": api.version });
    set(&mut info, "description", api.description.as_deref());
    let mut document = json!({ "openapi": "3.1.0", "info": info, "servers": servers });
    if !api.tags.is_empty() {
        document["tags"] = json!(api.tags);
    }
    document["paths"] = by_path(&api.operations);
    if !api.webhooks.is_empty() {
        document["webhooks"] = by_path(&api.webhooks);
    }
    let mut components = Map::new();
    if !api.schemas.is_empty() {
        let schemas: Map<_, _> =
            api.schemas.iter().map(|(name, schema)| (name.clone(), moved(schema))).collect();
        components.insert("schemas".to_owned(), schemas.into());
    }
    if !api.security_schemes.is_empty() {
        let schemes: Map<_, _> = api
            .security_schemes
            .iter()
            .map(|scheme| (scheme.name.clone(), security_scheme(scheme)))
            .collect();
        components.insert("securitySchemes".to_owned(), schemes.into());
    }
    document["components"] = components.into();
    document
}

fn by_path(operations: &[Operation]) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let item = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        item[operation.method.to_lowercase()] = one(operation);
    }
    paths.into()
}

fn one(operation: &Operation) -> Value {
    let mut value = json!({ "operationId": operation.id });
    if !operation.tags.is_empty() {
        value["tags"] = json!(operation.tags);
    }
    set(&mut value, "summary", operation.summary.as_deref());
    set(&mut value, "description", operation.description.as_deref());
    if operation.deprecated {
        value["deprecated"] = true.into();
    }
    if !operation.parameters.is_empty() {
        value["parameters"] = operation.parameters.iter().map(parameter).collect();
    }
    if let Some(body) = &operation.request_body {
        value["requestBody"] = request_body(body);
    }
    let responses: Map<_, _> = operation.responses.iter().map(|r| (r.status.clone(), response(r))).collect();
    if !responses.is_empty() {
        value["responses"] = responses.into();
    }
    if !operation.security.is_empty() {
        value["security"] = operation.security.iter().map(requirement).collect();
    }
    for callback in &operation.callbacks {
        value["callbacks"][&callback.name] = by_path(&callback.operations);
    }
    value
}

fn requirement(requirement: &SecurityRequirement) -> Value {
    let uses = requirement.iter().map(|one| (one.scheme.clone(), json!(one.scopes)));
    Value::Object(uses.collect())
}

fn parameter(parameter: &Parameter) -> Value {
    let mut value = json!({ "name": parameter.name, "in": parameter.r#in });
    if parameter.required {
        value["required"] = true.into();
    }
    set(&mut value, "description", parameter.description.as_deref());
    if parameter.deprecated {
        value["deprecated"] = true.into();
    }
    let schema = parameter.schema.as_ref().map_or_else(|| json!({}), moved);
    if let Some(media_type) = &parameter.media_type {
        value["content"] = json!({ media_type: { "schema": schema } });
        return value;
    }
    value["schema"] = schema;
    let default = match parameter.r#in {
        Location::Path | Location::Header => Style::Simple,
        Location::Query | Location::Cookie => Style::Form,
    };
    // 3.x has no name for tabs; the nearest is what tools can show.
    let style = if parameter.style == Style::TabDelimited { Style::SpaceDelimited } else { parameter.style };
    if style != default {
        value["style"] = json!(style);
    }
    if parameter.explode != (style == Style::Form) {
        value["explode"] = parameter.explode.into();
    }
    if let Some(sample) = &parameter.sample {
        value["example"] = sample.clone();
    }
    value
}

fn request_body(body: &RequestBody) -> Value {
    let mut value = json!({ "content": content(&body.content) });
    set(&mut value, "description", body.description.as_deref());
    if body.required {
        value["required"] = true.into();
    }
    value
}

fn response(response: &Response) -> Value {
    let mut value = json!({ "description": response.description.as_deref().unwrap_or_default() });
    let headers: Map<_, _> = response.headers.iter().map(|one| (one.name.clone(), header(one))).collect();
    if !headers.is_empty() {
        value["headers"] = headers.into();
    }
    if !response.content.is_empty() {
        value["content"] = content(&response.content);
    }
    value
}

fn header(header: &Header) -> Value {
    let mut value = json!({ "schema": header.schema.as_ref().map_or_else(|| json!({}), moved) });
    if header.required {
        value["required"] = true.into();
    }
    value
}

fn content(content: &[MediaType]) -> Value {
    let media = |media: &MediaType| {
        let mut value = json!({});
        if let Some(schema) = &media.schema {
            value["schema"] = moved(schema);
        }
        for (index, body) in media.bodies.iter().enumerate().filter(|(_, body)| body.valid) {
            if let Content::Text(text) = &body.content {
                let name = body.name.clone().unwrap_or_else(|| format!("example{}", index + 1));
                let example = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()));
                value["examples"][name] = json!({ "value": example });
            }
        }
        value
    };
    let members = content.iter().map(|one| (one.media_type.clone(), media(one)));
    Value::Object(members.collect())
}

fn security_scheme(scheme: &SecurityScheme) -> Value {
    let mut value = match &scheme.kind {
        SecurityKind::ApiKey { r#in, parameter } => {
            json!({ "type": "apiKey", "in": r#in, "name": parameter })
        }
        SecurityKind::Http { scheme } => json!({ "type": "http", "scheme": scheme }),
        SecurityKind::OAuth2 { flows } => json!({ "type": "oauth2", "flows": flows }),
        SecurityKind::OpenIdConnect { url } => json!({ "type": "openIdConnect", "openIdConnectUrl": url }),
        SecurityKind::MutualTls => json!({ "type": "mutualTLS" }),
    };
    set(&mut value, "description", scheme.description.as_deref());
    value
}

fn set(value: &mut Value, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        value[key] = text.into();
    }
}

/// A schema with its references where an OpenAPI document has them.
fn moved(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), moved(value))).collect(),
        Value::Array(items) => items.iter().map(moved).collect(),
        Value::String(text) => match crate::schema::target_name(text) {
            Some(name) => format!("#/components/schemas/{name}").into(),
            None => text.as_str().into(),
        },
        other => other.clone(),
    }
}
