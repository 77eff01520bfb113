//! What changed between two versions: each change with its code, and whether it is breaking.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::path::{Path, PathBuf};

use mockloop_spec::model::Api;
use mockloop_spec::{Change, Impact, Source, diff, read};

fn api(text: &str) -> Api {
    let reading = read(&Source::text("api.yaml", text), None);
    assert!(reading.diagnostics.is_empty(), "{text}\n{:?}", reading.diagnostics);
    reading.api.unwrap()
}

/// The codes of changes, those of breaking ones with an exclamation mark.
fn codes<'c>(changes: impl IntoIterator<Item = &'c Change>) -> String {
    let code = |change: &Change| {
        let mark = if change.impact == Impact::Breaking { "!" } else { "" };
        format!("{mark}{}", change.code)
    };
    changes.into_iter().map(code).collect::<Vec<_>>().join(" ")
}

/// An API that takes and gives what a schema describes.
fn with_schema(schema: &str) -> Api {
    api(&format!(
        "
openapi: 3.1.0
info: {{ title: T, version: '1' }}
paths:
  /a:
    post:
      requestBody: {{ required: true, content: {{ application/json: {{ schema: {schema} }} }} }}
      responses:
        '200': {{ description: d, content: {{ application/json: {{ schema: {schema} }} }} }}
components:
  schemas:
    Cat: {{ type: object, required: [claws], properties: {{ claws: {{ type: integer }} }} }}
    Dog: {{ type: object, required: [bark], properties: {{ bark: {{ type: string }} }} }}
    Kitty: {{ description: Same as Cat, type: object, required: [claws], properties: {{ claws: {{ type: integer }} }} }}
    OldTree: {{ type: object, properties: {{ leaf: {{ type: string }}, next: {{ $ref: '#/components/schemas/OldTree' }} }} }}
    NewTree: {{ type: object, properties: {{ leaf: {{ type: integer }}, next: {{ $ref: '#/components/schemas/NewTree' }} }} }}
"
    ))
}

