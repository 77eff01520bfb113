"""All numbers about a part of the log."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

from mockloop_server.api import Entry
from mockloop_server.log.analysis.callers import callers, sessions, validation
from mockloop_server.log.analysis.distribution import ms, response_sizes
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

    async def analysis(self, group_by: str | None = None) -> Part:
        """Everything."""
        halves: list[Callable[[Source], Part]] = [
            self._traffic,
            lambda source: self._rest(source, group_by),
        ]
        async with self._log.readers.one_at_a_time:
            planned = await self._log.ask(lambda db: plan(db, self._filter))
            if planned.picks:
                found = await self._read(planned, halves)
            else:
                # Two halves that take about as long, on two connections.
                parts = await asyncio.gather(*(self._read(planned, [half]) for half in halves))
                found = {**parts[0], **parts[1]}
        total = found["total_requests"]
        found["patterns"]["admin_usage"] = found.pop("admin_usage")
        order = [name for name in _ORDER if name in found]
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "total_requests": total,
            "analysis_timestamp": now,
            **{name: found[name] for name in order},
        }

    async def traffic(self) -> Part:
        """What was asked and answered, without who asked."""
        async with self._log.readers.one_at_a_time:
            planned = await self._log.ask(lambda db: plan(db, self._filter))
            return await self._read(planned, [self._traffic])

    async def _read(self, plan: Plan, parts: Sequence[Callable[[Source], Part]]) -> Part:
        def ask(db: sqlite3.Connection) -> Part:
            source = Source(db, plan)
            return {name: each for part in parts for name, each in part(source).items()}

        return await self._log.readers.run(ask)

    def _traffic(self, source: Source) -> Part:
        traffic = Traffic(source)
        time, hours = traffic.time_part()
        return {
            "total_requests": traffic.total,
            "time_range": time,
            "methods": traffic.method_part(),
            "status_codes": traffic.status_part(),
            "endpoints": traffic.endpoint_part(self._entries),
            "performance": traffic.performance_part(),
            "errors": traffic.error_part(hours),
        }

    def _rest(self, source: Source, group_by: str | None) -> Part:
        found = {
            "response_sizes": response_sizes(source),
            "sessions": sessions(source),
            **callers(source),
            "validation": validation(source),
            "admin_usage": source.admin_calls(),
        }
        if group_by is not None:
            found["groups"] = groups(source, group_by)
        return found


_ORDER = (
    "time_range", "methods", "status_codes", "endpoints", "performance", "errors", "sessions",
    "user_agents", "clients", "patterns", "response_sizes", "validation", "groups",
)  # fmt: skip


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
