//! Schemas that nobody would write: no panic, no hang, no overflow of the stack.

use std::time::{Duration, Instant};

use mockloop_spec::sample::{Direction, Sampler, concrete_media_type, header_text, render};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Every keyword that is looked at.
const KEYWORDS: [&str; 46] = [
    "type",
    "enum",
    "const",
    "default",
    "examples",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "properties",
    "required",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "items",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "minItems",
    "maxItems",
    "uniqueItems",
    "unevaluatedItems",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "$ref",
    "discriminator",
    "readOnly",
    "writeOnly",
    "xml",
    "contentEncoding",
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3..9).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z$^.*+?()\\[\\]{}|\\\\0-9]{0,6}".prop_map(Value::from),
        prop::sample::select(vec![
            "string", "integer", "number", "object", "array", "boolean", "null", "date", "uuid", "email"
        ])
        .prop_map(Value::from),
        prop::sample::select(vec![
            "#/schemas/A",
            "#/schemas/B",
            "#/schemas/C",
            "#/schemas/A/items",
            "#",
            "nowhere"
        ])
        .prop_map(Value::from),
    ]
}

/// JSON that looks like a schema, with arguments of every type for every keyword.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        scalar(),
        prop::sample::select(vec!["A", "B", "C"])
            .prop_map(|name| json!({ "$ref": format!("#/schemas/{name}") })),
        prop::sample::select(vec!["string", "integer", "number", "object", "array"])
            .prop_map(|name| json!({ "type": name })),
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        let key = prop_oneof![
            9 => prop::sample::select(KEYWORDS.to_vec()).prop_map(str::to_owned),
            1 => prop::sample::select(vec!["a", "b", "mapping", "propertyName", "name", "wrapped", "\u{0}<&"]).prop_map(str::to_owned),
        ];
        prop_oneof![
            3 => prop::collection::vec((key, inner.clone()), 0..6).prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::Array),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_panics(a in schema(), b in schema(), c in schema(), instance in scalar()) {
        let schemas = Map::from_iter([("A".to_owned(), a), ("B".to_owned(), b), ("C".to_owned(), c.clone())]);
        let mut sampler = Sampler::new(&schemas);
        for schema in [&c, &json!({ "$ref": "#/schemas/A" })] {
            let started = Instant::now();
            let sample = sampler.sample(schema, Direction::Response, Some("a"));
            // A sample without a problem passes the check.
            prop_assert!(sample.problem.is_some() || sampler.check(schema, &sample.value).is_ok());
            prop_assert_eq!(&sample, &Sampler::new(&schemas).sample(schema, Direction::Response, Some("a")));
            let _ = sampler.check(schema, &instance);
            for media_type in ["application/json", "application/xml", "text/csv", "multipart/form-data", "image/png", "text/event-stream"] {
                let _ = render(&sample.value, &concrete_media_type(media_type, Some(schema)), Some(schema), &schemas, &[]);
            }
            prop_assert!(header_text(&sample.value).chars().all(|char| (' '..='~').contains(&char)));
            prop_assert!(started.elapsed() < Duration::from_secs(20), "{schema}");
        }
    }
}

/// Long chains, deep nesting and numbers of branches that multiply.
#[test]
fn monsters() {
    let deep = |keyword: &str| {
        (0..1_000).fold(json!({ "type": "integer" }), |schema, _| {
            Map::from_iter([(keyword.to_owned(), schema)]).into()
        })
    };
    let chain: Map<String, Value> = (0..20_000)
        .map(|at| (format!("C{at}"), json!({ "$ref": format!("#/schemas/C{}", at + 1) })))
        .collect();
    let required: Map<String, Value> = (0..2_000)
        .map(|at| (format!("C{at}"), json!({ "type": "object", "required": ["a"], "properties": { "a": { "$ref": format!("#/schemas/C{}", at + 1) } } })))
        .collect();
    let doubling: Map<String, Value> = (0..60)
        .map(|at| {
            let next = json!({ "$ref": format!("#/schemas/C{}", at + 1) });
            (
                format!("C{at}"),
                json!({ "type": "object", "required": ["a", "b"], "properties": { "a": next, "b": next } }),
            )
        })
        .collect();
    let in_place: Map<String, Value> = (0..40)
        .map(|at| {
            let next = json!({ "$ref": format!("#/schemas/C{}", at + 1) });
            (format!("C{at}"), json!({ "allOf": [next, next], "anyOf": [next, next] }))
        })
        .collect();
    let woven: Map<String, Value> = (0..30)
        .map(|at| {
            let all = (0..30).map(|to| (format!("p{to}"), json!({ "$ref": format!("#/schemas/C{to}") })));
            (format!("C{at}"), json!({ "type": "object", "properties": all.collect::<Map<_, _>>() }))
        })
        .collect();
    let branches = json!({ "allOf": (0..12).map(|_| json!({ "oneOf": (0..12).map(|at| json!({ "const": at })).collect::<Value>() })).collect::<Value>(), "not": { "type": "integer" } });

    let start = json!({ "$ref": "#/schemas/C0" });
    let none = Map::new();
    let cases = [
        (&start, &chain),
        (&start, &required),
        (&start, &doubling),
        (&start, &in_place),
        (&start, &woven),
        (&branches, &none),
    ];
    for (at, (schema, schemas)) in cases.into_iter().enumerate() {
        quick(&format!("case {at}"), schema, schemas);
    }
    for keyword in ["not", "items", "additionalProperties", "if", "contains", "propertyNames"] {
        quick(keyword, &deep(keyword), &none);
    }
}

fn quick(name: &str, schema: &Value, schemas: &Map<String, Value>) {
    let started = Instant::now();
    let mut sampler = Sampler::new(schemas);
    let sample = sampler.sample(schema, Direction::Response, None);
    let _ = sampler.check(schema, &sample.value);
    assert!(sample.value.to_string().len() < 1_000_000, "{name}");
    assert!(started.elapsed() < Duration::from_secs(30), "{name}: {:?}", started.elapsed());
}
