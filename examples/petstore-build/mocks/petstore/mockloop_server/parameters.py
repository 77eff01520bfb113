"""Parameters of a request: taken from where they are, decoded by style, read by schema, checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, unquote_plus

import orjson

from mockloop_server.api import Parameter
from mockloop_server.coerce import Coercer
from mockloop_server.log.secrets import without_value
from mockloop_server.problem import Violation
from mockloop_server.schemas import Schemas

Pairs = list[tuple[str, str]]
"""Names, decoded, with values as they are written."""

# OpenAPI describes these elsewhere: as media types and as security.
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_DELIMITER = re.compile(r"[,;=]")
_ENCODED_DELIMITER = re.compile(r"%(2c|3b|3d)", re.IGNORECASE)
_LARGEST_INDEX = 1000


class Input:
    """One parameter, ready to read and check."""

    __slots__ = (
        "_absent",
        "_coercer",
        "_explode",
        "_is_secret",
        "_json",
        "_required",
        "_style",
        "_unquote",
        "_validator",
        "from_text",
        "location",
        "name",
    )

    def __init__(self, parameter: Parameter, schemas: Schemas, *, is_secret: bool = False) -> None:
        self._is_secret = is_secret
        self.name = parameter.name
        self.location: str = parameter.location
        self._style = parameter.style
        self._explode = parameter.explode
        self._required = parameter.required or parameter.location == "path"
        self._absent = parameter.allow_empty_value
        # Nothing in a header is percent-encoded; a query is decoded by its own rules.
        self._unquote: Callable[[str], str] = (
            unquote if parameter.location in ("path", "cookie") else str
        )
        self._json = parameter.media_type is not None and "json" in parameter.media_type
        self._coercer = Coercer(schemas, parameter.schema)
        self._validator = schemas.validator(parameter.schema)
        is_plain = self._coercer.is_plain and self._style in ("simple", "form") and not self._json
        self.from_text: Callable[[str, list[Violation]], Any] = (
            self._plain if is_plain else self._composed
        )
        """Reads the value in a path segment, a header or a cookie, as it is written."""

    @property
    def takes_other_names(self) -> bool:
        """Whether its members stand in the query by their own names."""
        return (
            self._style == "form" and self._explode and self._coercer.is_object and not self._json
        )

    def owns(self, name: str) -> bool:
        """Whether a name in the query belongs to this parameter."""
        if self._style == "deepObject" and not self._json:
            return name == self.name or name.startswith(self.name + "[")
        return name == self.name or (
            self.takes_other_names and name in self._coercer.shape.properties
        )

    def _plain(self, text: str, violations: list[Violation]) -> Any:
        text = self._unquote(text)
        # In a form nothing may stand for null; a parameter that is null is left out.
        value = self._coercer.text(text) if text else text
        if self._validator is not None and not self._validator.is_valid(value):
            self._refuse(value, violations)
        return value

    def _composed(self, text: str, violations: list[Violation]) -> Any:
        return self._checked(lambda: self._decode(text), violations)

    def from_query(self, pairs: Pairs, others: frozenset[str], violations: list[Violation]) -> Any:
        """The value in the query, or `...` where it has none."""
        if self.takes_other_names:
            return self._members(pairs, others, violations)
        if self._style == "deepObject" and not self._json:
            return self._deep(pairs, violations)
        raw = [value for name, value in pairs if name == self.name]
        if not raw:
            return self.missing(violations)
        if raw == [""] and self._absent:
            return ...
        if len(raw) > 1 and not (self._coercer.is_array or self._takes_any):
            violations.append(Violation(self.location, self.name, "is given more than once"))
        if self._json or self._coercer.is_plain:
            return self.from_text(unquote_plus(raw[0]), violations)
        return self._checked(lambda: self._split_query(raw), violations)

    def missing(self, violations: list[Violation]) -> Any:
        """What stands for a value that is not there."""
        if self._required:
            violations.append(Violation(self.location, self.name, "is required and missing"))
        return ...

    @property
    def _takes_any(self) -> bool:
        return self._validator is None

    def _checked(self, decode: Any, violations: list[Violation]) -> Any:
        try:
            value = decode()
        except ValueError as error:
            violations.append(Violation(self.location, self.name, str(error)))
            return None
        if self._validator is not None and not self._validator.is_valid(value):
            self._refuse(value, violations)
        return value

    def _refuse(self, value: Any, violations: list[Violation]) -> None:
        if self._validator is not None:
            for place, message in self._validator.errors(value):
                if self._is_secret:
                    message = without_value(message)
                violations.append(
                    Violation(self.location, self.name, f"{place} {message}".lstrip())
                )

    def _decode(self, raw: str) -> Any:
        text = self._unquote(raw)
        if self._json:
            return _json(text)
        if self._coercer.is_object and (value := _json_object(text)) is not None:
            return value
        if self._unquote is unquote and not _DELIMITER.search(raw):
            # A client that leaves delimiters alone has encoded those inside of values; others
            # encode all.
            raw = _ENCODED_DELIMITER.sub(lambda found: unquote(found[0]), raw)
        # A client that leaves the prefix of these out has written the simple style.
        delimiter = ","
        if self._style == "label" and raw.startswith("."):
            raw = raw[1:]
            delimiter = "," if not self._explode and "," in raw else "."
        elif self._style == "matrix" and raw.startswith(";"):
            return self._matrix(raw[1:])
        parts = [part.strip(" \t") for part in raw.split(delimiter)] if raw else []
        if self._coercer.is_array:
            return self._coercer.array([self._unquote(part) for part in parts])
        if self._coercer.is_object:
            return self._object(text, parts, explode=self._explode)
        return self._coercer.text(self._unquote(raw))

    def _object(self, text: str, parts: list[str], *, explode: bool) -> Any:
        try:
            members = _object(parts, explode=explode)
        except ValueError:
            if "string" in self._coercer.shape.types:
                return text
            raise
        unquote = self._unquote
        return self._coercer.object(
            {unquote(name): unquote(value) for name, value in members.items()}
        )

    def _matrix(self, raw: str) -> Any:
        parts = [part.partition("=") for part in raw.split(";")]
        if self._coercer.is_object and self._explode:
            return self._object(raw, [f"{name}={value}" for name, _, value in parts], explode=True)
        if any(self._unquote(name) != self.name for name, _, _ in parts):
            raise ValueError(f"is not written as ;{self.name}=VALUE")
        values = [value for _, _, value in parts]
        if self._coercer.is_array:
            each = values if self._explode else values[0].split(",")
            return self._coercer.array([self._unquote(value) for value in each])
        if self._coercer.is_object:
            return self._object(values[0], values[0].split(","), explode=False)
        return self._coercer.text(self._unquote(values[0]))

    def _split_query(self, raw: list[str]) -> Any:
        if self._coercer.is_object:
            text = unquote_plus(raw[0])
            if (value := _json_object(text)) is not None:
                return value
            return self._object(text, self._split(raw[0]) if text else [], explode=False)
        if self._explode or len(raw) > 1:
            return self._coercer.array([unquote_plus(text) for text in raw])
        return self._coercer.array(self._split(raw[0]) if raw[0] else [])

    def _split(self, raw: str) -> list[str]:
        if self._style in DELIMITERS:
            return unquote_plus(raw).split(DELIMITERS[self._style])
        # A client that leaves commas alone has encoded those inside of values; others encode all.
        if "," in raw:
            return [unquote_plus(part) for part in raw.split(",")]
        return unquote_plus(raw).split(",")

    def _members(self, pairs: Pairs, others: frozenset[str], violations: list[Violation]) -> Any:
        properties = self._coercer.shape.properties
        open_ended = not properties or bool(self._coercer.shape.more)
        members: dict[str, Any] = {}
        for name, value in pairs:
            if name in properties or (open_ended and name not in others):
                members.setdefault(name, []).append(unquote_plus(value))
        if not members:
            return self.missing(violations)
        single = {
            name: values[0] if len(values) == 1 else values for name, values in members.items()
        }
        return self._checked(lambda: self._coercer.object(single), violations)

    def _deep(self, pairs: Pairs, violations: list[Violation]) -> Any:
        mine = [(name, unquote_plus(value)) for name, value in pairs if self.owns(name)]
        if not mine:
            return self.missing(violations)
        return self._checked(lambda: self._coercer.value(self._deep_value(mine)), violations)

    def _deep_value(self, mine: Sequence[tuple[str, str]]) -> Any:
        if not self._coercer.is_object:
            return nested(mine).get(self.name)
        # Members with numbers for names are members yet.
        inner = [_BRACKETS.match(name, len(self.name)) for name, _ in mine]
        if not all(found and found[1] for found in inner):
            return nested(mine).get(self.name)
        return nested(
            [
                (found[1] + name[found.end() :], value)
                for found, (name, value) in zip(inner, mine, strict=True)
                if found
            ]
        )


def query_pairs(query: bytes) -> Pairs:
    """The pairs of a query string."""
    pairs: Pairs = []
    for part in query.decode("latin-1").split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((unquote_plus(name), value.encode("latin-1").decode("utf-8", "replace")))
    return pairs


def cookies(header: str) -> dict[str, str]:
    """The cookies of a `Cookie` header, as they are written."""
    found: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip(), value.strip().strip('"'))
    return found


def is_read(parameter: Parameter) -> bool:
    """Whether a parameter counts; some headers are described elsewhere."""
    return parameter.location != "header" or parameter.name.lower() not in _IGNORED_HEADERS


def nested(pairs: Sequence[tuple[str, str]], whole: Collection[str] = ()) -> dict[str, Any]:
    """`a[b]=1&a[c][]=2` as nested objects and arrays of texts; `whole` names are no such paths."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        path = (
            [head, *_BRACKETS.findall(name)] if bracket and head and name not in whole else [name]
        )
        _put(root, path[:32], value)
    return {name: _as_lists(value) for name, value in root.items()}


