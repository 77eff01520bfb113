"""Overrides and scenarios: what is answered, in which order, to whom."""

import base64

import pytest
from describe import body, media, op, param, response
from starlette.responses import StreamingResponse
from steer import ME, override, pets, scenario

from mockloop_server import Routes
from mockloop_server.steering import NotFound

# Overrides


@pytest.mark.parametrize("name", ["pet", "GET /pets/{id}", "get /pets/{id}"])
def test_override_answers_the_next_request_and_is_cleared(mock, name):
    m = mock(pets())
    override(m, name, status=404, body={"mine": True}, headers={"X-Own": "1"})
    answer = m.get("/pets/1")
    assert (answer.status_code, answer.json()) == (404, {"mine": True})
    assert answer.headers["x-own"] == "1"
    assert m.logs()[0]["decided_by"] == "override"
    m.server.steering.overrides.clear(name, ME)
    assert m.get("/pets/1").json() == {"from": "sample"}
    with pytest.raises(NotFound, match="has no override"):
        m.server.steering.overrides.clear(name, ME)


@pytest.mark.parametrize(
    ("config", "content_type", "content"),
    [
        ({"text": "hä?"}, "text/plain; charset=utf-8", "hä?".encode()),
        ({"base64": base64.b64encode(b"\0\xff").decode()}, "application/json", b"\0\xff"),
        ({"status": 500, "base64": "AA=="}, "application/octet-stream", b"\0"),
        ({"body": None}, "application/json", b"null"),
        ({"text": "<a/>", "content_type": "text/xml"}, "text/xml", b"<a/>"),
        ({"text": "<a/>", "headers": {"Content-Type": "text/xml"}}, "text/xml", b"<a/>"),
        ({"example": "tom"}, "application/json", b'{"n": 1}'),
        ({"status": 404}, "application/json", b'{"error": "described"}'),
    ],
)
def test_override_has_every_kind_of_body(mock, config, content_type, content):
    m = mock(pets())
    override(m, "pet", **config)
    answer = m.get("/pets/1")
    assert (answer.headers["content-type"], answer.content) == (content_type, content)


def test_described_headers_are_sent_and_own_ones_win(mock):
    m = mock(pets())
    override(m, "pet", body={})
    assert m.get("/pets/1").headers["x-kind"] == "described"
    override(m, "pet", body={}, headers={"x-kind": "own", "Set-Cookie": ["a=1", "b=2"]})
    answer = m.get("/pets/1")
    assert answer.headers.get_list("x-kind") == ["own"]
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    override(m, "pet", example="tom", headers={"x-kind": "own"})
    assert m.get("/pets/1").headers.get_list("x-kind") == ["own"]


