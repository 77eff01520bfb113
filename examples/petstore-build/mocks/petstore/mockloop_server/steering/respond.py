"""Answers that steering asks for, prepared for one operation."""

from __future__ import annotations

import math

from mockloop_server.answer import (
    Answer,
    Answers,
    NoSuchExample,
    described_headers,
    make,
    problem_answer,
    safe,
)
from mockloop_server.api import MediaType, Response
from mockloop_server.negotiate import is_json, match_content
from mockloop_server.problem import document
from mockloop_server.steering.rules import Respond

_TOO_MANY = 429
_ACCEPTS = 64


class Prepared:
    """One answer, and its variants where a client may choose among media types."""

    __slots__ = ("_by_accept", "_choice", "_headers", "_responses", "answer")

    def __init__(
        self,
        answer: Answer,
        answers: Answers | None = None,
        choice: tuple[int, str | None, int] | None = None,
        headers: list[tuple[str, str]] | None = None,
    ) -> None:
        self.answer = answer
        self._responses = answers
        self._choice = choice
        self._headers = headers or []
        self._by_accept: dict[str, Answer] = {}

    def get(self, accept: str | None) -> Answer:
        """The answer for an `Accept` header; `NotAcceptable` where there is none."""
        if accept is None or self._choice is None or self._responses is None:
            return self.answer
        if accept not in self._by_accept:
            if len(self._by_accept) >= _ACCEPTS:
                self._by_accept.clear()
            index, example, status = self._choice
            picked = self._responses.pick(index, accept=accept, example=example, status=status)
            self._by_accept[accept] = _with(picked, self._headers, self.answer.decided_by)
        return self._by_accept[accept]


def prepare(respond: Respond, answers: Answers, decided_by: str) -> Prepared | None:
    """An answer for an operation; `None` where the operation lacks the example."""
    operation = answers.operation
    status = respond.status
    if respond.example is not None:
        index = answers.with_example(respond.example) if status is None else None
    else:
        index = operation.answer if status is None and operation.responses else None
    if status is None:
        status = operation.responses[index].code if index is not None else 200
    elif index is None:
        index = answers.by_status(status)
    if respond.content is not None:
        response = None if index is None else operation.responses[index]
        return Prepared(_own(respond, respond.content, status, response, decided_by))
    if index is None:
        if respond.example is not None:
            return None
        if status < 400:
            return Prepared(make(status, b"", None, respond.headers, decided_by))
        problem = problem_answer(_problem(status), decided_by)
        return Prepared(_with(problem, respond.headers, decided_by))
    try:
        picked = answers.pick(index, example=respond.example, status=status)
    except NoSuchExample:
        return None
    answer = _with(picked, respond.headers, decided_by, respond.content_type)
    if len(operation.responses[index].content) < 2 or respond.content_type is not None:
        return Prepared(answer)
    return Prepared(answer, answers, (index, respond.example, status), respond.headers)


def refusal(answers: Answers, respond: Respond | None, decided_by: str) -> Prepared | None:
    """What those get who ask too often, but for when they may ask again."""
    respond = respond or Respond(status=_TOO_MANY)
    if respond.status is None and respond.example is None:
        status = _TOO_MANY
        respond = Respond(
            status, respond.headers, respond.content, respond.kind, None, respond.content_type
        )
    return prepare(respond, answers, decided_by)


def retry_after(answer: Answer, seconds: float) -> Answer:
    """An answer that says when to ask again."""
    header = ("Retry-After", str(max(1, math.ceil(seconds))))
    return _with(answer, [header], answer.decided_by)


def media_for(response: Response | None, respond: Respond) -> MediaType | None:
    """The described body that an own body stands for."""
    if response is None or not response.content:
        return None
    if respond.content_type is not None:
        types = [media.media_type for media in response.content]
        index = match_content(respond.content_type, types)
        return None if index is None else response.content[index]
    if respond.kind == "base64":
        return response.content[0]
    fits = is_json if respond.kind == "body" else _is_text
    return next((media for media in response.content if fits(media.content_type)), None)


def _own(
    respond: Respond, content: bytes, status: int, response: Response | None, decided_by: str
) -> Answer:
    media = media_for(response, respond)
    fallback = {
        "body": "application/json",
        "text": "text/plain; charset=utf-8",
        "base64": "application/octet-stream",
    }[respond.kind]
    content_type = respond.content_type or (media.content_type if media else fallback)
    own = {name.lower() for name, _ in respond.headers}
    described = [] if response is None else described_headers(response)
    headers = [each for each in described if each[0].lower() not in own] + respond.headers
    return make(status, content, content_type, headers, decided_by)


def _with(
    answer: Answer,
    headers: list[tuple[str, str]],
    decided_by: str,
    content_type: str | None = None,
) -> Answer:
    """A copy with own headers, which win."""
    own = make(200, b"", None, headers).headers[:-1]
    if content_type is not None and any(name == b"content-type" for name, _ in answer.headers):
        own = [(b"content-type", safe(content_type)), *own]
    names = {name for name, _ in own}
    kept = [pair for pair in answer.headers if pair[0] not in names]
    return Answer(answer.status, kept + own, answer.body, decided_by)


def _problem(status: int) -> dict[str, object]:
    return document(status, f"The mock server was told to answer {status}.")


def _is_text(content_type: str) -> bool:
    return content_type.lower().startswith("text/")
