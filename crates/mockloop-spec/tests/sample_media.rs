//! Bodies of every kind of media type.

use mockloop_spec::model::{Content, Encoding};
use mockloop_spec::sample::{concrete_media_type, header_text, render};
use serde_json::{Map, Value, json};

fn text(value: &Value, content_type: &str, schema: &Value) -> String {
    body(value, content_type, schema, &Map::new())
}

fn body(value: &Value, content_type: &str, schema: &Value, schemas: &Map<String, Value>) -> String {
    match render(value, content_type, Some(schema), schemas, &[]) {
        Content::Text(text) => text,
        Content::Base64(bytes) => panic!("{bytes}"),
    }
}

/// An XML body without its declaration.
fn xml(value: &Value, schema: &Value, schemas: &Value) -> String {
    let schemas = schemas.as_object().cloned().unwrap_or_default();
    let document = body(value, "application/xml", schema, &schemas);
    document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration").to_owned()
}

#[test]
fn names_are_made_concrete() {
    let cases = [
        ("application/json; charset=utf-8", json!({}), "application/json; charset=utf-8"),
        ("application/problem+json", json!({}), "application/problem+json"),
        ("*/*", json!({}), "application/json"),
        ("*/*", json!({ "type": "string" }), "text/plain"),
        ("*/*", json!({ "type": "string", "format": "binary" }), "application/octet-stream"),
        ("application/*", json!({ "type": "string" }), "application/json"),
        ("image/*", json!({}), "image/png"),
        ("text/*; charset=utf-8", json!({}), "text/plain; charset=utf-8"),
        ("multipart/form-data", json!({}), "multipart/form-data; boundary=mockloop-part-boundary"),
        ("multipart/mixed; boundary=x", json!({}), "multipart/mixed; boundary=x"),
        ("application/json, text/xml", json!({}), "application/json"),
        ("json", json!({}), "application/json"),
        ("not a type\r\nSet-Cookie: a", json!({}), "application/octet-stream"),
        ("", json!({}), "application/json"),
    ];
    for (media_type, schema, expected) in cases {
        assert_eq!(concrete_media_type(media_type, Some(&schema)), expected, "{media_type}");
    }
}

