"""The admin API's numbers: analysis, insights, comparison, performance."""

import random
import statistics
from contextlib import closing

import pytest
from describe import op, param
from test_admin_logs import API

from mockloop_server.log import read
from mockloop_server.log.analysis import source
from mockloop_server.log.database import connect, insert


def row(number, **values):
    """A row of the log, in the order of the writer's columns."""
    defaults = {
        "timestamp": f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.5Z",
        "method": "GET",
        "path": "/a",
        "query_params": None,
        "operation_id": "getA",
        "status_code": 200,
        "process_time_ms": 1.0,
        "decided_by": "sample",
        "validation_errors": None,
        "client_host": "127.0.0.1",
        "client_port": 1,
        "request_headers": "{}",
        "request_body": None,
        "request_body_note": None,
        "request_size": 0,
        "response_headers": "{}",
        "response_body": "{}",
        "response_body_note": None,
        "response_size": 2,
        "user_agent": "test",
        "session_id": None,
        "correlation_id": str(number),
        "test_scenario": None,
        "is_admin": 0,
    }
    return tuple({**defaults, **values}.values())


@pytest.fixture
def filled(mock):
    """Makes a mock whose log holds rows."""

    def make(rows):
        m = mock(
            op("GET", "/a", param("p"), id="getA", tags=["t"]),
            op("POST", "/b", id="postB"),
            op("GET", "/c", id="getC"),
            env={"MOCKLOOP_LOG_MAX_AGE_DAYS": "0"},
        )
        with closing(connect(m.server.log.file)) as db:
            insert(db, rows)
        return m

    return make


