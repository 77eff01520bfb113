//! Reading a description: the whole way from text to model.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::Diagnostic;
use crate::document::{Document, Documents, Missing, Unreadable};
use crate::load::{Fetch, LocalFiles, Source, SourceFile};
use crate::model::Api;
use crate::node::Node;
use crate::report::{self, Report};
use crate::schema::Table;
use crate::{export, openapi, pointer, samples, schema, suggest};

/// What reading a description gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reading {
    /// The API; none where the root document can't be read, or is no description.
    pub api: Option<Api>,
    /// The description as one OpenAPI 3.x document in JSON, for people and tools that ask the mock
    /// for it. Its first servers are the mock itself.
    pub openapi: String,
    /// Everything that is wrong, ordered by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Every document that was read, the root first.
    pub files: Vec<SourceFile>,
    /// Files that the description refers to and that [`LocalFiles::Below`] kept from being read.
    pub outside: Vec<PathBuf>,
}

/// Reads a description with everything it refers to. Without `fetch`, references to the network are
/// errors.
#[must_use]
pub fn read(source: &Source, fetch: Option<&dyn Fetch>) -> Reading {
    read_bounded(source, fetch, &LocalFiles::Any)
}

/// As [`read`], for a description that may not refer to any file of this machine.
#[must_use]
pub fn read_bounded(source: &Source, fetch: Option<&dyn Fetch>, local: &LocalFiles) -> Reading {
    let documents = Documents::new(fetch, local);
    let (api, openapi, diagnostics) = match documents.root(source) {
        Ok(root) => lower(&documents, root, source),
        Err(Missing::Unreachable(message)) => {
            (None, String::new(), vec![report::unreachable(&source.name(), &message)])
        }
        Err(Missing::Unreadable(unreadable)) => (None, String::new(), vec![report::unreadable(&unreadable)]),
    };
    let outside = documents.outside();
    Reading { api, openapi, diagnostics, files: documents.into_files(), outside }
}

fn lower<'d>(
    documents: &'d Documents<'d>,
    root: &'d Document,
    source: &Source,
) -> (Option<Api>, String, Vec<Diagnostic>) {
    let reader = Reader {
        documents,
        report: Report::default(),
        schemas: RefCell::default(),
        anchors: RefCell::default(),
        dialect: Dialect::of(&root.value),
    };
    let mut api = openapi::lower(&reader, &Node::new(root, "", &root.value));
    let mut text = String::new();
    if let Some(api) = &mut api {
        api.source.name = short_name(source);
        api.source.sha256 = digest(documents);
        api.schemas = reader.finish_schemas();
        schema::split_views(api);
        samples::fill(api, &reader.report);
        text = export::openapi(api, root, documents.len() == 1);
    }
    (api, text, reader.report.into_diagnostics(documents))
}

/// The family of formats that a description belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Swagger2,
    OpenApi30,
    /// 3.1 and later, whose schemas are JSON Schema 2020-12.
    OpenApi31,
}

impl Dialect {
    fn of(root: &Value) -> Self {
        match root.get("openapi").map(text_of) {
            Some(version) if version.starts_with("3.0") => Self::OpenApi30,
            Some(_) => Self::OpenApi31,
            None => Self::Swagger2,
        }
    }
}

/// A scalar as text: people write `version: 1.0`.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What the readers of all parts share.
pub(crate) struct Reader<'d> {
    pub(crate) documents: &'d Documents<'d>,
    pub(crate) report: Report,
    pub(crate) schemas: RefCell<Table<'d>>,
    /// `$anchor`s by document.
    anchors: RefCell<HashMap<usize, HashMap<String, String>>>,
    pub(crate) dialect: Dialect,
}

/// How many references may lead from one to the next.
const MAX_CHAIN: usize = 100;

impl<'d> Reader<'d> {
    /// The node that a chain of `$ref`s leads to; the node itself where there is none. Reports what
    /// leads nowhere.
    pub(crate) fn resolve<'n>(&self, node: Node<'n, 'd>) -> Option<Node<'n, 'd>>
    where
        'd: 'n,
    {
        let mut here = node;
        for _ in 0..MAX_CHAIN {
            match here.value.get("$ref") {
                None => return Some(here),
                Some(Value::String(reference)) => here = self.follow(&here, reference)?,
                Some(other) => {
                    let message = format!("`$ref` is {} and not a text", crate::node::kind(other));
                    self.report.error(&here.child("$ref", other), "invalid-ref", message, None);
                    return None;
                }
            }
        }
        self.report.error(&node, "circular-ref", "this reference leads back to itself".to_owned(), None);
        None
    }

