"""What decides the answer to a request: route, security, validation, answer, negotiation."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope

from mockloop_server.answer import Answer, NotAcceptable
from mockloop_server.api import Api
from mockloop_server.call import Call, Routes
from mockloop_server.changeable import Changeable
from mockloop_server.log.record import Facts
from mockloop_server.log.secrets import Secrets
from mockloop_server.prefer import preferred
from mockloop_server.refusal import Refuser
from mockloop_server.router import Target
from mockloop_server.schemas import Schemas
from mockloop_server.security import Denial, Security
from mockloop_server.served import Outcome, Served
from mockloop_server.steering import Steering
from mockloop_server.validation import Incoming, Reading

if TYPE_CHECKING:
    # A project may be without it.
    from mockloop_server.storage import Storage  # type: ignore[import-not-found,unused-ignore]

logger = logging.getLogger("mockloop")


class Engine:
    """Answers the operations of one API."""

    def __init__(
        self,
        api: Api,
        security: Security | None,
        routes: Iterable[Routes],
        steering: Steering,
        changeable: Changeable,
        secrets: Secrets,
        storage: Storage | None = None,
    ) -> None:
        self._steering = steering
        self._storage = storage
        self._secrets = secrets
        self._schemas = Schemas(api.schemas)
        self._security = security
        self._changeable = changeable
        self._refuser = Refuser(self._schemas)
        self._served: dict[int, Served] = {}
        self._handlers = {
            name: handler for each in routes for name, handler in each.handlers.items()
        }
        for name in self._handlers.keys() - {entry.id for entry in api.entries}:
            logger.warning("a handler is never called: api.json has no operation %r", name)

    async def answer(
        self,
        targets: Sequence[Target],
        values: Sequence[str],
        request: Incoming,
        facts: Facts,
        scope: Scope,
        receive: Receive,
    ) -> Outcome:
        """The answer to a request whose method and path fit these operations."""
        served, reading = self._choose(targets, values, request)
        facts.operation_id = served.operation.id
        live = self._steering.live()
        active = None if live is None else live.active(request)
        if active is not None:
            facts.scenario = active.name
        if (
            self._security is not None
            and self._changeable.enforces_auth
            and served.operation.security
            and not self._security.admits(served.operation, request)
        ):
            denial = await self._security.judge(served.operation, request)
            if denial is not None:
                return self._denied(served, denial, request)
        if reading is None:
            reading = served.plan.read(values, request, served.entry.fixed_query)
        if reading.violations and self._changeable.validation != "off":
            facts.violations = reading.violations
            if self._changeable.validation == "enforce":
                return self._invalid(served, reading, request)
        try:
            if b"prefer" in request.headers:
                answer = preferred(served.answers, request.header("prefer") or "", request.accept)
                if answer is not None:
                    return answer
            act = None if live is None else live.act(active, served, request, reading)
            if act is not None and (answer := act.at_once(request.accept)) is not None:
                return answer
            call = Call(served.answers, reading, request, scope, receive, self._storage)
            if act is not None:
                closing = self._steering.closing
                own = partial(act.stored or served.own, call)
                return await act.perform(request.accept, receive, closing, own)
            return (
                call.mock() if served.handler is None else await served.call(served.handler, call)
            )
        except NotAcceptable as error:
            return self._refuser.refuse(served.answers, [406], "negotiation", str(error))

    def _choose(
        self, targets: Sequence[Target], values: Sequence[str], request: Incoming
    ) -> tuple[Served, Reading | None]:
        """The first operation that a request fits, else the one that it misses least."""
        if len(targets) == 1:
            return self._serve(targets[0]), None
        readings: list[tuple[Served, Reading]] = []
        for target in targets:
            served = self._serve(target)
            reading = served.plan.read(values, request, target.entry.fixed_query)
            if not reading.violations:
                return served, reading
            readings.append((served, reading))
        return min(readings, key=lambda each: len(each[1].violations))

    def _serve(self, target: Target) -> Served:
        served = self._served.get(id(target))
        if served is None:
            handler = self._handlers.get(target.entry.id)
            served = self._served[id(target)] = Served(
                target, self._schemas, handler, self._secrets
            )
        return served

    def _denied(self, served: Served, denial: Denial, request: Incoming) -> Answer:
        return self._refuser.refuse(
            served.answers,
            [denial.status],
            "security",
            denial.detail,
            accept=request.accept,
            headers=[("WWW-Authenticate", each) for each in denial.challenges],
        )

    def _invalid(self, served: Served, reading: Reading, request: Incoming) -> Answer:
        documented = {each.status for each in served.operation.responses}
        if reading.unsupported:
            statuses = [415, 400, 422, 415]
        elif documented.isdisjoint({"400", "422", "4XX"}):
            # What has no such name cannot be there.
            in_path = all(each.place == "path" for each in reading.violations)
            statuses = [404, 400] if in_path and "default" not in documented else [400]
        else:
            statuses = [400, 422] if reading.malformed else [422, 400]
        return self._refuser.refuse(
            served.answers,
            statuses,
            "validation",
            violations=reading.violations,
            accept=request.accept,
        )