/// Old and new schema, what that means for those who send it, and for those who receive it.
#[rustfmt::skip]
const SCHEMAS: &[(&str, &str, &str, &str)] = &[
    // Types.
    ("{type: string}", "{type: string, title: T, description: d, examples: [a], deprecated: true}", "", ""),
    ("{type: number}", "{type: integer}", "!type-narrowed", "type-narrowed"),
    ("{type: string}", "{type: [string, 'null']}", "type-widened", "!type-widened"),
    ("{type: string}", "{type: integer}", "!type-changed", "!type-changed"),
    ("{}", "{type: string}", "!type-narrowed", "type-narrowed"),
    ("{type: [string, integer]}", "{type: [integer, string]}", "", ""),
    ("{type: string}", "{anyOf: [{type: string}, {type: 'null'}]}", "type-widened", "!type-widened"),
    ("{type: [string, 'null']}", "{anyOf: [{type: string}, {type: 'null'}]}", "", ""),
    ("{anyOf: [{type: 'null'}, {type: string}]}", "{type: string}", "!type-narrowed", "type-narrowed"),
    ("{$ref: '#/components/schemas/Cat'}", "{oneOf: [{$ref: '#/components/schemas/Cat'}, {type: 'null'}]}", "type-widened", "!type-widened"),
    // Values.
    ("{type: string, enum: [a, b]}", "{type: string, enum: [b, c]}", "!enum-value-removed enum-value-added", "enum-value-removed !enum-value-added"),
    ("{enum: [a]}", "{type: string, enum: [a]}", "", ""),
    ("{const: a}", "{enum: [a]}", "", ""),
    ("{const: a}", "{const: b}", "!enum-value-removed enum-value-added", "enum-value-removed !enum-value-added"),
    ("{const: 1}", "{const: 1.0}", "", ""),
    ("{type: string}", "{type: string, enum: [a]}", "!enum-added", "enum-added"),
    ("{type: string, enum: [a]}", "{type: string}", "enum-removed", "!enum-removed"),
    ("{type: [string, 'null'], enum: [a, null]}", "{type: string, enum: [a]}", "!type-narrowed", "type-narrowed"),
    // Bounds.
    ("{type: integer, minimum: 1}", "{type: integer, minimum: 2}", "!bound-tightened", "bound-tightened"),
    ("{type: integer, minimum: 1}", "{type: integer, exclusiveMinimum: 1}", "!bound-tightened", "bound-tightened"),
    ("{type: integer, maximum: 9}", "{type: integer, maximum: 99}", "bound-loosened", "!bound-loosened"),
    ("{type: number, exclusiveMaximum: 9}", "{type: number, maximum: 9}", "bound-loosened", "!bound-loosened"),
    ("{type: integer}", "{type: integer, maximum: 9}", "!bound-tightened", "bound-tightened"),
    ("{type: string, minLength: 0}", "{type: string}", "", ""),
    ("{type: string, maxLength: 9}", "{type: string, maxLength: 5}", "!bound-tightened", "bound-tightened"),
    ("{type: array, minItems: 1, items: {}}", "{type: array, items: {}}", "bound-loosened", "!bound-loosened"),
    ("{type: object, maxProperties: 3}", "{type: object, maxProperties: 2}", "!bound-tightened", "bound-tightened"),
    // Other constraints.
    ("{type: string}", "{type: string, pattern: '^a'}", "!pattern-added", "pattern-added"),
    ("{type: string, pattern: '^b'}", "{type: string, pattern: '^a'}", "!pattern-changed", "!pattern-changed"),
    ("{type: string, format: date}", "{type: string}", "format-removed", "!format-removed"),
    ("{type: string, format: date}", "{type: string, format: date-time}", "!format-changed", "!format-changed"),
    ("{type: integer, format: int32}", "{type: integer, format: int64}", "format-changed", "!format-changed"),
    ("{type: integer, multipleOf: 5}", "{type: integer, multipleOf: 10}", "!multiple-of-changed", "multiple-of-changed"),
    ("{type: array, items: {}}", "{type: array, items: {}, uniqueItems: true}", "!unique-items-added", "unique-items-added"),
    ("{type: integer, default: 1}", "{type: integer, default: 2}", "!default-changed", ""),
    // Properties.
    ("{type: object, properties: {a: {}}}", "{type: object, properties: {a: {}, b: {}}}", "property-added", "property-added"),
    ("{type: object, properties: {a: {}}}", "{type: object, required: [b], properties: {a: {}, b: {}}}", "!required-property-added", "property-added"),
    ("{type: object, properties: {a: {}, b: {}}}", "{type: object, properties: {a: {}}}", "!property-removed", "!property-removed"),
    ("{type: object, properties: {a: {}}}", "{type: object, required: [a], properties: {a: {}}}", "!property-became-required", "property-became-required"),
    ("{type: object, required: [a], properties: {a: {}}}", "{type: object, properties: {a: {}}}", "property-became-optional", "!property-became-optional"),
    ("{type: object, properties: {a: {}}, additionalProperties: false}", "{type: object, properties: {a: {}, b: {}}, additionalProperties: false}", "property-added", "!property-added"),
    ("{type: object}", "{type: object, additionalProperties: false}", "!additional-properties-closed", "additional-properties-closed"),
    ("{type: object, additionalProperties: false}", "{type: object, additionalProperties: true}", "additional-properties-opened", "!additional-properties-opened"),
    ("{type: object, additionalProperties: {type: string}}", "{type: object, additionalProperties: {type: [string, integer]}}", "type-widened", "!type-widened"),
    ("{type: object, properties: {a: {readOnly: true}}}", "{type: object}", "", "!property-removed"),
    ("{type: object, properties: {a: {writeOnly: true}}}", "{type: object}", "!property-removed", ""),
    ("{type: object, properties: {a: {type: object, properties: {b: {type: string}}}}}", "{type: object, properties: {a: {type: object, properties: {b: {type: number}}}}}", "!type-changed", "!type-changed"),
    // Items.
    ("{type: array, items: {type: string}}", "{type: array, items: {type: [string, 'null']}}", "type-widened", "!type-widened"),
    ("{type: array, prefixItems: [{type: string}]}", "{type: array, prefixItems: [{type: string}, {type: string}]}", "!type-narrowed", "type-narrowed"),
    ("{type: array, items: {type: string}}", "{type: array, prefixItems: [{type: string}], items: {type: string}}", "", ""),
    // Together.
    ("{type: object, required: [claws], properties: {claws: {type: integer}}}", "{$ref: '#/components/schemas/Cat'}", "", ""),
    ("{$ref: '#/components/schemas/Cat'}", "{$ref: '#/components/schemas/Kitty'}", "", ""),
    ("{type: object, properties: {a: {type: string}, claws: {type: integer}}, required: [claws]}", "{allOf: [{$ref: '#/components/schemas/Cat'}, {type: object, properties: {a: {type: string}}}]}", "", ""),
    ("{allOf: [{$ref: '#/components/schemas/Cat'}]}", "{allOf: [{$ref: '#/components/schemas/Cat'}, {required: [name]}]}", "!required-property-added", "property-added"),
    ("{$ref: '#/components/schemas/OldTree'}", "{$ref: '#/components/schemas/NewTree'}", "!type-changed", "!type-changed"),
    // Alternatives.
    ("{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}", "{oneOf: [{$ref: '#/components/schemas/Dog'}, {$ref: '#/components/schemas/Kitty'}]}", "", ""),
    ("{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}", "{oneOf: [{$ref: '#/components/schemas/Dog'}, {$ref: '#/components/schemas/Kitty'}, {type: string}]}", "alternative-added", "!alternative-added"),
    ("{anyOf: [{type: string}, {type: integer}]}", "{anyOf: [{type: string}, {type: boolean}]}", "!type-changed", "!type-changed"),
    ("{anyOf: [{type: string}, {type: integer}, {type: boolean}]}", "{anyOf: [{type: string}]}", "!alternative-removed !alternative-removed", "alternative-removed alternative-removed"),
    ("{$ref: '#/components/schemas/Cat'}", "{anyOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}", "alternative-added", "!alternative-added"),
    ("{anyOf: [{type: string}, {type: integer}]}", "{anyOf: [{type: array}, {type: object}, {type: boolean}]}", "!not-comparable", "!not-comparable"),
    ("{type: object}", "{type: object, oneOf: [{required: [a]}, {required: [b]}]}", "!condition-added", "condition-added"),
    ("{type: object, oneOf: [{required: [a]}, {required: [b]}]}", "{type: object, oneOf: [{required: [b]}, {required: [a]}]}", "", ""),
    ("{type: object, discriminator: {propertyName: a}}", "{type: object, discriminator: {propertyName: b}}", "!discriminator-changed", "!discriminator-changed"),
    // What is only equal or not.
    ("{not: {type: string}}", "{not: {type: string}}", "", ""),
    ("{type: string, not: {const: a}}", "{type: string, not: {const: b}}", "!not-comparable", "!not-comparable"),
    ("{type: string}", "{type: string, not: {const: b}}", "!condition-added", "condition-added"),
    ("{type: object, if: {required: [a]}, then: {required: [b]}}", "{type: object}", "condition-removed condition-removed", "!condition-removed !condition-removed"),
    ("{type: object, patternProperties: {'^x': {type: string}}}", "{type: object, patternProperties: {'^x': {type: integer}}}", "!not-comparable", "!not-comparable"),
    ("{type: object, properties: {a: {type: string}}}", "{type: object, properties: {a: false}}", "!schema-closed", "schema-closed"),
];