    /// The node that a reference in `from` names, reported where there is none.
    pub(crate) fn follow(&self, from: &Node<'_, 'd>, reference: &str) -> Option<Node<'d, 'd>> {
        match self.target(from.document, reference) {
            Ok(node) => Some(node),
            Err((message, hint)) => {
                let place = report::Place::from(from).below("$ref");
                self.report.error(place, "unresolved-ref", message, hint);
                None
            }
        }
    }

    /// The node that a reference in a document names, if there is one.
    pub(crate) fn lookup(&self, document: &'d Document, reference: &str) -> Option<Node<'d, 'd>> {
        self.target(document, reference).ok()
    }

    fn target(&self, from: &'d Document, reference: &str) -> Result<Node<'d, 'd>, (String, Option<String>)> {
        let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let document = if address.is_empty() {
            from
        } else {
            let mut url = from
                .url
                .join(address)
                .map_err(|error| (format!("`{reference}` is no valid reference: {error}"), None))?;
            url.set_fragment(None);
            self.documents.get(&url, from).map_err(|missing| match missing {
                Missing::Unreachable(message) => {
                    (format!("`{address}` {message}"), self.hint_for_bare_name(address))
                }
                Missing::Unreadable(unreadable) => {
                    let Unreadable { file, problem } = *unreadable;
                    let (line, column) = (problem.position.line, problem.position.column);
                    (
                        format!("`{address}` is {} ({}:{line}:{column})", problem.message, file.name),
                        problem.hint,
                    )
                }
            })?
        };
        let fragment = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
        let path = if fragment.is_empty() || fragment.starts_with('/') {
            fragment.into_owned()
        } else {
            let anchor = self.anchor(document, &fragment);
            anchor.ok_or_else(|| {
                let hint = fragment.contains('/').then(|| format!("write `#/{fragment}`"));
                (format!("`{reference}` names no `$anchor` of the document"), hint)
            })?
        };
        let mut value = &document.value;
        let mut done = String::new();
        for token in pointer::tokens(&path) {
            let next = match value {
                Value::Object(members) => members.get(token.as_ref()),
                Value::Array(items) => token.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => None,
            };
            value = next.ok_or_else(|| {
                let known =
                    value.as_object().into_iter().flat_map(|members| members.keys().map(String::as_str));
                let hint = suggest::nearest(&token, known).map(|known| {
                    let mut meant = done.clone();
                    pointer::push(&mut meant, known);
                    format!("did you mean `{address}#{meant}`?")
                });
                let place = if done.is_empty() { "the document".to_owned() } else { format!("`{done}`") };
                (format!("`{reference}` leads nowhere: {place} has no `{token}`"), hint)
            })?;
            pointer::push(&mut done, &token);
        }
        Ok(Node::new(document, self.documents.keep(done), value))
    }

    /// Swagger 1.2 wrote `$ref: Pet`.
    fn hint_for_bare_name(&self, name: &str) -> Option<String> {
        let bare = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let folder = schema::component_folder(self.dialect);
        bare.then(|| format!("a schema of this document is `#{folder}/{name}`"))
    }

    fn anchor(&self, document: &Document, name: &str) -> Option<String> {
        let mut anchors = self.anchors.borrow_mut();
        let here = anchors.entry(document.index).or_insert_with(|| {
            let mut found = HashMap::new();
            find_anchors(&document.value, &mut String::new(), &mut found);
            found
        });
        here.get(name).cloned()
    }
}

fn find_anchors(value: &Value, path: &mut String, found: &mut HashMap<String, String>) {
    let length = path.len();
    match value {
        Value::Object(members) => {
            for key in ["$anchor", "$dynamicAnchor"] {
                if let Some(Value::String(name)) = members.get(key) {
                    found.entry(name.clone()).or_insert_with(|| path.clone());
                }
            }
            for (key, value) in members {
                pointer::push(path, key);
                find_anchors(value, path, found);
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointer::push(path, &index.to_string());
                find_anchors(value, path, found);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

fn short_name(source: &Source) -> String {
    match source {
        Source::Url(url) => url.to_string(),
        other => other.name().rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
    }
}

fn digest(documents: &Documents<'_>) -> String {
    let mut hasher = Sha256::new();
    for document in (0..documents.len()).filter_map(|index| documents.by_index(index)) {
        hasher.update(document.text.as_bytes());
    }
    hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
        text
    })
}