def analysis(mock, **query):
    answer = mock("GET", f"{API}/logs/analyze", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_numbers_are_those_of_the_statistics_module(filled):
    times = [random.Random(1).lognormvariate(3, 1) for _ in range(501)]
    times = [round(time, 3) for time in times]
    found = analysis(filled([row(n, process_time_ms=t) for n, t in enumerate(times)]))
    numbers = found["performance"]
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    assert numbers["total_measured"] == 501
    assert numbers["average_ms"] == pytest.approx(statistics.fmean(times), abs=0.001)
    assert numbers["std_dev_ms"] == pytest.approx(statistics.pstdev(times), abs=0.001)
    assert (numbers["min_ms"], numbers["max_ms"]) == (min(times), max(times))
    assert numbers["median_ms"] == statistics.median(times)
    for percent in (50, 90, 95, 99):
        assert numbers[f"p{percent}_ms"] == pytest.approx(cuts[percent - 1], abs=0.001)
        assert found["endpoints"]["by_endpoint"][0][f"p{percent}_ms"] == pytest.approx(
            cuts[percent - 1], abs=0.001
        )
    assert sum(each["count"] for each in numbers["histogram"]) == 501
    assert numbers["histogram"][2] == {"le_ms": 5, "count": sum(2 < t <= 5 for t in times)}


def test_log_without_requests_has_empty_numbers(filled):
    found = analysis(filled([]))
    assert found["total_requests"] == 0
    assert found["performance"]["p99_ms"] is None
    assert found["errors"]["error_rate"] is None
    assert found["time_range"]["buckets"] == []
    assert found["insights"] == []


def test_requests_are_counted_by_endpoint_method_and_status(filled):
    m = filled(
        [
            row(1),
            row(2, status_code=500),
            row(3, method="POST", path="/b", operation_id="postB", status_code=201),
            row(4, path="/zzz", operation_id=None, status_code=404),
            row(5, status_code=None),
            row(6, method="PURGE", operation_id=None, path="/zzz", status_code=405),
        ]
    )
    found = analysis(m)
    assert found["methods"]["distribution"] == {"GET": 4, "POST": 1, "PURGE": 1}
    assert found["methods"]["read_write_ratio"] == 2
    assert found["status_codes"]["categories"]["aborted"] == 1
    assert found["status_codes"]["error_rate"] == 0.5
    endpoints = found["endpoints"]
    assert [(e["operation_id"], e["count"], e["errors"]) for e in endpoints["by_endpoint"]] == [
        ("getA", 3, 1),
        ("postB", 1, 0),
    ]
    assert endpoints["unused_operations"] == ["getC"]
    assert endpoints["coverage"] == {"operations": 3, "called": 2, "share": 0.666667}
    assert {"method": "GET", "path": "/zzz", "status_code": 404, "count": 1} in endpoints[
        "undocumented"
    ]
    errors = found["errors"]
    assert errors["by_endpoint"] == {"(undocumented)": 2, "getA": 1}
    assert errors["by_method"] == {"GET": 2, "PURGE": 1}
    assert errors["time_distribution"]["hourly_distribution"] == {"2026-01-01T00": 3}


def test_traffic_over_time_has_buckets_that_fit(filled):
    m = filled([row(n) for n in (0, 1, 1, 1, 59, 3600, 7199)])
    times = analysis(m)["time_range"]
    assert len(times["buckets"]) <= 120
    assert sum(bucket["requests"] for bucket in times["buckets"]) == 7
    assert times["peak"]["requests"] == 5
    assert times["peak"]["start"] == "2026-01-01T00:00:00Z"
    assert times["duration_human"] == "1 h 59 min"


def test_sessions_tell_their_journey(filled):
    m = filled(
        [
            row(1, session_id="s", test_scenario="slow"),
            row(3, session_id="s", status_code=500),
            row(4, session_id="t"),
        ]
    )
    found = analysis(m)["sessions"]
    assert (found["total"], found["average_requests"]) == (2, 1.5)
    first = found["sessions"][0]
    assert (first["total_requests"], first["errors"], first["duration_ms"]) == (2, 1, 2000)
    assert first["journey"] == ["getA 200", "getA 500"]
    page = m.get(f"{API}/performance/sessions?limit=1").json()
    assert (page["total_count"], page["sessions"][0]["session_id"]) == (2, "t")
    assert page["sessions"][0]["status"] == "ended"


def test_callers_are_told_apart(filled):
    m = filled(
        [row(n, user_agent="curl/8") for n in range(8)]
        + [row(9, user_agent="Googlebot/2.1", client_host="10.0.0.1"), row(10, user_agent=None)]
    )
    found = analysis(m)
    assert found["user_agents"]["most_common_agents"][0] == {"name": "curl/8", "count": 8}
    assert found["patterns"]["potential_bot_traffic"] == 1
    assert found["clients"]["unique_clients"] == 2


def test_validation_failures_are_counted_by_parameter(filled):
    wrong = '[{"in":"query","name":"p","message":"m"},{"in":"body","pointer":"/x","message":"m"}]'
    found = analysis(filled([row(1, validation_errors=wrong), row(2)]))["validation"]
    assert found["total_failures"] == 1
    assert {"operation_id": "getA", "in": "query", "name": "p", "count": 1} in found["by_parameter"]
    assert {"operation_id": "getA", "in": "body", "name": "/x", "count": 1} in found["by_parameter"]


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("endpoint", ["getA", "GET /z"]),
        ("method", ["GET"]),
        ("status", ["200", "404"]),
        ("session", [None, "s"]),
        ("scenario", [None]),
        ("hour", ["2026-01-01T00", "2026-01-01T01"]),
    ],
)
def test_groups(filled, by, keys):
    m = filled(
        [row(1), row(2), row(3600, session_id="s", operation_id=None, path="/z", status_code=404)]
    )
    assert [group["key"] for group in analysis(m, group_by=by)["groups"]] == keys


@pytest.mark.parametrize(
    "query", [{"q": "needle"}, {"path_regex": "^/b"}, {"operation_id": "postB"}, {"path": "/b"}]
)
def test_analysis_of_a_filter_counts_only_what_meets_it(filled, query):
    m = filled(
        [row(n) for n in range(5)]
        + [row(9, path="/b", operation_id="postB", response_body="needle", response_size=6)]
    )
    found = analysis(m, **query)
    assert found["total_requests"] == 1
    assert found["performance"]["total_measured"] == 1
    assert found["response_sizes"]["total_bytes"] == 6
    assert [each["operation_id"] for each in found["endpoints"]["by_endpoint"]] == ["postB"]


