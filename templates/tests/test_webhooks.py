"""Webhooks: told of what happens."""

from describe import op, param, response
from receiver import API, hooked, register
from test_processes import until

from mockloop_server.webhooks import Webhooks


def test_request_is_told_with_what_the_log_knows_of_it(mock, receiver):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "request.received")
    headers = {"X-Session-ID": "s", "X-Correlation-ID": "c", "Authorization": "Bearer hidden"}
    assert m("GET", "/pets?a=1", headers=headers).status_code == 200
    got = r.until(1)[0]
    assert (got.method, got.path) == ("POST", "/hook")
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-mockloop-event"] == got.json["event"] == "request.received"
    assert got.json["mock"] == {"title": "Test", "version": "1"}
    data = got.json["data"]
    expected = {
        "method": "GET",
        "path": "/pets",
        "query_params": {"a": "1"},
        "operation_id": "get /pets",
        "status_code": 200,
        "decided_by": "sample",
        "session_id": "s",
        "correlation_id": "c",
        "response_body": "{}",
    }
    assert {name: data[name] for name in expected} == expected
    assert b"hidden" not in got.body


def test_unknown_paths_are_told_and_calls_of_the_admin_api_are_not(mock, receiver):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "request.received")
    m.get("/__mockloop/api/operations")
    m.get("/health")
    m.get("/nothing")
    m.get("/pets")
    told = [each.json["data"] for each in r.until(2)]
    assert sorted((each["path"], each["status_code"]) for each in told) == [
        ("/nothing", 404),
        ("/pets", 200),
    ]


def test_invalid_request_is_told_with_its_violations(mock, receiver):
    r = receiver()
    m = hooked(mock, op("GET", "/pets", param("n", {"type": "integer"})))
    register(m, r.url, "validation.failed")
    m.get("/pets?n=1")
    m.get("/pets?n=x")
    got = r.until(1)[0].json["data"]
    assert got["validation_errors"][0]["name"] == "n"
    assert len(r.got) == 1


def test_change_of_scenario_and_override_tells_who_did_it(mock, receiver):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "scenario.*", "override.changed")
    scenarios = "/__mockloop/api/mock-data/scenarios"
    agent = {"User-Agent": "pytest"}
    m("POST", scenarios, json={"name": "s", "operations": {}}, headers=agent)
    m("POST", f"{scenarios}/s/activate", json={"session_id": "7"}, headers=agent)
    m("PUT", "/__mockloop/api/overrides/get%20%2Fpets", json={"status": 503}, headers=agent)
    told = {each.json["data"]["action"]: each.json for each in r.until(3)}
    assert told["activated"]["event"] == "scenario.changed"
    assert told["activated"]["data"]["session_id"] == "7"
    assert told["activated"]["data"]["actor"].endswith("pytest")
    assert told["override set"]["event"] == "override.changed"
    assert told["created"]["data"]["scenario"] == "s"


def test_request_that_brings_a_delivery_tells_nothing_more(mock, receiver):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "request.received")
    m.get("/pets", X_Mockloop_Delivery="1")
    m.get("/pets?second")
    assert r.until(1)[0].json["data"]["query_params"] == {"second": ""}


def test_server_without_webhooks_has_no_trace_of_them(mock):
    m = mock(op("GET", "/pets"))
    assert m.get(API).status_code == 404
    contract = m.get("/__mockloop/api/openapi.json").json()
    assert not [path for path in contract["paths"] if "webhooks" in path]
    m.close()
    m = hooked(mock)
    assert "createWebhook" in m.get("/__mockloop/api/openapi.json").text
    assert m.get("/health").json()["parts"] == ["webhooks"]


def test_nothing_is_gathered_while_nobody_listens(mock):
    m = hooked(mock)
    part = next(each for each in m.server._parts if isinstance(each, Webhooks))
    m.get("/pets")
    until(lambda: part._intake._seen == part._intake._signal[0])
    taken = []
    part._intake._offer = lambda *what: taken.append(what)
    for _ in range(10):
        m.get("/pets")
        m.get("/nothing")
    assert taken == []


def test_answers_without_a_body_are_told_too(mock, receiver):
    r = receiver()
    m = hooked(mock, op("DELETE", "/pets", responses=[response("204")]))
    register(m, r.url, "request.received")
    m("DELETE", "/pets")
    assert r.until(1)[0].json["data"]["response_body"] is None
