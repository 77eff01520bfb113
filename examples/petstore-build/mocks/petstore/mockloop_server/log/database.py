"""The database file: opened, migrated, read and kept in bounds."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timezone
from itertools import chain
from pathlib import Path

from mockloop_server.log.record import COLUMNS, Row
from mockloop_server.settings import StartError

if os.name == "posix":
    import fcntl

APPLICATION_ID = 0x4D4F434B  # "MOCK"
MIGRATIONS = Path(__file__).parent.parent / "migrations"

_BUSY_SECONDS = 30.0
_WAY_OUT = "move it, or set MOCKLOOP_DATABASE to another file"
_WRITABLE = "set MOCKLOOP_DATABASE to a file that can be written"
_NO_DATABASE = "not a database"
_DAMAGED = ("image is malformed", "malformed database schema", _NO_DATABASE)
# One statement for many rows leaves the interpreter alone while SQLite works.
_COUNT = COLUMNS.count(",") + 1
_MOST_VALUES = 32_766 if sqlite3.sqlite_version_info >= (3, 32) else 999
_INSERTS = [
    (
        together,
        f"INSERT INTO request_logs ({COLUMNS}) VALUES "
        + ",".join([f"({','.join('?' * _COUNT)})"] * together),
    )
    for together in (256, 64, 16, 4, 1)
    if together * _COUNT <= _MOST_VALUES
]


class LogError(StartError):
    """A log that cannot be used."""


class Unusable(LogError):
    """A log that cannot be used before somebody does something about it."""


def connect(file: Path, *, seconds: float = _BUSY_SECONDS) -> sqlite3.Connection:
    """A connection that waits for other writers so long, and commits by itself."""
    db = sqlite3.connect(file, timeout=seconds, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA wal_autocheckpoint = 4000")
    except sqlite3.Error:
        db.close()
        raise
    return db


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction that holds the right to write from its beginning."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # SQLite may have done so by itself, as where the disk is full.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def migrate(file: Path, folder: Path = MIGRATIONS, *, seconds: float = _BUSY_SECONDS) -> None:
    """Bring a database to the newest version; several processes may do so at once.

    `Unusable` where trying again later would not help.
    """
    steps = sorted((int(path.name.split("_")[0]), path) for path in folder.glob("*.sql"))
    newest = steps[-1][0]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(connect(file, seconds=seconds)) as db:
            version = _version(db, file)
            if version == newest:
                return
            if version == 0:
                # Has to come before the first table; space of deleted rows is given back by it.
                db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            _use_wal(db, seconds)
            with writing(db):
                version = _version(db, file)
                if version > newest:
                    raise Unusable(
                        f"{file} has version {version}, this server knows {newest}: generate the"
                        f" project with a newer MockLoop, {_WAY_OUT}"
                    )
                if 0 < version < newest:
                    _backup(file, version)
                for number, path in steps:
                    if number > version:
                        _apply(db, number, path)
    except OSError as error:
        raise Unusable(f"{file} cannot be used for the log: {error}; {_WRITABLE}") from error
    except sqlite3.Error as error:
        # SQLite is asked and not the file: to close it would take the locks of all its connections.
        if _NO_DATABASE in str(error) and not _was_ours(file):
            raise Unusable(f"{file} is no database: {_WAY_OUT}") from None
        message = f"{file} cannot be used for the log: {error}"
        if _is_lasting(error, file):
            raise Unusable(f"{message}; {_WRITABLE}") from error
        raise LogError(message) from error


def _was_ours(file: Path) -> bool:
    """Whether a mock has used a database: what workers share stands beside it, damaged or not."""
    return file.with_name(f"{file.name}.steering").exists()


def is_damaged(error: BaseException | None) -> bool:
    """Whether SQLite, or what was raised because of it, says that the file is damaged."""
    while error is not None:
        text = str(error)
        if isinstance(error, sqlite3.DatabaseError) and any(each in text for each in _DAMAGED):
            return True
        error = error.__cause__
    return False


def will_pass(error: BaseException) -> bool:
    """Whether the same connection can be used once there is room, or nobody else writes."""
    text = str(error)
    return isinstance(error, sqlite3.OperationalError) and ("full" in text or "locked" in text)


def examine(file: Path) -> None:
    """Look through the pages of a database; an error for which `is_damaged` holds if any is bad."""
    # Pages that another connection remembers may be better than those in the file.
    with closing(connect(file)) as db:
        found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        raise sqlite3.DatabaseError(f"database disk image is malformed: {found}")


def identity(file: Path) -> int | None:
    """What tells a file from another that comes to the same place; `None` without one."""
    try:
        return file.stat().st_ino
    except OSError:
        return None


def put_aside(file: Path, known: int | None) -> Path | None:
    """Move a damaged database, with what belongs to it, out of the way.

    `None` where it is not that file any more, since another process was first.
    """
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%f")
    aside = file.with_name(f"{file.name}.damaged-{stamp}")
    try:
        with _alone_in(file.parent):
            if known is None or identity(file) != known:
                return None
            for end in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    file.with_name(file.name + end).replace(aside.with_name(aside.name + end))
    except OSError as error:
        message = f"{file} is damaged and cannot be put aside: {error}; {_WRITABLE}"
        raise LogError(message) from error
    return aside


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes from doing the same meanwhile."""
    if os.name != "posix":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def insert(db: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Add rows, all or none."""
    done = 0
    with writing(db):
        for together, statement in _INSERTS:
            while done + together <= len(rows):
                some = rows[done : done + together]
                db.execute(statement, tuple(chain.from_iterable(some)))
                done += together


def _is_lasting(error: sqlite3.Error, file: Path) -> bool:
    if isinstance(error, sqlite3.OperationalError) and "unable to open" in str(error):
        return True
    return "readonly" in str(error) or (file.is_dir())


def _version(db: sqlite3.Connection, file: Path) -> int:
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise Unusable(f"{file} belongs to another program: {_WAY_OUT}")
    return int(db.execute("SELECT max(version) FROM schema_version").fetchone()[0])


def _use_wal(db: sqlite3.Connection, seconds: float) -> None:
    # This one change does not wait for other processes by itself.
    deadline = time.monotonic() + seconds
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _backup(file: Path, version: int) -> None:
    copy = file.with_name(f"{file.name}.v{version}.backup")
    with closing(connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def _apply(db: sqlite3.Connection, number: int, path: Path) -> None:
    if number == 1:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(
            "CREATE TABLE schema_version"
            " (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL, description TEXT NOT NULL)"
        )
    for statement in _statements(path.read_text("utf-8")):
        db.execute(statement)
    description = re.sub(r"^\d+_|\.sql$", "", path.name)
    now = datetime.now(timezone.utc).isoformat()
    db.execute("INSERT INTO schema_version VALUES (?, ?, ?)", (number, now, description))


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
