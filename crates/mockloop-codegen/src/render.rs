//! Templates, with escaping by type: they print [`Source`] and numbers, and refuse bare text.

use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use serde::{Serialize, Serializer};

/// Text that a printer has made safe for the file that it goes to: a literal, a docstring, an
/// identifier, escaped Markdown.
#[derive(Clone, Debug)]
pub(crate) struct Source(pub(crate) String);

/// The mark by which [`Source`] is told from bare text on its way through serde.
const MARK: &str = "\u{0}source\u{0}";

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{MARK}{}", self.0))
    }
}

/// The templates of a project.
pub(crate) struct Renderer {
    environment: Environment<'static>,
}

impl Renderer {
    pub(crate) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_formatter(print);
        for (name, bytes) in mockloop_templates::TEMPLATES {
            let text = std::str::from_utf8(bytes).expect("BUG: templates are UTF-8");
            environment.add_template(name, text).expect("BUG: templates parse");
        }
        Self { environment }
    }

    /// The file, with one newline at its end.
    pub(crate) fn render(&self, template: &str, context: &impl Serialize) -> Vec<u8> {
        let rendered = self
            .environment
            .get_template(template)
            .and_then(|template| template.render(Value::from(Serde(context))));
        let mut text = rendered.unwrap_or_else(|error| panic!("BUG: {template} does not render: {error:#}"));
        text.push('\n');
        text.into_bytes()
    }
}

fn print(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let source = value.as_str().and_then(|text| text.strip_prefix(MARK));
    match source {
        Some(source) => out.write_str(source).map_err(Error::from),
        None if value.is_number() => out.write_str(&value.to_string()).map_err(Error::from),
        None => {
            Err(Error::new(ErrorKind::InvalidOperation, format!("a bare {} can't be printed", value.kind())))
        }
    }
}

/// One line of text in Markdown, without meaning of its own.
pub(crate) fn markdown(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut out = String::new();
    for c in words.collect::<Vec<_>>().join(" ").chars() {
        if c.is_ascii_punctuation() && !".,-/()'".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_only_text() {
        assert_eq!(markdown("a\n# <b>`x`"), r"a \# \<b\>\`x\`");
    }

    #[test]
    #[should_panic(expected = "can't be printed")]
    fn bare_text_is_refused() {
        Renderer::new().render("routes_init.py.j2", &serde_json::json!({ "body": "import os" }));
    }
}
