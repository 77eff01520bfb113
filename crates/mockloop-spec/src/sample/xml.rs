//! XML bodies, as the `xml` keyword of the schemas says.

use serde_json::{Map, Value};

use super::definitions::lookup;
use super::render::scalar;
use crate::schema::described_name;

/// How many schemas are searched for a property.
const SEARCHED: usize = 100;

/// `value` as an XML document.
pub(super) fn xml(value: &Value, schema: Option<&Value>, schemas: &Map<String, Value>) -> String {
    if let Value::String(text) = value
        && text.trim_start().starts_with('<')
    {
        return text.clone();
    }
    let mut writer = Writer {
        schemas,
        out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
        prefixes: Vec::new(),
    };
    let schema = schema.unwrap_or(&ANY);
    let style = writer.style(schema);
    let name = style
        .name
        .or_else(|| lookup(schemas, schema).map(|(name, _)| described_name(name)))
        .unwrap_or("root");
    match value {
        Value::Array(items) => {
            let inner = writer.inner(schema, Find::Items);
            let inner_name = lookup(schemas, inner).map_or("item", |(name, _)| described_name(name));
            writer.wrapper(name, &style, |writer| writer.items(items, inner, inner_name));
        }
        _ => writer.element(name, value, schema),
    }
    writer.out
}

/// The schema of what no schema is about.
static ANY: Value = Value::Bool(true);

/// What `xml` says about a schema.
#[derive(Clone, Copy, Debug, Default)]
struct Style<'s> {
    name: Option<&'s str>,
    namespace: Option<&'s str>,
    prefix: Option<&'s str>,
    attribute: bool,
    wrapped: bool,
}

/// Which schema inside another is asked for.
#[derive(Clone, Copy)]
enum Find<'n> {
    Property(&'n str),
    Items,
}

struct Writer<'s> {
    schemas: &'s Map<String, Value>,
    out: String,
    /// The prefixes that are declared around.
    prefixes: Vec<String>,
}

impl<'s> Writer<'s> {
    /// An element for a value that is not an array.
    fn element(&mut self, name: &str, value: &Value, schema: &'s Value) {
        let around = self.prefixes.len();
        let style = self.style(schema);
        let tag = self.open(name, &style);
        match value {
            Value::Object(members) => {
                let children = self.attributes(members, schema);
                self.out.push_str(if children.is_empty() { "/>" } else { ">" });
                for (name, member, inner) in &children {
                    self.child(name, member, inner);
                }
                if !children.is_empty() {
                    self.close(&tag);
                }
            }
            Value::Null => self.out.push_str("/>"),
            _ => {
                self.out.push('>');
                self.out.push_str(&escaped(&scalar(value), false));
                self.close(&tag);
            }
        }
        self.prefixes.truncate(around);
    }

