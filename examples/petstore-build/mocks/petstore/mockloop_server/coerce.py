"""Text as the JSON value that a schema asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockloop_server.schemas import TYPES, Schemas, Shape

_INTEGER = re.compile(r"-?\d{1,400}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,4})?", re.ASCII)
_DEPTH = 16


class Coercer:
    """Reads text by one schema. What does not fit stays text, for the validator to refuse."""

    __slots__ = ("_depth", "_items", "_members", "_schemas", "_validator", "shape", "text")

    def __init__(self, schemas: Schemas, schema: Any, depth: int = 0) -> None:
        self._schemas = schemas
        self._depth = depth
        self._items: list[Coercer] | None = None
        self._members: dict[str, Coercer] = {}
        self.shape: Shape = schemas.shape(schema)
        self.text: Callable[[str], Any] = _reader(self.shape.types)
        if self.shape.types != TYPES and {"null", "string"} <= self.shape.types:
            self.text = self._text_or_null
        self._validator = schemas.validator(schema)

    @property
    def is_array(self) -> bool:
        """Whether an array is what the schema wants, in the first place."""
        return "array" in self.shape.types and self.shape.types != TYPES

    @property
    def is_object(self) -> bool:
        """Whether an object is what the schema wants, in the first place."""
        return "object" in self.shape.types and (
            self.shape.types != TYPES or bool(self.shape.properties)
        )

    @property
    def is_plain(self) -> bool:
        """Whether one text is all that a value can be made of."""
        return not self.is_array and not self.is_object

    def array(self, texts: Sequence[Any]) -> list[Any]:
        """An array of texts or of values made of texts."""
        if self._items is None:
            nested = self.shape.prefix or self.shape.items[:1]
            self._items = [self._child(schema) for schema in nested]
        if not self._items:
            return list(texts)
        last = len(self._items) - 1
        return [self._items[min(at, last)].value(text) for at, text in enumerate(texts)]

    def object(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """An object of texts or of values made of texts."""
        return {name: self._member(name, value) for name, value in members.items()}

    def value(self, raw: Any) -> Any:
        """A text, or a list or mapping of them, as the schema's value."""
        if isinstance(raw, str):
            return (
                self.array([raw])
                if self.is_array and "string" not in self.shape.types
                else self.text(raw)
            )
        if isinstance(raw, list):
            return self.array(raw)
        return self.object(raw) if isinstance(raw, dict) else raw

    def _text_or_null(self, text: str) -> Any:
        # Both are texts, and all that a client can write for null, where it has no JSON to write.
        if text in ("", "null") and self._validator and not self._validator.is_valid(text):
            return None
        return _reader(self.shape.types)(text)

    def _member(self, name: str, value: Any) -> Any:
        if name not in self._members:
            properties, more = self.shape.properties, self.shape.more
            if name not in properties and not more:
                return value
            child = self._child(properties[name] if name in properties else more[0])
            if name not in properties:
                return child.value(value)
            self._members[name] = child
        return self._members[name].value(value)

    def _child(self, schema: Any) -> Coercer:
        return Coercer(self._schemas, schema if self._depth < _DEPTH else None, self._depth + 1)


def _reader(types: frozenset[str]) -> Callable[[str], Any]:
    if types == TYPES:
        return str
    # Where a string is allowed, the text "null" is one.
    skip = "null" if "string" in types else None
    readers = [read for name, read in _READERS if name in types and name != skip]
    if len(readers) < 2:
        return readers[0] if readers else str

    def read(text: str) -> Any:
        for each in readers:
            value = each(text)
            if value is not text:
                return value
        return text

    return read


def _integer(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and text.rstrip("0").endswith("."):
        return float(text)  # 1.0 is an integer to JSON Schema
    return text


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        value = float(text)
        return value if value - value == 0 else text
    return text


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


def _null(text: str) -> Any:
    return None if text in ("null", "") else text


_READERS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("integer", _integer),
    ("number", _number),
    ("boolean", _boolean),
    ("null", _null),
)
