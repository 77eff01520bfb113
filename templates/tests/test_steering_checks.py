"""Scenarios are checked against the description when they come in."""

import pytest
from describe import body, media, op, param, response

from mockloop_server.steering import Invalid
from mockloop_server.steering.match import compile_path

ID = param("id", {"type": "integer"}, "path")
SCHEMA = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
CONTENT = [media("application/json", {"n": 1}, SCHEMA, tom={"n": 2})]
PET = op(
    "GET",
    "/pets/{id}",
    ID,
    param("limit"),
    param("X-Mine", place="header"),
    id="getPet",
    responses=[response("200", content=CONTENT), response("404", {})],
)
ADD = op("POST", "/pets", id="addPet", request_body=body("application/json"))


def check(mock, operations, **fields):
    document = {"name": "s", "operations": operations, **fields}
    found = mock(PET, ADD).server.steering.scenarios.validate(document)
    return [(each.severity, each.code, each.pointer) for each in found], found


@pytest.mark.parametrize(
    ("rule", "code", "pointer"),
    [
        ({"responds": {}}, "unknown-field", "/responds"),
        ({"respond": {"stats": 200}}, "unknown-field", "/respond/stats"),
        ({"respond": {"status": "200"}}, "value", "/respond/status"),
        ({"respond": {"status": 600}}, "value", "/respond/status"),
        ({"respond": {"body": 1, "text": "x"}}, "excludes", "/respond/text"),
        ({"respond": {"base64": "?"}}, "value", "/respond/base64"),
        ({"respond": {"headers": {"a b": "x"}}}, "value", "/respond/headers/a b"),
        ({"respond": {"headers": {"a": None}}}, "type", "/respond/headers/a"),
        ({"respond": {"example": "tim"}}, "unknown-example", "/respond/example"),
        ({"delay": -1}, "value", "/delay"),
        ({"delay": 300_001}, "value", "/delay"),
        ({"delay": {"unifrm": {}}}, "unknown-field", "/delay/unifrm"),
        ({"delay": {"uniform": {"min": 2, "max": 1}}}, "value", "/delay/uniform/min"),
        ({"delay": {"normal": {"mean": 2}}}, "required", "/delay/normal/stddev"),
        ({"fault": {"kind": "rest"}}, "value", "/fault/kind"),
        ({"fault": {"kind": "close", "stall_ms": 1}}, "unknown-field", "/fault/stall_ms"),
        ({"probability": 1.1, "delay": 1}, "value", "/probability"),
        ({"probability": True, "delay": 1}, "value", "/probability"),
        ({"times": 0, "delay": 1}, "value", "/times"),
        ({"sequence": []}, "type", "/sequence"),
        ({"sequence": [{"status": 200}]}, "unknown-field", "/sequence/0/status"),
        ({"sequence": [{}], "respond": {}}, "excludes", "/respond"),
        ({"sequence": [{}], "then": "lop"}, "value", "/then"),
        ({"then": "loop", "delay": 1}, "needs-sequence", "/then"),
        ({"rate_limit": {"requests": 1}}, "required", "/rate_limit/window_ms"),
        ({"delay": 1, "when": {"queries": {}}}, "unknown-field", "/when/queries"),
        ({"delay": 1, "when": {"query": {"limit": {}}}}, "empty", "/when/query/limit"),
        (
            {"delay": 1, "when": {"query": {"limit": {"matches": "(?=a)"}}}},
            "regex",
            "/when/query/limit/matches",
        ),
        (
            {"delay": 1, "when": {"body": {"json_path": {"a": 1}}}},
            "json-path",
            "/when/body/json_path/a",
        ),
        (
            {"delay": 1, "when": {"body": {"json_path": {"$..a..b..c": 1}}}},
            "json-path",
            "/when/body/json_path/$..a..b..c",
        ),
        ({"delay": 1, "when": {"body": {"schema": {"type": "x"}}}}, "schema", "/when/body/schema"),
        (
            {"delay": 1, "when": {"body": {"schema": {"pattern": r"(a)\1"}}}},
            "schema",
            "/when/body/schema",
        ),
    ],
)
def test_errors_have_their_place(mock, rule, code, pointer):
    found, _ = check(mock, {"getPet": [rule]})
    assert ("error", code, f"/operations/getPet/0{pointer}") in found


