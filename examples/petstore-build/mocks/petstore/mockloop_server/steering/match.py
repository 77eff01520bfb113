"""Which requests a rule is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any
from urllib.parse import unquote, unquote_plus

import jsonschema_rs
import orjson
from jsonpath import JSONPath, JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from jsonpath.filter import BaseExpression, FilterQuery, RootFilterQuery
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.segments import JSONPathRecursiveDescentSegment
from jsonpath.selectors import Filter

from mockloop_server.negotiate import is_json
from mockloop_server.regex import compile_regex
from mockloop_server.schemas import Schemas, Validator
from mockloop_server.validation import Incoming, Reading

TextTest = Callable[[str | None], bool]
ValueTest = Callable[[Any], bool]
Test = Callable[[Incoming, Reading], bool]

# With these a path takes time that grows with the size of the body, and not with a power of it.
_LONGEST_PATH = 500
_MOST_DESCENTS = 1
_MOST_FILTERS = 4
_MOST_WAYS = 64
_SIZE_LIMIT = 1 << 20


def all_of(tests: list[Test]) -> Test:
    """One test for many, of which each has to be passed."""
    if len(tests) == 1:
        return tests[0]

    def check(request: Incoming, reading: Reading) -> bool:
        for test in tests:  # noqa: SIM110 - a generator would take longer
            if not test(request, reading):
                return False
        return True

    return check


def path_test(name: str, test: TextTest) -> Test:
    """A test of a path parameter."""

    def check(_: Incoming, reading: Reading) -> bool:
        value = reading.path.get(name)
        return test(None if value is None else as_text(value))

    return check


def query_test(name: str, test: TextTest) -> Test:
    """A test of a query parameter; of several values one has to pass."""

    def check(request: Incoming, _: Reading) -> bool:
        if not request.query_string:
            return test(None)
        values = [unquote_plus(value) for key, value in request.query if key == name]
        return any(map(test, values)) if values else test(None)

    return check


def header_test(name: str, test: TextTest) -> Test:
    """A test of a header."""
    lower = name.lower()

    def check(request: Incoming, _: Reading) -> bool:
        return test(request.header(lower))

    return check


def cookie_test(name: str, test: TextTest) -> Test:
    """A test of a cookie."""

    def check(request: Incoming, _: Reading) -> bool:
        value = request.cookies.get(name)
        return test(None if value is None else unquote(value))

    return check


def body_present(wanted: bool) -> Test:
    """A test whether there is a body."""
    return lambda request, _: bool(request.body) is wanted


def body_text(found: Callable[[str], bool]) -> Test:
    """A test of a body's text."""
    return lambda request, _: found(request.body.decode("utf-8", "replace"))


def body_value(test: ValueTest) -> Test:
    """A test of a body as a value."""

    def check(request: Incoming, reading: Reading) -> bool:
        if not request.body:
            return False
        value = reading.body.value
        if value is None or isinstance(value, bytes):
            # The description knows nothing of this body; what it says of itself has to do.
            if not is_json(request.header("content-type") or "application/json"):
                return False
            try:
                value = orjson.loads(request.body)
            except ValueError:
                return False
        return test(value)

    return check


def equals(wanted: Any) -> ValueTest:
    """A test for a JSON value."""
    return lambda value: same(value, wanted)


def fits_schema(schema: Any) -> ValueTest:
    """A test by JSON Schema; `ValueError` where it is none."""
    _LINEAR.compile(schema)
    return Validator(_LINEAR, schema).is_valid


def fits_path(text: str, test: ValueTest, *, absent: bool) -> ValueTest:
    """A test of what a JSONPath finds: one value has to pass, or there has to be none."""
    path = compile_path(text)

    def check(value: Any) -> bool:
        try:
            matches = path.finditer(value) if isinstance(value, dict | list) else ()
            if absent:
                return next(iter(matches), None) is None
            return any(test(match.obj) for match in matches)
        except (JSONPathError, RecursionError):
            return False

    return check


