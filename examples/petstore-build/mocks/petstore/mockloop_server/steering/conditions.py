"""The `when` of rules as JSON, read into conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockloop_server.regex import compile_regex
from mockloop_server.steering import match
from mockloop_server.steering.findings import Path
from mockloop_server.steering.reader import Reader

_WHEN = ("path", "query", "headers", "cookies", "body")
_MATCHER = ("equals", "matches", "present")
_BODY = (*_MATCHER, "json_path", "schema")

Test = match.Test
TextMaker = Callable[[str, match.TextTest], Test]


class ConditionReader(Reader):
    """Reads what has to hold for a request."""

    def when(self, value: Any, at: Path) -> match.Test:
        found = self.object(value, at, _WHEN)
        tests: list[Test] = []
        places: tuple[tuple[str, TextMaker], ...] = (
            ("path", match.path_test),
            ("query", match.query_test),
            ("headers", match.header_test),
            ("cookies", match.cookie_test),
        )
        for place, make in places:
            for name, matcher in self.members(found.get(place, {}), (*at, place)):
                tests.append(make(name, self._text_test(matcher, (*at, place, name))))
        if "body" in found:
            tests += self._body_tests(found["body"], (*at, "body"))
        return match.all_of(tests)

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
        values: list[match.ValueTest] = []
        if "equals" in found:
            values.append(match.equals(found["equals"]))
        if "matches" in found:
            tests.append(match.body_text(self._regex(found["matches"], (*at, "matches"))))
        for text, matcher in self.members(found.get("json_path", {}), (*at, "json_path")):
            where = (*at, "json_path", text)
            test, present = self._value_test(matcher, where)
            found_by = self.made(
                where, "json-path", match.fits_path, text, test, absent=not present
            )
            values.append(found_by or _never)
        if "schema" in found:
            where = (*at, "schema")
            if isinstance(found["schema"], dict | bool):
                fits = self.made(where, "schema", match.fits_schema, found["schema"])
                values.append(fits or _never)
            else:
                self._findings.error("type", where, "must be a JSON Schema")
        tests += [match.body_value(each) for each in values]
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
        return self.made(at, "regex", compile_regex, self.text(value, at)) or _never


def _never(_: Any) -> bool:
    """In the place of what is refused: a stored rule must not act on more than it was to."""
    return False
