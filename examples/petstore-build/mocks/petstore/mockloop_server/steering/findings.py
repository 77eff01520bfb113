"""What is wrong with a scenario or an override, place by place, and errors that say so."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mockloop_server.schemas import pointer

Path = tuple[str | int, ...]

_MOST = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about a configuration."""

    severity: Literal["error", "warning"]
    code: str
    pointer: str
    """JSON pointer into the configuration."""
    message: str
    hint: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As answers hold it."""
        found = {
            "severity": self.severity,
            "code": self.code,
            "pointer": self.pointer,
            "message": self.message,
        }
        return found if self.hint is None else {**found, "hint": self.hint}


class Findings:
    """Gathers findings, up to a number that somebody may still read."""

    def __init__(self) -> None:
        self.all: list[Finding] = []
        self.failed = False

    def error(self, code: str, path: Path, message: str, hint: str | None = None) -> None:
        """Something that cannot be used."""
        self.failed = True
        self._add(Finding("error", code, pointer(list(path)), message, hint))

    def warning(self, code: str, path: Path, message: str, hint: str | None = None) -> None:
        """Something that can be used, and may not do what is meant."""
        self._add(Finding("warning", code, pointer(list(path)), message, hint))

    def raise_errors(self) -> None:
        """Refuse what has errors."""
        if self.failed:
            raise Invalid(self.all)

    def _add(self, finding: Finding) -> None:
        if len(self.all) < _MOST or finding.severity == "error" and not self._has_error():
            self.all.append(finding)

    def _has_error(self) -> bool:
        return any(each.severity == "error" for each in self.all)


class SteeringError(Exception):
    """A wish that is not fulfilled."""


class NotFound(SteeringError):
    """A scenario, override or operation that does not exist."""


class Conflict(SteeringError):
    """A change that does not fit what is there."""


class Invalid(SteeringError):
    """A configuration with errors."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        errors = [each for each in findings if each.severity == "error"]
        super().__init__("; ".join(f"{each.pointer or '/'}: {each.message}" for each in errors[:5]))
        self.findings = list(findings)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint with the known words that are closest to one."""
    by_key = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(word.casefold(), by_key, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(by_key[each] for each in close)}?" if close else None