def compile_path(text: str) -> JSONPath:
    """A JSONPath as RFC 9535 has it; `ValueError` where it is none, or takes too long."""
    if len(text) > _LONGEST_PATH:
        raise ValueError(f"a JSONPath may have {_LONGEST_PATH} characters at most")
    try:
        path = _PATHS.compile(text)
    except (JSONPathError, RecursionError) as error:
        reason = next(iter(str(error).splitlines()), "")
        raise ValueError(f"{text!r} is not a JSONPath: {reason}") from None
    if not isinstance(path, JSONPath):
        raise ValueError(f"{text!r} is not one JSONPath")
    _refuse_slow(path)
    return path


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, and not true."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def as_text(value: Any) -> str:
    """A value as it is written in a path, a query or a header."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return str(value)


def _refuse_slow(path: JSONPath) -> None:
    queries = [path, *_queries(path)]
    segments = [segment for query in queries for segment in query.segments]
    selectors = [selector for segment in segments for selector in segment.selectors]
    # `..` visits what is below all that was found: a second one visits most of it again and again.
    descents = [each for each in segments if isinstance(each, JSONPathRecursiveDescentSegment)]
    if len(descents) > _MOST_DESCENTS:
        raise ValueError(
            f"a JSONPath may have '..' {_MOST_DESCENTS} time at most, filters included"
        )
    if sum(isinstance(each, Filter) for each in selectors) > _MOST_FILTERS:
        raise ValueError(f"a JSONPath may have {_MOST_FILTERS} filters at most")
    # `[0,0]` finds the same twice, and each one after it doubles that.
    ways = prod(len(segment.selectors) for segment in segments)
    if ways > _MOST_WAYS:
        raise ValueError(
            f"a JSONPath may follow {_MOST_WAYS} ways at most: the numbers of selectors in its"
            " brackets, such as 2 in [0,1], multiplied with each other"
        )


def _queries(path: JSONPath) -> Iterator[JSONPath]:
    """The queries within a path's filters."""
    todo: list[BaseExpression] = _filters(path)
    while todo:
        expression = todo.pop()
        if not isinstance(expression, FilterQuery):
            todo += expression.children()
            continue
        query = expression.path
        if isinstance(expression, RootFilterQuery) and not query.singular_query():
            # It would go through the body once more for each value that is filtered.
            raise ValueError(
                "a filter of a JSONPath may ask with '$' for one value only, as $.a[0]"
            )
        yield query
        todo += _filters(query)


def _filters(path: JSONPath) -> list[BaseExpression]:
    return [
        selector.expression
        for segment in path.segments
        for selector in segment.selectors
        if isinstance(selector, Filter)
    ]


class _LinearSchemas(Schemas):
    """Compiles schemas that come from outside, patterns in linear time."""

    def compile(self, schema: Any) -> jsonschema_rs.Draft202012Validator | None:
        return jsonschema_rs.Draft202012Validator(
            orjson.dumps(schema).decode(),
            validate_formats=True,
            offline=True,
            pattern_options=jsonschema_rs.RegexOptions(size_limit=_SIZE_LIMIT),
        )


class _Regex(FilterFunction):
    """`match` and `search` of RFC 9535, in linear time."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - the library's
    return_type = ExpressionType.LOGICAL

    def __init__(self, frame: str) -> None:
        self._frame = frame
        self._known: dict[str, Callable[[str], bool] | None] = {}

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        if pattern not in self._known:
            # The pattern may come from the body itself.
            if len(self._known) >= 100:
                self._known.clear()
            try:
                self._known[pattern] = compile_regex(self._frame.replace("*", pattern))
            except ValueError:
                self._known[pattern] = None
        found = self._known[pattern]
        return found is not None and found(value)


class _Paths(JSONPathEnvironment):
    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Regex("^(?:*)$")
        self.function_extensions["search"] = _Regex("*")


_LINEAR = _LinearSchemas({})
_PATHS = _Paths(strict=True)
