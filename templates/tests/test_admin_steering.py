"""Overrides and scenarios by calls of the admin API."""

import json
import re
from functools import reduce
from urllib.parse import quote

import jsonschema_rs
import pytest
from conftest import PROJECT
from describe import media, op, param, response

SCENARIOS = "/__mockloop/api/mock-data/scenarios"
OVERRIDES = "/admin/api/overrides"
PET = op(
    "GET",
    "/pets/{id}",
    param("id", place="path"),
    id="getPet",
    responses=[response("200", content=[media("application/json", {"n": 1}, {"type": "object"})])],
)
TEAPOT = {"name": "teapot", "operations": {"getPet": [{"respond": {"status": 418}}]}}


CONTRACT = json.loads((PROJECT / "mockloop_server/admin/openapi.json").read_text("utf-8"))


@pytest.fixture
def mock(mock):
    """Makes servers whose answers to calls of the admin API are held to its contract."""

    def make(*operations, **options):
        m = mock(*operations, **options)
        request = m.client.request

        async def checked(method, url, **more):
            answer = await request(method, url, **more)
            if "/api/" in url:
                hold_to_contract(method, url, answer)
            return answer

        m.client.request = checked
        return m

    return make


def hold_to_contract(method, url, answer):
    path = re.sub(r"^/(admin|__mockloop)|\?.*", "", url)
    fits = [
        (template.count("{"), item)
        for template, item in CONTRACT["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    responses = min(fits, key=lambda each: each[0])[1][method.lower()]["responses"]
    described = resolved(responses.get(str(answer.status_code), responses["default"]))
    if "content" not in described:
        assert not answer.content
        return
    schema = described["content"][answer.headers["content-type"]]["schema"]
    whole = {"allOf": [schema], "components": CONTRACT["components"]}
    jsonschema_rs.Draft202012Validator(whole, validate_formats=True).validate(answer.json())


def resolved(part):
    steps = part["$ref"].split("/")[1:] if "$ref" in part else []
    return reduce(lambda found, step: found[step], steps, CONTRACT) if steps else part


def store(m, **changes):
    answer = m("POST", SCENARIOS, json={**TEAPOT, **changes})
    assert answer.status_code == 201, answer.text
    return answer


@pytest.mark.parametrize("operation", ["getPet", quote("GET /pets/{id}", safe="")])
def test_override_is_set_shown_and_cleared(mock, operation):
    m = mock(PET)
    url = f"{OVERRIDES}/{operation}"
    answer = m("PUT", url, json={"status": 404, "body": {"a": 1}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["findings"][0]["pointer"] == "/status"
    assert (m.get("/pets/1").status_code, m.get("/pets/1").json()) == (404, {"a": 1})
    assert m.get(url).json()["response"] == {"status": 404, "body": {"a": 1}}
    assert m.get(OVERRIDES).json()["total_count"] == 1
    assert m("DELETE", url).status_code == 204
    assert m.get(url).status_code == m("DELETE", url).status_code == 404
    assert m.get("/pets/1").status_code == 200


@pytest.mark.parametrize(
    ("selector", "rules", "expected"),
    [
        ("getPet", [{"respond": {"status": 418}}], ["getPet"]),
        ("* /pets/*", [{"delay": 1}], ["getPet"]),
        ("addPet", [{"delay": 1}], []),
        ("getPet", [], []),
    ],
)
def test_activation_names_the_overrides_that_are_used_in_place_of_rules(
    mock, selector, rules, expected
):
    m = mock(PET, op("POST", "/pets", id="addPet"), op("GET", "/shops", id="getShops"))
    for operation in ("getPet", "getShops"):
        assert m("PUT", f"{OVERRIDES}/{operation}", json={"status": 404}).status_code == 200
    store(m, operations={selector: rules})
    answer = m("POST", f"{SCENARIOS}/teapot/activate")
    assert answer.json()["overridden"] == expected
    m("DELETE", OVERRIDES)
    assert m.get(f"{SCENARIOS}/active").json()["active"]["overridden"] == []


def test_override_is_set_by_a_body_that_names_the_operation(mock):
    m = mock(PET)
    answer = m("POST", OVERRIDES, json={"operation": "GET /pets/{id}", "text": "x"})
    assert answer.json()["operation_id"] == "getPet"
    assert m.get("/pets/1").text == "x"
    assert m("DELETE", OVERRIDES).json() == {"cleared": 1}
    assert m.get("/pets/1").json() == {"n": 1}


@pytest.mark.parametrize(
    ("body", "status", "pointer", "code"),
    [
        ({"operation": "getPt", "status": 404}, 404, "/operation", "unknown-operation"),
        ({"status": 404}, 400, "/operation", "required"),
        ({"operation": "getPet", "stats": 404}, 400, "/stats", "unknown-field"),
        ({"operation": "getPet"}, 400, "", "empty"),
        ([], 400, "/operation", "required"),
    ],
)
def test_unusable_override_is_refused_with_its_place(mock, body, status, pointer, code):
    answer = mock(PET)("POST", OVERRIDES, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()["violations"][0]
    assert (found["in"], found["pointer"], found["code"]) == ("body", pointer, code)


def test_scenario_lives_through_all_calls(mock):
    m = mock(PET)
    created = store(m, description="short and stout")
    url = created.headers["location"]
    assert url == f"{SCENARIOS}/teapot"
    assert m.get(url).json()["description"] == "short and stout"
    assert m.get(f"{SCENARIOS}/{created.json()['id']}").json()["name"] == "teapot"
    assert m("POST", f"{url}/activate").json()["scenario"]["is_active"] is True
    assert m.get("/pets/1").status_code == 418
    assert m.get(f"{SCENARIOS}/active").json()["active"]["scenario"]["name"] == "teapot"
    changed = {"operations": {"getPet": [{"respond": {"status": 500}}]}}
    assert m("PUT", url, json=changed).json()["name"] == "teapot"
    assert m.get("/pets/1").status_code == 500
    assert m("DELETE", url).status_code == 409
    assert m("POST", f"{url}/deactivate", json={}).json() == {
        "deactivated": "teapot",
        "session_id": None,
    }
    assert m.get(f"{SCENARIOS}/active").json() == {"active": None}
    assert m("POST", f"{url}/deactivate").status_code == 409
    assert m("DELETE", url).status_code == 204
    assert m.get(url).status_code == 404
    history = m.get(f"{SCENARIOS}/history").json()["history"]
    assert [each["action"] for each in history] == [
        "deleted",
        "deactivated",
        "updated",
        "activated",
        "created",
    ]
    assert "python-httpx" in history[0]["actor"]


def test_scenario_of_a_session_is_activated_by_calls(mock):
    m = mock(PET)
    store(m)
    session = {"session_id": "run 7"}
    answer = m("POST", f"{SCENARIOS}/teapot/activate", json=session)
    assert answer.json()["session_id"] == "run 7"
    assert m.get("/pets/1", X_Session_ID="run 7").status_code == 418
    assert m.get("/pets/1").status_code == 200
    assert m.get(f"{SCENARIOS}/active?session_id=run%207").json()["active"]["session_id"] == "run 7"
    assert m.get(f"{SCENARIOS}/active").json() == {"active": None}
    assert m("POST", f"{SCENARIOS}/teapot/deactivate", json=session).status_code == 200
    assert m.get("/pets/1", X_Session_ID="run 7").status_code == 200


def test_duplicate_export_and_import_go_round(mock):
    m = mock(PET)
    store(m)
    copy = m("POST", f"{SCENARIOS}/teapot/duplicate", json={"name": "a copy"})
    assert (copy.status_code, copy.headers["location"]) == (201, f"{SCENARIOS}/a%20copy")
    exported = m.get(copy.headers["location"] + "/export")
    assert 'filename="a-copy.scenario.json"' in exported.headers["content-disposition"]
    document = exported.json()
    assert m("POST", f"{SCENARIOS}/import", json=document).status_code == 409
    renamed = m("POST", f"{SCENARIOS}/import?on_conflict=rename", json=document)
    assert (renamed.status_code, renamed.json()["name"]) == (201, "a copy (2)")
    replaced = m("POST", f"{SCENARIOS}/import?on_conflict=replace", json=document)
    assert (replaced.status_code, replaced.json()["name"]) == (200, "a copy")
    assert replaced.json()["operations"] == TEAPOT["operations"]


def test_findings_come_with_the_refusal_and_with_the_check(mock):
    m = mock(PET)
    document = {"name": "s", "operations": {"getPt": [], "getPet": [{"delay": "long"}]}}
    refused = m("POST", SCENARIOS, json=document)
    assert refused.status_code == 400
    found = refused.json()["violations"]
    assert [(each["code"], each["pointer"]) for each in found] == [
        ("value", "/operations/getPet/0/delay"),
        ("unknown-operation", "/operations/getPt"),
    ]
    assert found[1]["hint"].startswith("did you mean getPet")
    checked = m("POST", f"{SCENARIOS}/validate", json=document)
    assert (checked.status_code, checked.json()["valid"]) == (200, False)
    assert [each["code"] for each in checked.json()["findings"]] == ["value", "unknown-operation"]
    assert m.get(f"{SCENARIOS}/s").status_code == 404
    good = m("POST", f"{SCENARIOS}/validate", json=TEAPOT).json()
    assert (good["valid"], [each["severity"] for each in good["findings"]]) == (True, ["warning"])


def test_body_that_is_no_json_is_refused(mock):
    m = mock(PET)
    headers = {"content-type": "application/json"}
    answer = m("POST", SCENARIOS, content=b"{", headers=headers)
    assert answer.status_code == 400
    assert "is not JSON" in answer.json()["violations"][0]["message"]
    assert m("POST", SCENARIOS, json=["x"]).status_code == 400


def test_lists_are_paged_and_say_their_total(mock):
    m = mock(PET)
    store(m)
    page = m.get(f"{SCENARIOS}?limit=2").json()
    assert [each["name"] for each in page["scenarios"]] == ["teapot", "client-errors"]
    assert (page["total_count"], page["returned_count"]) == (9, 2)
    assert m.get(f"{SCENARIOS}?limit=1001").status_code == 400
    assert m.get(f"{SCENARIOS}/history?limit=0").json()["total_count"] == 1


def test_ready_made_scenarios_are_activated_and_left_as_they_are(mock):
    m = mock(PET)
    assert m("POST", f"{SCENARIOS}/maintenance/activate").status_code == 200
    assert m.get("/pets/1").status_code == 503
    assert m("PUT", f"{SCENARIOS}/maintenance", json=TEAPOT).status_code == 409
    assert m("DELETE", f"{SCENARIOS}/maintenance").status_code == 409
