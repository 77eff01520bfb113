"""The scenarios of a mock: stored, imported, exported, made active; those that come with it too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

from mockloop_server.steering.check import Checker
from mockloop_server.steering.config import late_program, read_program
from mockloop_server.steering.findings import (
    Conflict,
    Finding,
    Findings,
    Invalid,
    NotFound,
    did_you_mean,
)
from mockloop_server.steering.reader import Enough, Told, hint_for
from mockloop_server.steering.ready_made import ReadyMade
from mockloop_server.steering.rules import SLOTS, Program
from mockloop_server.steering.store import SERVER, Binding, Row, Store, Tables

Json = dict[str, Any]

FORMAT = 1

_FIELDS = ("name", "description", "operations")
# Paths of the admin API that stand where a name stands.
_RESERVED = frozenset({"active", "history", "import", "validate", ".", ".."})
_LONGEST_NAME = 100
_LONGEST_DESCRIPTION = 10_000
_LONGEST_SESSION = 200


class Scenarios:
    """Their life cycle."""

    def __init__(
        self,
        store: Store,
        checker: Checker,
        ready_made: ReadyMade,
        reset: Callable[[int, int], None],
        announce: Callable[[], None],
        offer: Callable[[Row, Program], None],
    ) -> None:
        self._store = store
        self._checker = checker
        self._ready_made = ready_made
        self._reset = reset
        self._announce = announce
        self._offer = offer

    def page(self, limit: int, offset: int) -> tuple[list[Json], int]:
        """Scenarios without their rules, those that come with the mock last; how many there are."""
        with self._store.reading() as tables:
            stored = tables.count("mock_scenarios")
            rows = tables.scenarios(limit, offset)
            bindings = tables.bindings()
        names = self._ready_made.names
        start = max(0, offset - stored)
        rows += [self._built_in(name) for name in names[start : start + limit - len(rows)]]
        return [_view(row, bindings, whole=False) for row in rows], stored + len(names)

    def get(self, name: str) -> Json:
        """One scenario by name, or a stored one by its number."""
        with self._store.reading() as tables:
            row = self._find(tables, name)
            return _view(row, tables.bindings(row["name"]))

    def validate(self, document: Any) -> list[Finding]:
        """Everything there is to say about a scenario, without storing it."""
        findings = Told()
        self._read(document, findings)
        return findings.all

    def create(self, document: Any, actor: str) -> tuple[Json, list[Finding]]:
        """Store a scenario of a new name."""
        return self._create(document, "created", actor)

    def update(self, name: str, document: Any, actor: str) -> tuple[Json, list[Finding]]:
        """Replace a scenario; where it is active, its counters begin anew."""
        with self._store.reading() as tables:
            old = self._stored(tables, name)["name"]
        # Others wait for whoever writes, so that nothing is checked within.
        named = {"name": old, **document} if isinstance(document, dict) else document
        program, findings = self._checked(named)
        with self._change() as tables:
            old = self._stored(tables, name)["name"]
            new = document.get("name", old)
            if new != old:
                self._refuse_taken(tables, new)
            tables.update(old, new, document.get("description", ""), document["operations"])
            for binding in tables.bindings(new):
                self._bind(tables, binding.session_id, tables.scenario(new), program)
            tables.remember(
                "updated", actor, scenario=new, details=None if new == old else {"was": old}
            )
        return self.get(new), findings

    def delete(self, name: str, actor: str) -> None:
        """Forget a scenario that is not active."""
        with self._change() as tables:
            name = self._stored(tables, name)["name"]
            bindings = tables.bindings(name)
            if bindings:
                where = ", ".join(_where(each.session_id) for each in bindings[:5])
                raise Conflict(f"{name!r} is active for {where}: deactivate it first")
            tables.delete(name)
            tables.remember("deleted", actor, scenario=name)

    def duplicate(self, name: str, new_name: str, actor: str) -> Json:
        """Store a copy under another name."""
        with self._store.reading() as tables:
            row = self._find(tables, name)
        document = {**_document(row), "name": new_name}
        return self._create(document, "duplicated", actor, {"of": row["name"]})[0]

    def export(self, name: str) -> Json:
        """A scenario as a document that can be imported elsewhere."""
        with self._store.reading() as tables:
            row = self._find(tables, name)
        return {"mockloop_scenario": FORMAT, **_document(row)}

    def import_(
        self, document: Any, on_conflict: Literal["error", "replace", "rename"], actor: str
    ) -> tuple[Json, list[Finding], bool]:
        """Store an exported scenario; what is wrong with it, and whether it is a new one."""
        if isinstance(document, dict) and "mockloop_scenario" in document:
            document = dict(document)
            if document.pop("mockloop_scenario") != FORMAT:
                findings = Findings()
                findings.error("format", ("mockloop_scenario",), f"must be {FORMAT}")
                findings.raise_errors()
        name = document.get("name") if isinstance(document, dict) else None
        if isinstance(name, str) and on_conflict != "error":
            with self._store.reading() as tables:
                is_taken = self._is_taken(tables, name)
                if is_taken and on_conflict == "rename":
                    document = {**document, "name": self._unused(tables, name)}
            if is_taken and on_conflict == "replace":
                view, told = self.update(name, document, actor)
                return view, told, False
        return *self._create(document, "imported", actor), True

    def activate(self, name: str, session_id: str | None, actor: str) -> Json:
        """Make a scenario active for one session, or for all without one of their own."""
        _check_session(session_id)
        row, program = self._program(name)
        with self._change() as tables:
            now = self._find(tables, name)
            if (now["name"], now["updated_at"]) != (row["name"], row["updated_at"]):
                # It was changed in between.
                row, program = now, late_program(now["config"])
            before = tables.binding(session_id or SERVER)
            self._bind(tables, session_id or SERVER, row, program)
            details = None if before is None else {"instead_of": before.scenario}
            tables.remember(
                "activated", actor, scenario=row["name"], session_id=session_id, details=details
            )
        found = self.active(session_id)
        if found is None:
            raise Conflict(f"{row['name']!r} was deactivated at the same time")
        return found

    def deactivate(self, session_id: str | None, actor: str, name: str | None = None) -> str:
        """Make nothing active; the name of what was."""
        _check_session(session_id)
        with self._change() as tables:
            if name is not None:
                name = self._find(tables, name)["name"]
            binding = tables.binding(session_id or SERVER)
            if binding is None or name not in (None, binding.scenario):
                what = "no scenario" if name is None else repr(name)
                is_not = "is" if name is None else "is not"
                raise Conflict(f"{what} {is_not} active for {_where(session_id or SERVER)}")
            tables.unbind(binding.session_id)
            tables.remember("deactivated", actor, scenario=binding.scenario, session_id=session_id)
        return binding.scenario

    def active(self, session_id: str | None = None) -> Json | None:
        """What is active for the server, or in a session: its own, else the server's."""
        with self._store.reading() as tables:
            binding = tables.binding(session_id or SERVER) or tables.binding(SERVER)
            if binding is None:
                return None
            row = self._find(tables, binding.scenario)
            found: Json = {
                "scenario": _view(row, tables.bindings(row["name"])),
                "session_id": binding.session_id or None,
                "activated_at": binding.activated_at,
            }
            overrides = [each["operation_id"] for each in tables.overrides()]
        found["overridden"] = self._checker.ruled(late_program(row["config"]), overrides)
        return found

    def _create(
        self, document: Any, action: str, actor: str, details: Json | None = None
    ) -> tuple[Json, list[Finding]]:
        _, findings = self._checked(document)
        name = document["name"]
        with self._change() as tables:
            self._refuse_taken(tables, name)
            tables.create(name, document.get("description", ""), document["operations"])
            tables.remember(action, actor, scenario=name, details=details)
        return self.get(name), findings

    def _program(self, name: str) -> tuple[Row, Program]:
        with self._store.reading() as tables:
            row = self._find(tables, name)
        return row, read_program(row["config"], Findings())

    def _bind(self, tables: Tables, session_id: str, row: Row | None, program: Program) -> None:
        if row is None:
            return
        binding = tables.bind(session_id, row["name"], program.counters * SLOTS)
        self._reset(binding.first_slot, binding.slots)
        self._offer(row, program)

    def _checked(self, document: Any) -> tuple[Program, list[Finding]]:
        findings = Told()
        program = self._read(document, findings)
        findings.raise_errors()
        return program, findings.all

    def _read(self, document: Any, findings: Told) -> Program:
        with suppress(Enough):
            return self._read_all(document, findings)
        return Program()

    def _read_all(self, document: Any, findings: Told) -> Program:
        if not isinstance(document, dict):
            findings.error("type", (), "must be an object")
            return Program()
        for name in document.keys() - set(_FIELDS):
            hint = hint_for(findings, name, _FIELDS) or f"there are: {', '.join(_FIELDS)}"
            findings.error("unknown-field", (name,), "is not known here", hint)
        if "name" not in document:
            findings.error("required", ("name",), "is required")
        else:
            _check_name(document["name"], findings)
        description = document.get("description", "")
        if not isinstance(description, str) or len(description) > _LONGEST_DESCRIPTION:
            message = f"must be a text of {_LONGEST_DESCRIPTION} characters at most"
            findings.error("value", ("description",), message)
        if "operations" not in document:
            findings.error("required", ("operations",), "is required")
            return Program()
        program = read_program(document["operations"], findings)
        self._checker.scenario(document["operations"], program, findings)
        return program

    def _find(self, tables: Tables, name: str) -> Row:
        row = self._known(tables, name)
        if row is None and name.isascii() and name.isdigit() and len(name) < 19:
            row = tables.scenario_by_id(int(name))
        if row is None:
            known = [*self._ready_made.names, *(each["name"] for each in tables.scenarios(1000, 0))]
            hint = did_you_mean(name, known)
            raise NotFound(f"there is no scenario {name!r}" + (f"; {hint}" if hint else ""))
        return row

    def _stored(self, tables: Tables, name: str) -> Row:
        row = self._find(tables, name)
        if row["id"] is None:
            raise Conflict(f"{row['name']!r} comes with the mock: duplicate it and change the copy")
        return row

    def _known(self, tables: Tables, name: str) -> Row | None:
        if name in self._ready_made.names:
            return {**self._built_in(name), "config": self._ready_made.operations(name)}
        return tables.scenario(name)

    def _built_in(self, name: str) -> Row:
        return {
            "id": None,
            "name": name,
            "description": self._ready_made.description(name),
            "created_at": None,
            "updated_at": None,
        }

    def _refuse_taken(self, tables: Tables, name: str) -> None:
        if self._is_taken(tables, name):
            raise Conflict(f"there is a scenario {name!r} already")

    def _is_taken(self, tables: Tables, name: str) -> bool:
        # Those that come with the mock are not made for this: it takes long.
        return name in self._ready_made.names or tables.scenario(name) is not None

    def _unused(self, tables: Tables, name: str) -> str:
        number = 2
        while True:
            ending = f" ({number})"
            renamed = name[: _LONGEST_NAME - len(ending)] + ending
            if not self._is_taken(tables, renamed):
                return renamed
            number += 1

    @contextmanager
    def _change(self) -> Iterator[Tables]:
        with self._store.writing() as tables:
            yield tables
        self._announce()


