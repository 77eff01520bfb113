"""Conditions and orders of the storage against the same in plain Python."""

import json
import sqlite3
from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from mockloop_server.storage import filters

NAMES = ["a", "b", "first name", "x.y", "é", "$", "0"]
TEXTS = st.one_of(
    st.sampled_from(["", "1", "1.0", "true", "null", "%", "_", "a b", "'", '"', "\\", "é"]),
    # SQLite ends texts at a NUL when it looks into them.
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False, width=32),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(TEXTS, SCALARS))
DOCUMENTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(value, wanted):
    if value is None or wanted is None or isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return is_number(value) == is_number(wanted) and value == wanted


def holds(value, operator, wanted):
    """What a condition with a value in JSON is to find."""
    raw = json.dumps(wanted, ensure_ascii=False)
    if operator == "=":
        return equal(value, wanted) or (not isinstance(wanted, str | None) and value == raw)
    if operator == "!=":
        return not holds(value, "=", wanted)
    if operator == "~":
        part = wanted if isinstance(wanted, str) else raw
        if isinstance(value, list):
            return any(equal(each, wanted) or each == part for each in value)
        return isinstance(value, str) and part in value
    if is_number(value) != is_number(wanted) or isinstance(value, bool | None | list | dict):
        return False
    return {
        "<": value < wanted,
        "<=": value <= wanted,
        ">": value > wanted,
        ">=": value >= wanted,
    }[operator]


def found(documents, sql, values, order="ORDER BY number", by=()):
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE d (number INTEGER PRIMARY KEY, body TEXT)")
        texts = [(json.dumps(each, ensure_ascii=False),) for each in documents]
        db.executemany("INSERT INTO d (body) VALUES (?)", texts)
        query = f"SELECT number - 1 FROM d WHERE 1{sql} {order}"
        return [number for (number,) in db.execute(query, (*values, *by))]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(DOCUMENTS, max_size=6),
    st.sampled_from(NAMES),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~"]),
    SCALARS,
)
def test_condition_finds_what_python_finds(documents, name, operator, wanted):
    if operator in ("<", "<=", ">", ">=") and isinstance(wanted, bool | None):
        return
    text = f'"{name}"{operator}{json.dumps(wanted, ensure_ascii=False)}'
    expected = [
        index for index, each in enumerate(documents) if holds(each.get(name), operator, wanted)
    ]
    assert found(documents, *filters.where([text])) == expected


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(NAMES), st.one_of(st.none(), NUMBERS, TEXTS)), max_size=8
    ),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
)
def test_order_is_the_one_of_python(documents, first, second):
    def key(name, each):
        value = each.get(name)
        return 0 if value is None else 1 if is_number(value) else 2, value

    order, by = filters.order(f'-"{first}","{second}"')
    expected = sorted(range(len(documents)), key=lambda i: key(second, documents[i]))
    expected = sorted(expected, key=lambda i: key(first, documents[i]))
    groups: dict = {}
    for index in expected:
        groups.setdefault(key(first, documents[index]), []).append(index)
    turned = [index for group in sorted(groups, reverse=True) for index in groups[group]]
    assert found(documents, "", [], order, by) == turned


@given(st.text(max_size=30))
def test_any_text_is_a_condition_or_refused(text):
    try:
        sql, values = filters.where([text])
    except filters.Invalid:
        return
    found([{"a": 1}], sql, values)