WRONG = '[{"in":"query","name":"p","message":"m"}]'
MIXED = [
    row(
        n,
        method=("GET", "HEAD", "PURGE")[n % 7 % 3],
        path=f"/{'ab'[n % 2]}/{n % 5}",
        operation_id=("getA", "postB", None)[n % 3],
        status_code=(200, 201, 404, 500, None)[n % 5],
        process_time_ms=n % 11 / 8,
        validation_errors=WRONG if n % 6 == 0 else None,
        client_host=f"10.0.0.{n % 4}",
        user_agent=("bot/1", "Firefox/2", None)[n % 4 % 3],
        session_id=(None, "s", "t")[n % 8 % 3],
        response_size=n % 9,
        test_scenario="slow" if n % 10 == 0 else None,
        is_admin=int(n % 13 == 0),
    )
    for n in range(400)
]


@pytest.mark.parametrize(
    "query",
    [
        {"session_id": "s"},
        {"scenario": "slow", "status": "2xx"},
        {"path": "/a/0"},
        {"has_validation_error": "true"},
        {"has_validation_error": "false"},
        {"time_from": "2026-01-01T00:01:00Z", "time_to": "2026-01-01T00:06:30Z"},
        {"time_from": "2026-01-01T00:06:30Z"},
        {"user_agent": "FIRE"},
        {"path": "/*/3"},
        {"path_regex": "[12]$"},
        {"method": ["get", "purge"]},
        {"undocumented": "true"},
        {"q": "/a"},
        {"include_admin": "true", "time_to": "2026-01-02T00:00:00Z"},
    ],
)
def test_numbers_do_not_depend_on_the_way_in_which_rows_are_found(filled, query, monkeypatch):
    m = filled(MIXED)

    def told(few):
        monkeypatch.setattr(source, "_FEW", few)
        found = analysis(m, **query)
        # Each call of the admin API is in the log for the next one.
        del found["analysis_timestamp"], found["patterns"]["admin_usage"], found["insights"]
        return found

    usual = told(source._FEW)
    assert usual == told(-1)
    found = m("GET", f"{API}/logs/search", params={**query, "limit": 0}).json()
    assert usual["total_requests"] == found["total_count"] > 0


@pytest.mark.parametrize("query", [{}, {"time_from": "2026-01-01T00:00:10Z"}])
def test_numbers_of_a_long_log_are_read_in_indexes_alone(filled, query, monkeypatch):
    """Rows hold headers and bodies, which would have to be read too."""
    m = filled(MIXED)
    asked = []

    def traced(*arguments, **options):
        db = connect(*arguments, **options)
        db.set_trace_callback(asked.append)
        return db

    monkeypatch.setattr(source, "_FEW", -1)
    monkeypatch.setattr(read, "connect", traced)
    analysis(m, **query)
    with closing(connect(m.server.log.file)) as db:
        plans = [
            step[3]
            for question in asked
            if question.startswith("SELECT")
            for step in db.execute(f"EXPLAIN QUERY PLAN {question}")
        ]
    steps = [step for step in plans if "request_logs" in step]
    assert len(steps) > 10
    # Few rows are looked at for what the indexes lack: invalid requests, journeys of sessions.
    few = ("request_logs_invalid", "INTEGER PRIMARY KEY", "request_logs_session")
    known = ("COVERING INDEX", *few)
    ends = "SEARCH request_logs"
    assert [step for step in steps if step != ends and not any(k in step for k in known)] == []


def insights(mock, **query):
    answer = mock("GET", f"{API}/logs/insights", params=query).json()
    return {each["rule"]: each for each in answer["insights"]}