@pytest.mark.parametrize(
    ("rule", "code", "pointer"),
    [
        ({"respond": {"status": 500}}, "undocumented-status", "/respond/status"),
        ({"respond": {"body": {"n": "x"}}}, "invalid-body", "/respond/body/n"),
        ({"respond": {"text": "{"}}, "undocumented-type", "/respond/text"),
        (
            {"respond": {"text": "{", "content_type": "application/json"}},
            "invalid-body",
            "/respond/text",
        ),
        (
            {"sequence": [{}, {"respond": {"body": 1}}]},
            "invalid-body",
            "/sequence/1/respond/body",
        ),
        (
            {"respond": {"headers": {"Content-Length": "1"}}},
            "header-ignored",
            "/respond/headers/Content-Length",
        ),
        (
            {"respond": {"headers": {"X-A": "b\r\nX-I: 1"}}},
            "header-changed",
            "/respond/headers/X-A",
        ),
        (
            {"delay": 1, "when": {"query": {"limits": "1"}}},
            "undocumented-parameter",
            "/when/query/limits",
        ),
        (
            {"delay": 1, "when": {"headers": {"X-Min": "1"}}},
            "undocumented-parameter",
            "/when/headers/X-Min",
        ),
        ({"delay": 1, "when": {"body": {"equals": 1}}}, "undocumented-body", "/when/body"),
        ({}, "no-effect", ""),
    ],
)
def test_warnings_have_their_place(mock, rule, code, pointer):
    found, _ = check(mock, {"getPet": [rule]})
    assert found == [("warning", code, f"/operations/getPet/0{pointer}")]


def test_up_to_five_violations_of_a_body_are_told_each_with_its_place(mock):
    names = ["a/b", "c", "d", "e", "f", "g"]
    properties = {name: {"type": "integer"} for name in names}
    schema = {"type": "object", "required": ["n"], "properties": properties}
    m = mock(op("GET", "/a", id="a", responses=[response("200", {}, schema)]))

    def told(**respond):
        document = {"name": "s", "operations": {"a": [{"respond": respond}]}}
        found = m.server.steering.scenarios.validate(document)
        assert {each.code for each in found} == {"invalid-body"}
        return [
            (each.pointer.removeprefix("/operations/a/0/respond"), each.message) for each in found
        ]

    some = told(body={"a/b": "x", "c": 1, "d": "y"})
    assert {at for at, _ in some} == {"/body", "/body/a~1b", "/body/d"}
    assert any('"n" is a required property' in message for _, message in some)
    many = told(body=dict.fromkeys(names, "x"))
    assert len({at for at, _ in many}) == len(many) == 5
    ((at, message),) = told(text='{"n": 1, "d": "y"}', content_type="application/json")
    assert at == "/text"
    assert "otherwise at /d: " in message


@pytest.mark.parametrize(
    "rule",
    [
        {"respond": {"status": 404}},
        {"respond": {"body": {"n": 1}}},
        {"respond": {"example": "tom"}},
        {"when": {"headers": {"x-mine": "1", "User-Agent": {"matches": "curl"}}}, "delay": 1},
        {"when": {"query": {"limit": 1}, "path": {"id": 1}}, "delay": 1},
    ],
)
def test_what_fits_the_description_is_not_told(mock, rule):
    assert check(mock, {"getPet": [rule]})[0] == []


def test_pattern_is_told_of_what_fits_none_of_its_operations(mock):
    found, _ = check(mock, {"*": [{"respond": {"status": status}} for status in (404, 503)]})
    assert found == [("warning", "undocumented-status", "/operations/*/1/respond/status")]


def test_several_findings_come_at_once_with_hints(mock):
    found, findings = check(mock, {"getPt": [], "GET /pet/{id}": [], "getPet": 1}, nme="x")
    assert found == [
        ("error", "unknown-field", "/nme"),
        ("error", "type", "/operations/getPet"),
        ("error", "unknown-operation", "/operations/getPt"),
        ("error", "unknown-operation", "/operations/GET ~1pet~1{id}"),
    ]
    assert findings[0].hint == "did you mean name?"
    assert "getPet" in findings[2].hint
    assert "GET /pets/{id}" in findings[3].hint


