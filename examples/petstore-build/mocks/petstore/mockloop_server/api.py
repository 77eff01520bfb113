"""`api.json` as objects.

The file of a large API holds tens of megabytes, of which a server rarely needs much. So it is kept
as bytes with a table of contents, and an operation or schema becomes objects when it is first used.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import orjson

from mockloop_server.settings import StartError

FORMAT = 1

Location = Literal["path", "query", "header", "cookie"]


class ApiError(StartError):
    """An `api.json` that this engine cannot read."""


@dataclass(slots=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    location: Location
    style: str
    explode: bool
    required: bool = False
    allow_empty_value: bool = False
    media_type: str | None = None
    schema: Any = None


@dataclass(slots=True)
class Body:
    """A body, ready to be sent."""

    name: str | None
    origin: str
    valid: bool
    data: bytes


@dataclass(slots=True)
class Encoding:
    """How one property of a multipart or form body is written."""

    property: str
    content_type: str | None = None
    style: str | None = None
    explode: bool | None = None


@dataclass(slots=True)
class MediaType:
    """A body in one media type."""

    media_type: str
    content_type: str
    schema: Any = None
    bodies: list[Body] = field(default_factory=list)
    encoding: dict[str, Encoding] = field(default_factory=dict)


@dataclass(slots=True)
class RequestBody:
    """The body that a request may or must have."""

    required: bool
    content: list[MediaType]


@dataclass(slots=True)
class Header:
    """A described response header and its sample."""

    name: str
    value: str
    schema: Any = None


@dataclass(slots=True)
class Response:
    """A described response; `status` is `200`, `4XX` or `default`."""

    status: str
    code: int
    headers: list[Header]
    content: list[MediaType]
    empty_type: str | None = None


@dataclass(slots=True)
class Operation:
    """One operation, whole."""

    id: str
    method: str
    path: str
    parameters: list[Parameter]
    request_body: RequestBody | None
    responses: list[Response]
    answer: int
    security: list[list[tuple[str, frozenset[str]]]]

    def response(self, status: int) -> Response | None:
        """The response that is described for a status: itself, by range or by `default`."""
        found = {response.status: response for response in self.responses}
        return found.get(str(status)) or found.get(f"{status // 100}XX") or found.get("default")


class Entry:
    """What routing needs to know of an operation, and the way to the rest."""

    def __init__(self, text: bytes, light: dict[str, Any]) -> None:
        self._text = text
        self.id: str = light["id"]
        self.method: str = light["method"]
        self.path: str = light["path"]
        self.tags: list[str] = light.get("tags", [])
        self.summary: str | None = light.get("summary")
        self.segments: list[list[dict[str, str]]] = light["segments"]
        self.fixed_query = [(name, value) for name, value in light.get("fixed_query", ())]
        self.base_paths: list[str] | None = light.get("base_paths")
        self.security: list[list[dict[str, Any]]] = light.get("security") or []
        self.callbacks: list[dict[str, Any]] = light.get("callbacks", [])
        """As they are written."""

    @cached_property
    def operation(self) -> Operation:
        """The operation as objects."""
        return _operation(orjson.loads(self._text))


class Api:
    """The description that a server answers from."""

    def __init__(self, data: bytes) -> None:
        light: dict[str, Any] = {}
        self.entries: list[Entry] = []
        self.schemas: dict[str, bytes] = {}
        try:
            scan = _Scanner(data)
            for key in scan.members():
                if key == "operations":
                    for _ in scan.elements():
                        text = scan.take()
                        self.entries.append(Entry(text, orjson.loads(text)))
                elif key == "schemas":
                    for name in scan.members():
                        self.schemas[name] = scan.take()
                elif key in ("servers", "tags"):
                    scan.take()
                else:
                    light[key] = orjson.loads(scan.take())
            self.format: int = light["mockloop"]
            self.title: str = light["title"]
            self.version: str = light["version"]
            self.source: dict[str, str] = light["source"]
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            raise ApiError(f"api.json cannot be read: {error!r}") from error
        if self.format != FORMAT:
            raise ApiError(f"api.json has format {self.format}, this engine reads {FORMAT}")
        self.base_paths: list[str] = light.get("base_paths", [])
        self.security_schemes: list[dict[str, Any]] = light.get("security_schemes", [])
        self.webhooks: list[dict[str, Any]] = light.get("webhooks", [])
        """As they are written."""

    @classmethod
    def load(cls, file: Path) -> Api:
        """The description in a file."""
        try:
            return cls(file.read_bytes())
        except OSError as error:
            raise ApiError(f"{file} cannot be read: {error.strerror}") from error


class _Scanner:
    """Finds where the values of a JSON text begin and end.

    It reads the bytes as Latin-1, in which one character is one byte, so that places in the text
    are places in the bytes; the structure of JSON is ASCII, so what it finds is right.
    """

    _space = re.compile(r"[ \t\n\r]*")
    _decode = staticmethod(json.JSONDecoder().raw_decode)

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._text = data.decode("latin-1")
        self._at = 0

    def members(self) -> Iterator[str]:
        """Enter an object: each key, after which the value has to be taken."""
        for _ in self._inside("{", "}"):
            key: str = orjson.loads(self.take())
            self._expect(":")
            yield key

    def elements(self) -> Iterator[None]:
        """Enter an array: one step per element, which has to be taken."""
        return self._inside("[", "]")

    def take(self) -> bytes:
        """The value at this place, as it is written."""
        start = self._skip()
        _, self._at = self._decode(self._text, start)
        return self._data[start : self._at]

    def _inside(self, first: str, last: str) -> Iterator[None]:
        self._expect(first)
        if self._text[self._skip()] == last:
            self._at += 1
            return
        while True:
            yield
            if self._text[self._skip()] == last:
                self._at += 1
                return
            self._expect(",")

    def _expect(self, char: str) -> None:
        if self._text[self._skip()] != char:
            raise ValueError(f"expected {char!r} at byte {self._at}")
        self._at += 1

    def _skip(self) -> int:
        match = self._space.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at


def _operation(raw: dict[str, Any]) -> Operation:
    body = raw.get("request_body")
    return Operation(
        id=raw["id"],
        method=raw["method"],
        path=raw["path"],
        parameters=[_parameter(each) for each in raw.get("parameters", ())],
        request_body=None if body is None else _request_body(body),
        responses=[_response(each) for each in raw["responses"]],
        answer=raw["answer"],
        security=[
            [(use["scheme"], frozenset(use.get("scopes", ()))) for use in requirement]
            for requirement in raw.get("security", ())
        ],
    )


def _request_body(raw: dict[str, Any]) -> RequestBody:
    content = [_media_type(each) for each in raw["content"]]
    return RequestBody(raw.get("required", False), content)


def _parameter(raw: dict[str, Any]) -> Parameter:
    return Parameter(
        name=raw["name"],
        location=raw["in"],
        style=raw["style"],
        explode=raw["explode"],
        required=raw.get("required", False),
        allow_empty_value=raw.get("allow_empty_value", False),
        media_type=raw.get("media_type"),
        schema=raw.get("schema"),
    )


def _response(raw: dict[str, Any]) -> Response:
    return Response(
        status=raw["status"],
        code=raw["code"],
        headers=[_header(each) for each in raw.get("headers", ())],
        content=[_media_type(each) for each in raw.get("content", ())],
        empty_type=raw.get("empty_type"),
    )


def _header(raw: dict[str, Any]) -> Header:
    return Header(raw["name"], raw["value"], raw.get("schema"))


def _media_type(raw: dict[str, Any]) -> MediaType:
    return MediaType(
        media_type=raw["media_type"],
        content_type=raw["content_type"],
        schema=raw.get("schema"),
        bodies=[_body(each) for each in raw.get("bodies", ())],
        encoding={each["property"]: Encoding(**each) for each in raw.get("encoding", ())},
    )


def _body(raw: dict[str, Any]) -> Body:
    text = raw.get("text")
    data = base64.b64decode(raw["base64"]) if text is None else text.encode()
    return Body(raw.get("name"), raw["from"], raw.get("valid", True), data)