#[test]
fn schemas_are_judged_by_the_way_that_data_goes() {
    for (old, new, sent, received) in SCHEMAS {
        let changes = diff(&with_schema(old), &with_schema(new));
        let (request, response): (Vec<_>, Vec<_>) =
            changes.iter().partition(|change| change.place.starts_with("POST /a request"));
        assert_eq!((codes(request).as_str(), codes(response).as_str()), (*sent, *received), "{old} -> {new}");
        let back = diff(&with_schema(new), &with_schema(old));
        assert_eq!(changes.is_empty(), back.is_empty(), "{new} -> {old}: {back:?}");
    }
}

/// Old and new parts of a description, and the changes.
#[rustfmt::skip]
const PARTS: &[(&str, &str, &str)] = &[
    // Operations.
    ("paths: {/a: {get: {responses: R}}}", "paths: {/a: {put: {responses: R}}}", "!operation-removed operation-added"),
    ("paths: {'/a/{x}': {get: {parameters: [P x], responses: R}}}", "paths: {'/a/{y}': {get: {parameters: [P y], responses: R}}}", ""),
    ("paths: {/a: {get: {operationId: one, responses: R}}}", "paths: {/b: {get: {operationId: one, responses: R}}}", "!operation-moved"),
    ("paths: {/a: {get: {operationId: one, responses: R}}}", "paths: {/a: {get: {operationId: two, responses: R}}}", "operation-id-changed"),
    ("paths: {/a: {get: {responses: R}}}", "paths: {/a: {get: {deprecated: true, responses: R}}}", "operation-deprecated"),
    ("paths: {/a: {get: {deprecated: true, responses: R}}}", "paths: {/a: {get: {responses: R}}}", "operation-undeprecated"),
    ("paths: {/a: {get: {summary: s, tags: [t], responses: R}}}", "paths: {/a: {get: {description: d, responses: R}}}", ""),
    ("paths: {'/a?x=1': {get: {responses: R}}, '/a?x=2': {get: {responses: R}}}", "paths: {'/a?x=2': {get: {responses: R}}}", "!operation-removed"),
    // Parameters.
    ("paths: {/a: {get: {parameters: [Q x], responses: R}}}", "paths: {/a: {get: {responses: R}}}", "!parameter-removed"),
    ("paths: {/a: {get: {responses: R}}}", "paths: {/a: {get: {parameters: [Q x], responses: R}}}", "parameter-added"),
    ("paths: {/a: {get: {responses: R}}}", "paths: {/a: {get: {parameters: [{name: x, in: query, required: true, schema: {}}], responses: R}}}", "!required-parameter-added"),
    ("paths: {/a: {get: {parameters: [Q x], responses: R}}}", "paths: {/a: {get: {parameters: [{name: x, in: query, required: true, schema: {type: string}}], responses: R}}}", "!parameter-became-required"),
    ("paths: {/a: {get: {parameters: [{name: x, in: query, required: true, schema: {type: string}}], responses: R}}}", "paths: {/a: {get: {parameters: [Q x], responses: R}}}", "parameter-became-optional"),
    ("paths: {/a: {get: {parameters: [Q x], responses: R}}}", "paths: {/a: {get: {parameters: [{name: x, in: header, schema: {type: string}}], responses: R}}}", "!parameter-moved"),
    ("paths: {/a: {get: {parameters: [{name: X-A, in: header, schema: {type: string}}], responses: R}}}", "paths: {/a: {get: {parameters: [{name: x-a, in: header, schema: {type: string}}], responses: R}}}", ""),
    ("paths: {/a: {get: {parameters: [{name: x, in: query, schema: {type: array}}], responses: R}}}", "paths: {/a: {get: {parameters: [{name: x, in: query, explode: false, schema: {type: array}}], responses: R}}}", "!parameter-style-changed"),
    ("paths: {/a: {get: {parameters: [Q x], responses: R}}}", "paths: {/a: {get: {parameters: [{name: x, in: query, explode: false, schema: {type: string}}], responses: R}}}", ""),
    ("paths: {/a: {get: {parameters: [{name: x, in: query, schema: {type: array}}], responses: R}}}", "paths: {/a: {get: {parameters: [{name: x, in: query, style: pipeDelimited, explode: true, schema: {type: array}}], responses: R}}}", "!parameter-style-changed"),
    ("paths: {/a: {get: {parameters: [Q x], responses: R}}}", "paths: {/a: {get: {parameters: [{name: x, in: query, content: {application/json: {schema: {type: string}}}}], responses: R}}}", "!parameter-style-changed"),
    ("paths: {/a: {get: {parameters: [Q x], responses: R}}}", "paths: {/a: {get: {parameters: [{name: x, in: query, deprecated: true, schema: {type: string, maxLength: 9}}], responses: R}}}", "parameter-deprecated !bound-tightened"),
    // Bodies.
    ("paths: {/a: {post: {responses: R}}}", "paths: {/a: {post: {requestBody: {required: true, content: {a/b: {}}}, responses: R}}}", "!required-request-body-added"),
    ("paths: {/a: {post: {responses: R}}}", "paths: {/a: {post: {requestBody: {content: {a/b: {}}}, responses: R}}}", "request-body-added"),
    ("paths: {/a: {post: {requestBody: {content: {a/b: {}}}, responses: R}}}", "paths: {/a: {post: {responses: R}}}", "!request-body-removed"),
    ("paths: {/a: {post: {requestBody: {content: {a/b: {}}}, responses: R}}}", "paths: {/a: {post: {requestBody: {required: true, content: {a/b: {}}}, responses: R}}}", "!request-body-became-required"),
    ("paths: {/a: {post: {requestBody: {content: {a/b: {}}}, responses: R}}}", "paths: {/a: {post: {requestBody: {content: {a/c: {}}}, responses: R}}}", "!request-media-type-removed request-media-type-added"),
    ("paths: {/a: {post: {requestBody: {content: {a/b: {}}}, responses: R}}}", "paths: {/a: {post: {requestBody: {content: {A/*: {}}}, responses: R}}}", "request-media-type-added"),
    // Responses.
    ("paths: {/a: {get: {responses: {'200': {description: d}, '404': {description: d}}}}}", "paths: {/a: {get: {responses: {'200': {description: d}}}}}", "response-status-removed"),
    ("paths: {/a: {get: {responses: {'200': {description: d}}}}}", "paths: {/a: {get: {responses: {'201': {description: d}}}}}", "!response-status-removed response-status-added"),
    ("paths: {/a: {get: {responses: {'200': {description: d}}}}}", "paths: {/a: {get: {responses: {2XX: {description: d}}}}}", "response-status-removed response-status-added"),
    ("paths: {/a: {get: {responses: {'200': {description: d, content: {a/b: {}}}}}}}", "paths: {/a: {get: {responses: {'200': {description: d, content: {a/c: {}}}}}}}", "!response-media-type-removed response-media-type-added"),
    ("paths: {/a: {get: {responses: {'200': {description: d, headers: {X: {schema: {}}, Y: {required: true, schema: {}}}}}}}}", "paths: {/a: {get: {responses: {'200': {description: d, headers: {y: {schema: {}}, Z: {schema: {}}}}}}}}", "!response-header-removed !response-header-became-optional response-header-added"),
    // Security.
    ("paths: {/a: {get: {responses: R}}}", "security: [{key: []}]\npaths: {/a: {get: {responses: R}}}", "!security-added"),
    ("security: [{key: []}]\npaths: {/a: {get: {responses: R}}}", "paths: {/a: {get: {responses: R}}}", "security-removed"),
    ("security: [{key: []}]\npaths: {/a: {get: {responses: R}}}", "security: [{key: []}, {}]\npaths: {/a: {get: {responses: R}}}", "security-removed"),
    ("security: [{key: []}, {auth: []}]\npaths: {/a: {get: {responses: R}}}", "security: [{auth: []}]\npaths: {/a: {get: {responses: R}}}", "!security-alternative-removed"),
    ("security: [{auth: []}]\npaths: {/a: {get: {responses: R}}}", "security: [{key: []}, {auth: []}]\npaths: {/a: {get: {responses: R}}}", "security-alternative-added"),
    ("security: [{key: []}]\npaths: {/a: {get: {responses: R}}}", "security: [{same: []}]\npaths: {/a: {get: {responses: R}}}", ""),
    ("security: [{key: []}]\npaths: {/a: {get: {responses: R}}}", "security: [{key: [], auth: []}]\npaths: {/a: {get: {responses: R}}}", "!security-scheme-added"),
    ("security: [{auth: [read]}]\npaths: {/a: {get: {responses: R}}}", "security: [{auth: [read, write]}]\npaths: {/a: {get: {responses: R}}}", "!security-scope-added"),
    // Servers.
    ("servers: [{url: https://a.example/v1}]\npaths: {/a: {get: {responses: R}}}", "servers: [{url: https://a.example/v1/}, {url: https://b.example}]\npaths: {/a: {get: {responses: R}}}", "server-added"),
    ("servers: [{url: https://a.example/v1}]\npaths: {/a: {get: {responses: R}}}", "servers: [{url: https://a.example/v2}]\npaths: {/a: {get: {responses: R}}}", "!server-removed server-added"),
    ("paths: {/a: {servers: [{url: /x}], get: {responses: R}}}", "paths: {/a: {servers: [{url: /y}], get: {responses: R}}}", "!base-path-removed base-path-added"),
    // What the API sends.
    ("paths: {}\nwebhooks: {w: {post: {responses: R}}}", "paths: {}\nwebhooks: {v: {post: {responses: R}}}", "!webhook-removed webhook-added"),
    ("paths: {}\nwebhooks: {w: {post: {requestBody: {content: {a/b: {schema: {type: string}}}}, responses: R}}}", "paths: {}\nwebhooks: {w: {post: {requestBody: {required: true, content: {a/b: {schema: {type: [string, integer]}}}}, responses: R}}}", "request-body-became-required !type-widened"),
    ("paths: {/a: {post: {callbacks: {c: {'{$url}': {post: {responses: R}}}}, responses: R}}}", "paths: {/a: {post: {responses: R}}}", "!callback-removed"),
];

