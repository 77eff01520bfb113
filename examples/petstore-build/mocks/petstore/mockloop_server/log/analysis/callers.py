"""Who asked: sessions, user agents, clients; and what was wrong with what they asked."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

from mockloop_server.log.analysis.distribution import ms
from mockloop_server.log.analysis.source import Source
from mockloop_server.log.analysis.traffic import moment
from mockloop_server.log.shared import CONSTANTS

_LISTED: int = CONSTANTS["listed"]
_BOTS = re.compile("|".join(CONSTANTS["bots"]), re.IGNORECASE)
# The first that fits: browsers name each other.
_FAMILIES: list[tuple[str, str]] = CONSTANTS["agent_families"]


def sessions(source: Source) -> dict[str, Any]:
    """The sessions with most requests."""
    total, requests = source.one("sessions.count")
    largest = dict(source.ask("sessions.largest", most=_LISTED).fetchall())
    return {
        "total": total,
        "average_requests": requests / total if total else None,
        "sessions": _told(source, largest) if largest else [],
    }


def _told(source: Source, largest: dict[str, int]) -> list[dict[str, Any]]:
    names = {f"name_{place}": name for place, name in enumerate(largest)}
    listed = source.ask(
        "sessions.listed",
        {**names, "active_since": active_since()},
        listed=", ".join(f":{place}" for place in names),
        of_sessions=source.of_sessions(sum(largest.values())),
    )
    told = {row["session_id"]: session(row) for row in listed}
    return [{**told[name], "journey": _journey(source, name)} for name in largest]


def _journey(source: Source, session: str) -> list[str]:
    steps = source.ask("sessions.journey", {"session": session}, most=CONSTANTS["journey"])
    return [step[0] for step in steps]


def session(row: sqlite3.Row) -> dict[str, Any]:
    """A session, of what the query of that name finds."""
    found = dict(row)
    spent, status = found.pop("spent"), found.pop("status")
    span = moment(found["end_time"]) - moment(found["start_time"])
    return {
        **found,
        "duration_ms": ms(span // timedelta(microseconds=1)),
        "avg_response_time": ms(spent / found["total_requests"]),
        "status": status,
    }


def active_since() -> str:
    """A session with a later request is active."""
    since = datetime.now(timezone.utc) - timedelta(seconds=CONSTANTS["active_seconds"])
    return since.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def callers(source: Source) -> dict[str, Any]:
    """User agents and clients."""
    agents: Counter[str | None] = Counter()
    clients: Counter[str | None] = Counter()
    families: Counter[str] = Counter()
    bots = 0
    grouped = source.ask("callers", most=CONSTANTS["callers"]).fetchall()
    total = grouped[0][3] if grouped else 0
    for agent, client, count, _ in grouped:
        agents[agent] += count
        clients[client] += count
        families[_family(agent or "")] += count
        bots += count if agent and _BOTS.search(agent) else 0
    loud = total * CONSTANTS["high_volume_share"]
    loudest = [(name, n) for name, n in clients.most_common() if n > loud]
    return {
        "user_agents": {
            "unique_user_agents": len(agents),
            "most_common_agents": _named(agents.most_common(_LISTED)),
            "browser_distribution": dict(families.most_common()),
        },
        "clients": {
            "unique_clients": len(clients),
            "most_common": _named(clients.most_common(_LISTED)),
        },
        "patterns": {
            "potential_bot_traffic": bots,
            "high_volume_clients": _named(loudest) if len(clients) > 1 else [],
        },
    }


def validation(source: Source) -> dict[str, Any]:
    """What the description does not allow, by the part that is wrong."""
    parts = source.ask(
        "invalid.parts", requests=CONSTANTS["invalid_requests"], most=CONSTANTS["invalid_parts"]
    )
    return {
        "total_failures": source.one("invalid.count")[0],
        "by_parameter": [
            {"operation_id": operation, "in": place, "name": name, "count": count}
            for operation, place, name, count in parts
        ],
    }


def _family(agent: str) -> str:
    lower = agent.lower()
    for family, mark in _FAMILIES:
        if mark in lower:
            return family
    return "none" if not agent else "other"


def _named(counts: list[tuple[str | None, int]]) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in counts]
