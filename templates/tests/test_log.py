"""The log: what a row says, and that it is there in time."""

import io
import json
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest
from describe import body, op, param, response

from mockloop_server.log import Log, Record
from mockloop_server.log.database import LogError, connect, migrate
from mockloop_server.log.lines import Lines
from mockloop_server.log.retention import Bounds


def test_a_row_is_there_when_the_next_call_asks(mock):
    m = mock(op("GET", "/a"))
    for count in range(1, 20):
        m.get("/a")
        assert len(m.logs()) == count


def test_a_row_says_what_came_and_what_was_sent(mock):
    m = mock(op("POST", "/a/{id}", request_body=body("application/json")))
    answer = m(
        "POST",
        "/a/é?x=1&x=2&y",
        json={"k": "ü"},
        headers={
            "X-Test-Session": "s",
            "Test-Scenario": "t",
            "X-Request-ID": "c",
            "User-Agent": "u",
        },
    )
    (row,) = m.logs()
    assert row["timestamp"].endswith("Z")
    assert (row["method"], row["path"]) == ("POST", "/a/é")
    assert row["query_params"] == {"x": ["1", "2"], "y": ""}
    assert (row["operation_id"], row["status_code"]) == ("post /a/{id}", 200)
    assert (row["decided_by"], row["is_admin"]) == ("sample", False)
    assert row["process_time_ms"] > 0
    assert row["request_body"] == '{"k":"ü"}'
    assert row["request_size"] == len('{"k":"ü"}'.encode())
    assert (row["response_body"], row["response_size"]) == ("{}", 2)
    assert row["response_headers"] == dict(answer.headers)
    assert (row["session_id"], row["test_scenario"]) == ("s", "t")
    assert (row["correlation_id"], row["user_agent"]) == ("c", "u")
    assert answer.headers["x-correlation-id"] == "c"


def test_correlation_ids_are_made_and_differ(mock):
    m = mock(op("GET", "/a"))
    made = {m.get("/a").headers["x-correlation-id"] for _ in range(5)}
    assert made == {row["correlation_id"] for row in m.logs()}
    assert len(made) == 5


def test_described_correlation_id_is_sent_once(mock):
    headers = [{"name": "X-Correlation-ID", "value": "described"}]
    m = mock(op("GET", "/a", responses=[response("200", {}, headers=headers)]))
    assert m.get("/a").headers["x-correlation-id"] == "described"


def test_bodies_are_cut_and_say_so(mock):
    m = mock(op("POST", "/a", request_body=body("*/*")), env={"MOCKLOOP_LOG_BODY_LIMIT": "5"})
    for content in (b"abcdef", b"abcd\xc3\xa9", b"\xff\xfe", b"a\0b"):
        m("POST", "/a", content=content, headers={"content-type": "text/html"})
    rows = [
        (row["request_body"], row["request_body_note"], row["request_size"]) for row in m.logs()
    ]
    assert rows[::-1] == [
        ("abcde", "truncated", 6),
        ("abcd", "truncated", 6),
        ("//4=", "base64", 2),
        ("YQBi", "base64", 3),
    ]


def test_search_filters_and_pages(mock):
    m = mock(op("GET", "/a", param("p", {"type": "integer"})), op("GET", "/b"))
    m.get("/a")
    m.get("/a?p=x", X_Session_ID="s")
    m.get("/b")
    m.get("/health")

    def found(**query):
        return [row["path"] for row in m.logs(**query)]

    assert found() == ["/b", "/a", "/a"]
    assert found(include_admin="true")[-4:] == ["/health", "/b", "/a", "/a"]
    assert found(status=400) == ["/a"]
    assert found(path="/b") == ["/b"]
    assert found(operation_id="get /b", method="get") == ["/b"]
    assert found(session_id="s") == ["/a"]
    assert found(limit=1, offset=2) == ["/a"]
    page = m.get("/admin/api/logs/search?limit=1").json()
    assert (page["total_count"], page["returned_count"], page["limit"]) == (3, 1, 1)


@pytest.mark.parametrize(
    "query",
    [
        "limit=x",
        "limit=-1",
        "limit=99999999",
        "offset=1e3",
        "status=7",
        "colour=red",
        "limit=1&limit=2",
    ],
)
def test_search_names_what_it_cannot_use(mock, query):
    answer = mock().get(f"/admin/api/logs/search?{query}")
    assert answer.status_code == 400
    assert answer.json()["violations"][0]["name"] == query.split("=")[0]


def read(file, query):
    with closing(sqlite3.connect(file)) as db:
        return db.execute(query).fetchall()


def record(number):
    scope = {"method": "GET", "path": f"/{number}", "query_string": b"", "headers": []}
    return Record(scope, b"c")


def test_full_queue_counts_what_it_drops(tmp_path):
    log = Log(tmp_path / "log.db", capacity=3)
    for number in range(5):
        log.put(record(number))
    assert log.dropped == 2
    log.start()
    log.stop()
    assert (log.written, log.depth) == (3, 0)


def test_what_came_before_start_is_written(tmp_path):
    log = Log(tmp_path / "log.db")
    log.put(record(1))
    log.start()
    log.flush()
    assert log.written == 1
    log.stop()