fn with_parts(parts: &str) -> Api {
    let mut parts = parts.replace("responses: R", "responses: {'200': {description: d}}");
    for name in ["x", "y"] {
        let parameter = |place: &str, rest: &str| {
            format!("{{name: {name}, in: {place}, {rest}schema: {{type: string}}}}")
        };
        parts = parts.replace(&format!("P {name}"), &parameter("path", "required: true, "));
        parts = parts.replace(&format!("Q {name}"), &parameter("query", ""));
    }
    api(&format!(
        "openapi: 3.1.0
info: {{title: T, version: '1'}}
{parts}
components:
  securitySchemes:
    key: {{type: apiKey, in: header, name: X-Key}}
    same: {{type: apiKey, in: header, name: x-key}}
    auth: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: /t, scopes: {{read: r, write: w}}}}}}}}
"
    ))
}

#[test]
fn parts_of_a_description_are_compared() {
    for (old, new, expected) in PARTS {
        let changes = diff(&with_parts(old), &with_parts(new));
        assert_eq!(codes(&changes), *expected, "{old} -> {new}\n{changes:#?}");
    }
}

#[test]
fn a_change_has_its_place() {
    let old = with_schema("{type: object, properties: {'a/b': {type: array, items: {type: string}}}}");
    let new = with_schema("{type: object, properties: {'a/b': {type: array, items: {type: number}}}}");
    let changes = diff(&old, &new);
    let places: Vec<&str> = changes.iter().map(|change| change.place.as_str()).collect();
    let expected =
        ["POST /a request application/json /a~1b/*", "POST /a response 200 application/json /a~1b/*"];
    assert_eq!(places, expected);
    assert!(changes.iter().all(|change| change.operation.as_deref() == Some("post_a")), "{changes:?}");
    assert_eq!(changes[0].message, "it was `string` and is `number`");
}

