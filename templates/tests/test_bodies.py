"""Bodies: parsed by media type, checked by schema."""

import pytest
from describe import body, op

from mockloop_server import Call, Routes

PET = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def echo(mock, request_body, **api):
    """A server whose handler answers with the body that it saw."""
    routes = Routes()

    @routes.operation("post /a")
    async def handler(call: Call):
        files = {name: [each.filename for each in several] for name, several in call.files.items()}
        seen = call.body if not isinstance(call.body, bytes) else call.body.hex()
        return call.json({"body": seen, "files": files})

    return mock(op("POST", "/a", request_body=request_body), routes=routes, **api)


def test_json_is_checked(mock):
    m = echo(mock, body("application/json", {"$ref": "#/schemas/Pet"}), schemas={"Pet": PET})
    assert m("POST", "/a", json={"name": "x"}).json()["body"] == {"name": "x"}
    refused = m("POST", "/a", json={"name": "x", "tags": [1]})
    assert refused.json()["violations"][0]["pointer"] == "/tags/0"


def test_json_of_any_kind_is_json(mock):
    m = echo(mock, body("application/*", {"type": "object"}))
    for kind in ("application/json; charset=utf-8", "application/vnd.x+json"):
        assert m("POST", "/a", content=b"{}", headers={"content-type": kind}).status_code == 200
        assert m("POST", "/a", content=b"[]", headers={"content-type": kind}).status_code == 400