def test_batches_of_any_size_are_written_in_order(tmp_path):
    count = 256 + 64 + 16 + 4 + 3
    log = Log(tmp_path / "log.db")
    for number in range(count):
        log.put(record(number))
    log.start()
    log.stop()
    paths = read(tmp_path / "log.db", "SELECT path FROM request_logs ORDER BY id")
    assert paths == [(f"/{number}",) for number in range(count)]


def test_retention_keeps_the_newest(tmp_path):
    file = tmp_path / "log.db"
    for batch in range(2):
        log = Log(file, bounds=Bounds(rows=4, days=1))
        for number in range(6):
            log.put(record(batch * 6 + number))
        log.start()
        log.stop()
    with closing(connect(file)) as db:
        db.execute("UPDATE request_logs SET timestamp = '2000' WHERE path = '/8'")
    log = Log(file, bounds=Bounds(rows=4, days=1))
    log.start()
    log.stop()
    paths = read(file, "SELECT path FROM request_logs ORDER BY id")
    assert paths == [("/9",), ("/10",), ("/11",)]


def test_migration_makes_a_copy_first_and_happens_once(tmp_path):
    file, folder = tmp_path / "log.db", tmp_path / "steps"
    folder.mkdir()
    (folder / "0001_one.sql").write_text("CREATE TABLE t (a);\nINSERT INTO t VALUES (';');")
    migrate(file, folder)
    assert not list(tmp_path.glob("*.backup"))
    (folder / "0002_two.sql").write_text("ALTER TABLE t ADD b;")
    migrate(file, folder)
    migrate(file, folder)
    assert read(file, "SELECT * FROM t") == [(";", None)]
    versions = read(file, "SELECT version, description FROM schema_version")
    assert versions == [(1, "one"), (2, "two")]
    (copy,) = tmp_path.glob("*.backup")
    assert read(copy, "SELECT * FROM t") == [(";",)]


def test_failed_migration_changes_nothing(tmp_path):
    file, folder = tmp_path / "log.db", tmp_path / "steps"
    folder.mkdir()
    (folder / "0001_one.sql").write_text("CREATE TABLE t (a);")
    migrate(file, folder)
    (folder / "0002_two.sql").write_text("CREATE TABLE u (a);\nINSERT INTO nothing VALUES (1);")
    with pytest.raises(LogError, match="nothing"):
        migrate(file, folder)
    assert ("u",) not in read(file, "SELECT name FROM sqlite_master")


@pytest.mark.parametrize("script", ["CREATE TABLE request_logs (id)", None])
def test_a_file_of_another_program_is_left_alone(tmp_path, script):
    file = tmp_path / "log.db"
    if script is None:
        file.write_bytes(b"this is no database, and it is long enough to be looked at" * 20)
    else:
        with closing(sqlite3.connect(file)) as db:
            db.execute(script)
    before = file.read_bytes()
    with pytest.raises(LogError, match=r"log\.db"):
        migrate(file)
    assert file.read_bytes() == before


def test_every_request_is_a_line_where_asked_for(mock, monkeypatch):
    out = io.BytesIO()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=out))
    schemes = [{"name": "k", "type": "apiKey", "in": "query", "parameter": "Key"}]
    m = mock(
        op("GET", "/a/{id}", param("p", {"type": "integer"})),
        security_schemes=schemes,
        env={"MOCKLOOP_REQUEST_LINES": "1"},
    )
    m.get("/a/\u00e9?p=x&key=secret")
    m.get("/health")
    m.get("/nothing")
    m.close()
    refused, missed = map(json.loads, out.getvalue().splitlines())
    assert refused.pop("time").endswith("Z")
    assert refused.pop("duration_ms") > 0
    assert refused == {
        "method": "GET",
        "path": "/a/\u00e9",
        "query": "p=x&key=***",
        "status": 400,
        "operation_id": "get /a/{id}",
        "decided_by": "validation",
        "violations": [
            {"in": "query", "name": "p", "message": '"x" is not of type "integer"'},
        ],
    }
    assert (missed["path"], missed["status"], missed["operation_id"]) == ("/nothing", 404, None)


def test_no_line_is_written_unasked(mock, capfdbinary):
    m = mock(op("GET", "/a"))
    m.get("/a")
    m.logs()
    assert capfdbinary.readouterr().out == b""


def test_the_log_goes_on_where_nobody_reads_the_lines(tmp_path):
    closed = io.BytesIO()
    closed.close()
    log = Log(tmp_path / "log.db", lines=Lines(closed))
    log.start()
    for number in range(2):
        answered = record(number)
        answered.status = 200
        log.put(answered)
        log.flush()
    log.stop()
    assert (log.written, log.error) == (2, None)


def test_retention_by_bytes_gives_the_space_back(tmp_path):
    file = tmp_path / "log.db"
    log = Log(file)
    for number in range(3000):
        each = record(number)
        each.response_chunks, each.response_size = [b"x" * 2000], 2000
        log.put(each)
    log.start()
    log.stop()
    size = file.stat().st_size
    log = Log(file, bounds=Bounds(bytes=2_000_000))
    log.start()
    log.stop()
    with closing(connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        rows, last = db.execute(
            "SELECT count(*), max(CAST(substr(path, 2) AS INT)) FROM request_logs"
        ).fetchone()
    assert file.stat().st_size < size / 2
    assert (rows > 100, last) == (True, 2999)
