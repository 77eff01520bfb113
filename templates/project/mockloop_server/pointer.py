"""JSON pointers (RFC 6901)."""

from __future__ import annotations

from typing import Any

ABSENT = object()
"""What is not there."""

_DIGITS = 9


def at(value: Any, pointer: str) -> Any:
    """What a pointer leads to in a value; `ABSENT` where it leads nowhere."""
    if not pointer:
        return value
    if not pointer.startswith("/"):
        return ABSENT
    for step in pointer[1:].split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _is_index(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return ABSENT
    return value


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= _DIGITS