def _check_name(name: Any, findings: Findings) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME:
        message = f"must be a text of 1 to {_LONGEST_NAME} characters"
        findings.error("value", ("name",), message)
    elif not name.isprintable() or name != name.strip() or "/" in name:
        message = "must be printable, without `/` and without spaces at its ends"
        findings.error("value", ("name",), message)
    elif name.lower() in _RESERVED:
        findings.error("reserved-name", ("name",), "is a path of the admin API")


def _check_session(session_id: str | None) -> None:
    if session_id is not None and not 1 <= len(session_id) <= _LONGEST_SESSION:
        findings = Findings()
        message = f"must be a text of 1 to {_LONGEST_SESSION} characters"
        findings.error("value", ("session_id",), message)
        raise Invalid(findings.all)


def _view(row: Row, bindings: list[Binding], *, whole: bool = True) -> Json:
    mine = [each.session_id for each in bindings if each.scenario == row["name"]]
    view = {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "built_in": row["id"] is None,
        "is_active": SERVER in mine,
        "sessions": [each for each in mine if each != SERVER],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    return {**view, "operations": row["config"]} if whole else view


def _document(row: Row) -> Json:
    return {
        "name": row["name"],
        "description": row["description"],
        "operations": row["config"],
    }


def _where(session_id: str) -> str:
    return "the server" if session_id == SERVER else f"session {session_id!r}"
