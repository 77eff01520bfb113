"""Parameters: found, decoded by style, read by schema, checked."""

import pytest
from describe import op, param

from mockloop_server import Call, Routes

NESTED = {"a": {"b": "1"}, "c": ["2"]}
INTS = {"type": "array", "items": {"type": "integer"}}
TEXTS = {"type": "array", "items": {"type": "string"}}
RGB = {
    "type": "object",
    "properties": {"r": {"type": "integer"}, "g": {"type": "integer"}},
    "additionalProperties": False,
}


def seen(mock, operation, **api):
    """A server whose handler answers with the values that it saw."""
    routes = Routes()

    @routes.operation(operation["id"])
    async def handler(call: Call):
        return call.json(
            {
                "path": call.path,
                "query": call.query,
                "headers": call.headers,
                "cookies": call.cookies,
            }
        )

    return mock(operation, routes=routes, **api)


@pytest.mark.parametrize(
    ("style", "explode", "schema", "query", "expected"),
    [
        ("form", True, INTS, "p=1&p=2", [1, 2]),
        ("form", True, INTS, "p=1", [1]),
        ("form", False, INTS, "p=1,2", [1, 2]),
        ("form", False, INTS, "p=1%2C2", [1, 2]),
        ("form", False, {"type": "array"}, "p=a%2Cb,c", ["a,b", "c"]),
        ("form", False, INTS, "p=", []),
        ("spaceDelimited", False, INTS, "p=1%202", [1, 2]),
        ("spaceDelimited", False, INTS, "p=1+2", [1, 2]),
        ("pipeDelimited", False, INTS, "p=1|2", [1, 2]),
        ("pipeDelimited", False, INTS, "p=1%7C2", [1, 2]),
        ("tabDelimited", False, INTS, "p=1%092", [1, 2]),
        ("form", True, RGB, "r=1&g=2", {"r": 1, "g": 2}),
        ("form", False, RGB, "p=r,1,g,2", {"r": 1, "g": 2}),
        ("form", False, RGB, 'p={"r":1}', {"r": 1}),
        ("form", False, {"type": "object"}, "p=%7B,1", {"{": "1"}),
        ("deepObject", True, {"type": "object"}, "p[0]=a&p[1]=b", {"0": "a", "1": "b"}),
        ("deepObject", True, RGB, "p[r]=1&p%5Bg%5D=2", {"r": 1, "g": 2}),
        (
            "deepObject",
            True,
            {"type": "object"},
            "p[a][b]=1&p[c][]=2",
            {"a": {"b": "1"}, "c": ["2"]},
        ),
        ("form", True, {"type": "string"}, "p=a%20b+c", "a b c"),
        ("form", True, {"type": ["integer", "null"]}, "p=null", None),
        ("form", True, {"type": ["string", "null"]}, "p=null", "null"),
        ("form", True, {"type": ["string", "null"], "enum": ["a", None]}, "p=null", None),
        ("form", True, {"type": "boolean"}, "p=true", True),
        ("form", True, {"type": "number"}, "p=-1.5e3", -1500.0),
        ("form", True, {"type": "string"}, "p=007", "007"),
        ("form", True, {"anyOf": [{"type": "integer"}, {"enum": ["all"]}]}, "p=all", "all"),
        ("form", True, {"anyOf": [{"type": "integer"}, {"enum": ["all"]}]}, "p=3", 3),
        ("form", True, {"$ref": "#/schemas/A~1b%20c"}, "p=3", 3),
        ("form", True, {"allOf": [{"$ref": "#/schemas/A~1b%20c"}, {"minimum": 2}]}, "p=3", 3),
        ("form", True, None, "p=3", "3"),
    ],
)
def test_query_styles(mock, style, explode, schema, query, expected):
    operation = op("GET", "/a", param("p", schema, style=style, explode=explode))
    m = seen(mock, operation, schemas={"A/b c": {"type": "integer"}})
    answer = m.get(f"/a?{query}")
    assert answer.json()["query"] == {"p": expected}, answer.text


