"""Scenarios that come with every project, made of its description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from mockloop_server.api import Api, Entry, Operation, Response
from mockloop_server.negotiate import is_json
from mockloop_server.schemas import Schemas

Operations = dict[str, list[dict[str, Any]]]

# Scenarios are asked after security, validation and `Prefer`.
_ALLOWED = "Every request that the description allows"
_OTHERS = "One with Prefer is answered as it asks."
# As many lists of a sample are emptied one by one: each is followed by a look at all of it.
_MOST_TRIES = 100
_CLIENT_ERRORS = ("404", "400", "422", "409", "4XX")


class ReadyMade:
    """Makes each when it is first asked for: it takes a look at all operations."""

    def __init__(self, api: Api, schemas: Schemas) -> None:
        self._api = api
        self._schemas = schemas
        self._made: dict[str, Operations] = {}
        self._makers: dict[str, tuple[str, Callable[[], Operations]]] = {
            "client-errors": (
                f"{_ALLOWED} is answered by a client error, a described one where there is one.",
                self._client_errors,
            ),
            "empty-lists": (
                f"{_ALLOWED} is answered with empty lists, at any depth, wherever the description"
                " lets them be.",
                self._empty_lists,
            ),
            "flaky": (
                f"{_ALLOWED} is answered by a server error one time in ten.",
                self._flaky,
            ),
            "maintenance": (
                f"{_ALLOWED} is answered by 503 with Retry-After.",
                lambda: _all(status=503, headers={"Retry-After": "120"}),
            ),
            "rate-limited": (
                f"{_ALLOWED} counts, whichever operation it is for: ten a minute are answered, the"
                " others get 429 with Retry-After.",
                lambda: {"*": [{"rate_limit": {"requests": 10, "window_ms": 60_000}}]},
            ),
            "server-errors": (
                f"{_ALLOWED} is answered by a server error, a described one where there is one.",
                self._server_errors,
            ),
            "slow-network": (
                f"{_ALLOWED} is answered after about a second, some after several.",
                lambda: {"*": [{"delay": {"log_normal": {"median": 800, "sigma": 0.6}}}]},
            ),
            "unauthorised": (
                f"{_ALLOWED} is answered by 401 where the operation asks for credentials, and"
                " everywhere where none does.",
                self._unauthorised,
            ),
        }

    def add(self, name: str, description: str, make: Callable[[], Operations]) -> None:
        """Have one more, which a part of the server makes."""
        self._makers[name] = (f"{_ALLOWED} {description}", make)

    @property
    def names(self) -> list[str]:
        """The names, in order."""
        return sorted(self._makers)

    def description(self, name: str) -> str:
        """What a scenario is for."""
        return f"{self._makers[name][0]} {_OTHERS}"

    def operations(self, name: str) -> Operations:
        """The rules of a scenario."""
        if name not in self._made:
            self._made[name] = self._makers[name][1]()
        return self._made[name]

    def late_operations(self, name: str) -> Mapping[str, Any]:
        """The same for `late_program`, where all at once would take long."""
        if name in self._made or name != "empty-lists":
            return self.operations(name)
        return {entry.id: partial(self._empty_list, entry) for entry in self._api.entries}

    def _server_errors(self) -> Operations:
        return {**self._described(_server_error), **_all(status=500)}

    def _client_errors(self) -> Operations:
        return {**self._described(_client_error), **_all(status=400)}

    def _described(self, choose: Callable[[Operation], int | None]) -> Operations:
        chosen = {entry.id: choose(entry.operation) for entry in self._api.entries}
        return {
            name: [{"respond": {"status": status}}]
            for name, status in chosen.items()
            if status is not None
        }

    def _flaky(self) -> Operations:
        # One rule for each: a second one would be another chance to fail.
        return {
            entry.id: [
                {
                    "probability": 0.1,
                    "respond": {"status": _server_error(entry.operation) or 503},
                }
            ]
            for entry in self._api.entries
        }

    def _unauthorised(self) -> Operations:
        kinds = {
            scheme.get("scheme", "Bearer").title()
            if scheme.get("type") == "http"
            else "ApiKey"
            if scheme.get("type") == "apiKey"
            else "Bearer"
            for scheme in self._api.security_schemes
        }
        refusal = {
            "respond": {
                "status": 401,
                "headers": {"WWW-Authenticate": ", ".join(sorted(kinds)) or "Bearer"},
            }
        }
        guarded = [entry.id for entry in self._api.entries if entry.operation.security]
        return {name: [refusal] for name in guarded or ["*"]}

    def _empty_lists(self) -> Operations:
        made = {entry.id: self._empty_list(entry) for entry in self._api.entries}
        return {name: rules for name, rules in made.items() if rules}

    def _empty_list(self, entry: Entry) -> list[dict[str, Any]]:
        operation = entry.operation
        if not operation.responses:
            return []
        response = operation.responses[operation.answer]
        empty = self._empty(response)
        return [] if empty is None else [{"respond": {"status": response.code, "body": empty}}]

    def _empty(self, response: Response) -> Any:
        media = next((each for each in response.content if is_json(each.content_type)), None)
        if media is None or not media.bodies or not 200 <= response.code < 300:
            return None
        try:
            sample = orjson.loads(media.bodies[0].data)
        except ValueError:
            return None
        validator = self._schemas.validator(media.schema)
        if validator is None or isinstance(sample, dict) and not validator.is_valid(sample):
            # Where the sample itself is not what the schema wants, the schema is no measure.
            return _emptied(sample, lambda _: True)
        return _emptied(sample, validator.is_valid)


def _emptied(sample: Any, is_allowed: Callable[[Any], bool]) -> Any:
    """A sample with its lists empty, all that may be; `None` where there are none."""
    root = [sample]
    todo = _lists(root)
    whole = [(holder, at, holder[at]) for holder, at in todo]
    for holder, at, _ in whole:
        holder[at] = []
    if whole and is_allowed(root[0]):
        return root[0]
    for holder, at, value in whole:
        holder[at] = value
    count = 0
    for tries, (holder, at) in enumerate(todo):
        if tries == _MOST_TRIES:
            break
        value, holder[at] = holder[at], []
        if is_allowed(root[0]):
            count += 1
        else:
            holder[at] = value
            todo += _lists(value)
    return root[0] if count else None


def _lists(value: Any) -> list[tuple[Any, Any]]:
    """Where the outermost lists within a value are, those with something in them."""
    found: list[tuple[Any, Any]] = []
    holders = [value]
    for holder in holders:
        members = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for at, inner in members:
            if isinstance(inner, dict):
                holders.append(inner)
            elif isinstance(inner, list) and inner:
                found.append((holder, at))
    return found


def _all(**respond: Any) -> Operations:
    return {"*": [{"respond": respond}]}


def _server_error(operation: Operation) -> int | None:
    described = [each.status for each in operation.responses if each.status[0] == "5"]
    return None if not described else int(described[0].replace("XX", "00"))


def _client_error(operation: Operation) -> int | None:
    described = {each.status for each in operation.responses if each.status[0] == "4"}
    order = [*_CLIENT_ERRORS, *sorted(described)]
    found = next((status for status in order if status in described), None)
    return None if found is None else int(found.replace("XX", "00"))
