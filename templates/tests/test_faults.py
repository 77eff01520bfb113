"""Faults of the machine and of those who work on one log, which the server has to survive."""

import os
import re
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from types import SimpleNamespace

import pytest
from describe import op
from serving import API, Load, copy_project, serving, until
from test_log import record

from mockloop_server.log import Log, database
from mockloop_server.log.database import connect, migrate
from mockloop_server.log.retention import Bounds, Retention

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")

BATCH = 2000
STEPS = sorted(database.MIGRATIONS.glob("*.sql"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def serve(folder, tmp_path):
    with serving(folder, tmp_path) as run:
        yield run


def test_kill_9_under_load_loses_the_last_batch_at_most(serve):
    server = serve()
    with Load(server, "a") as load:
        until(lambda: len(load.answered) > 5 * BATCH)
        known = server.found()
        server.end(signal.SIGKILL)
    rows = set(server.ids())
    assert known <= len(rows & set(load.answered)), "what was found once is kept"
    for connection in ("a-0-", "a-1-"):
        kept = [id in rows for id in load.answered if id.startswith(connection)]
        assert kept == sorted(kept, reverse=True), "only the last are lost"
    # One batch may be on its way while the next gathers.
    assert len(set(load.answered) - rows) <= 2 * BATCH
    assert server.ask("PRAGMA integrity_check") == [("ok",)]
    again = serve()
    again.ping()
    assert again.found(correlation_id=load.answered[0]) == 1
    assert again.found() >= known + 1


@pytest.fixture
def clock(monkeypatch):
    """The time of day, to be put forward and back."""
    clock = SimpleNamespace(seconds=0)
    now, now_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: now() + clock.seconds)
    monkeypatch.setattr(time, "time_ns", lambda: now_ns() + clock.seconds * 10**9)
    return clock


DAY = 86_400
JUMPS = (7300 * DAY, -2 * 3600, -7300 * DAY, 50_000 * DAY)


def test_clock_that_jumps_leaves_durations_and_order_alone(mock, clock):
    m = mock(op("GET", "/a"))
    for number, seconds in enumerate((*JUMPS, 0)):
        clock.seconds = seconds
        m.get(f"/a?n={number}")
    rows = m.logs()
    assert [row["query_params"]["n"] for row in rows] == ["4", "3", "2", "1", "0"]
    assert all(0 < row["process_time_ms"] < 5000 for row in rows)
    for path in ("logs/analyze", "performance/summary", "logs/insights", "logs/tail?seconds=0"):
        answer = m.get(f"{API}/{path}")
        assert answer.status_code == 200, f"{path}: {answer.text}"


def test_clock_that_jumps_makes_no_row_too_old(tmp_path, clock):
    file = tmp_path / "log.db"
    paths = []

    def write(path, ago=0):
        log = Log(file)
        clock.seconds -= ago
        log.put(record(path[1:]))
        clock.seconds += ago
        log.start()
        log.stop()
        paths.append(path)

    def trimmed():
        with closing(connect(file)) as db:
            retention.apply(db, lambda: True)
            return [row[0] for row in db.execute("SELECT path FROM request_logs ORDER BY id")]

    write("/old", ago=2 * DAY)
    write("/new")
    for seconds in JUMPS:
        retention = Retention(Bounds(days=1))
        clock.seconds = seconds
        write(f"/after {seconds}")
        assert trimmed() == paths
        clock.seconds = 0
    # Stamped by a wrong clock, but come after one that is new.
    assert trimmed() == paths[1:]


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_database_of_every_earlier_version_is_brought_up_to_date(serve, tmp_path, version):
    file, steps = tmp_path / "log.db", tmp_path / "steps"
    steps.mkdir()
    for step in STEPS[:version]:
        shutil.copy(step, steps)
    migrate(file, steps)
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    with closing(connect(file)) as db:
        db.executemany(
            "INSERT INTO request_logs (timestamp, method, path, process_time_ms, request_headers,"
            " request_size, response_headers, response_size, correlation_id, operation_id)"
            " VALUES (?, 'GET', '/pets/7', 1.5, '{}', 0, '{}', 0, ?, 'getPetById')",
            [(now, f"old-{number}") for number in range(100)],
        )
    # Both workers find it old.
    server = serve("--workers", "2")
    server.ping(5)
    assert server.found() == 105
    assert server.found(path="/pets/7", operation_id="getPetById") == 100
    assert server.found(correlation_id="old-42") == 1
    assert "Traceback" not in server.end()
    assert server.ask("SELECT max(version) FROM schema_version") == [(int(STEPS[-1].name[:4]),)]
    copies = [path for path in tmp_path.iterdir() if path.suffix == ".backup"]
    assert copies == [tmp_path / f"log.db.v{version}.backup"]
    with closing(sqlite3.connect(copies[0])) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("SELECT max(version) FROM schema_version").fetchall() == [(version,)]
        assert db.execute("SELECT count(*) FROM request_logs").fetchall() == [(100,)]


def test_two_servers_write_one_log_and_find_what_either_has(serve):
    one, two = serve(), serve()
    with Load(one, "one", threads=1) as first, Load(two, "two", threads=1) as second:
        until(lambda: min(len(first.answered), len(second.answered)) > BATCH)
        for asked, load, other in ((one, first, "two"), (two, second, "one")):
            mine, theirs = load.answered[-1], f"{other}-asked"
            (two if asked is one else one).ping(**{"X-Correlation-ID": theirs})
            assert asked.found(correlation_id=mine) == 1
            assert asked.found(correlation_id=theirs) == 1
    total = len(first.answered) + len(second.answered) + 2
    assert one.found() == two.found() == total
    for server in (one, two):
        assert not re.search("Traceback|ERROR|cannot", output := server.end()), output
    rows = one.ask("SELECT id, correlation_id FROM request_logs WHERE NOT is_admin")
    assert len({id for id, _ in rows}) == len({name for _, name in rows}) == len(rows) == total
    assert one.ask("PRAGMA integrity_check") == [("ok",)]
