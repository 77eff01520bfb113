"""Times as the tables and the admin API have them: RFC 3339, UTC, microseconds."""

from __future__ import annotations

import time
from datetime import datetime, timezone


def stamp(seconds: float | None = None) -> str:
    """A time, or now, as text; the order of such texts is that of their times."""
    moment = datetime.fromtimestamp(time.time() if seconds is None else seconds, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seconds_of(text: str) -> float:
    """A time that `stamp` wrote, as seconds since 1970."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