@pytest.mark.parametrize(
    ("style", "explode", "schema", "text", "expected"),
    [
        ("simple", False, INTS, "1,2", [1, 2]),
        ("simple", False, TEXTS, "a%2Cb,%20c", ["a,b", " c"]),
        ("simple", False, INTS, "1%2C2", [1, 2]),
        ("simple", True, {"type": "object"}, "a%3Db=c%2Cd", {"a=b": "c,d"}),
        ("simple", False, RGB, "r,1,g,2", {"r": 1, "g": 2}),
        ("simple", True, RGB, "r=1,g=2", {"r": 1, "g": 2}),
        ("simple", False, {"properties": {"r": True}}, "x", "x"),
        ("simple", False, RGB, '{"r":1}', {"r": 1}),
        ("label", False, {"type": "integer"}, ".5", 5),
        ("label", False, INTS, ".1,2", [1, 2]),
        ("label", True, INTS, ".1.2", [1, 2]),
        ("label", True, TEXTS, ".a%2Eb.c%2Cd", ["a.b", "c,d"]),
        ("label", False, TEXTS, ".a%2Eb", ["a.b"]),
        ("label", True, RGB, ".r=1.g=2", {"r": 1, "g": 2}),
        ("label", False, RGB, ".r,1,g,2", {"r": 1, "g": 2}),
        ("matrix", False, {"type": "integer"}, ";p=5", 5),
        ("matrix", False, {"type": "integer"}, "%3Bp%3D5", 5),
        ("matrix", False, INTS, ";p=1,2", [1, 2]),
        ("matrix", False, TEXTS, ";p=a%2Cb,c", ["a,b", "c"]),
        ("matrix", True, TEXTS, ";p=a%3Bb;p=c", ["a;b", "c"]),
        ("matrix", True, INTS, ";p=1;p=2", [1, 2]),
        ("matrix", True, RGB, ";r=1;g=2", {"r": 1, "g": 2}),
        ("matrix", False, RGB, ";p=r,1,g,2", {"r": 1, "g": 2}),
        ("label", True, INTS, "1,2", [1, 2]),
        ("matrix", True, INTS, "1,2", [1, 2]),
        ("matrix", False, {"type": "integer"}, "5", 5),
        ("matrix", True, RGB, "r=1,g=2", {"r": 1, "g": 2}),
    ],
)
def test_path_styles(mock, style, explode, schema, text, expected):
    operation = op("GET", "/a/{p}", param("p", schema, "path", style=style, explode=explode))
    answer = seen(mock, operation).get(f"/a/{text}")
    assert answer.json()["path"] == {"p": expected}, answer.text


@pytest.mark.parametrize(
    ("style", "explode", "schema", "text"),
    [
        ("simple", False, RGB, "r"),
        ("simple", True, RGB, "r"),
        ("simple", True, RGB, "{"),
        ("label", False, {"type": "integer"}, ".x"),
        ("matrix", False, {"type": "integer"}, ";q=5"),
    ],
)
def test_path_values_in_no_known_style_are_refused(mock, style, explode, schema, text):
    operation = op("GET", "/a/{p}", param("p", schema, "path", style=style, explode=explode))
    assert mock(operation).get(f"/a/{text}").status_code == 400


def test_headers_and_cookies(mock):
    operation = op(
        "GET",
        "/a",
        param("X-Ids", INTS, "header"),
        param("c", {"type": "integer"}, "cookie"),
        param("t", {"type": "string"}, "cookie"),
    )
    found = seen(mock, operation)("GET", "/a", headers={"x-ids": "1, 2", "cookie": "c=7; t=a%20b"})
    assert found.json()["headers"] == {"X-Ids": [1, 2]}
    assert found.json()["cookies"] == {"c": 7, "t": "a b"}


