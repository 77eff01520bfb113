"""Texts with runtime expressions of OpenAPI in them: `{$request.path.petId}`."""

from __future__ import annotations

import re
from typing import Any

import orjson

from mockloop_server.call import Call
from mockloop_server.pointer import ABSENT, at
from mockloop_server.steering.match import as_text

_EXPRESSION = re.compile(r"\$request\.(?:(path|query|header)\.([^{}]+)|(body)(?:#((?:/[^{}]*)?))?)")
_PARTS = re.compile(r"(\{\$[^{}]*\})")


class Template:
    """A text that becomes a value of a request; `ValueError` where it is none."""

    __slots__ = ("_parts",)

    def __init__(self, text: str) -> None:
        if text.startswith("$"):
            text = f"{{{text}}}"
        self._parts: list[str | re.Match[str]] = []
        for index, part in enumerate(_PARTS.split(text)):
            found = _EXPRESSION.fullmatch(part[1:-1]) if index % 2 else None
            if index % 2 and found is None:
                raise ValueError(
                    f"{part} is not known: use {{$request.path.NAME}}, {{$request.query.NAME}},"
                    " {$request.header.NAME} or {$request.body#/POINTER}"
                )
            if found is not None or part:
                self._parts.append(found or part)

    def names(self, place: str) -> list[str]:
        """The parameters that it asks for."""
        return [each[2] for each in self._parts if not isinstance(each, str) and each[1] == place]

    def value(self, call: Call) -> Any:
        """The value, typed where the text is one expression; `ABSENT` where a part is missing."""
        found = [each if isinstance(each, str) else _find(each, call) for each in self._parts]
        if len(found) == 1:
            return found[0]
        return ABSENT if ABSENT in found else "".join(map(as_text, found))


def _find(expression: re.Match[str], call: Call) -> Any:
    place, name = expression[1], expression[2]
    if place == "path":
        return call.path.get(name, ABSENT)
    if place == "query":
        return call.query.get(name, call.request.query_params.get(name, ABSENT))
    if place == "header":
        return call.request.headers.get(name, ABSENT)
    return at(body_of(call), expression[4] or "")


def body_of(call: Call) -> Any:
    """The body as a value, of an operation that describes none too; `ABSENT` without one."""
    value = call.body
    if value is None or isinstance(value, bytes):
        try:
            return orjson.loads(call.raw_body)
        except ValueError:
            return ABSENT
    return value
