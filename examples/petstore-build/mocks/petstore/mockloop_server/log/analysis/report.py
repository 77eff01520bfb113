"""All numbers about a part of the log."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Sequence, Set
from datetime import datetime, timezone
from functools import cache
from typing import Any

from mockloop_server.api import Entry
from mockloop_server.log.analysis.callers import callers, sessions, validation
from mockloop_server.log.analysis.distribution import ms, response_sizes
from mockloop_server.log.analysis.insights import EVIDENCE
from mockloop_server.log.analysis.source import Plan, Source, plan
from mockloop_server.log.analysis.traffic import Traffic, rate
from mockloop_server.log.filters import Filter
from mockloop_server.log.queue import Log
from mockloop_server.log.shared import CONSTANTS, sql

Part = dict[str, Any]


class Report:
    """An analysis of the requests that meet a filter."""

    def __init__(self, log: Log, entries: Sequence[Entry], filter: Filter) -> None:
        self._log = log
        self._entries = entries
        self._filter = filter

    async def analysis(
        self, parts: Collection[str] | None = None, group_by: str | None = None
    ) -> Part:
        """Those of its parts that are asked for, else everything."""
        wanted = _PARTS if parts is None else _with_evidence(parts)
        halves: list[Callable[[Source], Part]] = []
        if wanted & _OF_TRAFFIC:
            # Insights are not told from the hours of errors.
            in_time = parts is None or "errors" in parts
            halves.append(lambda source: self._traffic(source, wanted, errors_in_time=in_time))
        if wanted - _OF_TRAFFIC or group_by is not None:
            halves.append(lambda source: _rest(source, wanted, group_by))
        if len(halves) < 2:
            planned = await self._log.ask(lambda db: plan(db, self._filter))
            found = await self._read(planned, halves)
        else:
            async with self._log.readers.one_at_a_time:
                planned = await self._log.ask(lambda db: plan(db, self._filter))
                if planned.picks:
                    found = await self._read(planned, halves)
                else:
                    # Two halves that take about as long, on two connections.
                    both = await asyncio.gather(*(self._read(planned, [half]) for half in halves))
                    found = {**both[0], **both[1]}
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        told = {name: found[name] for name in _ORDER if name in found}
        return {"analysis_timestamp": now, **told}

    async def traffic(self) -> Part:
        """What was asked and answered, without who asked."""
        async with self._log.readers.one_at_a_time:
            planned = await self._log.ask(lambda db: plan(db, self._filter))
            return await self._read(planned, [lambda source: self._traffic(source, _OF_TRAFFIC)])

    async def _read(self, plan: Plan, parts: Sequence[Callable[[Source], Part]]) -> Part:
        def ask(db: sqlite3.Connection) -> Part:
            source = Source(db, plan)
            return {name: each for part in parts for name, each in part(source).items()}

        return await self._log.readers.run(ask)

    def _traffic(self, source: Source, wanted: Set[str], *, errors_in_time: bool = True) -> Part:
        traffic = Traffic(source)
        times = cache(traffic.time_part)
        parts: dict[str, Callable[[], Any]] = {
            "total_requests": lambda: traffic.total,
            "time_range": lambda: times()[0],
            "methods": traffic.method_part,
            "status_codes": traffic.status_part,
            "endpoints": lambda: traffic.endpoint_part(self._entries),
            "performance": traffic.performance_part,
            "errors": lambda: traffic.error_part(times()[1] if errors_in_time else Counter()),
        }
        return {name: part() for name, part in parts.items() if name in wanted}


def _rest(source: Source, wanted: Set[str], group_by: str | None) -> Part:
    found: Part = {}
    if "response_sizes" in wanted:
        found["response_sizes"] = response_sizes(source)
    if "sessions" in wanted:
        found["sessions"] = sessions(source)
    if wanted & _OF_CALLERS:
        found |= {name: part for name, part in callers(source).items() if name in wanted}
    if "patterns" in wanted:
        found["patterns"]["admin_usage"] = source.admin_calls()
    if "validation" in wanted:
        found["validation"] = validation(source)
    if group_by is not None:
        found["groups"] = groups(source, group_by)
    return found


def _with_evidence(parts: Collection[str]) -> Set[str]:
    """Parts, with those that insights are told from."""
    return {*parts, *EVIDENCE} if "insights" in parts else set(parts)


_ORDER = (
    "total_requests", "time_range", "methods", "status_codes", "endpoints", "performance", "errors",
    "sessions", "user_agents", "clients", "patterns", "response_sizes", "validation", "groups",
)  # fmt: skip
_PARTS = frozenset(_ORDER)
_OF_TRAFFIC = frozenset(_ORDER[:7])
_OF_CALLERS = frozenset({"user_agents", "clients", "patterns"})


def groups(source: Source, by: str) -> list[Part]:
    """The most important numbers of each group, the largest first."""
    order = sql("groups.order_of_hours" if by == "hour" else "groups.order")
    rows = source.ask("groups", key=sql(f"group.{by}"), order=order, limit=CONSTANTS["groups"])
    return [
        {
            "key": key,
            "count": count,
            "errors": errors,
            "average_ms": ms(spent / count),
            "min_ms": ms(least),
            "max_ms": ms(most),
            "error_rate": rate(errors, count),
        }
        for key, count, errors, spent, least, most in rows
    ]
