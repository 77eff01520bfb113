"""A request of the log in the forms that other tools take: `curl`, HAR, and for reading."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from mockloop_server.log.secrets import MASK

Row = dict[str, Any]

# What the client sets by itself.
_OF_THE_CLIENT = frozenset({"host", "content-length", "connection", "accept-encoding"})


def pretty(body: str | None, note: str | None) -> str | None:
    """A body in a layout for reading, where it is JSON; else as it is."""
    if body is None or note is not None:
        return body
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def curl(row: Row) -> str:
    """A command for a POSIX shell that sends a request again."""
    # With `-X HEAD` curl would wait for a body.
    method = ["--head"] if row["method"] == "HEAD" else ["-X", row["method"]]
    parts = ["curl", *method, url(row)]
    for name, value in _pairs(row["request_headers"]):
        if name.lower() not in _OF_THE_CLIENT:
            # curl takes `Name:` for "leave it out", and `Name;` for one without a value.
            parts += ["-H", f"{name}: {value}" if value else f"{name};"]
    body, note = row["request_body"], row["request_body_note"] or ""
    if body and not any(n.lower() == "content-type" for n, _ in _pairs(row["request_headers"])):
        parts += ["-H", "Content-Type:"]  # else curl would send that of a form
    words = [shlex.quote(each) for each in parts]
    if body and "base64" in note:
        words = [f"printf %s {shlex.quote(body)} | base64 -d |", *words, "--data-binary @-"]
    elif body:
        words += ["--data-raw", shlex.quote(body)]
    told = " ".join(words)
    if "truncated" in note:
        told = f"# The log holds only the beginning of the body.\n{told}"
    return told + "\n"


def url(row: Row) -> str:
    """The address that a request went to."""
    host = next(
        (value for name, value in _pairs(row["request_headers"]) if name.lower() == "host"),
        "localhost",
    )
    query = urlencode(list(_pairs(row["query_params"] or {})), safe=MASK)
    path = quote(row["path"], safe="/!$&'()*+,;=:@~%")
    return f"http://{host}{path}{'?' + query if query else ''}"


def har(entries: list[Row]) -> dict[str, Any]:
    """An HTTP archive (HAR 1.2)."""
    return {"log": {**_HEAD, "entries": [har_entry(each) for each in entries]}}


def har_entry(row: Row) -> dict[str, Any]:
    """An entry of an HTTP archive."""
    request: dict[str, Any] = {
        "method": row["method"],
        "url": url(row),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(row["request_headers"]),
        "queryString": _named(row["query_params"] or {}),
        "headersSize": -1,
        "bodySize": row["request_size"],
    }
    if row["request_body"] is not None:
        kind = _content_type(row["request_headers"])
        request["postData"] = {"mimeType": kind, "params": [], "text": row["request_body"]}
        if row["request_body_note"]:
            request["postData"]["comment"] = row["request_body_note"]
    content: dict[str, Any] = {
        "size": row["response_size"],
        "mimeType": _content_type(row["response_headers"]),
        "text": row["response_body"] or "",
    }
    if "base64" in (row["response_body_note"] or ""):
        content["encoding"] = "base64"
    return {
        "startedDateTime": row["timestamp"],
        "time": row["process_time_ms"],
        "request": request,
        "response": {
            "status": row["status_code"] or 0,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _named(row["response_headers"]),
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": row["response_size"],
        },
        "cache": {},
        "timings": {"send": 0, "wait": row["process_time_ms"], "receive": 0},
        "_id": row["id"],
        "_operationId": row["operation_id"],
        "_decidedBy": row["decided_by"],
        "_correlationId": row["correlation_id"],
    }


_HEAD = {"version": "1.2", "creator": {"name": "MockLoop", "version": "1"}}


def har_head() -> bytes:
    """What stands in front of the entries of an archive that is written piece by piece."""
    return json.dumps({"log": {**_HEAD, "entries": []}}).removesuffix("]}}").encode()


HAR_TAIL = b"]}}"


def data(body: str | None, note: str | None) -> bytes:
    """The bytes of a logged body."""
    if body is None:
        return b""
    return base64.b64decode(body) if "base64" in (note or "") else body.encode()


def _pairs(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, each


def _named(values: dict[str, Any]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in _pairs(values)]


def _content_type(headers: dict[str, Any]) -> str:
    kinds = (value for name, value in _pairs(headers) if name.lower() == "content-type")
    return next(kinds, "application/octet-stream")
