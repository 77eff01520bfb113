"""The admin API's logs: search, one request, deletion, export, tail, verification."""

import csv
import io
import json
import shlex
import subprocess
import zipfile

import pytest
from describe import body, op, param

API = "/__mockloop/api"


@pytest.fixture
def busy(mock):
    """A mock that was asked a few things."""
    m = mock(
        op("GET", "/pets/{petId}", param("petId", {"type": "integer"}, "path"), id="getPet"),
        op(
            "POST",
            "/pets",
            id="addPet",
            tags=["write"],
            request_body=body("application/json", {"type": "object", "required": ["name"]}),
        ),
    )
    m.get("/pets/1", X_Session_ID="one")
    m.get("/pets/2?b=2&b=3", X_Session_ID="two", X_Correlation_ID="c-2", X_Test_Scenario="slow")
    m.get("/pets/x")
    m("POST", "/pets", json={"name": "Rex"}, headers={"Authorization": "Bearer secret"})
    m("POST", "/pets", json={})
    m.get("/nothing")
    return m


def ids(mock, **query):
    page = mock("GET", f"{API}/logs/search", params=query)
    assert page.status_code == 200, page.text
    return sorted(row["id"] for row in page.json()["logs"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "404"}, [6]),
        ({"status": "4xx"}, [3, 5, 6]),
        ({"status": "401-404,200"}, [1, 2, 4, 6]),
        ({"status": "404-401"}, [6]),
        ({"method": "post"}, [4, 5]),
        ({"method": "GET,POST"}, [1, 2, 3, 4, 5, 6]),
        ({"path": "/pets/2"}, [2]),
        ({"path": "/pets/*"}, [1, 2, 3]),
        ({"path": "/pet?/*"}, []),
        ({"path_regex": r"^/pets/\d+$"}, [1, 2]),
        ({"path_regex": "othin"}, [6]),
        ({"operation_id": "addPet"}, [4, 5]),
        ({"tag": "write"}, [4, 5]),
        ({"tag": "unknown"}, []),
        ({"session_id": "two"}, [2]),
        ({"correlation_id": "c-2"}, [2]),
        ({"scenario": "slow"}, [2]),
        ({"client": "127.0.0.1"}, [1, 2, 3, 4, 5, 6]),
        ({"has_validation_error": "true"}, [3, 5]),
        ({"q": "Rex"}, [4]),
        ({"q": "100%_"}, []),
        ({"min_duration_ms": "60000"}, []),
        ({"max_duration_ms": "60000", "status": "400"}, [3, 5]),
        ({"time_from": "2000-01-01T00:00:00Z", "time_to": "2001-01-01T00:00:00+01:00"}, []),
        ({"time_from": "2000-01-01T00:00:00.5z", "path": "/nothing"}, [6]),
        ({"time_from": "2000-01-01T00:00:00", "path": "/nothing"}, [6]),
        ({"time_from": "2000-01-01", "time_to": "2001-01-01"}, []),
    ],
)
def test_filter(busy, query, expected):
    assert ids(busy, **query) == expected


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("nonsense=1", "nonsense"),
        ("status=6xx", "status"),
        ("status=500-", "status"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("time_from=yesterday", "time_from"),
        ("time_from=2026-13-01T00:00:00Z", "time_from"),
        ("time_from=20260101", "time_from"),
        ("time_from=2026-W01-1", "time_from"),
        ("path_regex=(", "path_regex"),
        ("path_regex=(a)%5C1", "path_regex"),
        ("sort=price", "sort"),
        ("fields=secret", "fields"),
        ("include_admin=perhaps", "include_admin"),
    ],
)
def test_unusable_query_is_refused_by_name(busy, query, name):
    answer = busy.get(f"{API}/logs/search?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert name in {each["name"] for each in answer.json()["violations"]}


def test_page_tells_its_total_and_what_was_asked_for(busy):
    page = busy.get(f"{API}/logs/search?limit=2&offset=1&fields=path,status_code&sort=id").json()
    assert page["logs"] == [
        {"path": "/pets/2", "status_code": 200},
        {"path": "/pets/x", "status_code": 400},
    ]
    assert (page["total_count"], page["total_is_exact"], page["returned_count"]) == (6, True, 2)


def test_rows_without_fields_leave_out_headers_and_bodies(busy):
    row = busy.get(f"{API}/requests?limit=1").json()["logs"][0]
    assert "path" in row
    assert not any("body" in name or "headers" in name for name in row)


def test_one_request_is_told_whole(busy):
    row = busy.get(f"{API}/requests/4?pretty=true").json()
    assert row["request_headers"]["authorization"] == "Bearer ***"
    assert row["request_body_pretty"] == '{\n  "name": "Rex"\n}'
    assert row["response_body"] == "{}"
    assert busy.get(f"{API}/requests/99").status_code == 404
    assert busy.get(f"{API}/requests/x").status_code == 404


def test_curl_sends_the_same_again(busy):
    busy("POST", "/pets?q=it's", content=b"\x00'\xff", headers={"Content-Type": "a/b", "X-E": ""})
    for id in (4, 7):
        row = busy.get(f"{API}/requests/{id}").json()
        command = busy.get(f"{API}/requests/{id}/curl").text
        told = subprocess.run(
            ["sh", "-c", f"curl() {{ printf '%s\\n' \"$@\"; cat; }}\n{command}"],
            capture_output=True,
            input=b"",
            check=True,
        ).stdout
        assert row["method"].encode() in told
        assert (b"\x00'\xff" if id == 7 else b'{"name":"Rex"}') in told
        if id == 7:
            assert b"/pets?q=it%27s\n" in told
            assert shlex.quote("x-e;") in command


def test_har_has_what_was_sent(busy):
    entry = busy.get(f"{API}/requests/2/har").json()["log"]["entries"][0]
    assert entry["request"]["url"] == "http://127.0.0.1/pets/2?b=2&b=3"
    assert {"name": "b", "value": "3"} in entry["request"]["queryString"]
    assert entry["response"]["content"]["text"] == "{}"


def test_exports_hold_all_requests_in_order(busy):
    jsonl = busy.get(f"{API}/logs/export")
    rows = [json.loads(line) for line in jsonl.text.splitlines()]
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert jsonl.headers["mockloop-total-count"] == "6"
    table = list(csv.DictReader(io.StringIO(busy.get(f"{API}/logs/export?format=csv").text)))
    assert [row["path"] for row in table] == [row["path"] for row in rows]
    archive = busy.get(f"{API}/logs/export?format=har&status=4xx").json()
    assert [entry["_id"] for entry in archive["log"]["entries"]] == [3, 5, 6]
    assert busy.get(f"{API}/logs/export?format=har&q=zzz").json()["log"]["entries"] == []


def test_csv_cells_are_no_formulas(mock):
    m = mock(op("GET", "/a"))
    m.get("/a", X_Session_ID='=HYPERLINK("x")')
    (row,) = csv.DictReader(io.StringIO(m.get(f"{API}/logs/export?format=csv").text))
    assert row["session_id"] == '\'=HYPERLINK("x")'


def test_export_larger_than_a_piece_is_whole(mock):
    m = mock(op("GET", "/a"))
    for _ in range(250):
        m.get("/a")
    for kind in ("jsonl", "har"):
        text = m.get(f"{API}/logs/export?format={kind}").text
        found = (
            [json.loads(line)["id"] for line in text.splitlines()]
            if kind == "jsonl"
            else [entry["_id"] for entry in json.loads(text)["log"]["entries"]]
        )
        assert found == list(range(1, 251))


def test_deletion_by_session_and_time_and_of_all(busy):
    assert busy("DELETE", f"{API}/logs?session_id=two").json() == {"deleted": 1}
    assert busy("DELETE", f"{API}/logs?before=2000-01-01T00:00:00Z").json() == {"deleted": 0}
    assert ids(busy) == [1, 3, 4, 5, 6]
    assert busy("DELETE", f"{API}/logs").json()["deleted"] >= 5
    assert ids(busy) == []


def events(text):
    return [
        {name: value for name, _, value in (line.partition(": ") for line in event.splitlines())}
        for event in text.split("\n\n")
        if "\nevent:" in event
    ]


def test_tail_says_where_it_begins(busy):
    # A client that is cut off before its first event has this to go on from.
    assert busy.get(f"{API}/logs/tail?seconds=0").text == "id: 6\nretry: 1000\n\n"


def test_what_is_asked_once_the_tail_is_open_is_told(busy):
    told = []

    async def send(message):
        if message["type"] == "http.response.start":
            await busy.client.get("/pets/9")
        told.append(message.get("body", b"").decode())

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"{API}/logs/tail",
        "raw_path": f"{API}/logs/tail".encode(),
        "query_string": b"seconds=1",
        "headers": [(b"host", b"127.0.0.1")],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    busy.run(busy.app(scope, receive, send))
    assert [json.loads(event["data"])["path"] for event in events("".join(told))] == ["/pets/9"]


def test_tail_resumes_after_the_last_event(busy):
    found = events(busy.get(f"{API}/logs/tail?seconds=0", Last_Event_ID="3").text)
    assert [event["id"] for event in found] == ["4", "5", "6"]
    assert json.loads(found[0]["data"])["operation_id"] == "addPet"
    assert events(busy.get(f"{API}/logs/tail?seconds=0").text) == []


def test_tail_filters(busy):
    found = events(busy.get(f"{API}/logs/tail?seconds=0&status=4xx", Last_Event_ID="0").text)
    assert [event["id"] for event in found] == ["3", "5", "6"]


def _nested(depth):
    return [] if depth == 0 else [_nested(depth - 1)]


def verdict(mock, request, **more):
    answer = mock("POST", f"{API}/logs/verify", json={"request": request, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("request_", "count"),
    [
        ({"operation_id": "addPet"}, 2),
        ({"operation_id": "addPet", "body": {"equals": {"name": "Rex"}}}, 1),
        ({"body": {"json_path": {"$.name": {"matches": "^R"}}}}, 1),
        ({"method": "POST", "body": {"json_path": {"$.name": {"present": False}}}}, 1),
        ({"body": {"schema": {"required": ["name"]}}, "method": "POST"}, 1),
        ({"body": {"contains": "Re"}}, 1),
        ({"body": {"matches": "R.x"}}, 1),
        ({"path": "/pets/*", "query": {"b": 3}}, 1),
        ({"headers": {"X-Session-ID": {"present": True}}}, 2),
        ({"headers": {"x-session-id": "two"}}, 1),
        ({"status": "4xx"}, 3),
        ({"session_id": "one"}, 1),
    ],
)
def test_verification_counts_what_matches(busy, request_, count):
    found = verdict(busy, request_, times={"exactly": count})
    assert (found["verified"], found["count"]) == (True, count), found


def test_whole_number_may_be_written_with_a_fraction(busy):
    wanted = {"operation_id": "addPet", "body": {"json_path": {"$.name": "Tom"}}}
    found = verdict(busy, wanted, near_misses=1.0, times={"exactly": 1.0})
    assert len(found["near_misses"]) == 1, found


def test_failed_verification_tells_the_nearest_misses(busy):
    found = verdict(busy, {"operation_id": "addPet", "body": {"json_path": {"$.name": "Tom"}}})
    assert found["verified"] is False
    assert found["message"] == "Expected at least 1, and there were none."
    near = found["near_misses"]
    assert [each["request"]["id"] for each in near[:2]] == [5, 4]
    assert near[0]["mismatches"][0]["message"] == 'finds nothing; it should be {"equals": "Tom"}'
    assert near[1]["mismatches"] == [
        {"in": "body", "name": "$.name", "message": 'is "Rex", not "Tom"'}
    ]


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        ({"body": {"matches": "("}}, "/request/body/matches"),
        ({"body": {"json_path": {"$[": 1}}}, "/request/body/json_path/$["),
        ({"headers": {"a/b": {"matches": "("}}}, "/request/headers/a~1b"),
        ({"nonsense": 1}, "/request"),
        ({"operation_id": "addPt"}, "/request/operation_id"),
        ({"time_from": "2026-13-01T00:00:00Z"}, "/request/time_from"),
        ({"body": {"equals": _nested(200)}}, ""),
    ],
)
def test_unusable_verification_is_refused_by_its_place(busy, request_, pointer):
    answer = busy("POST", f"{API}/logs/verify", json={"request": request_})
    assert answer.status_code == 400
    assert answer.json()["violations"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "condition",
    [
        {"equals": {"name": "Rex"}},
        {"json_path": {"$.name": "Rex"}},
        {"schema": {"type": "object"}},
        {"contains": "Tom"},
        {"matches": "Tom$"},
        {"matches": ":.$"},
    ],
)
def test_body_that_the_log_cut_is_told_with_the_setting_that_keeps_more(mock, condition):
    m = mock(op("POST", "/a", request_body=body("*/*")), env={"MOCKLOOP_LOG_BODY_LIMIT": "9"})
    m("POST", "/a", content=b'{"name": "Rex"}', headers={"content-type": "application/json"})
    found = verdict(m, {"path": "/a", "body": condition})
    (mismatch,) = found["near_misses"][0]["mismatches"]
    assert "was cut" in mismatch["message"], mismatch
    assert "MOCKLOOP_LOG_BODY_LIMIT" in mismatch["message"], mismatch


