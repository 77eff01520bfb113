"""XML bodies as the JSON value that their schema describes (OpenAPI's `xml` object)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from mockloop_server.coerce import Coercer
from mockloop_server.schemas import Schemas

_DEPTH = 64


class XmlError(ValueError):
    """A text that is not XML, or XML that is not read."""


@dataclass(slots=True)
class Element:
    """An element without its namespace."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text directly inside."""
        return "".join(self.texts).strip()

    @property
    def is_text(self) -> bool:
        """Whether there is nothing but text inside."""
        return bool(self.text) and not self.children

    def holds_only(self, name: str | None) -> bool:
        """Whether every element inside has a name; without one they may have any."""
        return name is None or all(child.name == name for child in self.children)


def read_xml(data: bytes, schema: Any, schemas: Schemas) -> Any:
    """The value of an XML document."""
    return _value(parse(data), schema, schemas, 0)


def parse(data: bytes) -> Element:
    """The root element. Document types are refused: a mock has no use for entities."""
    parser = expat.ParserCreate()
    stack = [Element("", {})]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEPTH:
            raise XmlError(f"it is nested deeper than {_DEPTH}")
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        stack[-1].children.append(element)
        stack.append(element)

    def refuse(*_: object) -> None:
        raise XmlError("a document type is not allowed")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = lambda text: stack[-1].texts.append(text)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise XmlError(str(error)) from None
    return stack[0].children[0]


def _value(element: Element, schema: Any, schemas: Schemas, depth: int) -> Any:
    schema = schemas.deref(schema)
    coercer = Coercer(schemas, schema)
    # Text where elements belong is left for the validator to refuse.
    if depth > _DEPTH or coercer.is_plain or element.is_text:
        return coercer.text(element.text)
    if coercer.is_array:
        items = coercer.shape.items[0] if coercer.shape.items else None
        return [_value(child, items, schemas, depth + 1) for child in element.children]
    properties = coercer.shape.properties
    if not properties:
        return _untyped(element) if element.children else dict(element.attributes)
    found: dict[str, Any] = {}
    known: set[str] = set()
    for name, part in properties.items():
        _member(element, name, part, schemas, depth, found, known)
    for child in element.children:
        if child.name not in known:
            found.setdefault(child.name, _untyped(child))
    return found


def _member(
    element: Element,
    name: str,
    raw_schema: Any,
    schemas: Schemas,
    depth: int,
    found: dict[str, Any],
    known: set[str],
) -> None:
    schema = schemas.deref(raw_schema)
    hints = schema.get("xml", {}) if isinstance(schema, dict) else {}
    wire = hints.get("name", name)
    coercer = Coercer(schemas, schema)
    if hints.get("attribute"):
        if wire in element.attributes:
            found[name] = coercer.text(element.attributes[wire])
        return
    if coercer.is_array:
        items = coercer.shape.items[0] if coercer.shape.items else None
        item = schemas.deref(items)
        item_name = item.get("xml", {}).get("name") if isinstance(item, dict) else None
        if hints.get("wrapped"):
            known.add(wire)
            wrappers = [child for child in element.children if child.name == wire]
            strays = [each for each in wrappers if each.is_text or not each.holds_only(item_name)]
            if strays:
                found[name] = _untyped(strays[0])
            elif wrappers:
                children = [child for wrapper in wrappers for child in wrapper.children]
                found[name] = [_value(child, items, schemas, depth + 1) for child in children]
            return
        known.add(item_name or wire)
        listed = [child for child in element.children if child.name == (item_name or wire)]
        if listed:
            found[name] = [_value(child, items, schemas, depth + 1) for child in listed]
        return
    known.add(wire)
    values = [
        _value(child, schema, schemas, depth + 1)
        for child in element.children
        if child.name == wire
    ]
    if values:
        found[name] = values[0] if len(values) == 1 else values


def _untyped(element: Element) -> Any:
    if not element.children:
        return element.text
    result: dict[str, Any] = dict(element.attributes)
    for child in element.children:
        value = _untyped(child)
        if child.name in result:
            known = result[child.name]
            result[child.name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            result[child.name] = value
    return result


def _local(name: str) -> str:
    return name.rpartition(":")[2]