def test_insight_has_evidence_and_a_link_to_it(filled):
    m = filled([row(n, status_code=500 if n < 10 else 200, session_id="s") for n in range(40)])
    found = insights(m, session_id="s")
    assert found["server-errors"]["severity"] == "critical"
    assert found["server-errors"]["evidence"]["server_errors"] == 10
    assert m.get(found["server-errors"]["link"]).json()["total_count"] == 10


def test_no_insights_without_enough_data(filled):
    assert insights(filled([row(n, status_code=500) for n in range(19)])) == {}


def test_thresholds_can_be_set(filled):
    m = filled([row(n, process_time_ms=40) for n in range(40)])
    assert "slow-responses" not in insights(m)
    assert m("PUT", f"{API}/insights/thresholds", json={"slow_average_ms": 30}).status_code == 200
    assert "slow-responses" in insights(m)
    assert m.get(f"{API}/insights/thresholds").json()["min_requests"] == 20
    refused = m("PUT", f"{API}/insights/thresholds", json={"nonsense": 1})
    assert refused.status_code == 400


def test_two_parts_are_compared(filled):
    m = filled(
        [row(n, test_scenario="one") for n in range(4)]
        + [row(n, test_scenario="two", process_time_ms=2.0, status_code=500) for n in range(2)]
    )
    sides = {"baseline": {"scenario": "one"}, "candidate": {"scenario": "two"}}
    found = m("POST", f"{API}/logs/compare", json=sides).json()
    assert found["differences"]["average_ms"] == {
        "baseline": 1.0,
        "candidate": 2.0,
        "change": 1.0,
        "relative": 1.0,
    }
    assert found["endpoints"][0]["count"]["change"] == -2
    assert found["candidate"]["error_rate"] == 1


def test_statistics_performance_and_metrics(filled):
    m = filled([row(1), row(2, status_code=404, process_time_ms=3.0, session_id="s")])
    assert m.get(f"{API}/requests/stats").json() == {
        "total_requests": 2,
        "methods": {"GET": 2},
        "status_codes": {"200": 1, "404": 1},
        "avg_response_time": 2.0,
    }
    summary = m.get(f"{API}/performance/summary").json()
    assert summary["overall_performance"]["max_ms"] == 3.0
    assert summary["session_summary"]["total_sessions"] == 1
    metrics = m.get(f"{API}/performance/metrics").json()
    assert metrics["metrics"][0]["response_time_ms"] == 3.0
    text = m.get("/metrics").text
    assert 'mockloop_logged_requests{operation="getA",status="404"} 1' in text


def test_operations_and_debug(filled):
    m = filled([])
    page = m.get(f"{API}/operations?limit=1&offset=1").json()
    assert page["operations"][0]["operation_id"] == "postB"
    assert page["total_count"] == 3
    assert "request_logs" in m.get(f"{API}/debug").json()["database"]["tables"]


def test_parts_are_those_of_the_whole_each_for_itself(filled):
    errors = '[{"in":"query","name":"p","message":"m"}]'
    rows = [
        row(n, status_code=400 if n % 3 else 200, validation_errors=errors if n % 3 else None)
        for n in range(60)
    ]
    m = filled([*rows, row(60, operation_id=None, session_id="s", user_agent="a bot")])
    whole = analysis(m, operation_id="getA")
    always = {"analysis_timestamp", "filters_applied"}
    path = f"{API}/logs/analyze/parts"
    for name in whole.keys() - always:
        answer = m("GET", path, params={"parts": name, "operation_id": "getA"})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found.keys() == {name, *always}
        if name == "patterns":  # each of these calls is one more
            found[name].pop("admin_usage"), whole[name].pop("admin_usage")
        assert found[name] == whole[name]
        assert found["filters_applied"] == whole["filters_applied"]
    assert whole["insights"] != []
    assert m("GET", path).json().keys() == whole.keys()
    assert m("GET", path, params={"parts": "methods,all"}).status_code == 400
