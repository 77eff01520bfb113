"""Steering of real servers: faults on the wire, several workers, restarts."""

import os
import re
import signal
import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from test_processes import SECONDS, UVICORN, start, until  # noqa: F401 - a fixture

from mockloop_server.api import Api
from mockloop_server.steering import Steering

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")

LOOPS = [("uvloop", "httptools"), ("asyncio", "h11")]
PING = b"GET /pets/1 HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = b'{"text": "' + b"x" * 500 + b'"}'


@pytest.fixture
def steer(project):
    """Steers the mock of the project from this process."""
    (project / "db").mkdir(exist_ok=True)
    made = []

    def make():
        api = Api.load(project / "api.json")
        made.append(Steering(api, project / "db" / "request_logs.db"))
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.stop()


def activate(steering, *rules, session=None):
    steering.scenarios.import_(
        {"name": "wire", "operations": {"GET /pets/{petId}": list(rules)}}, "replace", "pytest"
    )
    steering.scenarios.activate("wire", session, "pytest")


@pytest.fixture(params=LOOPS, ids=[loop for loop, _ in LOOPS])
def faulty(request, start, steer):  # noqa: F811
    """Starts a server with a fault, and gives what its log and output say in the end."""
    loop, http = request.param

    def make(fault, content=BODY):
        server = start(*UVICORN, "--loop", loop, "--http", http).until_ready()
        activate(steer(), {"respond": {"text": content.decode()}, "fault": fault})
        return server

    return make


def exchange(server, request=PING, wait=SECONDS):
    """Send bytes; what comes back, and how the connection ends."""
    with socket.create_connection(("127.0.0.1", server.port), wait) as raw:
        raw.sendall(request)
        found = b""
        try:
            while chunk := raw.recv(65536):
                found += chunk
        except ConnectionResetError:
            return found, "reset"
        except TimeoutError:
            return found, "open"
        return found, "closed"


def row(server):
    """The one row of the log, when it is there."""
    until(lambda: server.rows() == 1)
    db = sqlite3.connect(server.folder / "db" / "request_logs.db")
    db.row_factory = sqlite3.Row
    try:
        return dict(db.execute("SELECT * FROM request_logs WHERE NOT is_admin").fetchone())
    finally:
        db.close()


def quiet(server):
    """Others are still served, and the output has no complaint."""
    assert server.client.get("/health").status_code == 200
    output = server.end()
    assert "Traceback" not in output
    assert "ERROR" not in output


@pytest.mark.parametrize(("kind", "end"), [("close", "closed"), ("reset", "reset")])
def test_connection_ends_without_an_answer(faulty, kind, end):
    server = faulty({"kind": kind})
    assert exchange(server) == (b"", end)
    found = row(server)
    assert (found["status_code"], found["decided_by"]) == (None, "scenario")
    assert (found["response_size"], found["test_scenario"]) == (0, "wire")
    quiet(server)


