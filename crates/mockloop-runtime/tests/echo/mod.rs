//! A mock that answers what it read, and values to send it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;
use std::sync::LazyLock;

use mockloop_runtime::{Client, Endpoint, Mock, Project};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};

pub(crate) type Done = Result<(), Box<dyn Error>>;

/// Values per endpoint.
const CASES: u32 = 32;

/// The mock of all tests; it ends with this program.
static MOCK: LazyLock<Mock> = LazyLock::new(|| start().unwrap_or_else(|error| panic!("{error}")));

/// The described project with handlers that answer what they read.
fn start() -> Result<Mock, Box<dyn Error>> {
    let mut files = BTreeMap::new();
    for (path, bytes) in super::styles::PROJECT.files()? {
        if !path.starts_with("routes/") {
            files.insert(path, String::from_utf8(bytes.into_owned())?);
        }
    }
    files.insert("routes/__init__.py".to_owned(), include_str!("../specs/echo.py").to_owned());
    let packed = miniz_oxide::deflate::compress_to_vec(&serde_json::to_vec(&files)?, 6);
    Ok(Project::new("echo_mock", packed.leak()).start_blocking()?)
}

/// A value of a parameter.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    String(String),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    List(Vec<String>),
    Object(serde_json::Map<String, Value>),
}

impl Given {
    /// The parameter's name, with the value.
    fn named(&self) -> (&'static str, Value) {
        match self {
            Self::String(text) => ("string", json!(text)),
            Self::Integer(number) => ("integer", json!(number)),
            Self::Number(number) => ("number", json!(number)),
            Self::Boolean(flag) => ("boolean", json!(flag)),
            Self::List(list) => ("list", json!(list)),
            Self::Object(members) => ("object", json!(members)),
        }
    }
}
