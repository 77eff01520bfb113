"""The requests that are analysed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from mockloop_server.log.filters import Filter

FACTS = (
    "id, operation_id, is_admin, status_code, timestamp, process_time_ms, request_size,"
    " response_size, method, session_id, client_host, user_agent, test_scenario, path,"
    " validation_errors"
)
IS_ERROR = "status_code >= 400"


class Source:
    """Rows that meet a filter, up to the newest at its beginning, so that all numbers agree."""

    def __init__(self, db: sqlite3.Connection, filter: Filter, newest: int) -> None:
        self._db = db
        self._table = "request_logs"
        # The plus keeps SQLite from reading the whole rows in their order.
        self._where = f"{filter.where} AND +id <= {newest}"
        self._values = filter.values
        filter.prepare(db)
        if filter.is_heavy:
            db.execute(
                f"CREATE TEMP TABLE picked AS SELECT {FACTS} FROM request_logs WHERE {self._where}",
                self._values,
            )
            self._table, self._where, self._values = "picked", "1", {}

    def ask(
        self, columns: str, rest: str = "", *, where: str = "1", **values: Any
    ) -> sqlite3.Cursor:
        """Columns of the rows that meet one more condition."""
        return self._db.execute(
            f"SELECT {columns} FROM {self._table} WHERE {self._where} AND ({where}) {rest}",
            {**self._values, **values},
        )

    def violations(self, limit: int) -> sqlite3.Cursor:
        """What was wrong with the newest invalid requests: by operation, place and name."""
        # `name` is a parameter's; a body has a `pointer`.
        name = "coalesce(json_extract(value, '$.name'), json_extract(value, '$.pointer'), '')"
        return self._db.execute(
            f"SELECT operation, json_extract(value, '$.in'), {name}, count(*) FROM"
            " (SELECT operation_id AS operation, validation_errors AS errors"
            f" FROM {self._table} WHERE {self._where} AND validation_errors IS NOT NULL"
            f" ORDER BY id DESC LIMIT {limit}), json_each(errors) GROUP BY 1, 2, 3 ORDER BY 4 DESC",
            self._values,
        )

    def one(self, columns: str, *, where: str = "1", **values: Any) -> sqlite3.Row:
        """The one row of aggregates."""
        found: sqlite3.Row = self.ask(columns, where=where, **values).fetchone()
        return found

    def counted(self, value: str, *, where: str = "1", **values: Any) -> Iterator[tuple[int, int]]:
        """Each value of a whole number, in order, and how many rows have it."""
        for row in self.ask(
            f"{value} AS v, count(*)", "GROUP BY v ORDER BY v", where=where, **values
        ):
            if row[0] is not None:
                yield row[0], row[1]

    def grouped(self, columns: str, key: str, *, where: str) -> str:
        """A query of aggregates by group, to be asked further; only for filters without values."""
        return (
            f"SELECT {columns} FROM {self._table} WHERE {self._where} AND ({where}) GROUP BY {key}"
        )

    def admin_calls(self) -> int:
        """Calls of the admin API, which most filters leave out."""
        query = "SELECT count(*) FROM request_logs WHERE operation_id IS NULL AND is_admin = 1"
        return int(self._db.execute(query).fetchone()[0])


def newest(db: sqlite3.Connection) -> int:
    """The id of the newest row."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM request_logs").fetchone()[0])