def _put(node: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        child = node.setdefault(step, {})
        if not isinstance(child, dict):
            child = node[step] = {"": child}
        node = child
    last = path[-1]
    if last in node:
        known = node[last]
        node[last] = [*known, value] if isinstance(known, list) else [known, value]
    else:
        node[last] = value


def _as_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _as_lists(each) for name, each in value.items()}
    if list(inner) == [""]:
        return inner[""] if isinstance(inner[""], list) else [inner[""]]
    if (
        inner
        and all(name.isascii() and name.isdigit() for name in inner)
        and len(inner) < _LARGEST_INDEX
    ):
        return [inner[name] for name in sorted(inner, key=lambda name: (len(name), name))]
    return inner


def _object(parts: Sequence[str], *, explode: bool) -> Mapping[str, str]:
    if explode:
        members = [part.partition("=") for part in parts]
        if not all(equals for _, equals, _ in members):
            raise ValueError("is not written as NAME=VALUE,NAME=VALUE")
        return {name.strip(" \t"): value for name, _, value in members}
    if len(parts) % 2:
        raise ValueError("is not written as NAME,VALUE,NAME,VALUE")
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _json_object(text: str) -> dict[str, Any] | None:
    """The object of a client that writes objects as JSON in any style."""
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeError):
        return None
    return value if isinstance(value, dict) else None


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeError) as error:
        raise ValueError(f"is not JSON: {error}") from None
