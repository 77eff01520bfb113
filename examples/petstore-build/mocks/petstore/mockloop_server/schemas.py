"""JSON Schemas of a description: validators, made when they are first needed, and their shapes."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
import orjson

logger = logging.getLogger("mockloop")

_REFERENCE = re.compile(rb'"\$ref"\s*:\s*("#/schemas/(?:[^"\\]|\\.)*")')
_PREFIX = "#/schemas/"
_LITERALS = frozenset({"const", "enum", "default", "examples", "example"})
_DEPTH = 24
_ERRORS = 20

TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


@dataclass(slots=True)
class Shape:
    """Which JSON types a schema allows, so that text can be read as one of them."""

    types: frozenset[str] = TYPES
    items: list[Any] = field(default_factory=list)
    prefix: list[Any] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    more: list[Any] = field(default_factory=list)
    """Schemas of properties that have no schema by name."""


class Validator:
    """A schema, compiled on its first use."""

    __slots__ = ("_compiled", "_is_valid", "_schemas", "schema")

    def __init__(self, schemas: Schemas, schema: Any) -> None:
        self._schemas = schemas
        self.schema = schema
        self._compiled: jsonschema_rs.Draft202012Validator | None = None
        self._is_valid: Callable[[Any], bool] = self._first

    def is_valid(self, value: Any) -> bool:
        """Whether the schema allows a value."""
        try:
            return self._is_valid(value)
        except BaseException as error:
            self._give_up(error)
            return True

    def errors(self, value: Any, *, many: bool = True) -> Iterator[tuple[str, str]]:
        """JSON pointer and message of what is wrong with a value."""
        try:
            if self.is_valid(value) or self._compiled is None:
                return
            if many:
                for error in islice(self._compiled.iter_errors(value), _ERRORS):
                    yield pointer(error.instance_path), error.message
            else:
                self._compiled.validate(value)
        except jsonschema_rs.ValidationError as error:
            yield pointer(error.instance_path), error.message
        except ValueError as error:  # text that is not Unicode, numbers beyond every limit
            yield "", str(error)
        except BaseException as error:
            self._give_up(error)

    def _first(self, value: Any) -> bool:
        self._compiled = self._schemas.compile(self.schema)
        self._is_valid = self._compiled.is_valid if self._compiled else _anything
        return self._is_valid(value)

    def _give_up(self, error: BaseException) -> None:
        # What a bug in the library raises is none of `Exception`, so that it would end the server.
        if type(error).__name__ != "PanicException":
            raise error
        logger.error("a schema is not checked: its validator fails: %s", _first_line(error))
        self._compiled, self._is_valid = None, _anything


class Schemas:
    """The definitions table of a description."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def validator(self, schema: Any) -> Validator | None:
        """A validator, where the schema says anything at all."""
        return None if schema is None or schema is True or schema == {} else Validator(self, schema)

    def compile(self, schema: Any) -> jsonschema_rs.Draft202012Validator | None:
        """A compiled schema, with the definitions that it reaches and no others."""
        text = self._bundle(orjson.dumps(schema))
        if b'"int64"' in text or b'"int32"' in text:
            text = orjson.dumps(_changed(orjson.loads(text), _with_bounds))
        try:
            return _compile(text.decode())
        except ValueError as error:
            logger.warning("a schema is used without its patterns: %s", _first_line(error))
        try:
            return _compile(
                orjson.dumps(_changed(orjson.loads(text), _without_bad_patterns)).decode()
            )
        except ValueError as error:
            logger.warning("a schema is not checked: %s", _first_line(error))
            return None

    def shape(self, schema: Any, depth: int = 0) -> Shape:
        """What text can be read as, so that the schema may allow it."""
        if not isinstance(schema, dict) or depth > _DEPTH:
            return Shape()
        shape = Shape(_own_types(schema))
        for key, take in (("items", shape.items), ("additionalProperties", shape.more)):
            if isinstance(schema.get(key), dict):
                take.append(schema[key])
        shape.prefix.extend(schema.get("prefixItems", ()))
        shape.properties.update(schema.get("properties", {}))
        parts = [self.resolve(schema["$ref"])] if isinstance(schema.get("$ref"), str) else []
        for part in (*parts, *schema.get("allOf", ())):
            shape = _joined(shape, self.shape(part, depth + 1), intersect=True)
        for key in ("anyOf", "oneOf"):
            if choices := [self.shape(part, depth + 1) for part in schema.get(key, ())]:
                types = frozenset[str]().union(*(choice.types for choice in choices))
                for choice in choices:
                    shape = _joined(shape, choice, intersect=False)
                shape.types = _both(shape.types, types)
        return shape

    def resolve(self, reference: str) -> Any:
        """The schema that a reference names."""
        text = self._texts.get(_name(reference))
        return orjson.loads(text) if text is not None else True

    def deref(self, schema: Any) -> Any:
        """A schema, with its own reference followed."""
        for _ in range(_DEPTH):
            if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
                break
            target = self.resolve(schema["$ref"])
            schema = (
                {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
                if isinstance(target, dict)
                else target
            )
        return schema

    def _bundle(self, text: bytes) -> bytes:
        found: dict[str, bytes] = {}
        todo = [text]
        while todo:
            for match in _REFERENCE.finditer(todo.pop()):
                name = _name(orjson.loads(match[1]))
                if name not in found and name in self._texts:
                    found[name] = self._texts[name]
                    todo.append(found[name])
        table = b",".join(orjson.dumps(name) + b":" + found[name] for name in found)
        return b'{"allOf":[' + text + b'],"schemas":{' + table + b"}}"


def pointer(path: list[str | int]) -> str:
    """A path as JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _compile(text: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(text, validate_formats=True, offline=True)


def _name(reference: str) -> str:
    name = reference.removeprefix(_PREFIX).split("/", 1)[0]
    return unquote(name).replace("~1", "/").replace("~0", "~")


def _own_types(schema: dict[str, Any]) -> frozenset[str]:
    types = schema.get("type")
    if isinstance(types, str):
        return frozenset({types})
    if isinstance(types, list):
        return frozenset(each for each in types if isinstance(each, str))
    values = [schema["const"]] if "const" in schema else schema.get("enum", ())
    return frozenset(map(_type_of, values)) or TYPES


def _type_of(value: Any) -> str:
    for name, kind in (
        ("null", type(None)),
        ("boolean", bool),
        ("integer", int),
        ("number", float),
    ):
        if isinstance(value, kind):
            return name
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _both(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    widened = [kinds | {"integer"} if "number" in kinds else kinds for kinds in (left, right)]
    return (widened[0] & widened[1]) or left


def _joined(left: Shape, right: Shape, *, intersect: bool) -> Shape:
    return Shape(
        types=_both(left.types, right.types) if intersect else left.types,
        items=left.items + right.items,
        prefix=left.prefix or right.prefix,
        properties={**right.properties, **left.properties},
        more=left.more + right.more,
    )


def _changed(schema: Any, change: Callable[[dict[str, Any]], None]) -> Any:
    """A copy of a schema, changed in each of its parts."""
    if isinstance(schema, list):
        return [_changed(each, change) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {
        key: value if key in _LITERALS else _changed(value, change) for key, value in schema.items()
    }
    change(result)
    return result


def _with_bounds(schema: dict[str, Any]) -> None:
    """Make the integer formats of OpenAPI, which validators do not know, into bounds."""
    bits = {"int32": 31, "int64": 63}.get(str(schema.get("format")))
    if bits is not None:
        least, greatest = -(2**bits), 2**bits - 1
        low, high = schema.get("minimum", least), schema.get("maximum", greatest)
        if isinstance(low, (int, float)) and isinstance(high, (int, float)):
            schema["minimum"], schema["maximum"] = max(low, least), min(high, greatest)


def _without_bad_patterns(schema: dict[str, Any]) -> None:
    pattern, patterns = schema.get("pattern"), schema.get("patternProperties")
    if isinstance(pattern, str) and not _usable(pattern):
        del schema["pattern"]
    if isinstance(patterns, dict):
        schema["patternProperties"] = {key: patterns[key] for key in patterns if _usable(key)}


def _usable(regex: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": regex})
    except ValueError:
        return False
    return True


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "")[:300]


def _anything(_: Any) -> bool:
    return True
