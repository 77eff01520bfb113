"""Faults of clients and connections, which the server has to survive."""

import asyncio
import json
import os
import re
import signal
import socket
import struct
import threading
import time
from contextlib import closing, contextmanager

import httpx
import pytest
from serving import API, PING, SECONDS, copy_project, rss, serving, until

from mockloop_server.log.database import connect
from mockloop_server.log.record import COLUMNS

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")

MIB = 2**20


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def serve(folder, tmp_path):
    with serving(folder, tmp_path) as run:
        yield run


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    """A server that goes through all that leaves it alive; its output must tell of no error."""
    with serving(folder, tmp_path_factory.mktemp("shared")) as run:
        server = run()
        yield server
        output = server.end()
        assert not re.search("Traceback|ERROR|Exception", output), output


@contextmanager
def many_files():
    """Let this process, and those that it starts, have as many files open as is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def all_at_once(port, count):
    """Open connections, then use each; how many were opened, and how many answered."""
    opened = []

    async def open_one():
        try:
            opening = asyncio.open_connection("127.0.0.1", port)
            opened.append(await asyncio.wait_for(opening, SECONDS))
        except OSError:
            return

    async def ask(reader, writer):
        try:
            writer.write(PING)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2 * SECONDS)
        except (OSError, asyncio.IncompleteReadError):
            return False
        assert answer.startswith(b"HTTP/1.1 200 ")
        return True

    for start in range(0, count, 500):
        await asyncio.gather(*(open_one() for _ in range(min(500, count - start))))
    served = sum(await asyncio.gather(*(ask(*each) for each in opened)))
    for _, writer in opened:
        writer.transport.abort()
    return len(opened), served


def test_ten_thousand_connections_are_served(serve):
    with many_files() as limit:
        count = min(10_000, limit - 500)
        if count < 10_000:
            print(f"no more than {limit} files can be open: {count} connections")  # noqa: T201
        server = serve()
        opened, served = asyncio.run(all_at_once(server.port, count))
    assert served == opened == count
    server.ping()
    assert server.found() == count + 1
    assert "Traceback" not in server.end()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process")
def test_more_connections_than_the_server_can_have_are_refused(serve):
    server = serve()
    server.ping()
    files = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (files + 50, 1000))
    opened, served = asyncio.run(all_at_once(server.port, 500))
    assert 0 < served < opened
    until(lambda: httpx.get(server.client.base_url.join("/pets/1")).status_code == 200)
    until(server.can_write)
    assert server.found() == 1 + served + 1
    assert "Traceback" not in server.end()


def parts(count, size=MIB):
    for _ in range(count):
        yield b"x" * size


@pytest.mark.parametrize(
    "length", [{"Content-Length": str(100 * MIB)}, {}], ids=["told", "chunked"]
)
@pytest.mark.parametrize("path", ["/pets", f"{API}/logs/verify"])
def test_body_of_100_mb_is_refused_and_not_kept(server, path, length):
    server.ping()
    before = rss(server.process.pid)
    peak = before
    done = threading.Event()

    def watch():
        nonlocal peak
        while not done.is_set():
            peak = max(peak, rss(server.process.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        answer = httpx.post(
            server.client.base_url.join(path),
            content=parts(100),
            headers={"Content-Type": "application/json", "X-Pet-Key": "key", **length},
            timeout=SECONDS,
        )
    finally:
        done.set()
        watching.join()
    assert answer.status_code == 413
    assert "bytes at most" in answer.json()["detail"]
    assert peak - before < 40 * MIB
    server.ping()


POST = b"POST /pets HTTP/1.1\r\nHost: x\r\nX-Pet-Key: key\r\nContent-Type: application/json\r\n"
RESET = struct.pack("ii", 1, 0)


def test_client_that_sends_byte_by_byte_holds_up_nobody(server):
    body = b'{"name": "Rex"}'
    slow = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    longest = 0.0
    with server.raw() as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for each in slow:
            raw.sendall(bytes([each]))
            begun = time.monotonic()
            server.ping()
            longest = max(longest, time.monotonic() - begun)
        assert re.match(rb"HTTP/1.1 [24]\d\d ", raw.recv(65536))
    assert longest < 2


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
def test_client_that_leaves_in_mid_body_is_logged_so(server, reset):
    name = f"left-{reset}"
    with server.raw() as raw:
        raw.sendall(POST + b"X-Correlation-ID: %s\r\n" % name.encode())
        raw.sendall(b"Content-Length: 1000\r\n\r\n" + b'{"name":')
        server.ping()
        if reset:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    until(lambda: server.found(correlation_id=name) == 1)
    query = {"correlation_id": name, "fields": "status_code,decided_by"}
    found = server.client.get(f"{API}/logs/search", params=query).json()["logs"]
    assert found == [{"status_code": None, "decided_by": "disconnect"}]


@pytest.fixture(scope="module")
def many_rows(server):
    """The shared server with 20,000 rows."""
    server.ping()
    assert server.found() > 0
    columns = ", ".join(each for each in COLUMNS.split(", ") if each != "response_body")
    with closing(connect(server.database)) as db:
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
            f" INSERT INTO request_logs ({columns}, response_body) SELECT {columns}, ? FROM n,"
            " (SELECT * FROM request_logs WHERE path = '/pets/1' LIMIT 1)",
            ("x" * 1000,),
        )
    return server


def export(server):
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(SECONDS)
    raw.connect(("127.0.0.1", server.port))
    raw.sendall(b"GET %s/logs/export HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % API.encode())
    assert raw.recv(1000).startswith(b"HTTP/1.1 200 ")
    return raw


def test_client_that_stops_reading_an_export_holds_up_nobody(many_rows):
    server = many_rows
    before = rss(server.process.pid)
    with export(server):
        server.ping(100)
        assert server.found() > 20_000
        # The rest waits in the database, and not in memory.
        assert rss(server.process.pid) - before < 16 * MIB


def test_client_that_reads_an_export_slowly_gets_it_and_holds_up_nobody(many_rows):
    longest = 0.0
    with export(many_rows) as raw:
        for _ in range(200):
            assert raw.recv(100)
            begun = time.monotonic()
            many_rows.ping()
            longest = max(longest, time.monotonic() - begun)
    assert longest < 2


def test_client_that_leaves_an_export_is_no_error(many_rows):
    for _ in range(5):
        with export(many_rows) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    many_rows.ping()
    until(lambda: many_rows.found(path=f"{API}/logs/export", include_admin=True) >= 5)


@contextmanager
def tail(server, **headers):
    """The requests that a tail tells of, with their ids."""
    query = {"path": "/pets/1", "fields": "correlation_id"}
    with server.client.stream("GET", f"{API}/logs/tail", params=query, headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines).startswith("id: ")
        assert next(lines) == "retry: 1000"

        def events():
            id = None
            for line in lines:
                if line.startswith("id: "):
                    id = line[4:]
                elif line.startswith("data: "):
                    yield id, json.loads(line[6:])["correlation_id"]

        yield events()


def test_tail_goes_on_where_its_connection_broke(server):
    with tail(server) as events:
        for name in "abc":
            server.ping(**{"X-Correlation-ID": name})
        seen = [next(events) for _ in "abc"]
    for name in "de":
        server.ping(**{"X-Correlation-ID": name})
    with tail(server, **{"Last-Event-ID": seen[1][0]}) as events:
        server.ping(**{"X-Correlation-ID": "f"})
        seen[2:] = [next(events) for _ in "cdef"]
    assert [name for _, name in seen] == list("abcdef")


def test_tail_ends_when_the_server_is_told_to(serve):
    server = serve()
    with tail(server) as events:
        server.ping()
        next(events)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert list(events) == []
        server.process.wait(SECONDS)
    assert time.monotonic() - begun < 4
    assert not re.search("Traceback|ERROR", server.end())


def test_client_that_reads_nothing_does_not_keep_the_server_from_ending(serve, many_rows, tmp_path):
    with closing(connect(many_rows.database)) as db:
        db.execute("VACUUM INTO ?", (str(tmp_path / "log.db"),))
    server = serve()
    with export(server):
        server.ping(3, **{"X-Correlation-ID": "kept"})
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(SECONDS)
    assert time.monotonic() - begun < 9
    assert "Application shutdown complete" in server.end()
    assert server.ids().count("kept") == 3
