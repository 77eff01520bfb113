"""From a path to the operations that live there.

A tree over the segments of all templates, so that the time to find an operation depends on the
length of the path and not on the number of operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from mockloop_server.api import Entry

Found = tuple["Leaf", list[str]]


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
class _Node:
    static: dict[str, _Node] = field(default_factory=dict)
    mixed: dict[str, tuple[re.Pattern[str], _Node]] = field(default_factory=dict)
    param: _Node | None = None
    leaf: Leaf | None = None


class Router:
    """Every template of an API, at the root and under its base paths."""

    def __init__(self, entries: Iterable[Entry], base_paths: list[str]) -> None:
        self._root = _Node()
        entries = list(entries)
        for entry in entries:
            self._add(entry, [])
        for entry in entries:
            for base in base_paths if entry.base_paths is None else entry.base_paths:
                segments = [[{"text": unquote(text)}] for text in base.strip("/").split("/")]
                self._add(entry, segments)

    def find(self, raw_path: bytes) -> Found | None:
        """The template that a path fits exactly, and the values in it."""
        return _find(self._root, split(raw_path), 0)

    def find_loosely(self, raw_path: bytes) -> Found | None:
        """The template that a path would fit with, or without, a slash at its end."""
        segments = split(raw_path)
        if segments and segments[-1] == "":
            return _find(self._root, segments[:-1], 0)
        return _find(self._root, [*segments, ""], 0)

    def _add(self, entry: Entry, prefix: list[list[dict[str, str]]]) -> None:
        node, names = self._root, []
        for segment in prefix + entry.segments:
            params = [part["param"] for part in segment if "param" in part]
            names += params
            node = _child(node, segment, len(params))
        node.leaf = node.leaf or Leaf()
        node.leaf.methods.setdefault(entry.method, []).append(Target(entry, names))


def split(raw_path: bytes) -> list[str]:
    """The segments of a path, each decoded by itself, so that `%2F` stays inside of a value."""
    text = raw_path.decode("latin-1")
    if "%" not in text and text.isascii():
        return text.split("/")[1:]
    return [
        unquote(part.encode("latin-1").decode("utf-8", "replace")) for part in text.split("/")[1:]
    ]


def _child(node: _Node, segment: list[dict[str, str]], params: int) -> _Node:
    if params == 0:
        return node.static.setdefault("".join(part["text"] for part in segment), _Node())
    if len(segment) == 1:
        node.param = node.param or _Node()
        return node.param
    pattern = "".join("(.+?)" if "param" in part else re.escape(part["text"]) for part in segment)
    if pattern not in node.mixed:
        node.mixed[pattern] = re.compile(pattern, re.DOTALL), _Node()
        # The more of a segment is fixed text, the less chance has it to match by accident.
        node.mixed = dict(
            sorted(node.mixed.items(), key=lambda item: -len(item[0].replace("(.+?)", "")))
        )
    return node.mixed[pattern][1]


def _find(node: _Node, segments: list[str], at: int) -> Found | None:
    if at == len(segments):
        return (node.leaf, []) if node.leaf else None
    text = segments[at]
    if (child := node.static.get(text)) and (found := _find(child, segments, at + 1)):
        return found
    if not text:
        return None
    for pattern, child in node.mixed.values():
        if (match := pattern.fullmatch(text)) and (found := _find(child, segments, at + 1)):
            return found[0], [*match.groups(), *found[1]]
    if node.param and (found := _find(node.param, segments, at + 1)):
        found[1].insert(0, text)
        return found
    return None
