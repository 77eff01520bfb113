"""What is sent to a request that cannot be answered: the documented response, or a problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from mockloop_server.answer import Answer, Answers, make, problem_answer
from mockloop_server.api import Header, MediaType, Response
from mockloop_server.negotiate import best, essence, is_json
from mockloop_server.problem import PROBLEM_JSON, Violation, document, header, summary
from mockloop_server.schemas import Schemas, Validator

# Properties in which APIs put a text for people.
_MESSAGES = ("detail", "message", "error_description", "description", "error", "title", "msg")


class Refuser:
    """Makes refusals for the operations of an API."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._validators: dict[int, Validator | None] = {}

    def refuse(
        self,
        answers: Answers,
        statuses: Sequence[int],
        decided_by: str,
        detail: str | None = None,
        *,
        violations: Sequence[Violation] = (),
        accept: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> Answer:
        """The refusal with the first status that is documented, else a problem with the last."""
        status = _status(answers, statuses)
        detail = detail or summary(violations)
        problem = document(status, detail, violations)
        more = list(headers)
        if violations:
            more.append(("Mockloop-Violations", header(violations)))
        response = answers.operation.response(status)
        if response is None:
            return problem_answer(problem, decided_by, *more)
        body, content_type = self._body(response, problem, detail, accept)
        return make(status, body, content_type, self._headers(response, more), decided_by)

    def _headers(self, response: Response, ours: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """What is so before what is only a sample, where the description allows it."""
        described = {each.name.lower(): each for each in response.headers}
        kept = [
            (name, value)
            for name, value in ours
            if (header := described.get(name.lower())) is None or self._allows(header, value)
        ]
        told = {name.lower() for name, _ in kept}
        return kept + [
            (each.name, each.value) for key, each in described.items() if key not in told
        ]

    def _body(
        self, response: Response, problem: dict[str, Any], detail: str, accept: str | None
    ) -> tuple[bytes, str | None]:
        if not response.content:
            return b"", response.empty_type
        offered = tuple(media.content_type for media in response.content)
        media = response.content[best(accept, offered) or 0 if accept else 0]
        if not is_json(media.content_type):
            return (media.bodies[0].data if media.bodies else b""), media.content_type
        wants_problem = essence(media.content_type) == PROBLEM_JSON or media.schema is not None
        if wants_problem and self._allows(media, problem):
            return orjson.dumps(problem), media.content_type
        if not media.bodies:
            return orjson.dumps(problem), media.content_type
        sample = media.bodies[0].data
        try:
            patched = _with_message(orjson.loads(sample), detail)
        except ValueError:
            return sample, media.content_type
        if patched is not None and self._allows(media, patched):
            return orjson.dumps(patched), media.content_type
        return sample, media.content_type

    def _allows(self, described: MediaType | Header, value: Any) -> bool:
        key = id(described)
        if key not in self._validators:
            self._validators[key] = self._schemas.validator(described.schema)
        validator = self._validators[key]
        return validator is None or validator.is_valid(value)


def _status(answers: Answers, statuses: Sequence[int]) -> int:
    documented = {response.status for response in answers.operation.responses}
    for status in statuses:
        if str(status) in documented:
            return status
    if "4XX" in documented:
        return statuses[0]
    return statuses[-1]


def _with_message(sample: Any, text: str) -> Any:
    if not isinstance(sample, dict):
        return None
    for name in _MESSAGES:
        if isinstance(sample.get(name), str):
            return {**sample, name: text}
    for name, inner in sample.items():
        if isinstance(inner, dict) and (patched := _with_message(inner, text)) is not None:
            return {**sample, name: patched}
    return None