#[test]
fn a_shared_definition_is_compared_once_for_each_way() {
    let text = |kind: &str| {
        let operation = "responses: {'200': {description: d, content: {a/b: {schema: {$ref: '#/components/schemas/S'}}}}}";
        format!(
            "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths: {{/a: {{get: {{{operation}}}}}, /b: {{get: \
             {{{operation}}}}}}}\ncomponents: {{schemas: {{S: {{type: {kind}}}}}}}"
        )
    };
    let changes = diff(&api(&text("string")), &api(&text("number")));
    assert_eq!(codes(&changes), "!type-changed");
    assert_eq!(changes[0].place, "GET /a response 200 a/b");
}

#[test]
fn schemes_that_ask_for_something_else_are_named_once() {
    let text = |name: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\nsecurity: [{{key: []}}]\npaths: {{/a: {{get: {{responses: \
             {{'204': {{description: d}}}}}}}}}}\ncomponents: {{securitySchemes: {{key: {{type: apiKey, in: query, \
             name: {name}}}}}}}"
        )
    };
    assert_eq!(codes(&diff(&api(&text("a")), &api(&text("b")))), "!security-scheme-changed");
}

#[test]
fn formats_of_descriptions_make_no_difference() {
    let old = "
swagger: '2.0'
info: {title: T, version: '1'}
basePath: /v1
produces: [application/json]
paths:
  /a/{id}:
    get:
      parameters: [{name: id, in: path, required: true, type: integer}]
      responses: {'200': {description: d, schema: {$ref: '#/definitions/Pet'}}}
definitions:
  Pet: {type: object, required: [name], properties: {name: {type: string, x-nullable: true}}}
";
    let new = "
openapi: 3.1.0
info: {title: T, version: '2'}
servers: [{url: /v1}]
paths:
  /a/{key}:
    get:
      parameters: [{name: key, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: e, content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}}
components:
  schemas:
    Animal: {type: object, required: [name], properties: {name: {type: [string, 'null']}}}
";
    assert_eq!(diff(&api(old), &api(new)), []);
}