def test_undocumented_error_is_a_problem_document(mock):
    m = mock(pets())
    _, findings = override(m, "pet", status=503)
    assert [each.code for each in findings] == ["undocumented-status"]
    answer = m.get("/pets/1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 503


def test_override_with_a_delay_alone_delays_the_own_answer(mock):
    m = mock(pets())
    override(m, "pet", delay=30)
    assert m.get("/pets/1").json() == {"from": "sample"}
    (row,) = m.logs()
    assert row["process_time_ms"] >= 30


def test_unknown_operation_is_refused_with_a_suggestion(mock):
    with pytest.raises(NotFound, match=r"did you mean GET /pets/\{id\}"):
        override(mock(pets()), "GET /pet/{id}", status=404)


def test_all_overrides_are_cleared_at_once(mock):
    m = mock(pets(), op("GET", "/a", id="a"))
    override(m, "pet", status=404)
    override(m, "a", status=404)
    assert [each["operation_id"] for each in m.server.steering.overrides.page(10, 0)[0]] == [
        "a",
        "pet",
    ]
    assert m.server.steering.overrides.clear_all(ME) == 2
    assert m.get("/pets/1").status_code == m.get("/a").status_code == 200


# Precedence


def test_prefer_comes_before_override_before_scenario_before_handler(mock):
    routes = Routes()
    routes.operation("pet")(lambda call: call.json({"from": "handler"}))
    m = mock(pets(), routes=routes)
    assert m.get("/pets/1").json() == {"from": "handler"}
    scenario(m, {"pet": [{"respond": {"body": {"from": "scenario"}}}]})
    assert m.get("/pets/1").json() == {"from": "scenario"}
    override(m, "pet", body={"from": "override"})
    assert m.get("/pets/1").json() == {"from": "override"}
    assert m.get("/pets/1", Prefer="code=404").json() == {"error": "described"}
    assert [row["decided_by"] for row in m.logs()] == ["prefer", "override", "scenario", "handler"]


def test_security_and_validation_come_before_steering(mock):
    guarded = pets(security=[[{"scheme": "key"}]])
    scheme = {"name": "key", "type": "apiKey", "in": "header", "parameter": "X-Key"}
    strict = op("GET", "/a", param("n", {"type": "integer"}), id="a")
    m = mock(guarded, strict, security_schemes=[scheme])
    scenario(m, {"*": [{"respond": {"status": 500}}]})
    assert m.get("/pets/1").status_code == 401
    assert m.get("/pets/1", X_Key="k").status_code == 500
    assert m.get("/a?n=x").status_code == 400
    assert m.get("/a?n=1").status_code == 500


def test_accept_is_negotiated_where_the_description_answers(mock):
    content = [media("application/json", {"a": 1}), media("text/csv", "a\n1")]
    m = mock(op("GET", "/a", id="a", responses=[response("200", content=content)]))
    scenario(m, {"a": [{"respond": {"status": 200, "headers": {"X-Own": "1"}}}]})
    answer = m.get("/a", Accept="text/csv")
    assert (answer.text, answer.headers["x-own"]) == ("a\n1", "1")
    assert m.get("/a", Accept="image/png").status_code == 406


# Which operations


@pytest.mark.parametrize(
    ("selector", "paths"),
    [
        ("*", {"/a", "/a/b", "/a/b/c"}),
        ("a", {"/a"}),
        ("GET /a", {"/a"}),
        ("get /v1/a", {"/a"}),
        ("* /a/b", {"/a/b"}),
        ("* /*/b", {"/a/b"}),
        ("GET /a/*", {"/a/b", "/a/b/c"}),
        ("GET /a*", {"/a", "/a/b", "/a/b/c"}),
        ("GET /**/c", {"/a/b/c"}),
        ("* /v1/*/b", {"/a/b"}),
    ],
)
def test_selector_names_operations(mock, selector, paths):
    every = ["/a", "/a/b", "/a/b/c"]
    m = mock(*(op("GET", path, id=path[-1]) for path in every), base_paths=["/v1"])
    scenario(m, {selector: [{"respond": {"status": 418}}]})
    assert {path for path in every if m.get(path).status_code == 418} == paths


def test_first_rule_that_applies_acts_in_the_order_written(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(
        m,
        {
            "GET /*": [{"when": {"query": {"x": "1"}}, "respond": {"status": 201}}],
            "a": [{"when": {"query": {"x": "2"}}, "respond": {"status": 202}}],
            "*": [{"respond": {"status": 203}}],
        },
    )
    found = [m.get(f"/a?x={x}").status_code for x in "123"]
    assert found == [201, 202, 203]


# When


CASES = [
    ({"path": {"id": 7}}, ("GET", "/p/7", {}), ("GET", "/p/8", {})),
    ({"query": {"q": {"matches": "^a+$"}}}, ("GET", "/p/1?q=aa", {}), ("GET", "/p/1?q=ab", {})),
    ({"query": {"q": "b"}}, ("GET", "/p/1?q=a&q=b", {}), ("GET", "/p/1?q=a", {})),
    ({"query": {"q": {"present": False}}}, ("GET", "/p/1", {}), ("GET", "/p/1?q=", {})),
    ({"headers": {"X-T": True}}, ("GET", "/p/1", {"x-t": "true"}), ("GET", "/p/1", {})),
    ({"cookies": {"c": "a b"}}, ("GET", "/p/1", {"cookie": "c=a%20b"}), ("GET", "/p/1", {})),
    ({"body": {"equals": {"a": 1}}}, ("POST", b'{"a": 1.0}'), ("POST", b'{"a": true}')),
    ({"body": {"matches": "tom"}}, ("POST", b'{"a": "tom"}'), ("POST", b'{"a": "tim"}')),
    (
        {"body": {"json_path": {"$.a[*].n": 2}}},
        ("POST", b'{"a":[{"n":1},{"n":2}]}'),
        ("POST", b"1"),
    ),
    (
        {"body": {"json_path": {"$.a[?match(@.n, 't.m')]": {"present": True}}}},
        ("POST", b'{"a":[{"n":"tom"}]}'),
        ("POST", b'{"a":[{"n":"tommy"}]}'),
    ),
    ({"body": {"json_path": {"$.a": {"present": False}}}}, ("POST", b"{}"), ("POST", b'{"a":1}')),
    ({"body": {"schema": {"required": ["a"]}}}, ("POST", b'{"a":1}'), ("POST", b"{}")),
    ({"body": {"present": True}}, ("POST", b"1"), ("POST", b"")),
]


@pytest.mark.parametrize(("when", "fits", "not_so"), CASES)
def test_rule_is_for_requests_that_fit(mock, when, fits, not_so):
    posted = op("POST", "/p", id="p", request_body=body("application/json", required=False))
    m = mock(op("GET", "/p/{id}", param("id", {"type": "integer"}, "path"), id="g"), posted)
    scenario(m, {"*": [{"when": when, "respond": {"status": 418}}]})

    def ask(method, *what):
        if method == "POST":
            headers = {"content-type": "application/json"} if what[0] else {}
            return m("POST", "/p", content=what[0], headers=headers).status_code
        return m(method, what[0], headers=what[1]).status_code

    assert (ask(*fits), ask(*not_so)) == (418, 200)


# Counting


def test_sequence_stays_at_its_end(mock):
    m = mock(op("GET", "/a", id="a"))
    steps = [{"respond": {"status": status}} for status in (201, 404)]
    scenario(m, {"a": [{"sequence": steps}]})
    assert [m.get("/a").status_code for _ in range(4)] == [201, 404, 404, 404]


@pytest.mark.parametrize(("then", "last"), [("loop", [201, 404]), ("pass", [200, 200])])
def test_sequence_loops_or_passes(mock, then, last):
    m = mock(op("GET", "/a", id="a"))
    steps = [{"respond": {"status": status}} for status in (201, 404)]
    scenario(m, {"a": [{"sequence": steps, "then": then}]})
    assert [m.get("/a").status_code for _ in range(4)] == [201, 404, *last]


def test_times_limits_uses_and_counts_only_requests_that_fit(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"when": {"query": {"x": "1"}}, "times": 2, "respond": {"status": 500}}]})
    asked = ["/a?x=1", "/a", "/a", "/a?x=1", "/a?x=1"]
    assert [m.get(url).status_code for url in asked] == [500, 200, 200, 500, 200]


