"""The tables of steering."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import orjson

from mockloop_server.events import Events
from mockloop_server.steering.findings import Conflict
from mockloop_server.steering.shared import CAPACITY, FIRST
from mockloop_server.transactions import PATIENCE, Transactions

Row = dict[str, Any]

SERVER = ""
"""The session of all who have no binding of their own."""

SETTINGS = "server"
"""The name of the settings that are changed at run time."""

_HISTORY = 10_000
_MOST_BINDINGS = 10_000


@dataclass(slots=True)
class Binding:
    """A scenario that is active for the server or for one session."""

    session_id: str
    scenario: str
    first_slot: int
    slots: int
    activated_at: str


@dataclass(slots=True)
class State:
    """All that decides answers."""

    overrides: dict[str, Any]
    bindings: list[Binding]
    scenarios: dict[str, Row]
    """The stored scenarios that are bound, by name."""
    settings: Any
    """What was set at run time, as it was stored."""


class Store:
    """Reads and writes the tables; each call opens the database for itself."""

    def __init__(self, file: Path, events: Events | None = None) -> None:
        self._transactions = Transactions(file, "overrides and scenarios")
        self._events = events or Events()

    @contextmanager
    def reading(self, seconds: float = PATIENCE) -> Iterator[Tables]:
        """One state of the tables."""
        with self._transactions.reading(seconds) as db:
            yield Tables(db)

    @contextmanager
    def writing(self) -> Iterator[Tables]:
        """A change, all or nothing."""
        with self._transactions.writing() as db:
            tables = Tables(db)
            yield tables
        if self._events.on_change is not None:
            for change in tables.remembered:
                self._events.on_change(change)


class Tables:
    """The tables within one transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.remembered: list[Row] = []
        """What was added to the history."""

    def state(self) -> State:
        """What decides answers now."""
        bindings = self.bindings()
        bound = {each.scenario for each in bindings}
        overrides = {row["operation_id"]: row["config"] for row in self.overrides()}
        scenarios = {name: row for name in bound if (row := self.scenario(name)) is not None}
        return State(overrides, bindings, scenarios, self.setting(SETTINGS))

    def setting(self, name: str) -> Any:
        """What is set at run time under a name; `None` where nothing is."""
        row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def set_setting(self, name: str, value: Any) -> None:
        """Set something at run time."""
        self._db.execute(
            "INSERT INTO settings VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, _text(value)),
        )

    def overrides(self) -> list[Row]:
        """All overrides."""
        return self._rows("SELECT * FROM response_overrides ORDER BY operation_id")

    def set_override(self, operation_id: str, config: Any) -> None:
        """Set or replace an override."""
        self._db.execute(
            "INSERT INTO response_overrides VALUES (?, ?, ?) ON CONFLICT (operation_id)"
            " DO UPDATE SET config = excluded.config, updated_at = excluded.updated_at",
            (operation_id, _text(config), now()),
        )

    def clear_override(self, operation_id: str | None) -> int:
        """Clear one override or all; the number of those that there were."""
        condition = "1" if operation_id is None else "operation_id = ?"
        values = () if operation_id is None else (operation_id,)
        return self._db.execute(
            f"DELETE FROM response_overrides WHERE {condition}", values
        ).rowcount

    def scenario(self, name: str) -> Row | None:
        """A stored scenario by its name."""
        found = self._rows("SELECT * FROM mock_scenarios WHERE name = ?", name)
        return found[0] if found else None

    def scenario_by_id(self, number: int) -> Row | None:
        """A stored scenario by its number."""
        found = self._rows("SELECT * FROM mock_scenarios WHERE id = ?", number)
        return found[0] if found else None

    def scenarios(self, limit: int, offset: int) -> list[Row]:
        """Stored scenarios in the order of their names."""
        return self._rows(
            "SELECT * FROM mock_scenarios ORDER BY name LIMIT ? OFFSET ?", limit, offset
        )

    def count(self, table: str) -> int:
        """The rows of a table."""
        return int(self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def create(self, name: str, description: str, operations: Any) -> None:
        """Store a scenario of a new name."""
        time = now()
        self._db.execute(
            "INSERT INTO mock_scenarios (name, description, config, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (name, description, _text(operations), time, time),
        )

    def update(self, old: str, name: str, description: str, operations: Any) -> None:
        """Change a scenario, and its name wherever it is bound."""
        self._db.execute(
            "UPDATE mock_scenarios SET name = ?, description = ?, config = ?, updated_at = ?"
            " WHERE name = ?",
            (name, description, _text(operations), now(), old),
        )
        self._db.execute(
            "UPDATE scenario_bindings SET scenario = ? WHERE scenario = ?", (name, old)
        )

    def delete(self, name: str) -> None:
        """Forget a scenario."""
        self._db.execute("DELETE FROM mock_scenarios WHERE name = ?", (name,))

    def bindings(self, scenario: str | None = None) -> list[Binding]:
        """Bindings, of one scenario or all."""
        condition = "1" if scenario is None else "scenario = ?"
        values = () if scenario is None else (scenario,)
        rows = self._rows(
            f"SELECT * FROM scenario_bindings WHERE {condition} ORDER BY session_id", *values
        )
        return [Binding(**row) for row in rows]

    def binding(self, session_id: str) -> Binding | None:
        """The binding of a session, or of the server."""
        rows = self._rows("SELECT * FROM scenario_bindings WHERE session_id = ?", session_id)
        return Binding(**rows[0]) if rows else None

    def bind(self, session_id: str, scenario: str, slots: int) -> Binding:
        """Make a scenario active, with counters that no other binding has."""
        self.unbind(session_id)
        if self.count("scenario_bindings") >= _MOST_BINDINGS:
            raise Conflict(f"there are {_MOST_BINDINGS} sessions with a scenario: deactivate some")
        found = Binding(session_id, scenario, self._free(slots), slots, now())
        self._db.execute(
            "INSERT INTO scenario_bindings VALUES (?, ?, ?, ?, ?)",
            (session_id, scenario, found.first_slot, slots, found.activated_at),
        )
        return found

    def unbind(self, session_id: str) -> bool:
        """Make nothing active; whether something was."""
        query = "DELETE FROM scenario_bindings WHERE session_id = ?"
        return self._db.execute(query, (session_id,)).rowcount > 0

    def remember(self, action: str, actor: str, **what: Any) -> None:
        """Add to the history, and forget what is long ago."""
        self.remembered.append({"action": action, "actor": actor, **what})
        details = what.get("details")
        cursor = self._db.execute(
            "INSERT INTO scenario_history"
            " (timestamp, action, scenario, operation_id, session_id, actor, details)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                now(),
                action,
                what.get("scenario"),
                what.get("operation_id"),
                what.get("session_id"),
                actor,
                None if details is None else _text(details),
            ),
        )
        oldest = (cursor.lastrowid or 0) - _HISTORY
        self._db.execute("DELETE FROM scenario_history WHERE id <= ?", (oldest,))

    def history(self, limit: int, offset: int) -> list[Row]:
        """What was done, newest first."""
        rows = self._rows(
            "SELECT * FROM scenario_history ORDER BY id DESC LIMIT ? OFFSET ?", limit, offset
        )
        for row in rows:
            row["details"] = None if row["details"] is None else orjson.loads(row["details"])
        return rows

    def _free(self, slots: int) -> int:
        at = FIRST
        query = "SELECT first_slot, slots FROM scenario_bindings WHERE slots > 0 ORDER BY 1"
        for first, taken in self._db.execute(query):
            if first - at >= slots:
                break
            at = first + taken
        if at + slots > CAPACITY:
            raise Conflict("there is no room for more counters: deactivate scenarios of sessions")
        return at

    def _rows(self, query: str, *values: Any) -> list[Row]:
        found = [dict(row) for row in self._db.execute(query, values)]
        for row in found:
            if "config" in row:
                row["config"] = orjson.loads(row["config"])
        return found


def now() -> str:
    """The time, RFC 3339, UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