#[test]
fn long_chains_of_definitions_end() {
    let chain = |last: &str| {
        let mut api = with_schema("{}");
        for index in 0..5_000 {
            let next =
                serde_json::json!({"properties": {"next": {"$ref": format!("#/schemas/N{}", index + 1)}}});
            api.schemas.insert(format!("N{index}"), next);
        }
        api.schemas.insert("N5000".to_owned(), serde_json::json!({ "type": last }));
        let schema = Some(serde_json::json!({"$ref": "#/schemas/N0", "title": last}));
        api.operations[0].request_body.as_mut().unwrap().content[0].schema = schema;
        api
    };
    assert!(diff(&chain("string"), &chain("string")).is_empty());
    let _ = diff(&chain("string"), &chain("number"));
}

#[test]
fn every_description_of_the_corpus_equals_itself() {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_small = entry.metadata().is_ok_and(|data| data.len() < 600_000);
            if path.is_dir() {
                files(&path, found);
            } else if is_small {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["openapi-3.0", "openapi-3.1", "swagger-2.0"] {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
        files(&corpus.join(folder), &mut found);
    }
    for path in found {
        if let Some(api) = read(&Source::File(path.clone()), None).api {
            let changes = diff(&api, &api);
            assert!(changes.is_empty(), "{}: {changes:#?}", path.display());
        }
    }
}