def test_text_in_the_beginning_of_a_body_that_the_log_cut_is_found(mock):
    m = mock(op("POST", "/a", request_body=body("*/*")), env={"MOCKLOOP_LOG_BODY_LIMIT": "9"})
    m("POST", "/a", content=b'{"name": "Rex"}', headers={"content-type": "application/json"})
    assert verdict(m, {"body": {"contains": "name"}})["verified"] is True


def test_header_that_the_log_masks_is_told_to_be_no_mismatch(mock):
    m = mock(op("GET", "/a"))
    m("GET", "/a", headers={"authorization": "Bearer mine"})
    found = verdict(m, {"headers": {"authorization": "Bearer mine"}})
    (mismatch,) = found["near_misses"][0]["mismatches"]
    assert "is masked in the log" in mismatch["message"], mismatch
    assert verdict(m, {"headers": {"authorization": {"present": True}}})["verified"] is True


def test_archive_holds_the_log_and_what_was_set(busy):
    scenario = {"name": "mine", "operations": {"getPet": [{"respond": {"status": 404}}]}}
    assert busy("POST", f"{API}/mock-data/scenarios", json=scenario).status_code == 201
    override = {"operation": "addPet", "status": 201}
    assert busy("POST", f"{API}/overrides", json=override).status_code == 200
    answer = busy.get(f"{API}/export")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert len(archive.read("request_logs.jsonl").splitlines()) == 6
        assert json.loads(archive.read("scenarios.json"))[0]["name"] == "mine"
        assert json.loads(archive.read("overrides.json"))[0]["operation_id"] == "addPet"


