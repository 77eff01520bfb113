"""The requests that are analysed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from mockloop_server.log.filters import Filter
from mockloop_server.log.shared import sql

_FEW = 10_000


class Source:
    """Rows that meet a filter, up to the newest at its beginning, so that all numbers agree."""

    def __init__(self, db: sqlite3.Connection, filter: Filter, newest: int) -> None:
        self._db = db
        self._rows = "request_logs"
        self._where = sql("up_to", where=filter.where, newest=newest)
        self._values = filter.values
        filter.prepare(db)
        if filter.is_heavy or _is_short(db, filter):
            db.execute(sql("pick", where=self._where), self._values)
            self._rows, self._where, self._values = "picked", "1", {}

    def query(self, name: str, **parts: Any) -> str:
        """A query over these rows, to be asked further; only for filters without values."""
        return sql(name, rows=self._rows, where=self._where, **parts)

    def ask(
        self, name: str, values: Mapping[str, Any] | None = None, **parts: Any
    ) -> sqlite3.Cursor:
        """What a query says of these rows."""
        return self._db.execute(self.query(name, **parts), {**self._values, **(values or {})})

    def one(self, name: str, values: Mapping[str, Any] | None = None, **parts: Any) -> sqlite3.Row:
        """The one row of aggregates."""
        found: sqlite3.Row = self.ask(name, values, **parts).fetchone()
        return found

    def counted(
        self, name: str, values: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[int, int]]:
        """Each value of a whole number, in order, and how many rows have it."""
        for row in self.ask(name, values):
            if row[0] is not None:
                yield row[0], row[1]

    def admin_calls(self) -> int:
        """Calls of the admin API, which most filters leave out."""
        return int(self._db.execute(sql("admin_calls")).fetchone()[0])


def _is_short(db: sqlite3.Connection, filter: Filter) -> bool:
    """Whether so few requests came in its time that to copy them takes less than to look for them.

    Each query would do so, in an index of all requests.
    """
    if "time_from" not in filter.values:
        return False
    counting = sql("search.count", where=filter.span, most=_FEW + 1)
    return bool(db.execute(counting, filter.values).fetchone()[0] <= _FEW)


def newest(db: sqlite3.Connection) -> int:
    """The id of the newest row."""
    return int(db.execute(sql("newest_id")).fetchone()[0])