@pytest.mark.parametrize("document", [None, [], "x", {}, {"name": "a", "operations": []}])
def test_what_is_no_scenario_is_told(mock, document):
    found = mock(PET).server.steering.scenarios.validate(document)
    assert found[0].severity == "error"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$" + "[0,0]" * 20, "64 ways"),
        ("$" + "[*,*]" * 7, "64 ways"),
        ("$[?" + "@[0,0]" + "[0,0]" * 6 + "]", "64 ways"),
        ("$[0,0,0,0,0,0,0,0][?@[?@[0,0,0,0,0,0,0,0,0]]]", "64 ways"),
        ("$..*..*", "'..' 1 time"),
        ("$..[?@..a]", "'..' 1 time"),
        ("$[?count($..a) > count(@.*)]", "one value only"),
        ("$..[?count($[*]) > 1]", "one value only"),
        ("$[?$[?@.a == 1]]", "one value only"),
        ("$" + "[?@.a]" * 5, "4 filters"),
    ],
)
def test_paths_that_take_long_are_refused(path, reason):
    with pytest.raises(ValueError, match=reason):
        compile_path(path)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.a[0,1]['x','y']", [1, 2, 3]),
        ("$..['x','y']", [1, 2, 3]),
        ("$['x..y', 'a?b?c?d?e?f']", [4]),
        ("$.a[?@.x == $.one || @['y'] == 3]", [{"x": 1, "y": 2}, {"y": 3}]),
        ("$[?@[?@.x]]", [[{"x": 1, "y": 2}, {"y": 3}]]),
        ("$" + "[0:9,*]" * 6, []),
    ],
)
def test_ordinary_paths_find_what_they_are_for(path, found):
    value = {"a": [{"x": 1, "y": 2}, {"y": 3}], "one": 1, "x..y": 4}
    assert compile_path(path).findall(value) == found


def test_rule_with_a_path_that_is_refused_by_now_acts_on_nothing(mock, monkeypatch):
    m = mock(ADD)
    scenarios = m.server.steering.scenarios
    when = {"body": {"json_path": {"$..*..*": 1}}}
    with monkeypatch.context() as patch:
        patch.setattr("mockloop_server.steering.match._MOST_DESCENTS", 2)
        rules = [{"when": when, "respond": {"status": 500}}]
        scenarios.create({"name": "s", "operations": {"addPet": rules}}, "pytest")
    scenarios.activate("s", None, "pytest")
    assert m("POST", "/pets", json=[[1]]).status_code == 200


# Bounds


def test_unknown_operations_are_told_in_bounded_time(mock, monkeypatch):
    looks = []

    def look(word, _):
        looks.append(word)
        return "did you mean?"

    monkeypatch.setattr("mockloop_server.steering.reader.did_you_mean", look)
    operations = {f"unknown{index}": [] for index in range(100_000)}
    _, findings = check(mock, operations)
    assert len(findings) == 100
    assert len(looks) == 20
    assert [each.hint is not None for each in findings] == [True] * 20 + [False] * 80
    assert [each.pointer for each in findings if "there are more findings" in each.message] == [
        "/operations/unknown99"
    ]


def test_as_many_findings_as_are_told_are_all(mock):
    _, findings = check(mock, {f"unknown{index}": [] for index in range(100)})
    assert len(findings) == 100
    assert "more" not in findings[-1].message


def test_error_after_many_warnings_is_told_and_refused(mock):
    rules = [{"respond": {"status": 500}}] * 150 + [{"respond": {"example": "tim"}}]
    document = {"name": "s", "operations": {"getPet": rules}}
    scenarios = mock(PET).server.steering.scenarios
    findings = scenarios.validate(document)
    assert [each.severity for each in findings] == ["warning"] * 99 + ["error"]
    assert findings[-1].pointer == "/operations/getPet/150/respond/example"
    assert "there are more findings" in findings[-1].message
    with pytest.raises(Invalid):
        scenarios.create(document, "pytest")


def test_override_with_many_mistakes_is_refused_at_once(mock):
    overrides = mock(PET).server.steering.overrides
    with pytest.raises(Invalid) as refused:
        overrides.set("getPet", {f"unknown{index}": 1 for index in range(100_000)}, "pytest")
    assert len(refused.value.findings) == 100
    assert "there are more findings" in refused.value.findings[-1].message
