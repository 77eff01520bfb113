//! Bodies: media types with their schemas and examples.

use serde_json::{Map, Value, json};

use crate::model::{Encoding, Location, MediaType, RequestBody, Style};
use crate::node::Node;
use crate::reader::{Dialect, Reader};
use crate::report::Place;

use super::parameters::{collection_format, parse_style};
use super::{examples, fields};

/// The request body of a 3.x operation.
pub(super) fn request_body<'d>(reader: &Reader<'d>, operation: &Node<'_, 'd>) -> Option<RequestBody> {
    let node = reader.resolve(reader.object(operation, "requestBody")?)?;
    reader.known_fields(&node, fields::REQUEST_BODY);
    let content = content(reader, &node);
    if content.is_empty() {
        let hint = Some("add `content: { application/json: { schema: … } }`".to_owned());
        reader.report.warning(&node, "missing-field", "this request body has no `content`".to_owned(), hint);
    }
    Some(RequestBody {
        required: reader.flag(&node, "required").unwrap_or(false),
        description: reader.text(&node, "description"),
        content,
    })
}

/// The media types of a 3.x object with `content`.
pub(super) fn content<'d>(reader: &Reader<'d>, holder: &Node<'_, 'd>) -> Vec<MediaType> {
    let Some(content) = reader.object(holder, "content") else { return Vec::new() };
    content
        .entries()
        .map(|(name, written)| {
            let mut media = MediaType { media_type: name.to_owned(), ..MediaType::default() };
            let Some(node) = reader.resolve(written) else { return media };
            reader.known_fields(&node, fields::MEDIA_TYPE);
            media.schema = node.get("schema").map(|schema| reader.schema(&schema)).or_else(|| {
                // A stream of items (3.2): what is answered is one of them.
                node.get("itemSchema").map(|schema| reader.schema(&schema))
            });
            media.examples = examples::examples(reader, &node);
            media.encoding =
                node.get("encoding").iter().flat_map(Node::entries).map(|e| encoding(reader, e)).collect();
            media
        })
        .collect()
}

fn encoding<'d>(reader: &Reader<'d>, (property, node): (&str, Node<'_, 'd>)) -> Encoding {
    Encoding {
        property: property.to_owned(),
        content_type: reader.text(&node, "contentType"),
        style: reader.text(&node, "style").and_then(|text| parse_style(&text)),
        explode: reader.flag(&node, "explode"),
    }
}

/// The media types that Swagger 2.0 lists in `consumes` or `produces`, of the operation or of all.
pub(super) fn media_types<'d>(
    reader: &Reader<'d>,
    key: &str,
    operation: &Node<'_, 'd>,
    root: &Node<'_, 'd>,
) -> Vec<String> {
    let own = reader.texts(operation, key);
    let types = own.filter(|types| !types.is_empty()).or_else(|| reader.texts(root, key)).unwrap_or_default();
    if types.is_empty() { vec!["application/json".to_owned()] } else { types }
}

/// The request body that a `body` parameter of Swagger 2.0 is.
pub(super) fn from_body_parameter<'d>(
    reader: &Reader<'d>,
    node: &Node<'_, 'd>,
    consumes: &[String],
) -> RequestBody {
    let schema = node.get("schema").map(|schema| reader.schema(&schema));
    if schema.is_none() {
        let message = "this body parameter has no `schema`".to_owned();
        reader.report.warning(node, "missing-schema", message, None);
    }
    let is_form = |name: &str| name.contains("form-urlencoded") || name.starts_with("multipart/");
    let examples = examples::examples(reader, node);
    RequestBody {
        required: reader.flag(node, "required").unwrap_or(false),
        description: reader.text(node, "description"),
        content: consumes
            .iter()
            .map(|name| MediaType {
                media_type: name.clone(),
                schema: schema.clone().filter(|_| !is_form(name) || consumes.len() == 1),
                examples: examples.clone(),
                ..MediaType::default()
            })
            .collect(),
    }
}

/// The request body that the `formData` parameters of Swagger 2.0 are together.
pub(super) struct Form {
    place: Place,
    properties: Map<String, Value>,
    required: Vec<String>,
    encoding: Vec<Encoding>,
    has_file: bool,
}

impl Form {
    pub(super) fn new(place: Place) -> Self {
        Self { place, properties: Map::new(), required: Vec::new(), encoding: Vec::new(), has_file: false }
    }

    pub(super) fn add<'d>(&mut self, reader: &Reader<'d>, node: &Node<'_, 'd>) {
        let Some(name) = reader.text(node, "name") else { return };
        self.has_file |= reader.text(node, "type").as_deref() == Some("file");
        if reader.flag(node, "required").unwrap_or(false) {
            self.required.push(name.clone());
        }
        if node.get("collectionFormat").is_some() {
            let (style, explode) = collection_format(reader, node, Location::Query);
            let (style, explode) = (Some(style), Some(explode));
            self.encoding.push(Encoding { property: name.clone(), content_type: None, style, explode });
        } else if reader.text(node, "type").as_deref() == Some("array") {
            let (style, explode) = (Some(Style::Form), Some(false));
            self.encoding.push(Encoding { property: name.clone(), content_type: None, style, explode });
        }
        self.properties.insert(name, reader.inline_schema(node));
    }

    pub(super) fn finish(self, consumes: &[String]) -> RequestBody {
        let forms = consumes.iter().filter(|name| name.contains("form"));
        let mut names: Vec<String> =
            forms.filter(|name| !self.has_file || name.starts_with("multipart/")).cloned().collect();
        if names.is_empty() {
            let name =
                if self.has_file { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
            names.push(name.to_owned());
        }
        let required = !self.required.is_empty();
        let mut schema = json!({ "type": "object", "properties": self.properties });
        if required {
            schema["required"] = json!(self.required);
        }
        let media = |media_type| MediaType {
            media_type,
            schema: Some(schema.clone()),
            encoding: self.encoding.clone(),
            examples: crate::model::Examples { place: self.place.clone(), list: Vec::new() },
            ..MediaType::default()
        };
        RequestBody { required, description: None, content: names.into_iter().map(media).collect() }
    }
}

/// Whether bodies are described as Swagger 2.0 does.
pub(super) fn is_swagger(reader: &Reader<'_>) -> bool {
    reader.dialect == Dialect::Swagger2
}
