"""Faults of the database, which the server has to survive."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from serving import API, SECONDS, Load, copy_project, serving, until
from test_processes import Server

from mockloop_server.log import database
from mockloop_server.log.database import connect, migrate

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")

BATCH = 2000
UVICORN_SAYS = ("INFO: ", "ERROR:    Application startup failed")
NEWEST = max(int(path.name[:4]) for path in database.MIGRATIONS.glob("*.sql"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def serve(folder, tmp_path):
    with serving(folder, tmp_path) as run:
        yield run


class Tmpfs:
    """A file system that can be full."""

    def __init__(self, folder):
        self.folder = folder
        self._ballast = folder / "ballast"

    def begin(self, _):
        pass

    def fill(self):
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def free(self):
        self._ballast.unlink()


class Limit:
    """A limit of the size of files, which needs no rights."""

    def __init__(self, folder):
        self.folder = folder

    def begin(self, server):
        self._pid = server.process.pid
        self._server = server

    def fill(self):
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))

    def free(self):
        infinity = resource.RLIM_INFINITY
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (infinity, infinity))


@pytest.fixture(params=["full file system", "limited size of files"])
def disk(request, tmp_path):
    if request.param == "limited size of files":
        if not hasattr(resource, "prlimit"):
            pytest.skip("the limits of another process cannot be set here")
        yield Limit(tmp_path)
        return
    mounted = tmp_path / "disk"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(mounted)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a file system cannot be mounted here")
    yield Tmpfs(mounted)
    subprocess.run(["umount", "--lazy", str(mounted)], check=True)


def test_full_disk_keeps_rows_waiting_until_there_is_room(serve, disk):
    server = serve(database=disk.folder / "log.db")
    disk.begin(server)
    server.ping(10)
    assert server.found() == 10
    disk.fill()
    with Load(server, "full") as load:
        until(server.cannot_write)
        count = len(load.answered)
        until(lambda: len(load.answered) > count + 100)
    log = server.log()
    assert "disk" in log["error"]
    assert log["queue_depth"] > 0
    assert server.found() >= 10, "what is there can be read"
    disk.free()
    until(server.can_write)
    assert server.found() == 10 + len(load.answered)
    assert not load.refused
    assert server.log()["dropped"] == 0
    assert "Traceback" not in server.end()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process")
def test_server_starts_without_room_for_any_file(serve):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        server = serve(ready=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    server.until_ready().ping(3)
    assert server.cannot_write()
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
    until(server.can_write)
    assert server.found() == 3
    assert "Traceback" not in server.end()


@contextmanager
def held(file, *statements):
    """Another process that has a transaction open."""
    script = (
        "import sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "for statement in sys.argv[2:]: db.execute(statement)\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(file), *statements],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield
        process.stdin.close()


def test_locked_database_keeps_rows_waiting_until_the_lock_goes(serve, tmp_path):
    file = tmp_path / "log.db"
    # Without a log beside it an exclusive lock is against reading too.
    with held(file, "CREATE TABLE IF NOT EXISTS t (a)", "DROP TABLE t", "BEGIN EXCLUSIVE"):
        server = serve()
        server.ping(3)
        begun = time.monotonic()
        assert "locked" in server.log()["error"]
        assert time.monotonic() - begun < 3, "health waits for the lock"
    until(server.can_write)
    assert server.found() == 3
    with held(file, "BEGIN EXCLUSIVE"):
        server.ping(3)
        until(server.cannot_write)
        assert "locked" in server.log()["error"]
        assert server.found() == 3, "what is there can be read"
    until(server.can_write)
    assert server.found() == 6
    assert "Traceback" not in server.end()


@pytest.mark.parametrize("workers", [1, 4])
def test_garbage_for_a_database_is_kept_aside(serve, tmp_path, workers):
    serve().end()
    garbage = os.urandom(100_000)
    (tmp_path / "log.db").write_bytes(garbage)
    for end in ("-wal", "-shm"):
        (tmp_path / f"log.db{end}").unlink(missing_ok=True)
    server = serve("--workers", str(workers))
    server.ping(20)
    assert server.found() == 20
    assert server.can_write()
    (aside,) = tmp_path.glob("log.db.damaged-*")
    assert aside.read_bytes() == garbage
    if workers == 1:
        assert server.log()["kept_aside"] == str(aside)
    output = server.end()
    assert f"it is kept as {aside}" in output
    assert "Traceback" not in output
    assert len(server.ids()) >= 20


def damage(file, which):
    """Overwrite pages of a database whose log is in the file itself."""
    with closing(connect(file)) as db:
        # What other connections remember is of no use to them from now on.
        db.execute("INSERT INTO settings VALUES ('touched', '1')")
        assert db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        size = db.execute("PRAGMA page_size").fetchone()[0]
    pages = file.read_bytes()
    count = 0
    with file.open("r+b") as out:
        for start in range(size, len(pages), size):
            if which(pages[start : start + size]):
                out.seek(start)
                out.write(b"\xff" * size)
                count += 1
    assert count


def test_pages_that_are_damaged_while_the_server_runs_are_kept_aside(serve, tmp_path):
    server = serve()
    server.ping(20)
    assert server.found() == 20
    damage(tmp_path / "log.db", lambda _: True)
    server.ping(5)
    until(lambda: server.log()["kept_aside"])
    until(server.can_write)
    assert server.found() == 5
    assert Path(server.log()["kept_aside"]).stat().st_size > 0
    assert "Traceback" not in server.end()


def test_damage_that_only_a_search_meets_is_noticed(serve, tmp_path):
    server = serve()
    server.ping(1, **{"X-Correlation-ID": "the-first"})
    server.ping(100)
    assert server.found() == 101
    # A leaf of the table: 13 is its kind.
    damage(tmp_path / "log.db", lambda page: page[0] == 13 and b"the-first" in page)
    server.ping(1)
    answer = server.client.get(f"{API}/requests/1")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    until(lambda: server.log()["kept_aside"])
    server.ping(3)
    until(server.can_write)
    assert server.found() == 3
    assert "Traceback" not in server.end()


def test_opening_the_database_again_keeps_it_from_being_tidied_up_under_a_reader(tmp_path):
    # POSIX locks go with the first descriptor of a file that a process closes.
    file = tmp_path / "log.db"
    migrate(file)
    with closing(connect(file)) as reader:
        reader.execute("SELECT count(*) FROM request_logs").fetchone()
        migrate(file)
        last_to_close = f"import sqlite3; sqlite3.connect({str(file)!r}).execute('VACUUM')"
        subprocess.run([sys.executable, "-c", last_to_close], check=True)
        assert file.with_name("log.db-wal").exists()


@pytest.mark.parametrize("how", ["deleted", "with its folder"])
def test_database_that_is_deleted_is_begun_anew(serve, tmp_path, how):
    file = tmp_path / "db" / "log.db"
    server = serve(database=file)
    server.ping(3)
    assert server.found() == 3
    if how == "deleted":
        file.unlink()
    else:
        shutil.rmtree(file.parent)
    server.ping(4)
    until(lambda: file.exists() and server.found() == 4)
    assert "Traceback" not in server.end()
    assert len([id for (id,) in server.ask("SELECT id FROM request_logs WHERE NOT is_admin")]) == 4


def other_program(file):
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE request_logs (id)")


def newer_version(file):
    migrate(file)
    with closing(connect(file)) as db:
        db.execute(f"INSERT INTO schema_version VALUES ({NEWEST + 1}, '', 'of tomorrow')")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (other_program, "belongs to another program"),
        (lambda file: file.write_text("Dear diary"), "is no database"),
        (newer_version, f"has version {NEWEST + 1}, this server knows {NEWEST}"),
    ],
)
def test_database_of_somebody_else_is_refused_and_left_alone(serve, tmp_path, make, message):
    file = tmp_path / "log.db"
    make(file)
    before = file.read_bytes()
    line = cannot_start(serve(ready=False))
    assert f"mockloop: {file} {message}: " in line
    assert line.endswith("move it, or set MOCKLOOP_DATABASE to another file")
    assert file.read_bytes() == before


def cannot_start(server):
    """The one line that a server says why, in its own words."""
    output = server.process.communicate(timeout=SECONDS)[0]
    assert server.process.returncode != 0
    assert "Traceback" not in output
    (line,) = (each for each in output.splitlines() if not each.startswith(UVICORN_SAYS))
    return line


# A file system that can be written to by nobody, also not by root.
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
@pytest.mark.parametrize("file", ["/proc/nope/x.db", "/proc"])
@pytest.mark.parametrize("how", ["uvicorn main:app", "python main.py"])
def test_place_where_no_database_can_be_is_told_in_one_line(folder, serve, file, how):
    if how == "python main.py":
        server = Server(folder, MOCKLOOP_DATABASE=file)
    else:
        server = serve(database=file, ready=False)
    line = cannot_start(server)
    assert f"mockloop: {file} cannot be used for the log: " in line
    assert line.endswith("set MOCKLOOP_DATABASE to a file that can be written")