#[test]
fn json_and_its_kin() {
    let value = json!([{ "a": 1 }, "é"]);
    assert_eq!(text(&value, "application/json", &json!({})), r#"[{"a":1},"é"]"#);
    assert_eq!(text(&value, "application/vnd.api+json; v=1", &json!({})), r#"[{"a":1},"é"]"#);
    assert_eq!(text(&value, "application/yaml", &json!({})), r#"[{"a":1},"é"]"#);
    assert_eq!(text(&value, "application/x-ndjson", &json!({})), "{\"a\":1}\n\"é\"\n");
    assert_eq!(text(&value, "application/json-seq", &json!({})), "\u{1e}{\"a\":1}\n\u{1e}\"é\"\n");
    assert_eq!(text(&json!("a"), "application/json", &json!({})), "\"a\"");
}

#[test]
fn plain_texts() {
    assert_eq!(text(&json!("a\nb"), "text/plain", &json!({})), "a\nb");
    assert_eq!(text(&json!({ "a": 1 }), "text/html", &json!({})), r#"{"a":1}"#);
    assert_eq!(text(&json!(1.5), "text/plain", &json!({})), "1.5");
    assert_eq!(text(&json!("bytes"), "application/octet-stream", &json!({})), "bytes");
}

#[test]
fn tables() {
    let rows = json!([{ "a": 1, "b": "x,\"y\"" }, { "b": null, "c": true }]);
    assert_eq!(text(&rows, "text/csv", &json!({})), "a,b,c\r\n1,\"x,\"\"y\"\"\",\r\n,,true\r\n");
    assert_eq!(text(&json!([[1, 2], [3, 4]]), "text/csv", &json!({})), "1,2\r\n3,4\r\n");
    assert_eq!(text(&json!("a,b\n"), "text/csv", &json!({})), "a,b\n");
    assert_eq!(text(&json!([]), "text/csv", &json!({})), "");
}

#[test]
fn events() {
    let render = |value: Value| text(&value, "text/event-stream", &json!({}));
    assert_eq!(render(json!({ "a": 1 })), "data: {\"a\":1}\n\n");
    assert_eq!(render(json!("a\nb")), "data: a\ndata: b\n\n");
    assert_eq!(render(json!([1, 2])), "data: 1\n\ndata: 2\n\n");
    assert_eq!(
        render(json!({ "data": { "a": 1 }, "event": "e", "id": 7 })),
        "event: e\nid: 7\ndata: {\"a\":1}\n\n"
    );
    assert_eq!(render(json!("event: e\ndata: 1")), "event: e\ndata: 1\n\n");
}

#[test]
fn forms() {
    let value = json!({ "a b": "c&d=é", "list": [1, 2], "inner": { "x": 1 }, "none": null });
    let expected = "a+b=c%26d%3D%C3%A9&list=1&list=2&inner=%7B%22x%22%3A1%7D&none=";
    assert_eq!(text(&value, "application/x-www-form-urlencoded", &json!({})), expected);

    let schema = json!({ "properties": { "file": { "$ref": "#/schemas/File" } } });
    let schemas = json!({ "File": { "type": "string", "format": "binary" } }).as_object().cloned().unwrap();
    let value = json!({ "na\"me": "v", "file": "bytes", "meta": { "x": 1 }, "list": ["p", "q"] });
    let content_type = concrete_media_type("multipart/form-data", None);
    let expected = [
        "--mockloop-part-boundary\r\nContent-Disposition: form-data; name=\"na%22me\"\r\n\r\nv\r\n",
        "--mockloop-part-boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n",
        "Content-Type: application/octet-stream\r\n\r\nbytes\r\n",
        "--mockloop-part-boundary\r\nContent-Disposition: form-data; name=\"meta\"\r\n",
        "Content-Type: application/json\r\n\r\n{\"x\":1}\r\n",
        "--mockloop-part-boundary\r\nContent-Disposition: form-data; name=\"list\"\r\n\r\np\r\n",
        "--mockloop-part-boundary\r\nContent-Disposition: form-data; name=\"list\"\r\n\r\nq\r\n",
        "--mockloop-part-boundary--\r\n",
    ];
    assert_eq!(body(&value, &content_type, &schema, &schemas), expected.concat());
}

#[test]
fn files() {
    let bytes = |content_type: &str, schema: &Value| match render(
        &json!("string"),
        content_type,
        Some(schema),
        &Map::new(),
        &[],
    ) {
        Content::Base64(text) => text,
        Content::Text(text) => format!("text {text}"),
    };
    let binary = json!({ "type": "string", "format": "binary" });
    let starts = [
        ("image/png", "iVBORw0KGgo"),
        ("image/gif", "R0lGODlh"),
        ("image/jpeg", "/9j/"),
        ("image/webp", "UklGR"),
        ("application/zip", "UEsF"),
        ("application/gzip", "H4sI"),
        ("application/epub+zip", "UEsF"),
        ("audio/wav", "UklGR"),
        ("video/mp4", "AAAA"),
        ("application/pdf", "text %PDF-1.4"),
        ("image/svg+xml", "text <svg xmlns="),
        ("font/woff2", "text string"),
    ];
    for (content_type, start) in starts {
        assert!(
            bytes(content_type, &binary).starts_with(start),
            "{content_type}: {}",
            bytes(content_type, &binary)
        );
    }
    // What the description gives is sent as it is.
    assert_eq!(bytes("image/png", &json!({ "type": "string", "examples": ["string"] })), "text string");
}

#[test]
fn xml_elements() {
    let schema = json!({ "$ref": "#/schemas/Pet" });
    let schemas = json!({ "Pet": { "properties": { "id": {}, "name": {} } } });
    assert_eq!(
        xml(&json!({ "id": 1, "name": "a<b&c>" }), &schema, &schemas),
        "<Pet><id>1</id><name>a&lt;b&amp;c&gt;</name></Pet>"
    );
    assert_eq!(
        xml(&json!({ "a": null, "b": true, "c": {} }), &json!({}), &json!({})),
        "<root><a/><b>true</b><c/></root>"
    );
    assert_eq!(xml(&json!("text"), &json!({ "xml": { "name": "note" } }), &json!({})), "<note>text</note>");
    let named = json!({ "xml": { "name": "pet" }, "properties": { "id": { "xml": { "name": "ID" } } } });
    assert_eq!(xml(&json!({ "id": 1 }), &named, &json!({})), "<pet><ID>1</ID></pet>");
    // Markup that the description gives.
    assert_eq!(text(&json!("<a/>"), "text/xml", &json!({})), "<a/>");
}

#[test]
fn xml_attributes_and_namespaces() {
    let schema = json!({
        "xml": { "name": "pet", "namespace": "urn:pets", "prefix": "p" },
        "properties": {
            "id": { "type": "integer", "xml": { "attribute": true, "name": "ID" } },
            "name": { "xml": { "namespace": "urn:names" } },
            "tag": { "xml": { "prefix": "q" } },
        },
    });
    let value = json!({ "name": "Rex", "id": "1\"\n<", "tag": "t" });
    let expected = "<p:pet xmlns:p=\"urn:pets\" ID=\"1&quot;&#10;&lt;\"><name xmlns=\"urn:names\">Rex</name><q:tag xmlns:q=\"urn:q\">t</q:tag></p:pet>";
    assert_eq!(xml(&value, &schema, &json!({})), expected);
}

#[test]
fn xml_arrays() {
    let tags = |xml: Value, item: Value| json!({ "properties": { "tags": { "type": "array", "xml": xml, "items": { "xml": item } } } });
    let value = json!({ "tags": ["a", "b"] });
    let cases = [
        (json!({}), json!({}), "<tags>a</tags><tags>b</tags>"),
        (json!({ "name": "ignored?" }), json!({ "name": "tag" }), "<tag>a</tag><tag>b</tag>"),
        (json!({ "wrapped": true }), json!({}), "<tags><tags>a</tags><tags>b</tags></tags>"),
        (
            json!({ "wrapped": true, "name": "all" }),
            json!({ "name": "tag" }),
            "<all><tag>a</tag><tag>b</tag></all>",
        ),
    ];
    for (outer, item, expected) in cases {
        assert_eq!(xml(&value, &tags(outer, item), &json!({})), format!("<root>{expected}</root>"));
    }
    let schemas = json!({ "Pet": { "type": "object" }, "Pets": { "type": "array", "items": { "$ref": "#/schemas/Pet" } } });
    let pets = json!([{ "id": 1 }, { "id": 2 }]);
    assert_eq!(
        xml(&pets, &json!({ "$ref": "#/schemas/Pets" }), &schemas),
        "<Pets><Pet><id>1</id></Pet><Pet><id>2</id></Pet></Pets>"
    );
    assert_eq!(
        xml(&json!([1, 2]), &json!({ "type": "array" }), &json!({})),
        "<root><item>1</item><item>2</item></root>"
    );
    assert_eq!(
        xml(&json!([[1], [2]]), &json!({}), &json!({})),
        "<root><item><item>1</item></item><item><item>2</item></item></root>"
    );
}

#[test]
fn xml_of_properties_that_are_elsewhere() {
    let schemas = json!({
        "Base": { "properties": { "id": { "xml": { "attribute": true } } } },
        "Name": { "type": "string", "xml": { "name": "label" } },
    });
    let schema = json!({ "allOf": [{ "$ref": "#/schemas/Base" }, { "properties": { "name": { "$ref": "#/schemas/Name" } } }] });
    assert_eq!(
        xml(&json!({ "id": 1, "name": "a" }), &schema, &schemas),
        "<root id=\"1\"><label>a</label></root>"
    );
}

#[test]
fn xml_is_well_formed_whatever_comes() {
    let value = json!({ "1a b": "\u{0}\u{b}\r", "": 1, "a:b": 2, "ünï": 3, "]]>": "]]>" });
    let expected = "<root><_1a_b>\u{fffd}\u{fffd}&#13;</_1a_b><_>1</_><a_b>2</a_b><ünï>3</ünï><____>]]&gt;</____></root>";
    assert_eq!(xml(&value, &json!({}), &json!({})), expected);
    let twice = json!({ "properties": { "a": { "xml": { "attribute": true } }, "b": { "xml": { "attribute": true, "name": "a" } } } });
    assert_eq!(xml(&json!({ "a": 1, "b": 2 }), &twice, &json!({})), "<root a=\"1\"/>");
}

#[test]
fn headers() {
    let cases = [
        (json!("a"), "a"),
        (json!(1.5), "1.5"),
        (json!(true), "true"),
        (json!(null), ""),
        (json!(["a", 1]), "a,1"),
        (json!({ "a": 1, "b": "x" }), "a,1,b,x"),
        (json!(" a\r\nSet-Cookie: b\t"), "a  Set-Cookie: b"),
        (json!("é"), "%C3%A9"),
    ];
    for (value, expected) in cases {
        assert_eq!(header_text(&value), expected);
    }
}

#[test]
fn a_file_in_a_multipart_body_has_the_type_that_is_described() {
    let schema = json!({ "type": "object", "properties": {
        "a": { "type": "string", "format": "binary" },
        "b": { "type": "string", "contentMediaType": "image/png" },
        "c": { "type": "string", "format": "binary" } } });
    let encoding = Encoding {
        property: "c".to_owned(),
        content_type: Some("image/gif, image/*".to_owned()),
        ..Encoding::default()
    };
    let value = json!({ "a": "x", "b": "y", "c": "z" });
    let body = render(&value, "multipart/form-data", Some(&schema), &Map::new(), &[encoding]);
    let Content::Text(text) = body else { panic!("{body:?}") };
    let types: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("Content-Type: ")).collect();
    assert_eq!(types, ["application/octet-stream", "image/png", "image/gif"]);
}
