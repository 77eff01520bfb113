"""Scenarios and overrides as JSON: read into rules, with everything that is wrong with them."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar, cast

import orjson

from mockloop_server.answer import OURS, TOKEN
from mockloop_server.regex import compile_regex
from mockloop_server.steering import match
from mockloop_server.steering.findings import Findings, Path, did_you_mean
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
)

LONGEST_MS = 300_000

_RESPOND = ("status", "headers", "body", "text", "base64", "example", "content_type")
_OVERRIDE = (*_RESPOND, "delay")
_STEP = ("respond", "delay", "fault")
_RULE = (*_STEP, "when", "probability", "sequence", "then", "times", "rate_limit")
_WHEN = ("path", "query", "headers", "cookies", "body")
_MATCHER = ("equals", "matches", "present")
_BODY = (*_MATCHER, "json_path", "schema")
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

Test = match.Test
P = ParamSpec("P")
T = TypeVar("T")
TextMaker = Callable[[str, match.TextTest], Test]


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
        rules = [reader.rule(each, (*at, text, index)) for index, each in enumerate(listed)]
        for rule in rules:
            if rule.limit is not None or rule.times is not None or len(rule.steps) > 1:
                rule.counter = program.counters
                program.counters += 1
        program.add(Selector(text), rules)
    return program


def read_override(config: Any, findings: Findings) -> Step:
    """The one step of an override."""
    reader = _Reader(findings)
    found = reader.object(config, (), _OVERRIDE)
    delay = reader.delay(found["delay"], ("delay",)) if "delay" in found else None
    fields = {name: value for name, value in found.items() if name != "delay"}
    if not found and not findings.failed:
        findings.error("empty", (), f"needs one of {', '.join(_OVERRIDE)}")
    return Step(reader.respond(fields, ()) if fields else None, delay)


class _Reader:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def rule(self, value: Any, at: Path) -> Rule:
        found = self.object(value, at, _RULE)
        rule = Rule([self._step(found, at)])
        if "when" in found:
            rule.when = self._when(found["when"], (*at, "when"))
        if "probability" in found:
            where = (*at, "probability")
            rule.probability = self._number(found["probability"], where, 0, 1)
        if "times" in found:
            rule.times = self._whole(found["times"], (*at, "times"), 1, _MOST_USES)
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
            self.delay(found["delay"], (*at, "delay")) if "delay" in found else None,
            self._fault(found["fault"], (*at, "fault")) if "fault" in found else None,
        )

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
            self._findings.error("value", (*at, "then"), message, did_you_mean(str(then), _THEN))
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
            self._whole(limit.get("requests", 0), (*where, "requests"), 0, _MOST_USES),
            self._whole(limit.get("window_ms", 1), (*where, "window_ms"), 1, _MOST_USES),
        )

    def respond(self, value: Any, at: Path) -> Respond:
        """What to answer."""
        found = self.object(value, at, _RESPOND)
        respond = Respond()
        if "status" in found:
            respond.status = self._whole(found["status"], (*at, "status"), 100, 599)
        if "headers" in found:
            respond.headers = self._headers(found["headers"], (*at, "headers"))
        for name in ("example", "content_type"):
            if name in found:
                setattr(respond, name, self._text(found[name], (*at, name)))
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
            text = self._text(value, at)
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
        for name, given in self._members(value, at):
            if not TOKEN.fullmatch(name):
                self._findings.error("value", (*at, name), "cannot be the name of a header")
            elif name.lower() in OURS:
                self._findings.warning(
                    "header-ignored", (*at, name), "is set by the server, as what is sent needs it"
                )
            for each in given if isinstance(given, list) else [given]:
                if isinstance(each, str | int | float) and not isinstance(each, bool):
                    pairs.append((name, str(each)))
                else:
                    message = "must be a text, or an array of texts to send several"
                    self._findings.error("type", (*at, name), message)
        return pairs

    def delay(self, value: Any, at: Path) -> Delay:
        """A delay: ms, or a distribution of them."""
        if not isinstance(value, dict):
            seconds = self._number(value, at, 0, LONGEST_MS) / 1000
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
            values.append(self._number(numbers[name], (*where, name), 0, high))
        if kind == "uniform" and values[0] > values[1]:
            self._findings.error("value", (*where, "min"), "is more than `max`")
        return _distribution(kind, values[0], values[1])

    def _fault(self, value: Any, at: Path) -> Fault:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            self._findings.error("type", at, "must be an object with a `kind`")
        elif not isinstance(kind, str) or kind not in _FAULTS:
            hint = did_you_mean(str(kind), _FAULTS)
            message = f"must be one of {', '.join(_FAULTS)}"
            self._findings.error("value", (*at, "kind"), message, hint)
        if not isinstance(kind, str) or kind not in _FAULTS:
            return Fault("close")
        found = self.object(value, at, ("kind", *_FAULTS[kind]))
        fault = Fault(cast(FaultKind, kind))
        after, stall, speed = fault.after_bytes, fault.stall_ms, fault.bytes_per_second
        if "after_bytes" in found:
            after = self._whole(found["after_bytes"], (*at, "after_bytes"), 0, _MOST_USES)
        if "stall_ms" in found:
            stall = self._number(found["stall_ms"], (*at, "stall_ms"), 0, LONGEST_MS)
        if "bytes_per_second" in found:
            where = (*at, "bytes_per_second")
            speed = self._number(found["bytes_per_second"], where, 1, 1e9)
        return Fault(fault.kind, after, stall, speed)

    def _when(self, value: Any, at: Path) -> match.Condition:
        found = self.object(value, at, _WHEN)
        tests: list[Test] = []
        places: tuple[tuple[str, TextMaker], ...] = (
            ("path", match.path_test),
            ("query", match.query_test),
            ("headers", match.header_test),
            ("cookies", match.cookie_test),
        )
        for place, make in places:
            for name, matcher in self._members(found.get(place, {}), (*at, place)):
                tests.append(make(name, self._text_test(matcher, (*at, place, name))))
        if "body" in found:
            tests += self._body_tests(found["body"], (*at, "body"))
        return match.Condition(tests)

    def _text_test(self, value: Any, at: Path) -> match.TextTest:
        if not isinstance(value, dict):
            value = {"equals": value}
        found = self.object(value, at, _MATCHER)
        tests: list[Callable[[str], bool]] = []
        if "equals" in found:
            if isinstance(found["equals"], dict | list):
                self._findings.error("type", at, "must be a text, a number, true, false or null")
            wanted = match.as_text(found["equals"])
            tests.append(lambda text: text == wanted)
        if "matches" in found:
            tests.append(self._regex(found["matches"], (*at, "matches")))
        present = self._present(found, at, bool(tests))

        def test(text: str | None) -> bool:
            if text is None or not present:
                return (text is not None) is present
            return all(each(text) for each in tests)

        return test

    def _value_test(self, value: Any, at: Path) -> tuple[match.ValueTest, bool]:
        """A test of a value, and whether there may be one."""
        if not isinstance(value, dict):
            value = {"equals": value}
        found = self.object(value, at, _MATCHER)
        tests: list[match.ValueTest] = []
        if "equals" in found:
            tests.append(match.equals(found["equals"]))
        if "matches" in found:
            regex = self._regex(found["matches"], (*at, "matches"))
            tests.append(lambda value: regex(match.as_text(value)))
        present = self._present(found, at, bool(tests))
        return (lambda value: all(each(value) for each in tests)), present

    def _body_tests(self, value: Any, at: Path) -> list[Test]:
        if not isinstance(value, dict):
            value = {"equals": value}
        found = self.object(value, at, _BODY)
        tests: list[Test] = []
        values: list[match.ValueTest | None] = []
        if "equals" in found:
            values.append(match.equals(found["equals"]))
        if "matches" in found:
            tests.append(match.body_text(self._regex(found["matches"], (*at, "matches"))))
        for text, matcher in self._members(found.get("json_path", {}), (*at, "json_path")):
            where = (*at, "json_path", text)
            test, present = self._value_test(matcher, where)
            values.append(
                self._made(where, "json-path", match.fits_path, text, test, absent=not present)
            )
        if "schema" in found:
            where = (*at, "schema")
            if isinstance(found["schema"], dict | bool):
                values.append(self._made(where, "schema", match.fits_schema, found["schema"]))
            else:
                self._findings.error("type", where, "must be a JSON Schema")
        tests += [match.body_value(each) for each in values if each is not None]
        if "present" in found:
            present = self._present(found, at, bool(tests))
            tests.insert(0, match.body_present(present))
        if not tests and not self._findings.failed:
            self._findings.error("empty", at, f"needs one of {', '.join(_BODY)}")
        return tests

    def _present(self, found: dict[str, Any], at: Path, has_tests: bool) -> bool:
        present = found.get("present", True)
        if not isinstance(present, bool):
            self._findings.error("type", (*at, "present"), "must be true or false")
        elif not present and has_tests:
            message = "is false: what else is asked for counts for nothing"
            self._findings.warning("excludes", (*at, "present"), message)
        elif not found and not self._findings.failed:
            self._findings.error("empty", at, f"needs one of {', '.join(_MATCHER)}")
        return present is not False

    def _regex(self, value: Any, at: Path) -> Callable[[str], bool]:
        return self._made(at, "regex", compile_regex, self._text(value, at)) or _never

    def _made(
        self, at: Path, code: str, make: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        try:
            return make(*args, **kwargs)
        except ValueError as error:
            text = next(iter(str(error).splitlines()), "is not usable")
            self._findings.error(code, at, text[:300])
            return None

    def object(self, value: Any, at: Path, known: Iterable[str]) -> dict[str, Any]:
        """An object's known fields; others are told."""
        known = tuple(known)
        found: dict[str, Any] = {}
        if not isinstance(value, dict):
            self._findings.error("type", at, "must be an object")
            return found
        for name, given in value.items():
            if name in known:
                found[name] = given
            else:
                hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
                self._findings.error("unknown-field", (*at, name), "is not known here", hint)
        return found

    def _members(self, value: Any, at: Path) -> list[tuple[str, Any]]:
        if isinstance(value, dict):
            return list(value.items())
        self._findings.error("type", at, "must be an object")
        return []

    def _number(self, value: Any, at: Path, low: float, high: float) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            self._findings.error("value", at, f"must be a number from {low:g} to {high:.15g}")
            return low
        return float(value)

    def _whole(self, value: Any, at: Path, low: int, high: int) -> int:
        is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0
        if not is_whole or not low <= value <= high:
            self._findings.error("value", at, f"must be a whole number from {low} to {high}")
            return low
        return int(value)

    def _text(self, value: Any, at: Path) -> str:
        if not isinstance(value, str):
            self._findings.error("type", at, "must be a text")
            return ""
        return value


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


def _never(_: str) -> bool:
    return False
