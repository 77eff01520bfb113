"""Pages of the log."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockloop_server.log.filters import Filter
from mockloop_server.log.record import readable

ALL = (
    "id", "timestamp", "method", "path", "query_params", "operation_id", "status_code",
    "process_time_ms", "decided_by", "validation_errors", "client_host", "client_port",
    "request_headers", "request_body", "request_body_note", "request_size", "response_headers",
    "response_body", "response_body_note", "response_size", "user_agent", "session_id",
    "correlation_id", "test_scenario", "is_admin",
)  # fmt: skip
LIGHT = tuple(
    name for name in ALL if not name.startswith(("request_headers", "request_body"))
    and not name.startswith(("response_headers", "response_body"))
)  # fmt: skip

_COUNTED = 100_000
_ALL = 2**62
_SORTS = {
    "id": "id",
    "duration": "process_time_ms",
    "status": "status_code",
    "response_size": "response_size",
}


@dataclass(slots=True)
class Page:
    """Some of the requests that meet a filter, and how many do."""

    logs: list[dict[str, Any]]
    total: int
    is_exact: bool
    took_ms: float


def columns(fields: Sequence[str] | None) -> Sequence[str]:
    """The columns that a search is asked for."""
    if not fields:
        return LIGHT
    return ALL if "all" in fields else tuple(name for name in ALL if name in fields)


def search(
    db: sqlite3.Connection,
    filter: Filter,
    *,
    limit: int,
    offset: int = 0,
    sort: str = "-id",
    fields: Sequence[str] | None = None,
    exact_total: bool = False,
) -> Page:
    """A page of the requests that meet a filter."""
    begun = time.perf_counter()
    filter.prepare(db)
    order = _order(sort)
    shown = ", ".join(columns(fields))
    db.execute("BEGIN")
    most = _ALL if exact_total else _COUNTED + 1
    if filter.is_heavy:
        # Looking once at every row is what takes the time.
        found = _ids(db, filter, order, max(most, offset + limit), 0)
        total, page = len(found), found[offset : offset + limit]
    else:
        counted = f"SELECT 1 FROM request_logs WHERE {filter.where} LIMIT {most}"
        total = db.execute(f"SELECT count(*) FROM ({counted})", filter.values).fetchone()[0]
        is_beyond = offset >= total and total <= _COUNTED
        page = [] if is_beyond or not limit else _ids(db, filter, order, limit, offset)
    # Which rows these are is found in an index alone; only they are read.
    rows = db.execute(
        f"SELECT {shown} FROM request_logs"
        f" WHERE id IN (SELECT value FROM json_each(?)) ORDER BY {order}",
        (str(page),),
    ).fetchall()
    db.execute("COMMIT")
    is_exact = exact_total or total <= _COUNTED
    logs = [readable(dict(row)) for row in rows]
    took = round((time.perf_counter() - begun) * 1000, 3)
    return Page(logs, total if is_exact else _COUNTED, is_exact, took)


def _ids(db: sqlite3.Connection, filter: Filter, order: str, limit: int, offset: int) -> list[int]:
    where = filter.where
    if filter.ends:
        # Else SQLite would read rows from the newest on until it comes to some that are old enough.
        index = "request_logs INDEXED BY request_logs_timestamp"
        last = f"SELECT max(id) FROM {index} WHERE {filter.span}"
        bound = db.execute(last, filter.values).fetchone()[0] or 0
        where = f"id <= {bound} AND {where}"
    rows = db.execute(
        f"SELECT id FROM request_logs WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset",
        {**filter.values, "limit": limit, "offset": offset},
    )
    return [row[0] for row in rows]


def one(db: sqlite3.Connection, id: int) -> dict[str, Any] | None:
    """A request, whole."""
    row = db.execute(f"SELECT {', '.join(ALL)} FROM request_logs WHERE id = ?", (id,)).fetchone()
    return None if row is None else readable(dict(row))


def _order(sort: str) -> str:
    direction = "DESC" if sort.startswith("-") else "ASC"
    column = _SORTS[sort.lstrip("-")]
    return f"{column} {direction}" if column == "id" else f"{column} {direction}, id {direction}"
