"""From a path to the operations that live there.

A tree over the segments of all templates, so that the time to find an operation depends on the
length of the path and not on the number of operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from mockloop_server.api import Entry

Found = tuple["Leaf", list[str]]
"""Operations, and the values of the template's parameters as they are written."""

# What may stand in a path as it is (RFC 3986, section 3.3).
_REMEMBERED = 1024
_SHORT = 256
_PLAIN = "!$&'()*+,;=:@"


@dataclass(slots=True)
class Target:
    """An operation at a template, with its own names for the template's parameters."""

    entry: Entry
    names: list[str]


@dataclass(slots=True)
class Leaf:
    """The operations of one template, by method, in the description's order."""

    methods: dict[str, list[Target]] = field(default_factory=dict)

    def allow(self) -> str:
        """The value of an `Allow` header."""
        methods = {"OPTIONS", *self.methods}
        if "GET" in methods:
            methods.add("HEAD")
        return ", ".join(sorted(methods))


@dataclass(slots=True)
class _Mixed:
    """A segment of fixed text and parameters, as it is written and as it reads."""

    written: re.Pattern[str]
    read: re.Pattern[str]
    node: _Node


@dataclass(slots=True)
class _Node:
    static: dict[str, _Node] = field(default_factory=dict)
    mixed: dict[str, _Mixed] = field(default_factory=dict)
    param: _Node | None = None
    leaf: Leaf | None = None


class Router:
    """Every template of an API, at the root and under its base paths."""

    def __init__(self, entries: Iterable[Entry], base_paths: list[str]) -> None:
        self._root = _Node()
        self._known: dict[bytes, Found] = {}
        entries = list(entries)
        for entry in entries:
            self._add(entry, [])
        for entry in entries:
            for base in base_paths if entry.base_paths is None else entry.base_paths:
                segments = [[{"text": unquote(text)}] for text in base.strip("/").split("/")]
                self._add(entry, segments)

    def find(self, raw_path: bytes) -> Found | None:
        """The template that a path fits exactly, and the values in it: never change these."""
        # Clients repeat themselves.
        found = self._known.get(raw_path)
        if found is None:
            found = _find(self._root, *split(raw_path), 0)
            if found is not None and len(raw_path) <= _SHORT:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[raw_path] = found
        return found

    def find_loosely(self, raw_path: bytes) -> Found | None:
        """The template that a path would fit with, or without, a slash at its end."""
        raw, segments = split(raw_path)
        if segments and segments[-1] == "":
            return _find(self._root, raw[:-1], segments[:-1], 0)
        return _find(self._root, [*raw, ""], [*segments, ""], 0)

    def _add(self, entry: Entry, prefix: list[list[dict[str, str]]]) -> None:
        node, names = self._root, []
        for segment in prefix + entry.segments:
            params = [part["param"] for part in segment if "param" in part]
            names += params
            node = _child(node, segment, len(params))
        node.leaf = node.leaf or Leaf()
        node.leaf.methods.setdefault(entry.method, []).append(Target(entry, names))


def split(raw_path: bytes) -> tuple[list[str], list[str]]:
    """The segments of a path as they are written, and each decoded by itself.

    So `%2F` stays inside of a value.
    """
    text = raw_path.decode("latin-1")
    if "%" not in text and text.isascii():
        segments = text.split("/")[1:]
        return segments, segments
    raw = [part.encode("latin-1").decode("utf-8", "replace") for part in text.split("/")[1:]]
    return raw, [unquote(part) for part in raw]


def _child(node: _Node, segment: list[dict[str, str]], params: int) -> _Node:
    if params == 0:
        return node.static.setdefault("".join(part["text"] for part in segment), _Node())
    if len(segment) == 1:
        node.param = node.param or _Node()
        return node.param
    read = "".join("(.+?)" if "param" in part else re.escape(part["text"]) for part in segment)
    if read not in node.mixed:
        written = "".join(
            "(.+?)" if "param" in part else re.escape(quote(part["text"], _PLAIN))
            for part in segment
        )
        patterns = re.compile(written, re.DOTALL), re.compile(read, re.DOTALL)
        node.mixed[read] = _Mixed(*patterns, _Node())
        # The more of a segment is fixed text, the less chance has it to match by accident.
        node.mixed = dict(
            sorted(node.mixed.items(), key=lambda item: -len(item[0].replace("(.+?)", "")))
        )
    return node.mixed[read].node


def _find(node: _Node, raw: list[str], segments: list[str], at: int) -> Found | None:
    if at == len(segments):
        return (node.leaf, []) if node.leaf else None
    text = segments[at]
    if (child := node.static.get(text)) and (found := _find(child, raw, segments, at + 1)):
        return found
    if not text:
        return None
    for mixed in node.mixed.values():
        match = mixed.written.fullmatch(raw[at])
        if match and (found := _find(mixed.node, raw, segments, at + 1)):
            return found[0], [*match.groups(), *found[1]]
    if node.param and (found := _find(node.param, raw, segments, at + 1)):
        found[1].insert(0, raw[at])
        return found
    # A client may have encoded fixed text too.
    for mixed in node.mixed.values():
        match = mixed.read.fullmatch(text)
        if match and (found := _find(mixed.node, raw, segments, at + 1)):
            return found[0], [*(quote(value, _PLAIN) for value in match.groups()), *found[1]]
    return None
