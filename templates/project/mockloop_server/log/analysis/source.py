"""The requests that are analysed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from mockloop_server.log.filters import Filter
from mockloop_server.log.shared import CONSTANTS, sql

_FEW: int = CONSTANTS["few"]
_LOOK: int = CONSTANTS["look"]
_BEYOND_FACTS = frozenset(CONSTANTS["beyond_facts"])
_SLOW = frozenset(CONSTANTS["slow"])


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows are read that meet a filter, up to the newest one now, so that all numbers agree."""

    filter: Filter
    rows: str
    where: str
    span: int
    """How many rows the log has, but for those that were deleted among them."""
    picks: bool
    """Whether they are copied once, since each query would take long to find them."""


def plan(db: sqlite3.Connection, filter: Filter) -> Plan:
    """The way that takes least; SQLite, which knows no numbers of rows, would often miss it."""
    filter.prepare(db)
    oldest, newest = db.execute(sql("ends")).fetchone()
    span = newest - oldest + 1
    where = sql("up_to", where=filter.where, newest=newest)

    def has_few(rows: str, where: str, few: int) -> bool:
        counting = sql("at_most", rows=rows, where=where, most=few + 1)
        return bool(db.execute(counting, filter.values).fetchone()[0] <= few)

    for index, condition in filter.indexed():
        found = sql("found", index=index)
        if has_few(found, condition, _FEW):
            return Plan(filter, found, where, span, picks=True)
    if filter.names & _BEYOND_FACTS:
        return Plan(filter, sql("scanned"), where, span, picks=True)
    facts = sql("facts")
    picks = bool(filter.names & _SLOW)
    if not picks and not filter.is_open:
        picks = has_few(facts, where, span // 4)
    return Plan(filter, facts, where, span, picks)


class Source:
    """Rows that meet a filter, read as planned."""

    def __init__(self, db: sqlite3.Connection, plan: Plan) -> None:
        self._db = db
        self._plan = plan
        self._rows, self._where, self._condition = plan.rows, plan.where, plan.where
        plan.filter.prepare(db)
        if plan.picks:
            db.execute(sql("pick", rows=plan.rows, where=plan.where), plan.filter.values)
            db.execute(sql("pick.operations"))
            db.execute(sql("pick.sessions"))
            self._rows, self._where = "picked", "1"
            if db.execute(sql("picked.count")).fetchone()[0] <= _FEW:
                self._condition = sql("picked")

    def query(self, name: str, **parts: Any) -> str:
        """A query over these rows, to be asked further; only for filters without values."""
        by_session = "picked" if self._plan.picks else sql("found", index="session")
        # The index of sessions has all there is to count where nothing else is asked.
        sessions = by_session if self._plan.filter.is_open else self._rows
        known = {"rows": self._rows, "where": self._where, "condition": self._condition}
        return sql(name, **known, by_session=by_session, sessions=sessions, **parts)

    def of_sessions(self, requests: int) -> str:
        """Where to read about sessions that have so many requests."""
        # To look at a row of the table takes as long as to read some in an index.
        is_short = requests * _LOOK < self._plan.span
        return sql("found", index="session") if is_short and not self._plan.picks else self._rows

    def ask(
        self, name: str, values: Mapping[str, Any] | None = None, **parts: Any
    ) -> sqlite3.Cursor:
        """What a query says of these rows."""
        values = {**self._plan.filter.values, **(values or {})}
        return self._db.execute(self.query(name, **parts), values)

    def one(self, name: str, values: Mapping[str, Any] | None = None, **parts: Any) -> sqlite3.Row:
        """The one row of aggregates."""
        found: sqlite3.Row = self.ask(name, values, **parts).fetchone()
        return found

    def counted(
        self, name: str, values: Mapping[str, Any] | None = None
    ) -> tuple[list[int], list[int]]:
        """The different whole numbers, in order, and how many rows have each."""
        numbers, counts = self.one(name, values)
        return orjson.loads(numbers), orjson.loads(counts)

    def admin_calls(self) -> int:
        """Calls of the admin API, which most filters leave out."""
        return int(self._db.execute(sql("admin_calls")).fetchone()[0])