@pytest.mark.parametrize(
    "text",
    [b"{", b"NaN", b"\xff", b"1e999", b"[" * 100_000, b'{"a":' * 2000, b'"\\ud800'],
)
def test_what_is_not_json_is_refused(mock, text):
    m = echo(mock, body("application/json", {}))
    answer = m("POST", "/a", content=text, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "not JSON" in answer.text


def test_required_body_may_not_be_missing(mock):
    assert echo(mock, body("application/json", {}))("POST", "/a").status_code == 400


def test_optional_body_may_be_missing(mock):
    m = echo(mock, body("application/json", PET, required=False))
    assert m("POST", "/a").status_code == 200


def test_parameters_of_media_types_count_only_where_both_sides_say_them(mock):
    content = [
        {**each, "schema": {"const": number}}
        for number, kind in enumerate(("a/json;v=1", "a/json;v=2", "b/json;v=3"))
        for each in body(kind)["content"]
    ]
    m = mock(op("POST", "/a", request_body={"content": content}))
    for kind, value, status in (
        ("a/json;v=2", b"1", 200),
        ("A/JSON; V=1; x=y", b"0", 200),
        ("a/json", b"0", 200),
        ("b/json", b"2", 200),
        ("b/json;v=4", b"2", 415),
    ):
        answer = m("POST", "/a", content=value, headers={"content-type": kind})
        assert answer.status_code == status, kind


def test_octet_stream_takes_any_bytes_that_nothing_else_takes(mock):
    content = [
        *body("application/octet-stream", {"type": "string"})["content"],
        *body("application/json", {"type": "integer"})["content"],
    ]
    m = mock(op("POST", "/a", request_body={"content": content}))
    for kind, value, status in (
        ("image/png", b"\x89", 200),
        ("application/xml", b"<", 200),
        ("application/json", b"5", 200),
        ("application/json", b'"5"', 400),
    ):
        answer = m("POST", "/a", content=value, headers={"content-type": kind})
        assert answer.status_code == status, kind


def test_undocumented_media_type_is_415(mock):
    m = echo(mock, body("application/json", {}))
    answer = m("POST", "/a", content=b"x", headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert "application/json" in answer.text


def test_media_type_ranges(mock):
    m = echo(mock, body("image/*"))
    for kind, status in (("image/png", 200), ("text/plain", 415)):
        answer = m("POST", "/a", content=b"\x89", headers={"content-type": kind})
        assert answer.status_code == status
    assert echo(mock, body("*/*"))("POST", "/a", content=b"x").status_code == 200


def test_form_fields_are_read_by_schema(mock):
    m = echo(mock, body(FORM["content-type"], PET))
    found = m("POST", "/a", content="name=a+b&age=3&tags=x&tags=y", headers=FORM)
    assert found.json()["body"] == {"name": "a b", "age": 3, "tags": ["x", "y"]}
    assert m("POST", "/a", content="name=a&tags=x", headers=FORM).json()["body"]["tags"] == ["x"]
    assert m("POST", "/a", content="name=a&age=x", headers=FORM).status_code == 400


def test_form_with_brackets_json_and_delimiters(mock):
    schema = {
        "type": "object",
        "properties": {
            "meta": {"type": "object", "properties": {"n": {"type": "integer"}}},
            "ids": {"type": "array", "items": {"type": "integer"}},
            "list": {"type": "array", "items": {"type": "integer"}},
        },
    }
    encoding = [{"property": "ids", "style": "form", "explode": False}]
    m = echo(mock, body(FORM["content-type"], schema, encoding=encoding))
    found = m("POST", "/a", content="meta[n]=1&ids=1,2&list[0]=3&list[1]=4", headers=FORM)
    assert found.json()["body"] == {"meta": {"n": 1}, "ids": [1, 2], "list": [3, 4]}
    found = m("POST", "/a", content='meta={"n":1}', headers=FORM)
    assert found.json()["body"] == {"meta": {"n": 1}}


def test_described_names_with_brackets_are_names(mock):
    schema = {"properties": {"ids[]": {"type": "array", "items": {"type": "string"}}}}
    m = echo(mock, body(FORM["content-type"], schema))
    found = m("POST", "/a", content="ids[]=a&ids[]=b", headers=FORM).json()["body"]
    assert found == {"ids[]": ["a", "b"]}
    # An object is no list of texts, whatever it looks like.
    found = m("POST", "/a", content='ids[]={"a":1}', headers=FORM).json()["body"]
    assert found == {"ids[]": ['{"a":1}']}


def test_multipart_fields_and_files(mock):
    schema = {
        "type": "object",
        "required": ["photo"],
        "properties": {
            "age": {"type": "integer"},
            "meta": {"type": "object"},
            "photo": {"type": "string"},
        },
    }
    encoding = [{"property": "photo", "content_type": "image/png, image/jpeg"}]
    m = echo(mock, body("multipart/form-data", schema, encoding=encoding))
    files = {
        "photo": ("a.png", b"\x89\x00\xff", "image/png"),
        "meta": (None, b'{"a":1}', "application/json"),
    }
    found = m("POST", "/a", data={"age": "3"}, files=files).json()
    assert found["files"] == {"photo": ["a.png"]}
    assert (found["body"]["age"], found["body"]["meta"]) == (3, {"a": 1})
    wrong = m("POST", "/a", files={"photo": ("a.txt", b"x", "text/plain")})
    assert "image/png" in wrong.text
    assert m("POST", "/a", data={"age": "3"}, files={"x": b""}).status_code == 400


@pytest.mark.parametrize("text", [b"", b"x", b"--b\r\n", b"--b\r\n\r\nx\r\n--b--\r\n", b"\0" * 50])
def test_bad_multipart_is_refused(mock, text):
    m = echo(mock, body("multipart/form-data", {}))
    for kind in ("multipart/form-data; boundary=b", "multipart/form-data"):
        answer = m("POST", "/a", content=text, headers={"content-type": kind})
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("kind", "required", "announced", "status"),
    [
        ("image/png", True, True, 200),
        ("image/png", True, False, 400),
        ("text/plain", True, True, 200),
        ("application/x-www-form-urlencoded", True, True, 200),
        ("application/json", True, True, 400),
        ("application/json", False, True, 200),
        ("text/plain", False, False, 200),
        ("application/xml", True, True, 400),
    ],
)
def test_no_bytes_are_a_body_where_they_can_be(mock, kind, required, announced, status):
    m = mock(op("POST", "/a", request_body=body(kind, required=required)))
    headers = {"content-type": kind} if announced else {}
    assert m("POST", "/a", content=b"", headers=headers).status_code == status


def test_an_announced_form_without_fields_lacks_those_that_it_needs(mock):
    schema = {"type": "object", "required": ["a"]}
    m = mock(op("POST", "/a", request_body=body(FORM["content-type"], schema, required=False)))
    assert m("POST", "/a", content=b"", headers=FORM).status_code == 400
    assert m("POST", "/a").status_code == 200


def test_null_is_written_as_nothing_where_no_text_is_allowed(mock):
    schema = {"type": "object", "properties": {"d": {"$ref": "#/schemas/D"}}}
    day = {"type": ["string", "null"], "format": "date"}
    m = echo(mock, body(FORM["content-type"], schema), schemas={"D": day})
    for text, expected in (("d=", None), ("d=null", None), ("d=2024-01-31", "2024-01-31")):
        assert m("POST", "/a", content=text, headers=FORM).json()["body"] == {"d": expected}
    assert m("POST", "/a", content="d=x", headers=FORM).status_code == 400


def test_text_is_read_by_schema(mock):
    m = echo(mock, body("text/plain", {"type": "integer"}))
    assert m("POST", "/a", content=b"5", headers={"content-type": "text/plain"}).status_code == 200
    assert m("POST", "/a", content=b"x", headers={"content-type": "text/plain"}).status_code == 400


def test_binary_is_taken_as_it_is(mock):
    m = echo(mock, body("application/octet-stream", {"type": "string", "maxLength": 1}))
    answer = m(
        "POST", "/a", content=b"\0\xff", headers={"content-type": "application/octet-stream"}
    )
    assert answer.json()["body"] == "00ff"


XML = {
    "type": "object",
    "xml": {"name": "pet"},
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "xml": {"attribute": True}},
        "name": {"type": "string", "xml": {"name": "label"}},
        "photos": {
            "type": "array",
            "xml": {"wrapped": True},
            "items": {"type": "string", "xml": {"name": "photo"}},
        },
        "tag": {"type": "array", "items": {"type": "integer"}},
        "owner": {"$ref": "#/schemas/Owner"},
    },
}
OWNER = {"type": "object", "properties": {"vip": {"type": "boolean"}}}


