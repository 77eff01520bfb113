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
    files.insert("routes/__init__.py".to_owned(), include_str!("handlers.py").to_owned());
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
    Object(Value),
}

/// Names and texts of an object.
pub(crate) fn members(object: &Value) -> Vec<(&str, &str)> {
    let members = object.as_object().into_iter().flatten();
    members.filter_map(|(name, text)| Some((name.as_str(), text.as_str()?))).collect()
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
            Self::Object(members) => ("object", members.clone()),
        }
    }
}

fn character() -> impl Strategy<Value = char> {
    let special: Vec<char> =
        " /?#&=+%,;|.:[]{}\"`'\\<>~-_!$()*@^\t\n\r\0\u{7f}\u{85}\u{a0}é日😀".chars().collect();
    prop_oneof![3 => select(special), 1 => any::<char>(), 1 => proptest::char::range('a', 'c')]
}

/// Texts that mean something somewhere, and others.
pub(crate) fn text() -> impl Strategy<Value = String> {
    const TELLING: [&str; 14] =
        ["", ".", "..", "a,b", "%2F", "%2C", " a", "a ", "null", "true", "-1", "{\"a\":1}", "[1]", "\"a\""];
    let arbitrary = vec(character(), 0..6).prop_map(String::from_iter);
    prop_oneof![1 => select(&TELLING).prop_map(str::to_owned), 3 => arbitrary]
}

pub(crate) fn number() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, ZERO};
    prop_oneof![NORMAL | NEGATIVE | POSITIVE | ZERO, (-1000_i32..1000).prop_map(|n| f64::from(n) / 8.0)]
}

fn list(least: usize) -> impl Strategy<Value = Given> {
    vec(text(), least..4).prop_map(Given::List)
}

/// An object with texts as members.
pub(crate) fn object(least: usize) -> impl Strategy<Value = Given> {
    btree_map(text(), text(), least..4).prop_map(|members| Given::Object(json!(members)))
}

/// A list or an object, with some members at least.
pub(crate) fn composed(least: usize) -> impl Strategy<Value = Given> {
    prop_oneof![list(least), object(least)]
}

/// A value of any type; lists and objects have some members at least.
pub(crate) fn given(least: usize) -> impl Strategy<Value = Given> {
    let integer = prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX)];
    prop_oneof![
        3 => text().prop_map(Given::String),
        1 => integer.prop_map(Given::Integer),
        1 => number().prop_map(Given::Number),
        1 => any::<bool>().prop_map(Given::Boolean),
        6 => composed(least),
    ]
}

/// Any JSON, not too deep.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        number().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ];
    let nested = |inner: BoxedStrategy<Value>| {
        let members = btree_map(text(), inner.clone(), 0..3);
        prop_oneof![vec(inner, 0..3).prop_map(Value::from), members.prop_map(|members| json!(members))]
    };
    plain.boxed().prop_recursive(2, 8, 3, nested)
}

/// Sends values where they belong, and looks at what the mock heard of each. Those that can't be written,
/// and only those, are refused.
pub(crate) fn survives<E: Endpoint>(
    place: &str,
    values: impl Strategy<Value = Given>,
    cannot: impl Fn(&Given) -> bool,
    endpoint: impl Fn(Given) -> E,
) -> Done {
    check(values, |given| {
        let endpoint = endpoint(given.clone());
        if cannot(&given) {
            let request = endpoint.request();
            prop_assert!(request.is_err(), "{request:?}");
            return Ok(());
        }
        let heard = hear(&endpoint)?;
        let (name, value) = given.named();
        prop_assert_eq!(&heard[place][name], &value, "{}", heard);
        let others = heard[place].as_object().map(serde_json::Map::len);
        prop_assert!(place == "path" || others == Some(1), "{heard}");
        Ok(())
    })
}

/// Sends values, and looks at what the mock heard of each.
pub(crate) fn accepts<T: Clone + Debug, E: Endpoint>(
    values: impl Strategy<Value = T>,
    endpoint: impl Fn(T) -> E,
    fits: impl Fn(&T, &Value) -> bool,
) -> Done {
    check(values, |value| {
        let heard = hear(&endpoint(value.clone()))?;
        prop_assert!(fits(&value, &heard), "{heard}");
        Ok(())
    })
}

fn check<T: Debug>(values: impl Strategy<Value = T>, test: impl Fn(T) -> Result<(), TestCaseError>) -> Done {
    let config =
        Config { cases: CASES, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::default() };
    TestRunner::new(config).run(&values, test).map_err(|error| error.to_string().into())
}

thread_local! {
    static RUNTIME: tokio::runtime::Runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    static CLIENT: Client = Client::new(MOCK.url()).expect("a client");
}

/// What the mock read of an endpoint.
fn hear<E: Endpoint>(endpoint: &E) -> Result<Value, TestCaseError> {
    let answer =
        CLIENT.with(|client| RUNTIME.with(|runtime| runtime.block_on(client.exchange_raw(endpoint))));
    let fail = |error: &dyn std::fmt::Display| {
        TestCaseError::fail(format!("{error}\nrequest: {:?}", endpoint.request()))
    };
    let answer = answer.map_err(|error| fail(&error))?;
    if answer.status() != 200 {
        return Err(fail(&String::from_utf8_lossy(answer.body())));
    }
    serde_json::from_slice(answer.body()).map_err(|error| fail(&error))
}
