"""Numbers for Prometheus, in its text format 0.0.4."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from mockloop_server.log import Log
from mockloop_server.log.database import LogError


def metrics(log: Log) -> str:
    """The metrics of the log, of all workers together."""
    taken, done, dropped = log.totals()
    numbers = [
        ("requests_total", "counter", "Requests that the log has taken.", taken),
        ("dropped_total", "counter", "Requests that the log had no room for.", dropped),
        ("queue_depth", "gauge", "Requests that wait to be written.", taken - done),
        ("database_bytes", "gauge", "Size of the database.", log.size()),
        ("healthy", "gauge", "Whether the log can be written.", int(log.error is None)),
    ]
    lines = [
        line
        for name, kind, text, value in numbers
        for line in _family(f"mockloop_log_{name}", kind, text, [("", value)])
    ]
    try:
        lines += log.readers.now(_of_log)
    except LogError:
        pass  # mockloop_log_healthy says so
    return "\n".join(lines) + "\n"


def _of_log(db: sqlite3.Connection) -> list[str]:
    query = (
        "SELECT operation_id, status_code, count(*), sum(process_time_ms) / 1000.0"
        " FROM request_logs WHERE is_admin = 0 GROUP BY operation_id, status_code"
    )
    counts, seconds = [], []
    for operation, status, count, took in db.execute(query):
        labels = f'{{operation="{_label(operation or "")}",status="{status or ""}"}}'
        counts.append((labels, count))
        seconds.append((labels, took))
    return [
        *_family("mockloop_logged_requests", "gauge", "Requests in the log.", counts),
        *_family("mockloop_logged_seconds", "gauge", "Time that they took, in all.", seconds),
    ]


def _family(name: str, kind: str, text: str, samples: Iterable[tuple[str, float]]) -> Iterable[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield f"{name}{labels} {value:.10g}"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
