"""Answers that a request asks for itself, by `Prefer: code=404` or `Prefer: example=NAME`."""

from __future__ import annotations

from mockloop_server.answer import Answer, Answers, NoSuchExample, problem_answer
from mockloop_server.negotiate import preferences
from mockloop_server.problem import Violation, document, header


def preferred(answers: Answers, text: str, accept: str | None) -> Answer | None:
    """The answer that a `Prefer` header asks for, if it asks for one."""
    wanted = preferences(text)
    code, example = wanted.get("code"), wanted.get("example")
    if code is None and example is None:
        return None
    status: int | None = None
    index: int | None = answers.operation.answer
    if code is not None:
        status = int(code) if code.isascii() and code.isdigit() and len(code) == 3 else 0
        index = answers.by_status(status)
        if index is None:
            known = [response.status for response in answers.operation.responses]
            return _choices(f"there is no response {code!r}", "codes", known)
    elif example is not None:
        index = answers.with_example(example)
    try:
        answer = answers.pick(index or 0, accept=accept, example=example, status=status)
    except NoSuchExample as error:
        return _choices(str(error), "examples", error.known)
    applied = [f"{name}={_quoted(wanted[name])}" for name in ("code", "example") if name in wanted]
    return answer.plus(("Preference-Applied", ", ".join(applied)), decided_by="prefer")


def _choices(detail: str, name: str, known: list[str]) -> Answer:
    violation = Violation("header", "Prefer", f"{detail}; there are: {', '.join(known) or 'none'}")
    problem = document(400, violation.message, [violation], **{name: known})
    return problem_answer(problem, "prefer", ("Mockloop-Violations", header([violation])))


def _quoted(value: str) -> str:
    if value.isascii() and value.replace("-", "").replace("_", "").isalnum():
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
