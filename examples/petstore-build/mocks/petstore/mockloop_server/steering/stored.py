"""The `storage` of steps as JSON: what is done with a collection of documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from mockloop_server.api import Operation
from mockloop_server.steering.expressions import Template
from mockloop_server.steering.findings import Findings, Path
from mockloop_server.steering.reader import Reader, hint_for
from mockloop_server.steering.rules import ACTIONS, Stored

_FIELDS = ("collection", "action", "id", "id_field", "where", "limit", "offset", "field")
_COLLECTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_UNWRITABLE = re.compile(r'["\\\x00-\x1f]')
_WITH_ID = ("read", "replace", "patch", "delete")


def read_stored(reader: Reader, findings: Findings, value: Any, at: Path) -> Stored:
    """What a step does with the storage; what cannot be read is told."""
    found = reader.object(value, at, _FIELDS)
    stored = Stored("", "read")
    for name in ("collection", "action"):
        if name not in found and isinstance(value, dict):
            findings.error("required", (*at, name), "is required")
    if "collection" in found:
        stored.collection = reader.text(found["collection"], (*at, "collection"))
        if not _COLLECTION.fullmatch(stored.collection):
            message = (
                "must be up to 100 of A-Z, a-z, 0-9, `.`, `_` and `-`, a letter or digit first"
            )
            findings.error("value", (*at, "collection"), message)
    if "action" in found:
        action = found["action"]
        if action in ACTIONS:
            stored.action = cast(Any, action)
        else:
            hint = hint_for(findings, str(action), ACTIONS)
            findings.error("value", (*at, "action"), f"must be one of {', '.join(ACTIONS)}", hint)
    for name in ("id", "limit", "offset"):
        if name in found:
            setattr(stored, name, _template(reader, found[name], (*at, name)))
    for name in ("id_field", "field"):
        if name in found:
            setattr(stored, name, reader.text(found[name], (*at, name)))
            if not getattr(stored, name):
                findings.error("value", (*at, name), "must not be empty")
    for name, given in reader.members(found.get("where", {}), (*at, "where")):
        template = _template(reader, given, (*at, "where", name))
        if not name or _UNWRITABLE.search(name):
            findings.error("value", (*at, "where", name), "is not a field that can be asked for")
        if template is not None:
            stored.where[name] = template
    return stored


def check_stored(
    stored: Stored, operations: Sequence[Operation], at: Path, findings: Findings
) -> None:
    """What to say about it: what is so for all operations that it is for."""
    if stored.action in _WITH_ID and stored.id is None:
        if not any("{" in operation.path for operation in operations):
            message = f"{operations[0].id} has no path parameter that could be the id"
            way_out = "say where it is, such as {$request.body#/id}"
            findings.error("required", (*at, "id"), message, way_out)
    for place_of, template in _templates(stored):
        for place in ("path", "query"):
            known = {
                each.name for op in operations for each in op.parameters if each.location == place
            }
            for wanted in template.names(place):
                if wanted not in known:
                    message = f"{operations[0].id} has no {place} parameter {wanted!r}"
                    hint = hint_for(findings, wanted, known)
                    findings.warning("undocumented-parameter", (*at, *place_of), message, hint)


def _templates(stored: Stored) -> Iterator[tuple[Path, Template]]:
    for name, template in (("id", stored.id), ("limit", stored.limit), ("offset", stored.offset)):
        if template is not None:
            yield (name,), template
    for member, each in stored.where.items():
        yield ("where", member), each


def _template(reader: Reader, value: Any, at: Path) -> Template | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return reader.made(at, "expression", Template, reader.text(value, at))
