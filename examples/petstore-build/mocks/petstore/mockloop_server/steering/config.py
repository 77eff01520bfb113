"""Scenarios and overrides as JSON: read into rules, with everything that is wrong with them."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import orjson

from mockloop_server.answer import OURS, TOKEN, safe
from mockloop_server.steering.conditions import ConditionReader
from mockloop_server.steering.findings import Findings, Path
from mockloop_server.steering.reader import hint_for
from mockloop_server.steering.rules import (
    Delay,
    Fault,
    FaultKind,
    Limit,
    Program,
    Respond,
    Rule,
    Selector,
    Step,
    Stored,
)
from mockloop_server.steering.stored import read_stored

LONGEST_MS = 300_000

_RESPOND = ("status", "headers", "body", "text", "base64", "example", "content_type")
_OVERRIDE = (*_RESPOND, "delay")
_STEP = ("respond", "storage", "delay", "fault")
_RULE = (*_STEP, "when", "probability", "sequence", "then", "times", "rate_limit")
_THEN = ("stay", "loop", "pass")
_FAULTS = {
    "close": ("after_bytes",),
    "reset": ("after_bytes",),
    "stall": ("after_bytes", "stall_ms"),
    "truncate": ("after_bytes",),
    "garble": (),
    "drip": ("bytes_per_second",),
}
_DELAYS = {
    "uniform": ("min", "max"),
    "normal": ("mean", "stddev"),
    "log_normal": ("median", "sigma"),
}
_MOST_RULES = 100_000
_MOST_USES = 2**53 - 1


def read_program(operations: Any, findings: Findings, at: Path = ("operations",)) -> Program:
    """The rules of a scenario; what cannot be read is left out and told."""
    program = Program()
    if not isinstance(operations, dict):
        findings.error("type", at, "must be an object of rules by operation")
        return program
    reader = _Reader(findings)
    total = 0
    for text, listed in operations.items():
        if not isinstance(listed, list):
            findings.error("type", (*at, text), "must be an array of rules")
            continue
        total += len(listed)
        if total > _MOST_RULES:
            findings.error("too-many", at, f"may have {_MOST_RULES} rules at most")
            break
        rules: list[Rule] = []
        for index, each in enumerate(listed):
            rules.append(reader.rule(each, (*at, text, index)))
            if _is_counting(each):
                rules[-1].counter = program.counters
                program.counters += 1
        program.add(Selector(text), rules)
    return program


def late_program(operations: Mapping[str, Any]) -> Program:
    """The rules of a scenario that was checked, read when an operation is first asked for.

    What stands for an array of rules may also be a function that makes it, without counters.
    """
    program = Program()
    for text, listed in operations.items():
        if callable(listed):
            program.add(Selector(text), _LateRules(listed, 0))
        elif isinstance(listed, list):
            program.add(Selector(text), _LateRules(listed, program.counters))
            program.counters += sum(map(_is_counting, listed))
    return program


class _LateRules(list[Rule]):
    """Rules that are there once they are gone through."""

    def __init__(self, listed: list[Any] | Callable[[], list[Any]], first_counter: int) -> None:
        super().__init__()
        self._listed: list[Any] | Callable[[], list[Any]] | None = listed
        self._first_counter = first_counter

    def __iter__(self) -> Iterator[Rule]:
        listed, self._listed = self._listed, None
        if listed is not None:
            listed = listed() if callable(listed) else listed
            # A part that a newer engine refuses is left out.
            for _, rules in read_program({"": listed}, Findings()).parts:
                for rule in rules:
                    if rule.counter is not None:
                        rule.counter += self._first_counter
                self.extend(rules)
        return super().__iter__()


def _is_counting(rule: Any) -> bool:
    if not isinstance(rule, dict):
        return False
    steps = rule.get("sequence")
    count = len(steps) if isinstance(steps, list) else 0
    passes = count == 1 and rule.get("then") == "pass"
    return "rate_limit" in rule or "times" in rule or count > 1 or passes


def read_override(config: Any, findings: Findings) -> Step:
    """The one step of an override."""
    reader = _Reader(findings)
    found = reader.object(config, (), _OVERRIDE)
    delay = reader.delay(found["delay"], ("delay",)) if "delay" in found else None
    fields = {name: value for name, value in found.items() if name != "delay"}
    if not found and not findings.failed:
        findings.error("empty", (), f"needs one of {', '.join(_OVERRIDE)}")
    return Step(reader.respond(fields, ()) if fields else None, delay=delay)


class _Reader(ConditionReader):
    def rule(self, value: Any, at: Path) -> Rule:
        found = self.object(value, at, _RULE)
        rule = Rule([self._step(found, at)])
        if "when" in found:
            rule.when = self.when(found["when"], (*at, "when"))
        if "probability" in found:
            where = (*at, "probability")
            rule.probability = self.number(found["probability"], where, 0, 1)
        if "times" in found:
            rule.times = self.whole(found["times"], (*at, "times"), 1, _MOST_USES)
        if "sequence" in found:
            self._sequence(rule, found, at)
        elif "then" in found:
            self._findings.error("needs-sequence", (*at, "then"), "needs a `sequence`")
        if "rate_limit" in found:
            self._rate_limit(rule, found, at)
        elif isinstance(value, dict) and not found.keys() & {*_STEP, "sequence"}:
            self._findings.warning(
                "no-effect", at, "does nothing but keep such requests from the rules after it"
            )
        return rule

    def _step(self, found: dict[str, Any], at: Path) -> Step:
        return Step(
            self.respond(found["respond"], (*at, "respond")) if "respond" in found else None,
            self._stored(found, at) if "storage" in found else None,
            self.delay(found["delay"], (*at, "delay")) if "delay" in found else None,
            self._fault(found["fault"], (*at, "fault")) if "fault" in found else None,
        )

    def _stored(self, found: dict[str, Any], at: Path) -> Stored:
        for name in found.keys() & {"respond", "rate_limit"}:
            self._findings.error("excludes", (*at, name), "cannot stand beside `storage`")
        return read_stored(self, self._findings, found["storage"], (*at, "storage"))

    def _sequence(self, rule: Rule, found: dict[str, Any], at: Path) -> None:
        listed, then = found["sequence"], found.get("then", "stay")
        for name in found.keys() & {*_STEP, "rate_limit"}:
            self._findings.error("excludes", (*at, name), "cannot stand beside `sequence`")
        if not isinstance(listed, list) or not listed:
            self._findings.error("type", (*at, "sequence"), "must be an array of steps")
            return
        rule.steps = []
        for index, each in enumerate(listed):
            where = (*at, "sequence", index)
            rule.steps.append(self._step(self.object(each, where, _STEP), where))
        if then not in _THEN:
            message = f"must be one of {', '.join(_THEN)}"
            self._findings.error(
                "value", (*at, "then"), message, hint_for(self._findings, str(then), _THEN)
            )
            return
        rule.then = then
        if then == "pass":
            rule.times = min(rule.times or _MOST_USES, len(rule.steps))

    def _rate_limit(self, rule: Rule, found: dict[str, Any], at: Path) -> None:
        where = (*at, "rate_limit")
        limit = self.object(found["rate_limit"], where, ("requests", "window_ms"))
        for name in ("requests", "window_ms"):
            if name not in limit and isinstance(found["rate_limit"], dict):
                self._findings.error("required", (*where, name), "is required")
        if "times" in found:
            self._findings.error("excludes", (*at, "times"), "cannot stand beside `rate_limit`")
        rule.limit = Limit(
            self.whole(limit.get("requests", 0), (*where, "requests"), 0, _MOST_USES),
            self.whole(limit.get("window_ms", 1), (*where, "window_ms"), 1, _MOST_USES),
        )

    def respond(self, value: Any, at: Path) -> Respond:
        """What to answer."""
        found = self.object(value, at, _RESPOND)
        respond = Respond()
        if "status" in found:
            respond.status = self.whole(found["status"], (*at, "status"), 100, 599)
        if "headers" in found:
            respond.headers = self._headers(found["headers"], (*at, "headers"))
        for name in ("example", "content_type"):
            if name in found:
                setattr(respond, name, self.text(found[name], (*at, name)))
        contents = [name for name in ("body", "text", "base64", "example") if name in found]
        for name in contents[1:]:
            self._findings.error(
                "excludes", (*at, name), f"cannot stand beside `{contents[0]}`: one body is sent"
            )
        if contents and contents[0] != "example":
            respond.kind = cast(Any, contents[0])
            respond.content = self._content(contents[0], found[contents[0]], (*at, contents[0]))
        types = [text for name, text in respond.headers if name.lower() == "content-type"]
        respond.headers = [each for each in respond.headers if each[0].lower() != "content-type"]
        respond.content_type = respond.content_type or next(iter(types), None)
        return respond

    def _content(self, kind: str, value: Any, at: Path) -> bytes:
        try:
            if kind == "body":
                return orjson.dumps(value)
            text = self.text(value, at)
            if kind == "text":
                return text.encode()
            return base64.b64decode(text, validate=True)
        except (TypeError, UnicodeEncodeError):
            self._findings.error("value", at, "is not Unicode, or has numbers beyond 64 bits")
        except (binascii.Error, ValueError):
            self._findings.error("value", at, "is not base64")
        return b""

    def _headers(self, value: Any, at: Path) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        for name, given in self.members(value, at):
            if not TOKEN.fullmatch(name):
                self._findings.error("value", (*at, name), "cannot be the name of a header")
            elif name.lower() in OURS:
                self._findings.warning(
                    "header-ignored", (*at, name), "is set by the server, as what is sent needs it"
                )
            for each in given if isinstance(given, list) else [given]:
                if isinstance(each, str | int | float) and not isinstance(each, bool):
                    pairs.append((name, str(each)))
                    if safe(str(each)) != str(each).encode():
                        message = "is sent with a space for what is not printable ASCII"
                        self._findings.warning("header-changed", (*at, name), message)
                else:
                    message = "must be a text, or an array of texts to send several"
                    self._findings.error("type", (*at, name), message)
        return pairs

    def delay(self, value: Any, at: Path) -> Delay:
        """A delay: ms, or a distribution of them."""
        if not isinstance(value, dict):
            seconds = self.number(value, at, 0, LONGEST_MS) / 1000
            return lambda: seconds
        found = self.object(value, at, _DELAYS)
        if len(found) != 1:
            if not self._findings.failed:
                message = f"must be a number of ms, or one of {', '.join(_DELAYS)}"
                self._findings.error("value", at, message)
            return lambda: 0.0
        kind, given = next(iter(found.items()))
        where = (*at, kind)
        numbers = self.object(given, where, _DELAYS[kind])
        values: list[float] = []
        for name in _DELAYS[kind]:
            if name not in numbers:
                if isinstance(given, dict):
                    self._findings.error("required", (*where, name), "is required")
                values.append(0)
                continue
            high = 100 if name == "sigma" else LONGEST_MS
            values.append(self.number(numbers[name], (*where, name), 0, high))
        if kind == "uniform" and values[0] > values[1]:
            self._findings.error("value", (*where, "min"), "is more than `max`")
        return _distribution(kind, values[0], values[1])

    def _fault(self, value: Any, at: Path) -> Fault:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            self._findings.error("type", at, "must be an object with a `kind`")
        elif not isinstance(kind, str) or kind not in _FAULTS:
            hint = hint_for(self._findings, str(kind), _FAULTS)
            message = f"must be one of {', '.join(_FAULTS)}"
            self._findings.error("value", (*at, "kind"), message, hint)
        if not isinstance(kind, str) or kind not in _FAULTS:
            return Fault("close")
        found = self.object(value, at, ("kind", *_FAULTS[kind]))
        fault = Fault(cast(FaultKind, kind))
        after, stall, speed = fault.after_bytes, fault.stall_ms, fault.bytes_per_second
        if "after_bytes" in found:
            after = self.whole(found["after_bytes"], (*at, "after_bytes"), 0, _MOST_USES)
        if "stall_ms" in found:
            stall = self.number(found["stall_ms"], (*at, "stall_ms"), 0, LONGEST_MS)
        if "bytes_per_second" in found:
            where = (*at, "bytes_per_second")
            speed = self.number(found["bytes_per_second"], where, 1, 1e9)
        return Fault(fault.kind, after, stall, speed)


def _distribution(kind: str, first: float, second: float) -> Delay:
    def seconds() -> float:
        if kind == "uniform":
            value = random.uniform(first, second)
        elif kind == "normal":
            value = random.gauss(first, second)
        else:
            try:
                value = first * random.lognormvariate(0.0, second)
            except OverflowError:
                value = LONGEST_MS
        return min(max(value, 0.0), LONGEST_MS) / 1000

    return seconds
