"""What is in force: overrides and scenarios, put to the operations that they are for."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from starlette.types import Receive

from mockloop_server.answer import Answer
from mockloop_server.call import Call
from mockloop_server.closing import Closing
from mockloop_server.served import Outcome, Served
from mockloop_server.steering.faults import Faulty, Gone, client_leaves
from mockloop_server.steering.ready_made import Operations
from mockloop_server.steering.respond import Prepared, prepare, refusal, retry_after
from mockloop_server.steering.rules import SLOTS, Delay, Fault, Program, Rule, Step, Stored
from mockloop_server.steering.shared import Shared
from mockloop_server.validation import Incoming, Reading

Own = Callable[[], Awaitable[Outcome]]
StoredAct = Callable[[Call], Awaitable[Answer]]


class Storing(Protocol):
    """The storage, for those projects that have one."""

    def prepare(self, stored: Stored, served: Served) -> StoredAct:
        """What a step does, put to an operation."""

    def ready_made(self) -> tuple[str, str, Callable[[], Operations]]:
        """The scenario that comes with it: name, description and what makes it."""


class Act:
    """What is done with a request. One is shared by many: never change it."""

    __slots__ = ("_delay", "_fault", "_instant", "_prepared", "stored")

    def __init__(
        self,
        prepared: Prepared | None,
        delay: Delay | None,
        fault: Fault | None,
        stored: StoredAct | None = None,
    ) -> None:
        self._prepared = prepared
        self._delay = delay
        self._fault = fault
        self._instant = prepared if delay is None and fault is None else None
        self.stored = stored
        """Answers from the storage, in the place of the operation."""

    def late(self, seconds: float) -> Act:
        """The same for one who came too early by that many seconds."""
        answer = None if self._prepared is None else self._prepared.answer
        prepared = None if answer is None else Prepared(retry_after(answer, seconds))
        return Act(prepared, self._delay, self._fault)

    def at_once(self, accept: str | None) -> Answer | None:
        """The answer, where it is there already and nothing else is to be done."""
        return None if self._instant is None else self._instant.get(accept)

    async def perform(
        self, accept: str | None, receive: Receive, closing: Closing, own: Own
    ) -> Outcome:
        """The answer, after its delay; `own` gives what the mock would answer by itself."""
        outcome: Outcome
        outcome = await own() if self._prepared is None else self._prepared.get(accept)
        if self._delay is not None:
            seconds = self._delay()
            # Few clients leave within a moment, and to look for it takes a task.
            if seconds < 0.5:
                await asyncio.sleep(seconds)
            elif await client_leaves(receive, seconds, closing):
                return Gone()
        if self._fault is None:
            return outcome
        return Faulty(outcome, self._fault, closing)


@dataclass(slots=True)
class _Applied:
    """A rule put to one operation."""

    rule: Rule
    acts: list[Act]
    slot: int
    always: Act | None = field(init=False)
    """What it does each time, where it neither counts nor leaves anything to chance."""

    def __post_init__(self) -> None:
        rule = self.rule
        is_plain = rule.probability >= 1.0 and rule.limit is None and rule.counter is None
        self.always = self.acts[0] if is_plain else None


class Active:
    """A scenario in force, with counters of its own."""

    def __init__(
        self,
        name: str,
        program: Program,
        first_slot: int,
        base_paths: list[str],
        storing: Storing | None = None,
    ) -> None:
        self.name = name
        self._storing = storing
        self._program = program
        self._first = first_slot
        self._base_paths = base_paths
        self._applied: dict[str, list[_Applied]] = {}

    def act(
        self, served: Served, request: Incoming, reading: Reading, shared: Shared
    ) -> Act | None:
        """What the first rule that applies does."""
        applied = self._applied.get(served.entry.id)
        if applied is None:
            applied = self._applied[served.entry.id] = self._apply(served)
        for each in applied:
            rule = each.rule
            if rule.when is not None and not rule.when(request, reading):
                continue
            if each.always is not None:
                return each.always
            if rule.probability < 1.0 and random.random() >= rule.probability:
                continue
            if rule.limit is not None:
                limit = rule.limit
                seconds = shared.wait_for(each.slot + 1, limit.requests, limit.window_ms)
                if seconds is None:
                    continue
                return each.acts[0].late(seconds)
            if rule.counter is None:
                return each.acts[0]
            used = shared.take(each.slot, rule.times)
            if used is None:
                continue
            count = len(each.acts)
            return each.acts[used % count if rule.then == "loop" else min(used, count - 1)]
        return None

    def _apply(self, served: Served) -> list[_Applied]:
        found: list[_Applied] = []
        for rule in self._program.rules(served.entry, self._base_paths):
            acts = [self._act(step, rule, served) for step in rule.steps]
            usable = [act for act in acts if act is not None]
            # An operation without the example that a rule asks for answers as it always does.
            if len(usable) == len(acts):
                found.append(_Applied(rule, usable, self._first + SLOTS * (rule.counter or 0)))
        return found

    def _act(self, step: Step, rule: Rule, served: Served) -> Act | None:
        prepared = None
        if rule.limit is not None:
            prepared = refusal(served.answers, step.respond, "scenario")
        elif step.respond is not None:
            prepared = prepare(step.respond, served.answers, "scenario")
        elif step.stored is not None:
            if self._storing is None:
                return None
            stored = self._storing.prepare(step.stored, served)
            return Act(None, step.delay, step.fault, stored)
        elif step.fault is None and step.delay is None:
            return Act(None, None, None)
        if prepared is None and (rule.limit is not None or step.respond is not None):
            return None
        return Act(prepared, step.delay, step.fault)


class Live:
    """Everything in force at one time."""

    def __init__(
        self,
        overrides: Mapping[str, Step],
        server: Active | None,
        sessions: Mapping[bytes, Active],
        session_headers: tuple[bytes, ...],
        shared: Shared,
    ) -> None:
        self._shared = shared
        self._session_headers = session_headers
        self._overrides = overrides
        self._overridden = frozenset(overrides)
        self._server = server
        self._sessions = sessions
        self._overriding: dict[str, Act | None] = {}

    def active(self, request: Incoming) -> Active | None:
        """The scenario that a request sees."""
        if self._sessions:
            for header in self._session_headers:
                session = request.headers.get(header)
                if session is not None:
                    return self._sessions.get(session, self._server)
        return self._server

    def act(
        self, active: Active | None, served: Served, request: Incoming, reading: Reading
    ) -> Act | None:
        """What is done with a request that sees a scenario, if anything."""
        name = served.entry.id
        if name in self._overridden:
            if name not in self._overriding:
                self._overriding[name] = _override(self._overrides[name], served)
            act = self._overriding[name]
            if act is not None:
                return act
        return None if active is None else active.act(served, request, reading, self._shared)


def _override(step: Step, served: Served) -> Act | None:
    prepared = None
    if step.respond is not None:
        prepared = prepare(step.respond, served.answers, "override")
        if prepared is None:
            return None
    return Act(prepared, step.delay, None)
