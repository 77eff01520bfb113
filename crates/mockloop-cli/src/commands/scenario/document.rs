//! A scenario in a file.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use mockloop_runtime::admin::{MockClient, ValidateScenario};
use mockloop_spec::{Data, MAX_BYTES};
use serde_json::{Map, Value};

use crate::report::findings;
use crate::terminal::printable;

/// A document, and what to call it.
pub(crate) struct Document {
    pub(crate) name: String,
    data: Data,
}

impl Document {
    /// Reads a file, or `-` for standard input.
    pub(crate) fn read(file: &str) -> anyhow::Result<Self> {
        let name = if file == "-" { "<stdin>".to_owned() } else { file.to_owned() };
        let mut text = Vec::new();
        let read = if file == "-" {
            std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut text)
        } else {
            std::fs::File::open(file).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut text))
        };
        read.with_context(|| format!("can't read {name}"))?;
        let text = String::from_utf8(text).with_context(|| format!("{name} is no text"))?;
        match Data::parse(text) {
            Ok(mut data) => {
                // An exported document says which format it has, which is the one that is known here.
                if let Value::Object(members) = &mut data.value
                    && members.get("mockloop_scenario") == Some(&Value::from(1))
                {
                    members.shift_remove("mockloop_scenario");
                }
                Ok(Self { name, data })
            }
            Err(error) => {
                let hint = error.hint.map(|hint| format!("\n  {hint}")).unwrap_or_default();
                bail!("{name}:{}:{}: {}{hint}", error.line, error.column, error.message);
            }
        }
    }

    /// What it says.
    pub(crate) fn value(&self) -> &Value {
        &self.data.value
    }

    /// Asks the mock what it thinks of it, and says that on standard error. A document without a name may
    /// be given one.
    pub(crate) async fn is_valid(&self, mock: &MockClient, name: Option<&str>) -> anyhow::Result<bool> {
        let Value::Object(members) = self.value() else {
            bail!(
                "{} holds no scenario\n  it is an object with `name` and `operations`",
                printable(&self.name)
            );
        };
        let mut named = Map::new();
        if let Some(name) = name {
            named.insert("name".to_owned(), Value::from(name));
        }
        named.extend(members.clone());
        let verdict = mock.call(&ValidateScenario { body: named.into_iter().collect() }).await?;
        anstream::eprint!("{}", findings::in_document(&verdict.findings, &self.name, &self.data));
        Ok(verdict.valid)
    }
}
