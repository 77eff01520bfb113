"""Bodies of requests: parsed by media type, read by schema, checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote_plus

import orjson
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from mockloop_server.api import MediaType, RequestBody
from mockloop_server.coerce import Coercer
from mockloop_server.log.secrets import Secrets
from mockloop_server.negotiate import essence, is_json, is_xml, match_content, media_range
from mockloop_server.parameters import DELIMITERS, nested, query_pairs
from mockloop_server.problem import Violation
from mockloop_server.schemas import Schemas, Validator
from mockloop_server.xmlbody import XmlError, read_xml

FORM = "application/x-www-form-urlencoded"

_MANY_ERRORS = 256 * 1024
_MAX_PARTS = 1000
_NAME = re.compile(r"[^\[]*")

# Those of the web; Python has others, some of which take time that grows with the square of a text.
_CHARSETS = frozenset(
    {"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "latin1"}
    | {f"iso-8859-{number}" for number in range(1, 17) if number != 12}
    | {f"windows-{number}" for number in range(1250, 1259)}
    | {"koi8-r", "koi8-u", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr"}
    | {"gb2312", "gbk", "gb18030", "big5"}
)


class Malformed(ValueError):
    """A body that is not what its media type says."""


class Unsupported(ValueError):
    """A body of a media type that the description does not have."""


@dataclass(slots=True)
class Upload:
    """A file of a multipart body."""

    filename: str
    content_type: str
    data: bytes


@dataclass(slots=True)
class Parsed:
    """A body as a value, with the files that came along."""

    value: Any = None
    files: dict[str, list[Upload]] = field(default_factory=dict)


@dataclass(slots=True)
class _Part:
    name: str
    filename: str | None
    content_type: str
    data: bytes


class BodyReader:
    """The request body of one operation, ready to read and check."""

    def __init__(self, body: RequestBody, schemas: Schemas, secrets: Secrets) -> None:
        self.required = body.required
        self._content = [_Content(media, schemas, secrets) for media in body.content]
        self._types = [media.media_type for media in body.content]

    @property
    def types(self) -> str:
        """The described media types, for a message."""
        return ", ".join(self._types)

    def read(self, data: bytes, content_type: str, violations: list[Violation]) -> Parsed:
        """The value of a body; what is wrong with it goes to `violations`."""
        if not data and not content_type.startswith("multipart/"):
            # No bytes can be all there is to a form, a text or a file, where one is announced.
            if not content_type or is_json(content_type) or is_xml(content_type):
                if self.required:
                    violations.append(Violation("body", "", "is required and missing"))
                return Parsed()
        if not self._content:
            return Parsed(data)
        index = match_content(content_type, self._types) if content_type else 0
        if index is None:
            raise Unsupported(f"{essence(content_type) or content_type} is not one of {self.types}")
        kind = self._types[index]
        if content_type and not media_range(kind).is_bytes:
            kind = content_type
        return self._content[index].read(data, kind, violations)


class _Content:
    def __init__(self, media: MediaType, schemas: Schemas, secrets: Secrets) -> None:
        self._media = media
        self._secrets = secrets
        self._schemas = schemas
        self._validator: Validator | None = schemas.validator(media.schema)
        self._lazy_coercer: Coercer | None = None

    @property
    def _coercer(self) -> Coercer:
        if self._lazy_coercer is None:
            self._lazy_coercer = Coercer(self._schemas, self._media.schema)
        return self._lazy_coercer

    def read(self, data: bytes, content_type: str, violations: list[Violation]) -> Parsed:
        kind = essence(content_type)
        if is_json(kind):
            parsed = Parsed(_json(data))
        elif kind == FORM:
            parsed = Parsed(self._object(nested(_fields(data), self._coercer.shape.properties)))
        elif kind.startswith("multipart/"):
            parsed = self._multipart(data, content_type, violations)
        elif is_xml(kind):
            parsed = Parsed(self._xml(data))
        elif kind.startswith("text/"):
            parsed = Parsed(self._coercer.value(_text(data, content_type)))
        else:
            return Parsed(data)
        self._check(parsed.value, len(data), violations)
        return parsed

    def _check(self, value: Any, size: int, violations: list[Violation]) -> None:
        if self._validator is not None and not self._is_valid(value):
            for place, message in self._validator.errors(value, many=size < _MANY_ERRORS):
                told = self._secrets.message(place, message)
                violations.append(Violation("body", place, told))

    def _is_valid(self, value: Any) -> bool:
        try:
            return self._validator is None or self._validator.is_valid(value)
        except ValueError:
            return False

    def _xml(self, data: bytes) -> Any:
        if self._validator is None:
            return data.decode("utf-8", "replace")
        try:
            return read_xml(data, self._media.schema, self._schemas)
        except XmlError as error:
            raise Malformed(f"is not XML: {error}") from None

    def _object(self, members: dict[str, Any]) -> dict[str, Any]:
        """Form fields, where the description may say that one is JSON or a delimited array."""
        value: dict[str, Any] = {}
        for name, raw in members.items():
            value[name] = self._field(name, raw)
        return self._coercer.object(value)

    def _field(self, name: str, raw: Any) -> Any:
        schema = self._coercer.shape.properties.get(name)
        shape = self._schemas.shape(schema)
        encoding = self._media.encoding.get(name)
        if not isinstance(raw, str):
            return raw
        if encoding and encoding.content_type and is_json(encoding.content_type):
            return _json_or(raw)
        if raw[:1] in ("{", "[") and "string" not in shape.types:
            value = _json_or(raw)
            if ("array" if isinstance(value, list) else "object") in shape.types:
                return value
        if encoding and encoding.explode is False and "array" in shape.types:
            return raw.split(DELIMITERS.get(encoding.style or "", ","))
        return [raw] if "array" in shape.types and "string" not in shape.types else raw

    def _multipart(self, data: bytes, content_type: str, violations: list[Violation]) -> Parsed:
        parsed = Parsed({})
        texts: list[tuple[str, str]] = []
        values: dict[str, list[Any]] = {}
        for part in _parts(data, content_type):
            self._check_part(part, violations)
            if part.filename is not None:
                upload = Upload(part.filename, part.content_type, part.data)
                parsed.files.setdefault(part.name, []).append(upload)
                values.setdefault(part.name, []).append(part.data.decode("latin-1"))
            elif is_json(part.content_type):
                values.setdefault(part.name, []).append(_json(part.data))
            else:
                texts.append((part.name, part.data.decode("utf-8", "replace")))
        value = self._object(nested(texts, self._coercer.shape.properties))
        for name, several in values.items():
            shape = self._schemas.shape(self._coercer.shape.properties.get(name))
            listed = len(several) > 1 or ("array" in shape.types and "string" not in shape.types)
            plain = len(several) == 1 and isinstance(several[0], list)
            value[name] = several if listed and not plain else several[0]
        parsed.value = value
        return parsed

    def _check_part(self, part: _Part, violations: list[Violation]) -> None:
        encoding = self._media.encoding.get(_bare(part.name))
        if encoding is None or not encoding.content_type or not part.content_type:
            return
        allowed = [each.strip() for each in encoding.content_type.split(",")]
        if match_content(part.content_type, allowed) is None:
            message = f"has type {essence(part.content_type)}, not {encoding.content_type}"
            violations.append(Violation("body", f"/{part.name}", message))


def nested_form(data: bytes) -> dict[str, Any]:
    """The fields of a form body."""
    return nested(_fields(data))


def _fields(data: bytes) -> list[tuple[str, str]]:
    return [(name, unquote_plus(value)) for name, value in query_pairs(data)]


def _json_or(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return text


def _bare(name: str) -> str:
    match = _NAME.match(name)
    return match[0] if match else name


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except ValueError as error:
        raise Malformed(f"is not JSON: {error}") from None


def _text(data: bytes, content_type: str) -> str:
    _, options = parse_options_header(content_type)
    charset = options.get(b"charset", b"utf-8").decode("latin-1").lower()
    if charset not in _CHARSETS:
        raise Unsupported(f"has the charset {charset!r}; use utf-8")
    try:
        return data.decode(charset)
    except ValueError as error:
        raise Malformed(f"is not text: {error}") from None


def _parts(data: bytes, content_type: str) -> list[_Part]:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Malformed("is multipart without a boundary")
    reader = _PartReader()
    try:
        parser = MultipartParser(boundary, cast(Any, reader.callbacks()))
        parser.write(data)
        parser.finalize()
    except (MultipartParseError, ValueError) as error:
        raise Malformed(f"is not multipart: {error}") from None
    if not reader.ended:
        raise Malformed("is multipart without its last boundary")
    return reader.parts


class _PartReader:
    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.ended = False
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""
        self._chunks: list[bytes] = []

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= _MAX_PARTS:
            raise Malformed(f"has more than {_MAX_PARTS} parts")
        self._headers, self._chunks = {}, []

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._chunks.append(data[start:end])

    def _part_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name")
        if name is None:
            raise Malformed("has a part without a name")
        filename = options.get(b"filename")
        self.parts.append(
            _Part(
                name.decode("utf-8", "replace"),
                None if filename is None else filename.decode("utf-8", "replace"),
                self._headers.get(b"content-type", b"").decode("latin-1"),
                b"".join(self._chunks),
            )
        )

    def _end(self) -> None:
        self.ended = True
