"""Numbers about the log: analysis, insights, comparison, performance."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from mockloop_server.admin.contract import AdminCall, Handlers, ok
from mockloop_server.admin.logs import filter_of, tags_of
from mockloop_server.answer import Answer
from mockloop_server.api import Api
from mockloop_server.log import Log
from mockloop_server.log.analysis import Report, Thresholds, compare, insights
from mockloop_server.log.analysis.callers import active_since, session
from mockloop_server.log.analysis.distribution import ms
from mockloop_server.log.analysis.source import Source, plan
from mockloop_server.log.analysis.traffic import Traffic
from mockloop_server.log.database import connect, writing
from mockloop_server.log.filters import Filter
from mockloop_server.log.search import search
from mockloop_server.log.shared import sql

Part = dict[str, Any]

_THRESHOLDS = "insight_thresholds"
_LISTED_ENDPOINTS = 1000


def analysis_handlers(api: Api, log: Log) -> Handlers:
    """The handlers of the operations that are tagged `analysis`."""
    analyses = _Analyses(api, log)
    return {
        "analyzeLogs": analyses.analyze,
        "analyzeLogParts": analyses.parts,
        "compareLogs": analyses.compare,
        "getInsights": analyses.insights,
        "getThresholds": analyses.thresholds,
        "setThresholds": analyses.set_thresholds,
        "getRequestStats": analyses.stats,
        "getPerformanceSummary": analyses.summary,
        "getPerformanceMetrics": analyses.metrics,
        "getPerformanceSessions": analyses.sessions,
    }


class _Analyses:
    def __init__(self, api: Api, log: Log) -> None:
        self._entries = api.entries
        self._tags = tags_of(api)
        self._log = log

    async def analyze(self, call: AdminCall) -> Answer:
        return ok(await self._told(call.query, None))

    async def parts(self, call: AdminCall) -> Answer:
        parts = call.query.get("parts")
        told = await self._told(call.query, parts)
        if parts is not None:
            # What insights are told from was read without being asked for.
            wanted = {*parts, "analysis_timestamp", "filters_applied"}
            told = {name: each for name, each in told.items() if name in wanted}
        return ok(told)

    async def _told(self, query: Part, parts: list[str] | None) -> Part:
        """An analysis, with the insights where they are asked for."""
        given = {name: value for name, value in query.items() if name != "parts"}
        group_by = given.get("group_by")
        analysis = await self._analysis(given, parts, group_by)
        analysis["filters_applied"] = given
        if parts is None or "insights" in parts:
            asked = {name: value for name, value in given.items() if name != "group_by"}
            analysis["insights"] = insights(analysis, asked, await self._thresholds())
        return analysis

    async def compare(self, call: AdminCall) -> Answer:
        parts = [
            filter_of(call.body[side], self._tags, "body", f"/{side}")
            for side in ("baseline", "candidate")
        ]
        baseline, candidate = [
            await Report(self._log, self._entries, part).traffic() for part in parts
        ]
        return ok(compare(baseline, candidate))

    async def insights(self, call: AdminCall) -> Answer:
        told = await self._told(call.query, ["total_requests", "insights"])
        known = await self._thresholds()
        return ok(
            {
                "insights": told["insights"],
                "total_requests": told["total_requests"],
                "thresholds": known.to_json(),
            }
        )

    async def _analysis(self, given: Part, parts: list[str] | None, group_by: str | None) -> Part:
        found = filter_of(given, self._tags)
        return await Report(self._log, self._entries, found).analysis(parts, group_by)

    async def thresholds(self, _: AdminCall) -> Answer:
        return ok((await self._thresholds()).to_json())

    async def set_thresholds(self, call: AdminCall) -> Answer:
        wanted = Thresholds(**call.body)

        def save(_: sqlite3.Connection) -> None:
            db = connect(self._log.file)
            try:
                with writing(db):
                    db.execute(
                        "INSERT INTO settings VALUES (?, ?)"
                        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                        (_THRESHOLDS, orjson.dumps(wanted.to_json()).decode()),
                    )
            finally:
                db.close()

        await self._log.readers.run(save)
        return ok(wanted.to_json())

    async def _thresholds(self) -> Thresholds:
        def ask(db: sqlite3.Connection) -> Part:
            row = db.execute(sql("setting"), {"name": _THRESHOLDS}).fetchone()
            return {} if row is None else dict(orjson.loads(row[0]))

        return Thresholds(**await self._log.readers.run(ask))

    async def stats(self, call: AdminCall) -> Answer:
        def ask(source: Source) -> Part:
            traffic = Traffic(source)
            spent, count = source.one("average")
            return {
                "total_requests": traffic.total,
                "methods": traffic.method_part()["distribution"],
                "status_codes": traffic.status_part()["distribution"],
                "avg_response_time": ms(spent / count) if count else None,
            }

        return ok(await self._ask(call.query, ask))

    async def summary(self, call: AdminCall) -> Answer:
        def ask(source: Source) -> Part:
            traffic = Traffic(source)
            numbers = source.one("sessions.summary", {"active_since": active_since()})
            return {
                "overall_performance": traffic.performance_part(),
                "endpoint_performance": traffic.endpoint_part(self._entries)["by_endpoint"][
                    :_LISTED_ENDPOINTS
                ],
                "session_summary": {
                    "total_sessions": numbers[0],
                    "active_sessions": numbers[2],
                    "avg_requests_per_session": numbers[1] / numbers[0] if numbers[0] else None,
                },
            }

        return ok(await self._ask(call.query, ask))

    async def _ask(self, given: Part, ask: Any) -> Part:
        found = filter_of(given, self._tags)

        def run(db: sqlite3.Connection) -> Part:
            return dict(ask(Source(db, plan(db, found))))

        return await self._log.ask(run)

    async def metrics(self, call: AdminCall) -> Answer:
        query = call.query
        found = filter_of(query, self._tags)
        fields = ["timestamp", "operation_id", "process_time_ms", "request_size", "response_size"]
        page = await self._log.ask(
            lambda db: search(
                db, found, limit=query["limit"], offset=query["offset"], fields=["id", *fields]
            )
        )
        return ok(
            {
                "metrics": [
                    {
                        "request_id": row["id"],
                        "recorded_at": row["timestamp"],
                        "operation_id": row["operation_id"],
                        "response_time_ms": row["process_time_ms"],
                        "request_size_bytes": row["request_size"],
                        "response_size_bytes": row["response_size"],
                    }
                    for row in page.logs
                ],
                "total_count": page.total,
                "total_is_exact": page.is_exact,
                "returned_count": len(page.logs),
                "limit": query["limit"],
                "offset": query["offset"],
            }
        )

    async def sessions(self, call: AdminCall) -> Answer:
        query = call.query
        status = query.get("status")

        def ask(db: sqlite3.Connection) -> tuple[list[Part], int]:
            source = Source(db, plan(db, Filter({}, {})))
            rows = source.of_sessions(source.one("sessions.count")[1])
            inner = source.query("session", of_sessions=rows)
            inner += " AND session_id IS NOT NULL GROUP BY session_id"
            where = "WHERE status = :wanted" if status else ""
            wanted = {"wanted": status, "active_since": active_since()}
            total = db.execute(f"SELECT count(*) FROM ({inner}) {where}", wanted).fetchone()[0]
            listed = db.execute(
                f"SELECT * FROM ({inner}) {where}"
                " ORDER BY end_time DESC LIMIT :limit OFFSET :offset",
                {**wanted, "limit": query["limit"], "offset": query["offset"]},
            )
            return [session(row) for row in listed], total

        found, total = await self._log.ask(ask)
        return ok(
            {
                "sessions": found,
                "total_count": total,
                "returned_count": len(found),
                "limit": query["limit"],
                "offset": query["offset"],
            }
        )