def test_truncated_body_is_announced_whole_and_logged_as_sent(faulty):
    server = faulty({"kind": "truncate"})
    found, end = exchange(server)
    head, _, body = found.partition(b"\r\n\r\n")
    assert (body, end) == (BODY[: len(BODY) // 2], "closed")
    assert b"content-length: %d" % len(BODY) in head.lower()
    logged = row(server)
    assert (logged["status_code"], logged["response_size"]) == (200, len(BODY) // 2)
    assert logged["response_body"] == BODY.decode()[: len(BODY) // 2]
    quiet(server)


def test_truncation_has_its_place(faulty):
    server = faulty({"kind": "truncate", "after_bytes": 3})
    found, end = exchange(server)
    assert (found.partition(b"\r\n\r\n")[2], end) == (BODY[:3], "closed")
    quiet(server)


def test_garbled_body_has_its_length_and_keeps_the_connection(faulty):
    server = faulty({"kind": "garble"})
    first, second = (server.client.get("/pets/1") for _ in range(2))
    assert first.content == second.content != BODY
    assert len(first.content) == len(BODY)
    with pytest.raises(ValueError, match=r"."):
        first.json()
    quiet(server)


def test_stalled_answer_is_silence_until_its_end(faulty):
    server = faulty({"kind": "stall", "stall_ms": 300})
    begun = time.monotonic()
    assert exchange(server) == (b"", "closed")
    assert time.monotonic() - begun >= 0.3
    assert row(server)["status_code"] is None
    quiet(server)


def test_stall_may_begin_after_the_headers_and_ends_when_the_client_leaves(faulty):
    server = faulty({"kind": "stall", "after_bytes": 4})
    found, end = exchange(server, wait=0.3)
    assert (found.partition(b"\r\n\r\n")[2], end) == (BODY[:4], "open")
    assert row(server)["response_size"] == 4
    quiet(server)


def test_dripped_body_comes_whole_and_slowly(faulty):
    server = faulty({"kind": "drip", "bytes_per_second": 100}, content=b"y" * 40)
    begun = time.monotonic()
    pieces = []
    with server.client.stream("GET", "/pets/1") as answer:
        pieces += list(answer.iter_raw())
    assert b"".join(pieces) == b"y" * 40
    assert len(pieces) > 1
    assert time.monotonic() - begun >= 0.4
    assert row(server)["response_size"] == 40
    quiet(server)


def test_client_that_leaves_during_a_delay_gets_no_answer(start, steer):  # noqa: F811
    server = start(*UVICORN).until_ready()
    activate(steer(), {"delay": 60_000})
    assert exchange(server, wait=0.3) == (b"", "open")
    found = row(server)
    assert (found["status_code"], found["decided_by"]) == (None, "disconnect")
    quiet(server)


def test_server_that_is_told_to_stop_ends_what_waits(start, steer):  # noqa: F811
    server = start(*UVICORN).until_ready()
    activate(steer(), {"fault": {"kind": "stall", "stall_ms": 300_000}})
    with socket.create_connection(("127.0.0.1", server.port), SECONDS) as raw:
        raw.sendall(PING)
        assert server.client.get("/health").status_code == 200
        begun = time.monotonic()
        assert "Traceback" not in server.end(signal.SIGTERM)
    assert time.monotonic() - begun < 10


def test_every_worker_sees_an_activation_at_its_next_request(start, steer):  # noqa: F811
    server = start(*UVICORN, "--workers", "2").until_ready()
    until(lambda: len(list((server.folder / "db").glob("*.writer"))) == 2)
    steering = steer()
    for status in (501, 502, 503):
        activate(steering, {"respond": {"status": status}})
        assert {ask(server) for _ in range(20)} == {status}
    assert len(pids(server)) == 2


def test_workers_count_together(start, steer):  # noqa: F811
    server = start(*UVICORN, "--workers", "2").until_ready()
    until(lambda: len(pids(server)) == 2)
    activate(steer(), {"times": 25, "respond": {"status": 500}})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(server), range(100)))
    assert (found.count(500), found.count(200)) == (25, 75)


def test_steering_survives_kill_9(start, steer):  # noqa: F811
    server = start(*UVICORN).until_ready()
    steering = steer()
    activate(steering, {"times": 2, "respond": {"status": 500}}, {"respond": {"status": 501}})
    steering.overrides.set("listPets", {"status": 502}, "pytest")
    assert ask(server) == 500
    server.end(signal.SIGKILL)
    again = start(*UVICORN).until_ready()
    assert [ask(again) for _ in range(2)] == [500, 501]
    assert again.client.get("/pets").status_code == 502


def ask(server):
    """A request on a connection of its own, that any worker may take."""
    with httpx.Client(base_url=server.client.base_url, timeout=SECONDS) as client:
        return client.get("/pets/1").status_code


def pids(server):
    """The workers that answer."""
    found = set()
    for _ in range(20):
        with httpx.Client(base_url=server.client.base_url, timeout=SECONDS) as client:
            found |= set(re.findall(r'"pid":\s*(\d+)', client.get("/health").text))
    return found