def post_xml(m, text):
    return m("POST", "/a", content=text, headers={"content-type": "application/xml"})


def test_xml_becomes_what_its_schema_says(mock):
    m = echo(mock, body("application/xml", XML), schemas={"Owner": OWNER})
    found = post_xml(
        m,
        '<p:pet xmlns:p="u" id="1"><label> a &amp; b </label>'
        "<photos><photo>x</photo><photo/></photos><tag>1</tag><tag>2</tag><owner><vip>true</vip></owner></p:pet>",
    )
    assert found.json()["body"] == {
        "id": 1,
        "name": "a & b",
        "photos": ["x", ""],
        "tag": [1, 2],
        "owner": {"vip": True},
    }
    assert "id" in post_xml(m, "<pet/>").json()["violations"][0]["message"]
    assert post_xml(m, '<pet id="1"><other/></pet>').status_code == 400


@pytest.mark.parametrize(
    "text",
    [
        "<a>",
        "",
        "no",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a>" * 5000,
        '<?xml version="1.0" encoding="nonsense"?><a/>',
    ],
)
def test_bad_and_dangerous_xml_is_refused(mock, text):
    m = echo(mock, body("application/xml", XML), schemas={"Owner": OWNER})
    assert post_xml(m, text).status_code == 400


def test_body_beyond_the_limit_is_413(mock):
    m = echo(mock, body("application/json", {}), env={"MOCKLOOP_MAX_BODY": "10"})

    async def chunks():
        yield b'"123456'
        yield b'7890123"'

    headers = {"content-type": "application/json"}
    assert m("POST", "/a", content=b'"123456789"', headers=headers).status_code == 413
    assert m("POST", "/a", content=chunks(), headers=headers).status_code == 413
    assert m("POST", "/a", content=b'"12345678"', headers=headers).status_code == 200


def test_many_errors_in_a_large_body_end_soon(mock):
    m = echo(mock, body("application/json", {"items": {"type": "string"}}))
    answer = m("POST", "/a", json=[1] * 300_000)
    assert answer.status_code == 400
    assert len(answer.json()["violations"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "<pet id='1'>x</pet>",
        "<pet id='1'><photos>x</photos></pet>",
        "<pet id='1'><photos><x/></photos></pet>",
        "<pet id='1'><owner>x</owner></pet>",
        "<pet id='1'><label>x</label><label>y</label></pet>",
    ],
)
def test_xml_of_another_shape_is_refused(mock, text):
    m = mock(op("POST", "/a", request_body=body("application/xml", XML)), schemas={"Owner": OWNER})
    assert post_xml(m, text).status_code == 400


class PanicException(BaseException):
    """Named and derived like what PyO3 makes of a panic."""


@pytest.mark.parametrize("broken", ["compile", "is_valid", "iter_errors"])
def test_a_bug_in_the_validator_does_not_end_the_server(mock, monkeypatch, caplog, broken):
    class Broken:
        def __init__(self, *_, **__):
            self.fail_at("compile")

        def fail_at(self, name):
            if name == broken:
                raise PanicException("pending schema target dropped")
            return False

        def is_valid(self, _):
            return self.fail_at("is_valid")

        def iter_errors(self, _):
            return self.fail_at("iter_errors")

    m = echo(mock, body("application/json", PET))
    monkeypatch.setattr("jsonschema_rs.Draft202012Validator", Broken)
    for _ in range(2):
        assert m("POST", "/a", json={"name": 1}).json()["body"] == {"name": 1}
    assert len(caplog.records) == 1


def test_charsets_of_the_web_alone_are_read(mock):
    m = mock(op("POST", "/a", request_body=body("text/plain", {"type": "string"})))
    for charset, status in (("ISO-8859-1", 200), ("punycode", 415), ("unicode_escape", 415)):
        headers = {"Content-Type": f"text/plain; charset={charset}"}
        assert m("POST", "/a", content=b"x", headers=headers).status_code == status
