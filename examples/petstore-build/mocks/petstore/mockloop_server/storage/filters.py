"""Conditions and orders of documents as texts, turned into SQL with parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from mockloop_server.storage.errors import Invalid

Sql = tuple[str, list[Any]]

MOST_CONDITIONS = 20
MOST_ORDERS = 5

_STEP = r'(?:[^\s.\[\]"\\=!<>~,]+|"[^"\\\x00-\x1f]+")(?:\[\d{1,9}\])*'
_FIELD = rf"{_STEP}(?:\.{_STEP})*"
_CONDITION = re.compile(rf"\s*({_FIELD})\s*(!=|<=|>=|=|<|>|~)(.*)", re.DOTALL)
_ORDER = re.compile(rf"\s*(-?)({_FIELD})\s*(?:,|$)")
_UNWRITABLE = re.compile(r'["\\\x00-\x1f]')
_STEPS = re.compile(r'([^\s.\[\]"\\]+)|"([^"]+)"|(\[\d+\])')
_USAGE = "use FIELD OPERATOR VALUE with one of = != < <= > >= ~, such as price<10"


def where(texts: Iterable[str]) -> Sql:
    """What holds for documents, all of it."""
    conditions = [condition(text) for text in texts]
    if len(conditions) > MOST_CONDITIONS:
        raise Invalid(f"there may be {MOST_CONDITIONS} conditions")
    return both(conditions)


def both(conditions: Sequence[Sql]) -> Sql:
    """All of several conditions."""
    sql = "".join(f" AND coalesce({each}, 0)" for each, _ in conditions)
    return sql, [value for _, values in conditions for value in values]


def condition(text: str) -> Sql:
    """One condition, such as `price<10` or `owner.name="Ann"`."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise Invalid(f"{text[:100]!r} is not a condition: {_USAGE}; quote unusual names")
    field, operator, given = _path(found[1]), found[2], found[3].strip(" ")
    if operator == "=":
        return _equals(field, given)
    if operator == "!=":
        sql, values = _equals(field, given)
        return f"NOT coalesce({sql}, 0)", values
    if operator == "~":
        return _has(field, given)
    value, _ = _value(given)
    if isinstance(value, bool) or value is None:
        raise Invalid(f"{given!r} has no order: compare with a number or a text")
    if isinstance(value, str):
        return f"json_type(body, ?) = 'text' AND json_extract(body, ?) {operator} ?", [
            field,
            field,
            value,
        ]
    return f"json_type(body, ?) IN ('integer', 'real') AND json_extract(body, ?) {operator} ?", [
        field,
        field,
        value,
    ]


def equals(name: str, value: Any) -> Sql:
    """A member of a document that has a value: one of several, where the value is a list."""
    if isinstance(value, list):
        several = [equals(name, each) for each in value[:MOST_CONDITIONS]] or [("0", [])]
        sql = " OR ".join(f"({each})" for each, _ in several)
        return f"({sql})", [each for _, values in several for each in values]
    if not isinstance(value, str | int | float | None):
        raise Invalid(f"{name}: compare with a text, a number, true, false or null")
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return _equals(_path_of([name]), text)


def order(text: str) -> Sql:
    """`price,-name`: by one field, and where it is the same by the next; `-` is from the end."""
    parts: list[str] = []
    values: list[str] = []
    at = 0
    while at < len(text):
        found = _ORDER.match(text, at)
        if found is None or len(parts) == MOST_ORDERS:
            usage = f"name up to {MOST_ORDERS} fields, such as price,-name"
            raise Invalid(f"{text[:100]!r} is not an order: {usage}; quote unusual names")
        parts.append(f"json_extract(body, ?){' DESC' if found[1] else ''}, ")
        values.append(_path(found[2]))
        at = found.end()
    return f"ORDER BY {''.join(parts)}number", values


def _equals(field: str, given: str) -> Sql:
    value, raw = _value(given)
    if value is None:
        return "coalesce(json_type(body, ?), 'null') = 'null'", [field]
    if isinstance(value, bool):
        kinds = f"json_type(body, ?) = '{str(value).lower()}'"
    elif isinstance(value, str):
        return "(json_type(body, ?) = 'text' AND json_extract(body, ?) = ?)", [field, field, value]
    else:
        kinds = "json_type(body, ?) IN ('integer', 'real') AND json_extract(body, ?) = ?"
    # What reads as a number is often a text that has only digits.
    text = "json_type(body, ?) = 'text' AND json_extract(body, ?) = ?"
    values = [field] if isinstance(value, bool) else [field, field, value]
    return f"(({kinds}) OR ({text}))", [*values, field, field, raw]


def _has(field: str, given: str) -> Sql:
    value, raw = _value(given)
    part = value if isinstance(value, str) else raw
    text = "json_type(body, ?) = 'text' AND instr(json_extract(body, ?), ?) > 0"
    among = "(each.type = 'text' AND each.atom = ?)"
    values: list[Any] = [field, field, part, field, field, part]
    if isinstance(value, bool) or value is None:
        kind = "null" if value is None else str(value).lower()
        among += f" OR each.type = '{kind}'"
    elif not isinstance(value, str):
        among += " OR (each.type IN ('integer', 'real') AND each.atom = ?)"
        values.append(value)
    element = f"EXISTS (SELECT 1 FROM json_each(body, ?) AS each WHERE {among})"
    return f"(({text}) OR (json_type(body, ?) = 'array' AND {element}))", values


def _value(text: str) -> tuple[Any, str]:
    """What a text stands for, and the text: a JSON scalar, else itself."""
    try:
        value = orjson.loads(text)
    except ValueError:
        return text, text
    if isinstance(value, dict | list) or isinstance(value, float) and not math.isfinite(value):
        return text, text
    if isinstance(value, int) and not isinstance(value, bool) and value >= 2**63:
        value = float(value)
    return value, text


def _path(field: str) -> str:
    """A field as SQLite names it."""
    steps: list[str | int] = []
    for plain, quoted, index in _STEPS.findall(field):
        steps.append(int(index[1:-1]) if index else plain or quoted)
    return _path_of(steps)


def _path_of(steps: Sequence[str | int]) -> str:
    for step in steps:
        # SQLite has no way to write these in a path.
        if isinstance(step, str) and (not step or _UNWRITABLE.search(step)):
            raise Invalid(f"{step[:100]!r} is not a field that can be asked for")
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in steps)
