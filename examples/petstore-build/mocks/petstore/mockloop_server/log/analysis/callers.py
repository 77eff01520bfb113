"""Who asked: sessions, user agents, clients; and what was wrong with what they asked."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Any

from mockloop_server.log.analysis.source import IS_ERROR, Source

_LISTED = 20
_JOURNEY = 50
_MOST_AGENTS = 10_000
_MOST_INVALID = 100_000
_MOST_PARAMETERS = 50
_HIGH_VOLUME = 0.1
_ACTIVE_SECONDS = 300

_BOTS = re.compile(r"bot\b|crawl|spider|scrap", re.IGNORECASE)
# The first that fits: browsers name each other.
_FAMILIES = (
    ("Edge", "Edg/"),
    ("Opera", "OPR/"),
    ("Firefox", "Firefox/"),
    ("Chrome", "Chrome/"),
    ("Safari", "Safari/"),
    ("curl", "curl/"),
    ("Python", "python"),
    ("Java", "java"),
    ("Go", "Go-http"),
    ("Node.js", "node"),
    ("Postman", "Postman"),
)


def sessions(source: Source, limit: int = _LISTED) -> dict[str, Any]:
    """The sessions with most requests."""
    has = "session_id IS NOT NULL"
    total, requests = source.one("count(DISTINCT session_id), count(*)", where=has)
    largest = source.ask(
        "session_id, count(*)",
        f"GROUP BY session_id ORDER BY 2 DESC LIMIT {limit}",
        where=has,
    )
    return {
        "total": total,
        "average_requests": requests / total if total else None,
        "sessions": [_session(source, row[0]) for row in largest.fetchall()],
    }


def _session(source: Source, name: str) -> dict[str, Any]:
    where = "session_id = :session"
    row = source.one(SESSION, where=where, session=name)
    journey = source.ask(
        "coalesce(operation_id, method || ' ' || path) || ' ' || coalesce(status_code, 'aborted')",
        f"ORDER BY id LIMIT {_JOURNEY}",
        where=where,
        session=name,
    )
    return {**dict(row), "journey": [step[0] for step in journey]}


# A time in SQLite is days.
_SPAN = "(julianday(max(timestamp)) - julianday(min(timestamp))) * 86400000.0"
SESSION = (
    "session_id, max(test_scenario) AS scenario_name, min(timestamp) AS start_time,"
    f" max(timestamp) AS end_time, max(0.0, round({_SPAN})) AS duration_ms,"
    f" count(*) AS total_requests, CAST(total({IS_ERROR}) AS INTEGER) AS errors,"
    " round(avg(process_time_ms), 3) AS avg_response_time,"
    f" CASE WHEN julianday('now') - julianday(max(timestamp)) < {_ACTIVE_SECONDS} / 86400.0"
    " THEN 'active' ELSE 'ended' END AS status"
)


def callers(source: Source, total: int) -> dict[str, Any]:
    """User agents and clients."""
    agents: Counter[str | None] = Counter()
    clients: Counter[str | None] = Counter()
    families: Counter[str] = Counter()
    bots = 0
    grouped = source.ask(
        "user_agent, client_host, count(*)",
        f"GROUP BY user_agent, client_host ORDER BY 3 DESC LIMIT {_MOST_AGENTS}",
    )
    for agent, client, count in grouped:
        agents[agent] += count
        clients[client] += count
        families[_family(agent or "")] += count
        bots += count if agent and _BOTS.search(agent) else 0
    loud = [(name, n) for name, n in clients.most_common() if n > total * _HIGH_VOLUME]
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
            "high_volume_clients": _named(loud) if len(clients) > 1 else [],
        },
    }


def validation(source: Source) -> dict[str, Any]:
    """What the description does not allow, by the part that is wrong."""
    total = source.one("count(*)", where="validation_errors IS NOT NULL")[0]
    rows = islice(source.violations(_MOST_INVALID), _MOST_PARAMETERS)
    return {
        "total_failures": total,
        "by_parameter": [
            {"operation_id": row[0], "in": row[1] or "", "name": row[2], "count": row[3]}
            for row in rows
        ],
    }


def _family(agent: str) -> str:
    lower = agent.lower()
    for family, mark in _FAMILIES:
        if mark.lower() in lower:
            return family
    return "none" if not agent else "other"


def _named(counts: list[tuple[str | None, int]]) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in counts]
