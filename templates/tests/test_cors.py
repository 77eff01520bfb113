"""Pages of other origins: which may call what."""

import json

import pytest
from auth_calls import AUTH, SCHEMES
from describe import op, response

from mockloop_server.settings import SettingsError

PAGE = "https://app.example"
ASKED = {"access-control-request-method": "POST", "access-control-request-headers": "x-own"}
ALLOWED = "access-control-allow-origin"


def one(**fields):
    headers = [{"name": "X-Total", "value": "3"}]
    return op("POST", "/a", responses=[{**response("200", {"n": 1}), "headers": headers}], **fields)


def preflight(m, path="/a", origin=PAGE):
    return m("OPTIONS", path, headers={"origin": origin, **ASKED})


def test_any_page_may_call_an_operation_and_read_its_headers(mock):
    m = mock(one())
    first = preflight(m)
    assert (first.status_code, first.headers[ALLOWED]) == (200, "*")
    assert "POST" in first.headers["access-control-allow-methods"]
    assert first.headers["access-control-allow-headers"] == "x-own"
    answer = m("POST", "/a", headers={"origin": PAGE})
    assert (answer.json(), answer.headers[ALLOWED]) == ({"n": 1}, "*")
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert {"x-total", "x-correlation-id"} <= set(exposed)
    assert "access-control-allow-credentials" not in answer.headers


def test_a_page_can_read_why_it_was_refused(mock):
    m = mock(one(security=[[{"scheme": "key", "scopes": []}]]), security_schemes=SCHEMES)
    assert preflight(m).status_code == 200
    for path, status in (("/a", 401), ("/nowhere", 404)):
        answer = m("POST", path, headers={"origin": PAGE})
        assert (answer.status_code, answer.headers[ALLOWED]) == (status, "*")


def test_listed_origins_alone_may_call_and_send_cookies(mock):
    m = mock(one(), env={"MOCKLOOP_CORS": f"{PAGE}, http://localhost:3000"})
    for origin in (PAGE, "http://localhost:3000"):
        assert preflight(m, origin=origin).headers[ALLOWED] == origin
        answer = m("POST", "/a", headers={"origin": origin})
        assert answer.headers[ALLOWED] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "origin" in answer.headers["vary"].lower()
    assert preflight(m, origin="https://evil.example").status_code == 400
    assert ALLOWED not in m("POST", "/a", headers={"origin": "https://evil.example"}).headers


def test_off_tells_no_page_anything(mock):
    m = mock(one(), env={"MOCKLOOP_CORS": "off"})
    answer = m("POST", "/a", headers={"origin": PAGE})
    assert not any(name.startswith("access-control-") for name in answer.headers)
    assert preflight(m).headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("path", ["/token", "/__mockloop/token", "/openapi.json", "/jwks.json"])
def test_a_page_may_ask_for_tokens_and_for_the_description(mock, path):
    assert preflight(mock(one()), path).headers[ALLOWED] == "*"


@pytest.mark.parametrize("path", [f"{AUTH}/users", "/admin/api/logs/search", "/health"])
def test_no_page_of_another_origin_may_call_the_admin_api(mock, path):
    m = mock(one(), env={"MOCKLOOP_CORS": PAGE})
    for answer in (preflight(m, path), m("GET", path, headers={"origin": PAGE})):
        assert ALLOWED not in answer.headers


def test_a_described_header_does_not_say_who_may_call(mock):
    described = [{"name": "Access-Control-Allow-Origin", "value": "https://theirs.example"}]
    operation = op("GET", "/a", responses=[{**response("200", 1), "headers": described}])
    answer = mock(operation)("GET", "/a", headers={"origin": PAGE})
    assert answer.headers.get_list(ALLOWED) == ["*"]


def test_a_preflight_is_in_the_log(mock):
    m = mock(one())
    preflight(m)
    found = m.get("/admin/api/logs/search").json()["logs"]
    assert [(row["method"], row["decided_by"]) for row in found] == [("OPTIONS", "routing")]


@pytest.mark.parametrize("value", ["localhost:3000", "https://a.example/path", "*.example", "null"])
def test_what_is_no_origin_is_refused_at_the_start(mock, value):
    with pytest.raises(SettingsError, match="MOCKLOOP_CORS"):
        mock(one(), env={"MOCKLOOP_CORS": value})


def test_settings_tell_the_origins(mock):
    found = json.loads(mock(one()).get("/__mockloop/api/settings").text)
    assert found["fixed"]["cors"] == ["*"]
