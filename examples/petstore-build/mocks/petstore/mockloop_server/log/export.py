"""The log in a file, written piece by piece while the server goes on."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson

from mockloop_server.log import show
from mockloop_server.log.filters import Filter
from mockloop_server.log.queue import Log
from mockloop_server.log.record import readable
from mockloop_server.log.search import ALL

Rows = list[dict[str, Any]]

_PIECE = 100
_KINDS = {"jsonl": "application/jsonl", "csv": "text/csv", "har": "application/json"}


class Export:
    """All requests that meet a filter, oldest first, up to the newest at its beginning."""

    def __init__(self, log: Log, filter: Filter, kind: str) -> None:
        self._log = log
        self._filter = filter
        self._kind = kind
        self._last = 0
        self.total = 0
        """Requests to be written; more may be deleted meanwhile."""

    @property
    def content_type(self) -> str:
        """The media type."""
        return _KINDS[self._kind]

    async def begin(self) -> None:
        """Find out how much there is to write."""

        def count(db: sqlite3.Connection) -> tuple[int, int]:
            self._filter.prepare(db)
            query = "SELECT count(*), coalesce(max(id), 0) FROM request_logs WHERE "
            total, last = db.execute(query + self._filter.where, self._filter.values).fetchone()
            return total, last

        self.total, self._last = await self._log.ask(count)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes of the file."""
        render = _RENDERERS[self._kind]
        yield _head(self._kind)
        at, is_first = 0, True
        clock = asyncio.get_running_loop().time
        while at < self._last:
            begun = clock()
            at, piece = await self._log.readers.run(self._after(at, render))
            if not piece:
                break
            if self._kind == "har" and not is_first:
                yield b","
            yield piece
            is_first = False
            # Half of the time belongs to those who ask the mock.
            await asyncio.sleep(clock() - begun)
        if self._kind == "har":
            yield show.HAR_TAIL

    def _after(
        self, at: int, render: Callable[[Rows], bytes]
    ) -> Callable[[sqlite3.Connection], tuple[int, bytes]]:
        def ask(db: sqlite3.Connection) -> tuple[int, bytes]:
            self._filter.prepare(db)
            where = self._filter.and_("id > :at AND id <= :last", at=at, last=self._last)
            query = (
                f"SELECT {', '.join(ALL)} FROM request_logs NOT INDEXED"
                f" WHERE {where} ORDER BY id LIMIT {_PIECE}"
            )
            rows = [readable(dict(row)) for row in db.execute(query, self._filter.values)]
            return (rows[-1]["id"], render(rows)) if rows else (0, b"")

        return ask


def _head(kind: str) -> bytes:
    if kind == "har":
        return show.har_head()
    return _csv([list(ALL)]) if kind == "csv" else b""


def _jsonl(rows: Rows) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _table(rows: Rows) -> bytes:
    return _csv([[_cell(row[name]) for name in ALL] for row in rows])


def _csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return orjson.dumps(value).decode()
    # A spreadsheet would run a text that begins like this.
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def _archive(rows: Rows) -> bytes:
    return b",".join(orjson.dumps(show.har_entry(row)) for row in rows)


_RENDERERS: dict[str, Callable[[Rows], bytes]] = {
    "jsonl": _jsonl,
    "csv": _table,
    "har": _archive,
}
