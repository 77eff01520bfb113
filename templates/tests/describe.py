"""Short ways to write parts of an `api.json`."""

from __future__ import annotations

import json
import re
from typing import Any

Json = dict[str, Any]


def op(method: str, path: str, *parameters: Json, **fields: Any) -> Json:
    """An operation that answers 200 with `{}` unless told otherwise."""
    return {
        "id": fields.pop("id", f"{method.lower()} {path}"),
        "method": method,
        "path": path,
        "segments": [_segment(each) for each in path.split("/")[1:]],
        "parameters": parameters,
        "responses": fields.pop("responses", [response("200", {})]),
        "answer": 0,
        **fields,
    }


def param(name: str, schema: Any = None, place: str = "query", **fields: Any) -> Json:
    """A parameter in its default style."""
    style = "simple" if place in ("path", "header") else "form"
    style = fields.pop("style", style)
    return {
        "name": name,
        "in": place,
        "style": style,
        "explode": fields.pop("explode", style == "form"),
        "required": place == "path",
        **({} if schema is None else {"schema": schema}),
        **fields,
    }


def response(status: str, value: Any = ..., schema: Any = None, **fields: Any) -> Json:
    """A response with a JSON sample."""
    code = int(status.replace("XX", "00")) if status != "default" else 500
    content = [] if value is ... else [media("application/json", value, schema)]
    return {"status": status, "code": code, "content": fields.pop("content", content), **fields}


def media(kind: str, value: Any = ..., schema: Any = None, **examples: Any) -> Json:
    """A media type with a sample and named examples."""
    bodies = [
        {"name": name, "from": "example", "text": _text(each)} for name, each in examples.items()
    ]
    if value is not ...:
        bodies.insert(0, {"from": "schema", "text": _text(value)})
    found = {"media_type": kind, "content_type": kind, "bodies": bodies}
    return found if schema is None else {**found, "schema": schema}


def body(kind: str, schema: Any = None, *, required: bool = True, **fields: Any) -> Json:
    """A request body in one media type."""
    found = {"media_type": kind, "content_type": kind, **fields}
    return {
        "required": required,
        "content": [found if schema is None else {**found, "schema": schema}],
    }


def _segment(text: str) -> list[Json]:
    parts = [part for part in re.split(r"(\{[^}]*\})", text) if part]
    return [
        {"param": part[1:-1]} if part.startswith("{") else {"text": part} for part in parts
    ] or [{"text": ""}]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
