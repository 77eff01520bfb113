"""Pages of the log."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockloop_server.log.filters import Filter
from mockloop_server.log.record import readable
from mockloop_server.log.shared import CONSTANTS, sql

ALL: tuple[str, ...] = tuple(CONSTANTS["columns"])
LIGHT = tuple(name for name in ALL if name not in CONSTANTS["heavy_columns"])

_COUNTED: int = CONSTANTS["counted"]
_ALL = 2**62
_SORTS: dict[str, str] = CONSTANTS["sorts"]


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
        counting = sql("search.count", where=filter.where, most=most)
        total = db.execute(counting, filter.values).fetchone()[0]
        is_beyond = offset >= total and total <= _COUNTED
        page = [] if is_beyond or not limit else _ids(db, filter, order, limit, offset)
    query = sql("search.rows", columns=shown, order=order)
    rows = db.execute(query, {"ids": str(page)}).fetchall()
    db.execute("COMMIT")
    is_exact = exact_total or total <= _COUNTED
    logs = [readable(dict(row)) for row in rows]
    took = round((time.perf_counter() - begun) * 1000, 3)
    return Page(logs, total if is_exact else _COUNTED, is_exact, took)


def _ids(db: sqlite3.Connection, filter: Filter, order: str, limit: int, offset: int) -> list[int]:
    where = filter.where
    if filter.ends:
        last = sql("search.last", where=filter.span)
        bound = db.execute(last, filter.values).fetchone()[0] or 0
        where = f"id <= {bound} AND {where}"
    query = sql("search.ids", where=where, order=order)
    rows = db.execute(query, {**filter.values, "limit": limit, "offset": offset})
    return [row[0] for row in rows]


def one(db: sqlite3.Connection, id: int) -> dict[str, Any] | None:
    """A request, whole."""
    row = db.execute(sql("search.one", columns=", ".join(ALL)), {"id": id}).fetchone()
    return None if row is None else readable(dict(row))


def _order(sort: str) -> str:
    direction = "DESC" if sort.startswith("-") else "ASC"
    column = _SORTS[sort.lstrip("-")]
    return f"{column} {direction}" if column == "id" else f"{column} {direction}, id {direction}"
