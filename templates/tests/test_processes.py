"""Real servers: several workers on one database, and ends of all kinds."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")

SECONDS = 20.0


class Server:
    """A reference project under uvicorn."""

    def __init__(self, folder, *arguments, **env):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, *arguments, "--port", str(self.port)]
            if arguments
            else [sys.executable, "main.py"],
            cwd=folder,
            env={**os.environ, "MOCKLOOP_PORT": str(self.port), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=SECONDS)

    def until_ready(self):
        until(self.is_healthy)
        return self

    def is_healthy(self):
        try:
            return self.client.get("/health").status_code == 200
        except httpx.TransportError:
            assert self.process.poll() is None, self.process.communicate()[0]
            return False

    def end(self, number=signal.SIGINT):
        """Stop it, and give its output."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.communicate(timeout=SECONDS)[0]

    def rows(self, where="NOT is_admin"):
        db = sqlite3.connect(self.folder / "db" / "request_logs.db")
        try:
            return db.execute(f"SELECT count(*) FROM request_logs WHERE {where}").fetchone()[0]
        finally:
            db.close()


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def start(project):
    started = []

    def run(*arguments, **env):
        started.append(Server(project, *arguments, **env))
        return started[-1]

    yield run
    for server in started:
        server.end(signal.SIGTERM)


UVICORN = ("-m", "uvicorn", "main:app", "--no-access-log")


def test_python_main_serves_and_ctrl_c_flushes(start):
    server = start().until_ready()
    for _ in range(50):
        assert server.client.get("/pets/1").json()["id"] == 10
    output = server.end(signal.SIGINT)
    assert "Traceback" not in output
    assert server.rows() == 50
    assert not list((server.folder / "db").glob("*.writer"))


def test_four_workers_share_one_log_and_read_each_others_rows(start):
    server = start(*UVICORN, "--workers", "4").until_ready()
    until(lambda: len(list((server.folder / "db").glob("*.writer"))) == 4)

    def ask(number):
        # A connection each, so that the calls go to any of the workers.
        headers = {"X-Session-ID": f"s{number}"}
        with httpx.Client(base_url=server.client.base_url, timeout=SECONDS) as client:
            assert client.get("/pets/1", headers=headers).status_code == 200
        with httpx.Client(base_url=server.client.base_url, timeout=SECONDS) as client:
            found = client.get("/admin/api/logs/search", params={"session_id": f"s{number}"})
            return found.json()["total_count"]

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(100))) == {1}
    server.end()
    assert server.rows() == 100


def test_kill_9_loses_the_last_batch_at_most(start):
    server = start(*UVICORN).until_ready()
    for _ in range(100):
        server.client.get("/pets/1")
    assert server.client.get("/admin/api/logs/search").json()["total_count"] == 100
    for _ in range(5):
        server.client.get("/pets/1")
    server.end(signal.SIGKILL)
    assert 100 <= server.rows() <= 105
    again = start(*UVICORN).until_ready()
    begun = time.monotonic()
    assert again.client.get("/admin/api/logs/search").json()["total_count"] >= 100
    assert time.monotonic() - begun < 2, "waits for a process that is gone"


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"MOCKLOOP_PORT": "http"}, "MOCKLOOP_PORT='http': use a number"),
        ({"MOCKLOOP_AUTH": "maybe"}, "use one of enforce, strict, off"),
        ({"MOCKLOOP_DATABASE": "/dev/null/x.db"}, "/dev/null/x.db cannot be used for the log"),
    ],
)
def test_unusable_setting_ends_the_start_with_its_name(start, env, message):
    server = start(**env)
    server.process.wait(SECONDS)
    assert server.process.returncode != 0
    assert message in server.end()


@pytest.mark.parametrize("how", [(), UVICORN])
@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"MOCKLOOP_AUTH": "maybe"}, "MOCKLOOP_AUTH='maybe': use one of enforce, strict, off"),
        ({"MOCKLOOP_CREDENTIALS": "main.py"}, 'main.py: expected {"SCHEME"'),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(start, how, env, message):
    server = start(*how, **env)
    server.process.wait(SECONDS)
    assert server.process.returncode == 1
    (line,) = server.end().splitlines()
    assert line.startswith("mockloop: ") and message in line


def test_bytes_that_are_no_http_leave_the_server_alive(start):
    server = start(*UVICORN).until_ready()
    for attack in (
        b"\0\xff\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /pets/%zz%ff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /pets/%00?%ff=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /pets HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /pets HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /pets HTTP/1.1\r\nHost: x\r\nX-Pet-Key: k\r\nContent-Length: 10\r\n\r\nabc",
        b"POST /pets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ):
        with socket.create_connection(("127.0.0.1", server.port), SECONDS) as raw:
            raw.sendall(attack)
            raw.shutdown(socket.SHUT_WR)
            answer = raw.recv(65536)
            assert b" 500 " not in answer
    assert server.client.get("/pets/1").status_code == 200
    assert "Traceback" not in server.end()


def test_description_is_served_as_a_file(start, project):
    server = start().until_ready()
    assert server.client.get("/openapi.json").json() == json.loads(
        (project / "openapi.json").read_text("utf-8")
    )
