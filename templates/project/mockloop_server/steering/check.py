"""Scenarios and overrides against the description: what it does not have, and what it forbids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

import orjson

from mockloop_server.answer import NoSuchExample
from mockloop_server.api import Api, Entry, Operation, Parameter
from mockloop_server.log.record import CORRELATION, SCENARIO, SESSION
from mockloop_server.negotiate import is_json
from mockloop_server.schemas import Schemas
from mockloop_server.steering.findings import Findings, NotFound, Path, did_you_mean
from mockloop_server.steering.reader import Told, hint_for
from mockloop_server.steering.respond import media_for
from mockloop_server.steering.rules import Program, Respond, Selector, Stored, keys
from mockloop_server.steering.stored import check_stored

# As many operations of a pattern are looked at closely.
_CLOSELY = 100
# As many violations of its schema are told of one body.
_VIOLATIONS = 5
# Headers of requests that descriptions rarely mention, and clients send.
_USUAL = {
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "origin",
    "prefer",
    "range",
    "referer",
    "user-agent",
    *(name.decode() for name in (*CORRELATION, *SCENARIO, *SESSION)),
}


class _Flaw(NamedTuple):
    is_error: bool
    code: str
    at: Path
    message: str
    hint: str | None


class Checker:
    """Knows the description."""

    def __init__(self, api: Api, schemas: Schemas) -> None:
        self._api = api
        self._schemas = schemas
        self.has_storage = False
        """Whether rules may answer from it."""
        self._usual = _USUAL | {
            str(scheme.get("parameter", "")).lower() for scheme in api.security_schemes
        }

    def operation(self, text: str) -> Entry:
        """The one operation that a text names."""
        found = self._entries.get(Selector(text).key) or self._entries.get(text) or []
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(entry.id for entry in found)
            raise NotFound(f"several operations are {text!r}, name one by its id: {ids}")
        hint = did_you_mean(text, self._entries)
        raise NotFound(f"there is no operation {text!r}" + (f"; {hint}" if hint else ""))

    def ruled(self, program: Program, ids: Sequence[str]) -> list[str]:
        """Of these operations those that a scenario has rules for."""
        entries = (entry for id in ids for entry in self._entries.get(id, ()) if entry.id == id)
        return [entry.id for entry in entries if program.rules(entry, self._api.base_paths)]

    def scenario(self, operations: Any, program: Program, findings: Told) -> None:
        """What to say about a scenario whose rules could be read."""
        for selector, rules in program.parts:
            at: Path = ("operations", selector.text)
            entries = self._select(selector)
            if not entries:
                hint = hint_for(findings, selector.text, self._entries)
                findings.error("unknown-operation", at, "names no operation", hint)
                continue
            several = [entry.operation for entry in entries]
            for index, rule in enumerate(rules):
                raw = operations[selector.text][index]
                if not isinstance(raw, dict):
                    continue
                if isinstance(raw.get("when"), dict) and not findings.full:
                    self._when(raw["when"], several, (*at, index, "when"), findings)
                for number, step in enumerate(rule.steps):
                    where = ("sequence", number) if "sequence" in raw else ()
                    if step.stored is not None:
                        self._stored(step.stored, several, (*at, index, *where), findings)
                    # Of an answer only the name of an example can be an error.
                    if step.respond is not None and not (
                        findings.full and step.respond.example is None
                    ):
                        self.respond(
                            step.respond, several, (*at, index, *where, "respond"), findings
                        )

    def respond(
        self, respond: Respond, operations: Sequence[Operation], at: Path, findings: Findings
    ) -> None:
        """What to say about an answer: what is so for all operations that it is for."""
        flaws = list(self._flaws(respond, operations[0]))
        codes = {flaw.code for flaw in flaws}
        for operation in operations[1:]:
            if not codes:
                break
            codes &= {flaw.code for flaw in self._flaws(respond, operation)}
        for flaw in flaws:
            if flaw.code in codes:
                tell = findings.error if flaw.is_error else findings.warning
                tell(flaw.code, (*at, *flaw.at), flaw.message, flaw.hint)

    def _stored(
        self, stored: Stored, operations: Sequence[Operation], at: Path, findings: Findings
    ) -> None:
        at = (*at, "storage")
        if self.has_storage:
            check_stored(stored, operations, at, findings)
        else:
            hint = "generate the project without --no-storage, and have make_storage() in main.py"
            findings.error("no-storage", at, "cannot be done: this mock has no storage", hint)

    def _flaws(self, respond: Respond, operation: Operation) -> Iterator[_Flaw]:
        described = [response.status for response in operation.responses]
        known = f"there are: {', '.join(described) or 'none'}"
        status = respond.status
        if respond.example is not None:
            yield from _example_flaws(respond.example, status, operation)
            status = status if status is not None else _status_of(respond.example, operation)
        if status is None and operation.responses:
            status = operation.responses[operation.answer].code
        response = None if status is None else operation.response(status)
        if response is None:
            if respond.status is not None:
                message = f"{operation.id} has no response for {status}"
                yield _Flaw(False, "undocumented-status", ("status",), message, known)
            return
        if respond.content is None:
            return
        media = media_for(response, respond)
        if media is None:
            types = ", ".join(each.content_type for each in response.content) or "no body"
            name = "content_type" if respond.content_type is not None else respond.kind
            message = f"{operation.id} answers {response.status} with {types}"
            yield _Flaw(False, "undocumented-type", (name,), message, None)
            return
        validator = self._schemas.validator(media.schema)
        if validator is None or respond.kind == "base64" or not is_json(media.content_type):
            return
        try:
            value = orjson.loads(respond.content)
        except ValueError as error:
            yield _Flaw(False, "invalid-body", (respond.kind,), f"is not JSON: {error}", None)
            return
        for place, message in islice(validator.errors(value), _VIOLATIONS):
            steps = [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]
            at = (respond.kind, *steps) if respond.kind == "body" else (respond.kind,)
            within = f" at {place}" if place and respond.kind == "text" else ""
            told = f"{operation.id} answers {response.status} otherwise{within}: {message[:300]}"
            yield _Flaw(False, "invalid-body", at, told, None)

    def _when(
        self, when: dict[str, Any], operations: list[Operation], at: Path, findings: Findings
    ) -> None:
        for place, location in (
            ("path", "path"),
            ("query", "query"),
            ("headers", "header"),
            ("cookies", "cookie"),
        ):
            given = when.get(place)
            if not isinstance(given, dict):
                continue
            known = [
                each.name
                for operation in operations
                for each in _parameters(operation)
                if each.location == location
            ]
            lower = {name.lower() for name in known}
            for name in given:
                if place == "headers" and name.lower() in self._usual | lower:
                    continue
                if place != "headers" and (name in known or name.split("[")[0] in known):
                    continue
                hint = hint_for(findings, name, known)
                message = f"{operations[0].id} has no {location} parameter {name!r}"
                findings.warning("undocumented-parameter", (*at, place, name), message, hint)
        if "body" in when and all(each.request_body is None for each in operations):
            message = f"{operations[0].id} takes no body"
            findings.warning("undocumented-body", (*at, "body"), message)

    def _select(self, selector: Selector) -> list[Entry]:
        if not selector.is_pattern:
            return self._entries.get(selector.text) or self._entries.get(selector.key) or []
        bases = self._api.base_paths
        found = (entry for entry in self._api.entries if selector.matches(entry, bases))
        return list(islice(found, _CLOSELY))

    @cached_property
    def _entries(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self._api.entries:
            for key in keys(entry, self._api.base_paths):
                found.setdefault(key, []).append(entry)
        return found


def _parameters(operation: Operation) -> list[Parameter]:
    return operation.parameters


def _example_flaws(name: str, status: int | None, operation: Operation) -> Iterator[_Flaw]:
    responses = operation.responses
    if status is not None:
        response = operation.response(status)
        responses = [] if response is None else [response]
    known = sorted(
        {
            body.name
            for response in responses
            for media in response.content
            for body in media.bodies
            if body.name
        }
    )
    if name not in known:
        error = NoSuchExample(name, known)
        hint = did_you_mean(name, known) or f"there are: {', '.join(known) or 'none'}"
        yield _Flaw(True, "unknown-example", ("example",), f"{error} for {operation.id}", hint)


def _status_of(name: str, operation: Operation) -> int | None:
    for response in operation.responses:
        for media in response.content:
            if any(body.name == name for body in media.bodies):
                return response.code
    return None