    /// Writes the members that are attributes. Returns the others: name, value and schema.
    fn attributes<'v>(
        &mut self,
        members: &'v Map<String, Value>,
        schema: &'s Value,
    ) -> Vec<(String, &'v Value, &'s Value)> {
        let mut children = Vec::new();
        let mut written = Vec::new();
        for (name, member) in members {
            let inner = self.inner(schema, Find::Property(name));
            let style = self.style(inner);
            if !style.attribute || member.is_object() || member.is_array() {
                children.push((style.name.unwrap_or(name).to_owned(), member, inner));
                continue;
            }
            let attribute = qualified(style.name.unwrap_or(name), &style);
            if !written.contains(&attribute) {
                self.declare(&style);
                self.attribute(&attribute, &scalar(member));
                written.push(attribute);
            }
        }
        children
    }

    /// The element of a property, or the elements.
    fn child(&mut self, name: &str, value: &Value, schema: &'s Value) {
        let Value::Array(items) = value else { return self.element(name, value, schema) };
        let style = self.style(schema);
        let inner = self.inner(schema, Find::Items);
        if style.wrapped {
            self.wrapper(name, &style, |writer| writer.items(items, inner, name));
        } else {
            self.items(items, inner, name);
        }
    }

    fn wrapper(&mut self, name: &str, style: &Style, content: impl FnOnce(&mut Self)) {
        let around = self.prefixes.len();
        let tag = self.open(name, style);
        self.out.push('>');
        content(self);
        self.close(&tag);
        self.prefixes.truncate(around);
    }

    /// The items of an array, each an element.
    fn items(&mut self, items: &[Value], schema: &'s Value, name: &str) {
        let style = self.style(schema);
        let name = style.name.unwrap_or(name);
        for item in items {
            match item {
                Value::Array(inner) => {
                    let inner_schema = self.inner(schema, Find::Items);
                    self.wrapper(name, &style, |writer| writer.items(inner, inner_schema, "item"));
                }
                _ => self.element(name, item, schema),
            }
        }
    }

    /// Begins a start tag. Returns the tag's name.
    fn open(&mut self, name: &str, style: &Style) -> String {
        let tag = qualified(name, style);
        self.out.push('<');
        self.out.push_str(&tag);
        match style {
            Style { prefix: None, namespace: Some(namespace), .. } => self.attribute("xmlns", namespace),
            _ => self.declare(style),
        }
        tag
    }

    fn close(&mut self, tag: &str) {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    /// Declares a prefix that is not declared around. One without a namespace is given one, since
    /// no parser takes it otherwise.
    fn declare(&mut self, style: &Style) {
        let Some(prefix) = style.prefix.map(legal) else { return };
        if !self.prefixes.contains(&prefix) {
            let namespace = style.namespace.filter(|namespace| !namespace.is_empty());
            let namespace = namespace.map_or_else(|| format!("urn:{prefix}"), str::to_owned);
            self.attribute(&format!("xmlns:{prefix}"), &namespace);
            self.prefixes.push(prefix);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.extend([" ", name, "=\"", &escaped(value, true), "\""]);
    }

    /// What `xml` says about a schema, itself or where it leads.
    fn style(&self, schema: &'s Value) -> Style<'s> {
        let mut style = Style::default();
        let mut next = Some(schema);
        for _ in 0..SEARCHED {
            let Some(schema) = next else { break };
            if let Some(xml) = schema.get("xml") {
                let text = |key: &str| xml.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
                let flag = |key: &str| xml.get(key).and_then(Value::as_bool).unwrap_or(false);
                style.name = style.name.or(text("name"));
                style.namespace = style.namespace.or(text("namespace"));
                style.prefix = style.prefix.or(text("prefix"));
                style.attribute |= flag("attribute");
                style.wrapped |= flag("wrapped");
            }
            next = match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([only]) => Some(only),
                _ => lookup(self.schemas, schema).map(|(_, target)| target),
            };
        }
        style
    }

    /// The schema of a property or of the items of `schema`, wherever inside it that is.
    fn inner(&self, schema: &'s Value, find: Find) -> &'s Value {
        let mut open = vec![schema];
        let mut at = 0;
        while let Some(&schema) = open.get(at).filter(|_| at < SEARCHED) {
            let found = match find {
                Find::Property(name) => schema.get("properties").and_then(|listed| listed.get(name)),
                Find::Items => schema.get("items"),
            };
            if let Some(found) = found {
                return found;
            }
            open.extend(lookup(self.schemas, schema).map(|(_, target)| target));
            for keyword in ["allOf", "oneOf", "anyOf"] {
                open.extend(schema.get(keyword).and_then(Value::as_array).into_iter().flatten());
            }
            at += 1;
        }
        match find {
            Find::Property(_) => schema.get("additionalProperties").unwrap_or(&ANY),
            Find::Items => &ANY,
        }
    }
}

/// Text with what XML reserves written as references, and what it forbids replaced.
fn escaped(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\t' | '\n' if attribute => out.push_str(if char == '\t' { "&#9;" } else { "&#10;" }),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(char),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(char),
        }
    }
    out
}

/// A name with its prefix.
fn qualified(name: &str, style: &Style) -> String {
    match style.prefix {
        Some(prefix) => format!("{}:{}", legal(prefix), legal(name)),
        None => legal(name),
    }
}

/// `name` as an XML name without a prefix: what is not allowed becomes `_`.
fn legal(name: &str) -> String {
    let mut legal = String::with_capacity(name.len());
    for char in name.chars() {
        let starts = starts_name(char);
        if legal.is_empty() && !starts {
            legal.push('_');
        }
        let continues = starts || char.is_ascii_digit() || matches!(char, '-' | '.');
        legal.push(if continues { char } else { '_' });
    }
    if legal.is_empty() { "_".to_owned() } else { legal }
}

/// `NameStartChar` of XML 1.0, without the colon.
fn starts_name(char: char) -> bool {
    matches!(char, 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}
