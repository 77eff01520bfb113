"""What keeps schemathesis from judging cases that are not what they are meant to be."""

import re

import schemathesis

_WITHOUT_TRACE = ("xml", "x-www-form-urlencoded", "multipart/form-data")


@schemathesis.hook
def filter_case(_, case):
    """Forms and XML have no way to write an empty array or object: the case would not hold it."""
    if "x-schemathesis-unknown-property" in (case.headers or {}):
        return False  # every server takes headers that it does not know
    media_type = case.media_type or ""
    return not (any(each in media_type for each in _WITHOUT_TRACE) and _has_empty(case.body))


@schemathesis.hook
def before_call(_, case, kwargs):
    """A stream without an end would be waited for; and no schema tells what is a usable pattern."""
    query = case.query if isinstance(case.query, dict) else {}
    if case.operation.path == "/api/logs/tail":
        query["seconds"] = 0
        case.query = query
    if isinstance(query.get("path_regex"), str) and not _is_plain(query["path_regex"]):
        query["path_regex"] = "a"
    _simplify(case.body)


def _simplify(value):
    if isinstance(value, dict):
        for name, each in list(value.items()):
            if name == "matches" and isinstance(each, str) and not _is_plain(each):
                value[name] = "a"
            elif name == "json_path" and isinstance(each, dict):
                value[name] = {f"$.a{at}": inner for at, inner in enumerate(each.values())}
            _simplify(value[name])
    elif isinstance(value, list):
        for each in value:
            _simplify(each)


def _is_plain(pattern):
    return re.fullmatch(r"[A-Za-z0-9 /.-]*", pattern) is not None


def _has_empty(value):
    if isinstance(value, dict):
        return not value or any(map(_has_empty, value.values()))
    if isinstance(value, list):
        return not value or any(map(_has_empty, value))
    return False