def test_body_that_is_not_json_fits_no_schema_and_no_path(mock):
    m = mock(op("POST", "/t", id="addText", request_body=body("text/plain")))
    m("POST", "/t", content=b"not json", headers={"Content-Type": "text/plain"})
    for matcher in (
        {"schema": {"required": ["wings"]}},
        {"json_path": {"$.a": {"present": False}}},
    ):
        assert verdict(m, {"operation_id": "addText", "body": matcher})["count"] == 0


def test_one_value_has_to_pass_all_matchers_of_a_path(mock):
    m = mock(op("POST", "/t", id="a", request_body=body("application/json")))
    m("POST", "/t", json={"tags": ["a", "b"]})
    both = {"$.tags[*]": {"matches": "^a", "equals": "b"}}
    assert verdict(m, {"operation_id": "a", "body": {"json_path": both}})["count"] == 0


def test_slashes_in_a_segment_are_kept_for_those_who_send_again(mock):
    m = mock(op("GET", "/p/{id}", param("id", place="path")))
    m.get("/p/a%2Fb%20%25")
    row = m.logs()[0]
    assert row["path"] == "/p/a%2Fb %25"
    assert "/p/a%2Fb%20%25" in m.get(f"{API}/requests/{row['id']}/curl").text


def test_body_without_a_type_is_sent_again_without_one(mock):
    m = mock(op("POST", "/t"))
    m("POST", "/t", content=b"x")
    assert "-H Content-Type:" in m.get(f"{API}/requests/1/curl").text


def test_head_of_a_stream_ends(busy):
    for path in ("logs/tail", "logs/export", "export"):
        answer = busy("HEAD", f"{API}/{path}")
        assert (answer.status_code, answer.content) == (200, b"")


def test_values_of_the_query_are_found_as_they_are(mock):
    m = mock(op("GET", "/a"))
    m.get('/a?x="quo"ted\\')
    assert ids(m, q='"quo"ted\\') == [1]
