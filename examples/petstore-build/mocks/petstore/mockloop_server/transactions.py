"""Transactions on the tables of a part, in the database of the project."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mockloop_server.log.database import LogError, connect, writing

PATIENCE = 10.0
"""Seconds for which another writer is waited for."""


class Transactions:
    """Each opens the database for itself. What goes wrong is a `LogError` that names the tables."""

    def __init__(self, file: Path, names: str) -> None:
        self._file = file
        self._names = names

    @contextmanager
    def reading(self, seconds: float = PATIENCE) -> Iterator[sqlite3.Connection]:
        """One state of the tables."""
        with self._opened(seconds) as db:
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A change, all or nothing."""
        with self._opened(PATIENCE) as db, writing(db):
            yield db

    @contextmanager
    def _opened(self, seconds: float) -> Iterator[sqlite3.Connection]:
        try:
            with closing(connect(self._file, seconds=seconds)) as db:
                db.row_factory = sqlite3.Row
                yield db
        except (sqlite3.Error, OSError) as error:
            raise LogError(f"{self._names} cannot be read or kept: {error}") from error
