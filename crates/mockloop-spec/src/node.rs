//! A place in a document, with the way that led there.

use serde_json::Value;

use crate::document::Document;
use crate::pointer;

/// A value in a document. The way to it is kept on the stack, so that walking costs nothing, and
/// becomes a pointer only when somebody asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'n, 'd> {
    pub(crate) document: &'d Document,
    pub(crate) value: &'d Value,
    trail: Trail<'n>,
}

#[derive(Clone, Copy, Debug)]
enum Trail<'n> {
    Start(&'n str),
    Key(&'n Trail<'n>, &'n str),
    Index(&'n Trail<'n>, usize),
}

impl Trail<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::Start(start) => out.push_str(start),
            Self::Key(parent, key) => {
                parent.write(out);
                pointer::push(out, key);
            }
            Self::Index(parent, index) => {
                parent.write(out);
                pointer::push(out, &index.to_string());
            }
        }
    }
}

impl<'n, 'd> Node<'n, 'd> {
    pub(crate) fn new(document: &'d Document, pointer: &'n str, value: &'d Value) -> Self {
        Self { document, value, trail: Trail::Start(pointer) }
    }

    /// The JSON pointer of this place in its document.
    pub(crate) fn pointer(&self) -> String {
        let mut out = String::new();
        self.trail.write(&mut out);
        out
    }

    /// The member `key` of an object.
    pub(crate) fn get<'s>(&'s self, key: &'s str) -> Option<Node<'s, 'd>> {
        let value = self.value.get(key)?;
        Some(Node { document: self.document, value, trail: Trail::Key(&self.trail, key) })
    }

    /// A place below this one that holds `value`, for values that were found by other means.
    pub(crate) fn child<'s>(&'s self, key: &'s str, value: &'d Value) -> Node<'s, 'd> {
        Node { document: self.document, value, trail: Trail::Key(&self.trail, key) }
    }

    /// The members of an object that are not extensions; none for anything else.
    pub(crate) fn entries<'s>(&'s self) -> impl Iterator<Item = (&'d str, Node<'s, 'd>)>
    where
        'd: 's,
    {
        self.members().filter(|(key, _)| !key.starts_with("x-"))
    }

    /// The members of an object; none for anything else.
    pub(crate) fn members<'s>(&'s self) -> impl Iterator<Item = (&'d str, Node<'s, 'd>)>
    where
        'd: 's,
    {
        self.value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), self.child(key, value)))
    }

    /// The items of an array; none for anything else.
    pub(crate) fn items<'s>(&'s self) -> impl Iterator<Item = Node<'s, 'd>>
    where
        'd: 's,
    {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| Node {
            document: self.document,
            value,
            trail: Trail::Index(&self.trail, index),
        })
    }

    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        kind(self.value)
    }
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
