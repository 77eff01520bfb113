"""The scenarios that come with every project."""

from functools import reduce

import pytest
from describe import media, op, param, response

from mockloop_server.steering import ready_made

LIST = {"type": "array", "items": {}}
DEEP = {
    "type": "object",
    "properties": {
        "result": {
            "type": "object",
            "properties": {
                "collections": {**LIST, "items": {"type": "object"}},
                "fixed": {
                    **LIST,
                    "minItems": 2,
                    "items": {"type": "object", "properties": {"some": {**LIST, "minItems": 1}}},
                },
            },
        }
    },
}
PAGE = {"type": "object", "properties": {"items": LIST, "fixed": {**LIST, "minItems": 1}}}
OPERATIONS = [
    op(
        "GET",
        "/pets",
        id="pets",
        security=[[{"scheme": "key"}]],
        responses=[
            response("200", [1, 2], LIST),
            response("422", {"documented": 422}),
            response("502", {"documented": 502}),
            response("401", {"documented": 401}),
        ],
    ),
    op(
        "GET",
        "/page",
        id="page",
        responses=[response("200", {"items": [1], "fixed": [1], "n": 1}, PAGE)],
    ),
    op(
        "GET",
        "/deep",
        id="deep",
        responses=[response("200", {"result": {"collections": [{"of": [1]}], "n": 1}}, DEEP)],
    ),
    op(
        "GET",
        "/deep-fixed",
        id="deepFixed",
        responses=[
            response(
                "200",
                {
                    "result": {
                        "collections": [{}],
                        "fixed": [{"some": [1], "any": [1]}, {"any": [[1]]}],
                    }
                },
                DEEP,
            )
        ],
    ),
    op(
        "GET",
        "/unfit",
        id="unfit",
        responses=[response("200", {"a": [1], "n": "x"}, {"properties": {"n": {"type": "null"}}})],
    ),
    op("GET", "/one/{id}", param("id", place="path"), id="one"),
    op(
        "GET",
        "/filled",
        responses=[response("200", content=[media("application/json", [1], {"minItems": 1})])],
    ),
]
KEY = {"name": "key", "type": "apiKey", "in": "header", "parameter": "X-Key"}


@pytest.fixture
def steered(mock):
    def make(name):
        m = mock(*OPERATIONS, security_schemes=[KEY])
        m.server.steering.scenarios.activate(name, None, "pytest")
        return lambda path: m.get(path, X_Key="k")

    return make


def test_server_errors_are_the_described_ones(steered):
    get = steered("server-errors")
    assert (get("/pets").status_code, get("/pets").json()) == (502, {"documented": 502})
    assert get("/page").status_code == get("/page").json()["status"] == 500


def test_client_errors_are_the_described_ones(steered):
    get = steered("client-errors")
    assert get("/pets").json() == {"documented": 422}
    assert get("/page").status_code == 400


def test_unauthorised_is_for_what_asks_for_credentials(steered):
    get = steered("unauthorised")
    answer = get("/pets")
    assert (answer.status_code, answer.json()) == (401, {"documented": 401})
    assert answer.headers["www-authenticate"] == "ApiKey"
    assert get("/page").status_code == 200


def test_lists_are_empty_where_the_description_lets_them_be(steered):
    get = steered("empty-lists")
    assert get("/pets").json() == []
    assert get("/page").json() == {"items": [], "fixed": [1], "n": 1}
    assert get("/filled").json() == [1]
    assert get("/one/1").json() == {}
    assert get("/unfit").json() == {"a": [], "n": "x"}


def test_lists_are_empty_at_any_depth(steered):
    get = steered("empty-lists")
    assert get("/deep").json() == {"result": {"collections": [], "n": 1}}
    fixed = [{"some": [1], "any": []}, {"any": []}]
    assert get("/deep-fixed").json() == {"result": {"collections": [], "fixed": fixed}}


def test_samples_of_any_shape_are_emptied_in_bounded_time():
    looks = []

    def refuses(value):
        looks.append(value)
        return False

    sample = {"a": [[index] for index in range(1000)]}
    assert ready_made._emptied(sample, refuses) is None
    assert len(looks) == 101
    assert sample["a"][999] == [999]
    deep = reduce(lambda found, _: [found], range(5000), 1)
    assert ready_made._emptied(deep, lambda _: True) == []
    assert ready_made._emptied({"a": [], "b": 1}, lambda _: True) is None


@pytest.mark.parametrize("name", ["maintenance", "server-errors", "client-errors", "unauthorised"])
def test_scenarios_are_for_requests_that_the_description_allows_and_without_prefer(mock, name):
    number = param("n", {"type": "integer"}, required=True)
    m = mock(
        op("GET", "/a", number, id="a", security=[[{"scheme": "key"}]]),
        security_schemes=[KEY],
    )
    steering = m.server.steering
    steering.scenarios.activate(name, None, "pytest")
    described = steering.scenarios.get(name)["description"]
    assert "Every request that the description allows is answered by" in described
    assert "One with Prefer is answered as it asks." in described
    answers = [
        m.get("/a?n=1", X_Key="k"),
        m.get("/a?n=1"),
        m.get("/a?n=x", X_Key="k"),
        m.get("/a?n=1", X_Key="k", Prefer="code=200"),
    ]
    deciders = [row["decided_by"] for row in reversed(m.logs())]
    assert deciders[0] == "scenario"
    assert "scenario" not in deciders[1:]
    assert [each.status_code for each in answers[1:]] == [401, 400, 200]


def test_maintenance_says_when_to_come_again(steered):
    answer = steered("maintenance")("/page")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "120")


def test_rate_limit_lets_ten_requests_through(steered):
    get = steered("rate-limited")
    found = [get("/page").status_code for _ in range(12)]
    assert found == [200] * 10 + [429] * 2


def test_flaky_fails_one_time_in_ten(steered, monkeypatch):
    get = steered("flaky")
    for value, status in ((0.0999, 502), (0.1001, 200)):
        monkeypatch.setattr("random.random", lambda value=value: value)
        assert get("/pets").status_code == status


def test_slow_network_delays(steered, monkeypatch):
    monkeypatch.setattr("random.lognormvariate", lambda *_: 0.05)
    assert steered("slow-network")("/page").elapsed.total_seconds() >= 0.04


def test_all_pass_their_own_check_and_are_the_same_each_time(mock):
    scenarios = mock(*OPERATIONS, security_schemes=[KEY]).server.steering.scenarios
    for each in scenarios.page(100, 0)[0]:
        document = scenarios.get(each["name"])
        checked = {name: document[name] for name in ("name", "operations")}
        assert [one for one in scenarios.validate(checked) if one.severity == "error"] == []
        again = mock(*OPERATIONS, security_schemes=[KEY]).server.steering.scenarios
        assert again.get(each["name"])["operations"] == document["operations"]