def test_encoded_delimiters_in_a_cookie_are_no_delimiters(mock):
    operation = op("GET", "/a", param("p", TEXTS, "cookie"))
    found = seen(mock, operation).get("/a", cookie="p=a%2Cb,c%3Bd").json()
    assert found["cookies"] == {"p": ["a,b", "c;d"]}


def test_nothing_in_a_header_is_decoded_or_cut_but_spaces(mock):
    operation = op("GET", "/a", param("P", TEXTS, "header"))
    value = "a%2Cb, \u00a0c".encode()
    found = seen(mock, operation)("GET", "/a", headers={"p": value}).json()
    assert found["headers"] == {"P": ["a%2Cb", "\u00a0c"]}


def test_content_parameter_is_json(mock):
    m = seen(mock, op("GET", "/a", param("f", RGB, media_type="application/json")))
    assert m.get('/a?f={"r":1}').json()["query"] == {"f": {"r": 1}}
    assert m.get("/a?f={").status_code == 400
    assert m.get('/a?f={"r":"x"}').status_code == 400


def test_accept_content_type_and_authorization_are_no_parameters(mock):
    names = ("Accept", "Content-Type", "Authorization")
    m = mock(op("GET", "/a", *(param(n, {"const": 1}, "header", required=True) for n in names)))
    assert m.get("/a").status_code == 200


def test_allow_empty_value_stands_for_absent(mock):
    operation = op(
        "GET",
        "/a",
        param("e", {"type": "integer"}, allow_empty_value=True),
        param("n", {"type": "integer"}),
    )
    m = seen(mock, operation)
    assert m.get("/a?e=").json()["query"] == {}
    assert m.get("/a?n=").status_code == 400


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer"}, "x"),
        ({"type": "integer"}, "1.5"),
        ({"type": "integer"}, ""),
        ({"type": "integer", "maximum": 5}, "6"),
        ({"type": "integer"}, "1" * 5000),
        ({"type": "integer", "format": "int32"}, "2147483648"),
        ({"type": "integer", "format": "int64", "minimum": 1}, "9223372036854775808"),
        ({"type": "number"}, "NaN"),
        ({"type": "number"}, "1e999"),
        ({"type": "boolean"}, "yes"),
        ({"type": "string", "pattern": "^a+$"}, "b"),
        ({"type": "string", "format": "date"}, "2024-02-30"),
        ({"type": "string", "format": "uuid"}, "x"),
        ({"type": "string", "maxLength": 1}, "ab"),
        ({"type": ["string", "null"], "enum": ["a", None]}, ""),
    ],
)
def test_invalid_text_is_refused_with_its_place(mock, schema, text):
    answer = mock(op("GET", "/a", param("p", schema))).get(f"/a?p={text}")
    assert answer.status_code == 400
    (violation,) = answer.json()["violations"]
    assert (violation["in"], violation["name"]) == ("query", "p")
    assert len(violation["message"]) <= 300


def test_missing_and_repeated_are_refused(mock):
    m = mock(op("GET", "/a", param("p", {"type": "integer"}, required=True)))
    assert "missing" in m.get("/a").text
    assert "more than once" in m.get("/a?p=1&p=2").text


def test_all_violations_are_named_in_one_header(mock):
    m = mock(op("GET", "/a", *(param(f"p{i}", required=True) for i in range(60))))
    answer = m.get("/a")
    assert len(answer.json()["violations"]) == 60
    assert len(answer.headers["mockloop-violations"]) <= 2048
    assert answer.headers["mockloop-violations"].endswith("}]")


def test_pattern_that_no_engine_knows_does_not_stop_the_rest(mock):
    schema = {"type": "string", "pattern": "(?Z)(", "maxLength": 3}
    m = mock(op("GET", "/a", param("p", schema)))
    assert m.get("/a?p=abc").status_code == 200
    assert m.get("/a?p=abcd").status_code == 400
