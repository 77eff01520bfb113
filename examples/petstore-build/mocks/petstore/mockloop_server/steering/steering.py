"""Steering: what a running mock is told to answer, in force on all workers of a server."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mockloop_server.api import Api
from mockloop_server.closing import Closing
from mockloop_server.events import Events
from mockloop_server.log.database import LogError
from mockloop_server.log.record import SESSION
from mockloop_server.schemas import Schemas
from mockloop_server.steering.check import Checker
from mockloop_server.steering.config import late_program, read_override
from mockloop_server.steering.findings import Findings
from mockloop_server.steering.live import Active, Live, Storing
from mockloop_server.steering.overrides import Overrides
from mockloop_server.steering.ready_made import ReadyMade
from mockloop_server.steering.rules import Program, Step
from mockloop_server.steering.scenarios import Scenarios
from mockloop_server.steering.shared import Shared
from mockloop_server.steering.store import SERVER, SETTINGS, Row, State, Store

logger = logging.getLogger("mockloop")

_AGAIN_SECONDS = 1.0
_PATIENCE = 0.5
_NEVER = -1
_MOST_OFFERED = 8


class Steering:
    """Overrides and scenarios of one mock.

    `overrides` and `scenarios` work on the database and may take their time; what they change is in
    force for the next request. `live` is what a request costs where there are none.
    """

    def __init__(
        self,
        api: Api,
        database: Path,
        closing: Closing | None = None,
        events: Events | None = None,
    ) -> None:
        schemas = Schemas(api.schemas)
        self._checker = checker = Checker(api, schemas)
        self._api = api
        self._database = database
        self._store = Store(database, events)
        self.operation = checker.operation
        """The one operation that a text names; `NotFound` where that is none or several."""
        self._ready_made = ReadyMade(api, schemas)
        self.overrides = Overrides(self._store, checker, self._announce)
        self.scenarios = Scenarios(
            self._store, checker, self._ready_made, self._reset, self._announce, self._offer
        )
        self.closing = closing or Closing()
        """Ends what waits for long, once the server is told to stop."""
        self._storing: Storing | None = None
        self.error: str | None = None
        """Why what is in force may not be what was asked for."""
        self.on_settings: Callable[[Any], None] = lambda _: None
        """Told what is set at run time, at the start and whenever something may have changed."""
        self._shared: Shared | None = None
        self._signal = memoryview(bytes(8)).cast("Q")
        self._seen = 0
        self._retry_at = 0.0
        self._live: Live | None = None
        self._programs: dict[tuple[str, str], Program] = {}
        """By name and version, so that a change of one scenario leaves the others as they are."""
        self._offered: dict[tuple[str, str], Program] = {}
        """Read by the thread that made a scenario active, and not by the one that answers."""

    def use_storage(self, storing: Storing) -> None:
        """Let rules answer from a storage."""
        self._storing = storing
        self._checker.has_storage = True
        self._ready_made.add(*storing.ready_made())

    def start(self) -> None:
        """Take up what is in the database."""
        self._shared = Shared(self._database)
        self._signal = self._shared.numbers
        self._reload()

    def stop(self) -> None:
        """Let go of what the workers share."""
        if self._shared is not None:
            shared, self._shared = self._shared, None
            self._live = None
            self._signal = memoryview(bytes(8)).cast("Q")
            self._seen = 0
            shared.close()

    def history(self, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        """What was done, newest first, and how much of it is remembered."""
        with self._store.reading() as tables:
            return tables.history(limit, offset), tables.count("scenario_history")

    def settings(self) -> Any:
        """What is set at run time, as it was stored."""
        with self._store.reading() as tables:
            return tables.setting(SETTINGS)

    def set_settings(self, change: Callable[[Any], Any]) -> Any:
        """Make other settings of those that are stored, and tell all workers; gives them."""
        with self._store.writing() as tables:
            wanted = change(tables.setting(SETTINGS))
            tables.set_setting(SETTINGS, wanted)
        # The other workers take it up with their next request, this one at once.
        self.on_settings(wanted)
        self._announce()
        return wanted

    def live(self) -> Live | None:
        """What is in force by now, if anything."""
        if self._signal[0] != self._seen:
            self._reload()
        return self._live

    def _reload(self) -> None:
        now = time.monotonic()
        if now < self._retry_at:
            return
        # Read before the tables: what changes meanwhile is seen again.
        signal = self._signal[0]
        try:
            with self._store.reading(_PATIENCE) as tables:
                state = tables.state()
            self._live = self._compile(state)
            self.on_settings(state.settings)
        except (LogError, ValueError) as error:
            self._seen = _NEVER
            self._retry_at = now + _AGAIN_SECONDS
            if self.error != str(error):
                self.error = str(error)
                logger.error("overrides and scenarios stay as they were: %s", error)
            return
        self._seen, self.error = signal, None

    def _compile(self, state: State) -> Live | None:
        shared = self._shared
        if shared is None or not (state.overrides or state.bindings):
            return None
        known, self._programs = self._programs, {}
        offered, self._offered = self._offered, {}
        active: dict[str, Active] = {}
        for binding in state.bindings:
            name = binding.scenario
            stored = state.scenarios.get(name)
            key = _key(name, stored)
            if key not in self._programs:
                self._programs[key] = (
                    known.get(key) or offered.get(key) or self._program(name, stored)
                )
            active[binding.session_id] = Active(
                name, self._programs[key], binding.first_slot, self._api.base_paths, self._storing
            )
        overrides = _LateSteps(state.overrides)
        sessions = {name.encode(): each for name, each in active.items() if name != SERVER}
        return Live(overrides, active.get(SERVER), sessions, SESSION, shared)

    def _program(self, name: str, stored: Row | None) -> Program:
        if stored is not None:
            return late_program(stored["config"])
        if name in self._ready_made.names:
            return late_program(self._ready_made.late_operations(name))
        return Program()

    def _offer(self, row: Row, program: Program) -> None:
        if len(self._offered) < _MOST_OFFERED:
            self._offered[_key(row["name"], row)] = program

    def _announce(self) -> None:
        if self._shared is not None:
            self._shared.announce()

    def _reset(self, first: int, count: int) -> None:
        if self._shared is not None:
            self._shared.reset(first, count)


class _LateSteps(Mapping[str, Step]):
    """Overrides, each read when its operation is first asked for."""

    def __init__(self, configs: Mapping[str, Any]) -> None:
        self._configs = configs

    def __getitem__(self, name: str) -> Step:
        return read_override(self._configs[name], Findings())

    def __contains__(self, name: object) -> bool:
        return name in self._configs

    def __iter__(self) -> Iterator[str]:
        return iter(self._configs)

    def __len__(self) -> int:
        return len(self._configs)


def _key(name: str, row: Row | None) -> tuple[str, str]:
    return name, "" if row is None else row["updated_at"] or ""