def test_activation_restarts_counters(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"times": 1, "respond": {"status": 500}}]})
    assert [m.get("/a").status_code for _ in range(2)] == [500, 200]
    m.server.steering.scenarios.activate("s", None, ME)
    assert [m.get("/a").status_code for _ in range(2)] == [500, 200]


def test_rate_limit_refuses_and_says_when_to_come_again(mock, monkeypatch):
    now = [10**12]
    monkeypatch.setattr("time.monotonic_ns", lambda: now[0])
    many = response("429", {"error": "slow down"}, headers=[{"name": "Retry-After", "value": "9"}])
    m = mock(op("GET", "/a", id="a", responses=[response("200", {}), many]), op("GET", "/b"))
    scenario(m, {"*": [{"rate_limit": {"requests": 2, "window_ms": 5000}}]})
    assert [m.get("/a").status_code for _ in range(2)] == [200, 200]
    now[0] += 1_500_000_000
    answer = m.get("/a")
    assert (answer.status_code, answer.json()) == (429, {"error": "slow down"})
    assert answer.headers.get_list("retry-after") == ["4"]
    assert m.get("/b").json()["status"] == 429
    now[0] += 3_500_000_000
    assert m.get("/a").status_code == 200


def test_probability_lets_a_share_through(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"probability": 0.5, "respond": {"status": 500}}]})
    found = {m.get("/a").status_code for _ in range(60)}
    assert found == {200, 500}


def test_delay_comes_from_a_distribution_within_bounds(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"delay": {"uniform": {"min": 20, "max": 25}}}]})
    assert m.get("/a").json() == {}
    (row,) = m.logs()
    assert row["process_time_ms"] >= 20
    assert (row["decided_by"], row["test_scenario"]) == ("sample", "s")


# Sessions


def test_session_sees_its_own_scenario_and_counts_for_itself(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"times": 1, "respond": {"status": 500}}]}, "once")
    for session in ("s1", "s2"):
        m.server.steering.scenarios.activate("once", session, ME)
    for headers in ({"X_Session_ID": "s1"}, {"X_Test_Session": "s2"}, {}, {"Session_ID": "other"}):
        expected = [200, 200] if "Session_ID" in headers else [500, 200]
        assert [m.get("/a", **headers).status_code for _ in range(2)] == expected
    m.server.steering.scenarios.create(
        {"name": "teapot", "operations": {"a": [{"respond": {"status": 418}}]}}, ME
    )
    m.server.steering.scenarios.activate("teapot", "s1", ME)
    assert m.get("/a", X_Session_ID="s1").status_code == 418
    assert m.get("/a").status_code == 200
    m.server.steering.scenarios.deactivate("s1", ME)
    assert m.get("/a", X_Session_ID="s1").status_code == 200


# Faults where there is no connection to end, and in what handlers send


def test_fault_without_a_connection_sends_nothing_and_is_logged(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"fault": {"kind": "close"}}]})
    m.get("/a")
    (row,) = m.logs()
    assert (row["status_code"], row["decided_by"], row["test_scenario"]) == (None, "scenario", "s")


def test_streamed_answer_of_a_handler_is_garbled_too(mock):
    async def pieces():
        for _ in range(4):
            yield b"0123456789"

    routes = Routes()
    routes.operation("a")(lambda _: StreamingResponse(pieces(), media_type="text/plain"))
    m = mock(op("GET", "/a", id="a"), routes=routes)
    scenario(m, {"a": [{"fault": {"kind": "garble"}}]})
    found = m.get("/a").content
    wrong = [at for at, byte in enumerate(found) if byte != b"0123456789"[at % 10]]
    assert (len(found), wrong) == (40, [0, 16, 32])


def test_log_tells_the_scenario_in_force_before_the_one_that_a_request_names(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"respond": {"status": 500}}]})
    m.get("/a", X_Test_Scenario="mine")
    assert m.logs()[0]["test_scenario"] == "s"
