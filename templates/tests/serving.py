"""Real servers for tests of faults: on one copy of the reference project, each database its own."""

import os
import re
import shutil
import socket
import threading
from contextlib import closing, contextmanager
from pathlib import Path

from test_processes import SECONDS, UVICORN, Server, until

from mockloop_server.log.database import connect

HERE = Path(__file__).parent
API = "/__mockloop/api"
PING = b"GET /pets/1 HTTP/1.1\r\nHost: x\r\n\r\n"


def copy_project(folder):
    """The reference project, with what Python has compiled of it, so that it starts sooner."""
    ignore = shutil.ignore_patterns("db")
    shutil.copytree(HERE.parent / "project", folder, ignore=ignore, dirs_exist_ok=True)
    shutil.copytree(HERE / "fixture", folder, ignore=ignore, dirs_exist_ok=True)
    return folder


class Running(Server):
    """A server with a database at a place of its own."""

    def __init__(self, folder, database, *arguments, **env):
        self.database = database
        env = {"MOCKLOOP_DATABASE": str(database), **env}
        super().__init__(folder, *UVICORN, *arguments, **env)

    def log(self):
        """What the server says of its log."""
        return self.client.get("/health").json()["log"]

    def cannot_write(self):
        health = self.client.get("/health").json()
        return health["status"] == "degraded" and health["log"]["error"] is not None

    def can_write(self):
        return self.log()["error"] is None

    def ping(self, count=1, **headers):
        for _ in range(count):
            answer = self.client.get("/pets/1", headers=headers)
            assert answer.status_code == 200, answer.text

    def found(self, **query):
        """How many requests a search finds."""
        answer = self.client.get(f"{API}/logs/search", params={"limit": 0, **query})
        assert answer.status_code == 200, answer.text
        return answer.json()["total_count"]

    def raw(self):
        """A connection without a client around it."""
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def ask(self, query):
        """What the database says, without the server."""
        with closing(connect(self.database)) as db:
            return db.execute(query).fetchall()

    def ids(self):
        """The correlation ids of all rows."""
        return [row[0] for row in self.ask("SELECT correlation_id FROM request_logs")]


@contextmanager
def serving(folder, tmp_path):
    """Starts servers, and ends them."""
    started = []

    def run(*arguments, database=tmp_path / "log.db", ready=True, **env):
        started.append(Running(folder, database, *arguments, **env))
        return started[-1].until_ready() if ready else started[-1]

    yield run
    for server in started:
        server.end()


class Load:
    """Requests as fast as they can be sent, each with an id of its own."""

    def __init__(self, server, name, threads=2):
        self._server = server
        self._name = name
        self.answered = []
        """The ids of requests whose answers came, in that order."""
        self.refused = 0
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, args=(number,)) for number in range(threads)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._stopping = True
        for thread in self._threads:
            thread.join()

    def _run(self, number):
        batch = 0
        try:
            with self._server.raw() as raw:
                while not self._stopping:
                    ids = [f"{self._name}-{number}-{batch}-{each}" for each in range(20)]
                    batch += 1
                    raw.sendall(b"".join(request(id) for id in ids))
                    answers, told = b"", 0
                    while told < len(ids):
                        data = raw.recv(65536)
                        if not data:
                            return
                        answers += data
                        found = re.findall(rb"\r\nx-correlation-id: (\S+)\r\n", answers)
                        self.answered += [id.decode() for id in found[told:]]
                        told = len(found)
                    self.refused += len(re.findall(rb"HTTP/1.1 [^2]", answers))
        except ConnectionError:
            return


def request(id):
    return b"GET /pets/1 HTTP/1.1\r\nHost: x\r\nX-Correlation-ID: %s\r\n\r\n" % id.encode()


def rss(pid):
    """The memory of a process, in bytes; 0 where that cannot be found out."""
    file = Path(f"/proc/{pid}/statm")
    pages = int(file.read_text().split()[1]) if file.exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE")


__all__ = ["API", "PING", "SECONDS", "Load", "Running", "copy_project", "rss", "serving", "until"]
