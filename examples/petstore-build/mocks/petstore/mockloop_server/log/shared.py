"""What this engine shares with the Rust library `mockloop-runtime`: queries, numbers and texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

_FOLDER = Path(__file__).parent

CONSTANTS: dict[str, Any] = orjson.loads((_FOLDER / "constants.json").read_bytes())
INSIGHTS: dict[str, Any] = orjson.loads((_FOLDER / "insights.json").read_bytes())


def sql(name: str, **parts: Any) -> str:
    """A query, or a part of one, with what belongs into its braces."""
    return _QUERIES[name].format(**parts)


def _read(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in text.split("-- name: ")[1:]:
        name, *lines = block.splitlines()
        query = "\n".join(each for each in lines if each and not each.startswith("--"))
        for known, part in found.items():
            query = query.replace(f"{{{known}}}", part)
        found[name] = query
    return found


_QUERIES = _read((_FOLDER / "queries.sql").read_text("utf-8"))
