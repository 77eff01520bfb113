"""Responses that are set at run time, one per operation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mockloop_server.steering.check import Checker
from mockloop_server.steering.config import read_override
from mockloop_server.steering.findings import Finding, NotFound
from mockloop_server.steering.reader import Enough, Told
from mockloop_server.steering.rules import Step
from mockloop_server.steering.store import Row, Store

Json = dict[str, Any]


class Overrides:
    """Sets, lists and clears them."""

    def __init__(self, store: Store, checker: Checker, announce: Callable[[], None]) -> None:
        self._store = store
        self._checker = checker
        self._announce = announce

    def page(self, limit: int, offset: int) -> tuple[list[Json], int]:
        """Overrides in the order of their operations, and the number of all."""
        with self._store.reading() as tables:
            rows = tables.overrides()
        return [_view(row) for row in rows[offset : offset + limit]], len(rows)

    def get(self, operation: str) -> Json:
        """The override of an operation, named by id or by method and path."""
        name = self._name(operation)
        with self._store.reading() as tables:
            row = next((each for each in tables.overrides() if each["operation_id"] == name), None)
        if row is None:
            raise NotFound(f"{name} has no override")
        return _view(row)

    def set(self, operation: str, config: Any, actor: str) -> tuple[Json, list[Finding]]:
        """Set or replace the override of an operation."""
        entry = self._checker.operation(operation)
        findings = Told()
        step = Step()
        with suppress(Enough):
            step = read_override(config, findings)
        findings.raise_errors()
        if step.respond is not None:
            self._checker.respond(step.respond, [entry.operation], (), findings)
            findings.raise_errors()
        with self._store.writing() as tables:
            tables.set_override(entry.id, config)
            tables.remember("override set", actor, operation_id=entry.id, details=_brief(config))
        self._announce()
        return self.get(entry.id), findings.all

    def clear(self, operation: str, actor: str) -> None:
        """Let an operation answer by itself again."""
        name = self._name(operation)
        with self._store.writing() as tables:
            if not tables.clear_override(name):
                raise NotFound(f"{name} has no override")
            tables.remember("override cleared", actor, operation_id=name)
        self._announce()

    def clear_all(self, actor: str) -> int:
        """Let all operations answer by themselves again; how many did not."""
        with self._store.writing() as tables:
            count = tables.clear_override(None)
            if count:
                tables.remember("overrides cleared", actor, details={"count": count})
        self._announce()
        return count

    def _name(self, operation: str) -> str:
        try:
            return self._checker.operation(operation).id
        except NotFound:
            # The description may have lost an operation since.
            with self._store.reading() as tables:
                if any(each["operation_id"] == operation for each in tables.overrides()):
                    return operation
            raise


def _view(row: Row) -> Json:
    return {
        "operation_id": row["operation_id"],
        "updated_at": row["updated_at"],
        "response": row["config"],
    }


def _brief(config: Any) -> Json:
    return {name: config[name] for name in ("status", "example", "delay") if name in config}
